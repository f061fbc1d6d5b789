"""No sentence of a real paper stands in the repository: eight words in a row are one, unless they are in a title."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from eval.raw_pdf import RawPdf
from rag.briefs import Brief

CHECKOUT = Path(__file__).resolve().parent.parent
ROOMS = ("rag", "eval", "tests", "docs", "prompts", "corpus/demo")
TEXTS = (".md", ".txt", ".toml", ".jsonl", ".json", ".html", ".css", ".js")
LENGTH = 8  # words in a row


def words(text: str) -> list[str]:
    """Return the words of a text, rejoined over line ends."""
    return re.findall(r"[^\W_]+", re.sub(r"[\x02\ufffe\u00ad]\s*", "", text).lower())


def shingles(text: str) -> Iterator[str]:
    """Yield every run of words."""
    found = words(text)
    return (" ".join(found[at : at + LENGTH]) for at in range(len(found) - LENGTH + 1))


def texts_of(path: Path) -> Iterator[str]:
    """Yield what a file says: the strings and comments of a module, the lines of other files."""
    content = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from content.split("\n")
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    yield from re.findall(r"#.*", content)


def test_no_sentence_of_a_real_paper_is_in_the_repository(shared: Path) -> None:
    """Held against all papers that are at hand; titles, as an index and a brief list them, may stay."""
    index = (shared / "papers" / "real" / "INDEX.tsv").read_text("utf-8")
    brief = Brief.load(CHECKOUT / "corpus" / "briefs" / "sports-deblur.txt")
    titles = " ".join(words(" ".join((index, *(paper.model for paper in brief.papers)))))
    theirs: dict[str, str] = {}
    for path in sorted((shared / "papers").rglob("*.pdf")):
        pdf = RawPdf(path)
        whole = "\n".join(pdf.text(number) for number in range(1, pdf.pages + 1))
        theirs |= dict.fromkeys(shingles(whole), path.stem)
    files = (path for room in ROOMS for path in (CHECKOUT / room).rglob("*") if path.suffix in (".py", *TEXTS))
    found = {
        (str(path.relative_to(CHECKOUT)), theirs[run], run)
        for path in (*files, *CHECKOUT.glob("*.md"))
        for text in texts_of(path)
        for run in shingles(text)
        if run in theirs and run not in titles
    }
    assert found == set()
