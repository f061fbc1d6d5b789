"""The ablation of reading: its table names what is there; what is switched off is missed, then all is as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.benchmarks.reading_ablation import HEURISTICS, Heuristic, changes, replaced
from tests import make_pdfs
from tests.make_blocks import sheets

PAGES = """
100 60 15 Times-Bold: {TITLE}
54 120 <480: Abstract. {TEXT}
54 +0: Keywords: lamps, harbours, quiet water
54 400 12 Times-Bold: 1 Introduction
54 420 <480: {TEXT}
"""


@pytest.mark.parametrize("heuristic", HEURISTICS, ids=lambda heuristic: heuristic.name)
def test_every_row_names_a_function_of_its_own(heuristic: Heuristic) -> None:
    """A function that was renamed or left out fails here, and is put back after it was replaced."""
    home, name = heuristic.home()
    function = getattr(home, name)
    assert callable(function)
    with replaced(heuristic, heuristic.stand_in):
        assert getattr(home, name) is heuristic.stand_in
    assert getattr(home, name) is function
    assert [other.name for other in HEURISTICS].count(heuristic.name) == 1


def test_what_is_switched_off_is_missed(tmp_path: Path) -> None:
    """Without its heuristic, a heading becomes part of its abstract; what changes no sentence counts 0."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.make(sheets(PAGES)))
    names = ["block_parts.split_keywords", "block_parts.split_abstract"]
    found = changes(path, names)
    assert found == changes(path, names)
    assert found["block_parts.split_abstract"][0] > 0
    assert found["block_parts.split_keywords"] == (0, 0)
