"""The fast runtime agrees with the reference, and vectors do not depend on company."""

from __future__ import annotations

import _ctypes
import json
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
from rag.errors import SettingsError
from rag.searching import accelerator, embed
from rag.searching.onnx_embedder import DUE, _spread, check
from rag.searching.pooling import scaled, sums
from rag.searching.weights import Weights, find_weights

TEXTS = ["Motion blur mixes what the lens saw while the shutter was open.", "A cat.", "Sharp pictures " * 150]


@pytest.fixture(scope="module")
def fast() -> embed.Embedder:
    return embed.load(offline=True)


def test_the_fast_runtime_is_the_reference(fast: embed.Embedder) -> None:
    """ONNX Runtime gives the vectors of sentence-transformers, and so the same fingerprint."""
    reference = embed.load(offline=True, reference=True)
    assert (fast.runtime, reference.runtime) == ("onnxruntime", "sentence-transformers")
    assert fast.fingerprint == reference.fingerprint
    assert np.abs(fast.embed(TEXTS) - reference.embed(TEXTS)).max() < 1e-5
    assert fast.dimension == reference.dimension == 384
    assert fast.count_tokens(TEXTS) == reference.count_tokens(TEXTS)


def test_parts_agree_between_runtimes(fast: embed.Embedder) -> None:
    """Sums of parts, taken from one pass, point the same way in both runtimes; a part beyond the limit gets zeros."""
    text = TEXTS[0]
    parts = [[(0, 11), (12, len(text))], [(0, 6)], [(len(TEXTS[2]) - 20, len(TEXTS[2]))]]
    found = fast.embed_parts(TEXTS, parts)
    expected = embed.load(offline=True, reference=True).embed_parts(TEXTS, parts)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs(ours - theirs).max() < 1e-3
        assert np.abs(scaled(ours) - scaled(theirs)).max() < 1e-4
    assert not found[2].any()


def test_sums_of_parts_make_the_whole(fast: embed.Embedder) -> None:
    """The parts of a text add up to the text, so a passage's vector is that of its sentences together."""
    text = TEXTS[0]
    ((one, other), (whole,)) = fast.embed_parts([text, text], [[(0, 11), (12, len(text))], [(0, len(text))]])
    assert np.abs(one + other - whole).max() < 1e-4
    assert float(scaled(whole[None])[0] @ fast.embed([text])[0]) > 0.98  # which counts the model's own marks as well


def test_vectors_have_length_one_whatever_the_order(fast: embed.Embedder) -> None:
    """Rows come in the order of the texts, each of length one; an empty list gives no rows."""
    rows = fast.embed(TEXTS)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert np.abs(fast.embed(TEXTS[::-1])[::-1] - rows).max() < 1e-5
    assert fast.embed([]).shape == (0, 384)


def test_no_neighbour_touches_a_vector(fast: embed.Embedder) -> None:
    """A text has the same vector, to the last bit, alone and in any company, and so have its parts."""
    words = "blur is a motion that 8 frames of one burst, merged, take out again".split()
    texts = [" ".join(words[first : first + count]) for count in (1, 2, 5, 9) for first in range(6)]
    texts += [" ".join(words * count) for count in (2, 3, 5, 9, 16, 40)]
    parts = [[(0, len(text) // 2), (len(text) // 2, len(text))] for text in texts]
    vectors, found = fast.embed(texts), fast.embed_parts(texts, parts)
    for row, (text, spans) in enumerate(zip(texts, parts, strict=True)):
        assert np.array_equal(fast.embed([text])[0], vectors[row])
        assert np.array_equal(fast.embed_parts([text], [spans])[0], found[row])


def test_no_number_of_threads_touches_a_vector(fast: embed.Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
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
        for _ in callers.map(partial(_spread, run), [[[10 * who + n] for n in range(8)] for who in range(3)]):
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
        many = callers.submit(_spread, run, [[n] for n in range(50)])
        assert begun.wait(60)
        callers.submit(_spread, run, Few([[100], [101]])).result()
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
        _spread(run, [[n] for n in range(50)])
    assert 6 <= len(done) <= 6 + DUE + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_embeds(fast: embed.Embedder) -> None:
    """A process made by forking, which has none of the threads, gives the same vectors."""
    before = fast.embed(TEXTS)
    if not (child := os.fork()):
        signal.alarm(60)
        try:
            os._exit(0 if np.array_equal(fast.embed(TEXTS), before) else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize(
    ("modules", "modes", "adds_up"),
    [
        ("Transformer Pooling Normalize", "mean_tokens", True),
        ("Transformer Pooling", "mean_tokens", True),
        ("Transformer Pooling Normalize", "cls_token", False),
        ("Transformer Pooling Dense Normalize", "mean_tokens", False),
        ("Transformer Pooling Normalize", "mean_tokens mean_sqrt_len_tokens", False),
        ("StaticEmbedding", "", False),
    ],
)
def test_models_whose_vectors_add_up_are_known(modules: str, modes: str, adds_up: bool, tmp_path: Path) -> None:
    """Only the mean of tokens, scaled at most, is a sum of its parts; a bare transformer is pooled so."""
    weights = Weights("m", tmp_path, "", 256)
    assert weights.adds_up
    (tmp_path / "modules.json").write_text(json.dumps([{"type": f"st.models.{name}"} for name in modules.split()]))
    (tmp_path / "1_Pooling").mkdir()
    told = {
        f"pooling_mode_{mode}": mode in modes.split() for mode in ("cls_token", "mean_tokens", "mean_sqrt_len_tokens")
    }
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"dim": 384, **told}))
    assert weights.adds_up is adds_up


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A model that cannot be found offline is one clear error that names it."""
    with pytest.raises(SettingsError, match="no-such-model"):
        embed.load("no-such-model", offline=True)
    with pytest.raises(SettingsError, match="no model weights"):
        embed.load(str(tmp_path), offline=True)


def test_a_graph_that_differs_is_not_trusted(fast: embed.Embedder) -> None:
    """The check on the fixed sample refuses a graph whose vectors are not the reference's."""
    with pytest.raises(ValueError, match="differ"):
        check(lambda texts: np.ascontiguousarray(fast.embed(texts)[:, ::-1]), find_weights(offline=True))


def test_a_part_is_the_sum_of_the_tokens_inside() -> None:
    """A part's row is the sum of the tokens that end in it, by brute force; no token, no length."""
    random = np.random.default_rng(7)
    states = random.normal(size=(9, 4)).astype(np.float32)
    offsets = [(0, 0), (0, 4), (5, 7), (7, 9), (9, 14), (14, 15), (16, 20), (20, 22), (0, 0)]  # some begin with a blank
    parts = [(0, 9), (5, 15), (10, 15), (0, 22), (15, 16), (30, 40), (21, 22)]
    found = sums(states, offsets, parts)
    for part, row in zip(parts, found, strict=True):
        inside = [token for token, (a, b) in enumerate(offsets) if part[0] < b <= part[1] and b > a]
        assert row == pytest.approx(states[inside].sum(axis=0), abs=1e-5)
    assert np.linalg.norm(scaled(found), axis=1) == pytest.approx([1, 1, 1, 1, 0, 0, 1])
    assert sums(states, offsets, []).shape == (0, 4)


def test_bulk_goes_to_a_device_that_gives_the_reference(fast: embed.Embedder) -> None:
    """Enough papers and a device that torch can use: sentence-transformers there, in the same vector space."""
    bulk = embed.load_bulk(embed.BULK_PAPERS, offline=True, find=lambda: "cpu")
    assert bulk is not None
    assert (bulk.runtime, bulk.fingerprint) == ("sentence-transformers", fast.fingerprint)
    assert embed.load_bulk(embed.BULK_PAPERS - 1, offline=True, find=lambda: "cpu") is None
    assert embed.load_bulk(embed.BULK_PAPERS, offline=True, find=lambda: "") is None


def test_a_gpu_that_torch_cannot_use_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """A GPU without a torch built for it is one warning with the reason, and the processor embeds."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("this torch can use CUDA")
    assert embed.load_bulk(embed.BULK_PAPERS, offline=True, find=lambda: "cuda") is None
    assert "without CUDA" in caplog.text


def test_a_driver_that_is_none_finds_no_gpu() -> None:
    """No library of that name, or one that is no driver, counts no device."""
    assert accelerator._cuda_devices("no-such-driver.so") == 0
    assert accelerator._cuda_devices(_ctypes.__file__) == 0


@pytest.mark.parametrize("harm", ["zeros", "garbage", "torn", "no seal"])
def test_a_kept_graph_that_was_harmed_is_built_anew(harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that is not what was kept, even at its full size, is never used: the vectors stay the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (before,) = embed.load(offline=True).embed(["a lamp in the harbour"])
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
    (after,) = embed.load(offline=True).embed(["a lamp in the harbour"])
    assert np.array_equal(before, after)


def test_the_runtime_reports_to_nobody(tmp_path: Path) -> None:
    """Loading and using the model writes nothing for ONNX Runtime's maker into the home folder."""
    code = "import rag\nfrom rag.searching.embed import load\nload(offline=True).embed(['a lamp'])\n"
    home = {**os.environ, "HOME": str(tmp_path)}
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        home.pop(name, None)
    subprocess.run([sys.executable, "-c", code], env=home, check=True, cwd=Path(rag.__file__).parents[1])
    assert not [path for path in tmp_path.rglob("*") if "icrosoft" in path.name or "onnxruntime" in path.name]
