#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of coverage.py: small rule lists and test files, and what it says of them."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import coverage

RULES = "# comment\n\nAB-01  first\nAB-02  second\nWIN-01  elsewhere\nWORD  without a number\n"
GOOD = """class T : public QObject {
    Q_OBJECT
private:
    void ab02_isNoTest() { }
private slots:
    void init() { }
    void ab01_word_first_data() { }
    void ab01_word_first()
    {
    }
    // Rules: AB-02
    void somethingElse() { }
};
"""


class CoverageTest(unittest.TestCase):
    def account(self, tests, not_testable="WIN-01  not here\n", rules=RULES):
        """Exit status, standard output, standard error and the Markdown of one run."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "rules.txt").write_text(rules, encoding="utf-8")
            (root / "not.txt").write_text(not_testable, encoding="utf-8")
            (root / "tests" / "net").mkdir(parents=True)
            (root / "tests" / "net" / "a_test.cpp").write_text(tests, encoding="utf-8")
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = coverage.main(["--rules", str(root / "rules.txt"), "--not-testable", str(root / "not.txt"),
                                        "--tests", str(root / "tests"), "--output", str(root / "out" / "t.md")])
            return status, out.getvalue(), err.getvalue(), (root / "out" / "t.md").read_text(encoding="utf-8")

    def test_namesAndCommentsCount(self):
        status, out, err, markdown = self.account(GOOD)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("4 rules: 3 shown by tests, 1 that no test can show, 0 without a test.", out)
        self.assertIn("| AB-01 | first | net/a_test.cpp: ab01_word_first |", markdown)
        self.assertIn("| AB-02 | second | net/a_test.cpp: somethingElse |", markdown)
        self.assertIn("| WORD | without a number | net/a_test.cpp: ab01_word_first |", markdown)

    def test_ruleWithoutTestFails(self):
        status, _, err, markdown = self.account(GOOD.replace("    // Rules: AB-02\n", ""))
        self.assertEqual(status, 1)
        self.assertIn("AB-02 (second) has no test: write one named ab02_...", err)
        self.assertIn("| AB-02 | second | **no test** |", markdown)

    def test_unknownRuleFails(self):
        status, _, err, _ = self.account(GOOD.replace("somethingElse", "ab77_somethingElse"))
        self.assertEqual(status, 1)
        self.assertIn("ab77_somethingElse names AB-77, which is not in rules.txt", err)

    def test_misspelledFamilyFails(self):
        status, _, err, _ = self.account(GOOD.replace("ab01_word", "ad01_word"))
        self.assertEqual(status, 1)
        self.assertIn("AD-01", err)

    def test_notTestableWithATestFails(self):
        status, _, err, _ = self.account(GOOD, "WIN-01  not here\nAB-01  cannot be\n")
        self.assertEqual(status, 1)
        self.assertIn("AB-01 is listed as not testable, but net/a_test.cpp has ab01_word_first", err)

    def test_notTestableMustBeARule(self):
        status, _, err, _ = self.account(GOOD, "WIN-01  not here\nAB-09  cannot be\n")
        self.assertEqual(status, 1)
        self.assertIn("AB-09 is not in rules.txt", err)

    def test_commentWithoutFunctionIsAnError(self):
        with self.assertRaises(coverage.Problem):
            self.account(GOOD.replace("    void somethingElse() { }\n", "\n    void somethingElse() { }\n"))

    def test_listsAreChecked(self):
        for rules in ("AB-01 first\nAB-01 again\n", "what is this\n"):
            with self.assertRaises(coverage.Problem):
                self.account(GOOD, rules=rules)


if __name__ == "__main__":
    unittest.main()
