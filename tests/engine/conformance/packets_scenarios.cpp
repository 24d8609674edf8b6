// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.`: SendPacketsAsync with memory, and what its event looks like.
#include "scenario.h"

#include "tests/support/descriptor_count.h"

#include <QCoreApplication>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace swb::test {

namespace {

using Element = SendPacketsElement;

Observation packetsOf(Stage& stage, std::vector<Element> elements, const Bytes& expected)
{
    Wire wire = stage.tcp();
    Call call;
    Observation o = stage.sendPackets(wire, call, std::move(elements));
    readPeer(o, wire, expected);
    return o;
}

Observation singleBuffer(Stage& stage)
{
    const Bytes data = randomBytes(1000);
    return packetsOf(stage, {Element::buffer(data)}, data);
}

Observation bufferPart(Stage& stage)
{
    const Bytes data = randomBytes(1000);
    return packetsOf(stage, {Element::buffer(data, 100, 50)}, slice(data, 100, 50));
}

Observation emptyBuffer(Stage& stage)
{
    const Bytes data = randomBytes(1000);
    return packetsOf(stage, {Element::buffer(data, 0, 0)}, {});
}

Observation buffersWithEmpty(Stage& stage)
{
    const Bytes a = randomBytes(1000);
    const Bytes b = randomBytes(500, 2);
    const auto none = Element::buffer(a, 0, 0);
    return packetsOf(
        stage, {none, Element::buffer(a), none, Element::buffer(b), none}, joined({a, b}));
}

Observation mixed(Stage& stage)
{
    const Bytes header = randomBytes(500);
    const Bytes file = randomBytes(kMiB, 2);
    const Bytes trailer = randomBytes(77, 3);
    const std::string path = stage.folder().file("file", file);
    return packetsOf(stage,
        {Element::buffer(header), Element::file(path), Element::buffer(trailer)},
        joined({header, file, trailer}));
}

Observation thousandElements(Stage& stage)
{
    const Bytes data = randomBytes(10000);
    std::vector<Element> elements;
    for (int i = 0; i < 1000; ++i)
        elements.push_back(Element::buffer(data, i * 10, 10));
    return packetsOf(stage, std::move(elements), data);
}

Observation twoHundredFiles(Stage& stage)
{
    const Bytes data = randomBytes(200 * 1000);
    std::vector<Element> elements;
    for (std::size_t i = 0; i < 200; ++i)
        elements.push_back(Element::file(stage.folder().file(
            "file" + std::to_string(i), std::span(data).subspan(i * 1000, 1000))));
    Observation o = packetsOf(stage, std::move(elements), data);
    const auto open = descriptorsBelow(stage.folder().path()).size();
    o.fact("descriptors left open: " + std::to_string(open));
    return o;
}

Observation elementTwice(Stage& stage)
{
    const Bytes data = randomBytes(1500);
    const auto element = Element::buffer(data);
    return packetsOf(stage, {element, element}, joined({data, data}));
}

Observation noElements(Stage& stage)
{
    return packetsOf(stage, {}, {});
}

Observation withNull(Stage& stage)
{
    const Bytes a = randomBytes(1000);
    const Bytes b = randomBytes(500, 2);
    return packetsOf(stage, {Element::buffer(a), Element(), Element::buffer(b)}, joined({a, b}));
}

Observation allNull(Stage& stage)
{
    return packetsOf(stage, {Element(), Element(), Element()}, {});
}

Observation endOfPacketOnTcp(Stage& stage)
{
    const Bytes a = randomBytes(1000);
    const Bytes b = randomBytes(500, 2);
    return packetsOf(stage, {Element::buffer(a, true), Element::buffer(b, true)}, joined({a, b}));
}

Observation socketFlags(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(1000);
    Call call;
    call.e.setSocketFlags(SocketFlags::OutOfBand);
    Observation o = stage.sendPackets(wire, call, {Element::buffer(data)});
    readPeer(o, wire, data); // an urgent byte would be missing
    return o;
}

Observation userToken(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes data = randomBytes(1000);
    Call call;
    call.e.setUserToken(std::string("mine"));
    Observation o = stage.sendPackets(wire, call, {Element::buffer(data)});
    readPeer(o, wire, data);
    const auto* const token = std::any_cast<std::string>(&call.e.userToken());
    o.fact("usertoken_same=" + yesNo(token != nullptr && *token == "mine"));
    return o;
}

// --- A handler that starts the next one

/// Keeps sending the same ten bytes until `times` are sent, from the handler where there is one.
Observation restart(Stage& stage, int times)
{
    Wire wire = stage.tcp();
    const Bytes ten = randomBytes(10);
    auto reading = wire.peer.receiveAllInBackground();
    SocketAsyncEventArgs e;
    std::atomic<int> left{times};
    std::atomic<int> depth{0};
    std::atomic<int> deepest{0};
    std::atomic<int> raised{0};
    std::atomic<bool> anyPending{false};
    Latch done;
    const auto goOn = [&] {
        while (left-- > 0) {
            if (wire.socket.sendPacketsAsync(e)) {
                anyPending = true;
                return;
            }
        }
        done.open();
    };
    e.onCompleted([&](Socket&, SocketAsyncEventArgs&) {
        ++raised;
        deepest = std::max(deepest.load(), ++depth);
        goOn();
        --depth;
    });
    e.setSendPacketsElements({Element::buffer(ten)});
    goOn();
    demand(done.wait(), "all were sent");
    stage.settle();
    wire.socket.close();
    const Received got = reading.get();
    Checksum sum;
    for (int i = 0; i < times; ++i)
        sum.add(ten);
    Observation o;
    o.returned = anyPending;
    o.completedRaised = raised;
    o.error = toString(e.socketError());
    o.peerReceived = got.bytes;
    o.contentRight = got.checksum == sum.value();
    o.fact("deepest nesting: " + std::to_string(deepest));
    return o;
}

Observation restart100(Stage& stage)
{
    return restart(stage, 100);
}

Observation restart1000(Stage& stage)
{
    return restart(stage, 1000);
}

Observation restart10000(Stage& stage)
{
    return restart(stage, 10000);
}

Observation restart100000(Stage& stage)
{
    return restart(stage, 100000);
}

Observation handlerThrows(Stage& /*stage*/)
{
    // Not QProcess: ThreadSanitizer's runtime does not survive the clone() it uses.
    std::string program = QCoreApplication::applicationFilePath().toStdString();
    std::string argument = kDieInHandler;
    char* arguments[] = {program.data(), argument.data(), nullptr};
    pid_t child = 0;
    demand(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) == 0,
        "the child process started");
    int status = 0;
    demand(::waitpid(child, &status, 0) == child, "the child process ended");
    Observation o;
    if (WIFSIGNALED(status))
        o.fact("PROCESS DIED: exit code " + std::to_string(128 + WTERMSIG(status)));
    else
        o.fact("the process went on: exit code " + std::to_string(WEXITSTATUS(status)));
    return o;
}

constexpr Scenario kScenarios[] = {
    {"sp.single_buffer", singleBuffer},
    {"sp.single_buffer_part", bufferPart},
    {"sp.buffer_zero_length", emptyBuffer},
    {"sp.buffers_with_empty", buffersWithEmpty},
    {"sp.mixed", mixed},
    {"sp.1000_small_elements", thousandElements},
    {"sp.200_files", twoHundredFiles},
    {"sp.element_twice", elementTwice},
    {"sp.elements_empty", noElements},
    {"sp.elements_with_null", withNull},
    {"sp.elements_all_null", allNull},
    {"sp.endofpacket_tcp", endOfPacketOnTcp},
    {"sp.socketflags", socketFlags},
    {"sp.usertoken", userToken},
    {"sp.restart_in_handler_100", restart100},
    {"sp.restart_in_handler_1000", restart1000},
    {"sp.restart_in_handler_10000", restart10000},
    {"sp.restart_in_handler_100000", restart100000},
    {"sp.handler_throws", handlerThrows},
};

} // namespace

int dieInHandler()
{
    const rlimit noCore{0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
    // The words of std::terminate would stand among the test's own.
    if (::freopen("/dev/null", "w", stderr) == nullptr)
        return 2;
    Stage stage;
    Wire wire = stage.tcp();
    SocketAsyncEventArgs e;
    e.setSendPacketsElements({Element::buffer(bigBytes())});
    e.onCompleted(
        [](Socket&, SocketAsyncEventArgs&) { throw InvalidOperationException("in the handler"); });
    if (!wire.socket.sendPacketsAsync(e))
        return 3;
    (void)wire.peer.read(kBigSize);
    (void)Latch().wait(); // Nobody opens it: only the end of the process ends this.
    return 4;
}

std::span<const Scenario> packetsScenarios()
{
    return kScenarios;
}

} // namespace swb::test
