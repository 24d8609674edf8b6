// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"
#include "engine/workbench/payload_codec.h"
#include "engine/workbench/received_ring.h"

#include <QTest>

#include <limits>

using namespace swb;
using namespace swb::workbench;
using swb::test::bytesOf;

namespace {
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
}

class PayloadCodecTest : public QObject {
    Q_OBJECT

private slots:
    void decodesEscapes_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("plain") << QByteArray("GET / HTTP/1.1") << QByteArray("GET / HTTP/1.1");
        QTest::newRow("single letters") << QByteArray(R"(\n\r\t\0\a\b\f\v\e\\\"\')")
                                        << QByteArray("\n\r\t\0\a\b\f\v\x1b\\\"'", 12);
        QTest::newRow("nul then digit") << QByteArray(R"(\07)")
                                        << QByteArray("\0"
                                                      "7",
                                               2);
        QTest::newRow("hex") << QByteArray(R"(\x00\xfF\x41)") << QByteArray("\x00\xff\x41", 3);
        QTest::newRow("u") << QByteArray(R"(\u00e9\u20AC)") << QByteArray("\xc3\xa9\xe2\x82\xac");
        QTest::newRow("U") << QByteArray(R"(\U0001F600)") << QByteArray("\xf0\x9f\x98\x80");
        QTest::newRow("raw utf-8") << QByteArray("\xc3\xa9") << QByteArray("\xc3\xa9");
    }

    void decodesEscapes()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, bytes);
        const Decoded decoded = decodeText(text.toStdString());
        QVERIFY(!decoded.error);
        QCOMPARE(decoded.bytes, bytesOf(bytes.toStdString()));
    }

    void saysWhereAnEscapeIsWrong_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("position");
        QTest::addColumn<QString>("says");
        QTest::newRow("lone backslash") << R"(ab\)" << 2 << "escapes nothing";
        QTest::newRow("unknown") << R"(a\qb)" << 1 << "'q' is no escape";
        QTest::newRow("line end") << "a\\\nb" << 1 << R"('\n' is no escape)";
        QTest::newRow("short x") << R"(\x4)" << 3 << "needs 2 hex digits, but there are 1";
        QTest::newRow("bad x") << R"(\xg0)" << 2 << "but there are 0";
        QTest::newRow("short u") << R"(\u12)" << 4 << "needs 4 hex digits, but there are 2";
        QTest::newRow("surrogate") << R"(xx\uD800)" << 2 << "no Unicode character";
        QTest::newRow("beyond") << R"(\U00110000)" << 0 << "no Unicode character";
    }

    void saysWhereAnEscapeIsWrong()
    {
        QFETCH(const QString, text);
        QFETCH(const int, position);
        QFETCH(const QString, says);
        const Decoded decoded = decodeText(text.toStdString());
        QVERIFY(decoded.error);
        QCOMPARE(static_cast<int>(decoded.error->position), position);
        QVERIFY2(QString::fromStdString(decoded.error->message).contains(says),
            decoded.error->message.c_str());
    }

    void keepsWhatCameBeforeTheError()
    {
        QCOMPARE(decodeText(R"(ab\n\q)").bytes, bytesOf("ab\n"));
        QCOMPARE(decodeHex("41 42 4").bytes, bytesOf("AB"));
    }

    void decodesHex_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("together") << "474554";
        QTest::newRow("blanks") << " 47 45\t54\r\n";
        QTest::newRow("dump styles") << "47:45-54";
        QTest::newRow("C array") << "0x47, 0X45,0x54";
    }

    void decodesHex()
    {
        QFETCH(const QString, text);
        const Decoded decoded = decodeHex(text.toStdString());
        QVERIFY2(!decoded.error, decoded.error ? decoded.error->message.c_str() : "");
        QCOMPARE(decoded.bytes, bytesOf("GET"));
    }

    void saysWhereHexIsWrong_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("position");
        QTest::addColumn<QString>("says");
        QTest::newRow("odd at the end")
            << "47 45 4" << 6 << "odd number of hex digits: the last digit '4' has no partner";
        QTest::newRow("odd alone") << "4" << 0 << "the last digit '4'";
        QTest::newRow("odd in the middle") << "47 4 54" << 3 << "the digit '4' has no partner";
        QTest::newRow("no digit") << "47 zz" << 3 << "'z' is not a hex digit";
        QTest::newRow("second no digit") << "4g" << 1 << "'g' is not a hex digit";
        QTest::newRow("only prefix") << "47 0x" << 3 << "no hex digits after '0x'";
    }

    void saysWhereHexIsWrong()
    {
        QFETCH(const QString, text);
        QFETCH(const int, position);
        QFETCH(const QString, says);
        const Decoded decoded = decodeHex(text.toStdString());
        QVERIFY(decoded.error);
        QCOMPARE(static_cast<int>(decoded.error->position), position);
        QVERIFY2(QString::fromStdString(decoded.error->message).contains(says),
            decoded.error->message.c_str());
    }

    void encodedTextDecodesToTheSameBytes()
    {
        swb::test::Bytes all;
        for (int value = 0; value < 256; ++value)
            all.push_back(static_cast<std::byte>(value));
        for (const char* const extra :
            {"\xc3\xa9", "\xe2\x80\xae", "\xef\xbb\xbf", "\xf0\x9f\x98\x80", "\xc2\x85"}) {
            const auto part = bytesOf(extra);
            all.insert(all.end(), part.begin(), part.end());
        }
        for (const swb::test::Bytes& bytes : {all, swb::test::randomBytes(5000)}) {
            const std::string text = encodeText(bytes);
            QVERIFY(text.find('\n') == std::string::npos && text.find('\0') == std::string::npos);
            QCOMPARE(decodeText(text).bytes, bytes);
            QCOMPARE(decodeHex(encodeHex(bytes)).bytes, bytes);
        }
    }

    void showsPrintableTextAsItIs()
    {
        QCOMPARE(encodeText(bytesOf("caf\xc3\xa9 \"x\"")), std::string("caf\xc3\xa9 \"x\""));
        QCOMPARE(encodeText(bytesOf("a\\b\n\x80")), std::string(R"(a\\b\n\x80)"));
        QCOMPARE(encodeText(bytesOf("\xe2\x80\xae")), std::string(R"(\u202E)"));
        QCOMPARE(encodeHex(bytesOf("GET")), std::string("47 45 54"));
        QCOMPARE(encodeHex({}), std::string());
    }

    void readsSizes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<quint64>("bytes");
        QTest::newRow("0") << "0" << quint64{0};
        QTest::newRow("plain") << "4096" << quint64{4096};
        QTest::newRow("B") << "18 B" << quint64{18};
        QTest::newRow("KiB") << "64KiB" << quint64{65536};
        QTest::newRow("small letters") << "64kib" << quint64{65536};
        QTest::newRow("K") << "64K" << quint64{65536};
        QTest::newRow("fraction") << "1.5 MiB" << quint64{1572864};
        QTest::newRow("G") << "2G" << quint64{2147483648};
        QTest::newRow("TiB") << "1TiB" << quint64{1099511627776};
        QTest::newRow("largest") << "18446744073709551615" << quint64{kMax};
    }

    void readsSizes()
    {
        QFETCH(const QString, text);
        QFETCH(const quint64, bytes);
        QCOMPARE(quint64{parseSize(text.toStdString())}, bytes);
    }

    void refusesWrongSizes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("empty") << ""
                               << "does not start with a digit";
        QTest::newRow("negative") << "-1"
                                  << "does not start with a digit";
        QTest::newRow("word") << "big"
                              << "does not start with a digit";
        QTest::newRow("unit") << "4 KB"
                              << "unknown unit 'KB'";
        QTest::newRow("tail") << "4 KiB x"
                              << "unknown unit";
        QTest::newRow("part of a byte") << "1.5"
                                        << "no parts of a byte";
        QTest::newRow("no decimals") << "1.KiB"
                                     << "no digit after the '.'";
        QTest::newRow("too many decimals") << "1.1234567KiB"
                                           << "more than 6 decimals";
        QTest::newRow("number overflow") << "18446744073709551616"
                                         << "too large";
        QTest::newRow("unit overflow") << "17179869184GiB"
                                       << "too large";
    }

    void refusesWrongSizes()
    {
        QFETCH(const QString, text);
        QFETCH(const QString, says);
        const auto thrown
            = test::thrownBy<ArgumentException>([&] { (void)parseSize(text.toStdString()); });
        QVERIFY(thrown);
        QCOMPARE(thrown->parameterName(), std::string("size"));
        QVERIFY2(QString::fromStdString(thrown->what()).contains(says), thrown->what());
    }

    void writesSizes()
    {
        QCOMPARE(formatSize(0), std::string("0 B"));
        QCOMPARE(formatSize(18), std::string("18 B"));
        QCOMPARE(formatSize(1023), std::string("1023 B"));
        QCOMPARE(formatSize(1024), std::string("1.0 KiB"));
        QCOMPARE(formatSize(1024 * 1024 - 1), std::string("1.0 MiB"));
        QCOMPARE(formatSize(4194304), std::string("4.0 MiB"));
        QCOMPARE(formatSize(kMax), std::string("16.0 EiB"));
        QCOMPARE(groupDigits(0), std::string("0"));
        QCOMPARE(groupDigits(999), std::string("999"));
        QCOMPARE(groupDigits(4194304), std::string("4,194,304"));
        QCOMPARE(groupDigits(123456), std::string("123,456"));
    }

    void ringKeepsTheNewestBytes()
    {
        ReceivedRing ring;
        const auto all = swb::test::randomBytes(3 * ReceivedRing::kCapacity + 777);
        std::size_t at = 0;
        // Steps that do not divide the capacity, so that the ends fall anywhere.
        for (std::size_t step = 1; at < all.size(); step = step * 3 % 250007 + 1) {
            const std::size_t part = std::min(step, all.size() - at);
            ring.append(std::span(all).subspan(at, part));
            at += part;
            const ReceivedTail tail = ring.tail(1000);
            const std::size_t expected = std::min<std::size_t>(at, 1000);
            QCOMPARE(tail.totalBytes, std::uint64_t{at});
            QCOMPARE(tail.firstOffset, std::uint64_t{at - expected});
            QCOMPARE(tail.bytes, swb::test::slice(all, at - expected, expected));
        }
        const ReceivedTail whole = ring.tail(all.size());
        QCOMPARE(whole.bytes,
            swb::test::slice(all, all.size() - ReceivedRing::kCapacity, ReceivedRing::kCapacity));
        ring.append(all);
        QCOMPARE(ring.tail(5).bytes, swb::test::slice(all, all.size() - 5, 5));
        ring.clear();
        QVERIFY(ring.tail(10).bytes.empty());
        QCOMPARE(ring.tail(10).firstOffset, std::uint64_t{2 * all.size()});
        ring.append(bytesOf("xyz"));
        QCOMPARE(ring.tail(10).bytes, bytesOf("xyz"));
    }
};

QTEST_GUILESS_MAIN(PayloadCodecTest)
#include "payload_codec_test.moc"
