// SPDX-License-Identifier: GPL-3.0-or-later
/// What the engine tells an OperationObserver.

#include "tests/support/socket_pair.h"

#include "engine/net/operation_record.h"
#include "engine/net/thread_id.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include <cerrno>

using namespace swb;
using namespace swb::test;

namespace {

class Recorder final : public OperationObserver {
public:
    void operationStepped(const OperationRecord& record) noexcept override
    {
        const std::lock_guard lock(m_mutex);
        m_steps[record.id].push_back(record);
    }
    std::vector<OperationRecord> stepsOf(std::uint64_t id) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_steps.find(id);
        return found == m_steps.end() ? std::vector<OperationRecord>() : found->second;
    }
    std::map<std::uint64_t, std::vector<OperationRecord>> all() const
    {
        const std::lock_guard lock(m_mutex);
        return m_steps;
    }

private:
    mutable std::mutex m_mutex;
    std::map<std::uint64_t, std::vector<OperationRecord>> m_steps;
};

} // namespace

class RecordTest : public QObject {
    Q_OBJECT

private:
    std::optional<Recorder> m_recorder;
    std::optional<AsyncEngine> m_engine;

private slots:
    void init()
    {
        m_recorder.emplace();
        m_engine.emplace(EngineOptions{.workerThreads = 2, .observer = &*m_recorder});
    }
    void cleanup()
    {
        m_engine.reset();
        m_recorder.reset();
    }

    void synchronousOperationIsOneRecord()
    {
        Wire wire = connectedWire(*m_engine);
        const Bytes bytes = bytesOf("data");
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(call.e));
        const auto steps = m_recorder->stepsOf(call.e.operationId());
        QCOMPARE(steps.size(), 1U);
        const OperationRecord& record = steps[0];
        QCOMPARE(record.phase, OperationPhase::Completed);
        QCOMPARE(record.kind, SocketAsyncOperation::Send);
        QCOMPARE(record.error, SocketError::Success);
        QCOMPARE(record.bytesAsked, 4U);
        QCOMPARE(record.bytesDone, 4U);
        QCOMPARE(record.socketId, wire.socket.id());
        QCOMPARE(record.callThread, currentThreadId());
        QCOMPARE(record.completionThread, currentThreadId());
        QVERIFY(!record.returnedPending());
        QCOMPARE(record.eventNs, 0);
        QVERIFY(record.submittedNs > 0 && record.submittedNs <= record.completedNs);
        QVERIFY(record.submittedNs <= record.returnedNs);
    }

    void pendingOperationIsVisibleFromItsStart()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(wire.socket.sendAsync(call.e));
        auto steps = m_recorder->stepsOf(call.e.operationId());
        QVERIFY(!steps.empty());
        QCOMPARE(steps[0].phase, OperationPhase::Pending);
        QVERIFY(steps[0].returnedPending());
        QCOMPARE(steps[0].bytesAsked, bytes.size());
        QVERIFY(steps[0].bytesDone > 0 && steps[0].bytesDone < bytes.size());
        QCOMPARE(steps[0].completionThread, std::uint16_t{0});
        QCOMPARE(wire.peer.read(bytes.size()), bytes);
        QVERIFY(call.done.wait());
        steps = m_recorder->stepsOf(call.e.operationId());
        QVERIFY(steps.size() >= 2);
        const OperationRecord& last = steps.back();
        QCOMPARE(last.phase, OperationPhase::Completed);
        QVERIFY(last.returnedPending());
        QCOMPARE(last.bytesDone, bytes.size());
        QVERIFY(last.completionThread != 0 && last.completionThread != last.callThread);
        QVERIFY(last.submittedNs <= last.returnedNs);
        QVERIFY(last.submittedNs <= last.completedNs && last.completedNs <= last.eventNs);
        std::uint64_t done = 0; // Progress only grows.
        for (std::size_t i = 0; i < steps.size(); ++i) {
            QVERIFY(steps[i].bytesDone >= done);
            done = steps[i].bytesDone;
            QVERIFY(
                (steps[i].phase == OperationPhase::Progress) == (i > 0 && i + 1 < steps.size()));
        }
    }

    void abortedOperationSaysSoWithItsBytes()
    {
        const TempFolder folder;
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(folder.file("f", randomBytes(kPendingSize)))});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        const auto last = m_recorder->stepsOf(call.e.operationId()).back();
        QCOMPARE(last.error, SocketError::OperationAborted);
        QCOMPARE(last.kind, SocketAsyncOperation::SendPackets);
        QCOMPARE(last.bytesAsked, kPendingSize);
        QCOMPARE(last.bytesDone, call.e.bytesTransferred());
        const int expected = operation_flags::ReturnedPending | operation_flags::Aborted
            | operation_flags::Partial | operation_flags::FromFile;
        QCOMPARE(static_cast<int>(last.flags), expected);
    }

    void failedOperationHasBothErrorNumbers()
    {
        const RefusingEndPoint nobody;
        Socket socket = makeSocket(*m_engine, Link::TcpV4);
        Call call;
        call.e.setRemoteEndPoint(nobody.endPoint());
        QVERIFY(call.finished(socket.connectAsync(call.e)));
        const auto last = m_recorder->stepsOf(call.e.operationId()).back();
        QCOMPARE(last.kind, SocketAsyncOperation::Connect);
        QCOMPARE(last.error, SocketError::ConnectionRefused);
        QCOMPARE(last.nativeError, ECONNREFUSED);
    }

    void everyOperationEndsExactlyOnce()
    {
        Bytes room(4);
        const Bytes bytes = randomBytes(100'000);
        {
            Wire wire = connectedWire(*m_engine);
            auto drained = wire.peer.receiveAllInBackground();
            Call receiving;
            receiving.e.setBuffer(std::span<std::byte>(room));
            QVERIFY(wire.socket.receiveAsync(receiving.e));
            for (int i = 0; i < 50; ++i)
                QCOMPARE(sendNow(wire.socket, bytes), SocketError::Success);
            wire.socket.close();
            QVERIFY(receiving.done.wait());
        }
        m_engine.reset();
        std::uint64_t expectedId = 0;
        for (const auto& [id, steps] : m_recorder->all()) {
            QCOMPARE(id, ++expectedId); // 1, 2, 3, ... without a gap.
            const auto ended
                = std::count_if(steps.begin(), steps.end(), [](const OperationRecord& record) {
                      return record.phase == OperationPhase::Completed;
                  });
            QCOMPARE(ended, 1);
            QCOMPARE(steps.back().phase, OperationPhase::Completed);
            QCOMPARE(
                steps.front().phase == OperationPhase::Pending, steps.back().returnedPending());
        }
        QVERIFY(expectedId >= 52);
    }

    void withoutAnObserverNothingIsNumbered()
    {
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        Wire wire = connectedWire(engine);
        const Bytes bytes = bytesOf("x");
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<const std::byte>(bytes));
        QVERIFY(!wire.socket.sendAsync(e));
        QCOMPARE(e.operationId(), 0U);
    }
};

QTEST_GUILESS_MAIN(RecordTest)
#include "record_test.moc"
