// SPDX-License-Identifier: GPL-3.0-or-later
/// Names that stand for other names: wildcards (D-04, FILE-12) and shares that are mounted
/// (FILE-13).

#include "tests/support/socket_pair.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <optional>

#include <sys/stat.h>

using namespace swb;
using namespace swb::test;

class FileNamesTest : public QObject {
    Q_OBJECT

private:
    std::optional<TempFolder> m_folder;

    /// Sends the elements to a peer that reads at once; what arrived.
    static Bytes arrived(
        AsyncEngine& engine, std::vector<SendPacketsElement> elements, std::size_t expected)
    {
        Wire wire = connectedWire(engine);
        Call call;
        call.e.setSendPacketsElements(std::move(elements));
        const bool pending = wire.socket.sendPacketsAsync(call.e);
        Bytes received = wire.peer.read(expected);
        if (!call.finished(pending) || call.e.socketError() != SocketError::Success
            || call.e.bytesTransferred() != expected)
            return {};
        return received;
    }

    template <typename Exception> static bool refused(AsyncEngine& engine, const std::string& path)
    {
        Wire wire = connectedWire(engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(path)});
        try {
            (void)wire.socket.sendPacketsAsync(call.e);
        } catch (const Exception&) {
            return !call.e.inProgress() && call.done.count() == 0;
        }
        return false;
    }

    /// A mount table with one line: `source` of `type` on a folder.
    std::string mountTable(
        const std::string& type, const std::string& source, const std::string& folder) const
    {
        return m_folder->file("mountinfo",
            bytesOf("22 1 0:21 / / rw - ext4 /dev/root rw\n30 22 0:50 / " + folder
                + " rw,relatime shared:5 - " + type + " " + source + " rw\n"));
    }

private slots:
    void init() { m_folder.emplace(); }
    void cleanup() { m_folder.reset(); }

    void d04_file12_starSendsAllMatchesInByteOrder()
    {
        AsyncEngine engine({.workerThreads = 1});
        m_folder->file("part-2", bytesOf("two "));
        m_folder->file("part-10", bytesOf("ten "));
        m_folder->file("part-B", bytesOf("upper "));
        m_folder->file("part-a", bytesOf("lower"));
        m_folder->file("other", bytesOf("not this"));
        QCOMPARE(arrived(engine, {SendPacketsElement::file(*m_folder / "part-*")}, 19),
            bytesOf("ten two upper lower"));
    }

    void file12_questionMarkIsOneByte()
    {
        AsyncEngine engine({.workerThreads = 1});
        m_folder->file("a1", bytesOf("1"));
        m_folder->file("a2", bytesOf("2"));
        m_folder->file("a10", bytesOf("no"));
        QCOMPARE(arrived(engine, {SendPacketsElement::file(*m_folder / "a?")}, 2), bytesOf("12"));
    }

    void d04_file12_nameThatExistsWins()
    {
        AsyncEngine engine({.workerThreads = 1});
        m_folder->file("lit*", bytesOf("the star itself"));
        m_folder->file("literal", bytesOf("a match"));
        QCOMPARE(arrived(engine, {SendPacketsElement::file(*m_folder / "lit*")}, 15),
            bytesOf("the star itself"));
    }

    void file12_foldersAreNoMatches()
    {
        AsyncEngine engine({.workerThreads = 1});
        QCOMPARE(::mkdir((*m_folder / "x-folder").c_str(), 0700), 0);
        m_folder->file("x-file", bytesOf("file"));
        QCOMPARE(
            arrived(engine, {SendPacketsElement::file(*m_folder / "x-*")}, 4), bytesOf("file"));
    }

    void file12_noMatchIsFileNotFound()
    {
        AsyncEngine engine({.workerThreads = 1});
        QVERIFY(refused<FileNotFoundException>(engine, *m_folder / "nothing-*"));
        QVERIFY(refused<DirectoryNotFoundException>(engine, *m_folder / "no-folder/*"));
    }

    void file12_eachMatchIsSentWithTheElementsRange()
    {
        AsyncEngine engine({.workerThreads = 1});
        m_folder->file("r1", bytesOf("0123456789"));
        m_folder->file("r2", bytesOf("abcdefghij"));
        QCOMPARE(arrived(engine, {SendPacketsElement::file(*m_folder / "r?", 2, 3)}, 6),
            bytesOf("234cde"));
    }

    void file12_rangePastOneMatchSendsNothing()
    {
        AsyncEngine engine({.workerThreads = 1});
        m_folder->file("r1", bytesOf("0123456789"));
        m_folder->file("r2", bytesOf("short"));
        Wire wire = connectedWire(engine);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(*m_folder / "r?", 2, 8)});
        QVERIFY(!wire.socket.sendPacketsAsync(call.e));
        QCOMPARE(call.e.socketError(), SocketError::InvalidArgument);
        QCOMPARE(call.e.bytesTransferred(), 0U);
    }

    void file12_endOfPacketIsOnTheLastMatch()
    {
        AsyncEngine engine({.workerThreads = 1});
        m_folder->file("p1", bytesOf("one "));
        m_folder->file("p2", bytesOf("two"));
        Wire wire = connectedWire(engine, Link::Udp);
        Call call;
        call.e.setSendPacketsElements({SendPacketsElement::file(*m_folder / "p?", 0, 0, true),
            SendPacketsElement::ownedBuffer(bytesOf("next"))});
        QVERIFY(call.finished(wire.socket.sendPacketsAsync(call.e)));
        QCOMPARE(wire.peer.readDatagram(), bytesOf("one two"));
        QCOMPARE(wire.peer.readDatagram(), bytesOf("next"));
    }

    void file13_shareThatIsMountedIsFound_data()
    {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("name");
        QTest::newRow("cifs, backslashes") << "cifs"
                                           << "//SERVER/Share"
                                           << "\\\\server\\share\\f";
        QTest::newRow("cifs, slashes") << "cifs"
                                       << "//server/share"
                                       << "//server/share/f";
        QTest::newRow("nfs") << "nfs4"
                             << "server:/share"
                             << "\\\\server\\share\\f";
        QTest::newRow("wildcard") << "cifs"
                                  << "//server/share"
                                  << "\\\\server\\share\\?";
    }
    void file13_shareThatIsMountedIsFound()
    {
        QFETCH(QString, type);
        QFETCH(QString, source);
        QFETCH(QString, name);
        QCOMPARE(::mkdir((*m_folder / "mount").c_str(), 0700), 0);
        m_folder->file("mount/f", bytesOf("from the share"));
        AsyncEngine engine({.workerThreads = 1,
            .mountTable
            = mountTable(type.toStdString(), source.toStdString(), *m_folder / "mount")});
        QCOMPARE(arrived(engine, {SendPacketsElement::file(name.toStdString())}, 14),
            bytesOf("from the share"));
    }

    void file13_shareThatIsNotMountedIsFileNotFound()
    {
        AsyncEngine engine({.workerThreads = 1,
            .mountTable = mountTable("cifs", "//other/share", m_folder->path())});
        QVERIFY(refused<FileNotFoundException>(engine, "\\\\server\\share\\f"));
        QVERIFY(refused<FileNotFoundException>(engine, "//server/share/f"));
    }

    void file13_missingFileOnAShareIsFileNotFound()
    {
        AsyncEngine engine({.workerThreads = 1,
            .mountTable = mountTable("cifs", "//server/share", m_folder->path())});
        QVERIFY(refused<FileNotFoundException>(engine, "\\\\server\\share\\missing"));
    }
};

QTEST_GUILESS_MAIN(FileNamesTest)
#include "file_names_test.moc"
