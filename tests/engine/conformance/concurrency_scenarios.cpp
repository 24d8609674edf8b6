// SPDX-License-Identifier: GPL-3.0-or-later
/// `conc.`: many threads, and handlers that go on by themselves.
#include "scenario.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace swb::test {

namespace {

constexpr unsigned kWorkers = 4; // the stage's one worker would hide what these are about

Wire wireOn(AsyncEngine& engine)
{
    const RawListener listener(Link::TcpV4);
    Wire wire;
    wire.socket = makeSocket(engine, Link::TcpV4);
    connectNow(wire.socket, listener.endPoint());
    wire.peer = listener.accept();
    return wire;
}

Observation eightThreads(Stage& /*stage*/)
{
    constexpr std::size_t kRecord = 1024;
    constexpr std::size_t kThreads = 8;
    constexpr std::size_t kRecords = 100;
    AsyncEngine engine(EngineOptions{.workerThreads = kWorkers});
    Wire wire = wireOn(engine);
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            Bytes record(kRecord, static_cast<std::byte>('a' + t));
            for (std::size_t i = 0; i < kRecords; ++i) {
                Call call;
                call.e.setBuffer(record);
                const bool ended = call.finished(wire.socket.sendAsync(call.e));
                if (!ended || call.e.bytesTransferred() != kRecord)
                    ++failures;
            }
        });
    const Bytes got = wire.peer.read(kRecord * kThreads * kRecords);
    for (auto& thread : threads)
        thread.join();
    bool whole = true;
    for (std::size_t at = 0; at < got.size(); at += kRecord) {
        const auto record = std::span(got).subspan(at, std::min(kRecord, got.size() - at));
        whole = whole && record.size() == kRecord
            && std::all_of(record.begin(), record.end(), [&](auto b) { return b == record[0]; });
    }
    Observation o;
    o.peerReceived = got.size();
    o.fact("failures=" + std::to_string(failures)
        + " every stretch a multiple of a record=" + yesNo(whole));
    return o;
}

Observation handlersOverlap(Stage& stage)
{
    constexpr std::size_t kSize = std::size_t{16} << 20;
    AsyncEngine engine(EngineOptions{.workerThreads = kWorkers});
    Wire wire = wireOn(engine);
    const auto data = std::span(bigBytes()).first(kSize);
    Latch entered;
    Latch release;
    Call first;
    first.e.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
        entered.open();
        (void)release.wait();
    });
    first.e.setBuffer(data);
    Call second;
    second.e.setBuffer(data);
    const bool firstPending = wire.socket.sendAsync(first.e);
    const bool secondPending = wire.socket.sendAsync(second.e);
    demand(firstPending && secondPending, "both sends are pending");
    auto reading = std::async(std::launch::async, [&] { return wire.peer.read(2 * kSize); });
    demand(entered.wait(), "the first handler runs");
    release.open();
    demand(reading.get().size() == 2 * kSize, "the peer read everything");
    Observation o = stage.ended(second, secondPending);
    // One thread runs them one after the other; two threads could run them at once.
    const bool mayOverlap = first.done.last().thread != second.done.last().thread;
    o.fact("second handler ran while the first was blocked=" + yesNo(mayOverlap));
    return o;
}

Observation closeRace(Stage& /*stage*/)
{
    constexpr std::size_t kSize = std::size_t{8} << 20;
    AsyncEngine engine(EngineOptions{.workerThreads = kWorkers});
    int raised = 0;
    int wrong = 0;
    std::set<std::string> errors;
    for (int i = 0; i < 200; ++i) {
        Wire wire = wireOn(engine);
        Call call;
        call.e.setBuffer(std::span(bigBytes()).first(kSize));
        demand(wire.socket.sendAsync(call.e), "the send is pending");
        std::thread closer([socket = wire.socket]() mutable { socket.close(); });
        wire.socket.close();
        closer.join();
        demand(call.done.wait(), "the event came");
        raised += call.done.count();
        wrong += call.e.inProgress() || call.e.bytesTransferred() >= kSize ? 1 : 0;
        errors.insert(toString(call.e.socketError()));
    }
    Observation o;
    o.completedRaised = raised;
    std::string list;
    for (const std::string& error : errors)
        list += (list.empty() ? "" : ",") + error;
    o.fact("wrong=" + std::to_string(wrong) + " errors=" + list);
    return o;
}

// --- An echo that runs by itself

/// One end: alternates between sending four bytes and receiving them, each started where the former
/// one ended.
class EchoEnd {
public:
    EchoEnd(Socket socket, bool sendsFirst, int rounds)
        : m_socket(std::move(socket))
        , m_sendNext(sendsFirst)
        , m_stepsLeft(2 * rounds)
    {
        m_e.setBuffer(m_bytes);
        m_e.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
            if (ended())
                goOn();
        });
    }

    void goOn()
    {
        while (m_stepsLeft > 0) {
            if (m_sendNext ? m_socket.sendAsync(m_e) : m_socket.receiveAsync(m_e))
                return;
            if (!ended())
                return;
        }
        m_done.open();
    }
    bool waitUntilDone() const { return m_done.wait(); }
    int roundsLeft() const { return m_stepsLeft / 2; }

private:
    /// False: it did not go as it should, and everything stops.
    bool ended()
    {
        if (m_e.socketError() != SocketError::Success || m_e.bytesTransferred() != m_bytes.size()) {
            m_done.open();
            return false;
        }
        m_sendNext = !m_sendNext;
        --m_stepsLeft;
        return true;
    }

    Socket m_socket;
    Bytes m_bytes = bytesOf("ping");
    std::atomic<bool> m_sendNext;
    std::atomic<int> m_stepsLeft;
    Latch m_done;
    SocketAsyncEventArgs m_e;
};

Observation echoChain(Stage& /*stage*/)
{
    constexpr int kTrips = 2000;
    AsyncEngine engine(EngineOptions{.workerThreads = kWorkers});
    SocketPair pair = connectedPair(engine);
    EchoEnd server(pair.a, false, kTrips);
    EchoEnd client(pair.b, true, kTrips);
    server.goOn();
    client.goOn();
    const bool done = server.waitUntilDone() && client.waitUntilDone();
    Observation o;
    o.fact("done=" + yesNo(done) + " trips=" + std::to_string(kTrips - client.roundsLeft()));
    return o;
}

constexpr Scenario kScenarios[] = {
    {"conc.8_threads_one_socket", eightThreads},
    {"conc.handlers_overlap", handlersOverlap},
    {"conc.close_race", closeRace},
    {"conc.echo_chain", echoChain},
};

} // namespace

std::span<const Scenario> concurrencyScenarios()
{
    return kScenarios;
}

} // namespace swb::test
