"""The judge finds the PDFs that people have: by name, in subfolders, and by the stamp on the first page."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.invented import shelf
from eval.library import Library

(PAPER, OTHER) = shelf(21, 2, first=91401)


@pytest.mark.parametrize("name", ["{id}.pdf", "{id}v{v}.pdf", "zotero/ABCD/Curlew - 2026 - Frames.pdf", "paper.pdf"])
def test_a_paper_is_found_under_whatever_name(name: str, tmp_path: Path) -> None:
    """Its own name or another one, in the folder or below it; asked for with a version or without."""
    path = tmp_path / name.format(id=PAPER.paper_id, v=PAPER.version)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PAPER.pdf)
    (tmp_path / "another.pdf").write_bytes(OTHER.pdf)
    for version in (None, PAPER.version):
        found = Library(pdf_dirs=[tmp_path]).pdf(PAPER.paper_id, version, None)
        assert found is not None
        assert found.path == path


def test_a_stamp_of_another_version_is_another_paper(tmp_path: Path) -> None:
    """What was asked for is not there."""
    (tmp_path / "paper.pdf").write_bytes(PAPER.pdf)
    assert Library(pdf_dirs=[tmp_path]).pdf(PAPER.paper_id, (PAPER.version or 0) + 1, None) is None


def test_a_name_comes_before_a_stamp(tmp_path: Path) -> None:
    """A file named for a paper is that paper's, and no other file is read for it."""
    (tmp_path / f"{PAPER.paper_id}.pdf").write_bytes(OTHER.pdf)
    (tmp_path / "paper.pdf").write_bytes(PAPER.pdf)
    found = Library(pdf_dirs=[tmp_path]).pdf(PAPER.paper_id, None, None)
    assert found is not None
    assert found.path.stem == PAPER.paper_id


def test_stamps_of_real_papers_are_read(shared: Path) -> None:
    """Each of the example papers bears the stamp of its own id."""
    files = sorted((shared / "papers" / "real").glob("*.pdf"))
    if not files:
        pytest.skip("no real papers at hand")
    library = Library(pdf_dirs=[files[0].parent])
    for path in files:
        pdf = library.pdf(path.stem.replace("_", "/"), None, None)
        assert pdf is not None
        assert pdf.stamp is not None
        assert pdf.stamp[0] == path.stem.replace("_", "/")
