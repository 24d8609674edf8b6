// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_bridge.h"

#include <QCoreApplication>
#include <QEvent>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <utility>

namespace swb::ui {
namespace {

/// A missing row is shown as missing after this many frames that found nothing else to wait for.
constexpr int kFramesBeforeGap = 2;

QEvent::Type wakeEventType()
{
    static const auto type = static_cast<QEvent::Type>(QEvent::registerEventType());
    return type;
}

} // namespace

/// What the wakers hold: it may outlive the bridge, and knows whether there still is one.
class EngineBridge::Gate {
public:
    explicit Gate(QObject* bridge)
        : m_bridge(bridge)
    {
    }

    /// Any thread. An event without content: the GUI looks for itself what there is.
    void knock()
    {
        // The load first, so that many threads that knock while the GUI is at it share the line
        // instead of fighting for it.
        if (m_open.load(std::memory_order_relaxed)
            || m_open.exchange(true, std::memory_order_acq_rel))
            return;
        const std::lock_guard lock(m_mutex);
        if (m_bridge != nullptr)
            QCoreApplication::postEvent(m_bridge, new QEvent(wakeEventType()));
    }

    /// From now on a knock posts an event again.
    void close() { m_open.exchange(false, std::memory_order_acq_rel); }

    void forgetBridge()
    {
        const std::lock_guard lock(m_mutex);
        m_bridge = nullptr;
    }

private:
    std::atomic<bool> m_open{false}; ///< The GUI has been told, and will look.
    std::mutex m_mutex;
    QObject* m_bridge; ///< Guarded by m_mutex.
};

EngineBridge::EngineBridge(trace::Recorder& recorder, trace::TraceStore& store, QObject* parent)
    : QObject(parent)
    , m_recorder(recorder)
    , m_store(store)
    , m_gate(std::make_shared<Gate>(this))
{
    wakeEventType();
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &EngineBridge::runFrame);
    m_recorder.setWake(waker());
    m_gate->knock(); // What was recorded before.
}

EngineBridge::~EngineBridge()
{
    m_recorder.setWake({});
    m_gate->forgetBridge();
}

std::function<void()> EngineBridge::waker() const
{
    return [gate = m_gate] { gate->knock(); };
}

bool EngineBridge::event(QEvent* event)
{
    if (event->type() != wakeEventType())
        return QObject::event(event);
    m_woken = true;
    schedule();
    return true;
}

/// At once when the last frame is long enough ago, so that a single click is answered without
/// delay.
void EngineBridge::schedule()
{
    if (m_timer.isActive() || m_inFrame)
        return;
    const qint64 since = m_sinceFrame.isValid() ? m_sinceFrame.elapsed() : kFrameMs;
    if (since >= kFrameMs)
        runFrame();
    else
        m_timer.start(static_cast<int>(kFrameMs - since));
}

void EngineBridge::runFrame()
{
    m_inFrame = true; // A slot that runs an event loop must not get the next batch before others
                      // got this one.
    m_sinceFrame.start();
    const bool woken = std::exchange(m_woken, false);
    m_gate->close(); // Before looking around: what comes later knocks again.
    const bool busy = drain(kDrainBudgetMs);
    emit frame();
    m_inFrame = false;
    // One frame follows each wake, because neither side pays for a memory barrier: what raced with
    // this frame's look around is seen by the next, and what comes after it meets a gate that was
    // closed a whole frame ago.
    if (busy || woken || m_woken)
        m_timer.start(static_cast<int>(std::max<qint64>(1, kFrameMs - m_sinceFrame.elapsed())));
}

/// True: there may be more to do in the next frame.
bool EngineBridge::drain(qint64 budgetMs)
{
    OperationsBatch batch;
    batch.firstNewRow = static_cast<qint64>(m_store.rowCount());
    QElapsedTimer clock;
    clock.start();
    const trace::DrainResult drained
        = m_recorder.drain([&](std::span<const trace::OperationRecord> records) {
              for (const trace::OperationRecord& record : records) {
                  if (m_store.apply(record) != trace::TraceStore::Change::Updated)
                      continue;
                  const auto row = static_cast<qint64>(trace::TraceStore::rowOf(record.id));
                  if (row < batch.firstNewRow) // Others are new to everybody.
                      batch.changedRows.append(row);
              }
              return budgetMs < 0 || clock.elapsed() < budgetMs;
          });

    // Ids come in order, but their records only nearly so. A row that is still missing when
    // everything is drained is on its way, unless records were lost.
    bool waitsForGap = false;
    if (!drained.more && m_store.hasGap() && lostRecords() > 0) {
        waitsForGap = ++m_framesWithGap < kFramesBeforeGap;
        if (!waitsForGap)
            m_store.showGaps();
    } else {
        m_framesWithGap = 0;
    }

    batch.newRows = static_cast<qint64>(m_store.rowCount()) - batch.firstNewRow;
    std::sort(batch.changedRows.begin(), batch.changedRows.end());
    batch.changedRows.erase(
        std::unique(batch.changedRows.begin(), batch.changedRows.end()), batch.changedRows.end());
    if (!batch.isEmpty())
        emit operationsChanged(batch);
    return drained.records > 0 || drained.more || waitsForGap;
}

void EngineBridge::flush()
{
    if (m_inFrame)
        return;
    m_inFrame = true;
    drain(-1);
    m_inFrame = false;
    if (m_woken)
        schedule();
}

} // namespace swb::ui
