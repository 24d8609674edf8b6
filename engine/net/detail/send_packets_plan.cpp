// SPDX-License-Identifier: BSL-1.0
#include "engine/net/detail/send_packets_plan.h"

#include "engine/net/exceptions.h"

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
        throw UnauthorizedAccessException(path, "this process may not read it");
    case sys::OpenFailure::IsDirectory:
        throw UnauthorizedAccessException(path, "it is a directory");
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

bool SendPacketsPlan::prepare(std::shared_ptr<const std::vector<SendPacketsElement>> elements)
{
    clear();
    m_elements = std::move(elements);
    bool rangesFit = true;
    try {
        m_steps.reserve(m_elements->size());
        // Every file is opened even after a range that does not fit: the exceptions of later ones
        // come first.
        for (const auto& element : *m_elements)
            rangesFit = prepareElement(element) && rangesFit;
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

bool SendPacketsPlan::prepareElement(const SendPacketsElement& element)
{
    Step step;
    step.endOfPacket = element.endOfPacket();
    switch (element.kind()) {
    case SendPacketsElement::Kind::Null:
        return true;
    case SendPacketsElement::Kind::Memory:
        step.memory = element.memory().data();
        step.size = element.memory().size();
        break;
    case SendPacketsElement::Kind::File:
    case SendPacketsElement::Kind::Stream: {
        step.file = fileFor(element);
        const std::int64_t size = m_files[step.file].facts.size;
        if (element.offset() > size || element.count() > size - element.offset())
            return false;
        step.offset = element.offset();
        step.size = static_cast<std::uint64_t>(
            element.count() > 0 ? element.count() : size - element.offset());
        break;
    }
    }
    if (step.size == 0) {
        // Nothing to send, but it may still end the packet before it.
        if (step.endOfPacket && !m_steps.empty())
            m_steps.back().endOfPacket = true;
        return true;
    }
    if (step.file != kNoFile)
        m_files[step.file].lastStep = m_steps.size();
    m_totalBytes += step.size;
    m_steps.push_back(step);
    return true;
}

std::size_t SendPacketsPlan::fileFor(const SendPacketsElement& element)
{
    const bool isStream = element.kind() == SendPacketsElement::Kind::Stream;
    const std::size_t hash = isStream ? std::hash<int>{}(element.fileStream().descriptor())
                                      : std::hash<std::string>{}(element.filePath());
    // The same file again is opened once (FILE-11). Looking at the newest few keeps this cheap in a
    // call with thousands of files.
    const std::size_t oldest = m_files.size() > kMaxOpenFiles ? m_files.size() - kMaxOpenFiles : 0;
    for (std::size_t i = m_files.size(); i-- > oldest;) {
        const File& known = m_files[i];
        if (known.pathHash != hash || known.element->kind() != element.kind())
            continue;
        if (isStream ? known.element->fileStream() == element.fileStream()
                     : known.element->filePath() == element.filePath())
            return i;
    }
    File file;
    file.element = &element;
    file.pathHash = hash;
    file.lastStep = kNoFile;
    openForCheck(element, file);
    m_files.push_back(std::move(file));
    return m_files.size() - 1;
}

void SendPacketsPlan::openForCheck(const SendPacketsElement& element, File& file)
{
    if (element.kind() == SendPacketsElement::Kind::Stream) {
        auto facts = sys::factsOf(element.fileStream().descriptor());
        throwUnlessOpened(facts, "file stream");
        file.facts = facts.facts;
        return;
    }
    auto opened = openOrThrow(element.filePath());
    file.facts = opened.facts;
    if (m_openFiles < kMaxOpenFiles) {
        file.descriptor = std::move(opened.descriptor);
        ++m_openFiles;
        return;
    }
    // Opened again when its turn comes; a relative name must then still mean the same (FILE-07).
    if (element.filePath().front() != '/') {
        if (!m_workingDirectory)
            m_workingDirectory = sys::openWorkingDirectory();
        if (m_workingDirectory)
            file.folder = m_workingDirectory.get();
    }
}

int SendPacketsPlan::descriptorFor(const Step& step) noexcept
{
    File& file = m_files[step.file];
    if (file.element->kind() == SendPacketsElement::Kind::Stream)
        return file.element->fileStream().descriptor();
    if (file.descriptor)
        return file.descriptor.get();
    auto opened = sys::openRegularFile(file.element->filePath(), file.folder);
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
    m_elements.reset();
    m_workingDirectory.reset();
    m_openFiles = 0;
    m_totalBytes = 0;
    m_step = 0;
    m_doneInStep = 0;
    corked = false;
}

} // namespace swb::detail
