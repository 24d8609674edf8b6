// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/send_packets_plan.h"

#include "engine/net/exceptions.h"
#include "engine/net/linux/file_names.h"

#include <algorithm>
#include <functional>

namespace swb::detail {

namespace {

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
    auto file = sys::openRegularFile(path, sys::kWorkingDirectory);
    throwUnlessOpened(file, path);
    return file;
}

bool SendPacketsPlan::prepare(
    std::shared_ptr<const std::vector<SendPacketsElement>> elements, const std::string& mountTable)
{
    clear();
    m_elements = std::move(elements);
    bool rangesFit = true;
    try {
        m_steps.reserve(m_elements->size());
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

std::size_t SendPacketsPlan::knownFile(
    std::size_t hash, const std::string* path, const FileStream* stream) const
{
    // The same file again is opened once (FILE-11). Looking at the newest few keeps this cheap in a
    // call with thousands of files.
    const std::size_t oldest = m_files.size() > kMaxOpenFiles ? m_files.size() - kMaxOpenFiles : 0;
    for (std::size_t i = m_files.size(); i-- > oldest;) {
        const File& known = m_files[i];
        if (known.hash != hash)
            continue;
        if ((path && known.path && *known.path == *path)
            || (stream && known.stream && *known.stream == *stream))
            return i;
    }
    return kNoFile;
}

std::size_t SendPacketsPlan::fileForStream(const FileStream& stream)
{
    const std::size_t hash = std::hash<int>{}(stream.descriptor());
    if (const std::size_t known = knownFile(hash, nullptr, &stream); known != kNoFile)
        return known;
    auto facts = sys::factsOf(stream.descriptor());
    if (facts.failure == sys::OpenFailure::None && !sys::isReadable(stream.descriptor())) {
        facts.failure = sys::OpenFailure::Denied; // ELEM-05: before the first byte, as with paths
        facts.error = EBADF;
    }
    throwUnlessOpened(facts, "file stream");
    File file;
    file.stream = &stream;
    file.hash = hash;
    file.facts = facts.facts;
    file.lastStep = kNoFile;
    m_files.push_back(std::move(file));
    return m_files.size() - 1;
}

/// `path` must live as long as the plan's elements.
std::size_t SendPacketsPlan::fileForPath(const std::string& path)
{
    const std::size_t hash = std::hash<std::string>{}(path);
    if (const std::size_t known = knownFile(hash, &path, nullptr); known != kNoFile)
        return known;
    auto opened = openOrThrow(path);
    File file;
    file.path = &path;
    file.hash = hash;
    file.facts = opened.facts;
    file.lastStep = kNoFile;
    if (m_openFiles < kMaxOpenFiles) {
        file.descriptor = std::move(opened.descriptor);
        ++m_openFiles;
    } else if (path.front() != '/') {
        // Opened again when its turn comes; a relative name must then still mean the same
        // (FILE-07).
        if (!m_workingDirectory)
            m_workingDirectory = sys::openWorkingDirectory();
        if (m_workingDirectory)
            file.folder = m_workingDirectory.get();
    }
    m_files.push_back(std::move(file));
    return m_files.size() - 1;
}

int SendPacketsPlan::descriptorFor(const Step& step) noexcept
{
    File& file = m_files[step.file];
    if (file.stream)
        return file.stream->descriptor();
    if (file.descriptor)
        return file.descriptor.get();
    auto opened = sys::openRegularFile(*file.path, file.folder);
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

void SendPacketsPlan::leaveStep() noexcept
{
    const Step& step = m_steps[m_step];
    // Beyond the limit a file that a later step needs again is closed too, so that the next one may
    // be opened.
    if (step.file != kNoFile
        && (m_files[step.file].lastStep == m_step || m_openFiles >= kMaxOpenFiles))
        closeFile(m_files[step.file]);
    ++m_step;
    m_doneInStep = 0;
}

void SendPacketsPlan::advance(std::uint64_t bytes) noexcept
{
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
    m_workingDirectory.reset();
    m_openFiles = 0;
    m_totalBytes = 0;
    m_step = 0;
    m_doneInStep = 0;
    corked = false;
}

} // namespace swb::detail
