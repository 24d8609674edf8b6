// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/operation_record.h"

#include <algorithm>

namespace swb::trace {

std::string toString(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Synchronous:
        return "Synchronous";
    case Outcome::Pending:
        return "Pending";
    case Outcome::Completed:
        return "Completed";
    case Outcome::Failed:
        return "Failed";
    case Outcome::Aborted:
        return "Aborted";
    }
    return std::to_string(static_cast<int>(outcome));
}

std::chrono::nanoseconds duration(const OperationRecord& record, std::int64_t nowNs) noexcept
{
    const std::int64_t endNs
        = record.phase == OperationPhase::Completed ? record.completedNs : nowNs;
    return std::chrono::nanoseconds(std::max<std::int64_t>(0, endNs - record.submittedNs));
}

std::uint16_t endThread(const OperationRecord& record) noexcept
{
    if (record.phase != OperationPhase::Completed)
        return 0;
    return record.completionThread != 0 ? record.completionThread : record.callThread;
}

std::string errorText(const OperationRecord& record)
{
    if (record.error == SocketError::Success)
        return {};
    std::string text = toString(record.error);
    text += " (" + std::to_string(static_cast<int>(record.error));
    if (record.nativeError != 0)
        text += ", " + nativeErrorName(record.nativeError) + ' '
            + std::to_string(record.nativeError);
    return text += ')';
}

std::string toJsonLine(const OperationRecord& record, std::int64_t startNs)
{
    const auto sinceStart = [startNs](std::int64_t timeNs) {
        return std::to_string(timeNs == 0 ? 0 : timeNs - startNs);
    };
    // Written by hand: the keys are few, their order is fixed, and every text is an enumerator's
    // name or a number, so that nothing needs escaping.
    std::string line;
    line.reserve(192);
    line += "{\"id\":" + std::to_string(record.id);
    line += ",\"socket\":" + std::to_string(record.socketId);
    line += ",\"operation\":\"" + toString(record.kind);
    line += "\",\"pending\":";
    line += record.returnedPending() ? "true" : "false";
    line += ",\"error\":\"" + toString(record.error);
    line += "\",\"bytes\":" + std::to_string(record.bytesDone);
    line += ",\"submittedNs\":" + sinceStart(record.submittedNs);
    line += ",\"completedNs\":" + sinceStart(record.completedNs);
    line += ",\"thread\":" + std::to_string(endThread(record));
    return line += '}';
}

} // namespace swb::trace
