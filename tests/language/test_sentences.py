"""Sentences as a scientist cuts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.language.sentences import boundaries, opens_sentence, refers_back
from tests.cases import cases


@cases("language/cases/sentences", "boundaries")
def test_sentences_are_cut(given: str, expected: list[str]) -> None:
    assert [given[start:end] for start, end in boundaries(given)] == expected


@cases("language/cases/sentences", "opens_sentence")
def test_what_may_begin_a_sentence(given: str, expected: bool) -> None:
    assert opens_sentence(given) is expected


@cases("language/cases/sentences", "refers_back")
def test_what_only_the_sentence_before_names(given: str, expected: bool) -> None:
    assert refers_back(given) is expected


@given(st.text(alphabet="ab AB.!?,()[]12•\n", max_size=80))
def test_boundaries_keep_all_text(text: str) -> None:
    """Sentences are in order, do not overlap, and leave out only blanks and bullets."""
    end = 0
    left = ""
    for start, stop in boundaries(text):
        assert end <= start < stop <= len(text)
        left += text[end:start]
        end = stop
    assert not (left + text[end:]).strip().strip("•").replace("•", "").strip()
