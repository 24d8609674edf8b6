// SPDX-License-Identifier: BSL-1.0
/// What the engine tells about one operation. Defined here, at the bottom, because the sockets fill
/// it in; engine/trace keeps it and everything the user sees is derived from it.
#pragma once

#include "engine/net/socket_error.h"
#include "engine/net/socket_types.h"

#include <cstdint>
#include <type_traits>

namespace swb {

/// How far the operation had come when the record was made. A later phase replaces an earlier one.
enum class OperationPhase : std::uint8_t {
    Pending
    = 1, ///< The call returned (or is about to return) true; times of call and return are known.
    Progress = 2, ///< Still pending; bytesDone has grown.
    Completed
    = 3, ///< Over: synchronously (no event), or its Completed event is about to be raised.
};

/// Bits of OperationRecord::flags.
namespace operation_flags {
inline constexpr std::uint16_t ReturnedPending = 1; ///< The call returned true.
inline constexpr std::uint16_t Aborted = 2; ///< Ended by close, cancel or the end of the engine.
inline constexpr std::uint16_t Partial = 4; ///< Failed after some, but not all, bytes were taken.
inline constexpr std::uint16_t InjectedFault = 8; ///< The outcome was made by fault injection.
inline constexpr std::uint16_t FromFile = 16; ///< At least one byte was asked from a file.
} // namespace operation_flags

/// One operation at one moment: 80 bytes, trivially copyable, no pointers.
///
/// **Units** times: nanoseconds of std::chrono::steady_clock, within 1 us; 0 when not reached.
struct OperationRecord {
    std::uint64_t id
        = 0; ///< 1, 2, 3, ... per engine, in the order in which operations became visible.
    std::int64_t submittedNs = 0; ///< The call was entered.
    std::int64_t returnedNs = 0; ///< The call was about to return.
    std::int64_t completedNs = 0; ///< The result was stored.
    std::int64_t eventNs = 0; ///< Completed was about to be raised; 0 for a synchronous completion.
    std::uint64_t bytesAsked = 0; ///< Bytes to send, or room to receive.
    std::uint64_t bytesDone
        = 0; ///< Bytes taken by, or from, the kernel so far: exact, never an estimate.
    std::uint32_t socketId = 0; ///< Socket::id().
    std::uint16_t callThread = 0; ///< currentThreadId() of the caller.
    std::uint16_t completionThread
        = 0; ///< currentThreadId() of the thread that finished it; 0 while pending.
    SocketError error = SocketError::Success;
    std::int32_t nativeError = 0; ///< errno; 0 when there was none.
    SocketAsyncOperation kind = SocketAsyncOperation::None;
    OperationPhase phase = OperationPhase::Pending;
    std::uint16_t flags = 0; ///< Bits of operation_flags.

    bool returnedPending() const noexcept
    {
        return (flags & operation_flags::ReturnedPending) != 0;
    }
};
static_assert(sizeof(OperationRecord) <= 96 && std::is_trivially_copyable_v<OperationRecord>);

/// Is told of every step of every operation of an engine. Give it to EngineOptions.
///
/// **Threads** called on whatever thread makes the step, with the socket's lock held: must be
/// quick, must not block, throw, or call into the engine.
/// **Lifetime** must outlive the engine.
class OperationObserver {
public:
    virtual void operationStepped(const OperationRecord& record) noexcept = 0;

protected:
    ~OperationObserver() = default;
};

} // namespace swb
