// SPDX-License-Identifier: BSL-1.0
#include "engine/peers/stream_service.h"

#include <algorithm>
#include <utility>

namespace swb::peers {

namespace {

constexpr std::size_t kMostEnded = 256; // remembered
constexpr std::uint64_t kSmallestReceiveBuffer = 16 * 1024;
constexpr std::uint64_t kLargestReceiveBuffer = 1024 * 1024;

/// A small buffer where the peer reads slowly, so that the sender meets back-pressure after
/// kilobytes rather than megabytes; large enough for a quarter of a second at the rate asked for.
/// 0: the system's default.
int receiveBufferBytes(const PeerOptions& options)
{
    if (options.kind == PeerKind::Blackhole)
        return static_cast<int>(kSmallestReceiveBuffer);
    if (options.kind == PeerKind::Slow) {
        return static_cast<int>(
            std::clamp(options.bytesPerSecond / 4, kSmallestReceiveBuffer, kLargestReceiveBuffer));
    }
    return 0;
}

} // namespace

StreamService::StreamService(
    AsyncEngine& engine, PeerOptions options, std::shared_ptr<PeerCounters> counters)
    : m_engine(engine)
    , m_options(std::move(options))
    , m_counters(std::move(counters))
{
}

StreamService::~StreamService() = default;

void StreamService::start()
{
    m_acceptor
        = std::make_shared<Acceptor>(m_engine, m_options.listen, receiveBufferBytes(m_options),
            Acceptor::Callbacks{[weak = weak_from_this()](Socket socket) {
                                    if (const auto self = weak.lock())
                                        self->serve(std::move(socket));
                                },
                nullptr});
    if (m_options.watcher)
        m_options.watcher->socketOpened(m_acceptor->listener());
    m_acceptor->start();
}

Address StreamService::address() const
{
    return m_acceptor->address();
}

void StreamService::serve(Socket socket)
{
    const auto session = std::make_shared<StreamSession>(m_engine, m_options, m_counters,
        std::move(socket), [weak = weak_from_this()](StreamSession* ended) {
            if (const auto self = weak.lock())
                self->forget(ended);
        });
    ++m_counters->accepted;
    bool stopped = false;
    {
        const std::scoped_lock lock(m_mutex);
        stopped = m_stopped;
        if (!stopped)
            m_sessions.emplace(session.get(), session);
    }
    if (stopped)
        session->close();
    else
        session->start();
}

void StreamService::forget(StreamSession* session)
{
    std::shared_ptr<StreamSession> last; // destroyed without the lock
    const std::scoped_lock lock(m_mutex);
    const auto found = m_sessions.find(session);
    if (found == m_sessions.end())
        return;
    last = std::move(found->second);
    m_sessions.erase(found);
    m_ended.push_back(last->connection());
    m_ended.back().open = false;
    if (m_ended.size() > kMostEnded)
        m_ended.pop_front();
}

std::vector<PeerConnection> StreamService::connections() const
{
    const std::scoped_lock lock(m_mutex);
    std::vector<PeerConnection> all(m_ended.begin(), m_ended.end());
    for (const auto& [key, session] : m_sessions)
        all.push_back(session->connection());
    return all;
}

void StreamService::stop()
{
    std::map<StreamSession*, std::shared_ptr<StreamSession>> sessions;
    {
        const std::scoped_lock lock(m_mutex);
        if (std::exchange(m_stopped, true))
            return;
        sessions.swap(m_sessions);
    }
    m_acceptor->stop();
    for (const auto& [key, session] : sessions)
        session->close();
}

} // namespace swb::peers
