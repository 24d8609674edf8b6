// SPDX-License-Identifier: BSL-1.0
/// The result codes of socket operations: .NET's names with their WSA numbers (CONTRACT 1.19).
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace swb {

enum class SocketError : int {
    SocketError = -1, ///< An error without a name of its own; see nativeError().
    Success = 0,
    OperationAborted = 995,
    IOPending = 997,
    Interrupted = 10004,
    AccessDenied = 10013,
    Fault = 10014,
    InvalidArgument = 10022,
    TooManyOpenSockets = 10024,
    WouldBlock = 10035,
    InProgress = 10036,
    AlreadyInProgress = 10037,
    NotSocket = 10038,
    DestinationAddressRequired = 10039,
    MessageSize = 10040,
    ProtocolType = 10041,
    ProtocolOption = 10042,
    ProtocolNotSupported = 10043,
    SocketNotSupported = 10044,
    OperationNotSupported = 10045,
    ProtocolFamilyNotSupported = 10046,
    AddressFamilyNotSupported = 10047,
    AddressAlreadyInUse = 10048,
    AddressNotAvailable = 10049,
    NetworkDown = 10050,
    NetworkUnreachable = 10051,
    NetworkReset = 10052,
    ConnectionAborted = 10053,
    ConnectionReset = 10054,
    NoBufferSpaceAvailable = 10055,
    IsConnected = 10056,
    NotConnected = 10057,
    Shutdown = 10058,
    TimedOut = 10060,
    ConnectionRefused = 10061,
    HostDown = 10064,
    HostUnreachable = 10065,
    ProcessLimit = 10067,
    SystemNotReady = 10091,
    VersionNotSupported = 10092,
    NotInitialized = 10093,
    Disconnecting = 10101,
    TypeNotFound = 10109,
    HostNotFound = 11001,
    TryAgain = 11002,
    NoRecovery = 11003,
    NoData = 11004,
};

/// The enumerator's name: "ConnectionRefused". An unknown value gives its number. Thread-safe.
std::string toString(SocketError);

/// A short sentence in plain words: "The connection was refused by the remote host." Thread-safe.
std::string describe(SocketError);

/// Translates an errno value by the table of CONTRACT 1.19; an unmapped one gives
/// SocketError::SocketError.
SocketError socketErrorFromErrno(int nativeError) noexcept;

/// Translates a result of getaddrinfo (EAI_...) (CONN-11).
SocketError socketErrorFromResolver(int resolverError) noexcept;

/// The symbol of an errno value, "ECONNREFUSED"; its number when it has none. Thread-safe.
std::string nativeErrorName(int nativeError);

/// The category of error codes made from SocketError; named "swb.socket".
const std::error_category& socketErrorCategory() noexcept;
std::error_code make_error_code(SocketError) noexcept;

} // namespace swb

template <> struct std::is_error_code_enum<swb::SocketError> : std::true_type {
};
