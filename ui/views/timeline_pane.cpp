// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/timeline_pane.h"

#include "ui/models/operations_source.h"
#include "ui/timeline/timeline_view.h"

#include <QBuffer>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QToolButton>
#include <QVBoxLayout>

namespace swb::ui {

namespace {

enum class Lanes { Connections, All };

constexpr double kPictureScale = 2.0; // so that a PNG can be printed

QToolButton* addButton(QHBoxLayout& row, const char* name, const QString& text,
    const QString& accessibleName, const QString& toolTip)
{
    auto* button = new QToolButton;
    button->setObjectName(QLatin1String(name));
    button->setText(text);
    button->setAccessibleName(accessibleName);
    button->setToolTip(toolTip);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    row.addWidget(button);
    return button;
}

} // namespace

TimelinePane::TimelinePane(
    OperationsSource& source, TimelineLanes& lanes, OperationFocus& focus, QWidget* parent)
    : QWidget(parent)
    , m_source(source)
    , m_view(new TimelineView(lanes, focus, this))
    , m_shown(new QComboBox(this))
    , m_said(new QLabel(this))
{
    m_view->setReason([&source](const auto& record) { return source.reason(record); });
    m_shown->setObjectName(QStringLiteral("timelineLanes"));
    m_shown->setAccessibleName(tr("Which lanes are shown"));
    m_shown->addItem(tr("My connections"), static_cast<int>(Lanes::Connections));
    m_shown->addItem(tr("All sockets"), static_cast<int>(Lanes::All));
    if (source.store().readOnly()) {
        m_shown->setItemText(0, tr("Named sockets"));
        m_shown->setCurrentIndex(1);
    }
    m_shown->setToolTip(source.store().readOnly()
            ? tr("Named sockets: a lane for each socket of which the recording says what it was.\n"
                 "All sockets: also the others.")
            : tr("My connections: a lane for each connection of the window.\nAll sockets: "
                 "also listeners, and the sockets of demo peers."));
    auto* label = new QLabel(tr("La&nes:"), this);
    label->setBuddy(m_shown);
    m_said->setObjectName(QStringLiteral("timelineSaid"));
    m_said->setForegroundRole(QPalette::PlaceholderText);

    auto* row = new QHBoxLayout;
    row->setContentsMargins(6, 4, 6, 0);
    row->addWidget(label);
    row->addWidget(m_shown);
    row->addWidget(m_said, 1);
    const auto* nearer
        = addButton(*row, "timelineNearer", QStringLiteral("+"), tr("Zoom in"), tr("Zoom in (W)"));
    const auto* farther = addButton(
        *row, "timelineFarther", QStringLiteral("−"), tr("Zoom out"), tr("Zoom out (S)"));
    const auto* all = addButton(*row, "timelineAll", tr("Fit"), tr("Show everything"),
        tr("Show everything that was recorded (F shows the selected operation)"));
    const auto* mark = addButton(*row, "timelineMark", tr("Measure"), tr("Set a mark to measure"),
        tr("Set a mark at the selected operation, then at another one: the time between is shown "
           "(M)"));
    auto* follow = addButton(*row, "timelineFollow", tr("Follow"), tr("Follow what happens"),
        tr("Keep the present in view (L)"));
    follow->setCheckable(true);
    follow->setChecked(m_view->isFollowing());
    follow->setVisible(!source.store().readOnly()); // nothing happens in a file
    const auto* save = addButton(*row, "timelineSave", tr("Picture…"), tr("Save as a picture"),
        tr("Save what is seen as PNG or SVG"));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addLayout(row);
    layout->addWidget(m_view, 1);
    setFocusProxy(m_view);

    m_view->setNames([this](std::uint32_t socketId) { return laneName(socketId); },
        [this](std::uint64_t operationId) { return m_source.content(operationId); });
    m_view->setEmptyText(source.store().readOnly()
            ? tr("The recording has no operations here.")
            : tr("Each operation is drawn here while it happens."));
    applyLanes();
    connect(nearer, &QToolButton::clicked, m_view, [this] { m_view->zoom(0.5); });
    connect(farther, &QToolButton::clicked, m_view, [this] { m_view->zoom(2); });
    connect(all, &QToolButton::clicked, m_view, &TimelineView::showAll);
    connect(mark, &QToolButton::clicked, m_view, &TimelineView::setMark);
    connect(follow, &QToolButton::toggled, m_view, &TimelineView::setFollowing);
    connect(m_view, &TimelineView::followingChanged, follow, &QToolButton::setChecked);
    connect(save, &QToolButton::clicked, this, &TimelinePane::askForPicture);
    connect(m_view, &TimelineView::said, m_said, &QLabel::setText);
    connect(m_shown, &QComboBox::currentIndexChanged, this, &TimelinePane::applyLanes);
    connect(&source, &OperationsSource::refreshed, m_view, &TimelineView::lanesChanged);
    connect(&source, &OperationsSource::refreshed, this, &TimelinePane::followConnection);
    connect(&source, &OperationsSource::selectionChanged, this, &TimelinePane::followConnection);
}

QString TimelinePane::laneName(std::uint32_t socketId) const
{
    return m_source.socketName(socketId);
}

/// The lane of the connection that is selected comes into view, also when it has connected anew.
void TimelinePane::followConnection()
{
    const std::uint32_t socketId = m_source.selectedSocket();
    if (socketId == m_followedSocket)
        return;
    m_followedSocket = socketId;
    if (socketId != 0)
        m_view->showLane(socketId);
}

void TimelinePane::applyLanes()
{
    if (static_cast<Lanes>(m_shown->currentData().toInt()) == Lanes::All) {
        m_view->setLaneFilter({});
        return;
    }
    m_view->setLaneFilter(
        [this](std::uint32_t socketId) { return !m_source.socketName(socketId).isEmpty(); });
}

QString TimelinePane::savePicture(const QString& path) const
{
    const QRect area(QPoint(0, 0), m_view->viewport()->size());
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive)) {
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        svg.setSize(area.size());
        svg.setViewBox(area);
        svg.setTitle(tr("Timeline of operations"));
        QPainter painter(&svg);
        m_view->render(painter, area);
    } else {
        QImage image(area.size() * kPictureScale, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(kPictureScale);
        QPainter painter(&image);
        m_view->render(painter, area);
        painter.end();
        if (!image.save(&buffer, "PNG"))
            return tr("The picture could not be encoded.");
    }
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
        return tr("The picture could not be written to %1: %2. Choose another folder.")
            .arg(path, file.errorString());
    return {};
}

void TimelinePane::askForPicture()
{
    auto* dialog = new QFileDialog(
        this, tr("Save the timeline as a picture"), QString(), tr("Pictures (*.png *.svg)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(QStringLiteral("timeline.png"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        const QString problem = savePicture(path);
        m_said->setText(problem.isEmpty() ? tr("Saved as %1").arg(path) : problem);
    });
    dialog->open();
}

} // namespace swb::ui
