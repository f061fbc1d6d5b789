"""Say what each block of a paper is, and under which headings it stands.

Not handled here: the text itself (`text`), tables' rows (`tables`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.layout import Measure
from rag.sheet import Block
from rag.types import Label

_CAPTION = re.compile(
    r"^(?:\[IMAGE: )?(?:Figure|Fig\.|FIG\.|FIGURE|Table|TABLE|Tab\.|Algorithm|Listing|Scheme)\s*\.?[A-Z]?\.?\d*[IVX]*[a-z]?\s*(?:[.:|—–-]|\s[A-Z(]|$)"
)
_NUMBERED = re.compile(r"^((?:[A-Z]|\d{1,2}|[IVX]{1,5})(?:\.\d{1,2}){0,3})\.?[):]?\s+(\S.*)$")
_NAMED = re.compile(
    r"^(?:\d+\.?\s+|[IVX]+\.\s+)?(abstract|introduction|related works?|background|methods?|methodology|experiments?|results|discussion|"
    r"conclusions?|references|bibliography|acknowledge?ments?|appendix|appendices|limitations|preliminaries)\b[.:]?\s*",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"^(?:\d+\.?\s+|[IVX]+\.\s+)?(?:references|bibliography|literature cited|references and notes)\W*$", re.I
)
_ACKNOWLEDGEMENTS = re.compile(r"^(?:\d+\.?\s+|[IVX]+\.\s+)?acknowledge?ments?\b", re.I)
_APPENDIX = re.compile(r"^(?:appendix|appendices|supplementary|supplemental)\b", re.I)
_ABSTRACT = re.compile(r"^abstract\b\W*", re.I)
_PAGE_NUMBER = re.compile(r"^[-–—\s]*(?:page\s+)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d+)?[-–—\s.]*$", re.I)
_MATH = re.compile(r"[=+−<>≤≥∈∀∃∑∏∫√∂∇≈≡→←⇒∞·×÷±{}|^_\\/]|[\u0370-\u03ff]|[\U0001d400-\U0001d7ff]|\ufffd")


def label_blocks(pages: Sequence[tuple[Sequence[Block], float, float]], usual: Measure) -> list[list[Block]]:
    """Return the blocks of all pages, (blocks, width, height) each, with labels and heading paths."""
    furniture = _furniture(pages)
    labelled: list[list[Block]] = []
    state = _State(usual)
    for index, (blocks, _, height) in enumerate(pages):
        page = []
        for number, block in enumerate(blocks):
            if (index, number) in furniture:
                page.append(replace(block, label="furniture"))
            else:
                page.append(state.label(block, index, height, blocks[number + 1 :]))
        labelled.append(page)
    return labelled


def _furniture(pages: Sequence[tuple[Sequence[Block], float, float]]) -> set[tuple[int, int]]:
    """Find running heads, page numbers and margin line numbers."""
    found: set[tuple[int, int]] = set()
    seen: Counter[str] = Counter()
    edges: list[tuple[int, int, str]] = []
    for index, (blocks, _, height) in enumerate(pages):
        for number, block in enumerate(blocks):
            if len(block.lines) > 3 or not (block.bottom < 0.12 * height or block.top > 0.88 * height):
                continue
            text = re.sub(r"\d+", "#", block.text).strip()
            edges.append((index, number, text))
            seen[text] += 1
            if _PAGE_NUMBER.match(block.text):
                found.add((index, number))
    found.update((index, number) for index, number, text in edges if seen[text] >= max(2, len(pages) // 5))
    return found


class _State:
    """Walk through a paper's blocks in order and remember where in the paper we are."""

    def __init__(self, usual: Measure) -> None:
        self.usual = usual
        self.part: Label = "front"
        self.titled = False
        self.path: list[tuple[int, str]] = []

    def label(self, block: Block, page: int, height: float, rest: Sequence[Block]) -> Block:
        text = block.text.strip()
        if page == 0 and not self.titled and self._is_title(block, rest):
            self.titled = True
            return replace(block, label="title")
        if _CAPTION.match(text):
            return self._put(block, "caption")
        level = self._heading(block, text)
        if level:
            return self._enter(block, text, level)
        if self.part in ("references", "acknowledgements"):
            return self._put(block, self.part)
        if _is_table(block):
            return self._put(block, "table")
        if _is_equation(text):
            return self._put(block, "equation")
        if self._is_footnote(block, height):
            return self._put(block, "footnote")
        if self.part == "front" and page > 0:
            self.part = "body"
        if _ABSTRACT.match(text) and page == 0:
            self.part = "abstract"
        return self._put(block, self.part)

    def _put(self, block: Block, label: Label) -> Block:
        return replace(block, label=label, section=tuple(name for _, name in self.path))

    def _is_title(self, block: Block, rest: Sequence[Block]) -> bool:
        size = max(line.size for line in block.lines)
        return size >= 1.15 * self.usual.size and all(
            max(line.size for line in other.lines) <= size + 0.2 for other in rest
        )

    def _heading(self, block: Block, text: str) -> int:
        """Return a heading's level, 0 for what is none."""
        if len(text) > 120 or len(block.lines) > 3 or text.endswith((",", ";")):
            return 0
        line = block.lines[0]
        bold = all(word.style.bold for word in line.words if word.end - word.start > 1)
        larger = line.size > 1.08 * self.usual.size
        named = _NAMED.match(text)
        numbered = _NUMBERED.match(text)
        if named and named.end() == len(text):
            return 1 if not numbered else numbered[1].count(".") + 1
        if not (bold or larger or text.isupper()) or not re.match(r"[A-Z0-9]", text):
            return 0
        if self.part == "references" and not (_APPENDIX.match(text) or numbered or larger):
            return 0
        if self.part == "front":
            return 0 if not (numbered and self.titled) else 1
        if numbered and re.search(r"[A-Za-z]{3}", numbered[2]):
            return numbered[1].count(".") + 1
        if text.endswith(".") or not re.search(r"[A-Za-z]{3}", text):
            return 0
        return 2 if not larger else 1

    def _enter(self, block: Block, text: str, level: int) -> Block:
        self.path = [(other, name) for other, name in self.path if other < level] + [(level, text)]
        if _REFERENCES.match(text):
            self.part, self.path = "references", [(1, text)]
        elif _ACKNOWLEDGEMENTS.match(text):
            self.part = "acknowledgements"
        elif _ABSTRACT.match(text):
            self.part = "abstract"
        elif _APPENDIX.match(text) or (self.part in ("references", "appendix") and level >= 1):
            self.part = "appendix"
        elif self.part != "appendix":
            self.part = "body"
        return replace(block, label="heading", section=tuple(name for _, name in self.path), level=level)

    def _is_footnote(self, block: Block, height: float) -> bool:
        size = block.lines[0].size
        return (
            size < 0.92 * self.usual.size and block.top > 0.6 * height and len(block.text) > 15 and self.part != "front"
        )


def _is_table(block: Block) -> bool:
    """Tell a table by lines that share their height with others: cells."""
    if len(block.lines) < 4:
        return False
    heights = Counter(round(line.base) for line in block.lines)
    return sum(count for count in heights.values() if count > 1) > 0.5 * len(block.lines)


def _is_equation(text: str) -> bool:
    words = re.findall(r"[A-Za-z]{4,}", text)
    return len(text) < 400 and 4 * sum(map(len, words)) < len(text) and bool(_MATH.search(text) or len(text) < 4)
