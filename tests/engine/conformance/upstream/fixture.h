// SPDX-License-Identifier: GPL-3.0-or-later
/// What the ported tests start from: a file of 1024 bytes, a TCP echo server on IPv6 loopback, and
/// one call that starts an operation, waits for its event if one was promised, and says what came
/// of it.
#pragma once

#include "tests/support/socket_pair.h"

#include "engine/net/async_engine.h"

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace swb::test::upstream {

/// TCP over IPv6, over IPv4 where the machine has no IPv6 loopback.
Link loopback();
/// "::1" or "127.0.0.1", as loopback() says, with a port that the system chooses.
EndPoint loopbackEndPoint();

/// What an operation ended with.
struct Outcome {
    SocketError error = SocketError::Success;
    std::uint64_t bytes = 0;
    bool operator==(const Outcome&) const = default;
};
char* toString(const Outcome& outcome);
inline Outcome success(std::uint64_t bytes)
{
    return {SocketError::Success, bytes};
}
/// The range of a file is not inside it: nothing was sent (PKT-11).
inline Outcome outOfFile()
{
    return {SocketError::InvalidArgument, 0};
}

/// Starts SendPacketsAsync and waits for its event if it is pending.
/// **Errors** those of the call; std::runtime_error when the event does not come, comes without
/// having been promised, comes inside the call (RET-04), or finds the args busy (RET-05).
Outcome sendPackets(Socket& socket, Call& call);
/// The same with args of its own.
Outcome sendPackets(Socket& socket, std::vector<SendPacketsElement> elements,
    TransmitFileOptions flags = TransmitFileOptions::UseDefaultWorkerThread);

/// Where the memory of a buffer comes from: the rows of what is three cases upstream, and of the
/// kind that the element owns.
enum class Memory { Span, Vector, Foreign, Owned };

/// Bytes in memory of one kind, for elements.
///
/// **Lifetime** must outlive operations with its elements, except those of owned memory.
class Source {
public:
    Source(Memory kind, std::size_t size);
    ~Source();
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    std::span<const std::byte> bytes() const { return m_bytes; }
    Bytes range(std::size_t offset, std::size_t count) const;
    SendPacketsElement element() const;
    SendPacketsElement element(std::size_t offset, std::size_t count) const;

private:
    Memory m_kind;
    std::unique_ptr<std::byte[]> m_array;
    Bytes m_vector;
    void* m_mapped = nullptr;
    std::size_t m_mappedSize = 0;
    std::span<std::byte> m_bytes;
};

/// A server on a thread of its own that gives back what it gets.
///
/// **Threads** one at a time.
class EchoServer {
public:
    EchoServer();
    ~EchoServer();
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;

    const EndPoint& endPoint() const { return m_listener.endPoint(); }
    /// Serves the next connection.
    void serve();

    struct Seen {
        Bytes bytes;
        StreamEnd end = StreamEnd::Open;
    };
    /// All that the last connection sent; waits until its stream has ended.
    Seen seen();

private:
    RawListener m_listener{loopback()};
    std::vector<RawPeer> m_peers;
    std::vector<std::future<Seen>> m_seen;
};

/// Engine, file and server of one test.
class Fixture {
public:
    Fixture();

    AsyncEngine& engine() { return m_engine; }
    const TempFolder& folder() const { return m_folder; }
    /// A file of 1024 bytes, byte i = i % 255.
    const std::string& path() const { return m_path; }
    const Bytes& content() const { return m_content; }
    Bytes content(std::size_t offset, std::size_t count) const
    {
        return slice(m_content, offset, count);
    }
    /// A socket of the server's family, not connected.
    Socket socket() { return makeSocket(m_engine, loopback()); }
    /// A socket connected to the echo server.
    Socket connected();
    EchoServer& server() { return m_server; }

private:
    TempFolder m_folder;
    Bytes m_content;
    std::string m_path;
    EchoServer m_server;
    AsyncEngine m_engine{EngineOptions{.workerThreads = 2}}; // goes first: it closes the sockets
};

} // namespace swb::test::upstream

Q_DECLARE_METATYPE(swb::test::upstream::Memory)

/// Rows "span", "vector", "foreign memory", "owned" with a column `memory`.
#define SWB_MEMORY_KINDS()                                                                         \
    QTest::addColumn<swb::test::upstream::Memory>("memory");                                       \
    QTest::newRow("span") << swb::test::upstream::Memory::Span;                                    \
    QTest::newRow("vector") << swb::test::upstream::Memory::Vector;                                \
    QTest::newRow("foreign memory") << swb::test::upstream::Memory::Foreign;                       \
    QTest::newRow("owned") << swb::test::upstream::Memory::Owned
