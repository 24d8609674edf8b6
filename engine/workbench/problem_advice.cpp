// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/problem_advice.h"

#include <cerrno>

namespace swb::workbench {

namespace {

/// One row; the first that fits wins, so that special ones stand before general ones. An empty
/// operation or transport and a zero errno fit everything. "Send" as operation fits SendPackets and
/// SendTo too.
struct Row {
    SocketError error;
    std::string_view operation;
    std::string_view transport;
    int native;
    Advice advice;
};

constexpr Row kRows[] = {
    // Finding and reaching the other end
    {SocketError::ConnectionRefused, "Connect", "unix", 0,
        {"The socket file is there, but nobody is listening on it.",
            "Start the server, or remove the file if it was left behind by one that has ended."}},
    {SocketError::ConnectionRefused, "Connect", "", 0,
        {"Nobody is listening on that port.", "Start the server, or check the port number."}},
    {SocketError::ConnectionRefused, "", "udp", 0,
        {"An earlier datagram was answered with \"port unreachable\": nobody receives on that "
         "port.",
            "Start the receiver, or check the port number; later datagrams can still be sent."}},
    {SocketError::HostNotFound, "", "", 0,
        {"No host of that name is known.",
            "Check the spelling, or write the IP address; a search domain or VPN may be missing."}},
    {SocketError::TryAgain, "", "", 0,
        {"The name server did not answer.", "Check the network connection, then try again."}},
    {SocketError::NoRecovery, "", "", 0,
        {"The name server refused to answer.",
            "Check the name server's settings, or write the IP address."}},
    {SocketError::NoData, "", "", 0,
        {"The name exists but has no address of a usable kind.",
            "Write the IP address, or choose the other IP version."}},
    {SocketError::TimedOut, "Connect", "", 0,
        {"The host did not answer: it is off, or a firewall drops the packets.",
            "Check address and port, and whether the host answers to ping."}},
    {SocketError::TimedOut, "", "", 0,
        {"The other side has stopped acknowledging data.",
            "Check the network between the two, then connect again."}},
    {SocketError::NetworkUnreachable, "", "", 0,
        {"This computer has no route to that network.",
            "Check the network connection; for IPv6 addresses, that this computer has IPv6."}},
    {SocketError::HostUnreachable, "", "", 0,
        {"A router, or this computer, found no way to that host.",
            "Check that the address is right and that the host is on."}},
    {SocketError::HostDown, "", "", 0,
        {"The host is on this network but does not answer.", "Check that it is switched on."}},
    {SocketError::NetworkDown, "", "", 0,
        {"The network interface is down.", "Connect the network, then try again."}},
    {SocketError::AddressNotAvailable, "Connect", "unix", ENOENT,
        {"There is no socket file of that name.", "Start the server, or check the path."}},
    {SocketError::AddressNotAvailable, "Listen", "unix", ENOENT,
        {"The folder for the socket file does not exist.",
            "Make the folder, or choose another path."}},
    {SocketError::AddressNotAvailable, "Listen", "", 0,
        {"That address does not belong to this computer.",
            "Use 127.0.0.1 for this computer only, 0.0.0.0 for everybody, or one of its own "
            "addresses."}},
    {SocketError::AddressNotAvailable, "Connect", "", 0,
        {"From here nothing can be sent to that address, or no local port is free.",
            "Check address and port; with very many connections, wait until some have ended."}},
    {SocketError::AccessDenied, "Connect", "unix", 0,
        {"You may not use that socket file.",
            "Check its permissions and those of the folders above it."}},
    {SocketError::AccessDenied, "Connect", "", 0,
        {"The system forbids it: a broadcast address, or a local firewall rule.",
            "Check the address and the firewall rules of this computer."}},
    {SocketError::AddressFamilyNotSupported, "", "", 0,
        {"This computer cannot use addresses of that kind.",
            "Check whether IPv6 is switched off, or use an IPv4 address."}},

    // Listening
    {SocketError::AddressAlreadyInUse, "Listen", "unix", 0,
        {"A socket file of that name exists already.",
            "Choose another path, or remove the file if no running program uses it."}},
    {SocketError::AddressAlreadyInUse, "", "", 0,
        {"Another socket uses that address and port already.",
            "Choose another port (0 picks a free one), or end the program that has it."}},
    {SocketError::AccessDenied, "Listen", "unix", 0,
        {"You may not create a socket file there.", "Choose a folder that you may write to."}},
    {SocketError::AccessDenied, "Listen", "", 0,
        {"Ports below 1024 are kept for the administrator.",
            "Choose a port from 1024 upwards, or 0 to pick a free one."}},
    {SocketError::TooManyOpenSockets, "Accept", "", 0,
        {"This process has no descriptors left, so new connections wait.",
            "Close some connections, or raise the limit of open files (ulimit -n)."}},
    {SocketError::TooManyOpenSockets, "", "", 0,
        {"This process has no descriptors left.",
            "Close some connections, or raise the limit of open files (ulimit -n)."}},

    // On a connection
    {SocketError::NotConnected, "Send", "", 0,
        {"The socket is not connected.",
            "Connect first, then send again; the queue is unchanged."}},
    {SocketError::NotConnected, "", "", 0, {"The socket is not connected.", "Connect first."}},
    {SocketError::ConnectionReset, "", "", 0,
        {"The other side ended the connection abruptly; what it had not read yet is lost.",
            "Look at the other side's log for the reason, then connect again."}},
    {SocketError::ConnectionAborted, "", "", 0,
        {"The connection was given up by this computer's network stack.", "Connect again."}},
    {SocketError::NetworkReset, "", "", 0,
        {"The network dropped the connection.", "Connect again."}},
    {SocketError::Shutdown, "Send", "", 0,
        {"The connection can no longer send: this side ended sending, or the other side has "
         "closed.",
            "Connect again, then send."}},
    {SocketError::IsConnected, "", "", 0,
        {"The socket is connected already.", "Disconnect first, then connect again."}},
    {SocketError::OperationAborted, "", "", 0,
        {"It was cancelled, or the connection was closed on this side.",
            "The byte count says how much had left by then; the other side may have got a part."}},
    {SocketError::MessageSize, "", "", 0,
        {"The datagram is larger than the transport can carry (65,507 bytes over IPv4).",
            "Send less at once, or set a send size so that it is cut into several datagrams."}},
    {SocketError::InvalidArgument, "SendPackets", "", 0,
        {"A file range reaches past the end of its file, or the file became shorter while it was "
         "being sent.",
            "Check offset and count against the file's size; the byte count says how much had "
            "left."}},
    {SocketError::NoBufferSpaceAvailable, "", "", 0,
        {"The system has no memory left for network buffers.", "Wait a moment, then try again."}},
    {SocketError::OperationNotSupported, "", "", 0,
        {"This kind of socket cannot do that.",
            "Choose another transport, or leave out the option."}},
    {SocketError::DestinationAddressRequired, "", "", 0,
        {"The socket has no other end yet.", "Connect first."}},
    {SocketError::SocketError, "", "", EIO,
        {"Reading the file failed: the disk or share reported an error.",
            "Check the disk or share, then send again."}},
    {SocketError::SocketError, "", "", ENOMEM,
        {"The system is out of memory.", "Close programs or connections, then try again."}},
};

/// Said when no row fits: every problem has a next step.
constexpr std::string_view kGeneralNextStep = "Check address and settings, then try again.";

bool fits(const Row& row, std::string_view operation, std::string_view transport, SocketError error,
    int native)
{
    return row.error == error && (row.native == 0 || row.native == native)
        && operation.substr(0, row.operation.size()) == row.operation
        && (row.transport.empty() || row.transport == transport);
}

} // namespace

Advice adviceFor(std::string_view operation, std::string_view subject, SocketError error,
    int nativeError) noexcept
{
    const auto separator = subject.find("://");
    const auto transport
        = separator == std::string_view::npos ? std::string_view() : subject.substr(0, separator);
    for (const Row& row : kRows) {
        if (fits(row, operation, transport, error, nativeError))
            return row.advice;
    }
    return {{}, kGeneralNextStep};
}

} // namespace swb::workbench
