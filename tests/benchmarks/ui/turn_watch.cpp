// SPDX-License-Identifier: GPL-3.0-or-later
#include "turn_watch.h"

#include "heartbeat.h"

#include "engine/trace/operation_record.h"

#include <QEvent>
#include <QMetaEnum>

#include <algorithm>
#include <cstdio>

#include <sys/resource.h>

namespace swb::bench {

namespace {

double cpuMs()
{
    return threadCpuNs() / 1e6;
}

long pageFaults()
{
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}

template <typename Parts> void addTo(Parts& parts, const std::string& what, double ms)
{
    const auto found = std::find_if(
        parts.begin(), parts.end(), [&](const auto& part) { return part.what == what; });
    if (found != parts.end())
        found->ms += ms;
    else
        parts.push_back({what, ms});
}

template <typename Parts> void print(Parts& parts, std::size_t most)
{
    std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.ms > b.ms; });
    for (std::size_t i = 0; i < std::min(most, parts.size()); ++i)
        std::fprintf(stderr, "    %9.2f ms  %s\n", parts[i].ms, parts[i].what.c_str());
}

} // namespace

WatchedApplication::WatchedApplication(int& argc, char** argv)
    : QApplication(argc, argv)
    , m_wanted(static_cast<std::size_t>(qEnvironmentVariableIntValue("SWB_BENCH_TURNS")))
{
}

std::string WatchedApplication::nameOf(const QObject* receiver, const QEvent* event)
{
    std::string name = receiver->metaObject()->className();
    const QObject* known = receiver;
    // Qt names some of its own.
    while (known != nullptr
        && (known->objectName().isEmpty() || known->objectName().startsWith(QLatin1String("qt_"))))
        known = known->parent();
    if (known == nullptr && receiver->parent() != nullptr)
        name += std::string(" of ") + receiver->parent()->metaObject()->className();
    if (known != nullptr)
        name += (known == receiver ? " " : " of ") + known->objectName().toStdString();
    const char* type = QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type());
    return name + ", " + (type != nullptr ? type : "event");
}

bool WatchedApplication::notify(QObject* receiver, QEvent* event)
{
    if (!m_watching)
        return QApplication::notify(receiver, event);
    const std::string name = nameOf(receiver, event); // it may be gone afterwards
    const double outer = std::exchange(m_innerMs, 0);
    const double before = cpuMs();
    const bool result = QApplication::notify(receiver, event);
    const double spent = cpuMs() - before;
    m_parts.emplace_back(name, spent - m_innerMs);
    m_innerMs = outer + spent;
    return result;
}

void WatchedApplication::watch()
{
    if (m_wanted == 0)
        return;
    m_watching = true;
    m_parts.clear();
    m_all.clear();
    m_longest.clear();
    m_startMs = static_cast<double>(trace::steadyNowNs()) / 1e6;
    m_turnStartMs = cpuMs();
    m_turnFaults = pageFaults();
}

void WatchedApplication::turnEnded()
{
    if (!m_watching)
        return;
    Turn turn;
    turn.ms = cpuMs() - m_turnStartMs;
    turn.pageFaults = pageFaults() - m_turnFaults;
    turn.atS = (static_cast<double>(trace::steadyNowNs()) / 1e6 - m_startMs) / 1000;
    for (const auto& [what, ms] : m_parts)
        addTo(m_all, what, ms);
    if (m_longest.size() < m_wanted || turn.ms > m_longest.back().ms) {
        for (const auto& [what, ms] : m_parts)
            addTo(turn.parts, what, ms);
        m_longest.push_back(std::move(turn));
        std::sort(m_longest.begin(), m_longest.end(),
            [](const Turn& a, const Turn& b) { return a.ms > b.ms; });
        m_longest.resize(std::min(m_longest.size(), m_wanted));
    }
    m_parts.clear();
    m_turnStartMs = cpuMs();
    m_turnFaults = pageFaults();
}

void WatchedApplication::tell()
{
    if (!m_watching)
        return;
    m_watching = false;
    for (Turn& turn : m_longest) {
        std::fprintf(stderr, "  turn of %.1f ms CPU time after %.1f s, %ld page faults:\n", turn.ms,
            turn.atS, turn.pageFaults);
        print(turn.parts, 8);
    }
    std::fprintf(stderr, "  all turns:\n");
    print(m_all, 25);
}

} // namespace swb::bench
