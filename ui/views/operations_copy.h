// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/operation_columns.h"
#include "ui/models/operations_selection.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <vector>

namespace swb::ui {

class OperationsModel;

/// Puts rows of the table on the clipboard as tab-separated text, with headings: a few at once,
/// many in slices of a few milliseconds, so that the window answers meanwhile.
///
/// **Threads** GUI thread. **Lifetime** model and selection must outlive it.
class OperationsCopy : public QObject {
    Q_OBJECT
public:
    /// More do not go onto the clipboard: some hundred megabytes of text would come of it.
    static constexpr quint64 kMostRows = 200'000;

    OperationsCopy(
        OperationsModel& operations, OperationsSelection& selection, QObject* parent = nullptr);

    /// Copies the selected rows; one that is under way ends without a result. Returns how many rows
    /// are, or will be, copied.
    quint64 start(const std::vector<OperationColumn>& columns);
    bool isRunning() const { return m_timer.isActive(); }
    void cancel();

signals:
    /// What came of it, or how far it is.
    void told(const QString& text);

private:
    void copySlice();
    void finish();

    OperationsModel& m_operations;
    OperationsSelection& m_selection;
    std::vector<OperationColumn> m_columns;
    std::vector<std::uint64_t> m_rows;
    std::size_t m_done = 0;
    QString m_text;
    QTimer m_timer;
};

} // namespace swb::ui
