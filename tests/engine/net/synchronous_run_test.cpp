// SPDX-License-Identifier: GPL-3.0-or-later
/// Ten million operations that end at once, one after another: the stack does not grow and nothing
/// is allocated. Apart from the other tests because it counts allocations by replacing operator
/// new; sanitizers have their own, so there only the stack is watched.

#include "tests/support/socket_pair.h"

#include "engine/net/operation_loop.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

using namespace swb;
using namespace swb::test;

namespace {

std::atomic<std::size_t> allocations{0};

[[maybe_unused]] void* allocate(std::size_t size, std::size_t alignment)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}

constexpr int kOperations = kSanitized ? 300'000 : 10'000'000;

/// How far the stack reached, from the addresses of local variables.
class StackDepth {
public:
    void note()
    {
        const char here = 0;
        const auto address = reinterpret_cast<std::uintptr_t>(&here);
        m_lowest = std::min(m_lowest, address);
        m_highest = std::max(m_highest, address);
    }
    std::uintptr_t spread() const { return m_highest - m_lowest; }

private:
    std::uintptr_t m_lowest = ~std::uintptr_t{0};
    std::uintptr_t m_highest = 0;
};

} // namespace

#if !defined(SWB_TEST_TSAN) && !defined(SWB_TEST_ASAN)
// GCC pairs new and delete by itself, so all forms go the same way.
void* operator new(std::size_t size)
{
    return allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}
#endif

class SynchronousRunTest : public QObject {
    Q_OBJECT

private:
    AsyncEngine m_engine{EngineOptions{.workerThreads = 1}};
    Wire m_wire;
    SocketAsyncEventArgs m_args;
    Bytes m_room = Bytes(1);

private slots:
    void initTestCase()
    {
        // A receive of zero bytes on a socket with data ends at once, every time (RECV-02).
        m_wire = connectedWire(m_engine, Link::UnixStream);
        m_wire.peer.write(bytesOf("x"));
        m_args.setBuffer(std::span(m_room), 0, 0);
        m_args.onCompleted([](Socket&, SocketAsyncEventArgs&) { qFatal("no event may come"); });
        (void)m_wire.socket.receiveAsync(m_args); // whatever the first use allocates
    }

    void countsAllocations()
    {
        if (kSanitized)
            QSKIP("sanitizers have their own operator new");
        const std::size_t before = allocations.load();
        delete new Bytes(1);
        QVERIFY(allocations.load() > before);
    }

    void bareLoop()
    {
        StackDepth depth;
        int ended = 0;
        const std::size_t before = allocations.load();
        while (ended < kOperations && !m_wire.socket.receiveAsync(m_args)) {
            depth.note();
            ++ended;
        }
        QCOMPARE(allocations.load() - before, 0U);
        QCOMPARE(ended, kOperations);
        QCOMPARE(depth.spread(), 0U);
    }

    void operationLoop()
    {
        StackDepth depth;
        int ended = 0;
        SocketAsyncEventArgs args;
        args.setBuffer(std::span(m_room), 0, 0);
        OperationLoop loop(
            args, [&] { return m_wire.socket.receiveAsync(args); },
            [&](SocketAsyncEventArgs&) {
                depth.note();
                return ++ended < kOperations;
            });
        const std::size_t before = allocations.load();
        loop.run();
        QCOMPARE(allocations.load() - before, 0U);
        QCOMPARE(ended, kOperations);
        QCOMPARE(depth.spread(), 0U);
    }

    /// Pending operations reuse what the first ones have made.
    void pendingOperationsAllocateNothingEither()
    {
        constexpr int kRounds = kSanitized ? 500 : 5'000;
        Wire wire = connectedWire(m_engine, Link::UnixStream);
        SocketAsyncEventArgs args;
        args.setBuffer(m_room);
        std::atomic<int> ended{0};
        args.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
            ++ended;
            ended.notify_one();
        });
        const Bytes byte = bytesOf("x");
        const auto round = [&] {
            const int before = ended;
            const bool pending = wire.socket.receiveAsync(args);
            wire.peer.write(byte);
            if (pending)
                ended.wait(before);
            return pending;
        };
        for (int i = 0; i < 100; ++i)
            QVERIFY(round());
        const std::size_t before = allocations.load();
        int pending = 0;
        for (int i = 0; i < kRounds; ++i)
            pending += round() ? 1 : 0;
        QCOMPARE(allocations.load() - before, 0U);
        QCOMPARE(pending, kRounds);
    }
};

QTEST_GUILESS_MAIN(SynchronousRunTest)
#include "synchronous_run_test.moc"
