// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "app/cli/listen_command.h"
#include "app/cli/main_loop.h"
#include "app/cli/peer_command.h"
#include "app/cli/send_command.h"
#include "app/cli/trace_command.h"
#include "engine/net/thread_id.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <variant>

namespace {

struct Runner {
    swb::cli::MainLoop& loop;

    swb::cli::ExitStatus operator()(const swb::cli::SendCommand& command)
    {
        return swb::cli::runSend(command, loop);
    }
    swb::cli::ExitStatus operator()(const swb::cli::ListenCommand& command)
    {
        return swb::cli::runListen(command, loop);
    }
    swb::cli::ExitStatus operator()(const swb::cli::PeerCommand& command)
    {
        return swb::cli::runPeer(command, loop);
    }
    swb::cli::ExitStatus operator()(const swb::cli::TraceConvertCommand& command)
    {
        return swb::cli::runTraceConvert(command, loop);
    }
    swb::cli::ExitStatus operator()(const swb::cli::TraceInfoCommand& command)
    {
        return swb::cli::runTraceInfo(command, loop);
    }
    swb::cli::ExitStatus operator()(swb::cli::ExitStatus status) { return status; }
};

} // namespace

int main(int argc, char** argv)
{
    try {
        swb::nameCurrentThread("main");
        const swb::cli::CommandLine line = swb::cli::parseCommandLine(argc, argv);
        // A reader of standard output that has gone is an error to report, not the end of the
        // program.
        std::signal(SIGPIPE, SIG_IGN);
        std::signal(SIGXFSZ, SIG_IGN); // likewise a file that would become too large
        swb::cli::MainLoop loop;
        return static_cast<int>(std::visit(Runner{loop}, line));
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "swb: %s\n", exception.what());
        return static_cast<int>(swb::cli::ExitStatus::OperationFailed);
    }
}
