// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket.h"

#include <memory>
#include <utility>

namespace swb::detail {

class SocketCore;

/// What copies of a Socket share: the last one gone closes the socket.
class SocketHandle {
public:
    explicit SocketHandle(std::shared_ptr<SocketCore> core)
        : m_core(std::move(core))
    {
    }
    ~SocketHandle();
    SocketHandle(const SocketHandle&) = delete;
    SocketHandle& operator=(const SocketHandle&) = delete;

    SocketCore& core() const noexcept { return *m_core; }
    static Socket socket(std::shared_ptr<SocketHandle> handle) { return Socket(std::move(handle)); }

private:
    std::shared_ptr<SocketCore> m_core;
};

} // namespace swb::detail
