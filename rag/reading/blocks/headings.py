"""Recognise headings: by the PDF's own outline, by their numbers and by fonts.

Not handled here: headings that run into a paragraph (`block_parts`), what follows from one (`labels`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.language import ANY_LANGUAGE, opens_other_script, table
from rag.reading.blocks.layout import Measure
from rag.reading.sheet import Block

NUMBER = re.compile(
    r"^(?P<word>(?:Appendix|APPENDIX|Section|Chapter|§)\s*)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,3}|[IVX]{1,5})"
    r"(?P<stop>[.:)]?)(?:\s+\|)?\s+(?P<title>\S.*)$"
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
_COUNTED = re.compile(r"[一二三四五六七八九十]{1,3}[、.．]\s*")
_RUN_IN = re.compile(r"\W{0,2}([^.:：—–]{2,40}?)\s*[.:：—–\]】]")
_SPACED = re.compile(r"(?:[^\W\d_]\s){3,}[^\W\d_]")  # "A B S T R A C T", as Elsevier sets it
_MAX_NAME = 60  # characters
_LARGER, _SMALLER = 1.06, 0.85  # times the size of the body: sizes of TeX's steps lie beyond, rounding within
_MUCH_LARGER = 1.12  # of a heading without a number: a section's, not a subsection's
_MAX_CHARS = 140  # three lines of a title


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold a heading's level (1 is outermost) and its number as printed, if it has one."""

    level: int
    number: str = ""


def unnumbered(heading: str) -> str:
    """Return a heading without its number: "Lamps" of "2.1 Lamps"."""
    match = NUMBER.match(heading)
    return match["title"] if match else heading


def find_heading(
    block: Block, usual: Measure, outline: Mapping[str, int], followed: bool, roman: bool
) -> Heading | None:
    """Return what heading a block is, or None: "3.2 Lamps in Rain" in bold is one of level 2, numbered 3.2.

    `outline` maps plain titles to levels; `followed` tells whether text comes next; `roman` whether the paper
    numbers its sections I, II, III, so that A, B, C are one level below.
    """
    text = block.text.strip()
    if _SPACED.fullmatch(text):
        text = "".join(text.split())
    if not (2 if text.isascii() else 1) < len(text) <= _MAX_CHARS or len(block.lines) > 3 or text.endswith((",", ";")):
        return None
    if len({round(line.base) for line in block.lines}) < len(block.lines):
        return None  # cells side by side
    match = NUMBER.match(text)
    title = match["title"] if match else text
    number = match["number"] if match else ""
    known = outline and (outline.get(plain(title)) or outline.get(plain(text)))
    size = max(word.size for line in block.lines for word in line.words)  # small capitals: the large letters count
    strong = stands_out(block, size, usual)
    if known and (strong or number or _NAMED.match(title)):
        return Heading(known, number)
    part = part_named(title)
    lists = _LISTS.match(title) or part == "references"
    listed = lists and len(block.lines) == 1 and size > 0.7 * usual.size  # set small as what it heads
    named = (_NAMED.match(title) or part) and not title[0].islower()
    level = level_of(number, roman and not (match and match["word"]))
    if listed or (named and (strong or (followed and size > _SMALLER * usual.size))):
        return Heading(level, number)
    if not strong or not looks_like_title(title):
        return None
    if number and (len(number) > 1 or number.isdigit() or (match and match["stop"]) or size > 1.05 * usual.size):
        return Heading(level, number)
    if number or title.endswith(".") or not followed or outline:
        return None
    return Heading(1 if size > _MUCH_LARGER * usual.size else 2)


def part_named(heading: str) -> str:
    """Return which part of a paper a heading names in any language but English: "abstract", or an empty text."""
    return _parts().get(plain(_COUNTED.sub("", unnumbered(heading.strip()))), "") if len(heading) < _MAX_NAME else ""


def heads_run_in(text: str) -> str:
    """Return which part of a paper is named by the words before the first colon, dash or stop of a text."""
    match = _RUN_IN.match(text)
    return part_named(match[1]) if match else ""


@cache
def _parts() -> dict[str, str]:
    named = table("headings", ANY_LANGUAGE)
    return {plain(name): part for part, names in named.items() for name in names}


def plain(text: str) -> str:
    """Return a title's letters and digits alone, for comparing."""
    return re.sub(r"[\W_]+", "", text).lower()


def stands_out(block: Block, size: float, usual: Measure) -> bool:
    """Tell whether a block, its largest letters of a size, stands out from the body.

    It is larger, bold, in capitals, in italics after an upright number ("2.1. Lamps in Rain"), or numbered and in a
    font that the body does not use.
    """
    if size > _LARGER * usual.size:
        return True
    if size < _SMALLER * usual.size:
        return False
    words = [word for line in block.lines for word in line.words if word.end - word.start > 1]
    if words and all(word.style.bold for word in words):
        return True
    letters = [char for char in block.text if char.isalpha()]
    if len(letters) > 3 and sum(char.isupper() for char in letters) > 0.9 * len(letters):
        return True
    match = NUMBER.match(block.text)
    if not match:
        return False
    subsection = (match["stop"] or "." in match["number"]) and block.text[-1:] not in ".,;: "
    if subsection and len(words) > 1 and all(word.style.italic for word in words[1:] if word.end - word.start > 2):
        return True
    return bool(words) and all(word.style.font not in usual.fonts for word in words if word.end - word.start > 2)


def looks_like_title(title: str) -> bool:
    """Tell words that may be a title, "Lamps in Rain (Part 2)", from cells, addresses and captions: "7.2 14.1 8"."""
    other = opens_other_script(title)
    opens = re.match(r"[\"“‘(]?[A-Z0-9À-ÞΑ-Ω]", title) or other
    if not opens or len(re.findall(r"[^\W\d_]", title)) < (2 if other else 3):
        return False
    words = title.split()
    digits = sum(bool(re.search(r"\d", word)) for word in words)
    return digits <= 0.4 * len(words) and not re.search(r"@|https?:|\.{4}|^\W*(?:Figure|Fig|Table)\b", title)


def level_of(number: str, roman: bool) -> int:
    """Return the level that a heading's number says: 2 for "3.1", and for "B" where others are numbered I, II, III."""
    if not number:
        return 1
    below = roman and re.fullmatch(r"[A-Z](?:\.\d+)*", number) and number not in ("I", "V", "X")
    return number.count(".") + (2 if below else 1)


def is_roman(blocks: Sequence[Block]) -> bool:
    """Tell whether a paper numbers its sections with Roman numerals: "I. Lamps", "II. Rain"."""
    found = {match["number"] for block in blocks if (match := NUMBER.match(block.text[:80])) and match["stop"] == "."}
    return "II" in found and ("I" in found or "III" in found)
