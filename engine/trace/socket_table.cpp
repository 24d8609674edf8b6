// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/socket_table.h"

#include <string_view>

namespace swb::trace {

SocketDescription socketDescriptionFromText(std::string text)
{
    SocketDescription description;
    const std::string_view whole = text;
    const auto blank = whole.find(' ');
    const std::string_view first = whole.substr(0, blank);
    if (first == "tcp")
        description.kind = SocketKind::Tcp;
    else if (first == "udp")
        description.kind = SocketKind::Udp;
    else if (first == "unix")
        description.kind = SocketKind::Unix;
    if (description.kind != SocketKind::Other && blank != std::string_view::npos) {
        constexpr std::string_view kArrow = " -> ";
        // With its blank, so that an arrow may follow at once.
        const std::string_view rest = whole.substr(blank);
        const auto arrow = rest.find(kArrow);
        if (arrow != 0)
            description.local = rest.substr(1, arrow == std::string_view::npos ? arrow : arrow - 1);
        if (arrow != std::string_view::npos)
            description.remote = rest.substr(arrow + kArrow.size());
    }
    description.text = std::move(text);
    return description;
}

void SocketTable::describeSocket(std::uint32_t id, SocketDescription description)
{
    const std::scoped_lock lock(m_mutex);
    Versioned& known = m_sockets[id];
    if (known.version != 0 && known.description == description)
        return;
    known.description = std::move(description);
    known.version = ++m_version;
}

std::string SocketTable::text(std::uint32_t id) const
{
    {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_sockets.find(id);
        if (found != m_sockets.end())
            return found->second.description.text;
    }
    return "socket " + std::to_string(id);
}

std::optional<SocketDescription> SocketTable::find(std::uint32_t id) const
{
    const std::scoped_lock lock(m_mutex);
    const auto found = m_sockets.find(id);
    if (found == m_sockets.end())
        return std::nullopt;
    return found->second.description;
}

std::vector<SocketTable::Entry> SocketTable::changedSince(std::uint64_t& version) const
{
    const std::scoped_lock lock(m_mutex);
    std::vector<Entry> entries;
    if (version == m_version)
        return entries;
    for (const auto& [id, socket] : m_sockets) {
        if (socket.version > version)
            entries.emplace_back(id, socket.description);
    }
    version = m_version;
    return entries;
}

void SocketTable::clear()
{
    const std::scoped_lock lock(m_mutex);
    m_sockets.clear();
}

} // namespace swb::trace
