// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

// The resources live in a static library: without this call the linker would leave them out.
// Q_INIT_RESOURCE must stand outside every namespace.
static void initialiseResources()
{
    Q_INIT_RESOURCE(desktop);
}

namespace swb::ui {
namespace {

QByteArray drawing(const QString& name)
{
    static const bool initialised = (initialiseResources(), true);
    Q_UNUSED(initialised)
    QFile file(QStringLiteral(":/swb/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll();
}

QPixmap rendered(const QString& name, QSize size, const QColor& color)
{
    const QString key = QStringLiteral("swb-icon/%1/%2x%3/%4")
                            .arg(name)
                            .arg(size.width())
                            .arg(size.height())
                            .arg(color.rgba(), 0, 16);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    QByteArray svg = drawing(name);
    svg.replace("currentColor", color.name(QColor::HexRgb).toLatin1());
    QSvgRenderer renderer(svg);
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    pixmap = QPixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setOpacity(color.alphaF());
    renderer.render(&painter, QRectF(QPointF(0, 0), QSizeF(size)));
    painter.end();
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

class PaletteIconEngine final : public QIconEngine {
public:
    PaletteIconEngine(QString name, Tone tone)
        : m_name(std::move(name))
        , m_tone(tone)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        paintIcon(*painter, rect, m_name, color(mode));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override
    {
        return rendered(m_name, size, color(mode));
    }
    QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
    QIconEngine* clone() const override { return new PaletteIconEngine(*this); }
    bool isNull() override { return false; }

private:
    QColor color(QIcon::Mode mode) const
    {
        const QPalette palette = QApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::ButtonText);
        if (mode == QIcon::Selected)
            return palette.color(QPalette::HighlightedText);
        return m_tone == Tone::Neutral ? palette.color(QPalette::Active, QPalette::ButtonText)
                                       : toneColor(m_tone, palette);
    }

    QString m_name;
    Tone m_tone;
};

} // namespace

QColor toneColor(Tone tone, const QPalette& palette)
{
    const bool dark = palette.color(QPalette::Base).lightness() < 128;
    switch (tone) {
    case Tone::Good:
        return dark ? QColor(0x7c, 0xd9, 0x92) : QColor(0x16, 0x6b, 0x2e);
    case Tone::Waiting:
        return dark ? QColor(0xf2, 0xb8, 0x5c) : QColor(0x8a, 0x50, 0x00);
    case Tone::Bad:
        return dark ? QColor(0xff, 0x9e, 0x94) : QColor(0xb3, 0x1d, 0x1d);
    case Tone::Quiet: {
        const QColor text = palette.color(QPalette::Active, QPalette::Text);
        const QColor base = palette.color(QPalette::Active, QPalette::Base);
        const auto mix = [](int a, int b) { return (a * 68 + b * 32) / 100; };
        return {mix(text.red(), base.red()), mix(text.green(), base.green()),
            mix(text.blue(), base.blue())};
    }
    case Tone::Neutral:
        break;
    }
    return palette.color(QPalette::Text);
}

QIcon icon(const QString& name, Tone tone)
{
    return QIcon(new PaletteIconEngine(name, tone));
}

void paintIcon(QPainter& painter, const QRect& rect, const QString& name, const QColor& color)
{
    const int side = qMin(rect.width(), rect.height());
    if (side <= 0)
        return;
    const qreal scale = painter.device()->devicePixelRatioF();
    QPixmap pixmap = rendered(name, QSize(side, side) * scale, color);
    pixmap.setDevicePixelRatio(scale);
    painter.drawPixmap(
        rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, pixmap);
}

} // namespace swb::ui
