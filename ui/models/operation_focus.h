// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <cstdint>
#include <optional>

namespace swb::ui {

/// A stretch of time, both ends included.
///
/// **Units** steady_clock nanoseconds, as in OperationRecord.
struct TimeRange {
    std::int64_t fromNs = 0;
    std::int64_t toNs = 0;
    bool contains(std::int64_t ns) const noexcept { return ns >= fromNs && ns <= toNs; }
    bool operator==(const TimeRange&) const = default;
};

/// What all views of the operations look at together: the table, the timeline, the inspector and
/// the plots set it when the user points, selects or brushes, and follow it when another one did.
///
/// **Threads** GUI thread. **Lifetime** must outlive the views.
class OperationFocus : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// The selected operation (OperationRecord::id); 0: none.
    std::uint64_t selected() const { return m_selected; }
    void setSelected(std::uint64_t operationId)
    {
        if (operationId != m_selected) {
            m_selected = operationId;
            emit selectedChanged(operationId);
        }
    }

    /// The operation under the mouse in any view; 0: none.
    std::uint64_t hovered() const { return m_hovered; }
    void setHovered(std::uint64_t operationId)
    {
        if (operationId != m_hovered) {
            m_hovered = operationId;
            emit hoveredChanged(operationId);
        }
    }

    /// The brushed stretch of time: only operations that were under way in it are shown. None: all.
    const std::optional<TimeRange>& range() const { return m_range; }
    void setRange(std::optional<TimeRange> range)
    {
        if (range != m_range) {
            m_range = range;
            emit rangeChanged();
        }
    }

signals:
    void selectedChanged(quint64 operationId);
    void hoveredChanged(quint64 operationId);
    void rangeChanged();

private:
    std::uint64_t m_selected = 0;
    std::uint64_t m_hovered = 0;
    std::optional<TimeRange> m_range;
};

} // namespace swb::ui
