// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparison.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <stdexcept>

namespace swb::test {

using nlohmann::json;

namespace {

constexpr const char* kFields[]
    = {"returned", "threw", "error", "completed_raised", "bytes_transferred", "last_operation",
        "peer_received", "peer_sha256_matches", "callback_on_caller_thread"};

bool isField(const std::string& name)
{
    return std::find(std::begin(kFields), std::end(kFields), name) != std::end(kFields);
}

std::ifstream opened(const std::string& path)
{
    std::ifstream file(path);
    if (!file)
        throw std::runtime_error("cannot be read: " + path);
    return file;
}

/// Looks for a text as words of its own: "raised=1" is not in "raised=10".
bool says(const std::string& notes, const std::string& text)
{
    const auto partOfWord = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    };
    for (auto at = notes.find(text); at != std::string::npos; at = notes.find(text, at + 1)) {
        const bool begins = at == 0 || !partOfWord(notes[at - 1]);
        const auto after = at + text.size();
        const bool ends = after == notes.size() || !partOfWord(notes[after]);
        if (begins && ends)
            return true;
    }
    return false;
}

template <typename T> json orNull(const std::optional<T>& value)
{
    return value ? json(*value) : json(nullptr);
}

/// Pending or not is the scheduler's business; whether event and returned value agree is not.
json agreement(const json& all)
{
    const json& returned = all.at("returned");
    const json& raised = all.at("completed_raised");
    const json& onCaller = all.at("callback_on_caller_thread");
    if (returned == true)
        return raised == 1 && onCaller == false ? "as returned" : "not as returned";
    return returned == false && raised == 0 && onCaller.is_null() ? "as returned"
                                                                  : "not as returned";
}

} // namespace

json toJson(const Observation& seen)
{
    return {{"returned", orNull(seen.returned)}, {"threw", orNull(seen.threw)},
        {"error", orNull(seen.error)}, {"completed_raised", seen.completedRaised},
        {"bytes_transferred", orNull(seen.bytesTransferred)},
        {"last_operation", orNull(seen.lastOperation)},
        {"peer_received", orNull(seen.peerReceived)},
        {"peer_sha256_matches", orNull(seen.contentRight)},
        {"callback_on_caller_thread", orNull(seen.callbackOnCallerThread)}};
}

// --- Loading

Reference::Reference(const std::string& folder)
{
    auto records = opened(folder + "/dotnet31-linux.jsonl");
    for (std::string line; std::getline(records, line);) {
        json record = json::parse(line);
        const std::string id = record.at("id");
        m_ids.push_back(id);
        if (record.contains("varies_fields")) {
            for (const auto& [field, values] : record["varies_fields"].items()) {
                if (field != "notes")
                    m_views[id][field] = "agreement";
            }
        }
        m_records[id] = std::move(record);
    }
    auto rules = opened(folder + "/contract_rules.txt");
    for (std::string rule; rules >> rule;)
        m_rules.insert(rule);
    const json table = json::parse(opened(folder + "/differences.json"));
    for (const json& group : table.at("not_applicable")) {
        for (const json& id : group.at("ids"))
            m_notApplicable[id] = group.at("why");
    }
    for (const json& group : table.at("by_rule")) {
        for (const json& id : group.at("ids")) {
            for (const json& field : group.at("fields"))
                m_views[id][field] = group.at("as");
        }
    }
    loadDifferences(table.at("differences"));
}

void Reference::loadDifferences(const json& groups)
{
    for (const json& entry : groups) {
        DifferenceGroup group;
        group.rule = entry.at("rule");
        group.why = entry.at("why");
        group.ids = entry.at("ids").get<std::vector<std::string>>();
        for (const auto& [field, values] : entry.at("fields").items()) {
            group.fields[field] = {values.at("dotnet"), values.at("engine")};
            for (const std::string& id : group.ids)
                m_differences[id].push_back(
                    {group.rule, group.why, field, values.at("dotnet"), values.at("engine")});
        }
        m_groups.push_back(std::move(group));
    }
}

std::string Reference::whyNotApplicable(const std::string& id) const
{
    const auto found = m_notApplicable.find(id);
    return found == m_notApplicable.end() ? std::string() : found->second;
}

// --- Faults of the files

std::vector<std::string> Reference::faults(const std::vector<Scenario>& scenarios) const
{
    std::vector<std::string> faults = faultsOfDifferences();
    std::map<std::string, int> played;
    for (const Scenario& scenario : scenarios)
        ++played[std::string(scenario.id)];
    for (const auto& [id, times] : played) {
        if (m_records.count(id) == 0)
            faults.push_back(id + ": a scenario of which there is no record");
        if (times > 1)
            faults.push_back(id + ": two scenarios");
        if (m_notApplicable.count(id) > 0)
            faults.push_back(id + ": not applicable, and yet there is a scenario");
    }
    for (const std::string& id : m_ids) {
        if (played.count(id) == 0 && m_notApplicable.count(id) == 0)
            faults.push_back(id + ": neither a scenario nor a reason why there is none");
    }
    for (const auto& [id, why] : m_notApplicable) {
        if (m_records.count(id) == 0 || why.empty())
            faults.push_back(id + ": not applicable, but unknown or without a reason");
    }
    for (const auto& [id, views] : m_views) {
        if (m_records.count(id) == 0)
            faults.push_back(id + ": compared by rule, but unknown");
    }
    return faults;
}

std::vector<std::string> Reference::faultsOfDifferences() const
{
    std::vector<std::string> faults;
    std::set<std::string> seen;
    for (const auto& [id, differences] : m_differences) {
        const auto record = m_records.find(id);
        if (record == m_records.end()) {
            faults.push_back(id + ": differs, but is unknown");
            continue;
        }
        for (const Difference& difference : differences) {
            const std::string where = id + ", " + difference.field;
            if (m_rules.count(difference.rule) == 0)
                faults.push_back(where + ": there is no rule " + difference.rule);
            if (difference.why.empty())
                faults.push_back(where + ": no reason is given");
            if (difference.dotnet == difference.engine)
                faults.push_back(where + ": listed as a difference, but both are the same");
            if (difference.field == "notes") {
                const std::string notes = record->second.at("notes");
                if (!says(notes, difference.dotnet))
                    faults.push_back(where + ": .NET's notes do not say this");
                if (says(notes, difference.engine))
                    faults.push_back(where + ": .NET's notes say this too");
                continue;
            }
            if (!isField(difference.field))
                faults.push_back(where + ": there is no such field");
            else if (view(id, difference.field, record->second) != difference.dotnet)
                faults.push_back(where + ": .NET's record has another value than the table says");
            if (!seen.insert(where).second)
                faults.push_back(where + ": listed twice");
        }
    }
    return faults;
}

// --- Comparing

json Reference::view(const std::string& id, const std::string& field, const json& all) const
{
    const json& value = all.at(field);
    const auto views = m_views.find(id);
    if (views == m_views.end() || views->second.count(field) == 0)
        return value;
    const std::string& as = views->second.at(field);
    if (as == "agreement")
        return agreement(all);
    if (!value.is_number())
        return value;
    const std::uint64_t number = value;
    if (as == "some")
        return number > 0 ? "some" : "none";
    if (as == "against the peer") {
        const std::uint64_t peer = all.at("peer_received");
        if (number == peer)
            return "what the peer received";
        return number < peer ? "less than the peer received" : "more than the peer received";
    }
    if (as.rfind("beyond ", 0) == 0) { // a number of bytes that is the same in every run
        const std::uint64_t known = std::stoull(as.substr(7));
        if (number == known)
            return known;
        return (number < known ? "less than " : "more than ") + std::to_string(known);
    }
    throw std::runtime_error(id + ": unknown way to compare: " + as);
}

const Difference* Reference::find(const std::string& id, const std::string& field) const
{
    const auto list = m_differences.find(id);
    if (list == m_differences.end())
        return nullptr;
    const auto found = std::find_if(list->second.begin(), list->second.end(),
        [&](const Difference& difference) { return difference.field == field; });
    return found == list->second.end() ? nullptr : &*found;
}

void Reference::compareField(const std::string& id, const std::string& field, const json& seen,
    std::vector<std::string>& wrong) const
{
    const json expected = view(id, field, m_records.at(id));
    const json actual = view(id, field, seen);
    const Difference* const listed = find(id, field);
    if (!listed) {
        if (actual != expected)
            wrong.push_back(field + ": .NET " + expected.dump() + ", here " + actual.dump());
    } else if (actual == expected) {
        wrong.push_back(field + ": listed as a difference by " + listed->rule
            + ", but it is the same as in .NET: " + actual.dump());
    } else if (actual != listed->engine) {
        wrong.push_back(field + ": " + listed->rule + " says " + listed->engine.dump() + ", here "
            + actual.dump() + " (.NET " + expected.dump() + ")");
    }
}

void Reference::compareFacts(
    const std::string& id, const Observation& seen, std::vector<std::string>& wrong) const
{
    const std::string notes = m_records.at(id).at("notes");
    const auto list = m_differences.find(id);
    std::set<std::string> unused;
    if (list != m_differences.end()) {
        for (const Difference& difference : list->second) {
            if (difference.field == "notes")
                unused.insert(difference.engine.get<std::string>());
        }
    }
    for (const std::string& fact : seen.facts) {
        // The parameter's name only counts where .NET names one too.
        const bool counts
            = fact.rfind("param=", 0) != 0 || notes.find("param=") != std::string::npos;
        if (unused.erase(fact) == 0 && counts && !says(notes, fact))
            wrong.push_back("notes: \"" + fact + "\" is not in .NET's: " + notes);
    }
    for (const std::string& fact : unused)
        wrong.push_back("notes: listed as a difference, but not seen: \"" + fact + "\"");
}

std::vector<std::string> Reference::compare(const std::string& id, const Observation& seen) const
{
    std::vector<std::string> wrong;
    const json all = toJson(seen);
    for (const char* const field : kFields)
        compareField(id, field, all, wrong);
    compareFacts(id, seen, wrong);
    return wrong;
}

// --- The page

namespace {

/// In the order in which one tells them.
constexpr const char* kFieldsInWords[]
    = {"returned", "threw", "error", "completed_raised", "callback_on_caller_thread",
        "bytes_transferred", "peer_received", "peer_sha256_matches", "notes"};

/// A text that does not break a table, nor is taken for markup.
std::string cell(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        if (c == '|' || c == '*' || c == '_' || c == '<' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

/// Nothing where there is nothing to tell.
std::string inWords(const std::string& field, const json& value)
{
    if (value.is_null())
        return {};
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (field == "returned")
        return "returns " + text;
    if (field == "threw")
        return "throws " + text;
    if (field == "error")
        return "SocketError " + text;
    if (field == "completed_raised")
        return value == 0 ? "no event" : value == 1 ? "one event" : text + " events";
    if (field == "callback_on_caller_thread")
        return value == true ? "the handler runs inside the call" : "the handler runs on a worker";
    if (field == "bytes_transferred")
        return "BytesTransferred: " + text;
    if (field == "peer_received")
        return "the peer receives: " + text;
    if (field == "peer_sha256_matches")
        return value == true ? "in the right order and whole"
                             : "not in the order asked for, or not whole";
    return text;
}

} // namespace

std::string Reference::rowsOf(const DifferenceGroup& group) const
{
    std::string dotnet;
    std::string engine;
    const auto add = [](std::string& text, const std::string& words) {
        text += (text.empty() || words.empty() ? "" : ", ") + words;
    };
    for (const char* const field : kFieldsInWords) {
        const auto found = group.fields.find(field);
        if (found == group.fields.end())
            continue;
        add(dotnet, inWords(field, found->second.first));
        add(engine, inWords(field, found->second.second));
    }
    for (std::string* const text : {&dotnet, &engine}) {
        if (text->empty())
            *text = "nothing is thrown";
    }
    std::string rows;
    for (const std::string& id : group.ids)
        rows += "| `" + id + "` | " + cell(m_records.at(id).at("what")) + " | " + cell(dotnet)
            + " | " + cell(engine) + " |\n";
    return rows;
}

std::string Reference::page() const
{
    const auto differing = m_differences.size();
    const auto same = m_ids.size() - differing - m_notApplicable.size();
    std::string page
        = "# What differs from .NET\n\n"
          "<!-- Written by `conformance_test --write docs/dotnet-differences.md`. -->\n\n"
          "The engine is compared with what .NET Core 3.1 did on Linux, in "
        + std::to_string(m_ids.size()) + " recorded scenarios: " + std::to_string(same)
        + " are the same in every field, " + std::to_string(differing) + " differ on purpose, and "
        + std::to_string(m_notApplicable.size())
        + " have no meaning in C++. Here is every difference, under the rule of the behaviour "
          "contract that asks for it. The tests play all the scenarios and fail when a line of "
          "this page is no longer true.\n";
    std::vector<std::string> rules;
    for (const DifferenceGroup& group : m_groups) {
        if (std::find(rules.begin(), rules.end(), group.rule) == rules.end())
            rules.push_back(group.rule);
    }
    for (const std::string& rule : rules) {
        page += "\n## " + rule + "\n";
        for (const DifferenceGroup& group : m_groups) {
            if (group.rule == rule)
                page += "\n" + cell(group.why)
                    + "\n\n| Scenario | What it does | .NET Core 3.1 | This engine |\n"
                      "| --- | --- | --- | --- |\n"
                    + rowsOf(group);
        }
    }
    page += "\n## Without a meaning in C++\n\n| Scenario | What it does | Why not |\n"
            "| --- | --- | --- |\n";
    for (const auto& [id, why] : m_notApplicable)
        page
            += "| `" + id + "` | " + cell(m_records.at(id).at("what")) + " | " + cell(why) + " |\n";
    return page;
}

} // namespace swb::test
