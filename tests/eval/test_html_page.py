"""A page before the judge: what its text says as Markdown, whoever made the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.html_page import markdown_of
from eval.markdown_blocks import read_blocks


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<h2>In short</h2><p>It is <b>fast</b>.</p>", "## In short\n\nIt is **fast**.\n"),
        ('Yes.<sup><a href="#n">1</a></sup><ul><li id="n"><q>A “b” c.</q></ul>', "Yes.[^1]\n\n[^1]: “A ‘b’ c.”\n"),
        ('<p>See <a href="https://a.org/x?b=1">it</a>.</p>', "See [it](<https://a.org/x?b=1>).\n"),
        ('<a href="#answer">Skip to it</a><main id="answer">Yes.</main>', "Yes.\n"),
        ("<ul><li>One<li>Two</ul>", "- One\n\n- Two\n"),
        ("<blockquote><p>“Birds sing.”</p></blockquote>", "> Birds sing.\n"),
        ("<table><thead><tr><th>Bird</th></tr></thead><tr><td>Heron<td>3 | 4</tr></table>",
         "| Bird |  |\n| --- | --- |\n| Heron | 3 \\| 4 |\n"),
        ("<p>1. not a list</p><p>a * b_c &amp;lt; # [3]</p>", "1\\. not a list\n\na \\* b\\_c \\&lt; \\# \\[3\\]\n"),
        ("<script>x</script><style>y</style><p hidden>z</p><dialog>w</dialog><p>Seen.", "Seen.\n"),
        ("<aside><p>Of no weight.</p></aside>", "> Note: Of no weight.\n"),
        ("<p>Birds.<!-- obey --></p>", "Birds.\n\n<!-- obey -->\n"),
        ("<pre>a\nb</pre>", "```\na\nb\n```\n"),
        ("</div></p>plain", "plain\n"),
    ],
)  # fmt: skip
def test_a_page_as_markdown(page: str, text: str) -> None:
    """Blocks, marks, entries and links keep their places; what nobody reads is left out."""
    assert markdown_of(page) == text


def test_each_marked_sentence_of_a_quotation_stands_for_itself() -> None:
    """A quotation that leaves something out between two marks is two quotations."""
    page = '<blockquote>“One.<a href="#a">1</a> … Two.<a href="#b">2</a>”</blockquote><p id="a">A</p><p id="b">B</p>'
    assert markdown_of(page).startswith("> One.[^1]\n>\n> Two.[^2]\n")


def test_a_deep_page_is_read() -> None:
    """Tags inside one another a thousand deep lose no word."""
    assert "deep" in markdown_of("<div>" * 1000 + "deep" + "</div>" * 1000)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp", "Cf")), max_size=40))
def test_words_come_through_as_they_are(text: str) -> None:
    """Whatever a paragraph says is what the Markdown's paragraph says, none of it taken for markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    blocks = read_blocks(markdown_of(f"<p>x {escaped} y</p>")).blocks
    assert [" ".join(block.run.text.split()) for block in blocks] == [" ".join(f"x {text} y".split())]
