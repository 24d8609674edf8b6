// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/tank_view.h"

#include "ui/support/format.h"
#include "ui/support/icons.h"

#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>

namespace swb::ui {
namespace {

constexpr double kGap = 12; // pixels between tanks

struct Tank {
    QString name;
    QString explained;
    std::optional<std::uint64_t> bytes;
    bool holds = false; ///< Holds up what comes before it.
};

std::array<Tank, 5> tanksOf(
    const workbench::ByteLedger& ledger, std::optional<workbench::PendingReason::Kind> blockedBy)
{
    using Kind = workbench::PendingReason::Kind;
    std::optional<std::uint64_t> waiting = ledger.acknowledged;
    if (waiting && ledger.readByPeer && *waiting >= *ledger.readByPeer)
        *waiting -= *ledger.readByPeer; // in the peer's kernel, its program has not read them
    const bool peer = blockedBy == Kind::PeerWindowClosed;
    return {{
        {TankView::tr("engine"), TankView::tr("asked to be sent, not taken by the kernel yet"),
            ledger.queued, false},
        {TankView::tr("unsent"), TankView::tr("taken by our kernel, not sent yet"), ledger.unsent,
            blockedBy == Kind::SendQueueFull},
        {TankView::tr("in flight"), TankView::tr("sent, not acknowledged yet"), ledger.inFlight,
            blockedBy == Kind::NoAcknowledgement},
        {ledger.readByPeer ? TankView::tr("at peer") : TankView::tr("acked"),
            ledger.readByPeer
                ? TankView::tr("acknowledged by the peer's kernel, not read by its program")
                : TankView::tr("acknowledged by the peer's kernel, read by its program or not"),
            waiting, peer},
        {TankView::tr("read"), TankView::tr("read by the peer's program"), ledger.readByPeer,
            false},
    }};
}

} // namespace

TankView::TankView(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("tankView"));
    setAccessibleName(tr("Where the bytes of the connection are"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void TankView::show(const std::optional<workbench::ByteLedger>& ledger, const TankFlows& flows,
    std::optional<workbench::PendingReason::Kind> blockedBy)
{
    m_ledger = ledger;
    m_flows = flows;
    m_blockedBy = blockedBy;
    QStringList words;
    if (ledger) {
        for (const Tank& tank : tanksOf(*ledger, blockedBy)) {
            words << tr("%1: %2 (%3)")
                         .arg(tank.name,
                             tank.bytes ? tr("%1 bytes").arg(groupedNumber(*tank.bytes))
                                        : tr("not available"),
                             tank.explained);
        }
        static constexpr std::array<const char*, 4> names{QT_TR_NOOP("taken by our kernel"),
            QT_TR_NOOP("sent"), QT_TR_NOOP("acknowledged"), QT_TR_NOOP("read by the peer")};
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (flows[i].value_or(0) > 0)
                words << tr("%1 now: %2").arg(tr(names[i]), rateText(*flows[i]));
        }
    }
    setToolTip(words.join(u'\n'));
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    update();
}

QSize TankView::sizeHint() const
{
    const QFontMetrics fm(font());
    return {fm.averageCharWidth() * 48, fm.height() * 7};
}

QSize TankView::minimumSizeHint() const
{
    return {QFontMetrics(font()).averageCharWidth() * 30, sizeHint().height()};
}

void TankView::paintEvent(QPaintEvent*)
{
    if (!m_ledger)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetrics fm(font());
    const auto tanks = tanksOf(*m_ledger, m_blockedBy);
    std::uint64_t most = 1;
    for (const Tank& tank : tanks)
        most = std::max(most, tank.bytes.value_or(0));
    const double gap = kGap;
    const double each = (width() - gap * (tanks.size() - 1) - 2) / tanks.size();
    const double top = fm.height() + 2;
    const double height = this->height() - 3.0 * fm.height() - 10;
    const QColor text = palette().color(QPalette::WindowText);
    const QColor quiet = toneColor(Tone::Quiet, palette());
    for (std::size_t i = 0; i < tanks.size(); ++i) {
        const Tank& tank = tanks[i];
        const QRectF box(1 + static_cast<double>(i) * (each + gap), top, each, height);
        const QColor color = tank.holds ? toneColor(Tone::Bad, palette())
            : i == tanks.size() - 1     ? toneColor(Tone::Good, palette())
                                        : palette().color(QPalette::Highlight);
        painter.fillRect(box, palette().color(QPalette::Base));
        if (tank.bytes && *tank.bytes > 0) {
            // By magnitude: a few bytes are seen beside gigabytes.
            const double share = std::log2(static_cast<double>(*tank.bytes) + 1)
                / std::log2(static_cast<double>(most) + 1);
            QRectF level = box;
            level.setTop(box.bottom() - std::max(2.0, box.height() * share));
            QColor fill = color;
            fill.setAlpha(90);
            painter.fillRect(level, fill);
            if (tank.holds)
                painter.fillRect(level, QBrush(color, Qt::BDiagPattern));
        }
        painter.setPen(QPen(tank.holds ? color : quiet, tank.holds ? 2 : 1,
            tank.bytes ? Qt::SolidLine : Qt::DotLine));
        painter.drawRect(box);
        painter.setPen(tank.holds ? color : text);
        const int room = static_cast<int>(each + gap - 2);
        painter.drawText(QRectF(box.left() - gap / 2, 0, each + gap, top), Qt::AlignCenter,
            fm.elidedText(tank.name, Qt::ElideRight, room));
        painter.setPen(tank.bytes ? text : quiet);
        painter.drawText(
            QRectF(box.left() - gap / 2, box.bottom() + 2, each + gap, fm.height() + 4),
            Qt::AlignCenter,
            fm.elidedText(tank.bytes ? sizeText(*tank.bytes) : tr("n/a"), Qt::ElideRight, room));
        if (i + 1 < tanks.size())
            paintFlow(painter, i, box, tanks[i + 1].holds);
    }
}

/// An arrow to the next tank, thick while something flows, with how much below it.
void TankView::paintFlow(QPainter& painter, std::size_t index, const QRectF& left, bool held) const
{
    const QFontMetrics fm(font());
    const double perSecond = m_flows[index].value_or(0);
    const QColor color = held ? toneColor(Tone::Bad, palette())
        : perSecond > 0       ? palette().color(QPalette::WindowText)
                              : toneColor(Tone::Quiet, palette());
    const QPointF tip(left.right() + kGap - 2, left.center().y());
    painter.setPen(QPen(color, perSecond > 0 ? 2.5 : 1.5));
    painter.drawLine(QPointF(left.right() + 2, tip.y()), tip);
    painter.drawLine(tip, tip + QPointF(-4, -3));
    painter.drawLine(tip, tip + QPointF(-4, 3));
    if (perSecond <= 0)
        return;
    const double room = left.width() + kGap;
    const QRectF place(
        left.right() + kGap / 2 - room / 2, height() - fm.height() - 2.0, room, fm.height() + 2.0);
    painter.setPen(color);
    painter.drawText(place, Qt::AlignCenter,
        fm.elidedText(rateText(perSecond), Qt::ElideRight, static_cast<int>(room)));
}

} // namespace swb::ui
