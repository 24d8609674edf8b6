// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operation_columns.h"

#include "engine/net/thread_id.h"
#include "engine/trace/filter/values.h"

#include <QCoreApplication>

namespace swb::ui {
namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("OperationColumns", text);
}

bool isNumeric(OperationColumn column)
{
    switch (column) {
    case OperationColumn::Number:
    case OperationColumn::Time:
    case OperationColumn::Socket:
    case OperationColumn::Bytes:
    case OperationColumn::Progress:
    case OperationColumn::Duration:
        return true;
    case OperationColumn::Operation:
    case OperationColumn::Outcome:
    case OperationColumn::Error:
    case OperationColumn::Threads:
        break;
    }
    return false;
}

/// A thread by its name, in quotes, or by its number.
std::string threadTerm(std::uint16_t id, const trace::TraceStore& store)
{
    const std::string name = store.threadName(id);
    const bool isQuotable = name.find('"') == std::string::npos;
    for (const auto& [number, known] : store.threadNames()) {
        if (number == id && known == name && isQuotable)
            return "thread == \"" + name + '"';
    }
    return "thread == " + std::to_string(id);
}

} // namespace

Qt::Alignment alignment(OperationColumn column)
{
    return Qt::AlignVCenter | (isNumeric(column) ? Qt::AlignRight : Qt::AlignLeft);
}

QString displayText(const OperationText& text, OperationColumn column, const TimeFormat& format,
    std::optional<std::int64_t> aboveNs)
{
    switch (column) {
    case OperationColumn::Number:
        return text.number();
    case OperationColumn::Time:
        return text.time(format, aboveNs);
    case OperationColumn::Socket:
        return text.socket();
    case OperationColumn::Operation:
        return text.operation();
    case OperationColumn::Outcome:
        return text.outcome();
    case OperationColumn::Bytes:
        return text.bytes();
    case OperationColumn::Progress:
        return text.progress();
    case OperationColumn::Error:
        return text.error();
    case OperationColumn::Duration:
        return text.duration();
    case OperationColumn::Threads:
        return text.threads();
    }
    return {};
}

QString spokenText(const OperationText& text, OperationColumn column)
{
    switch (column) {
    case OperationColumn::Bytes:
        return text.bytesSpoken();
    case OperationColumn::Error:
        return text.errorSpoken();
    case OperationColumn::Duration:
        return text.durationSpoken();
    case OperationColumn::Threads:
        return text.threadsSpoken();
    default:
        return {};
    }
}

QString toolTip(const OperationText& text, OperationColumn column)
{
    switch (column) {
    case OperationColumn::Time:
    case OperationColumn::Duration:
        return text.timesExact();
    case OperationColumn::Outcome:
        return text.outcomeExplained();
    case OperationColumn::Bytes:
    case OperationColumn::Progress:
        return text.bytesExact();
    case OperationColumn::Error:
        return text.errorExplained();
    case OperationColumn::Threads:
        return text.threadsSpoken();
    default:
        return {};
    }
}

QString headingToolTip(OperationColumn column, const TimeFormat& format)
{
    const auto tr = translate;
    switch (column) {
    case OperationColumn::Number:
        return tr("Number of the operation, in the order in which they started");
    case OperationColumn::Time:
        switch (format.mode) {
        case TimeFormat::Mode::Relative:
            return tr("From the first call to this one");
        case TimeFormat::Mode::Absolute:
            return tr("When it was called, by the clock of this computer");
        case TimeFormat::Mode::Delta:
            return tr("From the call in the row above to this one");
        }
        break;
    case OperationColumn::Socket:
        return tr("Number of the socket");
    case OperationColumn::Operation:
        return tr("What was called");
    case OperationColumn::Outcome:
        return tr("Whether the call finished at once or is pending, and how it ended");
    case OperationColumn::Bytes:
        return tr("Bytes done / bytes asked for");
    case OperationColumn::Progress:
        return tr("Share of the bytes to send that the kernel has taken");
    case OperationColumn::Error:
        return tr("Name and number of the error, and the system's own; of a pending one, why it is "
                  "pending");
    case OperationColumn::Duration:
        return tr("From the call to its result; of a pending one, up to now");
    case OperationColumn::Threads:
        return tr("Thread of the call \u2192 thread on which the Completed event came");
    }
    return {};
}

QString heading(OperationColumn column, const TimeFormat& format)
{
    const auto tr = translate;
    switch (column) {
    case OperationColumn::Number:
        return tr("#");
    case OperationColumn::Time: {
        if (format.mode == TimeFormat::Mode::Absolute)
            return tr("Time of day");
        const QString name
            = format.mode == TimeFormat::Mode::Delta ? tr("Since above") : tr("Time");
        switch (format.unit) {
        case TimeFormat::Unit::Seconds:
            return name;
        case TimeFormat::Unit::Milliseconds:
            return tr("%1, ms").arg(name);
        case TimeFormat::Unit::Microseconds:
            return tr("%1, µs").arg(name);
        case TimeFormat::Unit::Nanoseconds:
            return tr("%1, ns").arg(name);
        }
        return name;
    }
    case OperationColumn::Socket:
        return tr("Socket");
    case OperationColumn::Operation:
        return tr("Operation");
    case OperationColumn::Outcome:
        return tr("Outcome");
    case OperationColumn::Bytes:
        return tr("Bytes");
    case OperationColumn::Progress:
        return tr("Progress");
    case OperationColumn::Error:
        return tr("Error or reason");
    case OperationColumn::Duration:
        return tr("Lasted");
    case OperationColumn::Threads:
        return tr("Threads");
    }
    return {};
}

std::string filterTerm(
    const trace::OperationRecord& record, OperationColumn column, const trace::TraceStore& store)
{
    using trace::ValueType;
    const auto text = [](ValueType type, auto value) {
        return trace::filter::valueText(type, static_cast<std::uint64_t>(value));
    };
    if (column == OperationColumn::Number)
        return "id == " + std::to_string(record.id);
    if (OperationText::isMissing(record))
        return "lost";
    switch (column) {
    case OperationColumn::Number:
        break;
    case OperationColumn::Time:
        return "time >= " + text(ValueType::Moment, record.submittedNs - store.originNs());
    case OperationColumn::Socket:
        return "socket == " + std::to_string(record.socketId);
    case OperationColumn::Operation:
        return "kind == " + toString(record.kind);
    case OperationColumn::Outcome:
        return "outcome == " + toString(trace::outcome(record));
    case OperationColumn::Bytes:
        return "bytes == " + text(ValueType::Size, record.bytesDone);
    case OperationColumn::Progress: {
        const auto percent = OperationText::percent(record);
        return percent ? "progress == " + std::to_string(*percent) + " %" : std::string();
    }
    case OperationColumn::Error:
        if (trace::outcome(record) == trace::Outcome::Pending)
            return "pending";
        return "error == " + toString(record.error);
    case OperationColumn::Duration:
        return "duration >= "
            + text(ValueType::Duration, trace::duration(record, store.presentNs()).count());
    case OperationColumn::Threads: {
        const std::uint16_t end = trace::endThread(record);
        return threadTerm(end != 0 ? end : record.callThread, store);
    }
    }
    return {};
}

} // namespace swb::ui
