// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/settings.h"

#include <QSettings>

#include <algorithm>

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
const QString kMemory = QStringLiteral("recording/memoryMiB");
const QString kPayload = QStringLiteral("recording/keptPayloadBytes");
const QString kRecovery = QStringLiteral("recording/offerRecovery");
const QString kAskToSave = QStringLiteral("recording/askToSave");
const QString kRecentRecordings = QStringLiteral("recording/recent");
const QString kWorkers = QStringLiteral("engine/workerThreads");
const QString kTimeMode = QStringLiteral("operations/timeMode");
const QString kTimeUnit = QStringLiteral("operations/timeUnit");
const QString kRecentFilters = QStringLiteral("operations/recentFilters");
const QString kFilterNames = QStringLiteral("operations/filterNames");
const QString kFilterTexts = QStringLiteral("operations/filterTexts");

/// What somebody wrote by hand may be anything.
int numberOf(const QSettings& file, const QString& key, int usual, int least, int most)
{
    bool isNumber = false;
    const int value = file.value(key).toInt(&isNumber);
    return isNumber ? std::clamp(value, least, most) : usual;
}

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
    settings.memoryBudgetMiB = numberOf(file, kMemory, Settings::kUsualMemoryMiB,
        Settings::kLeastMemoryMiB, Settings::kMostMemoryMiB);
    settings.keptPayloadBytes = numberOf(file, kPayload, 0, 0, Settings::kMostKeptPayloadBytes);
    settings.workerThreads = numberOf(file, kWorkers, 0, 0, Settings::kMostWorkerThreads);
    settings.offerRecovery = file.value(kRecovery, true).toBool();
    settings.askToSave = file.value(kAskToSave, true).toBool();
    settings.recentRecordings = file.value(kRecentRecordings).toStringList();
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
    file.setValue(kMemory, settings.memoryBudgetMiB);
    file.setValue(kPayload, settings.keptPayloadBytes);
    file.setValue(kWorkers, settings.workerThreads);
    file.setValue(kRecovery, settings.offerRecovery);
    file.setValue(kAskToSave, settings.askToSave);
    file.setValue(kRecentRecordings, settings.recentRecordings);
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
