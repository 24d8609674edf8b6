#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""check_quotes.py ROOT PAGE...: what a page quotes is what is compiled. A block of code in a page
that follows `<!-- quoted from FILE -->` must be the text of FILE (below ROOT) between the lines
`// [quote]` and `// [end]`. The exit status is 1 when one differs, or a page quotes nothing."""

import pathlib
import re
import sys
import textwrap

QUOTE = re.compile(r"<!-- quoted from (\S+) -->\s*```\w*\n(.*?)```", re.DOTALL)
MARKED = re.compile(r"^ *// \[quote\]\n(.*?)^ *// \[end\]$", re.DOTALL | re.MULTILINE)

root = pathlib.Path(sys.argv[1])
failed = False
for page in sys.argv[2:]:
    quotes = QUOTE.findall((root / page).read_text(encoding="utf-8"))
    if not quotes:
        print(f"{page}: quotes nothing")
        failed = True
    for source, quoted in quotes:
        marked = MARKED.search((root / source).read_text(encoding="utf-8"))
        if not marked or textwrap.dedent(marked[1]) != quoted:
            print(f"{page}: the quote from {source} is not what stands there")
            failed = True
sys.exit(1 if failed else 0)
