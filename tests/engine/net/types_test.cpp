// SPDX-License-Identifier: GPL-3.0-or-later
/// The small types: enumerations, SendPacketsElement (ELEM), exceptions, thread numbers.

#include "tests/support/compare.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"
#include "engine/net/send_packets_element.h"
#include "engine/net/socket_types.h"
#include "engine/net/thread_id.h"

#include <QTest>

#include <limits>
#include <thread>
#include <type_traits>

#include <fcntl.h>

using namespace swb;
using namespace swb::test;

static_assert(std::is_base_of_v<std::invalid_argument, ArgumentException>);
static_assert(std::is_base_of_v<ArgumentException, ArgumentNullException>);
static_assert(std::is_base_of_v<ArgumentException, ArgumentOutOfRangeException>);
static_assert(std::is_base_of_v<std::logic_error, InvalidOperationException>);
static_assert(std::is_base_of_v<InvalidOperationException, ObjectDisposedException>);
static_assert(std::is_base_of_v<std::logic_error, NotSupportedException>);
static_assert(std::is_base_of_v<std::system_error, SocketException>);
static_assert(std::is_base_of_v<std::runtime_error, FileNotFoundException>);
static_assert(std::is_base_of_v<FileNotFoundException, DirectoryNotFoundException>);
static_assert(std::is_base_of_v<std::runtime_error, UnauthorizedAccessException>);

static_assert(static_cast<int>(AddressFamily::InterNetworkV6) == 23
    && static_cast<int>(AddressFamily::Unix) == 1);
static_assert(
    static_cast<int>(SocketType::Seqpacket) == 5 && static_cast<int>(ProtocolType::IcmpV6) == 58);
static_assert(static_cast<int>(SocketAsyncOperation::SendPackets) == 8);
static_assert(static_cast<int>(SocketFlags::Partial) == 0x8000
    && static_cast<int>(SocketFlags::Multicast) == 0x800);
static_assert(static_cast<int>(TransmitFileOptions::UseKernelApc) == 32);

class TypesTest : public QObject {
    Q_OBJECT

private slots:
    void flagTypesCombine()
    {
        const auto both = TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket;
        QCOMPARE(static_cast<int>(both), 3);
        QCOMPARE(both & TransmitFileOptions::ReuseSocket, TransmitFileOptions::ReuseSocket);
        QVERIFY(hasFlag(both, TransmitFileOptions::Disconnect));
        QVERIFY(!hasFlag(both, TransmitFileOptions::WriteBehind));
        auto flags = SocketFlags::None;
        flags |= SocketFlags::Peek;
        QCOMPARE(flags, SocketFlags::Peek);
    }

    void namesAreThoseOfDotNet()
    {
        QCOMPARE(toString(SocketAsyncOperation::SendPackets), std::string("SendPackets"));
        QCOMPARE(toString(SocketAsyncOperation::None), std::string("None"));
        QCOMPARE(
            toString(SocketAsyncOperation::ReceiveMessageFrom), std::string("ReceiveMessageFrom"));
        QCOMPARE(toString(static_cast<SocketAsyncOperation>(77)), std::string("77"));
        QCOMPARE(toString(AddressFamily::InterNetworkV6), std::string("InterNetworkV6"));
        QCOMPARE(toString(AddressFamily::Unknown), std::string("Unknown"));
        QCOMPARE(toString(static_cast<AddressFamily>(99)), std::string("99"));
        QCOMPARE(toString(SocketType::Dgram), std::string("Dgram"));
        QCOMPARE(toString(ProtocolType::Tcp), std::string("Tcp"));
    }

    void elem02_nullStreamIsAnArgument()
    {
        const auto thrown = thrownBy<ArgumentNullException>(
            [] { (void)SendPacketsElement::stream(FileStream()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("fileStream"));
        QVERIFY(thrownBy<ArgumentNullException>(
            [] { (void)SendPacketsElement::stream(FileStream(), 0, 0, true); }));
    }

    void elem02_memoryWithASizeButNoAddressIsAnArgument()
    {
        const std::span<const std::byte> null(static_cast<const std::byte*>(nullptr), 4);
        const auto thrown
            = thrownBy<ArgumentNullException>([&] { (void)SendPacketsElement::buffer(null); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("buffer"));
        QCOMPARE(SendPacketsElement::buffer({}).memory().size(), 0U); // Empty is no error.
    }

    void elem02_emptyAndBlankPathsAreAccepted()
    {
        QCOMPARE(SendPacketsElement::file("").filePath(), std::string());
        QCOMPARE(SendPacketsElement::file("").kind(), SendPacketsElement::Kind::File);
        QCOMPARE(SendPacketsElement::file("  \t ").filePath(), std::string("  \t "));
    }

    void elem03_negativeFileRangesAreOutOfRange_data()
    {
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("count");
        QTest::addColumn<QString>("parameter");
        const qint64 lowest = std::numeric_limits<qint64>::min();
        QTest::newRow("offset") << qint64{-1} << qint64{4} << "offset";
        QTest::newRow("count") << qint64{4} << qint64{-1} << "count";
        QTest::newRow("both: offset first") << qint64{-1} << qint64{-1} << "offset";
        QTest::newRow("lowest") << lowest << lowest << "offset";
    }
    void elem03_negativeFileRangesAreOutOfRange()
    {
        QFETCH(qint64, offset);
        QFETCH(qint64, count);
        QFETCH(QString, parameter);
        const FileStream stream
            = FileStream::fromDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        for (const bool endOfPacket : {false, true}) {
            const auto file = thrownBy<ArgumentOutOfRangeException>(
                [&] { (void)SendPacketsElement::file("f", offset, count, endOfPacket); });
            QVERIFY(file);
            QCOMPARE(QString::fromStdString(file->parameterName()), parameter);
            const auto open = thrownBy<ArgumentOutOfRangeException>(
                [&] { (void)SendPacketsElement::stream(stream, offset, count, endOfPacket); });
            QVERIFY(open);
            QCOMPARE(QString::fromStdString(open->parameterName()), parameter);
        }
    }

    void elem03_fileRangesHaveNoUpperBound()
    {
        const qint64 beyond = qint64{1} << 40;
        const auto element = SendPacketsElement::file("f", beyond, beyond, true);
        QCOMPARE(element.offset(), beyond);
        QCOMPARE(element.count(), beyond);
        QVERIFY(element.endOfPacket());
    }

    void elem04_memoryRangesMustBeInside_data()
    {
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("count");
        QTest::addColumn<QString>("parameter");
        QTest::newRow("negative offset") << qint64{-1} << qint64{1} << "offset";
        QTest::newRow("offset past the end") << qint64{11} << qint64{0} << "offset";
        QTest::newRow("negative count") << qint64{0} << qint64{-1} << "count";
        QTest::newRow("count past the end") << qint64{5} << qint64{10} << "count";
        QTest::newRow("huge count") << qint64{5} << std::numeric_limits<qint64>::max() << "count";
    }
    void elem04_memoryRangesMustBeInside()
    {
        QFETCH(qint64, offset);
        QFETCH(qint64, count);
        QFETCH(QString, parameter);
        const Bytes bytes(10);
        const auto thrown = thrownBy<ArgumentOutOfRangeException>(
            [&] { (void)SendPacketsElement::buffer(bytes, offset, count); });
        QVERIFY(thrown);
        QCOMPARE(QString::fromStdString(thrown->parameterName()), parameter);
    }

    void elem04_memoryRangesUpToTheEdgesAreFine()
    {
        const Bytes bytes(10);
        QCOMPARE(SendPacketsElement::buffer(bytes).memory().size(), 10U);
        QCOMPARE(SendPacketsElement::buffer(bytes, 10, 0).memory().size(), 0U);
        const auto part = SendPacketsElement::buffer(bytes, 2, 8, true);
        QCOMPARE(part.memory().data(), bytes.data() + 2);
        QCOMPARE(part.memory().size(), 8U);
        QVERIFY(part.endOfPacket());
    }

    void elem06_exactlyOneSourceIsSet()
    {
        const SendPacketsElement null;
        QCOMPARE(null.kind(), SendPacketsElement::Kind::Null);
        const auto file = SendPacketsElement::file("f", 6, 4);
        QCOMPARE(file.kind(), SendPacketsElement::Kind::File);
        QCOMPARE(file.filePath(), std::string("f"));
        QVERIFY(file.memory().empty());
        QVERIFY(!file.fileStream());
        QCOMPARE(file.offset(), 6);
        QCOMPARE(file.count(), 4);
        QVERIFY(!file.endOfPacket());
        const FileStream open
            = FileStream::fromDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        const auto stream = SendPacketsElement::stream(open, 1, 2);
        QCOMPARE(stream.kind(), SendPacketsElement::Kind::Stream);
        QVERIFY(stream.fileStream() == open);
        QVERIFY(stream.filePath().empty());
        const Bytes bytes(10);
        const auto memory = SendPacketsElement::buffer(bytes);
        QCOMPARE(memory.kind(), SendPacketsElement::Kind::Memory);
        QVERIFY(memory.filePath().empty());
        QVERIFY(!memory.fileStream());
    }

    void fileStreamOwnsItsDescriptor()
    {
        const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        FileStream stream = FileStream::fromDescriptor(fd);
        QVERIFY(stream);
        QCOMPARE(stream.descriptor(), fd);
        FileStream copy = stream;
        QVERIFY(copy == stream);
        stream = FileStream();
        QVERIFY(!stream);
        QCOMPARE(stream.descriptor(), -1);
        QVERIFY(::fcntl(fd, F_GETFD) >= 0); // The copy still has it.
        copy = FileStream();
        QCOMPARE(::fcntl(fd, F_GETFD), -1);
    }

    void exceptionsSayWhatTheyAreAbout()
    {
        const ArgumentOutOfRangeException range("count");
        QCOMPARE(range.parameterName(), std::string("count"));
        QVERIFY(QByteArray(range.what()).contains("count"));
        const ArgumentException argument("wrong", "e");
        QVERIFY(QByteArray(argument.what()).contains("wrong"));
        const ObjectDisposedException disposed("Socket");
        QCOMPARE(disposed.objectName(), std::string("Socket"));
        QVERIFY(QByteArray(disposed.what()).contains("Socket"));
        const DirectoryNotFoundException folder("/no/file");
        QCOMPARE(folder.path(), std::string("/no/file"));
        QVERIFY(QByteArray(folder.what()).contains("/no/file"));
    }

    void threadsAreNumberedAndNamed()
    {
        const std::uint16_t mine = currentThreadId();
        QVERIFY(mine > 0);
        QCOMPARE(currentThreadId(), mine);
        std::uint16_t other = 0;
        std::uint16_t unnamed = 0;
        std::thread([&] {
            other = currentThreadId();
            nameCurrentThread("test thread");
        }).join();
        std::thread([&] { unnamed = currentThreadId(); }).join();
        QVERIFY(other != mine);
        QVERIFY(unnamed != other); // Never reused, though its thread is gone.
        QCOMPARE(threadName(other), std::string("test thread"));
        QCOMPARE(threadName(unnamed), "thread " + std::to_string(unnamed));
    }
};

QTEST_GUILESS_MAIN(TypesTest)
#include "types_test.moc"
