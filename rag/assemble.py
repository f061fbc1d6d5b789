"""Put an answer together from what was prepared and what passed the gates: quotes, titles, coverage, gaps.

Part of `engine`, apart for size. Nothing here comes from a writer but the text of claims that passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.answers import Claim, Coverage, DraftClaim, Gap, Notice, Reference, Refusal, Section, Task, short_names
from rag.briefs import Brief, named_papers, unlisted_names
from rag.language import EVIDENCE, is_plain, joined_anyhow, model_names, topics, words
from rag.papers import AllowedPaper, Hit, Paper
from rag.searching.facets import compared
from rag.searching.index import Index
from rag.writers import gaps as gaps_of
from rag.writers.evidence import cite

TOLD = 3  # unreadable parts of a paper that coverage names; the rest is counted
IN_PASSING = 3  # sentences that name something; a paper that names it more often has more to say of it
TITLE_WORDS = 4  # a brief's "Model:" line of so many words is taken for the paper's title, a shorter one for a name


@dataclass(slots=True)
class Prepared:
    """Hold a question up to the writer: what was found, and what the answer must say whatever is written."""

    brief: Brief
    papers: dict[str, Paper]  # readable allowed papers by arXiv id
    absent: dict[str, str]  # allowed papers that could not be searched, with the reason
    notices: list[Notice]
    task: Task
    hits: tuple[Hit, ...] = ()
    refusal: Refusal | None = None
    index: Index | None = None
    seconds: dict[str, float] = field(default_factory=dict)


# --- refusals ----------------------------------------------------------------------------------------------


def names_outside(brief: Brief, papers: Mapping[str, Paper]) -> Refusal | None:
    """Refuse a question that itself names a paper missing from its whitelist."""
    names = unlisted_names(brief.question, brief.papers, list(papers.values()), _mentioned(papers))
    if not names:
        return None
    listed = ", ".join(names)
    return Refusal("paper_not_allowed", f"The question asks about {listed}, which its whitelist does not allow.")


def names_unknown(brief: Brief, papers: Mapping[str, Paper]) -> Refusal | None:
    """Refuse a question whose only names stand in no allowed paper, or only in passing: it is about something else.

    What the question's subject is only compared with does not count: the other side can be told, the gap named.
    """
    aside = model_names(" ".join(compared(brief.question, pairs=False)))
    names, mentioned = [name for name in model_names(brief.question) if name not in aside], _mentioned(papers)
    given = " ".join(f"{paper.model} {paper.summary} {paper.github or ''}" for paper in brief.papers).casefold()
    given += " ".join(paper.title for paper in papers.values()).casefold()
    about_allowed = any(name.casefold() in given for name in names)
    if not names or about_allowed or named_papers(brief.question, brief.papers, papers.values()):
        return None
    listed = " and ".join(names)
    if not any(map(mentioned, names)):
        return Refusal("not_in_allowed_papers", f"The question asks about {listed}, which no allowed paper mentions.")
    if all(_in_passing(name, brief.question, papers) for name in names):
        detail = (
            f"The question asks about {listed}; the allowed papers only mention it, and say nothing of what is asked."
        )
        return Refusal("not_in_allowed_papers", detail)
    return None


def dwell_on(brief: Brief, papers: Mapping[str, Paper], missing: Sequence[str]) -> bool:
    """Tell whether the allowed papers keep naming what the question names, and lack no word of its topic."""
    if not all(map(is_plain, missing)):
        return False
    return any(len(list(_naming(name, papers))) > IN_PASSING for name in model_names(brief.question))


def _in_passing(name: str, question: str, papers: Mapping[str, Paper]) -> bool:
    """Tell whether the allowed papers name something now and then, never beside half of the question's topics."""
    said = list(_naming(name, papers))
    asked = set(topics(question)) - set(words(name))
    beside = max((len(asked & set(words(text))) for text in said), default=0)
    return len(said) <= IN_PASSING and 2 * beside < len(asked)


def _mentioned(papers: Mapping[str, Paper]) -> Callable[[str], bool]:
    """Return what tells whether any allowed paper speaks of a name, its list of references left aside."""
    return lambda name: any(True for _ in _naming(name, papers))


def _naming(name: str, papers: Mapping[str, Paper]) -> Iterator[str]:
    """Yield the sentences that hold a name, however its parts are joined: OpenIE, Open IE; English-to-German."""
    spelled = joined_anyhow(name)
    for paper in papers.values():
        yield from (s.text for s in paper.sentences if s.label in EVIDENCE and spelled.search(s.text))


def nothing_readable(brief: Brief, papers: Mapping[str, Paper]) -> Refusal | None:
    """Refuse when there is neither a readable paper nor a summary."""
    if papers or any(paper.summary for paper in brief.papers):
        return None
    return Refusal("unreadable", "None of the allowed papers could be read, and the brief summarises none.")


def not_in_papers(brief: Brief, missing: Sequence[str]) -> Refusal:
    """Refuse a question that the allowed papers do not speak of."""
    count = len(brief.papers)
    detail = f"The {count} allowed papers do" if count > 1 else "The allowed paper does"
    words_missing = f" Nowhere found: {', '.join(missing)}." if missing else ""
    return Refusal("not_in_allowed_papers", f"{detail} not speak of what the question asks.{words_missing}")


# --- the record ---------------------------------------------------------------------------------------------


def sections_of(prepared: Prepared, settled: Sequence[Sequence[DraftClaim]]) -> tuple[Section, ...]:
    """Return the sections with every claim's evidence resolved to quotes."""
    known = {item.id: item for item in prepared.task.evidence}

    def claim(draft: DraftClaim) -> Claim:
        citations = tuple(cite(known[name], prepared.papers) for name in draft.evidence)
        return Claim(draft.text, draft.form, citations, draft.subject, draft.stage)

    return tuple(
        Section(point.title, point.kind, tuple(map(claim, claims)))
        for point, claims in zip(prepared.task.points, settled, strict=True)
    )


def reference(paper: AllowedPaper, prepared: Prepared) -> Reference:
    """Return how the answer lists a paper: arXiv's title, else the brief's, else what page 1 shows."""
    stored = prepared.papers.get(paper.paper)
    version = stored.version if stored else paper.version
    given = paper.model if len(paper.model.split()) >= TITLE_WORDS else ""
    fetched = stored.title if stored and stored.authors else ""  # authors come from arXiv's metadata alone
    title = fetched or given or (stored.title if stored else "") or paper.model or paper.key
    url = replace(paper, version=version).url
    return Reference(paper.paper, version, title, stored.authors if stored else (), url, paper.github)


def notices(prepared: Prepared, names: Mapping[str, str]) -> tuple[Notice, ...]:
    """Return what the reader must know first: odd titles and versions, and papers known by summary alone."""
    told = [names[paper.paper] for paper in prepared.brief.papers if paper.paper in prepared.absent and paper.summary]
    if not told or prepared.refusal:
        return tuple(prepared.notices)
    text = (
        f"No PDF was at hand for {', '.join(told)}: what is said of {'them' if told[1:] else 'it'} rests on the "
        "brief's own summaries, not on the papers."
    )
    return (Notice("summary_only", text), *prepared.notices)


def coverage(paper: AllowedPaper, prepared: Prepared, sections: Sequence[Section]) -> Coverage:
    """Say what became of an allowed paper."""
    if paper.paper in prepared.absent:
        reason = prepared.absent[paper.paper]
        return Coverage(paper.paper, "summary_only" if paper.summary else "not_fetched", reason)
    stored = prepared.papers[paper.paper]
    unread = _unread(stored.gaps)
    if any(c.paper == paper.paper for section in sections for claim in section.claims for c in claim.citations):
        return Coverage(paper.paper, "cited", unread)
    if any(hit.paper == stored.key for hit in prepared.hits):
        return Coverage(paper.paper, "searched", unread)
    return Coverage(paper.paper, "silent" if stored.passages else "unreadable", unread)


def _unread(gaps: Sequence[str]) -> str:
    if not gaps:
        return ""
    more = f"; and {len(gaps) - TOLD} more" if len(gaps) > TOLD else ""
    return f"not well readable: {'; '.join(gaps[:TOLD])}{more}"


def gaps(prepared: Prepared, references: Sequence[Reference], sections: Sequence[Section]) -> tuple[Gap, ...]:
    """Say what the allowed papers do not carry: papers not searched, stated limits, parts unanswered, unknown words."""
    if prepared.refusal:
        return ()
    names = short_names(references)
    said = {claim.text for section in sections for claim in section.claims}
    found = []
    for paper in prepared.brief.papers:
        name = names[paper.paper]
        if paper.paper in prepared.absent:
            found.append(gaps_of.unread_gap(paper, name, prepared.absent[paper.paper]))
        elif (limit := gaps_of.limit_of(paper.paper, prepared.task)) and limit.text not in said:
            found.append(gaps_of.limit_gap(name, limit, prepared.task.question, cite(limit, prepared.papers)))
    found += gaps_of.unanswered(prepared.brief.question, prepared.brief.points, sections)
    missing = gaps_of.unknown_words(prepared.brief.question, _vocabulary(prepared))
    if missing:
        found.append(gaps_of.words_gap(missing, len(prepared.papers), len(prepared.absent)))
    return tuple(found)


def _vocabulary(prepared: Prepared) -> set[str]:
    known: set[str] = set()
    for paper in prepared.brief.papers:
        stored = prepared.papers.get(paper.paper)
        if stored and prepared.index:
            known.update(prepared.index.terms(stored.key).vocabulary)
        else:
            known.update(words(f"{paper.model} {paper.summary}"))
    return known
