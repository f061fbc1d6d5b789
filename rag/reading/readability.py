"""Judge what was read page by page: letters without meaning, text that runs sideways, nothing but formulas.

What a page's letters mean is judged without a dictionary: the words of every language written in Latin letters are
made of much the same pairs of letters (`rag.language`), and an encoding that is broken makes others. What few words
show can be chance, so that the fewer they are, the further off they have to be. Code and formulas, whose names are no
words, are not judged. Sequences and gene symbols are no language either, but readable: they are left out first. Not
handled here: letters exchanged among few of the alphabet, letters shuffled within words, pages without any text
(`page_words` flags those), tables, single sentences (`rag.language.flags_of`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt

from rag.language import latin_words, letter_pairs, likeness_to_language, without_codes
from rag.papers import Label
from rag.reading.sheet import STAMP, Block, Sheet

BROKEN = "letters without meaning (broken encoding)"
SIDEWAYS = "text runs sideways"
FORMULAS = "nearly all formulas or numbers"
PART = "a part has letters without meaning (broken encoding)"
_LEAST, _DOUBT = -0.1, 7.0  # likeness to words of languages: less is no language, and few words can be odd by chance
_LEAST_PART = 0.1  # of a paragraph on a page that is no language: all but 1 % of real paragraphs are above
_CLEAR = 0.5  # likeness of nine real pages in ten
_MIN_PAIRS = 100  # of different words; fewer on a page say nothing
_MIN_BLOCK_PAIRS = 60
_MAX_UNKNOWN = 0.08  # of a page's letters; ligatures without a name are 1 to 2 %
_MIN_LETTERS = 200
_CHUNK = 400  # characters: about a paragraph
_UNKNOWN = re.compile(r"[\x00\x03-\x08\x0b\x0e-\x1b\x7f-\x9f\ue000-\uf72f\uf77b-\uf7df\uf7ff-\uf8e4\ufffd]")
_PLAIN = re.compile("[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")
_MAX_CODE = 0.1  # signs of code among what is printed: more is a listing or formulas, whose names are no words
_FOREIGN = re.compile(r"[\xa1-\xbf\xd7\xf7]|[\xc0-\u02af]")  # signs and letters of Latin beyond ASCII
_MAX_FOREIGN = 0.5  # of a text's letters and signs; no language written in Latin letters has so many accents
_EVIDENCE: frozenset[Label] = frozenset({"abstract", "body", "appendix", "caption", "footnote", "table", "equation"})


def broken(glyphs: str) -> bool:
    """Tell whether most of a page's letters mean nothing; a page with one such figure is not broken."""
    if not without_meaning(glyphs):
        return False
    chunks = [""]
    for line in glyphs.splitlines():
        if len(chunks[-1]) > _CHUNK:
            chunks.append("")
        chunks[-1] += line + " "
    bad = sum(len(chunk) for chunk in chunks if without_meaning(chunk, _MIN_BLOCK_PAIRS, _LEAST_PART))
    return bad > 0.6 * len(glyphs)


def without_meaning(text: str, enough: int = _MIN_PAIRS, least: float | None = None) -> bool:
    """Tell whether the letters of a text make no words of any language, or are unknown.

    Fewer than `enough` pairs of letters say nothing. The least likeness follows from their number if not given.
    """
    if _UNKNOWN.search(text):
        unknown, letters = len(_UNKNOWN.findall(text)), len(_LETTER.findall(text))
        if unknown > 20 and unknown > _MAX_UNKNOWN * (letters + unknown):
            return True
    if plainly_words(text) or not is_strange(text, enough, least):
        return False
    rest = without_codes(text)
    return len(rest) == len(" ".join(text.split())) or is_strange(rest, enough, least)


def plainly_words(text: str) -> bool:
    """Tell at a glance that a text is readable: most of it are words between blanks, like those of languages."""
    pieces = set(text.split())
    found = {piece.lower() for piece in pieces if len(piece) > 2 and piece.isalpha() and piece.isascii()}
    return sum(map(len, found)) > 0.5 * sum(map(len, pieces)) and likeness_to_language(found) > _CLEAR


def is_strange(text: str, enough: int, least: float | None) -> bool:
    """Tell whether the letters of a text make the words of no language: "Wkh kduerxu olhv txlhw", and on for a page."""
    if not text.isascii() and is_shifted(text):
        return True
    found = latin_words(text)
    count = letter_pairs(found)
    if count < enough:
        return is_spelt_out(text)
    if least is None:
        least = _LEAST - _DOUBT / sqrt(count)
    return likeness_to_language(found) < least and not is_listing(text)


def is_shifted(text: str) -> bool:
    """Tell text whose letters were shifted out of the alphabet: most are accented or signs, as in "ÔèåÀ"."""
    if len(text.encode("ascii", "ignore")) > 0.8 * len(text):
        return False
    beyond, plain = len(_FOREIGN.findall(text)), len(_PLAIN.findall(text))
    return beyond > _MIN_PAIRS and beyond > _MAX_FOREIGN * (beyond + plain)


def is_listing(text: str) -> bool:
    """Tell code and formulas, "while (ptr) { cnt = nxt(ptr); }": many brackets, as many open as close.

    Letters that turned into brackets open and close as chance has it.
    """
    opened, closed = text.count("(") + text.count("{"), text.count(")") + text.count("}")
    signs = opened + closed + text.count(";") + text.count("=")
    return signs > _MAX_CODE * len("".join(text.split())) and abs(opened - closed) <= 0.2 * (opened + closed)


def is_spelt_out(text: str) -> bool:
    """Tell text whose words fell into single letters, "T h e h a r b o u r": most pieces, and most of the alphabet."""
    pieces = text.split()
    single = [piece.lower() for piece in pieces if len(piece) == 1 and piece.isalpha()]
    return len(single) > 150 and len(single) > 0.7 * len(pieces) and len(set(single)) > 15


def flag_of(sheet: Sheet, blocks: Sequence[Block]) -> str:
    """Return what else is wrong with a page whose letters mean something; empty for a page that can be trusted."""
    if sheet.turned and runs_sideways(sheet):
        return SIDEWAYS
    return FORMULAS if is_formulas(blocks) else ""


def runs_sideways(sheet: Sheet) -> bool:
    """Tell a page most of whose letters run up or down it in lines, as a wide table's; labels of a plot stand apart."""
    turned = [word for word in sheet.turned if not STAMP.match(sheet.glyphs[word.start : word.start + 40])]
    letters = sum([word.end - word.start for word in turned])
    if letters <= _MIN_LETTERS or letters <= sum([word.end - word.start for word in sheet.words]):
        return False
    in_lines = sum(abs(after.left - before.left) < 1 for before, after in pairwise(turned))
    return in_lines > 0.5 * len(turned)


def is_formulas(blocks: Sequence[Block]) -> bool:
    """Tell a page of displayed formulas with hardly a sentence between them."""
    if not any(block.label == "equation" for block in blocks):
        return False
    letters: dict[str, int] = defaultdict(int)
    for block in blocks:
        letters[block.label] += sum([line.letters for line in block.lines])
    whole = sum(letters.values()) - letters["furniture"]
    prose = letters["body"] + letters["appendix"] + letters["abstract"]
    return whole > _MIN_LETTERS and letters["equation"] > 0.7 * whole and prose < 0.2 * whole


def sorted_out(sheet: Sheet, blocks: Sequence[Block]) -> tuple[list[Block], bool]:
    """Return a page's blocks with those that cannot be read labelled as no evidence, and whether there were any."""
    kept = [block.told("other") if block.label in _EVIDENCE and is_unreadable(block) else block for block in blocks]
    return kept, any(new is not old for new, old in zip(kept, blocks, strict=True))


def is_unreadable(block: Block) -> bool:
    """Tell a block whose letters mean nothing: words in a picture, or a paragraph in a font without an encoding.

    "7KH ODPSV RI WKH KDUERXU" in a figure, which would end up in the sentence that goes on below it.
    """
    return len(block.text) > _MIN_BLOCK_PAIRS and without_meaning(block.text, _MIN_BLOCK_PAIRS)


def set_aside(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page that cannot be trusted: nothing on it is evidence."""
    return [block.told("other") if block.label in _EVIDENCE else block for block in blocks]


def told(flagged: Iterable[tuple[int, str]]) -> list[str]:
    """Say once per kind on which pages something is wrong: "pages 3, 7 to 9: scanned image without text"."""
    pages: dict[str, list[int]] = {}
    for number, flag in flagged:
        pages.setdefault(flag, []).append(number)
    return [f"page{'s' * (len(numbers) > 1)} {in_runs(numbers)}: {flag}" for flag, numbers in pages.items()]


def in_runs(numbers: Sequence[int]) -> str:
    """Return rising numbers with those that follow each other as one: "3, 7 to 9, 12"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
