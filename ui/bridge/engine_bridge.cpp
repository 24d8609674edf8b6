// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/engine_bridge.h"

#include <QAbstractEventDispatcher>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>

namespace swb::ui {
namespace {

/// A missing row is shown as missing after this many frames that found nothing else to wait for.
constexpr int kFramesBeforeGap = 2;

} // namespace

/// What the wakers hold: it may outlive the bridge, and knows whether there still is one.
///
/// Waking the event loop is all that crosses the threads. A posted event would need memory of its
/// own, and Qt's locking of it is invisible to ThreadSanitizer in a Qt that was not built for it.
class EngineBridge::Gate {
public:
    explicit Gate(QAbstractEventDispatcher* eventLoop)
        : m_eventLoop(eventLoop)
    {
    }

    /// Any thread.
    void knock()
    {
        // The load first, so that many threads that knock while the GUI is at it share the line
        // instead of fighting for it.
        if (m_open.load(std::memory_order_relaxed) || m_open.exchange(true))
            return;
        const std::lock_guard lock(m_mutex);
        if (m_eventLoop != nullptr)
            m_eventLoop->wakeUp();
    }

    /// Somebody knocked since it was closed.
    bool isOpen() const { return m_open.load(); }
    /// From now on a knock wakes the event loop again. Returns whether it was open.
    bool close() { return m_open.exchange(false); }

    void forgetEventLoop()
    {
        const std::lock_guard lock(m_mutex);
        m_eventLoop = nullptr;
    }

private:
    std::atomic<bool> m_open{false};
    std::mutex m_mutex;
    QAbstractEventDispatcher* m_eventLoop; ///< Guarded by m_mutex.
};

EngineBridge::EngineBridge(trace::Recorder& recorder, trace::TraceStore& store, QObject* parent)
    : QObject(parent)
    , m_recorder(recorder)
    , m_store(store)
{
    QAbstractEventDispatcher* eventLoop = QAbstractEventDispatcher::instance();
    Q_ASSERT_X(eventLoop, "EngineBridge", "needs an application");
    m_gate = std::make_shared<Gate>(eventLoop);
    connect(eventLoop, &QAbstractEventDispatcher::awake, this, &EngineBridge::schedule);
    connect(eventLoop, &QObject::destroyed, this, [gate = m_gate] { gate->forgetEventLoop(); });
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &EngineBridge::runFrame);
    m_recorder.setWake(waker());
    m_gate->knock(); // What was recorded before.
}

EngineBridge::~EngineBridge()
{
    m_recorder.setWake({});
    m_gate->forgetEventLoop();
}

std::function<void()> EngineBridge::waker() const
{
    return [gate = m_gate] { gate->knock(); };
}

/// Called at every turn of the event loop, so it must cost nothing when nobody knocked. A frame
/// comes at once when the last one is long enough ago, so that a single click is answered without
/// delay.
void EngineBridge::schedule()
{
    if (m_timer.isActive() || m_inFrame || !m_gate->isOpen())
        return;
    const qint64 since = m_sinceFrame.isValid() ? m_sinceFrame.elapsed() : m_frameMs;
    m_timer.start(static_cast<int>(std::max<qint64>(0, m_frameMs - since)));
}

void EngineBridge::runFrame()
{
    m_inFrame = true; // A slot that runs an event loop must not get the next batch before others
                      // got this one.
    m_sinceFrame.start();
    const bool woken = m_gate->close(); // Before looking around: what comes later knocks again.
    const bool busy = drain(kDrainBudgetMs);
    emit frame();
    m_inFrame = false;
    // One frame follows each wake, because neither side pays for a memory barrier: what raced with
    // this frame's look around is seen by the next, and what comes after it meets a gate that was
    // closed a whole frame ago.
    if (busy || woken || m_gate->isOpen())
        m_timer.start(static_cast<int>(std::max<qint64>(1, m_frameMs - m_sinceFrame.elapsed())));
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
              m_updatedRows.clear();
              m_store.apply(records, &m_updatedRows);
              for (const std::uint64_t row : m_updatedRows) {
                  if (static_cast<qint64>(row) < batch.firstNewRow) // Others are new to everybody.
                      batch.changedRows.append(static_cast<qint64>(row));
              }
              return budgetMs < 0 || clock.elapsed() < budgetMs;
          });

    m_frameMs = nextFrameMs(drained);

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
    schedule();
}

} // namespace swb::ui
