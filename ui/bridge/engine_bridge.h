// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/recorder.h"
#include "engine/trace/trace_store.h"

#include <QElapsedTimer>
#include <QList>
#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace swb::ui {

/// What happened to the rows of the TraceStore since the batch before.
struct OperationsBatch {
    qint64 firstNewRow = 0; ///< Row count before this batch.
    qint64 newRows = 0; ///< How many rows were appended, as one block.
    QList<qint64> changedRows; ///< Older rows that are different now: ascending, each once, all
                               ///< below firstNewRow.

    bool isEmpty() const { return newRows == 0 && changedRows.isEmpty(); }
};

/// The only place where engine threads meet the GUI thread. Threads wake it, without data; it then
/// drains the recorder into the store, at most once every 16 ms (32 ms while very much comes) and
/// for about 5 ms at a time, and tells the models. While nothing happens no timer runs.
///
/// **Threads** lives on the GUI thread, where all signals are emitted; what waker() gives is for
/// any thread.
/// **Lifetime** needs an application; recorder and store must outlive it. It sets the recorder's
/// wake and takes it away again.
class EngineBridge : public QObject {
    Q_OBJECT

public:
    static constexpr qint64 kFrameMs = 16;
    static constexpr qint64 kDrainBudgetMs = 5;
    /// While so many records come with a frame, the next one comes after twice the time: no eye
    /// follows single rows then, and all that is made anew for each frame costs half.
    static constexpr std::size_t kManyRecords = 2000;
    /// From a frame in which so much was drained to the next one. What there was no time to drain
    /// must not wait longer.
    static constexpr qint64 nextFrameMs(const trace::DrainResult& drained)
    {
        return drained.records >= kManyRecords && !drained.more ? 2 * kFrameMs : kFrameMs;
    }

    EngineBridge(trace::Recorder& recorder, trace::TraceStore& store, QObject* parent = nullptr);
    ~EngineBridge() override;

    /// To be called from any thread whenever something changed (for example by Workspace): a
    /// frame() will follow. Cheap, never blocks on the GUI; any number of calls before the frame
    /// wake it once. May be kept and called after the bridge is gone, it then does nothing.
    std::function<void()> waker() const;

    const trace::TraceStore& store() const { return m_store; }

    /// What the sockets of the recording are, for people; filled by whoever knows.
    trace::SocketTable& sockets() { return m_store.sockets(); }
    /// What was seen of their health, and the payload that is kept, the same.
    trace::HealthSamples& health() { return m_store.health(); }
    trace::PayloadLog& payload() { return m_store.payload(); }
    /// See TraceStore::checkpoint().
    void checkpoint() { m_store.checkpoint(); }

    /// Records that are missing in the store for want of memory.
    quint64 lostRecords() const { return m_recorder.lost() + m_store.lost(); }
    /// Those of them that did not even reach the store.
    quint64 lostBeforeStore() const { return m_recorder.lost(); }

    /// Drains everything now, whatever it takes, and emits operationsChanged(): before a trace is
    /// saved, or at the end. Does nothing inside a slot of this object's signals.
    void flush();

signals:
    /// The store has new or changed rows: models append newRows as one block. Never empty.
    void operationsChanged(const swb::ui::OperationsBatch& batch);
    /// Something was woken, at most once every 16 ms, after operationsChanged(): take new snapshots
    /// now. After the last wake one more comes, which catches what raced with the one before.
    void frame();

private:
    class Gate;

    void schedule();
    void runFrame();
    bool drain(qint64 budgetMs);

    trace::Recorder& m_recorder;
    trace::TraceStore& m_store;
    std::shared_ptr<Gate> m_gate;
    QTimer m_timer;
    QElapsedTimer m_sinceFrame;
    qint64 m_frameMs = kFrameMs; ///< Between the last frame and the next one.
    int m_framesWithGap = 0;
    bool m_inFrame = false;
    std::vector<std::uint64_t> m_updatedRows; ///< Kept for its memory.
};

} // namespace swb::ui
