// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operations_model_text.h"

#include "engine/net/socket_error.h"
#include "engine/net/thread_id.h"
#include "ui/support/format.h"

#include <QDateTime>
#include <QLocale>
#include <QStringList>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

namespace swb::ui {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

QString exactNs(std::int64_t ns)
{
    const QString digits = groupedNumber(static_cast<std::uint64_t>(std::abs(ns)));
    return (ns < 0 ? QStringLiteral("-") : QString()) + digits + QStringLiteral(" ns");
}

/// Whole units and whole fractions, so that no digit is made up by a floating-point number.
QString signedTime(std::int64_t ns, TimeFormat::Unit unit)
{
    struct Digits {
        std::int64_t whole; ///< Nanoseconds of one unit.
        std::int64_t part; ///< Nanoseconds of the last digit shown.
        int count; ///< Digits after the point.
    };
    static constexpr std::array<Digits, 4> digits{
        {{kNsPerSecond, 1000, 6}, {1'000'000, 1, 6}, {1000, 1, 3}, {1, 1, 0}}};
    const Digits& shown = digits.at(static_cast<std::size_t>(unit));
    const std::int64_t amount = std::abs(ns);
    QString text = QChar(ns < 0 ? u'-' : u'+')
        + groupedNumber(static_cast<std::uint64_t>(amount / shown.whole));
    if (shown.count > 0)
        text += QLocale().decimalPoint()
            + QStringLiteral("%1").arg(
                amount % shown.whole / shown.part, shown.count, 10, QChar(u'0'));
    return text;
}

/// steady_clock and the clock on the wall are compared once: a clock that is set meanwhile must not
/// make operations jump.
std::int64_t wallOffsetNs()
{
    static const std::int64_t offset = [] {
        const auto wall = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()
            - trace::steadyNowNs();
    }();
    return offset;
}

} // namespace

OperationText::OperationText(const trace::OperationRecord& record, const trace::TraceStore& store)
    : m_record(record)
    , m_originNs(store.originNs())
    , m_nowNs(store.presentNs())
    , m_store(&store)
{
}

QString OperationText::timeOfDay(TimeFormat::Unit unit) const
{
    const std::int64_t ns = isOfFile() ? m_store->anchor().wallFromSteady(m_record.submittedNs)
                                       : m_record.submittedNs + wallOffsetNs();
    const QTime time = QDateTime::fromMSecsSinceEpoch(ns / 1'000'000).time();
    const int count = 3 * static_cast<int>(unit);
    QString text = time.toString(QStringLiteral("hh:mm:ss"));
    if (count > 0)
        text += QLocale().decimalPoint()
            + QStringLiteral("%1").arg(ns % kNsPerSecond, 9, 10, QChar(u'0')).left(count);
    return text;
}

QString OperationText::threadText(std::uint16_t id) const
{
    return QString::fromStdString(m_store != nullptr ? m_store->threadName(id) : threadName(id));
}

QString OperationText::number() const
{
    return groupedNumber(m_record.id);
}

QString OperationText::time() const
{
    if (isMissing(m_record))
        return {};
    return signedTime(m_record.submittedNs - m_originNs, TimeFormat::Unit::Seconds);
}

QString OperationText::time(const TimeFormat& format, std::optional<std::int64_t> aboveNs) const
{
    if (isMissing(m_record))
        return {};
    switch (format.mode) {
    case TimeFormat::Mode::Relative:
        return signedTime(m_record.submittedNs - m_originNs, format.unit);
    case TimeFormat::Mode::Absolute:
        return timeOfDay(format.unit);
    case TimeFormat::Mode::Delta:
        break;
    }
    return aboveNs ? signedTime(m_record.submittedNs - *aboveNs, format.unit) : QString();
}

QString OperationText::socket() const
{
    return m_record.socketId == 0 ? QString() : groupedNumber(m_record.socketId);
}

QString OperationText::operation() const
{
    return isMissing(m_record) ? tr("(not recorded)")
                               : QString::fromStdString(toString(m_record.kind));
}

QString OperationText::outcome() const
{
    if (isMissing(m_record))
        return {};
    switch (trace::outcome(m_record)) {
    case trace::Outcome::Synchronous:
        return tr("Synchronous");
    case trace::Outcome::Pending:
        return tr("Pending");
    case trace::Outcome::Completed:
        return tr("Completed");
    case trace::Outcome::Failed:
        return tr("Failed");
    case trace::Outcome::Aborted:
        return tr("Aborted");
    }
    return {};
}

QString OperationText::bytes() const
{
    if (!hasBytes())
        return {};
    return QStringLiteral("%1 / %2").arg(
        groupedNumber(m_record.bytesDone), groupedNumber(m_record.bytesAsked));
}

std::optional<int> OperationText::percent(const trace::OperationRecord& record)
{
    // A receive is complete with less than its buffer holds: a share of that would tell nothing.
    if (record.bytesAsked == 0 || trace::direction(record.kind) != trace::Direction::Sent)
        return std::nullopt;
    if (record.bytesDone >= record.bytesAsked)
        return 100;
    const double share
        = static_cast<double>(record.bytesDone) / static_cast<double>(record.bytesAsked);
    return std::min(99, static_cast<int>(share * 100));
}

QString OperationText::progress() const
{
    const std::optional<int> share = percent(m_record);
    return share ? tr("%1 %").arg(*share) : QString();
}

QString OperationText::error() const
{
    return QString::fromStdString(trace::errorText(m_record));
}

QString OperationText::durationText(std::chrono::nanoseconds duration)
{
    const std::int64_t ns = duration.count();
    if (ns < 1000)
        return tr("%1 ns").arg(ns);
    struct Unit {
        std::int64_t ns;
        std::int64_t below;
        const char* name;
    };
    static constexpr std::array<Unit, 3> units{
        {{1000, 1'000'000, QT_TR_NOOP("%1 µs")}, {1'000'000, kNsPerSecond, QT_TR_NOOP("%1 ms")},
            {kNsPerSecond, 60 * kNsPerSecond, QT_TR_NOOP("%1 s")}}};
    for (const Unit& unit : units) {
        if (ns < unit.below) {
            // Cut, not rounded: a time that reads "1000.0 ms" or that is ahead of the clock would
            // be wrong.
            const std::int64_t tenths = ns / (unit.ns / 10);
            return tr(unit.name).arg(QLocale().toString(static_cast<double>(tenths) / 10, 'f', 1));
        }
    }
    const std::int64_t seconds = ns / kNsPerSecond;
    const auto twoDigits
        = [](std::int64_t value) { return QStringLiteral("%1").arg(value, 2, 10, QChar(u'0')); };
    if (seconds < 3600)
        return tr("%1 min %2 s").arg(seconds / 60).arg(twoDigits(seconds % 60));
    return tr("%1 h %2 min").arg(seconds / 3600).arg(twoDigits(seconds / 60 % 60));
}

QString OperationText::duration() const
{
    return isMissing(m_record) ? QString() : durationText(trace::duration(m_record, m_nowNs));
}

QString OperationText::threads() const
{
    if (isMissing(m_record))
        return {};
    const QString caller = threadText(m_record.callThread);
    const std::uint16_t end = trace::endThread(m_record);
    // A pending operation may end on the thread that called, too; its event still came from
    // elsewhere in the code.
    if (end == 0 || !m_record.returnedPending())
        return caller;
    return QStringLiteral("%1 → %2").arg(caller, threadText(end));
}

QString OperationText::bytesSpoken() const
{
    return hasBytes()
        ? tr("%1 of %2 bytes")
              .arg(groupedNumber(m_record.bytesDone), groupedNumber(m_record.bytesAsked))
        : tr("no bytes");
}

QString OperationText::durationSpoken() const
{
    const QString lasted = duration();
    if (trace::outcome(m_record) != trace::Outcome::Pending)
        return lasted;
    return isOfFile() ? tr("%1, pending when the recording ended").arg(lasted)
                      : tr("%1, still pending").arg(lasted);
}

QString OperationText::errorSpoken() const
{
    const QString text = error();
    return text.isEmpty() ? tr("no error") : text;
}

QString OperationText::threadsSpoken() const
{
    if (isMissing(m_record))
        return {};
    const QString caller = threadText(m_record.callThread);
    const std::uint16_t end = trace::endThread(m_record);
    if (end == 0)
        return tr("called on %1, not completed yet").arg(caller);
    if (!m_record.returnedPending())
        return tr("called and finished on %1").arg(caller);
    return tr("called on %1, completed on %2").arg(caller, threadText(end));
}

QString OperationText::timesExact() const
{
    if (isMissing(m_record))
        return {};
    QStringList lines{
        tr("called: %1 after the first call").arg(exactNs(m_record.submittedNs - m_originNs))};
    const auto add = [&](const QString& text, std::int64_t timeNs) {
        if (timeNs != 0)
            lines += text.arg(exactNs(timeNs - m_record.submittedNs));
    };
    add(tr("call returned after: %1"), m_record.returnedNs);
    add(tr("result stored after: %1"), m_record.completedNs);
    add(tr("Completed raised after: %1"), m_record.eventNs);
    return lines.join(u'\n');
}

QString OperationText::outcomeExplained() const
{
    if (isMissing(m_record))
        return tr("There was no memory to record this operation.");
    QStringList lines;
    switch (trace::outcome(m_record)) {
    case trace::Outcome::Synchronous:
        lines += tr("The call returned false: it was finished, and no Completed event came.");
        break;
    case trace::Outcome::Pending:
        lines += isOfFile()
            ? tr("The call returned true; it was still pending when the recording ended.")
            : tr("The call returned true: Completed will be raised on a worker thread.");
        break;
    case trace::Outcome::Completed:
        lines += tr("The call returned true, and Completed was raised on a worker thread.");
        break;
    case trace::Outcome::Failed:
    case trace::Outcome::Aborted:
        lines += errorExplained();
        lines += m_record.returnedPending()
            ? tr("The call returned true, and Completed was raised with the error.")
            : tr("The call returned false, with the error; no Completed event came.");
        break;
    }
    if ((m_record.flags & operation_flags::Partial) != 0)
        lines += tr("%1 bytes had been taken before that.").arg(groupedNumber(m_record.bytesDone));
    if ((m_record.flags & operation_flags::InjectedFault) != 0)
        lines += tr("This outcome was made by fault injection.");
    return lines.join(u'\n');
}

QString OperationText::bytesExact() const
{
    if (!hasBytes())
        return {};
    const QString asked = trace::direction(m_record.kind) == trace::Direction::Received
        ? tr("room for: %1")
        : tr("asked to send: %1");
    const QString done = trace::direction(m_record.kind) == trace::Direction::Received
        ? tr("received: %1")
        : tr("taken by the kernel: %1");
    return done.arg(exactSizeText(m_record.bytesDone)) + u'\n'
        + asked.arg(exactSizeText(m_record.bytesAsked));
}

QString OperationText::errorExplained() const
{
    if (m_record.error == SocketError::Success)
        return {};
    return error() + u'\n' + QString::fromStdString(describe(m_record.error));
}

} // namespace swb::ui
