"""What is handed over: a file over its cap keeps no other back, and every fault is told by the file's own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import BriefError
from rag.settings import Settings, resource
from rag.uploads import MOST_OF_A_FILE, Upload, take

PDF = (resource("demo") / "pdf" / "2604.90001v1.pdf").read_bytes()


def test_a_file_over_its_cap_is_refused(tmp_path: Path) -> None:
    """The others are kept, under their keys."""
    large = Upload("2604.90002v1.pdf", b"%PDF-1.7" + bytes(MOST_OF_A_FILE))
    taken = take([large, Upload("2604.90001v1.pdf", PDF)], "", Settings(tmp_path))
    assert [paper.key for paper in taken.here] == ["2604.90001v1"]
    assert taken.refused == ["'2604.90002v1.pdf': is larger than 100 MiB"]
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["2604.90001v1.pdf"]


def test_lines_and_lists_name_papers(tmp_path: Path) -> None:
    """Ids and links between commas and blanks; files by what they are; whatever is none is an error."""
    whitelist = Upload("w.toml", b'papers = ["2101.00003"]')
    taken = take(
        [whitelist, Upload("x.exe", b"")], "2101.00001v2, https://arxiv.org/abs/2101.00002", Settings(tmp_path)
    )
    assert [paper.key for paper in taken.named] == ["2101.00003", "2101.00001v2", "2101.00002"]
    assert taken.refused[0].startswith("'x.exe': files of this kind cannot be taken")
    with pytest.raises(BriefError, match="nonsense"):
        take([], "nonsense", Settings(tmp_path))
