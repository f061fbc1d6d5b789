"""The fast runtime agrees with the reference, on this processor and on GPUs."""

from __future__ import annotations

import _ctypes
from pathlib import Path

import numpy as np
import pytest

from rag.errors import SettingsError
from rag.searching import embed, find_weights, scaled

TEXTS = ["Motion blur mixes what the lens saw while the shutter was open.", "A cat.", "Sharp pictures " * 150]


def test_the_fast_runtime_is_the_reference(fast: embed.Embedder) -> None:
    """ONNX Runtime gives the vectors of sentence-transformers, and so the same fingerprint."""
    reference = embed.load_embedder(offline=True, reference=True)
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
    expected = embed.load_embedder(offline=True, reference=True).embed_parts(TEXTS, parts)
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


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A model that cannot be found offline is one clear error that names it."""
    with pytest.raises(SettingsError, match="no-such-model"):
        embed.load_embedder("no-such-model", offline=True)
    with pytest.raises(SettingsError, match="no model weights"):
        embed.load_embedder(str(tmp_path), offline=True)


def test_a_graph_that_differs_is_not_trusted(fast: embed.Embedder) -> None:
    """The check on the fixed sample refuses a graph whose vectors are not the reference's."""
    with pytest.raises(ValueError, match="differ"):
        embed.check(lambda texts: np.ascontiguousarray(fast.embed(texts)[:, ::-1]), find_weights(offline=True))


def test_bulk_goes_to_a_device_that_gives_the_reference(fast: embed.Embedder) -> None:
    """Enough papers and a device that torch can use: sentence-transformers there, in the same vector space."""
    bulk = embed.load_bulk_embedder(embed.BULK_PAPERS, offline=True, find=lambda: "cpu")
    assert bulk is not None
    assert (bulk.runtime, bulk.fingerprint) == ("sentence-transformers", fast.fingerprint)
    assert embed.load_bulk_embedder(embed.BULK_PAPERS - 1, offline=True, find=lambda: "cpu") is None
    assert embed.load_bulk_embedder(embed.BULK_PAPERS, offline=True, find=lambda: "") is None


def test_a_gpu_that_torch_cannot_use_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """A GPU without a torch built for it is one warning with the reason, and the processor embeds."""
    import torch

    if torch.cuda.is_available():
        pytest.skip("this torch can use CUDA")
    assert embed.load_bulk_embedder(embed.BULK_PAPERS, offline=True, find=lambda: "cuda") is None
    assert "without CUDA" in caplog.text


def test_a_driver_that_is_none_finds_no_gpu() -> None:
    """No library of that name, or one that is no driver, counts no device."""
    assert embed.cuda_devices("no-such-driver.so") == 0
    assert embed.cuda_devices(_ctypes.__file__) == 0
