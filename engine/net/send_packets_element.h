// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/file_stream.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace swb {

/// One part of a SendPacketsAsync: a range of memory, of a file named by its path, or of an open
/// file. An immutable value; a default-constructed one is the "null" element, which is skipped
/// (PKT-03).
///
/// **Lifetime** memory is borrowed, except by ownedBuffer(): it must stay valid and unchanged until
/// the operation has completed (ELEM-10). A file named by path is opened, checked and sized when
/// the operation starts (D-15).
/// **Units** offsets and counts are bytes; for files, count 0 means from the offset to the end
/// (FILE-02).
class SendPacketsElement {
public:
    enum class Kind : std::uint8_t { Null, Memory, File, Stream };

    SendPacketsElement() = default;

    /// **Errors** ArgumentOutOfRangeException("offset"), then ("count"), when negative (ELEM-03).
    /// Whether the file exists and is long enough is checked by the call that sends.
    static SendPacketsElement file(std::string path, std::int64_t offset = 0,
        std::int64_t count = 0, bool endOfPacket = false);
    /// A path is never null (ELEM-02).
    static SendPacketsElement file(
        std::nullptr_t, std::int64_t offset = 0, std::int64_t count = 0, bool endOfPacket = false)
        = delete;
    /// **Errors** ArgumentNullException("fileStream"); otherwise as file().
    static SendPacketsElement stream(
        FileStream, std::int64_t offset = 0, std::int64_t count = 0, bool endOfPacket = false);
    /// The whole span, which is borrowed.
    /// **Errors** ArgumentNullException("buffer") for a span with a size but no memory.
    static SendPacketsElement buffer(std::span<const std::byte>, bool endOfPacket = false);
    /// **Errors** also ArgumentOutOfRangeException("offset") or ("count") when the range is not
    /// inside the span (ELEM-04).
    static SendPacketsElement buffer(std::span<const std::byte>, std::int64_t offset,
        std::int64_t count, bool endOfPacket = false);

    /// Memory that the element owns: it lives as long as any copy of the element does.
    static SendPacketsElement ownedBuffer(std::vector<std::byte> memory, bool endOfPacket = false);

    Kind kind() const noexcept { return m_kind; }
    /// The bytes to send of a memory element.
    std::span<const std::byte> memory() const noexcept { return m_memory; }
    const std::string& filePath() const noexcept { return m_path; }
    const FileStream& fileStream() const noexcept { return m_stream; }
    std::int64_t offset() const noexcept { return m_offset; }
    std::int64_t count() const noexcept { return m_count; }
    /// On datagram sockets: this element ends a packet (DGRAM-03).
    bool endOfPacket() const noexcept { return m_endOfPacket; }

private:
    Kind m_kind = Kind::Null;
    bool m_endOfPacket = false;
    std::span<const std::byte> m_memory;
    std::int64_t m_offset = 0;
    std::int64_t m_count = 0;
    std::string m_path;
    FileStream m_stream;
    std::shared_ptr<const std::vector<std::byte>> m_owned;
};

} // namespace swb
