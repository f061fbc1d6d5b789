"""What kind of answer a question asks for, and which sentences have its form."""

from __future__ import annotations

from rag.language.question import kind, suits, term
from rag.papers import AnswerKind, Part
from tests.cases import cases

CASES = "language/cases/question_kinds"


@cases(CASES, "kind")
def test_the_kind_of_answer(given: str, expected: AnswerKind) -> None:
    """The wording of a question says what kind of answer it wants."""
    assert kind(given) == expected


@cases(CASES, "term")
def test_the_term_whose_meaning_is_asked(given: str, expected: str) -> None:
    """A term is asked for without its article and without "problem"."""
    assert term(given) == expected


@cases(CASES, "amount")
def test_an_amount_wants_a_number(given: str, expected: bool) -> None:
    """A number that is no citation mark and no year."""
    assert suits(given, Part("", "amount")) is expected


@cases(CASES, "name")
def test_a_name_wants_a_proper_name(given: str, expected: bool) -> None:
    """A word in capitals that does not open the sentence."""
    assert suits(given, Part("", "name")) is expected


@cases(CASES, "reason")
def test_a_reason_wants_a_word_of_cause(given: str, expected: bool) -> None:
    """Because, due to, so that, ..."""
    assert suits(given, Part("", "reason")) is expected


@cases(CASES, "difference")
def test_a_difference_wants_what_sets_apart(given: str, expected: bool) -> None:
    """Unlike, faster than, instead of, ..."""
    assert suits(given, Part("", "difference")) is expected


@cases(CASES, "meaning")
def test_a_meaning_wants_a_definition(given: str, expected: bool) -> None:
    """A definition says what the term itself is or is called, whatever else the sentence says."""
    assert suits(given, Part("What is camera shake?", "meaning", term="camera shake")) is expected


def test_a_name_that_the_question_says_is_no_answer() -> None:
    """Which: what is asked for is a name, and another one than those in the question."""
    asked = Part("Which camera does Kestrel use?", "name")
    assert not suits("The camera of Kestrel is small.", asked)
    assert suits("The camera of Kestrel is a Tern-7.", asked)
