// SPDX-License-Identifier: GPL-3.0-or-later
// The composition root of the desktop application: what is made here, in this order, is taken down
// in the reverse order.
#include "app/gui/end_signals.h"
#include "engine/net/async_engine.h"
#include "engine/net/thread_id.h"
#include "engine/trace/recorder.h"
#include "engine/trace/trace_store.h"
#include "engine/workbench/workspace.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/support/live_view.h"
#include "ui/support/recording.h"
#include "ui/support/session.h"
#include "ui/support/settings.h"
#include "ui/support/theme.h"
#include "ui/views/main_window.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QStandardPaths>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

namespace {

using namespace std::chrono_literals;

/// For what is not on the disk yet; most is written while the program runs.
constexpr auto kMostToSettle = 5s;

void describeApplication()
{
    QApplication::setApplicationName(QStringLiteral("socket-workbench"));
    QApplication::setApplicationDisplayName(QStringLiteral("Socket Workbench"));
    QApplication::setOrganizationName(QStringLiteral("SocketWorkbench"));
    QApplication::setApplicationVersion(QStringLiteral(SWB_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("org.socketworkbench.SocketWorkbench"));
}

/// True when the program has only to say something, which needs no display.
bool onlySpeaks(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        const QByteArray argument(argv[i]);
        if (argument == "--version" || argument == "-v" || argument == "--help" || argument == "-h"
            || argument == "--help-all")
            return true;
    }
    return false;
}

/// Returns the recording to show; empty: none.
QString parseCommandLine(const QCoreApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "A desktop workbench for asynchronous sockets.\nThe same engine without a display: swb."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("recording"),
        QStringLiteral("A recording (.swbtrace) to look at."), QStringLiteral("[recording]"));
    parser.process(application);
    if (parser.positionalArguments().size() > 1) {
        std::fprintf(stderr, "socket-workbench: one recording at a time; see --help.\n");
        std::exit(1);
    }
    return parser.positionalArguments().value(0);
}

/// Where the part of the record goes that is too much for the memory, and where a crash leaves it.
/// Empty when there can be no such folder: everything then stays in memory.
QString tracesFolder()
{
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::CacheLocation)
        + QStringLiteral("/traces");
    return QDir().mkpath(folder) ? folder : QString();
}

void saveSettings(const swb::ui::SettingsFile& file, const swb::ui::Settings& settings)
{
    if (!file.save(settings))
        std::fprintf(stderr, "socket-workbench: the settings could not be written to %s\n",
            qPrintable(file.path()));
}

int runWindow(QApplication& application, const QString& recordingToShow)
{
    swb::nameCurrentThread("main");
    const swb::ui::SettingsFile settingsFile;
    swb::ui::Settings settings = settingsFile.load();
    swb::ui::applyTheme(settings.theme);

    swb::trace::Recorder recorder;
    const QString traces = tracesFolder();
    swb::trace::TraceStoreOptions storing;
    storing.folder = traces.toStdString();
    storing.program = "socket-workbench " SWB_VERSION;
    storing.memoryBudget = static_cast<std::size_t>(settings.memoryBudgetMiB) << 20;
    storing.payload.bytesPerOperation = static_cast<std::size_t>(settings.keptPayloadBytes);
    swb::trace::TraceStore store(storing);
    swb::EngineOptions options;
    options.observer = &recorder;
    options.workerThreads = static_cast<unsigned>(settings.workerThreads);
    std::optional<swb::AsyncEngine> engine(std::in_place, options);
    swb::ui::EngineBridge bridge(recorder, store);
    std::optional<swb::workbench::Workspace> workspace(
        std::in_place, *engine, bridge.waker(), &store.payload());

    int status = 0;
    int signal = 0; // that ended it; 0: none
    bool keepsRecording = false;
    {
        swb::ui::LiveView live(*engine, bridge);
        swb::ui::Session session(*workspace, bridge);
        swb::ui::Recording recording(bridge, traces);
        swb::ui::MainWindow window(session, live, recording, settings);
        const EndSignals endSignals([&](int number) {
            signal = number;
            // At once: whoever sent it may not wait for a file that is being written.
            saveSettings(settingsFile, window.settings());
            window.closeUnasked();
        });
        QObject::connect(&window, &swb::ui::MainWindow::closed, &application,
            [] { QCoreApplication::exit(0); }); // also out of a dialog's event loop
        window.show();
        if (!recordingToShow.isEmpty())
            window.openRecording(recordingToShow);
        status = application.exec();
        settings = window.settings();
        saveSettings(settingsFile, settings);
        keepsRecording = signal != 0 && window.hasWorkToRecover();
    }
    workspace->closeAll();
    workspace.reset();
    engine.reset();
    if (signal == 0)
        return status;
    if (keepsRecording) {
        // Nobody could be asked whether to save it: to die with the store open leaves its file, as
        // after a crash, and the next start offers it.
        bridge.flush();
        bridge.checkpoint();
        store.settle(kMostToSettle);
        EndSignals::dieOf(signal);
    }
    return 128 + signal;
}

} // namespace

int main(int argc, char** argv)
{
    describeApplication();
    if (onlySpeaks(argc, argv)) {
        const QCoreApplication application(argc, argv);
        parseCommandLine(application);
        return 0;
    }
    int status = 0;
    {
        QApplication application(argc, argv);
        const QString recordingToShow = parseCommandLine(application);
        status = runWindow(application, recordingToShow);
    }
    if (status > 128)
        EndSignals::dieOf(status - 128);
    return status;
}
