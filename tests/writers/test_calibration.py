from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.claim_pairs import load
from rag.chat import Chat, Choice, Reply, Request
from rag.errors import SettingsError
from rag.writers import ModelCheck, calibrate, keep_calibration, threshold_of
from rag.writers.calibration import BOUNDS, KEPT, calibrated


class Timid(Chat):
    """Says "Yes" too rarely, as small models do: .4 where the claim's first word stands in the evidence, else .1."""

    name = "tiny:timid"

    def complete(self, request: Request) -> Reply:
        raise NotImplementedError  # a check never asks for words where it may choose

    def choose(self, messages: Sequence[object], options: Sequence[str] = ("Yes", "No")) -> Choice:
        evidence, claim = str(messages[-1]["content"]).split("Claim: ")  # type: ignore[index]
        yes = 0.4 if claim.split()[0] in evidence else 0.1
        return Choice({"Yes": yes, "No": 1 - yes}, "logprobs")


PAIRS = [("Glider mends maps.", ["Glider mends maps."], True), ("Kite mends maps.", ["Glider mends maps."], False)] * 20


def test_a_timid_model_gets_a_threshold_that_its_right_claims_reach() -> None:
    found = calibrate(ModelCheck(Timid()), PAIRS)
    assert found.threshold == 0.4
    assert (found.right, found.wrong, found.auc) == (20, 20, 1.0)
    assert (0.25, 1.0, 0.0) in found.curve


def test_the_threshold_keeps_nearly_all_right_claims_whatever_the_scores() -> None:
    right = [number / 100 for number in range(100)]
    found = calibrated("m", right, [0.0])
    assert sum(score >= found.threshold for score in right) >= KEPT * len(right) - BOUNDS[0] * len(right)
    assert calibrated("m", [0.0], [0.0]).threshold == BOUNDS[0]
    assert calibrated("m", [1.0], [1.0]).threshold == BOUNDS[1]


def test_a_calibration_is_kept_with_the_models_name_beside_those_of_others(tmp_path: Path) -> None:
    path = tmp_path / "corpus" / "checks.json"
    keep_calibration(calibrated("a:one", [0.7], [0.1]), path)
    keep_calibration(calibrated("b:two", [0.2], [0.1]), path)
    assert (threshold_of("a:one", path), threshold_of("b:two", path)) == (0.7, 0.2)
    assert threshold_of("c:three", path) == threshold_of("c:three", None)


@pytest.mark.parametrize("text", ["", "[]", '{"a:one": {"threshold": "high"}}', '{"a:one": 3}'])
def test_a_broken_file_of_calibrations_is_told_with_its_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "checks.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"checks\.json.*rag calibrate"):
        threshold_of("a:one", path)


def test_our_own_pairs_hold_right_and_wrong_claims_and_a_file_is_read_strictly(tmp_path: Path) -> None:
    own = load()
    assert sum(supported for *_, supported in own) > 50 < sum(not supported for *_, supported in own)
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps({"claim": c, "evidence": e, "supported": s}) + "\n" for c, e, s in PAIRS))
    assert load(file) == load(tmp_path) == [(c, tuple(e), s) for c, e, s in PAIRS]
    file.write_text('{"claim": "x", "evidence": "y", "supported": 1}\n')
    with pytest.raises(ValueError, match=r"pairs\.jsonl:1: "):
        load(file)


def test_a_model_without_probabilities_votes_on_three_wordings() -> None:
    """The same word thrice, or two of three: a majority is sure, a single yes is none."""

    class Wordy(Timid):
        def __init__(self, *words: str) -> None:
            self.words = list(words)

        def choose(self, messages: Sequence[object], options: Sequence[str] = ("Yes", "No")) -> Choice:
            word = self.words.pop(0)
            return Choice({option: float(option == word) for option in options}, "word")

    assert ModelCheck(Wordy("Yes", "No", "Yes")).score("Glider mends maps.", ["Glider mends maps."]) == 1.0
    assert ModelCheck(Wordy("Yes", "No", "No")).score("Glider mends maps.", ["Glider mends maps."]) == 0.0
