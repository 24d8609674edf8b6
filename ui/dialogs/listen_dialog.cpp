// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/listen_dialog.h"

#include "engine/net/exceptions.h"
#include "engine/workbench/payload_codec.h"
#include "ui/dialogs/address_form.h"
#include "ui/support/icons.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace swb::ui {
namespace {

struct PeerChoice {
    peers::PeerKind kind;
    const char* name;
    const char* does;
};

constexpr PeerChoice kPeers[]{
    {peers::PeerKind::Echo, QT_TRANSLATE_NOOP("swb::ui::ListenDialog", "Echo"),
        QT_TRANSLATE_NOOP("swb::ui::ListenDialog", "Sends back what it receives.")},
    {peers::PeerKind::Sink, QT_TRANSLATE_NOOP("swb::ui::ListenDialog", "Sink"),
        QT_TRANSLATE_NOOP("swb::ui::ListenDialog",
            "Reads and discards as fast as it can: sends finish at once.")},
    {peers::PeerKind::Slow, QT_TRANSLATE_NOOP("swb::ui::ListenDialog", "Slow"),
        QT_TRANSLATE_NOOP("swb::ui::ListenDialog",
            "Reads at a fixed rate: large sends stay pending, with progress.")},
    {peers::PeerKind::Blackhole, QT_TRANSLATE_NOOP("swb::ui::ListenDialog", "Blackhole"),
        QT_TRANSLATE_NOOP("swb::ui::ListenDialog",
            "Accepts and never reads: large sends stay pending until cancelled.")},
};

} // namespace

ListenDialog::ListenDialog(Kind kind, QWidget* parent)
    : QDialog(parent)
    , m_kind(kind)
    , m_form(new AddressForm(AddressForm::Purpose::Listen, this))
{
    const bool peer = kind == Kind::DemoPeer;
    setObjectName(peer ? QStringLiteral("peerDialog") : QStringLiteral("listenDialog"));
    setWindowTitle(peer ? tr("Start demo peer") : tr("Listen"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_start = buttons->addButton(peer ? tr("&Start") : tr("&Listen"), QDialogButtonBox::AcceptRole);
    m_start->setObjectName(QStringLiteral("startButton"));
    m_start->setAccessibleName(peer ? tr("Start") : tr("Listen"));
    m_start->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setAccessibleName(tr("Cancel"));
    auto* layout = new QVBoxLayout(this);
    if (peer)
        layout->addWidget(buildPeerRows());
    layout->addWidget(m_form);
    layout->addWidget(buttons);
    connect(m_form, &AddressForm::changed, this, &ListenDialog::update);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, &ListenDialog::finish);
    update();
    if (peer)
        m_peer->setFocus();
    else
        m_form->focusFirst();
}

QWidget* ListenDialog::buildPeerRows()
{
    auto* rows = new QWidget(this);
    m_peer = new QComboBox(rows);
    m_peer->setObjectName(QStringLiteral("peerKind"));
    m_peer->setAccessibleName(tr("Demo peer"));
    for (const PeerChoice& choice : kPeers)
        m_peer->addItem(tr(choice.name));
    m_does = new QLabel(rows);
    m_does->setWordWrap(true);
    m_does->setMinimumHeight(fontMetrics().lineSpacing() * 2);
    m_does->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_rate = new QLineEdit(QStringLiteral("64 KiB"), rows);
    m_rate->setObjectName(QStringLiteral("peerRate"));
    m_rate->setAccessibleName(tr("Bytes per second"));
    m_rate->setToolTip(tr("How much it reads in a second: 4096, 64 KiB, 1 MiB"));
    m_rateLabel = new QLabel(tr("&Reads per second:"), rows);
    m_rateLabel->setBuddy(m_rate);
    m_rateError = new QLabel(rows);
    m_rateError->setObjectName(QStringLiteral("rateError"));
    m_rateError->setWordWrap(true);
    auto* peerLabel = new QLabel(tr("&Demo peer:"), rows);
    peerLabel->setBuddy(m_peer);
    const int labelWidth = m_rateLabel->sizeHint().width();
    peerLabel->setMinimumWidth(labelWidth);
    m_form->setLabelWidth(labelWidth);
    auto* form = new QFormLayout(rows);
    form->setContentsMargins(0, 0, 0, 0);
    form->addRow(peerLabel, m_peer);
    form->addRow(m_does);
    form->addRow(m_rateLabel, m_rate);
    form->addRow(m_rateError);
    connect(m_peer, &QComboBox::currentIndexChanged, this, &ListenDialog::update);
    connect(m_rate, &QLineEdit::textChanged, this, &ListenDialog::update);
    return rows;
}

peers::PeerKind ListenDialog::peerKind() const
{
    return kPeers[m_peer->currentIndex()].kind;
}

std::optional<std::uint64_t> ListenDialog::rate() const
{
    try {
        const std::uint64_t rate = workbench::parseSize(m_rate->text().trimmed().toStdString());
        return rate > 0 ? std::optional(rate) : std::nullopt;
    } catch (const ArgumentException&) {
        return std::nullopt;
    }
}

void ListenDialog::update()
{
    QString obstacle = m_form->address() ? QString() : m_form->error();
    if (m_kind == Kind::DemoPeer) {
        const bool slow = peerKind() == peers::PeerKind::Slow;
        m_does->setText(tr(kPeers[m_peer->currentIndex()].does));
        m_rate->setVisible(slow);
        m_rateLabel->setVisible(slow);
        const bool bad = slow && !rate();
        m_rateError->setVisible(bad);
        if (bad) {
            m_rateError->setText(
                tr("Error: the rate is not a size; expected 4096, 64 KiB or 1 MiB"));
            QPalette colors = palette();
            colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, palette()));
            m_rateError->setPalette(colors);
            obstacle = m_rateError->text();
        }
    }
    m_start->setEnabled(obstacle.isEmpty());
    m_start->setToolTip(obstacle);
}

void ListenDialog::finish()
{
    const auto address = m_form->address();
    if (!address)
        return;
    if (m_kind == Kind::Listener) {
        emit listenerChosen(*address);
    } else {
        peers::PeerOptions options;
        options.kind = peerKind();
        options.listen = *address;
        options.bytesPerSecond = rate().value_or(options.bytesPerSecond);
        emit peerChosen(options);
    }
    accept();
}

} // namespace swb::ui
