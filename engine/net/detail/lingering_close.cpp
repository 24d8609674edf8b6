// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/socket_core.h"

#include <asio/steady_timer.hpp>

#include <array>
#include <cerrno>

namespace swb::detail {

namespace {

/// Holds on to a connection that the user has closed until the peer has ended its side too, so that
/// nothing queued is destroyed by a reset; reads and throws away what still arrives.
class LingeringClose final : public EngineMember,
                             public ReadyTarget,
                             public std::enable_shared_from_this<LingeringClose> {
public:
    LingeringClose(
        std::shared_ptr<EngineState> engine, sys::Descriptor descriptor, bool resetAtLimit)
        : m_engine(std::move(engine))
        , m_worker(m_engine->assignWorker())
        , m_descriptor(std::move(descriptor))
        , m_deadline(m_engine->clock())
        , m_resetAtLimit(resetAtLimit)
    {
    }
    ~LingeringClose() override { m_engine->removeMember(*this); }

    void begin(std::chrono::milliseconds limit)
    {
        m_engine->addMember(*this);
        const std::lock_guard lock(m_mutex);
        if (m_watch.add(m_worker.ready(), m_descriptor.get(), shared_from_this(), true, false) != 0)
            return finish(false);
        m_deadline.expires_after(limit);
        m_deadline.async_wait([self = shared_from_this()](const asio::error_code& e) {
            const std::lock_guard inner(self->m_mutex);
            if (!e)
                self->finish(self->m_resetAtLimit);
        });
    }

    void descriptorReady(bool, bool) override
    {
        const std::lock_guard lock(m_mutex);
        drain();
    }

    void engineStopping() noexcept override
    {
        const std::lock_guard lock(m_mutex);
        finish(false);
    }

private:
    std::shared_ptr<EngineMember> self() noexcept override { return weak_from_this().lock(); }

    // Precondition of the rest: m_mutex is held.
    void drain()
    {
        std::array<std::byte, 16 * 1024> thrownAway;
        for (int turn = 0; m_descriptor && turn < 64; ++turn) {
            const auto read
                = sys::receive(m_descriptor.get(), thrownAway.data(), thrownAway.size(), 0);
            if (read.error == EAGAIN)
                return;
            if (read.error != 0 || read.bytes == 0)
                return finish(false);
        }
        if (!m_descriptor)
            return;
        m_worker.post([self = shared_from_this()] { // others first
            const std::lock_guard lock(self->m_mutex);
            self->drain();
        });
    }

    void finish(bool reset)
    {
        m_watch.reset();
        m_deadline.cancel();
        if (reset && m_descriptor)
            sys::closeWithReset(m_descriptor.release());
        m_descriptor.reset();
    }

    std::shared_ptr<EngineState> m_engine;
    Worker& m_worker;
    std::mutex m_mutex; // guards the members below
    sys::Descriptor m_descriptor;
    Watch m_watch;
    asio::steady_timer m_deadline;
    bool m_resetAtLimit;
};

} // namespace

void closeLingering(const std::shared_ptr<EngineState>& engine, sys::Descriptor descriptor,
    std::chrono::milliseconds limit, bool resetAtLimit)
{
    try {
        std::make_shared<LingeringClose>(engine, std::move(descriptor), resetAtLimit)->begin(limit);
    } catch (const std::exception&) {
        // The engine is ending: the descriptor was closed with the object, and the kernel delivers
        // what it can.
    }
}

} // namespace swb::detail
