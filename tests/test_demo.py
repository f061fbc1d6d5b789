"""Hold the demo true: its PDFs come from their sources and read well."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

DEMO = Path(__file__).resolve().parent.parent / "corpus" / "demo"
NAMES = ["2604.90001v1", "2604.90002v1"]


def _pinned(package: str) -> str:
    lines = (DEMO.parent.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{package}=="))


def _text(name: str) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(DEMO / "pdf" / f"{name}.pdf").pages)


def test_sources_give_the_committed_bytes(tmp_path: Path) -> None:
    """Same sources, same bytes."""
    reportlab = pytest.importorskip("reportlab", reason="needs ReportLab to remake the demo's PDFs")
    if reportlab.__version__ != _pinned("reportlab"):
        pytest.skip(f"bytes are those of ReportLab {_pinned('reportlab')}, here is {reportlab.__version__}")
    spec = importlib.util.spec_from_file_location("demo_make", DEMO / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo_make"] = module
    spec.loader.exec_module(module)
    module.main(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.pdf" for name in NAMES]
    for name in NAMES:
        assert (tmp_path / f"{name}.pdf").read_bytes() == (DEMO / "pdf" / f"{name}.pdf").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_every_heading_of_the_source_is_in_the_text(name: str) -> None:
    """A second reader finds title, abstract and all headings of the source, and the stamp names the file."""
    source = (DEMO / "papers" / f"{name}.md").read_text(encoding="utf-8")
    lines = {line.strip() for line in _text(name).splitlines()}
    headings = re.findall(r"(?m)^#+ (.+)$", source)
    assert {"Abstract", "1 Introduction", "References"} <= set(headings)
    assert set(headings) <= lines
    assert f"arXiv:{name}" in _text(name)
    assert (DEMO / "pdf" / f"{name}.pdf").stat().st_size < 100_000


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_the_source_is_in_the_text(name: str) -> None:
    """Nothing is lost on the way to the page: words joined over line ends, source and PDF hold the same words."""
    joined = re.sub(r"-\n", "", _text(name)) + _text(name)
    words = set(re.findall(r"[A-Za-z]{3,}", joined))
    body = (DEMO / "papers" / f"{name}.md").read_text(encoding="utf-8").split("+++\n", 2)[2]
    assert set(re.findall(r"[A-Za-z]{3,}", body)) - {"figure"} <= words


@pytest.mark.parametrize("name", NAMES)
def test_pages_have_what_makes_reading_hard(name: str) -> None:
    """The demo is worth reading: three pages, line-end hyphens, running heads, page numbers, a table."""
    pages = [page.extract_text() for page in PdfReader(DEMO / "pdf" / f"{name}.pdf").pages]
    assert 3 <= len(pages) <= 4
    assert len(re.findall(r"[a-z]-\n[a-z]", "\n".join(pages))) >= 5
    assert all(re.search(rf"(?m)^{number}$", text) for number, text in enumerate(pages, 1))
    running = re.search(r'running = "(.+)"', (DEMO / "papers" / f"{name}.md").read_text(encoding="utf-8"))
    assert running is not None
    assert all(running[1] in text for text in pages[1:])
    assert "Table 1: " in "".join(pages)


def test_brief_allows_exactly_the_two_papers() -> None:
    """The brief parses into its question, three points and two allowed papers."""
    brief = pytest.importorskip("rag.briefs").Brief.parse((DEMO / "brief.txt").read_text(encoding="utf-8"))
    assert brief.question.startswith("Photos of birds in flight")
    assert len(brief.points) == 3
    assert [paper.key for paper in brief.papers] == NAMES
    assert [paper.recommended for paper in brief.papers] == [True, False]
