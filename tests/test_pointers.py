"""What docstrings, comments and notes point to is there: modules, files, benchmarks, pages."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
NOTES = (
    *CHECKOUT.glob("*.md"),
    CHECKOUT / "Makefile",
    CHECKOUT / "pyproject.toml",
    *(
        path
        for room in ("rag", "eval", "tests", "docs", "prompts", "corpus/demo")
        for path in sorted((CHECKOUT / room).rglob("*"))
        if path.suffix in (".py", ".md", ".txt") and not {"results", "node_modules"} & set(path.parts)
    ),
)
THERE = frozenset(note.name for note in NOTES)
MADE = re.compile(  # not in the repository: made when asked, or so named in a wheel alone
    r"corpus/(?:pdf|index|replies|eval|uploads|asked)\b|rag/(?:bundled|eval)\b|rag\.eval\b|tests/(?:PATH|ROOM)\b"
)
PATHS = re.compile(r"(?<![\w/.@-])(?:rag|eval|tests|docs|prompts|corpus)/[\w./-]*\w")
MODULES = re.compile(r"(?<![\w/.-])(?:rag|eval)(?:\.(?!py\b)[a-z]\w*)+\b(?!/\d)")
PAGES = re.compile(r"\b[A-Z]{3,}\.md\b")


def missing(text: str) -> list[str]:
    """Return the pointers of a text that lead nowhere."""
    paths, modules = ([name for name in kind.findall(text) if not MADE.match(name)] for kind in (PATHS, MODULES))
    return [
        *(name for name in paths if not (CHECKOUT / name).exists() and not (CHECKOUT / f"{name}.py").exists()),
        *(name for name in modules if not _is_module_or_within(name.split("."))),
        *(name for name in PAGES.findall(text) if name not in THERE),
    ]


def _is_module_or_within(parts: list[str]) -> bool:
    """Tell whether a dotted name is a room or a module, or names something that a room's or module's text holds."""
    for count in range(len(parts), 0, -1):
        place = CHECKOUT.joinpath(*parts[:count])
        if place.is_dir() or place.with_suffix(".py").is_file():
            home = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
            return count == len(parts) or (
                count > 0 and home.is_file() and re.search(rf"\b{parts[count]}\b", home.read_text("utf-8")) is not None
            )
    return False


def test_pointers_lead_somewhere() -> None:
    """Every path, dotted module and page that is named in the repository is in the repository."""
    stale = {str(note.relative_to(CHECKOUT)): missing(note.read_text("utf-8")) for note in NOTES}
    assert {note: names for note, names in stale.items() if names} == {}


def test_stale_pointers_are_seen() -> None:
    """A benchmark, a path, a module and a page that do not exist are told."""
    stale = (
        "eval/benchmarks/" + "nothing.py",
        "eval.benchmarks." + "nothing",
        "rag." + "nowhere.at_all",
        "PLA" + "N.md",
    )
    assert missing(" ".join(stale)) == list(stale)
