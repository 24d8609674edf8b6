// SPDX-License-Identifier: BSL-1.0
#include "engine/peers/stream_session.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace swb::peers {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
/// Steps that complete at once before other sockets of the thread get their turn.
constexpr int kStepsInTurn = 32;
/// What a source sends: 0, 1, 2, ... 250, 0, 1, ...; a prime, so that a shifted block shows.
constexpr std::size_t kPatternLength = 251;

void fillWithPattern(std::vector<std::byte>& buffer)
{
    for (std::size_t i = 0; i < buffer.size(); ++i)
        buffer[i] = static_cast<std::byte>(i % kPatternLength);
}

} // namespace

StreamSession::StreamSession(AsyncEngine& engine, const PeerOptions& options,
    std::shared_ptr<PeerCounters> counters, Socket socket,
    std::function<void(StreamSession*)> ended)
    : m_options(options)
    , m_counters(std::move(counters))
    , m_socket(std::move(socket))
    , m_ended(std::move(ended))
    , m_timer(engine)
    , m_remote(m_socket.remoteEndPoint())
{
    ++m_counters->open;
    if (m_options.watcher)
        m_options.watcher->socketOpened(m_socket);
    switch (options.kind) {
    case PeerKind::Slow:
        m_pacer.emplace(options.bytesPerSecond);
        break;
    case PeerKind::Blackhole:
        m_next = Step::Idle;
        break;
    case PeerKind::Source:
        m_next = Step::Send;
        break;
    case PeerKind::Reset:
    case PeerKind::Close:
    case PeerKind::Echo:
    case PeerKind::Sink:
        break;
    }
    if (options.kind == PeerKind::Source) {
        // Whole periods, so that each send goes on where the last one stopped.
        m_buffer.resize(kBufferBytes / kPatternLength * kPatternLength);
        fillWithPattern(m_buffer);
    } else if (options.kind != PeerKind::Blackhole) {
        m_buffer.resize(kBufferBytes);
    }
    m_args.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
        const auto self = std::exchange(m_keepAlive, nullptr);
        m_next = operationEnded();
        run();
    });
}

PeerConnection StreamSession::connection() const
{
    return {m_remote, m_receivedHere, m_sentHere, true};
}

StreamSession::~StreamSession()
{
    --m_counters->open;
}

void StreamSession::start()
{
    if ((m_options.kind == PeerKind::Reset || m_options.kind == PeerKind::Close)
        && m_options.afterBytes == 0)
        m_next = limitReached();
    else if (m_options.kind == PeerKind::Source)
        sendNextOfSource();
    run();
}

/// Goes on until something is pending. The caller keeps this object alive.
void StreamSession::run()
{
    for (int steps = 0; steps < kStepsInTurn; ++steps) {
        if (m_over)
            return;
        const Step next = step();
        if (next == Step::Idle || next == Step::Wait)
            return;
        if (next == Step::End) {
            end();
            return;
        }
        if (startOperation(next))
            return; // from here on the event may be running
        m_next = operationEnded();
    }
    m_timer.expireAfter(std::chrono::nanoseconds{0}, [self = shared_from_this()] { self->run(); });
}

/// The next step, after waiting was arranged where the rate asks for it.
StreamSession::Step StreamSession::step()
{
    if (m_next != Step::Receive || !m_pacer)
        return m_next;
    const auto delay = m_pacer->delay(Pacer::Clock::now());
    if (delay.count() == 0)
        return Step::Receive;
    wait(delay);
    return Step::Wait;
}

void StreamSession::wait(std::chrono::nanoseconds time)
{
    m_timer.expireAfter(time, [self = shared_from_this()] { self->run(); });
}

std::size_t StreamSession::receiveLimit() const
{
    if (m_pacer)
        return m_pacer->portion();
    const bool counts = m_options.kind == PeerKind::Reset || m_options.kind == PeerKind::Close;
    if (counts && !m_draining) {
        return static_cast<std::size_t>(
            std::min<std::uint64_t>(m_buffer.size(), m_options.afterBytes - m_receivedHere));
    }
    return m_buffer.size();
}

/// True: pending. False: over, or impossible because the socket was closed.
bool StreamSession::startOperation(Step next)
{
    m_sending = next == Step::Send;
    m_keepAlive = shared_from_this();
    bool pending = false;
    try {
        if (!m_sending)
            m_args.setBuffer(std::span<std::byte>(m_buffer), 0, receiveLimit());
        pending = m_sending ? m_socket.sendAsync(m_args) : m_socket.receiveAsync(m_args);
    } catch (const std::exception&) {
        m_keepAlive.reset();
        m_over = true; // closed by close(), which has reported the end
        return true;
    }
    if (!pending)
        m_keepAlive.reset();
    return pending;
}

StreamSession::Step StreamSession::operationEnded()
{
    const auto bytes = static_cast<std::size_t>(m_args.bytesTransferred());
    if (m_sending) {
        m_counters->sent += bytes;
        m_sentHere += bytes;
    } else {
        m_counters->received += bytes;
        m_receivedHere += bytes;
    }
    if (m_options.watcher && bytes > 0)
        m_options.watcher->bytesMoved(m_args.operationId(), std::span(m_buffer).first(bytes));
    if (m_args.socketError() != SocketError::Success)
        return Step::End;
    return m_sending ? afterSend(bytes) : afterReceive(bytes);
}

StreamSession::Step StreamSession::afterReceive(std::size_t bytes)
{
    if (bytes == 0)
        return Step::End; // the other side has ended; end() ends ours
    if (m_pacer)
        m_pacer->consumed(bytes, Pacer::Clock::now());
    const bool counts = m_options.kind == PeerKind::Reset || m_options.kind == PeerKind::Close;
    if (counts && !m_draining && m_receivedHere >= m_options.afterBytes)
        return limitReached();
    if (m_options.kind != PeerKind::Echo)
        return Step::Receive;
    m_args.setBuffer(std::span<std::byte>(m_buffer), 0, bytes);
    return Step::Send;
}

StreamSession::Step StreamSession::afterSend(std::size_t bytes)
{
    if (m_options.kind != PeerKind::Source)
        return Step::Receive;
    if (bytes == 0 || (m_options.sizeBytes != 0 && m_sentHere >= m_options.sizeBytes)) {
        endSending();
        return Step::Receive;
    }
    sendNextOfSource();
    return Step::Send;
}

void StreamSession::sendNextOfSource()
{
    std::uint64_t count = m_buffer.size();
    if (m_options.sizeBytes != 0)
        count = std::min(count, m_options.sizeBytes - m_sentHere);
    m_args.setBuffer(std::span<std::byte>(m_buffer), 0, static_cast<std::size_t>(count));
}

StreamSession::Step StreamSession::limitReached()
{
    if (m_options.kind == PeerKind::Reset) {
        try {
            m_socket.close(std::chrono::milliseconds{0});
        } catch (const std::exception&) {
            // Closed by close() meanwhile.
        }
        return Step::End;
    }
    // Data left unread would turn the close into a reset, so it is still taken, until the other
    // side ends too.
    endSending();
    return Step::Receive;
}

void StreamSession::endSending()
{
    m_draining = true;
    try {
        m_socket.shutdown(SocketShutdown::Send);
    } catch (const std::exception&) {
        // Reset or closed already; the next receive says so.
    }
}

void StreamSession::end()
{
    if (m_over.exchange(true))
        return;
    try {
        m_socket.close();
    } catch (const std::exception&) {
        // The engine is ending and has closed it already.
    }
    m_ended(this);
}

void StreamSession::close()
{
    end();
}

} // namespace swb::peers
