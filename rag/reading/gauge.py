"""Judge what was read page by page: letters without meaning, text that runs sideways, nothing but formulas.

What a page's letters mean is judged without a dictionary: every language written in Latin letters is made of the same
hundred or so pairs of letters, and an encoding that is broken is not. In 1,600 pages of ten languages, code and lists
of names these pairs are 50 to 85 % of all (99.9 % of the pages); with letters exchanged at random 32 % (99 %) or less.
Sequences, gene symbols and SMILES strings are no language either, but readable: they are left out first (`codes`).
Not handled here: pages without any text (`pdf` flags those), tables (`rows`), single sentences (`quality`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.reading.codes import without_codes
from rag.reading.furniture import is_stamp
from rag.reading.sheet import Block, Sheet
from rag.types import Label

BROKEN = "letters without meaning (broken encoding)"
SIDEWAYS = "text runs sideways"
FORMULAS = "nearly all formulas or numbers"
PART = "a part has letters without meaning (broken encoding)"
_PAIRS = frozenset(
    "th he in er an re nd on en at ou ed ha to or it is hi es ng st nt ar te se le al ve me ti of ri ne ra ro ll la el "
    "de co ta ec si ic ur ch ie un ge be ss em us os as ad do qu ue ai il ma pe po no na li lo so pr tr ca mo di da io "
    "ea om ce ho et ac ni mi ir rs am ow ol id ct pl wi ee sa ut oo ts nc ot ul ei".split()
)
_LEAST_PAGE, _LEAST_BLOCK = 0.38, 0.28  # share of such pairs: less is no language
_MIN_PAIRS = 150  # fewer on a page say nothing
_MIN_BLOCK_PAIRS = 60
_MAX_UNKNOWN = 0.08  # of a page's letters; ligatures without a name are 1 to 2 %
_MIN_LETTERS = 200
_CHUNK = 400  # characters: about a paragraph
_LONG = re.compile(r"[^\W\d_]{4,}")
_UNKNOWN = re.compile(r"[\x00\x03-\x08\x0b\x0e-\x1b\x7f-\x9f\ue000-\uf72f\uf77b-\uf7df\uf7ff-\uf8e4\ufffd]")
_LETTER = re.compile(r"[^\W\d_]")
_FREQUENT = (" the ", " of ", " and ", " in ", " to ")
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
    bad = sum(len(chunk) for chunk in chunks if without_meaning(chunk, _LEAST_BLOCK, _MIN_BLOCK_PAIRS))
    return bad > 0.6 * len(glyphs)


def without_meaning(text: str, least: float = _LEAST_PAGE, pairs: int = _MIN_PAIRS) -> bool:
    """Tell whether the letters of a text make no words of any language, or are unknown."""
    if _UNKNOWN.search(text):
        unknown, letters = len(_UNKNOWN.findall(text)), len(_LETTER.findall(text))
        if unknown > 20 and unknown > _MAX_UNKNOWN * (letters + unknown):
            return True
    if _english(text):
        return False
    if not _foreign(text, least, pairs):
        return False
    rest = without_codes(text)
    return len(rest) == len(" ".join(text.split())) or _foreign(rest, least, pairs)


def _foreign(text: str, least: float, pairs: int) -> bool:
    """Tell whether the letters of a text make the pairs of no language."""
    words = [word.lower() for word in _LONG.findall(text) if word.isascii()]
    whole = sum(map(len, words)) - len(words)
    if whole < pairs:
        return _letters_apart(text)
    return sum(word[at : at + 2] in _PAIRS for word in words for at in range(len(word) - 1)) < least * whole


def _english(text: str) -> bool:
    enough, found = len(text) / 300, 0
    for word in _FREQUENT:
        found += text.count(word)
        if found > enough:
            return True
    return False


def _letters_apart(text: str) -> bool:
    """Tell text whose words fell into single letters: most pieces are one letter, of the whole alphabet."""
    pieces = text.split()
    single = [piece.lower() for piece in pieces if len(piece) == 1 and piece.isalpha()]
    return len(single) > 150 and len(single) > 0.7 * len(pieces) and len(set(single)) > 15


def flag_of(sheet: Sheet, blocks: Sequence[Block]) -> str:
    """Return what else is wrong with a page whose letters mean something; empty for a page that can be trusted."""
    if sheet.turned and _sideways(sheet):
        return SIDEWAYS
    return FORMULAS if _formulas(blocks) else ""


def _sideways(sheet: Sheet) -> bool:
    turned = [word for word in sheet.turned if not is_stamp(sheet.glyphs[word.start : word.start + 40])]
    letters = sum([word.end - word.start for word in turned])
    if letters <= _MIN_LETTERS or letters <= sum([word.end - word.start for word in sheet.words]):
        return False
    in_lines = sum(abs(after.left - before.left) < 1 for before, after in pairwise(turned))
    return in_lines > 0.5 * len(turned)  # else labels of a plot


def _formulas(blocks: Sequence[Block]) -> bool:
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
    clean = not _UNKNOWN.search(sheet.glyphs)
    kept = [block.told("other") if block.label in _EVIDENCE and _soup(block, clean) else block for block in blocks]
    return kept, any(new is not old for new, old in zip(kept, blocks, strict=True))


def _soup(block: Block, clean: bool) -> bool:
    text = block.text
    if len(text) <= _MIN_BLOCK_PAIRS or (clean and _english(text)):
        return False
    return without_meaning(text, _LEAST_BLOCK, _MIN_BLOCK_PAIRS)


def set_aside(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page that cannot be trusted: nothing on it is evidence."""
    return [block.told("other") if block.label in _EVIDENCE else block for block in blocks]


def told(flagged: Iterable[tuple[int, str]]) -> list[str]:
    """Say once per kind on which pages something is wrong: "pages 3, 7 to 9: scanned image without text"."""
    pages: dict[str, list[int]] = {}
    for number, flag in flagged:
        pages.setdefault(flag, []).append(number)
    return [f"page{'s' * (len(numbers) > 1)} {_runs(numbers)}: {flag}" for flag, numbers in pages.items()]


def _runs(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
