"""Number the quotes of an answer, say where each stands, and print its marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote as percent

from rag.answers import Answer, Citation, short_names
from rag.papers import paper_key
from rag.printing.arrange import number_citations, plain
from rag.printing.escape import away, safe

ARXIV = "https://arxiv.org/pdf/"


@dataclass(frozen=True, slots=True)
class Quotes:
    """Hold the numbers of all citations of an answer and the short names of its papers."""

    numbers: Mapping[Citation, int]
    names: Mapping[str, str]

    @classmethod
    def of(cls, answer: Answer) -> Quotes:
        """Return the quotes of an answer, numbered in the order in which a reader meets them."""
        return cls(number_citations(answer), short_names(answer.references))

    def name(self, paper: str | None) -> str:
        """Return a paper's short name, or its id where the answer lists no such paper."""
        return self.names.get(paper, f"arXiv:{paper}") if paper else ""

    def place(self, citation: Citation) -> str:
        """Return where a quote stands, as plain text: paper, section, page."""
        if citation.source == "brief" or citation.paper is None:
            return "The question itself"
        name = self.name(citation.paper)
        if citation.source == "summary":
            return f"{name} · the brief's own summary"
        return " · ".join(part for part in (name, plain(citation.section), pages(citation)) if part)

    def link(self, citation: Citation) -> str:
        """Return a link to the quoted page at arXiv, or nothing for a quote that stands in no PDF."""
        address = page_address(citation)
        return away(address, "arXiv PDF", f"arXiv PDF, {pages(citation)}") if address else ""

    def marks(self, citations: Iterable[Citation]) -> str:
        """Return the small numbered marks of some citations."""
        return "".join(self._mark(citation) for citation in citations)

    def _mark(self, citation: Citation) -> str:
        number = self.numbers[citation]
        label = f"Quote {number}: {safe(self.place(citation))}"
        return f'<sup><a class="mark" href="#q{number}" data-q="{number}" aria-label="{label}">{number}</a></sup>'

    def register(self, pictured: Mapping[Citation, Sequence[object]]) -> str:
        """Return the list of all quotes with their places; `pictured` tells which can be shown on the page."""
        return "".join(self._entry(citation, bool(pictured.get(citation))) for citation in self.numbers)

    def _entry(self, citation: Citation, pictured: bool) -> str:
        number = self.numbers[citation]
        button = f'<button type="button" class="look" data-q="{number}">See it on the page</button>'
        links = f'<span class="show"> · {button}</span>' if pictured else ""
        link = self.link(citation)
        links += f" · {link}" if link else ""
        return (
            f'<li id="q{number}" value="{number}"><q>{safe(citation.quote)}</q>'
            f'<p class="place"><span class="where">{safe(self.place(citation))}</span>{links}</p></li>'
        )


def pages(citation: Citation) -> str:
    """Return the pages that a quote stands on: "page 3", "pages 3–4", or nothing."""
    if not citation.spans:
        return ""
    first, last = citation.spans[0].page, citation.spans[-1].page
    return f"page {first}" if first == last else f"pages {first}–{last}"


def page_address(citation: Citation) -> str | None:
    """Return the address of the quoted page of arXiv's PDF; the id cannot lead to another site."""
    if citation.source != "pdf" or citation.paper is None or not citation.spans:
        return None
    key = percent(paper_key(citation.paper, citation.version), safe="/.", errors="replace")
    return f"{ARXIV}{key}#page={citation.spans[0].page}"
