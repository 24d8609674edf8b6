// SPDX-License-Identifier: GPL-3.0-or-later
/// EndPoint and Address as values (UDS-01, and the command line's way of writing them).

#include "tests/support/compare.h"
#include "tests/support/thrown.h"

#include "engine/net/address.h"
#include "engine/net/end_point.h"
#include "engine/net/exceptions.h"

#include <QTest>

using namespace swb;
using namespace swb::test;

class EndPointTest : public QObject {
    Q_OBJECT

private slots:
    void nullByDefault()
    {
        const EndPoint null;
        QVERIFY(null.isNull());
        QCOMPARE(null.kind(), EndPoint::Kind::Null);
        QCOMPARE(null.addressFamily(), AddressFamily::Unspecified);
        QCOMPARE(null.port(), std::uint16_t{0});
        QCOMPARE(null.toString(), std::string());
        QVERIFY(null == EndPoint());
    }

    void ipAddresses_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("v6");
        QTest::addColumn<QString>("text");
        QTest::newRow("v4") << "127.0.0.1" << false << "127.0.0.1:80";
        QTest::newRow("v4 any") << "0.0.0.0" << false << "0.0.0.0:80";
        QTest::newRow("v6 loopback") << "::1" << true << "[::1]:80";
        QTest::newRow("v6 any") << "::" << true << "[::]:80";
        QTest::newRow("v6") << "2001:db8::5" << true << "[2001:db8::5]:80";
        QTest::newRow("v6 mapped") << "::ffff:127.0.0.1" << true << "[::ffff:127.0.0.1]:80";
    }
    void ipAddresses()
    {
        QFETCH(QString, address);
        QFETCH(bool, v6);
        QFETCH(QString, text);
        const EndPoint endPoint = EndPoint::ip(address.toStdString(), 80);
        QCOMPARE(endPoint.kind(), EndPoint::Kind::Ip);
        QCOMPARE(endPoint.addressFamily(),
            v6 ? AddressFamily::InterNetworkV6 : AddressFamily::InterNetwork);
        QCOMPARE(endPoint.port(), std::uint16_t{80});
        QCOMPARE(endPoint.address(), address.toStdString());
        QCOMPARE(endPoint.toString(), text.toStdString());
        QVERIFY(endPoint == EndPoint::ip(address.toStdString(), 80));
        QVERIFY(!(endPoint == EndPoint::ip(address.toStdString(), 81)));
    }

    void ipFromBytes()
    {
        QCOMPARE(EndPoint::ipV4({10, 1, 2, 3}, 9), EndPoint::ip("10.1.2.3", 9));
        std::array<std::uint8_t, 16> bytes{};
        bytes[15] = 1;
        QCOMPARE(EndPoint::ipV6(bytes, 9), EndPoint::ip("::1", 9));
        QCOMPARE(EndPoint::ipV6(bytes, 9, 3).scopeId(), 3U);
        QCOMPARE(EndPoint::ip("10.1.2.3", 9).addressBytes()[3], std::uint8_t{3});
    }

    void ipRefusesWhatIsNoNumber_data()
    {
        QTest::addColumn<QString>("address");
        for (const char* bad : {"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",
                 ":::", "[::1]", "1.2.3.4:80"})
            QTest::newRow(*bad == '\0' ? "empty" : bad) << bad;
    }
    void ipRefusesWhatIsNoNumber()
    {
        QFETCH(QString, address);
        const auto thrown
            = thrownBy<ArgumentException>([&] { (void)EndPoint::ip(address.toStdString(), 80); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("address"));
    }

    void dnsNames()
    {
        const EndPoint endPoint = EndPoint::dns("example.org", 443, AddressFamily::InterNetworkV6);
        QCOMPARE(endPoint.kind(), EndPoint::Kind::Dns);
        QCOMPARE(endPoint.name(), std::string("example.org"));
        QCOMPARE(endPoint.addressFamily(), AddressFamily::InterNetworkV6);
        QCOMPARE(endPoint.toString(), std::string("example.org:443"));
        QCOMPARE(endPoint.address(), std::string());
        QCOMPARE(EndPoint::dns("x", 1).addressFamily(), AddressFamily::Unspecified);
    }

    void uds01_pathsOfUpTo107Bytes()
    {
        const EndPoint endPoint = EndPoint::unixDomain("/run/app.sock");
        QCOMPARE(endPoint.kind(), EndPoint::Kind::Unix);
        QCOMPARE(endPoint.addressFamily(), AddressFamily::Unix);
        QCOMPARE(endPoint.name(), std::string("/run/app.sock"));
        QCOMPARE(endPoint.toString(), std::string("/run/app.sock"));
        QCOMPARE(EndPoint::unixDomain(std::string(107, 'p')).name().size(), 107U);
        const auto thrown = thrownBy<ArgumentOutOfRangeException>(
            [] { (void)EndPoint::unixDomain(std::string(108, 'p')); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("path"));
    }

    void uds01_abstractNames()
    {
        const std::string name = std::string(1, '\0') + "app";
        const EndPoint endPoint = EndPoint::unixDomain(name);
        QCOMPARE(endPoint.name(), name);
        QCOMPARE(endPoint.toString(), std::string("@app"));
    }

    void addressesReadBack_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("transport");
        QTest::addColumn<bool>("isStream");
        QTest::newRow("tcp v4") << "tcp://127.0.0.1:9000" << static_cast<int>(Transport::Tcp)
                                << true;
        QTest::newRow("tcp v6") << "tcp://[::1]:9000" << static_cast<int>(Transport::Tcp) << true;
        QTest::newRow("tcp name") << "tcp://example.org:443" << static_cast<int>(Transport::Tcp)
                                  << true;
        QTest::newRow("udp name") << "udp://localhost:53" << static_cast<int>(Transport::Udp)
                                  << false;
        QTest::newRow("port 0") << "tcp://127.0.0.1:0" << static_cast<int>(Transport::Tcp) << true;
        QTest::newRow("unix") << "unix:///run/app.sock" << static_cast<int>(Transport::UnixStream)
                              << true;
    }
    void addressesReadBack()
    {
        QFETCH(QString, text);
        QFETCH(int, transport);
        QFETCH(bool, isStream);
        const Address address = Address::parse(text.toStdString());
        QCOMPARE(address.transport, static_cast<Transport>(transport));
        QCOMPARE(address.isStream(), isStream);
        QCOMPARE(address.toString(), text.toStdString());
        QVERIFY(Address::parse(address.toString()) == address);
    }

    void addressPartsAreFound()
    {
        const Address tcp = Address::parse("tcp://127.0.0.1:9000");
        QCOMPARE(tcp.endPoint, EndPoint::ip("127.0.0.1", 9000));
        QCOMPARE(tcp.socketType(), SocketType::Stream);
        QCOMPARE(tcp.protocolType(), ProtocolType::Tcp);
        QCOMPARE(tcp.addressFamily(), AddressFamily::InterNetwork);
        const Address udp = Address::parse("udp://localhost:53");
        QCOMPARE(udp.endPoint, EndPoint::dns("localhost", 53));
        QCOMPARE(udp.socketType(), SocketType::Dgram);
        QCOMPARE(udp.protocolType(), ProtocolType::Udp);
        const Address unixDomain = Address::parse("unix:///run/app.sock");
        QCOMPARE(unixDomain.endPoint, EndPoint::unixDomain("/run/app.sock"));
        QCOMPARE(unixDomain.protocolType(), ProtocolType::Unspecified);
    }

    void malformedAddressesSayWhatIsWrong_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << "";
        QTest::newRow("no transport") << "127.0.0.1:9000";
        QTest::newRow("unknown transport") << "http://127.0.0.1:9000";
        QTest::newRow("no port") << "tcp://127.0.0.1";
        QTest::newRow("empty port") << "tcp://127.0.0.1:";
        QTest::newRow("port too large") << "tcp://127.0.0.1:65536";
        QTest::newRow("negative port") << "tcp://127.0.0.1:-1";
        QTest::newRow("port is no number") << "tcp://127.0.0.1:http";
        QTest::newRow("something after the port") << "tcp://127.0.0.1:80/x";
        QTest::newRow("no bracket") << "tcp://[::1:80";
        QTest::newRow("v6 without brackets") << "tcp://::1:80";
        QTest::newRow("unix without path") << "unix://";
    }
    void malformedAddressesSayWhatIsWrong()
    {
        QFETCH(QString, text);
        const auto thrown
            = thrownBy<ArgumentException>([&] { (void)Address::parse(text.toStdString()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("address"));
        QVERIFY(*thrown->what() != '\0');
    }
};

QTEST_GUILESS_MAIN(EndPointTest)
#include "end_point_test.moc"
