"""What an answer to a graded question is worth: where its key fact stands, whether what is missing is said first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.benchmarks.answers_graded import HELD, TUNE, half_of, halves, marked_above, rank_of, scored
from eval.benchmarks.graded import Graded
from rag.answers import Answer, Citation, Claim, Evidence, Gap, Refusal, Section

FERN, GULL = "2604.90001", "2604.90002"
ASKED = Graded("t1", "fact", "How much oil does the lamp take?", (FERN,), 1, (("7 litres",), ("oil",)), {}, ())
SIDES = {FERN: (("oil",),), GULL: (("wax",),)}
COMPARED = replace(ASKED, kind="compare", papers=(FERN, GULL), facts=(("oil",), ("wax",)), sides=SIDES)
NO_ANSWER = replace(ASKED, kind="unanswerable", question="What does the wick cost?", facts=(), page=0)


def claim(text: str, quote: str = "") -> Claim:
    """Return a claim that cites one quote."""
    return Claim(text, "own_words", (Citation("brief", quote or text, ""),))


def answer(*texts: str, question: str = ASKED.question, gaps: tuple[str, ...] = (), short: str = "") -> Answer:
    """Return an answer of one section."""
    told = tuple(map(claim, texts))
    on_top = (claim(short),) if short else ()
    missing = tuple(Gap(text, text) for text in gaps)
    return Answer(
        question, "answered", "none", in_short=on_top, sections=(Section("Answer", "prose", told),), gaps=missing
    )


def test_the_first_claim_with_its_quotes_is_judged() -> None:
    """A fact in a later claim counts as below; what is said in short stands for the first claim."""
    lamp, oil = "Lamps hang in rows.", "A lamp takes 7 litres of oil."
    first = scored(ASKED, TUNE, answer(oil, lamp), (), 0)
    below = scored(ASKED, TUNE, answer(lamp, oil), (), 0)
    assert (first.first, first.anywhere, first.claims, first.beside) == (True, True, 2, 1)
    assert (below.first, below.anywhere) == (False, True)
    assert scored(ASKED, TUNE, answer(lamp, oil, short=oil), (), 0).first
    assert not scored(ASKED, TUNE, answer(oil, short=lamp), (), 0).first
    quoted = replace(answer(), sections=(Section("Answer", "prose", (claim("It takes much.", oil),)),))
    assert scored(ASKED, TUNE, quoted, (), 0).first


def test_of_a_comparison_the_first_two_claims_count_together() -> None:
    """Each side has one claim to tell its fact."""
    assert scored(COMPARED, TUNE, answer("One burns oil.", "One burns wax."), (), 0).first
    assert not scored(COMPARED, TUNE, answer("One burns oil.", "It does.", "One burns wax."), (), 0).first


def test_a_refusal_marks_what_is_missing() -> None:
    """A refusal is marked, and false where there is an answer."""
    refused = Answer(ASKED.question, "refused", "none", refusal=Refusal("not_in_allowed_papers", "Nothing of it."))
    told = scored(ASKED, TUNE, refused, (), 0)
    assert (told.refused, told.marked, told.first, told.claims) == (True, True, False, 0)


@pytest.mark.parametrize(
    ("gap", "claims", "short", "marked"),
    [
        ("The paper does not say what a wick costs.", (), "", True),
        ("The paper does not say what a wick costs.", ("Lamps hang in rows.",), "", True),
        ("The paper does not say what a wick costs.", (), "Lamps hang in rows.", False),  # printed below what is short
        ("No more was found.", (), "", False),  # names nothing of the question
    ],
)
def test_a_gap_counts_where_it_names_what_is_missing_above_the_claims(
    gap: str, claims: tuple[str, ...], short: str, marked: bool
) -> None:
    """Gaps are printed above the proof, below what answers in short."""
    assert marked_above(answer(*claims, short=short, question=NO_ANSWER.question, gaps=(gap,))) == marked


def test_a_false_premise_is_met_by_the_sentence_that_denies_it() -> None:
    """The denial has to come first."""
    false = replace(NO_ANSWER, contradicts=(("no wick",),))
    denial, lamp = "The lamp has no wick.", "Lamps hang in rows."
    assert scored(false, TUNE, answer(denial, lamp), (), 0).marked
    assert not scored(false, TUNE, answer(lamp, denial), (), 0).marked
    assert not scored(NO_ANSWER, TUNE, answer(denial), (), 0).marked


def test_the_rank_is_that_of_the_first_sentence_that_carries_the_fact() -> None:
    """The most relevant comes first, but for the question itself; of a comparison each side's paper has to have one."""
    lamp, oil, wax = (
        Evidence("E1", "pdf", "Lamps hang in rows.", FERN, relevance=0.9),
        Evidence("E2", "pdf", "A lamp takes 7 litres of oil.", FERN, relevance=0.5),
        Evidence("E3", "pdf", "A candle is of wax.", GULL, relevance=0.3),
    )
    asked = Evidence("E4", "brief", "7 litres of oil?", relevance=1.0)
    assert rank_of(ASKED, (wax, oil, lamp, asked)) == 2
    assert rank_of(ASKED, (lamp,)) == 0
    assert rank_of(COMPARED, (lamp, oil, wax)) == 3
    assert rank_of(COMPARED, (lamp, oil, replace(wax, paper=FERN))) == 0


def test_no_paper_to_tune_on_is_reported_on() -> None:
    """Every other paper is held back, and only questions over such papers alone."""
    half = halves([COMPARED])
    assert half == {FERN: TUNE, GULL: HELD}
    assert half_of(COMPARED, half) == TUNE
    assert half_of(replace(ASKED, papers=(GULL,)), half) == HELD
