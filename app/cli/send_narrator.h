// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/net/operation_record.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

namespace swb::cli {

class Notes;

/// Tells people what becomes of the connect and the sends, from their records: that a call is
/// pending, how far it is, how it ended. Of very many operations it tells of some.
///
/// **Threads** the main thread.
class SendNarrator {
public:
    using Clock = std::chrono::steady_clock;

    /// `subject` is the end point as people write it.
    SendNarrator(Notes& notes, std::string subject);

    void take(const OperationRecord& record);
    /// Says what is due now; call it after each batch of records and from time to time.
    void tell();
    /// A send is pending, as far as the records taken tell.
    bool sendPending() const noexcept { return m_pendingSends > 0; }

private:
    struct Pending {
        OperationRecord record;
        bool told = false;
    };

    void takePending(const OperationRecord& record);
    void takeCompleted(const OperationRecord& record);
    void tellEnd(const OperationRecord& record, bool pendingWasTold);

    Notes& m_notes;
    std::string m_subject;
    std::map<std::uint64_t, Pending> m_pending; ///< By operation id.
    std::unordered_set<std::uint64_t>
        m_ended; ///< Their end came before their start, from another thread.
    std::uint64_t m_pendingSends = 0;
    Clock::time_point m_nextPendingNote;
    unsigned m_endsTold = 0;
};

} // namespace swb::cli
