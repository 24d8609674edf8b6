// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "turn_watch.h"

#include "tests/benchmarks/support/process.h"
#include "tests/ui/window/window_fixture.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swb::bench {

enum class Platform { Offscreen, X11 };

/// An X server without a screen, for this process and its children: the one of DISPLAY when there
/// is one, otherwise an Xvfb of its own.
class XServer {
public:
    /// `framebuffer`: a folder for a file with the picture (only with a server of its own).
    explicit XServer(const std::string& framebuffer = {});
    static bool canBeStarted();
    static bool isThere();

private:
    std::unique_ptr<Child> m_server;
};

/// The application with its whole window, in this process, as large as a usual screen; table,
/// timeline and plots are seen.
class Desktop {
public:
    explicit Desktop(Platform platform, const std::string& folder,
        test::Records records = test::Records::OfTheEngine);

    test::WindowFixture& fixture() { return *m_fixture; }
    ui::MainWindow& window() { return m_fixture->window(); }
    trace::Recorder& recorder() { return m_fixture->recorder(); }
    const trace::TraceStore& store() const { return m_fixture->store(); }

    /// Makes a peer and this many connections to it; their sockets' numbers.
    std::vector<std::uint32_t> connectMany(int count);
    /// Shows all operations, and all lanes.
    void showEverything();
    void applyFilter(const QString& text);
    /// Runs the event loop. **Errors** std::runtime_error when it takes longer.
    void runUntil(const std::function<bool()>& done, int mostMs = 300'000);
    void runFor(int ms);

private:
    std::optional<XServer> m_server;
    int m_argc = 1;
    std::string m_name = "socket-workbench";
    char* m_argv[2] = {m_name.data(), nullptr};
    std::unique_ptr<WatchedApplication> m_application;
    std::unique_ptr<test::WindowFixture> m_fixture;
};

} // namespace swb::bench
