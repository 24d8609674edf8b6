// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/received_pane.h"

#include "ui/support/format.h"
#include "ui/support/icons.h"
#include "ui/support/session.h"
#include "ui/views/byte_view.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

namespace swb::ui {
namespace {

constexpr std::size_t kShownBytes = 256 * 1024;
/// Nobody reads faster, and copying the tail at every frame would cost more than it shows.
constexpr int kPauseMs = 100;

} // namespace

ReceivedPane::ReceivedPane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_view(new ByteView(this))
    , m_mode(new QComboBox(this))
    , m_count(new QLabel(this))
    , m_copy(new QToolButton(this))
    , m_clear(new QToolButton(this))
{
    m_view->setObjectName(QStringLiteral("receivedView"));
    m_view->setAccessibleName(tr("Received bytes"));
    m_mode->setObjectName(QStringLiteral("receivedMode"));
    m_mode->addItems({tr("Hex"), tr("Text")});
    m_mode->setAccessibleName(tr("Show received bytes as"));
    m_mode->setToolTip(tr("Show the bytes as a hex dump or as text (UTF-8)"));
    auto* label = new QLabel(tr("Sho&w as:"), this);
    label->setBuddy(m_mode);
    m_copy->setIcon(icon(QStringLiteral("copy")));
    m_clear->setIcon(icon(QStringLiteral("clear")));
    for (QToolButton* button : {m_copy, m_clear}) {
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
    }
    m_copy->setObjectName(QStringLiteral("copyReceived"));
    m_copy->setAccessibleName(tr("Copy received bytes"));
    m_copy->setToolTip(tr("Copy all bytes shown, as they are shown"));
    m_clear->setObjectName(QStringLiteral("clearReceived"));
    m_clear->setAccessibleName(tr("Clear received bytes"));
    m_clear->setToolTip(tr("Forget what was received; the connection stays"));
    m_count->setObjectName(QStringLiteral("receivedCount"));
    m_count->setWordWrap(true);

    auto* row = new QHBoxLayout;
    row->addWidget(label);
    row->addWidget(m_mode);
    row->addStretch(1);
    row->addWidget(m_copy);
    row->addWidget(m_clear);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 6);
    layout->setSpacing(4);
    layout->addLayout(row);
    layout->addWidget(m_count);
    layout->addWidget(m_view, 1);

    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &ReceivedPane::look);
    connect(m_mode, &QComboBox::currentIndexChanged, this,
        [this](int index) { m_view->setMode(static_cast<ByteView::Mode>(index)); });
    connect(m_copy, &QToolButton::clicked, this, &ReceivedPane::copy);
    connect(m_clear, &QToolButton::clicked, this, &ReceivedPane::clear);
    connect(&session, &Session::refreshed, this, &ReceivedPane::look);
    connect(&session, &Session::currentChanged, this, &ReceivedPane::take);
    take();
}

void ReceivedPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    take();
}

void ReceivedPane::look()
{
    if (m_pause.isActive() || !isVisible())
        return;
    const auto node = m_session.currentNode();
    const std::uint64_t total = node ? node->connection.bytesReceived : 0;
    if (m_session.current() == m_shownNode && total == m_shownTotal)
        return;
    take();
    m_pause.start();
}

void ReceivedPane::take()
{
    const auto node = m_session.currentNode();
    const auto connection = m_session.connection(m_session.current());
    m_shownNode = m_session.current();
    m_shownTotal = node ? node->connection.bytesReceived : 0;
    workbench::ReceivedTail tail;
    if (connection)
        tail = connection->received(kShownBytes);
    const std::uint64_t shown = tail.bytes.size();
    const std::uint64_t total = tail.totalBytes;
    m_copy->setEnabled(shown > 0);
    m_clear->setEnabled(shown > 0);
    if (total == 0)
        m_count->setText(connection ? tr("Nothing received yet") : tr("No connection selected"));
    else if (shown < total)
        m_count->setText(
            tr("Showing the last %1 of %2 bytes").arg(groupedNumber(shown), groupedNumber(total)));
    else
        m_count->setText(tr("%1 bytes received").arg(groupedNumber(total)));
    m_view->setEmptyText(connection
            ? tr("What the other end sends appears here.")
            : tr("Select a connection on the left to see what it receives."));
    m_view->setAccessibleDescription(m_count->text());
    m_view->setBytes(std::move(tail));
}

void ReceivedPane::clear()
{
    if (const auto connection = m_session.connection(m_session.current()))
        connection->clearReceived();
    take();
}

void ReceivedPane::copy()
{
    QApplication::clipboard()->setText(m_view->allText());
}

} // namespace swb::ui
