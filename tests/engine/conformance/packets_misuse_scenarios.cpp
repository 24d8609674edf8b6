// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.`: SendPacketsAsync where it is not allowed, and in which order that is found out.
#include "scenario.h"

#include "tests/support/descriptor_count.h"

namespace swb::test {

namespace {

using Element = SendPacketsElement;

Observation packetsOn(Stage& stage, Socket socket, const std::vector<Element>& elements)
{
    Call call;
    call.e.setSendPacketsElements(elements);
    return stage.run(call, [&] { return socket.sendPacketsAsync(call.e); });
}

Observation withoutElementsOn(Stage& stage, Socket socket)
{
    Call call;
    return stage.run(call, [&] { return socket.sendPacketsAsync(call.e); });
}

const Bytes& someBytes()
{
    static const Bytes s_bytes = randomBytes(100);
    return s_bytes;
}

std::vector<Element> someElements()
{
    return {Element::buffer(someBytes())};
}

Observation elementsNull(Stage& stage)
{
    Wire wire = stage.tcp();
    Observation o = withoutElementsOn(stage, wire.socket);
    readPeer(o, wire, {});
    return o;
}

Observation disposedArgs(Stage& stage)
{
    Wire wire = stage.tcp();
    Call call;
    call.e.setSendPacketsElements(someElements());
    call.e.dispose();
    return stage.run(call, [&] { return wire.socket.sendPacketsAsync(call.e); });
}

Observation setElementsOnDisposedArgs(Stage& /*stage*/)
{
    SocketAsyncEventArgs e;
    e.dispose();
    return attempt([&] { e.setSendPacketsElements(someElements()); });
}

Observation notConnected(Stage& stage)
{
    return packetsOn(stage, stage.socket(), someElements());
}

Observation notConnectedElementsNull(Stage& stage)
{
    return withoutElementsOn(stage, stage.socket());
}

Observation notConnectedMissingFile(Stage& stage)
{
    return packetsOn(stage, stage.socket(), {Element::file(stage.folder() / "missing.bin")});
}

Observation connectInProgress(Stage& stage)
{
    const FullListener full;
    Socket socket = stage.socket();
    Call connecting;
    connecting.e.setRemoteEndPoint(full.endPoint());
    const bool pending = socket.connectAsync(connecting.e);
    Observation o = packetsOn(stage, socket, someElements());
    o.fact("connect pending=" + yesNo(pending && connecting.e.inProgress()));
    socket.close();
    demand(connecting.finished(pending), "the connect ended");
    return o;
}

Observation closed(Stage& stage)
{
    return packetsOn(stage, stage.closedSocket(), someElements());
}

Observation closedElementsNull(Stage& stage)
{
    return withoutElementsOn(stage, stage.closedSocket());
}

Observation afterShutdown(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.socket.shutdown(SocketShutdown::Send);
    return packetsOn(stage, wire.socket, someElements());
}

Observation afterShutdownFile(Stage& stage)
{
    const std::string path = stage.folder().file("file", someBytes());
    Wire wire = stage.tcp();
    wire.socket.shutdown(SocketShutdown::Send);
    Observation o = packetsOn(stage, wire.socket, {Element::file(path)});
    const auto open = descriptorsBelow(stage.folder().path()).size();
    o.fact("descriptors left open: " + std::to_string(open));
    return o;
}

Observation afterPeerReset(Stage& stage)
{
    Wire wire = stage.tcp();
    wire.peer.reset();
    demand(waitForEvents(wire.socket.nativeHandle(), 0), "the reset arrived");
    Observation o = packetsOn(stage, wire.socket, someElements());
    o.fact("Connected=" + yesNo(wire.socket.connected()));
    return o;
}

Observation afterFailedOperation(Stage& stage)
{
    const std::string path = stage.folder().file("file", someBytes());
    Wire wire = stage.tcp();
    Call failing;
    failing.e.setSendPacketsElements({Element::file(path, 50, 51)});
    const Observation first
        = stage.run(failing, [&] { return wire.socket.sendPacketsAsync(failing.e); });
    const bool connected = wire.socket.connected();
    const Bytes bytes = randomBytes(500);
    Call sending;
    sending.e.setBuffer(bytes);
    const std::string sent
        = stage.outcome(sending, [&] { return wire.socket.sendAsync(sending.e); });
    Observation o = packetsOn(stage, wire.socket, someElements());
    readPeer(o, wire, joined({bytes, someBytes()}));
    o.fact("error=" + first.error.value_or("none")
        + " bytes=" + std::to_string(first.bytesTransferred.value_or(1)));
    o.fact("Connected=" + yesNo(connected));
    o.fact("SendAsync: " + sent);
    return o;
}

// --- Args that are busy

Observation meanwhile(
    Stage& stage, bool countEvent, const std::function<void(PendingSend&)>& action)
{
    PendingSend first(stage, {Element::buffer(bigBytes())}, kBigSize);
    Observation o = attempt([&] { action(first); });
    (void)first.readAll(o, bigBytes());
    o.fact("first: " + first.outcome());
    if (countEvent)
        o.completedRaised = first.call.done.count();
    return o;
}

Observation argsInProgress(Stage& stage)
{
    return meanwhile(stage, true,
        [](PendingSend& first) { (void)first.wire.socket.sendPacketsAsync(first.call.e); });
}

Observation notConnectedBusyArgs(Stage& stage)
{
    return meanwhile(stage, false, [&](PendingSend& first) {
        Socket socket = stage.socket();
        (void)socket.sendPacketsAsync(first.call.e);
    });
}

Observation setElementsWhilePending(Stage& stage)
{
    return meanwhile(stage, true,
        [](PendingSend& first) { first.call.e.setSendPacketsElements(someElements()); });
}

constexpr Scenario kScenarios[] = {
    {"sp.elements_null", elementsNull},
    {"sp.disposed_args", disposedArgs},
    {"sp.set_elements_disposed_args", setElementsOnDisposedArgs},
    {"sp.not_connected", notConnected},
    {"sp.not_connected_elements_null", notConnectedElementsNull},
    {"sp.not_connected_missing_file", notConnectedMissingFile},
    {"sp.connect_in_progress", connectInProgress},
    {"sp.after_failed_operation", afterFailedOperation},
    {"sp.closed", closed},
    {"sp.closed_elements_null", closedElementsNull},
    {"sp.after_shutdown_send", afterShutdown},
    {"sp.after_shutdown_send_file", afterShutdownFile},
    {"sp.after_peer_rst", afterPeerReset},
    {"sp.args_in_progress", argsInProgress},
    {"sp.not_connected_busy_args", notConnectedBusyArgs},
    {"sp.set_elements_pending", setElementsWhilePending},
};

} // namespace

std::span<const Scenario> packetsMisuseScenarios()
{
    return kScenarios;
}

} // namespace swb::test
