// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare.h"
#include "tests/support/temp_files.h"
#include "tests/support/thrown.h"

#include "engine/net/exceptions.h"
#include "engine/workbench/queue_item.h"

#include <QTest>

using namespace swb;
using namespace swb::workbench;
using swb::test::bytesOf;

class QueueItemTest : public QObject {
    Q_OBJECT

private slots:
    void textAndHexTellThePositionOfAnError()
    {
        QCOMPARE(*std::get<BufferPayload>(QueueItem::text(R"(a\n)").payload).bytes, bytesOf("a\n"));
        QCOMPARE(*std::get<BufferPayload>(QueueItem::hex("61 0a").payload).bytes, bytesOf("a\n"));
        const auto text
            = test::thrownBy<ArgumentException>([] { (void)QueueItem::text(R"(abc\q)"); });
        QVERIFY(text);
        QCOMPARE(text->parameterName(), std::string("text"));
        QVERIFY2(std::string(text->what()).find("position 3") != std::string::npos, text->what());
        const auto hex = test::thrownBy<ArgumentException>([] { (void)QueueItem::hex("61 6"); });
        QVERIFY(hex);
        QCOMPARE(hex->parameterName(), std::string("hex"));
        QVERIFY2(std::string(hex->what()).find("position 3") != std::string::npos, hex->what());
    }

    void readsFileSpecs_data()
    {
        QTest::addColumn<QString>("spec");
        QTest::addColumn<QString>("path");
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<qint64>("count");
        QTest::newRow("path") << "/x/a.bin"
                              << "/x/a.bin" << qint64{0} << qint64{0};
        QTest::newRow("offset") << "/x/a.bin@100"
                                << "/x/a.bin" << qint64{100} << qint64{0};
        QTest::newRow("both") << "a@4GiB+1.5MiB"
                              << "a" << qint64{4294967296} << qint64{1572864};
        QTest::newRow("at in the name") << "user@host.txt"
                                        << "user@host.txt" << qint64{0} << qint64{0};
        QTest::newRow("two ats") << "user@host@5"
                                 << "user@host" << qint64{5} << qint64{0};
        QTest::newRow("at first") << "@5"
                                  << "@5" << qint64{0} << qint64{0};
    }

    void readsFileSpecs()
    {
        QFETCH(const QString, spec);
        QFETCH(const QString, path);
        QFETCH(const qint64, offset);
        QFETCH(const qint64, count);
        const auto payload
            = std::get<FilePayload>(QueueItem::fileFromSpec(spec.toStdString()).payload);
        QCOMPARE(payload.path, path.toStdString());
        QCOMPARE(qint64{payload.offset}, offset);
        QCOMPARE(qint64{payload.count}, count);
    }

    void aFileThatExistsWinsOverARange()
    {
        const test::TempFolder folder;
        const std::string path = folder.file("log@5", bytesOf("content"));
        const auto payload = std::get<FilePayload>(QueueItem::fileFromSpec(path).payload);
        QCOMPARE(payload.path, path);
        QCOMPARE(payload.offset, std::int64_t{0});
    }

    void refusesWrongFileSpecs()
    {
        for (const char* const spec : {"", "a@5x", "a@5+", "a@5+x", "a@18446744073709551615"}) {
            const auto thrown
                = test::thrownBy<ArgumentException>([&] { (void)QueueItem::fileFromSpec(spec); });
            QVERIFY2(thrown, spec);
            QCOMPARE(thrown->parameterName(), std::string("file"));
        }
    }

    void labelsShowTextHexOrTheRange()
    {
        QCOMPARE(QueueItem::text("GET / HTTP/1.1").label(), std::string("\"GET / HTTP/1.1\""));
        QCOMPARE(QueueItem::bytes({}).label(), std::string("\"\""));
        QCOMPARE(QueueItem::bytes(test::Bytes(3)).label(), std::string("\"\\0\\0\\0\""));
        QCOMPARE(QueueItem::hex("80 81 82").label(), std::string("80 81 82"));
        const std::string label = QueueItem::bytes(test::Bytes(1000, std::byte{'x'})).label();
        QCOMPARE(label, "\"" + std::string(40, 'x') + "...\"");
        // 39 bytes, then a character of two bytes across the cut: it is left out, not halved.
        const std::string cut = QueueItem::text(std::string(39, 'x') + "\xc3\xa9yyy").label();
        QCOMPARE(cut, "\"" + std::string(39, 'x') + "...\"");
        QCOMPARE(QueueItem::file("/data/disk.img").label(), std::string("disk.img"));
        QCOMPARE(QueueItem::file("/data/disk.img", std::int64_t{4} << 30).label(),
            std::string("disk.img @ 4 GiB"));
        QCOMPARE(
            QueueItem::file("disk.img", 0, 1025).label(), std::string("disk.img @ 0 B + 1,025 B"));
    }

    void sizeAsksTheFileSystem()
    {
        const test::TempFolder folder;
        const std::string path = folder.file("x", test::Bytes(1000));
        QCOMPARE(QueueItem::text("abc").size(), std::int64_t{3});
        QCOMPARE(QueueItem::file(path).size(), std::int64_t{1000});
        QCOMPARE(QueueItem::file(path, 400).size(), std::int64_t{600});
        QCOMPARE(QueueItem::file(path, 400, 50).size(), std::int64_t{50});
        QCOMPARE(QueueItem::file(path, 1001).size(), std::int64_t{-1});
        QCOMPARE(QueueItem::file(folder / "missing").size(), std::int64_t{-1});
        QCOMPARE(QueueItem::file(folder.path()).size(), std::int64_t{-1});
    }

    void elementsBorrowThePayload()
    {
        QueueItem item = QueueItem::text("abc");
        item.endOfPacket = true;
        const SendPacketsElement memory = item.toElement();
        QCOMPARE(memory.kind(), SendPacketsElement::Kind::Memory);
        QCOMPARE(memory.memory().data(), std::get<BufferPayload>(item.payload).bytes->data());
        QVERIFY(memory.endOfPacket());
        const SendPacketsElement file = QueueItem::file("/x", 5, 6).toElement();
        QCOMPARE(file.kind(), SendPacketsElement::Kind::File);
        QCOMPARE(file.filePath(), std::string("/x"));
        QCOMPARE(file.offset(), std::int64_t{5});
        QCOMPARE(file.count(), std::int64_t{6});
    }
};

QTEST_GUILESS_MAIN(QueueItemTest)
#include "queue_item_test.moc"
