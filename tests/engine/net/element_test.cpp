// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsElement and FileStream as values, and what becomes of them when sent (ELEM).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;

class ElementTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;

private slots:
    void init()
    {
        m_engine.emplace(EngineOptions{.workerThreads = 2});
        m_folder.emplace();
    }
    void cleanup()
    {
        m_engine.reset();
        m_folder.reset();
    }

    void elem01_everySourceTakesARangeAndEndOfPacket()
    {
        const Bytes bytes = bytesOf("0123456789");
        const FileStream open = FileStream::open(m_folder->file("f", bytes));
        const auto check = [](const SendPacketsElement& element, SendPacketsElement::Kind kind,
                               std::int64_t offset, std::int64_t count, bool endOfPacket) {
            return element.kind() == kind && element.offset() == offset && element.count() == count
                && element.endOfPacket() == endOfPacket;
        };
        using Kind = SendPacketsElement::Kind;
        QVERIFY(check(SendPacketsElement::file("f"), Kind::File, 0, 0, false));
        QVERIFY(check(SendPacketsElement::file("f", 2, 3), Kind::File, 2, 3, false));
        QVERIFY(check(SendPacketsElement::file("f", 2, 3, true), Kind::File, 2, 3, true));
        QVERIFY(check(SendPacketsElement::stream(open), Kind::Stream, 0, 0, false));
        QVERIFY(check(SendPacketsElement::stream(open, 2, 3), Kind::Stream, 2, 3, false));
        QVERIFY(check(SendPacketsElement::stream(open, 2, 3, true), Kind::Stream, 2, 3, true));
        QVERIFY(check(SendPacketsElement::buffer(bytes), Kind::Memory, 0, 10, false));
        QVERIFY(check(SendPacketsElement::buffer(bytes, true), Kind::Memory, 0, 10, true));
        QVERIFY(check(SendPacketsElement::buffer(bytes, 2, 3), Kind::Memory, 2, 3, false));
        QVERIFY(check(SendPacketsElement::buffer(bytes, 2, 3, true), Kind::Memory, 2, 3, true));
        QVERIFY(check(SendPacketsElement::ownedBuffer(bytes, true), Kind::Memory, 0, 10, true));
        // A range of memory is that range of the bytes.
        const auto window = SendPacketsElement::buffer(bytes, 2, 3).memory();
        QCOMPARE(Bytes(window.begin(), window.end()), bytesOf("234"));
    }

    void elem05_anyReadableDescriptorOfARegularFileIsAStream()
    {
        const Bytes bytes = bytesOf("0123456789");
        const std::string path = m_folder->file("f", bytes);
        const int inMemory = ::memfd_create("swb-test", MFD_CLOEXEC);
        QVERIFY(inMemory >= 0);
        QCOMPARE(::write(inMemory, bytes.data(), bytes.size()), ssize_t{10}); // Position at 10.
        Wire wire = connectedWire(*m_engine);
        for (const int fd : {::open(path.c_str(), O_RDONLY | O_CLOEXEC),
                 ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC), inMemory}) {
            Call call;
            call.e.setSendPacketsElements(
                {SendPacketsElement::stream(FileStream::fromDescriptor(fd), 1)});
            QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
            QCOMPARE(call.e.socketError(), SocketError::Success);
            QCOMPARE(wire.peer.read(9), slice(bytes, 1, 9));
        }
    }

    void elem05_streamThatCannotBeReadIsRefusedBeforeTheFirstByte()
    {
        const Bytes bytes = bytesOf("0123456789");
        const std::string path = m_folder->file("f", bytes);
        int ends[2];
        QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
        const FileStream pipe = FileStream::fromDescriptor(ends[0]);
        const FileStream pipeEnd = FileStream::fromDescriptor(ends[1]);
        const FileStream writeOnly
            = FileStream::fromDescriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        const FileStream folder
            = FileStream::fromDescriptor(::open(m_folder->path().c_str(), O_RDONLY | O_CLOEXEC));
        Wire wire = connectedWire(*m_engine);
        Call call;
        const auto send = [&](const FileStream& stream) {
            call.e.setSendPacketsElements(
                {SendPacketsElement::buffer(bytes), SendPacketsElement::stream(stream, 0, 5)});
            (void)wire.socket.sendPacketsAsync(call.e);
        };
        QVERIFY(thrownBy<UnauthorizedAccessException>([&] { send(writeOnly); }));
        QVERIFY(thrownBy<UnauthorizedAccessException>([&] { send(folder); }));
        QVERIFY(thrownBy<NotSupportedException>([&] { send(pipe); }));
        QVERIFY(!call.e.inProgress());
        QCOMPARE(sendNow(wire.socket, bytesOf("clean")), SocketError::Success);
        QCOMPARE(wire.peer.read(5), bytesOf("clean"));
    }

    // Rules: D-11
    void elem07_elem08_offsetsAndCountsHave64Bits()
    {
        const std::int64_t large = (std::int64_t{5} << 30) + 3;
        QCOMPARE(SendPacketsElement::file("f", large, large + 1).offset(), large);
        QCOMPARE(SendPacketsElement::file("f", large, large + 1).count(), large + 1);
        // And they mean what they say when sent: the last bytes of a file beyond 5 GiB.
        if (!m_folder->sparse("sparse", large))
            QSKIP("the file system of the temporary folder has no files of this size");
        const Bytes end = bytesOf("end");
        m_folder->write("sparse", large - 3, end);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(*m_folder / "sparse", large - 3, 3)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(wire.peer.read(3), end);
        // A count beyond 2^31 is checked as such.
        call.e.setSendPacketsElements({SendPacketsElement::file(*m_folder / "sparse", 1, large)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
    }

    void elem09_oneElementServesManyThreadsAtOnce()
    {
        constexpr int kThreads = 4;
        constexpr int kRounds = 50;
        const Bytes content = randomBytes(5000);
        const std::vector<SendPacketsElement> shared{
            SendPacketsElement::file(m_folder->file("f", content)),
            SendPacketsElement::stream(FileStream::open(*m_folder / "f"), 100),
            SendPacketsElement::ownedBuffer(content)};
        const Bytes expected = joined({content, slice(content, 100, 4900), content});
        std::vector<std::thread> threads;
        std::atomic<int> right{0};
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&] {
                Wire wire = connectedWire(*m_engine);
                for (int i = 0; i < kRounds; ++i) {
                    Call call;
                    call.e.setSendPacketsElements(shared);
                    if (call.finished(wire.socket.sendPacketsAsync(call.e))
                        && wire.peer.read(expected.size()) == expected)
                        ++right;
                }
            });
        }
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(right.load(), kThreads * kRounds);
    }

    void elem10_memoryIsReadWhenItIsSent()
    {
        const Bytes first = randomBytes(kPendingSize);
        Bytes changed = bytesOf("before");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(first), SendPacketsElement::buffer(changed)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e)); // Its turn is far off.
        const Bytes after = bytesOf("after!");
        std::copy(after.begin(), after.end(), changed.begin());
        // A call that takes the lock of the socket's sends puts the change before the worker's next
        // look at the memory.
        SocketAsyncEventArgs other;
        wire.socket.cancel(other);
        QCOMPARE(wire.peer.read(first.size()), first);
        QCOMPARE(wire.peer.read(changed.size()), after);
        QVERIFY(call.done.wait());
    }

    void elem10_ownedMemoryLivesAsLongAsItIsNeeded()
    {
        const Bytes bytes = randomBytes(kPendingSize);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::ownedBuffer(bytes)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(bytes.size()), bytes); // Nobody but the args has the memory.
        QVERIFY(call.done.wait());
    }
};

QTEST_GUILESS_MAIN(ElementTest)
#include "element_test.moc"
