// SPDX-License-Identifier: GPL-3.0-or-later
/// What the operations table says about a record. All of it is made when it is painted.
#pragma once

#include "engine/trace/operation_record.h"
#include "engine/trace/trace_store.h"

#include <QCoreApplication>
#include <QString>

#include <optional>

namespace swb::ui {

/// How the time column tells when a call was made.
struct TimeFormat {
    enum class Mode {
        Relative, ///< Since the first operation.
        Absolute, ///< The time of day.
        Delta, ///< Since the row above.
    };
    enum class Unit { Seconds, Milliseconds, Microseconds, Nanoseconds };
    Mode mode = Mode::Relative;
    Unit unit = Unit::Seconds;
    bool operator==(const TimeFormat&) const = default;
};

/// One record in words, as of one moment. Short-lived: borrows the record.
///
/// **Threads** GUI thread.
class OperationText {
    Q_DECLARE_TR_FUNCTIONS(OperationText)

public:
    /// `originNs` is where time starts, `nowNs` ends the running time of a pending operation.
    OperationText(const trace::OperationRecord& record, std::int64_t originNs, std::int64_t nowNs)
        : m_record(record)
        , m_originNs(originNs)
        , m_nowNs(nowNs)
    {
    }

    /// As a store has it: of a file, pending operations have been pending until its end, and
    /// threads have the names that they had in the program that wrote it. Borrows the store, too.
    OperationText(const trace::OperationRecord& record, const trace::TraceStore& store);

    QString number() const;
    QString time() const; ///< "+0.000120"
    /// As `format` has it; `aboveNs` is the call of the row above, where there is one.
    /// Milliseconds: "+0.120", of the day "12:03:04.120"; a unit stands in the heading.
    QString time(const TimeFormat& format, std::optional<std::int64_t> aboveNs) const;
    QString socket() const;
    QString operation() const;
    QString outcome() const;
    QString bytes() const; ///< "1,048,576 / 67,108,864"; empty when bytes have no meaning.
    QString progress() const; ///< "43 %"
    QString error() const; ///< "ConnectionReset (10054, ECONNRESET 104)"; empty for Success.
    QString duration() const; ///< "1.9 µs"
    QString threads() const; ///< "main → worker 2"

    QString bytesSpoken() const;
    QString durationSpoken() const;
    QString errorSpoken() const;
    QString threadsSpoken() const;

    QString timesExact() const; ///< All moments of the operation in nanoseconds.
    QString outcomeExplained() const;
    QString bytesExact() const;
    QString errorExplained() const;

    /// Of bytes to send; 100 only when all are done.
    static std::optional<int> percent(const trace::OperationRecord& record);
    /// The record was lost; only its number is known.
    static bool isMissing(const trace::OperationRecord& record)
    {
        return record.kind == SocketAsyncOperation::None;
    }
    static QString durationText(std::chrono::nanoseconds duration);

private:
    QString threadText(std::uint16_t id) const;
    QString timeOfDay(TimeFormat::Unit unit) const;
    bool isOfFile() const { return m_store != nullptr && m_store->readOnly(); }
    bool hasBytes() const { return m_record.bytesAsked != 0 || m_record.bytesDone != 0; }

    const trace::OperationRecord& m_record;
    const std::int64_t m_originNs;
    const std::int64_t m_nowNs;
    const trace::TraceStore* const m_store = nullptr;
};

} // namespace swb::ui
