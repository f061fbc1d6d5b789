"""Find what a sentence states exactly although its sources do not: numbers, names, works, links and paper ids.

Numbers are equal however written (0.912 and 91.2 %, three and 3), or rounded and said to be. Works and links are told
by their form: author-year, "et al.", bracket citations, venue-year; arXiv ids, DOIs, addresses. A name without any such
form is strange where neither the cited text nor the question nor the whitelist bears it. Not handled: arithmetic (a sum
or difference that the text does not state).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.language import (
    ORDINALS,
    SPACE,
    UNIT_WORDS,
    Quantity,
    addresses,
    as_seen,
    end_of_change,
    fold,
    is_abbreviation,
    is_initials_of,
    is_long_form,
    names,
    quantities,
    stem,
    word_set,
    written_words,
)
from rag.papers import AllowedPaper

_SURNAME = r"[A-Z][A-Za-z'’`\u00c0-\u024f-]+"
_YEAR = r"(?:19|20)\d\d[a-z]?"
_NOT_AUTHORS = word_set("no_authors")

_WORKS = (
    re.compile(r"\bet\.?\s+al(?:\.|\b)", re.IGNORECASE),
    re.compile(
        rf"\((?:see |e\.g\.,? |cf\. )?(?P<author>{_SURNAME})(?:(?:,? (?:and|&) |, ){_SURNAME})*,? {_YEAR}"
        r"(?:[;,][^()]*)?\)"
    ),
    re.compile(rf"\b{_SURNAME} (?:and|&) {_SURNAME},? (?:\({_YEAR}\)|\[{_YEAR}\])"),
    re.compile(rf"\b(?P<author>{_SURNAME}) [(\[]{_YEAR}[)\]]"),
    re.compile(rf"\b(?P<author>{_SURNAME}),? {_YEAR}(?=\)|\])"),
    re.compile(r"\[\d{1,3}(?:\s?[,;\u2013-]\s?\d{1,3})*\]"),
    re.compile(
        r"\b(?:CVPR|ICCV|ECCV|WACV|BMVC|NeurIPS|NIPS|ICML|ICLR|AAAI|IJCAI|ACL|EMNLP|NAACL|COLING|SIGIR|KDD|WWW|CIKM|"
        r"SIGGRAPH(?: Asia)?|INTERSPEECH|ICASSP|MICCAI|ICRA|IROS|CoRL|AISTATS|UAI|COLT|TPAMI|TIP|IJCV|JMLR|TACL|TMLR)"
        r"W?\s?[’'\u2019]?\s?(?:(?:19|20)?\d\d)\b"
    ),
    re.compile(r"\b(?:arXiv\s+)?preprint(?:\s+arXiv)?:?\s*\d", re.IGNORECASE),
)
_DOI = re.compile(r"\b10\.\d{4,9}/\S+", re.IGNORECASE)
_ARXIV_NEW = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d+)?(?![\d.]\d)")
_ARXIV_OLD = re.compile(r"\b([a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\b")
_MARKUP = re.compile(r"!?\[[^\]]*\]\s*\(|\*\*|__|\||`|<\s*/?\s*[a-zA-Z!][^>]*>|&#?\w{1,8};|\[\^|^\s{0,3}\[[^\]]+\]:")
_TRAILING = ".,;:!?)]}>\"'’”"


_OTHERS = re.compile(
    r"\b(?:prior|previous|earlier|existing|recent|related|other|another|past|conventional|traditional|several|many) "
    r"(?:\w+ ){0,2}?(?:works?|methods?|approach|approaches|stud(?:y|ies)|papers?|research|researchers|authors|models|"
    r"systems|techniques|literature)\b"
    r"|\baccording to\b|\bothers\b|\bthe literature\b|\bpredecessors?\b"
    r"|\b(?:reported|shown|proposed|introduced|described|found|observed|developed) (?:by|in) (?:\w+ ){0,2}?others?\b"
    r"|\bthe authors (?:note|report|cite|recall|mention|point out|attribute|summari[sz]e|review)\b",
    re.IGNORECASE,
)


def strange_names(claim: str, known: Sequence[str]) -> list[str]:
    """Return the claim's names that none of the known texts bears, spelled out or as initials."""
    joined = " ".join(known)
    folded = " ".join(map(fold, known))
    have = {stem(part) for word in written_words(joined) for part in (word, *re.split(r"[-/]", word))}
    strange = []
    for name in names(claim):
        parts = [part for part in re.split(r"[-/]", name) if part]
        if _known_name(name, folded, have) or all(_known_name(part, folded, have) for part in parts):
            continue
        if not is_initials_of(name, f"{joined} {claim}") and not is_long_form(name, claim, joined):
            strange.append(name)
    return strange


def _known_name(name: str, folded: str, have: set[str]) -> bool:
    plain = fold(name)
    if any(char.isdigit() for char in plain) and len(plain) > 2:
        return bool(re.search(rf"(?<!\d){re.escape(plain)}(?!\d)", folded))
    if len(plain) > 3 and not plain[-1].isdigit() and not plain[0].isdigit():
        return plain in folded or plain.rstrip("s") in folded or stem(name) in have
    return stem(name) in have or (len(plain) > 1 and stem(name.rstrip("s")) in have)


def attributes(text: str) -> bool:
    """Tell whether a sentence says that it reports other people's work."""
    return bool(_OTHERS.search(text))


def outside_works(text: str) -> Iterator[str]:
    """Yield what names a work by form: "Smith et al.", "(Lee, 2020)", "[12]", "CVPR 2021"."""
    for pattern in _WORKS:
        for match in pattern.finditer(text):
            if match.groupdict().get("author") not in _NOT_AUTHORS:
                yield match[0]


def outside_links(text: str, papers: Sequence[AllowedPaper]) -> Iterator[str]:
    """Yield every address, DOI and arXiv id of the text that the whitelist does not carry."""
    allowed_ids = {paper.paper.lower() for paper in papers}
    keys = {name.lower() for paper in papers for name in (paper.paper, paper.key)}
    allowed_links = {f"arxiv.org/{folder}/{key}" for key in keys for folder in ("abs", "pdf", "html")}
    allowed_links |= {_plain(paper.github) for paper in papers if paper.github}
    for found in addresses(text):
        if _plain(found.text) not in allowed_links and not is_abbreviation(found.text):
            yield found.text
    rest = as_seen(_without_addresses(text))
    for match in _DOI.finditer(rest):
        yield match[0]
    rest = _DOI.sub(" ", rest)
    for pattern in (_ARXIV_NEW, _ARXIV_OLD):
        for match in pattern.finditer(rest):
            if match[1].lower() not in allowed_ids:
                yield match[0]


def without_links(text: str) -> str:
    """Return the text without addresses and paper ids, whose digits and names are no statements."""
    text = _without_addresses(text)
    for pattern in (_DOI, _ARXIV_NEW, _ARXIV_OLD):
        text = pattern.sub(" ", text)
    return re.sub(r"\barXiv\b:?", " ", text, flags=re.IGNORECASE)


def _without_addresses(text: str) -> str:
    for found in reversed(list(addresses(text))):
        if not is_abbreviation(found.text):
            text = f"{text[: found.start]} {text[found.end :]}"
    return text


def markup(text: str) -> str | None:
    """Return the first stretch that a renderer could take for a link, an image or a tag."""
    match = _MARKUP.search(text)
    return match[0] if match else None


def _plain(link: str) -> str:
    link = re.sub(r"^https?://(?:www\.)?", "", link.strip().rstrip(_TRAILING), flags=re.IGNORECASE)
    return re.sub(r"\.pdf$", "", link.rstrip("/")).lower()


# --- compare the quantities of a claim with those of its cited text -----

_ONLY_WARRANT = word_set("count_words") | ORDINALS.keys()
_LIST_NUMBER = re.compile(r"^\s*\(?\d{1,2}[.)]\s+(?=\D)")
_OFTEN_IMPLIED = {"", "year", "x"}  # "at age 23", "a factor of 2": the unit is in the words around the number
_MAX_WORD_COUNT = 20  # number words up to here may be the writer's own counting: a soft failure
_COUNTED = re.compile(rf"{SPACE}?-?([a-z]{{3,}}s)\b")
_PREFIX = 4  # letters that "photos" and "photographs" share


@dataclass(frozen=True, slots=True)
class Unwarranted:
    """Hold a quantity of a claim that its cited text lacks; `counted` marks small numbers written as words."""

    text: str
    counted: bool


def unwarranted(claim: str, cited: Sequence[str]) -> tuple[Unwarranted, ...]:
    """Return the quantities of the claim that no cited text bears."""
    claim = _LIST_NUMBER.sub("", claim)
    wanted = [want if want.role else replace(want, role=end_of_change(claim, want)) for want in quantities(claim)]
    if not wanted:
        return ()
    found = [(quantity, text.lower()) for text in cited for quantity in quantities(text)]
    return tuple(
        Unwarranted(want.text, want.word and want.value <= _MAX_WORD_COUNT)
        for want in wanted
        if not (want.word and want.text.lower() in _ONLY_WARRANT)
        and not any(warrants(have, text, want) for have, text in found)
    )


def miscounted(claim: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Return what the claim counts ("64 cases") although no cited text speaks of such things."""
    said = {word[:_PREFIX] for text in cited for word in re.findall(r"[a-z]{3,}", text.lower())}
    counted = (
        (quantity, _COUNTED.match(claim, quantity.end)) for quantity in quantities(claim) if quantity.unit in ("", "%")
    )
    return tuple(
        f"{quantity.text} {thing[1]}" for quantity, thing in counted if thing and thing[1][:_PREFIX] not in said
    )


def warrants(have: Quantity, text: str, want: Quantity) -> bool:
    """Tell whether a quantity of a text, which is given in small letters, bears out one of a claim."""
    if want.upper is not None and (have.upper is None or not _same(have.upper, have, want.upper, want)):
        return False
    year = want.unit == "" and 1000 <= want.value < 2100
    if have.bound and want.upper is None and not want.hedge and not year:
        return False  # "5 GB" for "3 to 5 GB"
    if {have.role, want.role} == {"from", "to"}:
        return False
    return _unit_fits(have, text, want) and (_same(have.value, have, want.value, want) or _rounds(have, want))


def _same(have_value: Decimal, have: Quantity, want_value: Decimal, want: Quantity) -> bool:
    if have_value == want_value or (want_value > 0 and -have_value == want_value):
        return True
    if want.unit == "%" and have.unit == "":
        return have_value * 100 == want_value
    return have.unit == "%" and want.unit == "" and have_value == want_value * 100


def _rounds(have: Quantity, want: Quantity) -> bool:
    value = have.value
    if want.unit == "%" and have.unit == "":
        value = value * 100 if value <= 1 else value
    gap = value - want.value
    match want.hedge:
        case "near":
            return abs(gap) * 2 <= want.grain
        case "below":
            return -want.grain <= gap <= 0
        case "over":
            return 0 <= gap < want.grain
        case "under":
            return -want.grain < gap <= 0
    return False


def _unit_fits(have: Quantity, text: str, want: Quantity) -> bool:
    """Let a unit stand elsewhere in the same text where the number itself bears none, as in tables."""
    mentions = (rf"(?<![a-z]){re.escape(word)}(?![a-z])" for word in UNIT_WORDS.get(want.unit, ()))
    if want.unit in ("", have.unit) or have.unit == "":
        return want.unit in ("%", have.unit, *_OFTEN_IMPLIED) or any(re.search(word, text) for word in mentions)
    return {want.unit, have.unit} == {"%", "point"} and any(re.search(word, text) for word in mentions)
