// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/background_query.h"
#include "engine/trace/export/trace_export.h"
#include "engine/trace/trace_file.h"

#include <QObject>
#include <QString>
#include <QTimer>

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

    /// Saves what was recorded up to now.
    void save(const QString& path);
    /// Exports it; the format goes by the ending: .csv, .jsonl, .json (Perfetto), .pcapng.
    void exportTo(const QString& path);
    static std::optional<trace::ExportFormat> formatOf(const QString& path);
    /// What programs that ended without closing their recording left, the newest first.
    std::vector<trace::UnfinishedTrace> unfinished() const;
    /// Saves what can be read of one as a recording, and deletes it when that worked.
    void recover(const trace::UnfinishedTrace& unfinished, const QString& path);

    bool isBusy() const { return m_work.isRunning(); }
    /// Ends the work that is under way; nothing is left of it.
    void cancel();

signals:
    /// Something was written; in words.
    void written(const QString& text);
    /// It was not; why, and what to do. The old file is as it was.
    void failed(const QString& text);
    void busyChanged(bool busy);

private:
    struct Answer {
        bool ok = false;
        QString text;
    };
    using Work = std::function<Answer(const trace::Progress&)>;

    void start(Work work);
    void take();
    void keepSafe();

    EngineBridge& m_bridge;
    const QString m_folder;
    QTimer m_checkpoint; ///< A crash loses at most what came since the last one.
    std::uint64_t m_checked = 0; ///< Operations at the last one.
    trace::BackgroundQuery<Answer> m_work;
};

} // namespace swb::ui
