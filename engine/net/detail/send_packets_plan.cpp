// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/send_packets_plan.h"

#include "engine/net/detail/part_list.h"
#include "engine/net/exceptions.h"
#include "engine/net/linux/file_names.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <functional>

namespace swb::detail {

namespace {

// So many are found by looking at each; beyond that by their hash.
constexpr std::size_t kFewFiles = 16;
// One more is open while it is read; two may be folders, two the ends of a pipe.
constexpr std::size_t kMostKeptOpen = SendPacketsPlan::kMaxOpenFiles - 5;
constexpr unsigned kNobody = ~0U;

void putIn(std::vector<std::uint32_t>& table, std::size_t hash, std::size_t file)
{
    const std::size_t mask = table.size() - 1;
    std::size_t slot = hash & mask;
    while (table[slot] != 0)
        slot = (slot + 1) & mask;
    table[slot] = static_cast<std::uint32_t>(file + 1);
}

void checkPath(const std::string& path)
{
    if (path.empty())
        throw ArgumentException("The path of a file element is empty.", "path");
    if (path.find('\0') != std::string::npos)
        throw ArgumentException("The path of a file element contains a NUL character.", "path");
}

void throwUnlessOpened(const sys::OpenedFile& file, const std::string& path)
{
    switch (file.failure) {
    case sys::OpenFailure::None:
        return;
    case sys::OpenFailure::FileMissing:
        throw FileNotFoundException(path);
    case sys::OpenFailure::DirectoryMissing:
        throw DirectoryNotFoundException(path);
    case sys::OpenFailure::Denied:
        throw UnauthorizedAccessException(path, "this process may not read it", file.error);
    case sys::OpenFailure::IsDirectory:
        throw UnauthorizedAccessException(path, "it is a directory", file.error);
    case sys::OpenFailure::NotRegular:
        throw NotSupportedException(
            "'" + path + "' is not a regular file (a FIFO, device or socket).");
    case sys::OpenFailure::Other:
        throw FileIOException(path, file.error);
    }
}

} // namespace

sys::OpenedFile openOrThrow(const std::string& path)
{
    checkPath(path);
    auto file = sys::openRegularFile(path.c_str(), sys::kWorkingDirectory);
    throwUnlessOpened(file, path);
    return file;
}

bool SendPacketsPlan::prepare(
    std::shared_ptr<const std::vector<SendPacketsElement>> elements, const std::string& mountTable)
{
    clear();
    m_elements = std::move(elements);
    m_user = kNobody;
    bool rangesFit = true;
    try {
        m_steps.reserve(m_elements->size());
        if (m_elements->size() > kFewFiles)
            m_fileTable.assign(std::bit_ceil(2 * m_elements->size()), 0);
        // Every file is opened even after a range that does not fit: the exceptions of later ones
        // come first.
        for (const auto& element : *m_elements)
            rangesFit = prepareElement(element, mountTable) && rangesFit;
    } catch (...) {
        clear();
        throw;
    }
    if (!rangesFit) {
        clear();
        return false;
    }
    // A file that no byte is sent from is not needed any more.
    for (auto& file : m_files) {
        if (file.lastStep == kNoFile)
            closeFile(file);
    }
    return true;
}

bool SendPacketsPlan::prepareElement(
    const SendPacketsElement& element, const std::string& mountTable)
{
    switch (element.kind()) {
    case SendPacketsElement::Kind::Null:
        return true;
    case SendPacketsElement::Kind::Memory: {
        Step step;
        step.memory = element.memory().data();
        step.size = element.memory().size();
        step.endOfPacket = element.endOfPacket();
        addStep(step);
        return true;
    }
    case SendPacketsElement::Kind::Stream:
        return addFileStep(element, fileForStream(element.fileStream()), element.endOfPacket());
    case SendPacketsElement::Kind::File:
        break;
    }
    const std::string& path = element.filePath();
    try {
        return addFileStep(element, fileForPath(path), element.endOfPacket());
    } catch (const FileNotFoundException&) {
        // A name that exists always wins; only then is it read as more than a name (D-04, FILE-13).
        std::string local = resolveUncName(path, mountTable);
        const bool isUnc = !local.empty();
        if (!isUnc)
            local = path;
        std::vector<std::string> names;
        if (hasWildcard(local))
            names = expandWildcard(local);
        if (names.empty() && isUnc)
            names.push_back(std::move(local));
        if (names.empty())
            throw;
        bool rangesFit = true;
        for (std::size_t i = 0; i < names.size(); ++i) {
            m_expandedPaths.push_back(std::move(names[i]));
            const bool last = i + 1 == names.size();
            rangesFit = addFileStep(element, fileForPath(m_expandedPaths.back()),
                            last && element.endOfPacket())
                && rangesFit;
        }
        return rangesFit;
    }
}

/// False when the element's range is not inside the file.
bool SendPacketsPlan::addFileStep(
    const SendPacketsElement& element, std::size_t file, bool endOfPacket)
{
    const std::int64_t size = m_files[file].facts.size;
    if (element.offset() > size || element.count() > size - element.offset())
        return false;
    Step step;
    step.file = file;
    step.offset = element.offset();
    step.size = static_cast<std::uint64_t>(
        element.count() > 0 ? element.count() : size - element.offset());
    step.endOfPacket = endOfPacket;
    addStep(step);
    return true;
}

void SendPacketsPlan::addStep(const Step& step)
{
    if (step.size == 0) {
        // Nothing to send, but it may still end the packet before it.
        if (step.endOfPacket && !m_steps.empty())
            m_steps.back().endOfPacket = true;
        return;
    }
    if (step.file != kNoFile)
        m_files[step.file].lastStep = m_steps.size();
    m_totalBytes += step.size;
    m_steps.push_back(step);
}

/// The same file again is opened once (FILE-11).
std::size_t SendPacketsPlan::knownFile(
    std::size_t hash, const std::string* path, const FileStream* stream) const
{
    const auto isIt = [&](const File& known) {
        return known.hash == hash
            && ((path && known.path && *known.path == *path)
                || (stream && known.stream && *known.stream == *stream));
    };
    if (m_fileTable.empty()) {
        for (std::size_t i = 0; i < m_files.size(); ++i) {
            if (isIt(m_files[i]))
                return i;
        }
        return kNoFile;
    }
    const std::size_t mask = m_fileTable.size() - 1;
    for (std::size_t slot = hash & mask; m_fileTable[slot] != 0; slot = (slot + 1) & mask) {
        if (isIt(m_files[m_fileTable[slot] - 1]))
            return m_fileTable[slot] - 1;
    }
    return kNoFile;
}

std::size_t SendPacketsPlan::addFile(File file)
{
    if (m_fileTable.empty() ? m_files.size() >= kFewFiles
                            : 2 * (m_files.size() + 1) > m_fileTable.size()) {
        // A wildcard stood for more files than there are elements.
        std::vector<std::uint32_t> table(std::bit_ceil(4 * (m_files.size() + 1)), 0);
        for (std::size_t i = 0; i < m_files.size(); ++i)
            putIn(table, m_files[i].hash, i);
        m_fileTable = std::move(table);
    }
    file.lastStep = kNoFile;
    m_files.push_back(std::move(file));
    if (!m_fileTable.empty())
        putIn(m_fileTable, m_files.back().hash, m_files.size() - 1);
    return m_files.size() - 1;
}

std::size_t SendPacketsPlan::fileForStream(const FileStream& stream)
{
    const std::size_t hash = std::hash<int>{}(stream.descriptor());
    if (const std::size_t known = knownFile(hash, nullptr, &stream); known != kNoFile)
        return known;
    auto facts = sys::factsOf(stream.descriptor());
    if (facts.failure == sys::OpenFailure::None && !stream.readable()) {
        facts.failure = sys::OpenFailure::Denied; // ELEM-05: before the first byte, as with paths
        facts.error = EBADF;
    }
    throwUnlessOpened(facts, "file stream");
    File file;
    file.stream = &stream;
    file.hash = hash;
    file.facts = facts.facts;
    return addFile(std::move(file));
}

/// `path` must live as long as the plan's elements.
std::size_t SendPacketsPlan::fileForPath(const std::string& path)
{
    const std::size_t hash = std::hash<std::string>{}(path);
    if (const std::size_t known = knownFile(hash, &path, nullptr); known != kNoFile)
        return known;
    File file;
    file.path = &path;
    file.hash = hash;
    if (m_openFiles < kMostKeptOpen) {
        auto opened = openOrThrow(path);
        file.facts = opened.facts;
        file.descriptor = std::move(opened.descriptor);
        ++m_openFiles;
        return addFile(std::move(file));
    }
    // Opened when its turn comes; a relative name must then still mean the same (FILE-07).
    checkPath(path);
    nameFromFolder(file);
    if (m_user == kNobody)
        m_user = sys::effectiveUser();
    if (!sys::readableFileFacts(path.c_str() + file.name, file.folder, m_user, file.facts))
        file.facts = openOrThrow(path).facts;
    return addFile(std::move(file));
}

/// Files are mostly neighbours: naming them from their folder saves looking up the whole path for
/// each of them, twice.
void SendPacketsPlan::nameFromFolder(File& file)
{
    const std::string& path = *file.path;
    const auto slash = path.rfind('/');
    const auto nameAt = slash == std::string::npos ? 0 : slash + 1;
    const std::string_view folder = std::string_view(path).substr(0, nameAt);
    if (!m_folder && nameAt > 0 && folder == m_folderPath) {
        m_folder = sys::openFolder(std::string(folder).c_str());
        if (m_folder)
            m_namedFromFolder = folder;
    }
    if (m_folder && folder == m_namedFromFolder) {
        file.folder = m_folder.get();
        file.name = static_cast<std::uint32_t>(nameAt);
        return;
    }
    m_folderPath = folder;
    if (path.front() == '/')
        return;
    if (!m_workingDirectory)
        m_workingDirectory = sys::openFolder(".");
    if (m_workingDirectory)
        file.folder = m_workingDirectory.get();
}

int SendPacketsPlan::descriptorFor(const Step& step) noexcept
{
    File& file = m_files[step.file];
    if (file.stream)
        return file.stream->descriptor();
    if (file.descriptor)
        return file.descriptor.get();
    auto opened = sys::openRegularFile(file.path->c_str() + file.name, file.folder);
    const bool same = opened.failure == sys::OpenFailure::None
        && opened.facts.device == file.facts.device && opened.facts.inode == file.facts.inode
        && opened.facts.size >= file.facts.size;
    if (!same)
        return -1;
    file.descriptor = std::move(opened.descriptor);
    ++m_openFiles;
    return file.descriptor.get();
}

void SendPacketsPlan::closeFile(File& file) noexcept
{
    if (file.descriptor) {
        file.descriptor.reset();
        --m_openFiles;
    }
}

SendPacketsPlan::Filled SendPacketsPlan::fill(StagingPipe& pipe, std::uint64_t limit)
{
    Filled filled;
    std::uint64_t skip = m_doneInStep;
    std::size_t i = m_step;
    while (i < m_steps.size() && !m_steps[i].memory && pipe.held() < limit) {
        const Step& step = m_steps[i];
        const int file = descriptorFor(step);
        if (file < 0) { // gone, replaced or shorter since it was checked (D-15)
            filled.error = SocketError::InvalidArgument;
            return filled;
        }
        const auto moved = pipe.fill(file, step.offset + static_cast<std::int64_t>(skip),
            static_cast<std::size_t>(std::min(step.size - skip, limit - pipe.held())));
        if (moved.error == EAGAIN) // full
            break;
        if (moved.error == EINVAL || moved.error == ENOSYS) {
            filled.refused = true;
            break;
        }
        if (moved.error != 0 || moved.bytes == 0) { // unreadable (ERR-02), or truncated (FILE-09)
            filled.error
                = moved.error != 0 ? SocketError::SocketError : SocketError::InvalidArgument;
            filled.nativeError = moved.error;
            return filled;
        }
        skip += static_cast<std::uint64_t>(moved.bytes);
        if (skip == step.size) {
            doneReading(i++);
            skip = 0;
        }
    }
    filled.more = isMore(pipe.held());
    return filled;
}

std::uint64_t SendPacketsPlan::readIn(PartList& list)
{
    std::uint64_t size = 0;
    std::uint64_t skip = m_doneInStep;
    std::size_t inScratch = 0;
    // Not beyond the few parts: a list that grows would move.
    m_scratch.resize(static_cast<std::size_t>(bytesLeft()));
    for (std::size_t i = m_step; i < m_steps.size() && list.size() < PartList::kFew; ++i) {
        const Step& step = m_steps[i];
        const auto take = static_cast<std::size_t>(step.size - skip);
        if (step.memory) {
            list.add(step.memory + skip, take);
        } else {
            std::byte* const room = m_scratch.data() + inScratch;
            const int file = descriptorFor(step);
            const auto read = file < 0
                ? sys::IoResult{}
                : sys::readAt(file, room, take, step.offset + static_cast<std::int64_t>(skip));
            if (read.error != 0 || read.bytes != static_cast<std::int64_t>(take))
                break;
            doneReading(i);
            list.add(room, take);
            inScratch += take;
        }
        size += take;
        skip = 0;
    }
    return size;
}

void SendPacketsPlan::doneReading(std::size_t step) noexcept
{
    const std::size_t file = m_steps[step].file;
    if (file != kNoFile && m_openFiles > kMostKeptOpen)
        closeFile(m_files[file]);
}

void SendPacketsPlan::leaveStep() noexcept
{
    // Beyond the limit a file that a later step needs again is closed too, so that the next one may
    // be opened.
    const std::size_t file = m_steps[m_step].file;
    if (file != kNoFile && (m_files[file].lastStep == m_step || m_openFiles >= kMostKeptOpen))
        closeFile(m_files[file]);
    ++m_step;
    m_doneInStep = 0;
}

void SendPacketsPlan::advance(std::uint64_t bytes) noexcept
{
    m_sent += bytes;
    while (bytes > 0) {
        const std::uint64_t part = std::min(bytes, leftInCurrent());
        m_doneInStep += part;
        bytes -= part;
        if (leftInCurrent() == 0)
            leaveStep();
    }
}

std::uint64_t SendPacketsPlan::largestPacket() const noexcept
{
    std::uint64_t largest = 0;
    std::uint64_t packet = 0;
    for (const auto& step : m_steps) {
        packet += step.size;
        largest = std::max(largest, packet);
        if (step.endOfPacket)
            packet = 0;
    }
    return largest;
}

void SendPacketsPlan::clear() noexcept
{
    m_steps.clear();
    m_files.clear();
    m_expandedPaths.clear();
    m_elements.reset();
    m_fileTable.clear();
    m_workingDirectory.reset();
    m_folder.reset();
    m_folderPath = {};
    m_namedFromFolder = {};
    m_openFiles = 0;
    m_totalBytes = 0;
    m_sent = 0;
    m_step = 0;
    m_doneInStep = 0;
    corked = false;
    refusesSplice = false;
}

} // namespace swb::detail
