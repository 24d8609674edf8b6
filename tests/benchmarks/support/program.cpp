// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include "process.h"
#include "report.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

namespace swb::bench {

namespace {

constexpr unsigned kRounds = 9;
constexpr unsigned kQuickRounds = 3;
constexpr std::uint64_t kQuickDivisor = 5;
constexpr std::uint64_t kSmokeDivisor = 5000;
constexpr std::uint64_t kTracedOperations = 2000;

struct Options {
    std::vector<std::string> only;
    std::string contender;
    unsigned rounds = 0;
    bool quick = false;
    bool smoke = false;
    bool systemCalls = false;
    bool realTime = false;
    bool list = false;
    std::string json;
    std::string markdown;
    std::string plots;
    std::string commit;
    std::string folder;
    // One sample, in this process
    std::string sample;
    std::uint64_t operations = 0;
    std::uint64_t warmUp = 0;
    bool checkedSample = false;
    int control = -1;
    int peerControl = -1;
};

void addOptions(CLI::App& app, Options& options)
{
    app.add_option("--only", options.only, "rows whose name contains this; may be repeated");
    app.add_option("--contender", options.contender,
        "besides the first one, only contenders whose name contains this");
    app.add_option("--rounds", options.rounds, "timed rounds (9; 3 with --quick)");
    app.add_flag("--quick", options.quick, "a fifth of the work, three rounds");
    app.add_flag(
        "--smoke", options.smoke, "a little of everything, one round: are the bytes right?");
    app.add_flag(
        "--syscalls", options.systemCalls, "count system calls, in runs of their own under strace");
    app.add_flag("--real-time", options.realTime,
        "run both ends ahead of everything else (SCHED_RR, needs the right to): for a machine that "
        "is not quiet");
    app.add_flag("--list", options.list, "names the rows and contenders");
    app.add_option("--json", options.json, "write the results here");
    app.add_option(
        "--markdown", options.markdown, "write the tables here (standard output otherwise)");
    app.add_option("--plots", options.plots, "write plots (SVG) into this folder");
    app.add_option("--commit", options.commit, "what to call the version that is measured");
    app.add_option("--folder", options.folder, "make the files here and keep them");
    app.add_option("--sample", options.sample,
        "one run of ROW by --contender in this process, for a profiler");
    app.add_option(
        "--operations", options.operations, "how many operations, instead of the row's own number");
    app.add_option("--warm-up", options.warmUp)->group("");
    app.add_flag(
        "--checked", options.checkedSample, "with --sample: look at every byte, count allocations");
    app.add_option("--control", options.control)->group("");
    app.add_option("--peer", options.peerControl)->group("");
}

std::vector<std::string> peerArguments(const Fd& control, bool realTime)
{
    std::vector<std::string> arguments{ownPath(), "--peer", std::to_string(control.get())};
    if (realTime)
        arguments.emplace_back("--real-time");
    return arguments;
}

std::uint64_t inSteps(const Row& row, std::uint64_t operations)
{
    return std::max<std::uint64_t>((operations + row.step - 1) / row.step, 1) * row.step;
}

// --- one sample, in the process that is measured

void checkContent(const Row& row, Sample& sample)
{
    if (!row.content)
        return;
    Checksum expected(sample.hashed());
    row.content(sample.allOperations(), expected);
    const PeerReport report = sample.peer().report();
    if (report.bytes != expected.bytes())
        throw std::runtime_error("the far end received " + std::to_string(report.bytes)
            + " bytes instead of " + std::to_string(expected.bytes()));
    if (sample.hashed() && report.hash != expected.hash())
        throw std::runtime_error("the far end received the right number of bytes, but other ones");
}

int runSample(const std::vector<Row>& rows, const Options& options)
{
    const auto row = std::find_if(
        rows.begin(), rows.end(), [&](const Row& each) { return each.id == options.sample; });
    if (row == rows.end())
        throw std::invalid_argument(
            "there is no row \"" + options.sample + "\"; --list names them");
    const auto contender = std::find_if(row->contenders.begin(), row->contenders.end(),
        [&](const Contender& each) { return each.name == options.contender; });
    if (contender == row->contenders.end())
        throw std::invalid_argument("the row has no contender \"" + options.contender + "\"");

    Sample::Order order{
        inSteps(*row, options.operations > 0 ? options.operations : row->operations),
        options.warmUp, options.checkedSample, options.checkedSample && row->hashed,
        options.folder};
    Fd control(options.control);
    std::optional<Child> ownPeer;
    std::optional<TemporaryFolder> ownFolder;
    if (control.get() < 0) { // started by hand
        auto [mine, theirs] = messagePair();
        ownPeer.emplace(peerArguments(theirs, options.realTime), theirs.get(), false);
        control = std::move(mine);
        if (order.folder.empty())
            order.folder = ownFolder.emplace().path();
        if (row->prepare)
            row->prepare(order.operations + order.warmUp, order.folder);
    }
    if (row->pinned)
        pinTo(Core::First);
    if (options.realTime)
        runAheadOfOthers();
    Sample sample(order, Peer(std::move(control)));
    contender->run(sample);
    checkContent(*row, sample);
    std::cout << nlohmann::json(sample.figures()).dump() << std::endl;
    return 0;
}

// --- all samples, in processes of their own

struct Work {
    std::uint64_t operations = 0;
    std::uint64_t warmUp = 0;
    bool checked = false;
    bool realTime = false;
};

std::string startSample(const Row& row, const Contender& contender, const Work& work,
    const std::string& folder, const std::string& traceFile)
{
    auto [sampleEnd, peerEnd] = messagePair();
    const Child peer(peerArguments(peerEnd, work.realTime), peerEnd.get(), false);
    peerEnd.reset();
    std::vector<std::string> arguments;
    if (!traceFile.empty())
        arguments = {"strace", "-c", "-f", "-o", traceFile};
    for (const std::string& each :
        {ownPath(), std::string("--sample"), row.id, std::string("--contender"), contender.name,
            std::string("--operations"), std::to_string(work.operations), std::string("--warm-up"),
            std::to_string(work.warmUp), std::string("--folder"), folder, std::string("--control"),
            std::to_string(sampleEnd.get())})
        arguments.push_back(each);
    if (work.checked)
        arguments.emplace_back("--checked");
    if (work.realTime)
        arguments.emplace_back("--real-time");
    Child child(arguments, sampleEnd.get(), true);
    sampleEnd.reset();
    return child.wait(row.mostTime);
}

std::uint64_t operationsOf(const Row& row, const Options& options)
{
    if (options.operations > 0)
        return inSteps(row, options.operations);
    if (options.smoke)
        return inSteps(row,
            row.smokeOperations > 0 ? row.smokeOperations
                                    : std::max<std::uint64_t>(row.operations / kSmokeDivisor, 10));
    if (options.quick && !row.fixedSize)
        return inSteps(row, row.operations / kQuickDivisor);
    return inSteps(row, row.operations);
}

Work workOf(const Row& row, std::uint64_t operations)
{
    const auto share = static_cast<std::uint64_t>(static_cast<double>(operations) * row.warmUp);
    return {operations, share > 0 ? inSteps(row, share) : 0};
}

/// Calls by name in what `strace -c` wrote: "% time, seconds, usecs/call, calls, [errors,]
/// syscall".
std::map<std::string, double> readTrace(const std::string& file)
{
    std::map<std::string, double> calls;
    std::ifstream input(file);
    for (std::string line; std::getline(input, line);) {
        std::istringstream words(line);
        const std::vector<std::string> fields(std::istream_iterator<std::string>(words), {});
        if (fields.size() < 5 || fields.back() == "total"
            || fields[0].find_first_not_of("0123456789.") != std::string::npos)
            continue;
        calls[fields.back()] = std::stod(fields[3]);
    }
    return calls;
}

/// What one operation more costs in system calls: start and end of the process are in both runs and
/// cancel out.
void countSystemCalls(const Row& row, const Contender& contender, std::uint64_t operations,
    const std::string& folder, ContenderResult& result)
{
    const TemporaryFolder traces;
    const std::uint64_t few = inSteps(row, std::min(operations / 2, kTracedOperations));
    if (row.prepare) {
        row.prepare(few, folder);
        row.prepare(few * 2, folder);
    }
    const std::string once = traces.path() + "/once";
    const std::string twice = traces.path() + "/twice";
    startSample(row, contender, {few, 0}, folder, once);
    startSample(row, contender, {few * 2, 0}, folder, twice);
    const auto base = readTrace(once);
    for (const auto& [name, calls] : readTrace(twice)) {
        const auto before = base.find(name);
        const double each
            = (calls - (before == base.end() ? 0 : before->second)) / static_cast<double>(few);
        if (each >= 0.005)
            result.systemCalls[name] = each;
    }
}

/// The median over the rounds, or what the checked round alone tells (allocations).
double valueOf(const ContenderResult& result, const std::string& figure)
{
    return result.has(figure) ? result.median(figure) : result.checkedRound.at(figure);
}

Reached evaluate(const RowResult& result, const Target& target)
{
    const ContenderResult& mine = *result.find(target.contender);
    Reached reached{describe(*result.row, target), 0, target.limit, target.then};
    if (target.how == Target::How::Value) {
        reached.value = valueOf(mine, target.figure);
        return reached;
    }
    const ContenderResult& other = *result.find(target.against);
    std::vector<double> values;
    for (std::size_t i = 0; i < std::min(mine.rounds.size(), other.rounds.size()); ++i) {
        const double value = mine.rounds[i].at(target.figure);
        const double base = other.rounds[i].at(target.figure);
        values.push_back(target.how == Target::How::Ratio ? value / base : value - base);
    }
    reached.value = medianOf(values);
    return reached;
}

RowResult runRow(const Row& row, const Options& options, const std::string& folder)
{
    RowResult result;
    result.row = &row;
    result.operations = operationsOf(row, options);
    std::vector<const Contender*> contenders;
    for (const Contender& each : row.contenders) {
        if (contenders.empty() || each.name.find(options.contender) != std::string::npos)
            contenders.push_back(&each);
    }
    for (const Contender* each : contenders)
        result.contenders.push_back({each->name, {}, {}, {}});
    const Work work = workOf(row, result.operations);
    if (row.prepare)
        row.prepare(work.operations + work.warmUp, folder);

    const unsigned asked
        = options.rounds > 0 ? options.rounds : (options.quick ? kQuickRounds : kRounds);
    const unsigned rounds = options.smoke ? 1 : std::min(asked, row.mostRounds);
    std::vector<bool> failed(contenders.size());
    for (unsigned round = 0; round <= rounds; ++round) {
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            if (failed[i])
                continue;
            try {
                Work mine = work;
                if (round == 0 && row.checkedOperations > 0)
                    mine = workOf(row, std::min(row.checkedOperations, result.operations));
                mine.checked = round == 0;
                mine.realTime = options.realTime && round > 0;
                const auto figures
                    = nlohmann::json::parse(startSample(row, *contenders[i], mine, folder, {}))
                          .get<Figures>();
                if (round == 0)
                    result.contenders[i].checkedRound = figures;
                else
                    result.contenders[i].rounds.push_back(figures);
                if (round == 0 && options.systemCalls)
                    countSystemCalls(
                        row, *contenders[i], result.operations, folder, result.contenders[i]);
            } catch (const std::exception& error) {
                failed[i] = true;
                result.failures.push_back(
                    row.id + ", " + contenders[i]->name + ": " + error.what());
                std::cerr << result.failures.back() << '\n';
            }
        }
    }
    for (std::size_t i = contenders.size(); i-- > 0;) {
        if (failed[i])
            result.contenders.erase(result.contenders.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (const Target& target : row.targets) {
        if (result.find(target.contender)
            && (target.against.empty() || result.find(target.against)))
            result.targets.push_back(evaluate(result, target));
    }
    return result;
}

bool wanted(const Row& row, const Options& options)
{
    if (options.smoke && !row.smoke)
        return false;
    return options.only.empty()
        || std::any_of(options.only.begin(), options.only.end(),
            [&](const std::string& part) { return row.id.find(part) != std::string::npos; });
}

void writeFile(const std::string& path, const std::string& text)
{
    std::filesystem::create_directories(std::filesystem::absolute(path).parent_path());
    std::ofstream file(path, std::ios::trunc);
    file << text;
    if (!file.flush())
        throw std::runtime_error("cannot write " + path);
}

/// Reads back what was written: is it JSON, with figures for each contender of each row?
void checkWritten(const std::string& path, const Results& results)
{
    std::ifstream file(path);
    const auto json = nlohmann::json::parse(file);
    const auto& rows = json.at("rows");
    if (rows.size() != results.rows.size())
        throw std::runtime_error(path + " does not hold every row");
    for (const auto& row : rows) {
        for (const auto& contender : row.at("contenders")) {
            if (!(contender.at("median").at("cpu").get<double>() > 0))
                throw std::runtime_error(
                    path + ": " + row.at("id").get<std::string>() + " has no figure");
        }
    }
}

} // namespace

int Program::run(int argc, char** argv)
try {
    Options options;
    CLI::App app(m_title);
    addOptions(app, options);
    CLI11_PARSE(app, argc, argv);
    raiseDescriptorLimit();
    if (options.peerControl >= 0) {
        pinTo(Core::Last);
        if (options.realTime)
            runAheadOfOthers();
        runPeer(Fd(options.peerControl));
        return 0;
    }
    if (!options.sample.empty())
        return runSample(m_rows, options);
    if (options.list) {
        for (const Row& row : m_rows) {
            std::cout << row.id << ": " << row.title << '\n';
            for (const Contender& each : row.contenders)
                std::cout << "    " << each.name << '\n';
        }
        return 0;
    }
    if (options.realTime)
        requireRealTime();
    std::optional<TemporaryFolder> ownFolder;
    if (options.folder.empty())
        options.folder = ownFolder.emplace().path();
    Results results{m_name, m_title, options.commit, options.plots, options.smoke, {}, {}};
    bool right = true;
    for (const Row& row : m_rows) {
        if (!wanted(row, options))
            continue;
        results.rows.push_back(runRow(row, options, options.folder));
        right = right && results.rows.back().failures.empty();
        if (options.markdown.empty())
            std::cout << markdown(results.rows.back()) << std::flush;
    }
    if (results.rows.empty())
        throw std::invalid_argument("no row has such a name; --list names them");
    if (m_done)
        m_done(results);
    if (options.markdown.empty())
        std::cout << markdownOfTargets(results.targets);
    else
        writeFile(options.markdown, markdown(results));
    if (!options.json.empty()) {
        writeFile(options.json, toJson(results));
        checkWritten(options.json, results);
    }
    return right ? 0 : 1;
} catch (const std::invalid_argument& error) {
    std::cerr << m_name << ": " << error.what() << '\n';
    return 2;
} catch (const std::exception& error) {
    std::cerr << m_name << ": " << error.what() << '\n';
    return 1;
}

} // namespace swb::bench
