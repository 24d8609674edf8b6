// SPDX-License-Identifier: BSL-1.0
#include "engine/trace/trace_file.h"

#include "engine/trace/block_file.h"
#include "engine/trace/new_file.h"
#include "engine/trace/trace_index.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace swb::trace {
namespace {

using detail::DiskFile;
using detail::kRowsPerPage;
using detail::Page;

std::string grouped(std::uint64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string operations(std::uint64_t count)
{
    return count == 1 ? "1 operation is" : grouped(count) + " operations are";
}

void clearPadding(std::span<OperationRecord> rows)
{
    for (OperationRecord& row : rows)
        std::memset(reinterpret_cast<std::byte*>(&row) + format::kRecordFieldBytes, 0,
            sizeof row - format::kRecordFieldBytes);
}

bool endsWith(const std::string& text, std::string_view end)
{
    return text.size() >= end.size()
        && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

void saveTrace(const TraceStore& store, const std::string& path, const SaveOptions& options)
{
    const TraceFacts facts = store.facts();
    format::FileHeader header;
    header.fileId = detail::randomNumber();
    header.anchor = store.anchor();
    header.processId = static_cast<std::uint64_t>(getpid());
    header.program = options.program.empty() ? store.program() : options.program;

    detail::NewFile file(path, "Save");
    detail::BlockWriter blocks(file.disk(), header);
    file.check(blocks.error());
    detail::CompanionWriter companions({store.sockets(), store.payload(), store.health()});
    format::EndOfTrace end;
    const auto page = std::make_unique<Page>();
    while (end.rows < facts.rows) {
        if (options.progress && !options.progress(end.rows, facts.rows))
            throw TraceCancelled();
        const auto wanted
            = std::span(page->rows)
                  .first(std::min<std::uint64_t>(kRowsPerPage, facts.rows - end.rows));
        const auto rows = wanted.first(store.copyRows(end.rows, wanted));
        if (rows.size() < wanted.size())
            throw TraceFileError(
                path, "Save " + path + " failed: the trace was cleared meanwhile.");
        clearPadding(rows);
        companions.noteThreads(rows);
        blocks.append(format::BlockType::Records, end.rows, static_cast<std::uint32_t>(rows.size()),
            std::as_bytes(rows));
        file.check(blocks.error());
        end.rows += rows.size();
        end.records += static_cast<std::uint64_t>(
            std::count_if(rows.begin(), rows.end(), [](const OperationRecord& record) {
                return record.kind != SocketAsyncOperation::None;
            }));
    }
    companions.write(blocks, [&store](std::uint16_t id) { return store.threadName(id); });
    file.check(blocks.error());
    end.lost = facts.lost + options.lostBefore;
    end.blocks = blocks.blocks();
    end.originNs = facts.originNs;
    end.endNs = store.readOnly() ? store.endNs() : steadyNowNs();
    blocks.append(format::BlockType::End, 0, 1, format::encode(end));
    file.check(blocks.error());
    if (options.progress && !options.progress(facts.rows, facts.rows))
        throw TraceCancelled();
    file.publish();
}

std::string TraceCondition::message() const
{
    std::string text;
    const auto add = [&text](const std::string& sentence) {
        if (!text.empty())
            text += ' ';
        text += sentence;
    };
    if (!closed)
        add("The trace was not closed: its program ended before, or the end of the file is "
            "missing. "
            "What had been written is here.");
    if (damagedBlocks > 0)
        add(grouped(damagedBlocks) + " of " + grouped(blocks) + (blocks == 1 ? " block" : " blocks")
            + (damagedBlocks == 1 ? " is" : " are") + " damaged: "
            + (missingOperations > 0 ? operations(missingOperations) : "no operation is")
            + " missing.");
    else if (missingOperations > 0)
        add(operations(missingOperations) + " missing"
            + (closed ? "." : ": they had not been written yet."));
    return text;
}

OpenedTrace openTrace(const std::string& path, const OpenOptions& options)
{
    OpenedTrace opened;
    detail::TraceScan scan(path, options);
    opened.store = std::make_unique<TraceStore>(scan.run(opened.condition));
    return opened;
}

std::vector<UnfinishedTrace> findUnfinishedTraces(const std::string& folder)
{
    std::vector<UnfinishedTrace> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
    if (!entries)
        return found;
    while (const dirent* entry = readdir(entries.get())) {
        const std::string name = entry->d_name;
        if (!name.starts_with(detail::kUnfinishedPrefix)
            || !endsWith(name, detail::kUnfinishedSuffix))
            continue;
        try {
            const DiskFile file = DiskFile::openToRead(folder + '/' + name);
            if (flock(file.descriptor(), LOCK_SH | LOCK_NB) != 0)
                continue; // its program runs, or somebody deletes it
            std::array<std::byte, format::kHeaderBytes> bytes{};
            format::FileHeader header;
            if (file.readAt(0, bytes) != 0
                || format::decode(bytes, header) != format::HeaderState::Good)
                continue;
            found.push_back(
                {file.path(), file.size(), header.program, header.processId, header.anchor.wallNs});
        } catch (const TraceFileError&) {
            continue; // gone meanwhile, or another user's
        }
    }
    std::sort(found.begin(), found.end(),
        [](const auto& a, const auto& b) { return a.startedNs > b.startedNs; });
    return found;
}

bool removeUnfinishedTrace(const std::string& path)
{
    try {
        const DiskFile file = DiskFile::openToRead(path);
        return flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0 && unlink(path.c_str()) == 0;
    } catch (const TraceFileError&) {
        return false;
    }
}

} // namespace swb::trace
