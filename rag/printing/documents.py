"""Build an answer or a table as pandoc's document, data instead of text: nothing in it can become markup.

A quote stands in a footnote where its sentence is cited, or in a block below it (`Manner`); sentences that are a
source's own words are set off as blocks in either. Readers of Markdown know more signs than pandoc escapes (tags,
comments, wikilinks, shortcodes), so that text for them is escaped here whole and handed over raw. Not handled here:
what pandoc makes of the document (`pandoc`), and the files (`exports`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from rag.answers import Answer, Citation, Claim, Reference, Section, Source, short_names
from rag.papers import cited_as
from rag.printing.arrange import (
    EMPTY,
    NEAREST,
    NOT_STATED,
    STAGES,
    STATES,
    Paragraph,
    Quotes,
    elided,
    gaps_above,
    near_claims,
    page_address,
    pages,
    paragraphs,
    people,
    row_of,
    short_claims,
    silence,
    stage_claims,
    stretches,
    tables,
    unsaid,
    words_nowhere,
)
from rag.printing.bibliography import citekeys, csl_item
from rag.printing.escape import escape_every, is_alias, link_address, paper_link, plain, without_addresses
from rag.printing.pandoc import API, NO_ATTR, SPACE, Node, cite_of, meta_of, node, raw, table_of, text_of
from rag.printing.table import missing, quotes_of
from rag.tables import SAID, Table

Manner = Literal["notes", "blocks"]
"""Where quotes stand that the text does not print itself: in footnotes, or in blocks below what rests on them."""
Dialect = Literal["document", "tex", "qmd", "obsidian", "notebook"]
MARKDOWN: tuple[Dialect, ...] = ("qmd", "obsidian", "notebook")


FIRST_COLUMN = 0.2  # of a table's width, for the papers' names
LONGEST_TITLE = 100  # characters; a longer question stands above the answer as a paragraph
LEAD = "the authors write"


def document_of(made: Answer | Table, dialect: Dialect, manner: Manner) -> dict[str, object]:
    """Return pandoc's document of an answer or a table."""
    quotes = quotes_of(made) if isinstance(made, Table) else Quotes.of(made)
    keys = citekeys(made.references)
    of_papers = {one.paper: key for one, key in zip(made.references, keys, strict=True)}
    writer = _Writer(quotes, of_papers, dialect, manner, _printed(made))
    blocks = list(writer.table(made) if isinstance(made, Table) else writer.answer(made))
    title, meta = title_of(made), {}
    if len(title) > LONGEST_TITLE:
        blocks.insert(0, node("Para", [node("Strong", writer.words(title))]))
    elif dialect in ("obsidian", "notebook"):
        blocks.insert(0, node("Header", 1, NO_ATTR, writer.words(title)))
    else:
        meta["title"] = node("MetaInlines", writer.words(title))
    if dialect not in ("tex", "obsidian"):
        listed = list(made.references)
        if dialect == "notebook":  # Jupyter makes links of addresses wherever they stand
            bare = without_addresses
            listed = [replace(one, title=bare(one.title), authors=tuple(map(bare, one.authors))) for one in listed]
        items = [csl_item(key, one) for key, one in zip(keys, listed, strict=True)]
        for item, one in zip(items, listed, strict=True):
            item["title-short"] = short_names([one])[one.paper]
            if "URL" not in item and dialect == "notebook":
                del item["number"]
        meta["references"] = meta_of(items, writer.words if dialect == "qmd" else None)
    if dialect == "qmd":
        meta["engine"] = meta_of("markdown")  # which runs nothing
    return {"pandoc-api-version": API, "meta": meta, "blocks": blocks}


def title_of(made: Answer | Table) -> str:
    """Return what a document is called: the question, or what is asked of how many papers."""
    if isinstance(made, Answer):
        return plain(made.question)
    count = f"{len(made.rows)} {'paper' if len(made.rows) == 1 else 'papers'}"
    return plain(f"{count}: {', '.join(column.name for column in made.columns)}")


@dataclass(slots=True)
class _Writer:
    """Write the parts of a document; each quote is told in full once, where it is cited first."""

    quotes: Quotes
    keys: Mapping[str, str]
    dialect: Dialect
    manner: Manner
    told: set[Citation]

    def answer(self, answer: Answer) -> Iterator[Node]:
        """Yield an answer: in short, gaps, sections, then what surrounds it."""
        for notice in answer.notices:
            about = [*self.named(notice.paper), *self.words(": ")] if notice.paper else []
            yield node("Para", [*self.words("Note: "), *about, *self.words(notice.text)])
        if answer.refusal:
            yield self.paragraph(f"No answer ({answer.refusal.kind}). {answer.refusal.detail}")
        claims, gap = short_claims(answer), silence(answer)
        if claims or gap:
            yield self.heading("In short")
        if gap and not claims:
            yield self.paragraph(f"{gap.text} {NEAREST}")
            claims = near_claims(gap)
        yield from self.prose(claims)
        gaps = (self.quoting(gap.text, gap.quotes) for gap in gaps_above(answer))
        yield from self.items("What the papers do not say", gaps)
        for section in unsaid(answer):
            yield self.heading(section.title)
            yield from self.section(section, answer.references)
        yield from self.items("Coverage", self.coverage(answer))
        dropped = (f"“{one.text}” ({': '.join(filter(None, (one.reason, one.detail)))})" for one in answer.dropped)
        yield from self.items("Not shown", map(self.words, dropped))
        yield from self.end(answer)

    def table(self, table: Table) -> Iterator[Node]:
        """Yield a table over papers, what was asked, and why cells are empty."""
        rows = [[(cell.claims, SAID[cell.state]) for cell in row.cells] for row in table.rows]
        heads = ["Paper", *(column.name for column in table.columns)]
        yield self.grid(heads, table.references, rows)
        yield from self.below(table.claims)
        asked = ([node("Strong", self.words(one.name)), *self.words(f": {one.ask}")] for one in table.columns)
        yield from self.items("What was asked", asked)
        empty = missing(table, self.quotes)
        near = (self.quoting(f"{told}; nearest:" if quotes else told, quotes) for told, quotes in empty)
        yield from self.items("What the papers do not say", near)
        yield from self.end(table)

    def section(self, section: Section, references: Sequence[Reference]) -> Iterator[Node]:
        """Yield what stands below a section's title: paragraphs, the table of workflows, the list of papers."""
        yield from self.prose(section.claims)
        if section.kind == "workflow" and section.claims:
            steps = [
                [(stage_claims(section, one.paper, stage), NOT_STATED) for stage, _ in STAGES] for one in references
            ]
            yield self.grid(["Paper", *(title for _, title in STAGES)], references, steps)
            yield from self.below([claim for claim in section.claims if claim.stage])
        if section.kind == "papers":
            yield from self.items("", map(self.listed, references))
        elif not section.claims:
            yield self.paragraph(EMPTY)

    def prose(self, claims: Sequence[Claim]) -> Iterator[Node]:
        """Yield paragraphs: own words as they are, a source's words set off under a line that says whose they are."""
        for paragraph in paragraphs(claims):
            if paragraph.form == "own_words":
                yield node("Para", _joined(self.claim(claim, claim.text) for claim in paragraph.claims))
                yield from self.below(paragraph.claims)
            else:
                yield node("Para", self.lead(paragraph.source, paragraph.subject))
                yield node("BlockQuote", list(self.quotation(paragraph)))

    def quotation(self, paragraph: Paragraph) -> Iterator[Node]:
        """Yield a source's own words: sentences in a row as a paragraph, rows of a table under its caption."""
        for first, group in tables(paragraph.claims):
            if first is None:
                for claims in stretches(group):
                    places = [self.quotes.place(claim.citations[0]) for claim in claims]
                    told = (  # whole sentences in a row from one place are cited once, behind the last
                        self.words(elided(claim, " "))
                        if place == after and self.told.issuperset(claim.citations)
                        else self.claim(claim, elided(claim, " "))
                        for claim, place, after in zip(claims, places, [*places[1:], ""], strict=True)
                    )
                    yield node("Para", _joined(told))
                continue
            if first.caption:
                yield self.paragraph(first.caption)
            yield table_of([self.words(first.header)], [[self.claim(c, r.row)] for c in group if (r := row_of(c))], 1.0)

    def lead(self, source: Source, subject: str | None) -> list[Node]:
        """Return the line that says whose words follow."""
        if source == "brief" or not (name := self.named(subject)):
            return self.words("The question says:" if source == "brief" else "The authors write:")
        return [*name, *self.words(f", {'according to the brief’s summary' if source == 'summary' else LEAD}:")]

    def grid(
        self, heads: Sequence[str], papers: Sequence[Reference], rows: Iterable[Sequence[tuple[Sequence[Claim], str]]]
    ) -> Node:
        """Return a row per paper, in its cells what claims say, or what stands where none is."""
        told = [
            [
                self.named(paper.paper),
                *(_joined(self.claim(c, said(c)) for c in claims) or self.words(none) for claims, none in row),
            ]
            for paper, row in zip(papers, rows, strict=True)
        ]
        return table_of([self.words(head) for head in heads], told, FIRST_COLUMN)

    def coverage(self, answer: Answer) -> Iterator[list[Node]]:
        """Yield what became of each paper, and which words stand nowhere."""
        for item in answer.coverage:
            why = f" ({item.reason})" if item.reason else ""
            yield [*self.named(item.paper), *self.words(f": {STATES[item.state]}{why}")]
        yield from (self.words(gap.text) for gap in words_nowhere(answer))

    # --- quotes and papers --------------------------------------------------------------------------------------

    def claim(self, claim: Claim, text: str) -> list[Node]:
        """Return what a claim says with what it cites."""
        return [*self.words(text), *self.marks(claim.citations)]

    def quoting(self, text: str, quotes: Sequence[Citation]) -> list[Node]:
        """Return a text of the program's with the quotes that it rests on."""
        return _joined([self.words(text), *([*self.words(f"“{one.quote}”"), *self.marks((one,))] for one in quotes)])

    def marks(self, citations: Sequence[Citation]) -> list[Node]:
        """Return what cites: notes with quote and place, or the places, with quotes left to `below`."""
        if self.manner == "blocks":
            return [part for citation in citations for part in (SPACE, *self.cited(citation))]
        return [node("Note", [node("Para", self.in_full(citation))]) for citation in citations]

    def in_full(self, citation: Citation) -> list[Node]:
        """Return a quote's place, and the quote where neither the text nor what stands before tells it."""
        known = citation in self.told
        self.told.add(citation)
        return self.place(citation) if known else [*self.words(f"“{citation.quote}”"), SPACE, *self.place(citation)]

    def below(self, claims: Iterable[Claim]) -> Iterator[Node]:
        """Yield the quotes that claims rest on and do not print themselves, as blocks, each once."""
        cited = dict.fromkeys(citation for claim in claims for citation in claim.citations)
        for citation in cited if self.manner == "blocks" else ():
            if citation not in self.told:
                yield node("BlockQuote", [node("Para", self.in_full(citation))])

    def cited(self, citation: Citation) -> list[Node]:
        """Return a citation as the form has it, with its page."""
        key = self.keys.get(citation.paper or "")
        if citation.source == "brief" or key is None:
            return self.words(f"({self.quotes.place(citation)})")
        page = pages(citation, "p.", "pp.") if citation.source == "pdf" else ""
        if self.dialect == "tex":
            where = f"[{page.replace(' ', '~').replace('–', '--')}]" if page else ""
            return [raw("latex", f"\\cite{where}{{{key}}}")]
        if self.dialect == "obsidian":
            link = [*self.words(", "), *self.linked(page, page_address(citation))] if page else []
            return [*self.words("("), *self.named(citation.paper), *link, *self.words(")")]
        return [cite_of(key, page)]

    def place(self, citation: Citation) -> list[Node]:
        """Return where a quote stands: cited, with a link to its page, and its section."""
        if citation.source == "brief" or citation.paper is None:
            return self.words(self.quotes.place(citation))
        if citation.source == "summary":
            return [*self.cited(citation), *self.words(", the brief’s own summary")]
        where = (cited_as(citation.paper, citation.version), pages(citation, "p.", "pp."))
        link = self.linked(", ".join(filter(None, where)), page_address(citation))
        section = self.words(f", {citation.section}") if citation.section else []
        paper = self.named(citation.paper) if self.dialect == "obsidian" else self.cited(citation)
        return [*paper, *self.words(", "), *link, *section]

    def linked(self, words: str, url: str | None) -> list[Node]:
        """Return a link to where one may lead, or only its words."""
        found = link_address(url)
        return [node("Link", NO_ATTR, self.words(words), [found, ""])] if found else self.words(words)

    def named(self, paper: str | None) -> list[Node]:
        """Return a paper's short name, in a note of Obsidian's as a link to where the note lists it."""
        name = plain(self.quotes.names.get(paper or "", paper or ""))
        if self.dialect == "obsidian" and paper and paper in self.keys:
            return [raw("markdown", f"[[#^{self.anchor(paper)}|{name if is_alias(name) else self.keys[paper]}]]")]
        return [node("Strong", self.words(name))] if name else []

    def anchor(self, paper: str) -> str:
        """Return the name of the block that lists a paper in a note."""
        return f"paper-{[*self.keys].index(paper) + 1}"

    def listed(self, reference: Reference) -> list[Node]:
        """Return a paper with its links; they are built from its id and its repository, never copied."""
        authors = f" {people(reference.authors)}." if reference.authors else ""
        told = [node("Strong", self.words(reference.title)), *self.words(f".{authors} ")]
        told += self.linked(cited_as(reference.paper, reference.version), paper_link(reference))
        code = self.linked("code", reference.github) if reference.github else []
        return [*told, *self.words(" · "), *code] if code else told

    def end(self, made: Answer | Table) -> Iterator[Node]:
        """Yield what made it, and the form's own list of works; of a note, the list that its links lead to."""
        by = made.provenance
        told = (f"Writer {made.writer}", by.extractor and f"text by {by.extractor}", by.index and f"index {by.index}")
        yield self.paragraph(f"{'; '.join(filter(None, told))}.")
        if self.dialect == "obsidian":
            at = ([*self.listed(one), SPACE, raw("markdown", f"^{self.anchor(one.paper)}")] for one in made.references)
            yield from self.items("Papers", at)
        elif self.dialect != "tex" and any(citation.paper in self.keys for citation in self.quotes.numbers):
            yield self.heading("References")
            yield node("Div", ("refs", (), ()), [])

    # --- words --------------------------------------------------------------------------------------------------

    def words(self, text: str) -> list[Node]:
        """Return text as words, or escaped for a reader of Markdown; blanks at its ends are kept."""
        inside = plain(text)
        if not inside:
            return [SPACE] if text else []
        in_markdown = self.dialect in MARKDOWN
        told = [raw("markdown", escape_every(inside))] if in_markdown else text_of(inside, self.dialect == "tex")
        return [SPACE] * text[0].isspace() + told + [SPACE] * text[-1].isspace()

    def paragraph(self, text: str) -> Node:
        """Return a paragraph of one text."""
        return node("Para", self.words(text))

    def heading(self, text: str) -> Node:
        """Return a heading; in a note below its title."""
        return node("Header", 2 if self.dialect in MARKDOWN else 1, NO_ATTR, self.words(text))

    def items(self, title: str, items: Iterable[list[Node]]) -> Iterator[Node]:
        """Yield a list under its title, nothing where it is empty."""
        told = [[node("Plain", item)] for item in items]
        if told:
            yield from [self.heading(title)] if title else []
            yield node("BulletList", told)


def said(claim: Claim) -> str:
    """Return a claim as a cell shows it: a source's own words in quotation marks, a row of a table alone."""
    row = row_of(claim)
    return f"“{row.row if row else elided(claim, ' ')}”" if claim.form == "verbatim" else claim.text


def _printed(made: Answer | Table) -> set[Citation]:
    """Return the quotes that the text prints whole."""
    near = (
        [gap.quotes for gap in made.gaps] if isinstance(made, Answer) else [cell.nearest for _, _, cell in made.cells]
    )
    whole = [c.citations for c in made.claims if c.citations and c.text == c.citations[0].quote and not row_of(c)]
    return {citation for citations in (*near, *whole) for citation in citations[: None if citations in near else 1]}


def _joined(parts: Iterable[list[Node]]) -> list[Node]:
    """Return parts with a blank between them."""
    return list(chain(*([SPACE, *part] for part in parts if part)))[1:]
