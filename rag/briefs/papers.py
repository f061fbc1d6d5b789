"""Tell which papers are meant: by ids or links, a whitelist file, or a brief."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.briefs.allowed import join_papers, parse_arxiv_id
from rag.briefs.brief import Brief
from rag.briefs.whitelist import load_whitelist
from rag.errors import BriefError
from rag.papers import AllowedPaper

WHITELISTS = (".toml", ".json")  # any other file is read as a brief


def named(papers: Sequence[AllowedPaper | str]) -> tuple[AllowedPaper, ...]:
    """Return the papers of ids and links, each once; raise `BriefError` for what is neither, and for none at all."""
    if not papers:
        raise BriefError('no paper is named; give at least one, e.g. ["2108.10257"]')
    return join_papers(paper if isinstance(paper, AllowedPaper) else _bare(paper) for paper in papers)


def listed(path: Path) -> tuple[AllowedPaper, ...]:
    """Return the papers of a whitelist (TOML, JSON) or of a brief; a brief need not ask anything for that."""
    if path.suffix.lower() in WHITELISTS:
        return load_whitelist(path)
    return Brief.load(path, need_question=False).papers


def _bare(text: str) -> AllowedPaper:
    return AllowedPaper(*parse_arxiv_id(text))
