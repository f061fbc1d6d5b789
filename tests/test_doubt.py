"""An answer is doubted where the papers say too little of what is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.briefs import Brief
from rag.doubt import is_doubtful, may_doubt, signs_of, weights
from rag.engine import Engine
from rag.gaps import nowhere
from rag.settings import Settings, resource

FIRST = "2604.90001"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    demo: Path = resource("demo")
    made = Engine(Settings(corpus=tmp_path_factory.mktemp("doubt"), pdf_dir=demo / "pdf", offline=True))
    made.ingest([FIRST])
    return made


def signs(engine: Engine, question: str) -> dict[str, float]:
    prepared = engine.prepare(Brief.of(question, [FIRST]))
    return signs_of(prepared, *nowhere(prepared))


def test_every_sign_has_a_weight_and_tells_shares(engine: Engine) -> None:
    """The weights are for these signs and no others; but for the count of topics a sign lies between 0 and 1."""
    found = signs(engine, "How many photographs does TernBurst merge?")
    assert found.keys() == weights().signs.keys()
    assert all(0 <= value <= 1 for name, value in found.items() if name != "topics")
    assert found["amount"] == 1


def test_what_the_paper_lacks_is_doubted_and_what_it_says_is_not(engine: Engine) -> None:
    """The more of a question's words stand nowhere, the likelier it is that nothing answers."""
    assert not is_doubtful(signs(engine, "How does TernBurst merge a burst of frames?"))
    assert is_doubtful(signs(engine, "How many kilowatt hours of electricity did TernBurst's annotators pay for?"))


@pytest.mark.parametrize(
    "question", ["What is this paper about?", "What are its limitations?", "How big is the dataset?"]
)
def test_what_any_paper_can_be_asked_is_not_doubted(engine: Engine, question: str) -> None:
    """Such questions need share no word with the paper."""
    assert not may_doubt(engine.prepare(Brief.of(question, [FIRST])))


def test_a_doubted_answer_says_so_and_shows_what_comes_nearest(engine: Engine) -> None:
    """In place of claims stands one line, over at most two quotes."""
    answer = engine.ask("How many kilowatt hours of electricity did TernBurst's annotators pay for?", [FIRST])
    assert not answer.claims
    assert answer.refusal or answer.gaps[0].text == "The allowed paper does not seem to state this."
    assert 1 <= len(answer.gaps[0].nearest) <= 2


def test_what_a_model_says_of_the_best_sentence_is_weighed_with_the_signs(engine: Engine) -> None:
    """A sure Yes takes doubt away, a sure No brings it; neither is heard alone."""
    answered = signs(engine, "How does TernBurst merge a burst of frames?")
    lacking = signs(engine, "How many kilowatt hours of electricity did TernBurst's annotators pay for?")
    assert (is_doubtful(answered, 0.45), is_doubtful(lacking, 0.45)) == (False, True)
    assert (is_doubtful(answered, 0.0), is_doubtful(lacking, 1.0)) == (True, False)
