"""Ingest: what is there is left alone, what fails is named, a killed run goes on, two runs wait for each other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.doctor import examine
from rag.engine import Engine
from rag.errors import CorpusError, FetchError
from rag.ingest import ingest, remove
from rag.papers import AllowedPaper
from rag.reading import windows_of
from rag.searching import Index
from rag.settings import Settings, resource
from tests.arxiv_server import ArxivServer, Served
from tests.hash_embedder import HashEmbedder

PDFS = resource("demo") / "pdf"
FIRST, SECOND = AllowedPaper("2604.90001", 1), AllowedPaper("2604.90002", 1)


def settings(corpus: Path, **more: object) -> Settings:
    return replace(Settings(corpus=corpus, pdf_dir=PDFS, offline=True), **more)  # type: ignore[arg-type]


def test_what_is_stored_is_left_alone(tmp_path: Path) -> None:
    """A second ingest embeds nothing and asks for no model."""
    embedder = HashEmbedder()
    first = ingest([FIRST, SECOND], settings(tmp_path), embedder=lambda: embedder)
    assert [entry.paper for entry in first.added] == [FIRST.paper, SECOND.paper]
    before = embedder.texts

    def no_model() -> HashEmbedder:
        raise AssertionError("a model was asked for")

    second = ingest([FIRST, SECOND], settings(tmp_path), embedder=no_model)
    assert (len(second.kept), len(second.added), embedder.texts) == (2, 0, before)


def test_many_papers_may_have_an_embedder_of_their_own(tmp_path: Path) -> None:
    """What embeds in bulk is asked with the number of new papers; where it declines, the usual one is called."""
    usual, bulk, asked = HashEmbedder(), HashEmbedder(), []

    def for_two(papers: int) -> HashEmbedder | None:
        asked.append(papers)
        return bulk if papers == 2 else None

    ingest([FIRST, SECOND], settings(tmp_path / "two"), embedder=lambda: usual, bulk=for_two)
    assert (asked, usual.texts) == ([2], 0)
    assert bulk.texts
    before = bulk.texts
    ingest([FIRST], settings(tmp_path / "one"), embedder=lambda: usual, bulk=for_two)
    assert asked == [2, 1]
    assert usual.texts
    assert bulk.texts == before


def test_adding_a_paper_embeds_that_paper_alone(tmp_path: Path) -> None:
    """The cost of one more paper is that paper's: its windows, nothing else."""
    embedder = HashEmbedder()
    ingest([FIRST], settings(tmp_path), embedder=lambda: embedder)
    before = embedder.texts
    report = ingest([FIRST, SECOND], settings(tmp_path), embedder=lambda: embedder)
    index = Index.open(tmp_path / "index")
    paper = index.paper(report.added[0].key)
    assert embedder.texts - before == len(windows_of(paper, embedder.count_tokens)) > 0


def test_a_paper_stored_with_others_has_the_same_vectors(tmp_path: Path) -> None:
    """What a paper's vectors are does not depend on what is ingested beside it."""
    embedder = HashEmbedder()
    ingest([SECOND], settings(tmp_path / "alone"), embedder=lambda: embedder)
    ingest([FIRST, SECOND], settings(tmp_path / "beside"), embedder=lambda: embedder)
    alone, beside = (Index.open(tmp_path / name / "index") for name in ("alone", "beside"))
    assert np.array_equal(alone.rows([SECOND.key]), beside.rows([SECOND.key]))
    assert np.array_equal(alone.sentence_vectors(SECOND.key), beside.sentence_vectors(SECOND.key))


def test_every_evidence_sentence_has_its_vector(tmp_path: Path) -> None:
    """A sentence in a passage has a vector of length one, every other a row of zeros."""
    ingest([FIRST], settings(tmp_path), embedder=HashEmbedder)
    index = Index.open(tmp_path / "index")
    paper = index.paper(FIRST.key)
    inside = {number for passage in paper.passages for number in range(passage.first, passage.last)}
    lengths = np.linalg.norm(index.sentence_vectors(FIRST.key), axis=1)
    for sentence in paper.sentences:
        assert lengths[sentence.number] == pytest.approx(1.0 if sentence.number in inside else 0.0, abs=1e-2)


def test_what_another_ingest_stored_meanwhile_is_kept(tmp_path: Path) -> None:
    """Two that begin at once embed a paper once: the later to write finds it there, and adds the rest."""
    own = HashEmbedder()

    def overtaken() -> HashEmbedder:  # called when the PDFs are there and nothing is written yet
        report = ingest([FIRST], settings(tmp_path), embedder=HashEmbedder)
        assert len(report.added) == 1
        return own

    report = ingest([FIRST, SECOND], settings(tmp_path), embedder=overtaken)
    assert ([e.paper for e in report.kept], [e.paper for e in report.added]) == ([FIRST.paper], [SECOND.paper])
    alone = HashEmbedder()
    ingest([SECOND], settings(tmp_path / "alone"), embedder=lambda: alone)
    assert own.texts == alone.texts


def test_a_corpus_that_is_a_file_is_named(tmp_path: Path) -> None:
    """Listing, ingesting and removing say in one line that no index can be there; the doctor says so too."""
    corpus = tmp_path / "taken"
    corpus.write_text("")
    engine = Engine(settings(corpus), embedder=HashEmbedder())
    for attempt in (
        lambda: engine.index,
        lambda: engine.ask("What blurs?", [FIRST.key]),
        lambda: ingest([FIRST], settings(corpus), embedder=HashEmbedder),
        lambda: remove(FIRST.key, settings(corpus)),
    ):
        with pytest.raises(CorpusError, match=rf"{corpus}.*--corpus must name a folder"):
            attempt()
    (finding,) = [finding for finding in examine(settings(corpus)) if finding.what == "corpus"]
    assert not finding.good
    assert str(corpus) in finding.text


def test_a_corpus_that_cannot_be_locked_is_named(tmp_path: Path) -> None:
    """Removing and rebuilding in a folder that takes no lock are errors of ours, and the papers stay."""
    ingest([FIRST], settings(tmp_path), embedder=HashEmbedder)
    (tmp_path / "index" / ".lock").unlink(missing_ok=True)
    (tmp_path / "index" / ".lock").mkdir()
    for attempt in (
        lambda: remove(FIRST.key, settings(tmp_path)),
        lambda: ingest([FIRST], settings(tmp_path), embedder=HashEmbedder, rebuild=True),
    ):
        with pytest.raises(CorpusError, match="cannot be written"):
            attempt()
    assert [entry.paper for entry in Index.open(tmp_path / "index").entries] == [FIRST.paper]


def test_removing_by_a_foreign_manifest_deletes_nothing_outside(tmp_path: Path) -> None:
    """A file name that leads out of the folder is refused before anything is touched."""
    ingest([FIRST], settings(tmp_path), embedder=HashEmbedder)
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    path = tmp_path / "index" / "manifest.json"
    told = json.loads(path.read_text())
    told["papers"][0]["file"] = "../victim.txt"
    path.write_text(json.dumps(told))
    with pytest.raises(CorpusError, match="is not an index manifest"):
        remove(FIRST.key, settings(tmp_path))
    assert victim.read_text() == "mine"


def test_failures_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A paper without a PDF is reported with its reason; the other is stored."""
    report = ingest([AllowedPaper("2101.00001"), FIRST], settings(tmp_path), embedder=HashEmbedder)
    assert [entry.paper for entry in report.added] == [FIRST.paper]
    ((paper, error),) = report.failed
    assert paper.paper == "2101.00001"
    assert isinstance(error, FetchError)


def test_a_changed_pdf_is_read_again(tmp_path: Path) -> None:
    """Other bytes under the same name in the user's folder are noticed at the next ingest."""
    folder = tmp_path / "pdfs"
    folder.mkdir()
    file = folder / "2604.90001v1.pdf"
    file.write_bytes((PDFS / "2604.90001v1.pdf").read_bytes())
    own = settings(tmp_path / "corpus", pdf_dir=folder)
    ingest([FIRST], own, embedder=HashEmbedder)
    file.write_bytes(file.read_bytes() + b"\n% one more comment\n%%EOF\n")
    report = ingest([FIRST], own, embedder=HashEmbedder)
    assert [entry.paper for entry in report.added] == [FIRST.paper]
    assert len(Index.open(tmp_path / "corpus" / "index").entries) == 1


def test_a_rebuild_takes_another_model(tmp_path: Path) -> None:
    """Another model's vectors are refused beside the first's, and a rebuild begins anew."""

    class Other(HashEmbedder):
        fingerprint = "other"

    ingest([FIRST], settings(tmp_path), embedder=HashEmbedder)
    with pytest.raises(CorpusError, match="--rebuild"):
        ingest([SECOND], settings(tmp_path), embedder=Other)
    ingest([SECOND], settings(tmp_path), embedder=Other, rebuild=True)
    index = Index.open(tmp_path / "index")
    assert (index.manifest.fingerprint, [e.paper for e in index.entries]) == ("other", [SECOND.paper])
    assert len(list((tmp_path / "index").glob("vectors-*"))) == 1


def test_a_removed_paper_is_gone_and_the_other_unchanged(tmp_path: Path) -> None:
    """Removing takes text, words and vectors from disk; what is left searches as before."""
    ingest([FIRST, SECOND], settings(tmp_path), embedder=HashEmbedder)
    before = Index.open(tmp_path / "index").rows([SECOND.key])
    remove(FIRST.key, settings(tmp_path))
    after = Index.open(tmp_path / "index")
    assert np.array_equal(after.rows([SECOND.key]), before)
    assert not list((tmp_path / "index" / "papers").glob("2604.90001*"))
    with pytest.raises(CorpusError, match=FIRST.key):
        remove(FIRST.key, settings(tmp_path))


def test_the_command_fetches_from_arxiv_once(tmp_path: Path) -> None:
    """Against a server that speaks arXiv's protocol the first run fetches, the second asks for nothing."""
    papers = [
        Served(paper.paper, 1, title, pdf=(PDFS / f"{paper.key}.pdf").read_bytes())
        for paper, title in ((FIRST, "TernBurst: Sharp Photographs"), (SECOND, "LapwingNet: Recovering the Path"))
    ]
    with ArxivServer(papers) as server:
        env = {
            **os.environ,
            "RAG_ARXIV_API": server.api,
            "RAG_ARXIV_PDF": server.pdf,
            "RAG_ARXIV_DELAY": "0",
            "NO_PROXY": "127.0.0.1",
        }
        command = [sys.executable, "-m", "rag", "ingest", FIRST.key, SECOND.key, "--corpus", str(tmp_path)]
        first = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        asked = len(server.asked)
        second = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert "added 2604.90001v1" in first.stdout
    assert asked >= 3  # one query for all metadata, one request a PDF
    assert "kept 2" in second.stdout
    assert len(server.asked) == asked


_KILLED = """
import os, signal, sys
from pathlib import Path
from rag.ingest import ingest
from rag.settings import Settings
from rag.papers import AllowedPaper
from tests.hash_embedder import HashEmbedder

corpus, pdfs, left = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
fsync = os.fsync

def dying(file):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(file)

os.fsync = dying
ingest([AllowedPaper("2604.90001", 1), AllowedPaper("2604.90002", 1)],
       Settings(corpus=corpus, pdf_dir=pdfs, offline=True), embedder=HashEmbedder)
"""


@pytest.mark.parametrize("written", [0, 2, 6, 7])  # of nine times: three files, vectors, manifest, their folders
def test_a_killed_ingest_keeps_what_was_finished(written: int, tmp_path: Path) -> None:
    """Killed while the second paper's files are written: the first is there, the second is added by a second run."""
    command = [sys.executable, "-c", _KILLED, str(tmp_path), str(PDFS), str(9 + written + 1)]
    root = Path(__file__).resolve().parent.parent
    killed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [entry.paper for entry in Index.open(tmp_path / "index").entries] == [FIRST.paper]
    embedder = HashEmbedder()
    report = ingest([FIRST, SECOND], settings(tmp_path), embedder=lambda: embedder)
    assert ([e.paper for e in report.kept], [e.paper for e in report.added]) == ([FIRST.paper], [SECOND.paper])
    undisturbed = tmp_path / "other"
    ingest([FIRST, SECOND], settings(undisturbed), embedder=HashEmbedder)
    keys = [FIRST.key, SECOND.key]
    one, other = Index.open(tmp_path / "index"), Index.open(undisturbed / "index")
    assert np.array_equal(one.rows(keys), other.rows(keys))


def test_a_torn_or_foreign_index_is_refused(tmp_path: Path) -> None:
    """A cut-off vector file, a changed paper and a manifest of another kind end in one line with the remedy."""
    ingest([FIRST], settings(tmp_path), embedder=HashEmbedder)
    folder = tmp_path / "index"
    paper = next((folder / "papers").glob("*.json"))
    whole = paper.read_bytes()
    paper.write_bytes(whole.replace(b"TernBurst", b"TernBurts", 1))
    with pytest.raises(CorpusError, match="--rebuild"):
        Index.open(folder).paper(FIRST.key)
    paper.write_bytes(whole)
    vectors = next(folder.glob("vectors-*"))
    vectors.write_bytes(vectors.read_bytes()[:-8])
    with pytest.raises(CorpusError, match="cut off"):
        Index.open(folder)
    (folder / "manifest.json").write_text(json.dumps({"schema": "other/9"}))
    with pytest.raises(CorpusError, match="other/9"):
        Index.open(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(CorpusError, match="--rebuild"):
        Index.open(folder)
