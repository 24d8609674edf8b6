// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QElapsedTimer>
#include <QJsonObject>
#include <QList>
#include <QProcess>
#include <QString>
#include <QStringList>

namespace swb::test {

/// Generous, for sanitizer builds on a busy machine; a test that works never waits that long.
inline constexpr int kDeadlineMs = 60'000;

/// The real `swb`, run as a process of its own; killed with this object.
class SwbProcess {
public:
    SwbProcess() = default;
    explicit SwbProcess(const QStringList& arguments) { start(arguments); }
    ~SwbProcess();
    SwbProcess(const SwbProcess&) = delete;
    SwbProcess& operator=(const SwbProcess&) = delete;

    /// Before start(): the process may not read files against their permissions, even when the
    /// tests run as root.
    void obeyPermissions();
    void start(const QStringList& arguments);

    /// Waits for "listening on ..."; the end point, empty when it does not come.
    QString listeningOn();
    /// Waits until standard error has `text`.
    bool waitForNote(const QByteArray& text);
    /// Waits until standard output has `text`.
    bool waitForOutput(const QByteArray& text);
    /// Waits for the end; -1 when it does not come or was a crash.
    int exitStatus();
    /// Sends the signal and waits for the end; how long that took.
    qint64 interrupt(int signal);

    qint64 processId() const { return m_process.processId(); }
    /// Most resident memory so far, in KiB; -1 when the process has ended.
    qint64 peakMemoryKiB() const;

    /// All so far.
    QByteArray output();
    QByteArray notes();
    /// The JSON lines of the operations of one kind, in their order; all when `operation` is empty.
    QList<QJsonObject> operations(const QString& operation = {});
    /// The summary; empty unless it is the last line.
    QJsonObject summary();

private:
    void takeOutput();
    bool waitFor(QByteArray& where, const QByteArray& text);

    QProcess m_process;
    QByteArray m_output;
    QByteArray m_notes;
};

/// Runs `swb` to its end.
struct SwbResult {
    explicit SwbResult(const QStringList& arguments);
    int exitStatus = -1;
    QByteArray output;
    QByteArray notes;
};

QByteArray sha256OfFile(const QString& path);
/// A file of `size` random bytes (the same ones for the same size).
bool writeRandomFile(const QString& path, qint64 size);

} // namespace swb::test
