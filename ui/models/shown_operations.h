// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/filter/filter_job.h"
#include "engine/trace/row_queries.h"
#include "ui/bridge/engine_bridge.h"

#include <QObject>

#include <optional>
#include <span>

namespace swb::ui {

/// Which operations are shown now, in the order in which they started: the rows of the store that
/// pass the filter. The table and the plots follow it; the timeline has its lanes. The search is on
/// another thread; what it finds comes in with the frames of the bridge.
///
/// **Threads** GUI thread; rows() may be handed to any other.
/// **Lifetime** the bridge and its store must outlive it.
class ShownOperations : public QObject {
    Q_OBJECT
public:
    explicit ShownOperations(EngineBridge& bridge, QObject* parent = nullptr);

    const trace::TraceStore& store() const { return m_bridge.store(); }
    EngineBridge& bridge() const { return m_bridge; }

    /// Shows what passes `filter`. The rows come in as they are found, from the first on.
    void setFilter(const trace::Filter& filter);
    const trace::Filter& filter() const { return m_filter; }
    /// The store has other operations than before, not only more: looks through them anew.
    void reload();
    /// Ends the search where it is; shown stays what was found, and nothing comes to it.
    void cancel();
    trace::FilterJob::Progress progress() const;

    /// How many operations are shown.
    quint64 count() const { return m_everything ? m_rows : m_found.count(); }
    /// Of how many.
    quint64 total() const { return m_rows; }
    /// The store's row of the shown operation number `index`, from 0. index < count().
    quint64 rowAt(quint64 index) const { return m_everything ? index : m_found.at(index); }
    /// The rows from `index` on; returns how many: fewer than asked at the end.
    std::size_t copyRows(quint64 index, std::span<std::uint64_t> rows) const;
    bool contains(quint64 row) const { return m_everything ? row < m_rows : m_found.contains(row); }
    /// How many shown operations have a lower row.
    quint64 rank(quint64 row) const;
    /// Which one it is; nothing when it is not shown.
    std::optional<quint64> indexOfRow(quint64 row) const;
    /// A copy of what is shown now.
    trace::RowList rows() const;

signals:
    /// Other operations are shown than before; at most once a frame.
    void changed();
    /// A search has begun: shown is nothing at first.
    void filterChanged();
    /// The search has come further, ended, or was cancelled.
    void progressed();

private:
    void apply(const OperationsBatch& batch);
    void drain();

    EngineBridge& m_bridge;
    trace::Filter m_filter;
    bool m_everything = true;
    quint64 m_rows = 0; ///< What was announced; the store may be ahead.
    trace::RowSet m_found;
    trace::FilterJob m_job;
    bool m_searching = false;
};

} // namespace swb::ui
