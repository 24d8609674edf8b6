// SPDX-License-Identifier: BSL-1.0
/// The enumerations of the socket model, with .NET's names and values.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

namespace swb {

/// How end points are addressed (CONTRACT PROP-20).
enum class AddressFamily : int {
    Unknown = -1,
    Unspecified = 0,
    Unix = 1,
    InterNetwork = 2,
    InterNetworkV6 = 23,
};

enum class SocketType : int {
    Unknown = -1,
    Stream = 1,
    Dgram = 2,
    Raw = 3,
    Rdm = 4,
    Seqpacket = 5
};

enum class ProtocolType : int {
    Unknown = -1,
    Unspecified = 0,
    Icmp = 1,
    Tcp = 6,
    Udp = 17,
    IcmpV6 = 58,
};

/// Which operation a SocketAsyncEventArgs last started (RET-11).
enum class SocketAsyncOperation : std::uint8_t {
    None = 0,
    Accept = 1,
    Connect = 2,
    Disconnect = 3,
    Receive = 4,
    ReceiveFrom = 5,
    ReceiveMessageFrom = 6,
    Send = 7,
    SendPackets = 8,
    SendTo = 9,
};

/// Flags of one send or receive. Overwritten by every completion (RET-13): set them again before
/// each call.
enum class SocketFlags : int {
    None = 0,
    OutOfBand = 0x1,
    Peek = 0x2,
    DontRoute = 0x4,
    Truncated = 0x100,
    ControlDataTruncated = 0x200,
    Broadcast = 0x400,
    Multicast = 0x800,
    Partial = 0x8000,
};

enum class SocketShutdown : int { Receive = 0, Send = 1, Both = 2 };

/// What Socket::poll() waits for (PROP-19).
enum class SelectMode : int { SelectRead = 0, SelectWrite = 1, SelectError = 2 };

/// What Socket::ioControl() can be asked (PROP-19). The values are .NET's, not the system's.
enum class IOControlCode : std::int64_t {
    NonBlockingIO = 0x8004667E,
    DataToRead = 0x4004667F, ///< Bytes that can be read, as an int.
    OobDataRead = 0x40047307, ///< As an int, 1 when the next byte is the urgent one.
};

/// What SendPacketsAsync does besides sending (FLAG-01 to FLAG-09).
enum class TransmitFileOptions : int {
    UseDefaultWorkerThread = 0,
    Disconnect = 1,
    ReuseSocket = 2,
    WriteBehind = 4,
    UseSystemThread = 16,
    UseKernelApc = 32,
};

/// What happens to unsent data at close: `enabled` with `seconds == 0` resets the connection.
struct LingerOption {
    bool enabled = false;
    int seconds = 0;
    bool operator==(const LingerOption&) const = default;
};

/// Where a datagram arrived: the local destination address and the interface's index. Empty and 0
/// when unknown.
struct IpPacketInformation {
    std::string address;
    unsigned interfaceIndex = 0;
    bool operator==(const IpPacketInformation&) const = default;
};

namespace detail {
template <typename T>
inline constexpr bool isFlagType
    = std::is_same_v<T, SocketFlags> || std::is_same_v<T, TransmitFileOptions>;
}

template <typename T>
requires detail::isFlagType<T>
constexpr T operator|(T a, T b) noexcept
{
    return static_cast<T>(static_cast<int>(a) | static_cast<int>(b));
}

template <typename T>
requires detail::isFlagType<T>
constexpr T operator&(T a, T b) noexcept
{
    return static_cast<T>(static_cast<int>(a) & static_cast<int>(b));
}

template <typename T>
requires detail::isFlagType<T>
constexpr T& operator|=(T& a, T b) noexcept
{
    return a = a | b;
}

/// True when any bit of `bits` is set in `value`.
template <typename T>
requires detail::isFlagType<T>
constexpr bool hasFlag(T value, T bits) noexcept
{
    return static_cast<int>(value & bits) != 0;
}

/// The enumerator's name, as in .NET: "SendPackets". An unknown value gives its number.
std::string toString(SocketAsyncOperation);
std::string toString(AddressFamily);
std::string toString(SocketType);
std::string toString(ProtocolType);

} // namespace swb
