// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsAsync.cs: files that the caller has opened.

#include "fixture.h"

#include "tests/support/descriptor_count.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <limits>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

class UpstreamSendPacketsStreamsTest : public QObject {
    Q_OBJECT

private:
    std::optional<Fixture> m_fixture;

    /// The file, open, with its position at `position`.
    FileStream openAt(off_t position, int flags = O_RDONLY)
    {
        const int fd = ::open(m_fixture->path().c_str(), flags | O_CLOEXEC);
        if (fd < 0 || ::lseek(fd, position, SEEK_SET) != position)
            throw std::runtime_error("the file cannot be opened or positioned");
        return FileStream::fromDescriptor(fd);
    }
    static off_t positionOf(const FileStream& stream)
    {
        return ::lseek(stream.descriptor(), 0, SEEK_CUR);
    }

    /// Sends the elements twice with the same args, and looks at what comes back and that the
    /// position stays (FILE-06).
    void sendTwiceAndCompare(
        const FileStream& stream, std::vector<SendPacketsElement> elements, const Bytes& expected)
    {
        const off_t position = positionOf(stream);
        Socket socket = m_fixture->connected();
        Call call;
        call.e.setSendPacketsElements(std::move(elements));
        for (int i = 0; i < 2; ++i) {
            QCOMPARE(sendPackets(socket, call), success(expected.size()));
            QCOMPARE(positionOf(stream), position);
            QCOMPARE(receiveNow(socket, expected.size()), expected);
        }
    }

    void sendAndCompare(std::vector<SendPacketsElement> elements, const Bytes& expected)
    {
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, std::move(elements)), success(expected.size()));
        QCOMPARE(receiveNow(socket, expected.size()), expected);
    }

    void expectOutOfFile(std::int64_t offset, std::int64_t count)
    {
        const FileStream stream = openAt(100);
        Socket socket = m_fixture->connected();
        QCOMPARE(
            sendPackets(socket, {SendPacketsElement::stream(stream, offset, count)}), outOfFile());
        QCOMPARE(positionOf(stream), off_t{100});
        QVERIFY(socket.connected()); // PROP-02
    }

private slots:
    void init() { m_fixture.emplace(); }
    void cleanup() { m_fixture.reset(); }

    void sendPacketsElement_fileStream_success()
    {
        const FileStream stream = openAt(512);
        sendTwiceAndCompare(stream, {SendPacketsElement::stream(stream)}, m_fixture->content());
    }

    void sendPacketsElement_fileStreamZeroCount_success()
    {
        const FileStream stream = openAt(512);
        sendTwiceAndCompare(
            stream, {SendPacketsElement::stream(stream, 0, 0)}, m_fixture->content());
    }

    void sendPacketsElement_fileStreamSizeCount_success()
    {
        const FileStream stream = openAt(512);
        sendTwiceAndCompare(
            stream, {SendPacketsElement::stream(stream, 0, 1024)}, m_fixture->content());
    }

    void sendPacketsElement_fileStreamPart_success()
    {
        const FileStream stream = openAt(1014);
        Socket socket = m_fixture->connected();
        for (const std::size_t offset : {std::size_t{0}, std::size_t{10}, std::size_t{1004}}) {
            QCOMPARE(
                sendPackets(socket,
                    {SendPacketsElement::stream(stream, static_cast<std::int64_t>(offset), 20)}),
                success(20));
            QCOMPARE(positionOf(stream), off_t{1014});
            QCOMPARE(receiveNow(socket, 20), m_fixture->content(offset, 20));
        }
    }

    void sendPacketsElement_fileStreamMultiPart_success()
    {
        const FileStream stream = openAt(1014);
        sendTwiceAndCompare(stream,
            {SendPacketsElement::stream(stream, 0, 20), SendPacketsElement::stream(stream, 10, 10),
                SendPacketsElement::stream(stream, 1004, 20),
                SendPacketsElement::stream(stream, 20, 10),
                SendPacketsElement::stream(stream, 30, 10)},
            joined({m_fixture->content(0, 20), m_fixture->content(10, 10),
                m_fixture->content(1004, 20), m_fixture->content(20, 10),
                m_fixture->content(30, 10)}));
    }

    void sendPacketsElement_fileStreamLargeOffset_throws()
    {
        // A result, not an exception, upstream too (D-14).
        expectOutOfFile(std::int64_t{std::numeric_limits<std::uint32_t>::max()} + 11'000, 1);
    }

    void sendPacketsElement_fileStreamLargeCount_throws() { expectOutOfFile(5, 10'000); }

    void sendPacketsElement_fileStreamWithOptions_success()
    {
        // SequentialScan is advice to the kernel here; sharing for reading and writing is what
        // Linux always does, so that a writer is at work beside it.
        const FileStream writer = openAt(0, O_RDWR);
        const FileStream stream = openAt(0, O_RDWR);
        QCOMPARE(::posix_fadvise(stream.descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL), 0);
        sendAndCompare({SendPacketsElement::stream(stream)}, m_fixture->content());
    }

    void sendPacketsElement_fileStreamMultiPartMixed_success()
    {
        const Source array(Memory::Span, 10);
        const Source memory(Memory::Foreign, 10);
        const FileStream stream = openAt(512);
        const std::string& path = m_fixture->path();
        sendAndCompare(
            {array.element(), SendPacketsElement::stream(stream, 10, 20),
                SendPacketsElement::file(path, 30, 10), memory.element(),
                SendPacketsElement::stream(stream, 0, 10), SendPacketsElement::file(path, 0, 20),
                array.element(5, 5), SendPacketsElement::stream(stream, 1004, 20)},
            joined({array.bytes(), m_fixture->content(10, 20), m_fixture->content(30, 10),
                memory.bytes(), m_fixture->content(0, 10), m_fixture->content(0, 20),
                array.range(5, 5), m_fixture->content(1004, 20)}));
        QCOMPARE(positionOf(stream), off_t{512});
        // The stream is the caller's and stays open; the paths are closed (PKT-17, FILE-06).
        QCOMPARE(descriptorsBelow(m_fixture->folder().path()).size(), 1U);
    }

    void sendPacketsElement_fileStreamMultiPartMixed_multipleFileStreams_success()
    {
        const Source array(Memory::Vector, 10);
        const Source memory(Memory::Foreign, 10);
        const FileStream first = openAt(0);
        const FileStream second = openAt(700);
        const std::string& path = m_fixture->path();
        sendAndCompare(
            {SendPacketsElement::stream(first, 0, 20), SendPacketsElement::stream(second, 100, 30),
                memory.element(), array.element(4, 0), SendPacketsElement::file(path, 40, 10),
                SendPacketsElement::stream(second, 0, 5), SendPacketsElement::file(path, 1000, 24),
                SendPacketsElement::stream(first, 1000, 24)},
            joined({m_fixture->content(0, 20), m_fixture->content(100, 30), memory.bytes(),
                m_fixture->content(40, 10), m_fixture->content(0, 5), m_fixture->content(1000, 24),
                m_fixture->content(1000, 24)}));
        QCOMPARE(positionOf(first), off_t{0});
        QCOMPARE(positionOf(second), off_t{700});
    }

    void sendPacketsElement_fileStreamMultiPartMixed_multipleWholeFiles_success()
    {
        const FileStream stream = openAt(512);
        const std::string& path = m_fixture->path();
        sendAndCompare(
            {SendPacketsElement::stream(stream), SendPacketsElement::file(path, 10, 20),
                SendPacketsElement::stream(stream, 0, 0), SendPacketsElement::file(path, 30, 10)},
            joined({m_fixture->content(), m_fixture->content(10, 20), m_fixture->content(),
                m_fixture->content(30, 10)}));
    }
};

QTEST_GUILESS_MAIN(UpstreamSendPacketsStreamsTest)
#include "send_packets_async_streams_test.moc"
