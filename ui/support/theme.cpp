// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/theme.h"

#include <QApplication>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>

namespace swb::ui {
namespace {

struct Shades {
    QRgb window, base, alternate, text, button, tooltip, dim, link, highlight, highlightedText;
};

constexpr Shades kLight{0xffeff0f2, 0xffffffff, 0xfff5f6f8, 0xff1b1d21, 0xffe6e8eb, 0xffffffff,
    0xff6d727a, 0xff0b57c2, 0xff1f6feb, 0xffffffff};
constexpr Shades kDark{0xff25282d, 0xff1b1d21, 0xff212429, 0xffe6e8eb, 0xff33373d, 0xff33373d,
    0xff92979f, 0xff7db2ff, 0xff2f6fd0, 0xffffffff};

QPalette paletteOf(const Shades& s)
{
    QPalette p(QColor(s.button), QColor(s.window));
    p.setColor(QPalette::Window, s.window);
    p.setColor(QPalette::WindowText, s.text);
    p.setColor(QPalette::Base, s.base);
    p.setColor(QPalette::AlternateBase, s.alternate);
    p.setColor(QPalette::Text, s.text);
    p.setColor(QPalette::Button, s.button);
    p.setColor(QPalette::ButtonText, s.text);
    p.setColor(QPalette::BrightText, s.text);
    p.setColor(QPalette::ToolTipBase, s.tooltip);
    p.setColor(QPalette::ToolTipText, s.text);
    p.setColor(QPalette::PlaceholderText, s.dim);
    p.setColor(QPalette::Link, s.link);
    p.setColor(QPalette::LinkVisited, s.link);
    p.setColor(QPalette::Highlight, s.highlight);
    p.setColor(QPalette::HighlightedText, s.highlightedText);
    for (const auto role :
        {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
        p.setColor(QPalette::Disabled, role, s.dim);
    p.setColor(QPalette::Disabled, QPalette::Highlight, s.button);
    p.setColor(QPalette::Disabled, QPalette::HighlightedText, s.dim);
    return p;
}

} // namespace

void applyTheme(Theme theme)
{
    // The style and palette the desktop gave are the ones to come back to.
    static const QString systemStyle = QApplication::style()->objectName();
    static const QPalette systemPalette = QApplication::palette();
    if (theme == Theme::System) {
        QApplication::setStyle(QStyleFactory::create(systemStyle));
        QApplication::setPalette(systemPalette);
        return;
    }
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(paletteOf(theme == Theme::Dark ? kDark : kLight));
}

Theme themeFromString(const QString& text)
{
    if (text == QLatin1String("light"))
        return Theme::Light;
    return text == QLatin1String("dark") ? Theme::Dark : Theme::System;
}

QString toString(Theme theme)
{
    switch (theme) {
    case Theme::Light:
        return QStringLiteral("light");
    case Theme::Dark:
        return QStringLiteral("dark");
    case Theme::System:
        break;
    }
    return QStringLiteral("system");
}

} // namespace swb::ui
