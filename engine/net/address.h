// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"
#include "engine/net/socket_types.h"

#include <string>
#include <string_view>

namespace swb {

/// How an end point is reached.
enum class Transport : std::uint8_t { Tcp, Udp, UnixStream };

/// A transport and an end point, as people write them: `tcp://127.0.0.1:9000`, `tcp://[::1]:9000`,
/// `udp://host:port`, `unix:///run/app.sock`. An ordinary value.
struct Address {
    Transport transport = Transport::Tcp;
    EndPoint endPoint;

    /// **Errors** ArgumentException("address") that says which part of `text` is wrong and what is
    /// expected.
    static Address parse(std::string_view text);

    /// The address to bind to: "localhost" becomes its loopback address, everything numeric stays.
    /// **Errors** ArgumentException("address") for any other name, which would have to be resolved
    /// first.
    Address forListening() const;

    SocketType socketType() const noexcept;
    ProtocolType protocolType() const noexcept;
    /// The family to make a socket with; for a DNS name the family of the name, Unspecified when
    /// either will do.
    AddressFamily addressFamily() const noexcept { return endPoint.addressFamily(); }
    bool isStream() const noexcept { return transport != Transport::Udp; }
    /// What parse() reads back: "tcp://[::1]:9000".
    std::string toString() const;
    bool operator==(const Address&) const = default;
};

} // namespace swb
