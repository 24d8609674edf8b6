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
    QByteArray windowGeometry;
    QByteArray windowState;
    QByteArray operationsHeader;
    QString lastAddress; ///< Where the last new connection went, offered again.
    Theme theme = Theme::System;
    int timeMode = 0; ///< Of TimeFormat::Mode.
    int timeUnit = 0; ///< Of TimeFormat::Unit.
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
