// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swb::workbench {

using Bytes = std::vector<std::byte>;

struct CodecError {
    std::size_t position
        = 0; ///< Index into the text, in bytes, of the first character that is wrong.
    std::string message; ///< "odd number of hex digits: the last digit '4' has no partner"
};

struct Decoded {
    Bytes bytes; ///< What was understood, up to the error.
    std::optional<CodecError> error;
    explicit operator bool() const noexcept { return !error; }
};

/// UTF-8 text with the escapes \n \r \t \0 \a \b \f \v \e \\ \" \' \xHH \uHHHH \UHHHHHHHH (as
/// UTF-8); any other character after a backslash is an error.
Decoded decodeText(std::string_view text);
/// Hex digits in pairs; blanks, line ends, ',', ':', '-' and a "0x" before a pair may stand between
/// pairs. A lone digit is an error: nothing is guessed.
Decoded decodeHex(std::string_view text);
/// The inverse of decodeText: printable UTF-8 as it is, everything else escaped.
std::string encodeText(std::span<const std::byte> bytes);
/// "47 45 54"
std::string encodeHex(std::span<const std::byte> bytes);

/// "64KiB", "1.5 MiB", "4096", "2GiB" (also B, and K/M/G without iB) to bytes. Throws
/// ArgumentException("size").
std::uint64_t parseSize(std::string_view text);
/// 4194304 -> "4.0 MiB"; below 1 KiB "18 B".
std::string formatSize(std::uint64_t bytes);
/// 4194304 -> "4,194,304"
std::string groupDigits(std::uint64_t number);

} // namespace swb::workbench
