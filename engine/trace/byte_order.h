// SPDX-License-Identifier: BSL-1.0
/// Values to and from the little-endian bytes of a trace file.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace swb::trace::detail {

// Records are written as they lie in memory. A machine with the other order needs them swapped in
// trace_format, and nowhere else.
static_assert(std::endian::native == std::endian::little);

/// Appends values to bytes.
class ByteWriter {
public:
    template <std::integral T> void value(T number) { bytes(std::as_bytes(std::span(&number, 1))); }
    void bytes(std::span<const std::byte> content)
    {
        m_bytes.append(reinterpret_cast<const char*>(content.data()), content.size());
    }
    /// With its length before it.
    void text(std::string_view content)
    {
        value(static_cast<std::uint32_t>(content.size()));
        bytes(std::as_bytes(std::span(content)));
    }
    /// Zeros up to `size` bytes altogether.
    void padTo(std::size_t size) { m_bytes.resize(size); }

    std::size_t size() const noexcept { return m_bytes.size(); }
    std::span<const std::byte> content() const noexcept
    {
        return std::as_bytes(std::span(m_bytes));
    }
    void clear() noexcept { m_bytes.clear(); }

private:
    std::string m_bytes; // appends what is little at a time better than a vector does
};

/// Takes values from bytes that may be anything. Past the end, everything read is zero or empty and
/// failed() is true from then on.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> bytes)
        : m_bytes(bytes)
    {
    }

    template <std::integral T> T value() noexcept
    {
        T number{};
        const auto source = bytes(sizeof number);
        if (!source.empty())
            std::memcpy(&number, source.data(), sizeof number);
        return number;
    }
    std::span<const std::byte> bytes(std::size_t count) noexcept
    {
        if (count > m_bytes.size()) {
            m_failed = true;
            m_bytes = {};
            return {};
        }
        const auto result = m_bytes.first(count);
        m_bytes = m_bytes.subspan(count);
        return result;
    }
    std::string text()
    {
        const auto content = bytes(value<std::uint32_t>());
        return {reinterpret_cast<const char*>(content.data()), content.size()};
    }
    bool failed() const noexcept { return m_failed; }
    bool atEnd() const noexcept { return m_bytes.empty(); }

private:
    std::span<const std::byte> m_bytes;
    bool m_failed = false;
};

} // namespace swb::trace::detail
