"""What a model is made of, and how the vectors of tokens are added up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.searching import scaled
from rag.searching.weights import Weights, sums


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
