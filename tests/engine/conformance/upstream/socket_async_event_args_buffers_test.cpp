// SPDX-License-Identifier: GPL-3.0-or-later
/// SocketAsyncEventArgsTest.cs: SetBuffer and BufferList. There is one kind of buffer here, a span
/// (D-17): the array and the Memory form upstream are both setBuffer(span), so that a window may be
/// moved over either, and buffer() is always the whole span.

#include "fixture.h"

#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"

#include <QTest>

#include <limits>
#include <optional>

using namespace swb;
using namespace swb::test;
using namespace swb::test::upstream;

namespace {

const std::span<std::byte> kNull;

/// The parameter that `action` finds out of range; empty when it does not.
template <typename Action> std::string outOfRange(Action action)
{
    const auto thrown = thrownBy<ArgumentOutOfRangeException>(action);
    return thrown ? thrown->parameterName() : std::string();
}

bool same(std::span<const std::byte> a, std::span<const std::byte> b)
{
    return a.data() == b.data() && a.size() == b.size();
}

} // namespace

class UpstreamArgsBuffersTest : public QObject {
    Q_OBJECT

private:
    void expectBuffer(const SocketAsyncEventArgs& e, std::span<const std::byte> buffer,
        std::size_t offset, std::size_t count)
    {
        QVERIFY(same(e.buffer(), buffer));
        QCOMPARE(e.offset(), offset);
        QCOMPARE(e.count(), count);
    }

    /// The list that is set refers to exactly these spans.
    void expectList(
        const SocketAsyncEventArgs& e, const std::vector<std::span<std::byte>>& expected)
    {
        QCOMPARE(e.bufferList().size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(same(e.bufferList()[i], expected[i]));
    }

private slots:
    void setBuffer_invalidArgs_throws_data()
    {
        QTest::addColumn<quint64>("size");
        QTest::addColumn<quint64>("offset");
        QTest::addColumn<quint64>("count");
        QTest::addColumn<QString>("parameter");
        // What is negative upstream is the largest number here.
        const quint64 negative = std::numeric_limits<quint64>::max();
        const auto row = [](const char* name, quint64 size, quint64 offset, quint64 count,
                             const char* parameter) {
            QTest::newRow(name) << size << offset << count << QString(parameter);
        };
        row("offset negative", 1, negative, 0, "offset");
        row("offset past the end", 1, 2, 0, "offset");
        row("offset in an empty one", 0, 1, 0, "offset");
        row("count negative", 1, 0, negative, "count");
        row("count past the end", 1, 0, 2, "count");
        row("count after offset", 1, 1, 1, "count");
        row("count in an empty one", 0, 0, 1, "count");
        row("the sum overflows", 2, 1, negative, "count");
    }
    void setBuffer_invalidArgs_throws()
    {
        QFETCH(quint64, size);
        QFETCH(quint64, offset);
        QFETCH(quint64, count);
        QFETCH(QString, parameter);
        Bytes memory(4);
        const auto buffer = std::span(memory).first(size);
        SocketAsyncEventArgs e;
        QCOMPARE(QString::fromStdString(outOfRange([&] { e.setBuffer(buffer, offset, count); })),
            parameter);
        expectBuffer(e, {}, 0, 0);
        e.setBuffer(buffer);
        QCOMPARE(
            QString::fromStdString(outOfRange([&] { e.setBuffer(offset, count); })), parameter);
        expectBuffer(e, buffer, 0, size); // Unchanged.
    }

    void setBuffer_noBuffer_resetsCountOffset()
    {
        Bytes buffer(10);
        SocketAsyncEventArgs e;
        e.setBuffer(42, 84);
        expectBuffer(e, {}, 0, 0);
        e.setBuffer(std::span(buffer), 3, 4);
        expectBuffer(e, buffer, 3, 4);
        e.setBuffer(kNull, 1, 2);
        expectBuffer(e, {}, 0, 0);
    }

    // --- A buffer and a list exclude each other

    void setBufferListWhenBufferSet_throws()
    {
        Bytes buffer(1);
        Bytes segment(1);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span(buffer), 0, 1);
        const auto thrown = thrownBy<ArgumentException>([&] { e.setBufferList({segment}); });
        QVERIFY(thrown);
        QVERIFY(thrown->parameterName().empty());
        expectBuffer(e, buffer, 0, 1);
        expectList(e, {});
        e.setBuffer(kNull, 0, 0);
        e.setBufferList({segment});
        expectList(e, {segment});
    }

    void setBufferWhenBufferListSet_throws()
    {
        Bytes buffer(1);
        Bytes segment(1);
        SocketAsyncEventArgs e;
        e.setBufferList({segment});
        e.setBuffer(0, 1); // The window of no buffer.
        expectBuffer(e, {}, 0, 0);
        const auto thrown
            = thrownBy<ArgumentException>([&] { e.setBuffer(std::span(buffer), 0, 1); });
        QVERIFY(thrown);
        QVERIFY(thrown->parameterName().empty());
        expectBuffer(e, {}, 0, 0);
        expectList(e, {segment});
        e.clearBufferList();
        e.setBuffer(std::span(buffer), 0, 1);
        expectBuffer(e, buffer, 0, 1);
    }

    void setBufferListWhenBufferListSet_succeeds()
    {
        Bytes one(1);
        Bytes two(2);
        SocketAsyncEventArgs e;
        expectList(e, {});
        e.clearBufferList();
        expectList(e, {});
        e.setBufferList({one});
        expectList(e, {one});
        e.setBufferList({one});
        expectList(e, {one});
        e.setBufferList({two, one});
        expectList(e, {two, one});
        e.clearBufferList();
        expectList(e, {});
    }

    void setBufferWhenBufferSet_succeeds()
    {
        Bytes one(1);
        Bytes two(2);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span(one), 0, 1);
        expectBuffer(e, one, 0, 1);
        e.setBuffer(std::span(one), 0, 1);
        expectBuffer(e, one, 0, 1);
        e.setBuffer(std::span(two), 1, 1);
        expectBuffer(e, two, 1, 1);
        e.setBuffer(std::span(one), 1, 0);
        expectBuffer(e, one, 1, 0);
    }

    void bufferList_invalidArguments_throws_data()
    {
        // A span has no offset that could be wrong; what is left of upstream's corrupt segments is
        // one with a size and no memory.
        QTest::addColumn<int>("at");
        QTest::addColumn<int>("of");
        QTest::newRow("alone") << 0 << 1;
        QTest::newRow("first of two") << 0 << 2;
        QTest::newRow("second of two") << 1 << 2;
    }
    void bufferList_invalidArguments_throws()
    {
        QFETCH(int, at);
        QFETCH(int, of);
        Bytes good(1);
        std::vector<std::span<std::byte>> list(static_cast<std::size_t>(of), good);
        list[static_cast<std::size_t>(at)] = {static_cast<std::byte*>(nullptr), 1};
        SocketAsyncEventArgs e;
        QCOMPARE(outOfRange([&] { e.setBufferList(list); }), std::string("bufferList"));
        expectList(e, {});
        e.setBuffer(good); // No list is set.
    }

    // --- The Memory form

    void setBuffer_memoryBuffer_roundtrips()
    {
        Bytes memory(42);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(memory));
        expectBuffer(e, memory, 0, 42);
        e.setBuffer(std::span<std::byte>(memory).subspan(4, 8));
        expectBuffer(e, std::span(memory).subspan(4, 8), 0, 8);
        // Memory to read from only is not handed out to write into.
        const Bytes constant(3);
        e.setBuffer(std::span<const std::byte>(constant));
        expectBuffer(e, {}, 0, 3);
        QVERIFY(same(e.readOnlyBuffer(), constant));
    }

    void setBufferMemory_thenSetBufferIntInt_throws()
    {
        // One kind of buffer: the window moves over it, whatever it came from (D-17); what lies
        // outside of it is an error as ever.
        Bytes memory(10);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(memory));
        e.setBuffer(2, 3);
        expectBuffer(e, memory, 2, 3);
        QCOMPARE(outOfRange([&] { e.setBuffer(0, 11); }), std::string("count"));
        expectBuffer(e, memory, 2, 3);
    }

    void setBufferArrayIntInt_availableFromMemoryBuffer()
    {
        Bytes array(42);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span(array), 0, 42);
        expectBuffer(e, array, 0, 42);
        e.setBuffer(1, 2);
        expectBuffer(e, array, 1, 2);
        e.setBuffer(std::span(array), 3, 4);
        expectBuffer(e, array, 3, 4);
    }

    void setBufferMemory_default_resetsCountOffset()
    {
        Bytes memory(42);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span(memory), 1, 2);
        e.setBuffer(kNull);
        expectBuffer(e, {}, 0, 0);
        e.setBuffer(std::span(memory), 1, 2);
        e.clearBuffer();
        expectBuffer(e, {}, 0, 0);
    }

    void setBufferListWhenMemoryBufferSet_throws()
    {
        Bytes memory(1);
        Bytes segment(1);
        SocketAsyncEventArgs e;
        e.setBuffer(std::span<std::byte>(memory));
        QVERIFY(thrownBy<ArgumentException>([&] { e.setBufferList({segment}); }));
        expectBuffer(e, memory, 0, 1);
        expectList(e, {});
        e.setBuffer(kNull);
        e.setBufferList({segment});
        expectList(e, {segment});
    }

    void setBufferMemoryWhenBufferListSet_throws()
    {
        Bytes memory(1);
        Bytes segment(1);
        SocketAsyncEventArgs e;
        e.setBufferList({segment});
        e.setBuffer(kNull); // Empty memory is no buffer (BUF-07) and leaves the list alone.
        expectList(e, {segment});
        QVERIFY(thrownBy<ArgumentException>([&] { e.setBuffer(std::span<std::byte>(memory)); }));
        QVERIFY(thrownBy<ArgumentException>([&] { e.setOwnedBuffer(Bytes(1)); }));
        expectBuffer(e, {}, 0, 0);
        expectList(e, {segment});
        e.clearBufferList();
        e.setBuffer(std::span<std::byte>(memory));
        expectBuffer(e, memory, 0, 1);
    }

    void setBufferMemoryWhenBufferMemorySet_succeeds()
    {
        Bytes one(1);
        Bytes two(2);
        SocketAsyncEventArgs e;
        for (int i = 0; i < 2; ++i) {
            e.setBuffer(std::span<std::byte>(one));
            expectBuffer(e, one, 0, 1);
            e.setBuffer(std::span<std::byte>(two));
            expectBuffer(e, two, 0, 2);
        }
    }

    void setBufferMemoryWhenBufferSet_succeeds()
    {
        Bytes array(10);
        Bytes memory(5);
        SocketAsyncEventArgs e;
        for (int i = 0; i < 2; ++i) {
            e.setBuffer(std::span(array), 1, 2);
            expectBuffer(e, array, 1, 2);
            e.setBuffer(std::span<std::byte>(memory));
            expectBuffer(e, memory, 0, 5);
        }
        e.setOwnedBuffer(Bytes(7));
        QCOMPARE(e.buffer().size(), 7U);
        QCOMPARE(e.count(), 7U);
        e.setBuffer(std::span<std::byte>(memory)); // And back.
        expectBuffer(e, memory, 0, 5);
    }

    void setBufferMemory_nonArray_bufferReturnsNull()
    {
        // Memory that no container owns is a span like any other (D-17): what is set is handed
        // out, and operations work on it.
        const Source foreign(Memory::Foreign, 42);
        SocketAsyncEventArgs e;
        e.setBuffer(foreign.bytes());
        QVERIFY(same(e.readOnlyBuffer(), foreign.bytes()));
        QCOMPARE(e.count(), 42U);
        Fixture fixture;
        Socket socket = fixture.connected();
        QCOMPARE(sendNow(socket, foreign.bytes()), SocketError::Success);
        QCOMPARE(receiveNow(socket, 42), foreign.range(0, 42));
    }
};

QTEST_GUILESS_MAIN(UpstreamArgsBuffersTest)
#include "socket_async_event_args_buffers_test.moc"
