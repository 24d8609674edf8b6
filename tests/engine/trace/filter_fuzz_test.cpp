// SPDX-License-Identifier: GPL-3.0-or-later
// What random text does to the filter language, and whether the compiled program says the same as a
// plain walk over the tree.
#include "engine/trace/filter/filter.h"

#include "tests/engine/trace/records.h"
#include "tests/support/deadline.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

using namespace swb;
using trace::Field;
using trace::FilterMoment;
using trace::Flag;
using trace::filter::Comparator;
using trace::filter::Node;

namespace {

const trace::ThreadNames kThreads{{1, "main"}, {2, "worker 1"}, {3, "worker 2"}};
constexpr FilterMoment kMoment{2000, 1'000'000};

constexpr int kRounds = test::kSanitized ? 2000 : 20'000;

/// A fixed seed, so that a failure can be had again.
class Dice {
public:
    explicit Dice(unsigned seed)
        : m_engine(seed)
    {
    }
    std::size_t below(std::size_t count)
    {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(m_engine);
    }
    template <typename T> const T& oneOf(const std::vector<T>& choices)
    {
        return choices[below(choices.size())];
    }

private:
    std::mt19937 m_engine;
};

std::string randomValue(Dice& dice, const trace::FieldInfo& info)
{
    static const std::vector<std::string> numbers{"0", "1", "2", "3", "7", "50", "100"};
    switch (info.type) {
    case trace::ValueType::Number:
        return dice.oneOf(numbers);
    case trace::ValueType::Size:
        return dice.oneOf<std::string>({"0", "64", "1 KiB", "1.5KiB", "1000", "2 MiB", "1 TiB"});
    case trace::ValueType::Share:
        return dice.oneOf<std::string>({"0", "50 %", "100", "99%"});
    case trace::ValueType::Duration:
        return dice.oneOf<std::string>(
            {"0", "100ns", "400 ns", "5us", "5.1 \u00b5s", "1 ms", "2 s"});
    case trace::ValueType::Moment:
        return dice.oneOf<std::string>({"0", "-1 us", "3us", "9 us", "1 h"});
    case trace::ValueType::Kind:
    case trace::ValueType::Outcome:
    case trace::ValueType::Error:
    case trace::ValueType::Native:
    case trace::ValueType::Thread: {
        const auto names = trace::namedValues(info.type, kThreads);
        return '"' + names[dice.below(names.size())].name + '"';
    }
    }
    return "1";
}

std::string randomTerm(Dice& dice)
{
    const auto flags = trace::allFlags();
    if (dice.below(3) == 0)
        return std::string(flags[dice.below(flags.size())].name);
    const trace::FieldInfo& info = trace::allFields()[dice.below(trace::allFields().size())];
    std::string text = std::string(info.name) + ' ';
    if (dice.below(4) == 0) {
        text += "in {";
        const std::size_t count = 1 + dice.below(4);
        for (std::size_t i = 0; i < count; ++i) {
            text += (i > 0 ? ", " : "") + randomValue(dice, info);
            if (trace::hasOrder(info.type) && dice.below(3) == 0)
                text += ".." + randomValue(dice, info); // May end before it starts: an error.
        }
        return text + '}';
    }
    text += trace::hasOrder(info.type)
        ? dice.oneOf<std::string>({"==", "!=", "<", "<=", ">", ">=", "="})
        : dice.oneOf<std::string>({"==", "!="});
    return text + ' ' + randomValue(dice, info);
}

std::string randomFilter(Dice& dice, int depth = 0)
{
    const std::size_t shape = depth > 4 ? 0 : dice.below(6);
    switch (shape) {
    case 1:
        return randomFilter(dice, depth + 1) + " && " + randomFilter(dice, depth + 1);
    case 2:
        return randomFilter(dice, depth + 1) + " or " + randomFilter(dice, depth + 1);
    case 3:
        return '(' + randomFilter(dice, depth + 1) + ')';
    case 4:
        return "! " + randomFilter(dice, depth + 1);
    default:
        return randomTerm(dice);
    }
}

void mutate(Dice& dice, std::string& text)
{
    static const std::vector<std::string> pieces{"&&", "||", "!", "(", ")", "{", "}", "..", ",",
        "==", "<", "\"", " ", "5", "1.5", "-", "ms", "\u00b5", "\xff", "in", "not", "bytes",
        "pending", "99999999999999999999", "%", std::string(1, '\0'), "\n"};
    const std::size_t changes = 1 + dice.below(4);
    for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t at = dice.below(text.size() + 1);
        switch (dice.below(3)) {
        case 0:
            text.insert(at, dice.oneOf(pieces));
            break;
        case 1:
            text.erase(at, 1 + dice.below(5));
            break;
        default:
            text.insert(at, text.substr(dice.below(text.size() + 1), dice.below(10)));
        }
    }
}

std::string randomBytes(Dice& dice)
{
    std::string text(dice.below(60), ' ');
    for (char& c : text)
        c = static_cast<char>(dice.below(2) == 0 ? dice.below(256) : 32 + dice.below(95));
    return text;
}

std::vector<OperationRecord> sampleRecords()
{
    std::vector<OperationRecord> records;
    std::uint64_t id = 0;
    for (const auto kind : {SocketAsyncOperation::Send, SocketAsyncOperation::SendPackets,
             SocketAsyncOperation::Receive, SocketAsyncOperation::Connect,
             SocketAsyncOperation::Disconnect, SocketAsyncOperation::None}) {
        for (const std::uint64_t asked : {0U, 64U, 1000U, 1536U}) {
            OperationRecord pending = test::pendingSend(++id, asked, asked / 2);
            OperationRecord reset = test::completed(pending, SocketError::ConnectionReset);
            reset.nativeError = ECONNRESET;
            reset.flags |= operation_flags::Partial;
            OperationRecord aborted = test::completed(pending, SocketError::OperationAborted);
            aborted.eventNs = 0;
            OperationRecord synchronous = test::synchronousSend(id, asked);
            synchronous.flags |= operation_flags::FromFile | operation_flags::InjectedFault;
            for (OperationRecord record :
                {pending, reset, aborted, synchronous, test::completed(pending)}) {
                record.kind = kind;
                record.socketId = static_cast<std::uint32_t>(id % 4);
                records.push_back(record);
            }
        }
    }
    return records;
}

/// The value of a field as people understand it; nothing when the record has none.
std::optional<std::int64_t> plainValue(Field field, const OperationRecord& r)
{
    const bool over = r.phase == OperationPhase::Completed;
    const auto when = [](std::int64_t ns, std::int64_t since) {
        return ns == 0 ? std::nullopt : std::optional(ns - since);
    };
    switch (field) {
    case Field::Id:
        return static_cast<std::int64_t>(r.id);
    case Field::Socket:
        return r.socketId;
    case Field::Kind:
        return static_cast<int>(r.kind);
    case Field::Outcome:
        return static_cast<int>(trace::outcome(r));
    case Field::Error:
        return static_cast<int>(r.error);
    case Field::Native:
        return r.nativeError;
    case Field::Asked:
        return static_cast<std::int64_t>(r.bytesAsked);
    case Field::Bytes:
        return static_cast<std::int64_t>(r.bytesDone);
    case Field::Progress:
        if (r.bytesAsked == 0 || trace::direction(r.kind) != trace::Direction::Sent)
            return std::nullopt;
        return static_cast<std::int64_t>(100 * r.bytesDone / r.bytesAsked);
    case Field::Time:
        return r.submittedNs - kMoment.originNs;
    case Field::Call:
        return when(r.returnedNs, r.submittedNs);
    case Field::Duration:
        return (over ? r.completedNs : kMoment.nowNs) - r.submittedNs;
    case Field::Ended:
        return when(r.completedNs, kMoment.originNs);
    case Field::Delivery:
        return when(r.eventNs, r.completedNs);
    case Field::Thread:
    case Field::Caller:
        return r.callThread;
    case Field::Worker:
        return over ? std::optional<std::int64_t>(r.completionThread) : std::nullopt;
    }
    return std::nullopt;
}

bool plainComparison(const Node& node, std::optional<std::int64_t> value)
{
    if (!value)
        return false;
    const auto first = static_cast<std::int64_t>(node.values.front().low);
    switch (node.comparator) {
    case Comparator::Equal:
        return *value == first;
    case Comparator::NotEqual:
        return *value != first;
    case Comparator::Less:
        return *value < first;
    case Comparator::LessOrEqual:
        return *value <= first;
    case Comparator::Greater:
        return *value > first;
    case Comparator::GreaterOrEqual:
        return *value >= first;
    case Comparator::In:
        break;
    }
    return std::any_of(node.values.begin(), node.values.end(), [&](const auto& range) {
        return *value >= static_cast<std::int64_t>(range.low)
            && *value <= static_cast<std::int64_t>(range.high);
    });
}

bool plainFlag(Flag flag, const OperationRecord& r)
{
    const trace::Outcome outcome = trace::outcome(r);
    switch (flag) {
    case Flag::Pending:
        return outcome == trace::Outcome::Pending;
    case Flag::Synchronous:
        return outcome == trace::Outcome::Synchronous;
    case Flag::Completed:
        return outcome == trace::Outcome::Completed;
    case Flag::Failed:
        return outcome == trace::Outcome::Failed;
    case Flag::Aborted:
        return outcome == trace::Outcome::Aborted;
    case Flag::Partial:
        return (r.flags & operation_flags::Partial) != 0;
    case Flag::File:
        return (r.flags & operation_flags::FromFile) != 0;
    case Flag::Injected:
        return (r.flags & operation_flags::InjectedFault) != 0;
    case Flag::ReturnedPending:
        return r.returnedPending();
    case Flag::Sent:
        return trace::direction(r.kind) == trace::Direction::Sent;
    case Flag::Received:
        return trace::direction(r.kind) == trace::Direction::Received;
    case Flag::Lost:
        break;
    }
    return false;
}

/// The tree, walked without any of the program's tricks.
bool plainMatch(const Node& node, const OperationRecord& record)
{
    const auto child = [&](const Node& each) { return plainMatch(each, record); };
    const bool lost = record.kind == SocketAsyncOperation::None;
    switch (node.kind) {
    case Node::Kind::All:
        return std::all_of(node.children.begin(), node.children.end(), child);
    case Node::Kind::Any:
        return std::any_of(node.children.begin(), node.children.end(), child);
    case Node::Kind::Not:
        return !child(node.children.front());
    case Node::Kind::Flag:
        return node.flag == Flag::Lost ? lost : !lost && plainFlag(node.flag, record);
    case Node::Kind::Comparison:
        break;
    }
    if (lost && node.field != Field::Id)
        return false;
    if (node.field != Field::Thread)
        return plainComparison(node, plainValue(node.field, record));
    Node equal = node;
    if (node.comparator == Comparator::NotEqual)
        equal.comparator = Comparator::Equal;
    const bool either = plainComparison(equal, plainValue(Field::Caller, record))
        || plainComparison(equal, plainValue(Field::Worker, record));
    return either != (node.comparator == Comparator::NotEqual);
}

/// Everything that must hold for any text whatever. Returns whether it is a filter.
bool check(const std::string& text, const std::vector<OperationRecord>& records)
{
    const auto result = trace::parseFilter(text, kThreads);
    if (result.error) {
        if (result.error->position > text.size()
            || result.error->length > text.size() - result.error->position
            || result.error->message.empty())
            qFatal("error beyond the text: %s", text.c_str());
        return false;
    }
    const std::string usual = result.filter.text();
    const auto again = trace::parseFilter(usual, kThreads);
    if (!again || !(again.filter == result.filter) || again.filter.text() != usual)
        qFatal("'%s' does not come back from '%s'", text.c_str(), usual.c_str());
    const auto tree = std::get<Node>(trace::filter::parse(text, kThreads));
    for (const OperationRecord& record : records) {
        if (result.filter.matches(record, kMoment) != plainMatch(tree, record))
            qFatal("'%s' gives another result for record %llu", usual.c_str(),
                static_cast<unsigned long long>(record.id));
    }
    return true;
}

void checkCompletions(Dice& dice, const std::string& text)
{
    const std::size_t cursor = dice.below(text.size() + 2);
    const auto found = trace::completeFilter(text, cursor, kThreads);
    if (found.position > text.size() || found.length > text.size() - found.position
        || found.position > cursor)
        qFatal("completion beyond the text: %s", text.c_str());
}

} // namespace

class FilterFuzzTest : public QObject {
    Q_OBJECT

private slots:
    void validFiltersMeanTheSameAsTheirTree()
    {
        Dice dice(20'261'126);
        const auto records = sampleRecords();
        int valid = 0;
        for (int i = 0; i < kRounds / 5; ++i) {
            const std::string text = randomFilter(dice);
            valid += check(text, records) ? 1 : 0;
            checkCompletions(dice, text);
        }
        QVERIFY2(valid > kRounds / 10, qPrintable(QString::number(valid)));
    }

    void brokenFiltersAreRefusedInPlace()
    {
        Dice dice(4711);
        const auto records = sampleRecords();
        int valid = 0;
        for (int i = 0; i < kRounds; ++i) {
            std::string text = randomFilter(dice);
            mutate(dice, text);
            valid += check(text, records) ? 1 : 0;
            checkCompletions(dice, text);
        }
        QVERIFY2(
            valid > kRounds / 100 && valid < kRounds * 9 / 10, qPrintable(QString::number(valid)));
    }

    void anyBytesAreRead()
    {
        Dice dice(42);
        const auto records = sampleRecords();
        for (int i = 0; i < kRounds; ++i) {
            const std::string text = randomBytes(dice);
            check(text, records);
            checkCompletions(dice, text);
        }
    }
};

QTEST_GUILESS_MAIN(FilterFuzzTest)
#include "filter_fuzz_test.moc"
