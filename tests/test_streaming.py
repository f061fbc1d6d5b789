"""Claims as they pass: each before the answer is whole, none twice, nothing lost."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError
from threading import Event

import pytest

from rag.answers import Answer, Citation, Claim, Section
from rag.errors import BriefError
from rag.streaming import Heard, Stream

CLAIMS = tuple(
    Claim(text, "verbatim", (Citation("brief", text, ""),)) for text in ("Owls hunt.", "Owls see.", "Owls wait.")
)
WHOLE = Answer("What do owls do?", "answered", "hand", CLAIMS[:1], (Section("Answer", "prose", CLAIMS),))


def test_claims_come_before_the_answer_is_whole() -> None:
    """The first is given while the second is not written yet; what no step told comes at the end, each once."""
    first_given = Event()

    def work(passed: Heard) -> Answer:
        passed(CLAIMS[1])
        passed(CLAIMS[1])
        assert first_given.wait(30)
        return WHOLE

    stream = Stream(work)
    claims = iter(stream)
    assert next(claims) == CLAIMS[1]
    first_given.set()
    assert list(claims) == [CLAIMS[0], CLAIMS[2]]
    assert stream.answer is WHOLE
    assert list(stream) == []


def test_for_and_async_for_agree() -> None:
    """Both give the same claims in the same order."""

    async def heard() -> list[Claim]:
        return [claim async for claim in Stream(lambda passed: WHOLE)]

    assert asyncio.run(heard()) == list(Stream(lambda passed: WHOLE)) == list(WHOLE.claims)


def test_what_goes_wrong_is_raised_after_what_went_well() -> None:
    """The claims that passed are given, then the error is."""

    def work(passed: Heard) -> Answer:
        passed(CLAIMS[0])
        raise BriefError("owls are out")

    claims = iter(Stream(work))
    assert next(claims) == CLAIMS[0]
    with pytest.raises(BriefError, match="owls are out"):
        next(claims)


def test_who_leaves_early_stops_the_writer() -> None:
    """The next claim is the last thing that is done for nobody."""
    left = Event()

    def work(passed: Heard) -> Answer:
        passed(CLAIMS[0])
        assert left.wait(30)
        passed(CLAIMS[1])
        raise AssertionError("went on")

    stream = Stream(work)
    for _ in stream:
        break
    left.set()
    with pytest.raises(CancelledError):
        _ = stream.answer
