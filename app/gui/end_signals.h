// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSocketNotifier>

#include <functional>
#include <optional>

/// SIGTERM, SIGINT and SIGHUP as a call on the GUI thread: who ends the session, or the terminal
/// that the program was started from, shall find its settings and its work kept. A second SIGTERM
/// or SIGINT ends the program at once; a second SIGHUP does not, because a terminal that is closed
/// sends two. A signal that was ignored at the start (nohup, a job in the background) stays so.
///
/// **Threads** GUI thread. **Lifetime** one at a time; after it, signals do again what they did,
/// but for SIGHUP, which is ignored once one came.
/// **Errors** without descriptors for a pipe, signals end the program at once as before.
class EndSignals {
public:
    /// `ended` is called once, with the number of the first signal.
    explicit EndSignals(std::function<void(int signal)> ended);
    ~EndSignals();
    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;

    /// Ends the program as the signal would have, so that who waits for it sees which (a shell: 128
    /// and its number). What is on the stack or static is not destroyed.
    [[noreturn]] static void dieOf(int signal);

private:
    void take();

    std::function<void(int)> m_ended;
    std::optional<QSocketNotifier> m_notifier;
    bool m_hasEnded = false;
};
