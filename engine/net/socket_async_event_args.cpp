// SPDX-License-Identifier: BSL-1.0
#include "engine/net/socket_async_event_args.h"

#include "engine/net/detail/args_state.h"
#include "engine/net/detail/connect_plan.h"
#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/exceptions.h"

namespace swb {

namespace {

void checkWindow(std::size_t length, std::size_t offset, std::size_t count)
{
    if (offset > length)
        throw ArgumentOutOfRangeException("offset");
    if (count > length - offset)
        throw ArgumentOutOfRangeException("count");
}

void setBufferIn(detail::ArgsState& state, std::span<const std::byte> span, std::size_t offset,
    std::size_t count, bool readOnly)
{
    if (span.data() && state.bufferListSet) {
        throw ArgumentException("A buffer list is set: a buffer and a buffer list exclude each "
                                "other. Clear the list first.");
    }
    if (span.data()) {
        checkWindow(span.size(), offset, count);
    } else { // No memory clears, whatever the window (BUF-06).
        span = {};
        offset = 0;
        count = 0;
    }
    state.data = span.data();
    state.length = span.size();
    state.offset = offset;
    state.count = count;
    state.bufferReadOnly = readOnly && span.data();
    state.ownedBuffer.clear();
}

} // namespace

void detail::CompletionHook::set(SocketAsyncEventArgs& e, std::shared_ptr<CompletionHook> hook)
{
    e.m_state->setHook(std::move(hook));
}

void detail::CompletionHook::remove(SocketAsyncEventArgs& e, const CompletionHook& hook) noexcept
{
    e.m_state->removeHook(hook);
}

SocketAsyncEventArgs::SocketAsyncEventArgs()
    : m_state(std::make_shared<detail::ArgsState>(this))
{
}

SocketAsyncEventArgs::SocketAsyncEventArgs(std::shared_ptr<detail::ArgsState> state)
    : m_state(std::move(state))
{
}

SocketAsyncEventArgs::~SocketAsyncEventArgs()
{
    // A stand-in given to a handler shares the state of args that are gone already.
    if (m_state->ownedBy(this)) {
        m_state->dispose();
        m_state->detachOwner();
    }
}

int SocketAsyncEventArgs::onCompleted(Handler handler)
{
    return m_state->handlers().add(std::move(handler));
}

void SocketAsyncEventArgs::removeCompleted(int id)
{
    m_state->handlers().remove(id);
}

void SocketAsyncEventArgs::setBuffer(std::span<std::byte> buffer)
{
    const detail::ConfigurationLock lock(*m_state);
    setBufferIn(*m_state, buffer, 0, buffer.size(), false);
}

void SocketAsyncEventArgs::setBuffer(
    std::span<std::byte> buffer, std::size_t offset, std::size_t count)
{
    const detail::ConfigurationLock lock(*m_state);
    setBufferIn(*m_state, buffer, offset, count, false);
}

void SocketAsyncEventArgs::setBuffer(std::size_t offset, std::size_t count)
{
    const detail::ConfigurationLock lock(*m_state);
    if (!m_state->hasBuffer())
        return;
    checkWindow(m_state->length, offset, count);
    m_state->offset = offset;
    m_state->count = count;
}

void SocketAsyncEventArgs::setBuffer(std::span<const std::byte> buffer)
{
    const detail::ConfigurationLock lock(*m_state);
    setBufferIn(*m_state, buffer, 0, buffer.size(), true);
}

void SocketAsyncEventArgs::setOwnedBuffer(std::vector<std::byte> buffer)
{
    const detail::ConfigurationLock lock(*m_state);
    setBufferIn(*m_state, buffer, 0, buffer.size(), false);
    m_state->ownedBuffer.edit() = std::move(buffer);
}

void SocketAsyncEventArgs::clearBuffer()
{
    const detail::ConfigurationLock lock(*m_state);
    setBufferIn(*m_state, {}, 0, 0, false);
}

std::span<std::byte> SocketAsyncEventArgs::buffer() const
{
    if (m_state->bufferReadOnly)
        return {};
    return {const_cast<std::byte*>(m_state->data), m_state->length};
}

std::span<const std::byte> SocketAsyncEventArgs::readOnlyBuffer() const
{
    return {m_state->data, m_state->length};
}

std::size_t SocketAsyncEventArgs::offset() const
{
    return m_state->offset;
}

std::size_t SocketAsyncEventArgs::count() const
{
    return m_state->count;
}

void SocketAsyncEventArgs::setBufferList(std::vector<std::span<std::byte>> list)
{
    const detail::ConfigurationLock lock(*m_state);
    if (m_state->hasBuffer()) {
        throw ArgumentException("A buffer is set: a buffer and a buffer list exclude each other. "
                                "Clear the buffer first.");
    }
    for (const auto& part : list) {
        if (!part.data() && !part.empty())
            throw ArgumentOutOfRangeException("bufferList", "A segment has a size but no memory.");
    }
    m_state->bufferList = std::move(list);
    m_state->bufferListSet = true;
}

void SocketAsyncEventArgs::clearBufferList()
{
    const detail::ConfigurationLock lock(*m_state);
    m_state->bufferList.clear();
    m_state->bufferListSet = false;
}

const std::vector<std::span<std::byte>>& SocketAsyncEventArgs::bufferList() const
{
    return m_state->bufferList;
}

std::uint64_t SocketAsyncEventArgs::bytesTransferred() const
{
    return m_state->bytesTransferred;
}

SocketError SocketAsyncEventArgs::socketError() const
{
    return m_state->socketError;
}

void SocketAsyncEventArgs::setSocketError(SocketError error)
{
    m_state->socketError = error;
}

std::error_code SocketAsyncEventArgs::nativeError() const
{
    return {m_state->nativeError, std::system_category()};
}

SocketAsyncOperation SocketAsyncEventArgs::lastOperation() const
{
    return m_state->lastOperation;
}

bool SocketAsyncEventArgs::inProgress() const
{
    return m_state->busy();
}

std::uint64_t SocketAsyncEventArgs::operationId() const
{
    return m_state->operationId.load(std::memory_order_relaxed);
}

SocketFlags SocketAsyncEventArgs::socketFlags() const
{
    return m_state->flags;
}

void SocketAsyncEventArgs::setSocketFlags(SocketFlags flags)
{
    m_state->flags = flags;
}

EndPoint SocketAsyncEventArgs::remoteEndPoint() const
{
    return m_state->remote();
}

void SocketAsyncEventArgs::setRemoteEndPoint(EndPoint endPoint)
{
    m_state->setRemote(std::move(endPoint));
}

Socket SocketAsyncEventArgs::acceptSocket() const
{
    return m_state->acceptSocket();
}

void SocketAsyncEventArgs::setAcceptSocket(Socket socket)
{
    m_state->setAcceptSocket(std::move(socket));
}

Socket SocketAsyncEventArgs::connectSocket() const
{
    return m_state->connectSocket;
}

std::string SocketAsyncEventArgs::connectByNameError() const
{
    return m_state->connectByNameError.get();
}

bool SocketAsyncEventArgs::disconnectReuseSocket() const
{
    return m_state->disconnectReuse;
}

void SocketAsyncEventArgs::setDisconnectReuseSocket(bool reuse)
{
    m_state->disconnectReuse = reuse;
}

IpPacketInformation SocketAsyncEventArgs::receiveMessageFromPacketInfo() const
{
    return m_state->packetInformation.get();
}

void SocketAsyncEventArgs::setSendPacketsElements(std::vector<SendPacketsElement> elements)
{
    const detail::ConfigurationLock lock(*m_state);
    m_state->elements
        = std::make_shared<const std::vector<SendPacketsElement>>(std::move(elements));
}

void SocketAsyncEventArgs::clearSendPacketsElements()
{
    const detail::ConfigurationLock lock(*m_state);
    m_state->elements.reset();
}

TransmitFileOptions SocketAsyncEventArgs::sendPacketsFlags() const
{
    return m_state->packetsFlags;
}

void SocketAsyncEventArgs::setSendPacketsFlags(TransmitFileOptions flags)
{
    m_state->packetsFlags = flags;
}

std::int64_t SocketAsyncEventArgs::sendPacketsSendSize() const
{
    return m_state->packetsSendSize;
}

void SocketAsyncEventArgs::setSendPacketsSendSize(std::int64_t bytes)
{
    m_state->packetsSendSize = bytes;
}

const std::any& SocketAsyncEventArgs::userToken() const
{
    return m_state->userToken;
}

void SocketAsyncEventArgs::setUserToken(std::any token)
{
    m_state->userToken = std::move(token);
}

void SocketAsyncEventArgs::dispose()
{
    m_state->dispose();
}

} // namespace swb
