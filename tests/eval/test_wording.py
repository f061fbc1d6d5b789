"""What a claim's wording makes of its quote: degrees, bindings, additions, and how characters are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bindings import mixed_up
from eval.degrees import exception_left_out, overstated, unfounded_tail
from eval.invented import shelf
from eval.relation import comparable, unrelated
from eval.support import only_asked
from eval.warrants import find_reasons
from eval.words import as_latin, read
from rag.papers import AllowedPaper
from tests.cases import cases

FACTS = [fact for paper in shelf(31, 6) for fact in paper.facts]
TWO = (AllowedPaper("2604.91001", 1, model="TernLamp"), AllowedPaper("2604.91002", 1, model="OspreyLamp"))


@cases("./eval/cases/wording", "overstated")
def test_more_than_the_quote_says(claim: str, quote: str, found: bool) -> None:
    """Degrees, hedges, exceptions, causes and times that claim and quote do not share."""
    assert bool(overstated(claim, (quote,))) == found


@cases("./eval/cases/wording", "mixed_up")
def test_words_put_together_otherwise(claim: str, quote: str, found: bool) -> None:
    """Who does what, and what goes with what."""
    assert bool(mixed_up(claim, (quote,))) == found


@cases("./eval/cases/wording", "unfounded_tail")
def test_what_is_added_behind(claim: str, quote: str, found: bool) -> None:
    """Words at the end that stand in no quote."""
    assert bool(unfounded_tail(claim, (quote,))) == found


@cases("./eval/cases/wording", "only_asked")
def test_questions_state_nothing(claim: str, quote: str, found: bool) -> None:
    """A claim on a question alone is unsupported, unless it says that somebody asks."""
    assert only_asked(claim, (quote,)) == found


@given(st.sampled_from(FACTS))
def test_a_sentence_says_neither_more_nor_other_than_itself(fact: object) -> None:
    """Nothing is found against a quote as it stands, nor against its fair paraphrase."""
    for claim in (fact.sentence, fact.paraphrase):  # type: ignore[attr-defined]
        quotes = (fact.sentence,)  # type: ignore[attr-defined]
        assert [overstated(claim, quotes), mixed_up(claim, quotes), unfounded_tail(claim, quotes)] == [None] * 3


def test_words_in_quotation_marks_stand_in_a_quote() -> None:
    """Of whatever marks; terms of a word or two may be anything, titles of the whitelist are known."""
    quote = "The gate is slow at first and steady later."
    for claim in ("The gate is “slow at first and useless later”.", "The gate is «slow at last and steady».",
                  'The gate is "slow at last".', "The gate is ``slow at last''."):  # fmt: skip
        assert "quote_mismatch" in find_reasons(claim, (quote,))
    for claim in ("The gate is “slow at first and steady later”.", "The “slow” gate is steady later at first.",
                  "In “Kestrelnet: Steady Pictures of Harbours”, the gate is slow at first."):  # fmt: skip
        assert "quote_mismatch" not in find_reasons(claim, (quote,))


@pytest.mark.parametrize(
    ("claim", "quote", "beside", "told"),
    [
        ("Bread in a village oven was baked by volunteers.", "The lamp warns all boats at night.", True, True),
        ("At night every boat is warned by the lamp.", "The lamp warns all boats at night.", False, True),
        ("It warns boats.", "The encoder has four stages.", False, True),  # too short to tell
        ("Der Bäcker backt Brot im alten Ofen der Stadt.", "Der Turm wird in der Nacht mit Öl beleuchtet.", True, True),
        ("Пекарь печёт хлеб в старой печи города.", "Башня освещается ночью маслом в тумане.", True, True),
        ("Башню ночью освещает масло, и в тумане.", "Башня освещается ночью маслом в тумане.", False, True),
        ("面包师在旧城的烤炉里烤面包", "编码器由六个相同的层堆叠而成的在", True, True),
        ("Der Turm wird in der Nacht mit Öl beleuchtet.", "The lamp warns all boats at night.", True, False),
        ("El faro no avisa a los barcos por la noche.", "The lamp warns all boats at night.", True, False),
    ],
)
def test_claims_beside_their_quotes(claim: str, quote: str, beside: bool, told: bool) -> None:
    """Next to no common word, in any script; between two languages nothing can be told."""
    assert unrelated(claim, [quote]) == beside
    assert comparable(claim, [quote]) == told or not beside


def test_what_is_the_exception_is_stated() -> None:
    """ "One exception is that ..." excepts nothing from what follows."""
    source = "One exception is that the gate is shut at night, as the tide is high then."
    assert exception_left_out("The gate is shut at night.", source) is None
    assert exception_left_out("The gate is shut.", "Except at night, the gate is shut.")


def test_a_part_of_a_quote_keeps_its_exception() -> None:
    """A verbatim part whose rest makes an exception to it says more than the whole."""
    quote = "With the exception of one harbour, the filter is faster than the gate."
    assert find_reasons("the filter is faster than the gate.", (quote,)) == {"overstated"}
    assert not find_reasons(quote, (quote,))


@pytest.mark.parametrize(
    ("text", "seen"),
    [("⁹⁹ %", "99 %"), ("⑨⓪", "90"), ("𝐭𝐰𝐞𝐥𝐯𝐞", "twelve"), ("٩٩", "99"), ("n̸o̸t̸", "not"), ("soft\u00adware", "software"),
     ("10⁻⁵", "10⁻⁵"), ("x²", "x²"), ("é ½ ×", "é ½ ×")],
)  # fmt: skip
def test_characters_are_read_as_they_look(text: str, seen: str) -> None:
    """Styled, struck and foreign digits and letters are what they look like; exponents and accents stay."""
    assert as_latin(text) == seen


@given(st.text())
def test_words_stand_where_they_are_said_to(text: str) -> None:
    """Every word's place holds it, in the text as seen; nothing fails, whatever the text."""
    shown = as_latin(text)
    for word in read(text):
        assert shown[word.start :].lower().startswith(word.form[:1]) or not word.form.isascii()
