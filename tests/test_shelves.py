"""Shelves: what is put is there, what is removed is not, and no foreign file is taken for one of ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import BriefError, CorpusError
from rag.shelves import load_shelves, put_shelf, remove_shelf


def test_a_shelf_is_kept(tmp_path: Path) -> None:
    """Putting, replacing and removing; the order of papers and their versions stay."""
    corpus = tmp_path / "corpus"
    assert load_shelves(corpus) == {}
    put_shelf(corpus, "two papers", ["2101.00002v3", "https://arxiv.org/abs/2101.00001"])
    put_shelf(corpus, "one", ["2101.00001"])
    put_shelf(corpus, "one", ["2101.00004"])
    held = {name: [paper.key for paper in papers] for name, papers in load_shelves(corpus).items()}
    assert held == {"two papers": ["2101.00002v3", "2101.00001"], "one": ["2101.00004"]}
    remove_shelf(corpus, "one")
    assert list(load_shelves(corpus)) == ["two papers"]


@pytest.mark.parametrize("name", ["", " x", "corpus", "a/b", "..", "x" * 61, "<b>", "a\nb"])
def test_bad_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BriefError, match="cannot name a shelf"):
        put_shelf(tmp_path, name, ["2101.00001"])


def test_a_shelf_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="no shelf"):
        remove_shelf(tmp_path, "x")


@pytest.mark.parametrize(
    "text",
    [
        "torn",
        "[]",
        json.dumps({"schema": "other/1", "shelves": {}}),
        json.dumps({"schema": "rag.shelves/1", "shelves": {"x": ["nonsense"]}}),
        json.dumps({"schema": "rag.shelves/1", "shelves": {"x": []}}),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, text: str) -> None:
    """Never read in part, never written over."""
    (tmp_path / "shelves.json").write_text(text)
    for use in (lambda: load_shelves(tmp_path), lambda: put_shelf(tmp_path, "y", ["2101.00001"])):
        with pytest.raises(CorpusError, match=r"shelves\.json"):
            use()
    assert (tmp_path / "shelves.json").read_text() == text
