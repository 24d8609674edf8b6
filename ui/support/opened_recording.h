// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/recorder.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/models/operation_focus.h"
#include "ui/models/operations_source.h"
#include "ui/models/shown_operations.h"
#include "ui/support/recording_content.h"

#include <QString>

#include <memory>

namespace swb::ui {

/// A recording that was opened, with everything that the views need to show it as they show the
/// session that is recorded now.
///
/// **Threads** GUI thread.
class OpenedRecording final : public OperationsSource {
    Q_OBJECT
public:
    explicit OpenedRecording(RecordingContent content, QObject* parent = nullptr);
    ~OpenedRecording() override;

    const QString& path() const { return m_content.path; }
    QString name() const; ///< The file's, without its folder.
    /// "1,204,118 operations, recorded 21.11.2026 12:00 by swb 0.1.0, lasted 3.2 s"
    QString summary() const;
    /// What is missing in it, in sentences; empty when it is whole.
    QString trouble() const;
    std::shared_ptr<const trace::TraceStore> shared() const { return m_content.store; }
    ShownOperations& shown() { return m_shown; }
    OperationFocus& focus() { return m_focus; }
    TimelineLanes& lanes() { return *m_content.lanes; }

    const trace::TraceStore& store() const override { return *m_content.store; }
    QString socketName(std::uint32_t socketId) const override;
    QString content(std::uint64_t operationId) const override;
    QString reason(const trace::OperationRecord& record) const override;
    /// That of the operation that was selected last.
    std::uint32_t selectedSocket() const override { return m_selectedSocket; }
    std::optional<Inspection> inspect(std::uint64_t operationId) const override;

private:
    void followSelection(std::uint64_t operationId);
    void explain(Inspection& inspection) const;
    QString momentText(std::int64_t atNs) const;

    RecordingContent m_content;
    trace::Recorder m_nobody; ///< Nothing is recorded; the bridge brings answers of queries.
    EngineBridge m_bridge;
    ShownOperations m_shown;
    OperationFocus m_focus;
    std::uint32_t m_selectedSocket = 0;
};

} // namespace swb::ui
