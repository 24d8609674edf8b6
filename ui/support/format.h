// SPDX-License-Identifier: GPL-3.0-or-later
/// Numbers as people read them. All functions: any thread.
#pragma once

#include <QString>

#include <cstdint>

namespace swb::workbench {
struct Problem;
}

namespace swb::ui {

/// "4,194,304" with the locale's separators.
QString groupedNumber(std::uint64_t number);
/// "18 B", "4.0 MiB".
QString sizeText(std::uint64_t bytes);
/// "4.0 MiB (4,194,304 bytes)", for tooltips.
QString exactSizeText(std::uint64_t bytes);
/// "1.2 MiB/s", "0 B/s".
QString rateText(double bytesPerSecond);
/// "about 12 s left"; empty when that cannot be said.
QString remainingText(std::uint64_t bytesLeft, double bytesPerSecond);

/// One line: "ConnectionRefused (10061): Nobody is listening on that port."
QString problemLine(const workbench::Problem& problem);
/// The whole of it, as rich text, for tooltips.
QString problemToolTip(const workbench::Problem& problem);

} // namespace swb::ui
