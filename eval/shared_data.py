"""Read the facts that this judge shares with the engine: its word lists and tables, as plain files, never as code.

They lie in `rag/language/data`, a folder per language; the table in `eval/README.md` says who reads what.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ENGLISH = "en"
ANY_LANGUAGE = ""


@cache
def _folder() -> Path:
    spec = find_spec("rag")  # found, not imported beyond its door
    assert spec is not None  # noqa: S101 - this package needs it
    assert spec.origin is not None  # noqa: S101 - it is a folder with an __init__
    return Path(spec.origin).parent / "language" / "data"


@cache
def word_list(name: str, language: str = ENGLISH) -> tuple[str, ...]:
    """Return the words of a list, in the order of the file; `#` begins a comment."""
    lines = (_folder() / language / f"{name}.txt").read_text("utf-8").splitlines()
    return tuple(word for line in lines for word in line.partition("#")[0].split())


def word_set(*names: str) -> frozenset[str]:
    """Return the words of one or more lists."""
    return frozenset(word for name in names for word in word_list(name))


def any_of(*names: str) -> str:
    """Return a pattern for any word of some lists, longer ones first, without brackets."""
    return "|".join(map(re.escape, sorted(word_set(*names), key=lambda word: (-len(word), word))))


@cache
def table(name: str) -> dict[str, Any]:
    """Return a TOML file as Python reads it; whoever asks knows its form."""
    return tomllib.loads((_folder() / ENGLISH / f"{name}.toml").read_text("utf-8"))
