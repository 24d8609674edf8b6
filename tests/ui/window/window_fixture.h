// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/net/async_engine.h"
#include "engine/net/thread_id.h"
#include "engine/trace/recorder.h"
#include "engine/trace/trace_store.h"
#include "engine/workbench/workspace.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/operations_model.h"
#include "ui/models/queue_model.h"
#include "ui/support/live_view.h"
#include "ui/support/recording.h"
#include "ui/support/session.h"
#include "ui/views/main_window.h"

#include <QAction>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTest>

#include <memory>
#include <optional>

namespace swb::test {

constexpr int kDeadlineMs = 20'000;

/// Where the operations come from that the window shows.
enum class Records {
    OfTheEngine,
    Made, ///< The engine is not observed: who made the fixture records into recorder().
};

/// The whole desktop application in one object, made and taken down in the order of
/// app/gui/main.cpp.
class WindowFixture {
public:
    /// `folder`: where unfinished recordings are, and would go. `store`: its options, instead of
    /// those of the settings.
    explicit WindowFixture(ui::Settings settings = {}, const QString& folder = {},
        std::optional<trace::TraceStoreOptions> store = {}, Records records = Records::OfTheEngine)
        : m_store(store ? std::move(*store) : storing(settings))
    {
        nameCurrentThread("main");
        EngineOptions options;
        options.observer = records == Records::OfTheEngine ? &m_recorder : nullptr;
        m_engine.emplace(options);
        m_bridge = std::make_unique<ui::EngineBridge>(m_recorder, m_store);
        m_workspace.emplace(*m_engine, m_bridge->waker(), &m_store.payload());
        m_live = std::make_unique<ui::LiveView>(*m_engine, *m_bridge);
        m_session = std::make_unique<ui::Session>(*m_workspace, *m_bridge);
        m_recording = std::make_unique<ui::Recording>(*m_bridge, folder);
        m_window = std::make_unique<ui::MainWindow>(
            *m_session, *m_live, *m_recording, std::move(settings));
        m_window->resize(1280, 800);
        m_window->show();
        m_shown = QTest::qWaitForWindowActive(m_window.get());
    }
    ~WindowFixture()
    {
        m_window.reset();
        m_session.reset();
        m_recording.reset();
        m_live.reset();
        m_workspace->closeAll();
        m_workspace.reset();
        m_engine.reset();
    }
    WindowFixture(const WindowFixture&) = delete;
    WindowFixture& operator=(const WindowFixture&) = delete;

    bool shown() const { return m_shown; }
    ui::MainWindow& window() { return *m_window; }
    AsyncEngine& engine() { return *m_engine; }
    ui::Session& session() { return *m_session; }
    ui::QueueModel& queue() { return *m_session->currentQueue(); }
    const trace::TraceStore& store() const { return m_store; }
    ui::Recording& recording() { return *m_recording; }
    ui::ShownOperations& shownOperations() { return m_live->shown(); }
    ui::OperationFocus& focus() { return m_live->focus(); }
    ui::TimelineLanes& lanes() { return m_live->lanes(); }
    trace::Recorder& recorder() { return m_recorder; }

    template <typename T> T* find(const char* name)
    {
        return m_window->findChild<T*>(QLatin1String(name));
    }
    QAction* action(const char* name) { return find<QAction>(name); }
    QTableView* queueView() { return find<QTableView>("queueView"); }
    QTableView* operationsView() { return find<QTableView>("operationsView"); }
    QPlainTextEdit* payload() { return find<QPlainTextEdit>("payloadEdit"); }

    /// Types into the payload field and presses Enter.
    void addText(const QString& text)
    {
        payload()->setFocus();
        QTest::keyClicks(payload(), text);
        QTest::keyClick(payload(), Qt::Key_Return);
    }

    /// The address a demo peer of this kind listens on.
    Address startPeer(peers::PeerKind kind, std::uint64_t bytesPerSecond = 64 * 1024)
    {
        peers::PeerOptions options;
        options.kind = kind;
        options.listen = Address{Transport::Tcp, EndPoint::ip("127.0.0.1", 0)};
        options.bytesPerSecond = bytesPerSecond;
        const std::uint32_t id = m_session->addDemoPeer(options);
        return m_session->connections().node(id)->address;
    }
    bool connectTo(const Address& address)
    {
        m_session->addClient(address);
        return QTest::qWaitFor(
            [this] {
                const auto node = m_session->currentNode();
                return node && node->connection.state == workbench::ConnectionState::Connected;
            },
            kDeadlineMs);
    }

    /// The newest record of the latest operation of this kind that the window started.
    std::optional<trace::OperationRecord> lastRecord(SocketAsyncOperation kind)
    {
        for (std::uint64_t row = m_store.rowCount(); row-- > 0;) {
            const trace::OperationRecord record = m_store.record(row);
            if (record.kind == kind && record.callThread == currentThreadId())
                return record;
        }
        return std::nullopt;
    }

    /// The text of a cell of the operations table; `row` counts those on the screen.
    QString operationText(int row, ui::OperationColumn column)
    {
        const QAbstractItemModel* model = operationsView()->model();
        return model->index(row, static_cast<int>(column)).data().toString();
    }

    /// Operations that are shown, of `kind` and with `outcome`.
    int countOperations(SocketAsyncOperation kind, trace::Outcome outcome)
    {
        int count = 0;
        for (quint64 index = 0; index < m_live->shown().count(); ++index) {
            const auto record = m_store.record(m_live->shown().rowAt(index));
            count += record.kind == kind && trace::outcome(record) == outcome ? 1 : 0;
        }
        return count;
    }

private:
    static trace::TraceStoreOptions storing(const ui::Settings& settings)
    {
        trace::TraceStoreOptions options;
        options.payload.bytesPerOperation = static_cast<std::size_t>(settings.keptPayloadBytes);
        options.program = "test 1.0";
        return options;
    }

    trace::Recorder m_recorder;
    trace::TraceStore m_store;
    std::optional<AsyncEngine> m_engine;
    std::unique_ptr<ui::EngineBridge> m_bridge;
    std::optional<workbench::Workspace> m_workspace;
    std::unique_ptr<ui::LiveView> m_live;
    std::unique_ptr<ui::Recording> m_recording;
    std::unique_ptr<ui::Session> m_session;
    std::unique_ptr<ui::MainWindow> m_window;
    bool m_shown = false;
};

} // namespace swb::test
