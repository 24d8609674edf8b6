// SPDX-License-Identifier: GPL-3.0-or-later
/// `send.udp_`: SendAsync on datagram sockets.
#include "scenario.h"

namespace swb::test {

namespace {

Observation sendDatagram(Stage& stage, std::size_t size, bool fits)
{
    const Wire wire = stage.udp();
    Socket socket = wire.socket;
    const Bytes data = randomBytes(size);
    Call call;
    call.e.setBuffer(data);
    Observation o = stage.run(call, [&] { return socket.sendAsync(call.e); });
    readDatagrams(o, wire, fits ? data : Bytes{});
    return o;
}

Observation connected(Stage& stage)
{
    return sendDatagram(stage, 500, true);
}

Observation most(Stage& stage)
{
    return sendDatagram(stage, 65507, true);
}

Observation oversized(Stage& stage)
{
    return sendDatagram(stage, 65508, false);
}

Observation sendList(Stage& stage, std::initializer_list<std::size_t> sizes, bool fits)
{
    Wire wire = stage.udp();
    std::vector<Bytes> parts;
    std::vector<std::span<std::byte>> list;
    Bytes all;
    for (const std::size_t size : sizes)
        parts.push_back(randomBytes(size, size));
    for (Bytes& part : parts) {
        list.emplace_back(part);
        all.insert(all.end(), part.begin(), part.end());
    }
    Call call;
    call.e.setBufferList(std::move(list));
    Observation o = stage.send(wire, call);
    readDatagrams(o, wire, fits ? all : Bytes{});
    return o;
}

Observation list(Stage& stage)
{
    return sendList(stage, {100, 500, 200}, true);
}

Observation listOversized(Stage& stage)
{
    return sendList(stage, {40000, 40000}, false);
}

Observation notConnected(Stage& stage)
{
    Socket socket = stage.socket(Link::Udp);
    Bytes data(10);
    Call call;
    call.e.setBuffer(data);
    return stage.run(call, [&] { return socket.sendAsync(call.e); });
}

Observation closedPort(Stage& stage)
{
    Wire wire = stage.udp();
    wire.peer.close();
    Bytes data(5);
    const auto again = [&] {
        Call call;
        call.e.setBuffer(data);
        return stage.outcome(call, [&] { return wire.socket.sendAsync(call.e); });
    };
    const std::string first = again();
    demand(waitForEvents(wire.socket.nativeHandle(), 0), "the refusal arrived");
    Call second;
    second.e.setBuffer(data);
    Observation o = stage.send(wire, second);
    o.fact("first: " + first);
    o.fact("Connected=" + yesNo(wire.socket.connected()));
    o.fact("third: " + again());
    return o;
}

Observation afterFailure(Stage& stage)
{
    Wire wire = stage.udp();
    const Bytes tooLarge = randomBytes(70000);
    Call first;
    first.e.setBuffer(tooLarge);
    const std::string outcome
        = stage.outcome(first, [&] { return wire.socket.sendAsync(first.e); });
    const bool connectedAfter = wire.socket.connected();
    const Bytes data = randomBytes(500);
    Call second;
    second.e.setBuffer(data);
    Observation o = stage.send(wire, second);
    o.fact("first: " + outcome);
    o.fact("Connected=" + yesNo(connectedAfter));
    readDatagrams(o, wire, data);
    return o;
}

constexpr Scenario kScenarios[] = {
    {"send.udp_connected", connected},
    {"send.udp_max", most},
    {"send.udp_oversized", oversized},
    {"send.udp_bufferlist", list},
    {"send.udp_bufferlist_oversized", listOversized},
    {"send.udp_not_connected", notConnected},
    {"send.udp_closed_port", closedPort},
    {"send.udp_after_failure", afterFailure},
};

} // namespace

std::span<const Scenario> sendDatagramScenarios()
{
    return kScenarios;
}

} // namespace swb::test
