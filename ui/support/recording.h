// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/background_query.h"
#include "engine/trace/export/trace_export.h"
#include "engine/trace/trace_file.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace swb::ui {

class EngineBridge;

/// The recording as files: saved, exported, kept safe from a crash, and recovered after one. Files
/// are written on another thread while recording goes on; one at a time.
///
/// **Threads** GUI thread. **Lifetime** the bridge must outlive it.
class Recording : public QObject {
    Q_OBJECT
public:
    /// `folder` is where unfinished recordings are: TraceStoreOptions::folder.
    Recording(EngineBridge& bridge, QString folder, QObject* parent = nullptr);
    ~Recording() override;

    using Store = std::shared_ptr<const trace::TraceStore>;

    /// Saves what was recorded up to now; or a copy of a recording that was opened.
    void save(const QString& path, const Store& opened = nullptr);
    /// Exports it; the format goes by the ending: .csv, .jsonl, .json (Perfetto), .pcapng.
    void exportTo(const QString& path, const Store& opened = nullptr);
    static std::optional<trace::ExportFormat> formatOf(const QString& path);
    /// What programs that ended without closing their recording left, the newest first.
    std::vector<trace::UnfinishedTrace> unfinished() const;
    /// Saves what can be read of one as a recording, and deletes it when that worked.
    void recover(const trace::UnfinishedTrace& unfinished, const QString& path);

    bool isBusy() const { return m_work.isRunning(); }
    /// "Saving a.swbtrace": what is under way.
    const QString& doing() const { return m_doing; }
    /// Operations that were recorded since the recording was saved last.
    std::uint64_t unsaved() const;
    /// How many first bytes of each operation are kept from now on; 0: none.
    void setKeptPayload(int bytes);
    int keptPayload() const;
    /// Where what is too much for the memory goes; empty: it stays there.
    const QString& folder() const { return m_folder; }
    /// Ends the work that is under way; nothing is left of it.
    void cancel();

signals:
    /// Something was written; in words.
    void written(const QString& text);
    /// It was not; why, and what to do. The old file is as it was.
    void failed(const QString& text);
    /// What a crash left is a recording now: where it is.
    void recovered(const QString& path);
    void busyChanged(bool busy);

private:
    struct Answer {
        bool ok = false;
        QString text;
        QString recovered = {}; ///< Where it is.
        std::uint64_t saved = 0; ///< Operations of this session.
    };
    using Work = std::function<Answer(const trace::Progress&)>;

    void start(const QString& doing, Work work);
    const trace::TraceStore& prepare(const Store& opened);
    void take();
    void keepSafe();

    EngineBridge& m_bridge;
    const QString m_folder;
    QTimer m_checkpoint; ///< A crash loses at most what came since the last one.
    std::uint64_t m_checked = 0; ///< What there was at the last one.
    std::uint64_t m_saved = 0; ///< Operations in what was saved last.
    QString m_doing;
    trace::BackgroundQuery<Answer> m_work;
};

} // namespace swb::ui
