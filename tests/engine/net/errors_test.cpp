// SPDX-License-Identifier: GPL-3.0-or-later
/// The SocketError table (CONTRACT 1.19) and SocketException (EXC-13).

#include "tests/support/compare.h"

#include "engine/net/exceptions.h"
#include "engine/net/socket_error.h"

#include <QTest>

#include <cerrno>
#include <netdb.h>
#include <set>
#include <string>
#include <vector>

using namespace swb;
using namespace swb::test;

namespace {

struct Row {
    const char* name;
    int number;
    std::vector<int> errnos;
};

const std::vector<Row> kTable{
    {"Success", 0, {0}},
    {"SocketError", -1, {EPROTO, ENOMEM, EIO}},
    {"OperationAborted", 995, {ECANCELED, EBADF}},
    {"IOPending", 997, {}},
    {"Interrupted", 10004, {EINTR}},
    {"AccessDenied", 10013, {EACCES, EPERM}},
    {"Fault", 10014, {EFAULT}},
    {"InvalidArgument", 10022, {EINVAL}},
    {"TooManyOpenSockets", 10024, {EMFILE, ENFILE}},
    {"WouldBlock", 10035, {EAGAIN}},
    {"InProgress", 10036, {EINPROGRESS}},
    {"AlreadyInProgress", 10037, {EALREADY}},
    {"NotSocket", 10038, {ENOTSOCK}},
    {"DestinationAddressRequired", 10039, {EDESTADDRREQ}},
    {"MessageSize", 10040, {EMSGSIZE}},
    {"ProtocolType", 10041, {EPROTOTYPE}},
    {"ProtocolOption", 10042, {ENOPROTOOPT}},
    {"ProtocolNotSupported", 10043, {EPROTONOSUPPORT}},
    {"SocketNotSupported", 10044, {ESOCKTNOSUPPORT}},
    {"OperationNotSupported", 10045, {EOPNOTSUPP}},
    {"ProtocolFamilyNotSupported", 10046, {EPFNOSUPPORT}},
    {"AddressFamilyNotSupported", 10047, {EAFNOSUPPORT}},
    {"AddressAlreadyInUse", 10048, {EADDRINUSE}},
    {"AddressNotAvailable", 10049, {EADDRNOTAVAIL, ENOENT}},
    {"NetworkDown", 10050, {ENETDOWN}},
    {"NetworkUnreachable", 10051, {ENETUNREACH}},
    {"NetworkReset", 10052, {ENETRESET}},
    {"ConnectionAborted", 10053, {ECONNABORTED}},
    {"ConnectionReset", 10054, {ECONNRESET}},
    {"NoBufferSpaceAvailable", 10055, {ENOBUFS}},
    {"IsConnected", 10056, {EISCONN}},
    {"NotConnected", 10057, {ENOTCONN}},
    {"Shutdown", 10058, {EPIPE}},
    {"TimedOut", 10060, {ETIMEDOUT}},
    {"ConnectionRefused", 10061, {ECONNREFUSED}},
    {"HostDown", 10064, {EHOSTDOWN}},
    {"HostUnreachable", 10065, {EHOSTUNREACH}},
    {"ProcessLimit", 10067, {}},
    {"SystemNotReady", 10091, {}},
    {"VersionNotSupported", 10092, {}},
    {"NotInitialized", 10093, {}},
    {"Disconnecting", 10101, {ESHUTDOWN}},
    {"TypeNotFound", 10109, {}},
    {"HostNotFound", 11001, {ENXIO}},
    {"TryAgain", 11002, {}},
    {"NoRecovery", 11003, {}},
    {"NoData", 11004, {ENODATA}},
};

} // namespace

class ErrorsTest : public QObject {
    Q_OBJECT

private slots:
    void err01_everyErrorHasItsNameNumberAndErrno_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < kTable.size(); ++i)
            QTest::newRow(kTable[i].name) << static_cast<int>(i);
    }
    void err01_everyErrorHasItsNameNumberAndErrno()
    {
        QFETCH(int, row);
        const Row& expected = kTable[static_cast<std::size_t>(row)];
        const auto error = static_cast<SocketError>(expected.number);
        QCOMPARE(toString(error), std::string(expected.name));
        QVERIFY(!describe(error).empty());
        for (const int native : expected.errnos)
            QCOMPARE(socketErrorFromErrno(native), error);
        const std::error_code code = error;
        QCOMPARE(code.value(), expected.number);
        QVERIFY(&code.category() == &socketErrorCategory());
        QVERIFY(!code.message().empty());
        QCOMPARE(static_cast<bool>(code), expected.number != 0);
    }

    void err01_everyOtherErrnoIsTheGenericError()
    {
        std::set<int> mapped;
        for (const Row& row : kTable)
            mapped.insert(row.errnos.begin(), row.errnos.end());
        for (int native = 1; native < 134; ++native) {
            if (!mapped.contains(native))
                QCOMPARE(socketErrorFromErrno(native), SocketError::SocketError);
        }
    }

    void err01_theSentencesDiffer()
    {
        std::set<std::string> sentences;
        for (const Row& row : kTable)
            sentences.insert(describe(static_cast<SocketError>(row.number)));
        QCOMPARE(sentences.size(), kTable.size());
    }

    void err01_unknownErrorsGiveTheirNumber()
    {
        QCOMPARE(toString(static_cast<SocketError>(4711)), std::string("4711"));
    }

    void err01_categoryHasAName()
    {
        QCOMPARE(std::string(socketErrorCategory().name()), std::string("swb.socket"));
    }

    void conn11_resolverErrors()
    {
        QCOMPARE(socketErrorFromResolver(0), SocketError::Success);
        QCOMPARE(socketErrorFromResolver(EAI_NONAME), SocketError::HostNotFound);
        QCOMPARE(socketErrorFromResolver(EAI_AGAIN), SocketError::TryAgain);
        QCOMPARE(socketErrorFromResolver(EAI_FAIL), SocketError::NoRecovery);
        QCOMPARE(socketErrorFromResolver(EAI_FAMILY), SocketError::AddressFamilyNotSupported);
        QCOMPARE(socketErrorFromResolver(EAI_BADFLAGS), SocketError::InvalidArgument);
        QCOMPARE(socketErrorFromResolver(EAI_SERVICE), SocketError::TypeNotFound);
        QCOMPARE(socketErrorFromResolver(EAI_SOCKTYPE), SocketError::SocketNotSupported);
    }

    void nativeErrorsHaveTheirSymbols()
    {
        QCOMPARE(nativeErrorName(ECONNREFUSED), std::string("ECONNREFUSED"));
        QCOMPARE(nativeErrorName(EPIPE), std::string("EPIPE"));
        QCOMPARE(nativeErrorName(54321), std::string("54321"));
    }

    void exc13_socketExceptionHasWsaNumberErrnoAndCode()
    {
        const SocketException exception(
            SocketError::ConnectionRefused, ECONNREFUSED, "connecting to x:1");
        QCOMPARE(exception.socketError(), SocketError::ConnectionRefused);
        QCOMPARE(exception.errorCode(), 10061);
        QCOMPARE(exception.nativeError().value(), ECONNREFUSED);
        QVERIFY(exception.nativeError() == std::errc::connection_refused);
        QVERIFY(exception.code() == SocketError::ConnectionRefused);
        QVERIFY(QByteArray(exception.what()).contains("connecting to x:1"));
        QVERIFY(!SocketException(SocketError::NotConnected).nativeError());
    }
};

QTEST_GUILESS_MAIN(ErrorsTest)
#include "errors_test.moc"
