// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"

#include "app/cli/help_text.h"
#include "engine/net/exceptions.h"
#include "engine/workbench/payload_codec.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace swb::cli {

namespace {

using workbench::QueueItem;

/// The line is wrong; the message says what and where.
class WrongLine : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

constexpr std::uint64_t kMostMilliseconds = 1000ULL * 60 * 60 * 24 * 365;
constexpr std::uint64_t kMostInFlight = 100'000;
constexpr std::uint64_t kMostRecordedPayload = std::uint64_t{64} << 20;

std::uint64_t number(
    std::string_view option, const std::string& text, std::uint64_t least, std::uint64_t most)
{
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value < least || value > most)
        throw WrongLine(fmt::format(
            "{} '{}': expected a whole number from {} to {}", option, text, least, most));
    return value;
}

std::chrono::milliseconds milliseconds(std::string_view option, const std::string& text)
{
    return std::chrono::milliseconds(number(option, text, 0, kMostMilliseconds));
}

std::uint64_t size(std::string_view option, const std::string& text, std::uint64_t least)
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    std::uint64_t value = 0;
    try {
        value = workbench::parseSize(text);
    } catch (const ArgumentException& exception) {
        throw WrongLine(fmt::format("{} '{}': {}", option, text, exception.what()));
    }
    if (value < least || value > kMost)
        throw WrongLine(
            fmt::format("{} '{}': expected a size from {} to 8 EiB", option, text, least));
    return value;
}

Address address(const std::string& text)
{
    try {
        return Address::parse(text);
    } catch (const ArgumentException& exception) {
        throw WrongLine(exception.what());
    }
}

Address listenAddress(const std::string& text)
{
    try {
        return Address::parse(text).forListening();
    } catch (const ArgumentException& exception) {
        throw WrongLine(exception.what());
    }
}

/// The value as it stands in messages: long ones only with their start.
std::string inQuotes(std::string_view text)
{
    constexpr std::size_t kMost = 60;
    return text.size() <= kMost ? fmt::format("'{}'", text)
                                : fmt::format("'{}...'", text.substr(0, kMost));
}

QueueItem part(std::string_view option, const std::string& text,
    const std::function<QueueItem(std::string_view)>& read)
{
    try {
        return read(text);
    } catch (const ArgumentException& exception) {
        const std::string_view message = exception.what();
        if (message.find(text) != std::string_view::npos)
            throw WrongLine(fmt::format("{}: {}", option, message));
        throw WrongLine(fmt::format("{} {}: {}", option, inQuotes(text), message));
    }
}

TransmitFileOptions flags(const std::string& text)
{
    struct Name {
        std::string_view text;
        TransmitFileOptions value;
    };
    static constexpr std::array<Name, 6> kNames{
        {{"default", TransmitFileOptions::UseDefaultWorkerThread},
            {"disconnect", TransmitFileOptions::Disconnect},
            {"reuse", TransmitFileOptions::ReuseSocket},
            {"write-behind", TransmitFileOptions::WriteBehind},
            {"system-thread", TransmitFileOptions::UseSystemThread},
            {"kernel-apc", TransmitFileOptions::UseKernelApc}}};
    TransmitFileOptions result = TransmitFileOptions::UseDefaultWorkerThread;
    std::string_view rest = text;
    while (true) {
        const auto comma = rest.find(',');
        const std::string_view name = rest.substr(0, comma);
        const auto* const found = std::find_if(
            kNames.begin(), kNames.end(), [&](const Name& known) { return known.text == name; });
        if (found == kNames.end())
            throw WrongLine(fmt::format("--flags '{}': there is no flag '{}'; the flags are "
                                        "default, disconnect, reuse, write-behind, system-thread "
                                        "and kernel-apc",
                text, name));
        result |= found->value;
        if (comma == std::string_view::npos)
            return result;
        rest.remove_prefix(comma + 1);
    }
}

/// An option with a value that is read as soon as it is met, so that the order on the line is kept.
CLI::Option* addValue(CLI::App& app, const std::string& name, const std::string& valueName,
    const std::string& description, std::function<void(const std::string&)> read)
{
    return app.add_option_function<std::string>(name, std::move(read), description)
        ->type_name(valueName)
        ->trigger_on_parse();
}

/// The sub-commands and the values they fill.
class Parser {
public:
    Parser();
    CommandLine parse(int argc, const char* const* argv);

private:
    void addSend();
    void addListen();
    void addPeer();
    void addTrace();
    void addRecord(CLI::App& app, std::optional<RecordOptions>& record);
    void addPart(CLI::App& app, const std::string& option, const std::string& valueName,
        const std::string& description, std::function<QueueItem(std::string_view)> read);
    CommandLine checkedSend() const;
    CommandLine checkedListen() const;
    CommandLine checkedPeer() const;
    CommandLine checkedTrace() const;
    static void checkRecord(const std::optional<RecordOptions>& record);
    std::string commandName() const;

    CLI::App m_app{help_text::kProgram, "swb"};
    CLI::App* m_sendApp = nullptr;
    CLI::App* m_listenApp = nullptr;
    CLI::App* m_peerApp = nullptr;
    CLI::App* m_traceApp = nullptr;
    CLI::App* m_convertApp = nullptr;
    CLI::App* m_infoApp = nullptr;
    CLI::Option* m_rateOption = nullptr;
    CLI::Option* m_afterOption = nullptr;
    CLI::Option* m_sizeOption = nullptr;
    SendCommand m_send;
    ListenCommand m_listen;
    PeerCommand m_peer;
    TraceConvertCommand m_convert;
    TraceInfoCommand m_info;
};

Parser::Parser()
{
    m_app.footer(help_text::kProgramFooter);
    m_app.set_help_flag("-h,--help", "Print this help and exit");
    m_app.set_version_flag("--version", "swb " SWB_VERSION, "Print the version and exit");
    m_app.require_subcommand(1);
    addSend();
    addListen();
    addPeer();
    addTrace();
}

void Parser::addPart(CLI::App& app, const std::string& option, const std::string& valueName,
    const std::string& description, std::function<QueueItem(std::string_view)> read)
{
    addValue(app, option, valueName, description,
        [this, option, read = std::move(read)](
            const std::string& text) { m_send.parts.push_back(part(option, text, read)); });
}

void Parser::addRecord(CLI::App& app, std::optional<RecordOptions>& record)
{
    const auto options = [&record]() -> RecordOptions& {
        if (!record)
            record.emplace();
        return *record;
    };
    addValue(app, "--record", "FILE", "Record the session to FILE, a trace for 'swb trace'",
        [options](const std::string& text) {
            if (text.empty() || text == "-")
                throw WrongLine("--record needs the name of a file: a trace is not a stream");
            options().file = text;
        });
    addValue(app, "--record-payload", "SIZE",
        "Record the first SIZE bytes of each operation, too (at most 64MiB)",
        [options](const std::string& text) {
            const std::uint64_t bytes = size("--record-payload", text, 1);
            if (bytes > kMostRecordedPayload)
                throw WrongLine(
                    fmt::format("--record-payload '{}': at most 64MiB of each operation", text));
            options().payloadBytes = static_cast<std::size_t>(bytes);
        });
}

void Parser::checkRecord(const std::optional<RecordOptions>& record)
{
    if (record && record->file.empty())
        throw WrongLine("--record-payload needs --record FILE");
}

void Parser::addTrace()
{
    m_traceApp = m_app.add_subcommand("trace", help_text::kTrace);
    m_traceApp->footer(help_text::kTraceFooter);
    m_traceApp->require_subcommand(1);
    m_convertApp = m_traceApp->add_subcommand("convert", help_text::kTraceConvert);
    CLI::App& convert = *m_convertApp;
    convert.footer(help_text::kTraceConvertFooter);
    addValue(convert, "IN", "", "The trace", [this](const std::string& text) {
        m_convert.input = text;
    })->required();
    addValue(convert, "--to", "FORMAT", "csv, jsonl, perfetto or pcapng",
        [this](const std::string& text) {
            const auto format = trace::exportFormatFromString(text);
            if (!format)
                throw WrongLine(fmt::format("--to '{}': there is no such format; the formats are "
                                            "csv, jsonl, perfetto and pcapng",
                    text));
            m_convert.format = *format;
        })
        ->required();
    addValue(convert, "--output", "OUT", "The file to write (-: standard output)",
        [this](const std::string& text) { m_convert.output = text; })
        ->required();
    m_infoApp = m_traceApp->add_subcommand("info", help_text::kTraceInfo);
    CLI::App& info = *m_infoApp;
    info.footer(help_text::kTraceInfoFooter);
    addValue(info, "IN", "", "The trace", [this](const std::string& text) {
        m_info.input = text;
    })->required();
    info.add_flag("--json", m_info.json, "One JSON object instead of lines for people");
}

CommandLine Parser::checkedTrace() const
{
    if (m_convertApp->parsed())
        return m_convert;
    return m_info;
}

void Parser::addSend()
{
    m_sendApp = m_app.add_subcommand("send", help_text::kSend);
    CLI::App& app = *m_sendApp;
    app.footer(help_text::kSendFooter);
    addValue(app, "ENDPOINT", "", "Where to connect to, for example tcp://127.0.0.1:9000",
        [this](const std::string& text) { m_send.target = address(text); })
        ->required();
    addPart(app, "--text", "S", "Send this text (UTF-8, with escapes)", &QueueItem::text);
    addPart(app, "--hex", "S", "Send the bytes of these hex digits", &QueueItem::hex);
    addPart(app, "--file", "PATH[@OFFSET[+COUNT]]", "Send a file or a range of it",
        &QueueItem::fileFromSpec);
    app.add_flag_callback(
           "--end-of-packet",
           [this] {
               if (m_send.parts.empty())
                   throw WrongLine("--end-of-packet belongs after the part that ends a packet, but "
                                   "no part stands before it");
               m_send.parts.back().endOfPacket = true;
           },
           "The part before it ends a packet (datagrams)")
        ->trigger_on_parse();
    app.add_flag("--each", m_send.each,
        "One operation per part: SendAsync for text and hex, SendPacketsAsync for a file");
    addValue(app, "--repeat", "N", "Send everything N times", [this](const std::string& text) {
        m_send.repeat = number("--repeat", text, 1, std::numeric_limits<std::uint64_t>::max());
    });
    addValue(app, "--interval", "MS",
        "Milliseconds from the start of one operation to the start of the next",
        [this](const std::string& text) { m_send.interval = milliseconds("--interval", text); });
    addValue(app, "--in-flight", "N", "Most operations pending at a time (default 1)",
        [this](const std::string& text) {
            m_send.inFlight = static_cast<unsigned>(number("--in-flight", text, 1, kMostInFlight));
        });
    addValue(app, "--flags", "LIST",
        "For SendPackets, comma-separated: disconnect, reuse, write-behind, system-thread, "
        "kernel-apc, default",
        [this](const std::string& text) { m_send.flags = flags(text); });
    addValue(app, "--send-size", "SIZE",
        "Most bytes for one call to the kernel, or of one datagram",
        [this](const std::string& text) {
            m_send.sendSize = static_cast<std::int64_t>(size("--send-size", text, 0));
        });
    addValue(app, "--receive-for", "MS",
        "Receive what comes back until MS milliseconds after the last send, or until the peer ends",
        [this](
            const std::string& text) { m_send.receiveFor = milliseconds("--receive-for", text); });
    addValue(app, "--output", "FILE", "Write what comes back to FILE (-: standard output)",
        [this](const std::string& text) { m_send.output = text; });
    addRecord(app, m_send.record);
    app.add_flag("--json", m_send.json, "One JSON object per line for each operation that ended");
}

void Parser::addListen()
{
    m_listenApp = m_app.add_subcommand("listen", help_text::kListen);
    CLI::App& app = *m_listenApp;
    app.footer(help_text::kListenFooter);
    addValue(app, "ENDPOINT", "",
        "Where to listen, for example tcp://127.0.0.1:9000 (port 0 picks one)",
        [this](const std::string& text) { m_listen.address = listenAddress(text); })
        ->required();
    addValue(app, "--output", "FILE", "Write what arrives to FILE (-: standard output)",
        [this](const std::string& text) { m_listen.output = text; });
    app.add_flag("--echo", m_listen.echo, "Send back what arrives");
    app.add_flag("--once", m_listen.once,
        "End after the first connection has ended (datagrams: after the first one)");
    addRecord(app, m_listen.record);
    app.add_flag("--json", m_listen.json, "One JSON object per line for each operation that ended");
}

void Parser::addPeer()
{
    m_peerApp = m_app.add_subcommand("peer", help_text::kPeer);
    CLI::App& app = *m_peerApp;
    app.footer(help_text::kPeerFooter);
    addValue(app, "KIND", "", "echo, sink, slow, blackhole, reset, close or source",
        [this](const std::string& text) {
            const auto kind = peers::peerKindFromString(text);
            if (!kind)
                throw WrongLine(
                    fmt::format("there is no peer '{}'; the kinds are echo, sink, slow, "
                                "blackhole, reset, close and source",
                        text));
            m_peer.options.kind = *kind;
        })
        ->required();
    addValue(app, "--listen", "ENDPOINT", "Where to listen, for example tcp://127.0.0.1:9000",
        [this](const std::string& text) { m_peer.options.listen = listenAddress(text); })
        ->required();
    m_rateOption = addValue(app, "--rate", "SIZE", "slow: bytes per second (default 64KiB)",
        [this](
            const std::string& text) { m_peer.options.bytesPerSecond = size("--rate", text, 1); });
    m_afterOption = addValue(app, "--after", "SIZE",
        "reset, close: after this many bytes (default 0)",
        [this](const std::string& text) { m_peer.options.afterBytes = size("--after", text, 0); });
    m_sizeOption = addValue(app, "--size", "SIZE", "source: bytes to send (default: without end)",
        [this](const std::string& text) { m_peer.options.sizeBytes = size("--size", text, 0); });
    addRecord(app, m_peer.record);
    app.add_flag("--json", m_peer.json, "One JSON object per line for each operation that ended");
}

CommandLine Parser::checkedSend() const
{
    if (m_send.parts.empty() && !m_send.receiveFor && !m_send.output)
        throw WrongLine(
            "nothing to send: give at least one of --text, --hex and --file (or receive "
            "only, with --receive-for or --output)");
    if (m_send.output && !m_send.receiveFor && !m_send.target.isStream())
        throw WrongLine("--output on udp:// needs --receive-for MS: datagrams have no end");
    checkRecord(m_send.record);
    if (m_send.json && m_send.output == "-")
        throw WrongLine("--json and --output - both write to standard output: name a file");
    return m_send;
}

CommandLine Parser::checkedListen() const
{
    checkRecord(m_listen.record);
    if (m_listen.json && m_listen.output == "-")
        throw WrongLine("--json and --output - both write to standard output: name a file");
    return m_listen;
}

CommandLine Parser::checkedPeer() const
{
    using peers::PeerKind;
    checkRecord(m_peer.record);
    const PeerKind kind = m_peer.options.kind;
    const auto refuse = [&](const char* option, const char* kinds) {
        throw WrongLine(fmt::format(
            "{} is for {}, not for the peer '{}'", option, kinds, peers::toString(kind)));
    };
    if (m_rateOption->count() > 0 && kind != PeerKind::Slow)
        refuse("--rate", "slow");
    if (m_afterOption->count() > 0 && kind != PeerKind::Reset && kind != PeerKind::Close)
        refuse("--after", "reset and close");
    if (m_sizeOption->count() > 0 && kind != PeerKind::Source)
        refuse("--size", "source");
    return m_peer;
}

std::string Parser::commandName() const
{
    std::string name = "swb";
    for (const CLI::App* app = &m_app; !app->get_subcommands().empty();) {
        app = app->get_subcommands().front();
        name += ' ' + app->get_name();
    }
    return name;
}

CommandLine Parser::parse(int argc, const char* const* argv)
{
    // CLI11 takes the next argument as the value of "--text="; here an empty value is an empty
    // value.
    std::vector<std::string> arguments;
    for (int i = argc - 1; i > 0; --i) {
        const std::string_view argument = argv[i];
        if (argument.size() > 3 && argument.starts_with("--") && argument.ends_with('=')
            && argument.find('=') == argument.size() - 1) {
            arguments.emplace_back();
            arguments.emplace_back(argument.substr(0, argument.size() - 1));
        } else
            arguments.emplace_back(argument);
    }
    const auto wrong = [this](std::string_view message) {
        fmt::print(stderr, "{}: {}\nTry '{} --help'.\n", commandName(), message, commandName());
        return ExitStatus::WrongCommandLine;
    };
    const auto isFirst = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
    if (argc > 1 && argv[1][0] != '-' && !isFirst(m_sendApp) && !isFirst(m_listenApp)
        && !isFirst(m_peerApp) && !isFirst(m_traceApp))
        return wrong(fmt::format(
            "there is no command '{}'; the commands are send, listen, peer and trace", argv[1]));
    const auto isTraceCommand
        = [&](const CLI::App* command) { return command->get_name() == argv[2]; };
    if (argc > 2 && isFirst(m_traceApp) && argv[2][0] != '-' && !isTraceCommand(m_convertApp)
        && !isTraceCommand(m_infoApp))
        return wrong(fmt::format(
            "there is no command 'trace {}'; the commands are convert and info", argv[2]));
    try {
        m_app.parse(std::move(arguments));
        if (m_sendApp->parsed())
            return checkedSend();
        if (m_listenApp->parsed())
            return checkedListen();
        if (m_traceApp->parsed())
            return checkedTrace();
        return checkedPeer();
    } catch (const WrongLine& exception) {
        return wrong(exception.what());
    } catch (const CLI::ParseError& exception) {
        if (exception.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success))
            return wrong(
                argc < 2 ? "a command is missing: send, listen, peer or trace" : exception.what());
        m_app.exit(exception); // help or version, to standard output
        return ExitStatus::Success;
    }
}

} // namespace

CommandLine parseCommandLine(int argc, const char* const* argv)
{
    return Parser().parse(argc, argv);
}

} // namespace swb::cli
