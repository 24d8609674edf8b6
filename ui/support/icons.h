// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>

class QPainter;

namespace swb::ui {

/// What a colour says besides the word and the shape that always stand beside it.
enum class Tone { Neutral, Good, Waiting, Bad, Quiet };

/// A colour for `tone` that has a contrast of at least 4.5:1 on `palette`'s Base and Window, in
/// light and dark.
///
/// **Threads** GUI thread only, as everything in this header.
QColor toneColor(Tone tone, const QPalette& palette);

/// One of the drawings in resources/icons/actions, "send". It has no colours of its own: it is
/// painted in the application palette's text colour, or in the tone's, and follows a change of the
/// palette.
QIcon icon(const QString& name, Tone tone = Tone::Neutral);

/// Paints the drawing `name` in `color` into `rect`, which need not be square.
void paintIcon(QPainter& painter, const QRect& rect, const QString& name, const QColor& color);

} // namespace swb::ui
