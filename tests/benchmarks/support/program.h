// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checksum.h"
#include "sample.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace swb::bench {

/// One way to do the work of a row.
struct Contender {
    std::string name;
    /// Connects, does warmUp() operations, begin(), operations() operations, end(), closes. Throws
    /// what goes wrong.
    std::function<void(Sample&)> run;
};

/// What DESIGN and README promise. Compares medians.
struct Target {
    enum class How {
        Ratio, ///< figure of `contender` / figure of `against`, of the same round
        Difference, ///< figure of `contender` - figure of `against`, of the same round
        Value, ///< figure of `contender`
    };
    std::string contender;
    std::string against = {};
    How how = How::Ratio;
    std::string figure = "cpu";
    double limit = 1;
    std::optional<double> then = {}; ///< the next one, once this is reached
};

/// One line of the comparison: the same work, done by several contenders. The first one is what the
/// others are compared with.
struct Row {
    std::string id;
    std::string title;
    std::vector<Contender> contenders;
    std::uint64_t operations = 0; ///< of a full run
    std::uint64_t smokeOperations = 0; ///< 0: a share of `operations`
    std::uint64_t step = 1; ///< Operations come in multiples of this.
    double warmUp = 0.1; ///< as a share of the operations
    std::string unit = "operation";
    /// What the far end must have received after this many operations (warm-up included), in order.
    /// Null: the contenders check it themselves.
    std::function<void(std::uint64_t operations, Checksum&)> content = {};
    /// Makes the files of this many operations in a folder, where they are missing.
    std::function<void(std::uint64_t operations, const std::string& folder)> prepare = {};
    std::vector<Target> targets = {};
    /// On the first core only; otherwise (several workers) on all of them.
    bool pinned = true;
    /// The number of operations is part of what is measured: --quick leaves it.
    bool fixedSize = false;
    unsigned mostRounds = 1000;
    /// Of the checked round; 0: as many as of the others.
    std::uint64_t checkedOperations = 0;
    /// What takes longer has failed.
    std::chrono::seconds mostTime{60};
    /// The checked round looks at every byte; off: counts them only, because they are too many.
    bool hashed = true;
    /// Part of --smoke; off for what takes long whatever the number of operations.
    bool smoke = true;
};

struct Reached {
    std::string text;
    double value = 0;
    double limit = 0;
    std::optional<double> then = {};
    bool reached() const { return value <= limit; }
};

struct ContenderResult {
    std::string name;
    std::vector<Figures> rounds; ///< without the checked one
    Figures checkedRound;
    std::map<std::string, double>
        systemCalls; ///< by name, for one operation; empty when not asked for
    double median(const std::string& figure) const;
    double best(const std::string& figure) const;
    double spread(const std::string& figure) const; ///< (worst - best) / median
    bool has(const std::string& figure) const;
};

struct RowResult {
    const Row* row = nullptr;
    std::uint64_t operations = 0;
    std::vector<ContenderResult> contenders;
    std::vector<Reached> targets;
    std::vector<std::string> failures;
    const ContenderResult* find(const std::string& contender) const;
    /// Median over the rounds of figure / figure of the first contender in the same round.
    double ratio(const ContenderResult& contender, const std::string& figure = "cpu") const;
};

/// What is written: one document for the program.
struct Results {
    std::string program;
    std::string title;
    std::string commit;
    std::string folder; ///< where plots go; empty: nowhere
    bool smoke = false;
    std::vector<RowResult> rows;
    std::vector<Reached> targets; ///< across rows
};

/// A benchmark program: rows, and what all programs have in common. Every sample runs in a fresh
/// process, against a fresh peer process, and the contenders take turns (A B C A B C ...), so that
/// whatever else the machine does meets all of them.
class Program {
public:
    Program(std::string name, std::string title)
        : m_name(std::move(name))
        , m_title(std::move(title))
    {
    }
    void add(Row row) { m_rows.push_back(std::move(row)); }
    /// Called with everything that was measured, before it is written.
    void whenDone(std::function<void(Results&)> done) { m_done = std::move(done); }
    /// 0: all bytes were right; 1: not so, or something went wrong; 2: the command line is wrong.
    /// Targets that are not reached are told, not failed.
    int run(int argc, char** argv);

private:
    std::string m_name;
    std::string m_title;
    std::vector<Row> m_rows;
    std::function<void(Results&)> m_done;
};

} // namespace swb::bench
