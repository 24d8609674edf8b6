// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/preferences_dialog.h"

#include "ui/support/format.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cstdint>

namespace swb::ui {
namespace {

constexpr std::array kPayloadChoices{0, 64, 256, 1024, 4096, 16'384, 65'536, 262'144, 1'048'576};

/// Quieter than what it explains.
QLabel* note(const QString& text)
{
    auto* label = new QLabel(text);
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

template <typename Widget>
Widget* named(Widget* widget, const char* name, const QString& accessibleName, const QString& tip)
{
    widget->setObjectName(QLatin1String(name));
    widget->setAccessibleName(accessibleName);
    widget->setToolTip(tip);
    widget->setAccessibleDescription(tip);
    return widget;
}

} // namespace

PreferencesDialog::PreferencesDialog(
    const Settings& settings, const QString& pagesFolder, QWidget* parent)
    : QDialog(parent)
    , m_settings(settings)
{
    setObjectName(QStringLiteral("preferencesDialog"));
    setWindowTitle(tr("Preferences"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    buttons->button(QDialogButtonBox::Ok)->setAccessibleName(tr("OK"));
    buttons->button(QDialogButtonBox::Ok)->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setAccessibleName(tr("Cancel"));
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(10);
    layout->addWidget(buildRecording(pagesFolder));
    layout->addWidget(buildEngine());
    layout->addWidget(buildWindow());
    layout->addStretch(1);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        emit chosen(result());
        accept();
    });
    alignForms();
    m_memory->setFocus();
}

/// The fields of all groups begin at one line.
void PreferencesDialog::alignForms()
{
    QList<QWidget*> labels;
    int widest = 0;
    for (const auto* form : findChildren<QFormLayout*>()) {
        for (int row = 0; row < form->rowCount(); ++row) {
            const QLayoutItem* item = form->itemAt(row, QFormLayout::LabelRole);
            if (item == nullptr || item->widget() == nullptr)
                continue;
            labels << item->widget();
            widest = std::max(widest, item->widget()->sizeHint().width());
        }
    }
    for (QWidget* label : labels)
        label->setMinimumWidth(widest);
}

QWidget* PreferencesDialog::buildRecording(const QString& pagesFolder)
{
    auto* box = new QGroupBox(tr("Recording"), this);
    auto* form = new QFormLayout(box);
    m_memory = named(new QSpinBox, "memoryBudget", tr("Memory of the recording in MiB"),
        tr("Most memory for the records of operations, %1 to %2 MiB; what is more goes to the "
           "folder "
           "below. A MiB holds about 13,000 operations.")
            .arg(Settings::kLeastMemoryMiB)
            .arg(groupedNumber(Settings::kMostMemoryMiB)));
    m_memory->setRange(Settings::kLeastMemoryMiB, Settings::kMostMemoryMiB);
    m_memory->setSingleStep(64);
    m_memory->setSuffix(tr(" MiB"));
    m_memory->setValue(m_settings.memoryBudgetMiB);
    form->addRow(tr("&Memory:"), m_memory);
    form->addRow(QString(), note(tr("Takes effect at the next start.")));

    const QString folder = QDir::toNativeSeparators(pagesFolder);
    auto* pages = named(new QLineEdit(folder), "pagesFolder",
        tr("Folder of what exceeds the memory"),
        tr("Here goes what is too much for the memory, until the program ends; after a crash it is "
           "offered from here."));
    pages->setReadOnly(true);
    if (pagesFolder.isEmpty())
        pages->setText(tr("none: there is no cache folder, everything stays in memory"));
    pages->setMinimumWidth(fontMetrics().averageCharWidth() * 60);
    pages->setToolTip(QStringLiteral("%1\n%2").arg(folder, pages->toolTip()));
    pages->setCursorPosition(0);
    form->addRow(tr("&Folder:"), pages);

    m_payload = named(new QComboBox, "keptPayload", tr("How much payload is kept"),
        tr("The first bytes of each send and receive, for packets of exported recordings "
           "(.pcapng). "
           "At most 64 MiB are kept altogether."));
    bool known = false;
    for (const int bytes : kPayloadChoices) {
        m_payload->addItem(bytes == 0
                ? tr("Nothing")
                : tr("First %1").arg(sizeText(static_cast<std::uint64_t>(bytes))),
            bytes);
        known = known || bytes == m_settings.keptPayloadBytes;
    }
    if (!known) {
        m_payload->addItem(
            tr("First %1 bytes")
                .arg(groupedNumber(static_cast<std::uint64_t>(m_settings.keptPayloadBytes))),
            m_settings.keptPayloadBytes);
    }
    m_payload->setCurrentIndex(m_payload->findData(m_settings.keptPayloadBytes));
    form->addRow(tr("&Payload kept:"), m_payload);
    form->addRow(QString(),
        note(tr(
            "Of each operation from now on. What is kept is also in recordings that are saved.")));

    m_recovery = named(new QCheckBox(tr("Offer &recovery at the start")), "offerRecovery",
        tr("Offer recovery at the start"),
        tr("When the program did not end in order, offer what was recorded until then"));
    m_recovery->setChecked(m_settings.offerRecovery);
    form->addRow(QString(), m_recovery);
    m_askToSave = named(new QCheckBox(tr("&Ask before quitting with work that was not saved")),
        "askToSave", tr("Ask before quitting with work that was not saved"),
        tr("What was done with demo peers only is never asked about"));
    m_askToSave->setChecked(m_settings.askToSave);
    form->addRow(QString(), m_askToSave);
    return box;
}

QWidget* PreferencesDialog::buildEngine()
{
    auto* box = new QGroupBox(tr("Engine"), this);
    auto* form = new QFormLayout(box);
    m_workers = named(new QSpinBox, "workerThreads", tr("Worker threads"),
        tr("Threads that finish pending operations and raise Completed"));
    m_workers->setRange(0, Settings::kMostWorkerThreads);
    m_workers->setSpecialValueText(tr("One per core"));
    m_workers->setValue(m_settings.workerThreads);
    form->addRow(tr("&Worker threads:"), m_workers);
    form->addRow(QString(), note(tr("Takes effect at the next start.")));
    return box;
}

QWidget* PreferencesDialog::buildWindow()
{
    auto* box = new QGroupBox(tr("Window"), this);
    auto* form = new QFormLayout(box);
    m_theme = named(new QComboBox, "themeChoice", tr("Colours"), tr("Colours of the window"));
    m_theme->addItem(tr("As the system"), static_cast<int>(Theme::System));
    m_theme->addItem(tr("Light"), static_cast<int>(Theme::Light));
    m_theme->addItem(tr("Dark"), static_cast<int>(Theme::Dark));
    m_theme->setCurrentIndex(m_theme->findData(static_cast<int>(m_settings.theme)));
    form->addRow(tr("Co&lours:"), m_theme);
    return box;
}

Settings PreferencesDialog::result() const
{
    Settings settings = m_settings;
    settings.memoryBudgetMiB = m_memory->value();
    settings.keptPayloadBytes = m_payload->currentData().toInt();
    settings.offerRecovery = m_recovery->isChecked();
    settings.askToSave = m_askToSave->isChecked();
    settings.workerThreads = m_workers->value();
    settings.theme = static_cast<Theme>(m_theme->currentData().toInt());
    return settings;
}

} // namespace swb::ui
