"""Cut text into sentences as a scientist would.

Rules, not a library: eval/benchmarks/README.md ("Sentences") counts the errors of both on real pages. Not handled
here: where on a page a sentence stands, and formulas displayed between two (`rag.reading.text`).
"""

from __future__ import annotations

import re

from rag.language.data import any_of, word_set

_LOOK_BACK = 24  # characters before a stop: more than any label or abbreviation has
_STOP = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)")
_BULLET = re.compile(r"[•‣◦▪■●○∙](?<!\S.)(?=\s|[A-Z])")
_LEAD = re.compile(r"[\s•‣◦▪■●○∙\u00ad]*(?:—(?=[A-Z]))?")  # "Abstract—We show"
_LABEL = re.compile(rf"(?:^|\s)(?:{any_of('numbered_labels')})\s*[\dIVXA-Z][\d.]*\.$")  # "Figure 1."
_ABBREVIATION = re.compile(rf"(?:^|[\s(\[“\"'–—/-])({any_of('abbreviations')})\.$")
_MAY_END = word_set("closing_abbreviations")
_INITIAL = re.compile(r"(?:^|[\s(.~-])[A-Z]\.$")
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.$")
_ARTICLE = re.compile(r"A\b")
_BLANKS = re.compile(r"\s*")
_OPENING = re.compile(r"[\"'“‘(\[]*[A-Z0-9À-ÞΑ-Ω•‣∗†‡]")
_NEW_SENTENCE = re.compile(rf"(?:{any_of('first_words')})\b[^.]")


def boundaries(text: str) -> list[tuple[int, int]]:
    """Return start and end of every sentence of a paragraph; blanks and bullets between belong to none.

    "Lamps glow. • Wicks burn." has "Lamps glow." and "Wicks burn."
    """
    cuts = [match.end() for match in _STOP.finditer(text) if _ends_sentence(text, match.start(), match.end())]
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


def opens_sentence(text: str, start: int = 0) -> bool:
    """Tell whether what stands at a place can begin a sentence: "(We" and "3 lamps" can, "where" cannot."""
    return _OPENING.match(text, start) is not None


def _ends_sentence(text: str, stop: int, end: int) -> bool:
    """Tell whether the stop at `stop`, with brackets and quotes up to `end`, ends a sentence.

    That of "Doe et al. (2017)" does not, but that of "lamps, wicks, etc. However, ..." does.
    """
    after = _BLANKS.match(text, end).end()  # type: ignore[union-attr]  # matches everywhere
    if after == len(text):
        return True
    if not opens_sentence(text, after):
        return False
    if text[stop] != ".":
        return True
    before = text[max(0, stop - _LOOK_BACK) : stop + 1]
    if _LABEL.search(before) and len(text[:stop].strip()) < _LOOK_BACK:
        return False
    new = _NEW_SENTENCE.match(text, after) is not None
    abbreviation = _ABBREVIATION.search(before)
    if abbreviation:
        return new and abbreviation[1] in _MAY_END
    if _INITIAL.search(before):
        return new and not _ARTICLE.match(text, after)
    return new or not _ORDINAL.search(before)
