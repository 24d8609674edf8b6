// SPDX-License-Identifier: GPL-3.0-or-later
/// Plays every recorded scenario of .NET with the engine and compares, one row a scenario.
///
///   conformance_test                       everything
///   conformance_test --only sp.,spe.       the scenarios whose id begins so
///   conformance_test --write FILE          writes the page of differences, and plays nothing
///   conformance_test --show ID             prints what the scenario sees, as JSON
#include "comparison.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <iostream>

using namespace swb;
using namespace swb::test;

namespace {

QList<QByteArray> g_only;

bool chosen(std::string_view id)
{
    const auto begins = [&](const QByteArray& prefix) {
        return id.substr(0, static_cast<std::size_t>(prefix.size()))
            == std::string_view(prefix.constData(), static_cast<std::size_t>(prefix.size()));
    };
    return g_only.isEmpty() || std::any_of(g_only.begin(), g_only.end(), begins);
}

/// One line a fault, below the name of the row.
QByteArray lines(const std::vector<std::string>& faults)
{
    QByteArray text;
    for (const std::string& fault : faults)
        text += "\n    " + QByteArray::fromStdString(fault);
    return text;
}

} // namespace

class ConformanceTest : public QObject {
    Q_OBJECT

private slots:
    void everyRecordHasAScenarioOrAReason()
    {
        const auto faults = m_reference.faults(allScenarios());
        QVERIFY2(faults.empty(), lines(faults).constData());
    }

    void thePageOfDifferencesIsUpToDate()
    {
        QFile file(SWB_DIFFERENCES_PAGE);
        QVERIFY2(file.open(QIODevice::ReadOnly), SWB_DIFFERENCES_PAGE);
        QVERIFY2(file.readAll().toStdString() == m_reference.page(),
            "docs/dotnet-differences.md is not what --write writes; write it again");
    }

    void doesAsRecordedOrAsListed_data()
    {
        QTest::addColumn<int>("index");
        const auto scenarios = allScenarios();
        for (std::size_t i = 0; i < scenarios.size(); ++i) {
            if (chosen(scenarios[i].id))
                QTest::newRow(std::string(scenarios[i].id).c_str()) << static_cast<int>(i);
        }
    }

    void doesAsRecordedOrAsListed()
    {
        QFETCH(int, index);
        const Scenario scenario = allScenarios()[static_cast<std::size_t>(index)];
        std::vector<std::string> wrong;
        try {
            Stage stage;
            wrong = m_reference.compare(std::string(scenario.id), scenario.play(stage));
        } catch (const std::exception& exception) {
            wrong.push_back(exception.what());
        }
        QVERIFY2(wrong.empty(), lines(wrong).constData());
    }

private:
    Reference m_reference{SWB_CONFORMANCE_FOLDER};
};

namespace {

int writePage(const char* path)
{
    QFile file(QString::fromLocal8Bit(path));
    const std::string page = Reference(SWB_CONFORMANCE_FOLDER).page();
    const auto size = static_cast<qint64>(page.size());
    if (!file.open(QIODevice::WriteOnly) || file.write(page.data(), size) != size) {
        std::fprintf(stderr, "%s cannot be written\n", path);
        return 1;
    }
    return 0;
}

int show(const std::string& id)
{
    for (const Scenario& scenario : allScenarios()) {
        if (scenario.id != id)
            continue;
        Stage stage;
        const Observation seen = scenario.play(stage);
        nlohmann::json out = toJson(seen);
        out["facts"] = seen.facts;
        std::cout << out.dump(2) << '\n';
        return 0;
    }
    std::fprintf(stderr, "there is no scenario %s\n", id.c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    std::vector<char*> rest{argv[0]};
    for (int i = 1; i < argc; ++i) {
        const QByteArray argument = argv[i];
        if (argument == kDieInHandler)
            return dieInHandler();
        const bool hasValue = i + 1 < argc;
        if (argument == "--write" && hasValue)
            return writePage(argv[i + 1]);
        if (argument == "--show" && hasValue)
            return show(argv[i + 1]);
        if (argument == "--only" && hasValue)
            g_only = QByteArray(argv[++i]).split(',');
        else
            rest.push_back(argv[i]);
    }
    ConformanceTest test;
    return QTest::qExec(&test, static_cast<int>(rest.size()), rest.data());
}
#include "conformance_test.moc"
