// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QList>

class QAction;
class QLineEdit;
class QMenu;
class QTreeWidget;

namespace swb::ui {

/// All keys of the window, to look up: those of the verbs, menu by menu, and those of the panes.
///
/// **Threads** GUI thread. **Lifetime** deletes itself when closed.
class KeysDialog : public QDialog {
    Q_OBJECT
public:
    /// `menus`: those of the menu bar; what has no keys in them is left out.
    explicit KeysDialog(const QList<QAction*>& menus, QWidget* parent = nullptr);

private:
    struct Entry {
        QString keys;
        QString what;
    };
    static void collect(const QMenu& menu, QList<Entry>& entries);
    void addGroup(const QString& title, const QList<Entry>& entries);
    void addPanes();
    void narrow(const QString& text);

    QLineEdit* m_search;
    QTreeWidget* m_list;
};

} // namespace swb::ui
