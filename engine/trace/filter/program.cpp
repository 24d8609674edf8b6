// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/filter/program.h"

#include <algorithm>
#include <limits>

namespace swb::trace::filter {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

/// Signed numbers in the order of unsigned ones; the smallest of all becomes 0, which stands for
/// "none" where a value is optional.
std::uint64_t ordered(std::int64_t value) noexcept
{
    return static_cast<std::uint64_t>(value) ^ kSign;
}

bool isSigned(ValueType type) noexcept
{
    return type == ValueType::Moment || type == ValueType::Duration || type == ValueType::Error
        || type == ValueType::Native;
}

bool isSmall(ValueType type) noexcept
{
    return type == ValueType::Kind || type == ValueType::Outcome;
}

std::uint64_t keyOf(ValueType type, std::uint64_t value) noexcept
{
    if (isSigned(type))
        return value ^ kSign;
    return type == ValueType::Share ? value + 1 : value;
}

/// Of bytes to send, 100 only when all are done.
std::uint64_t percentOf(const OperationRecord& record) noexcept
{
    if (record.bytesDone >= record.bytesAsked)
        return 100;
    const double share
        = static_cast<double>(record.bytesDone) / static_cast<double>(record.bytesAsked);
    return std::min<std::uint64_t>(99, static_cast<std::uint64_t>(share * 100));
}

std::vector<Range> merged(std::vector<Range> ranges)
{
    std::sort(
        ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.low < b.low; });
    std::vector<Range> result;
    for (const Range& range : ranges) {
        if (!result.empty() && (result.back().high == kMost || range.low <= result.back().high + 1))
            result.back().high = std::max(result.back().high, range.high);
        else
            result.push_back(range);
    }
    return result;
}

} // namespace

Program::Program(const Node& node)
{
    m_start = add(node, {kAccept, kReject});
}

std::uint32_t Program::add(const Node& node, Targets targets)
{
    switch (node.kind) {
    case Node::Kind::Not:
        return add(node.children.front(), {targets.onFalse, targets.onTrue});
    case Node::Kind::Flag:
        return addFlag(node, targets);
    case Node::Kind::Comparison:
        return addComparison(node, targets);
    case Node::Kind::All:
    case Node::Kind::Any:
        break;
    }
    return addList(node, targets);
}

/// From the last child to the first, so that each knows where the next one begins.
std::uint32_t Program::addList(const Node& node, Targets targets)
{
    const bool all = node.kind == Node::Kind::All;
    std::uint32_t next = all ? targets.onTrue : targets.onFalse;
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child)
        next = all ? add(*child, {next, targets.onFalse}) : add(*child, {targets.onTrue, next});
    return next;
}

std::uint32_t Program::addTest(Test test, Targets targets)
{
    test.onTrue = targets.onTrue;
    test.onFalse = targets.onFalse;
    m_tests.push_back(test);
    return static_cast<std::uint32_t>(m_tests.size() - 1);
}

std::uint32_t Program::addFlag(const Node& node, Targets targets)
{
    m_dependsOnProgress = m_dependsOnProgress || infoOf(node.flag).changes;
    const auto outcomeIs = [&](Outcome wanted) {
        return addTest(
            {std::uint64_t{1} << static_cast<unsigned>(wanted), 0, 0, 0, Load::Outcome, Way::InSet},
            targets);
    };
    const auto bit = [&](std::uint16_t flag) {
        return addTest({flag, 0, 0, 0, Load::Flags, Way::AnyBit}, targets);
    };
    const auto goes = [&](Direction way) {
        return addTest(
            {std::uint64_t{1} << static_cast<unsigned>(way), 0, 0, 0, Load::Direction, Way::InSet},
            targets);
    };
    switch (node.flag) {
    case Flag::Pending:
        return outcomeIs(Outcome::Pending);
    case Flag::Synchronous:
        return outcomeIs(Outcome::Synchronous);
    case Flag::Completed:
        return outcomeIs(Outcome::Completed);
    case Flag::Failed:
        return outcomeIs(Outcome::Failed);
    case Flag::Aborted:
        return outcomeIs(Outcome::Aborted);
    case Flag::Partial:
        return bit(operation_flags::Partial);
    case Flag::File:
        return bit(operation_flags::FromFile);
    case Flag::Injected:
        return bit(operation_flags::InjectedFault);
    case Flag::ReturnedPending:
        return bit(operation_flags::ReturnedPending);
    case Flag::Sent:
        return goes(Direction::Sent);
    case Flag::Received:
        return goes(Direction::Received);
    case Flag::Lost:
        break;
    }
    return addTest({1, 0, 0, 0, Load::Lost, Way::InRange}, targets);
}

Program::Load Program::loadOf(Field field)
{
    switch (field) {
    case Field::Id:
        return Load::Id;
    case Field::Socket:
        return Load::Socket;
    case Field::Kind:
        return Load::Kind;
    case Field::Outcome:
        return Load::Outcome;
    case Field::Error:
        return Load::Error;
    case Field::Native:
        return Load::Native;
    case Field::Asked:
        return Load::Asked;
    case Field::Bytes:
        return Load::Bytes;
    case Field::Progress:
        return Load::Progress;
    case Field::Time:
        return Load::Time;
    case Field::Call:
        return Load::Call;
    case Field::Duration:
        return Load::Duration;
    case Field::Ended:
        return Load::Ended;
    case Field::Delivery:
        return Load::Delivery;
    case Field::Thread:
    case Field::Caller:
        return Load::Caller;
    case Field::Worker:
        break;
    }
    return Load::Worker;
}

/// The values for which a comparison holds, as ranges; of an optional field, 0 is never among them.
std::vector<Range> Program::acceptedBy(const Node& node)
{
    const FieldInfo& info = infoOf(node.field);
    const std::uint64_t least = info.optional ? 1 : 0;
    const std::uint64_t value = keyOf(info.type, node.values.front().low);
    switch (node.comparator) {
    case Comparator::Less:
        return value > least ? std::vector<Range>{{least, value - 1}} : std::vector<Range>{};
    case Comparator::LessOrEqual:
        return value >= least ? std::vector<Range>{{least, value}} : std::vector<Range>{};
    case Comparator::Greater:
        return value < kMost ? std::vector<Range>{{std::max(least, value + 1), kMost}}
                             : std::vector<Range>{};
    case Comparator::GreaterOrEqual:
        return {{std::max(least, value), kMost}};
    case Comparator::Equal:
    case Comparator::NotEqual:
    case Comparator::In:
        break;
    }
    std::vector<Range> ranges;
    for (const Range& range : node.values) {
        const Range keys{
            std::max(least, keyOf(info.type, range.low)), keyOf(info.type, range.high)};
        if (keys.low <= keys.high)
            ranges.push_back(keys);
    }
    return merged(std::move(ranges));
}

std::uint32_t Program::addRanges(Load load, const std::vector<Range>& ranges, Targets targets)
{
    std::uint32_t next = targets.onFalse;
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range)
        next = addTest({range->low, range->high - range->low, 0, 0, load, Way::InRange},
            {targets.onTrue, next});
    return next;
}

std::uint32_t Program::addComparison(const Node& node, Targets targets)
{
    const FieldInfo& info = infoOf(node.field);
    m_dependsOnProgress = m_dependsOnProgress || info.changes;
    m_dependsOnTime = m_dependsOnTime || node.field == Field::Duration;
    const bool unequal = node.comparator == Comparator::NotEqual;
    const std::vector<Range> ranges = acceptedBy(node);
    if (node.field == Field::Thread) { // Either of the two.
        const Targets swapped{targets.onFalse, targets.onTrue};
        const Targets wanted = unequal ? swapped : targets;
        const std::uint32_t second = addRanges(Load::Worker, ranges, wanted);
        const std::uint32_t either = addRanges(Load::Caller, ranges, {wanted.onTrue, second});
        return unequal
            ? addTest({1, 0, 0, 0, Load::Lost, Way::NotInRange}, {either, targets.onFalse})
            : either;
    }
    const Load load = loadOf(node.field);
    if (isSmall(info.type)) {
        std::uint64_t set = 0;
        for (const Range& range : ranges) { // Neighbours have been merged.
            for (std::uint64_t value = range.low; value <= range.high; ++value)
                set |= std::uint64_t{1} << (value & 63U);
        }
        return addTest({unequal ? ~set : set, 0, 0, 0, load, Way::InSet}, targets);
    }
    if (!unequal)
        return addRanges(load, ranges, targets);
    const Range& excluded = ranges.empty() ? Range{0, 0} : ranges.front();
    const std::uint32_t test = addTest(
        {excluded.low, excluded.high - excluded.low, 0, 0, load, Way::NotInRange}, targets);
    // "Has a value", before "is not this one".
    return info.optional
        ? addTest({1, kMost - 1, 0, 0, load, Way::InRange}, {test, targets.onFalse})
        : test;
}

std::uint64_t Program::value(
    Load load, const OperationRecord& record, const FilterMoment& moment) noexcept
{
    switch (load) {
    case Load::Id:
        return record.id;
    case Load::Socket:
        return record.socketId;
    case Load::Kind:
        return static_cast<std::uint64_t>(record.kind);
    case Load::Outcome:
        return static_cast<std::uint64_t>(outcome(record));
    case Load::Error:
        return ordered(static_cast<std::int64_t>(record.error));
    case Load::Native:
        return ordered(record.nativeError);
    case Load::Asked:
        return record.bytesAsked;
    case Load::Bytes:
        return record.bytesDone;
    case Load::Progress:
        return record.bytesAsked != 0 && direction(record.kind) == Direction::Sent
            ? percentOf(record) + 1
            : 0;
    case Load::Time:
        return ordered(record.submittedNs - moment.originNs);
    case Load::Call:
        return record.returnedNs != 0 ? ordered(record.returnedNs - record.submittedNs) : 0;
    case Load::Duration:
        return ordered(duration(record, moment.nowNs).count());
    case Load::Ended:
        return record.completedNs != 0 ? ordered(record.completedNs - moment.originNs) : 0;
    case Load::Delivery:
        return record.eventNs != 0 ? ordered(record.eventNs - record.completedNs) : 0;
    case Load::Caller:
        return record.callThread;
    case Load::Worker:
        return endThread(record);
    case Load::Flags:
        return record.flags;
    case Load::Direction:
        return static_cast<std::uint64_t>(direction(record.kind));
    case Load::Lost:
        break;
    }
    return record.kind == SocketAsyncOperation::None ? 1 : 0;
}

bool Program::matches(const OperationRecord& record, const FilterMoment& moment) const noexcept
{
    const bool lost = record.kind == SocketAsyncOperation::None;
    std::uint32_t at = m_start;
    while (at < kReject) {
        const Test& test = m_tests[at];
        // Of a lost record only the number is known.
        if (lost && test.load != Load::Id && test.load != Load::Lost) {
            at = test.onFalse;
            continue;
        }
        const std::uint64_t found = value(test.load, record, moment);
        bool holds = false;
        switch (test.way) {
        case Way::InRange:
            holds = found - test.low <= test.span;
            break;
        case Way::NotInRange:
            holds = found - test.low > test.span;
            break;
        case Way::InSet:
            holds = (test.low >> (found & 63U) & 1U) != 0;
            break;
        case Way::AnyBit:
            holds = (found & test.low) != 0;
            break;
        }
        at = holds ? test.onTrue : test.onFalse;
    }
    return at == kAccept;
}

} // namespace swb::trace::filter
