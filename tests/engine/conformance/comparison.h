// SPDX-License-Identifier: GPL-3.0-or-later
/// The recorded behaviour of .NET, what the engine deliberately does otherwise, and the comparison
/// of both with what a scenario saw.
#pragma once

#include "scenario.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace swb::test {

/// A field of one scenario that differs by a rule of the behaviour contract.
struct Difference {
    std::string rule;
    std::string why;
    std::string field; ///< "notes": a text in the record's notes, and the fact seen instead.
    nlohmann::json dotnet;
    nlohmann::json engine;
};

/// One group of the file of differences: a rule, and the scenarios it shows in.
struct DifferenceGroup {
    std::string rule;
    std::string why;
    std::vector<std::string> ids;
    std::map<std::string, std::pair<nlohmann::json, nlohmann::json>> fields;
};

/// **Errors** std::runtime_error from the constructor when a file is missing or is not what it
/// should be.
class Reference {
public:
    /// The folder with dotnet31-linux.jsonl, differences.json and contract_rules.txt.
    explicit Reference(const std::string& folder);

    const std::vector<std::string>& ids() const { return m_ids; }
    /// Why there is no scenario; empty when there should be one.
    std::string whyNotApplicable(const std::string& id) const;
    bool differs(const std::string& id) const { return m_differences.count(id) > 0; }

    /// What is wrong with the files themselves: unknown ids, fields and rules, differences that the
    /// record does not bear out, scenarios without an id and ids without a scenario.
    std::vector<std::string> faults(const std::vector<Scenario>& scenarios) const;

    /// Field by field, what is neither as recorded nor as listed; empty when all is.
    std::vector<std::string> compare(const std::string& id, const Observation& seen) const;

    /// docs/dotnet-differences.md.
    std::string page() const;

private:
    /// How a field is compared whose figure is the kernel's business or the scheduler's.
    using Views = std::map<std::string, std::string>;

    void loadDifferences(const nlohmann::json& groups);
    std::vector<std::string> faultsOfDifferences() const;
    nlohmann::json view(
        const std::string& id, const std::string& field, const nlohmann::json& all) const;
    void compareField(const std::string& id, const std::string& field, const nlohmann::json& seen,
        std::vector<std::string>& wrong) const;
    void compareFacts(
        const std::string& id, const Observation& seen, std::vector<std::string>& wrong) const;
    std::string rowsOf(const DifferenceGroup& group) const;
    const Difference* find(const std::string& id, const std::string& field) const;

    std::vector<std::string> m_ids; // in the file's order
    std::map<std::string, nlohmann::json> m_records;
    std::vector<DifferenceGroup> m_groups; // in the file's order
    std::map<std::string, std::vector<Difference>> m_differences;
    std::map<std::string, Views> m_views;
    std::map<std::string, std::string> m_notApplicable;
    std::set<std::string> m_rules;
};

/// The observation in the record's form.
nlohmann::json toJson(const Observation& seen);

} // namespace swb::test
