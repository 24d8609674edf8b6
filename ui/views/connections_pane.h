// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QTreeView;

namespace swb::ui {

class Actions;
class Session;

/// The tree of connections; its selection is the session's current connection.
class ConnectionsPane : public QWidget {
    Q_OBJECT
public:
    ConnectionsPane(Session& session, Actions& actions, QWidget* parent = nullptr);
    QTreeView* view() const { return m_view; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow();
    void select(std::uint32_t id);

    Session& m_session;
    QTreeView* m_view;
    QLabel* m_empty;
};

} // namespace swb::ui
