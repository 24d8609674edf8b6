// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/settings.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QSpinBox;

namespace swb::ui {

/// What the user may set: memory of the recording, what it keeps of payload, where its pages go,
/// worker threads, colours.
class PreferencesDialog : public QDialog {
    Q_OBJECT
public:
    /// `pagesFolder` is shown; empty: everything stays in memory.
    PreferencesDialog(
        const Settings& settings, const QString& pagesFolder, QWidget* parent = nullptr);

signals:
    /// OK was pressed: `settings` with what was chosen.
    void chosen(const swb::ui::Settings& settings);

private:
    QWidget* buildRecording(const QString& pagesFolder);
    QWidget* buildEngine();
    QWidget* buildWindow();
    void alignForms();
    Settings result() const;

    const Settings m_settings;
    QSpinBox* m_memory = nullptr;
    QComboBox* m_payload = nullptr;
    QSpinBox* m_workers = nullptr;
    QComboBox* m_theme = nullptr;
    QCheckBox* m_recovery = nullptr;
    QCheckBox* m_askToSave = nullptr;
};

} // namespace swb::ui
