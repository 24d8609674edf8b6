// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "compare.h"
#include "completion.h"
#include "raw_peer.h"
#include "temp_files.h"

#include "engine/net/async_engine.h"
#include "engine/net/socket.h"

#include <memory>

#include <QMetaType>

namespace swb::test {

/// More than every kernel buffer of a connection made here holds: sending it to a peer that does
/// not read pends.
inline constexpr std::size_t kPendingSize = std::size_t{4} << 20;

AddressFamily familyOf(Link link);
/// A socket of the kind the link needs, not connected.
Socket makeSocket(AsyncEngine& engine, Link link);

/// An engine socket connected to a bare one. On streams both ends have small fixed buffers.
struct Wire {
    std::unique_ptr<TempFolder> folder; ///< Where a Unix socket lives.
    Socket socket;
    RawPeer peer;
};
/// **Errors** std::runtime_error when it cannot be connected.
Wire connectedWire(AsyncEngine& engine, Link link = Link::TcpV4);

/// Two engine sockets connected to each other.
struct SocketPair {
    std::unique_ptr<TempFolder> folder;
    Socket a;
    Socket b;
};
SocketPair connectedPair(AsyncEngine& engine, Link link = Link::TcpV4);

/// An engine socket that listens on loopback, or on a path in `folder`.
Socket listeningSocket(
    AsyncEngine& engine, Link link = Link::TcpV4, const std::string& folder = {});

/// Connects and waits. **Errors** std::runtime_error when that fails.
void connectNow(Socket& socket, const EndPoint& endPoint);
/// Sends and waits; the result.
SocketError sendNow(Socket& socket, std::span<const std::byte> bytes);
/// Receives up to `size` bytes, in several receives if need be.
Bytes receiveNow(Socket& socket, std::size_t size);

} // namespace swb::test

Q_DECLARE_METATYPE(swb::test::Link)

/// Rows "tcp v4", "tcp v6", "unix" with a column `link` for a data-driven test.
#define SWB_STREAM_LINKS()                                                                         \
    QTest::addColumn<swb::test::Link>("link");                                                     \
    QTest::newRow("tcp v4") << swb::test::Link::TcpV4;                                             \
    QTest::newRow("tcp v6") << swb::test::Link::TcpV6;                                             \
    QTest::newRow("unix") << swb::test::Link::UnixStream
