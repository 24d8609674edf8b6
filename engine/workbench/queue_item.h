// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/send_packets_element.h"
#include "engine/workbench/payload_codec.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace swb::workbench {

/// Bytes typed or pasted by the user; shared, so that an item can be sent while the queue changes.
struct BufferPayload {
    std::shared_ptr<const Bytes> bytes = std::make_shared<const Bytes>();
};

/// A range of a file; nothing is read until it is sent.
struct FilePayload {
    std::string path;
    std::int64_t offset = 0;
    std::int64_t count = 0; ///< 0: to the end of the file.
};

/// One entry of a connection's queue: a value.
struct QueueItem {
    std::variant<BufferPayload, FilePayload> payload;
    bool enabled = true;
    bool endOfPacket = false;

    bool isFile() const noexcept { return std::holds_alternative<FilePayload>(payload); }
    static QueueItem text(
        std::string_view textWithEscapes); ///< Throws ArgumentException("text") with the position.
    static QueueItem hex(
        std::string_view hexDigits); ///< Throws ArgumentException("hex") with the position.
    static QueueItem bytes(Bytes bytes);
    /// "PATH[@OFFSET[+COUNT]]"; a file whose name really contains such a tail wins. Throws
    /// ArgumentException("file").
    static QueueItem fileFromSpec(std::string_view spec);
    static QueueItem file(std::string path, std::int64_t offset = 0, std::int64_t count = 0);

    /// What people see: `"GET / ..."` or `disk.img @ 4 GiB`.
    std::string label() const;
    /// Bytes it will send; for a file by asking the file system now; -1 when that is not known
    /// (missing file).
    std::int64_t size() const;
    /// The element that sends it. Borrows the payload: keep the item until the operation has
    /// completed.
    SendPacketsElement toElement() const;
};

} // namespace swb::workbench
