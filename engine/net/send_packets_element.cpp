// SPDX-License-Identifier: BSL-1.0
#include "engine/net/send_packets_element.h"

#include "engine/net/detail/send_packets_plan.h"
#include "engine/net/exceptions.h"

namespace swb {

namespace {
void checkNotNegative(std::int64_t offset, std::int64_t count)
{
    if (offset < 0)
        throw ArgumentOutOfRangeException("offset");
    if (count < 0)
        throw ArgumentOutOfRangeException("count");
}
} // namespace

SendPacketsElement SendPacketsElement::file(
    std::string path, std::int64_t offset, std::int64_t count, bool endOfPacket)
{
    checkNotNegative(offset, count);
    SendPacketsElement element;
    element.m_kind = Kind::File;
    element.m_path = std::move(path);
    element.m_offset = offset;
    element.m_count = count;
    element.m_endOfPacket = endOfPacket;
    return element;
}

SendPacketsElement SendPacketsElement::stream(
    FileStream stream, std::int64_t offset, std::int64_t count, bool endOfPacket)
{
    if (!stream)
        throw ArgumentNullException("fileStream");
    checkNotNegative(offset, count);
    SendPacketsElement element;
    element.m_kind = Kind::Stream;
    element.m_stream = std::move(stream);
    element.m_offset = offset;
    element.m_count = count;
    element.m_endOfPacket = endOfPacket;
    return element;
}

SendPacketsElement SendPacketsElement::buffer(std::span<const std::byte> memory, bool endOfPacket)
{
    return buffer(memory, 0, static_cast<std::int64_t>(memory.size()), endOfPacket);
}

SendPacketsElement SendPacketsElement::buffer(
    std::span<const std::byte> memory, std::int64_t offset, std::int64_t count, bool endOfPacket)
{
    if (!memory.data()
        && !memory.empty()) // ELEM-02; without a size it is an empty buffer (ELEM-06)
        throw ArgumentNullException("buffer");
    const auto size = static_cast<std::int64_t>(memory.size());
    if (offset < 0 || offset > size)
        throw ArgumentOutOfRangeException("offset");
    if (count < 0 || count > size - offset)
        throw ArgumentOutOfRangeException("count");
    SendPacketsElement element;
    element.m_kind = Kind::Memory;
    element.m_memory
        = memory.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
    element.m_offset = offset;
    element.m_count = count;
    element.m_endOfPacket = endOfPacket;
    return element;
}

SendPacketsElement SendPacketsElement::ownedBuffer(std::vector<std::byte> memory, bool endOfPacket)
{
    const auto owned = std::make_shared<const std::vector<std::byte>>(std::move(memory));
    SendPacketsElement element = buffer(*owned, endOfPacket);
    element.m_owned = owned;
    return element;
}

struct FileStream::Handle {
    detail::sys::Descriptor descriptor;
    bool readable;
};

FileStream FileStream::open(const std::string& path)
{
    FileStream stream;
    stream.m_handle = std::make_shared<Handle>(Handle{detail::openOrThrow(path).descriptor, true});
    return stream;
}

FileStream FileStream::fromDescriptor(int fd)
{
    if (fd < 0)
        throw ArgumentException("A file descriptor is not negative.", "fd");
    FileStream stream;
    stream.m_handle = std::make_shared<Handle>(
        Handle{detail::sys::Descriptor(fd), detail::sys::isReadable(fd)});
    return stream;
}

bool FileStream::readable() const noexcept
{
    return m_handle->readable;
}

int FileStream::descriptor() const noexcept
{
    return m_handle ? m_handle->descriptor.get() : -1;
}

} // namespace swb
