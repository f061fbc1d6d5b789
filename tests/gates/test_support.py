from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import SettingsError
from rag.gates import BuiltInSupport, NliSupport
from rag.gates.support import entailment_of

EVIDENCE = [
    "Glider restores a torn map from three photographs of its pieces.",
    "The contour loss compares the borders of neighbouring pieces.",
]
WORDS = st.lists(st.sampled_from("glider torn map loss border piece lamp river town sharp".split()), max_size=12)


def test_a_paraphrase_passes_and_another_matter_does_not() -> None:
    support = BuiltInSupport()
    assert support.score("From photographs of its pieces, Glider restores a torn map.", EVIDENCE) > support.threshold
    assert support.score("The museum sells postcards of famous old bridges.", EVIDENCE) < support.threshold


@given(WORDS, WORDS)
def test_scores_are_chances_and_repetition_is_the_best_support(claim: list[str], text: list[str]) -> None:
    """Any two texts give a value from 0 to 1, and no evidence beats the claim itself."""
    support = BuiltInSupport()
    said, other = " ".join(claim), " ".join(text)
    assert 0 <= support.score(said, [other]) <= support.score(said, [said]) <= 1


@given(WORDS.filter(bool), WORDS)
def test_more_evidence_never_supports_less(claim: list[str], text: list[str]) -> None:
    support = BuiltInSupport()
    said = " ".join(claim)
    assert support.score(said, [*EVIDENCE, " ".join(text)]) >= support.score(said, EVIDENCE) - 1e-12


def test_no_evidence_supports_nothing() -> None:
    assert BuiltInSupport().score("Glider restores a torn map.", []) < 0.5


def test_meaning_counts_where_an_embedding_is_given() -> None:
    """With the same words, a claim that lies nearer to the evidence scores higher."""

    def embed(near: float) -> Any:
        claim = np.array([near, (1 - near**2) ** 0.5])
        return lambda texts: np.vstack([claim, np.tile([1.0, 0.0], (len(texts) - 1, 1))])

    claim = "Glider restores a torn map."
    scores = [BuiltInSupport(embed(near)).score(claim, EVIDENCE) for near in (0.1, 0.5, 0.9)]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


@pytest.mark.parametrize(
    ("labels", "place"),
    [
        ({0: "contradiction", 1: "entailment", 2: "neutral"}, 1),
        ({0: "ENTAILMENT", 1: "NOT"}, 0),
        ({0: "LABEL_0"}, None),
    ],
)
def test_the_entailment_label_is_found_by_name(labels: dict[int, str], place: int | None) -> None:
    assert entailment_of(labels, "some-model") == place


def test_a_model_without_entailment_is_refused() -> None:
    with pytest.raises(SettingsError, match="some-model"):
        entailment_of({0: "cat", 1: "dog"}, "some-model")


@pytest.mark.slow
def test_an_nli_model_on_disk_is_asked(tmp_path: Path) -> None:
    """The score is the softmax over the model's own logits at its entailment label."""
    transformers = pytest.importorskip("transformers")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "glider", "restores", "a", "torn", "map", "."]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    labels = {0: "contradiction", 1: "entailment", 2: "neutral"}
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_labels=3, id2label=labels, label2id={label: place for place, label in labels.items()},
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    support = NliSupport.load(tmp_path)
    score = support.score("Glider restores a map.", ["Glider restores a torn map."])
    raw = support._model.predict([("Glider restores a torn map.", "Glider restores a map.")], apply_softmax=True)
    assert score == pytest.approx(float(np.asarray(raw).reshape(-1)[1]), abs=1e-5)


def test_a_model_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NLI model"):
        NliSupport.load(tmp_path / "nothing")
