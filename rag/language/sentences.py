"""Cut paragraphs into sentences as a scientist would, and find each sentence's spans.

Rules, not a library: eval/benchmarks/README.md ("Sentences") counts the errors of both on real pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.language.formulas import is_measured_value
from rag.language.quotability import flags_of
from rag.papers import SOFT_HYPHEN, Label, Sentence, Span

_STOP = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)")
_BULLET = re.compile(r"[•‣◦▪■●○∙](?<!\S.)(?=\s|[A-Z])")
_LEAD = re.compile(r"[\s•‣◦▪■●○∙\u00ad]*(?:—(?=[A-Z]))?")  # "Abstract—We show"
_LABEL = re.compile(
    r"(?:^|\s)(?:Fig(?:ure|\.)?|FIG\.?|FIGURE|Table|TABLE|Tab\.|Theorem|Lemma|Definition|Proposition|Corollary|Remark|Example|Algorithm|Step|Case|Claim|Conjecture|Appendix)\s*[\dIVXA-Z][\d.]*\.$"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"'–—/-])(?:e\.g|i\.e|cf|vs|viz|resp|approx|w\.r\.t|a\.k\.a|s\.t|i\.i\.d|et al|al|etc|ca|c\.f|"
    r"Fig|Figs|FIG|FIGS|Eq|Eqs|Eqn|Eqns|Sec|Secs|Sect|Ref|Refs|Tab|Tabs|Alg|Thm|Prop|Def|Lem|Cor|App|Appx|Ch|Chap|Chaps|No|Nos|Vol|"
    r"pp|p|fig|figs|eq|eqs|sec|ref|refs|tab|Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|Inc|Ltd|Co|Corp|Univ|Dept|Proc|Conf|Int|Trans|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|U\.S|U\.K|Ph\.D|stat|syst|theo|exp|lumi|Phys|Rev|Lett|Math|Sci|Nat|Mod|Astron|Astrophys)\.$"
)
_INITIAL = re.compile(r"(?:^|[\s(.~-])[A-Z]\.$")
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.$")
_ARTICLE = re.compile(r"A\b")
_BLANKS = re.compile(r"\s*")
_OPENERS = re.compile(r"[\"'“‘(\[]*[A-Z0-9À-ÞΑ-Ω•‣∗†‡]")
_MAY_END = re.compile(r"(?:etc|et al|al|U\.S|U\.K|Ph\.D|Inc|Ltd|Co|Corp|i\.i\.d)\.$")
_NEW_SENTENCE = re.compile(
    r"(?:The|This|These|Those|We|In|It|Our|For|However|Moreover|Furthermore|Additionally|Here|Then|Thus|Therefore|While|"
    r"Although|As|To|On|When|Since|Because|Note|A|An|They|There|If|Finally|First|Second|Given|With|From|By|At|Both|All|Some)\b[^.]"
)


def boundaries(text: str) -> list[tuple[int, int]]:
    """Return start and end of every sentence of a paragraph; blanks and bullets between belong to none."""
    cuts = [match.end() for match in _STOP.finditer(text) if _ends(text, match.start(), match.end())]
    if not text.isascii():
        cuts += [match.start() for match in _BULLET.finditer(text)]
    found: list[tuple[int, int]] = []
    start = 0
    for end in [*sorted(cuts), len(text)]:
        start = _LEAD.match(text, start, end).end()  # type: ignore[union-attr]  # matches everywhere
        inner = text[start:end].rstrip()
        if inner:
            found.append((start, start + len(inner)))
        start = end
    return found


def _ends(text: str, stop: int, end: int) -> bool:
    rest = _BLANKS.match(text, end).end()  # type: ignore[union-attr]  # matches everywhere
    if rest == len(text):
        return True
    if not _OPENERS.match(text, rest):
        return False
    if text[stop] != ".":
        return True
    before = text[max(0, stop - 24) : stop + 1]
    if _LABEL.search(before) and len(text[:stop].strip()) < 24:
        return False
    if text[stop:end].startswith(".") and _ABBREVIATION.search(before):
        return bool(_MAY_END.search(before) and _NEW_SENTENCE.match(text, rest))
    if _INITIAL.search(before):
        return bool(_NEW_SENTENCE.match(text, rest)) and not _ARTICLE.match(text, rest)
    return not _ORDINAL.search(before) or bool(_NEW_SENTENCE.match(text, rest))


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold one stretch of a paragraph: its place, its text, whether it is a displayed formula."""

    page: int
    start: int
    end: int
    text: str
    formula: bool = False
    raised: tuple[tuple[int, int], ...] = ()  # marks above the line, counted from the piece's start


def sentences_of(
    pieces: Sequence[Piece], label: Label, section: tuple[str, ...], paragraph: int, number: int
) -> list[Sentence]:
    """Return the sentences of one paragraph, counted from `number`."""
    text, offsets = _joined(pieces)
    formulas = [
        (offset, offset + len(piece.text))
        for piece, offset in zip(pieces, offsets, strict=True)
        if piece.formula and not is_measured_value(piece.text)
    ]
    found: list[Sentence] = []
    for start, end in _with_formulas(boundaries(_masked(text, pieces, offsets)), pieces, offsets, text):
        spans = _spans(pieces, offsets, start, end)
        words = text[start:end].replace(SOFT_HYPHEN, "")
        formula = any(left < end and right > start for left, right in formulas)
        flags = flags_of(words, formula)
        found.append(Sentence(number + len(found), words, spans, label, section, paragraph, flags))
    return found


def _joined(pieces: Sequence[Piece]) -> tuple[str, list[int]]:
    """Join pieces as `text_at` does, but keep the soft hyphens, so that offsets stay plain."""
    text, offsets = "", []
    for piece in pieces:
        if text and not text.endswith(SOFT_HYPHEN):
            text += " "
        offsets.append(len(text))
        text += piece.text
    return text, offsets


def _masked(text: str, pieces: Sequence[Piece], offsets: Sequence[int]) -> str:
    """Return text of the same length in which raised marks after a stop look like closing quotes."""
    for piece, offset in zip(pieces, offsets, strict=True):
        end = -1
        for start, stop in piece.raised:
            before, end = end, stop
            left, right = offset + start, offset + stop
            if start != before and left and text[left - 1] in ".!?…”)":
                text = text[:left] + "”" * (right - left) + text[right:]
    return text


def _with_formulas(
    found: Sequence[tuple[int, int]], pieces: Sequence[Piece], offsets: Sequence[int], text: str
) -> list[tuple[int, int]]:
    """End a sentence after a displayed formula when what follows starts a new one."""
    cuts = [
        offset + len(piece.text)
        for piece, offset in zip(pieces, offsets, strict=True)
        if piece.formula
        and not piece.text.rstrip().endswith(",")
        and _OPENERS.match(text[offset + len(piece.text) :].lstrip())
    ]
    result: list[tuple[int, int]] = []
    for start, end in found:
        for cut in cuts:
            if start < cut < end - 1:
                result.append((start, cut))
                start = cut + len(text[cut:]) - len(text[cut:].lstrip())
        result.append((start, end))
    return result


def _spans(pieces: Sequence[Piece], offsets: Sequence[int], start: int, end: int) -> tuple[Span, ...]:
    spans = []
    for piece, offset in zip(pieces, offsets, strict=True):
        left, right = max(start, offset), min(end, offset + len(piece.text))
        if left < right:
            spans.append(Span(piece.page, piece.start + left - offset, piece.start + right - offset))
    return tuple(spans)
