// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace swb::trace {

struct PayloadLogOptions {
    /// The first bytes of each operation that are kept, at most 64 MiB; 0: none, which costs
    /// nothing.
    std::size_t bytesPerOperation = 0;
    /// Most memory for all of it. When it is used up, later operations keep nothing, and are
    /// counted.
    std::size_t budgetBytes = std::size_t{64} << 20;
};

/// What was kept of one operation.
struct KeptPayload {
    std::vector<std::byte> bytes; ///< From its first byte on.
    std::uint64_t offered = 0; ///< How many there were.
};

/// How much of what was offered is there.
struct PayloadTotals {
    std::uint64_t operations = 0; ///< That bytes were offered for.
    std::uint64_t bytes = 0; ///< Offered.
    std::uint64_t keptOperations = 0; ///< Of which something is there.
    std::uint64_t keptBytes = 0;
    std::uint64_t refusedOperations = 0; ///< Nothing was kept, as the budget was used up.
    bool operator==(const PayloadTotals&) const = default;
};

/// The first bytes of what operations moved: operation id to bytes, within a budget. Filled by
/// whoever has the bytes, kept in the trace file.
///
/// **Threads** any.
/// **Lifetime** the bytes given are copied.
class PayloadLog {
public:
    explicit PayloadLog(PayloadLogOptions options = {});

    /// Whether keep() would keep anything: ask before bytes are gathered for it.
    bool wantsBytes() const noexcept { return bytesPerOperation() != 0; }
    /// For operations from now on; at most 64 MiB, 0: none.
    void setBytesPerOperation(std::size_t bytes) noexcept;
    std::size_t bytesPerOperation() const noexcept
    {
        return m_bytesPerOperation.load(std::memory_order_relaxed);
    }

    /// `start` are the first bytes of an operation that has `offered` of them; more of them than
    /// are kept do no harm. What is known of an operation stays: a second call does nothing.
    void keep(std::uint64_t operationId, std::span<const std::byte> start, std::uint64_t offered);
    void keep(std::uint64_t operationId, std::span<const std::byte> bytes)
    {
        keep(operationId, bytes, bytes.size());
    }

    std::optional<KeptPayload> find(std::uint64_t operationId) const;
    PayloadTotals totals() const;
    std::size_t memoryBytes() const;

    struct Entry {
        std::uint64_t operationId = 0;
        std::uint64_t offered = 0;
        std::vector<std::byte> bytes;
    };
    /// Up to about `mostBytes` of what was kept, in its order, after the first `cursor` entries;
    /// counts the cursor on. Empty: there is no more.
    std::vector<Entry> next(std::size_t& cursor, std::size_t mostBytes) const;

    /// For a trace that is read: puts back what was kept, whatever the options say.
    void restore(Entry entry);
    void restoreTotals(const PayloadTotals& totals);

    void clear();

private:
    std::atomic<std::size_t> m_bytesPerOperation;
    const std::size_t m_budgetBytes;

    mutable std::mutex m_mutex; // guards everything below
    std::unordered_map<std::uint64_t, std::shared_ptr<const Entry>> m_entries;
    std::vector<std::shared_ptr<const Entry>> m_inOrder;
    PayloadTotals m_totals;
    std::size_t m_usedBytes = 0;
};

} // namespace swb::trace
