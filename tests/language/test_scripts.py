"""Scripts and languages: what a text is written in, and what stands for its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language import boundaries, flags_of, language_of, reads_well, says_enough, words
from rag.language.scripts import goes_on_unspaced, is_beyond_latin, pieces, reads_foreign, small_words
from tests.cases import cases


@cases("language/cases/scripts", "language_of")
def test_language_of(given: str, expected: str) -> None:
    assert language_of(given) == expected


@cases("language/cases/scripts", "boundaries")
def test_sentences_end_where_their_script_ends_them(given: str, expected: list[str]) -> None:
    assert [given[start:end] for start, end in boundaries(given)] == expected


@cases("language/cases/scripts", "boundaries")
def test_whole_sentences_of_any_script_can_be_quoted(given: str, expected: list[str]) -> None:
    assert not [flag for text in expected for flag in flags_of(text)]
    assert all(reads_well(text) for text in expected if len(text) > 24)


@cases("language/cases/scripts", "says_enough")
def test_says_enough(given: str, expected: bool) -> None:
    assert says_enough(given) is expected


@cases("language/cases/scripts", "words")
def test_forms_of_a_word_meet(given: str, expected: str) -> None:
    """The words of one phrase are found in the other, stemmed or in pairs."""
    assert words(given)
    assert set(words(given)) & set(words(expected))


def test_pieces_are_words_and_pairs_cut_at_small_words() -> None:
    """No pair reaches over a small word or a blank; Latin words within stay whole."""
    assert pieces("这种滤镜 works") == ["这种", "种滤", "滤镜", "works"]
    assert pieces("滤镜的误差") == ["滤镜", "误差"]
    assert pieces("BERT模型") == ["BERT", "模型"]


@given(st.text())
def test_pieces_stand_in_their_text(text: str) -> None:
    """Nothing is made up: each piece is a part of the text without its invisible characters."""
    assert all(piece in text for piece in pieces(text))


def test_small_words_say_nothing() -> None:
    """A question made of small words alone has no words, in scripts of its own."""
    for language in ("ru", "el", "ar", "hi", "he"):
        assert not words(" ".join(word for word in sorted(small_words(language)) if len(word) > 1)), language


@pytest.mark.parametrize(
    ("before", "after", "expected"), [("滤", "镜", True), ("，", "镜", True), ("a", "b", False), ("滤", "b", False)]
)
def test_lines_go_on_without_a_blank(before: str, after: str, expected: bool) -> None:
    assert goes_on_unspaced(before, after) is expected


def test_rows_and_works_are_no_foreign_prose() -> None:
    """Small words of other languages stand in names; in prose they are a third."""
    assert reads_foreign("Wir zeigen, dass der Filter in der Nacht die Farben des Wassers zeigt.")
    assert not reads_foreign("Oakley and Finch el al. (2011) NBC alone, generative 71.4 Birch et al. (2003)")
    assert not reads_foreign("We show that the filter restores the colours of the water at night.")


def test_latin_is_no_other_script() -> None:
    assert not is_beyond_latin("naïve – “quoted”")
    assert is_beyond_latin("фонарь")
