// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/send_narrator.h"

#include "app/cli/notes.h"
#include "engine/net/thread_id.h"
#include "engine/trace/operation_record.h"
#include "engine/workbench/payload_codec.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace swb::cli {

namespace {

using namespace std::chrono_literals;
using workbench::groupDigits;

constexpr auto kPendingNoteInterval = 1s; // of many pending calls one each second is told
constexpr auto kSlowConnect
    = 500ms; // a connect over a network is always pending; only a slow one is news
constexpr unsigned kMostEndsTold = 10;

bool isSend(const OperationRecord& record)
{
    return record.kind == SocketAsyncOperation::Send
        || record.kind == SocketAsyncOperation::SendPackets;
}

/// Without the errno behind it, if any: nothing went wrong.
std::string abortedText()
{
    return fmt::format("{} ({})", toString(SocketError::OperationAborted),
        static_cast<int>(SocketError::OperationAborted));
}

std::string shortTime(std::chrono::nanoseconds time)
{
    const double seconds = std::chrono::duration<double>(time).count();
    if (seconds < 1e-3)
        return fmt::format("{:.0f} us", seconds * 1e6);
    if (seconds < 1)
        return fmt::format("{:.1f} ms", seconds * 1e3);
    return fmt::format("{:.2f} s", seconds);
}

} // namespace

SendNarrator::SendNarrator(Notes& notes, std::string subject)
    : m_notes(notes)
    , m_subject(std::move(subject))
{
}

void SendNarrator::take(const OperationRecord& record)
{
    switch (record.phase) {
    case OperationPhase::Pending:
        takePending(record);
        break;
    case OperationPhase::Progress:
        if (const auto found = m_pending.find(record.id); found != m_pending.end())
            found->second.record = record;
        break;
    case OperationPhase::Completed:
        takeCompleted(record);
        break;
    }
}

void SendNarrator::takePending(const OperationRecord& record)
{
    if (m_ended.erase(record.id) > 0)
        return;
    if (m_pending.insert_or_assign(record.id, Pending{record}).second && isSend(record))
        ++m_pendingSends;
}

void SendNarrator::takeCompleted(const OperationRecord& record)
{
    bool told = false;
    if (const auto found = m_pending.find(record.id); found != m_pending.end()) {
        told = found->second.told;
        if (isSend(record))
            --m_pendingSends;
        m_pending.erase(found);
    } else if (record.returnedPending())
        m_ended.insert(record.id);
    tellEnd(record, told);
}

void SendNarrator::tellEnd(const OperationRecord& record, bool pendingWasTold)
{
    const std::string what = toString(record.kind);
    const std::string done = groupDigits(record.bytesDone);
    const std::string asked = groupDigits(record.bytesAsked);
    if (record.kind == SocketAsyncOperation::Connect) {
        if (record.error == SocketError::OperationAborted)
            m_notes.line(fmt::format("{} to {} cancelled: {}", what, m_subject, abortedText()));
        return; // otherwise the command tells how it went
    }
    if (!isSend(record))
        return;
    // Of many ends the first ones are told, and those that people were told to wait for.
    if (!pendingWasTold && m_endsTold >= kMostEndsTold)
        return;
    ++m_endsTold;
    if (record.error == SocketError::OperationAborted)
        m_notes.line(fmt::format("{} to {} cancelled after {} of {} bytes: {}", what, m_subject,
            done, asked, abortedText()));
    else if (record.error != SocketError::Success)
        m_notes.line(fmt::format("{} to {} ended after {} of {} bytes: {}", what, m_subject, done,
            asked, trace::errorText(record)));
    else if (record.returnedPending())
        m_notes.line(fmt::format(
            "{} completed: {} of {} bytes; it was pending for {}, Completed was raised on {}", what,
            done, asked, shortTime(trace::duration(record, record.completedNs)),
            threadName(trace::endThread(record))));
    else
        m_notes.line(fmt::format("{} completed synchronously: returned false, {} bytes in {}", what,
            done, shortTime(trace::duration(record, record.completedNs))));
}

void SendNarrator::tell()
{
    const auto now = Clock::now();
    for (auto& [id, pending] : m_pending) {
        const OperationRecord& record = pending.record;
        if (pending.told)
            continue;
        if (record.kind == SocketAsyncOperation::Connect) {
            if (trace::duration(record, trace::steadyNowNs()) < kSlowConnect)
                continue;
            m_notes.line(fmt::format("Connect to {} is pending: no answer yet", m_subject));
        } else {
            if (!isSend(record) || now < m_nextPendingNote)
                continue;
            m_notes.line(fmt::format("{} is pending: returned true, {} of {} bytes so far; "
                                     "Completed comes when the rest has been taken",
                toString(record.kind), groupDigits(record.bytesDone),
                groupDigits(record.bytesAsked)));
            m_nextPendingNote = now + kPendingNoteInterval;
        }
        pending.told = true;
    }
    const auto oldest = std::find_if(m_pending.begin(), m_pending.end(),
        [](const auto& entry) { return isSend(entry.second.record); });
    if (oldest != m_pending.end() && oldest->second.told)
        m_notes.progress(toString(oldest->second.record.kind), oldest->second.record.bytesDone,
            oldest->second.record.bytesAsked);
}

} // namespace swb::cli
