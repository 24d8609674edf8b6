// SPDX-License-Identifier: BSL-1.0
#include "engine/net/socket_types.h"

namespace swb {

std::string toString(SocketAsyncOperation operation)
{
    switch (operation) {
    case SocketAsyncOperation::None:
        return "None";
    case SocketAsyncOperation::Accept:
        return "Accept";
    case SocketAsyncOperation::Connect:
        return "Connect";
    case SocketAsyncOperation::Disconnect:
        return "Disconnect";
    case SocketAsyncOperation::Receive:
        return "Receive";
    case SocketAsyncOperation::ReceiveFrom:
        return "ReceiveFrom";
    case SocketAsyncOperation::ReceiveMessageFrom:
        return "ReceiveMessageFrom";
    case SocketAsyncOperation::Send:
        return "Send";
    case SocketAsyncOperation::SendPackets:
        return "SendPackets";
    case SocketAsyncOperation::SendTo:
        return "SendTo";
    }
    return std::to_string(static_cast<int>(operation));
}

std::string toString(AddressFamily family)
{
    switch (family) {
    case AddressFamily::Unknown:
        return "Unknown";
    case AddressFamily::Unspecified:
        return "Unspecified";
    case AddressFamily::Unix:
        return "Unix";
    case AddressFamily::InterNetwork:
        return "InterNetwork";
    case AddressFamily::InterNetworkV6:
        return "InterNetworkV6";
    }
    return std::to_string(static_cast<int>(family));
}

std::string toString(SocketType type)
{
    switch (type) {
    case SocketType::Unknown:
        return "Unknown";
    case SocketType::Stream:
        return "Stream";
    case SocketType::Dgram:
        return "Dgram";
    case SocketType::Raw:
        return "Raw";
    case SocketType::Rdm:
        return "Rdm";
    case SocketType::Seqpacket:
        return "Seqpacket";
    }
    return std::to_string(static_cast<int>(type));
}

std::string toString(ProtocolType protocol)
{
    switch (protocol) {
    case ProtocolType::Unknown:
        return "Unknown";
    case ProtocolType::Unspecified:
        return "Unspecified";
    case ProtocolType::Icmp:
        return "Icmp";
    case ProtocolType::Tcp:
        return "Tcp";
    case ProtocolType::Udp:
        return "Udp";
    case ProtocolType::IcmpV6:
        return "IcmpV6";
    }
    return std::to_string(static_cast<int>(protocol));
}

} // namespace swb
