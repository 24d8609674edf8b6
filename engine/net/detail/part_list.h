// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace swb::detail {

/// The parts of one gathered or scattered call: the usual few without allocating.
class PartList {
public:
    static constexpr std::size_t kFew = 64;
    static constexpr std::size_t kKernelMost = 1024; ///< IOV_MAX (BUF-09)

    void add(const void* data, std::size_t size)
    {
        const iovec part{const_cast<void*>(data), size};
        if (m_size < kFew) {
            m_few[m_size++] = part;
            return;
        }
        if (m_size == kFew)
            m_many.assign(m_few.begin(), m_few.end());
        m_many.push_back(part);
        ++m_size;
    }
    std::size_t size() const noexcept { return m_size; }
    std::span<iovec> parts() noexcept
    {
        return m_size <= kFew ? std::span(m_few).first(m_size) : std::span(m_many);
    }

private:
    std::array<iovec, kFew> m_few; // the first m_size are set
    std::vector<iovec> m_many;
    std::size_t m_size = 0;
};

} // namespace swb::detail
