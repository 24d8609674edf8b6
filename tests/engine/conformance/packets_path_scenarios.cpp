// SPDX-License-Identifier: GPL-3.0-or-later
/// `sp.path_` and its like: how a file's name is understood.
#include "scenario.h"

#include "tests/support/descriptor_count.h"

#include <filesystem>

namespace swb::test {

namespace {

using Element = SendPacketsElement;

const Bytes& fileBytes()
{
    static const Bytes s_bytes = randomBytes(kMiB, 6);
    return s_bytes;
}

Observation pathOf(Stage& stage, const std::string& path, const Bytes& expected)
{
    Wire wire = stage.tcp();
    Call call;
    Observation o = stage.sendPackets(wire, call, {Element::file(path)});
    readPeer(o, wire, expected);
    return o;
}

Observation fileMissing(Stage& stage)
{
    return pathOf(stage, stage.folder() / "missing.bin", {});
}

Observation argsAfterFileMissing(Stage& stage)
{
    Wire wire = stage.tcp();
    const Bytes bytes = randomBytes(100);
    Call call;
    const Observation first
        = stage.sendPackets(wire, call, {Element::file(stage.folder() / "missing.bin")});
    const std::string last = toString(call.e.lastOperation());
    Observation o = stage.sendPackets(wire, call, {Element::buffer(bytes)});
    readPeer(o, wire, bytes);
    o.fact("first: threw " + first.threw.value_or("nothing") + " LastOperation=" + last);
    return o;
}

Observation secondFileMissing(Stage& stage)
{
    const std::string path = stage.folder().file("file", fileBytes());
    Wire wire = stage.tcp();
    Call call;
    Observation o = stage.sendPackets(
        wire, call, {Element::file(path), Element::file(stage.folder() / "missing.bin")});
    readPeer(o, wire, {});
    const auto open = descriptorsBelow(stage.folder().path()).size();
    o.fact("descriptors left open: " + std::to_string(open));
    return o;
}

Observation folderMissing(Stage& stage)
{
    return pathOf(stage, stage.folder() / "nodir/x.bin", {});
}

Observation throughFile(Stage& stage)
{
    return pathOf(stage, stage.folder().file("file", fileBytes()) + "/x.bin", {});
}

Observation relative(Stage& stage)
{
    (void)stage.folder().file("x.bin", fileBytes());
    const WorkingFolder here(stage.folder().path());
    return pathOf(stage, "x.bin", fileBytes());
}

Observation relativeSubfolder(Stage& stage)
{
    std::filesystem::create_directory(stage.folder() / "sub");
    (void)stage.folder().file("sub/x.bin", fileBytes());
    const WorkingFolder here(stage.folder().path());
    return pathOf(stage, "sub/../sub/x.bin", fileBytes());
}

Observation wildcard(Stage& stage)
{
    const Bytes a = randomBytes(100, 1);
    const Bytes b = randomBytes(50, 2);
    (void)stage.folder().file("b.wild", b);
    (void)stage.folder().file("a.wild", a);
    return pathOf(stage, stage.folder() / "*.wild", joined({a, b}));
}

Observation literalStar(Stage& stage)
{
    (void)stage.folder().file("other.star", randomBytes(10));
    return pathOf(stage, stage.folder().file("*.star", fileBytes()), fileBytes());
}

Observation unc(Stage& stage)
{
    const WorkingFolder here(stage.folder().path());
    return pathOf(stage, "\\\\server\\share\\x.bin", {});
}

Observation uncSlashes(Stage& stage)
{
    return pathOf(stage, "//server/share/x.bin", {});
}

Observation emptyPath(Stage& stage)
{
    return pathOf(stage, "", {});
}

Observation nulInPath(Stage& stage)
{
    return pathOf(stage, std::string("a\0b", 3), {});
}

Observation pathTooLong(Stage& stage)
{
    return pathOf(stage, stage.folder() / std::string(5000, 'x'), {});
}

Observation nameTooLong(Stage& stage)
{
    return pathOf(stage, stage.folder() / std::string(300, 'x'), {});
}

Observation unicode(Stage& stage)
{
    return pathOf(stage, stage.folder().file("\u00e4\u00f6\u00fc \u65e5\u672c.bin", fileBytes()),
        fileBytes());
}

Observation devZero(Stage& stage)
{
    Wire wire = stage.tcp();
    Call call;
    Observation o = stage.sendPackets(wire, call, {Element::file("/dev/zero", 0, 100)});
    readPeer(o, wire, Bytes(100));
    return o;
}

Observation proc(Stage& stage)
{
    return pathOf(stage, "/proc/self/status", {});
}

constexpr Scenario kScenarios[] = {
    {"sp.file_missing", fileMissing},
    {"sp.file_missing_args_after", argsAfterFileMissing},
    {"sp.file_missing_second_open", secondFileMissing},
    {"sp.dir_missing", folderMissing},
    {"sp.path_through_file", throughFile},
    {"sp.path_relative", relative},
    {"sp.path_relative_subdir", relativeSubfolder},
    {"sp.path_wildcard", wildcard},
    {"sp.path_literal_star", literalStar},
    {"sp.path_unc", unc},
    {"sp.path_unc_slashes", uncSlashes},
    {"sp.path_empty", emptyPath},
    {"sp.path_nul", nulInPath},
    {"sp.path_too_long", pathTooLong},
    {"sp.name_too_long", nameTooLong},
    {"sp.path_unicode", unicode},
    {"sp.path_dev_zero", devZero},
    {"sp.path_proc", proc},
};

} // namespace

std::span<const Scenario> packetsPathScenarios()
{
    return kScenarios;
}

} // namespace swb::test
