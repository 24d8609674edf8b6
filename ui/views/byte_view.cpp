// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/byte_view.h"

#include "ui/support/icons.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QFontDatabase>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace swb::ui {
namespace {

constexpr int kMargin = 6;

bool startsCharacter(std::byte byte)
{
    return (std::to_integer<unsigned>(byte) & 0xC0U) != 0x80U;
}

QChar visible(std::byte byte)
{
    const auto value = std::to_integer<unsigned char>(byte);
    return value >= 0x20 && value < 0x7F ? QChar(value) : QChar(u'\u00B7');
}

} // namespace

ByteView::ByteView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setBackgroundRole(QPalette::Base);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

void ByteView::setMode(Mode mode)
{
    m_mode = mode;
    layOut();
    verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void ByteView::setBytes(workbench::ReceivedTail tail)
{
    const bool atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
    m_tail = std::move(tail);
    layOut();
    if (atEnd)
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    viewport()->update();
}

void ByteView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

int ByteView::columns() const
{
    const int width = fontMetrics().horizontalAdvance(u'0');
    return std::max(20, (viewport()->width() - 2 * kMargin) / std::max(1, width));
}

void ByteView::layOut()
{
    // "00000000  47 45 ..  GE..": 11 characters, then 4 for each byte.
    const int room = columns() - 11;
    m_perLine = room >= 64 ? 16U : (room >= 32 ? 8U : 4U);
    breakLines();
    const int lineHeight = fontMetrics().lineSpacing();
    const int visibleLines
        = std::max(1, (viewport()->height() - kMargin) / std::max(1, lineHeight));
    verticalScrollBar()->setPageStep(visibleLines);
    verticalScrollBar()->setRange(0, std::max(0, lineCount() - visibleLines));
    viewport()->update();
}

/// A line ends at a line feed or where the window does, and never within a character.
void ByteView::breakLines()
{
    m_starts.clear();
    if (m_mode != Mode::Text)
        return;
    const auto width = static_cast<std::size_t>(columns());
    std::size_t inLine = 0;
    for (std::size_t i = 0; i < m_tail.bytes.size(); ++i) {
        const bool afterLineFeed = i > 0 && m_tail.bytes[i - 1] == std::byte{'\n'};
        if (i == 0 || afterLineFeed || (inLine >= width && startsCharacter(m_tail.bytes[i]))) {
            m_starts.push_back(i);
            inLine = 0;
        }
        if (startsCharacter(m_tail.bytes[i]))
            ++inLine;
    }
}

int ByteView::lineCount() const
{
    if (m_mode == Mode::Text)
        return static_cast<int>(m_starts.size());
    return static_cast<int>((m_tail.bytes.size() + m_perLine - 1) / m_perLine);
}

QString ByteView::line(int line) const
{
    const auto at = static_cast<std::size_t>(line);
    if (m_mode == Mode::Hex)
        return hexLine(at * m_perLine);
    const std::size_t end = at + 1 < m_starts.size() ? m_starts[at + 1] : m_tail.bytes.size();
    return textLine(m_starts[at], end);
}

QString ByteView::hexLine(std::size_t first) const
{
    QString text = QStringLiteral("%1  ").arg(m_tail.firstOffset + first, 8, 16, QLatin1Char('0'));
    QString characters;
    for (std::size_t i = first; i < first + m_perLine; ++i) {
        if (i >= m_tail.bytes.size()) {
            text += QStringLiteral("   ");
            continue;
        }
        text += QStringLiteral("%1 ").arg(
            std::to_integer<unsigned>(m_tail.bytes[i]), 2, 16, QLatin1Char('0'));
        characters += visible(m_tail.bytes[i]);
    }
    return text + u' ' + characters;
}

QString ByteView::textLine(std::size_t first, std::size_t end) const
{
    const auto* raw = reinterpret_cast<const char*>(m_tail.bytes.data());
    QString text = QString::fromUtf8(raw + first, static_cast<qsizetype>(end - first));
    for (QChar& character : text) {
        if (character == u'\n')
            character = QChar(u'\u21B5');
        else if (!character.isPrint())
            character = QChar(u'\u00B7');
    }
    return text;
}

QString ByteView::allText() const
{
    if (m_mode == Mode::Text) {
        return QString::fromUtf8(reinterpret_cast<const char*>(m_tail.bytes.data()),
            static_cast<qsizetype>(m_tail.bytes.size()));
    }
    QString text;
    for (int i = 0; i < lineCount(); ++i)
        text += line(i) + u'\n';
    return text;
}

void ByteView::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    if (m_tail.bytes.empty()) {
        painter.setFont(QApplication::font());
        painter.setPen(toneColor(Tone::Quiet, palette()));
        painter.drawText(viewport()->rect().adjusted(16, 10, -16, -10),
            Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
        return;
    }
    painter.setPen(palette().color(QPalette::Text));
    const int height = fontMetrics().lineSpacing();
    int y = kMargin / 2 + fontMetrics().ascent();
    for (int i = verticalScrollBar()->value(); i < lineCount() && y - height < viewport()->height();
         ++i, y += height)
        painter.drawText(kMargin, y, line(i));
}

void ByteView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    layOut();
}

void ByteView::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        layOut();
}

void ByteView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        QApplication::clipboard()->setText(allText());
    } else if (event->key() == Qt::Key_Home) {
        verticalScrollBar()->setValue(0);
    } else if (event->key() == Qt::Key_End) {
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
    } else {
        QAbstractScrollArea::keyPressEvent(event);
    }
}

} // namespace swb::ui
