// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/support/theme.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

namespace swb::ui {

/// A filter for operations that was given a name.
struct SavedFilter {
    QString name;
    QString text;
    bool operator==(const SavedFilter&) const = default;
};

/// Everything the window remembers between two starts: a value, handed to the window and taken back
/// from it.
struct Settings {
    static constexpr int kUsualMemoryMiB = 256;
    static constexpr int kLeastMemoryMiB = 16;
    static constexpr int kMostMemoryMiB = 64 * 1024;
    static constexpr int kMostKeptPayloadBytes = 1024 * 1024;
    static constexpr int kMostWorkerThreads = 256;
    static constexpr int kMostRecentRecordings = 8;

    QByteArray windowGeometry;
    QByteArray windowState;
    QByteArray operationsHeader;
    QString lastAddress; ///< Where the last new connection went, offered again.
    Theme theme = Theme::System;
    int timeMode = 0; ///< Of TimeFormat::Mode.
    int timeUnit = 0; ///< Of TimeFormat::Unit.
    /// Most memory for the recording; what is more goes to a file. At the next start.
    int memoryBudgetMiB = kUsualMemoryMiB;
    int keptPayloadBytes = 0; ///< The first bytes of each operation; 0: none.
    int workerThreads = 0; ///< 0: one per core. At the next start.
    bool offerRecovery = true; ///< At the start, what a crash left.
    bool askToSave = true; ///< When quitting with work that was not saved.
    QStringList recentRecordings; ///< The last one first.
    QStringList recentFilters; ///< The last one first.
    QList<SavedFilter> savedFilters;

    bool operator==(const Settings&) const = default;
};

/// Where the settings are kept between two starts; the only place that reads or writes them.
///
/// **Threads** one thread at a time.
/// **Errors** what cannot be read is its default; save() answers whether everything was written.
class SettingsFile {
public:
    /// The user's own file.
    SettingsFile();
    /// A file of the caller's choice, for tests and portable use.
    explicit SettingsFile(QString path);

    Settings load() const;
    bool save(const Settings& settings) const;
    QString path() const { return m_path; }

private:
    QString m_path;
};

} // namespace swb::ui
