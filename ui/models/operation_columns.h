// SPDX-License-Identifier: GPL-3.0-or-later
/// The columns of the operations table: what each says about a record. All functions: GUI thread.
#pragma once

#include "ui/models/operations_model_text.h"

#include <QString>

#include <optional>
#include <string>

namespace swb::ui {

/// In their order from the left.
enum class OperationColumn : int {
    Number,
    Time, ///< Of the call.
    Socket,
    Operation,
    Outcome,
    Bytes, ///< Done and asked.
    Progress,
    Error,
    Duration,
    Threads, ///< Of the call, and of the end where it was another one.
};
inline constexpr int kOperationColumnCount = 10;

Qt::Alignment alignment(OperationColumn column);
/// What stands in a cell; `aboveNs` is the call of the row above, where there is one.
QString displayText(const OperationText& text, OperationColumn column, const TimeFormat& format,
    std::optional<std::int64_t> aboveNs);
/// What is said instead where the text is made for the eye; else empty.
QString spokenText(const OperationText& text, OperationColumn column);
QString toolTip(const OperationText& text, OperationColumn column);
QString heading(OperationColumn column, const TimeFormat& format);
QString headingToolTip(OperationColumn column, const TimeFormat& format);

/// The filter for operations that have the value of this one in a column, or a larger one where
/// values are hardly ever equal: "socket == 3", "duration >= 5 ms". Empty when there is none.
std::string filterTerm(
    const trace::OperationRecord& record, OperationColumn column, const trace::TraceStore& store);

} // namespace swb::ui
