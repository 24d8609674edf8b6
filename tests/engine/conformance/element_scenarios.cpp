// SPDX-License-Identifier: GPL-3.0-or-later
/// `spe.`: the ways to make a SendPacketsElement.
#include "scenario.h"

#include <limits>

namespace swb::test {

namespace {

using Element = SendPacketsElement;

/// What the element says of itself, as .NET's properties do.
Observation made(const std::function<Element()>& make)
{
    Observation o;
    try {
        const Element element = make();
        const auto kind = element.kind();
        o.fact("FilePath="
            + (kind == Element::Kind::File ? "'" + element.filePath() + "'" : std::string("null")));
        o.fact(kind == Element::Kind::Memory ? "Buffer=set" : "Buffer=null");
        o.fact(kind == Element::Kind::Stream ? "FileStream=set" : "FileStream=null");
        o.fact("Offset=" + std::to_string(element.offset()));
        o.fact("Count=" + std::to_string(element.count()));
        o.fact("OffsetLong=" + std::to_string(element.offset()));
        o.fact("EndOfPacket=" + yesNo(element.endOfPacket()));
    } catch (const std::exception&) {
        noteException(o);
    }
    return o;
}

Observation bufferOf(std::size_t size, std::int64_t offset, std::int64_t count, bool end = false)
{
    const Bytes bytes(size);
    return made([&] { return Element::buffer(bytes, offset, count, end); });
}

Observation streamOf(Stage& stage, std::int64_t offset, std::int64_t count, bool end = false)
{
    const FileStream stream = FileStream::open(stage.folder().file("file", randomBytes(10)));
    return made([&] { return Element::stream(stream, offset, count, end); });
}

Observation bufferRange(Stage& /*stage*/)
{
    return bufferOf(10, 2, 3, true);
}

Observation bufferEmpty(Stage& /*stage*/)
{
    const Bytes bytes;
    return made([&] { return Element::buffer(bytes); });
}

Observation bufferNull(Stage& /*stage*/)
{
    Observation o = made([] { return Element::buffer(std::span<const std::byte>{}, 0, 0); });
    o.facts.clear(); // .NET has no element to tell of
    return o;
}

Observation bufferCountNegative(Stage& /*stage*/)
{
    return bufferOf(10, 0, -1);
}

Observation bufferOffsetAtEnd(Stage& /*stage*/)
{
    return bufferOf(10, 10, 0);
}

Observation bufferCountTooLarge(Stage& /*stage*/)
{
    return bufferOf(10, 0, 11);
}

Observation bufferSumTooLarge(Stage& /*stage*/)
{
    return bufferOf(10, 6, 5);
}

Observation bufferBothBad(Stage& /*stage*/)
{
    return bufferOf(10, -1, -1);
}

Observation fileRange(Stage& /*stage*/)
{
    return made([] { return Element::file("nofile.bin", 2, 3, true); });
}

Observation fileEmptyPath(Stage& /*stage*/)
{
    return made([] { return Element::file(""); });
}

Observation fileOffsetNegative(Stage& /*stage*/)
{
    return made([] { return Element::file("nofile.bin", -1, 0); });
}

Observation fileSumOverflows(Stage& /*stage*/)
{
    return made([] {
        return Element::file("x", std::numeric_limits<std::int64_t>::max(),
            std::numeric_limits<std::int32_t>::max());
    });
}

Observation streamNotAsync(Stage& stage)
{
    Observation o = streamOf(stage, 0, 0);
    o.facts.clear(); // .NET has no element to tell of
    return o;
}

Observation streamNegative(Stage& stage)
{
    return streamOf(stage, -1, 0);
}

Observation streamCountNegative(Stage& stage)
{
    return streamOf(stage, 0, -1);
}

Observation streamPastEnd(Stage& stage)
{
    return streamOf(stage, 11, 12);
}

Observation streamRange(Stage& stage)
{
    return streamOf(stage, 2, 3, true);
}

constexpr Scenario kScenarios[] = {
    {"spe.buffer_range_eop", bufferRange},
    {"spe.buffer_empty", bufferEmpty},
    {"spe.buffer_null_range", bufferNull},
    {"spe.buffer_count_negative", bufferCountNegative},
    {"spe.buffer_offset_at_end", bufferOffsetAtEnd},
    {"spe.buffer_count_too_large", bufferCountTooLarge},
    {"spe.buffer_sum_too_large", bufferSumTooLarge},
    {"spe.buffer_both_bad", bufferBothBad},
    {"spe.file_range_eop", fileRange},
    {"spe.file_empty_path", fileEmptyPath},
    {"spe.file_offset_negative", fileOffsetNegative},
    {"spe.file_long_sum_overflows", fileSumOverflows},
    {"spe.file_long_negative", fileOffsetNegative}, // there is one kind of offset
    {"spe.filestream_not_async", streamNotAsync},
    {"spe.filestream_negative", streamNegative},
    {"spe.filestream_count_negative", streamCountNegative},
    {"spe.filestream_past_end", streamPastEnd},
    {"spe.filestream_range_eop", streamRange},
};

} // namespace

std::span<const Scenario> elementScenarios()
{
    return kScenarios;
}

} // namespace swb::test
