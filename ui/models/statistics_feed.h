// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/trace/background_query.h"
#include "engine/trace/statistics_query.h"

#include <QObject>
#include <QTimer>

namespace swb::ui {

class ShownOperations;

/// The statistics of the shown operations, kept up on another thread, a few times a second and only
/// while somebody looks.
///
/// **Threads** GUI thread. **Lifetime** the shown operations must outlive it.
class StatisticsFeed : public QObject {
    Q_OBJECT
public:
    static constexpr int kPauseMs = 250;

    explicit StatisticsFeed(ShownOperations& shown, QObject* parent = nullptr);
    ~StatisticsFeed() override;

    /// Nobody looks at first.
    void setWatched(bool watched);
    const trace::OperationStatistics& statistics() const { return m_pass.statistics; }

signals:
    void changed();

private:
    void begin();
    void take();

    ShownOperations& m_shown;
    trace::BackgroundQuery<trace::StatisticsPass> m_query;
    trace::StatisticsPass m_pass;
    QTimer m_pause;
    bool m_watched = false;
    bool m_stale = true; ///< More may be shown than was counted.
    bool m_anew = true; ///< Other operations are shown than those that were counted.
};

} // namespace swb::ui
