// SPDX-License-Identifier: GPL-3.0-or-later
/// The longer texts of `--help`, apart from the code that reads the line.
#pragma once

namespace swb::cli::help_text {

inline constexpr const char* kProgram = "Asynchronous sockets in the terminal: connects, sends, "
                                        "receives, and tells of every call whether it\n"
                                        "finished at once (returned false) or is pending (returned "
                                        "true, completed later on a worker thread).";

inline constexpr const char* kProgramFooter = R"(End points:
  tcp://127.0.0.1:9000   tcp://[::1]:9000   tcp://host:9000
  udp://127.0.0.1:9000   unix:///run/app.sock
  Port 0 when listening picks a free port.

Output:
  Standard output carries data and, with --json, one JSON object per line for each operation that ended, then
  a summary. Everything meant for people goes to standard error.

Exit status:
  0    all succeeded
  1    an operation failed; the message names operation, end point, error name and number
  2    the command line is wrong
  130  ended by Ctrl-C (or SIGTERM)

A first try, in two terminals:
  swb listen tcp://127.0.0.1:9000 --output -
  swb send tcp://127.0.0.1:9000 --text 'hello\n'

See a send that stays pending, because the peer never reads; Ctrl-C cancels it:
  swb peer blackhole --listen tcp://127.0.0.1:9001
  head -c 64M /dev/zero > zeros && swb send tcp://127.0.0.1:9001 --file zeros

Each command has its own help with more examples: swb send --help)";

inline constexpr const char* kSend
    = "Connects, sends the parts in the order given on the line, and ends the connection in "
      "order.\n"
      "All parts leave as one SendPacketsAsync; with --each every part is an operation of its own.";

inline constexpr const char* kSendFooter = R"(Parts (give as many as needed, in any order):
  --text 'GET / HTTP/1.0\r\n\r\n'   UTF-8 text; \n \r \t \0 \a \b \f \v \e \\ \" \' \xHH \uHHHH \UHHHHHHHH
  --hex '47 45 54 0d0a'             pairs of hex digits; blanks , : - and 0x may stand between them
  --file disk.img                   a whole file; it is never loaded into memory
  --file disk.img@4GiB              from an offset to the end
  --file disk.img@4096+1MiB         a range: offset + count
  Numbers take KiB, MiB and GiB.

What comes back is read and discarded, so that the peer never waits for us, unless --receive-for or --output
ask for it. After the last part our side of the connection is shut down and swb waits until the peer's system
has acknowledged everything. If it stops doing so for two seconds, swb says how much is left, and the system
goes on delivering it. With --output and no --receive-for, swb receives until the peer ends the connection.

Examples:
  swb send tcp://127.0.0.1:9000 --text 'hello\n'
  swb send tcp://[::1]:9000 --text 'head\n' --file 1GiB.bin --text 'tail\n' --json
  swb send unix:///tmp/app.sock --hex 'de ad be ef' --receive-for 500 --output -
  swb send tcp://host:9000 --each --text ping --repeat 10 --interval 100
  swb send udp://127.0.0.1:9000 --text one --end-of-packet --text two)";

inline constexpr const char* kListen
    = "Accepts connections (or takes datagrams) and receives until Ctrl-C.";

inline constexpr const char* kListenFooter
    = R"(As soon as it is ready it prints 'listening on ENDPOINT' on standard error, with the port that was picked.
Without --output what arrives is counted and discarded. Several connections may be open at once; with --output
their data is written in the order in which it arrives.

Examples:
  swb listen tcp://127.0.0.1:9000 --output -
  swb listen tcp://127.0.0.1:0 --once --output received.bin
  swb listen unix:///tmp/app.sock --echo
  swb listen udp://127.0.0.1:9000 --once --output - )";

inline constexpr const char* kPeer = "Runs a demo peer, something to connect to, until Ctrl-C.";

inline constexpr const char* kPeerFooter = R"(Kinds:
  echo       sends back what it receives
  sink       reads and discards as fast as it can
  slow       reads at a fixed rate (--rate) and discards: sends to it are pending for long
  blackhole  accepts and never reads: large sends to it stay pending until cancelled
  reset      reads --after bytes, then resets the connection
  close      reads --after bytes, then closes in order
  source     sends --size bytes (without --size: without end), then ends

Examples:
  swb peer echo --listen tcp://127.0.0.1:9000
  swb peer slow --listen tcp://127.0.0.1:9001 --rate 64KiB
  swb peer reset --listen tcp://127.0.0.1:9002 --after 1MiB
  swb peer blackhole --listen unix:///tmp/blackhole.sock)";

inline constexpr const char* kTrace
    = "Works on traces: what --record of the other commands, or the window, saved.";

inline constexpr const char* kTraceFooter = R"(Record something first:
  swb send tcp://127.0.0.1:9000 --file disk.img --record a.swbtrace --record-payload 4KiB

Each command has its own help with more examples: swb trace convert --help)";

inline constexpr const char* kTraceConvert = "Converts a trace for other programs.";

inline constexpr const char* kTraceConvertFooter = R"(Formats:
  csv       a table: one line for each operation, with a header line
  jsonl     one JSON object per line for each operation: the keys of --json, and more
  perfetto  for ui.perfetto.dev: a group of tracks for each socket, arrows from thread to thread
  pcapng    for Wireshark: the payload that was recorded, in packets whose headers are made up

A trace that is damaged, or whose program was killed, is converted as far as it can be read; what is missing is
said, and the exit status is 1. OUT is replaced when everything is written, not before.

Examples:
  swb trace convert a.swbtrace --to csv --output a.csv
  swb trace convert a.swbtrace --to jsonl --output - | jq 'select(.bytes > 1000)'
  swb trace convert a.swbtrace --to perfetto --output a.json
  swb trace convert a.swbtrace --to pcapng --output a.pcapng && wireshark a.pcapng)";

inline constexpr const char* kTraceInfo
    = "Says what is in a trace, and whether all of it can be read.";

inline constexpr const char* kTraceInfoFooter = R"(Exit status:
  0  the trace is whole
  1  it cannot be opened, or some of it is missing

Examples:
  swb trace info a.swbtrace
  swb trace info a.swbtrace --json)";

} // namespace swb::cli::help_text
