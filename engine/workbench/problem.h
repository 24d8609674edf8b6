// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/socket_error.h"

#include <exception>
#include <string>
#include <string_view>
#include <system_error>

namespace swb::workbench {

/// What went wrong, for people: what was tried, on what, the error's name and numbers, why that
/// usually happens and what to do next. Front ends show it in place; nothing else in the program
/// words an error.
struct Problem {
    std::string operation; ///< "Connect", "SendPackets", "Open file", "Read hex".
    std::string subject; ///< The end point, path or text it was about: "tcp://127.0.0.1:9".
    std::string errorName; ///< "ConnectionRefused", "FileNotFound".
    int errorNumber = 0; ///< The WSA number; 0 when there is none.
    std::string nativeName; ///< "ECONNREFUSED"; empty when the system was not involved.
    int nativeNumber = 0; ///< 111; 0 when the system was not involved.
    std::string cause; ///< One sentence: "Nobody is listening on that port."
    std::string nextStep; ///< One sentence: "Start the server, or check the port number."

    /// "Connect to tcp://127.0.0.1:9 failed: ConnectionRefused (10061, ECONNREFUSED 111). Nobody
    /// ... Start ..."
    std::string toString() const;
    bool operator==(const Problem&) const = default;
};

/// From the result of an operation.
Problem problemFromResult(std::string_view operation, std::string_view subject, SocketError error,
    std::error_code nativeError = {});
/// From an exception of the engine or the workbench (Problem's own fields for files come from the
/// exception).
Problem problemFromException(
    std::string_view operation, std::string_view subject, const std::exception& exception);

} // namespace swb::workbench
