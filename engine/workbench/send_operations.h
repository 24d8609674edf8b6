// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket.h"
#include "engine/net/socket_error.h"
#include "engine/net/socket_types.h"
#include "engine/workbench/problem.h"
#include "engine/workbench/queue_item.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace swb::trace {
class PayloadLog;
}

namespace swb::workbench {

/// What became of a request to send, at the moment the call returned.
struct SendTicket {
    /// OperationRecord::id, the key to how it goes on; 0 when nothing was started. On an engine
    /// without an observer it is a number of the sender's own, with the highest bit set: good for
    /// cancel() all the same.
    std::uint64_t operationId = 0;
    bool pending = false; ///< What SendAsync or SendPacketsAsync returned.
    std::optional<Problem> problem; ///< Why nothing was started, or how a synchronous call failed.
    std::uint64_t bytesDone = 0; ///< When not pending.
    SocketError error = SocketError::Success; ///< When not pending and something was started.
};

/// How a pending send ended.
struct SendOutcome {
    std::uint64_t operationId = 0; ///< SendTicket::operationId.
    SocketAsyncOperation operation = SocketAsyncOperation::None;
    SocketError error = SocketError::Success;
    std::error_code nativeError;
    std::uint64_t bytes = 0; ///< Exact, also when it failed.
};

/// One SendAsync or SendPacketsAsync to start. A value; it is kept until the operation has
/// completed, and with it the payloads.
struct SendRequest {
    /// More than one item, or a file, needs SendPackets.
    SocketAsyncOperation operation = SocketAsyncOperation::SendPackets;
    std::vector<QueueItem> items;
    TransmitFileOptions flags = TransmitFileOptions::UseDefaultWorkerThread; ///< SendPackets only.
    std::int64_t sendSize = 0; ///< SendPackets only; 0: the default.

    /// SendAsync for a buffer, SendPacketsAsync for a file; disabled items are sent too.
    static SendRequest single(const QueueItem& item);
};

/// Starts sends and looks after what they need: reused args, payloads kept until the end,
/// exceptions turned into problems, cancelling by number. Everything in the workbench that sends
/// does it here.
///
/// **Threads** all members from any thread; no lock is held while the socket or `ended` is called.
/// **Lifetime** owned by shared_ptr; pending sends keep it alive.
class SendOperations : public std::enable_shared_from_this<SendOperations> {
public:
    /// Called once for each send that start() reported as pending, on a worker or, when the event
    /// was quicker than the call's return, inside start().
    using Ended = std::function<void(const SendOutcome&)>;
    /// Called after each `ended`, when pending() no longer counts that send: whoever sees nothing
    /// pending has seen every outcome.
    using Settled = std::function<void()>;
    static std::shared_ptr<SendOperations> create(Ended ended, Settled settled = {});
    ~SendOperations();
    SendOperations(const SendOperations&) = delete;
    SendOperations& operator=(const SendOperations&) = delete;

    /// Before the first start(): the first bytes of each send go there. Must outlive the last one.
    void keepPayloadIn(trace::PayloadLog* log);

    /// `subject` names the other end in problems: "tcp://127.0.0.1:9". Never throws because of the
    /// socket or the items.
    SendTicket start(Socket socket, SendRequest request, const std::string& subject);

    /// Asks a pending send to end with OperationAborted; false when there is none of that number.
    bool cancel(std::uint64_t operationId);
    /// Returns how many were asked to end.
    std::size_t cancelAll();
    /// Sends for which start() said pending and `ended` was not called yet.
    std::size_t pending() const;

private:
    class Impl;
    struct Slot;
    SendOperations(Ended ended, Settled settled);
    std::unique_ptr<Impl> m_impl;
};

} // namespace swb::workbench
