// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/filter/filter.h"

#include <QLineEdit>

#include <functional>

class QCompleter;
class QStandardItemModel;

namespace swb::ui {

/// A line for a filter: offers what may stand at the cursor, and says while one types whether it is
/// one, by icon, colour and word.
///
/// **Threads** GUI thread.
class FilterEdit : public QLineEdit {
    Q_OBJECT
public:
    enum class State { Empty, Valid, Applied, Wrong };

    explicit FilterEdit(QWidget* parent = nullptr);

    /// The names that threads have; at first those of this program.
    void setThreads(std::function<trace::ThreadNames()> threads) { m_threads = std::move(threads); }

    /// What the text means now.
    const trace::FilterResult& result() const { return m_result; }
    State state() const { return m_state; }
    /// The text that is applied now: the field shows whether its own is that one.
    void setApplied(const QString& text);
    /// Replaces the text, the cursor at its end, without offering anything.
    void take(const QString& text);

signals:
    void stateChanged();
    /// Enter, on a filter.
    void accepted();
    /// Enter, on what is no filter; the cursor is where it is wrong.
    void refused();
    /// Esc, with nothing open.
    void escaped();
    /// Up or down the history.
    void historyRequested(int step);

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void check();
    void paintState();
    void offer();
    void insertCompletion(const QString& text);

    std::function<trace::ThreadNames()> m_threads;
    QCompleter* m_completer;
    QStandardItemModel* m_offers;
    QAction* m_icon;
    trace::FilterResult m_result;
    State m_state = State::Empty;
    QString m_applied;
    int m_from = 0; ///< What a completion replaces, in characters.
    int m_length = 0;
    bool m_painting = false;
};

} // namespace swb::ui
