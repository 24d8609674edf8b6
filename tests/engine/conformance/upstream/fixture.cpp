// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <any>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <sys/mman.h>
#include <sys/socket.h>

namespace swb::test::upstream {

Link loopback()
{
    static const Link link = [] {
        try {
            const RawListener probe(Link::TcpV6);
            return Link::TcpV6;
        } catch (const std::system_error&) {
            return Link::TcpV4;
        }
    }();
    return link;
}

EndPoint loopbackEndPoint()
{
    return EndPoint::ip(loopback() == Link::TcpV6 ? "::1" : "127.0.0.1", 0);
}

char* toString(const Outcome& outcome)
{
    return printable(
        swb::toString(outcome.error) + " with " + std::to_string(outcome.bytes) + " bytes");
}

Outcome sendPackets(Socket& socket, Call& call)
{
    const int before = call.done.count();
    const auto token = std::make_shared<int>(before);
    call.e.setUserToken(token);
    const bool pending = socket.sendPacketsAsync(call.e);
    if (pending) {
        if (!call.done.wait(before + 1))
            throw std::runtime_error("Completed was promised and did not come");
        const Raised raised = call.done.last();
        if (raised.thread == std::this_thread::get_id())
            throw std::runtime_error("Completed was raised inside the call (RET-04)");
        if (raised.argsWereBusy)
            throw std::runtime_error("the handler found its args busy (RET-05)");
        if (raised.senderId != socket.id())
            throw std::runtime_error("the sender is not the socket (RET-06)");
    } else if (call.done.count() != before) {
        throw std::runtime_error("Completed came although the call had returned false (RET-02)");
    }
    if (call.e.inProgress() || call.e.lastOperation() != SocketAsyncOperation::SendPackets)
        throw std::runtime_error("the args are not free, or not those of a SendPackets");
    if (std::any_cast<std::shared_ptr<int>>(call.e.userToken()) != token)
        throw std::runtime_error("the user token was touched (PKT-21)");
    return {call.e.socketError(), call.e.bytesTransferred()};
}

Outcome sendPackets(
    Socket& socket, std::vector<SendPacketsElement> elements, TransmitFileOptions flags)
{
    Call call;
    call.e.setSendPacketsElements(std::move(elements));
    call.e.setSendPacketsFlags(flags);
    return sendPackets(socket, call);
}

// --- Source

Source::Source(Memory kind, std::size_t size)
    : m_kind(kind)
{
    const Bytes content = randomBytes(size);
    switch (kind) {
    case Memory::Span:
        m_array = std::make_unique<std::byte[]>(size);
        m_bytes = {m_array.get(), size};
        break;
    case Memory::Foreign:
        m_mappedSize = std::max<std::size_t>(size, 1);
        m_mapped = ::mmap(
            nullptr, m_mappedSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (m_mapped == MAP_FAILED)
            throw std::system_error(errno, std::system_category(), "mmap");
        m_bytes = {static_cast<std::byte*>(m_mapped), size};
        break;
    case Memory::Vector:
    case Memory::Owned:
        m_vector.resize(size);
        m_bytes = m_vector;
        break;
    }
    std::copy(content.begin(), content.end(), m_bytes.begin());
}

Source::~Source()
{
    if (m_mapped != nullptr)
        ::munmap(m_mapped, m_mappedSize);
}

Bytes Source::range(std::size_t offset, std::size_t count) const
{
    const auto part = m_bytes.subspan(offset, count);
    return {part.begin(), part.end()};
}

SendPacketsElement Source::element() const
{
    if (m_kind == Memory::Vector)
        return SendPacketsElement::buffer(m_vector);
    if (m_kind == Memory::Owned)
        return SendPacketsElement::ownedBuffer(Bytes(m_vector));
    return SendPacketsElement::buffer(m_bytes);
}

SendPacketsElement Source::element(std::size_t offset, std::size_t count) const
{
    if (m_kind == Memory::Owned) // Owned memory has no window: what is owned is what is sent.
        return SendPacketsElement::ownedBuffer(range(offset, count));
    return SendPacketsElement::buffer(
        m_bytes, static_cast<std::int64_t>(offset), static_cast<std::int64_t>(count));
}

// --- EchoServer

namespace {
EchoServer::Seen echo(int descriptor)
{
    EchoServer::Seen seen;
    Bytes buffer(64 * 1024);
    bool answering = true;
    for (;;) {
        const ssize_t n = ::recv(descriptor, buffer.data(), buffer.size(), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            seen.end = n == 0 ? StreamEnd::Eof : StreamEnd::Reset;
            return seen;
        }
        seen.bytes.insert(seen.bytes.end(), buffer.begin(), buffer.begin() + n);
        // A client that has gone no longer wants its bytes back; what it sent still counts.
        answering = answering
            && ::send(descriptor, buffer.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL) == n;
    }
}
} // namespace

EchoServer::EchoServer() = default;

EchoServer::~EchoServer()
{
    for (const RawPeer& peer : m_peers)
        ::shutdown(peer.descriptor(), SHUT_RDWR);
    m_seen.clear(); // joins, while the descriptors are still open
}

void EchoServer::serve()
{
    m_peers.push_back(m_listener.accept());
    m_seen.push_back(
        std::async(std::launch::async, [fd = m_peers.back().descriptor()] { return echo(fd); }));
}

EchoServer::Seen EchoServer::seen()
{
    if (m_seen.back().wait_for(kDeadline) != std::future_status::ready)
        throw std::runtime_error("the connection did not end before the deadline");
    return m_seen.back().get();
}

// --- Fixture

Fixture::Fixture()
{
    for (int i = 0; i < 1024; ++i)
        m_content.push_back(static_cast<std::byte>(i % 255));
    m_path = m_folder.file("upstream.bin", m_content);
}

Socket Fixture::connected()
{
    Socket socket = this->socket();
    connectNow(socket, m_server.endPoint());
    m_server.serve();
    return socket;
}

} // namespace swb::test::upstream
