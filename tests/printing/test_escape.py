"""Escaping for Markdown: no text becomes markup, and a reader sees the very text."""

from __future__ import annotations

import html
import re

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.printing.escape import escape_markdown, plain


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever a paper says, escaped text is one line without live HTML, link, table or code."""
    safe = escape_markdown(text)
    assert "\n" not in safe
    bare = re.sub(r"\\.", "", safe)
    assert not re.search(r"[<>|`*_$~]", bare)
    assert "](" not in bare


@given(st.text(alphabet="ab4lt:; )(#-+=*_[]!<>`~$|\\\\&.", max_size=12))
@example("4. Experiments")
@example("## Heading")
@example("---")
@example("What is C #")
@example("[a]: b")
@example("&lt;b&gt;")
def test_a_reader_of_markdown_sees_the_very_text(text: str) -> None:
    """Shown by a Markdown reader, escaped text is one paragraph that says what the text says."""
    wanted = plain(text).strip()
    shown = MarkdownIt().render(escape_markdown(wanted))
    assert html.unescape(shown.removeprefix("<p>").removesuffix("</p>\n")) == wanted
    heading = MarkdownIt().render(f"## {escape_markdown(wanted)}")
    assert html.unescape(heading.removeprefix("<h2>").removesuffix("</h2>\n")) == wanted
