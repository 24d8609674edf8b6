// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.`: while a SendPacketsAsync is pending.
#include "scenario.h"

#include "tests/support/descriptor_count.h"

#include <future>

#include <unistd.h>

namespace swb::test {

namespace {

using Element = SendPacketsElement;

Observation largeBuffer(Stage& stage)
{
    PendingSend send(stage, {Element::buffer(bigBytes())}, kBigSize);
    return send.readToEnd(bigBytes());
}

Observation elementsChanged(Stage& stage)
{
    const Bytes second = randomBytes(100, 1);
    const Bytes other = randomBytes(100, 2);
    std::vector<Element> elements{Element::buffer(bigBytes()), Element::buffer(second)};
    PendingSend send(stage, elements, kBigSize + 100);
    elements[1] = Element::buffer(other);
    Observation o;
    (void)send.readAll(o, joined({bigBytes(), second}));
    o.fact("first: " + send.outcome());
    return o;
}

// --- Two operations on one socket

constexpr std::size_t kPart = std::size_t{8} << 20;

/// "a:100 b:50": the stretches of equal bytes in what arrived.
std::string stretches(const Bytes& got)
{
    std::string text;
    for (std::size_t at = 0; at < got.size();) {
        std::size_t end = at;
        while (end < got.size() && got[end] == got[at])
            ++end;
        text += (text.empty() ? "" : " ") + std::string(1, static_cast<char>(got[at])) + ":"
            + std::to_string(end - at);
        at = end;
    }
    return text;
}

Bytes letters(char letter, std::size_t size = kPart)
{
    return Bytes(size, static_cast<std::byte>(letter));
}

Observation interleaved(Stage& stage)
{
    const Bytes a = letters('a');
    const Bytes b = letters('b');
    const Bytes s = letters('s', 1000);
    PendingSend packets(stage, {Element::buffer(a), Element::buffer(b)}, 2 * kPart + 1000);
    Call sending;
    sending.e.setBuffer(s);
    const bool pending = packets.wire.socket.sendAsync(sending.e);
    Observation read;
    const Bytes got = packets.readAll(read, joined({a, b, s}));
    Observation o = packets.ended();
    o.peerReceived = read.peerReceived;
    o.contentRight = read.contentRight;
    o.fact("arrived: " + stretches(got));
    o.fact("send: " + stage.outcomeOf(sending, pending));
    return o;
}

Observation twoInFlight(Stage& stage)
{
    const Bytes a = letters('a');
    const Bytes b = letters('b');
    const Bytes c = letters('c');
    const Bytes d = letters('d');
    PendingSend first(stage, {Element::buffer(a), Element::buffer(b)}, 4 * kPart);
    Call second;
    second.e.setSendPacketsElements({Element::buffer(c), Element::buffer(d)});
    const bool pending = first.wire.socket.sendPacketsAsync(second.e);
    Observation read;
    const Bytes got = first.readAll(read, joined({a, b, c, d}));
    Observation o = first.ended();
    o.peerReceived = read.peerReceived;
    o.contentRight = read.contentRight;
    o.fact("arrived: " + stretches(got));
    o.fact("second: " + stage.outcomeOf(second, pending));
    return o;
}

// --- The end comes early

Observation openFiles(Stage& stage, Observation o)
{
    const auto open = descriptorsBelow(stage.folder().path()).size();
    o.fact("descriptors left open: " + std::to_string(open));
    return o;
}

Observation closedBuffer(Stage& stage)
{
    const Bytes before = randomBytes(100);
    PendingSend send(stage, {Element::buffer(before), Element::buffer(bigBytes())}, kBigSize + 100);
    send.wire.socket.close();
    Observation o = send.ended();
    readPeer(o, send.wire, joined({before, bigBytes()}));
    return o;
}

Observation closedFile(Stage& stage)
{
    const std::string path = stage.folder().file("file", bigBytes());
    PendingSend send(stage, {Element::file(path)}, kBigSize);
    send.wire.socket.close();
    Observation o = send.ended();
    readPeer(o, send.wire, bigBytes());
    return openFiles(stage, o);
}

Observation shutDown(Stage& stage)
{
    PendingSend send(stage, {Element::buffer(bigBytes())}, kBigSize);
    send.wire.socket.shutdown(SocketShutdown::Send);
    Observation o = send.ended();
    readPeer(o, send.wire, bigBytes());
    return o;
}

Observation peerClosesMidFile(Stage& stage)
{
    const std::string path = stage.folder().file("file", bigBytes());
    PendingSend send(stage, {Element::file(path)}, kBigSize);
    send.wire.peer.close(); // with data unread
    Observation o = openFiles(stage, send.ended());
    o.fact("Connected=" + yesNo(send.wire.socket.connected()));
    o.fact("partial bytes reported: " + std::string(o.bytesTransferred > 0U ? "yes" : "no"));
    return o;
}

Observation peerResetsMidBuffer(Stage& stage)
{
    const Bytes before = randomBytes(100);
    PendingSend send(stage, {Element::buffer(before), Element::buffer(bigBytes())}, kBigSize + 100);
    send.wire.peer.reset();
    Observation o = send.ended();
    o.fact("Connected=" + yesNo(send.wire.socket.connected()));
    return o;
}

// --- Files that change

Observation truncated(Stage& stage)
{
    const Bytes after = randomBytes(100);
    const std::string path = stage.folder().file("file", bigBytes());
    PendingSend send(stage, {Element::file(path), Element::buffer(after)}, kBigSize + 100);
    demand(::truncate(path.c_str(), kMiB) == 0, "the file was cut");
    auto reading = std::async(std::launch::async, [&] { return send.wire.peer.readAll(); });
    Observation o = send.ended();
    send.wire.socket.close();
    notePeer(o, reading.get(), joined({bigBytes(), after}));
    o.fact("reported equals received: " + yesNo(o.bytesTransferred == o.peerReceived));
    return o;
}

Observation deleted(Stage& stage)
{
    const std::string path = stage.folder().file("file", bigBytes());
    PendingSend send(stage, {Element::file(path)}, kBigSize);
    demand(::unlink(path.c_str()) == 0, "the file was deleted");
    return send.readToEnd(bigBytes());
}

Observation laterDeleted(Stage& stage)
{
    const Bytes later = randomBytes(100);
    const std::string path = stage.folder().file("later", later);
    PendingSend send(stage, {Element::buffer(bigBytes()), Element::file(path)}, kBigSize + 100);
    demand(::unlink(path.c_str()) == 0, "the file was deleted");
    return send.readToEnd(joined({bigBytes(), later}));
}

Observation laterStreamClosed(Stage& stage)
{
    const Bytes later = randomBytes(100);
    FileStream stream = FileStream::open(stage.folder().file("later", later));
    PendingSend send(stage, {Element::buffer(bigBytes()), Element::stream(stream)}, kBigSize + 100);
    stream = {}; // as near as one can come to closing it
    return send.readToEnd(joined({bigBytes(), later}));
}

constexpr Scenario kScenarios[] = {
    {"sp.large_buffer_nonreading_peer", largeBuffer},
    {"sp.array_changed_pending", elementsChanged},
    {"sp.interleave_with_send", interleaved},
    {"sp.two_in_flight", twoInFlight},
    {"sp.close_pending_buffer", closedBuffer},
    {"sp.close_pending_file", closedFile},
    {"sp.shutdown_pending", shutDown},
    {"sp.peer_close_mid_file", peerClosesMidFile},
    {"sp.peer_rst_mid_buffer", peerResetsMidBuffer},
    {"sp.file_truncated_pending", truncated},
    {"sp.file_deleted_pending", deleted},
    {"sp.later_file_deleted_pending", laterDeleted},
    {"sp.filestream_closed_pending", laterStreamClosed},
};

} // namespace

std::span<const Scenario> packetsPendingScenarios()
{
    return kScenarios;
}

} // namespace swb::test
