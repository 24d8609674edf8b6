// SPDX-License-Identifier: GPL-3.0-or-later
/// An exception that leaves a Completed handler ends the program (RET-10): seen from outside.

#include "tests/support/socket_pair.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTest>

#include <cstdio>

#include <sys/resource.h>

using namespace swb;
using namespace swb::test;

namespace {

/// The program that must not survive.
int throwInHandler()
{
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    AsyncEngine engine(EngineOptions{.workerThreads = 1});
    Wire wire = connectedWire(engine);
    Bytes room(4);
    SocketAsyncEventArgs e;
    e.setBuffer(room);
    e.onCompleted([](Socket&, SocketAsyncEventArgs& ended) {
        std::fputs(ended.inProgress() ? "busy\n" : "free\n", stdout); // RET-05: before it is thrown
        std::fflush(stdout);
        throw std::runtime_error("thrown by the handler");
    });
    const Completion after(e);
    if (!wire.socket.receiveAsync(e))
        return 2;
    wire.peer.write(bytesOf("x"));
    return after.wait() ? 3 : 4; // Swallowed, or lost.
}

} // namespace

class HandlerThrowTest : public QObject {
    Q_OBJECT

private slots:
    void ret10_exceptionFromAHandlerEndsTheProgram()
    {
        QProcess program;
        program.start(QCoreApplication::applicationFilePath(), {"--throw-in-handler"});
        QVERIFY(program.waitForFinished(static_cast<int>(kDeadline.count())));
        const QByteArray errors = program.readAllStandardError();
        QVERIFY2(program.exitStatus() == QProcess::CrashExit || program.exitCode() > 4, errors);
        QCOMPARE(program.readAllStandardOutput(), QByteArray("free\n"));
        QVERIFY2(errors.contains("thrown by the handler"), errors);
    }
};

int main(int argc, char** argv)
{
    if (argc > 1 && std::string_view(argv[1]) == "--throw-in-handler")
        return throwInHandler();
    QCoreApplication application(argc, argv);
    HandlerThrowTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "handler_throw_test.moc"
