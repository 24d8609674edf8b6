// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsAsync.cs: files given by their paths.

#include "fixture.h"

#include "tests/support/descriptor_count.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <fstream>
#include <limits>
#include <optional>

#include <fcntl.h>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

class UpstreamSendPacketsFilesTest : public QObject {
    Q_OBJECT

private:
    std::optional<Fixture> m_fixture;

    /// What a call that sends this file throws.
    template <typename Exception> std::optional<Exception> thrownFor(const std::string& path)
    {
        Socket socket = m_fixture->connected();
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        const auto thrown = thrownBy<Exception>([&] { (void)socket.sendPacketsAsync(call.e); });
        if (call.e.inProgress() || call.done.count() != 0)
            qWarning("the args are not free, or an event came"); // EXC-12
        return call.e.inProgress() || call.done.count() != 0 ? std::nullopt : thrown;
    }

    /// Sends the elements, looks at what comes back, and that the file is let go of (PKT-17).
    void sendAndCompare(std::vector<SendPacketsElement> elements, const Bytes& expected)
    {
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, std::move(elements)), success(expected.size()));
        QVERIFY(descriptorsBelow(m_fixture->folder().path()).empty());
        QCOMPARE(receiveNow(socket, expected.size()), expected);
    }

    void expectOutOfFile(std::int64_t offset, std::int64_t count)
    {
        Socket socket = m_fixture->connected();
        QCOMPARE(sendPackets(socket, {SendPacketsElement::file(m_fixture->path(), offset, count)}),
            outOfFile());
        QVERIFY(descriptorsBelow(m_fixture->folder().path()).empty());
        // The connection is none the worse for it (PROP-02), and nothing had left.
        QVERIFY(socket.connected());
        QCOMPARE(
            sendPackets(socket, {SendPacketsElement::file(m_fixture->path(), 0, 3)}), success(3));
        QCOMPARE(receiveNow(socket, 3), m_fixture->content(0, 3));
    }

    SendPacketsElement part(std::int64_t offset, std::int64_t count)
    {
        return SendPacketsElement::file(m_fixture->path(), offset, count);
    }

private slots:
    void init() { m_fixture.emplace(); }
    void cleanup() { m_fixture.reset(); }

    // --- Names

    void sendPacketsElement_emptyFileName_throws()
    {
        const auto thrown = thrownFor<ArgumentException>("");
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("path"));
    }

    void sendPacketsElement_blankFileName_throws()
    {
        // Windows refuses blanks; Linux has files with such names, so that this one is missing
        // (FILE-08) - and, when it is there, sent.
        const WorkingFolder here(m_fixture->folder().path());
        QVERIFY(thrownFor<FileNotFoundException>("   "));
        (void)m_fixture->folder().file("   ", bytesOf("blank"));
        sendAndCompare({SendPacketsElement::file("   ")}, bytesOf("blank"));
    }

    void sendPacketsElement_badCharactersFileName_throws()
    {
        // On Linux one character is bad, NUL; what Windows refuses are letters like others.
        const auto thrown = thrownFor<ArgumentException>(std::string("blah\0blah", 9));
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("path"));
        const std::string odd = m_fixture->folder().file("blah <blah>|\":?*", bytesOf("odd"));
        sendAndCompare({SendPacketsElement::file(odd)}, bytesOf("odd")); // D-04: it exists
    }

    void sendPacketsElement_missingDirectoryName_throws()
    {
        const WorkingFolder here(m_fixture->folder().path());
        QVERIFY(thrownFor<DirectoryNotFoundException>("nodir/nofile"));
        // Also what catches the plain one catches it (D-13).
        QVERIFY((std::is_base_of_v<FileNotFoundException, DirectoryNotFoundException>));
    }

    void sendPacketsElement_missingFile_throws()
    {
        const WorkingFolder here(m_fixture->folder().path());
        const auto thrown = thrownFor<FileNotFoundException>("DoesntExit");
        QVERIFY(thrown);
        QCOMPARE(thrown->path(), std::string("DoesntExit"));
    }

    // --- Ranges

    void sendPacketsElement_file_success()
    {
        sendAndCompare({SendPacketsElement::file(m_fixture->path())}, m_fixture->content());
    }

    void sendPacketsElement_fileZeroCount_success()
    {
        sendAndCompare({part(0, 0)}, m_fixture->content());
    }

    void sendPacketsElement_filePart_success()
    {
        sendAndCompare({part(10, 20)}, m_fixture->content(10, 20));
    }

    void sendPacketsElement_fileMultiPart_success()
    {
        sendAndCompare({part(10, 20), part(30, 10), part(0, 10)},
            joined({m_fixture->content(10, 20), m_fixture->content(30, 10),
                m_fixture->content(0, 10)}));
    }

    void sendPacketsElement_fileLargeOffset_throws()
    {
        // A result, not an exception, upstream too (D-14).
        expectOutOfFile(11'000, 1);
    }

    void sendPacketsElement_fileLargeCount_throws() { expectOutOfFile(5, 10'000); }

    void sendPacketsElement_fileStreamIsReleasedOnError()
    {
        Socket socket = m_fixture->connected();
        Call good;
        Call bad;
        good.e.setSendPacketsElements({SendPacketsElement::file(m_fixture->path())});
        bad.e.setSendPacketsElements({part(11'000, 1)});
        const bool goodPends = socket.sendPacketsAsync(good.e);
        const bool badPends = socket.sendPacketsAsync(bad.e);
        QVERIFY(good.finished(goodPends));
        QVERIFY(bad.finished(badPends));
        QCOMPARE(good.e.socketError(), SocketError::Success);
        QCOMPARE(good.e.bytesTransferred(), 1024U);
        QCOMPARE(bad.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(bad.e.bytesTransferred(), 0U);
        // Upstream opens the file for writing, which a handle left open would forbid; here the
        // descriptors themselves are looked at.
        QVERIFY(descriptorsBelow(m_fixture->folder().path()).empty());
        QVERIFY(std::fstream(m_fixture->path(), std::ios::in | std::ios::out).is_open());
        QCOMPARE(receiveNow(socket, 1024), m_fixture->content());
    }

    // --- 64-bit offsets. There is one kind of range here, and it is 64 bits wide (D-11): the
    // cases are those above with what only such a range can say.

    void sendPacketsElement_fileZeroCount_offsetLong_success()
    {
        const std::int64_t zero = 0;
        sendAndCompare({part(zero, zero)}, m_fixture->content());
    }

    void sendPacketsElement_filePart_offsetLong_success()
    {
        sendAndCompare({part(std::int64_t{10}, 20)}, m_fixture->content(10, 20));
        // And where the offset needs them: in a file that is mostly a hole.
        const std::int64_t beyond = std::int64_t{5} << 30;
        if (!m_fixture->folder().sparse("sparse", beyond + 20))
            QSKIP("the file system of the temporary folder has no files of this size");
        m_fixture->folder().write("sparse", beyond, m_fixture->content(10, 20));
        sendAndCompare({SendPacketsElement::file(m_fixture->folder() / "sparse", beyond, 20)},
            m_fixture->content(10, 20));
    }

    void sendPacketsElement_fileMultiPart_offsetLong_success()
    {
        sendAndCompare(
            {part(std::int64_t{10}, 20), part(std::int64_t{30}, 10), part(std::int64_t{0}, 10)},
            joined({m_fixture->content(10, 20), m_fixture->content(30, 10),
                m_fixture->content(0, 10)}));
    }

    void sendPacketsElement_fileLargeOffset_offsetLong_throws_data()
    {
        QTest::addColumn<qint64>("offset");
        QTest::newRow("above 4 GiB") << qint64{std::numeric_limits<quint32>::max()} + 11'000;
        QTest::newRow("1024 when cut to 32 bits") << (qint64{1} << 32) + 1'000;
        QTest::newRow("the largest") << std::numeric_limits<qint64>::max();
    }
    void sendPacketsElement_fileLargeOffset_offsetLong_throws()
    {
        QFETCH(qint64, offset);
        expectOutOfFile(offset, 1);
    }

    void sendPacketsElement_fileLargeCount_offsetLong_throws_data()
    {
        QTest::addColumn<qint64>("count");
        QTest::newRow("10000") << qint64{10'000};
        QTest::newRow("one too many") << qint64{1020};
        QTest::newRow("the largest") << std::numeric_limits<qint64>::max();
    }
    void sendPacketsElement_fileLargeCount_offsetLong_throws()
    {
        QFETCH(qint64, count);
        expectOutOfFile(5, count);
    }
};

QTEST_GUILESS_MAIN(UpstreamSendPacketsFilesTest)
#include "send_packets_async_files_test.moc"
