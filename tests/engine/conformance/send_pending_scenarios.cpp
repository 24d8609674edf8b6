// SPDX-License-Identifier: GPL-3.0-or-later
/// `send.`: while a send is pending.
#include "scenario.h"

namespace swb::test {

namespace {

/// Does something with args whose send is pending, then lets the send end.
Observation meanwhile(
    Stage& stage, bool countEvent, const std::function<void(PendingSend&, Observation&)>& action)
{
    PendingSend first(stage, bigBytes());
    Observation o;
    try {
        action(first, o);
    } catch (const std::exception&) {
        noteException(o);
    }
    (void)first.readAll(o, bigBytes());
    o.fact("first send: " + first.outcome());
    if (countEvent)
        o.completedRaised = first.call.done.count();
    return o;
}

Observation secondSend(Stage& stage)
{
    return meanwhile(stage, true,
        [](PendingSend& first, Observation&) { (void)first.wire.socket.sendAsync(first.call.e); });
}

Observation otherOperation(Stage& stage)
{
    return meanwhile(stage, true, [](PendingSend& first, Observation&) {
        (void)first.wire.socket.receiveAsync(first.call.e);
    });
}

Observation busyArgsClosedSocket(Stage& stage)
{
    return meanwhile(stage, false, [&](PendingSend& first, Observation&) {
        (void)stage.closedSocket().sendAsync(first.call.e);
    });
}

Observation setBuffer(Stage& stage)
{
    Bytes other(10);
    return meanwhile(
        stage, true, [&](PendingSend& first, Observation&) { first.call.e.setBuffer(other); });
}

Observation setBufferList(Stage& stage)
{
    Bytes other(10);
    return meanwhile(stage, true,
        [&](PendingSend& first, Observation&) { first.call.e.setBufferList({std::span(other)}); });
}

Observation otherSetters(Stage& stage)
{
    return meanwhile(stage, true, [](PendingSend& first, Observation& o) {
        SocketAsyncEventArgs& e = first.call.e;
        e.setUserToken(7);
        e.setRemoteEndPoint(EndPoint::ip("127.0.0.1", 9));
        e.setSocketFlags(SocketFlags::OutOfBand);
        e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
        e.setAcceptSocket({});
        o.fact("all allowed");
    });
}

Observation propertiesRead(Stage& stage)
{
    return meanwhile(stage, false, [](PendingSend& first, Observation& o) {
        const SocketAsyncEventArgs& e = first.call.e;
        o.fact("while pending: SocketError=" + toString(e.socketError())
            + " BytesTransferred=" + std::to_string(e.bytesTransferred())
            + " LastOperation=" + toString(e.lastOperation()));
    });
}

Observation bufferChanged(Stage& stage)
{
    Bytes data = bigBytes();
    PendingSend first(stage, data);
    data.back() ^= std::byte{0xFF};
    // Which nobody may do without saying so: a call that takes the lock of the socket's sends puts
    // the change before the worker's next look at the buffer.
    SocketAsyncEventArgs other;
    first.wire.socket.cancel(other);
    Observation o;
    (void)first.readAll(o, data);
    o.fact("first send: " + first.outcome());
    if (o.contentRight == true)
        o.fact("the change was sent: the buffer is not copied");
    return o;
}

// --- The end comes early

Observation cutShort(Stage& stage, const std::function<void(PendingSend&)>& cut, bool peerReads)
{
    PendingSend pending(stage, bigBytes());
    cut(pending);
    Observation o = pending.ended();
    const bool connected = pending.wire.socket.connected();
    if (peerReads) {
        readPeer(o, pending.wire, bigBytes());
        o.fact("reported equals received: " + yesNo(o.bytesTransferred == o.peerReceived));
    } else if (o.bytesTransferred > 0U) {
        o.fact("partial bytes reported: yes Connected=" + yesNo(connected));
    }
    return o;
}

Observation peerResets(Stage& stage)
{
    return cutShort(
        stage, [](PendingSend& send) { send.wire.peer.reset(); }, false);
}

Observation closed(Stage& stage)
{
    return cutShort(
        stage, [](PendingSend& send) { send.wire.socket.close(); }, true);
}

Observation shutDown(Stage& stage)
{
    return cutShort(
        stage, [](PendingSend& send) { send.wire.socket.shutdown(SocketShutdown::Send); }, true);
}

Observation closedWithTwo(Stage& stage)
{
    PendingSend first(stage, bigBytes());
    Call second;
    second.e.setBuffer(bigBytes());
    const bool pending = first.wire.socket.sendAsync(second.e);
    first.wire.socket.close();
    Observation o = stage.ended(second, pending);
    const Observation other = first.ended();
    o.fact("first: error=" + *other.error + " raised=" + std::to_string(other.completedRaised));
    return o;
}

// --- Others beside it

Observation smallBehind(Stage& stage)
{
    PendingSend first(stage, bigBytes());
    Bytes ten = randomBytes(10);
    Call second;
    second.e.setBuffer(ten);
    const bool pending = first.wire.socket.sendAsync(second.e);
    const Bytes got = first.wire.peer.read(kBigSize + ten.size());
    Observation o = stage.ended(second, pending);
    notePeer(o, got, joined({bigBytes(), ten}));
    return o;
}

Observation zeroLengthBehind(Stage& stage)
{
    PendingSend first(stage, bigBytes());
    Bytes room(1);
    Call second;
    second.e.setBuffer(std::span(room), 0, 0);
    const bool pending = first.wire.socket.sendAsync(second.e);
    stage.settle();
    const int before = second.done.count();
    (void)first.wire.peer.read(kBigSize);
    Observation o = stage.ended(second, pending);
    o.fact("raised_before_peer_read=" + std::to_string(before));
    return o;
}

Observation receivePendingToo(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes room(100);
    Call receiving;
    receiving.e.setBuffer(room);
    const bool receivePending = wire.socket.receiveAsync(receiving.e);
    Call sending;
    sending.e.setBuffer(bigBytes());
    const bool sendPending = wire.socket.sendAsync(sending.e);
    wire.peer.write(randomBytes(7));
    const std::string received = stage.outcomeOf(receiving, receivePending);
    const bool stillPending = sending.e.inProgress();
    const Bytes got = wire.peer.read(kBigSize);
    Observation o = stage.ended(sending, sendPending);
    notePeer(o, got, bigBytes());
    o.fact(
        "receive while send pending: " + received + " send_still_pending=" + yesNo(stillPending));
    return o;
}

Observation disposed(Stage& stage)
{
    PendingSend send(stage, bigBytes());
    send.call.e.dispose();
    Observation o = send.readToEnd(bigBytes());
    Bytes other(10);
    const Observation after = attempt([&] { send.call.e.setBuffer(other); });
    o.fact("SetBuffer after completion threw " + after.threw.value_or("nothing"));
    return o;
}

Observation closedInHandler(Stage& stage)
{
    PendingSend send(stage, bigBytes());
    Latch closed;
    send.call.e.onCompleted([&](Socket& sender, SocketAsyncEventArgs&) {
        sender.close();
        closed.open();
    });
    const Bytes got = send.wire.peer.readAll();
    demand(closed.wait(), "the handler closed the socket");
    Observation o = send.ended();
    notePeer(o, got, bigBytes());
    return o;
}

constexpr Scenario kScenarios[] = {
    {"send.second_send_same_args", secondSend},
    {"send.other_operation_same_args", otherOperation},
    {"send.busy_args_closed_socket", busyArgsClosedSocket},
    {"send.setbuffer_pending", setBuffer},
    {"send.bufferlist_set_pending", setBufferList},
    {"send.other_setters_pending", otherSetters},
    {"send.properties_pending", propertiesRead},
    {"send.buffer_changed_pending", bufferChanged},
    {"send.peer_rst_pending", peerResets},
    {"send.close_pending", closed},
    {"send.close_pending_two", closedWithTwo},
    {"send.shutdown_send_pending", shutDown},
    {"send.small_behind_pending", smallBehind},
    {"send.zero_length_behind_pending", zeroLengthBehind},
    {"send.receive_pending_too", receivePendingToo},
    {"send.dispose_args_pending", disposed},
    {"send.close_in_handler", closedInHandler},
};

} // namespace

std::span<const Scenario> sendPendingScenarios()
{
    return kScenarios;
}

} // namespace swb::test
