"""Recognise headings: by the PDF's own outline, by their numbers, by fonts, and where they run into a paragraph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block, Line, Word

_NUMBER = re.compile(
    r"^(?P<word>(?:Appendix|APPENDIX|Section|Chapter|§)\s*)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,3}|[IVX]{1,5})"
    r"(?P<stop>[.:)]?)\s+(?P<title>\S.*)$"
)
_NAMED = re.compile(
    r"^(?:abstract|introduction|related works?|background|motivation|preliminaries|methods?|materials and methods|"
    r"methodology|approach|experiments?|experimental (?:setup|results)|evaluation|results(?: and discussion)?|"
    r"discussion|conclusions?(?: and .{3,30})?|concluding remarks|summary|limitations|future work|"
    r"references(?: and notes)?|bibliography|literature cited|acknowledge?ments?|"
    r"appendix|appendices|supplementary materials?|broader impact|ethics statement|reproducibility statement|"
    r"author contributions|data availability|funding|keywords)\W*$",
    re.IGNORECASE,
)
_LISTS = re.compile(r"^(?:references|bibliography|literature cited)\W*$", re.IGNORECASE)
_THEOREM = re.compile(
    r"^(?:theorem|lemma|proposition|corollary|definition|remark|example|proof|claim|conjecture|observation|assumption|fact)\b",
    re.IGNORECASE,
)
_STEP = re.compile(r"^(?:inputs?|outputs?|require|ensure|data|results?)\s*:", re.IGNORECASE)  # of algorithms
_ENDS_RUN_IN = re.compile(r"[.:?!][\"”)]?$|[.:]?\s?[—–]$")
_MAX_CHARS = 140


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold a heading's level (1 is outermost) and its number as printed, if it has one."""

    level: int
    number: str = ""


def unnumbered(heading: str) -> str:
    """Return a heading without its number."""
    match = _NUMBER.match(heading)
    return match["title"] if match else heading


def find_heading(
    block: Block, usual: Measure, outline: Mapping[str, int], followed: bool, roman: bool
) -> Heading | None:
    """Return what heading a block is, or None.

    `outline` maps plain titles to levels; `followed` tells whether text comes next; `roman` whether the paper
    numbers its sections I, II, III, so that A, B, C are one level below.
    """
    text = block.text.strip()
    if not 2 < len(text) <= _MAX_CHARS or len(block.lines) > 3 or text.endswith((",", ";")):
        return None
    if len({round(line.base) for line in block.lines}) < len(block.lines):
        return None  # cells side by side
    match = _NUMBER.match(text)
    title = match["title"] if match else text
    number = match["number"] if match else ""
    known = outline and (outline.get(plain(title)) or outline.get(plain(text)))
    size = max(word.size for line in block.lines for word in line.words)  # small capitals: the large letters count
    strong = _strong(block, size, usual)
    if known and (strong or number or _NAMED.match(title)):
        return Heading(known, number)
    listed = _LISTS.match(title) and len(block.lines) == 1 and size > 0.7 * usual.size  # set small as what it heads
    named = _NAMED.match(title) and not title[0].islower()
    if listed or (named and (strong or (followed and size > 0.85 * usual.size))):
        return Heading(_level(number, match is not None and bool(match["word"]), roman), number)
    if not strong or not _looks_like_title(title):
        return None
    if number and (len(number) > 1 or number.isdigit() or (match and match["stop"]) or size > 1.05 * usual.size):
        return Heading(_level(number, bool(match and match["word"]), roman), number)
    if number or title.endswith(".") or not followed or outline:
        return None
    return Heading(1 if size > 1.12 * usual.size else 2)


def plain(text: str) -> str:
    """Return a title's letters and digits alone, for comparing."""
    return re.sub(r"[\W_]+", "", text).lower()


def _strong(block: Block, size: float, usual: Measure) -> bool:
    """Tell whether a block stands out from the body: larger, bold, in capitals, or small capitals."""
    if size > 1.06 * usual.size:
        return True
    if size < 0.85 * usual.size:
        return False
    words = [word for line in block.lines for word in line.words if word.end - word.start > 1]
    if words and all(word.style.bold for word in words):
        return True
    text = block.text
    letters = [char for char in text if char.isalpha()]
    if len(letters) > 3 and sum(char.isupper() for char in letters) > 0.9 * len(letters):
        return True
    match = _NUMBER.match(text)
    if match and (match["stop"] or "." in match["number"]) and _slanted(words[1:]) and text[-1:] not in ".,;: ":
        return True  # a subsection in italics, its number not
    apart = words and all(word.style.font not in usual.fonts for word in words if word.end - word.start > 2)
    return bool(apart and match)


def _slanted(words: Sequence[Word]) -> bool:
    return bool(words) and all(word.style.italic for word in words if word.end - word.start > 2)


def _looks_like_title(title: str) -> bool:
    if not re.match(r"[\"“‘(]?[A-Z0-9À-ÞΑ-Ω]", title) or len(re.findall(r"[^\W\d_]", title)) < 3:
        return False
    words = title.split()
    digits = sum(bool(re.search(r"\d", word)) for word in words)
    return digits <= 0.4 * len(words) and not re.search(r"@|https?:|\.{4}|^\W*(?:Figure|Fig|Table)\b", title)


def _level(number: str, appendix: bool, roman: bool) -> int:
    if not number:
        return 1
    depth = number.count(".") + 1
    if roman and not appendix and re.fullmatch(r"[A-Z](?:\.\d+)*", number) and number not in ("I", "V", "X"):
        return depth + 1
    return depth


def is_roman(blocks: Sequence[Block]) -> bool:
    """Tell whether a paper numbers its sections with Roman numerals."""
    found = {match["number"] for block in blocks if (match := _NUMBER.match(block.text[:80])) and match["stop"] == "."}
    return "II" in found and ("I" in found or "III" in found)


def split_run_in(block: Block, usual: Measure) -> tuple[Block, Block] | None:
    """Cut a heading that runs into its paragraph ("Residual Dropout We apply ...") from the text."""
    first = block.lines[0]
    count = _leading(first.words)
    if first.size < 0.85 * usual.size or count > 12:
        return None
    if not count:
        return _split_line(block) if _apart(block) else None
    if count == len(first.words):
        return _split_line(block)
    head, tail = first.words[:count], first.words[count:]
    text = _text(first, count)
    following = first.text[len(text) :].strip()
    apart = tail[0].left - head[-1].right > 0.7 * first.size
    if _THEOREM.match(text) or _STEP.match(text) or not _titled(text, following, head[0].style.bold, apart):
        return None
    rest = replace(block, lines=(_part(first, tail, following), *block.lines[1:]), judged={})
    return replace(block, lines=(_part(first, head, text),), judged={}), rest


def _apart(block: Block) -> bool:
    """Tell a short first line in capitals, in a font that the lines below do not have."""
    first, rest = block.lines[0], block.lines[1:]
    if not rest or not first.text.isupper() or first.right - first.left > 0.7 * (block.right - block.left):
        return False
    fonts = {word.style.font for word in first.words}
    return not any(word.style.font in fonts for line in rest for word in line.words)


def _split_line(block: Block) -> tuple[Block, Block] | None:
    """Cut off a numbered title, in italics or capitals, that stands on its own line no further above than a line."""
    first, rest = block.lines[0], block.lines[1:]
    match = _NUMBER.match(first.text)
    if not rest or not match or not (match["stop"] or first.text.isupper()) or not _looks_like_title(match["title"]):
        return None
    if first.text.rstrip()[-1:] in ".,;:" or rest[0].base - first.base < 0.5 * first.size or _leading(rest[0].words):
        return None
    return replace(block, lines=(first,), judged={}), replace(block, lines=rest, judged={})


def _leading(words: Sequence[Word]) -> int:
    """Count the words in the first word's bold or italic style."""
    style = words[0].style
    if not (style.bold or style.italic) or style.math:
        return 0
    count = 0
    for word in words:
        same = word.style.bold if style.bold else word.style.italic
        if not same and word.end - word.start > 1:
            break
        if not same and not word.glued:
            break
        count += 1
    return count


def _titled(text: str, following: str, bold: bool, apart: bool) -> bool:
    """Tell whether words set apart at the start of a paragraph are its heading and not mere stress."""
    if len(re.findall(r"[^\W\d_]", text)) < 3 or not re.match(r"[\"“(]?[A-Z0-9]", text):
        return False
    ends = bool(_ENDS_RUN_IN.search(text)) or following[:1] in ("—", "–", ":")
    if bold:
        return ends or (bool(re.match(r"[\"“(]?[A-Z]", following)) and (apart or len(text.split()) > 1))
    return ends and not text.endswith(":") and len(text.split()) <= 8


def _text(line: Line, count: int) -> str:
    """Return the rough text of a line's first words."""
    size = 0
    for index, word in enumerate(line.words[:count]):
        size += word.end - word.start + (1 if index and not word.glued else 0)
    return line.text[:size]


def _part(line: Line, words: Sequence[Word], text: str) -> Line:
    return line._replace(
        words=tuple(words),
        text=text,
        left=min(word.left for word in words),
        right=max(word.right for word in words),
        letters=sum(word.end - word.start for word in words),
    )
