// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare.h"
#include "tests/support/thrown.h"

#include "engine/net/address.h"
#include "engine/net/exceptions.h"
#include "engine/net/thread_id.h"

#include <QTest>

#include <set>
#include <thread>

using namespace swb;

class AddressTest : public QObject {
    Q_OBJECT

private slots:
    void readsWhatItWrites_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* const text :
            {"tcp://127.0.0.1:9000", "tcp://[::1]:0", "udp://10.0.0.1:65535", "tcp://localhost:80",
                "udp://host-1.example.org:53", "unix:///run/app.sock", "unix://@abstract"})
            QTest::newRow(text) << text;
    }

    void readsWhatItWrites()
    {
        QFETCH(const QString, text);
        const Address address = Address::parse(text.toStdString());
        QCOMPARE(QString::fromStdString(address.toString()), text);
        QVERIFY(Address::parse(address.toString()) == address);
    }

    void tellsKindsApart()
    {
        const Address v4 = Address::parse("TCP://127.0.0.1:9");
        QCOMPARE(v4.transport, Transport::Tcp);
        QCOMPARE(v4.endPoint.kind(), EndPoint::Kind::Ip);
        QCOMPARE(v4.addressFamily(), AddressFamily::InterNetwork);
        QCOMPARE(v4.socketType(), SocketType::Stream);
        QCOMPARE(v4.protocolType(), ProtocolType::Tcp);
        const Address v6 = Address::parse("udp://[::1]:9");
        QCOMPARE(v6.addressFamily(), AddressFamily::InterNetworkV6);
        QCOMPARE(v6.socketType(), SocketType::Dgram);
        QVERIFY(!v6.isStream());
        const Address name = Address::parse("tcp://example.org:9");
        QCOMPARE(name.endPoint.kind(), EndPoint::Kind::Dns);
        QCOMPARE(name.addressFamily(), AddressFamily::Unspecified);
        const Address path = Address::parse("unix:///tmp/x");
        QCOMPARE(path.endPoint.kind(), EndPoint::Kind::Unix);
        QCOMPARE(path.endPoint.name(), std::string("/tmp/x"));
        QCOMPARE(path.protocolType(), ProtocolType::Unspecified);
        QCOMPARE(Address::parse("unix://@n").endPoint.name(), std::string("\0n", 2));
    }

    void namesTheWrongPart_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("empty") << ""
                               << "it is empty";
        QTest::newRow("no transport") << "127.0.0.1:80"
                                      << "transport is missing";
        QTest::newRow("unknown transport") << "http://x:80"
                                           << "unknown transport 'http'";
        QTest::newRow("nothing") << "tcp://"
                                 << "host and port are missing";
        QTest::newRow("no port") << "tcp://127.0.0.1"
                                 << "port is missing";
        QTest::newRow("empty port") << "tcp://127.0.0.1:"
                                    << "port after the ':' is missing";
        QTest::newRow("port no number") << "tcp://127.0.0.1:http"
                                        << "'http' is not a number";
        QTest::newRow("negative port") << "tcp://127.0.0.1:-1"
                                       << "'-1' is not a number";
        QTest::newRow("port too large") << "tcp://127.0.0.1:65536"
                                        << "port 65536 is out of range";
        QTest::newRow("port far too large") << "tcp://h:99999999999999999999"
                                            << "is out of range";
        QTest::newRow("no host") << "tcp://:80"
                                 << "host before the ':' is missing";
        QTest::newRow("no v4") << "tcp://256.1.1.1:80"
                               << "'256.1.1.1' is not an IPv4 address";
        QTest::newRow("short v4") << "tcp://127.1:80"
                                  << "'127.1' is not an IPv4 address";
        QTest::newRow("open bracket") << "tcp://[::1:80"
                                      << "no closing ']'";
        QTest::newRow("close bracket") << "tcp://::1]:80"
                                       << "has no '[' before it";
        QTest::newRow("empty brackets") << "tcp://[]:80"
                                        << "no IPv6 address between";
        QTest::newRow("no port after bracket") << "tcp://[::1]"
                                               << "port is missing";
        QTest::newRow("text after bracket") << "tcp://[::1]80"
                                            << "after ']' a ':'";
        QTest::newRow("v4 in brackets") << "tcp://[127.0.0.1]:80"
                                        << "is not an IPv6 address";
        QTest::newRow("bare v6") << "tcp://::1:80"
                                 << "needs brackets";
        QTest::newRow("path on tcp") << "tcp://host:80/x"
                                     << "nothing may follow the port";
        QTest::newRow("blank in host") << "tcp://my host:80"
                                       << "' ' cannot stand in a host name";
        QTest::newRow("no path") << "unix://"
                                 << "path is missing";
        QTest::newRow("relative path") << "unix://run/app.sock"
                                       << "is relative";
        QTest::newRow("no abstract name") << "unix://@"
                                          << "abstract name after '@' is missing";
        QTest::newRow("long path") << "unix:///" + QString(107, 'x') << "has 108 bytes";
    }

    void namesTheWrongPart()
    {
        QFETCH(const QString, text);
        QFETCH(const QString, says);
        const auto thrown
            = test::thrownBy<ArgumentException>([&] { (void)Address::parse(text.toStdString()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("address"));
        const QString message = QString::fromStdString(thrown->what());
        QVERIFY2(message.contains(says), qPrintable(message));
        QVERIFY2(message.contains("'" + text + "'"), qPrintable(message));
    }

    void acceptsTheLongestPath()
    {
        const std::string path = "/" + std::string(106, 'x');
        QCOMPARE(Address::parse("unix://" + path).endPoint.name(), path);
    }

    void listensOnLoopbackForLocalhostOnly()
    {
        QCOMPARE(Address::parse("tcp://LocalHost:5").forListening().toString(),
            std::string("tcp://127.0.0.1:5"));
        QCOMPARE(Address::parse("udp://0.0.0.0:5").forListening().toString(),
            std::string("udp://0.0.0.0:5"));
        QVERIFY(test::thrownBy<ArgumentException>(
            [] { (void)Address::parse("tcp://example.org:5").forListening(); }));
    }

    void numbersThreadsOnceAndNamesThem()
    {
        const std::uint16_t here = currentThreadId();
        QVERIFY(here != 0);
        QCOMPARE(currentThreadId(), here);
        std::set<std::uint16_t> ids{here};
        for (int i = 0; i < 3; ++i) {
            std::uint16_t id = 0;
            std::thread([&] {
                id = currentThreadId();
                nameCurrentThread("helper " + std::to_string(i));
            }).join();
            QVERIFY(ids.insert(id).second);
            QCOMPARE(threadName(id), "helper " + std::to_string(i));
        }
        QCOMPARE(threadName(60000), std::string("thread 60000"));
    }
};

QTEST_GUILESS_MAIN(AddressTest)
#include "address_test.moc"
