"""Tell whether a claim turns its cited text round: a negation lost or added, a direction or comparison reversed.

Rules over words. What they stop is printed as the authors' own sentence instead, so they may err towards caution.
Not handled: meaning beyond these words, which is the support check's part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.language.stems import STOP, content, stem

_NEGATORS = frozenset(
    (
        "not no never neither nor none cannot without n't nothing nobody lack lacks lacking lacked fail fails failed "
        "failing unable hardly barely rarely seldom absent absence exclude excludes excluded excluding except instead "
        "eliminate eliminates eliminated eliminating avoid avoids avoided avoiding prevent prevents prevented "
        "preventing bypass bypasses bypassing obviate obviates removes remove removing removed free unlike rather "
        "ignore ignores ignored ignoring neglect neglects neglected overlook overlooks overlooked little few "
        "unnecessary impossible insufficient inadequate unaffected independent omits omit omitted omitting dispense "
        "dispenses dispensing forgo forgoes skip skips skipping missing limited difficult hard challenging inability "
        "leaving removal omission dropping disabling absent "
        "against ban bans banned banning decline declines declined refuse refuses refused until"
    ).split()
)
_HARD_NEGATORS = frozenset(
    (
        "not no never neither nor none cannot without n't fail fails failed lack lacks unable hardly barely rarely "
        "seldom"
    ).split()
)
_DENIERS = frozenset({"not", "never", "cannot", "without", "no"})
_ABSENCES = frozenset("removing omitting dropping disabling excluding removal omission absence".split())
_TURNS = _HARD_NEGATORS - {"without"}
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely|necessarily)\b|\bno longer\b|\bwhether or not\b|\bor not\b|\bno\. ?\d", re.IGNORECASE
)
_NEGATING_PREFIX = re.compile(
    r"^(?:non|un(?!der|i[fqotv]|til|less)|imposs|improb|imprec|inaccura|incomplet|incorrect|inconsist|indepen|ineffic|"
    r"infeasib|insens|insuffic|invalid|invaria|disab|disagree|disapp|disregard)(?=[a-z]{2})"
)

_OPPOSITES = (
    (
        "increase increases increased increasing rise rises rose rising grow grows grew growing raise raises raised "
        "boost boosts boosted boosting",
        "decrease decreases decreased decreasing drop drops dropped dropping fall falls fell falling decline declines "
        "declined declining reduce reduces reduced reducing reduction shrink shrinks shrank lower lowers lowered "
        "lowering",
    ),
    (
        "improve improves improved improving improvement improvements enhance enhances enhanced gain gains benefit "
        "benefits",
        "degrade degrades degraded worsen worsens worsened worsening hurt hurts harm harms harmed deteriorate "
        "deteriorates deteriorated impair impairs",
    ),
    ("higher highest greater greatest larger largest bigger biggest", "lower lowest smaller smallest fewer fewest"),
    ("faster fastest quicker quickest speeds accelerates", "slower slowest slows"),
    ("better best superior", "worse worst inferior"),
    (
        "outperform outperforms outperformed outperforming surpass surpasses surpassed exceed exceeds exceeded beat "
        "beats",
        "underperform underperforms underperformed",
    ),
    ("before prior", "after following"),
    ("more", "less fewer"),
    ("maximize maximizes maximise maximizing", "minimize minimizes minimise minimizing"),
    ("encode encodes encoder encoding", "decode decodes decoder decoding"),
    ("upsample upsamples upsampling", "downsample downsamples downsampling"),
    ("positive positively", "negative negatively"),
    ("accept accepts accepted", "reject rejects rejected"),
    ("always", "never sometimes"),
    ("with", "without"),
    ("supervised", "unsupervised"),
    ("first", "last"),
    ("win wins won", "lose loses lost"),
    ("longer longest", "shorter shortest"),
    ("deeper deepest", "shallower shallowest"),
    ("easy easier easily", "difficult harder"),
    ("freeze freezes frozen", "finetune finetuned trainable unfrozen"),
    ("sharp sharper", "blurry blurrier blurred"),
    ("global", "local"),
    ("static", "dynamic"),
    ("online", "offline"),
    ("real", "synthetic simulated artificial"),
    ("earlier sooner", "later"),
    ("underestimate underestimates underestimated", "overestimate overestimates overestimated"),
    ("inside", "outside"),
    ("minimum", "maximum"),
    ("possible able", "impossible unable"),
)
_PAIRS = tuple((frozenset(a.split()), frozenset(b.split())) for a, b in _OPPOSITES)

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
    if denied := _denied_alone(mine, near):
        return denied
    return None if any(_negates(word) for word in mine) else _affirmed_alone(mine, near)


def _affirmed_alone(mine: list[str], theirs: list[list[str]]) -> str | None:
    """Return what the cited text denies, and affirms nowhere, although the claim says it."""
    claim_stems = {stem(word) for word in mine}
    affirmed = {stem(word) for text in theirs for word in _unnegated(text)}
    for text in theirs:
        for scope in _scopes(text, _DENIERS | _ABSENCES):
            stems = {stem(word) for word in scope}
            if stems and stems <= claim_stems and not stems <= affirmed:
                return " ".join(["not", *scope])
    return None


def _denied_alone(mine: list[str], theirs: list[list[str]]) -> str | None:
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
        if word not in STOP:
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
            opposed = cited_words & theirs and not cited_words & mine and not claim_words & theirs
            if said and opposed and not turned:
                return f"{min(said)} against {min(cited_words & theirs)}"
    return _turned_round(claim, cited)


def _turned_round(claim: str, cited: Sequence[str]) -> str | None:
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
