"""Vectors: a passage's is that of its sentences together, whatever the model reads at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from rag.papers import Paper
from rag.reading import passages_of
from rag.vectors import vectors_of
from tests.hash_embedder import HashEmbedder
from tests.reading.test_passages import count, papers, table


@pytest.mark.parametrize("adds_up", [True, False])
@given(paper=papers)
def test_vectors_are_those_of_the_texts(adds_up: bool, paper: Paper) -> None:
    """A passage's vector is that of its sentences' tokens together, a row's that of its names, caption and header.

    A model whose vectors do not add up gives the same where its tokens know nothing of each other, but for openings.
    """
    model = HashEmbedder()
    model.adds_up = adds_up
    whole = replace(paper, title="", passages=passages_of(paper.sentences, count))
    passages, sentences = vectors_of(whole, model)
    for passage, vector in zip(whole.passages, passages, strict=True):
        seen = passage.text if adds_up else f"{''.join(passage.section[-1:])} {passage.text}"
        assert np.abs(vector - (model.unit(seen) if adds_up else model.embed([seen])[0])).max() < 1e-5
    for sentence, vector in zip(whole.sentences, sentences, strict=True):
        evidence = sentence.label in ("abstract", "body", "caption")
        alone = model.unit(sentence.text) if adds_up else model.embed([sentence.text])[0]
        assert np.abs(vector - (alone if evidence else 0)).max() < 1e-5
    _, rows = vectors_of(table(), model)
    if adds_up:
        texts = ["Lamps burn.", *(f"Table 1: Hours. Lamp Hours {name}" for name in ("Arc", "Bulb", "Tube"))]
        assert all(np.abs(row - model.unit(text)).max() < 1e-5 for row, text in zip(rows, texts, strict=True))
