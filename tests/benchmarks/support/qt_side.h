// SPDX-License-Identifier: GPL-3.0-or-later
/// What the contenders that use Qt share. Built with the window only; nothing of Qt is seen here.
#pragma once

#include "raw_socket.h"

#include <memory>
#include <string>

namespace swb::bench {

/// A connected QTcpSocket with the same options as everybody's.
class QtStream {
public:
    QtStream(std::uint16_t port, const TcpOptions& options = {});
    ~QtStream();
    QtStream(const QtStream&) = delete;
    QtStream& operator=(const QtStream&) = delete;

    /// write(), and waits until the kernel has taken it.
    void send(std::span<const std::byte> bytes);
    /// A file by QFile, 64 KiB at a time.
    void sendFile(const std::string& path);
    /// read() of what is there, at least one byte; 0: the stream has ended.
    std::size_t receive(std::span<std::byte> room);

private:
    struct Private;
    std::unique_ptr<Private> m;
};

/// A connected QUdpSocket.
class QtDatagrams {
public:
    explicit QtDatagrams(std::uint16_t port);
    ~QtDatagrams();
    QtDatagrams(const QtDatagrams&) = delete;
    QtDatagrams& operator=(const QtDatagrams&) = delete;
    void send(std::span<const std::byte> bytes);

private:
    struct Private;
    std::unique_ptr<Private> m;
};

} // namespace swb::bench
