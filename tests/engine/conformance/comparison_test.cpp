// SPDX-License-Identifier: GPL-3.0-or-later
/// The comparison itself: that it finds what it is there to find.
#include "comparison.h"

#include <algorithm>

#include <QTest>

using namespace swb;
using namespace swb::test;

namespace {

constexpr const char* kRecord
    = R"({"id": "x.one", "what": "one thing", "returned": true, "threw": null, "error": "Success",
"completed_raised": 1, "bytes_transferred": 100, "last_operation": "Send", "peer_received": 100,
"peer_sha256_matches": true, "callback_on_caller_thread": true, "notes": "Connected=true raised=10"})";

constexpr const char* kNoDifferences
    = R"({"not_applicable": [], "by_rule": [], "differences": []})";

Observation play(Stage& /*stage*/)
{
    return {};
}

/// What .NET did.
Observation asRecorded()
{
    Observation o;
    o.returned = true;
    o.error = "Success";
    o.completedRaised = 1;
    o.bytesTransferred = 100;
    o.lastOperation = "Send";
    o.peerReceived = 100;
    o.contentRight = true;
    o.callbackOnCallerThread = true;
    return o;
}

/// One difference: .NET returned true, the engine returns false.
std::string difference(const std::string& rule, const std::string& dotnet = "true",
    const std::string& engine = "false", const std::string& id = "x.one")
{
    return R"({"not_applicable": [], "by_rule": [], "differences": [{"rule": ")" + rule
        + R"(", "why": "because", "fields": {"returned": {"dotnet": )" + dotnet + R"(, "engine": )"
        + engine + R"(}}, "ids": [")" + id + R"("]}]})";
}

} // namespace

class ComparisonTest : public QObject {
    Q_OBJECT

private:
    TempFolder m_folder;

    Reference reference(const std::string& differences)
    {
        std::string record = kRecord;
        std::replace(record.begin(), record.end(), '\n', ' ');
        (void)m_folder.file("dotnet31-linux.jsonl", bytesOf(record + "\n"));
        (void)m_folder.file("contract_rules.txt", bytesOf("RET-04\n"));
        (void)m_folder.file("differences.json", bytesOf(differences));
        return Reference(m_folder.path());
    }
    const std::vector<Scenario> m_scenarios{{"x.one", play}};

private slots:
    void sameIsNoFault()
    {
        const Reference one = reference(kNoDifferences);
        QVERIFY(one.faults(m_scenarios).empty());
        QVERIFY(one.compare("x.one", asRecorded()).empty());
    }

    void everyFieldCounts_data()
    {
        QTest::addColumn<int>("field");
        for (int i = 0; i < 9; ++i)
            QTest::newRow(std::to_string(i).c_str()) << i;
    }

    void everyFieldCounts()
    {
        QFETCH(int, field);
        Observation o = asRecorded();
        switch (field) {
        case 0:
            o.returned = false;
            break;
        case 1:
            o.threw = "ArgumentException";
            break;
        case 2:
            o.error = "Shutdown";
            break;
        case 3:
            o.completedRaised = 2;
            break;
        case 4:
            o.bytesTransferred = 99;
            break;
        case 5:
            o.lastOperation = "Receive";
            break;
        case 6:
            o.peerReceived = std::nullopt;
            break;
        case 7:
            o.contentRight = false;
            break;
        default:
            o.callbackOnCallerThread = false;
        }
        QCOMPARE(reference(kNoDifferences).compare("x.one", o).size(), std::size_t{1});
    }

    void aFactMustStandInTheNotes()
    {
        const Reference one = reference(kNoDifferences);
        Observation o = asRecorded();
        o.fact("Connected=true");
        QVERIFY(one.compare("x.one", o).empty());
        o.fact("raised=1"); // only as a word of its own
        QCOMPARE(one.compare("x.one", o).size(), std::size_t{1});
    }

    void aListedDifferenceIsAsked()
    {
        const Reference one = reference(difference("RET-04"));
        QVERIFY(one.faults(m_scenarios).empty());
        Observation o = asRecorded();
        QCOMPARE(one.compare("x.one", o).size(), std::size_t{1}); // no longer differs
        o.returned = false;
        QVERIFY(one.compare("x.one", o).empty());
        o.returned = std::nullopt; // differs, but not as listed
        QCOMPARE(one.compare("x.one", o).size(), std::size_t{1});
    }

    void faultsOfTheTableAreFound_data()
    {
        QTest::addColumn<QString>("table");
        const auto row = [](const char* name, const std::string& table) {
            QTest::newRow(name) << QString::fromStdString(table);
        };
        row("unknown rule", difference("RET-99"));
        row("unknown id", difference("RET-04", "true", "false", "x.two"));
        row("not what .NET did", difference("RET-04", "null", "false"));
        row("no difference", difference("RET-04", "true", "true"));
        row("both played and not applicable",
            R"({"not_applicable": [{"why": "because", "ids": ["x.one"]}],
                "by_rule": [], "differences": []})");
    }

    void faultsOfTheTableAreFound()
    {
        QFETCH(QString, table);
        QVERIFY(!reference(table.toStdString()).faults(m_scenarios).empty());
    }

    void everyIdNeedsAScenarioAndEveryScenarioAnId()
    {
        const Reference one = reference(kNoDifferences);
        QVERIFY(!one.faults({}).empty());
        QVERIFY(!one.faults({{"x.one", play}, {"x.two", play}}).empty());
        QVERIFY(!one.faults({{"x.one", play}, {"x.one", play}}).empty());
    }
};

QTEST_GUILESS_MAIN(ComparisonTest)
#include "comparison_test.moc"
