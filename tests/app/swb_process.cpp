// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/swb_process.h"

#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QFile>
#include <QJsonDocument>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <linux/capability.h>
#include <random>
#include <sys/prctl.h>
#include <vector>

namespace swb::test {

namespace {

constexpr int kLookMs = 10;

/// The one of this build, or another, to try an installed or otherwise built one.
QString program()
{
    return qEnvironmentVariable("SWB_TEST_PROGRAM", QStringLiteral(SWB_PROGRAM));
}

} // namespace

SwbProcess::~SwbProcess()
{
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

void SwbProcess::obeyPermissions()
{
    m_process.setChildProcessModifier([] {
        // Takes effect at exec, and fails, harmlessly, when the tests do not run as root.
        prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
        prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
    });
}

void SwbProcess::start(const QStringList& arguments)
{
    m_process.start(program(), arguments);
    m_process.waitForStarted(kDeadlineMs);
}

void SwbProcess::takeOutput()
{
    m_output += m_process.readAllStandardOutput();
    m_notes += m_process.readAllStandardError();
}

bool SwbProcess::waitFor(QByteArray& where, const QByteArray& text)
{
    const QDeadlineTimer deadline(kDeadlineMs);
    while (true) {
        takeOutput();
        if (where.contains(text))
            return true;
        if (m_process.state() == QProcess::NotRunning || deadline.hasExpired())
            return false;
        m_process.waitForReadyRead(kLookMs);
    }
}

QString SwbProcess::listeningOn()
{
    static const QByteArray kStart = "listening on ";
    const auto complete = [&] {
        const auto start = m_notes.indexOf(kStart);
        return start >= 0 && m_notes.indexOf('\n', start) > 0;
    };
    if (!waitFor(m_notes, kStart) || (!complete() && !waitFor(m_notes, "\n")))
        return {};
    const auto start = m_notes.indexOf(kStart) + kStart.size();
    return QString::fromUtf8(m_notes.mid(start, m_notes.indexOf('\n', start) - start));
}

bool SwbProcess::waitForNote(const QByteArray& text)
{
    return waitFor(m_notes, text);
}

bool SwbProcess::waitForOutput(const QByteArray& text)
{
    return waitFor(m_output, text);
}

int SwbProcess::exitStatus()
{
    if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(kDeadlineMs))
        return -1;
    takeOutput();
    return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

qint64 SwbProcess::interrupt(int signal)
{
    QElapsedTimer timer;
    timer.start();
    ::kill(static_cast<pid_t>(m_process.processId()), signal);
    m_process.waitForFinished(kDeadlineMs);
    return timer.elapsed();
}

qint64 SwbProcess::peakMemoryKiB() const
{
    QFile status(QStringLiteral("/proc/%1/status").arg(m_process.processId()));
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    const auto lines = status.readAll().split('\n');
    for (const QByteArray& line : lines) {
        if (line.startsWith("VmHWM:"))
            return line.mid(6).simplified().split(' ').first().toLongLong();
    }
    return -1;
}

QByteArray SwbProcess::output()
{
    takeOutput();
    return m_output;
}

QByteArray SwbProcess::notes()
{
    takeOutput();
    return m_notes;
}

QList<QJsonObject> SwbProcess::operations(const QString& operation)
{
    QList<QJsonObject> result;
    for (const QByteArray& line : output().split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        const QString kind = object[QStringLiteral("operation")].toString();
        if (!kind.isEmpty() && (operation.isEmpty() || kind == operation))
            result += object;
    }
    return result;
}

QJsonObject SwbProcess::summary()
{
    const auto lines = output().trimmed().split('\n');
    return QJsonDocument::fromJson(lines.last()).object()[QStringLiteral("summary")].toObject();
}

SwbResult::SwbResult(const QStringList& arguments)
{
    SwbProcess process(arguments);
    exitStatus = process.exitStatus();
    output = process.output();
    notes = process.notes();
}

QByteArray sha256OfFile(const QString& path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return {};
    return hash.result().toHex();
}

bool writeRandomFile(const QString& path, qint64 size)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    std::mt19937_64 random(static_cast<std::uint64_t>(size));
    std::vector<std::uint64_t> block(8192);
    while (size > 0) {
        std::generate(block.begin(), block.end(), std::ref(random));
        const auto bytes
            = std::min<qint64>(size, static_cast<qint64>(block.size() * sizeof block[0]));
        if (file.write(reinterpret_cast<const char*>(block.data()), bytes) != bytes)
            return false;
        size -= bytes;
    }
    return file.flush();
}

} // namespace swb::test
