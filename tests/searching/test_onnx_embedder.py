"""Vectors do not depend on company or threads, and a kept graph is what it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier, Event, Lock

import numpy as np
import pytest

import rag
from rag.searching import Embedder, find_weights, load_embedder
from rag.searching.onnx_embedder import DUE, OnnxEmbedder, build, split, spread

TEXTS = ["Motion blur mixes what the lens saw while the shutter was open.", "A cat.", "Sharp pictures " * 150]


def test_no_neighbour_touches_a_vector(fast: Embedder) -> None:
    """A text has the same vector, to the last bit, alone and in any company, and so have its parts."""
    words = "blur is a motion that 8 frames of one burst, merged, take out again".split()
    texts = [" ".join(words[first : first + count]) for count in (1, 2, 5, 9) for first in range(6)]
    texts += [" ".join(words * count) for count in (2, 3, 5, 9, 16, 40)]
    parts = [[(0, len(text) // 2), (len(text) // 2, len(text))] for text in texts]
    vectors, found = fast.embed(texts), fast.embed_parts(texts, parts)
    for row, (text, spans) in enumerate(zip(texts, parts, strict=True)):
        assert np.array_equal(fast.embed([text])[0], vectors[row])
        assert np.array_equal(fast.embed_parts([text], [spans])[0], found[row])


def test_no_number_of_threads_touches_a_vector(fast: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread and several give the same vectors, of texts and of their parts, to the last bit."""
    texts = [" ".join(f"{word} of frame {number}" for word in TEXTS[0].split()[:number]) for number in range(1, 13)]
    parts = [[(0, len(text) // 3), (0, len(text))] for text in texts]
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        found.append([fast.embed(texts), *fast.embed_parts(texts, parts)])
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


def test_many_callers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many embed at once, no more runs are under way than cores may be used, and each runs once."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    lock, together, active, most = Lock(), Barrier(2, timeout=60), 0, 0
    done: list[int] = []

    def run(rows: Sequence[int]) -> None:
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
            done.extend(rows)
        together.wait()
        with lock:
            active -= 1

    with ThreadPoolExecutor(3) as callers:
        for _ in callers.map(partial(spread, run), [[[10 * who + n] for n in range(8)] for who in range(3)]):
            pass
    assert most == 2
    assert sorted(done) == [10 * who + n for who in range(3) for n in range(8)]


def test_nobody_waits_for_all_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few texts asked for while many are embedded have their turn long before the last of these."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    begun, asked, done = Event(), Event(), list[int]()

    class Few(list[list[int]]):
        def __iter__(self) -> Iterator[list[int]]:
            yield from super().__iter__()
            asked.set()

    def run(rows: Sequence[int]) -> None:
        begun.set()
        assert asked.wait(60)
        done.extend(rows)

    with ThreadPoolExecutor(2) as callers:
        many = callers.submit(spread, run, [[n] for n in range(50)])
        assert begun.wait(60)
        callers.submit(spread, run, Few([[100], [101]])).result()
        many.result()
    assert [n for n in done if n < 100] == list(range(50))
    assert done.index(101) <= DUE + 3


def test_what_follows_a_failed_run_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error reaches the caller, and no more than what was due is run after it."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    done: list[int] = []

    def run(rows: Sequence[int]) -> None:
        done.extend(rows)
        if rows == [5]:
            raise MemoryError

    with pytest.raises(MemoryError):
        spread(run, [[n] for n in range(50)])
    assert 6 <= len(done) <= 6 + DUE + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_embeds(fast: Embedder) -> None:
    """A process made by forking, which has none of the threads, gives the same vectors."""
    before = fast.embed(TEXTS)
    if not (child := os.fork()):
        signal.alarm(60)
        try:
            os._exit(0 if np.array_equal(fast.embed(TEXTS), before) else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("harm", ["zeros", "garbage", "torn", "no seal"])
def test_a_kept_graph_that_was_harmed_is_built_anew(harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that is not what was kept, even at its full size, is never used: the vectors stay the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (before,) = load_embedder(offline=True).embed(["a lamp in the harbour"])
    (graph,) = (tmp_path / "paperbound" / "onnx").glob("*.onnx")
    numbers, seal = graph.with_suffix(".bin"), graph.with_suffix(".seal")
    if harm == "zeros":
        half = numbers.stat().st_size // 2
        numbers.write_bytes(numbers.read_bytes()[:half] + bytes(numbers.stat().st_size - half))
    elif harm == "garbage":
        graph.write_bytes(b"\xff" * graph.stat().st_size)
    elif harm == "torn":
        numbers.write_bytes(numbers.read_bytes()[:1000])
    else:
        seal.unlink()
    (after,) = load_embedder(offline=True).embed(["a lamp in the harbour"])
    assert np.array_equal(before, after)


def test_the_runtime_reports_to_nobody(tmp_path: Path) -> None:
    """Loading and using the model writes nothing for ONNX Runtime's maker into the home folder."""
    code = "import rag\nfrom rag.searching import load_embedder\nload_embedder(offline=True).embed(['a lamp'])\n"
    home = {**os.environ, "HOME": str(tmp_path)}
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        home.pop(name, None)
    subprocess.run([sys.executable, "-c", code], env=home, check=True, cwd=Path(rag.__file__).parents[1])
    assert not [path for path in tmp_path.rglob("*") if "icrosoft" in path.name or "onnxruntime" in path.name]


def test_numbers_in_a_file_of_their_own_change_no_vector(tmp_path: Path) -> None:
    """A graph whose numbers are mapped from a file gives the very vectors of the graph that holds them."""
    weights = find_weights()
    graph = build(weights.folder)
    small, numbers = split(graph, "numbers.bin")
    (tmp_path / "graph.onnx").write_bytes(small)
    (tmp_path / "numbers.bin").write_bytes(numbers)
    texts = ["Burst photography merges many short frames.", "A cat.", "Frames are aligned, then merged. " * 40]
    mapped = OnnxEmbedder(weights, tmp_path / "graph.onnx").embed(texts)
    assert len(small) < len(graph) / 100
    assert np.array_equal(mapped, OnnxEmbedder(weights, graph).embed(texts))


def test_a_torn_graph_in_the_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed or full disk left in the cache is not loaded; the next load writes it whole."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    expected = load_embedder(offline=True).embed(["A cat."])
    (numbers,) = tmp_path.rglob("*.bin")
    whole = numbers.read_bytes()
    numbers.write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(load_embedder(offline=True).embed(["A cat."]), expected)
    assert numbers.read_bytes() == whole


def test_graphs_of_older_revisions_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing a graph removes what older programs built of the same weights; newer and foreign graphs stay."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_embedder(offline=True)
    (graph,) = tmp_path.rglob("*.onnx")
    stem, revision = graph.stem.rsplit("-", 1)
    old = [graph.with_name(f"{stem}-{number}{kind}") for number in (1, 2) for kind in (".onnx", ".bin", ".size")]
    others = [graph.with_name(f"{stem}-{int(revision) + 1}.bin"), graph.with_name(f"{'0' * 24}-1.onnx")]
    for file in (*old, *others):
        file.write_bytes(b"")
    graph.unlink()
    load_embedder(offline=True)
    assert not [file for file in old if file.exists()]
    assert all(file.exists() for file in (*others, graph))
