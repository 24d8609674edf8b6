// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checksum.h"
#include "engine_side.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>

namespace swb::bench {

constexpr std::size_t kPingPongMessage = 64;
using Message = std::array<std::byte, kPingPongMessage>;

/// Each connection has one of its own.
inline Message firstMessage(std::uint64_t connection)
{
    Message message{};
    const Bytes bytes = pattern(kPingPongMessage, connection);
    std::copy(bytes.begin(), bytes.end(), message.begin());
    return message;
}

/// A connection to an echo: 64 B there and back, `left` times, by an args object that is used for
/// both directions in turn. When the last of the links is through, `allDone` is raised.
struct PingPongLink {
    PingPongLink(
        Socket connected, std::size_t index, Signal& allDone, std::atomic<std::size_t>& openLinks)
        : socket(std::move(connected))
        , message(firstMessage(index))
        , done(allDone)
        , open(openLinks)
    {
        args.setBuffer(std::span<std::byte>(message));
        args.onCompleted([this](Socket&, SocketAsyncEventArgs&) {
            if (ended())
                run();
        });
    }
    /// Sends and receives in turn, until an operation is pending or all is done.
    void run()
    {
        while (!(receiving ? socket.receiveAsync(args) : socket.sendAsync(args))) {
            if (!ended())
                return;
        }
    }

    Socket socket;
    std::uint64_t left = 0;
    Message message;

private:
    bool ended()
    {
        const std::uint64_t bytes = args.bytesTransferred();
        if (bytes == 0 || args.socketError() != SocketError::Success)
            throw std::runtime_error("a round trip failed");
        if (!receiving) {
            receiving = true;
            return true;
        }
        received += bytes;
        if (received < kPingPongMessage) {
            args.setBuffer(received, kPingPongMessage - received);
            return true;
        }
        if (bytes != kPingPongMessage)
            args.setBuffer(0, kPingPongMessage);
        received = 0;
        receiving = false;
        if (--left > 0)
            return true;
        if (open.fetch_sub(1) == 1)
            done.raise();
        return false;
    }

    bool receiving = false;
    std::size_t received = 0;
    Signal& done;
    std::atomic<std::size_t>& open;
    SocketAsyncEventArgs args;
};

} // namespace swb::bench
