// SPDX-License-Identifier: GPL-3.0-or-later
#include "qt_side.h"

#include <QCoreApplication>
#include <QFile>
#include <QTcpSocket>
#include <QUdpSocket>

#include <array>
#include <stdexcept>

namespace swb::bench {

namespace {

constexpr int kForever = -1;
constexpr qint64 kFilePart = 64 * 1024;

/// The sockets need one for their notifiers.
void needApplication()
{
    static int argc = 1;
    static std::array<char, 10> name{"benchmark"};
    static std::array<char*, 2> argv{name.data(), nullptr};
    static const QCoreApplication application(argc, argv.data());
}

const char* characters(std::span<const std::byte> bytes)
{
    return reinterpret_cast<const char*>(bytes.data());
}

void require(bool condition, const QAbstractSocket& socket)
{
    if (!condition)
        throw std::runtime_error("Qt: " + socket.errorString().toStdString());
}

} // namespace

struct QtStream::Private {
    QTcpSocket socket;
    void flush()
    {
        socket.flush();
        while (socket.bytesToWrite() > 0)
            require(socket.waitForBytesWritten(kForever), socket);
    }
};

QtStream::QtStream(std::uint16_t port, const TcpOptions& options)
{
    needApplication();
    m = std::make_unique<Private>();
    // Connected by hand: some options have to be set before.
    Fd fd = connectTcp(port, options);
    setNonBlocking(fd.get());
    require(m->socket.setSocketDescriptor(fd.release()), m->socket);
}

QtStream::~QtStream()
{
    m->socket.close();
}

void QtStream::send(std::span<const std::byte> bytes)
{
    const auto size = static_cast<qint64>(bytes.size());
    require(m->socket.write(characters(bytes), size) == size, m->socket);
    m->flush();
}

void QtStream::sendFile(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("Qt: " + file.errorString().toStdString());
    for (;;) {
        const QByteArray part = file.read(kFilePart);
        if (part.isEmpty())
            return;
        require(m->socket.write(part) == part.size(), m->socket);
        m->flush();
    }
}

std::size_t QtStream::receive(std::span<std::byte> room)
{
    if (m->socket.bytesAvailable() == 0 && !m->socket.waitForReadyRead(kForever))
        return 0;
    const qint64 got
        = m->socket.read(reinterpret_cast<char*>(room.data()), static_cast<qint64>(room.size()));
    require(got >= 0, m->socket);
    return static_cast<std::size_t>(got);
}

struct QtDatagrams::Private {
    QUdpSocket socket;
};

QtDatagrams::QtDatagrams(std::uint16_t port)
{
    needApplication();
    m = std::make_unique<Private>();
    m->socket.connectToHost(QStringLiteral("127.0.0.1"), port);
    require(m->socket.waitForConnected(), m->socket);
}

QtDatagrams::~QtDatagrams() = default;

void QtDatagrams::send(std::span<const std::byte> bytes)
{
    const auto size = static_cast<qint64>(bytes.size());
    require(m->socket.write(characters(bytes), size) == size, m->socket);
    m->socket.flush();
}

} // namespace swb::bench
