// SPDX-License-Identifier: BSL-1.0
#include "engine/net/socket_error.h"

#include <netdb.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace swb {

namespace {

struct ErrorText {
    SocketError error;
    const char* name;
    const char* sentence;
};

constexpr std::array kErrors{
    ErrorText{SocketError::SocketError, "SocketError",
        "A socket error without a name of its own occurred."},
    ErrorText{SocketError::Success, "Success", "The operation succeeded."},
    ErrorText{SocketError::OperationAborted, "OperationAborted",
        "The operation was aborted: cancelled, or its socket closed."},
    ErrorText{SocketError::IOPending, "IOPending", "The operation is pending."},
    ErrorText{SocketError::Interrupted, "Interrupted", "The call was interrupted."},
    ErrorText{SocketError::AccessDenied, "AccessDenied", "The access is not allowed."},
    ErrorText{SocketError::Fault, "Fault", "A bad memory address was given."},
    ErrorText{SocketError::InvalidArgument, "InvalidArgument", "An argument is not valid."},
    ErrorText{SocketError::TooManyOpenSockets, "TooManyOpenSockets",
        "Too many sockets or files are open."},
    ErrorText{SocketError::WouldBlock, "WouldBlock", "The operation would block."},
    ErrorText{SocketError::InProgress, "InProgress", "An operation is in progress already."},
    ErrorText{SocketError::AlreadyInProgress, "AlreadyInProgress",
        "The operation is in progress already."},
    ErrorText{SocketError::NotSocket, "NotSocket", "The descriptor is no socket."},
    ErrorText{SocketError::DestinationAddressRequired, "DestinationAddressRequired",
        "A destination address is needed."},
    ErrorText{SocketError::MessageSize, "MessageSize", "The datagram is too large."},
    ErrorText{
        SocketError::ProtocolType, "ProtocolType", "The protocol does not suit the socket type."},
    ErrorText{SocketError::ProtocolOption, "ProtocolOption",
        "The option does not exist for this protocol."},
    ErrorText{SocketError::ProtocolNotSupported, "ProtocolNotSupported",
        "The protocol is not supported."},
    ErrorText{
        SocketError::SocketNotSupported, "SocketNotSupported", "The socket type is not supported."},
    ErrorText{SocketError::OperationNotSupported, "OperationNotSupported",
        "The operation is not supported on this socket."},
    ErrorText{SocketError::ProtocolFamilyNotSupported, "ProtocolFamilyNotSupported",
        "The protocol family is not supported."},
    ErrorText{SocketError::AddressFamilyNotSupported, "AddressFamilyNotSupported",
        "The address family is not supported."},
    ErrorText{
        SocketError::AddressAlreadyInUse, "AddressAlreadyInUse", "The address is in use already."},
    ErrorText{SocketError::AddressNotAvailable, "AddressNotAvailable",
        "The address is not available on this computer."},
    ErrorText{SocketError::NetworkDown, "NetworkDown", "The network is down."},
    ErrorText{
        SocketError::NetworkUnreachable, "NetworkUnreachable", "There is no route to the network."},
    ErrorText{SocketError::NetworkReset, "NetworkReset", "The network dropped the connection."},
    ErrorText{SocketError::ConnectionAborted, "ConnectionAborted",
        "The connection was aborted on this computer."},
    ErrorText{
        SocketError::ConnectionReset, "ConnectionReset", "The connection was reset by the peer."},
    ErrorText{SocketError::NoBufferSpaceAvailable, "NoBufferSpaceAvailable",
        "The system has no buffer space left."},
    ErrorText{SocketError::IsConnected, "IsConnected", "The socket is connected already."},
    ErrorText{SocketError::NotConnected, "NotConnected", "The socket is not connected."},
    ErrorText{SocketError::Shutdown, "Shutdown", "The connection can no longer be sent on."},
    ErrorText{SocketError::TimedOut, "TimedOut", "The peer did not answer in time."},
    ErrorText{
        SocketError::ConnectionRefused, "ConnectionRefused", "The peer refused the connection."},
    ErrorText{SocketError::HostDown, "HostDown", "The host is down."},
    ErrorText{SocketError::HostUnreachable, "HostUnreachable", "There is no route to the host."},
    ErrorText{SocketError::ProcessLimit, "ProcessLimit", "Too many processes use sockets."},
    ErrorText{SocketError::SystemNotReady, "SystemNotReady", "The network system is not ready."},
    ErrorText{SocketError::VersionNotSupported, "VersionNotSupported",
        "The socket version is not supported."},
    ErrorText{
        SocketError::NotInitialized, "NotInitialized", "The socket system is not initialised."},
    ErrorText{SocketError::Disconnecting, "Disconnecting", "The connection is being ended."},
    ErrorText{SocketError::TypeNotFound, "TypeNotFound", "The service or type was not found."},
    ErrorText{SocketError::HostNotFound, "HostNotFound", "The host name is not known."},
    ErrorText{SocketError::TryAgain, "TryAgain", "The name could not be resolved for now."},
    ErrorText{SocketError::NoRecovery, "NoRecovery", "The name server failed for good."},
    ErrorText{SocketError::NoData, "NoData", "The name has no address of a usable kind."},
};

const ErrorText* find(SocketError error) noexcept
{
    for (const auto& entry : kErrors) {
        if (entry.error == error)
            return &entry;
    }
    return nullptr;
}

class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "swb.socket"; }
    std::string message(int value) const override
    {
        const auto error = static_cast<SocketError>(value);
        return toString(error) + " (" + std::to_string(value) + "): " + describe(error);
    }
    /// So that the usual comparisons work: `code == std::errc::operation_canceled`.
    std::error_condition default_error_condition(int value) const noexcept override
    {
        switch (static_cast<SocketError>(value)) {
        case SocketError::OperationAborted:
            return std::errc::operation_canceled;
        case SocketError::ConnectionRefused:
            return std::errc::connection_refused;
        case SocketError::ConnectionReset:
            return std::errc::connection_reset;
        case SocketError::ConnectionAborted:
            return std::errc::connection_aborted;
        case SocketError::TimedOut:
            return std::errc::timed_out;
        case SocketError::NotConnected:
            return std::errc::not_connected;
        case SocketError::IsConnected:
            return std::errc::already_connected;
        case SocketError::Shutdown:
            return std::errc::broken_pipe;
        case SocketError::AddressAlreadyInUse:
            return std::errc::address_in_use;
        case SocketError::AccessDenied:
            return std::errc::permission_denied;
        case SocketError::InvalidArgument:
            return std::errc::invalid_argument;
        case SocketError::MessageSize:
            return std::errc::message_size;
        case SocketError::HostUnreachable:
            return std::errc::host_unreachable;
        case SocketError::NetworkUnreachable:
            return std::errc::network_unreachable;
        default:
            return {value, *this};
        }
    }
};

} // namespace

std::string toString(SocketError error)
{
    const auto* const entry = find(error);
    return entry ? entry->name : std::to_string(static_cast<int>(error));
}

std::string describe(SocketError error)
{
    const auto* const entry = find(error);
    return entry ? entry->sentence : "An unknown error occurred.";
}

SocketError socketErrorFromErrno(int nativeError) noexcept
{
    switch (nativeError) {
    case 0:
        return SocketError::Success;
    case ECANCELED:
    case EBADF:
        return SocketError::OperationAborted;
    case EINTR:
        return SocketError::Interrupted;
    case EACCES:
    case EPERM:
        return SocketError::AccessDenied;
    case EFAULT:
        return SocketError::Fault;
    case EINVAL:
        return SocketError::InvalidArgument;
    case EMFILE:
    case ENFILE:
        return SocketError::TooManyOpenSockets;
    case EAGAIN:
        return SocketError::WouldBlock;
    case EINPROGRESS:
        return SocketError::InProgress;
    case EALREADY:
        return SocketError::AlreadyInProgress;
    case ENOTSOCK:
        return SocketError::NotSocket;
    case EDESTADDRREQ:
        return SocketError::DestinationAddressRequired;
    case EMSGSIZE:
        return SocketError::MessageSize;
    case EPROTOTYPE:
        return SocketError::ProtocolType;
    case ENOPROTOOPT:
        return SocketError::ProtocolOption;
    case EPROTONOSUPPORT:
        return SocketError::ProtocolNotSupported;
    case ESOCKTNOSUPPORT:
        return SocketError::SocketNotSupported;
    case EOPNOTSUPP:
        return SocketError::OperationNotSupported;
    case EPFNOSUPPORT:
        return SocketError::ProtocolFamilyNotSupported;
    case EAFNOSUPPORT:
        return SocketError::AddressFamilyNotSupported;
    case EADDRINUSE:
        return SocketError::AddressAlreadyInUse;
    case EADDRNOTAVAIL:
    case ENOENT:
        return SocketError::AddressNotAvailable;
    case ENETDOWN:
        return SocketError::NetworkDown;
    case ENETUNREACH:
        return SocketError::NetworkUnreachable;
    case ENETRESET:
        return SocketError::NetworkReset;
    case ECONNABORTED:
        return SocketError::ConnectionAborted;
    case ECONNRESET:
        return SocketError::ConnectionReset;
    case ENOBUFS:
        return SocketError::NoBufferSpaceAvailable;
    case EISCONN:
        return SocketError::IsConnected;
    case ENOTCONN:
        return SocketError::NotConnected;
    case EPIPE:
        return SocketError::Shutdown;
    case ETIMEDOUT:
        return SocketError::TimedOut;
    case ECONNREFUSED:
        return SocketError::ConnectionRefused;
    case EHOSTDOWN:
        return SocketError::HostDown;
    case EHOSTUNREACH:
        return SocketError::HostUnreachable;
    case ESHUTDOWN:
        return SocketError::Disconnecting;
    case ENXIO:
        return SocketError::HostNotFound;
    case ENODATA:
        return SocketError::NoData;
    default:
        return SocketError::SocketError;
    }
}

SocketError socketErrorFromResolver(int resolverError) noexcept
{
    switch (resolverError) { // CONN-11
    case 0:
        return SocketError::Success;
    case EAI_NONAME:
        return SocketError::HostNotFound;
    case EAI_AGAIN:
        return SocketError::TryAgain;
    case EAI_FAIL:
        return SocketError::NoRecovery;
    case EAI_FAMILY:
        return SocketError::AddressFamilyNotSupported;
    case EAI_BADFLAGS:
        return SocketError::InvalidArgument;
    case EAI_NODATA:
        return SocketError::NoData;
    case EAI_SERVICE:
        return SocketError::TypeNotFound;
    case EAI_SOCKTYPE:
        return SocketError::SocketNotSupported;
    case EAI_SYSTEM:
        return socketErrorFromErrno(errno);
    default:
        return SocketError::HostNotFound;
    }
}

std::string nativeErrorName(int nativeError)
{
    const char* const name = ::strerrorname_np(nativeError);
    return name ? name : std::to_string(nativeError);
}

const std::error_category& socketErrorCategory() noexcept
{
    static const Category category;
    return category;
}

std::error_code make_error_code(SocketError error) noexcept
{
    return {static_cast<int>(error), socketErrorCategory()};
}

} // namespace swb
