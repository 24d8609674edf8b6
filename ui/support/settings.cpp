// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/settings.h"

#include <QSettings>

namespace swb::ui {
namespace {

// A state saved by another layout of docks would restore as garbage: the number changes with the
// docks.
constexpr int kLayoutVersion = 2;

const QString kLayout = QStringLiteral("layout/version");
const QString kGeometry = QStringLiteral("layout/geometry");
const QString kState = QStringLiteral("layout/state");
const QString kOperations = QStringLiteral("layout/operationsHeader");
const QString kAddress = QStringLiteral("connection/lastAddress");
const QString kTheme = QStringLiteral("appearance/theme");
const QString kTimeMode = QStringLiteral("operations/timeMode");
const QString kTimeUnit = QStringLiteral("operations/timeUnit");
const QString kRecentFilters = QStringLiteral("operations/recentFilters");
const QString kFilterNames = QStringLiteral("operations/filterNames");
const QString kFilterTexts = QStringLiteral("operations/filterTexts");

} // namespace

SettingsFile::SettingsFile()
    : m_path(QSettings(QSettings::IniFormat, QSettings::UserScope,
        QStringLiteral("SocketWorkbench"), QStringLiteral("socket-workbench"))
                 .fileName())
{
}

SettingsFile::SettingsFile(QString path)
    : m_path(std::move(path))
{
}

Settings SettingsFile::load() const
{
    const QSettings file(m_path, QSettings::IniFormat);
    Settings settings;
    if (file.value(kLayout).toInt() == kLayoutVersion) {
        settings.windowGeometry = file.value(kGeometry).toByteArray();
        settings.windowState = file.value(kState).toByteArray();
        settings.operationsHeader = file.value(kOperations).toByteArray();
    }
    settings.lastAddress = file.value(kAddress).toString();
    settings.theme = themeFromString(file.value(kTheme).toString());
    settings.timeMode = file.value(kTimeMode).toInt();
    settings.timeUnit = file.value(kTimeUnit).toInt();
    settings.recentFilters = file.value(kRecentFilters).toStringList();
    const QStringList names = file.value(kFilterNames).toStringList();
    const QStringList texts = file.value(kFilterTexts).toStringList();
    for (qsizetype i = 0; i < names.size() && i < texts.size(); ++i)
        settings.savedFilters.append({names[i], texts[i]});
    return settings;
}

bool SettingsFile::save(const Settings& settings) const
{
    QSettings file(m_path, QSettings::IniFormat);
    file.setValue(kLayout, kLayoutVersion);
    file.setValue(kGeometry, settings.windowGeometry);
    file.setValue(kState, settings.windowState);
    file.setValue(kOperations, settings.operationsHeader);
    file.setValue(kAddress, settings.lastAddress);
    file.setValue(kTheme, toString(settings.theme));
    file.setValue(kTimeMode, settings.timeMode);
    file.setValue(kTimeUnit, settings.timeUnit);
    file.setValue(kRecentFilters, settings.recentFilters);
    QStringList names;
    QStringList texts;
    for (const SavedFilter& each : settings.savedFilters) {
        names.append(each.name);
        texts.append(each.text);
    }
    file.setValue(kFilterNames, names);
    file.setValue(kFilterTexts, texts);
    file.sync();
    return file.status() == QSettings::NoError;
}

} // namespace swb::ui
