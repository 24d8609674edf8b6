// SPDX-License-Identifier: GPL-3.0-or-later
/// What the contenders that use asio share.
#pragma once

#include "raw_socket.h"

#include <asio.hpp>

namespace swb::bench {

/// A connected asio socket with the same options as everybody's.
inline asio::ip::tcp::socket asioConnect(
    asio::io_context& context, std::uint16_t port, const TcpOptions& options = {})
{
    asio::ip::tcp::socket socket(context, asio::ip::tcp::v4());
    applyTcpOptions(socket.native_handle(), options);
    socket.connect({asio::ip::address_v4::loopback(), port});
    return socket;
}

} // namespace swb::bench
