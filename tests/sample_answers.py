"""Build answers by hand for the tests of what prints them: one over the demo's papers, one full of hostile text."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from rag.answers import (
    Answer,
    Check,
    Citation,
    Claim,
    Coverage,
    Dropped,
    Gap,
    Notice,
    Provenance,
    Reference,
    Refusal,
    Section,
    Stage,
)
from rag.papers import Paper, Span
from rag.printing import album, number_citations
from rag.printing.arrange import STAGES
from rag.printing.page import Picture
from rag.reading import read_paper, rectangles

PDFS = Path(__file__).resolve().parent.parent / "corpus" / "demo" / "pdf"
TERN, LAPWING = "2604.90001", "2604.90002"

# each would do something if it became markup, script or a template's placeholder
HOSTILE = (
    "<script>window.broken = 1</script>",
    "</script><script>window.broken = 2</script>",
    "</style><img src=x onerror='window.broken = 3'>",
    '"><svg onload="window.broken = 4">',
    "${body} $title {{7*7}} </title><h1>taken over</h1>",
    "<!-- --!> <iframe src=https://example.org/></iframe>",
    "javascript:window.broken=5",
    "a\u202etxet desrever\u0000\ud800 &lt;b&gt; &#60;script&#62;",
    "x" * 300,
)


@cache
def paper(name: str) -> Paper:
    """Return one of the demo's papers."""
    return read_paper(path(name), name, 1)


def path(name: str) -> Path:
    """Return the PDF of one of the demo's papers."""
    return PDFS / f"{name}v1.pdf"


def cite(name: str, start: str) -> Citation:
    """Return a citation of the sentence that begins with some words."""
    read = paper(name)
    (sentence,) = [sentence for sentence in read.sentences if sentence.text.startswith(start)]
    pages = [read.pages[span.page - 1].text for span in sentence.spans]
    return Citation(
        source="pdf",
        quote=sentence.text,
        quote_sha256=_sha(sentence.text),
        paper=name,
        version=1,
        section=" / ".join(sentence.section),
        spans=sentence.spans,
        pdf_sha256=read.pdf_sha256,
        page_text_sha256=tuple(map(_sha, pages)),
    )


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def verbatim(citation: Citation, stage: Stage | None = None, part: str = "") -> Claim:
    """Return the claim that repeats a quote, or a part of it."""
    return Claim(part or citation.quote, "verbatim", (citation,), citation.paper, stage)


def demo_answer() -> Answer:
    """Return an answer over the demo's papers with every kind of content."""
    question = "How does AI restore fast motion, and can it sharpen a blurred video?"
    takes = cite(TERN, "TernBurst takes a burst of eight dark raw frames")
    merges = cite(TERN, "This is the main difference between a burst")
    crossing = cite(TERN, "The frames are not brightened")
    reads = cite(LAPWING, "LapwingNet takes one blurred photograph as input")
    returns = cite(LAPWING, "LapwingNet returns one sharp photograph")
    video = cite(TERN, "TernBurst has not been trained or tested on video")
    summary = Citation("summary", "LapwingNet restores a photograph.", _sha("x"), LAPWING, 1)
    asked = Citation("brief", question, _sha(question))
    checks = (Check("number", True), Check("support", True, "0.93, at least 0.50, by owl"))
    own = Claim("A burst measures what a single photograph has lost.", "own_words", (merges, takes), checks=checks)
    quoted = (Check("source", True), Check("verbatim", True))
    stand_in = replace(verbatim(crossing), checks=(*quoted, Check("negation", False, "cited text and claim differ")))
    return Answer(
        question=question,
        status="answered",
        writer="extractive/1",
        in_short=(own,),
        sections=(
            Section("The task", "prose", (verbatim(asked), own)),
            Section(
                "Workflow",
                "workflow",
                (
                    verbatim(takes),
                    stand_in,
                    verbatim(summary),
                    verbatim(takes, "input", "takes a burst of eight dark raw frames as input"),
                    verbatim(takes, "output", "merges the frames into one bright, sharp photograph"),
                    verbatim(reads, "input", "takes one blurred photograph as input"),
                    verbatim(reads, "model"),
                    verbatim(returns, "output"),
                ),
            ),
            Section("Papers and tools", "papers"),
        ),
        references=(
            Reference(
                TERN,
                1,
                "TernBurst: Sharp Photographs",
                ("Ada Quillfeather",),
                _abs(TERN),
                "https://github.com/example/t",
            ),
            Reference(LAPWING, 1, "LapwingNet: Recovering the Path", ("Lucie Vanneau", "Rolf Kiebitz"), _abs(LAPWING)),
        ),
        coverage=(Coverage(TERN, "cited"), Coverage(LAPWING, "cited"), Coverage("2604.90003", "unreadable", "scanned")),
        gaps=(Gap("video", "TernBurst names video as future work:", TERN, "the whole paper", video, kind="limit"),),
        dropped=(Dropped("TernBurst restores video.", "support", "no cited sentence says so"),),
        notices=(Notice("title", "the PDF bears another title", LAPWING),),
        provenance=Provenance("extractive/1", "0123abcd", "paperbound-1", {"task.md": "ab12"}, "", {"pypdf": "7.1.0"}),
    )


def _abs(name: str) -> str:
    return f"https://arxiv.org/abs/{name}v1"


def demo_pictures(answer: Answer) -> dict[Citation, tuple[Picture, ...]]:
    """Return the pictures of an answer over the demo's papers."""

    def find(citation: Citation) -> tuple[Path, tuple[object, ...]] | None:
        if citation.paper not in (TERN, LAPWING):
            return None
        return path(citation.paper), rectangles(path(citation.paper), paper(citation.paper), citation.spans)

    return album(number_citations(answer), find)  # type: ignore[arg-type]


def answer_of(text: str) -> Answer:
    """Return an answer that says the same text in every place where text from outside can stand."""
    quote = Citation("pdf", text, text, text, 1, text, cite(TERN, "TernBurst takes a burst").spans, text, (text,))
    asked = Citation("brief", text, text)
    summary = Citation("summary", f"{text} again", text, text, 1)
    claims = (Claim(text, "own_words", (quote, asked)), verbatim(summary), verbatim(quote))
    steps = tuple(Claim(text, "verbatim", (quote,), text, stage) for stage, _ in STAGES)
    told = Claim(text, "own_words", (asked,), checks=(Check(text, False, text), Check(text, True)))
    row = replace(
        quote, quote=f"Table 1: {text} {text}", spans=(Span(1, 0, 9 + len(text)), Span(1, 50, 50 + len(text)))
    )
    return Answer(
        question=text,
        status="refused",
        writer=text,
        in_short=(told,),
        sections=(
            Section(text, "prose", (*claims, verbatim(replace(row, row=True)))),
            Section(text, "workflow", steps),
            Section(text, "papers"),
        ),
        refusal=Refusal("not_in_allowed_papers", text),
        references=(Reference(text, 1, text, (text, text), text, text),),
        coverage=(Coverage(text, "searched", text),),
        gaps=(Gap(text, text, text, text, quote), Gap(text, text, nearest=(quote,)), Gap(text, text, kind="words")),
        dropped=(Dropped(text, text, text),),
        notices=(Notice(text, text, text),),
        provenance=Provenance(text, text, text, {text: text}, text, {text: text}),
    )
