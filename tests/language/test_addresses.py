"""Addresses: whatever guise they come in they are found whole, where they stand in the text as stored."""

from __future__ import annotations

from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from rag.language import addresses, is_abbreviation
from tests.cases import cases

BEFORE, AFTER = "The code is found at ", " today."


@cases("language/cases/addresses", "address")
def test_an_address_is_found_whole(given: str, expected: str) -> None:
    [found] = addresses(f"{BEFORE}{expected}{AFTER}")
    assert (found.start, found.end) == (len(BEFORE), len(BEFORE) + len(expected)), given


@cases("language/cases/addresses", "innocent")
def test_what_is_no_address_is_none(text: str) -> None:
    assert [found.text for found in addresses(text) if not is_abbreviation(found.text)] == []


@cases("language/cases/addresses", "abbreviation")
def test_a_missing_blank_makes_no_address(given: str, expected: bool) -> None:
    assert is_abbreviation(given) is expected


@given(st.text(max_size=80))
def test_places_are_in_order_and_in_the_text(text: str) -> None:
    end = 0
    for found in addresses(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end


def test_no_text_takes_long() -> None:
    """Long runs of what an address is made of are read in a time that grows with their length."""
    for part in ("a", "-", "a.", "a-", ".", "@", "a@", "/", "a(", "[", ":", "я.", "1."):
        started = process_time()
        list(addresses(part * 20_000))
        assert process_time() - started < 2, part
