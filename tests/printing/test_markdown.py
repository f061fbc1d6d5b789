"""Markdown: hostile text stays text, marks are in order, every claim bears one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from rag.answers import Answer, Citation, Claim, Coverage, Dropped, Gap, Notice, Provenance, Reference, Refusal, Section
from rag.papers import Span
from rag.printing import number_citations, to_markdown
from tests.sample_answers import HOSTILE, LAPWING, TERN, answer_of, demo_answer


def quote(text: str, start: int = 0, paper: str = "2101.00001", page: int = 2) -> Citation:
    return Citation("pdf", text, "0" * 64, paper, 1, "3 Method", (Span(page, start, start + len(text)),))


def answer(*claims: Claim, kind: str = "prose", **more: object) -> Answer:
    references = (
        Reference("2101.00001", 1, "Kestrel: Sharp Maps", ("A. Author",), "https://arxiv.org/abs/2101.00001v1"),
    )
    return Answer(
        "How?", "answered", "extractive/1", sections=(Section("Answer", kind, claims),), references=references,  # type: ignore[arg-type]
        provenance=Provenance("extractive/1"), **more,  # type: ignore[arg-type]
    )  # fmt: skip


ONE, TWO = quote("Kestrel is a bird."), quote("It hovers.", 19)


def test_marks_count_up_as_they_are_read() -> None:
    """Citations are numbered from 1 in reading order, the same quote once."""
    told = answer(Claim(TWO.quote, "verbatim", (TWO,), "2101.00001"), Claim("Birds hover.", "own_words", (ONE, TWO)))
    assert number_citations(told) == {TWO: 1, ONE: 2}
    text = to_markdown(told)
    assert [int(mark) for mark in re.findall(r"\[\^(\d+)\]", text.split("## Sources")[0])] == [1, 2, 1]
    assert re.findall(r"^\[\^(\d+)\]: ", text, re.MULTILINE) == ["1", "2"]


def test_neighbouring_quotes_share_a_paragraph() -> None:
    """Sentences that follow each other on a page are one paragraph of a quotation; a jump begins another."""
    run = to_markdown(answer(*(Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ONE, TWO))))
    assert "**Kestrel**, the authors write:\n\n> Kestrel is a bird. [^1] It hovers. [^2]\n\n" in run
    for far in (quote("It eats mice.", 900), quote("It eats mice.", 0, page=3)):
        told = answer(*(Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ONE, far)))
        assert "> Kestrel is a bird. [^1]\n>\n> It eats mice. [^2]\n\n" in to_markdown(told)


def test_own_words_print_their_quotes_as_footnotes() -> None:
    """A claim in other words shows the quote it rests on, with page and link."""
    text = to_markdown(answer(Claim("Kestrels are birds.", "own_words", (ONE,))))
    place = "[arXiv:2101.00001v1, p. 2](https://arxiv.org/pdf/2101.00001v1#page=2), 3 Method"
    assert f"\n[^1]: “Kestrel is a bird.” Kestrel, {place}\n" in text
    assert "- **Kestrel: Sharp Maps**: [p. 2](https://arxiv.org/pdf/2101.00001v1#page=2) [^1]" in text


def test_sources_are_grouped_by_paper_and_page() -> None:
    """Each quoted paper once, its pages in order, their quotes; a quote that stands above is not printed again."""
    three = (quote("It eats mice.", page=5), ONE, TWO)
    text = to_markdown(answer(*(Claim(c.quote, "verbatim", (c,), "2101.00001") for c in three)))
    pages_ = re.search(r"## Sources\n\n- \*\*Kestrel: Sharp Maps\*\*: (.*)", text)
    assert pages_ is not None
    assert re.sub(r"\(.*?\)", "", pages_[1]) == "[p. 2] [^2][^3], [p. 5] [^1]"
    assert text.count("It hovers.") == 1


def test_what_answers_in_short_is_said_once_and_first() -> None:
    """It stands above gaps and sections; a section of which nothing is left has no heading."""
    one, two = (Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ONE, TWO))
    gap = Gap("night", "No sentence was found on night.")
    text = to_markdown(answer(one, two, in_short=(one,), gaps=(gap,)))
    places = [text.index(part) for part in ("## In short", "Kestrel is a bird.", gap.text, "## Answer", "It hovers.")]
    assert places == sorted(places)
    assert text.count("Kestrel is a bird.") == 1
    alone = to_markdown(answer(one, in_short=(replace(one, stage="model"),)))
    assert "## Answer" not in alone
    assert "> Kestrel is a bird. [^1]" in alone


def test_a_cell_stays_in_its_table_though_it_answers_in_short() -> None:
    """A table that lacks what stands above it would say that it is not stated."""
    cell, other = (Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ONE, TWO))
    cells = (replace(cell, stage="model"), replace(other, stage="output"))
    told = replace(answer(cells[0]), sections=(Section("Workflow", "workflow", cells),))
    text = to_markdown(replace(told, in_short=(replace(cells[0], stage=None),)))
    [row] = [line for line in text.splitlines() if line.startswith("| **")]
    assert "Kestrel is a bird." in row


def test_where_nothing_answers_that_is_said_with_what_comes_nearest() -> None:
    """The gap stands in the answer's place, its quotes set off; words found nowhere stand under coverage."""
    silent = Gap("H100", "The allowed paper does not mention “H100”.", nearest=(ONE, TWO))
    words = Gap("fast", "Nowhere in the allowed paper: “fast”.", kind="words")
    text = to_markdown(answer(gaps=(silent, words), coverage=(Coverage("2101.00001", "searched"),)))
    assert (
        f"## In short\n\n{silent.text} What comes nearest:\n\n**Kestrel**, the authors write:\n\n> Kestrel is" in text
    )
    assert "What the papers do not say" not in text
    assert "## Answer" not in text
    assert text.index("## Coverage") < text.index(words.text)


ROW = Citation(
    "pdf", "Table 2: Speeds of birds. Bird km/h Kestrel 63.2", "0" * 64, "2101.00001", 1, "4 Flight",
    (Span(4, 0, 25), Span(4, 40, 49), Span(4, 60, 72)), row=True,
)  # fmt: skip


def test_rows_of_one_table_are_a_table_under_its_caption() -> None:
    """Caption and header stand once, then the rows, each with its mark."""
    other = replace(
        ROW, quote=ROW.quote.replace("Kestrel 63.2", "Swift 111.6"), spans=(*ROW.spans[:2], Span(4, 73, 84))
    )
    text = to_markdown(answer(*(Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ROW, other))))
    table = "> Table 2: Speeds of birds. [^1]\n\n| Bird km/h |\n|---|\n| Kestrel 63.2 [^1] |\n| Swift 111.6 [^2] |"
    assert table in text
    assert "[^2]: “Table 2: Speeds of birds. Bird km/h Swift 111.6” Kestrel, " in text


def test_the_cell_that_a_claim_speaks_of_stands_in_bold() -> None:
    """A claim in own words names a number of the row that it cites; a row in other parts than it says is plain."""
    text = to_markdown(answer(Claim("The kestrel flies at 63.2 km/h.", "own_words", (ROW,), "2101.00001")))
    assert "[^1]: “Table 2: Speeds of birds. Bird km/h Kestrel **63.2**” Kestrel, " in text
    odd = replace(ROW, spans=(Span(4, 0, 25), Span(4, 60, 999)))
    assert "Kestrel 63.2” Kestrel" in to_markdown(answer(Claim("It flies at 63.2 km/h.", "own_words", (odd,))))


def test_marks_of_the_paper_are_no_marks_of_the_answer() -> None:
    """A quote that itself holds what looks like a footnote cannot lead to one."""
    text = to_markdown(
        answer(Claim("Birds [^1] hover [2].", "verbatim", (quote("Birds [^1] hover [2]."),), "2101.00001"))
    )
    assert "> Birds \\[^1] hover [2]. [^1]" in text


def test_a_part_of_a_sentence_shows_what_it_leaves_out() -> None:
    """A workflow cell that is a part of its sentence bears ellipses; a stage without a claim says so."""
    cell = Claim("is a bird", "verbatim", (ONE,), "2101.00001", "output")
    assert "| **Kestrel** | not stated | not stated | “… is a bird …” [^1] |" in to_markdown(
        answer(cell, kind="workflow")
    )


def test_everything_else_is_said() -> None:
    """Gaps, coverage, dropped claims, notices, refusals and the foot all appear."""
    text = to_markdown(
        answer(
            gaps=(Gap("night", "Nothing on night:", "2101.00001", "", TWO),),
            coverage=(Coverage("2101.00001", "cited", "page 3: scanned"),),
            dropped=(Dropped("It flies at 900 km/h.", "number_mismatch", "900"),),
            notices=(Notice("title_mismatch", "another title", "2101.00001"),),
            refusal=Refusal("unreadable", "no page could be read"),
        )
    )
    for part in (
        "“It hovers.” [^1]",
        "cited (page 3: scanned)",
        "900 km/h",
        "> Note:",
        "**No answer** (unreadable)",
        "Writer",
    ):
        assert part in text


def test_hostile_titles_do_nothing() -> None:
    """A script or a link in a claim, a title or a reason is printed as text."""
    bad = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://evil.example/z.png)"
    told = answer(Claim(bad, "own_words", (quote(bad),)), dropped=(Dropped(bad, "r", bad),), gaps=(Gap(bad, bad),))
    text = re.sub(r"\\.", "", to_markdown(told))
    assert "<script" not in text
    assert "](javascript" not in text
    assert "](http://evil" not in text


@pytest.mark.parametrize("text", [*HOSTILE, "2101.00001) [x](javascript:alert(1)", "\x1b[2J\x9b31m", "]: javascript:x"])
def test_hostile_ids_and_addresses_become_no_link(text: str) -> None:
    """Where an id or an address is none, its words are printed and nothing leads anywhere; no control gets out."""
    told = to_markdown(answer_of(text))
    told.encode()
    bare = re.sub(r"\\.", "", told)
    assert "](" not in bare
    assert "<" not in bare
    assert told.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://example.org/a/b", "https://github.com/a/b)<script>"]
)
def test_links_come_from_checked_ids_alone(address: str) -> None:
    """The address that a record gives is never printed as a link: arXiv's is built from the id."""
    listed = Reference(TERN, 1, "A title", (), address, address)
    told = to_markdown(Answer("q?", "answered", "w", sections=(Section("Papers", "papers"),), references=(listed,)))
    assert re.findall(r"\]\(([^)]*)\)", re.sub(r"\\.", "", told)) == [f"https://arxiv.org/abs/{TERN}v1"]


def test_github_links_are_printed() -> None:
    """A repository of a whitelist is linked, with the paper's page, as ids of both styles are."""
    old = Reference("hep-th/9108004", None, "Old", (), "", "https://github.com/example/t.b_c")
    told = to_markdown(Answer("q?", "answered", "w", sections=(Section("Papers", "papers"),), references=(old,)))
    assert "[arXiv:hep-th/9108004](https://arxiv.org/abs/hep-th/9108004)" in told
    assert "[code](https://github.com/example/t.b_c)" in told


@pytest.mark.parametrize("stage", [None, "model"])
def test_odd_citations_are_printed_as_what_they_are(stage: object) -> None:
    """A claim without citation gets no mark and no quotation marks, a citation without place no page and no link."""
    bare = Claim("So it is.", "verbatim", (), LAPWING, stage)  # type: ignore[arg-type]
    placeless = Claim("Kestrels hover.", "own_words", (replace(TWO, spans=()),))
    told = replace(demo_answer(), in_short=(), sections=(Section("Odd", "workflow", (bare, placeless)),), gaps=())
    text = to_markdown(told)
    assert "So it is." in text
    assert "[^1]: “It hovers.” 2101.00001, arXiv:2101.00001v1, 3 Method" in text
    assert stage or "“So it is." not in text
