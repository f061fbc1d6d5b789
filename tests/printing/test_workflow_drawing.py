"""Hold the layout of workflows: no word is lost, lines fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.printing import workflow_drawing


@given(st.lists(st.text("abcdefgMW iltf", min_size=1, max_size=14), max_size=60), st.floats(40, 400))
def test_wrapped_lines_keep_all_words_and_fit(texts: list[str], limit: float) -> None:
    """Lines joined are the words in order; a line is within the limit unless it is one word (with what is glued)."""
    words = [workflow_drawing.Word(text, workflow_drawing.width(text), glued=text.startswith("g")) for text in texts]
    lines = workflow_drawing.wrap(words, limit)
    assert [word for line in lines for word in line] == words
    for line in lines:
        loose = [word for word in line[1:] if not word.glued]
        last = max((place for place, word in enumerate(line) if place == 0 or not word.glued), default=0)
        used = sum(word.width for word in line[: last + 1]) + len(loose) * workflow_drawing.width(" ")
        assert not loose or used <= limit + 1e-6
