"""The index gives back what was stored, or says that it cannot; a kill loses nothing that was published."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import CorpusError
from rag.language import words
from rag.papers import AllowedPaper, HiddenText, Page, Paper, Passage, Region, Sentence, Span
from rag.searching.index import Index
from rag.searching.index_writer import IndexWriter
from rag.searching.postings import dump_terms, join_terms, load_terms
from rag.searching.retrieve import search
from rag.searching.stored import dump_paper, load_paper, load_passages
from tests.shelf import EMBEDDER, VOCABULARY, invented, key, shelve, vectors_of

SPACE = {"model": "hash", "fingerprint": EMBEDDER.fingerprint, "dimension": EMBEDDER.dimension}
ROOT = Path(__file__).resolve().parent.parent

spans = st.builds(Span, st.integers(1, 9), st.integers(0, 99), st.integers(0, 99))
papers = st.builds(
    Paper,
    paper=st.just("2101.00001"),
    version=st.none() | st.integers(1, 9),
    title=st.text(),
    authors=st.lists(st.text()).map(tuple),
    pdf_sha256=st.text(),
    extractor=st.text(),
    pages=st.lists(
        st.builds(
            Page,
            st.integers(1, 9),
            st.text(),
            st.lists(st.builds(Region, st.integers(0), st.integers(0), st.just("body"))).map(tuple),
            st.lists(st.tuples(st.integers(0), st.integers(0), st.integers(0))).map(tuple),
            flags=st.lists(st.text()).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    sentences=st.lists(
        st.builds(
            Sentence,
            st.integers(0),
            st.text(),
            st.lists(spans).map(tuple),
            st.just("body"),
            st.lists(st.text()).map(tuple),
            flags=st.lists(st.sampled_from(["formula", "row"])).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    passages=st.lists(
        st.builds(
            Passage, st.integers(0), st.integers(0), st.integers(0), st.text(), st.just("body"), st.tuples(st.text())
        ),
        max_size=3,
    ).map(tuple),
    hidden=st.lists(st.builds(HiddenText, st.integers(1), st.text(), st.text()), max_size=2).map(tuple),
    gaps=st.lists(st.text(), max_size=2).map(tuple),
)


@given(papers)
def test_saving_and_loading_a_paper_is_the_identity(paper: Paper) -> None:
    """Every field of a paper comes back, tuples as tuples, in the same bytes each time."""
    data = dump_paper(paper)
    assert load_paper(data) == paper
    assert dump_paper(load_paper(data)) == data


@given(papers, st.sampled_from(["", ',"passages":[', '\\","passages":[', '"passages":[{']))
def test_passages_are_found_without_reading_the_rest(paper: Paper, trap: str) -> None:
    """The passages alone are those of the whole paper, whatever its texts look like."""
    trapped = replace(paper, title=trap, gaps=(trap,), hidden=(HiddenText(1, trap, trap),))
    assert load_passages(dump_paper(trapped)) == paper.passages


@given(st.lists(st.lists(st.sampled_from(VOCABULARY)).map(" ".join), max_size=6))
def test_word_counts_agree_with_counting(texts: list[str]) -> None:
    """Each word's passages and counts are those of counting by hand, and so are the lengths."""
    terms = load_terms(dump_terms(texts, words))
    counted = [words(text) for text in texts]
    assert terms.lengths.tolist() == [len(found) for found in counted]
    assert terms.vocabulary == {word for found in counted for word in found}
    for word in [*terms.vocabulary, "unheard"]:
        at, counts = terms.find(word)
        assert list(zip(at.tolist(), counts.tolist(), strict=True)) == [
            (number, found.count(word)) for number, found in enumerate(counted) if word in found
        ]


@given(st.lists(st.lists(st.lists(st.sampled_from(VOCABULARY)).map(" ".join), max_size=4), max_size=4))
def test_joined_word_counts_are_those_of_the_joined_papers(shelf: list[list[str]]) -> None:
    """Counts of several papers taken together equal those of one paper with all their passages."""
    joined = join_terms([load_terms(dump_terms(texts, words)) for texts in shelf])
    whole = load_terms(dump_terms([text for texts in shelf for text in texts], words))
    assert joined.lengths.tolist() == whole.lengths.tolist()
    assert joined.vocabulary == whole.vocabulary
    for word in whole.vocabulary:
        assert [part.tolist() for part in joined.find(word)] == [part.tolist() for part in whole.find(word)]


@given(st.binary(max_size=60))
def test_foreign_bytes_are_no_word_counts(data: bytes) -> None:
    """What `dump_terms` did not write is refused, a cut or lengthened file too."""
    with pytest.raises(ValueError, match="no word counts"):
        load_terms(data)
    good = dump_terms(["motion blur"], words)
    for bad in (good[:-1], good + b"x", good[:20]):
        with pytest.raises(ValueError, match="no word counts"):
            load_terms(bad)


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    """Papers, vectors and entries are the same after reopening."""
    stored = [invented(number) for number in (3, 1, 2)]
    index = shelve(tmp_path, stored)
    again = Index.open(tmp_path)
    assert again.manifest == index.manifest
    assert [entry.key for entry in again.entries] == [key(1), key(2), key(3)]
    for paper in stored:
        assert again.paper(paper.key) == paper
        assert np.array_equal(again.rows([paper.key]), vectors_of(paper))


def test_the_same_papers_make_the_same_files(tmp_path: Path) -> None:
    """Storing the same twice gives the same bytes, but for the folder's name."""
    for name in ("a", "b"):
        shelve(tmp_path / name, [invented(1), invented(2)])
    files = [sorted(p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*.*")) for name in ("a", "b")]
    assert files[0] == files[1]
    for file in files[0]:
        one, other = ((tmp_path / name / file).read_bytes() for name in ("a", "b"))
        assert one.replace(str(tmp_path / "a").encode(), b"") == other.replace(str(tmp_path / "b").encode(), b"")


def test_dense_agrees_with_numpy_whether_rows_lie_side_by_side_or_not(tmp_path: Path) -> None:
    """Scores and order are those of sorting all inner products, for runs of papers and for scattered ones."""
    index = shelve(tmp_path, [invented(number, passages=9) for number in range(8)])
    queries = EMBEDDER.embed(["motion blur", "river tide", *VOCABULARY, *VOCABULARY])
    for allowed in ([0, 1, 2, 3], [7, 1, 4], [5]):
        keys = [key(number) for number in allowed]
        rows = np.concatenate([vectors_of(invented(number, passages=9)) for number in allowed])
        scores, places = index.dense(queries, keys, 5)
        whole = queries @ rows.T
        assert np.allclose(scores, -np.sort(-whole, axis=1)[:, :5], atol=1e-5)
        assert np.allclose(np.take_along_axis(whole, places, 1), scores, atol=1e-5)
        assert index.dense(queries, keys, 500)[0].shape == (len(queries), len(rows))


def test_a_paper_stored_again_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """One entry per key: the newest reading; the old rows are searched no more."""
    newer = invented(1, texts=["river tide"])
    index = shelve(tmp_path, [invented(1), invented(2), newer])
    assert [entry.key for entry in index.entries] == [key(1), key(2)]
    assert index.paper(key(1)) == newer
    assert index.entry(key(1)).rows == 1


def test_removing_takes_a_paper_off_the_disk_and_leaves_the_others(tmp_path: Path) -> None:
    """After `remove` no file holds the paper's text; the others' hits are what they were, bit for bit."""
    index = shelve(tmp_path, [invented(1), invented(2, texts=["quokka census"]), invented(3)])
    query = EMBEDDER.embed(["motion blur"])
    before = search(index, [key(1), key(3)], ["motion blur"], query, k=5)
    with IndexWriter.open(tmp_path, **SPACE) as writer:  # type: ignore[arg-type]
        writer.remove(key(2))
    after = Index.open(tmp_path)
    assert [entry.key for entry in after.entries] == [key(1), key(3)]
    assert search(after, [key(1), key(3)], ["motion blur"], query, k=5) == before
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"quokka" in path.read_bytes()]
    with pytest.raises(CorpusError, match="is not in the index"):
        after.paper(key(2))


def test_the_newest_version_answers_for_an_open_entry(tmp_path: Path) -> None:
    """Without a version the newest stored one is meant; a version names itself or nothing."""
    index = shelve(tmp_path, [replace(invented(1), version=version) for version in (2, 10, 1)])
    resolved = index.resolve(AllowedPaper("2101.00001"))
    assert resolved is not None
    assert resolved.version == 10
    assert index.resolve(AllowedPaper("2101.00001", 3)) is None
    assert index.resolve(AllowedPaper("2101.00002")) is None


# --- torn and foreign --------------------------------------------------------------------------------------


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _drop(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [_cut, _flip, _drop])
@pytest.mark.parametrize("pattern", ["papers/*.json", "papers/*.terms"])
def test_a_changed_file_is_refused(tmp_path: Path, harm: Callable[[Path], None], pattern: str) -> None:
    """A paper or its words, cut, altered or gone, is an error that names the file and the remedy."""
    shelve(tmp_path, [invented(1)])
    (file,) = tmp_path.glob(pattern)
    harm(file)
    with pytest.raises(CorpusError, match=r"rag ingest --rebuild") as refused:
        search(Index.open(tmp_path), [key(1)], ["blur"], EMBEDDER.embed(["blur"]))
    assert file.name in str(refused.value)


@pytest.mark.parametrize("passages", [3, 300])
def test_altered_vectors_are_refused_where_they_are_read(tmp_path: Path, passages: int) -> None:
    """Rows that are not what was written stop a search of their paper, a small one and a large one, and no other."""
    shelve(tmp_path, [invented(1), invented(2, passages=passages)])
    path, first = tmp_path / "vectors-1.f32", 6 * EMBEDDER.dimension * 4
    whole = path.read_bytes()
    path.write_bytes(whole[:first] + bytes(len(whole) - first))
    index, query = Index.open(tmp_path), EMBEDDER.embed(["blur"])
    assert search(index, [key(1)], ["blur"], query)
    for read in (
        lambda: search(index, [key(1), key(2)], ["blur"], query),
        lambda: index.dense(query, [key(2)], 3),
        lambda: index.rows([key(2)]),
    ):
        with pytest.raises(CorpusError, match=rf"vectors-1.f32 is not what was written for {key(2)}.*--rebuild"):
            read()


def test_a_paper_without_passages_is_searched_like_any_other(tmp_path: Path) -> None:
    """No rows are a good number of rows."""
    empty = replace(invented(2), passages=())
    index = shelve(tmp_path, [invented(1), empty])
    assert index.rows([key(2)]).shape == (0, EMBEDDER.dimension)
    assert {hit.paper for hit in search(index, [key(1), key(2)], ["blur"], EMBEDDER.embed(["blur"]))} == {key(1)}


@pytest.mark.parametrize("harm", [_cut, _drop])
def test_missing_vectors_are_refused_at_once(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """A vector file shorter than the manifest says stops the opening."""
    shelve(tmp_path, [invented(1)])
    harm(tmp_path / "vectors-1.f32")
    with pytest.raises(CorpusError, match="is cut off"):
        Index.open(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"schema": "rag.index/1", "model": "\\ud800"}',
        b'{"schema": "rag.index/1", "model": "\xed\xa0\x80"}',
        b'{"schema": "rag.index/9"}',
        b'{"schema": "rag.index/1"}',
        b"[" * 100_000,
    ],
)
def test_a_foreign_manifest_is_refused(tmp_path: Path, text: bytes) -> None:
    """Anything but a manifest of this schema is an error of ours with the remedy, never a traceback."""
    (tmp_path / "manifest.json").write_bytes(text)
    with pytest.raises(CorpusError, match="rag ingest --rebuild"):
        Index.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", 7),
        ("fingerprint", None),
        ("dimension", 0),
        ("dimension", True),
        ("dimension", 10**30),
        ("rows", -1),
        ("rows", 11),
        ("rows", "12"),
        ("vectors", "../vectors-1.f32"),
        ("vectors", "vectors-1.f32/"),
        ("vectors", ["vectors-1.f32"]),
        ("papers", None),
        ("papers", 5),
        ("papers", [None]),
        ("papers", ["text"]),
    ],
)
def test_a_manifest_with_a_foreign_value_is_refused(tmp_path: Path, name: str, value: object) -> None:
    """Every field is of its type, and within its bounds."""
    shelve(tmp_path, [invented(1), invented(2)])
    _alter(tmp_path, lambda told: told.update({name: value}))
    with pytest.raises(CorpusError, match=r"is not an index manifest .*rag ingest --rebuild"):
        Index.open(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("file", "../../victim.txt"),
        ("file", "papers/../../victim.json"),
        ("file", "papers/..json"),
        ("file", "/victim.json"),
        ("file", "papers/a/b.json"),
        ("file", "papers/a\\b.json"),
        ("file", "papers/a.json\n"),
        ("file", "papers/a\x00.json"),
        ("file", ""),
        ("file", None),
        ("key", "2101.00009v1"),
        ("paper", "2101.00009"),
        ("version", "1"),
        ("version", 1.0),
        ("title", 3),
        ("sha256", None),
        ("first_row", -1),
        ("first_row", 7),
        ("rows", -1),
        ("rows", 1.5),
        ("notices", None),
        ("notices", ["ab", 3]),
        ("notices", [["kind", 3]]),
        ("notices", [["kind", "text", "more"]]),
    ],
)
def test_an_entry_with_a_foreign_value_is_refused(tmp_path: Path, name: str, value: object) -> None:
    """An entry names a file of this folder, rows that are there, and itself."""
    shelve(tmp_path, [invented(1), invented(2)])
    _alter(tmp_path, lambda told: told["papers"][1].update({name: value}))
    with pytest.raises(CorpusError, match=r"is not an index manifest .*rag ingest --rebuild"):
        Index.open(tmp_path)


def test_an_entry_that_points_at_another_papers_file_is_refused(tmp_path: Path) -> None:
    """What is not allowed does not come in under the name of what is, nor do two entries share a file."""
    shelve(tmp_path, [invented(1), invented(2)])
    one, other = json.loads((tmp_path / "manifest.json").read_text())["papers"]
    borrowed = {name: other[name] for name in ("file", "sha256", "terms_sha256", "sentences_sha256")}
    _alter(tmp_path, lambda told: told["papers"][0].update(borrowed))
    with pytest.raises(CorpusError, match="stands in it twice"):
        Index.open(tmp_path)
    _alter(tmp_path, lambda told: told["papers"].pop())
    index = Index.open(tmp_path)
    for read in (index.paper, index.passages):
        with pytest.raises(CorpusError, match=rf"cannot be used .*{one['key']} with 6.*--rebuild"):
            read(one["key"])


def test_an_entry_with_fewer_rows_than_passages_is_refused(tmp_path: Path) -> None:
    """Passages, word counts and rows of a paper are equally many."""
    shelve(tmp_path, [invented(1)])
    _alter(tmp_path, lambda told: told["papers"][0].update(rows=5))
    index = Index.open(tmp_path)
    for read in (index.paper, index.passages, index.terms):
        with pytest.raises(CorpusError, match=r"cannot be used .*--rebuild"):
            read(key(1))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"authors": 1}', b"[" * 100_000, b',"passages":[3]', b"\xff"])
def test_a_foreign_paper_under_its_true_hash_is_refused(tmp_path: Path, text: bytes) -> None:
    """A manifest can seal anything; what is no paper is an error of ours."""
    shelve(tmp_path, [invented(1)])
    (file,) = tmp_path.glob("papers/*.json")
    file.write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    _alter(tmp_path, lambda told: told["papers"][0].update(sha256=digest))
    index = Index.open(tmp_path)
    for read in (index.paper, index.passages):
        with pytest.raises(CorpusError, match=r"cannot be used .*--rebuild"):
            read(key(1))


def _alter(folder: Path, change: Callable[[Any], object]) -> None:
    path = folder / "manifest.json"
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))


def test_an_unknown_field_of_the_manifest_is_refused(tmp_path: Path) -> None:
    """A manifest of a later version is not half understood."""
    shelve(tmp_path, [invented(1)])
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sharded": True}))
    with pytest.raises(CorpusError, match="is not an index manifest"):
        Index.open(tmp_path)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    """An empty folder names the command that fills it."""
    with pytest.raises(CorpusError, match="run: rag ingest"):
        Index.open(tmp_path)


def test_another_models_questions_are_refused(tmp_path: Path) -> None:
    """Questions embedded by another model than the index, and papers too, are an error that names both."""
    index = shelve(tmp_path, [invented(1)])
    with pytest.raises(CorpusError, match=r"hash \(hash-64\).*other \(f00\).*rebuild"):
        index.check_model("f00", "other")
    with (
        pytest.raises(CorpusError, match="other"),
        IndexWriter.open(tmp_path, model="other", fingerprint="f00", dimension=64),
    ):
        pass


# --- killed, and two at once -------------------------------------------------------------------------------

_WRITER = """
    import os, signal, sys
    from pathlib import Path
    from rag.searching.index_writer import IndexWriter
    from rag.language import words
    from tests.shelf import EMBEDDER, invented, vectors_of
    folder, numbers, deadly = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3]
    space = dict(model="hash", fingerprint=EMBEDDER.fingerprint, dimension=EMBEDDER.dimension)
    with IndexWriter.open(folder, **space) as writer:
        for number in map(int, numbers):
            if number == int(deadly):
                IndexWriter._publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            paper = invented(number)
            writer.add(paper, vectors_of(paper), words, Path("none.pdf"))
"""


def _write(folder: Path, numbers: str, deadly: int = -1) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_WRITER), str(folder), numbers, str(deadly)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_kill_between_append_and_publish_loses_nothing(tmp_path: Path) -> None:
    """Killed after the rows are written and before the manifest is: the index is what it was, and goes on."""
    assert _write(tmp_path, "1,2,3", deadly=3).wait() == -signal.SIGKILL
    torn = Index.open(tmp_path)
    assert [entry.key for entry in torn.entries] == [key(1), key(2)]
    assert (tmp_path / "vectors-1.f32").stat().st_size > torn.manifest.rows * EMBEDDER.dimension * 4
    whole = shelve(tmp_path / "other", [invented(number) for number in (1, 2, 4)])
    with IndexWriter.open(tmp_path, **SPACE) as writer:  # type: ignore[arg-type]
        writer.add(invented(4), vectors_of(invented(4)), words, Path("none.pdf"))
        writer.sweep()
    mended = Index.open(tmp_path)
    assert np.array_equal(mended.vectors, whole.vectors)
    assert (tmp_path / "vectors-1.f32").stat().st_size == mended.manifest.rows * EMBEDDER.dimension * 4
    assert len(list((tmp_path / "papers").glob("*.json"))) == 3


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    """Two processes that add papers at once both succeed, and no paper is lost."""
    both = [_write(tmp_path, "1,2,3,4"), _write(tmp_path, "5,6,7,8")]
    assert [process.wait() for process in both] == [0, 0]
    index = Index.open(tmp_path)
    assert [entry.key for entry in index.entries] == [key(number) for number in range(1, 9)]
    for number in range(1, 9):
        assert np.array_equal(index.rows([key(number)]), vectors_of(invented(number)))


def test_a_reader_keeps_its_view_while_papers_are_added(tmp_path: Path) -> None:
    """An index that is open answers from what its manifest said, however much is added meanwhile."""
    index = shelve(tmp_path, [invented(1)])
    query = EMBEDDER.embed(["motion blur"])
    before = search(index, [key(1)], ["motion blur"], query)
    shelve(tmp_path, [invented(2), invented(3)])
    assert search(index, [key(1)], ["motion blur"], query) == before
    assert index.resolve(AllowedPaper("2101.00002")) is None


def test_a_reader_keeps_its_view_while_papers_are_removed(tmp_path: Path) -> None:
    """Vectors stay readable after their file is replaced; a paper that is gone says so and asks to try again."""
    shelve(tmp_path, [invented(1), invented(2)])
    query = EMBEDDER.embed(["motion blur"])
    before = search(Index.open(tmp_path), [key(2)], ["motion blur"], query)
    index = Index.open(tmp_path)
    with IndexWriter.open(tmp_path, **SPACE) as writer:  # type: ignore[arg-type]
        writer.remove(key(1))
    assert not (tmp_path / "vectors-1.f32").exists()
    assert search(index, [key(2)], ["motion blur"], query) == before
    with pytest.raises(CorpusError, match=f"changed while {key(1)} was read; ask again"):
        search(index, [key(1), key(2)], ["motion blur"], query)


def test_a_full_disk_is_an_error_of_ours_and_what_was_published_stays(tmp_path: Path) -> None:
    """When vectors cannot be written the file is named; the papers before are as they were, and more can be added."""
    shelve(tmp_path, [invented(1)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    wide = invented(2, texts=["blur"] * 40)  # its rows take 10 kB, its other files less
    with IndexWriter.open(tmp_path, **SPACE) as writer:  # type: ignore[arg-type]
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, limits[1]))
        try:
            with pytest.raises(CorpusError, match=r"vectors-1.f32 cannot be written"):
                writer.add(wide, vectors_of(wide), words, Path("none.pdf"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    torn = Index.open(tmp_path)
    assert [entry.key for entry in torn.entries] == [key(1)]
    assert np.array_equal(torn.rows([key(1)]), vectors_of(invented(1)))
    mended = shelve(tmp_path, [wide])
    assert np.array_equal(mended.rows([key(1), key(2)]), np.concatenate(list(map(vectors_of, (invented(1), wide)))))


def test_a_lock_that_cannot_be_taken_is_an_error_of_ours(tmp_path: Path) -> None:
    """A folder that may be read but not locked is named, and nothing in it changes."""
    (tmp_path / ".lock").mkdir()
    with pytest.raises(CorpusError, match="cannot be written"), IndexWriter.open(tmp_path, **SPACE):  # type: ignore[arg-type]
        pass
    assert not (tmp_path / "manifest.json").exists()


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """A file where the folder should be is named, with the reason."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(CorpusError, match="cannot be written"), IndexWriter.open(tmp_path / "taken", **SPACE):  # type: ignore[arg-type]
        pass


def test_vectors_must_fit_the_paper(tmp_path: Path) -> None:
    """A row too few is a programming error and stores nothing."""
    with IndexWriter.open(tmp_path, **SPACE) as writer, pytest.raises(ValueError, match="vectors for 6 passages"):  # type: ignore[arg-type]
        writer.add(invented(1), vectors_of(invented(1))[:-1], words, Path())
    with pytest.raises(CorpusError, match="no index"):
        Index.open(tmp_path)
