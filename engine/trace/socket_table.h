// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swb::trace {

enum class SocketKind : std::uint8_t { Other, Tcp, Udp, Unix };

/// What a socket is, for people and for exports.
struct SocketDescription {
    SocketKind kind = SocketKind::Other;
    std::string text; ///< "tcp 127.0.0.1:40001 -> 127.0.0.1:9000"
    std::string local; ///< As EndPoint::toString() writes it; empty when not known.
    std::string remote;
    bool operator==(const SocketDescription&) const = default;
};

/// "tcp 127.0.0.1:40001 -> 127.0.0.1:9000", "udp [::1]:5000", "unix /run/app.sock": the kind is the
/// first word, what stands before and after the arrow are the end points, of which one may be left
/// out. Any other text is kept as it is.
SocketDescription socketDescriptionFromText(std::string text);

/// Says what the sockets of a trace are: records only know their numbers. Filled by whoever makes
/// the sockets, kept in the trace file.
///
/// **Threads** any.
class SocketTable {
public:
    /// Replaces what was said about this socket before. `id` is Socket::id().
    void describeSocket(std::uint32_t id, std::string text)
    {
        describeSocket(id, socketDescriptionFromText(std::move(text)));
    }
    void describeSocket(std::uint32_t id, SocketDescription description);

    /// The text; "socket 7" when nobody described it.
    std::string text(std::uint32_t id) const;
    std::optional<SocketDescription> find(std::uint32_t id) const;

    using Entry = std::pair<std::uint32_t, SocketDescription>;
    /// What was described after `version`, which then is the version of what is returned: first 0.
    std::vector<Entry> changedSince(std::uint64_t& version) const;
    std::vector<Entry> all() const
    {
        std::uint64_t version = 0;
        return changedSince(version);
    }

    void clear();

private:
    struct Versioned {
        SocketDescription description;
        std::uint64_t version = 0;
    };

    mutable std::mutex m_mutex; // guards everything below
    std::map<std::uint32_t, Versioned> m_sockets;
    std::uint64_t m_version = 0;
};

} // namespace swb::trace
