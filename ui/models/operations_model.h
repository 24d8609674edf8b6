// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/trace_store.h"
#include "ui/models/operation_columns.h"
#include "ui/models/operations_order.h"

#include <QAbstractTableModel>
#include <QIcon>
#include <QTimer>

#include <array>
#include <functional>
#include <optional>
#include <vector>

namespace swb::ui {

/// What OperationsModel::data() has for every cell of a row besides Qt's own roles.
enum OperationRole {
    OperationRecordRole = Qt::UserRole + 1, ///< swb::trace::OperationRecord, a copy.
    OperationIdRole, ///< qulonglong
    OperationOutcomeRole, ///< int of swb::trace::Outcome; invalid when the record was lost
    OperationPercentRole, ///< int 0 to 100; invalid when there are no bytes to send
    OperationSocketRole, ///< uint
};

/// The stretch of an OperationsOrder that a view has room for: however many operations there are,
/// the model has the rows on the screen and no more. Scrolling changes what they say. A cell's text
/// is made when it is painted and kept nowhere.
///
/// It follows the end while it is there; otherwise what is at the top stays there, whatever comes
/// or goes before it.
///
/// **Threads** GUI thread. **Lifetime** the order must outlive it.
class OperationsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit OperationsModel(OperationsOrder& order, QObject* parent = nullptr);
    ~OperationsModel() override;

    OperationsOrder& order() const { return m_order; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(
        int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// Rows a view shows whole, at least 1.
    void setPage(int rows);
    int page() const { return m_page; }
    /// The index in the order of the first row here.
    quint64 first() const { return m_first; }
    quint64 lastFirst() const; ///< first() at the end.
    /// What the user does. Ends following, or begins it when that is the end.
    void scrollTo(quint64 first);
    /// Scrolls as little as possible.
    void makeVisible(quint64 index);
    bool isFollowing() const { return m_following; }
    void setFollowing(bool following);
    /// Operations that came after the end of the table was left.
    quint64 newBelow() const;
    /// Nothing is looked up while nobody looks.
    void setActive(bool active);

    /// The record of a row here; nothing for one that is not there.
    std::optional<trace::OperationRecord> record(int row) const;
    std::optional<trace::OperationRecord> record(const QModelIndex& index) const;
    /// The row here of an index of the order; -1 when it is not in view.
    int rowOf(quint64 index) const;

    const TimeFormat& timeFormat() const { return m_timeFormat; }
    void setTimeFormat(const TimeFormat& format);
    /// Says why an operation is pending, in one sentence: it stands where an error would.
    void setReason(std::function<QString(const trace::OperationRecord&)> reason);
    /// What a screen reader says of a cell of any row of the order, on the screen or not, and what
    /// explains it.
    QString spoken(quint64 index, OperationColumn column) const;
    QString explained(quint64 index, OperationColumn column) const;
    /// The text of one cell of any record, for the clipboard.
    QString text(const trace::OperationRecord& record, OperationColumn column,
        std::optional<std::int64_t> aboveNs) const;

signals:
    /// first(), the number of operations, or the page is another: for a scroll bar.
    void scrolled();
    void followingChanged(bool following);

private:
    struct Row {
        std::uint64_t row = 0;
        trace::OperationRecord record;
    };

    void rearrange();
    void refresh();
    void show(std::vector<Row> rows);
    void refreshRecords(const OperationsBatch& batch);
    void announceRunning();
    void setFollowingNow(bool following);
    static bool isPending(const Row& row);
    std::vector<Row> rowsInView(std::optional<std::int64_t>& aboveNs) const;
    QString reason(const trace::OperationRecord& record) const;
    OperationText words(const trace::OperationRecord& record) const;
    std::optional<std::int64_t> aboveNs(quint64 index) const;
    QString spoken(
        const trace::OperationRecord& record, quint64 index, OperationColumn column) const;
    QString explained(const trace::OperationRecord& record, OperationColumn column) const;

    OperationsOrder& m_order;
    const std::array<QIcon, trace::kOutcomeCount> m_icons; ///< By Outcome.
    std::function<QString(const trace::OperationRecord&)> m_reason;
    QTimer m_running;
    std::vector<Row> m_rows;
    std::optional<std::int64_t> m_aboveNs; ///< The call of the row above the first one.
    std::optional<quint64> m_anchorRow; ///< The store's row at the top, while it does not follow.
    quint64 m_first = 0;
    quint64 m_told = 0; ///< Count that scrolled() told last.
    quint64 m_countWhenLeft = 0; ///< When following ended.
    int m_page = 1;
    bool m_following = true;
    bool m_active = true;
    bool m_wasSorted = false;
    bool m_followedBeforeSort = true;
    TimeFormat m_timeFormat;
};

} // namespace swb::ui

Q_DECLARE_METATYPE(swb::trace::OperationRecord)
