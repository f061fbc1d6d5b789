"""What is fast gives what is slow: the same hits, vectors, stamps and files, without the work that was left out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.briefs import Brief
from rag.engine import Engine
from rag.fetching import pdf_sha256
from rag.ingest import known_stamps
from rag.language import read_question
from rag.reading.glyphs.page_words import first_sheet
from rag.searching import Index, embed, search
from rag.searching.manifest import dump_manifest
from rag.settings import resource

PDFS = resource("demo") / "pdf"
KEYS = ["2604.90001v1", "2604.90002v1"]
QUESTIONS = ("How is motion between frames handled?", "What is the input?", "Which limits are stated?")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = Engine.open(tmp_path_factory.mktemp("corpus"), pdf_dir=PDFS, offline=True)
    made.ingest(KEYS)
    return made


def hits(index: Index, embedder: embed.Embedder, questions: Sequence[str]) -> list[tuple[str, int, float]]:
    found = search(index, KEYS, questions, embedder.embed(questions), k=30, spread=True)
    return [(hit.paper, hit.passage.number, hit.score) for hit in found]


def test_hits_of_the_fast_path_are_those_of_the_reference(engine: Engine, tmp_path: Path) -> None:
    """Index and questions by ONNX Runtime find what index and questions by sentence-transformers find, in order."""
    fast, reference = embed.load_embedder(offline=True), embed.load_embedder(offline=True, reference=True)
    assert (fast.runtime, reference.runtime) == ("onnxruntime", "sentence-transformers")
    slow = Engine(Engine.open(tmp_path, pdf_dir=PDFS, offline=True).settings, embedder=reference)
    slow.ingest(KEYS)
    assert engine.index is not None
    assert slow.index is not None
    brief = Brief.load(resource("demo") / "brief.txt")
    own = [facet.query for facet in read_question(brief.question, brief.points, brief.papers).facets]
    for questions in (own, *([question] for question in QUESTIONS)):
        one, other = hits(engine.index, fast, questions), hits(slow.index, reference, questions)
        assert [place[:2] for place in one] == [place[:2] for place in other]
        assert [place[2] for place in one] == pytest.approx([place[2] for place in other], abs=1e-5)


def test_a_pdf_read_before_keeps_its_stamp_without_being_opened(engine: Engine, tmp_path: Path) -> None:
    """The id of a known file comes from its bytes' hash; any other file is looked at."""
    assert engine.index is not None
    stamps = known_stamps(engine.index.entries, lambda path: first_sheet(path).stamp)
    for key in KEYS:
        assert stamps(PDFS / f"{key}.pdf") == first_sheet(PDFS / f"{key}.pdf").stamp
    changed = tmp_path / "changed.pdf"
    changed.write_bytes((PDFS / f"{KEYS[0]}.pdf").read_bytes() + b"\n% changed\n")
    assert pdf_sha256(changed) not in {entry.pdf_sha256 for entry in engine.index.entries}
    assert stamps(changed) == first_sheet(changed).stamp == ("2604.90001", 1)


def test_a_manifest_is_the_same_however_it_was_reached(engine: Engine, tmp_path: Path) -> None:
    """Writing what was read gives the bytes that were read."""
    assert engine.index is not None
    stored = (engine.settings.index_dir / "manifest.json").read_bytes()
    assert dump_manifest(engine.index.manifest) == stored


def test_an_answer_over_stored_papers_opens_no_pdf(engine: Engine) -> None:
    """A question whose papers are stored imports nothing that reads PDFs, fetches them or talks to servers."""
    code = (
        "import sys\n"
        "from rag.cli import main\n"
        f"sys.argv = ['rag', 'ask', 'How is motion handled?', '-p', '2604.90001', '--corpus', "
        f"{str(engine.settings.corpus)!r}, '--offline', '-o', {str(engine.settings.corpus / 'answer.md')!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as done:\n"
        "    assert not done.code, done.code\n"
        "wrong = ('rag.reading.read', 'rag.reading.glyphs.page_words', 'rag.fetching.fetch', 'rag.batch.run')\n"
        "wrong += ('pypdfium2', 'httpx', 'onnx')\n"
        "print([name for name in wrong if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
    assert (engine.settings.corpus / "answer.md").stat().st_size > 200
