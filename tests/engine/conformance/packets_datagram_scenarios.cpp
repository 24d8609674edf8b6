// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.udp_`: SendPacketsAsync on datagram sockets.
#include "scenario.h"

namespace swb::test {

namespace {

using Element = SendPacketsElement;

Observation packetsOf(Stage& stage, std::vector<Element> elements, const Bytes& expected)
{
    Wire wire = stage.udp();
    Call call;
    Observation o = stage.sendPackets(wire, call, std::move(elements));
    readDatagrams(o, wire, expected);
    o.fact("Connected=" + yesNo(wire.socket.connected()));
    return o;
}

Observation fileOf(Stage& stage, std::size_t size)
{
    const Bytes data = randomBytes(size);
    return packetsOf(stage, {Element::file(stage.folder().file("file", data))}, data);
}

Observation zeroLength(Stage& stage)
{
    const Bytes room(1);
    return packetsOf(stage, {Element::buffer(room, 0, 0)}, {});
}

Observation threeBuffers(Stage& stage, bool endOfPacket)
{
    const Bytes a = randomBytes(1000, 1);
    const Bytes b = randomBytes(500, 2);
    const Bytes c = randomBytes(77, 3);
    return packetsOf(stage,
        {Element::buffer(a, endOfPacket), Element::buffer(b, endOfPacket),
            Element::buffer(c, endOfPacket)},
        joined({a, b, c}));
}

Observation endOfPacketFalse(Stage& stage)
{
    return threeBuffers(stage, false);
}

Observation endOfPacketTrue(Stage& stage)
{
    return threeBuffers(stage, true);
}

Observation file5000(Stage& stage)
{
    return fileOf(stage, 5000);
}

Observation file60000(Stage& stage)
{
    return fileOf(stage, 60000);
}

Observation fileEmpty(Stage& stage)
{
    return fileOf(stage, 0);
}

Observation bufferMost(Stage& stage)
{
    const Bytes data = randomBytes(65507);
    return packetsOf(stage, {Element::buffer(data)}, data);
}

Observation bufferOversized(Stage& stage)
{
    const Bytes data = randomBytes(70000);
    return packetsOf(stage, {Element::buffer(data)}, {});
}

Observation mixed(Stage& stage)
{
    const Bytes header = randomBytes(500, 1);
    const Bytes file = randomBytes(1000, 2);
    const Bytes trailer = randomBytes(77, 3);
    const std::string path = stage.folder().file("file", file);
    return packetsOf(stage,
        {Element::buffer(header), Element::file(path), Element::buffer(trailer)},
        joined({header, file, trailer}));
}

Observation missingFile(Stage& stage)
{
    return packetsOf(stage, {Element::file(stage.folder() / "missing.bin")}, {});
}

Observation afterFailure(Stage& stage)
{
    Wire wire = stage.udp();
    const Bytes tooLarge = randomBytes(70000);
    Call first;
    const Observation failed = stage.sendPackets(wire, first, {Element::buffer(tooLarge)});
    const bool connected = wire.socket.connected();
    const Bytes small = randomBytes(100);
    Call second;
    Observation o = stage.sendPackets(wire, second, {Element::buffer(small)});
    readDatagrams(o, wire, small);
    o.fact("error=" + failed.error.value_or("none"));
    o.fact("Connected=" + yesNo(connected));
    return o;
}

Observation notConnected(Stage& stage)
{
    const Bytes data = randomBytes(100);
    Socket socket = stage.socket(Link::Udp);
    Call call;
    call.e.setSendPacketsElements({Element::buffer(data)});
    return stage.run(call, [&] { return socket.sendPacketsAsync(call.e); });
}

Observation notConnectedRemote(Stage& stage)
{
    const Bytes data = randomBytes(100);
    Wire wire; // whose two ends do not know each other
    wire.socket = stage.socket(Link::Udp);
    wire.peer = rawDatagramPeer();
    Call call;
    call.e.setRemoteEndPoint(wire.peer.localEndPoint());
    Observation o = stage.sendPackets(wire, call, {Element::buffer(data)});
    readDatagrams(o, wire, {});
    return o;
}

constexpr Scenario kScenarios[] = {
    {"sp.udp_zero_length", zeroLength},
    {"sp.udp_elements_eop_false", endOfPacketFalse},
    {"sp.udp_elements_eop_true", endOfPacketTrue},
    {"sp.udp_file_5000", file5000},
    {"sp.udp_file_60000", file60000},
    {"sp.udp_file_empty", fileEmpty},
    {"sp.udp_buffer_max", bufferMost},
    {"sp.udp_buffer_oversized", bufferOversized},
    {"sp.udp_mixed", mixed},
    {"sp.udp_missing_file", missingFile},
    {"sp.udp_after_failure", afterFailure},
    {"sp.udp_not_connected", notConnected},
    {"sp.udp_not_connected_remote", notConnectedRemote},
};

} // namespace

std::span<const Scenario> packetsDatagramScenarios()
{
    return kScenarios;
}

} // namespace swb::test
