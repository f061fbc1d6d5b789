r"""Read the marks of a text: [3], [2-4], 【4:0†a.pdf】, [Source: a.pdf, page 3], \cite{key}, (key pages 3-4), links.

Whatever its looks, a mark is a citation of what it leads to. Brackets that have the form of a mark and lead nowhere are
marks all the same, of nothing; brackets without that form are words. Not handled: numbers in round brackets, and
numbers that stand glued to a word without being raised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import works
from .running_text import Link, Run
from .targets import Sources, Target, pages_of, resolve

MAX_RANGE = 50  # members of a range such as [3-9] that are followed one by one
_LABEL = re.compile(
    r"(?:see(?: also)?|cf|e\.g|sources?|src|docs?|documents?|refs?|references?|citations?|cited?|ids?|chunks?|"
    r"passages?|contexts?|files?|papers?|snippets?|evidence|notes?|footnotes?|webpages?|results?|Quellen?|siehe|vgl|fuentes?|voir|"
    r"источники?|см|来源|文献|参考|引用|出典|출처|المصدر)(?P<colon>[.,]?\s*[:#=№][:#=№\s]*|\.?\s+(?:no\.?\s*)?|(?=\d))",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:^|[\s,;:(|-])+(?:pp?|pages?|pgs?|S|Seiten?|p[áa]gs?|p[áa]ginas?|с|стр|sec(?:tion)?s?|sect|§|ch(?:ap(?:ter)?)?s?|"
    r"fig(?:ure)?s?|tab(?:le)?s?|eqs?|lines?|par(?:a|as|agraphs?)?|chunks?|L|ll|第)[.:#]?\s*"
    r"§?\d[\d.]*(?:\s*[-–—,]\s*L?\d+)*\s*页?\)?$",
    re.IGNORECASE,
)
_SPARE = re.compile(
    r"(?:the\s+)?(?:authors?|papers?|brief|question|table|figure|section|ibid|own|us|this)\b", re.IGNORECASE
)
_NUMBERS = re.compile(r"\^?\d+(?:\s*(?:[-–—,;&]|and)\s*\^?\d+)*")
_NOTE = re.compile(r"\^[\w:.-]{1,40}")
_ALPHA_KEY = re.compile(r"[A-Z][A-Za-z]{1,5}\+?\d\d[a-z]?|[A-Z][A-Za-z]{1,5}\+\d{0,2}[a-z]?")
_QUOTED = re.compile(r"[“\"'«„]?(?P<title>.+?)[”\"'»“]?,?")
_GROUP = re.compile(
    r"\\(?:[a-zA-Z]*[cC]ite[a-zA-Z]*)\*?(?:\[(?P<place>[^\[\]]{0,80})\]){0,2}\{(?P<latex>[^{}]{1,300})\}"
    r"|##(?P<flow>\d+)\$\$|</co:\s*(?P<cohere>\d[\d,\s]*)>"
    r"|\[\[(?P<double>[^\[\]\n]{1,200})\]\]|\[(?P<square>[^\[\]\n]{1,300})\]|［(?P<wide>[^［］\n]{1,200})］"
    r"|【(?P<lenticular>[^【】\n]{1,200})】|〔(?P<shell>[^〔〕\n]{1,200})〕"
    r"|[(（](?P<round>[^()（）\n]{4,300}(?:\([^()\n]{1,40}\)[^()\n]{0,200})?)[)）]"
    r"|(?<=[^\W\d_][^\W\d_]{2})(?P<raised>[⁰¹²³⁴-⁹]+(?:[⁻˒,‚–-][⁰¹²³⁴-⁹]+)*)(?!\w)"
    r"|(?<=[.,;:!?。！？)\]”\"’»“」』])(?P<after>[⁰¹²³⁴-⁹]+(?:[⁻˒,‚–-][⁰¹²³⁴-⁹]+)*)(?!\w)"
    r"|(?<![\w@.])@(?P<pandoc>[A-Za-z][\w:.+/-]{2,80}\w)(?:\s\[(?P<behind>p[^\[\]\n]{1,40})\])?"
)
_OPENING = re.compile(r"<co:\s*\d[\d,\s]*>")
_DASH = re.compile(r"\s?[-–—]\s?")

Found = list[tuple[int, str, Target]]
"""The marks of a text: place, how they are written, what they lead to."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold a mark's place, how it is written, what it leads to, and which of its words the sentence says."""

    start: int
    end: int
    written: str
    targets: tuple[Target, ...]
    said: str = ""


def read_marks(run: Run, sources: Sources, footnotes: bool = False) -> list[Mark]:
    """Return every mark of a text, in order; none overlaps another.

    An answer whose entries are all `footnotes` ([^3]) numbers its marks so alone: [41] in what it quotes is the
    paper's own.
    """
    found = [_link(run, link, sources) for link in run.links]
    rest = _blanked(run.text, found)
    groups = [mark for match in _GROUP.finditer(rest) if (mark := _group(match, rest, sources, footnotes))]
    found += _ranges(groups, rest, sources)
    rest = _blanked(rest, found)
    for match in works.URL.finditer(rest):
        found.append(Mark(match.start(), match.end(), match[0], (resolve(Run(match[0].rstrip(".,;:!?")), sources),)))
    rest = _blanked(rest, found)
    for match in works.DOI.finditer(rest):
        doi = match[0].rstrip(".,;:!?")
        found.append(Mark(match.start(), match.start() + len(doi), doi, (resolve(Run(doi), sources),)))
    rest = _blanked(rest, found)
    for match in works.ARXIV_ID.finditer(rest):
        if works.is_id(match):
            found.append(Mark(match.start(), match.end(), match[0], (Target.of(match),)))
    rest = _blanked(rest, found)
    found += _named_in_prose(rest, sources)
    return sorted(found, key=lambda mark: mark.start)


def _blanked(text: str, marks: list[Mark]) -> str:
    chars = list(text)
    for mark in marks:
        chars[mark.start : mark.end] = " " * (mark.end - mark.start)
    return "".join(chars)


def _link(run: Run, link: Link, sources: Sources) -> Mark:
    """Read a link: one within the answer leads where its words or its name say."""
    words = run.text[link.start : link.end]
    bare = unicodedata.normalize("NFKC", words).strip(" []()^")
    if link.url.startswith("#"):
        number = re.search(r"\d+$", link.url)
        targets = _item(bare, words, sources, True) or _numbered(number[0] if number else bare, words, sources)
    else:
        targets = [resolve(run.part(link.start, link.end), sources)]
    return Mark(link.start, link.end, f"[{words}]({link.url})", tuple(targets), "" if _is_citation(bare) else words)


def _is_citation(words: str) -> bool:
    """Tell whether a link's words are no part of the sentence: a number, an author with a year, an id, `source`."""
    return bool(
        not re.search(r"[^\W\d_]", words)
        or works.AUTHOR_YEAR.fullmatch(words)
        or works.ARXIV_ID.fullmatch(words)
        or re.fullmatch(r"(?:source|link|paper|pdf|arxiv|here|ref)\W*\d*", words, re.IGNORECASE)
    )


def _group(match: re.Match[str], text: str, sources: Sources, footnotes: bool) -> Mark | None:
    kind = match.lastgroup or ""
    kind = "latex" if match["latex"] else "pandoc" if match["pandoc"] else kind
    body, written = unicodedata.normalize("NFKC", match[kind]).strip(), match[0]
    if footnotes and "^" not in body and _NUMBERS.fullmatch(body):
        return None
    if kind in ("flow", "cohere", "raised", "after"):
        if kind == "raised" and body not in sources.entries:
            return None  # a power or an index
        targets = _numbered(re.sub(r"[⁻˒‚]", ",", body), written, sources)
    elif kind in ("latex", "pandoc"):
        place = match["place"] or match["behind"] or ""
        keys = (_key(key.strip(), written, sources) for key in body.split(","))
        targets = [replace(target, pages=pages_of(place) or target.pages) for target in keys]
    elif kind == "lenticular":
        targets = _lenticular(body, written, sources)
    elif kind == "round":
        targets = _round(body, written, sources)
    else:
        targets = _items(body, written, sources)
    return Mark(match.start(), match.end(), written, tuple(targets)) if targets else None


def _ranges(groups: list[Mark], text: str, sources: Sources) -> Iterator[Mark]:
    """Yield marks, two that a dash joins ([1]-[3]) with what lies between them."""
    for at, mark in enumerate(groups):
        after = groups[at + 1] if at + 1 < len(groups) else None
        ends = re.fullmatch(r"\[(\d+)\]", mark.written), re.fullmatch(r"\[(\d+)\]", after.written if after else "")
        if after and ends[0] and ends[1] and _DASH.fullmatch(text[mark.end : after.start]):
            between = _numbered(f"{ends[0][1]}-{ends[1][1]}", f"{mark.written}-{after.written}", sources)
            yield replace(mark, targets=tuple(between[: -len(after.targets)] if len(between) > 1 else between))
        else:
            yield mark


# --- what stands in brackets --------------------------------------------------------------------------------------


def _items(body: str, written: str, sources: Sources) -> list[Target]:
    """Read square brackets: one item, or several of which each is one."""
    if not _several(body) and (whole := _item(body, written, sources, True)):
        return whole
    for parting in (";", ",", "|"):
        parts = [part.strip() for part in body.split(parting) if part.strip()]
        read = [_item(part, written, sources, True) for part in parts]
        if len(parts) > 1 and all(read):
            return [target for targets in read for target in targets]
    return []


def _several(body: str) -> bool:
    """Tell whether brackets list several works: parted by semicolons, or with an id each."""
    return ";" in body or sum(map(bool, map(works.named_id, body.split(",")))) > 1


def _round(body: str, written: str, sources: Sources) -> list[Target]:
    """Read round brackets, which hold words more often than marks."""
    if _NUMBERS.fullmatch(body):
        return []
    if not _several(body) and (whole := _item(body, written, sources, False)):
        return whole
    parts = [part.strip() for part in re.split(r"[;,]\s*", body) if part.strip()]
    read = [_item(part, written, sources, False) for part in parts]
    if len(parts) < 2 or not all(read):
        parts = [part.strip() for part in body.split(";") if part.strip()]
        read = [_item(part, written, sources, False) for part in parts]
    return [target for targets in read for target in targets] if read and all(read) else []


def _lenticular(body: str, written: str, sources: Sources) -> list[Target]:
    """Read 【number†what】, as OpenAI's search tools write it: a file's name says more than the number."""
    number, _, named = body.partition("†")
    if named and (read := _item(named.strip(), written, sources, True)) and read[0].source != "unknown":
        return read
    if number.strip() in sources.entries:
        return [sources.entries[number.strip()]]
    first = re.match(r"\s*\d+(?=\s*$)", number)
    if first or not re.match(r"\s*\d", number):
        return _numbered(first[0].strip(), written, sources) if first else _item(body, written, sources, False)
    return [Target("unknown", problem=f"{written} leads to no reference")]


def _item(body: str, written: str, sources: Sources, square: bool) -> list[Target]:
    """Return what one item leads to; nothing where it has not the form of a citation."""
    body = body.strip()
    if square and _NUMBERS.fullmatch(body):
        return _numbered(body, written, sources)
    name, pages = _without_place(body)
    labelled = _LABEL.match(name)
    if labelled and labelled.end() < len(name):
        rest = name[labelled.end() :].strip()
        if _NUMBERS.fullmatch(rest):
            return _paged(_numbered(rest, written, sources), pages)
        if read := _named(rest, written, sources, square, pages):
            return read
        if re.search(r"[:=]", labelled["colon"]) and not _SPARE.match(rest):
            return [Target("unknown", problem=f"{written[:80]} names no allowed paper")]
    if square and name != body and _NUMBERS.fullmatch(name):
        return _paged(_numbered(name, written, sources), pages)
    return _named(name, written, sources, square, pages)


def _named(name: str, written: str, sources: Sources, square: bool, pages: tuple[int, ...]) -> list[Target]:
    """Return what a name leads to: an entry, an id, a file, a key, an author with a year, a title."""
    if not name:
        return []
    if name in sources.entries and (square or not name.isdigit()):
        return _paged([sources.entries[name]], pages)
    if square and _NOTE.fullmatch(name):
        return [_entry(name.removeprefix("^"), written, sources)]
    if name.startswith("@") or sources.is_key(name):
        return _paged([_key(name.lstrip("@-"), written, sources)], pages)
    if found := sources.named(name):
        return _paged([found], pages)
    if sources.file_in(name) or (square and _ALPHA_KEY.fullmatch(name)):
        return [Target("unknown", problem=f"{written[:80]} leads to no reference")]
    return []


def _paged(targets: list[Target], pages: tuple[int, ...]) -> list[Target]:
    return [replace(target, pages=pages) if pages else target for target in targets]


def _without_place(body: str) -> tuple[str, tuple[int, ...]]:
    """Take the pages, the section or the like off the end of an item."""
    found = _PLACE.search(body)
    if found is None or not body[: found.start()].strip():
        return body, ()
    return body[: found.start()].strip(" ,;:|("), pages_of(found[0])


def _key(key: str, written: str, sources: Sources) -> Target:
    """Return what a key of BibTeX leads to."""
    key, pages = _without_place(key.lstrip("@"))
    if key in sources.entries:
        return _paged([sources.entries[key]], pages)[0]
    found = sources.named(key)
    return _paged([found or Target("unknown", problem=f"{written[:80]} leads to no reference")], pages)[0]


def _numbered(body: str, mark: str, sources: Sources) -> list[Target]:
    """Return what numbers and ranges lead to."""
    found: list[Target] = []
    for part in re.split(r"\s*(?:[,;&]|and)\s*", body):
        ends = [end.strip().removeprefix("^") for end in re.split(r"[-–—]", part) if end.strip()]
        if len(ends) == 1 or not all(end.isdigit() and len(end) < 7 for end in ends):
            found.append(_entry(part.strip().removeprefix("^"), mark, sources))
            continue
        low, high = int(ends[0]), int(ends[-1])
        if not low <= high < low + MAX_RANGE:
            found.append(Target("unknown", problem=f"{mark} is no range of references"))
        else:
            found += [_entry(str(number), mark, sources) for number in range(low, high + 1)]
    return found


def _entry(name: str, mark: str, sources: Sources) -> Target:
    if name in sources.entries:
        return sources.entries[name]
    return Target("unknown", problem=f"{mark} leads to no reference: there is no [{name[:20]}]")


# --- names in prose -----------------------------------------------------------------------------------------------


def _named_in_prose(rest: str, sources: Sources) -> Iterator[Mark]:
    """Yield authors with a year that stand for an allowed paper or an entry: the sentence needs their names."""
    for match in works.AUTHOR_YEAR.finditer(rest):
        if found := sources.named(match[0].strip("()[] ")):
            yield Mark(
                match.start(),
                match.end(),
                match[0],
                (found,),
                match[0][: match.start("year") - match.start()].rstrip(" ,([（"),
            )


def without_openings(text: str) -> str:
    """Return a text without the marks that only open what a later one closes."""
    return _OPENING.sub("", text)
