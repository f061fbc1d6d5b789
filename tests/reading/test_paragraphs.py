"""Paragraphs: followed from block to block, cut into sentences with exact spans."""

from __future__ import annotations

from rag.papers import SOFT_HYPHEN, Label
from rag.reading.sheet import Block, Line, Style, Word
from rag.reading.text.paragraphs import Chain, Piece, chains, goes_on, note_goes_on, sentences_of, without_note_marks
from tests.cases import cases

STYLE = Style("", False, False, False, False)


def block(text: str, label: Label = "body", page: int = 1, top: float = 0.0, left: float = 0.0) -> Block:
    """Return a block of one line, a hundred points wide."""
    word = Word(0, len(text), left, left + 100, top + 8, 10, STYLE, False, False)
    return Block(page, (Line((word,), left, left + 100, top, top + 10, top + 8, 10, text, len(text)),), label)


@cases("reading/cases/paragraphs", "goes_on")
def test_a_paragraph_goes_on(last: str, following: str, where: str, expected: bool) -> None:
    """`where` is the place of what follows: below the last block, beside it, or on the next page."""
    after = {
        "below": block(following, top=20),
        "beside": block(following, left=200),
        "next page": block(following, page=2),
        "formula": block(following, "equation", top=20),
        "formula, two pages on": block(following, "equation", page=3),
        "after a formula": block(following, top=20),
        "footnote": block(following, "footnote", top=20),
    }[where]
    before = block(last, "equation" if where == "after a formula" else "body")
    assert goes_on(before, after, Chain("body", ())) is expected


@cases("reading/cases/paragraphs", "note_goes_on")
def test_a_footnote_goes_on(last: str, following: str, pages: int, expected: bool) -> None:
    assert note_goes_on(block(last, "footnote"), block(following, "footnote", page=1 + pages)) is expected


def test_what_floats_comes_after_the_text_of_its_section() -> None:
    """A caption between two halves of a sentence does not part them; the heading after them ends their section."""
    pages = [
        [block("The lamps of"), block("Figure 1: A lamp.", "caption"), block("the harbour.", left=200)],
        [block("2 Method", "heading", page=2), block("We look.", page=2)],
    ]
    found = [(chain.label, chain.members) for chain in chains(pages)]
    assert found == [("body", [(0, 0), (0, 2)]), ("caption", [(0, 1)]), ("body", [(1, 1)])]


def test_spans_follow_pieces() -> None:
    """A sentence over two pieces has two spans, and a word that runs on is read as one."""
    first, second = f"One is here. The con{SOFT_HYPHEN}", "tinued word ends. Next."
    pieces = [Piece(1, 10, 10 + len(first), first), Piece(2, 0, len(second), second)]
    found = sentences_of(pieces, "body", (), 0, 0)
    assert [sentence.text for sentence in found] == ["One is here.", "The continued word ends.", "Next."]
    assert [(span.page, span.start) for span in found[1].spans] == [(1, 23), (2, 0)]


def test_a_displayed_value_does_not_spoil_its_sentence() -> None:
    """A displayed line that only states a value leaves its sentence fit; a displayed equation does not."""

    def flags(displayed: str) -> tuple[str, ...]:
        lead, formula = "The mass that we measured is", Piece(1, 40, 40 + len(displayed), displayed, formula=True)
        return sentences_of([Piece(1, 0, len(lead), lead), formula], "body", (), 0, 0)[0].flags

    assert flags("m = 12.50 ± 0.24 GeV.") == ()
    assert "formula" in flags("m = E / c^2 + ∑ q.")


@cases("reading/cases/paragraphs", "without_note_marks")
def test_marks_are_left_out(text: str, raised: list[list[int]], marks: list[str], expected: list[str]) -> None:
    places = [(start, end) for start, end in raised]
    assert [text[a:b] for a, b in without_note_marks(text, places, 0, len(text), set(marks))] == expected


def test_a_formula_ends_a_sentence_where_another_begins() -> None:
    """Not where the sentence goes on, or the formula ends with a comma."""

    def texts(formula: str, after: str) -> list[str]:
        shown = Piece(1, 20, 20 + len(formula), formula, formula=True)
        pieces = [Piece(1, 0, 10, "We see now"), shown, Piece(1, 60, 60 + len(after), after)]
        return [sentence.text for sentence in sentences_of(pieces, "body", (), 0, 0)]

    assert texts("a = b + c", "We go on.") == ["We see now a = b + c", "We go on."]
    assert texts("a = b + c", "where we go on.") == ["We see now a = b + c where we go on."]
    assert texts("a = b + c,", "We go on.") == ["We see now a = b + c, We go on."]


def test_raised_marks_after_a_stop_end_a_sentence() -> None:
    """A reference's number stays with the sentence before it; an exponent ends none."""
    text = "The lamps are lit.12 We look at 10.5 m2 Of them."
    pieces = [Piece(1, 0, len(text), text, raised=((18, 20), (38, 39)))]
    assert [sentence.text for sentence in sentences_of(pieces, "body", (), 0, 0)] == [text[:20], text[21:]]
