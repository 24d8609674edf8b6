// SPDX-License-Identifier: GPL-3.0-or-later
/// A call as C++ and C# code.

#include "engine/workbench/call_text.h"

#include <QTest>

using namespace swb;
using namespace swb::workbench;

class CallTextTest : public QObject {
    Q_OBJECT

private slots:
    void aSendInBothLanguages()
    {
        CallDescription call;
        call.kind = SocketAsyncOperation::Send;
        call.parts = {CallPart::of(QueueItem::text("GET / \"x\"\\r\\n"))};
        QCOMPARE(QString::fromStdString(asCpp(call)),
            QString("const std::string_view data1 = \"GET / \\\"x\\\"\\r\\n\";\n"
                    "swb::SocketAsyncEventArgs e;\n"
                    "e.onCompleted([](swb::Socket& socket, swb::SocketAsyncEventArgs& done) {\n"
                    "    ended(done); // on a worker thread\n"
                    "});\n"
                    "e.setBuffer(std::as_bytes(std::span(data1)));\n"
                    "if (!socket.sendAsync(e))\n"
                    "    ended(e); // false: over already, no event\n"));
        QCOMPARE(QString::fromStdString(asCSharp(call)),
            QString("byte[] data1 = Encoding.ASCII.GetBytes(\"GET / \\\"x\\\"\\r\\n\");\n"
                    "var e = new SocketAsyncEventArgs();\n"
                    "e.Completed += (socket, done) => Ended(done); // on a thread pool thread\n"
                    "e.SetBuffer(data1, 0, data1.Length);\n"
                    "if (!socket.SendAsync(e))\n"
                    "    Ended(e); // false: over already, no event\n"));
    }

    void elementsKeepTheirOrderAndRanges()
    {
        CallDescription call;
        call.kind = SocketAsyncOperation::SendPackets;
        QueueItem head = QueueItem::text("head");
        head.endOfPacket = true;
        call.parts = {CallPart::of(head), CallPart::of(QueueItem::file("/data/disk.img", 4096, 10)),
            CallPart::of(QueueItem::file("/data/all"))};
        call.flags = TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket;
        call.sendSize = 65'536;
        const QString cpp = QString::fromStdString(asCpp(call));
        QVERIFY2(
            cpp.contains("e.setSendPacketsElements({\n"
                         "    swb::SendPacketsElement::buffer(std::as_bytes(std::span(data1)), "
                         "true),\n"
                         "    swb::SendPacketsElement::file(\"/data/disk.img\", 4096, 10),\n"
                         "    swb::SendPacketsElement::file(\"/data/all\"),\n"
                         "});\n"),
            qPrintable(cpp));
        QVERIFY(cpp.contains("e.setSendPacketsFlags(swb::TransmitFileOptions::Disconnect | "
                             "swb::TransmitFileOptions::ReuseSocket);\n"
                             "e.setSendPacketsSendSize(65536);\n"));
        const QString sharp = QString::fromStdString(asCSharp(call));
        QVERIFY2(sharp.contains("new SendPacketsElement(data1, 0, data1.Length, true),\n"
                                "    new SendPacketsElement(\"/data/disk.img\", 4096, 10),\n"
                                "    new SendPacketsElement(\"/data/all\"),\n"
                                "};\n"
                                "e.SendPacketsFlags = TransmitFileOptions.Disconnect | "
                                "TransmitFileOptions.ReuseSocket;\n"
                                "e.SendPacketsSendSize = 65536;\n"),
            qPrintable(sharp));
    }

    void bytesThatAreNoTextAreAnArray()
    {
        CallDescription call;
        call.kind = SocketAsyncOperation::Send;
        call.parts = {CallPart::of(QueueItem::hex("00 ff 41"))};
        QVERIFY(asCpp(call).starts_with("std::vector<std::byte> data1(3); // "));
        QVERIFY(asCpp(call).find("e.setBuffer(data1);") != std::string::npos);
    }

    void connectAndReceive()
    {
        CallDescription call;
        call.kind = SocketAsyncOperation::Connect;
        call.target = "tcp://[::1]:9000";
        QVERIFY(asCpp(call).find("e.setRemoteEndPoint(swb::EndPoint::ip(\"::1\", 9000));")
            != std::string::npos);
        QVERIFY(asCSharp(call).find(
                    "e.RemoteEndPoint = new IPEndPoint(IPAddress.Parse(\"::1\"), 9000);")
            != std::string::npos);
        call.target = "unix:///run/x.sock";
        QVERIFY(asCSharp(call).find("new UnixDomainSocketEndPoint(\"/run/x.sock\")")
            != std::string::npos);
        call = {};
        call.kind = SocketAsyncOperation::Receive;
        call.bufferSize = 4096;
        QVERIFY(
            asCpp(call).starts_with("std::vector<std::byte> data1(4096); // room to receive\n"));
        QVERIFY(asCpp(call).find("if (!socket.receiveAsync(e))") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(CallTextTest)
#include "call_text_test.moc"
