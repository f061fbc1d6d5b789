"""Read the word lists and tables of a language: plain files, a folder per language; what serves all lies beside them.

A `.txt` file is a list of words between blanks, with `#` before comments; its first line says what the list is for.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ENGLISH = "en"
ANY_LANGUAGE = ""
_FOLDER = Path(__file__).parent


@cache
def word_list(name: str, language: str = ENGLISH) -> tuple[str, ...]:
    """Return the words of a list, in the order of the file."""
    lines = (_FOLDER / language / f"{name}.txt").read_text("utf-8").splitlines()
    return tuple(word for line in lines for word in line.partition("#")[0].split())


def word_set(*names: str, language: str = ENGLISH) -> frozenset[str]:
    """Return the words of one or more lists."""
    return frozenset(word for name in names for word in word_list(name, language))


def any_of(name: str, language: str = ENGLISH) -> str:
    """Return a pattern for any word of a list, longer ones first, without brackets."""
    return "|".join(map(re.escape, sorted(word_list(name, language), key=len, reverse=True)))


@cache
def table(name: str, language: str = ENGLISH) -> dict[str, Any]:
    """Return a TOML file as Python reads it; whoever asks knows its form."""
    return tomllib.loads((_FOLDER / language / f"{name}.toml").read_text("utf-8"))
