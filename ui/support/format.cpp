// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/format.h"

#include "engine/workbench/problem.h"

#include <QCoreApplication>
#include <QLocale>

#include <array>
#include <cmath>

namespace swb::ui {

namespace {

/// The C locale groups no digits, which nobody who chose no locale has asked for.
QLocale displayLocale()
{
    const QLocale locale;
    return locale.language() == QLocale::C ? QLocale(QLocale::English) : locale;
}

} // namespace

QString groupedNumber(std::uint64_t number)
{
    return displayLocale().toString(static_cast<qulonglong>(number));
}

QString sizeText(std::uint64_t bytes)
{
    if (bytes < 1024)
        return QCoreApplication::translate("Format", "%1 B").arg(bytes);
    static const std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    // 1023.95 and more would be shown as "1024.0".
    while (value >= 1023.95 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return QStringLiteral("%1 %2").arg(
        QLocale().toString(value, 'f', 1), QLatin1String(units.at(unit)));
}

QString exactSizeText(std::uint64_t bytes)
{
    const QString exact
        = QCoreApplication::translate("Format", "%1 bytes").arg(groupedNumber(bytes));
    return bytes < 1024 ? exact : QStringLiteral("%1 (%2)").arg(sizeText(bytes), exact);
}

QString rateText(double bytesPerSecond)
{
    const auto whole
        = bytesPerSecond > 0 ? static_cast<std::uint64_t>(std::llround(bytesPerSecond)) : 0;
    return QCoreApplication::translate("Format", "%1/s").arg(sizeText(whole));
}

QString remainingText(std::uint64_t bytesLeft, double bytesPerSecond)
{
    if (bytesPerSecond < 1)
        return {};
    const double seconds = static_cast<double>(bytesLeft) / bytesPerSecond;
    if (seconds >= 360000)
        return {};
    if (seconds < 1)
        return QCoreApplication::translate("Format", "< 1 s left");
    if (seconds < 120)
        return QCoreApplication::translate("Format", "about %1 s left").arg(std::lround(seconds));
    return QCoreApplication::translate("Format", "about %1 min left")
        .arg(std::lround(seconds / 60));
}

QString problemLine(const workbench::Problem& problem)
{
    QString line = QString::fromStdString(problem.errorName);
    if (problem.errorNumber != 0)
        line += QStringLiteral(" (%1)").arg(problem.errorNumber);
    if (!problem.cause.empty())
        line += QStringLiteral(": ") + QString::fromStdString(problem.cause);
    return line.isEmpty() ? QString::fromStdString(problem.toString()) : line;
}

QString problemToolTip(const workbench::Problem& problem)
{
    // Rich text so that a long sentence wraps.
    return QStringLiteral("<p>%1</p>")
        .arg(QString::fromStdString(problem.toString()).toHtmlEscaped());
}

} // namespace swb::ui
