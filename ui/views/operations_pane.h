// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;

namespace swb::ui {

class Actions;
class OperationsFilterModel;
class OperationsModel;
class OperationsView;
class Session;

/// The operations with the choice which of them are shown.
class OperationsPane : public QWidget {
    Q_OBJECT
public:
    /// The operations model of the caller must outlive it.
    OperationsPane(
        Session& session, OperationsModel& operations, Actions& actions, QWidget* parent = nullptr);
    OperationsView* view() const { return m_view; }

private:
    void applyFilter();
    void refresh();

    Session& m_session;
    OperationsModel& m_all;
    OperationsFilterModel* m_filtered;
    OperationsView* m_view;
    QComboBox* m_show;
    QLabel* m_count;
};

} // namespace swb::ui
