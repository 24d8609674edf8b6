// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_types.h"
#include "engine/workbench/queue_item.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swb::workbench {

/// One buffer or file range of a call, in words: what it was, without keeping its bytes.
struct CallPart {
    bool isFile = false;
    std::string label; ///< As in the queue: `"GET / ..."` or `disk.img @ 4 GiB`.
    std::string literal; ///< A short buffer as a C string literal with escapes; empty: too long.
    std::string path; ///< Files.
    std::int64_t offset = 0;
    std::int64_t count = 0; ///< Files: 0 means to the end.
    std::int64_t size = -1; ///< Bytes when it was sent; -1: not known.
    bool endOfPacket = false;

    static CallPart of(const QueueItem& item);
};

/// A call of the engine with what stood in its SocketAsyncEventArgs.
struct CallDescription {
    SocketAsyncOperation kind = SocketAsyncOperation::None;
    std::string target; ///< The remote end: "tcp://127.0.0.1:9000"; may be empty.
    std::vector<CallPart> parts; ///< Of sends.
    std::uint64_t bufferSize = 0; ///< Of receives, and of sends whose parts are not known.
    TransmitFileOptions flags = TransmitFileOptions::UseDefaultWorkerThread;
    std::int64_t sendSize = 0;
};

/// The call as code to copy: with this engine, and with .NET. The same steps in the same order.
std::string asCpp(const CallDescription& call);
std::string asCSharp(const CallDescription& call);

} // namespace swb::workbench
