// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/status_strip.h"

#include "engine/trace/operation_record.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/support/format.h"
#include "ui/support/icons.h"
#include "ui/support/session.h"
#include "ui/views/elided_label.h"

#include <QHBoxLayout>

#include <utility>

namespace swb::ui {
namespace {

constexpr int kIntervalMs = 100; // nobody reads figures faster

void colour(QLabel* label, bool bad)
{
    QPalette colors = label->parentWidget()->palette();
    if (bad)
        colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, colors));
    label->setPalette(colors);
}

} // namespace

StatusStrip::StatusStrip(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 4, 0);
    row->setSpacing(18);
    m_inFlight = make("statusInFlight",
        tr("Operations that returned true and have not completed yet: sends, and receives that "
           "wait "
           "for data"));
    m_pending = make("statusPending", tr("Of these: sends of your connections"));
    m_synchronous = make(
        "statusSynchronous", tr("Calls that returned false: finished at once, without an event"));
    m_failed
        = make("statusFailed", tr("Operations that ended with an error, aborted ones included"));
    m_rate = make("statusRate", tr("Bytes per second that the kernel takes, over all connections"));
    m_recording = make("statusRecording", tr("Operations recorded since the start"));
    m_lost = make("statusLost", tr("Records for which there was no memory"));
    m_next.setSingleShot(true);
    m_next.setInterval(kIntervalMs);
    connect(&m_next, &QTimer::timeout, this, [this] {
        if (std::exchange(m_stale, false))
            refresh();
    });
    connect(&session, &Session::refreshed, this, &StatusStrip::refreshSoon);
    refresh();
}

QLabel* StatusStrip::make(const char* name, const QString& toolTip)
{
    // What is long gives way, so that it does not make the window wider.
    auto* label = new ElidedLabel(this);
    label->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    label->setObjectName(QLatin1String(name));
    label->setToolTip(toolTip);
    label->setAccessibleDescription(toolTip);
    layout()->addWidget(label);
    return label;
}

QString StatusStrip::recordingText() const
{
    const trace::TraceStore& store = m_session.bridge().store();
    const QString operations = store.totals().operations == 1
        ? tr("recording 1 operation")
        : tr("recording %1 operations").arg(groupedNumber(store.totals().operations));
    const trace::PayloadTotals payload = store.payload().totals();
    if (payload.refusedOperations > 0)
        return tr("%1, payload is full at %2").arg(operations, sizeText(payload.keptBytes));
    if (store.payload().wantsBytes() || payload.keptBytes > 0)
        return tr("%1 and %2 of payload").arg(operations, sizeText(payload.keptBytes));
    return operations;
}

/// At once, but not again and again: figures of another width lay out the whole window anew.
void StatusStrip::refreshSoon()
{
    m_stale = m_next.isActive();
    if (!m_stale)
        refresh();
}

void StatusStrip::refresh()
{
    m_next.start();
    const trace::TraceTotals& totals = m_session.bridge().store().totals();
    const auto grouped = [](std::uint64_t n) { return groupedNumber(n); };
    m_sent.sample(trace::steadyNowNs(), totals.bytesSent);
    m_inFlight->setText(tr("%1 pending").arg(grouped(totals.pending)));
    const auto sends = m_session.pendingSends();
    m_pending->setText(sends == 1 ? tr("1 send") : tr("%1 sends").arg(grouped(sends)));
    m_synchronous->setText(tr("%1 synchronous").arg(grouped(totals.synchronous)));
    const std::uint64_t failed = totals.failed + totals.aborted;
    m_failed->setText(tr("%1 failed").arg(grouped(failed)));
    colour(m_failed, failed > 0);
    m_rate->setText(rateText(m_sent.perSecond()));
    m_recording->setText(recordingText());
    const std::uint64_t lost = m_session.bridge().lostRecords();
    const QString problem = QString::fromStdString(m_session.bridge().store().storageProblem());
    m_lost->setVisible(lost > 0 || !problem.isEmpty());
    m_lost->setText(lost > 0 ? tr("%1 lost").arg(grouped(lost)) : tr("disk trouble"));
    m_lost->setToolTip(problem.isEmpty() ? tr("Records for which there was no memory") : problem);
    m_lost->setAccessibleDescription(m_lost->toolTip());
    colour(m_lost, true);
}

} // namespace swb::ui
