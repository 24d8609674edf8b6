// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/payload_composer.h"

#include "engine/net/exceptions.h"
#include "engine/workbench/payload_codec.h"
#include "ui/support/format.h"
#include "ui/support/icons.h"
#include "ui/views/elided_label.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QThread>
#include <QVBoxLayout>

#include <algorithm>
#include <cstring>

namespace swb::ui {

using workbench::Bytes;
using workbench::QueueItem;

namespace {

constexpr std::uint64_t kMaxTestData = std::uint64_t{1} << 30;

std::size_t modeIndex(PayloadComposer::Mode mode)
{
    return static_cast<std::size_t>(mode);
}

workbench::Decoded decoded(PayloadComposer::Mode mode, const QString& text)
{
    const QByteArray utf8 = text.toUtf8();
    const std::string_view view(utf8.constData(), static_cast<std::size_t>(utf8.size()));
    return mode == PayloadComposer::Mode::Hex ? workbench::decodeHex(view)
                                              : workbench::decodeText(view);
}

/// Bytes that repeat every 251, so that a shifted or doubled block is found at the other end.
Bytes testData(std::uint64_t size)
{
    constexpr std::size_t kPeriod = 251;
    Bytes bytes(size);
    for (std::size_t i = 0; i < std::min<std::size_t>(kPeriod, size); ++i)
        bytes[i] = static_cast<std::byte>(i);
    for (std::size_t done = kPeriod; done < size; done *= 2)
        std::memcpy(bytes.data() + done, bytes.data(), std::min<std::size_t>(done, size - done));
    return bytes;
}

} // namespace

PayloadEdit::PayloadEdit(QWidget* parent)
    : QPlainTextEdit(parent)
{
}

namespace {

bool isEnter(const QKeyEvent& event, Qt::KeyboardModifiers modifiers)
{
    const bool enter = event.key() == Qt::Key_Return || event.key() == Qt::Key_Enter;
    return enter && (event.modifiers() & ~Qt::KeypadModifier) == modifiers;
}

} // namespace

/// The window's Ctrl+Enter sends what is selected in the queue: not while one types something else.
bool PayloadEdit::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride
        && isEnter(*static_cast<QKeyEvent*>(event), Qt::ControlModifier)
        && !document()->isEmpty()) {
        event->accept();
        return true;
    }
    return QPlainTextEdit::event(event);
}

void PayloadEdit::keyPressEvent(QKeyEvent* event)
{
    if (isEnter(*event, Qt::ControlModifier)) {
        emit sendEntered();
        return;
    }
    if (isEnter(*event, Qt::NoModifier)) {
        emit entered();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void PayloadEdit::insertFromMimeData(const QMimeData* source)
{
    const qsizetype length = source->text().size();
    if (length + document()->characterCount() > kMaxCharacters) {
        emit pasteRefused(length);
        return;
    }
    QPlainTextEdit::insertFromMimeData(source);
}

PayloadComposer::PayloadComposer(QWidget* parent)
    : QWidget(parent)
    , m_mode(new QComboBox(this))
    , m_edit(new PayloadEdit(this))
    , m_icon(new QLabel(this))
    , m_status(new ElidedLabel(this))
    , m_add(new QPushButton(this))
    , m_stopEdit(new QPushButton(tr("Keep as it was"), this))
{
    m_mode->setObjectName(QStringLiteral("payloadMode"));
    m_mode->addItems({tr("Text"), tr("Hex"), tr("Test data")});
    m_mode->setToolTip(tr("What is typed: text with escapes, hex digits in pairs, or how many "
                          "bytes of test data to make"));
    m_mode->setAccessibleName(tr("Kind of payload"));
    auto* modeLabel = new QLabel(tr("&Payload:"), this);
    modeLabel->setBuddy(m_mode);

    m_edit->setObjectName(QStringLiteral("payloadEdit"));
    m_edit->setAccessibleName(tr("Payload"));
    m_edit->setTabChangesFocus(true);
    m_edit->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_edit->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    const auto linesHigh = [this](int lines) {
        return m_edit->fontMetrics().lineSpacing() * lines + 2 * m_edit->frameWidth() + 8;
    };
    m_edit->setMinimumHeight(linesHigh(1)); // in a low window
    m_edit->setMaximumHeight(linesHigh(3));

    m_status->setObjectName(QStringLiteral("payloadStatus"));
    m_status->setAccessibleName(tr("Payload check"));
    m_add->setObjectName(QStringLiteral("addPayload"));
    m_stopEdit->setObjectName(QStringLiteral("stopEdit"));
    m_stopEdit->setAccessibleName(tr("Keep the item as it was"));
    m_stopEdit->setToolTip(tr("Leave the item unchanged and clear this field"));

    auto* row = new QHBoxLayout;
    row->addWidget(modeLabel);
    row->addWidget(m_mode);
    row->addWidget(m_icon);
    row->addWidget(m_status, 1);
    row->addWidget(m_stopEdit);
    row->addWidget(m_add);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(row);
    layout->addWidget(m_edit);

    connect(m_mode, &QComboBox::currentIndexChanged, this, &PayloadComposer::changeMode);
    connect(m_edit, &QPlainTextEdit::textChanged, this, &PayloadComposer::check);
    connect(m_edit, &PayloadEdit::entered, this, &PayloadComposer::add);
    connect(m_edit, &PayloadEdit::sendEntered, this, &PayloadComposer::addAndSend);
    connect(m_edit, &PayloadEdit::pasteRefused, this, [this](qsizetype characters) {
        showError(tr("Not pasted: %1 characters are more than this field takes. Save them as a "
                     "file and add the file.")
                      .arg(groupedNumber(static_cast<std::uint64_t>(characters))),
            std::nullopt);
    });
    connect(m_add, &QPushButton::clicked, this, &PayloadComposer::add);
    connect(m_stopEdit, &QPushButton::clicked, this, &PayloadComposer::endEdit);
    endEdit();
}

PayloadComposer::~PayloadComposer()
{
    if (m_maker)
        m_maker->wait();
}

PayloadComposer::Mode PayloadComposer::mode() const
{
    return static_cast<Mode>(m_mode->currentIndex());
}

void PayloadComposer::setMode(Mode mode)
{
    m_mode->setCurrentIndex(static_cast<int>(mode));
}

/// Text and hex are two spellings of the same bytes; what cannot be translated stays as it was
/// typed.
QString PayloadComposer::translated(Mode from, Mode to, const QString& text) const
{
    if (from == Mode::TestData || to == Mode::TestData || text.isEmpty())
        return m_texts[modeIndex(to)];
    const workbench::Decoded bytes = decoded(from, text);
    if (bytes.error)
        return m_texts[modeIndex(to)];
    return QString::fromStdString(
        to == Mode::Hex ? workbench::encodeHex(bytes.bytes) : workbench::encodeText(bytes.bytes));
}

void PayloadComposer::changeMode()
{
    const QString before = m_edit->toPlainText();
    m_texts[modeIndex(m_shown)] = before;
    const QString shown = translated(m_shown, mode(), before);
    m_shown = mode();
    switch (m_shown) {
    case Mode::Text:
        m_edit->setPlaceholderText(tr("Text; \\n \\t \\0 \\xHH are escapes. Enter adds it to the "
                                      "queue, Ctrl+Enter sends it, too."));
        break;
    case Mode::Hex:
        m_edit->setPlaceholderText(tr("Hex digits in pairs: 47 45 54. Enter adds them to the "
                                      "queue, Ctrl+Enter sends them, too."));
        break;
    case Mode::TestData:
        m_edit->setPlaceholderText(
            tr("How many bytes to make: 4096, 64KiB, 64MiB. Enter adds them to the queue."));
        break;
    }
    m_edit->setPlainText(shown);
    m_edit->moveCursor(QTextCursor::End);
    check();
}

void PayloadComposer::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        check();
}

void PayloadComposer::check()
{
    const QString text = m_edit->toPlainText();
    m_valid = false;
    if (text.isEmpty()) {
        showInfo({});
    } else if (m_shown == Mode::TestData) {
        try {
            const std::uint64_t size = workbench::parseSize(text.trimmed().toStdString());
            m_valid = size > 0 && size <= kMaxTestData;
            if (m_valid)
                showInfo(exactSizeText(size));
            else
                showError(tr("between 1 byte and 1 GiB; for more, add a file"), std::nullopt);
        } catch (const ArgumentException& problem) {
            showError(QString::fromUtf8(problem.what()), std::nullopt);
        }
    } else {
        const workbench::Decoded result = decoded(m_shown, text);
        if (result.error) {
            showError(QString::fromStdString(result.error->message), result.error->position);
        } else if (result.bytes.empty()) {
            showInfo(tr("0 bytes"));
        } else {
            m_valid = true;
            showInfo(exactSizeText(result.bytes.size()));
        }
    }
    m_add->setEnabled(m_valid && !m_maker);
    const QString tip = m_editedRow < 0 ? tr("Add to the queue (Enter)")
                                        : tr("Change the item in the queue (Enter)");
    if (m_valid)
        m_add->setToolTip(tip);
    else
        m_add->setToolTip(QStringLiteral("%1\n%2").arg(
            tip, text.isEmpty() ? tr("Type something first.") : m_status->text()));
}

void PayloadComposer::showError(const QString& message, std::optional<std::size_t> position)
{
    QList<QTextEdit::ExtraSelection> marks;
    QString shown = tr("Error: %1").arg(message);
    if (position) {
        const QByteArray utf8 = m_edit->toPlainText().toUtf8();
        const auto at = static_cast<int>(
            QString::fromUtf8(utf8.left(static_cast<qsizetype>(*position))).size());
        shown = tr("Error at character %1: %2").arg(at + 1).arg(message);
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(m_edit->document());
        mark.cursor.setPosition(std::min(at, m_edit->document()->characterCount() - 1));
        mark.cursor.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor);
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(toneColor(Tone::Bad, palette()));
        mark.format.setFontWeight(QFont::Bold);
        marks.append(mark);
    }
    m_edit->setExtraSelections(marks);
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, palette()));
    m_status->setPalette(colors);
    m_status->setText(shown);
    m_status->setToolTip(shown);
    m_icon->setPixmap(icon(QStringLiteral("error"), Tone::Bad).pixmap(16, 16));
}

void PayloadComposer::showInfo(const QString& message)
{
    m_edit->setExtraSelections({});
    m_status->setPalette(palette());
    m_status->setText(message);
    m_status->setToolTip(message);
    m_icon->setPixmap({});
}

void PayloadComposer::add()
{
    if (!m_valid || m_maker)
        return;
    const QString text = m_edit->toPlainText();
    if (m_shown == Mode::TestData)
        makeTestData(workbench::parseSize(text.trimmed().toStdString()));
    else
        finish(QueueItem::bytes(decoded(m_shown, text).bytes));
}

void PayloadComposer::addAndSend()
{
    const bool isThereAtOnce = m_valid && !m_maker && m_shown != Mode::TestData;
    add();
    if (isThereAtOnce)
        emit sendWanted();
}

/// A gibibyte takes long enough to be felt, so it is made elsewhere.
void PayloadComposer::makeTestData(std::uint64_t bytes)
{
    auto made = std::make_shared<Bytes>();
    m_maker = QThread::create([made, bytes] { *made = testData(bytes); });
    connect(m_maker, &QThread::finished, this, [this, made] {
        m_maker->wait();
        m_maker->deleteLater();
        m_maker = nullptr;
        finish(QueueItem::bytes(std::move(*made)));
    });
    m_add->setEnabled(false);
    m_maker->start();
}

void PayloadComposer::finish(QueueItem item)
{
    const int row = m_editedRow;
    m_texts = {};
    m_editedRow = -1;
    m_edit->clear();
    endEdit();
    if (row < 0)
        emit itemReady(item);
    else
        emit itemEdited(row, item);
}

void PayloadComposer::edit(int row, const Bytes& bytes)
{
    setMode(Mode::Text);
    m_editedRow = row;
    m_edit->setPlainText(QString::fromStdString(workbench::encodeText(bytes)));
    m_add->setText(tr("&Update item %1").arg(row + 1));
    m_add->setAccessibleName(tr("Update item %1").arg(row + 1));
    m_stopEdit->show();
    check();
    m_edit->setFocus();
    m_edit->selectAll();
}

void PayloadComposer::endEdit()
{
    if (m_editedRow >= 0) {
        m_editedRow = -1;
        m_edit->clear();
    }
    m_stopEdit->hide();
    m_add->setText(tr("&Add to queue"));
    m_add->setAccessibleName(tr("Add to queue"));
    changeMode();
}

} // namespace swb::ui
