// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/end_signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};

// A signal handler is given nothing but the number.
std::array<int, 2> pipeEnds{-1, -1};
std::array<struct sigaction, kSignals.size()> before{};

void tell(int signal)
{
    const int error = errno;
    const auto number = static_cast<unsigned char>(signal);
    // Fails only when the pipe is full, and then there is enough to read.
    [[maybe_unused]] const auto written = write(pipeEnds[1], &number, 1);
    errno = error;
}

} // namespace

EndSignals::EndSignals(std::function<void(int)> ended)
    : m_ended(std::move(ended))
{
    if (pipe2(pipeEnds.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        std::perror("socket-workbench: signals end it without saving anything: pipe2");
        return;
    }
    m_notifier.emplace(pipeEnds[0], QSocketNotifier::Read);
    QObject::connect(&*m_notifier, &QSocketNotifier::activated, &*m_notifier, [this] { take(); });
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        const int signal = kSignals[i];
        sigaction(signal, nullptr, &before[i]);
        if (before[i].sa_handler == SIG_IGN)
            continue;
        struct sigaction action { };
        action.sa_handler = tell;
        sigemptyset(&action.sa_mask);
        action.sa_flags = SA_RESTART;
        if (signal != SIGHUP)
            action.sa_flags |= static_cast<int>(SA_RESETHAND);
        sigaction(signal, &action, nullptr);
    }
}

EndSignals::~EndSignals()
{
    if (!m_notifier)
        return;
    for (std::size_t i = 0; i < kSignals.size(); ++i)
        sigaction(kSignals[i], &before[i], nullptr);
    if (m_hasEnded) // the second SIGHUP of a closed terminal must not stop the program's own end
        std::signal(SIGHUP, SIG_IGN);
    m_notifier.reset();
    for (int& end : pipeEnds)
        close(std::exchange(end, -1));
}

void EndSignals::take()
{
    unsigned char number = 0;
    if (read(pipeEnds[0], &number, 1) != 1)
        return;
    m_notifier->setEnabled(false);
    m_hasEnded = true;
    m_ended(number);
}

void EndSignals::dieOf(int signal)
{
    std::fflush(nullptr);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::_Exit(128 + signal); // it was blocked
}
