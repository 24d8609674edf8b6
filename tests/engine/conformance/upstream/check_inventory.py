#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares inventory.txt, README.md and the test functions of this folder: no case without a test,
no test without a case. Prints what is missing; the exit status is 1 then."""

import pathlib
import re
import sys

HERE = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
ROW = re.compile(r"^\| ([^|]+?) \| `([^`]+)` `([^`]+)` \| ([^|]+?) \|$")
RULE = re.compile(r"\b[A-Z]+-\d\d\b")
problems = []


def cases():
    lines = (HERE / "inventory.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] not in "#["]


def functions(test):
    """The test functions of a Qt Test file: its private slots without set-up and data."""
    text = (HERE / f"{test}.cpp").read_text(encoding="utf-8")
    slots = text.partition("private slots:")[2]
    names = re.findall(r"^    void (\w+)\(\)", slots, re.MULTILINE)
    return [n for n in names if n not in ("init", "cleanup") and not n.endswith("_data")]


rows = []
for line in (HERE / "README.md").read_text(encoding="utf-8").splitlines():
    if line.startswith("| ") and not line.startswith("| case "):
        match = ROW.match(line)
        if match:
            rows.append(match.groups())
        else:
            problems.append(f"README.md: not a case, a test and what it asserts: {line}")

wanted = cases()
described = [case for case, _, _, _ in rows]
for case in sorted(set(wanted) | set(described)):
    if wanted.count(case) != 1:
        problems.append(f"{case}: {wanted.count(case)} times in inventory.txt")
    if described.count(case) != 1:
        problems.append(f"{case}: {described.count(case)} lines in README.md")

tested = set()
for case, test, function, verdict in rows:
    tested.add((test, function))
    if not (HERE / f"{test}.cpp").is_file():
        problems.append(f"{case}: there is no {test}.cpp")
    elif function not in functions(test):
        problems.append(f"{case}: {test}.cpp has no test {function}")
    if not verdict.startswith("same") and not RULE.search(verdict):
        problems.append(f"{case}: decided otherwise, or new, without a rule")

for path in sorted(HERE.glob("*_test.cpp")):
    for function in functions(path.stem):
        if (path.stem, function) not in tested:
            problems.append(f"{path.name}: {function} stands for no case in README.md")

print("\n".join(problems) if problems else f"{len(wanted)} cases, each with its test")
sys.exit(1 if problems else 0)
