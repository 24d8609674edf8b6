// SPDX-License-Identifier: GPL-3.0-or-later
/// Lets QCOMPARE take the engine's enumerations and print their names. Without it QTest finds
/// swb::toString(), which gives a std::string where QTest wants a char array, and does not compile.
#pragma once

#include "bytes.h"

#include "engine/net/end_point.h"
#include "engine/net/socket_error.h"
#include "engine/net/socket_types.h"

#include <QTest>

namespace swb::test {

inline char* printable(const std::string& text)
{
    return qstrdup(text.c_str());
}
inline char* printable(const EndPoint& endPoint)
{
    return printable("\"" + endPoint.toString() + "\"");
}
/// The size and the first bytes: what differs is rarely seen in megabytes of hex.
inline char* printable(const Bytes& bytes)
{
    const auto shown = std::min<std::size_t>(bytes.size(), 24);
    const auto hex
        = QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(shown))
              .toHex(' ');
    return printable(std::to_string(bytes.size()) + " bytes: " + hex.toStdString());
}
template <typename Enum>
requires std::is_enum_v<Enum>
char* printable(Enum value)
{
    if constexpr (requires { toString(value); })
        return printable(toString(value));
    else
        return printable(std::to_string(static_cast<long long>(value)));
}

template <typename T>
concept Printed = (std::is_enum_v<T> && !QtPrivate::IsQEnumHelper<T>::Value)
    || std::is_same_v<T, EndPoint> || std::is_same_v<T, Bytes> || std::is_same_v<T, std::string>;

} // namespace swb::test

namespace QTest {

template <typename T>
requires swb::test::Printed<T>
bool qCompare(const T& actual, const T& expected, const char* actualText, const char* expectedText,
    const char* file, int line)
{
    return compare_helper(
        actual == expected, "Compared values are not the same",
        [&actual] { return swb::test::printable(actual); },
        [&expected] { return swb::test::printable(expected); }, actualText, expectedText, file,
        line);
}

} // namespace QTest
