"""Keep shelves: whitelists with a name, in one file of the corpus, `shelves.json`, that may be written by hand.

A whitelist can be narrowed (`within`), never widened.

{"schema": "rag.shelves/1", "shelves": {"deblurring": ["2108.10257", "2404.11358v2"]}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from rag import files
from rag.briefs import named, shown
from rag.errors import BriefError, CorpusError
from rag.papers import AllowedPaper

SCHEMA = "rag.shelves/1"
WHOLE_CORPUS = "corpus"  # the name that stands for all stored papers, where they are offered
_NAME = re.compile(r"\w[\w .+-]{0,59}")

Shelves = Mapping[str, tuple[AllowedPaper, ...]]


def load_shelves(corpus: Path) -> Shelves:
    """Return the shelves of a corpus by name; raise `CorpusError` for a file that is none of ours."""
    path = corpus / "shelves.json"
    try:
        told = json.loads(files.contents(path))
        held = {name: named(papers, name) for name, papers in told["shelves"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError, BriefError) as error:
        raise CorpusError(f"{path} cannot be read ({error}); mend it or remove it") from None
    if told.get("schema") != SCHEMA:
        raise CorpusError(f"{path} has schema {told.get('schema')!r}, expected {SCHEMA!r}; mend it or remove it")
    return held


def shelf_of(name: str, shelves: Shelves) -> tuple[AllowedPaper, ...]:
    """Return the papers of a shelf; raise `BriefError` naming those there are."""
    if name not in shelves:
        raise BriefError(f"no shelf is called {shown(name)}; known: {', '.join(shelves) or 'none yet'}")
    return shelves[name]


def put_shelf(corpus: Path, name: str, papers: Sequence[AllowedPaper | str]) -> None:
    """Keep a shelf under a name, in place of one of that name; raise `BriefError` for a bad name or paper."""
    if not _NAME.fullmatch(name) or name == WHOLE_CORPUS:
        raise BriefError(f"{shown(name)} cannot name a shelf; use up to 60 letters, digits, blanks, . + or -")
    _write(corpus, {name: named(papers)})


def remove_shelf(corpus: Path, name: str) -> None:
    """Remove a shelf; its papers stay stored. Raise `BriefError` where none has that name."""
    if name not in load_shelves(corpus):
        raise BriefError(f"no shelf is called {shown(name)}")
    _write(corpus, {name: None})


def within(outer: Sequence[AllowedPaper], papers: Sequence[AllowedPaper], refused: str) -> Iterator[AllowedPaper]:
    """Yield papers of an outer whitelist that are named again, with a version where the outer has none.

    Raise `BriefError` for the first from outside: its key, then `refused`, in which `{papers}` lists the outer ones.
    """
    known = {paper.paper: paper for paper in outer}
    for paper in papers:
        held = known.get(paper.paper)
        if held is None or (held.version and paper.version and held.version != paper.version):
            raise BriefError(f"{paper.key} {refused.format(papers=', '.join(one.key for one in outer))}")
        yield replace(held, version=held.version or paper.version)


def _write(corpus: Path, changes: Mapping[str, tuple[AllowedPaper, ...] | None]) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    with FileLock(corpus / "shelves.json.lock"):
        held = {name: papers for name, papers in {**load_shelves(corpus), **changes}.items() if papers}
        keys = {name: [paper.key for paper in papers] for name, papers in held.items()}
        text = json.dumps({"schema": SCHEMA, "shelves": keys}, ensure_ascii=False, indent=1)
        files.replace(corpus / "shelves.json", text.encode())
