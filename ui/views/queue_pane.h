// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/workspace.h"

#include <QWidget>

class QLabel;
class QToolButton;

namespace swb::ui {

class Actions;
class PayloadComposer;
class QueueView;
class Session;

/// The queue of the session's current connection, with the field to add to it. Keeps the queue's
/// verbs enabled or says why not.
class QueuePane : public QWidget {
    Q_OBJECT
public:
    QueuePane(Session& session, Actions& actions, QWidget* parent = nullptr);

    QueueView* view() const { return m_view; }
    PayloadComposer* composer() const { return m_composer; }
    /// Puts the keyboard into the payload field once a dialog that is being closed has gone.
    void focusPayload();
    /// Opens the dialog for files; it does not block.
    void chooseFiles();

signals:
    void refused(const QString& message);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildHeader(QWidget* header);
    void connectVerbs();
    void showCurrent();
    void refresh();
    void updateHeader();
    void fitHeader();
    void updateVerbs();
    void updateRowVerbs();
    QString emptyText() const;
    void addItem(const workbench::QueueItem& item);
    void editRow(int row);
    void moveSelected(int step);
    void toggleSelected();
    void sendSelected();

    Session& m_session;
    Actions& m_actions;
    QLabel* m_stateIcon;
    QString m_name; ///< Of the connection; empty: none is selected.
    QLabel* m_title;
    QLabel* m_total;
    QLabel* m_problem;
    QToolButton* m_cancel;
    QToolButton* m_addFiles;
    QueueView* m_view;
    PayloadComposer* m_composer;
};

} // namespace swb::ui
