// SPDX-License-Identifier: BSL-1.0
/// Apart from the other tests because it counts allocations by replacing operator new, which the
/// sanitizers do too.
#include "engine/trace/recorder.h"
#include "tests/engine/trace/records.h"

#include <QTest>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

using namespace swb;
using trace::Recorder;

namespace {

std::atomic<std::size_t> allocations{0};

void* allocate(std::size_t size, std::size_t alignment)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}

} // namespace

// Counts what the recorder allocates: GCC pairs new and delete by itself, so all forms go the same
// way.
void* operator new(std::size_t size)
{
    return allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}

class RecorderAllocationTest : public QObject {
    Q_OBJECT

private slots:
    void countsAllocations()
    {
        const std::size_t before = allocations.load();
        delete new Recorder;
        QVERIFY(allocations.load() > before);
    }

    void allocatesNothingInTheSteadyState()
    {
        constexpr std::size_t kRecordsOfAChunk = 1024;
        Recorder recorder;
        const auto round = [&recorder] {
            for (std::uint64_t id = 1; id <= 3 * kRecordsOfAChunk; ++id)
                recorder.operationStepped(test::synchronousSend(id));
            return recorder.drain([](std::span<const OperationRecord>) { return true; }).records;
        };
        round();
        round(); // The log keeps its last chunk, so that one more goes round.
        const std::size_t before = allocations.load();
        std::size_t records = 0;
        for (int i = 0; i < 50; ++i)
            records += round();
        QCOMPARE(allocations.load() - before, 0U);
        QCOMPARE(records, 50 * 3 * kRecordsOfAChunk);
    }
};

QTEST_GUILESS_MAIN(RecorderAllocationTest)
#include "recorder_allocation_test.moc"
