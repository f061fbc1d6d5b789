"""Put the record of an answer together from what was prepared and what passed the gates: quotes, titles, coverage.

Nothing here comes from a writer but the text of claims that passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from rag.answers import (
    Answer,
    Claim,
    Coverage,
    Draft,
    DraftClaim,
    Notice,
    Provenance,
    Reference,
    Section,
    short_names,
)
from rag.gaps import gaps, silence
from rag.gates import Settled
from rag.papers import AllowedPaper
from rag.prepared import Prepared
from rag.record import sealed
from rag.writers import ExtractiveWriter, cite, in_short

TOLD = 3  # unreadable parts of a paper that coverage names; the rest is counted
TITLE_WORDS = 4  # a brief's "Model:" line of so many words is taken for the paper's title, a shorter one for a name


def answer(prepared: Prepared, draft: Draft, settled: Settled, writer: str) -> Answer:
    """Return the record of an answer, or of a refusal."""
    refusal = prepared.refusal
    references = tuple(reference(paper, prepared) for paper in prepared.brief.papers)
    names = short_names(references)
    model_failed = "failed" in draft.provenance or any(notice.kind == "model_failed" for notice in prepared.notices)
    silent = silence(prepared, draft, settled, model_failed, doubting=writer == ExtractiveWriter.name)
    if silent:  # what comes nearest is told with the gap, not as if it answered
        settled = replace(settled, claims=tuple(() for _ in settled.claims))
    sections = () if refusal else sections_of(prepared, settled.claims)
    short = () if refusal else resolved(prepared, in_short(settled, prepared.task))
    made = Answer(
        question=prepared.brief.question,
        status="refused" if refusal else "answered",
        writer=writer,
        in_short=short,
        sections=sections,
        refusal=refusal,
        references=references,
        coverage=tuple(coverage(paper, prepared, sections) for paper in prepared.brief.papers),
        gaps=gaps(prepared, names, sections, draft, silent, model_failed),
        dropped=(*draft.dropped, *settled.dropped),
        notices=notices(prepared, names, draft.provenance.get("failed", "")),
        provenance=provenance(prepared, {**draft.provenance, **settled.provenance}, writer),
        run={
            "seconds": {name: round(value, 4) for name, value in prepared.seconds.items()},
            "usage": {
                name: draft.usage.get(name, 0) + settled.usage.get(name, 0)
                for name in sorted({*draft.usage, *settled.usage})
            },
        },
    )
    return sealed(made)


def sections_of(prepared: Prepared, settled: Sequence[Sequence[DraftClaim]]) -> tuple[Section, ...]:
    """Return the sections with every claim's evidence resolved to quotes."""
    return tuple(
        Section(point.title, point.kind, resolved(prepared, claims))
        for point, claims in zip(prepared.task.points, settled, strict=True)
    )


def resolved(prepared: Prepared, settled: Sequence[DraftClaim]) -> tuple[Claim, ...]:
    """Return claims with the quotes that their evidence ids stand for."""
    known = {item.id: item for item in prepared.task.evidence}
    return tuple(
        Claim(
            claim.text,
            claim.form,
            tuple(cite(known[name], prepared.papers) for name in claim.evidence),
            claim.subject,
            claim.stage,
            claim.checks,
        )
        for claim in settled
    )


def reference(paper: AllowedPaper, prepared: Prepared) -> Reference:
    """Return how the answer lists a paper: arXiv's title, else the brief's, else what page 1 shows."""
    stored = prepared.papers.get(paper.paper)
    version = stored.version if stored else paper.version
    given = paper.model if len(paper.model.split()) >= TITLE_WORDS else ""
    fetched = stored.title if stored and stored.authors else ""  # authors come from arXiv's metadata alone
    title = fetched or given or (stored.title if stored else "") or paper.model or paper.key
    url = replace(paper, version=version).url
    authors = stored.authors if stored else ()
    return Reference(paper.paper, version, title, authors, url, paper.github, paper.citekey)


def coverage(paper: AllowedPaper, prepared: Prepared, sections: Sequence[Section]) -> Coverage:
    """Say what became of an allowed paper."""
    if paper.paper in prepared.absent:
        reason = prepared.absent[paper.paper]
        return Coverage(paper.paper, "summary_only" if paper.summary else "not_fetched", reason)
    stored = prepared.papers[paper.paper]
    more = f"; and {len(stored.gaps) - TOLD} more" if len(stored.gaps) > TOLD else ""
    unread = f"not well readable: {'; '.join(stored.gaps[:TOLD])}{more}" if stored.gaps else ""
    if any(c.paper == paper.paper for section in sections for claim in section.claims for c in claim.citations):
        return Coverage(paper.paper, "cited", unread)
    if any(hit.paper == stored.key for hit in prepared.hits):
        return Coverage(paper.paper, "searched", unread)
    return Coverage(paper.paper, "silent" if stored.passages else "unreadable", unread)


def notices(prepared: Prepared, names: Mapping[str, str], failed: str = "") -> tuple[Notice, ...]:
    """Return what the reader must know first: papers known by summary alone, what a model `failed` by, odd titles."""
    if prepared.refusal:
        return tuple(prepared.notices)
    found = []
    told = [names[paper.paper] for paper in prepared.brief.papers if paper.paper in prepared.absent and paper.summary]
    if told:
        text = (
            f"No PDF was at hand for {', '.join(told)}: what is said of {'them' if told[1:] else 'it'} rests on the "
            "brief's own summaries, not on the papers."
        )
        found.append(Notice("summary_only", text))
    if failed:
        text = f"The chat model gave no usable reply to some of what it was asked ({failed})"
        found.append(Notice("model_failed", f"{text}; in its place stand the papers' own sentences."))
    return (*found, *prepared.notices)


def provenance(prepared: Prepared, told: Mapping[str, str], writer: str) -> Provenance:
    """Say what made an answer; `told` is what its writer said of itself."""
    return Provenance(
        writer=writer,
        index=prepared.index.manifest.fingerprint if prepared.index else "",
        extractor="; ".join(sorted({paper.extractor for paper in prepared.papers.values()})),
        prompts={name[7:]: value for name, value in told.items() if name.startswith("prompt:")},
        schema_mode=told.get("schema_mode", ""),
        packages=dict(_packages()),
    )


@cache
def _packages() -> Mapping[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("paperbound", "faiss-cpu", "pypdfium2")}
