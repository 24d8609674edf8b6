// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/operation_record.h"
#include "engine/workbench/call_text.h"
#include "engine/workbench/pending_reason.h"

#include <QList>
#include <QString>

#include <optional>

namespace swb::ui {

class CallLog;
class HealthFeed;
class Session;

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
    QString reason; ///< Why it is pending; empty when it is not.
    QString problem; ///< Why it failed; empty when it did not.
    std::optional<workbench::ByteLedger> ledger; ///< Of the connection; sends on it only.
    bool ledgerIsNow = false; ///< The operation is pending: the ledger is about it too.
    QList<Fact> ledgerFacts; ///< The same in exact numbers.
    QList<Fact> times;
    QList<Fact> args; ///< The SocketAsyncEventArgs as it was.
    QString cpp;
    QString cSharp;

    /// Nothing when the operation is not in the store, or its record was lost.
    static std::optional<Inspection> of(std::uint64_t operationId, Session& session,
        const HealthFeed& health, const CallLog& calls);
};

/// What SendPacketsFlags says in words: "Disconnect | ReuseSocket"; "none".
QString flagsText(TransmitFileOptions flags);

} // namespace swb::ui
