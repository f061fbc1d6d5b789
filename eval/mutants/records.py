"""Tamper with what a record says beside its claims and quotes, with digests left as they were or made anew.

Variants of `record_mismatch` are a forger's, whose digests are right; what they changed can be derived. Variants of
`altered_record` change what is held by its digest alone.
"""

from __future__ import annotations

from dataclasses import replace

from rag.answers import Answer, AnswerFailure, Check, Citation, Coverage, Dropped, Gap, Notice, Reference, Refusal

from ..compliant import World
from .register import Change, Random, mutator
from .spots import Spot, spots, with_claim

_AUTHORS = ("P. Quillfeather", "R. Oystermouth", "S. Underhay")
_TEXTS = ("It is the best model by far.", "All of this was proved beyond doubt.", "Every reader should use it.")


def _listed(world: World, rng: Random) -> tuple[int, Reference]:
    number = rng.randrange(len(world.answer.references))
    return number, world.answer.references[number]


def _relisted(world: World, number: int, reference: Reference, field: str) -> Change:
    listed = world.answer.references
    answer = replace(world.answer, references=(*listed[:number], reference, *listed[number + 1 :]))
    return f"references[{number}].{field}", answer, world.case


def _claimed(world: World, spot: Spot, field: str, **changes: object) -> Change:
    claim = replace(spot.claim, **changes)  # type: ignore[arg-type]
    return f"{spot.place}.{field}", with_claim(world, spot, claim), world.case


def _cited(world: World, spot: Spot, citation: Citation, field: str) -> Change:
    claim = replace(spot.claim, citations=(citation,))
    return f"{spot.place}.citations[0].{field}", with_claim(world, spot, claim), world.case


# --- what can be derived ----------------------------------------------------------------------------------------


@mutator("record_mismatch")
def another_question(world: World, rng: Random) -> Change | None:
    """Answer what was not asked."""
    asked = rng.choice(("Which model is the best of all?", "Why do all experts prefer it?"))
    return "question", replace(world.answer, question=asked), world.case


@mutator("record_mismatch")
def another_section(world: World, rng: Random) -> Change | None:
    """Give a section a title that nobody asked for."""
    number = rng.randrange(len(world.answer.sections))
    title = rng.choice(("Why everything else fails", "Proven superiority", "Verified by independent experts"))
    sections = list(world.answer.sections)
    sections[number] = replace(sections[number], title=title)
    return f"sections[{number}].title", replace(world.answer, sections=tuple(sections)), world.case


@mutator("record_mismatch")
def another_subject(world: World, rng: Random) -> Change | None:
    """Say that a claim is about another paper."""
    spot = rng.choice(spots(world))
    other = rng.choice([p.paper_id for p in world.papers[: world.allowed] if p.paper_id != spot.sole.paper])
    return _claimed(world, spot, "subject", subject=other)


@mutator("record_mismatch")
def stage_of_no_workflow(world: World, rng: Random) -> Change | None:
    """Make a step of a workflow of a claim in prose."""
    prose = [spot for spot in spots(world) if spot.section == 0]
    return (
        _claimed(world, rng.choice(prose), "stage", stage=rng.choice(("input", "model", "output"))) if prose else None
    )


@mutator("record_mismatch")
def stands_though_failed(world: World, rng: Random) -> Change | None:
    """Let a claim in own words stand that its checks did not pass."""
    checks = (Check("form", True), Check(rng.choice(("number", "support", "negation")), False, "0.12"))
    return _claimed(world, rng.choice(spots(world, own=True)), "checks", checks=checks)


@mutator("record_mismatch")
def another_heading(world: World, rng: Random) -> Change | None:
    """Say that a quote stands in another section of its paper."""
    spot = rng.choice(spots(world))
    return _cited(world, spot, replace(spot.sole, section=rng.choice(("5 Proofs", "7 Human Study"))), "section")


@mutator("record_mismatch")
def no_row(world: World, rng: Random) -> Change | None:
    """Print a sentence as a row of a table."""
    spot = rng.choice(spots(world))
    return _cited(world, spot, replace(spot.sole, row=True), "row")


@mutator("record_mismatch")
def other_authors(world: World, rng: Random) -> Change | None:
    """Give a paper to other authors."""
    number, reference = _listed(world, rng)
    authors = (*reference.authors[: rng.randint(0, 1)], rng.choice(_AUTHORS))
    return _relisted(world, number, replace(reference, authors=authors), "authors")


@mutator("record_mismatch")
def other_address(world: World, rng: Random) -> Change | None:
    """Lead a listed paper's link to another version, or to another allowed paper."""
    number, reference = _listed(world, rng)
    others = [listed.url for listed in world.answer.references if listed is not reference]
    url = rng.choice((f"https://arxiv.org/abs/{reference.paper}", f"{reference.url}/", *others))
    return _relisted(world, number, replace(reference, url=url), "url")


@mutator("record_mismatch")
def code_left_out(world: World, rng: Random) -> Change | None:
    """Leave out the repository that the whitelist gives."""
    number, reference = _listed(world, rng)
    return _relisted(world, number, replace(reference, github=None), "github")


@mutator("record_mismatch")
def paper_left_out(world: World, rng: Random) -> Change | None:
    """Leave an allowed paper out of the list, and out of coverage."""
    number, reference = _listed(world, rng)
    listed = (*world.answer.references[:number], *world.answer.references[number + 1 :])
    coverage = tuple(entry for entry in world.answer.coverage if entry.paper != reference.paper)
    return "references", replace(world.answer, references=listed, coverage=coverage), world.case


@mutator("record_mismatch")
def other_coverage(world: World, rng: Random) -> Change | None:
    """Say of a paper that is cited that it was not, or could not be read."""
    number = rng.randrange(len(world.answer.coverage))
    entry = world.answer.coverage[number]
    states = ("searched", "silent", "unreadable", "summary_only", "not_fetched")
    changed = replace(entry, state=rng.choice(states))  # type: ignore[arg-type]
    return f"coverage[{number}].state", _covered(world, number, changed), world.case


@mutator("record_mismatch")
def other_reading(world: World, rng: Random) -> Change | None:
    """Say that a paper read well could not be."""
    number = rng.randrange(len(world.answer.coverage))
    changed = replace(world.answer.coverage[number], reason=f"not well readable: page {rng.randint(1, 9)}")
    return f"coverage[{number}].reason", _covered(world, number, changed), world.case


def _covered(world: World, number: int, entry: Coverage) -> Answer:
    coverage = world.answer.coverage
    return replace(world.answer, coverage=(*coverage[:number], entry, *coverage[number + 1 :]))


@mutator("record_mismatch")
def covered_twice(world: World, rng: Random) -> Change | None:
    """Leave a paper out of coverage, or name it twice."""
    coverage = world.answer.coverage
    changed = coverage[1:] if rng.random() < 0.5 else (*coverage, coverage[0])
    return "coverage", replace(world.answer, coverage=changed), world.case


@mutator("record_mismatch")
def other_status(world: World, rng: Random) -> Change | None:
    """Say that an answer with claims is a refusal, or failed, or that it is none of both and give a refusal."""
    refusal, failure = Refusal("unreadable", "None of the allowed papers could be read."), AnswerFailure("x", "x")
    changed = rng.choice(
        (
            replace(world.answer, status="refused", refusal=refusal),
            replace(world.answer, status="failed", failure=failure),
            replace(world.answer, refusal=refusal),
        )
    )
    return "status", changed, world.case


@mutator("record_mismatch")
def other_writer(world: World, rng: Random) -> Change | None:
    """Name another writer than provenance does."""
    return "writer", replace(world.answer, writer=rng.choice(("human expert", "openai:gpt-5"))), world.case


@mutator("record_mismatch")
def other_extractor(world: World, rng: Random) -> Change | None:
    """Say that something else read the pages, so that differences pass for another reading."""
    made = replace(world.answer.provenance, extractor=f"paperbound-{rng.randint(100, 900)}")
    return "provenance.extractor", replace(world.answer, provenance=made), world.case


def _with_gap(world: World, place: str, gap: Gap) -> Change:
    return place, replace(world.answer, gaps=(gap, *world.answer.gaps[1:])), world.case


@mutator("record_mismatch")
def gap_of_another_topic(world: World, rng: Random) -> Change | None:
    """Tie a gap to what nobody asked."""
    topic = rng.choice(("recipes of sourdough", "fraud", "plagiarised measurements"))
    return _with_gap(world, "gaps[0].topic", replace(world.answer.gaps[0], topic=topic))


@mutator("record_mismatch")
def gap_of_another_paper(world: World, rng: Random) -> Change | None:
    """Tie a paper's own limit to another paper."""
    gap = world.answer.gaps[0]
    other = rng.choice([p.paper_id for p in world.papers[: world.allowed] if p.paper_id != gap.paper])
    return _with_gap(world, "gaps[0].paper", replace(gap, paper=other))


@mutator("record_mismatch")
def gap_that_states(world: World, rng: Random) -> Change | None:
    """Word a gap as a statement of its own, or by another paper's name."""
    gap = world.answer.gaps[0]
    if rng.random() < 0.5:
        return _with_gap(world, "gaps[0].text", replace(gap, text=rng.choice(_TEXTS)))
    added = Gap(world.answer.question, rng.choice(_TEXTS))
    return "gaps[1].text", replace(world.answer, gaps=(gap, added)), world.case


@mutator("record_mismatch")
def nowhere_though_there(world: World, rng: Random) -> Change | None:
    """Say of a word of the question that it stands on no page, where it does."""
    paper = rng.choice(world.papers[: world.allowed])
    word = paper.field.split()[0]
    gap = Gap(word, f"Nowhere in the {world.allowed} allowed papers: “{word}”.", kind="words")
    return "gaps[1].text", replace(world.answer, gaps=(*world.answer.gaps, gap)), world.case


# --- what only its digest holds -----------------------------------------------------------------------------------


@mutator("altered_record")
def withheld(world: World, rng: Random) -> Change | None:
    """Add a claim to those that did not pass."""
    dropped = Dropped(rng.choice(_TEXTS), "number", "99 is not in what it cites")
    return "dropped", replace(world.answer, dropped=(dropped,)), world.case


@mutator("altered_record")
def noticed(world: World, rng: Random) -> Change | None:
    """Add a notice."""
    return "notices", replace(world.answer, notices=(Notice("summary_only", rng.choice(_TEXTS)),)), world.case


@mutator("altered_record")
def made_otherwise(world: World, rng: Random) -> Change | None:
    """Change what provenance says of index, prompts, packages or mode."""
    changes = (
        {"index": "ffff"},
        {"prompts": {"task.md": "ab" * 32}},
        {"packages": {"x": "9"}},
        {"schema_mode": "json"},
    )
    made = replace(world.answer.provenance, **rng.choice(changes))
    return "provenance", replace(world.answer, provenance=made), world.case


@mutator("altered_record")
def reworded(world: World, rng: Random) -> Change | None:
    """Change what nothing else bears out in sections: a stage, a check, a form, a kind, a title within its point."""
    spot = rng.choice([spot for spot in spots(world) if spot.section == 1])
    stage = rng.choice([stage for stage in ("input", "model", "output") if stage != spot.claim.stage])
    checks = (Check("support", True, "0.99, at least 0.50, by nobody"),)
    claim = replace(spot.claim, stage=stage) if rng.random() < 0.5 else replace(spot.claim, checks=checks)  # type: ignore[arg-type]
    return "sections", with_claim(world, spot, claim), world.case


@mutator("altered_record")
def searched_elsewhere(world: World, rng: Random) -> Change | None:
    """Change where a gap says that was searched."""
    gap = replace(world.answer.gaps[0], searched=rng.choice(("every page, twice", "by three experts")))
    return "gaps", replace(world.answer, gaps=(gap, *world.answer.gaps[1:])), world.case


@mutator("altered_record")
def authors_left_out(world: World, rng: Random) -> Change | None:
    """Leave out a paper's authors."""
    number, reference = _listed(world, rng)
    if not reference.authors:
        return None
    return "references", _relisted(world, number, replace(reference, authors=()), "authors")[1], world.case


@mutator("altered_record")
def short_left_out(world: World, rng: Random) -> Change | None:
    """Leave out what answers in short, or a whole section."""
    if rng.random() < 0.5:
        return "in_short", replace(world.answer, in_short=()), world.case
    return "sections", replace(world.answer, sections=world.answer.sections[:-1]), world.case


@mutator("altered_record")
def digest_altered(world: World, rng: Random) -> Change | None:
    """Leave out a digest, falsify one, or add one for a field that there is none of."""
    digests = dict(world.answer.digests)
    name = rng.choice(sorted(digests))
    action = rng.randrange(3)
    if action == 0:
        del digests[name]
    elif action == 1:
        digests[name] = "0" * 64
    else:
        name = "verdict"
        digests[name] = "0" * 64
    return name, replace(world.answer, digests=digests), world.case
