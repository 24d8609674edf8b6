// SPDX-License-Identifier: GPL-3.0-or-later
/// The window's real program, ended by signals: its settings are kept, and who waits for it sees
/// what ended it.
#include "engine/net/operation_record.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_store.h"
#include "tests/engine/trace/records.h"
#include "ui/support/settings.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <optional>

using namespace swb;

namespace {

constexpr int kDeadlineMs = 60'000;

/// The mask of this name of a process; nothing when it has ended.
std::optional<quint64> signalMask(qint64 process, const QByteArray& name)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(process));
    if (!status.open(QIODevice::ReadOnly))
        return std::nullopt;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith(name + ':'))
            return line.mid(name.size() + 1).trimmed().toULongLong(nullptr, 16);
    }
    return std::nullopt;
}

quint64 bitOf(int signal)
{
    return quint64{1} << (signal - 1);
}

} // namespace

class GuiSignalsTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder.emplace();
        QVERIFY(m_folder->isValid());
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("QT_QPA_PLATFORM", "offscreen");
        environment.insert("XDG_CONFIG_HOME", m_folder->filePath("config"));
        environment.insert("XDG_CACHE_HOME", m_folder->filePath("cache"));
        m_process.emplace();
        m_process->setProcessEnvironment(environment);
        m_process->setProcessChannelMode(QProcess::MergedChannels);
    }
    void cleanup()
    {
        if (m_process->state() != QProcess::NotRunning) {
            m_process->kill();
            m_process->waitForFinished();
        }
        m_process.reset();
    }

    void aSignalEndsItInOrder_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGINT") << SIGINT;
        QTest::newRow("SIGHUP") << SIGHUP;
    }
    void aSignalEndsItInOrder()
    {
        QFETCH(int, signal);
        QVERIFY(!QFile::exists(settingsPath()));
        start({makeRecording()});
        send(signal);
        QVERIFY(m_process->waitForFinished(kDeadlineMs));
        // As of a program that does not catch it: a shell tells 128 and the number.
        QCOMPARE(m_process->exitStatus(), QProcess::CrashExit);
        QCOMPARE(m_process->exitCode(), signal);
        const ui::Settings settings = ui::SettingsFile(settingsPath()).load();
        QVERIFY(!settings.windowGeometry.isEmpty());
        QVERIFY(!settings.windowState.isEmpty());
        QVERIFY(!settings.operationsHeader.isEmpty());
        // Nobody worked with anything, so nothing is left to recover.
        QCOMPARE(traceParts(), QStringList());
        const QByteArray said = m_process->readAll();
        QVERIFY2(!said.contains("socket-workbench"), said.constData());
    }

    void twoOfAClosedTerminalAreOne()
    {
        start({});
        send(SIGHUP);
        send(SIGHUP);
        QVERIFY(m_process->waitForFinished(kDeadlineMs));
        QCOMPARE(m_process->exitCode(), SIGHUP);
        QVERIFY(!ui::SettingsFile(settingsPath()).load().windowGeometry.isEmpty());
    }

    void whatIsIgnoredAtTheStartStaysIgnored()
    {
        m_process->setChildProcessModifier([] { std::signal(SIGHUP, SIG_IGN); }); // nohup
        start({});
        const auto ignored = signalMask(m_process->processId(), "SigIgn");
        QVERIFY(ignored && (*ignored & bitOf(SIGHUP)) != 0);
        send(SIGHUP);
        send(SIGTERM);
        QVERIFY(m_process->waitForFinished(kDeadlineMs));
        QCOMPARE(m_process->exitCode(), SIGTERM);
    }

private:
    QString settingsPath() const
    {
        return m_folder->filePath("config/SocketWorkbench/socket-workbench.ini");
    }
    QStringList traceParts() const
    {
        return QDir(m_folder->filePath("cache/SocketWorkbench/socket-workbench/traces"))
            .entryList(QDir::Files);
    }
    QString makeRecording() const
    {
        const QString path = m_folder->filePath("a.swbtrace");
        trace::TraceStore store;
        store.apply(test::synchronousSend(1));
        trace::saveTrace(store, path.toStdString(), {});
        return path;
    }
    /// Until it takes signals: before that they end it as any program.
    void start(const QStringList& arguments)
    {
        m_process->start(SWB_WINDOW_PROGRAM, arguments);
        QVERIFY(m_process->waitForStarted(kDeadlineMs));
        const auto takesSignals = [this] {
            const auto caught = signalMask(m_process->processId(), "SigCgt");
            return caught && (*caught & bitOf(SIGTERM)) != 0;
        };
        QTRY_VERIFY_WITH_TIMEOUT(takesSignals(), kDeadlineMs);
    }
    void send(int signal)
    {
        QCOMPARE(::kill(static_cast<pid_t>(m_process->processId()), signal), 0);
    }

    std::optional<QTemporaryDir> m_folder;
    std::optional<QProcess> m_process;
};

QTEST_GUILESS_MAIN(GuiSignalsTest)
#include "gui_signals_test.moc"
