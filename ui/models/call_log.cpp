// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/call_log.h"

#include <QCoreApplication>
#include <QStringList>

namespace swb::ui {

QString CallLog::content(std::uint64_t operationId) const
{
    constexpr std::size_t kNamed = 3;
    const workbench::CallDescription* const call = find(operationId);
    if (!call)
        return {};
    QStringList names;
    for (std::size_t i = 0; i < call->parts.size() && i < kNamed; ++i)
        names << QString::fromStdString(call->parts[i].label);
    if (call->parts.size() > kNamed) {
        names << QCoreApplication::translate(
            "CallLog", "%n more", nullptr, static_cast<int>(call->parts.size() - kNamed));
    }
    return names.join(QStringLiteral(" + "));
}

} // namespace swb::ui
