// SPDX-License-Identifier: GPL-3.0-or-later
/// One file larger than 4 GiB in one SendPacketsAsync (PKT-12, FILE-05, D-11).

#include "tests/support/socket_pair.h"

#include <QTest>

#include <optional>

using namespace swb;
using namespace swb::test;

class LargeFileTest : public QObject {
    Q_OBJECT

private slots:
    void d11_pkt12_file05_fileLargerThan4GiBArrivesComplete()
    {
        // Sanitized builds take the size down, not the way: the offset stays above 4 GiB.
        constexpr std::int64_t kSize = (std::int64_t{4} << 30) + (std::int64_t{100} << 20) + 7;
        constexpr std::int64_t kOffset = kSanitized ? kSize - (std::int64_t{50} << 20) : 0;
        const TempFolder folder;
        if (!folder.sparse("sparse", kSize))
            QSKIP("the file system of the temporary folder has no files of this size");
        const Bytes head = bytesOf("head");
        const Bytes tail = bytesOf("tail");
        AsyncEngine engine(EngineOptions{.workerThreads = 1});
        const RawListener listener(
            Link::TcpV4); // With the system's own buffers: this is about size, not about waiting.
        Socket socket = makeSocket(engine, Link::TcpV4);
        connectNow(socket, listener.endPoint());
        const RawPeer peer = listener.accept();
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(head), SendPacketsElement::file(folder / "sparse", kOffset),
                SendPacketsElement::buffer(tail)});
        auto received = peer.receiveAllInBackground(true);
        const bool pending = socket.sendPacketsAsync(call.e);
        QVERIFY(!pending || call.done.wait(1, 8 * kDeadline));
        QCOMPARE(call.e.socketError(), SocketError::Success);
        const auto expected = static_cast<std::uint64_t>(kSize - kOffset) + 8;
        QCOMPARE(call.e.bytesTransferred(), expected);
        socket.close();
        const Received all = received.get();
        QCOMPARE(all.end, StreamEnd::Eof);
        QCOMPARE(all.bytes, expected);
    }
};

QTEST_GUILESS_MAIN(LargeFileTest)
#include "large_file_test.moc"
