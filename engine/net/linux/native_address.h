// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/end_point.h"

#include <sys/socket.h>

namespace swb::detail {

/// A socket address as the kernel takes it.
struct NativeAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* data() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

int nativeFamily(AddressFamily) noexcept;
AddressFamily familyFromNative(int family) noexcept;

/// For a socket of `family`; an IPv4 end point on an IPv6 socket becomes ::ffff:a.b.c.d (CONN-14).
/// Precondition: an IP or Unix end point whose family suits.
NativeAddress toNative(const EndPoint&, AddressFamily family);
/// Null when the kernel gave no address.
EndPoint fromNative(const NativeAddress&);

/// "Any address, port 0" of IPv4 or IPv6.
EndPoint anyAddress(AddressFamily family);

} // namespace swb::detail
