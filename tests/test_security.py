"""Hold SECURITY.md to its word: every promise and every attack names tests, and they are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
TEXT = (CHECKOUT / "SECURITY.md").read_text("utf-8")
ROWS = [
    line for line in TEXT.splitlines() if line.startswith("|") and not line.startswith(("| promise", "| attack", "|--"))
]


def test_promises_and_attacks_are_listed() -> None:
    promised, tried = TEXT.split("## What was tried against it")
    assert promised.count("`tests/") >= 10
    assert tried.count("\n| ") == 1 + 10  # its head, and the kinds of attack that once worked


@pytest.mark.parametrize("row", ROWS)
def test_what_is_promised_is_tested(row: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
    assert named
    for file, test in named:
        assert re.search(rf"^def {test}\(", (CHECKOUT / file).read_text("utf-8"), re.MULTILINE), f"{file}::{test}"
