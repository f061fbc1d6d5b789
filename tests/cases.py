"""Read tables of cases: what a heuristic is given and what it must return, apart from the code that asks."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent


def cases(path: str, heuristic: str) -> pytest.MarkDecorator:
    """Return the mark that runs a test once for each case of a heuristic in `tests/PATH.toml`.

    `[heuristic]` is a table of input = output; the test gets them as `given` and `expected`. `[[heuristic]]` is one
    case, with a key per argument of the test, and `law`, if there is one, for what it shows.
    """
    found = _file(path)[heuristic]
    if isinstance(found, dict):
        return pytest.mark.parametrize(("given", "expected"), list(found.items()))
    names = [name for name in found[0] if name != "law"]
    return pytest.mark.parametrize(
        names, [pytest.param(*(case[name] for name in names), id=case.get("law")) for case in found]
    )


@cache
def _file(path: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / path).with_suffix(".toml").read_text("utf-8"))
