"""Escaping for Markdown: no text becomes markup, and a reader sees the very text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.printing.escape import escape_markdown, link_address, plain


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever a paper says, escaped text is one line without live HTML, link, table or code."""
    safe = escape_markdown(text)
    assert "\n" not in safe
    bare = re.sub(r"(?<![\\`])`[^`|\s]+`", "", safe)  # what looks like an address stands in code
    bare = re.sub(r"\\.", "", bare)
    assert not re.search(r"[<>|`*_$~]", bare)
    assert "](" not in bare


def without_code(page: str) -> str:
    """Return a page without the tags of code, in which addresses stand."""
    return page.replace("<code>", "").replace("</code>", "")


@given(st.text(alphabet="ab4lt:; )(#-+=*_[]!<>`~$|\\\\&.", max_size=12))
@example("4. Experiments")
@example("## Heading")
@example("---")
@example("What is C #")
@example("[a]: b")
@example("&lt;b&gt;")
@example("`evil.su` | a@b.co/`x|y, [x](//evil.host/`x`)")
def test_a_reader_of_markdown_sees_the_very_text(text: str) -> None:
    """Shown by a Markdown reader, escaped text is one paragraph that says what the text says."""
    wanted = plain(text).strip()
    shown = without_code(MarkdownIt().render(escape_markdown(wanted)))
    assert html.unescape(shown.removeprefix("<p>").removesuffix("</p>\n")) == wanted
    heading = without_code(MarkdownIt().render(f"## {escape_markdown(wanted)}"))
    assert html.unescape(heading.removeprefix("<h2>").removesuffix("</h2>\n")) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/abs/2404.11358v2",
        "https://arxiv.org/pdf/hep-th/9108004#page=3",
        "https://github.com/example/kite",
    ],
)
def test_a_link_leads_to_a_paper_or_a_repository(url: str) -> None:
    assert link_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://arxiv.org/abs/2404.11358v2",
        "https://arxiv.org.evil.gg/abs/2404.11358",
        "https://arxiv.org/abs/2404.11358/../../evil",
        "https://arxiv.org/abs/2404.11358?x=https://evil.gg",
        "https://arxiv.org/abs/2404.11358#evil",
        "https://arxiv.org/list/cs",
        "https://github.com/example",
        "https://github.com/example/kite/issues",
        "https://github.com@evil.gg/example/kite",
        "https://evil.gg/example/kite",
        "javascript:alert(1)",
        "https://arxiv.org/abs/２４０４.11358",
    ],
)
def test_a_link_leads_nowhere_else(url: str | None) -> None:
    """Whoever says it: a record that was tampered with, a brief, a model."""
    assert link_address(url) is None
