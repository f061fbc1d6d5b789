"""Vocabulary: words that line ends broke are put together as the paper, or else English, writes them."""

from __future__ import annotations

import pytest

from rag.language import Vocabulary
from tests.cases import cases


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    found = Vocabulary()
    found.add(["attention of the ATLAS detector", "a low-level task", "broken zq-", "xv off"])
    return found


@cases("language/cases/vocabulary", "keeps_hyphen")
def test_hyphens_follow_the_vocabulary(vocabulary: Vocabulary, left: str, right: str, expected: bool) -> None:
    assert vocabulary.keeps_hyphen(left, right) is expected


@cases("language/cases/vocabulary", "knows")
def test_words_are_known(vocabulary: Vocabulary, given: str, expected: bool) -> None:
    assert vocabulary.knows(given) is expected


@pytest.mark.parametrize("part", ["zq", "xv"])
def test_what_a_line_end_broke_is_no_word(vocabulary: Vocabulary, part: str) -> None:
    assert not vocabulary.knows(part)
