// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/compare.h"

#include "engine/net/exceptions.h"
#include "engine/workbench/problem.h"

#include <QTest>

#include <cerrno>

using namespace swb;
using namespace swb::workbench;

namespace {

bool says(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

std::error_code native(int number)
{
    return {number, std::system_category()};
}

} // namespace

class ProblemTest : public QObject {
    Q_OBJECT

private slots:
    void namesOperationEndPointErrorNumbersCauseAndNextStep()
    {
        const Problem problem = problemFromResult(
            "Connect", "tcp://127.0.0.1:9", SocketError::ConnectionRefused, native(ECONNREFUSED));
        QCOMPARE(problem.toString(),
            std::string(
                "Connect to tcp://127.0.0.1:9 failed: ConnectionRefused (10061, ECONNREFUSED 111). "
                "Nobody is listening on that port. Start the server, or check the port number."));
    }

    void choosesTheAdviceByTransportAndOperation()
    {
        const auto cause
            = [](const char* operation, const char* subject, SocketError error, int number) {
                  return problemFromResult(operation, subject, error, native(number)).cause;
              };
        QVERIFY(says(cause("Connect", "unix:///x", SocketError::ConnectionRefused, ECONNREFUSED),
            "socket file"));
        QVERIFY(says(cause("Receive", "udp://h:1", SocketError::ConnectionRefused, ECONNREFUSED),
            "unreachable"));
        QVERIFY(says(cause("Connect", "unix:///x", SocketError::AddressNotAvailable, ENOENT),
            "no socket file"));
        QVERIFY(says(
            cause("Listen", "tcp://9.9.9.9:1", SocketError::AddressNotAvailable, EADDRNOTAVAIL),
            "belong"));
        QVERIFY(
            says(cause("Listen", "tcp://127.0.0.1:80", SocketError::AccessDenied, EACCES), "1024"));
        QVERIFY(says(
            cause("SendPackets", "tcp://h:1", SocketError::InvalidArgument, 0), "end of its file"));
        QVERIFY(
            says(cause("SendPackets", "tcp://h:1", SocketError::NotConnected, 0), "not connected"));
    }

    void hasANextStepForEveryError()
    {
        for (int number = -1; number < 12000; ++number) {
            const auto error = static_cast<SocketError>(number);
            for (const char* const operation :
                {"Connect", "Send", "SendPackets", "Receive", "Listen", "Accept", "X"}) {
                const Problem problem = problemFromResult(operation, "tcp://h:1", error);
                QVERIFY2(!problem.cause.empty() && !problem.nextStep.empty(),
                    problem.toString().c_str());
            }
            if (number == 1200)
                number = 9999; // nothing is defined between
        }
    }

    void tellsFileProblemsByPath()
    {
        const Problem missing = problemFromException(
            "SendPackets", "tcp://h:1", FileNotFoundException("/data/disk.img"));
        QCOMPARE(missing.operation, std::string("Open file"));
        QCOMPARE(missing.subject, std::string("/data/disk.img"));
        QCOMPARE(missing.errorName, std::string("FileNotFound"));
        QVERIFY2(
            says(missing.toString(), "Open file /data/disk.img failed: FileNotFound (ENOENT 2)."),
            missing.toString().c_str());
        QVERIFY(says(missing.nextStep, "queue is unchanged"));
        QCOMPARE(
            problemFromException("SendPackets", "", DirectoryNotFoundException("/no/x")).errorName,
            std::string("DirectoryNotFound"));
        const Problem denied = problemFromException("SendPackets", "",
            UnauthorizedAccessException("/etc/shadow", "permission denied", EACCES));
        QCOMPARE(denied.errorName, std::string("UnauthorizedAccess"));
        QCOMPARE(denied.nativeName, std::string("EACCES"));
        QCOMPARE(denied.nativeNumber, EACCES);
        QVERIFY(says(denied.cause, "permission denied"));
        const Problem tooMany
            = problemFromException("SendPackets", "", FileIOException("/x", EMFILE));
        QCOMPARE(tooMany.nativeName, std::string("EMFILE"));
        QCOMPARE(tooMany.nativeNumber, EMFILE);
        QVERIFY(says(tooMany.nextStep, "ulimit"));
    }

    void keepsTheNumbersOfASocketException()
    {
        const Problem problem = problemFromException("Listen", "tcp://127.0.0.1:80",
            SocketException(SocketError::AddressAlreadyInUse, EADDRINUSE));
        QCOMPARE(problem.errorName, std::string("AddressAlreadyInUse"));
        QCOMPARE(problem.errorNumber, 10048);
        QCOMPARE(problem.nativeName, std::string("EADDRINUSE"));
        QVERIFY(says(problem.toString(), "Listen on tcp://127.0.0.1:80 failed"));
    }

    void tellsMisuseFromNetworkFailures()
    {
        const auto name = [](const std::exception& e) {
            return problemFromException("Send", "s", e).errorName;
        };
        QCOMPARE(name(ArgumentOutOfRangeException("offset")), std::string("ArgumentOutOfRange"));
        QCOMPARE(name(ArgumentNullException("x")), std::string("ArgumentNull"));
        QCOMPARE(name(ArgumentException("wrong", "x")), std::string("Argument"));
        QCOMPARE(name(ObjectDisposedException("Socket")), std::string("ObjectDisposed"));
        QCOMPARE(name(InvalidOperationException("busy")), std::string("InvalidOperation"));
        QCOMPARE(name(NotSupportedException("no")), std::string("NotSupported"));
        QCOMPARE(name(std::bad_alloc()), std::string("OutOfMemory"));
        const Problem problem
            = problemFromException("Read hex", "4", ArgumentException("odd number", "hex"));
        QVERIFY2(says(problem.toString(), "Read hex 4 failed: Argument. Odd number."),
            problem.toString().c_str());
    }
};

QTEST_GUILESS_MAIN(ProblemTest)
#include "problem_test.moc"
