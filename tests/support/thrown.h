// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <optional>
#include <typeinfo>

#include <QDebug>

namespace swb::test {

/// What `action` throws if it is exactly an `Exception`, not one derived from it; otherwise says
/// what happened instead.
template <typename Exception, typename Action> std::optional<Exception> thrownBy(Action&& action)
{
    try {
        action();
        qWarning("nothing was thrown");
    } catch (const Exception& exception) {
        if (typeid(exception) == typeid(Exception))
            return exception;
        qWarning() << "thrown instead:" << typeid(exception).name() << exception.what();
    } catch (const std::exception& exception) {
        qWarning() << "thrown instead:" << typeid(exception).name() << exception.what();
    }
    return std::nullopt;
}

} // namespace swb::test
