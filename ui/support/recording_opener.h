// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/background_query.h"
#include "ui/support/opened_recording.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace swb::ui {

/// Opens recordings on another thread, one at a time.
///
/// **Threads** GUI thread. **Lifetime** the bridge, whose frames bring the answer, must outlive it.
class RecordingOpener : public QObject {
    Q_OBJECT
public:
    explicit RecordingOpener(EngineBridge& bridge, QObject* parent = nullptr);
    ~RecordingOpener() override;

    /// Takes the place of one that is being opened.
    void open(const QString& path);
    void cancel();
    /// Until ended().
    bool isBusy() const { return m_isBusy; }
    const QString& path() const { return m_path; }

signals:
    void started(const QString& path);
    /// While it is being opened, some times a second.
    void progressed(int permille);
    /// Opened, refused or cancelled.
    void ended();
    /// Never null; whoever wants it keeps it.
    void opened(const std::shared_ptr<swb::ui::OpenedRecording>& recording);
    /// It was not; why, and what to do.
    void failed(const QString& text);

private:
    struct Answer {
        RecordingContent content;
        QString problem; ///< Empty: it is open.
    };

    void take();

    QString m_path;
    bool m_isBusy = false; ///< Also while the answer is there and was not taken.
    QTimer m_progress;
    trace::BackgroundQuery<Answer> m_query;
};

} // namespace swb::ui
