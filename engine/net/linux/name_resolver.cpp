// SPDX-License-Identifier: BSL-1.0
#include "engine/net/linux/name_resolver.h"

#include "engine/net/linux/native_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>

namespace swb::detail {

namespace {

ResolvedName lookUp(const std::string& name, AddressFamily family, std::uint16_t port)
{
    std::string host = name;
    if (host.empty()) { // this host's own name (CONN-11)
        char own[256] = {};
        ::gethostname(own, sizeof own - 1);
        host = own;
    }
    addrinfo hints{};
    hints.ai_family = nativeFamily(family);
    hints.ai_socktype = SOCK_STREAM; // one entry for each address
    addrinfo* list = nullptr;
    const int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    ResolvedName resolved;
    if (result != 0) {
        resolved.error = socketErrorFromResolver(result);
        resolved.message = "'" + host + "': "
            + (result == EAI_SYSTEM ? std::system_category().message(errno)
                                    : ::gai_strerror(result));
        return resolved;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, &::freeaddrinfo);
    for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6)
            continue;
        NativeAddress address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.length = entry->ai_addrlen;
        EndPoint endPoint = fromNative(address);
        endPoint = endPoint.withPort(port);
        resolved.endPoints.push_back(std::move(endPoint));
    }
    return resolved;
}

} // namespace

void resolveName(const EndPoint& name, std::function<void(ResolvedName)> done)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread([host = name.name(), family = name.addressFamily(), port = name.port(),
                        done = std::move(done)] {
            done(lookUp(host, family, port));
        }).detach();
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace swb::detail
