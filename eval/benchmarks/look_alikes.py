"""Write the engine's list of letters that look like Latin ones from Unicode's table of confusables (UTS 39).

    python -m eval.benchmarks.look_alikes confusables.txt > rag/language/data/confusables.txt

The table is https://www.unicode.org/Public/security/latest/confusables.txt. Kept are letters that look like one Latin
letter and that normalisation (NFKC) leaves as they are. The table gives `l` for whatever is a stroke; of capitals,
which are read as words, `I` is meant.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

_VERSION = re.compile(r"^# Version: (\S+)", re.MULTILINE)


def look_alikes(lines: Iterable[str]) -> dict[str, str]:
    """Return the Latin letter that each letter looks like."""
    found: dict[str, str] = {}
    for line in lines:
        parts = [part.split() for part in line.partition("#")[0].split(";")]
        if len(parts) < 2 or len(parts[0]) != 1 or len(parts[1]) != 1:
            continue
        letter, latin = (chr(int(part[0], 16)) for part in parts[:2])
        kept = unicodedata.normalize("NFKC", letter) == letter
        if letter.isalpha() and not letter.isascii() and kept and re.fullmatch("[A-Za-z]", latin):
            found[letter] = "I" if latin == "l" and letter.isupper() else latin
    return found


def main() -> None:
    """Print the list, sorted by the Latin letter."""
    table = Path(sys.argv[1]).read_text("utf-8-sig")
    version = match[1] if (match := _VERSION.search(table)) else "unknown"
    print(f"# Letters that look like Latin ones, and these: Unicode {version}, by eval.benchmarks.look_alikes.")
    print("# Copyright (c) 1991-2025 Unicode, Inc.; licence: https://www.unicode.org/license.txt")
    for letter, latin in sorted(look_alikes(table.split("\n")).items(), key=lambda pair: (pair[1], pair[0])):
        print(letter, latin)


if __name__ == "__main__":
    main()
