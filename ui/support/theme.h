// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace swb::ui {

/// Light or dark, or what the desktop says.
enum class Theme { System, Light, Dark };

/// Gives the application style and palette of `theme`, at once and for all windows. GUI thread
/// only.
void applyTheme(Theme theme);

/// "system", "light", "dark": as kept in the settings. An unknown word is System.
Theme themeFromString(const QString& text);
QString toString(Theme theme);

} // namespace swb::ui
