// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/inspection.h"

#include <QObject>
#include <QString>

#include <cstdint>
#include <optional>

namespace swb::trace {
class TraceStore;
}

namespace swb::ui {

/// Where the operations come from that the table, the timeline and the inspector show: the session
/// that is recorded now, or a recording that was opened. It knows what records do not say.
///
/// **Threads** GUI thread.
class OperationsSource : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    virtual const trace::TraceStore& store() const = 0;
    /// For people, as short as possible: "tcp 127.0.0.1:40001"; empty when nothing is known of it.
    virtual QString socketName(std::uint32_t socketId) const = 0;
    /// What an operation sends in one line; empty when not known.
    virtual QString content(std::uint64_t operationId) const = 0;
    /// The socket of the connection that is selected; 0: none.
    virtual std::uint32_t selectedSocket() const = 0;
    /// Why an operation is pending, or was when the recording ended, in one sentence; empty when it
    /// is not, or nothing is known.
    virtual QString reason(const trace::OperationRecord& record) const = 0;
    /// Nothing when the operation is not there, or its record was lost.
    virtual std::optional<Inspection> inspect(std::uint64_t operationId) const = 0;

signals:
    /// Something may be different, a few times a second.
    void refreshed();
    /// Another connection is selected.
    void selectionChanged();
};

} // namespace swb::ui
