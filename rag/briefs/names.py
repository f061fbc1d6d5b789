"""Tell papers by their names: those that a question names, and whether a title is what the brief calls a paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from rag.answers import Notice
from rag.briefs.ids import ID, id_of
from rag.language import STOP_WORDS, WRITTEN, fold, is_english, is_model_like, is_name_of, model_names, words
from rag.papers import AllowedPaper, Names, Paper, paper_key

_LINK_OR_ID = re.compile(
    rf"(?:(?P<sure>arxiv[:.]\s*|arxiv\.org/(?:abs|pdf|html)/)|(?<![\w./-])){ID}(?![\w-]|\.[0-9])",
    re.IGNORECASE | re.ASCII,
)
_LOCAL = re.compile(r"(?<![\w./-])local:[^\W_](?:[\w.-]*[^\W_])?")
_NAME = r"(?P<name>[A-Z][A-Za-z0-9]*(?:[-+][A-Za-z0-9]+)*)"
_QUOTED = r"[\"“«](?P<title>[^\"“”«»]{8,300})[\"”»]"
_PAPER = r"(?:papers?|preprint|article)\b"
_SOURCE_FRAMES = (  # in these even a word in capitals is a name: "the BERT paper", but "according to NASA"
    re.compile(rf"\b(?:[Tt]he|[Ii]n|[Oo]riginal) {_NAME} {_PAPER}"),
    re.compile(rf"\b{_NAME}(?:'s|’s) {_PAPER}"),
)
_OTHER_FRAMES = (
    re.compile(rf"\b[Aa]ccording to (?:the )?(?:authors of )?{_NAME}(?! et al)\b"),
    re.compile(rf"\b{_PAPER} (?:titled |called |named |entitled )?{_QUOTED}"),
    re.compile(rf"{_QUOTED},? {_PAPER}"),
    re.compile(rf"\b[Aa]ccording to {_QUOTED}"),
)
_SUBJECT = re.compile(
    rf"\b(?:[Hh]ow|[Ww]hat|[Ww]hy|[Ww]here|[Ww]hen) (?:does|did|do|can|is|are|was) (?:the )?{_NAME}\b"
)


def read_names(question: str, papers: Sequence[AllowedPaper] = (), titles: Mapping[str, str] | None = None) -> Names:
    """Return what a question names. `titles` are those of stored papers, by arXiv id; only allowed ones count."""
    matches = [(match, *id_of(match)) for match in _LINK_OR_ID.finditer(question)]
    local = [match[0] for match in _LOCAL.finditer(question)]
    ids, text, titles = {*local, *(paper for _, paper, _ in matches)}, f" {fold(question, ' ')} ", titles or {}
    named = (
        paper.paper
        for paper in papers
        if paper.paper in ids or any(f" {name} " in text for name in names_of(paper, titles.get(paper.paper, "")))
    )
    return Names(
        # 1205.1234 may as well be a number
        ids=(
            *((paper, version) for match, paper, version in matches if match["sure"] or len(paper) != 9),
            *((paper, None) for paper in local),
        ),
        sources=tuple(framed_names(question)),
        subjects=tuple(match["name"] for match in _SUBJECT.finditer(question) if is_model_like(match["name"])),
        models=model_names(question),
        papers=frozenset(named),
    )


def unlisted_names(
    names: Names,
    papers: Sequence[AllowedPaper],
    titles: Mapping[str, str] | None = None,
    mentioned: Callable[[str], bool] | None = None,
) -> tuple[str, ...]:
    """Return ids, titles and model names that a question asks about and that its whitelist lacks.

    Only the question's own words and the allowed papers decide: `titles` adds those of allowed papers, others in it
    are ignored, so that nothing shows whether the library holds a paper. A name counts only where the question treats
    it as a source ("according to X", "the X paper"); with `mentioned`, which tells whether any allowed paper contains a
    name, also as the subject of the question ("how does X ..."). When in doubt, no name.
    """
    versions = {paper.paper: paper.version for paper in papers}
    ids = [
        paper_key(paper, version)
        for paper, version in names.ids
        if paper not in versions or (version and versions[paper] and version != versions[paper])
    ]
    titles = titles or {}
    listed = [fold(f"{p.model} {p.summary} {p.github or ''} {titles.get(p.paper, '')}") for p in papers]
    if not all(listed):  # a bare id may bear any name
        return tuple(dict.fromkeys(ids))
    asked = (*names.sources, *names.subjects) if mentioned else names.sources
    strange = [name for name in asked if not any(fold(name) in text for text in listed)]
    return tuple(dict.fromkeys([*ids, *(name for name in strange if not (mentioned and mentioned(name)))]))


def names_of(paper: AllowedPaper, title: str) -> set[str]:
    """Return a paper's full title and the name before its colon: 'DeblurGS: Gaussian ...' -> 'deblurgs'."""
    texts = [text for text in (paper.model, title) if text]
    heads = [text.partition(":")[0] for text in texts if ":" in text]
    parts = [word for text in [*texts, *heads] for word in re.split(r"[\s:/-]+", text) if is_model_like(word)]
    names = {fold(name, " ") for name in [*texts, *heads, *parts]}
    return {name for name in names if len(name) > 2}


def framed_names(question: str) -> list[str]:
    """Return the names that a question treats as sources, and the titles that it quotes.

    A title is capitalised as one is; a quoted phrase or question is not.
    """
    names = []
    for frame in (*_SOURCE_FRAMES, *_OTHER_FRAMES):
        for match in frame.finditer(question):
            found = match.groupdict()
            title = " ".join((found.get("title") or "").split()).strip(" .,?!")
            if len(title.split()) >= 3:
                names.append(title)
            elif found.get("name") and is_model_like(found["name"], capitals=frame in _SOURCE_FRAMES):
                names.append(found["name"])
    for match in re.finditer(_QUOTED, question):
        quoted = " ".join(match["title"].split()).strip(" .,?!")
        long = [word for word in quoted.split() if len(word) > 3]
        if len(quoted.split()) >= 4 and sum(word[0].isupper() for word in long) > 0.7 * len(long):
            names.append(quoted)
    return names


# --- titles --------------------------------------------------------------------------------------------------

SAME_TITLE = 0.8  # share of words that two wordings of one title have in common


def title_notice(paper: AllowedPaper, title: str, text: str = "") -> Notice | None:
    """Return a notice where a title differs from what the brief calls the paper.

    A title is compared with the title; a mere name ("SwinIR") has to occur in title or `text`, the abstract say.
    """
    if not paper.model or not title or same_title(paper.model, title) or bears_name(paper.model, title, text):
        return None
    wording = f'{paper.key} bears the title "{title}", the brief calls it "{paper.model}"; check id and version'
    return Notice("title_mismatch", wording, paper.paper)


def same_title(given: str, found: str) -> bool:
    """Tell whether two wordings are of one title: one within the other, or most words in common."""
    short, long = sorted((fold(given), fold(found)), key=len)
    if short in long and len(short) > 20:
        return True
    one, other = _title_words(given), _title_words(found)
    return 2 * len(one & other) >= SAME_TITLE * (len(one) + len(other))


def bears_name(model: str, title: str, text: str) -> bool:
    """Tell whether a mere name, no title of three words or more, may be that of a paper."""
    if len(model.split()) >= 3:
        return False
    known = fold(f"{title} {text}")
    return not text or any(len(word) > 2 and word in known for word in _title_words(model))


def _title_words(text: str) -> set[str]:
    return set(fold(text, " ").split()) - STOP_WORDS


# --- names by which a question sets papers side by side ---------------------------------------------------------

OWN = 3.0  # times as often as any other allowed paper, a paper says a word that is its own
OFTEN = 0.25  # times a passage, in which a paper says a word that it means by itself though its abstract does not
MAINLY = 0.4  # of how often it says its commonest own name: a rarer word is a thing that it speaks of, no name for it
ALIKE = 4  # letters by which two forms of one word begin: norm, normalization
_WORK = re.compile(r"(?:papers?|article|work|study|preprint)\b", re.I)

Rate = Callable[[str, Paper], float]
"""Return how often a paper says a stem, per passage."""


def called(question: str, papers: Sequence[Paper], rate: Rate) -> dict[str, frozenset[str]]:
    """Return the words by which a question calls two or more of the allowed papers, by arXiv id, in its order.

    A word written as a name calls a paper that has it in its title or abstract and says it far more often than the
    others do: ResNet, which is in no title. So do two words that open a title ("batch norm"), and what stands before
    "paper" and in one title alone.
    """
    matches = list(WRITTEN.finditer(question)) if len(papers) > 1 else []
    spelled = [match[0].removesuffix("'s").removesuffix("’s") for match in matches]
    own = {paper.paper: _own_names(spelled, paper, papers, rate) for paper in papers}
    for paper in papers:
        own[paper.paper] |= _of_title(spelled, words(paper.title))
    for place, word in enumerate(spelled):
        if _WORK.fullmatch(word):
            before = spelled[max(0, place - 2) : place]
            told = [
                p
                for p in papers
                if any(_alike(stem, own) for stem in words(" ".join(before)) for own in words(p.title))
            ]
            if len(told) == 1:
                own[told[0].paper] |= {word for word in before if words(word)}
    first = {paper: min(map(spelled.index, names)) for paper, names in own.items() if names}
    return {paper: frozenset(own[paper]) for paper in sorted(first, key=first.__getitem__)} if len(first) > 1 else {}


def _own_names(spelled: Sequence[str], paper: Paper, papers: Sequence[Paper], rate: Rate) -> set[str]:
    """Return the words written as names that are a paper's own, and among its commonest."""
    own = {}
    for place, word in enumerate(spelled):
        opens = place == 0 and is_english(word)  # with a capital that says nothing
        named = any(map(str.isupper, word[1 if opens else 0 :]))
        if not (stem := next(iter(words(word)), "")) or not named:
            continue
        often, others = rate(stem, paper), [other for other in papers if other is not paper]
        titled = is_name_of(word, paper.title) and not any(is_name_of(word, other.title) for other in others)
        if titled or often > OWN * max(rate(stem, other) for other in others):
            said = " ".join([paper.title, *(s.text for s in paper.sentences if s.label == "abstract")])
            if titled or stem in words(said) or often >= OFTEN:
                own[word] = often
    return {word for word, often in own.items() if often >= MAINLY * max(own.values())}


def _of_title(spelled: Sequence[str], title: Sequence[str]) -> set[str]:
    """Return two or more words in a row with which a title, given by its stems, opens."""
    stems = [(word, stem) for word in spelled for stem in words(word)]
    found: set[str] = set()
    for start in range(len(stems)):
        run = 0
        while run < min(len(stems) - start, len(title)) and _alike(stems[start + run][1], title[run]):
            run += 1
        if run > 1:
            found.update(word for word, _ in stems[start : start + run])
    return found


def _alike(one: str, other: str) -> bool:
    """Tell whether two stems are of one word: norm, normalization."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= ALIKE and long.startswith(short))
