// SPDX-License-Identifier: GPL-3.0-or-later
/// SendPacketsElementTest.cs: what an element is made of. Three things are decided otherwise for
/// all of them: memory is a span, and there is one kind of it (D-17), so that `Buffer`, `Offset`
/// and `MemoryBuffer` are memory() and offset(); offsets and counts are 64 bits wide, there is no
/// narrower getter that overflows (D-11); and what is null upstream is a type of its own or empty.

#include "fixture.h"

#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"
#include "engine/net/send_packets_element.h"

#include <QTest>

#include <limits>
#include <optional>

#include <fcntl.h>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

namespace {

constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();

template <typename Path>
concept NamesAFile = requires(Path path)
{
    SendPacketsElement::file(path);
    SendPacketsElement::file(path, 0, 0);
    SendPacketsElement::file(path, 0, 0, true);
};

FileStream anyStream(int flags = O_RDONLY)
{
    return FileStream::fromDescriptor(::open("/dev/null", flags | O_CLOEXEC));
}

/// The parameter that `make` finds out of range; empty when it does not.
template <typename Make> std::string outOfRange(Make make)
{
    const auto thrown = thrownBy<ArgumentOutOfRangeException>([&] { (void)make(); });
    return thrown ? thrown->parameterName() : std::string();
}

} // namespace

class UpstreamSendPacketsElementTest : public QObject {
    Q_OBJECT

private:
    /// A memory element with nothing of a file.
    void expectMemory(const SendPacketsElement& element, const std::byte* data, std::int64_t offset,
        std::int64_t count, bool endOfPacket)
    {
        QCOMPARE(element.kind(), SendPacketsElement::Kind::Memory);
        QCOMPARE(element.memory().data(), data + offset);
        QCOMPARE(static_cast<std::int64_t>(element.memory().size()), count);
        QCOMPARE(element.offset(), offset);
        QCOMPARE(element.count(), count);
        QCOMPARE(element.endOfPacket(), endOfPacket);
        QVERIFY(element.filePath().empty());
        QVERIFY(!element.fileStream());
    }

    void expectFile(const SendPacketsElement& element, const std::string& path, std::int64_t offset,
        std::int64_t count, bool endOfPacket)
    {
        QCOMPARE(element.kind(), SendPacketsElement::Kind::File);
        QCOMPARE(element.filePath(), path);
        QCOMPARE(element.offset(), offset);
        QCOMPARE(element.count(), count);
        QCOMPARE(element.endOfPacket(), endOfPacket);
        QVERIFY(element.memory().data() == nullptr && element.memory().empty());
        QVERIFY(!element.fileStream());
    }

    void expectStream(const SendPacketsElement& element, const FileStream& stream,
        std::int64_t offset, std::int64_t count, bool endOfPacket)
    {
        QCOMPARE(element.kind(), SendPacketsElement::Kind::Stream);
        QVERIFY(element.fileStream() == stream);
        QCOMPARE(element.offset(), offset);
        QCOMPARE(element.count(), count);
        QCOMPARE(element.endOfPacket(), endOfPacket);
        QVERIFY(element.memory().data() == nullptr && element.memory().empty());
        QVERIFY(element.filePath().empty());
    }

private slots:
    // --- Arrays

    void nullBufferCtor_throws()
    {
        // A span of no memory and no bytes is upstream's default memory, and legal; one that has a
        // size but no memory is what a null array is there.
        const std::span<const std::byte> null(static_cast<const std::byte*>(nullptr), 10);
        const auto thrown
            = thrownBy<ArgumentNullException>([&] { (void)SendPacketsElement::buffer(null); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("buffer"));
    }

    void nullBufferCtorWithOffset_throws()
    {
        const std::span<const std::byte> null(static_cast<const std::byte*>(nullptr), 10);
        QVERIFY(
            thrownBy<ArgumentNullException>([&] { (void)SendPacketsElement::buffer(null, 0, 0); }));
    }

    void nullBufferCtorWithEndOfPacket_throws()
    {
        const std::span<const std::byte> null(static_cast<const std::byte*>(nullptr), 10);
        QVERIFY(thrownBy<ArgumentNullException>(
            [&] { (void)SendPacketsElement::buffer(null, 0, 0, true); }));
    }

    void emptyBufferCtor_success()
    {
        const std::array<std::byte, 1> array{};
        const auto empty = std::span<const std::byte>(array).first(0);
        expectMemory(SendPacketsElement::buffer(empty), array.data(), 0, 0, false);
    }

    void bufferCtorNormal_success()
    {
        const Bytes bytes(10);
        expectMemory(SendPacketsElement::buffer(bytes), bytes.data(), 0, 10, false);
    }

    void bufferCtorNegOffset_argumentOutOfRangeException()
    {
        const Bytes bytes(10);
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, -1, 11); }),
            std::string("offset"));
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, -1, 10, true); }),
            std::string("offset"));
    }

    void bufferCtorNegCount_argumentOutOfRangeException()
    {
        const Bytes bytes(10);
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, 0, -1); }),
            std::string("count"));
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, 0, -1, true); }),
            std::string("count"));
    }

    void bufferCtorLargeOffset_argumentOutOfRangeException()
    {
        const Bytes bytes(10);
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, 11, 1); }),
            std::string("offset"));
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, 11, 1, true); }),
            std::string("offset"));
    }

    void bufferCtorLargeCount_argumentOutOfRangeException()
    {
        const Bytes bytes(10);
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, 5, 10); }),
            std::string("count"));
        QCOMPARE(outOfRange([&] { return SendPacketsElement::buffer(bytes, 5, 10, true); }),
            std::string("count"));
    }

    void bufferCtorEndOfBufferTrue_success()
    {
        const Bytes bytes(10);
        expectMemory(SendPacketsElement::buffer(bytes, 2, 8, true), bytes.data(), 2, 8, true);
    }

    void bufferCtorEndOfBufferFalse_success()
    {
        const Bytes bytes(10);
        expectMemory(SendPacketsElement::buffer(bytes, 6, 4, false), bytes.data(), 6, 4, false);
    }

    void bufferCtorZeroCount_success()
    {
        const std::array<std::byte, 1> array{};
        const auto empty = std::span<const std::byte>(array).first(0);
        expectMemory(SendPacketsElement::buffer(empty, 0, 0), array.data(), 0, 0, false);
    }

    /// Upstream repeats five of the cases above to look at OffsetLong and FileStream as well;
    /// expectMemory() looks at both every time. What is left are ranges that need 64 bits.
    void bufferCtor_offsetLong_fileStream_success_data()
    {
        QTest::addColumn<qint64>("size");
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("count");
        QTest::addColumn<bool>("endOfPacket");
        QTest::newRow("emptyBufferCtor") << qint64{0} << qint64{0} << qint64{0} << false;
        QTest::newRow("bufferCtorNormal") << qint64{10} << qint64{0} << qint64{10} << false;
        QTest::newRow("bufferCtorEndOfBufferTrue") << qint64{10} << qint64{2} << qint64{8} << true;
        QTest::newRow("bufferCtorEndOfBufferFalse")
            << qint64{10} << qint64{6} << qint64{4} << false;
        QTest::newRow("bufferCtorZeroCount") << qint64{10} << qint64{4} << qint64{0} << false;
        QTest::newRow("above 2 GiB")
            << qint64{4} * kInt32Max << qint64{kInt32Max + 2} << qint64{kInt32Max + 4} << true;
    }
    void bufferCtor_offsetLong_fileStream_success()
    {
        QFETCH(qint64, size);
        QFETCH(qint64, offset);
        QFETCH(qint64, count);
        QFETCH(bool, endOfPacket);
        // An element only remembers where its memory is, so that the memory need not be there.
        const std::byte first{};
        const std::span<const std::byte> memory(&first, static_cast<std::size_t>(size));
        expectMemory(SendPacketsElement::buffer(memory, offset, count, endOfPacket), &first, offset,
            count, endOfPacket);
    }

    // --- Memory

    void emptyMemoryCtor_success()
    {
        const auto element = SendPacketsElement::buffer({});
        expectMemory(element, nullptr, 0, 0, false);
    }

    void memoryCtorNormal_success()
    {
        const Bytes bytes(10);
        const auto element = SendPacketsElement::ownedBuffer(Bytes(10));
        QCOMPARE(element.memory().size(), 10U);
        QCOMPARE(element.count(), 10);
        QCOMPARE(element.offset(), 0);
        QVERIFY(!element.endOfPacket());
        expectMemory(SendPacketsElement::buffer(bytes), bytes.data(), 0, 10, false);
    }

    void memoryCtorEndOfPacketTrue_success()
    {
        const Bytes bytes(10);
        const auto part = std::span<const std::byte>(bytes).subspan(2, 8);
        expectMemory(SendPacketsElement::buffer(part, true), part.data(), 0, 8, true);
        QVERIFY(SendPacketsElement::ownedBuffer(Bytes(10), true).endOfPacket());
    }

    void memoryCtorEndOfPacketFalse_success()
    {
        const Bytes bytes(10);
        const auto part = std::span<const std::byte>(bytes).subspan(6, 4);
        expectMemory(SendPacketsElement::buffer(part, false), part.data(), 0, 4, false);
    }

    void memoryCtorZeroCount_success()
    {
        const Bytes bytes(10);
        const auto part = std::span<const std::byte>(bytes).subspan(10, 0);
        expectMemory(SendPacketsElement::buffer(part, false), part.data(), 0, 0, false);
        QCOMPARE(SendPacketsElement::ownedBuffer({}).count(), 0);
    }

    // --- Paths

    void fileCtorNull_throws()
    {
        // A path is a std::string, which is never null: null does not compile.
        QVERIFY(NamesAFile<std::string>);
        QVERIFY(NamesAFile<const char*>);
        QVERIFY(!NamesAFile<std::nullptr_t>);
    }

    void fileCtorEmpty_success() { expectFile(SendPacketsElement::file(""), "", 0, 0, false); }

    void fileCtorWhiteSpace_success()
    {
        expectFile(SendPacketsElement::file("   \t "), "   \t ", 0, 0, false);
        expectFile(SendPacketsElement::file(" ", 0, 0, true), " ", 0, 0, true);
    }

    void fileCtorNormal_success()
    {
        expectFile(SendPacketsElement::file("SomeFileName"), "SomeFileName", 0, 0, false);
    }

    void fileCtorZeroCountLength_success()
    {
        expectFile(SendPacketsElement::file("SomeFileName", 0, 0), "SomeFileName", 0, 0, false);
        expectFile(
            SendPacketsElement::file("SomeFileName", 0, 0, true), "SomeFileName", 0, 0, true);
    }

    void fileCtorNegOffset_argumentOutOfRangeException()
    {
        QCOMPARE(outOfRange([] { return SendPacketsElement::file("f", -1, 11); }),
            std::string("offset"));
        QCOMPARE(outOfRange([] { return SendPacketsElement::file("f", -1, 10, true); }),
            std::string("offset"));
    }

    void fileCtorNegCount_argumentOutOfRangeException()
    {
        QCOMPARE(
            outOfRange([] { return SendPacketsElement::file("f", 0, -1); }), std::string("count"));
        QCOMPARE(outOfRange([] { return SendPacketsElement::file("f", 0, -1, true); }),
            std::string("count"));
    }

    void fileCtorEndOfBufferTrue_success()
    {
        expectFile(
            SendPacketsElement::file("SomeFileName", 2, 8, true), "SomeFileName", 2, 8, true);
    }

    void fileCtorEndOfBufferFalse_success()
    {
        expectFile(
            SendPacketsElement::file("SomeFileName", 6, 4, false), "SomeFileName", 6, 4, false);
    }

    void fileCtorNull_offsetLong_throws()
    {
        QVERIFY(!NamesAFile<std::nullptr_t>); // There is one range, 64 bits wide.
    }

    void fileCtorEmpty_offsetLong_success()
    {
        expectFile(SendPacketsElement::file("", std::int64_t{0}, 0), "", 0, 0, false);
    }

    void fileCtorNormal_offsetLong_fileStream_success()
    {
        expectFile(
            SendPacketsElement::file("SomeFileName", std::int64_t{0}), "SomeFileName", 0, 0, false);
    }

    void fileCtorZeroCountLength_offsetLong_fileStream_success()
    {
        for (const bool end : {false, true})
            expectFile(SendPacketsElement::file("SomeFileName", std::int64_t{0}, 0, end),
                "SomeFileName", 0, 0, end);
    }

    void fileCtorNegOffset_offsetLong_argumentOutOfRangeException()
    {
        const std::int64_t beyond = -kInt32Max - 10;
        QCOMPARE(outOfRange([&] { return SendPacketsElement::file("f", beyond, 11); }),
            std::string("offset"));
        QCOMPARE(outOfRange([&] { return SendPacketsElement::file("f", beyond, 11, true); }),
            std::string("offset"));
    }

    void fileCtorNegCount_offsetLong_argumentOutOfRangeException()
    {
        const std::int64_t beyond = kInt32Max + 10;
        QCOMPARE(outOfRange([&] { return SendPacketsElement::file("f", beyond, -1); }),
            std::string("count"));
        QCOMPARE(outOfRange([&] { return SendPacketsElement::file("f", beyond, -1, true); }),
            std::string("count"));
    }

    void fileCtorEndOfBufferTrue_offsetLong_fileStream_success()
    {
        const std::int64_t beyond = kInt32Max + 2;
        expectFile(SendPacketsElement::file("SomeFileName", beyond, beyond, true), "SomeFileName",
            beyond, beyond, true); // No OverflowException: D-11.
    }

    void fileCtorEndOfBufferFalse_offsetLong_fileStream_success()
    {
        const std::int64_t beyond = kInt32Max + 6;
        expectFile(SendPacketsElement::file("SomeFileName", beyond, 4, false), "SomeFileName",
            beyond, 4, false);
    }

    // --- Open files

    void fileStreamCtorNull_throws()
    {
        for (const auto& make : {+[] { return SendPacketsElement::stream(FileStream()); },
                 +[] { return SendPacketsElement::stream(FileStream(), 0, 0); },
                 +[] { return SendPacketsElement::stream(FileStream(), 0, 0, true); }}) {
            const auto thrown = thrownBy<ArgumentNullException>([&] { (void)make(); });
            QVERIFY(thrown);
            QCOMPARE(thrown->parameterName(), std::string("fileStream"));
        }
    }

    void fileStreamCtorNormal_success()
    {
        const FileStream stream = anyStream();
        expectStream(SendPacketsElement::stream(stream), stream, 0, 0, false);
    }

    void fileStreamCtorZeroCountLength_success()
    {
        const FileStream stream = anyStream();
        expectStream(SendPacketsElement::stream(stream, 0, 0), stream, 0, 0, false);
        expectStream(SendPacketsElement::stream(stream, 0, 0, true), stream, 0, 0, true);
    }

    void fileStreamCtorNegOffset_argumentOutOfRangeException()
    {
        const FileStream stream = anyStream();
        for (const std::int64_t offset : {std::int64_t{-1}, -kInt32Max - 10}) {
            QCOMPARE(outOfRange([&] { return SendPacketsElement::stream(stream, offset, 11); }),
                std::string("offset"));
            QCOMPARE(
                outOfRange([&] { return SendPacketsElement::stream(stream, offset, 10, true); }),
                std::string("offset"));
        }
    }

    void fileStreamCtorNegCount_argumentOutOfRangeException()
    {
        const FileStream stream = anyStream();
        for (const std::int64_t offset : {std::int64_t{0}, kInt32Max + 10}) {
            QCOMPARE(outOfRange([&] { return SendPacketsElement::stream(stream, offset, -1); }),
                std::string("count"));
            QCOMPARE(
                outOfRange([&] { return SendPacketsElement::stream(stream, offset, -1, true); }),
                std::string("count"));
        }
    }

    void fileStreamCtorSynchronous_argumentException()
    {
        // Whether a file was opened asynchronous is nothing that Linux knows: any is taken, with
        // O_NONBLOCK and without (ELEM-05).
        for (const int flags : {O_RDONLY, O_RDONLY | O_NONBLOCK, O_RDONLY | O_SYNC}) {
            const FileStream stream = anyStream(flags);
            expectStream(SendPacketsElement::stream(stream, 2, 8, true), stream, 2, 8, true);
        }
    }

    void fileStreamCtorEndOfBufferTrue_success()
    {
        const FileStream stream = anyStream();
        expectStream(SendPacketsElement::stream(stream, 2, 8, true), stream, 2, 8, true);
        const std::int64_t beyond = kInt32Max + 2; // No OverflowException: D-11.
        expectStream(SendPacketsElement::stream(stream, beyond, 8, true), stream, beyond, 8, true);
    }

    void fileStreamCtorEndOfBufferFalse_success()
    {
        const FileStream stream = anyStream();
        expectStream(SendPacketsElement::stream(stream, 6, 4, false), stream, 6, 4, false);
        const std::int64_t beyond = kInt32Max + 6;
        expectStream(SendPacketsElement::stream(stream, beyond, beyond, false), stream, beyond,
            beyond, false);
    }
};

QTEST_GUILESS_MAIN(UpstreamSendPacketsElementTest)
#include "send_packets_element_test.moc"
