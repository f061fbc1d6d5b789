"""Load the suites: questions with their whitelists and gold labels, and the PDFs that the generated ones need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import SettingsError

from .cases import Case, read_questions

FOLDER = Path(__file__).resolve().parent / "suites"
ALL = "all"


def suite_names() -> tuple[str, ...]:
    """Return the names of all suites."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.jsonl")))


def load_suite(name: str) -> tuple[Case, ...]:
    """Return the cases of a suite, or of all; raise `SettingsError` for a name that there is none of."""
    names = suite_names()
    if name != ALL and name not in names:
        raise SettingsError(f"no suite {name!r}; choose {ALL} or one of: {', '.join(names)}")
    chosen: Sequence[str] = names if name == ALL else (name,)
    return tuple(
        replace(case, kind=case.kind or suite, whitelist_from=f"suite {suite}")
        for suite in chosen
        for case in read_questions(FOLDER / f"{suite}.jsonl")
    )
