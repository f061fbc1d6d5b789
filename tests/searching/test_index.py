"""An index gives back what was stored, compares exactly, and refuses what was harmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import CorpusError
from rag.papers import AllowedPaper
from rag.searching import Index, IndexWriter, search
from tests.shelf import EMBEDDER, VOCABULARY, alter_manifest, invented, key, shelve, vectors_of


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


def test_the_newest_version_answers_for_an_open_entry(tmp_path: Path) -> None:
    """Without a version the newest stored one is meant; a version names itself or nothing."""
    index = shelve(tmp_path, [replace(invented(1), version=version) for version in (2, 10, 1)])
    resolved = index.resolve(AllowedPaper("2101.00001"))
    assert resolved is not None
    assert resolved.version == 10
    assert index.resolve(AllowedPaper("2101.00001", 3)) is None
    assert index.resolve(AllowedPaper("2101.00002")) is None


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


def test_an_entry_that_points_at_another_papers_file_is_refused(tmp_path: Path) -> None:
    """What is not allowed does not come in under the name of what is, nor do two entries share a file."""
    shelve(tmp_path, [invented(1), invented(2)])
    one, other = json.loads((tmp_path / "manifest.json").read_text())["papers"]
    borrowed = {name: other[name] for name in ("file", "sha256", "terms_sha256", "sentences_sha256")}
    alter_manifest(tmp_path, lambda told: told["papers"][0].update(borrowed))
    with pytest.raises(CorpusError, match="stands in it twice"):
        Index.open(tmp_path)
    alter_manifest(tmp_path, lambda told: told["papers"].pop())
    index = Index.open(tmp_path)
    for read in (index.paper, index.passages):
        with pytest.raises(CorpusError, match=rf"cannot be used .*{one['key']} with 6.*--rebuild"):
            read(one["key"])


def test_an_entry_with_fewer_rows_than_passages_is_refused(tmp_path: Path) -> None:
    """Passages, word counts and rows of a paper are equally many."""
    shelve(tmp_path, [invented(1)])
    alter_manifest(tmp_path, lambda told: told["papers"][0].update(rows=5))
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
    alter_manifest(tmp_path, lambda told: told["papers"][0].update(sha256=digest))
    index = Index.open(tmp_path)
    for read in (index.paper, index.passages):
        with pytest.raises(CorpusError, match=r"cannot be used .*--rebuild"):
            read(key(1))


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
