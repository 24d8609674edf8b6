#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule of the behaviour contract is shown by which test.

A test shows a rule when the name of its function starts with the rule's id in lower case, without the hyphen;
several ids may lead: `pkt01_elementsAreSentInOrder`, `conc02_conc03_racingThreadsKeepTheirOrder`. Where a name
cannot carry them, a line of its own directly above the function does: `// Rules: PKT-01, PKT-09`. Both count.

Exit status: 0 the account is in order, 1 it is not (the messages say what to do), 2 the files cannot be read.
"""

import argparse
import pathlib
import re
import sys

RULE_LINE = re.compile(r"([A-Z]+(?:-[0-9]{2})?)\s+(\S.*)")
LEADING_ID = re.compile(r"([a-z]+)([0-9]{2})_")
COMMENT = re.compile(r"\s*// Rules:\s*(.*?)\s*")
FUNCTION = re.compile(r"\s*void\s+(\w+)\s*\(\s*\)")
SLOTS = re.compile(r"\s*private\s+(?:slots|Q_SLOTS)\s*:")
SECTION_END = re.compile(r"(?:\s*(?:public|protected|private|signals)\b[\w\s]*:|\};)")
NO_TESTS = {"init", "cleanup", "initTestCase", "cleanupTestCase"}


class Problem(Exception):
    """A file that cannot be understood."""


def read_rules(path):
    """The lines `ID text` of a file, in order; empty ones and those with # are left out."""
    rules = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = RULE_LINE.fullmatch(line.rstrip())
        if not found:
            raise Problem(f"{path}:{number}: not 'ID text': {line}")
        if found[1] in rules:
            raise Problem(f"{path}:{number}: {found[1]} is listed twice")
        rules[found[1]] = found[2]
    return rules


def ids_in_name(name, families):
    """The rules a function's name starts with: `conc02_conc03_x` gives CONC-02 and CONC-03."""
    ids = []
    while True:
        found = LEADING_ID.match(name)
        if found:
            ids.append(f"{found[1].upper()}-{found[2]}")
            name = name[found.end():]
            continue
        # A family without numbers: `saea_defaults`.
        head = name.split("_", 1)
        if len(head) == 2 and head[0].upper() in families:
            ids.append(head[0].upper())
            name = head[1]
            continue
        return ids


def tests_in(path, unnumbered):
    """Yields (function, line number, ids) of the test functions in one file."""
    in_slots = False
    pending = None  # ids of a comment that waits for its function
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        comment = COMMENT.fullmatch(line)
        if comment:
            pending = (number, [part.strip() for part in comment[1].split(",")])
            continue
        if SLOTS.match(line):
            in_slots = True
        elif SECTION_END.match(line):
            in_slots = False
        function = FUNCTION.match(line) if in_slots else None
        if function and (function[1] in NO_TESTS or function[1].endswith("_data")):
            function = None
        if function:
            ids = ids_in_name(function[1], unnumbered)
            if pending:
                ids += [i for i in pending[1] if i not in ids]
            yield function[1], number, ids
        elif pending:
            raise Problem(f"{path}:{pending[0]}: '// Rules:' must stand directly above a test function")
        pending = None


def table(rules, tests_of, reasons):
    """The account as Markdown."""
    covered = sum(1 for rule in rules if tests_of[rule])
    lines = [
        "# The behaviour contract and its tests",
        "",
        f"{len(rules)} rules: {covered} shown by tests, {len(reasons)} that no test can show,"
        f" {sum(1 for r in rules if not tests_of[r] and r not in reasons)} without a test.",
        "",
        "| rule | says | shown by |",
        "|---|---|---|",
    ]
    for rule, text in rules.items():
        shown = "<br>".join(f"{file}: {name}" for file, name in tests_of[rule])
        if not shown:
            shown = f"not testable: {reasons[rule]}" if rule in reasons else "**no test**"
        lines.append(f"| {rule} | {text} | {shown} |")
    return "\n".join(lines) + "\n"


def main(arguments):
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Which rule of the contract is shown by which test.")
    parser.add_argument("--rules", type=pathlib.Path, default=here / "rules.txt")
    parser.add_argument("--not-testable", type=pathlib.Path, default=here / "not_testable.txt")
    parser.add_argument("--tests", type=pathlib.Path, default=here.parent / "engine", help="folder with *.cpp")
    parser.add_argument("--output", type=pathlib.Path, help="also write the table to this Markdown file")
    parser.add_argument("--quiet", action="store_true", help="print only what is wrong, and the sums")
    options = parser.parse_args(arguments)

    rules = read_rules(options.rules)
    reasons = read_rules(options.not_testable)
    files = sorted(options.tests.rglob("*.cpp"))
    if not files:
        raise Problem(f"{options.tests}: no *.cpp here")
    unnumbered = {rule for rule in rules if "-" not in rule}
    tests_of = {rule: [] for rule in rules}
    wrong = []
    for file in files:
        place = file.relative_to(options.tests).as_posix()
        for name, number, ids in tests_in(file, unnumbered):
            for rule in ids:
                if rule in tests_of:
                    tests_of[rule].append((place, name))
                else:
                    wrong.append(f"{place}:{number}: {name} names {rule}, which is not in {options.rules.name}: "
                                 "correct the id, or add the rule there.")
    for rule in reasons:
        if rule not in rules:
            wrong.append(f"{options.not_testable.name}: {rule} is not in {options.rules.name}.")
        elif tests_of[rule]:
            place, name = tests_of[rule][0]
            wrong.append(f"{rule} is listed as not testable, but {place} has {name}: "
                         f"take it out of {options.not_testable.name}.")
    for rule, text in rules.items():
        if not tests_of[rule] and rule not in reasons:
            start = rule.lower().replace("-", "")
            wrong.append(f"{rule} ({text}) has no test: write one named {start}_..., or put"
                         f" '// Rules: {rule}' above one that shows it.")

    markdown = table(rules, tests_of, reasons)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(markdown, encoding="utf-8")
    print("\n".join(markdown.splitlines()[2:3]) if options.quiet else markdown)
    if wrong:
        print(f"{len(wrong)} to put right:", file=sys.stderr)
        for message in wrong:
            print(f"  {message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Problem, OSError) as problem:
        print(f"coverage.py: {problem}", file=sys.stderr)
        sys.exit(2)
