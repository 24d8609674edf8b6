// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/trace/filter/ast.h"
#include "engine/trace/operation_record.h"

#include <cstdint>
#include <span>
#include <vector>

namespace swb::trace {

/// What a filter needs to know besides the record.
///
/// **Units** nanoseconds of steady_clock.
struct FilterMoment {
    std::int64_t originNs = 0; ///< Where `time` and `ended` start: TraceStore::originNs().
    std::int64_t nowNs = 0; ///< Ends the duration of what is pending.
};

namespace filter {

/// A filter as a flat list of tests: each loads one value, compares it with a range or a set, and
/// says which test comes next. No test is made whose result does not matter, nothing is allocated.
class Program {
public:
    explicit Program(const Node& node);

    bool matches(const OperationRecord& record, const FilterMoment& moment) const noexcept;
    /// The first test is also the last: everything passes, or nothing.
    bool isEverything() const noexcept { return m_start == kAccept; }
    bool dependsOnProgress() const noexcept { return m_dependsOnProgress; }
    bool dependsOnTime() const noexcept { return m_dependsOnTime; }

private:
    /// What a test looks at. Each value is brought into an unsigned number of the same order; 0 of
    /// an optional one means that there is none.
    enum class Load : std::uint8_t {
        Id,
        Socket,
        Kind,
        Outcome,
        Error,
        Native,
        Asked,
        Bytes,
        Progress,
        Time,
        Call,
        Duration,
        Ended,
        Delivery,
        Caller,
        Worker,
        Flags,
        Direction,
        Lost,
    };
    enum class Way : std::uint8_t {
        InRange, ///< value - low <= span.
        NotInRange,
        InSet, ///< Bit `value` of low.
        AnyBit, ///< A bit of value and low.
    };
    struct Test {
        std::uint64_t low = 0;
        std::uint64_t span = 0;
        std::uint32_t onTrue = 0;
        std::uint32_t onFalse = 0;
        Load load = Load::Id;
        Way way = Way::InRange;
    };
    static constexpr std::uint32_t kAccept = 0xffffffff;
    static constexpr std::uint32_t kReject = 0xfffffffe;

    struct Targets {
        std::uint32_t onTrue;
        std::uint32_t onFalse;
    };
    std::uint32_t add(const Node& node, Targets targets);
    std::uint32_t addList(const Node& node, Targets targets);
    std::uint32_t addFlag(const Node& node, Targets targets);
    std::uint32_t addComparison(const Node& node, Targets targets);
    std::uint32_t addRanges(Load load, const std::vector<Range>& ranges, Targets targets);
    std::uint32_t addTest(Test test, Targets targets);
    static Load loadOf(Field field);
    static std::vector<Range> acceptedBy(const Node& node);
    static std::uint64_t value(
        Load load, const OperationRecord& record, const FilterMoment& moment) noexcept;

    std::vector<Test> m_tests;
    std::uint32_t m_start = kAccept;
    bool m_dependsOnProgress = false;
    bool m_dependsOnTime = false;
};

} // namespace filter
} // namespace swb::trace
