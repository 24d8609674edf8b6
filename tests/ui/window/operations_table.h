// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/engine/trace/records.h"
#include "tests/ui/window/window_fixture.h"
#include "ui/support/settings.h"
#include "ui/views/filter_edit.h"
#include "ui/views/filter_line.h"
#include "ui/views/operations_pane.h"
#include "ui/views/operations_view.h"

#include <QComboBox>

namespace swb::test {

/// The window with operations that nobody really made: sends of this thread on sockets 1 to 10, of
/// which each fourth is pending and each seventh was reset.
class Table {
public:
    explicit Table(std::uint64_t count = 0, ui::Settings settings = {},
        std::optional<trace::TraceStoreOptions> store = {})
        : f(std::move(settings), {}, std::move(store))
    {
        pane = f.window().findChild<ui::OperationsPane*>();
        view = pane->view();
        edit = pane->filterLine()->edit();
        show("All operations");
        add(count);
        view->setFocus();
    }

    void add(std::uint64_t count)
    {
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t id = ++m_last;
            OperationRecord record = test::synchronousSend(id, id * 10);
            if (id % 7 == 0)
                record = test::completed(test::pendingSend(id), SocketError::ConnectionReset);
            else if (id % 4 == 0)
                record = test::pendingSend(id, 4000, 1000);
            record.callThread = currentThreadId();
            record.socketId = static_cast<std::uint32_t>(id % 10 + 1);
            f.recorder().operationStepped(record);
        }
        flush();
    }
    void complete(std::uint64_t id)
    {
        OperationRecord record = f.store().record(id - 1);
        f.recorder().operationStepped(test::completed(record));
        flush();
    }
    void flush() { f.session().bridge().flush(); }
    void show(const char* choice)
    {
        auto* combo = f.find<QComboBox>("operationsShown");
        combo->setCurrentIndex(combo->findText(QLatin1String(choice)));
    }
    void key(int key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(view, static_cast<Qt::Key>(key), modifiers);
    }
    void type(const QString& filter)
    {
        edit->setFocus();
        edit->clear();
        QTest::keyClicks(edit, filter);
        QTest::keyClick(edit, Qt::Key_Return);
    }
    QString cell(int row, ui::OperationColumn column) { return f.operationText(row, column); }
    quint64 currentId() { return pane->selection().currentRow().value_or(0) + 1; }
    quint64 first() { return pane->model().first(); }
    quint64 last() { return pane->model().lastFirst(); }
    QPoint at(int row, ui::OperationColumn column = ui::OperationColumn::Number)
    {
        return view->visualRect(view->model()->index(row, static_cast<int>(column))).center();
    }
    void click(int row, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::mouseClick(view->viewport(), Qt::LeftButton, modifiers, at(row));
    }

    WindowFixture f;
    ui::OperationsPane* pane;
    ui::OperationsView* view;
    ui::FilterEdit* edit;

private:
    std::uint64_t m_last = 0;
};

} // namespace swb::test
