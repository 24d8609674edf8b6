// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <thread>

#include <sys/utsname.h>

namespace swb::bench {

namespace {

const std::vector<std::string> kTableFigures{
    "cpu", "user", "system", "wall", "allocations", "sleeps"};

std::string duration(double ns)
{
    if (ns < 1e4)
        return fmt::format("{:.{}f} ns", ns, ns < 100 ? 1 : 0);
    if (ns < 1e7)
        return fmt::format("{:.1f} µs", ns / 1e3);
    if (ns < 1e10)
        return fmt::format("{:.1f} ms", ns / 1e6);
    return fmt::format("{:.2f} s", ns / 1e9);
}

std::string number(double value)
{
    if (value >= 1000)
        return fmt::format("{:.0f}", value);
    return fmt::format(
        "{:.{}f}", value, value == static_cast<double>(static_cast<long>(value)) ? 0 : 2);
}

std::string processorName()
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("model name", 0) == 0)
            return line.substr(line.find(':') + 2);
    }
    return "unknown processor";
}

std::string firstLine(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

nlohmann::json machine()
{
    utsname system{};
    uname(&system);
    const std::time_t now = std::time(nullptr);
    char date[32]{};
    std::tm utc{};
    std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return {{"date", date}, {"kernel", std::string(system.sysname) + " " + system.release},
        {"processor", processorName()}, {"cores", std::thread::hardware_concurrency()},
        {"load", firstLine("/proc/loadavg")}, {"compiler", __VERSION__}};
}

std::string systemCallText(const ContenderResult& result)
{
    if (result.systemCalls.empty())
        return "";
    double all = 0;
    std::vector<std::pair<double, std::string>> calls;
    for (const auto& [name, each] : result.systemCalls) {
        all += each;
        calls.emplace_back(each, name);
    }
    std::sort(calls.rbegin(), calls.rend());
    std::string text = number(all) + ":";
    for (std::size_t i = 0; i < std::min<std::size_t>(calls.size(), 4); ++i)
        text += fmt::format(" {} {}", calls[i].second, number(calls[i].first));
    return text;
}

std::string notes(const ContenderResult& result)
{
    std::string text;
    Figures figures = result.checkedRound;
    if (!result.rounds.empty())
        figures.insert(result.rounds.front().begin(), result.rounds.front().end());
    for (const auto& [name, value] : figures) {
        if (std::find(kTableFigures.begin(), kTableFigures.end(), name) != kTableFigures.end())
            continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
            number(result.has(name) ? result.median(name) : value));
    }
    return text;
}

nlohmann::json toJson(const Reached& target)
{
    nlohmann::json json{{"text", target.text}, {"value", target.value}, {"limit", target.limit},
        {"reached", target.reached()}};
    if (target.then) {
        json["then"] = *target.then;
        json["thenReached"] = target.value <= *target.then;
    }
    return json;
}

nlohmann::json toJson(const RowResult& result, const ContenderResult& contender)
{
    nlohmann::json json{{"name", contender.name}, {"rounds", contender.rounds},
        {"checked", contender.checkedRound}, {"systemCalls", contender.systemCalls}};
    for (const auto& [name, ignored] : contender.rounds.front()) {
        json["median"][name] = contender.median(name);
        json["best"][name] = contender.best(name);
    }
    json["ratio"] = result.ratio(contender);
    json["bestRatio"] = contender.best("cpu") / result.contenders.front().best("cpu");
    json["spread"] = contender.spread("cpu");
    return json;
}

} // namespace

double medianOf(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double ContenderResult::median(const std::string& figure) const
{
    std::vector<double> values;
    for (const Figures& round : rounds)
        values.push_back(round.at(figure));
    return medianOf(values);
}

double ContenderResult::best(const std::string& figure) const
{
    double least = rounds.front().at(figure);
    for (const Figures& round : rounds)
        least = std::min(least, round.at(figure));
    return least;
}

double ContenderResult::spread(const std::string& figure) const
{
    double most = rounds.front().at(figure);
    for (const Figures& round : rounds)
        most = std::max(most, round.at(figure));
    return (most - best(figure)) / median(figure);
}

bool ContenderResult::has(const std::string& figure) const
{
    return std::all_of(rounds.begin(), rounds.end(), [&](const Figures& round) {
        return round.count(figure) > 0;
    }) && !rounds.empty();
}

const ContenderResult* RowResult::find(const std::string& contender) const
{
    for (const ContenderResult& each : contenders) {
        if (each.name == contender)
            return &each;
    }
    return nullptr;
}

double RowResult::ratio(const ContenderResult& contender, const std::string& figure) const
{
    std::vector<double> ratios;
    const auto& first = contenders.front().rounds;
    for (std::size_t i = 0; i < std::min(first.size(), contender.rounds.size()); ++i)
        ratios.push_back(contender.rounds[i].at(figure) / first[i].at(figure));
    return medianOf(ratios);
}

std::string describe(const Row& row, const Target& target)
{
    const std::string figure = target.figure == "cpu" ? "CPU" : target.figure;
    switch (target.how) {
    case Target::How::Ratio:
        return fmt::format("{}: {} of {} / {}", row.id, figure, target.contender, target.against);
    case Target::How::Difference:
        return fmt::format(
            "{}: {} of {} - {}, ns", row.id, figure, target.contender, target.against);
    case Target::How::Value:
        return fmt::format("{}: {} of {}", row.id, figure, target.contender);
    }
    return {};
}

std::string markdown(const RowResult& result)
{
    const Row& row = *result.row;
    std::string text = fmt::format("\n### {}: {}\n\n{} x {}, {} rounds\n\n", row.id, row.title,
        result.operations, row.unit,
        result.contenders.empty() ? 0 : result.contenders.front().rounds.size());
    text += fmt::format(
        "| contender | CPU for each {} | ratio | best/best | spread | in user mode | wall | "
        "allocations "
        "| sleeps | system calls | besides |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n",
        row.unit);
    for (const ContenderResult& each : result.contenders) {
        text += fmt::format(
            "| {} | {} | {:.2f} | {:.2f} | {:.0f} % | {} | {} | {} | {} | {} | {} |\n", each.name,
            duration(each.median("cpu")), result.ratio(each),
            each.best("cpu") / result.contenders.front().best("cpu"), each.spread("cpu") * 100,
            duration(each.median("user")), duration(each.median("wall")),
            number(
                each.checkedRound.count("allocations") ? each.checkedRound.at("allocations") : 0),
            number(each.median("sleeps")), systemCallText(each), notes(each));
    }
    text += markdownOfTargets(result.targets);
    for (const std::string& failure : result.failures)
        text += "\n**Failed**: " + failure + "\n";
    return text;
}

std::string markdownOfTargets(const std::vector<Reached>& targets)
{
    std::string text = targets.empty() ? "" : "\n";
    for (const Reached& each : targets) {
        text += fmt::format("- {} = **{:.2f}**, to reach {:g}: {}", each.text, each.value,
            each.limit, each.reached() ? "reached" : "NOT REACHED");
        if (each.then)
            text += fmt::format(
                "; then {:g}: {}", *each.then, each.value <= *each.then ? "reached" : "not yet");
        text += "\n";
    }
    return text;
}

std::string markdown(const Results& results)
{
    const auto where = machine();
    std::string text = fmt::format("\n## {}: {}\n\n{} x {}, {}, {}, version {}, load {}\n",
        results.program, results.title, where.at("cores").get<unsigned>(),
        where.at("processor").get<std::string>(), where.at("kernel").get<std::string>(),
        where.at("date").get<std::string>(), results.commit.empty() ? "unknown" : results.commit,
        where.at("load").get<std::string>());
    for (const RowResult& row : results.rows)
        text += markdown(row);
    return text + markdownOfTargets(results.targets);
}

std::string toJson(const Results& results)
{
    nlohmann::json json{{"program", results.program}, {"title", results.title},
        {"commit", results.commit}, {"machine", machine()}, {"smoke", results.smoke},
        {"rows", nlohmann::json::array()}, {"targets", nlohmann::json::array()}};
    for (const RowResult& row : results.rows) {
        nlohmann::json each{{"id", row.row->id}, {"title", row.row->title},
            {"operations", row.operations}, {"unit", row.row->unit}, {"failures", row.failures},
            {"contenders", nlohmann::json::array()}, {"targets", nlohmann::json::array()}};
        for (const ContenderResult& contender : row.contenders)
            each["contenders"].push_back(toJson(row, contender));
        for (const Reached& target : row.targets)
            each["targets"].push_back(toJson(target));
        json["rows"].push_back(std::move(each));
    }
    for (const Reached& target : results.targets)
        json["targets"].push_back(toJson(target));
    return json.dump(1) + "\n";
}

} // namespace swb::bench
