// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/queue_pane.h"

#include "ui/models/connection_words.h"
#include "ui/models/queue_model.h"
#include "ui/support/format.h"
#include "ui/support/session.h"
#include "ui/views/actions.h"
#include "ui/views/elided_label.h"
#include "ui/views/payload_composer.h"
#include "ui/views/queue_delegate.h"
#include "ui/views/queue_view.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QShortcut>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

namespace swb::ui {

using workbench::NodeKind;
using workbench::QueueItem;

namespace {

QToolButton* buttonFor(
    QAction* action, QWidget* parent, Qt::ToolButtonStyle style = Qt::ToolButtonIconOnly)
{
    auto* button = new QToolButton(parent);
    button->setDefaultAction(action);
    button->setAutoRaise(true);
    button->setToolButtonStyle(style);
    button->setFocusPolicy(Qt::TabFocus);
    button->setObjectName(action->objectName() + QStringLiteral("Button"));
    button->setAccessibleName(QString(action->text()).remove(u'&'));
    return button;
}

} // namespace

QueuePane::QueuePane(Session& session, Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_actions(actions)
    , m_stateIcon(new QLabel(this))
    , m_title(new ElidedLabel(this, Qt::ElideMiddle))
    , m_total(new QLabel(this))
    , m_problem(new QLabel(this))
    , m_view(new QueueView(this))
    , m_composer(new PayloadComposer(this))
{
    auto* header = new QWidget(this);
    buildHeader(header);
    m_problem->setObjectName(QStringLiteral("connectionProblem"));
    m_problem->setAccessibleName(tr("Problem of the connection"));
    m_problem->setWordWrap(true);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_view->setItemDelegate(new QueueDelegate(m_view));
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->addActions({actions.sendSelected, actions.sendAsOne, actions.cancel, actions.moveUp,
        actions.moveDown, actions.toggleEnabled, actions.removeItems, actions.addFiles});

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 6);
    layout->addWidget(header);
    layout->addWidget(m_problem);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_composer);

    connectVerbs();
    connect(&m_session, &Session::currentChanged, this, &QueuePane::showCurrent);
    connect(&m_session, &Session::refreshed, this, &QueuePane::refresh);
    connect(m_view, &QueueView::selectionMoved, this, &QueuePane::updateVerbs);
    connect(m_view, &QueueView::editWanted, this, &QueuePane::editRow);
    connect(m_composer, &PayloadComposer::itemReady, this, &QueuePane::addItem);
    connect(m_composer, &PayloadComposer::sendWanted, this, [this] {
        if (m_actions.sendSelected->isEnabled())
            m_actions.sendSelected->trigger();
        else
            emit refused(m_session.sendObstacle(m_session.current()));
    });
    connect(m_composer, &PayloadComposer::itemEdited, this, [this](int row, const QueueItem& item) {
        if (QueueModel* queue = m_view->queue(); queue && row < queue->size())
            queue->replace(row, item);
    });
    showCurrent();
}

void QueuePane::buildHeader(QWidget* header)
{
    m_title->setObjectName(QStringLiteral("queueTitle"));
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_total->setForegroundRole(QPalette::PlaceholderText);
    m_cancel = buttonFor(m_actions.cancel, header, Qt::ToolButtonTextBesideIcon);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_stateIcon);
    row->addWidget(m_title, 1);
    row->addWidget(m_total);
    row->addWidget(m_cancel);
    m_addFiles = buttonFor(m_actions.addFiles, header, Qt::ToolButtonTextBesideIcon);
    row->addWidget(m_addFiles);
    for (QAction* action : {m_actions.moveUp, m_actions.moveDown, m_actions.removeItems})
        row->addWidget(buttonFor(action, header));
}

void QueuePane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitHeader();
}

/// Where there is little room the name has it: first the numbers go, then the buttons' words, then
/// the title's own.
void QueuePane::fitHeader()
{
    const QFontMetrics metrics(m_title->font());
    const auto fits = [&] {
        const QLayout* const row = m_title->parentWidget()->layout();
        int needed = metrics.horizontalAdvance(m_title->text());
        for (int i = 0; i < row->count(); ++i) {
            const QWidget* const widget = row->itemAt(i)->widget();
            if (widget != m_title && !widget->isHidden())
                needed += widget->sizeHint().width() + row->spacing();
        }
        const QMargins around = layout()->contentsMargins();
        return needed <= width() - around.left() - around.right();
    };
    const auto setWords = [this](Qt::ToolButtonStyle style) {
        for (QToolButton* button : {m_cancel, m_addFiles})
            button->setToolButtonStyle(style);
    };
    m_title->setText(m_name.isEmpty() ? tr("No connection selected")
            : m_view->queue()         ? tr("Queue %1").arg(m_name)
                                      : m_name);
    m_total->show();
    setWords(Qt::ToolButtonTextBesideIcon);
    if (!fits())
        m_total->hide();
    if (!fits())
        setWords(Qt::ToolButtonIconOnly);
    if (!m_name.isEmpty() && !fits())
        m_title->setText(m_name);
}

void QueuePane::connectVerbs()
{
    connect(m_actions.addFiles, &QAction::triggered, this, &QueuePane::chooseFiles);
    connect(m_actions.sendSelected, &QAction::triggered, this, &QueuePane::sendSelected);
    connect(m_actions.sendAsOne, &QAction::triggered, this,
        [this] { m_session.sendAsOne(m_session.current()); });
    connect(m_actions.cancel, &QAction::triggered, this,
        [this] { m_session.cancel(m_session.current()); });
    // Only where the sends are in view: elsewhere Esc lets go of what is selected there.
    auto* escape = new QShortcut(QKeySequence(Qt::Key_Escape), m_view);
    escape->setContext(Qt::WidgetShortcut);
    connect(escape, &QShortcut::activated, m_actions.cancel, &QAction::trigger);
    connect(m_actions.moveUp, &QAction::triggered, this, [this] { moveSelected(-1); });
    connect(m_actions.moveDown, &QAction::triggered, this, [this] { moveSelected(1); });
    connect(m_actions.toggleEnabled, &QAction::triggered, this, &QueuePane::toggleSelected);
    connect(m_actions.removeItems, &QAction::triggered, this, [this] {
        if (QueueModel* queue = m_view->queue())
            queue->remove(m_view->selectedRows());
    });
}

void QueuePane::showCurrent()
{
    QueueModel* queue = m_session.currentQueue();
    if (queue != m_view->queue()) {
        if (m_view->queue())
            m_view->queue()->disconnect(this);
        m_composer->endEdit();
        m_view->setQueue(queue);
        if (queue) {
            connect(queue, &QueueModel::refused, this, &QueuePane::refused);
            connect(queue, &QueueModel::placed, this,
                [this](int first, int last) { m_view->selectRows(first, last); });
            for (const auto signal :
                {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
                connect(queue, signal, this, &QueuePane::refresh);
        }
    }
    m_composer->setEnabled(queue != nullptr);
    refresh();
}

void QueuePane::refresh()
{
    updateVerbs();
    updateHeader(); // Cancel may have come, and takes room
}

void QueuePane::updateHeader()
{
    const auto node = m_session.currentNode();
    const int side = fontMetrics().height();
    QString state;
    if (!node) {
        m_stateIcon->setPixmap({});
        m_name.clear();
        m_problem->hide();
    } else {
        const StateLook look = lookOf(*node);
        m_stateIcon->setPixmap(icon(look.iconName, look.tone).pixmap(side, side));
        const QString name = m_session.connections().name(node->id);
        m_name = name;
        state = look.word;
        const auto& problem = node->problem ? node->problem : node->connection.problem;
        m_problem->setVisible(problem.has_value());
        if (problem) {
            QPalette colors = palette();
            colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, palette()));
            m_problem->setPalette(colors);
            const QString text = tr("Error: %1").arg(QString::fromStdString(problem->toString()));
            if (m_problem->text() != text)
                m_problem->setText(text);
        }
    }
    const QueueModel* queue = m_view->queue();
    if (queue && queue->size() > 0)
        state += QStringLiteral(", ")
            + tr("%1 of %2 on, %3")
                  .arg(queue->enabledCount())
                  .arg(queue->size())
                  .arg(sizeText(queue->enabledBytes()));
    m_total->setText(state);
    fitHeader();
    m_view->setEmptyText(emptyText());
    m_view->showRangeColumns(queue && queue->hasFile());
}

QString QueuePane::emptyText() const
{
    const auto node = m_session.currentNode();
    if (!node)
        return tr("Select a connection on the left, or make one with %1.")
            .arg(m_actions.newConnection->shortcut().toString(QKeySequence::NativeText));
    if (node->kind == NodeKind::Listener)
        return tr("This listens. Those who connect appear below it on the left; each has a queue "
                  "of its own.");
    if (node->kind == NodeKind::DemoPeer)
        return tr("This is a demo peer. Connect to %1 to try it.")
            .arg(QString::fromStdString(node->address.toString()));
    return tr("Nothing queued.\nType below and press Enter, add files, or drop files here.");
}

void QueuePane::updateVerbs()
{
    const QString obstacle = m_session.sendObstacle(m_session.current());
    QueueModel* queue = m_view->queue();
    const bool selected = !m_view->selectedRows().empty();
    Actions::setObstacle(m_actions.sendSelected,
        !obstacle.isEmpty() ? obstacle
            : !selected     ? tr("Select an item of the queue first.")
                            : QString());
    Actions::setObstacle(m_actions.sendAsOne,
        !obstacle.isEmpty()                          ? obstacle
            : (!queue || queue->enabledCount() == 0) ? tr("No item of the queue is on.")
                                                     : QString());
    Actions::setObstacle(
        m_actions.cancel, m_session.pendingSends() > 0 ? QString() : tr("Nothing is pending."));
    m_cancel->setVisible(m_session.pendingSends() > 0);
    Actions::setObstacle(m_actions.addFiles, queue ? QString() : tr("Select a connection first."));
    updateRowVerbs();
}

void QueuePane::updateRowVerbs()
{
    const bool selected = m_view->queue() && !m_view->selectedRows().empty();
    const QString nothing = selected ? QString() : tr("Select an item of the queue first.");
    for (QAction* action :
        {m_actions.moveUp, m_actions.moveDown, m_actions.toggleEnabled, m_actions.removeItems})
        Actions::setObstacle(action, nothing);
}

void QueuePane::addItem(const QueueItem& item)
{
    QueueModel* queue = m_view->queue();
    if (!queue)
        return;
    queue->add(queue->size(), {item});
}

void QueuePane::editRow(int row)
{
    // What is long is not text that somebody typed, and the field would not take it.
    constexpr std::size_t kMaxEdited = 64 * 1024;
    const auto& payload
        = std::get<workbench::BufferPayload>(m_view->queue()->entry(row).item.payload);
    if (payload.bytes->size() > kMaxEdited) {
        emit refused(tr("Item %1 has %2, too much to edit as text. Remove it and add another one.")
                         .arg(row + 1)
                         .arg(sizeText(payload.bytes->size())));
        return;
    }
    m_composer->edit(row, *payload.bytes);
}

void QueuePane::moveSelected(int step)
{
    QueueModel* queue = m_view->queue();
    const std::vector<int> rows = m_view->selectedRows();
    if (!queue || rows.empty())
        return;
    const int before = step < 0 ? rows.front() - 1 : rows.back() + 2;
    if (before >= 0 && before <= queue->size())
        queue->move(rows, before);
}

void QueuePane::toggleSelected()
{
    QueueModel* queue = m_view->queue();
    const std::vector<int> rows = m_view->selectedRows();
    if (queue && !rows.empty())
        queue->setEnabled(rows, !queue->entry(rows.front()).item.enabled);
}

void QueuePane::sendSelected()
{
    m_session.send(m_session.current(), m_view->selectedRows());
}

void QueuePane::focusPayload()
{
    // A dialog gives the focus back, when it goes, to where it came from.
    QTimer::singleShot(0, m_composer, [field = m_composer->field()] {
        field->window()->activateWindow();
        field->setFocus();
    });
}

void QueuePane::chooseFiles()
{
    auto* dialog = new QFileDialog(this, tr("Add files to the queue"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& paths) {
        QueueModel* queue = m_view->queue();
        if (!queue)
            return;
        std::vector<QueueItem> items;
        for (const QString& path : paths)
            items.push_back(QueueItem::file(path.toStdString()));
        queue->add(queue->size(), std::move(items));
    });
    dialog->open();
}

} // namespace swb::ui
