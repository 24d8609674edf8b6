// SPDX-License-Identifier: GPL-3.0-or-later
/// `args.`: SocketAsyncEventArgs by itself, and its event.
#include "scenario.h"

#include <atomic>

namespace swb::test {

namespace {

Observation disposeTwice(Stage& /*stage*/)
{
    SocketAsyncEventArgs e;
    return attempt([&] {
        e.dispose();
        e.dispose();
    });
}

Observation setBufferAfterDispose(Stage& /*stage*/)
{
    SocketAsyncEventArgs e;
    e.dispose();
    Bytes bytes(10);
    return attempt([&] { e.setBuffer(bytes); });
}

Observation bufferListReadBack(Stage& stage)
{
    Wire wire = stage.tcp();
    Bytes bytes = randomBytes(10);
    Bytes later = randomBytes(10, 2);
    std::vector<std::span<std::byte>> list{std::span(bytes)};
    Call call;
    call.e.setBufferList(list);
    list.emplace_back(later);
    Observation o = stage.send(wire, call);
    readPeer(o, wire, bytes);
    if (o.peerReceived == bytes.size())
        o.fact("the segment added later is not sent");
    return o;
}

Observation twoHandlers(Stage& stage)
{
    Wire wire = stage.tcp();
    Call call; // its own handler is the first
    call.e.setBuffer(bigBytes());
    const bool pending = wire.socket.sendAsync(call.e);
    const Completion second(call.e);
    const Bytes got = wire.peer.read(kBigSize);
    demand(second.wait(), "the second handler ran");
    Observation o = stage.ended(call, pending);
    notePeer(o, got, bigBytes());
    const bool inOrder = call.done.last().order < second.last().order;
    o.fact("first=" + std::to_string(call.done.count())
        + " second=" + std::to_string(second.count()) + " order=" + (inOrder ? "1,2" : "2,1"));
    return o;
}

Observation sameHandlerTwice(Stage& stage)
{
    Wire wire = stage.tcp();
    SocketAsyncEventArgs e;
    std::atomic<int> raised{0};
    std::atomic<int> onCaller{0};
    Latch twice;
    const auto caller = std::this_thread::get_id();
    const SocketAsyncEventArgs::Handler handler = [&](Socket&, SocketAsyncEventArgs&) {
        onCaller += std::this_thread::get_id() == caller ? 1 : 0;
        if (++raised == 2)
            twice.open();
    };
    e.onCompleted(handler);
    e.onCompleted(handler);
    e.setBuffer(bigBytes());
    Observation o;
    o.returned = wire.socket.sendAsync(e);
    notePeer(o, wire.peer.read(kBigSize), bigBytes());
    demand(twice.wait(), "the handler ran twice");
    stage.settle();
    o.completedRaised = raised;
    o.callbackOnCallerThread = onCaller > 0;
    o.error = toString(e.socketError());
    o.bytesTransferred = e.bytesTransferred();
    o.lastOperation = toString(e.lastOperation());
    return o;
}

Observation handlerRemovedWhilePending(Stage& stage)
{
    Wire wire = stage.tcp();
    SocketAsyncEventArgs e;
    std::atomic<int> raised{0};
    const int id = e.onCompleted([&](Socket&, SocketAsyncEventArgs&) { ++raised; });
    e.setBuffer(bigBytes());
    Observation o;
    o.returned = wire.socket.sendAsync(e);
    e.removeCompleted(id);
    // Of the same socket, so its event comes after the one that nobody is told of.
    Call after;
    Bytes last = bytesOf("x");
    after.e.setBuffer(last);
    const bool pending = wire.socket.sendAsync(after.e);
    notePeer(o, wire.peer.read(kBigSize), bigBytes());
    demand(after.finished(pending), "the send behind it ended");
    stage.settle();
    o.completedRaised = raised;
    o.fact("args after: error=" + toString(e.socketError())
        + " bytes=" + std::to_string(e.bytesTransferred()));
    return o;
}

constexpr Scenario kScenarios[] = {
    {"args.dispose_twice", disposeTwice},
    {"args.setbuffer_after_dispose", setBufferAfterDispose},
    {"args.bufferlist_readback", bufferListReadBack},
    {"args.two_handlers", twoHandlers},
    {"args.same_handler_twice", sameHandlerTwice},
    {"args.handler_removed_pending", handlerRemovedWhilePending},
};

} // namespace

std::span<const Scenario> argsScenarios()
{
    return kScenarios;
}

} // namespace swb::test
