// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHelpEvent>
#include <QLabel>
#include <QPaintEvent>
#include <QPainter>
#include <QToolTip>

namespace swb::ui {

/// A line of plain text that gets an ellipsis where it has no room; the tool tip then has the whole
/// of it, unless one was set.
class ElidedLabel : public QLabel {
public:
    /// Of a name the end often tells it from others: `mode` is then Qt::ElideMiddle.
    explicit ElidedLabel(QWidget* parent = nullptr, Qt::TextElideMode mode = Qt::ElideRight)
        : QLabel(parent)
        , m_mode(mode)
    {
        setTextFormat(Qt::PlainText);
        setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }

    QSize minimumSizeHint() const override { return {0, QLabel::minimumSizeHint().height()}; }

    bool isElided() const { return shown() != text(); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setPen(palette().color(foregroundRole()));
        painter.drawText(rect(), Qt::AlignVCenter | Qt::AlignLeft, shown());
    }
    bool event(QEvent* event) override
    {
        if (event->type() != QEvent::ToolTip || !toolTip().isEmpty() || !isElided())
            return QLabel::event(event);
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), text(), this);
        return true;
    }

private:
    QString shown() const { return fontMetrics().elidedText(text(), m_mode, width()); }

    const Qt::TextElideMode m_mode;
};

} // namespace swb::ui
