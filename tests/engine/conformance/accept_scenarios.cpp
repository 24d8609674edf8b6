// SPDX-License-Identifier: GPL-3.0-or-later
/// `accept.`: AcceptAsync.
#include "scenario.h"

namespace swb::test {

namespace {

struct Listening {
    explicit Listening(Stage& stage)
        : socket(listeningSocket(stage.engine()))
    {
    }
    /// A client that waits to be accepted.
    RawPeer client() const { return rawConnect(socket.localEndPoint()); }

    Socket socket;
};

Observation accept(Stage& stage, Socket& listener, Call& call)
{
    return stage.run(call, [&] { return listener.acceptAsync(call.e); });
}

Observation clientWaiting(Stage& stage)
{
    Listening listening(stage);
    const RawPeer client = listening.client();
    Call call;
    Observation o = accept(stage, listening.socket, call);
    o.fact(std::string("AcceptSocket=") + (call.e.acceptSocket() ? "set" : "null"));
    return o;
}

Observation withBuffer(Stage& stage)
{
    Listening listening(stage);
    const RawPeer client = listening.client();
    client.write(bytesOf("first"));
    Bytes room(500);
    Call call;
    call.e.setBuffer(room);
    Observation o = accept(stage, listening.socket, call);
    demand(slice(room, 0, 5) == bytesOf("first"), "the buffer holds the first data");
    return o;
}

Observation withBufferList(Stage& stage)
{
    Listening listening(stage);
    Bytes room(500);
    Call call;
    call.e.setBufferList({std::span(room)});
    return accept(stage, listening.socket, call);
}

Observation intoGivenSocket(Stage& stage)
{
    Listening listening(stage);
    const RawPeer client = listening.client();
    Socket target = stage.socket();
    Call call;
    call.e.setAcceptSocket(target);
    Observation o = accept(stage, listening.socket, call);
    demand(call.e.acceptSocket() == target && target.connected(),
        "the given socket is the connection");
    return o;
}

Observation acceptSocketLeft(Stage& stage)
{
    Listening listening(stage);
    const RawPeer one = listening.client();
    const RawPeer two = listening.client();
    Call call;
    const std::string first
        = stage.outcome(call, [&] { return listening.socket.acceptAsync(call.e); });
    Observation o = accept(stage, listening.socket, call);
    o.fact("first: " + first);
    return o;
}

Observation notBound(Stage& stage)
{
    Socket socket = stage.socket();
    Call call;
    return accept(stage, socket, call);
}

Observation notListening(Stage& stage)
{
    Socket socket = stage.socket();
    socket.bind(EndPoint::ip("127.0.0.1", 0));
    Call call;
    return accept(stage, socket, call);
}

Observation argsInProgress(Stage& stage)
{
    Listening listening(stage);
    Call call;
    const bool pending = listening.socket.acceptAsync(call.e);
    Observation o = attempt([&] { (void)listening.socket.acceptAsync(call.e); });
    listening.socket.close();
    demand(call.finished(pending), "the accept ended");
    return o;
}

constexpr Scenario kScenarios[] = {
    {"accept.client_waiting", clientWaiting},
    {"accept.buffer_500", withBuffer},
    {"accept.bufferlist_set", withBufferList},
    {"accept.acceptsocket_set", intoGivenSocket},
    {"accept.acceptsocket_left", acceptSocketLeft},
    {"accept.not_bound", notBound},
    {"accept.not_listening", notListening},
    {"accept.args_in_progress", argsInProgress},
};

} // namespace

std::span<const Scenario> acceptScenarios()
{
    return kScenarios;
}

} // namespace swb::test
