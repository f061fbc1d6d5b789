"""Refuse what the allowed papers cannot answer: another paper is meant, nothing can be read, nothing speaks of it.

A refusal is a value, worded by the program. It rests on the question and the allowed papers alone, so that it tells
nothing of what else the library holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rag.answers import Refusal
from rag.briefs import unlisted_names
from rag.language import EVIDENCE, is_plain, joined_anyhow, words
from rag.papers import AllowedPaper, Paper, Question

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
    listed = " and ".join(names)
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


def dwell_on(question: Question, papers: Mapping[str, Paper], missing: Sequence[str]) -> bool:
    """Tell whether the allowed papers keep naming what the question names, and lack no word of its topic."""
    if not all(map(is_plain, missing)):
        return False
    return any(len(list(_naming(name, papers))) > IN_PASSING for name in question.names.models)


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
