// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.file_`, `sp.filestream_`, `sp.sparse_`: ranges of files and of open streams.
#include "scenario.h"

#include "tests/support/descriptor_count.h"

#include <cstring>
#include <future>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace swb::test {

namespace {

using Element = SendPacketsElement;

const Bytes& fileBytes()
{
    static const Bytes s_bytes = randomBytes(kMiB, 5);
    return s_bytes;
}

Observation packetsOf(Stage& stage, std::vector<Element> elements, const Bytes& expected)
{
    Wire wire = stage.tcp();
    Call call;
    Observation o = stage.sendPackets(wire, call, std::move(elements));
    readPeer(o, wire, expected);
    const auto open = descriptorsBelow(stage.folder().path()).size();
    if (o.error == "Success")
        o.fact("descriptors left open: " + std::to_string(open));
    return o;
}

/// A range of a file of 1 MiB.
Observation rangeOf(Stage& stage, std::int64_t offset, std::int64_t count, const Bytes& expected)
{
    const std::string path = stage.folder().file("file", fileBytes());
    return packetsOf(stage, {Element::file(path, offset, count)}, expected);
}

Observation part(Stage& stage)
{
    return rangeOf(stage, 1000, 5000, slice(fileBytes(), 1000, 5000));
}

Observation countZero(Stage& stage)
{
    return rangeOf(stage, 0, 0, fileBytes());
}

Observation offsetCountZero(Stage& stage)
{
    return rangeOf(stage, 1000, 0, slice(fileBytes(), 1000, kMiB - 1000));
}

Observation offsetAtEnd(Stage& stage)
{
    return rangeOf(stage, kMiB, 0, {});
}

Observation offsetAtEndCount(Stage& stage)
{
    return rangeOf(stage, kMiB, 1, {});
}

Observation offsetPastEndCount(Stage& stage)
{
    return rangeOf(stage, kMiB + 1, 1, {});
}

Observation countPastEnd(Stage& stage)
{
    return rangeOf(stage, 1000, kMiB, {});
}

Observation emptyFile(Stage& stage)
{
    const std::string path = stage.folder().file("file", {});
    Observation o = packetsOf(stage, {Element::file(path)}, {});
    o.facts.clear();
    return o;
}

// --- Open streams

struct OpenFile {
    FileStream stream;
    int descriptor() const { return stream.descriptor(); }
    std::string position() const
    {
        return "position after: " + std::to_string(::lseek(descriptor(), 0, SEEK_CUR));
    }
    std::string openAfter() const
    {
        return "stream open after: " + yesNo(::fcntl(descriptor(), F_GETFD) >= 0);
    }
};

OpenFile openFile(Stage& stage)
{
    return {FileStream::open(stage.folder().file("file", fileBytes()))};
}

Observation streamOf(Stage& stage, std::vector<Element> elements, const Bytes& expected)
{
    Observation o = packetsOf(stage, std::move(elements), expected);
    o.facts.clear(); // the stream is still open
    return o;
}

Observation stream(Stage& stage)
{
    const OpenFile file = openFile(stage);
    Observation o = streamOf(stage, {Element::stream(file.stream)}, fileBytes());
    o.fact(file.openAfter());
    o.fact(file.position());
    return o;
}

Observation streamPart(Stage& stage)
{
    const OpenFile file = openFile(stage);
    Observation o = streamOf(
        stage, {Element::stream(file.stream, 1000, 5000)}, slice(fileBytes(), 1000, 5000));
    o.fact(file.position());
    return o;
}

Observation streamPosition(Stage& stage)
{
    const OpenFile file = openFile(stage);
    ::lseek(file.descriptor(), 1000, SEEK_SET);
    Observation o = streamOf(stage, {Element::stream(file.stream)}, fileBytes());
    o.fact(file.position());
    return o;
}

Observation streamTwice(Stage& stage)
{
    const OpenFile file = openFile(stage);
    return streamOf(stage,
        {Element::stream(file.stream, 1000, 100), Element::stream(file.stream, 0, 100)},
        joined({slice(fileBytes(), 1000, 100), slice(fileBytes(), 0, 100)}));
}

Observation streamCountPastEnd(Stage& stage)
{
    const OpenFile file = openFile(stage);
    Observation o = streamOf(stage, {Element::stream(file.stream, 0, kMiB + 1)}, {});
    o.fact(file.openAfter());
    return o;
}

Observation streamClosed(Stage& stage)
{
    OpenFile file = openFile(stage);
    const auto element = Element::stream(file.stream);
    file.stream = {}; // as near as one can come to closing it
    return streamOf(stage, {element}, fileBytes());
}

Observation streamWriteOnly(Stage& stage)
{
    const std::string path = stage.folder().file("file", fileBytes());
    const FileStream file = FileStream::fromDescriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return streamOf(stage, {Element::stream(file)}, {});
}

// --- Large files

/// Reads zeros until the stream ends.
Received readZeros(int descriptor)
{
    Received received;
    constexpr std::size_t kPiece = 256 * 1024; // stays in the cache
    Bytes buffer(kPiece);
    const Bytes zeros(kPiece);
    while (waitForEvents(descriptor, POLLIN)) {
        const auto n = ::recv(descriptor, buffer.data(), buffer.size(), 0);
        if (n <= 0)
            return received;
        if (std::memcmp(buffer.data(), zeros.data(), static_cast<std::size_t>(n)) != 0)
            received.checksum = 1;
        received.bytes += static_cast<std::uint64_t>(n);
    }
    return received;
}

Observation sparse(Stage& stage, std::int64_t size, std::int64_t offset, std::int64_t count)
{
    demand(stage.folder().sparse("sparse", size), "the file system has sparse files");
    const std::int64_t expected = count > 0 ? count : size - offset;
    Wire wire = stage.tcp();
    auto reading
        = std::async(std::launch::async, [fd = wire.peer.descriptor()] { return readZeros(fd); });
    Call call;
    call.e.setSendPacketsElements({Element::file(stage.folder() / "sparse", offset, count)});
    const bool pending = wire.socket.sendPacketsAsync(call.e);
    // Gigabytes, on machines that do other things too.
    demand(!pending || call.done.wait(1, 10 * kDeadline), "the event came before the deadline");
    Observation o = stage.ended(call, pending);
    wire.socket.close();
    const Received got = reading.get();
    o.peerReceived = got.bytes;
    o.contentRight = got.bytes == static_cast<std::uint64_t>(expected) && got.checksum == 0;
    return o;
}

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

Observation sparseJustBelow(Stage& stage)
{
    return sparse(stage, 2 * kGiB - 1, 0, 0);
}

Observation sparseTwoGiB(Stage& stage)
{
    return sparse(stage, 2 * kGiB, 0, 0);
}

Observation sparseLongOffset(Stage& stage)
{
    return sparse(stage, 5 * kGiB, 4 * kGiB, kMiB);
}

constexpr Scenario kScenarios[] = {
    {"sp.file_part", part},
    {"sp.file_count_zero", countZero},
    {"sp.file_offset_count_zero", offsetCountZero},
    {"sp.file_offset_at_end", offsetAtEnd},
    {"sp.file_offset_at_end_count", offsetAtEndCount},
    {"sp.file_offset_past_end_count", offsetPastEndCount},
    {"sp.file_offset_plus_count_past_end", countPastEnd},
    {"sp.file_empty", emptyFile},
    {"sp.filestream", stream},
    {"sp.filestream_part", streamPart},
    {"sp.filestream_position", streamPosition},
    {"sp.filestream_twice", streamTwice},
    {"sp.filestream_count_past_end", streamCountPastEnd},
    {"sp.filestream_closed", streamClosed},
    {"sp.filestream_write_only", streamWriteOnly},
    {"sp.sparse_2GiB_minus_1", sparseJustBelow},
    {"sp.sparse_2GiB", sparseTwoGiB},
    {"sp.sparse_5GiB_long_offset", sparseLongOffset},
};

} // namespace

std::span<const Scenario> packetsFileScenarios()
{
    return kScenarios;
}

} // namespace swb::test
