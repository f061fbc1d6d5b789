"""Load the suites: questions with their whitelists and gold labels, and the PDFs that the generated ones need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import SettingsError

from .cases import Case, case_of, read_case_file
from .invented import Invented, shelf

_HERE = Path(__file__).resolve().parent
FOLDER = _HERE / "suites"
ALL = "all"
GENERATED_SEED, GENERATED_COUNT, GENERATED_FIRST = 2026, 6, 91101  # the papers that `pdfs: generated` stands for


def suite_names() -> tuple[str, ...]:
    """Return the names of all suites."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.jsonl")))


def load_suite(name: str, pdfs: Sequence[str] = ()) -> tuple[Case, ...]:
    """Return the cases of a suite, or of `all`, or only those over some kinds of PDF (generated, demo, arxiv).

    Raises `SettingsError` for a name that there is none of.
    """
    names = suite_names()
    if name != ALL and name not in names:
        raise SettingsError(f"no suite {name!r}; choose {ALL} or one of: {', '.join(names)}")
    chosen: Sequence[str] = names if name == ALL else (name,)
    cases = [case for suite in chosen for case in _read(suite)]
    return tuple(case for case in cases if not pdfs or case.pdfs in pdfs)


def _read(suite: str) -> Iterable[Case]:
    for line in (FOLDER / f"{suite}.jsonl").read_text("utf-8").splitlines():
        told: dict[str, Any] = json.loads(line)
        base = read_case_file(_shipped(told["brief"])) if "brief" in told else None
        case = case_of(told, told["id"], base)
        yield replace(case, kind=case.kind or suite, whitelist_from=f"suite {suite}")


def _shipped(name: str) -> Path:
    """Return a brief or a demo file that ships beside this package, in a checkout or in a wheel."""
    for folder in (_HERE.parent / "corpus", _HERE.parent / "bundled"):
        if (folder / name).exists():
            return folder / name
    raise SettingsError(f"{name} is missing from this installation; install it again")


def generated_papers() -> tuple[Invented, ...]:
    """Return the invented papers that the suites ask about."""
    return shelf(GENERATED_SEED, GENERATED_COUNT, GENERATED_FIRST)


def write_pdfs(folder: Path) -> Path:
    """Write the generated and the demo PDFs into a folder, for an engine to take as its PDF folder; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for paper in generated_papers():
        (folder / f"{paper.paper_id}v{paper.version}.pdf").write_bytes(paper.pdf)
    for path in sorted(_shipped("demo/pdf").glob("*.pdf")):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
