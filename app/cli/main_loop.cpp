// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/main_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace swb::cli {

namespace {

constexpr int kLastWriteMs = 50;

int pollTimeout(std::optional<MainLoop::Clock::time_point> deadline)
{
    if (!deadline)
        return -1;
    // Rounded up: rounded down, the last millisecond would be spent in a busy loop.
    const auto left
        = std::chrono::ceil<std::chrono::milliseconds>(*deadline - MainLoop::Clock::now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, std::numeric_limits<int>::max()));
}

} // namespace

MainLoop::MainLoop()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr); error != 0)
        throw std::system_error(error, std::generic_category(), "pthread_sigmask");
    m_signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (m_signals < 0)
        throw std::system_error(errno, std::generic_category(), "signalfd");
    m_wakeups = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m_wakeups < 0) {
        const int error = errno;
        close(m_signals);
        throw std::system_error(error, std::generic_category(), "eventfd");
    }
}

MainLoop::~MainLoop()
{
    close(m_wakeups);
    close(m_signals);
}

void MainLoop::wake() noexcept
{
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the wait ends anyway.
    [[maybe_unused]] const auto written = write(m_wakeups, &one, sizeof one);
}

void MainLoop::wait(std::optional<Clock::time_point> deadline)
{
    // Once interrupted the descriptor is not watched: a second signal must not make this a busy
    // loop.
    std::array<pollfd, 2> watched{
        {{m_wakeups, POLLIN, 0}, {m_interrupted ? -1 : m_signals, POLLIN, 0}}};
    poll(watched.data(), watched.size(), pollTimeout(deadline));
    if (watched[0].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto taken = read(m_wakeups, &count, sizeof count);
    }
    readSignals();
}

bool MainLoop::waitWritable(int descriptor)
{
    while (!interrupted()) {
        std::array<pollfd, 2> watched{{{descriptor, POLLOUT, 0}, {m_signals, POLLIN, 0}}};
        if (poll(watched.data(), watched.size(), -1) > 0 && watched[0].revents != 0)
            return true;
    }
    pollfd last{descriptor, POLLOUT, 0};
    return poll(&last, 1, kLastWriteMs) > 0;
}

bool MainLoop::interrupted()
{
    readSignals();
    return m_interrupted;
}

void MainLoop::readSignals()
{
    signalfd_siginfo information{};
    while (read(m_signals, &information, sizeof information)
        == static_cast<ssize_t>(sizeof information))
        m_interrupted = true;
}

} // namespace swb::cli
