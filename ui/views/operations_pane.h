// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/filter/filter.h"
#include "ui/models/operation_columns.h"
#include "ui/support/settings.h"

#include <QTimer>
#include <QWidget>

class QActionGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace swb::ui {

class Actions;
class EscapableEdit;
class FilterLine;
class OperationFocus;
class OperationsCopy;
class OperationsModel;
class OperationsOrder;
class OperationsSelection;
class OperationsSource;
class OperationsView;
class ShownOperations;

/// The table of operations with all that says which of them are shown, in which order, and what the
/// selected ones come to.
///
/// **Threads** GUI thread. **Lifetime** everything given to it must outlive it.
class OperationsPane : public QWidget {
    Q_OBJECT
public:
    OperationsPane(OperationsSource& source, ShownOperations& shown, OperationFocus& focus,
        Actions& actions, QWidget* parent = nullptr);
    ~OperationsPane() override;

    OperationsView* view() const { return m_view; }
    OperationsModel& model() const { return *m_model; }
    OperationsOrder& order() const { return *m_order; }
    OperationsSelection& selection() const { return *m_selection; }
    FilterLine* filterLine() const { return m_filter; }

    /// What the View menu has about this pane; made at the first call.
    QMenu* tableMenu();
    /// The window's verbs show how it is with this pane. What they do is done by the pane that is
    /// not hidden.
    void takeVerbs();
    void restore(const Settings& settings);
    void save(Settings& settings) const;
    void copySelection();

signals:
    /// Show all about this operation.
    void inspectRequested(quint64 operationId);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Show { MyCalls, Sends, OneSocket, All };

    QWidget* buildFilterRow();
    QWidget* buildNoteRow();
    QWidget* buildGoTo();
    void makeTimeActions();
    void connectAll();
    void connectTable();
    bool isOfFile() const;
    std::uint16_t mainThread() const;
    trace::Filter quickFilter();
    trace::Filter rangeFilter() const;
    void applyFilter();
    void refresh();
    void refreshCount();
    void refreshOrder();
    void refreshPill();
    void refreshNotes();
    void note(const QString& text);
    void sortBy(OperationColumn column);
    void showGoTo();
    void goToNumber();
    void applyTimeFormat();
    void placePill();

    OperationsSource& m_source;
    ShownOperations& m_shown;
    OperationFocus& m_focus;
    Actions& m_actions;
    OperationsOrder* m_order;
    OperationsModel* m_model;
    OperationsSelection* m_selection;
    OperationsView* m_view;
    OperationsCopy* m_copy;
    FilterLine* m_filter;
    QComboBox* m_show;
    QLabel* m_count;
    QToolButton* m_stop; ///< Ends a search.
    QCheckBox* m_follow;
    QWidget* m_noteRow;
    QPushButton* m_range; ///< The chip of the brushed time.
    QPushButton* m_sorted; ///< The chip of the order.
    QPushButton* m_paused;
    QLabel* m_note;
    QPushButton* m_pill;
    QWidget* m_goTo;
    EscapableEdit* m_goToNumber;
    QActionGroup* m_timeModes;
    QActionGroup* m_timeUnits;
    QMenu* m_tableMenu = nullptr;
    quint32 m_socketId = 0; ///< Of the selected connection, as it is filtered.
    QTimer m_refresh; ///< Labels are written some times a second, not once a frame.
    QTimer m_apply; ///< A range is brushed in many small steps.
};

} // namespace swb::ui
