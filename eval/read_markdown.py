"""Read an answer in Markdown that any system wrote: sentences, the marks they bear, and what the marks lead to.

Understood: numbered brackets and footnotes with a list of references, Markdown links, bare arXiv ids, DOIs and links,
quotes. A mark that leads nowhere stays a citation, of nothing; no number is ever taken modulo or clipped. Not handled:
author-year citations with a list (they are reported as outside works unless the entry leads to an allowed paper).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from . import works
from .cases import Case
from .checks_claim import same_title
from .exhibits import Cite, Exhibit, Listed, Part, Statement
from .sentences import sentences

MAX_RANGE = 50  # members of a range such as [3-9] that are followed one by one
MIN_QUOTE_WORDS = 4  # shorter quotation marks set words apart, they quote nothing
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+(?P<text>.+?)\s*#*|\*\*(?P<bold>[^*]{2,80})\*\*:?)\s*$")
_SOURCES = re.compile(
    r"^\W*(?:\d+\.?\s*)?(?:references?|sources?|bibliography|citations?|works cited|footnotes?|literature)\b",
    re.IGNORECASE,
)
_LISTS = re.compile(r"\b(?:papers?|tools?|links?|further reading|resources|code|repositor\w+)\b", re.IGNORECASE)
_GAPS = re.compile(r"^what the papers do not say|^gaps?\b|^limitations? of (?:this|the) answer", re.IGNORECASE)
_ENTRY = re.compile(r"^\s*(?:[-*+]\s+)?\[(?P<name>\^?[\w-]{1,20})\](?P<colon>[:.)]?)\s+(?P<text>\S.*)$")
_NUMBERED = re.compile(r"^\s*(?P<name>\d{1,4})[.)]\s+(?P<text>\S.*)$")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_MARK = re.compile(
    r"\\?\[\s*(?P<body>\^?\d+(?:\s*[-–—,;]\s*\^?\d+)*)\s*\\?\](?!\()|【(?P<cjk>\d+)[^】]{0,40}】"
    r"|\[(?P<note>\^[\w-]{1,20})\]"
)
_LINK = re.compile(
    r"!?\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\]){0,300})\]\((?P<url>[^\s()]+(?:\([^\s()]*\)[^\s()]*)?)(?:\s+\"[^\"]*\")?\)"
)
_AUTOLINK = re.compile(r"<(https?://[^>\s]+)>")
_QUOTE = re.compile(r"“(?P<curly>[^“”]{1,4000})”|(?<![\w])\"(?P<plain>[^\"]{1,4000})\"(?!\w)")
_PAGE = re.compile(r"#page=(\d{1,5})|\bpp?\.\s*(\d{1,5})|\bpage\s+(\d{1,5})", re.IGNORECASE)
_REFUSES = re.compile(
    r"\b(?:no answer\b|cannot (?:be )?answer|can not (?:be )?answer|(?:unable|not able) to answer|"
    r"(?:papers?|sources?|documents?|context|evidence) (?:provided |given |allowed )?(?:do|does) not (?:contain"
    r"|provide|address|answer|cover|speak of|mention|discuss)|"
    r"(?:insufficient|not enough) (?:information|evidence))", re.IGNORECASE,
)  # fmt: skip
_REFUSAL_KIND = re.compile(r"\((?P<kind>not_in_allowed_papers|unreadable|paper_not_allowed)\)")
_ELIDED = re.compile(r"\s*(?:\[…\]|\[\.\.\.\]|…|\.\.\.)\s*")


@dataclass(frozen=True, slots=True)
class Target:
    """Hold what a mark, a link or a reference entry leads to."""

    source: str  # pdf, summary, brief, link, unknown
    paper: str | None = None
    version: int | None = None
    link: str = ""
    pages: tuple[int, ...] = ()
    quote: str = ""
    problem: str = ""


@dataclass(slots=True)
class _Reader:
    case: Case
    entries: dict[str, Target]
    statements: list[Statement]
    parts: list[list[str | int]]
    references: list[Listed]
    asides: list[tuple[str, str]]
    aside_cites: list[Cite]


def read_markdown(text: str, case: Case) -> Exhibit:
    """Return an answer in Markdown as an exhibit."""
    blocks = list(_blocks(text.replace("\r\n", "\n").replace("\r", "\n")))
    reader = _Reader(case, {}, [], [], [], [], [])
    body = [(title, kind, line) for title, kind, line in blocks if not _take_entry(reader, title, kind, line)]
    for title, kind, line in body:
        _read_line(reader, title, kind, line)
    refusing = not reader.statements and any(_REFUSES.search(aside) for _, aside in reader.asides)
    given = _REFUSAL_KIND.search(text)
    return Exhibit(
        form="markdown",
        status="refused" if refusing else "answered",
        statements=tuple(reader.statements),
        parts=tuple(Part(str(t), str(k), int(n), int(c)) for t, k, n, c in reader.parts),
        references=tuple(reader.references),
        asides=tuple(reader.asides),
        aside_cites=tuple(reader.aside_cites),
        refusal=given["kind"] if refusing and given else "",
    )


# --- blocks -----------------------------------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (section title, kind of block, text): paragraphs joined, list items and table rows one by one."""
    title, fence, paragraph = "", False, list[str]()
    for line in (*text.split("\n"), ""):
        if line.lstrip().startswith(("```", "~~~")):
            fence = not fence
            continue
        heading = None if fence else _HEADING.match(line)
        starts = heading or not line.strip() or _starts_block(line)
        if paragraph and starts:
            yield title, _kind(paragraph[0]), " ".join(part.strip() for part in paragraph)
            paragraph = []
        if heading:
            title = (heading["text"] or heading["bold"]).strip(" *_:")
        elif line.strip() and not fence and not _RULE.match(line) and not _TABLE_RULE.match(line):
            paragraph.append(line)


def _starts_block(line: str) -> bool:
    return bool(_BULLET.match(line) or line.lstrip().startswith(("|", ">", "[")) or _RULE.match(line))


def _kind(line: str) -> str:
    if line.lstrip().startswith("|"):
        return "row"
    if line.lstrip().startswith(">"):
        return "aside"
    return "item" if _BULLET.match(line) else "prose"


def _take_entry(reader: _Reader, title: str, kind: str, line: str) -> bool:
    """Take a line that defines a reference; tell whether it was one."""
    sources = bool(_SOURCES.match(title))
    match = _ENTRY.match(line) or (_NUMBERED.match(line) if sources else None)
    if match is None:
        return sources and kind == "item" and _take_listed(reader, line)
    text = match["text"]
    definition = sources or match.groupdict().get("colon") == ":" or bool(match["name"].startswith("^"))
    if not definition and not (works.links(text) or works.ARXIV_ID.search(text)):
        return False
    name = match["name"].removeprefix("^")
    place = f"references[{len(reader.references)}]"
    target = resolve(text, reader.case)
    if name in reader.entries and reader.entries[name] != target:
        target = Target("unknown", problem=f"[{name}] is defined twice")
    reader.entries[name] = target
    if target.source in ("pdf", "link", "unknown"):
        reader.references.append(_listed(place, text, target))
    return True


def _take_listed(reader: _Reader, line: str) -> bool:
    text = _BULLET.sub("", line)
    target = resolve(text, reader.case)
    if target.source not in ("pdf", "link"):
        return False
    reader.references.append(_listed(f"references[{len(reader.references)}]", text, target))
    return True


def _listed(place: str, text: str, target: Target) -> Listed:
    links = tuple(
        dict.fromkeys(
            (*(m["url"] for m in _LINK.finditer(text) if _is_url(m["url"])), *works.links(_LINK.sub(" ", text)))
        )
    )
    return Listed(place, target.paper, target.version, _title(text), links, _plain(text))


def _is_url(url: str) -> bool:
    return "://" in url or url.lower().startswith(("javascript:", "data:", "www.", "file:"))


def _title(text: str) -> str:
    """Return the title that an entry prints: what it quotes, emphasises or links, unless that is only an id."""
    for pattern in (
        r"[“\"]([^“”\"]{8,300})[”\"]",
        r"\*\*?([^*]{8,300})\*\*?",
        r"(?<!\w)_([^_]{8,300})_(?!\w)",
        r"\[([^\[\]]{8,300})\]\(",
    ):
        for match in re.finditer(pattern, text):
            found = match[1].strip(" .,:")
            if (
                not works.ARXIV_ID.search(found)
                and not works.links(found)
                and len(found.split()) < 25
                and _title_like(found, 0.8 if match[1].rstrip().endswith(".") else 0.5)
            ):
                return found
    return ""


def _title_like(text: str, least: float = 0.5) -> bool:
    """Tell a title from a quote: most of its longer words begin with a capital."""
    words = [word for word in re.findall(r"[A-Za-z][\w-]*", text) if len(word) > 3]
    return len(words) < 2 or sum(word[0].isupper() for word in words) >= least * len(words)


# --- where a text leads -------------------------------------------------------------------------------------------


def resolve(text: str, case: Case) -> Target:
    """Return what a reference entry or a link leads to."""
    pages = tuple(dict.fromkeys(int(next(filter(None, found))) for found in _PAGE.findall(text)))[:4]
    quote = next((q for q in _quotes(text) if not _title_like(q) or len(q.split()) > 12), "")
    if re.search(r"\bthe question itself\b", text, re.IGNORECASE):
        return Target("brief", quote=quote)
    summary = re.search(r"\bthe brief['’]s (?:own )?summary\b", text, re.IGNORECASE)
    urls = [m["url"] for m in _LINK.finditer(text)] + works.links(_LINK.sub(" ", text))
    keyed = [works.normal_link(url) for url in urls]
    for place in keyed:
        if place.startswith("arxiv:") and (match := works.ARXIV_ID.search(place)):
            return Target("pdf", match["id"], _version(match["version"]), pages=pages, quote=quote)
    bare = _LINK.sub(" ", text)
    for match in works.ARXIV_ID.finditer(bare):
        if not works.URL.search(bare[max(0, match.start() - 60) : match.end()]) or "arxiv" in bare.lower():
            return Target("pdf", match["id"], _version(match["version"]), pages=pages, quote=quote)
    for paper in case.papers or ():
        if paper.github and any(works.link_allowed(url, (paper.github,)) for url in urls):
            return Target("pdf", paper.paper, paper.version, pages=pages, quote=quote)
    if doi := works.DOI.search(text):
        return Target("link", link=f"https://doi.org/{doi[0]}", quote=quote)
    if urls:
        return Target("link", link=urls[0], quote=quote)
    named = _by_title(text, case)
    if named is not None:
        return replace(named, source="summary" if summary else "pdf", pages=pages, quote=quote)
    return Target("unknown", problem=f"its entry leads to no paper: {_plain(text)[:120]}", quote=quote)


def _by_title(text: str, case: Case) -> Target | None:
    plain = _plain(text)
    title = _title(text) or plain
    for paper in case.papers or ():
        short = paper.model.split(":")[0].strip()
        if paper.model and (
            same_title(title, paper.model) or (len(short) > 3 and plain.lower().startswith(short.lower()))
        ):
            return Target("pdf", paper.paper, paper.version)
    return None


def _version(text: str | None) -> int | None:
    return int(text) if text else None


def _plain(text: str) -> str:
    """Return Markdown text without links' targets, emphasis and escapes."""
    text = _LINK.sub(lambda m: m["text"], _AUTOLINK.sub(r"\1", text))
    text = re.sub(r"(?<!\\)(?:\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`)", "", text)
    return re.sub(r"\\([\\`*_{}\[\]()<>#+!|~$&:.-])", r"\1", text).strip()


def _quotes(text: str) -> list[str]:
    found = [m["curly"] or m["plain"] for m in _QUOTE.finditer(text)]
    return [quote.strip() for quote in found if len(quote.split()) >= MIN_QUOTE_WORDS]


# --- sentences ----------------------------------------------------------------------------------------------------


def _read_line(reader: _Reader, title: str, kind: str, line: str) -> None:
    if title.lower() == "not shown" and re.match(r"^\s*- “.*” \(\w+", line):
        return  # an answer's own list of claims that it withheld
    if kind == "aside":
        reader.asides.append((f"note {len(reader.asides)}", _plain(line.lstrip("> "))))
        return
    if title.lower() == "coverage" or re.match(r"^\s*Writer \S+; ", line):
        reader.asides.append((f"note {len(reader.asides)}", _plain(line)))
        return
    if _LISTS.search(title) and not _GAPS.search(title) and kind == "item" and _take_listed(reader, line):
        _part(reader, title, "papers", 0, 0)
        return
    cells = line.strip().strip("|").split("|") if kind == "row" else [_BULLET.sub("", line)]
    for cell in cells:
        for sentence in _with_orphans(cell):
            _read_sentence(reader, title, sentence, cell)


def _with_orphans(cell: str) -> list[tuple[int, int]]:
    """Return a text's sentences, each with what follows its full stop and is nothing but marks and links."""
    found: list[tuple[int, int]] = []
    for low, high in sentences(cell):
        rest = works.ARXIV_ID.sub(" ", works.URL.sub(" ", _MARK.sub(" ", _LINK.sub(" ", cell[low:high]))))
        if found and not re.search(r"[A-Za-z]{2,}", rest) and len(rest.strip()) < len(cell[low:high].strip()):
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _part(reader: _Reader, title: str, kind: str, statements: int, cited: int) -> None:
    if not reader.parts or reader.parts[-1][0] != title:
        reader.parts.append([title, kind, 0, 0])
    reader.parts[-1][2] = int(reader.parts[-1][2]) + statements
    reader.parts[-1][3] = int(reader.parts[-1][3]) + cited


def _read_sentence(reader: _Reader, title: str, sentence: tuple[int, int], whole: str) -> None:
    raw = whole[sentence[0] : sentence[1]]
    place = f"sentence {len(reader.statements) + 1}"
    targets = _targets(raw, reader)
    cites = _with_quotes(targets, _quoted_in(whole, sentence), place)
    text = _without_marks(raw)
    if _GAPS.search(title) or (not cites and (_states_nothing(text) or _refuses(text))):
        reader.asides.append((place, text))
        reader.aside_cites.extend(cites)
        return
    _part(reader, title, "prose", 1, int(bool(cites)))
    reader.statements.append(Statement(place, title, text, cites))


def _without_marks(raw: str) -> str:
    """Return a sentence's own words: marks, bare ids and links are citations, not words."""
    text = works.URL.sub("", _MARK.sub("", _LINK.sub(lambda m: m["text"], raw)))
    text = works.ARXIV_ID.sub(lambda m: "" if works.is_id(m) else m[0], text)
    text = re.sub(r"\(\s*[,;]?\s*\)|\s+(?=[.,;:!?”)])", "", _plain(text))
    return re.sub(r"\s+", " ", text).strip()


def _states_nothing(text: str) -> bool:
    words = re.findall(r"[A-Za-z]{2,}", text)
    if text.endswith((":", "?")) or len(words) < 3:
        return True
    return bool(
        re.fullmatch(r"(?:the allowed papers do not support a statement here|not stated)\.?", text, re.IGNORECASE)
    )


def _refuses(text: str) -> bool:
    """Tell whether a sentence only says that the sources do not carry the answer: no figure in it, and no `but`."""
    text = re.sub(r"^The \d+ allowed papers\b", "The allowed papers", text)
    if re.search(r"\d|\b(?:but|however|although|nevertheless|generally|in general)\b", text, re.IGNORECASE):
        return bool(re.match(r"No answer \(", text))
    return bool(_REFUSES.search(text) or re.match(r"Nowhere found: ", text))


def _targets(raw: str, reader: _Reader) -> list[tuple[int, str, Target]]:
    """Return every mark of a sentence with its place and what it leads to."""
    found = [(match.start(), match[0], resolve(match[0], reader.case)) for match in _LINK.finditer(raw)]
    rest = _LINK.sub(lambda m: " " * len(m[0]), raw)
    for match in _MARK.finditer(rest):
        body = match["body"] or match["cjk"] or match["note"]
        found += [(match.start(), match[0], target) for target in _numbered(body, match[0], reader.entries)]
    rest = _MARK.sub(lambda m: " " * len(m[0]), rest)
    for match in works.URL.finditer(rest):
        found.append((match.start(), match[0], resolve(match[0].rstrip(".,;:!?"), reader.case)))
    rest = works.URL.sub(lambda m: " " * len(m[0]), rest)
    for match in works.ARXIV_ID.finditer(rest):
        if works.is_id(match):
            found.append((match.start(), match[0], Target("pdf", match["id"], _version(match["version"]))))
    return sorted(found, key=lambda item: item[0])


def _numbered(body: str, mark: str, entries: dict[str, Target]) -> Iterator[Target]:
    for part in re.split(r"\s*[,;]\s*", body):
        ends = [end.strip().removeprefix("^") for end in re.split(r"[-–—]", part) if end.strip()]
        if len(ends) == 1 or not all(end.isdigit() and len(end) < 7 for end in ends):
            yield _entry(part.strip().removeprefix("^"), mark, entries)
            continue
        low, high = int(ends[0]), int(ends[-1])
        if not low <= high < low + MAX_RANGE:
            yield Target("unknown", problem=f"{mark} is no range of references")
            continue
        for number in range(low, high + 1):
            yield _entry(str(number), mark, entries)


def _entry(name: str, mark: str, entries: dict[str, Target]) -> Target:
    if name in entries:
        return entries[name]
    return Target("unknown", problem=f"{mark} leads to no reference: there is no [{name[:20]}]")


def _quoted_in(whole: str, sentence: tuple[int, int]) -> list[tuple[int, str]]:
    """Return the quoted stretches of a sentence (place in it, text), also where quotation marks span sentences."""
    low, high = sentence
    found = []
    for match in _QUOTE.finditer(whole):
        group = "curly" if match["curly"] is not None else "plain"
        start, end = max(low, match.start(group)), min(high, match.end(group))
        for piece in _ELIDED.split(_MARK.sub("", whole[start:end])) if start < end else ():
            text = re.sub(r"\s+", " ", _plain(piece)).strip()
            if len(text.split()) >= MIN_QUOTE_WORDS:
                found.append((start - low, text))
    return found


def _with_quotes(
    targets: Sequence[tuple[int, str, Target]], quoted: Sequence[tuple[int, str]], place: str
) -> tuple[Cite, ...]:
    """Tie each quote to the next mark after it, else the last before; entries that quote bring their own."""
    given: dict[int, list[str]] = {}
    for at, text in quoted:
        if targets:
            after = [i for i, (mark_at, _, _) in enumerate(targets) if mark_at >= at]
            given.setdefault(after[0] if after else len(targets) - 1, []).append(text)
    cites: list[Cite] = []
    for i, (_, mark, target) in enumerate(targets):
        for quote in given.get(i) or [target.quote]:
            cites.append(_cite(f"{place}.citations[{len(cites)}]", mark, target, quote))
    return tuple(cites)


def _cite(place: str, mark: str, target: Target, quote: str) -> Cite:
    return Cite(
        place=place, source=target.source, paper=target.paper, version=target.version, quote=quote, pages=target.pages,
        mark=mark, problem=target.problem, link=target.link,
    )  # fmt: skip
