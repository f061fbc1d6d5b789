"""Compare the wording of a claim with its cited text: names, negation, direction, whose finding it is.

Everything here is a rule over words; what it stops is printed as the authors' own sentence instead, so a rule may
err towards caution. Not handled: meaning beyond these words, which is the support check's part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[-'’.&/+][^\W_]+)*\+*", re.UNICODE)
_STOP = frozenset(
    (
        "a about above after again all also although an and any are as at be because been before being below between "
        "both but by can could did do does doing down during each either for from further had has have having he her "
        "here hers him his how i if in into is it its itself just may me might more most much must my no nor not now "
        "of off on once only onto or other our ours out over own per same she should since so some such than that the "
        "their theirs them then there these they this those through thus to too toward towards under until up upon us "
        "use used uses using very via was we well were what when where whereas whether which while who whom whose why "
        "will with within without would yet you your however therefore moreover furthermore hence one two many "
        "several various called named based including include includes paper work method approach authors propose "
        "proposed proposes present presents presented introduce introduces describe describes show shows shown report "
        "reports model"
    ).split()
)
_NEGATORS = frozenset(
    (
        "not no never neither nor none cannot without n't nothing nobody lack lacks lacking lacked fail fails failed "
        "failing unable hardly barely rarely seldom absent absence exclude excludes excluded excluding except instead "
        "eliminate eliminates eliminated eliminating avoid avoids avoided avoiding prevent prevents prevented "
        "preventing bypass bypasses bypassing obviate obviates removes remove removing removed free unlike rather "
        "ignore ignores ignored ignoring neglect neglects neglected overlook overlooks overlooked little few "
        "unnecessary impossible insufficient inadequate unaffected independent omits omit omitted omitting dispense "
        "dispenses dispensing forgo forgoes skip skips skipping missing limited difficult hard challenging inability"
    ).split()
)
_HARD_NEGATORS = frozenset(
    (
        "not no never neither nor none cannot without n't fail fails failed lack lacks unable hardly barely rarely "
        "seldom"
    ).split()
)
_NOT_ONLY = re.compile(r"\bnot (?:only|just|merely|necessarily)\b|\bno longer\b|\bwhether or not\b", re.IGNORECASE)
_NEGATING_PREFIX = re.compile(r"^(?:un|in|im|ir|il|non|dis)(?=[a-z]{4})")

_OPPOSITES = (
    ("increase increases increased increasing rise rises rose rising grow grows grew growing raise raises raised boost boosts boosted boosting",
     "decrease decreases decreased decreasing drop drops dropped dropping fall falls fell falling decline declines declined declining reduce reduces reduced reducing reduction shrink shrinks shrank lower lowers lowered lowering"),
    ("improve improves improved improving improvement improvements enhance enhances enhanced gain gains benefit benefits",
     "degrade degrades degraded worsen worsens worsened worsening hurt hurts harm harms harmed deteriorate deteriorates deteriorated impair impairs"),
    ("higher highest greater greatest larger largest bigger biggest", "lower lowest smaller smallest fewer fewest"),
    ("faster fastest quicker quickest speeds accelerates", "slower slowest slows"),
    ("better best superior", "worse worst inferior"),
    ("outperform outperforms outperformed outperforming surpass surpasses surpassed exceed exceeds exceeded beat beats",
     "underperform underperforms underperformed"),
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
    ("real", "synthetic"),
)  # fmt: skip
_PAIRS = tuple((frozenset(a.split()), frozenset(b.split())) for a, b in _OPPOSITES)

_BEATS = r"(?:outperform(?:s|ed|ing)?|surpass(?:es|ed)?|exceed(?:s|ed)?|beat(?:s|en)?|improves? (?:over|upon|on))"
_COMPARES = (
    re.compile(
        r"(?P<worse>[\w-]+(?: [\w-]+)?) (?:is|are|was|were) (?:\w+ly )?(?:outperformed|surpassed|exceeded|beaten) by (?P<better>.{0,60})"
    ),
    re.compile(rf"(?P<better>[\w-]+(?: [\w-]+)?) (?:\w+ly )?{_BEATS} (?P<worse>.{{0,60}})"),
    re.compile(
        r"(?P<better>[\w-]+)\b[^.;]{0,40}? (?:better|faster|higher|larger|greater|stronger|superior|more \w+) (?:than|to) (?P<worse>.{0,60})"
    ),
    re.compile(
        r"(?P<worse>[\w-]+)\b[^.;]{0,40}? (?:worse|slower|lower|smaller|weaker|inferior|less \w+|fewer \w+) (?:than|to) (?P<better>.{0,60})"
    ),
)

_ATTRIBUTES = re.compile(
    r"\b(?:prior|previous|earlier|existing|recent|related|other|another|past|conventional|traditional|these|those|several|many) "
    r"(?:\w+ ){0,2}?(?:work|works|method|methods|approach|approaches|study|studies|paper|papers|research|researchers|authors|models|systems|techniques|literature)\b"
    r"|\baccording to\b|\bothers\b|\b(?:reported|shown|proposed|introduced|described|found|observed|developed) (?:by|in) (?:\w+ ){0,2}?"
    r"(?:others?|prior|previous|earlier|existing|related|the literature)\b|\bthe literature\b|\bpredecessors?\b"
    r"|\bthe authors (?:note|report|cite|recall|mention|point out|say|state|attribute|summari[sz]e|review)\b",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """Return the words of a text as written."""
    return _WORD.findall(text.replace("’", "'"))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a word's rough stem: one form for plural, tenses and common derivations."""
    word = word.lower().replace("'s", "").strip("'")
    if len(word) <= 4 and not word.endswith("s"):
        return word
    for ending, put in (
        ("isations", "iz"), ("izations", "iz"), ("isation", "iz"), ("ization", "iz"), ("ising", "iz"), ("izing", "iz"),
        ("ised", "iz"), ("ized", "iz"), ("ises", "iz"), ("izes", "iz"), ("ise", "iz"), ("ize", "iz"), ("ational", "at"), ("ations", "at"), ("ation", "at"),
        ("ements", ""), ("ement", ""), ("ments", ""), ("ment", ""), ("nesses", ""), ("ness", ""), ("ities", ""), ("ity", ""),
        ("ically", "ic"), ("ingly", ""), ("edly", ""), ("ions", ""), ("ion", ""), ("ors", ""), ("ers", ""), ("or", ""), ("er", ""),
        ("ating", "at"), ("ated", "at"), ("ates", "at"), ("ate", "at"), ("ies", "y"), ("ied", "y"), ("ings", ""), ("ing", ""), ("edly", ""), ("ed", ""), ("es", ""), ("ly", ""), ("al", ""), ("ive", ""), ("s", ""), ("e", ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not (ending == "s" and word.endswith("ss")):
            word = word[: -len(ending)] + put
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return "y" if word == "i" else word


def content(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, hyphenated words in parts."""
    parts = (part for word in words(text) for part in re.split(r"[-/]", word.lower()))
    return [stem(part) for part in parts if part and part not in _STOP]


# --- names ---------------------------------------------------------------------------------------------------

_MARKED = re.compile(r"[a-z].*[A-Z]|[A-Z].*[A-Z]|[A-Za-z].*\d|\d.*[A-Za-z]")
_DIMENSION = re.compile(r"^\d+(?:[.,]\d+)*[a-z%×]{0,8}$|^\d+x\d+(?:x\d+)?$", re.IGNORECASE)


def names(text: str) -> Iterator[str]:
    """Yield names as their form shows them: SwinIR, ResNet-50, PSNR, and capitalised words inside a sentence."""
    starts = {match.start() for match in re.finditer(r"(?:^|[.!?:;]\s+|[\"“(\[]\s*)(?=\w)", text)}
    starts |= {match.end() for match in re.finditer(r"(?:^|[.!?:;]\s+|[\"“(\[]\s*)(?=\w)", text)}
    for match in _WORD.finditer(text):
        word = match[0].removesuffix("'s").removesuffix("’s")
        if _DIMENSION.match(word) or word.upper() == "I":
            continue
        if (_MARKED.search(word) and len(word) > 1) or (
            word[:1].isupper() and match.start() not in starts and len(word) > 1
        ):
            yield word


def fold(text: str) -> str:
    """Return letters and digits only, in lower case: the form in which names are compared."""
    return re.sub(r"[\W_]+", "", text.lower())


def strange_names(claim: str, known: Sequence[str]) -> list[str]:
    """Return the claim's names that none of the known texts bears, spelled out or as initials."""
    joined = " ".join(known)
    folded = fold(joined)
    have = {stem(part) for word in words(joined) for part in (word, *re.split(r"[-/]", word))}
    strange = []
    for name in names(claim):
        parts = [part for part in re.split(r"[-/]", name) if part]
        if _known_name(name, folded, have) or all(_known_name(part, folded, have) for part in parts):
            continue
        if not _initials_of(name, joined) and not _spelled_out(name, claim, joined):
            strange.append(name)
    return strange


def _known_name(name: str, folded: str, have: set[str]) -> bool:
    plain = fold(name)
    if len(plain) > 3 and not plain[-1].isdigit() and not plain[0].isdigit():
        return plain in folded or plain.rstrip("s") in folded or stem(name) in have
    return stem(name) in have or (len(plain) > 1 and stem(name.rstrip("s")) in have)


def _initials_of(name: str, text: str) -> bool:
    letters = re.sub(r"[^A-Za-z]", "", name.rstrip("s")).lower()
    if not 2 <= len(letters) <= 7 or not name[:2].isupper():
        return False
    initials = "".join(part[0] for word in words(text) for part in re.split(r"[-/]", word) if part).lower()
    return letters in initials


def _spelled_out(name: str, claim: str, text: str) -> bool:
    """Tell whether the claim spells out what the text abbreviates: "Structure from Motion" for "SfM"."""
    claim_words = [part for word in words(claim) for part in re.split(r"[-/]", word) if part]
    shorts = {fold(word) for word in words(text) if len(re.findall(r"[A-Z]", word)) > 1}
    initials = "".join(word[0] for word in claim_words).lower()
    place = next((i for i, word in enumerate(claim_words) if word == name), None)
    if place is None:
        return False
    return any(
        len(short) > 1 and initials[start : start + len(short)] == short
        for short in shorts
        for start in range(max(0, place - len(short) + 1), place + 1)
    )


# --- negation and direction ------------------------------------------------------------------------------------


def negation_flipped(claim: str, cited: Sequence[str]) -> str | None:
    """Return the word whose negation claim and cited text do not share, or None."""
    claim_words, cited_words = _negation_words(claim), [_negation_words(text) for text in cited]
    claim_negates = [word for word in claim_words if word in _HARD_NEGATORS]
    if claim_negates and not any(_negates(word) for text in cited_words for word in text):
        return claim_negates[0]
    if any(_negates(word) for word in claim_words):
        return None
    claim_stems = {stem(word) for word in claim_words}
    affirmed = {stem(word) for text in cited_words for word in _unnegated(text)}
    for text in cited_words:
        for scope in _scopes(text):
            if (
                scope
                and all(stem(word) in claim_stems for word in scope)
                and not all(stem(w) in affirmed for w in scope)
            ):
                return " ".join(["not", *scope])
    return None


def _negation_words(text: str) -> list[str]:
    text = _NOT_ONLY.sub(" ", text.lower().replace("’", "'")).replace("n't", " not").replace("can not", "cannot")
    return re.findall(r"[^\W_]+|[.,;:]", text)


def _negates(word: str) -> bool:
    return word in _NEGATORS or bool(_NEGATING_PREFIX.match(word)) or word.endswith("less")


def _scopes(text: list[str]) -> Iterator[list[str]]:
    """Yield the two content words behind each plain negator: what is denied."""
    for i, word in enumerate(text):
        if word in ("not", "never", "cannot", "without", "no"):
            yield _scope(text, i)


def _scope(text: list[str], i: int) -> list[str]:
    scope: list[str] = []
    for word in text[i + 1 : i + 7]:
        if word in ".,;:" or len(scope) == 2:
            break
        if word not in _STOP:
            scope.append(word)
    return scope


def _unnegated(text: list[str]) -> Iterator[str]:
    denied = {j for i, word in enumerate(text) if word in _HARD_NEGATORS for j in range(i + 1, i + 7)}
    return (word for j, word in enumerate(text) if j not in denied)


def direction_flipped(claim: str, cited: Sequence[str]) -> str | None:
    """Return a word whose opposite stands in the cited text in its place, or a comparison turned round; else None."""
    claim_words = set(re.findall(r"[a-z]+", claim.lower()))
    cited_words = set(re.findall(r"[a-z]+", " ".join(cited).lower()))
    for one, other in _PAIRS:
        for mine, theirs in ((one, other), (other, one)):
            said = claim_words & mine
            if said and not cited_words & mine and cited_words & theirs and not claim_words & theirs:
                if not (claim_words | cited_words) & _HARD_NEGATORS:
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


# --- whose finding ---------------------------------------------------------------------------------------------


def attributes(claim: str) -> bool:
    """Tell whether a sentence says that it reports other people's work."""
    return bool(_ATTRIBUTES.search(claim))
