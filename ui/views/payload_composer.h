// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/queue_item.h"

#include <QPlainTextEdit>
#include <QWidget>

#include <array>
#include <memory>
#include <optional>

class QComboBox;
class QLabel;
class QPushButton;
class QThread;

namespace swb::ui {

/// The field one types a payload into: Enter is a verb of its own, and a paste too long for it is
/// refused rather than cut.
class PayloadEdit : public QPlainTextEdit {
    Q_OBJECT
public:
    static constexpr int kMaxCharacters = 1024 * 1024;
    explicit PayloadEdit(QWidget* parent = nullptr);

signals:
    void entered(); ///< Enter; with Shift it is a line end in the text.
    void sendEntered(); ///< Ctrl+Enter, when there is something in it.
    void pasteRefused(qsizetype characters);

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void insertFromMimeData(const QMimeData* source) override;
};

/// Makes queue items from what one types: text with escapes, hex digits, or a size of test data.
/// Says at every keystroke how many bytes that is or what is wrong where, and never changes what
/// was typed.
class PayloadComposer : public QWidget {
    Q_OBJECT
public:
    enum class Mode { Text, Hex, TestData };

    explicit PayloadComposer(QWidget* parent = nullptr);
    ~PayloadComposer() override;

    void setMode(Mode mode);
    Mode mode() const;
    /// Shows `bytes` for editing: Add becomes "Update item N", and itemEdited() is emitted instead
    /// of itemReady().
    void edit(int row, const workbench::Bytes& bytes);
    int editedRow() const { return m_editedRow; }
    void endEdit();
    PayloadEdit* field() const { return m_edit; }

signals:
    void itemReady(const swb::workbench::QueueItem& item);
    void itemEdited(int row, const swb::workbench::QueueItem& item);
    /// What was typed is in the queue now, and shall be sent.
    void sendWanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    void changeMode();
    void check();
    void showError(const QString& message, std::optional<std::size_t> position);
    void showInfo(const QString& message);
    void add();
    void addAndSend();
    void makeTestData(std::uint64_t bytes);
    void finish(workbench::QueueItem item);
    QString translated(Mode from, Mode to, const QString& text) const;

    QComboBox* m_mode;
    PayloadEdit* m_edit;
    QLabel* m_icon;
    QLabel* m_status;
    QPushButton* m_add;
    QPushButton* m_stopEdit;
    std::array<QString, 3> m_texts; ///< What was typed in each mode.
    Mode m_shown = Mode::Text;
    bool m_valid = false;
    int m_editedRow = -1;
    QThread* m_maker = nullptr; ///< While test data is being made.
};

} // namespace swb::ui
