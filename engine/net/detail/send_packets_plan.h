// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "engine/net/linux/staging_pipe.h"
#include "engine/net/linux/system_calls.h"
#include "engine/net/send_packets_element.h"
#include "engine/net/socket_error.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace swb::detail {

class PartList;

/// What one SendPacketsAsync will send, checked before the first byte leaves (D-15, PKT-11): the
/// elements as steps, and the files they need, of which at most kMaxOpenFiles are open at a time.
///
/// Not thread-safe; used by the call that prepares it, then under the lock of the socket's sending
/// side.
class SendPacketsPlan {
public:
    static constexpr std::size_t kMaxOpenFiles = 64;
    static constexpr std::size_t kNoFile = static_cast<std::size_t>(-1);

    struct Step {
        const std::byte* memory = nullptr; ///< Null for a file step.
        std::size_t file = kNoFile;
        std::int64_t offset = 0; ///< In the file.
        std::uint64_t size = 0;
        bool endOfPacket = false;
    };

    /// Opens, checks and sizes everything. Returns false when a range lies past the end of its
    /// file: the operation then ends with InvalidArgument and nothing is sent. **Errors** the
    /// exceptions of FILE-08 and FILE-14, the first in element order; the plan is then empty and no
    /// file is open.
    /// `mountTable` is where UNC names are looked up (FILE-13).
    bool prepare(std::shared_ptr<const std::vector<SendPacketsElement>> elements,
        const std::string& mountTable);
    /// Closes the files and forgets the elements; capacity is kept.
    void clear() noexcept;

    const std::vector<Step>& steps() const noexcept { return m_steps; }
    std::uint64_t totalBytes() const noexcept { return m_totalBytes; }
    bool hasFiles() const noexcept { return !m_files.empty(); }
    /// The largest packet: a run of steps up to one with endOfPacket (DGRAM-03).
    std::uint64_t largestPacket() const noexcept;

    // --- Progress
    bool finished() const noexcept { return m_step == m_steps.size(); }
    std::size_t currentIndex() const noexcept { return m_step; }
    const Step& current() const noexcept { return m_steps[m_step]; }
    std::uint64_t doneInCurrent() const noexcept { return m_doneInStep; }
    std::uint64_t leftInCurrent() const noexcept { return current().size - m_doneInStep; }
    /// Moves on by `bytes`, over as many steps as they fill, and closes files that no later step
    /// needs.
    void advance(std::uint64_t bytes) noexcept;

    /// The open descriptor of the step's file; -1 when it cannot be opened again or is no longer
    /// the file that was checked (D-15).
    int descriptorFor(const Step& step) noexcept;

    std::uint64_t bytesLeft() const noexcept { return m_totalBytes - m_sent; }
    /// Adds what is left from the current step on to `list`, with what comes from files read into
    /// scratch memory, up to the first step that cannot be read in full. Returns how many bytes.
    std::uint64_t readIn(PartList& list);
    /// There is more than the next `size` bytes.
    bool isMore(std::uint64_t size) const noexcept { return m_sent + size < m_totalBytes; }
    /// What fill() did, besides what is in the pipe.
    struct Filled {
        bool more = false; ///< Something follows.
        bool refused = false; ///< The file after it cannot be spliced.
        SocketError error = SocketError::Success; ///< Why the file after it cannot be sent.
        int nativeError = 0;
    };
    /// Puts up to `limit` bytes of the files from the current step on into an empty pipe.
    Filled fill(StagingPipe& pipe, std::uint64_t limit);
    /// The step's bytes have been read, but not sent: beyond the limit its file is closed.
    void doneReading(std::size_t step) noexcept;

    bool corked = false; ///< The socket holds back partial segments for this plan.
    bool refusesSplice = false; ///< Not every file, or not the socket, can be spliced.

    std::vector<std::byte>& scratch() noexcept { return m_scratch; }

private:
    struct File {
        const std::string* path = nullptr; ///< Null for a stream.
        const FileStream* stream = nullptr;
        std::size_t hash = 0; ///< Of the path or the descriptor.
        sys::Descriptor
            descriptor; ///< Null when closed for now, or for a stream, which is not ours to close.
        sys::FileFacts facts;
        std::size_t lastStep = 0;
        int folder = sys::kWorkingDirectory; ///< What the path from `name` on is relative to.
        std::uint32_t name = 0;
    };

    bool prepareElement(const SendPacketsElement& element, const std::string& mountTable);
    bool addFileStep(const SendPacketsElement& element, std::size_t file, bool endOfPacket);
    void addStep(const Step& step);
    /// The file that is known already under this name or stream; kNoFile otherwise.
    std::size_t knownFile(
        std::size_t hash, const std::string* path, const FileStream* stream) const;
    std::size_t addFile(File file);
    std::size_t fileForPath(const std::string& path);
    std::size_t fileForStream(const FileStream& stream);
    void nameFromFolder(File& file);
    void closeFile(File& file) noexcept;
    void leaveStep() noexcept;

    std::shared_ptr<const std::vector<SendPacketsElement>> m_elements;
    std::vector<Step> m_steps;
    std::vector<File> m_files;
    std::deque<std::string>
        m_expandedPaths; ///< Names that a wildcard or a UNC name stood for; addresses stay.
    std::vector<std::uint32_t> m_fileTable; ///< Of m_files by hash: index + 1, or 0.
    sys::Descriptor m_workingDirectory;
    sys::Descriptor m_folder; ///< Of files beyond the limit, once two of them were in it.
    std::string_view m_namedFromFolder; ///< Its path, with the last slash ...
    std::string_view m_folderPath; ///< ... and that of the file before.
    std::size_t m_openFiles = 0;
    unsigned m_user = 0; ///< Whose rights count, once it matters.
    std::uint64_t m_totalBytes = 0;
    std::uint64_t m_sent = 0;
    std::size_t m_step = 0;
    std::uint64_t m_doneInStep = 0;
    std::vector<std::byte> m_scratch;
};

/// Opens `path` or throws as FILE-08 says.
sys::OpenedFile openOrThrow(const std::string& path);

} // namespace swb::detail
