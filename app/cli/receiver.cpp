// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/receiver.h"

#include "app/cli/main_loop.h"
#include "engine/trace/payload_log.h"

#include <utility>

namespace swb::cli {

namespace {

/// Also more than the largest datagram.
constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;

} // namespace

Operation::Operation(MainLoop& loop)
{
    m_args.onCompleted([this, &loop](Socket&, SocketAsyncEventArgs&) {
        m_completed.store(true, std::memory_order_release);
        loop.wake();
    });
}

bool Operation::pending() noexcept
{
    if (m_pending && m_completed.exchange(false, std::memory_order_acquire))
        m_pending = false;
    return m_pending;
}

// The buffer is not cleared: pages that nothing is received into are never made.
Receiver::Receiver(MainLoop& loop, Socket socket, trace::PayloadLog* payload)
    : m_socket(std::move(socket))
    , m_stream(m_socket.socketType() == SocketType::Stream)
    , m_fromAnybody(!m_stream && !m_socket.connected())
    , m_buffer(std::make_unique_for_overwrite<std::byte[]>(kBufferBytes))
    , m_payload(payload)
    , m_operation(loop)
{
    m_operation.args().setBuffer(std::span(m_buffer.get(), kBufferBytes));
    if (m_fromAnybody)
        m_anybody = m_socket.localEndPoint();
}

Receiver::Turn Receiver::turn()
{
    m_data = {};
    if (m_operation.pending())
        return Turn::Pending;
    if (!std::exchange(m_started, false)) {
        m_operation.started(receive());
        if (m_operation.pending()) {
            m_started = true;
            return Turn::Pending;
        }
    }
    const SocketAsyncEventArgs& e = m_operation.args();
    if (e.socketError() != SocketError::Success)
        return Turn::Failed;
    if (e.bytesTransferred() == 0 && m_stream)
        return Turn::Ended;
    m_data = std::span(m_buffer.get(), static_cast<std::size_t>(e.bytesTransferred()));
    if (m_payload != nullptr)
        m_payload->keep(e.operationId(), m_data);
    return Turn::Data;
}

bool Receiver::receive()
{
    if (!m_fromAnybody)
        return m_socket.receiveAsync(m_operation.args());
    m_operation.args().setRemoteEndPoint(m_anybody); // the last sender is in there
    return m_socket.receiveFromAsync(m_operation.args());
}

void Receiver::cancel()
{
    if (m_operation.pending())
        m_socket.cancel(m_operation.args());
}

} // namespace swb::cli
