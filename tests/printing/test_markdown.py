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
    assert [int(mark) for mark in re.findall(r"\[(\d+)\]", text.split("## Sources")[0])] == [1, 2, 1]


def test_neighbouring_quotes_share_their_quotation_marks() -> None:
    """A run is printed in one pair of quotation marks; a jump is shown by an ellipsis."""
    run = to_markdown(answer(*(Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ONE, TWO))))
    assert "the authors write: “Kestrel is a bird. [1] It hovers. [2]”" in run
    far = quote("It eats mice.", 900)
    assert " [1] … It eats mice. [2]”" in to_markdown(
        answer(*(Claim(c.quote, "verbatim", (c,), "2101.00001") for c in (ONE, far)))
    )


def test_own_words_print_their_quotes_under_sources() -> None:
    """A claim in other words shows the quote it rests on, with page and link."""
    text = to_markdown(answer(Claim("Kestrels are birds.", "own_words", (ONE,))))
    place = "[arXiv:2101.00001v1, p. 2](https://arxiv.org/pdf/2101.00001v1#page=2), 3 Method"
    assert f"- [1] Kestrel, {place}: “Kestrel is a bird.”" in text


def test_a_part_of_a_sentence_shows_what_it_leaves_out() -> None:
    """A workflow cell that is a part of its sentence bears ellipses; a stage without a claim says so."""
    cell = Claim("is a bird", "verbatim", (ONE,), "2101.00001", "output")
    assert "| **Kestrel** | not stated | not stated | “… is a bird …” [1] |" in to_markdown(
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
        "“It hovers.” [1]",
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
    told = replace(demo_answer(), sections=(Section("Odd", "workflow", (bare, placeless)),), gaps=())
    text = to_markdown(told)
    assert "So it is." in text
    assert "- [1] 2101.00001, arXiv:2101.00001v1, 3 Method: “It hovers.”" in text
    assert stage or "“So it is." not in text
