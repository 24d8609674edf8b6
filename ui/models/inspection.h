// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"
#include "engine/workbench/call_text.h"
#include "engine/workbench/pending_reason.h"

#include <QList>
#include <QString>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace swb::trace {
class TraceStore;
}

namespace swb::ui {

/// A line of a two-column list.
struct Fact {
    QString name;
    QString value;
    QString toolTip;
};

/// Everything that can be said about one operation at one moment: a value, made anew for each
/// frame, so that what shows it needs nothing else.
struct Inspection {
    trace::OperationRecord record;
    QString title; ///< "#4711 SendPackets"
    QString socket; ///< "tcp 127.0.0.1:40001", or "socket 7".
    QString returned; ///< "returned false: over when the call returned, no event will come"
    QString outcome; ///< "Pending"
    QString why; ///< "Why pending: ..."; empty when there is nothing to say about that.
    QString reason; ///< The same in a recording, where there is room for the figures only.
    /// The same as a kind, for the tank that it marks.
    std::optional<workbench::PendingReason::Kind> blockedBy;
    QString problem; ///< Why it failed; empty when it did not.
    std::optional<workbench::ByteLedger> ledger; ///< Of the connection; sends on it only.
    QList<Fact> ledgerFacts; ///< The same in exact numbers.
    /// Bytes/s from each station to the next, where they are known.
    std::array<std::optional<double>, 4> flows;
    QString ledgerHeading; ///< "Where the bytes are", or were, and when that was.
    QList<Fact> times;
    QList<Fact> args; ///< The SocketAsyncEventArgs as it was.
    QString cpp;
    QString cSharp;

    /// What the store and the call say of it; the rest is left empty. Nothing when the operation is
    /// not in the store, or its record was lost. `call`: null when nobody knows.
    static std::optional<Inspection> of(std::uint64_t operationId, const trace::TraceStore& store,
        const workbench::CallDescription* call,
        const std::function<QString(std::uint32_t)>& socketName);
    /// The code of a call of which only the record is known, and where it went.
    void describeCall(const std::string& target);
};

/// A ledger as a list. `isTcp`: the connection's kernel would tell more while it is open.
QList<Fact> ledgerFactsOf(const workbench::ByteLedger& ledger, bool isTcp);

/// What SendPacketsFlags says in words: "Disconnect | ReuseSocket"; "none".
QString flagsText(TransmitFileOptions flags);

} // namespace swb::ui
