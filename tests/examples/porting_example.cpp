// SPDX-License-Identifier: GPL-3.0-or-later
/// The example of docs/porting-from-dotnet.md, as it stands there, and what it must do.

#include "tests/support/socket_pair.h"

#include <QTest>

#include <functional>

using namespace swb;
using namespace swb::test;

class PortingExample : public QObject {
    Q_OBJECT

private slots:
    void sendsAHeaderAndAFileOnceConnected()
    {
        const TempFolder folder;
        const Bytes content = randomBytes(kPendingSize);
        (void)folder.file("body.bin", content);
        const WorkingFolder here(folder.path());
        const RawListener listener(Link::TcpV4);
        const std::uint16_t port = listener.endPoint().port();
        const Bytes head = bytesOf("head");
        Latch reported;
        SocketError error{};
        std::uint64_t bytes = 0;
        const auto report = [&](const SocketAsyncEventArgs& args) {
            error = args.socketError();
            bytes = args.bytesTransferred();
            reported.open();
        };

        // [quote]
        AsyncEngine engine; // the threads that raise Completed
        Socket socket(engine, AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::Tcp);
        std::function<void(SocketAsyncEventArgs&)> next = [&](SocketAsyncEventArgs& args) {
            if (args.socketError() != SocketError::Success) {
                report(args);
            } else if (args.lastOperation() == SocketAsyncOperation::Connect) {
                args.setSendPacketsElements(
                    {SendPacketsElement::buffer(head), SendPacketsElement::file("body.bin")});
                if (!socket.sendPacketsAsync(args))
                    next(args);
            } else {
                report(args);
            }
        };
        SocketAsyncEventArgs e;
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", port));
        e.onCompleted([&](Socket&, SocketAsyncEventArgs& args) { next(args); });
        if (!socket.connectAsync(e))
            next(e);
        // [end]

        const RawPeer peer = listener.accept();
        QCOMPARE(peer.read(head.size() + content.size()), joined({head, content}));
        QVERIFY(reported.wait());
        QCOMPARE(error, SocketError::Success);
        QCOMPARE(bytes, head.size() + content.size());
    }
};

QTEST_GUILESS_MAIN(PortingExample)
#include "porting_example.moc"
