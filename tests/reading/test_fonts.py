"""Fonts: what their names say, and the accents they draw apart from letters."""

from __future__ import annotations

from rag.reading.glyphs.fonts import compose, look
from tests.cases import cases


@cases("reading/cases/fonts", "look")
def test_names_tell_more_than_stems(given: str, expected: str) -> None:
    """A font whose file calls it heavy is bold unless its name says that it is not."""
    style = look(given, heavy=True)
    assert " ".join(name for name in ("bold", "italic", "math", "mono") if getattr(style, name)) == expected


@cases("reading/cases/fonts", "compose")
def test_compose(given: str, expected: str) -> None:
    assert compose(*given) == expected
