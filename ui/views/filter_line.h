// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/filter/filter.h"
#include "ui/support/settings.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QMenu;
class QToolButton;

namespace swb::ui {

class EscapableEdit;
class FilterEdit;

/// The line above the table in which one says what to see, with what was said before: the last
/// filters and those that were given a name. An error stands below it.
///
/// **Threads** GUI thread.
class FilterLine : public QWidget {
    Q_OBJECT
public:
    static constexpr int kLongestHistory = 20;

    explicit FilterLine(QWidget* parent = nullptr);

    FilterEdit* edit() const { return m_edit; }
    /// What is below the line: why it is no filter, or the field for a name.
    QWidget* below() const { return m_below; }
    const trace::Filter& applied() const { return m_filter; }
    QString appliedText() const { return m_appliedText; }

    /// Applies `text`; what is no filter is shown with its error instead.
    void apply(const QString& text);
    /// Applies the term alone (`how` empty), or connects it to what is applied: "&&", "&& !".
    void applyTerm(const QString& term, const QString& how);

    /// Esc ends a search before it clears anything.
    void setSearching(bool searching) { m_searching = searching; }

    void setHistory(const QStringList& history) { m_history = history; }
    const QStringList& history() const { return m_history; }
    void setSaved(const QList<SavedFilter>& saved) { m_saved = saved; }
    const QList<SavedFilter>& saved() const { return m_saved; }

signals:
    void filterChanged();
    /// Esc, while a search is under way.
    void stopRequested();
    /// Esc, with nothing left that it could clear.
    void left();

private:
    void applyEdit();
    void remember(const QString& text);
    void escape();
    void browse(int step);
    void fillMenu();
    void askForName();
    void saveAs(const QString& name);
    void showState();
    void showProblem();

    FilterEdit* m_edit;
    QToolButton* m_button;
    QMenu* m_menu;
    QWidget* m_below;
    QLabel* m_problem;
    QWidget* m_naming;
    EscapableEdit* m_name;
    trace::Filter m_filter;
    QString m_appliedText;
    QStringList m_history; ///< The last one first.
    QList<SavedFilter> m_saved;
    QTimer m_later; ///< Until a problem is told.
    bool m_searching = false;
    int m_browsing = -1; ///< Where in the history; -1: in none of it.
};

} // namespace swb::ui
