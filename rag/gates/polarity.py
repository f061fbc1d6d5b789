"""Tell whether a claim turns its cited text round: a negation lost or added, a direction or comparison reversed.

Rules over words. What they stop is printed as the authors' own sentence instead, so they may err towards caution.
Not handled: meaning beyond these words, which is the support check's part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.language import EMPTY_WORDS, content, stem, table

_LISTS = table("polarity")
_NEGATORS, _HARD_NEGATORS, _DENIERS, _ABSENCES = (
    frozenset(_LISTS[name].split()) for name in ("negators", "hard_negators", "deniers", "absences")
)
_PAIRS = [(frozenset(one.split()), frozenset(other.split())) for one, other in _LISTS["opposites"]]
_TURNS = _HARD_NEGATORS - {"without"}
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely|necessarily)\b|\bno longer\b|\bwhether or not\b|\bor not\b|\bno\. ?\d", re.IGNORECASE
)
_NEGATING_PREFIX = re.compile(
    r"^(?:non|un(?!der|i[fqotv]|til|less)|imposs|improb|imprec|inaccura|incomplet|incorrect|inconsist|indepen|ineffic|"
    r"infeasib|insens|insuffic|invalid|invaria|disab|disagree|disapp|disregard)(?=[a-z]{2})"
)

_BEATS = r"(?:outperform(?:s|ed|ing)?|surpass(?:es|ed)?|exceed(?:s|ed)?|beat(?:s|en)?|improves? (?:over|upon|on))"
_ABOVE = r"(?:better|faster|higher|larger|greater|stronger|superior|more \w+)"
_BELOW = r"(?:worse|slower|lower|smaller|weaker|inferior|less \w+|fewer \w+)"
_COMPARES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<worse>[\w-]+(?: [\w-]+)?) (?:is|are|was|were) (?:\w+ly )?(?:outperformed|surpassed|exceeded|beaten) by "
        r"(?P<better>.{0,60})",
        rf"(?P<better>[\w-]+(?: [\w-]+)?) (?:\w+ly )?{_BEATS} (?!by )(?P<worse>.{{0,60}})",
        rf"(?P<better>[\w-]+)\b[^.;]{{0,40}}? {_ABOVE} (?:than|to) (?P<worse>.{{0,60}})",
        rf"(?P<worse>[\w-]+)\b[^.;]{{0,40}}? {_BELOW} (?:than|to) (?P<better>.{{0,60}})",
    )
)


_REACH = 7  # words from a negator on that it may deny
_SAME_MATTER = 0.4  # share of the claim's words from which on a sentence speaks of the same thing


def negation_flipped(claim: str, cited: Sequence[str]) -> str | None:
    """Return the words whose negation claim and cited text do not share, or None."""
    mine = _negation_words(claim)
    negators = [word for word in mine if word in _HARD_NEGATORS]
    if negators and not any(_negates(word) for text in cited for word in _negation_words(text)):
        return negators[0]
    about = set(content(claim))
    near = [_negation_words(text) for text in cited if len(about & set(content(text))) >= _SAME_MATTER * len(about)]
    if denied := denied_alone(mine, near):
        return denied
    return None if any(_negates(word) for word in mine) else affirmed_alone(mine, near)


def affirmed_alone(mine: list[str], theirs: list[list[str]]) -> str | None:
    """Return what the cited text denies, and affirms nowhere, although the claim says it."""
    claim_stems = {stem(word) for word in mine}
    affirmed = {stem(word) for text in theirs for word in _unnegated(text)}
    for text in theirs:
        for scope in _scopes(text, _DENIERS | _ABSENCES):
            stems = {stem(word) for word in scope}
            if stems and stems <= claim_stems and not stems <= affirmed:
                return " ".join(["not", *scope])
    return None


def denied_alone(mine: list[str], theirs: list[list[str]]) -> str | None:
    """Return what the claim denies although the cited text affirms it."""
    affirmed = {stem(word) for text in theirs for word in _unnegated(text)}
    beside = {
        stem(word)
        for text in theirs
        for i, word in enumerate(text)
        if _negates(word)
        for word in text[i + 1 : i + _REACH]
    }
    for scope in _scopes(mine, _DENIERS - {"no", "without"}):
        if scope and stem(scope[0]) in affirmed - beside:
            return f"not {scope[0]}"
    return None


def _negation_words(text: str) -> list[str]:
    text = _NOT_ONLY.sub(" ", text.lower().replace("’", "'")).replace("n't", " not").replace("can not", "cannot")
    return re.findall(r"[^\W_]+|[.,;:]", text)


def _negates(word: str) -> bool:
    return word in _NEGATORS or bool(_NEGATING_PREFIX.match(word)) or word.endswith("less")


def _scopes(text: list[str], negators: frozenset[str]) -> Iterator[list[str]]:
    """Yield the two content words behind each negator: what is denied."""
    for i, word in enumerate(text):
        if word in negators:
            yield _scope(text, i)


def _scope(text: list[str], i: int) -> list[str]:
    scope: list[str] = []
    for word in text[i + 1 : i + _REACH]:
        if word in ".,;:" or len(scope) == 2:
            break
        if word not in EMPTY_WORDS:
            scope.append(word)
    return scope


def _unnegated(text: list[str]) -> Iterator[str]:
    """Yield the words that no negator reaches: six words behind each, and the verb before "no" ("requires no …")."""
    denied = {j for i, word in enumerate(text) if word in _HARD_NEGATORS for j in range(i + 1, i + _REACH)}
    denied |= {i - 1 for i, word in enumerate(text) if word == "no"}
    return (word for j, word in enumerate(text) if j not in denied)


def direction_flipped(claim: str, cited: Sequence[str]) -> str | None:
    """Return a word whose opposite stands in the cited text in its place, or a comparison turned round; else None."""
    claim_words = set(re.findall(r"[a-z]+", claim.lower()))
    cited_words = set(re.findall(r"[a-z]+", " ".join(cited).lower()))
    turned = bool(claim_words & _TURNS) != bool(cited_words & _TURNS)  # "does not rise" and "falls" agree
    for one, other in _PAIRS:
        for mine, theirs in ((one, other), (other, one)):
            said = claim_words & mine
            opposed = cited_words & theirs and not cited_words & mine
            if said and opposed and not turned:
                return f"{min(said)} against {min(cited_words & theirs)}"
    return turned_round(claim, cited)


def turned_round(claim: str, cited: Sequence[str]) -> str | None:
    """Return which side the claim puts over which, where a cited sentence has it the other way; else None."""
    for better, worse in _comparisons(claim):
        for text in cited:
            for their_better, their_worse in _comparisons(text):
                if better & their_worse and worse & their_better and not better & their_better:
                    return f"{min(better)} over {min(worse)}"
    return None


def _comparisons(text: str) -> Iterator[tuple[set[str], set[str]]]:
    for pattern in _COMPARES:
        for match in pattern.finditer(text):
            better, worse = set(content(match["better"])), set(content(match["worse"]))
            if better and worse:
                yield better, worse
