// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <utility>

namespace swb::detail {

/// A value that is mostly the default one, and then takes no more room than a pointer: for what few
/// sockets and few operations need.
template <typename T> class Boxed {
public:
    const T& get() const noexcept
    {
        static const T none{};
        return m_value ? *m_value : none;
    }
    const T* operator->() const noexcept { return &get(); }
    /// To change it. Allocates the first time.
    T& edit()
    {
        if (!m_value)
            m_value = std::make_unique<T>();
        return *m_value;
    }
    explicit operator bool() const noexcept { return m_value != nullptr; }
    void clear() noexcept { m_value.reset(); }
    /// What it was; the default one from now on.
    T take()
    {
        const auto value = std::move(m_value);
        return value ? std::move(*value) : T{};
    }

private:
    std::unique_ptr<T> m_value;
};

} // namespace swb::detail
