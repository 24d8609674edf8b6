// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.flag_`, `sp.sendsize_`: SendPacketsFlags and SendPacketsSendSize.
#include "scenario.h"

#include <future>

namespace swb::test {

namespace {

using Element = SendPacketsElement;

struct Sent {
    Wire wire;
    Observation seen;
};

Sent sendWith(Stage& stage, TransmitFileOptions flags)
{
    Sent sent{stage.tcp(), {}};
    const Bytes data = randomBytes(1000);
    Call call;
    call.e.setSendPacketsFlags(flags);
    sent.seen = stage.sendPackets(sent.wire, call, {Element::buffer(data)});
    return sent;
}

Observation hintOnly(Stage& stage, TransmitFileOptions flags)
{
    Sent sent = sendWith(stage, flags);
    readPeer(sent.seen, sent.wire, randomBytes(1000));
    return sent.seen;
}

Observation useKernelApc(Stage& stage)
{
    return hintOnly(stage, TransmitFileOptions::UseKernelApc);
}

Observation useSystemThread(Stage& stage)
{
    return hintOnly(stage, TransmitFileOptions::UseSystemThread);
}

/// Sends; the peer reads to the end of the stream, which only a disconnect lets it reach.
Sent sendAndDisconnect(Stage& stage, TransmitFileOptions flags)
{
    Sent sent = sendWith(stage, flags);
    StreamEnd end = StreamEnd::Open;
    const Bytes got = sent.wire.peer.readAll(&end);
    demand(end == StreamEnd::Eof, "the peer saw the connection end in good order");
    notePeer(sent.seen, got, randomBytes(1000));
    sent.seen.fact("after=" + yesNo(sent.wire.socket.connected()));
    return sent;
}

Observation disconnect(Stage& stage)
{
    Sent sent = sendAndDisconnect(stage, TransmitFileOptions::Disconnect);
    Observation o = sent.seen;
    const RawListener listener(Link::TcpV4);
    Call again;
    again.e.setRemoteEndPoint(listener.endPoint());
    o.fact("reconnect: "
        + stage.outcome(again, [&] { return sent.wire.socket.connectAsync(again.e); }));
    return o;
}

Observation reconnecting(Stage& stage, TransmitFileOptions flags)
{
    Sent sent = sendAndDisconnect(stage, flags);
    Observation o = sent.seen;
    const RawListener listener(Link::TcpV4);
    Call again;
    again.e.setRemoteEndPoint(listener.endPoint());
    const Observation connected
        = stage.run(again, [&] { return sent.wire.socket.connectAsync(again.e); });
    o.fact("error=" + connected.error.value_or("none") + " bytes="
        + std::to_string(connected.bytesTransferred.value_or(1))); // pending or not is timing
    Bytes ten = randomBytes(10);
    Call sending;
    sending.e.setBuffer(ten);
    o.fact("send after reconnect: "
        + stage.outcome(sending, [&] { return sent.wire.socket.sendAsync(sending.e); }));
    demand(listener.accept().read(10) == ten, "the new connection carries bytes");
    return o;
}

Observation reuseSocket(Stage& stage)
{
    return reconnecting(stage, TransmitFileOptions::ReuseSocket);
}

Observation disconnectAndReuse(Stage& stage)
{
    return reconnecting(stage, TransmitFileOptions::Disconnect | TransmitFileOptions::ReuseSocket);
}

Observation disconnectFails(Stage& stage)
{
    const std::string path = stage.folder().file("file", randomBytes(100));
    Wire wire = stage.tcp();
    Call call;
    call.e.setSendPacketsFlags(TransmitFileOptions::Disconnect);
    Observation o = stage.sendPackets(wire, call, {Element::file(path, 50, 51)});
    o.fact("Connected after=" + yesNo(wire.socket.connected()));
    o.fact(std::string("the peer's end: ")
        + (wire.peer.nothingToRead() ? "not ended" : "ended or data"));
    readPeer(o, wire, {});
    return o;
}

Observation sendSize(Stage& stage, std::int64_t size)
{
    const Bytes header = randomBytes(1000);
    const Bytes file = randomBytes(100000, 2);
    const std::string path = stage.folder().file("file", file);
    Wire wire = stage.tcp();
    auto reading = std::async(std::launch::async, [&] { return wire.peer.read(101000); });
    Call call;
    call.e.setSendPacketsSendSize(size);
    Observation o = stage.sendPackets(wire, call, {Element::buffer(header), Element::file(path)});
    notePeer(o, reading.get(), joined({header, file}));
    return o;
}

Observation sendSize0(Stage& stage)
{
    return sendSize(stage, 0);
}

Observation sendSize1(Stage& stage)
{
    return sendSize(stage, 1);
}

Observation sendSize4096(Stage& stage)
{
    return sendSize(stage, 4096);
}

Observation sendSizeMax(Stage& stage)
{
    return sendSize(stage, 2147483647);
}

constexpr Scenario kScenarios[] = {
    {"sp.flag_UseKernelApc", useKernelApc},
    {"sp.flag_UseSystemThread", useSystemThread},
    {"sp.flag_Disconnect", disconnect},
    {"sp.flag_ReuseSocket", reuseSocket},
    {"sp.flag_Disconnect_ReuseSocket", disconnectAndReuse},
    {"sp.flag_disconnect_failure", disconnectFails},
    {"sp.sendsize_0", sendSize0},
    {"sp.sendsize_1", sendSize1},
    {"sp.sendsize_4096", sendSize4096},
    {"sp.sendsize_max", sendSizeMax},
};

} // namespace

std::span<const Scenario> packetsOptionScenarios()
{
    return kScenarios;
}

} // namespace swb::test
