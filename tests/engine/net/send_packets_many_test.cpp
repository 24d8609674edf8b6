// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPackets in numbers: thousands of files in a call, many calls at once, and how they end
/// (D-15, FILE-16, PKT-14 to PKT-16).

#include "tests/support/descriptor_count.h"
#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <algorithm>
#include <deque>
#include <future>
#include <optional>

#include <sys/resource.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;

namespace {

/// Files of 1 to 700 bytes, and what they hold one after another.
struct Many {
    std::vector<SendPacketsElement> elements;
    Bytes content;

    Many(const TempFolder& folder, int files)
    {
        const Bytes random = randomBytes(1'000'000);
        for (int i = 0; i < files; ++i) {
            const auto number = static_cast<std::size_t>(i);
            const Bytes part = slice(random, number * 37 % 900'000, 1 + number * 101 % 700);
            elements.push_back(SendPacketsElement::file(folder.file(std::to_string(i), part)));
            content.insert(content.end(), part.begin(), part.end());
        }
    }
};

} // namespace

class SendPacketsManyTest : public QObject {
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

    void d15_file16_thousandsOfFilesNeverHaveMoreThan64Open()
    {
        Many many(*m_folder, kSanitized ? 3000 : 20'000);
        // In front of them all what holds them up, so that as many are open as there will be.
        const Bytes blocker = randomBytes(kPendingSize);
        many.elements.insert(many.elements.begin(), SendPacketsElement::buffer(blocker));
        Wire wire = connectedWire(*m_engine);
        // Looked at in the handler itself: nothing is open when Completed runs.
        std::promise<std::size_t> openInHandler;
        Call call;
        call.e.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
            openInHandler.set_value(descriptorsBelow(m_folder->path()).size());
        });
        call.e.setSendPacketsElements(many.elements);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        std::size_t most = descriptorsBelow(m_folder->path()).size();
        QCOMPARE(wire.peer.read(blocker.size()), blocker);
        // While nothing is read, the operation stands still somewhere in the list; then it is let
        // on by a piece, and looked at again.
        constexpr std::size_t kPiece = 150'000;
        Bytes received;
        while (received.size() < many.content.size()) {
            most = std::max(most, descriptorsBelow(m_folder->path()).size());
            const Bytes piece
                = wire.peer.read(std::min(kPiece, many.content.size() - received.size()));
            QVERIFY(!piece.empty());
            received.insert(received.end(), piece.begin(), piece.end());
        }
        QVERIFY2(most <= 64, qPrintable(QString::number(most)));
        QCOMPARE(received, many.content);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(call.e.bytesTransferred(), blocker.size() + many.content.size());
        QCOMPARE(openInHandler.get_future().get(), 0U);
    }

    void d15_file16_moreFilesThanTheProcessMayOpen()
    {
        const Many many(*m_folder, 1000);
        Wire wire = connectedWire(*m_engine);
        rlimit before{};
        QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
        rlimit low = before;
        low.rlim_cur = openDescriptors() + 100;
        QCOMPARE(::setrlimit(RLIMIT_NOFILE, &low), 0);
        Call call;
        call.e.setSendPacketsElements(many.elements);
        const bool pending = wire.socket.sendPacketsAsync(call.e);
        const Bytes received = wire.peer.read(many.content.size());
        const bool finished = call.finished(pending);
        QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
        QVERIFY(finished);
        QCOMPARE(call.e.socketError(), SocketError::Success);
        QCOMPARE(received, many.content);
    }

    void d15_theLastOfManyIsCheckedBeforeTheFirstByte()
    {
        Many many(*m_folder, 1000);
        const std::string last = *m_folder / "999";
        const auto size = static_cast<std::int64_t>(1 + std::size_t{999} * 101 % 700);
        Wire wire = connectedWire(*m_engine);
        Call call;
        many.elements.back() = SendPacketsElement::file(last, 0, size + 1);
        call.e.setSendPacketsElements(many.elements);
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(::unlink(last.c_str()), 0);
        QVERIFY(
            thrownBy<FileNotFoundException>([&] { (void)wire.socket.sendPacketsAsync(call.e); }));
        QVERIFY(descriptorsBelow(m_folder->path()).empty());
        QCOMPARE(sendNow(wire.socket, bytesOf("clean")), SocketError::Success);
        QCOMPARE(wire.peer.read(5), bytesOf("clean"));
    }

    void pkt14_anyNumberRunsAtOnce()
    {
        constexpr int kSockets = kSanitized ? 40 : 100;
        const Bytes content = randomBytes(kPendingSize);
        const std::string path = m_folder->file("f", content);
        std::deque<Wire> wires;
        std::deque<Call> calls;
        for (int i = 0; i < kSockets; ++i) {
            wires.push_back(connectedWire(*m_engine, Link::UnixStream));
            calls.emplace_back();
            calls.back().e.setSendPacketsElements({SendPacketsElement::file(path, 0, 400'000 + i)});
            QVERIFY(wires.back().socket.sendPacketsAsync(calls.back().e)); // None has to wait.
        }
        const auto first = wires.front().peer.read(400'000);
        QCOMPARE(first, slice(content, 0, first.size()));
        for (int i = 1; i < kSockets; ++i) {
            const auto size = static_cast<std::size_t>(400'000 + i);
            const auto at = static_cast<std::size_t>(i);
            QVERIFY(wires[at].peer.read(size) == slice(content, 0, size));
            QVERIFY(calls[at].done.wait());
            QCOMPARE(calls[at].e.bytesTransferred(), size);
        }
        QVERIFY(calls.front().done.wait());
    }

    void pkt15_twoArgsOnOneSocketOneOfThemWithABadRange()
    {
        const Bytes content = randomBytes(kPendingSize);
        const std::string path = m_folder->file("f", content);
        const FileStream stream = FileStream::open(path);
        Wire wire = connectedWire(*m_engine);
        Call good;
        good.e.setSendPacketsElements({SendPacketsElement::stream(stream)});
        Call bad;
        bad.e.setSendPacketsElements(
            {SendPacketsElement::stream(stream, static_cast<std::int64_t>(content.size()) + 1)});
        Call alsoGood;
        alsoGood.e.setSendPacketsElements({SendPacketsElement::stream(stream, 7, 100)});
        QVERIFY(wire.socket.sendPacketsAsync(good.e));
        QVERIFY(bad.finished(wire.socket.sendPacketsAsync(bad.e)));
        QVERIFY(wire.socket.sendPacketsAsync(alsoGood.e));
        QCOMPARE(bad.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(bad.e.bytesTransferred(), 0U);
        QCOMPARE(wire.peer.read(content.size()), content);
        QCOMPARE(wire.peer.read(100), slice(content, 7, 100));
        QVERIFY(good.done.wait());
        QVERIFY(alsoGood.done.wait());
        QCOMPARE(good.e.socketError(), SocketError::Success);
        QCOMPARE(good.e.bytesTransferred(), content.size());
        QCOMPARE(alsoGood.e.bytesTransferred(), 100U);
        // Released: another program may now open it for writing, exclusively if it likes.
        QCOMPARE(descriptorsBelow(path).size(), 1U); // The stream of this test.
    }

    void pkt16_closeAndCancelEndItWithOperationAborted_data()
    {
        QTest::addColumn<bool>("byClose");
        QTest::newRow("close") << true;
        QTest::newRow("cancel") << false;
    }
    void pkt16_closeAndCancelEndItWithOperationAborted()
    {
        QFETCH(bool, byClose);
        const Many many(*m_folder, 500);
        const Bytes blocker = randomBytes(kPendingSize);
        auto elements = many.elements;
        elements.insert(elements.begin() + 30, SendPacketsElement::buffer(blocker));
        Wire wire = connectedWire(*m_engine);
        Call call;
        call.e.setSendPacketsElements(elements);
        QVERIFY(wire.socket.sendPacketsAsync(call.e));
        QVERIFY(!descriptorsBelow(m_folder->path()).empty());
        if (byClose)
            wire.socket.close();
        else
            wire.socket.cancel(call.e);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.socketError(), SocketError::OperationAborted);
        QVERIFY(call.e.bytesTransferred() > 0);
        QVERIFY(call.e.bytesTransferred() < blocker.size() + many.content.size());
        QVERIFY(descriptorsBelow(m_folder->path()).empty());
        if (byClose)
            return;
        QVERIFY(wire.socket.connected());
        QCOMPARE(wire.peer.read(call.e.bytesTransferred()).size(), call.e.bytesTransferred());
        QCOMPARE(sendNow(wire.socket, bytesOf("on")), SocketError::Success);
        QCOMPARE(wire.peer.read(2), bytesOf("on")); // Not one byte more of the cancelled one.
    }
};

QTEST_GUILESS_MAIN(SendPacketsManyTest)
#include "send_packets_many_test.moc"
