// SPDX-License-Identifier: GPL-3.0-or-later
/// Groups, scopes and mapped addresses: datagrams beyond one sender and one receiver (PROP-12,
/// PROP-15, RFROM-01, RMSG-01, CONN-14). Nothing leaves this host: hops are 0 throughout.

#include "tests/support/socket_pair.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace swb;
using namespace swb::test;

namespace {

void setNative(const Socket& socket, int level, int name, int value)
{
    if (::setsockopt(socket.nativeHandle(), level, name, &value, sizeof value) != 0)
        throw std::system_error(errno, std::system_category(), "setsockopt");
}

/// An interface that is up, knows IPv6 multicast, and has a link-local address.
struct LinkLocal {
    std::string interface;
    std::string address;
};
std::optional<LinkLocal> linkLocalInterface()
{
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0)
        return std::nullopt;
    std::optional<LinkLocal> found;
    for (const ifaddrs* at = all; at && !found; at = at->ifa_next) {
        constexpr unsigned kNeeded = IFF_UP | IFF_MULTICAST | IFF_RUNNING;
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET6
            || (at->ifa_flags & kNeeded) != kNeeded)
            continue;
        sockaddr_in6 in6{};
        std::memcpy(&in6, at->ifa_addr, sizeof in6);
        if (!IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
            continue;
        char text[INET6_ADDRSTRLEN] = {};
        ::inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
        found = LinkLocal{at->ifa_name, text};
    }
    ::freeifaddrs(all);
    return found;
}

} // namespace

class MulticastTest : public QObject {
    Q_OBJECT

private:
    std::optional<AsyncEngine> m_engine;

    Socket udp(AddressFamily family)
    {
        return Socket(*m_engine, family, SocketType::Dgram, ProtocolType::Udp);
    }

    SocketError sendTo(Socket& socket, const EndPoint& to, const Bytes& bytes)
    {
        Call call;
        call.e.setRemoteEndPoint(to);
        call.e.setBuffer(bytes);
        if (!call.finished(socket.sendToAsync(call.e)))
            return SocketError::TimedOut;
        return call.e.socketError();
    }

private slots:
    void init() { m_engine.emplace(EngineOptions{.workerThreads = 1}); }
    void cleanup() { m_engine.reset(); }

    void groupOfV4IsJoinedByInterfaceAndLeft_data()
    {
        QTest::addColumn<QString>("interface");
        QTest::newRow("by name") << "lo";
        QTest::newRow("by address") << "127.0.0.1";
    }
    // Rules: RMSG-01
    void groupOfV4IsJoinedByInterfaceAndLeft()
    {
        QFETCH(QString, interface);
        const std::string group = "239.255.77.1";
        Socket receiver = udp(AddressFamily::InterNetwork);
        receiver.bind(EndPoint::ip("0.0.0.0", 0));
        receiver.joinGroup(group, interface.toStdString());
        const EndPoint target = EndPoint::ip(group, receiver.localEndPoint().port());
        Socket sender = udp(AddressFamily::InterNetwork);
        in_addr loopback{htonl(INADDR_LOOPBACK)};
        QCOMPARE(::setsockopt(sender.nativeHandle(), IPPROTO_IP, IP_MULTICAST_IF, &loopback,
                     sizeof loopback),
            0);
        setNative(sender, IPPROTO_IP, IP_MULTICAST_TTL, 0);

        Bytes room(100);
        Call call;
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(EndPoint::ip("0.0.0.0", 0));
        QVERIFY(receiver.receiveMessageFromAsync(call.e));
        QCOMPARE(sendTo(sender, target, bytesOf("to all")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), 6U);
        QCOMPARE(call.e.receiveMessageFromPacketInfo().address, group);
        QCOMPARE(call.e.receiveMessageFromPacketInfo().interfaceIndex, ::if_nametoindex("lo"));

        receiver.leaveGroup(group, interface.toStdString());
        QCOMPARE(sendTo(sender, target, bytesOf("to those who stayed")), SocketError::Success);
        receiver.joinGroup(group, interface.toStdString());
        QCOMPARE(sendTo(sender, target, bytesOf("again")), SocketError::Success);
        QVERIFY(call.finished(receiver.receiveFromAsync(call.e)));
        QCOMPARE(slice(room, 0, call.e.bytesTransferred()), bytesOf("again")); // Nothing between.
    }

    void groupOfV6IsJoinedByInterfaceOrByScope_data()
    {
        QTest::addColumn<bool>("byScope");
        QTest::newRow("by interface") << false;
        QTest::newRow("by the scope of the group") << true;
    }
    // Rules: PROP-12
    void groupOfV6IsJoinedByInterfaceOrByScope()
    {
        QFETCH(bool, byScope);
        const auto local = linkLocalInterface();
        if (!local)
            QSKIP("there is no interface with an IPv6 link-local address");
        const std::string scoped = "ff12::77:1%" + local->interface;
        Socket receiver = udp(AddressFamily::InterNetworkV6);
        receiver.bind(EndPoint::ip("::", 0));
        if (byScope)
            receiver.joinGroup(scoped);
        else
            receiver.joinGroup("ff12::77:1", local->interface);
        Socket sender = udp(AddressFamily::InterNetworkV6);
        setNative(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 0);
        Bytes room(100);
        Call call;
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(EndPoint::ip("::", 0));
        QVERIFY(receiver.receiveMessageFromAsync(call.e));
        QCOMPARE(
            sendTo(sender, EndPoint::ip(scoped, receiver.localEndPoint().port()), bytesOf("hi")),
            SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.bytesTransferred(), 2U);
        QCOMPARE(call.e.receiveMessageFromPacketInfo().address, std::string("ff12::77:1"));
        QCOMPARE(call.e.receiveMessageFromPacketInfo().interfaceIndex,
            ::if_nametoindex(local->interface.c_str()));

        // (The loopback device brings everything back, whatever the option says: only here can it
        // be seen.)
        const EndPoint target = EndPoint::ip(scoped, receiver.localEndPoint().port());
        sender.setMulticastLoopback(false);
        QCOMPARE(sendTo(sender, target, bytesOf("not here")), SocketError::Success);
        sender.setMulticastLoopback(true);
        QCOMPARE(sendTo(sender, target, bytesOf("here")), SocketError::Success);
        QVERIFY(call.finished(receiver.receiveFromAsync(call.e)));
        QCOMPARE(slice(room, 0, call.e.bytesTransferred()), bytesOf("here"));
    }

    void prop12_wrongGroupsAndInterfacesAreRefused()
    {
        Socket v4 = udp(AddressFamily::InterNetwork);
        QVERIFY(thrownBy<SocketException>([&] { v4.joinGroup("127.0.0.1", "lo"); })); // No group.
        QVERIFY(thrownBy<ArgumentException>([&] { v4.joinGroup("not an address", "lo"); }));
        QVERIFY(thrownBy<ArgumentException>([&] { v4.joinGroup("239.1.2.3", "no-such-if"); }));
        QVERIFY(thrownBy<SocketException>([&] { v4.leaveGroup("239.1.2.3", "lo"); })); // Not in it.
        Socket v6 = udp(AddressFamily::InterNetworkV6);
        const auto unknown
            = thrownBy<SocketException>([&] { v6.joinGroup("ff12::77:1", "no-such-if"); });
        QVERIFY(unknown);
        QCOMPARE(unknown->socketError(), SocketError::AddressNotAvailable);
        Socket local = makeSocket(*m_engine, Link::UnixStream);
        QVERIFY(thrownBy<NotSupportedException>([&] { local.joinGroup("239.1.2.3", "lo"); }));
        v4.close();
        QVERIFY(thrownBy<ObjectDisposedException>([&] { v4.joinGroup("239.1.2.3", "lo"); }));
    }

    // Rules: CONN-02, PROP-03, PROP-04
    void scopeOfALinkLocalAddressIsKept()
    {
        const auto local = linkLocalInterface();
        if (!local)
            QSKIP("there is no interface with an IPv6 link-local address");
        const std::string scoped = local->address + "%" + local->interface;
        Socket listener(
            *m_engine, AddressFamily::InterNetworkV6, SocketType::Stream, ProtocolType::Tcp);
        listener.bind(EndPoint::ip(scoped, 0));
        listener.listen();
        const EndPoint at = listener.localEndPoint();
        QCOMPARE(at.scopeId(), ::if_nametoindex(local->interface.c_str()));
        Call accepting;
        const bool pending = listener.acceptAsync(accepting.e);
        Socket client(
            *m_engine, AddressFamily::InterNetworkV6, SocketType::Stream, ProtocolType::Tcp);
        connectNow(client, EndPoint::ip(scoped, at.port()));
        QVERIFY(accepting.finished(pending));
        QCOMPARE(client.remoteEndPoint(), at);
        QCOMPARE(accepting.e.acceptSocket().remoteEndPoint(), client.localEndPoint());
        QCOMPARE(client.localEndPoint().scopeId(), at.scopeId());
    }

    void rfrom01_rmsg01_dualModeSocketSeesMappedSenders()
    {
        Socket receiver(*m_engine, SocketType::Dgram, ProtocolType::Udp);
        receiver.bind(EndPoint::ip("::", 0));
        const auto port = receiver.localEndPoint().port();
        Socket sender = udp(AddressFamily::InterNetwork);
        sender.bind(EndPoint::ip("127.0.0.1", 0));
        Bytes room(100);
        Call call;
        call.e.setBuffer(room);
        call.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0)); // An IPv4 template is fine here.
        QVERIFY(receiver.receiveMessageFromAsync(call.e));
        QCOMPARE(
            sendTo(sender, EndPoint::ip("127.0.0.1", port), bytesOf("v4")), SocketError::Success);
        QVERIFY(call.done.wait());
        QCOMPARE(call.e.remoteEndPoint(),
            EndPoint::ip("::ffff:127.0.0.1", sender.localEndPoint().port()));
        QCOMPARE(call.e.receiveMessageFromPacketInfo().address, std::string("127.0.0.1"));
        // And answers to what it saw, or to the IPv4 address itself (CONN-14).
        Call receiving;
        Bytes other(100);
        receiving.e.setBuffer(other);
        receiving.e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 0));
        QVERIFY(sender.receiveFromAsync(receiving.e));
        QCOMPARE(sendTo(receiver, call.e.remoteEndPoint(), bytesOf("one")), SocketError::Success);
        QVERIFY(receiving.done.wait(1));
        QCOMPARE(receiving.e.remoteEndPoint(), EndPoint::ip("127.0.0.1", port));
        QCOMPARE(sendTo(receiver, sender.localEndPoint(), bytesOf("two")), SocketError::Success);
        QVERIFY(receiving.finished(sender.receiveFromAsync(receiving.e)));
        QCOMPARE(slice(other, 0, receiving.e.bytesTransferred()), bytesOf("two"));
    }

    void conn14_d03_dualModeDatagramsToV4HaveTheLimitOfV4()
    {
        const RawPeer peer = rawDatagramPeer();
        Socket socket(*m_engine, SocketType::Dgram, ProtocolType::Udp);
        connectNow(socket, peer.localEndPoint());
        const Bytes tooLarge = randomBytes(65'508); // Would do for IPv6.
        const Bytes small = bytesOf("small");
        Call call;
        call.e.setSendPacketsElements(
            {SendPacketsElement::buffer(small, true), SendPacketsElement::buffer(tooLarge)});
        const auto thrown
            = thrownBy<SocketException>([&] { (void)socket.sendPacketsAsync(call.e); });
        QVERIFY(thrown);
        QCOMPARE(thrown->socketError(), SocketError::MessageSize);
        QCOMPARE(sendNow(socket, bytesOf("clean")), SocketError::Success);
        QCOMPARE(peer.readDatagram(), bytesOf("clean")); // Nothing had left.
    }
};

QTEST_GUILESS_MAIN(MulticastTest)
#include "multicast_test.moc"
