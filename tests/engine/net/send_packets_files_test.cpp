// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsAsync with files: ranges, open and close, streams, fall-backs, back-pressure, sizes
/// (FILE, PKT-17 to PKT-20).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <cstddef>
#include <optional>
#include <thread>

#include <cerrno>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;

namespace {

/// From now on the kernel refuses sendfile() and splice() with `error`, on this thread and those it
/// starts.
bool refuseSendfile(int error)
{
    const auto answer
        = static_cast<std::uint32_t>(SECCOMP_RET_ERRNO) | static_cast<std::uint32_t>(error);
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_sendfile, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_splice, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, answer),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

std::int64_t positionOf(const FileStream& stream)
{
    return ::lseek(stream.descriptor(), 0, SEEK_CUR);
}

} // namespace

class SendPacketsFilesTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;
    std::optional<TempFolder> m_folder;

    /// Sends one element to a peer that reads at once; what arrived.
    Bytes arrived(const SendPacketsElement& element, std::size_t expected)
    {
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({element});
        const bool pending = wire.socket.sendPacketsAsync(call.e);
        const Bytes received = wire.peer.read(expected);
        if (!call.finished(pending) || call.e.socketError() != SocketError::Success
            || call.e.bytesTransferred() != expected)
            return {};
        return received;
    }

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

    void file01_openedReadOnlyAndCloseOnExec()
    {
        const std::string path = m_folder->file("f", randomBytes(kPendingSize));
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        const auto open = descriptorsBelow(path);
        QCOMPARE(open.size(), 1U);
        const int flags = descriptorFlags(open[0]);
        QCOMPARE(flags & O_ACCMODE, O_RDONLY);
        QVERIFY((flags & O_CLOEXEC) != 0);
        m_folder->write("f", 0, bytesOf("others may still write"));
        wire.socket.close();
        QVERIFY(call.done.wait());
    }

    void file02_countZeroMeansToTheEnd()
    {
        const Bytes content = randomBytes(1024);
        const std::string path = m_folder->file("f", content);
        QCOMPARE(arrived(SendPacketsElement::file(path), 1024), content);
        QCOMPARE(arrived(SendPacketsElement::file(path, 0, 0), 1024), content);
        QCOMPARE(arrived(SendPacketsElement::file(path, 1000), 24), slice(content, 1000, 24));
        QCOMPARE(arrived(SendPacketsElement::stream(FileStream::open(path), 1000), 24),
            slice(content, 1000, 24));
        QCOMPARE(arrived(SendPacketsElement::file(path, 10, 20), 20), slice(content, 10, 20));
    }

    void file03_offsetAtTheEndIsZeroBytes()
    {
        const std::string path = m_folder->file("f", randomBytes(100));
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path, 100)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void file04_emptyFileContributesNothing()
    {
        const std::string path = m_folder->file("empty", {});
        const Bytes text = bytesOf("around");
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::buffer(text),
            SendPacketsElement::file(path), SendPacketsElement::buffer(text)});
        QVERIFY(!wire.socket.sendPacketsAsync(
            call.e)); // Also: the header does not wait for a file that never comes.
        QCOMPARE(call.e.bytesTransferred(), 12U);
        QCOMPARE(wire.peer.read(12), bytesOf("aroundaround"));
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(text), SendPacketsElement::file(path)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(6), text);
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void file04_emptyFileIsNoDatagram()
    {
        const std::string path = m_folder->file("empty", {});
        Wire wire = connectedWire(*m_engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(sendNow(wire.socket, bytesOf("first")), SocketError::Success);
        QCOMPARE(wire.peer.readDatagram(), bytesOf("first"));
    }

    void file05_offsetsBeyond4GiB_data()
    {
        QTest::addColumn<bool>("fromStream");
        QTest::newRow("by path") << false;
        QTest::newRow("open") << true;
    }
    void file05_offsetsBeyond4GiB()
    {
        QFETCH(bool, fromStream);
        constexpr std::int64_t kSize = (std::int64_t{5} << 30) + 1000;
        if (!m_folder->sparse("sparse", kSize))
            QSKIP("the file system of the temporary folder has no files of this size");
        const Bytes marker = randomBytes(1000);
        m_folder->write("sparse", kSize - 1000, marker);
        const std::string path = *m_folder / "sparse";
        const auto element = [&](std::int64_t offset, std::int64_t count) {
            return fromStream ? SendPacketsElement::stream(FileStream::open(path), offset, count)
                              : SendPacketsElement::file(path, offset, count);
        };
        QCOMPARE(arrived(element(kSize - 1000, 0), 1000), marker);
        QCOMPARE(arrived(element(kSize - 900, 50), 50), slice(marker, 100, 50));
        const Bytes tail = arrived(element(kSize - 3'000'000, 3'000'000), 3'000'000);
        QCOMPARE(tail.size(), 3'000'000U);
        QCOMPARE(slice(tail, 2'999'000, 1000), marker);
    }

    void file06_positionIsNeitherUsedNorMoved()
    {
        const Bytes content = randomBytes(1024);
        const FileStream stream = FileStream::open(m_folder->file("f", content));
        QCOMPARE(::lseek(stream.descriptor(), 512, SEEK_SET), 512);
        for (int i = 0; i < 2; ++i) {
            QCOMPARE(arrived(SendPacketsElement::stream(stream), 1024), content);
            QCOMPARE(positionOf(stream), 512);
            QCOMPARE(arrived(SendPacketsElement::stream(stream, 0, 1024), 1024), content);
            QCOMPARE(
                arrived(SendPacketsElement::stream(stream, 10, 20), 20), slice(content, 10, 20));
            QCOMPARE(positionOf(stream), 512);
        }
    }

    void file06_positionIsNotMovedWhilePending()
    {
        const Bytes content = randomBytes(kPendingSize);
        const FileStream stream = FileStream::open(m_folder->file("f", content));
        QCOMPARE(::lseek(stream.descriptor(), 99, SEEK_SET), 99);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::stream(stream), SendPacketsElement::stream(stream, 5, 10)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(
            ::lseek(stream.descriptor(), 7, SEEK_SET), 7); // Moving it disturbs nothing either.
        QCOMPARE(wire.peer.read(content.size() + 10), joined({content, slice(content, 5, 10)}));
        QVERIFY(call.done.wait());
        QCOMPARE(positionOf(stream), 7);
    }

    void file06_streamIsNotClosed()
    {
        const Bytes content = randomBytes(100);
        const std::string path = m_folder->file("f", content);
        FileStream stream = FileStream::open(path);
        QCOMPARE(arrived(SendPacketsElement::stream(stream), 100), content);
        QCOMPARE(descriptorsBelow(path).size(), 1U);
        stream = FileStream();
        QVERIFY(descriptorsBelow(path).empty());
    }

    void file06_streamOutlivesItsHandleWhileNeeded()
    {
        const Bytes content = randomBytes(kPendingSize);
        const std::string path = m_folder->file("f", content);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::stream(FileStream::open(path))});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(wire.peer.read(content.size()), content);
        QVERIFY(call.done.wait());
    }

    void file07_bareNameIsInTheWorkingFolder()
    {
        const Bytes content = randomBytes(100);
        m_folder->file("bare-name", content);
        const WorkingFolder there(m_folder->path());
        QCOMPARE(arrived(SendPacketsElement::file("bare-name"), 100), content);
        QCOMPARE(arrived(SendPacketsElement::file("./bare-name"), 100), content);
    }

    void file07_workingFolderOfTheCallCounts()
    {
        // More files than may be open at once (D-15), so that some are opened long after the call.
        const Bytes blocker = randomBytes(kPendingSize);
        Bytes expected = blocker;
        std::vector<SendPacketsElement> elements{SendPacketsElement::buffer(blocker)};
        for (int i = 0; i < 100; ++i) {
            const Bytes content = randomBytes(300, static_cast<std::uint64_t>(i) + 7);
            const std::string name = "relative-" + std::to_string(i);
            m_folder->file(name, content);
            elements.push_back(SendPacketsElement::file(name));
            expected.insert(expected.end(), content.begin(), content.end());
        }
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(elements);
        {
            const WorkingFolder there(m_folder->path());
            QVERIFY(wire.socket.sendPacketsAsync(call.e));
        }
        QVERIFY(descriptorsBelow(m_folder->path()).size()
            <= 65U); // 64 files, and the folder they are relative to.
        QCOMPARE(wire.peer.read(expected.size()), expected);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QVERIFY(descriptorsBelow(m_folder->path()).empty());
    }

    void pkt17_filesAreClosedBeforeCompleted_data()
    {
        QTest::addColumn<QString>("ending");
        QTest::newRow("success") << "success";
        QTest::newRow("closed") << "closed";
        QTest::newRow("cancelled") << "cancelled";
        QTest::newRow("reset by the peer") << "reset";
    }
    void pkt17_filesAreClosedBeforeCompleted()
    {
        QFETCH(QString, ending);
        const std::string path = m_folder->file("f", randomBytes(kPendingSize));
        Wire wire = connectedWire(*m_engine);
        Call call;
        std::optional<std::size_t> openInHandler; // Written before the latch opens, read after.
        SocketAsyncEventArgs& e = call.e;
        Latch raised;
        e.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
            openInHandler = descriptorsBelow(path).size();
            raised.open();
        });
        e.setSendPacketsElements(
            {SendPacketsElement::file(path), SendPacketsElement::file(path, 10, 10)});
        QVERIFY(wire.socket.sendPacketsAsync(e));
        QVERIFY(!descriptorsBelow(path).empty());
        if (ending == "success")
            QCOMPARE(wire.peer.read(kPendingSize + 10).size(), kPendingSize + 10);
        else if (ending == "closed")
            wire.socket.close();
        else if (ending == "cancelled")
            wire.socket.cancel(e);
        else
            wire.peer.reset();
        QVERIFY(raised.wait());
        QCOMPARE(openInHandler.value(), 0U);
        QCOMPARE(e.socketError() == SocketError::Success, ending == "success");
    }

    void pkt17_filesAreClosedWhenTheCallReturnsFalse()
    {
        const std::string path = m_folder->file("f", randomBytes(1000));
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(path), SendPacketsElement::file(path)});
        for (int i = 0; i < 20; ++i) {
            QVERIFY(!wire.socket.sendPacketsAsync(call.e));
            QVERIFY(descriptorsBelow(path).empty());
        }
    }

    void exc11_atMost64FilesAreOpenAtOnce()
    {
        constexpr int kFiles = 2000;
        const Bytes blocker = randomBytes(kPendingSize);
        Bytes expected = blocker;
        std::vector<SendPacketsElement> elements{SendPacketsElement::buffer(blocker)};
        for (int i = 0; i < kFiles; ++i) {
            const Bytes content = randomBytes(100, static_cast<std::uint64_t>(i) + 7);
            elements.push_back(
                SendPacketsElement::file(m_folder->file(std::to_string(i), content)));
            expected.insert(expected.end(), content.begin(), content.end());
        }
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QVERIFY(descriptorsBelow(m_folder->path()).size() <= 64U);
        QCOMPARE(wire.peer.read(expected.size()), expected);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), expected.size());
        QVERIFY(descriptorsBelow(m_folder->path()).empty());
    }

    void exc11_fileReplacedBeforeItsTurnEndsTheOperation_data()
    {
        QTest::addColumn<QString>("change");
        QTest::newRow("gone") << "gone";
        QTest::newRow("another file") << "another";
        QTest::newRow("shorter") << "shorter";
    }
    void exc11_fileReplacedBeforeItsTurnEndsTheOperation()
    {
        QFETCH(QString, change);
        const Bytes blocker = randomBytes(kPendingSize);
        const Bytes content = randomBytes(100);
        std::vector<SendPacketsElement> elements{SendPacketsElement::buffer(blocker)};
        for (int i = 0; i < 100; ++i)
            elements.push_back(
                SendPacketsElement::file(m_folder->file(std::to_string(i), content)));
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        const std::string last = *m_folder / "99";
        if (change == "shorter")
            QCOMPARE(::truncate(last.c_str(), 50), 0);
        else
            QCOMPARE(::rename(last.c_str(), (*m_folder / "moved").c_str()), 0);
        if (change == "another")
            m_folder->file("99", content);
        const std::size_t before = blocker.size() + 99 * content.size();
        QCOMPARE(wire.peer.read(before).size(), before);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QVERIFY(wire.socket.connected());
        wire.socket.close();
        QCOMPARE(call.e.bytesTransferred(), before + wire.peer.readAll().size());
        QVERIFY(descriptorsBelow(m_folder->path()).empty());
    }

    void d09_file09_fileThatShrinksEndsWithInvalidArgumentAndTheTrueCount()
    {
        const Bytes content = randomBytes(2 * kPendingSize);
        const std::string path = m_folder->file("f", content);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(::truncate(path.c_str(), static_cast<off_t>(kPendingSize)), 0);
        const Bytes received = wire.peer.read(kPendingSize);
        QCOMPARE(received, slice(content, 0, kPendingSize));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(call.e.bytesTransferred(), kPendingSize);
        QVERIFY(wire.socket.connected());
    }

    void pkt19_fallsBackWhereSendfileIsRefused_data()
    {
        QTest::addColumn<int>("error");
        QTest::newRow("EINVAL") << EINVAL;
        QTest::newRow("ENOSYS") << ENOSYS;
    }
    void pkt19_fallsBackWhereSendfileIsRefused()
    {
        QFETCH(int, error);
        const Bytes content = randomBytes(kPendingSize);
        const std::string path = m_folder->file("f", content);
        std::string outcome = "not run";
        std::thread([&] { // The refusal stays with this thread, and with the workers of the engine
                          // made on it.
            if (!refuseSendfile(error)) {
                outcome = "no filter";
                return;
            }
            AsyncEngine engine(EngineOptions{.workerThreads = 1});
            Wire wire = connectedWire(engine);
            Call call;
            call.e.setSendPacketsElements(
                {SendPacketsElement::file(path, 100, 1000), SendPacketsElement::file(path)});
            const bool pending = wire.socket.sendPacketsAsync(call.e);
            const Bytes received = wire.peer.read(content.size() + 1000);
            if (!pending || !call.done.wait())
                outcome = "no completion";
            else if (call.e.socketError() != SocketError::Success)
                outcome = toString(call.e.socketError());
            else
                outcome = received == joined({slice(content, 100, 1000), content}) ? "same bytes"
                                                                                   : "other bytes";
        })
            .join();
        if (outcome == "no filter")
            QSKIP("seccomp filters are not available here");
        QCOMPARE(outcome, std::string("same bytes"));
    }

    void pkt13_sendSizeCutsCallsNotContent_data()
    {
        QTest::addColumn<int>("sendSize");
        for (const int size : {1000, 4096, 100'000, 10'000'000})
            QTest::addRow("%d", size) << size;
    }
    void pkt13_sendSizeCutsCallsNotContent()
    {
        QFETCH(int, sendSize);
        const Bytes head = randomBytes(10'000);
        const Bytes content = randomBytes(500'000, 2);
        const std::string path = m_folder->file("f", content);
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsSendSize(sendSize);
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(head), SendPacketsElement::file(path),
                SendPacketsElement::buffer(head), SendPacketsElement::file(path, 7, 1001)});
        const Bytes expected = joined({head, content, head, slice(content, 7, 1001)});
        const bool pending = wire.socket.sendPacketsAsync(call.e);
        QCOMPARE(wire.peer.read(expected.size()), expected);
        QVERIFY(call.finished(pending));
        QCOMPARE(call.e.bytesTransferred(), expected.size());
    }

    void pkt20_continuesWhereTheFullSocketStoppedIt_data() { SWB_STREAM_LINKS(); }
    void pkt20_continuesWhereTheFullSocketStoppedIt()
    {
        QFETCH(Link, link);
        const Bytes content = randomBytes(3 * kPendingSize);
        const std::string path = m_folder->file("f", content);
        Wire wire = connectedWire(*m_engine, link);
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::file(path, 1, static_cast<qint64>(content.size()) - 2)});
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        Bytes received;
        while (received.size() < content.size() - 2) { // In odd pieces: many stops and starts.
            const Bytes some = wire.peer.read(
                std::min<std::size_t>(77'777, content.size() - 2 - received.size()));
            QVERIFY(!some.empty());
            received.insert(received.end(), some.begin(), some.end());
        }
        QCOMPARE(received, slice(content, 1, content.size() - 2));
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), content.size() - 2);
    }
};

QTEST_GUILESS_MAIN(SendPacketsFilesTest)
#include "send_packets_files_test.moc"
