// SPDX-License-Identifier: BSL-1.0
#include "engine/peers/datagram_service.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace swb::peers {

namespace {
constexpr std::size_t kLargestDatagram = 65535;
constexpr std::size_t kSourceDatagram = 1400; // fits an Ethernet frame
constexpr int kStepsInTurn = 64;
/// Of what a source sends: 0, 1, 2, ... 250, 0, 1, ...
constexpr std::uint64_t kPatternLength = 251;
} // namespace

DatagramService::DatagramService(
    AsyncEngine& engine, PeerOptions options, std::shared_ptr<PeerCounters> counters)
    : m_options(std::move(options))
    , m_counters(std::move(counters))
    , m_socket(engine, m_options.listen.addressFamily(), SocketType::Dgram,
          m_options.listen.protocolType())
    , m_timer(engine)
{
    m_socket.bind(m_options.listen.endPoint);
    m_address = {m_options.listen.transport, m_socket.localEndPoint()};
    if (m_options.watcher)
        m_options.watcher->socketOpened(m_socket);
    m_buffer.resize(kLargestDatagram);
    if (m_options.kind == PeerKind::Slow)
        m_pacer.emplace(m_options.bytesPerSecond);
    m_args.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
        const auto self = std::exchange(m_keepAlive, nullptr);
        m_next = operationEnded();
        run();
    });
}

DatagramService::~DatagramService() = default;

void DatagramService::start()
{
    if (m_options.kind != PeerKind::Blackhole)
        run();
}

Address DatagramService::address() const
{
    return m_address;
}

/// Goes on until something is pending. The caller keeps this object alive.
void DatagramService::run()
{
    for (int steps = 0; steps < kStepsInTurn; ++steps) {
        if (m_stopped)
            return;
        if (m_next == Step::Stop) {
            stop();
            return;
        }
        const auto delay = m_pacer && m_next == Step::Receive ? m_pacer->delay(Pacer::Clock::now())
                                                              : std::chrono::nanoseconds{0};
        if (delay.count() > 0) {
            m_timer.expireAfter(delay, [self = shared_from_this()] { self->run(); });
            return;
        }
        if (startOperation())
            return; // from here on the event may be running
        m_next = operationEnded();
    }
    m_timer.expireAfter(std::chrono::nanoseconds{0}, [self = shared_from_this()] { self->run(); });
}

/// True: pending, or nothing more to do.
bool DatagramService::startOperation()
{
    m_keepAlive = shared_from_this();
    bool pending = false;
    try {
        if (m_next == Step::Send) {
            pending = m_socket.sendToAsync(m_args);
        } else {
            const bool v6 = m_address.addressFamily() == AddressFamily::InterNetworkV6;
            m_args.setRemoteEndPoint(EndPoint::ip(v6 ? "::" : "0.0.0.0", 0));
            m_args.setBuffer(std::span<std::byte>(m_buffer));
            pending = m_socket.receiveFromAsync(m_args);
        }
    } catch (const std::exception&) {
        m_keepAlive.reset(); // stop() has closed the socket
        return true;
    }
    if (!pending)
        m_keepAlive.reset();
    return pending;
}

DatagramService::Step DatagramService::operationEnded()
{
    const auto bytes = static_cast<std::size_t>(m_args.bytesTransferred());
    const SocketError error = m_args.socketError();
    if (error == SocketError::OperationAborted)
        return Step::Stop;
    if (m_options.watcher && bytes > 0)
        m_options.watcher->bytesMoved(m_args.operationId(), std::span(m_buffer).first(bytes));
    if (m_next == Step::Receive)
        return error == SocketError::Success ? afterReceive(bytes) : Step::Receive;
    m_counters->sent += bytes;
    m_sourceSent += bytes;
    const bool goesOn = m_options.kind == PeerKind::Source && error == SocketError::Success
        && (m_options.sizeBytes == 0 || m_sourceSent < m_options.sizeBytes);
    return goesOn ? prepareSource() : Step::Receive;
}

DatagramService::Step DatagramService::afterReceive(std::size_t bytes)
{
    m_counters->received += bytes;
    m_receivedBytes += bytes;
    if (m_pacer)
        m_pacer->consumed(bytes, Pacer::Clock::now());
    switch (m_options.kind) {
    case PeerKind::Echo:
        m_args.setBuffer(std::span<std::byte>(m_buffer), 0, bytes);
        return Step::Send;
    case PeerKind::Source:
        m_sourceSent = 0;
        return prepareSource();
    case PeerKind::Reset:
    case PeerKind::Close:
        return m_receivedBytes >= m_options.afterBytes ? Step::Stop : Step::Receive;
    case PeerKind::Sink:
    case PeerKind::Slow:
    case PeerKind::Blackhole:
        break;
    }
    return Step::Receive;
}

DatagramService::Step DatagramService::prepareSource()
{
    std::uint64_t count = kSourceDatagram;
    if (m_options.sizeBytes != 0)
        count = std::min(count, m_options.sizeBytes - m_sourceSent);
    for (std::size_t i = 0; i < count; ++i)
        m_buffer[i] = static_cast<std::byte>((m_sourceSent + i) % kPatternLength);
    m_args.setBuffer(std::span<std::byte>(m_buffer), 0, static_cast<std::size_t>(count));
    return Step::Send;
}

void DatagramService::stop()
{
    if (m_stopped.exchange(true))
        return;
    try {
        m_socket.close();
    } catch (const std::exception&) {
        // The engine is ending and has closed it already.
    }
}

} // namespace swb::peers
