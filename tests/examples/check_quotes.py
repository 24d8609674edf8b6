#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_quotes.py [--write] ROOT PAGE...: what a page quotes is what is compiled. A block of code in a page
that follows `<!-- quoted from FILE -->` must be FILE (below ROOT) without its licence line, or, where FILE has
them, what stands between the lines `// [quote]` and `// [end]`. With --write the pages are brought up to date
instead. The exit status is 1 when a quote differs, a page quotes nothing, or an example beside this script is
quoted by none of the pages."""

import pathlib
import re
import sys
import textwrap

QUOTE = re.compile(r"(<!-- quoted from (\S+) -->\s*```\w*\n)(.*?)(?=```)", re.DOTALL)
MARKED = re.compile(r"^ *// \[quote\]\n(.*?)^ *// \[end\]$", re.DOTALL | re.MULTILINE)
LICENCE = re.compile(r"^// SPDX-License-Identifier:.*\n")


def quotable(path):
    text = path.read_text(encoding="utf-8")
    marked = MARKED.search(text)
    return textwrap.dedent(marked[1]) if marked else LICENCE.sub("", text)


def main():
    arguments = sys.argv[1:]
    write = arguments[:1] == ["--write"]
    root, *pages = arguments[1:] if write else arguments
    root = pathlib.Path(root)
    quoted_files = set()
    problems = []
    for name in pages:
        page = root / name
        text = page.read_text(encoding="utf-8")
        quotes = QUOTE.findall(text)
        if not quotes:
            problems.append(f"{name}: quotes nothing")
        quoted_files.update(source for _, source, _ in quotes)
        right = QUOTE.sub(lambda found: found[1] + quotable(root / found[2]), text)
        if write:
            page.write_text(right, encoding="utf-8")
        problems += [f"{name}: the quote from {source} is not what stands there; bring it up to date with --write"
                     for _, source, quoted in quotes if not write and quotable(root / source) != quoted]
    here = pathlib.Path(__file__).resolve().parent
    for example in sorted(here.glob("*.cpp")):
        if str(example.relative_to(root.resolve())) not in quoted_files:
            problems.append(f"{example.name}: no page quotes it")
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main())
