"""Put a few hundred mutated inputs through every door; `make fuzz` goes on for minutes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.doors import TARGETS
from tests.fuzz.fuzzer import Fuzzer, mutated

SHORT = {
    "document": 15,
    "markdown": 5,
    "record": 15,
    "pdf": 5,
    "reply": 15,
    "server": 15,
}  # tries where much is done behind the door
TRIES = 40
HEAVY = {"server", "pdf"}  # what asks a server, or reads glyphs, loads for seconds


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in TARGETS]
)
def test_no_door_raises_what_is_no_error_of_ours(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    fuzzer = Fuzzer(target.door, tmp_path, random.Random(name))  # noqa: S311
    seeds = target.seeds()
    fuzzer.feed(seeds)
    assert fuzzer.result.refused < len(seeds)
    assert len(list(fuzzer.run(tries=SHORT.get(name, TRIES)))) == fuzzer.result.kept
    assert fuzzer.result.kept or name in SHORT
    assert fuzzer.result.findings == {}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("csl", b"null"),
        ("csl", b'["a", {"title": "b"}]'),
        ("journal", b'{"questions": ' + b'{"a":' * 3000),
        ("bibtex", b"@misc{a, title={" + b"{" * 500 + b"x" + b"}" * 500 + b"}, eprint={2604.90001}}"),
    ],
)
def test_what_fuzzing_found_stays_mended(name: str, data: bytes, tmp_path: Path) -> None:
    fuzzer = Fuzzer(TARGETS[name].door, tmp_path, random.Random(0))  # noqa: S311
    fuzzer.attempt(data)
    assert fuzzer.result.findings == {}


def test_a_fuzzer_finds_what_is_broken(tmp_path: Path) -> None:
    """A door that breaks where one rare byte stands in the right place is found, and found once."""

    def door(data: bytes, folder: Path) -> object:
        if data[:1] == b"{" and b"\x00" in data:
            raise KeyError(data.index(b"\x00"))
        return data[:1]

    fuzzer = Fuzzer(door, tmp_path, random.Random(1))  # noqa: S311
    fuzzer.feed([b'{"a": 1}'])
    list(fuzzer.run(tries=400))
    assert [finding.told[:8] for finding in fuzzer.result.findings.values()] == ["KeyError"]


def test_the_same_seed_makes_the_same_inputs() -> None:
    made = [[mutated(b"one two", [b"three"], dice) for _ in range(20)] for dice in map(random.Random, (7, 7))]
    assert made[0] == made[1]
