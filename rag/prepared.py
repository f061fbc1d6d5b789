"""Prepare a question up to the writer: its papers, what it asks, what is found for it, or why it is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.answers import Notice, Refusal, Task
from rag.briefs import Brief, called, read_names, unlisted_names
from rag.language import (
    EVIDENCE,
    NAMES,
    is_english,
    joined_anyhow,
    language_of,
    read_question,
    respelt,
    words,
    written_words,
)
from rag.papers import AllowedPaper, Hit, Names, Paper, Question
from rag.searching import Embedder, Index, Relevance, rarity, relevance_of, search
from rag.writers import Queries, Searched, choose_evidence

HITS_PER_PAPER = 6
SENTENCES_OF_LANGUAGE = 20  # first sentences of a paper that tell its language
APART = (
    "The question is in {asked}, the papers are in {theirs}: words of one are not found in the other, so that what was "
    "found may not be what is asked. Ask in {theirs}, or with a chat model (--llm), or with a multilingual --model."
)
HITS_RANKED = 24  # of each paper, whose scores are signs that a sentence in them answers; fewer where many papers share
MOST_RANKED = 192  # in all
READ_AS = "“{}” stands in no allowed paper; it was read as “{}”."


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
    relevance: Relevance | None = None  # how much the papers that were searched speak of the question
    index: Index | None = None
    apart: str = ""  # says that question and papers are in different languages, where they are
    seconds: dict[str, float] = field(default_factory=dict)

    def vocabulary(self) -> set[str]:
        """Return the stems of all words of the allowed papers, or of the brief's summaries where there is no paper."""
        known: set[str] = set()
        for paper in self.brief.papers:
            stored = self.papers.get(paper.paper)
            if stored and self.index:
                known.update(self.index.terms(stored.key).vocabulary)
            else:
                known.update(words(f"{paper.model} {paper.summary}"))
        return known


def prepare(brief: Brief, index: Index | None, embedder: Embedder, failed: Mapping[str, str], model: str) -> Prepared:
    """Read the question, refuse it, or find its evidence.

    `failed` names papers, by key, that are known not to be had, with the reason; `model` is the one that settings ask
    for. Raise `CorpusError` when the index was made with another one.
    """
    entries = {p.paper: index.resolve(p) for p in brief.papers} if index else {}
    papers = {name: index.paper(entry.key) for name, entry in entries.items() if entry and index}
    absent = {p.paper: failed.get(p.key, "it is not in the corpus") for p in brief.papers if p.paper not in papers}
    notices = [Notice(kind, text, name) for name, e in entries.items() if e for kind, text in e.notices]
    titles = {name: paper.title for name, paper in papers.items()}
    text = brief.question
    if not any(point.text for point in brief.points):
        text, read_as = spelled_as_in(papers.values(), text)
        notices += [Notice("spelling", READ_AS.format(said, meant)) for said, meant in read_as.items()]
    names = names_in(text, brief.papers, papers, index)
    question = read_question(text, brief.points, brief.papers, names)
    named = tuple(replace(p, model=p.model or titles.get(p.paper, "")) for p in brief.papers)
    prepared = Prepared(brief, papers, absent, notices, Task(question, brief.points, named, ()), index=index)
    prepared.apart = languages_apart(text, papers)
    if prepared.apart:
        prepared.notices.append(Notice("language", prepared.apart))
    prepared.refusal = before_search(question, brief.papers, papers)
    if index and papers:
        index.check_model(embedder.fingerprint, model)
    if papers or prepared.refusal is None:
        find_evidence(prepared, embedder)
    return prepared


def names_in(text: str, allowed: Sequence[AllowedPaper], papers: Mapping[str, Paper], index: Index | None) -> Names:
    """Return what a question names, also the papers that it sets side by side; `papers` are readable, by arXiv id."""
    names = read_names(text, allowed, {name: paper.title for name, paper in papers.items()})
    if index is None or len(papers) < 2:
        return names

    def rate(stem: str, paper: Paper) -> float:
        return float(index.terms(paper.key).find(stem)[1].sum()) / max(len(paper.passages), 1)

    apart = called(text, list(papers.values()), rate)
    return replace(names, called=apart, papers=names.papers | apart.keys())


def spelled_as_in(papers: Iterable[Paper], text: str) -> tuple[str, dict[str, str]]:
    """Return a question with the words that papers spell otherwise as they do, and those words: as asked, as meant.

    A word is misspelt where no paper has it, it is no common English word, and one slip away from a word of theirs.
    """
    asked = {word.removesuffix("'s") for word in written_words(text)}
    rare = sorted(word for word in asked if word.isascii() and not is_english(word))
    if not rare:
        return text, {}
    said = Counter(word for paper in papers for s in paper.sentences for word in written_words(s.text))
    stems = set(words(" ".join(said)))
    known = {word: count for word, count in said.items() if count > IN_PASSING}
    found = {word: meant for word in rare if not stems.issuperset(words(word)) and (meant := respelt(word, known))}
    for word, meant in found.items():
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", meant, text)
    return text, found


def languages_apart(question: str, papers: Mapping[str, Paper]) -> str:
    """Say that a question is in another language than all papers, and what to do; empty where it is not."""
    asked = language_of(question)
    said = (" ".join(s.text for s in paper.sentences[:SENTENCES_OF_LANGUAGE]) for paper in papers.values())
    spoken = set(map(language_of, said))
    if not spoken or asked in spoken or not {asked, *spoken} <= NAMES.keys():
        return ""
    theirs = " and ".join(NAMES[language] for language in sorted(spoken))
    return APART.format(asked=NAMES[asked], theirs=theirs)


def find_evidence(prepared: Prepared, embedder: Embedder) -> None:
    """Search the allowed papers and choose the evidence; refuse when they do not speak of the question.

    What is refused has evidence as well: what comes nearest is shown with the refusal.
    """
    question, index, papers = prepared.task.question, prepared.index, prepared.papers
    queries = [facet.query for facet in question.facets]
    vectors = embedder.embed(queries)
    keys = [paper.key for paper in papers.values()] if index else []
    searched: list[Searched] = []
    if index and keys:
        each = max(HITS_PER_PAPER, min(HITS_RANKED, MOST_RANKED // len(keys)))
        found = search(index, keys, queries, vectors, k=each * len(keys), spread=True)
        prepared.hits = found[: HITS_PER_PAPER * len(keys)]
        prepared.relevance = told = relevance_of(question, index, keys, vectors)
        off_topic = not told.speaks and (bool(told.missing) or not dwell_on(question, papers))
        if off_topic and not (prepared.absent or prepared.apart or prepared.refusal):
            prepared.refusal = not_in_papers(len(prepared.brief.papers), told.missing)
        for paper in papers.values():
            hits = [hit for hit in found if hit.paper == paper.key]
            searched.append(Searched(paper, index.sentence_vectors(paper.key), hits))
    asked = Queries.of(question, vectors, rarity(index, keys))
    others = [paper for paper in prepared.brief.papers if paper.paper in prepared.absent]
    evidence = choose_evidence(question, asked, searched, others, embedder.embed)
    prepared.task = replace(prepared.task, evidence=evidence)


# --- refusals: another paper is meant, nothing can be read, nothing speaks of it ----------------------------------

IN_PASSING = 3  # sentences that name something; a paper that names it more often has more to say of it


def before_search(question: Question, allowed: Sequence[AllowedPaper], papers: Mapping[str, Paper]) -> Refusal | None:
    """Return the refusal that needs no search; `papers` are the readable ones by arXiv id."""
    return (
        names_outside(question, allowed, papers)
        or nothing_readable(allowed, papers)
        or names_unknown(question, allowed, papers)
    )


def names_outside(question: Question, allowed: Sequence[AllowedPaper], papers: Mapping[str, Paper]) -> Refusal | None:
    """Refuse a question that itself names a paper missing from its whitelist."""
    titles = {name: paper.title for name, paper in papers.items()}
    names = unlisted_names(question.names, allowed, titles, _mentioned(papers))
    if not names:
        return None
    listed = ", ".join(names)
    return Refusal("paper_not_allowed", f"The question asks about {listed}, which its whitelist does not allow.")


def nothing_readable(allowed: Sequence[AllowedPaper], papers: Mapping[str, Paper]) -> Refusal | None:
    """Refuse when there is neither a readable paper nor a summary."""
    if papers or any(paper.summary for paper in allowed):
        return None
    return Refusal("unreadable", "None of the allowed papers could be read, and the brief summarises none.")


def names_unknown(question: Question, allowed: Sequence[AllowedPaper], papers: Mapping[str, Paper]) -> Refusal | None:
    """Refuse a question whose only names stand in no allowed paper, or only in passing: it is about something else.

    What the question's subject is only compared with does not count: the other side can be told, the gap named.
    """
    aside = {name for part in question.parts for side in part.sides if not side.pair for name in side.models}
    names = [name for name in question.names.models if name not in aside]
    given = " ".join(f"{paper.model} {paper.summary} {paper.github or ''}" for paper in allowed).casefold()
    given += " ".join(paper.title for paper in papers.values()).casefold()
    if not names or question.names.papers or any(name.casefold() in given for name in names):
        return None
    listed = " and ".join(f"“{name}”" for name in names)
    if not any(map(_mentioned(papers), names)):
        return Refusal("not_in_allowed_papers", f"The question asks about {listed}, which no allowed paper mentions.")
    if all(_in_passing(name, question, papers) for name in names):
        detail = (
            f"The question asks about {listed}; the allowed papers only mention it, and say nothing of what is asked."
        )
        return Refusal("not_in_allowed_papers", detail)
    return None


def not_in_papers(count: int, missing: Sequence[str]) -> Refusal:
    """Refuse a question that the allowed papers, so many, do not speak of."""
    detail = f"The {count} allowed papers do" if count > 1 else "The allowed paper does"
    words_missing = f" Nowhere found: {', '.join(missing)}." if missing else ""
    return Refusal("not_in_allowed_papers", f"{detail} not speak of what the question asks.{words_missing}")


def dwell_on(question: Question, papers: Mapping[str, Paper]) -> bool:
    """Tell whether the allowed papers keep naming what the question names, or the thing whose limits it asks for."""
    named = set(question.names.models)
    if all(part.kind == "limits" for part in question.parts):
        named.update(question.topics.values())
    return any(len(list(_naming(name, papers))) > IN_PASSING for name in named)


def _in_passing(name: str, question: Question, papers: Mapping[str, Paper]) -> bool:
    """Tell whether the allowed papers name something now and then, never beside half of the question's topics."""
    said = list(_naming(name, papers))
    asked = set(question.topics) - set(words(name))
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
