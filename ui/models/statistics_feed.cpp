// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/statistics_feed.h"

#include "ui/models/shown_operations.h"

namespace swb::ui {

StatisticsFeed::StatisticsFeed(ShownOperations& shown, QObject* parent)
    : QObject(parent)
    , m_shown(shown)
    , m_query(shown.bridge().waker())
{
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &StatisticsFeed::begin);
    connect(&shown.bridge(), &EngineBridge::frame, this, &StatisticsFeed::take);
    connect(&shown, &ShownOperations::changed, this, [this] {
        m_stale = true;
        // Whether an operation passes may change while it is pending: then nothing counted is sure.
        m_anew = m_anew || m_shown.filter().dependsOnProgress();
        if (m_watched && !m_pause.isActive())
            m_pause.start();
    });
    connect(&shown, &ShownOperations::filterChanged, this, [this] {
        m_query.cancel();
        m_anew = m_stale = true;
        if (m_watched)
            m_pause.start();
    });
}

StatisticsFeed::~StatisticsFeed() = default;

void StatisticsFeed::setWatched(bool watched)
{
    m_watched = watched;
    if (watched)
        begin();
    else
        m_pause.stop();
}

void StatisticsFeed::begin()
{
    if (!m_watched || !m_stale || m_query.isRunning())
        return;
    m_stale = false;
    if (m_anew)
        m_pass = {};
    m_anew = false;
    m_query.start([&store = m_shown.store(), list = m_shown.rows(), pass = m_pass](
                      trace::QueryControl& control) {
        return trace::continueStatistics(store, list, pass, control);
    });
}

void StatisticsFeed::take()
{
    if (auto pass = m_query.take()) {
        m_pass = std::move(*pass);
        // What is pending ends without a new row.
        m_stale = m_stale || (!m_pass.pending.empty() && !m_shown.store().readOnly());
        emit changed();
    }
    if (m_watched && m_stale && !m_pause.isActive() && !m_query.isRunning())
        m_pause.start();
}

} // namespace swb::ui
