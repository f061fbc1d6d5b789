"""Print an answer as a chat message: short Markdown with marks `[n]`, a list of the quoted places, where each mark is.

Chat clients know no footnotes, and some show nothing but the text, so that the list carries everything. A `[12]` in the
words of a paper or a question is escaped: what looks like a mark of this answer is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

from rag.answers import Answer, Citation
from rag.papers import AllowedPaper
from rag.printing.arrange import Quotes, page_address
from rag.printing.markdown import body, footnote

_FOREIGN = re.compile(r"(?<!\\)\[(?=[\d,;\s–-]+\])")


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold one `[number]`: its place in the text, in characters, and the quote that it stands for."""

    number: int
    start: int
    end: int
    citation: Citation
    title: str
    url: str | None  # of the page, else of the paper; None for the question's own words


@dataclass(frozen=True, slots=True)
class ChatText:
    """Hold a message, its marks in order, and of each quote one mark, for lists of sources."""

    text: str
    marks: tuple[Mark, ...]

    def __str__(self) -> str:
        return self.text

    @property
    def sources(self) -> tuple[Mark, ...]:
        """Return the last mark of each number, which stands in the list, in the order of the numbers."""
        last = {mark.number: mark for mark in self.marks}
        return tuple(last[number] for number in sorted(last))


def to_chat(answer: Answer) -> ChatText:
    """Return the message for an answer; a refusal is a message like any other."""
    held = answer.to_json()
    prefix = next(text for n in count() if f"[^{(text := f'q{n}-')}" not in held)  # so that no text can pass for a mark
    quotes = Quotes.of(answer, prefix)
    lines = [f"- [^{prefix}{number}] {footnote(cited, answer, quotes)}" for cited, number in quotes.numbers.items()]
    blocks = [block for block in body(answer, quotes) if block]
    written = "\n\n".join([*blocks, *(["## Sources", "\n".join(lines)] if lines else [])])
    return marked(_FOREIGN.sub(r"\\[", written), quotes)


def marked(written: str, quotes: Quotes) -> ChatText:
    """Turn the marks of Markdown into `[n]`, and note where they come to stand."""
    cited = {number: citation for citation, number in quotes.numbers.items()}
    text, read = "", 0
    marks: list[Mark] = []
    for match in re.finditer(rf"\[\^{quotes.prefix}(\d+)\]", written):
        text += written[read : match.start()]
        start, read, citation = len(text), match.end(), cited[int(match[1])]
        text += f"[{match[1]}]"
        marks.append(Mark(int(match[1]), start, len(text), citation, quotes.place(citation), address_of(citation)))
    return ChatText(text + written[read:], tuple(marks))


def address_of(citation: Citation) -> str | None:
    """Return where a quote can be read: its page, else its paper; None for the question's own words."""
    if citation.paper is None:
        return None
    return page_address(citation) or AllowedPaper(citation.paper, citation.version).url or None
