// SPDX-License-Identifier: GPL-3.0-or-later
#include "desktop.h"

#include "ui/views/filter_line.h"
#include "ui/views/plots_pane.h"

#include <QAbstractScrollArea>
#include <QComboBox>
#include <QDockWidget>
#include <QEventLoop>
#include <QStandardPaths>
#include <QTimer>

#include <array>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

namespace swb::bench {

namespace {

constexpr int kWidth = 1920;
constexpr int kHeight = 1080;
constexpr int kServerMs = 20'000;
constexpr int kLookMs = 2;

/// The number of the display, which the server writes when it is ready.
std::string readDisplay(const Fd& ready)
{
    std::string number;
    pollfd item{ready.get(), POLLIN, 0};
    while (::poll(&item, 1, kServerMs) > 0) {
        char next = 0;
        if (::read(ready.get(), &next, 1) != 1)
            break;
        if (next == '\n')
            return number;
        number += next;
    }
    throw std::runtime_error("Xvfb did not start");
}

} // namespace

bool XServer::canBeStarted()
{
    return !QStandardPaths::findExecutable(QStringLiteral("Xvfb")).isEmpty();
}

bool XServer::isThere()
{
    return !qEnvironmentVariableIsEmpty("DISPLAY") || canBeStarted();
}

XServer::XServer(const std::string& framebuffer)
{
    if (framebuffer.empty() && !qEnvironmentVariableIsEmpty("DISPLAY"))
        return;
    std::array<int, 2> ends{-1, -1};
    checked(::pipe(ends.data()), "pipe");
    const Fd ready(ends[0]);
    const Fd tell(ends[1]);
    std::vector<std::string> arguments{"Xvfb", "-displayfd", std::to_string(tell.get()), "-screen",
        "0", std::to_string(kWidth) + "x" + std::to_string(kHeight) + "x24", "-nolisten", "tcp"};
    if (!framebuffer.empty())
        arguments.insert(arguments.end(), {"-fbdir", framebuffer});
    m_server = std::make_unique<Child>(arguments, tell.get(), false);
    qputenv("DISPLAY", QByteArray(":") + readDisplay(ready).c_str());
}

Desktop::Desktop(Platform platform, const std::string& folder, test::Records records)
{
    QStandardPaths::setTestModeEnabled(true);
    if (platform == Platform::X11)
        m_server.emplace();
    qputenv("QT_QPA_PLATFORM", platform == Platform::X11 ? "xcb" : "offscreen");
    m_application = std::make_unique<WatchedApplication>(m_argc, m_argv);
    trace::TraceStoreOptions storing;
    storing.folder = folder;
    m_fixture = std::make_unique<test::WindowFixture>(ui::Settings{}, QString(), storing, records);
    window().resize(kWidth, kHeight);
    auto* plots = m_fixture->find<QDockWidget>("plotsDock");
    plots->show();
    plots->raise();
    // More of what is to be measured than in a window that was just started.
    window().resizeDocks({m_fixture->find<QDockWidget>("operationsDock"),
                             m_fixture->find<QDockWidget>("timelineDock")},
        {kHeight * 2 / 5, kHeight * 3 / 10}, Qt::Vertical);
    runFor(200);
    for (const char* name : {"operationsView", "timelineView", "ratePlot", "latencyPlot"}) {
        const auto* widget = m_fixture->find<QWidget>(name);
        // A view is covered by its viewport.
        if (const auto* area = qobject_cast<const QAbstractScrollArea*>(widget))
            widget = area->viewport();
        if (widget->visibleRegion().isEmpty())
            throw std::runtime_error(std::string(name) + " is not seen");
    }
}

std::vector<std::uint32_t> Desktop::connectMany(int count)
{
    const Address address = m_fixture->startPeer(peers::PeerKind::Sink);
    std::vector<std::uint32_t> sockets;
    for (int i = 0; i < count; ++i) {
        if (!m_fixture->connectTo(address))
            throw std::runtime_error("a connection to a peer of this process was not made");
        sockets.push_back(m_fixture->session().currentNode()->connection.socketId);
    }
    return sockets;
}

void Desktop::showEverything()
{
    for (const char* name : {"operationsShown", "timelineLanes"}) {
        auto* box = m_fixture->find<QComboBox>(name);
        box->setCurrentIndex(box->count() - 1);
    }
}

void Desktop::applyFilter(const QString& text)
{
    auto* line = window().findChild<ui::FilterLine*>();
    line->applyTerm(text, QString());
    if (line->appliedText() != text)
        throw std::runtime_error("the filter was not applied");
}

void Desktop::runUntil(const std::function<bool()>& done, int mostMs)
{
    QEventLoop loop;
    QTimer look;
    QTimer limit;
    bool late = false;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
        if (done())
            loop.quit();
    });
    QObject::connect(&limit, &QTimer::timeout, &loop, [&] {
        late = true;
        loop.quit();
    });
    look.start(kLookMs);
    limit.start(mostMs);
    loop.exec();
    if (late)
        throw std::runtime_error("what was waited for did not come");
}

void Desktop::runFor(int ms)
{
    QEventLoop loop;
    QTimer::singleShot(ms, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    loop.exec();
}

} // namespace swb::bench
