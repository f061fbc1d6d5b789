"""Whatever a text says, no printer makes a link or anything active of it that the whitelist does not own."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.answers import Citation, Claim, Provenance, Reference
from rag.papers import Span
from rag.printing import table_csv, table_html, table_markdown, to_html, to_markdown, to_notebook, to_report
from rag.printing.arrange import page_address
from rag.printing.escape import link_address
from rag.tables import Cell, Column, Row, Table
from tests.sample_answers import HOSTILE, TERN, answer_of, cite

CASES = tomllib.loads((Path(__file__).parents[1] / "language/cases/addresses.toml").read_text("utf-8"))
MARKUP = (
    "[x](https://evil.gg)", "![x](//evil.gg/p.png)", "<https://evil.gg>", "<a href=//evil.gg>x</a>", "[x]: evil.gg",
    "[^1]", "[^1]: evil.gg", "[x][1]", "`", "``", "|", "\\", "\\\\`", "](", "](evil.gg)", "<!--", "&lt;", "$", "~~",
    "www.evil.gg`x", "a@b.co|x", "https://evil.gg/|`x`", "\n\n# x", "\n- ", "    ", "===", "---", "1. ", "\x1b[31m",
    "\x9b31m", "\u202e", "\u200f", "\u061c", "\U000e0041", "\ud800", "\x07", "\r",
)  # fmt: skip
PIECES = st.sampled_from(
    [*CASES["address"].values(), *HOSTILE, *MARKUP, "evil.gg", "x", " ", ".", "(", ")", "/", ":", "@"]
)
TEXTS = st.lists(PIECES | st.text(max_size=4), min_size=1, max_size=6).map("".join)

# what GitHub, and readers in JavaScript after them, make links of wherever it stands in running text
AUTOLINKS = re.compile(
    r"(?:https?|ftp)://[\w.-]|\bwww\.\w|(?:mailto|xmpp):\S+@|[\w.+-]+@[\w-]+\.[\w.-]*\w", re.IGNORECASE
)
ACTIVE = frozenset("script iframe object embed form input base link meta style video audio source".split())
TAKES = cite(TERN, "TernBurst takes a burst of eight dark raw frames")


def table_of(text: str) -> Table:
    """Return a table in which whatever comes from outside is the given text."""
    quote = Citation("pdf", text, "0" * 64, TERN, 1, text, TAKES.spans)
    cells = (Cell("stated", (Claim(text, "own_words", (quote,)),)), Cell("failed", reason=text, nearest=(quote,)))
    row = Row(Reference(text, 1, text, (text,), text, text), cells)
    return Table((Column(text, text), Column("n", text)), (row,), Provenance(text))


def found_in(markdown: str, parser: MarkdownIt) -> Iterator[str]:
    """Yield what is alive in a parsed text: links that are not the whitelist's, images, HTML, autolinks of others."""
    for block in parser.parse(markdown):
        if block.type.startswith("html"):
            yield block.content
        run = ""
        for token in block.children or ():
            href = str(token.attrs.get("href") or "")
            if token.type == "link_open" and link_address(href) is None:
                yield href
            elif token.type in ("image", "html_inline"):
                yield token.content
            run += token.content if token.type.startswith("text") else "\0"
        yield from (match[0] for match in AUTOLINKS.finditer(run))


class Alive(HTMLParser):
    """Collect what is alive on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.elements: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses that are not the whitelist's, handlers, and what runs or loads."""
        if tag in ACTIVE:
            self.elements[tag] = self.elements.get(tag, 0) + 1
        for name, value in attrs:
            inside = value is not None and value.startswith(("#", "data:image/"))
            address = name in ("href", "src", "action", "srcset", "poster", "xlink:href", "ping", "formaction")
            if name.startswith("on") or (address and not inside and link_address(value) is None):
                self.found.append(f"{tag} {name}={value}")


def alive(page: str) -> tuple[list[str], dict[str, int]]:
    """Return the addresses and handlers of a page, and its active elements."""
    reader = Alive()
    reader.feed(page)
    reader.close()
    return reader.found, reader.elements


def drives_a_terminal(text: str) -> list[str]:
    """Return what a terminal would obey: controls, marks of direction."""
    bidi = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return [
        char
        for char in text
        if (unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t")
        or unicodedata.bidirectional(char) in bidi
        or char in "\u200e\u200f\u061c"
    ]


@settings(max_examples=60)
@given(TEXTS)
def test_markdown_holds_no_living_link_but_the_whitelists(text: str) -> None:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for printed in (to_markdown(answer_of(text)), table_markdown(table_of(text))):
        assert list(found_in(printed, parser)) == []
        assert drives_a_terminal(printed) == []


@settings(max_examples=60)
@given(TEXTS)
def test_a_reader_that_makes_links_of_bare_domains_finds_none(text: str) -> None:
    """The readers of chats and note books guess; linkify-it is what most of them guess with."""
    pytest.importorskip("linkify_it", reason="needs linkify-it-py, of the test tools")
    parser = MarkdownIt("gfm-like")
    for printed in (to_markdown(answer_of(text)), table_markdown(table_of(text))):
        assert list(found_in(printed, parser)) == []


def pages_of(text: str) -> list[str]:
    """Return every kind of page, with a text wherever one from outside may stand."""
    answer = answer_of(text)
    report = to_report([("q1", answer), (text, answer)], text)
    return [to_html(answer), to_notebook(answer), report, table_html(table_of(text))]


@settings(max_examples=25)
@given(TEXTS)
def test_pages_hold_nothing_alive_but_their_own(text: str) -> None:
    """What is active on a page is the same whatever the text."""
    for page, harmless in zip(pages_of(text), pages_of("x"), strict=True):
        found, elements = alive(page)
        assert found == []
        assert elements == alive(harmless)[1]
        assert drives_a_terminal(page) == []


@given(TEXTS)
def test_a_spreadsheet_gets_text(text: str) -> None:
    assert drives_a_terminal(table_csv(table_of(text))) == []


@pytest.mark.parametrize(("lead", "page"), [(0, "#page=3"), (1, "#page=2"), (3, ""), (None, "")])
def test_links_lead_to_arxivs_own_pages(lead: int | None, page: str) -> None:
    """Sheets before the paper shift the page; where arXiv's pages are not known, the link leads to none."""
    quoted = Citation("pdf", "lamps", "0" * 64, "2604.90001", 1, spans=(Span(3, 0, 5),), lead=lead)
    assert page_address(quoted) == f"https://arxiv.org/pdf/2604.90001v1{page}"
