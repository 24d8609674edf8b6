// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/send_operations.h"

#include "engine/net/exceptions.h"
#include "engine/net/socket_async_event_args.h"
#include "engine/workbench/payload_capture.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

namespace swb::workbench {

namespace {

/// Args kept for the next send; more than that were needed only in a burst.
constexpr std::size_t kMostFree = 64;
/// Tells numbers of our own from OperationRecord::id.
constexpr std::uint64_t kOwnNumbers = std::uint64_t{1} << 63;

/// The span of an empty vector has no address and would read as "no buffer".
std::span<const std::byte> sendable(const Bytes& bytes)
{
    static constexpr std::byte kNothing{};
    return bytes.empty() ? std::span<const std::byte>(&kNothing, 0)
                         : std::span<const std::byte>(bytes);
}

std::string_view operationName(SocketAsyncOperation operation)
{
    return operation == SocketAsyncOperation::Send ? "Send" : "SendPackets";
}

} // namespace

/// One args object with what its operation borrows. Used by one operation at a time.
struct SendOperations::Slot {
    SocketAsyncEventArgs args;
    Socket socket;
    SendRequest request;
    std::shared_ptr<SendOperations> keepAlive; ///< Set while the operation runs.
    // Guarded by Impl::mutex:
    std::uint64_t id = 0;
    bool returned = false; ///< The starting call came back with "pending" ...
    bool completed = false; ///< ... and the event came; whichever is second ends the operation.
    bool asked
        = false; ///< Somebody may be inside Socket::cancel with these args: not to be reused.
};

class SendOperations::Impl {
public:
    Impl(Ended endedHandler, Settled settledHandler)
        : ended(std::move(endedHandler))
        , settled(std::move(settledHandler))
    {
    }

    std::shared_ptr<Slot> take();
    void begin(Slot& slot, Socket socket, SendRequest&& request);
    bool call(Slot& slot) const;
    SendTicket abandon(const std::shared_ptr<Slot>& slot, Problem problem);
    SendTicket endSynchronously(const std::shared_ptr<Slot>& slot, const std::string& subject);
    void eventRaised(const std::shared_ptr<Slot>& slot);
    void endPending(const std::shared_ptr<Slot>& slot);
    void giveBack(const std::shared_ptr<Slot>& slot, bool reusable);

    const Ended ended;
    const Settled settled;
    trace::PayloadLog* payload = nullptr; ///< Set before the first start.
    mutable std::mutex mutex; // guards everything below and the marked part of each slot
    std::vector<std::shared_ptr<Slot>> freeSlots;
    std::map<std::uint64_t, std::shared_ptr<Slot>> running; ///< By operation id.
    std::size_t pendingCount = 0;
    std::uint64_t nextOwnNumber = 1;
};

std::shared_ptr<SendOperations::Slot> SendOperations::Impl::take()
{
    {
        const std::scoped_lock lock(mutex);
        if (!freeSlots.empty()) {
            auto slot = std::move(freeSlots.back());
            freeSlots.pop_back();
            return slot;
        }
    }
    auto slot = std::make_shared<Slot>();
    // Weak: the handler belongs to the args, which belong to the slot.
    slot->args.onCompleted([weak = std::weak_ptr<Slot>(slot)](Socket&, SocketAsyncEventArgs&) {
        if (const auto self = weak.lock()) {
            // The operation keeps its SendOperations alive until here, whatever the owner did
            // meanwhile.
            const auto owner = self->keepAlive;
            owner->m_impl->eventRaised(self);
        }
    });
    return slot;
}

/// Throws what setting the args throws.
void SendOperations::Impl::begin(Slot& slot, Socket socket, SendRequest&& request)
{
    slot.socket = std::move(socket);
    slot.request = std::move(request);
    if (slot.request.operation == SocketAsyncOperation::Send) {
        if (slot.request.items.size() != 1 || slot.request.items.front().isFile())
            throw ArgumentException(
                "SendAsync takes exactly one buffer; use SendPackets for files and lists", "items");
        slot.args.setBuffer(
            sendable(*std::get<BufferPayload>(slot.request.items.front().payload).bytes));
        return;
    }
    std::vector<SendPacketsElement> elements;
    elements.reserve(slot.request.items.size());
    for (const QueueItem& item : slot.request.items)
        elements.push_back(item.toElement());
    slot.args.setSendPacketsElements(std::move(elements));
    slot.args.setSendPacketsFlags(slot.request.flags);
    slot.args.setSendPacketsSendSize(slot.request.sendSize);
}

bool SendOperations::Impl::call(Slot& slot) const
{
    return slot.request.operation == SocketAsyncOperation::Send
        ? slot.socket.sendAsync(slot.args)
        : slot.socket.sendPacketsAsync(slot.args);
}

SendTicket SendOperations::Impl::abandon(const std::shared_ptr<Slot>& slot, Problem problem)
{
    SendTicket ticket;
    ticket.problem = std::move(problem);
    giveBack(slot, true);
    return ticket;
}

SendTicket SendOperations::Impl::endSynchronously(
    const std::shared_ptr<Slot>& slot, const std::string& subject)
{
    SendTicket ticket;
    ticket.operationId = slot->args.operationId();
    ticket.error = slot->args.socketError();
    ticket.bytesDone = slot->args.bytesTransferred();
    if (ticket.error != SocketError::Success) {
        ticket.problem = problemFromResult(operationName(slot->request.operation), subject,
            ticket.error, slot->args.nativeError());
    }
    if (ticket.operationId == 0) {
        const std::scoped_lock lock(mutex);
        ticket.operationId = kOwnNumbers | nextOwnNumber++;
    }
    giveBack(slot, true);
    return ticket;
}

void SendOperations::Impl::eventRaised(const std::shared_ptr<Slot>& slot)
{
    {
        const std::scoped_lock lock(mutex);
        slot->completed = true;
        if (!slot->returned)
            return; // start() has not read the id yet and ends it
    }
    endPending(slot);
}

void SendOperations::Impl::endPending(const std::shared_ptr<Slot>& slot)
{
    const auto self = std::exchange(slot->keepAlive, nullptr);
    SendOutcome outcome;
    outcome.operation = slot->request.operation;
    outcome.error = slot->args.socketError();
    outcome.nativeError = slot->args.nativeError();
    outcome.bytes = slot->args.bytesTransferred();
    bool reusable = false;
    {
        const std::scoped_lock lock(mutex);
        outcome.operationId = slot->id;
        running.erase(slot->id);
        reusable = !slot->asked;
    }
    giveBack(slot, reusable);
    ended(outcome);
    {
        const std::scoped_lock lock(mutex);
        --pendingCount;
    }
    if (settled)
        settled();
}

/// Lets go of everything borrowed, and keeps the args for the next send.
void SendOperations::Impl::giveBack(const std::shared_ptr<Slot>& slot, bool reusable)
{
    slot->args.clearBuffer();
    slot->args.clearSendPacketsElements();
    slot->request = {};
    slot->socket = {};
    slot->keepAlive.reset();
    const std::scoped_lock lock(mutex);
    slot->id = 0;
    slot->returned = false;
    slot->completed = false;
    if (reusable && freeSlots.size() < kMostFree)
        freeSlots.push_back(slot);
}

SendRequest SendRequest::single(const QueueItem& item)
{
    SendRequest request;
    request.operation
        = item.isFile() ? SocketAsyncOperation::SendPackets : SocketAsyncOperation::Send;
    request.items = {item};
    return request;
}

std::shared_ptr<SendOperations> SendOperations::create(Ended ended, Settled settled)
{
    return std::shared_ptr<SendOperations>(
        new SendOperations(std::move(ended), std::move(settled)));
}

SendOperations::SendOperations(Ended ended, Settled settled)
    : m_impl(std::make_unique<Impl>(std::move(ended), std::move(settled)))
{
}

SendOperations::~SendOperations() = default;

void SendOperations::keepPayloadIn(trace::PayloadLog* log)
{
    m_impl->payload = log;
}

SendTicket SendOperations::start(Socket socket, SendRequest request, const std::string& subject)
{
    const auto operation = operationName(request.operation);
    std::shared_ptr<Slot> slot = m_impl->take();
    bool pending = false;
    try {
        m_impl->begin(*slot, std::move(socket), std::move(request));
        slot->keepAlive = shared_from_this();
        {
            // Before the call: the event may end the operation before the call is back.
            const std::scoped_lock lock(m_impl->mutex);
            ++m_impl->pendingCount;
        }
        pending = m_impl->call(*slot);
        // The slot is ours until `returned` is set, whatever its event does.
        if (m_impl->payload != nullptr)
            keepPayload(*m_impl->payload, slot->args.operationId(), slot->request.items);
    } catch (const std::exception& e) {
        if (slot->keepAlive) {
            const std::scoped_lock lock(m_impl->mutex);
            --m_impl->pendingCount;
        }
        return m_impl->abandon(slot, problemFromException(operation, subject, e));
    }
    if (!pending) {
        {
            const std::scoped_lock lock(m_impl->mutex);
            --m_impl->pendingCount;
        }
        return m_impl->endSynchronously(slot, subject);
    }
    SendTicket ticket;
    ticket.pending = true;
    bool completed = false;
    {
        const std::scoped_lock lock(m_impl->mutex);
        slot->id = slot->args.operationId();
        if (slot->id == 0)
            slot->id = kOwnNumbers | m_impl->nextOwnNumber++;
        ticket.operationId = slot->id;
        m_impl->running.emplace(slot->id, slot);
        slot->returned = true;
        completed = slot->completed;
    }
    if (completed)
        m_impl->endPending(slot);
    return ticket;
}

bool SendOperations::cancel(std::uint64_t operationId)
{
    std::shared_ptr<Slot> slot;
    Socket socket;
    {
        const std::scoped_lock lock(m_impl->mutex);
        const auto found = m_impl->running.find(operationId);
        if (found == m_impl->running.end())
            return false;
        slot = found->second;
        // Still in the list, so the operation has not let go of its socket.
        socket = slot->socket;
        slot->asked = true;
    }
    try {
        socket.cancel(slot->args);
    } catch (const ObjectDisposedException&) {
        // Closed meanwhile: the operation is ending with OperationAborted by itself.
    }
    return true;
}

std::size_t SendOperations::cancelAll()
{
    std::vector<std::uint64_t> ids;
    {
        const std::scoped_lock lock(m_impl->mutex);
        ids.reserve(m_impl->running.size());
        // The newest first: an older one that ends would let the next start sending.
        std::transform(m_impl->running.rbegin(), m_impl->running.rend(), std::back_inserter(ids),
            [](const auto& entry) { return entry.first; });
    }
    std::size_t asked = 0;
    for (const std::uint64_t id : ids)
        asked += cancel(id) ? 1U : 0U;
    return asked;
}

std::size_t SendOperations::pending() const
{
    const std::scoped_lock lock(m_impl->mutex);
    return m_impl->pendingCount;
}

} // namespace swb::workbench
