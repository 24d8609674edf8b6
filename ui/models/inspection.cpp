// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/inspection.h"

#include "engine/trace/trace_store.h"
#include "ui/models/operations_model_text.h"
#include "ui/support/format.h"

#include <QCoreApplication>

namespace swb::ui {
namespace {

using trace::OperationRecord;
using workbench::CallDescription;

QString say(const char* text)
{
    return QCoreApplication::translate("Inspection", text);
}

QString since(std::int64_t ns, std::int64_t originNs)
{
    if (ns == 0)
        return QStringLiteral("—");
    const std::int64_t after = ns - originNs;
    return (after < 0 ? QStringLiteral("−") : QStringLiteral("+"))
        + OperationText::durationText(std::chrono::nanoseconds(std::abs(after)));
}

QList<Fact> timesOf(const OperationRecord& record, const trace::TraceStore& store)
{
    const std::int64_t originNs = store.originNs();
    const auto threadText = [&store](std::uint16_t thread) {
        return thread == 0 ? QStringLiteral("—") : QString::fromStdString(store.threadName(thread));
    };
    const QString exact = say("%1 ns after the first operation's call");
    const auto fact = [&](const char* name, std::int64_t ns, std::int64_t from,
                          const QString& thread) {
        QString value = since(ns, from);
        if (ns != 0 && !thread.isEmpty())
            value += QStringLiteral("   ") + thread;
        return Fact{say(name), value,
            ns == 0 ? say("Not reached")
                    : exact.arg(groupedNumber(
                        static_cast<std::uint64_t>(std::max<std::int64_t>(ns - originNs, 0))))};
    };
    const std::int64_t call = record.submittedNs;
    const bool synchronous = !record.returnedPending();
    return {
        fact("Call", call, originNs, threadText(record.callThread)),
        fact("Returned", record.returnedNs, call,
            record.returnedPending() ? say("true") : say("false")),
        fact("Finished", record.completedNs, call,
            threadText(synchronous ? record.callThread : record.completionThread)),
        synchronous
            ? Fact{say("Completed event"), say("none: the call returned false"), QString()}
            : fact("Completed event", record.eventNs, call, threadText(record.completionThread)),
    };
}

QString elementText(const workbench::CallPart& part)
{
    QString text = QString::fromStdString(part.label);
    if (part.size >= 0)
        text += QStringLiteral("  ") + sizeText(static_cast<std::uint64_t>(part.size));
    if (part.endOfPacket)
        text += QStringLiteral("  ") + say("end of packet");
    return text;
}

QString bufferText(const OperationRecord& record, const CallDescription* call)
{
    if (call && record.kind == SocketAsyncOperation::Send && call->parts.size() == 1)
        return elementText(call->parts.front());
    if (record.kind == SocketAsyncOperation::SendPackets)
        return say("not used");
    if (record.bytesAsked > 0)
        return say("%1 bytes").arg(groupedNumber(record.bytesAsked));
    return say("none");
}

QList<Fact> argsOf(
    const OperationRecord& record, const CallDescription* call, const trace::TraceStore& store)
{
    const OperationText text(record, store);
    const bool over = record.phase == trace::OperationPhase::Completed;
    const QString notYet = store.readOnly()
        ? say("not yet when the recording ended")
        : say("not yet: keeps the value of the operation before");
    QList<Fact> facts;
    facts << Fact{say("LastOperation"), text.operation(), say("Set when the call starts")};
    facts << Fact{say("Buffer"), bufferText(record, call), QString()};
    const bool oneBuffer = call && record.kind == SocketAsyncOperation::Send;
    if (oneBuffer)
        facts << Fact{say("Offset, Count"),
            QStringLiteral("0, ") + groupedNumber(record.bytesAsked), say("The whole buffer")};
    if (call) // what the window leaves as it is in args of its own
        facts << Fact{say("BufferList"), say("not used"), QString()};
    if (record.kind == SocketAsyncOperation::SendPackets) {
        if (!call) {
            facts << Fact{say("SendPacketsElements"),
                say("%1 bytes").arg(groupedNumber(record.bytesAsked)),
                store.readOnly()
                    ? say("A recording keeps how much was sent, not of which elements")
                    : say("This call was not made from the window, so only its size is known")};
        } else {
            for (std::size_t i = 0; i < call->parts.size(); ++i) {
                facts << Fact{i == 0 ? say("SendPacketsElements") : QString(),
                    elementText(call->parts[i]), QString::fromStdString(call->parts[i].path)};
            }
            facts << Fact{say("SendPacketsFlags"), flagsText(call->flags), QString()};
            facts << Fact{say("SendPacketsSendSize"),
                call->sendSize == 0 ? say("0: the default") : QString::number(call->sendSize),
                QString()};
        }
    }
    if (oneBuffer)
        facts << Fact{say("SocketFlags"), say("None"), QString()};
    if (call) {
        facts << Fact{say("RemoteEndPoint"), say("not used: the socket is connected"),
            QString::fromStdString(call->target)};
        facts << Fact{say("UserToken"), say("none"), say("The window does not use it")};
    }
    facts << Fact{say("BytesTransferred"), over ? groupedNumber(record.bytesDone) : notYet,
        over ? QString() : say("So far the kernel took %1").arg(groupedNumber(record.bytesDone))};
    const QString error = over ? QString::fromStdString(toString(record.error)) : notYet;
    facts << Fact{say("SocketError"), error,
        over ? QString::fromStdString(trace::errorText(record)) : QString()};
    return facts;
}

QString returnedText(const OperationRecord& record, bool isOfFile)
{
    if (!record.returnedPending())
        return say("returned false: over when the call returned, no event will come");
    if (record.phase != trace::OperationPhase::Completed && isOfFile)
        return say("returned true: Completed had not been raised when the recording ended");
    if (record.phase != trace::OperationPhase::Completed)
        return say("returned true: Completed will be raised on a worker");
    return record.eventNs != 0 ? say("returned true: Completed was raised on a worker")
                               : say("returned true: nobody listened to Completed");
}

} // namespace

QList<Fact> ledgerFactsOf(const workbench::ByteLedger& ledger, bool isTcp)
{
    const auto exact = [](const std::optional<std::uint64_t>& bytes) {
        return bytes ? say("%1 bytes").arg(groupedNumber(*bytes)) : say("not available");
    };
    const QString untold = isTcp
        ? say("The kernel tells it for TCP connections on Linux, while they are open")
        : say("The kernel tells it for TCP connections only");
    const auto kernels = [&](const char* name, const std::optional<std::uint64_t>& bytes) {
        return Fact{say(name), exact(bytes), bytes ? QString() : untold};
    };
    return {
        Fact{say("In the engine"), exact(ledger.queued), say("Asked, not taken by the kernel yet")},
        Fact{say("Taken by our kernel"), exact(ledger.accepted),
            ledger.unsent ? say("Of these: what is unsent, in flight, and acknowledged")
                          : say("By the results of the sends so far")},
        kernels("   unsent", ledger.unsent),
        kernels("   in flight", ledger.inFlight),
        kernels("   acknowledged", ledger.acknowledged),
        Fact{say("Read by the peer"), exact(ledger.readByPeer),
            say("By its program: only a peer of this window tells")},
    };
}

QString flagsText(TransmitFileOptions flags)
{
    const std::pair<TransmitFileOptions, const char*> names[]{
        {TransmitFileOptions::Disconnect, "Disconnect"},
        {TransmitFileOptions::ReuseSocket, "ReuseSocket"},
        {TransmitFileOptions::WriteBehind, "WriteBehind"},
        {TransmitFileOptions::UseSystemThread, "UseSystemThread"},
        {TransmitFileOptions::UseKernelApc, "UseKernelApc"}};
    QStringList set;
    for (const auto& [flag, name] : names) {
        if (hasFlag(flags, flag))
            set << QLatin1String(name);
    }
    return set.isEmpty() ? say("none") : set.join(QStringLiteral(" | "));
}

std::optional<Inspection> Inspection::of(std::uint64_t operationId, const trace::TraceStore& store,
    const CallDescription* call, const std::function<QString(std::uint32_t)>& socketName)
{
    if (!store.contains(operationId))
        return std::nullopt;
    Inspection result;
    result.record = store.record(trace::TraceStore::rowOf(operationId));
    const OperationRecord& record = result.record;
    if (OperationText::isMissing(record))
        return std::nullopt;
    const OperationText text(record, store);
    result.title = QStringLiteral("#%1  %2").arg(text.number(), text.operation());
    result.outcome = text.outcome();
    result.socket = socketName(record.socketId);
    if (result.socket.isEmpty())
        result.socket = say("socket %1").arg(record.socketId);
    result.returned = returnedText(record, store.readOnly());
    if (record.error != SocketError::Success)
        result.problem = text.errorExplained();
    result.times = timesOf(record, store);
    result.args = argsOf(record, call, store);
    if (call) {
        result.cpp = QString::fromStdString(workbench::asCpp(*call));
        result.cSharp = QString::fromStdString(workbench::asCSharp(*call));
    } else {
        result.describeCall({});
    }
    return result;
}

void Inspection::describeCall(const std::string& target)
{
    CallDescription plain;
    plain.kind = record.kind;
    plain.bufferSize = record.bytesAsked;
    plain.target = target;
    cpp = QString::fromStdString(workbench::asCpp(plain));
    cSharp = QString::fromStdString(workbench::asCSharp(plain));
}

} // namespace swb::ui
