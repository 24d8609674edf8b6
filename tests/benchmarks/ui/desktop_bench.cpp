// SPDX-License-Identifier: GPL-3.0-or-later
/// What a user waits for: the first window of the program, the reason why something is pending, a
/// large file that is sent and cancelled.
#include "desktop.h"
#include "heartbeat.h"

#include "tests/benchmarks/support/program.h"
#include "tests/benchmarks/support/report.h"

#include <QLabel>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace swb;
using namespace swb::bench;

namespace {

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kMs = 1e6;

double msSince(std::int64_t ns)
{
    return static_cast<double>(trace::steadyNowNs() - ns) / kMs;
}

// --- The first window

/// The picture of an Xvfb that was started with -fbdir: a file in the format of xwd.
class Framebuffer {
public:
    explicit Framebuffer(const std::string& path)
        : m_size(std::filesystem::file_size(path))
    {
        const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        m_data = ::mmap(nullptr, m_size, PROT_READ, MAP_SHARED, file.get(), 0);
        if (m_data == MAP_FAILED)
            throw std::runtime_error("the picture of the X server cannot be read");
    }
    ~Framebuffer() { ::munmap(m_data, m_size); }
    Framebuffer(const Framebuffer&) = delete;
    Framebuffer& operator=(const Framebuffer&) = delete;

    /// Some pixels from all over the picture.
    std::vector<std::uint32_t> look() const
    {
        constexpr std::uint32_t kEach = 40;
        const std::size_t begin = header(0) + std::size_t{header(19)} * 12; // after the colours
        std::vector<std::uint32_t> pixels;
        for (std::uint32_t y = kEach; y < header(5); y += kEach) {
            for (std::uint32_t x = kEach; x < header(4); x += kEach)
                pixels.push_back(at(begin + std::size_t{y} * header(12) + std::size_t{x} * 4));
        }
        return pixels;
    }

private:
    std::uint32_t at(std::size_t offset) const
    {
        std::uint32_t value = 0;
        std::memcpy(&value, static_cast<const std::byte*>(m_data) + offset, sizeof value);
        return value;
    }
    std::uint32_t header(std::size_t field) const
    {
        const std::uint32_t big = at(field * 4); // in network order
        return (big >> 24) | ((big >> 8) & 0xFF00) | ((big << 8) & 0xFF0000) | (big << 24);
    }

    std::size_t m_size;
    void* m_data = nullptr;
};

double residentOf(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("VmRSS:", 0) == 0)
            return std::stod(line.substr(6)) * 1024;
    }
    throw std::runtime_error("the program has ended");
}

/// From the start of the program until a third of the screen has another colour.
double firstWindowMs(const std::string& program, const Framebuffer& screen, double& resident)
{
    constexpr auto kSettled = std::chrono::milliseconds(700);
    constexpr double kMostMs = 20'000;
    const auto before = screen.look();
    const std::int64_t start = trace::steadyNowNs();
    const Child child({program}, -1, false);
    for (;;) {
        const auto now = screen.look();
        std::size_t changed = 0;
        for (std::size_t i = 0; i < now.size(); ++i)
            changed += now[i] != before[i] ? 1U : 0U;
        const double ms = msSince(start);
        if (changed * 3 > now.size()) {
            std::this_thread::sleep_for(kSettled);
            resident = std::max(resident, residentOf(child.pid()));
            return ms;
        }
        if (ms > kMostMs)
            throw std::runtime_error("no window came");
        std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
}

void firstWindow(Sample& sample)
{
    const std::filesystem::path program
        = std::filesystem::path(ownPath()).parent_path() / "../../../app/gui/socket-workbench";
    if (!std::filesystem::exists(program))
        throw std::runtime_error("the program is not built: " + program.string());
    const TemporaryFolder home;
    const XServer server(home.path());
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, home.path().c_str());
    qputenv("QT_QPA_PLATFORM", "xcb");
    const Framebuffer screen(home.path() + "/Xvfb_screen0");
    double resident = 0;
    for (std::uint64_t i = 0; i < sample.warmUp() + 1; ++i)
        firstWindowMs(program.string(), screen, resident);
    std::vector<double> times;
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i) {
        // The screen is empty again when the server has noticed that the last one is gone.
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        times.push_back(firstWindowMs(program.string(), screen, resident));
    }
    sample.end();
    sample.set("first window, ms", medianOf(times));
    sample.set("slowest, ms", *std::max_element(times.begin(), times.end()));
    sample.set("resident, MiB", resident / kMiB);
}

// --- Why is it pending?

/// When a label was painted with a text that contains something.
class PaintedText : public QObject {
public:
    PaintedText(QLabel& label, QString part)
        : m_label(label)
        , m_part(std::move(part))
    {
        m_label.installEventFilter(this);
    }
    bool isThere() const { return m_there; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == &m_label && event->type() == QEvent::Paint)
            m_there = m_there || m_label.text().contains(m_part);
        return false;
    }

private:
    QLabel& m_label;
    QString m_part;
    bool m_there = false;
};

void makeSparse(const std::string& path, std::uint64_t bytes)
{
    std::ofstream(path, std::ios::app).flush();
    std::filesystem::resize_file(path, bytes);
}

void reason(Sample& sample)
{
    Desktop desktop(Platform::Offscreen, {});
    test::WindowFixture& f = desktop.fixture();
    const std::string path = sample.folder() + "/pending.bin";
    makeSparse(path, 32 << 20);
    const Address blackhole = f.startPeer(peers::PeerKind::Blackhole);
    std::vector<double> times;
    sample.begin();
    for (std::uint64_t i = 0; i < sample.operations(); ++i) {
        if (!f.connectTo(blackhole))
            throw std::runtime_error("not connected");
        f.queue().add(0, {workbench::QueueItem::file(path)});
        f.focus().setSelected(0);
        const PaintedText seen(*f.find<QLabel>("inspectorWhy"), QStringLiteral("peer window 0"));
        f.session().send(f.session().current(), {0});
        const std::uint64_t id = f.session().calls().newest();
        f.focus().setSelected(id);
        desktop.runUntil([&] { return seen.isThere(); }, 20'000);
        times.push_back(msSince(desktop.store().record(id - 1).submittedNs));
        f.action("cancel")->trigger();
        desktop.runUntil([&] { return f.session().pendingSends() == 0; }, 20'000);
    }
    sample.end();
    sample.set("median, ms", medianOf(times));
    sample.set("slowest, ms", *std::max_element(times.begin(), times.end()));
}

// --- A large file

std::optional<OperationRecord> newest(Desktop& desktop)
{
    const std::uint64_t id = desktop.fixture().session().calls().newest();
    if (!desktop.store().contains(id))
        return std::nullopt;
    return desktop.store().record(trace::TraceStore::rowOf(id));
}

void largeFile(Sample& sample)
{
    constexpr std::uint64_t kCancelled = std::uint64_t{8} << 30;
    const std::uint64_t bytes = sample.operations() << 20;
    const std::string file = sample.folder() + "/large.bin";
    const std::string other = sample.folder() + "/cancelled.bin";
    makeSparse(file, bytes);
    makeSparse(other, kCancelled);
    const std::uint16_t port = sample.startPeer({.role = PeerRole::Sink});
    Desktop desktop(Platform::Offscreen, {});
    test::WindowFixture& f = desktop.fixture();
    if (!f.connectTo(Address{Transport::Tcp, EndPoint::ip("127.0.0.1", port)}))
        throw std::runtime_error("not connected");
    f.queue().add(0, {workbench::QueueItem::file(file), workbench::QueueItem::file(other)});
    desktop.runFor(300);
    const double before = residentBytes();
    Heartbeat heartbeat;
    sample.begin();
    heartbeat.start();
    f.session().send(f.session().current(), {0});
    f.focus().setSelected(f.session().calls().newest());
    desktop.runUntil([&] {
        const auto record = newest(desktop);
        return record && record->phase == OperationPhase::Completed;
    });
    heartbeat.stop();
    sample.end();
    if (newest(desktop)->bytesDone != bytes)
        throw std::runtime_error("not all of the file was sent");
    sample.set("memory growth, MiB", (peakResidentBytes() - before) / kMiB);
    sample.set("longest stall, ms", heartbeat.longestMs());
    sample.set("late p99, ms", heartbeat.lateMs(0.99));
    sample.set("longest turn, CPU ms", heartbeat.longestTurnCpuMs());

    f.session().send(f.session().current(), {1});
    desktop.runUntil([&] {
        const auto record = newest(desktop);
        return record && record->bytesDone > kCancelled / 100;
    });
    const std::int64_t asked = trace::steadyNowNs();
    f.action("cancel")->trigger();
    desktop.runUntil([&] { return f.queue().entry(1).state() == ui::ItemState::Aborted; });
    sample.set("cancel, ms", msSince(asked));
}

Target value(const char* contender, const char* figure, double limit)
{
    return {.contender = contender, .how = Target::How::Value, .figure = figure, .limit = limit};
}

} // namespace

int main(int argc, char** argv)
{
    Program program("desktop", "What a user waits for");
    Row start{.id = "W7.start",
        .title = "the program is started, until its window is on the screen of an X server",
        .contenders = {{"socket-workbench", firstWindow}},
        .operations = 10,
        .smokeOperations = 1,
        .warmUp = 0.2,
        .unit = "start"};
    start.targets = {value("socket-workbench", "first window, ms", 200),
        value("socket-workbench", "resident, MiB", 100)};
    Row why{.id = "W7.reason",
        .title = "a file is sent to a peer that never reads, until the window says why it waits",
        .contenders = {{"window", reason}},
        .operations = 20,
        .smokeOperations = 1,
        .warmUp = 0,
        .unit = "send"};
    why.targets = {value("window", "slowest, ms", 250)};
    Row large{.id = "W7.file",
        .title = "8 GiB are sent from the window; then another file is sent, and cancelled",
        .contenders = {{"window", largeFile}},
        .operations = 8192,
        .smokeOperations = 256,
        .warmUp = 0,
        .unit = "MiB"};
    large.targets = {value("window", "memory growth, MiB", 32),
        value("window", "longest stall, ms", 50), value("window", "cancel, ms", 250)};
    large.hashed = false;
    for (Row* row : {&start, &why, &large}) {
        row->pinned = false;
        row->mostRounds = 3;
        row->checkedOperations = row->smokeOperations;
        row->mostTime = std::chrono::minutes(2);
    }
    if (XServer::canBeStarted())
        program.add(start);
    program.add(why);
    program.add(large);
    return program.run(argc, argv);
}
