"""Changing an index: published whole or not at all, one writer at a time, readers undisturbed."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from rag.errors import CorpusError
from rag.language import words
from rag.papers import AllowedPaper
from rag.searching import Index, IndexWriter, search
from tests.shelf import EMBEDDER, invented, key, shelve, vectors_of

SPACE = {"model": "hash", "fingerprint": EMBEDDER.fingerprint, "dimension": EMBEDDER.dimension}

ROOT = Path(__file__).resolve().parents[2]


def test_the_same_papers_make_the_same_files(tmp_path: Path) -> None:
    """Storing the same twice gives the same bytes, but for the folder's name."""
    for name in ("a", "b"):
        shelve(tmp_path / name, [invented(1), invented(2)])
    files = [sorted(p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*.*")) for name in ("a", "b")]
    assert files[0] == files[1]
    for file in files[0]:
        one, other = ((tmp_path / name / file).read_bytes() for name in ("a", "b"))
        assert one.replace(str(tmp_path / "a").encode(), b"") == other.replace(str(tmp_path / "b").encode(), b"")


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


_WRITER = """
    import os, signal, sys
    from pathlib import Path
    from rag.searching import IndexWriter
    from rag.language import words
    from tests.shelf import EMBEDDER, invented, vectors_of
    folder, numbers, deadly = Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3]
    space = dict(model="hash", fingerprint=EMBEDDER.fingerprint, dimension=EMBEDDER.dimension)
    replace = os.replace

    def dying(part, path):
        os.kill(os.getpid(), signal.SIGKILL) if Path(path).name == "manifest.json" else replace(part, path)

    with IndexWriter.open(folder, **space) as writer:
        for number in map(int, numbers):
            if number == int(deadly):
                os.replace = dying
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
