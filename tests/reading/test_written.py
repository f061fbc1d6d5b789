"""Papers in twelve scripts: whatever they print is read, in logical order, and cut where sentences end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.language import overlap, words
from rag.reading import read_paper
from tests import make_scripts
from tests.cases import cases
from tests.reading.test_read import check_laws


@cases("reading/cases/written", "papers")
def test_papers_in_any_script(
    font: str,
    title: str,
    headings: Sequence[str],
    sentences: Sequence[str],
    questions: Sequence[tuple[str, int]],
    tmp_path: Path,
) -> None:
    """Title, headings and sentences are those printed; a question shares most words with the sentence it asks for."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_scripts.paper(font, title, headings, sentences))
    paper = read_paper(path, "x", None)
    check_laws(paper)
    assert paper.title == title
    assert [sentence.text for sentence in paper.sentences] == list(sentences)
    assert [sentence.label for sentence in paper.sentences] == ["abstract"] * 3 + ["body"] * 2
    assert not [flag for sentence in paper.sentences for flag in sentence.flags]
    right = 0
    for question, number in questions:
        shared = [overlap(words(question), words(text)) for text in sentences]
        right += shared[number] == max(shared) > 0
    assert right >= 2
