"""The fast runtime agrees with the reference, and vectors do not depend on company."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.errors import SettingsError
from rag.searching import embed
from rag.searching.onnx_embedder import check
from rag.searching.weights import find_weights

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
    """Vectors of parts, taken from one pass, are the same in both runtimes; a part beyond the limit gets zeros."""
    text = TEXTS[0]
    parts = [[(0, 11), (12, len(text))], [(0, 6)], [(len(TEXTS[2]) - 20, len(TEXTS[2]))]]
    reference = embed.load(offline=True, reference=True)
    vectors, pooled = fast.embed_parts(TEXTS, parts)
    expected_vectors, expected = reference.embed_parts(TEXTS, parts)
    assert np.abs(vectors - expected_vectors).max() < 1e-5
    for ours, theirs in zip(pooled, expected, strict=True):
        assert np.abs(ours - theirs).max() < 1e-4
    assert not pooled[2].any()
    assert np.linalg.norm(pooled[0], axis=1) == pytest.approx([1.0, 1.0])


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
    together, pooled = fast.embed_parts(texts, parts)
    for row, (text, spans) in enumerate(zip(texts, parts, strict=True)):
        (vector,), (alone,) = fast.embed_parts([text], [spans])
        assert np.array_equal(vector, together[row])
        assert np.array_equal(alone, pooled[row])
    assert np.array_equal(fast.embed(texts), together)


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
