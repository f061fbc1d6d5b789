"""Find works, links and borrowed findings in prose: what points outside without being a citation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from rag.papers import LOCAL

ARXIV_ID = re.compile(  # the last form: papers that are not on arXiv
    r"(?<![\w.])(?:arxiv[:.\s_]*)?"
    r"(?P<id>\d{4}\.\d{4,5}|[a-z-]{2,20}(?:\.[A-Z]{2})?/\d{7}|local:[^\W_](?:[\w.-]{0,98}[^\W_])?)"
    r"(?:v(?P<version>\d+))?(?![\d])",
    re.IGNORECASE,
)
URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'|)\]}【】†]+"
    r"|\b(?:github\.com|(?:\w+\.)?arxiv\.org|alphaxiv\.org|ar5iv\.org|doi\.org|huggingface\.co)/[^\s<>\"'|)\]}【】†]+",
    re.IGNORECASE,
)
_MIRRORS = frozenset(("alphaxiv.org", "ar5iv.org", "huggingface.co"))  # their pages of a paper bear its arXiv id
DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>)\]]+")
_YEAR = r"(?:19|20)\d\d[a-z]?"
_SURNAME = r"(?:(?:van|von|de|den|der|la|le|di)\s+){0,4}[A-ZÀ-Þ][a-zà-ÿ'’]+(?:[A-Z][a-zà-ÿ]+)?(?:-[A-ZÀ-Þ][a-zà-ÿ]+)?"
AUTHOR_YEAR = re.compile(  # one work: "Doe et al. (2020)", "Doe and Roe, 2020a"
    rf"(?P<name>{_SURNAME})(?:,?\s+et\s+al\.?|\s*等人?|(?:,\s+{_SURNAME}){{0,30}},?\s+(?:and|&|und|et|y)\s+{_SURNAME})?,?\s*"
    rf"[(（\[]?\s*(?P<year>{_YEAR})\s*[)）\]]?"
)
_AUTHOR_YEAR = re.compile(
    rf"\b{_SURNAME}(?:\s+(?:and|&)\s+{_SURNAME}|\s+et\s+al\.?)?,?\s*[(\[]\s*{_YEAR}"
    rf"|[(\[][^()\[\]]{{0,60}}?{_SURNAME}(?:\s+(?:and|&)\s+{_SURNAME}|\s+et\s+al\.?)?,\s*{_YEAR}"
    rf"|\b{_SURNAME}\s+(?:and|&)\s+{_SURNAME},?\s+{_YEAR}"
)
_ET_AL = re.compile(r"\bet\s+al\b", re.IGNORECASE)
ET_AL_NAMED = re.compile(rf"(?:({_SURNAME}),?\s+)?et\s+al\b")
_VENUE = re.compile(
    r"\b(?:CVPR|ICCV|ECCV|NeurIPS|NIPS|ICLR|ICML|ACL|EMNLP|NAACL|AAAI|IJCAI|SIGGRAPH|KDD|SIGIR|TPAMI|TIP|JMLR"
    r"|Nature|Science|WACV|BMVC|"
    rf"COLING|INTERSPEECH|ICASSP|MICCAI)\s*[('’]*\s*(?:{_YEAR}|\d\d)\b"
)
_NOT_AUTHORS = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|In|Since|By|Until"
    r"|Around|During|Version|Release)\b"
)
_QUOTED_TITLE = re.compile(r"[“\"*_]{1,2}(?P<title>[A-Z][^“”\"*_]{14,160})[”\"*_]{1,2}")
_MARK = re.compile(r"\[(?:\d{1,3}(?:\s*[-–,;]\s*\d{1,3})*|[a-z]+\d{4}[^\[\]]{0,80})\]")

_FIRST_PERSON = re.compile(
    r"\b(?:we|our|ours|us|this (?:paper|work|article|study)|the present (?:work|paper))\b", re.IGNORECASE
)
_REPORTING = re.compile(
    r"\b(?:show|shows|showed|shown|achiev\w+|report\w*|propos\w+|introduc\w+|present\w*|demonstrat\w+|find|finds|found|"
    r"observ\w+|obtain\w*|reach\w*|develop\w*|us(?:e|es|ed)|appl(?:y|ies|ied)|extend\w*|study|studied|studies|train\w*|"
    r"attain\w*|improv\w+|suggest\w*|argu\w+|describ\w+|explor\w+|combin\w+|employ\w*)\b", re.IGNORECASE,
)  # fmt: skip
_OTHERS = re.compile(
    r"^(?:[A-Z][\w’'-]+,?\s+)?(?:(?:previous|prior|earlier|recent|existing|related|other|several|many|most) "
    r"(?:\w+[ -]){0,3}"
    r"(?:works?|studies|methods?|approaches|papers?|authors|researchers|attempts|efforts|literature)|"
    r"it (?:has been|was) (?:shown|reported|found|observed|demonstrated))\b", re.IGNORECASE,
)  # fmt: skip
_ATTRIBUTED = re.compile(
    r"\b(?:(?:previous|prior|earlier|existing|related|other|others|recent) (?:\w+[ -]){0,3}(?:works?|studies"
    r"|methods?|approaches|papers?|"
    r"authors|researchers|literature)|according to|as (?:reported|cited|described|summari[sz]ed) (?:by|in)|"
    r"(?:the )?(?:authors|paper) (?:cites?|mentions?|notes?|recalls?|reports?|says?|states?|writes?|attributes?"
    r"|credits?|refers?)|others)\b", re.IGNORECASE,
)  # fmt: skip


def outside_works(text: str, allowed: frozenset[str], known: str = "") -> list[str]:
    """Return mentions of works in prose: arXiv ids not allowed, DOIs, author-year, et al., venue-year, foreign titles.

    `allowed` holds arXiv ids without version; `known` is text (titles, question, quotes) from which a title may come.
    """
    found = [match["id"] for match in ARXIV_ID.finditer(text) if match["id"].lower() not in allowed and is_id(match)]
    bare = URL.sub(" ", text)
    found += [match[0] for match in DOI.finditer(bare) if not _of_arxiv(match[0], allowed)]
    found += [match[0] for match in _AUTHOR_YEAR.finditer(bare) if not _NOT_AUTHORS.match(match[0].lstrip("(["))]
    found += [match[0] for match in _ET_AL.finditer(bare)][: 0 if found else 1]
    found += [match[0] for match in _VENUE.finditer(bare)]
    found += _foreign_titles(bare, known)
    return found


def _of_arxiv(doi: str, allowed: frozenset[str]) -> bool:
    """Tell whether a DOI is arXiv's own of an allowed paper."""
    match = re.fullmatch(r"10\.48550/arxiv\.(?P<key>.+?)(?:v\d+)?[.,;]?", doi, re.IGNORECASE)
    return match is not None and match["key"].lower() in allowed


def is_id(match: re.Match[str]) -> bool:
    """Tell an arXiv id from a decimal number: a month in its place, or `arXiv` before it."""
    if not match["id"][0].isdigit():
        return "/" in match["id"] or match["id"].lower().startswith(LOCAL)
    return match[0].lower().startswith("arxiv") or (match["id"][2:4] <= "12" and len(match["id"]) >= 9)


def named_id(name: str) -> re.Match[str] | None:
    """Return the arXiv id in a name, also as files write it (1706_03762, hep-th_9108004)."""
    for spelt in (name, re.sub(r"(?<=\d{4})[_-](?=\d{4,5}(?!\d))", ".", name), name.replace("_", "/")):
        if (match := ARXIV_ID.search(spelt)) and is_id(match):
            return match
    return None


def _foreign_titles(text: str, known: str) -> list[str]:
    """Return quoted or emphasised titles that no known text holds: mostly capitalised, four words or more."""
    found = []
    for match in _QUOTED_TITLE.finditer(text):
        title = match["title"].strip(" .,;:")
        words = [word for word in re.findall(r"[A-Za-z][\w-]*", title) if len(word) > 3]
        capital = sum(word[0].isupper() for word in words)
        if match["title"].endswith(".") and capital < len(words):
            continue  # a sentence of names
        if len(words) >= 3 and capital >= 0.75 * len(words) and _plain(title) not in _plain(known):
            found.append(title)
    return found


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def links(text: str) -> list[str]:
    """Return the URLs of a text, without trailing punctuation."""
    if "://" not in text and "www." not in text and "/" not in text:
        return []
    return [match[0].rstrip(".,;:!?*_`") for match in URL.finditer(text)]


def normal_link(url: str) -> str:
    """Return host and path of a link in the form in which two spellings of one place agree."""
    url = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url
    path = parts.path.rstrip("/").removesuffix(".git").removesuffix(".pdf")
    if host == "arxiv.org" or host.endswith(".arxiv.org") or host in _MIRRORS:
        if match := re.search(r"/(?:abs|pdf|html|ps|format|src|overview|papers)/(?P<key>.+)$", path):
            return f"arxiv:{match['key'].lower()}"
        return f"{host.removeprefix('export.')}{path}".lower()
    if host == "doi.org" and (match := re.search(r"/10\.48550/arxiv\.(?P<key>.+)$", path, re.IGNORECASE)):
        return f"arxiv:{match['key'].lower()}"
    scheme = "" if parts.scheme in ("http", "https") else f"{parts.scheme}:"
    return f"{scheme}{host}{path}".lower()


def link_allowed(url: str, allowed: Iterable[str]) -> bool:
    """Tell whether a link leads to an allowed one: the same place, or inside an allowed repository."""
    place = normal_link(url)
    if ":" in place and not place.startswith("arxiv:"):
        return False  # javascript:, data:, file: and the like lead to no paper
    for other in allowed:
        target = normal_link(other)
        if place == target or (target.startswith("github.com/") and place.startswith(target + "/")):
            return True
        if place.startswith("arxiv:") and target.startswith("arxiv:"):
            mine, theirs = _unversioned(place), _unversioned(target)
            if mine == theirs and (place == mine or target == theirs):
                return True
    return False


def _unversioned(place: str) -> str:
    return re.sub(r"v\d+$", "", place)


def second_hand(quote: str) -> str | None:
    """Return why a sentence chiefly reports what other works found, or None.

    That is: another work stands as its subject (a name with a year, et al. or a mark; "previous work") and reports,
    and no first person claims the finding.
    """
    if _FIRST_PERSON.search(quote):
        return None
    head = quote[:140]
    cited = _MARK.search(quote) or _AUTHOR_YEAR.search(quote) or _ET_AL.search(quote)
    if not cited:
        return None
    subject = re.match(
        rf"(?:(?:Recently|In (?:addition|contrast|particular)|For (?:example|instance)|Similarly|Later|Earlier|More "
        rf"recently|Notably),?\s+)?"
        rf"(?:{_SURNAME}(?:\s+(?:and|&)\s+{_SURNAME}|\s+et\s+al\.?)\s*,?\s*(?:[(\[][^)\]]*[)\]])?|"
        rf"{_SURNAME}\s*[(\[]{_YEAR}[)\]]|[A-Z][\w-]*\s*(?:\[[^\[\]]*\d[^\[\]]*\]|\([^()]*\b{_YEAR}\)))",
        head,
    )
    if subject and (_ET_AL.search(subject[0]) or _AUTHOR_YEAR.search(subject[0]) or _MARK.search(subject[0])):
        return f"its source reports another work: {subject[0].strip()!r}"
    if _OTHERS.match(head) and _REPORTING.search(quote):
        return "its source reports what other works found"
    return None


def names_another(text: str) -> bool:
    """Tell whether a text bears a mark, an author with a year or "et al."."""
    return any(pattern.search(text) for pattern in (_MARK, _AUTHOR_YEAR, _ET_AL))


def attributed(claim: str) -> bool:
    """Tell whether a claim says that the finding belongs to others."""
    return bool(_ATTRIBUTED.search(claim) or _ET_AL.search(claim))


def reference_entry(quote: str) -> bool:
    """Tell whether a quote reads like an entry of a reference list."""
    opens = re.match(
        rf"\s*(?:\[\d+\]|\d{{1,3}}\.)?\s*(?:[A-Z]\.\s*)*{_SURNAME},?\s+(?:[A-Z]\.|and\b|[A-Z][a-z]+,)", quote
    )
    closes = re.search(rf"\b{_YEAR}\b", quote) and re.search(
        (
            r"\b(?:In Proc|Proceedings|arXiv preprint|arXiv:|pp\.|pages \d|vol\.|Journal|Conference|In (?:CVPR|ICCV"
            r"|ECCV|NeurIPS|NIPS|ICML|ICLR))"
        ),
        quote,
    )
    numbered = re.match(r"\s*\[\d+\]\s+[A-Z]", quote)
    return bool((opens or numbered) and closes)
