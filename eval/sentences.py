"""Split a paragraph of an answer into sentences, each with the citation marks that follow its full stop.

Full stops are those of all scripts (Unicode: Sentence_Terminal). Scripts without any, such as Thai, give one sentence a
paragraph. Marks that are known beforehand stand in the text as one character, so that no full stop within one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .marks import Mark, without_openings
from .scripts import LATIN, main_script, script, unspaced
from .shared_data import any_of, word_set

_QUOTED = "\ue001"  # stands for what is quoted
_MARKED = "\ue000"  # stands for the characters of a mark
MAX_MARK = 40  # characters of a link that stands as a mark behind a sentence
MAX_SENTENCE = 1000  # characters; longer ones are lists without stops, or made to tire a reader
_STOPS = "!?…‼⁇⁈⁉‽⸮;"  # of scripts that write a blank after a sentence; the last is Greek
_ALONE = "。．！？｡։။។៕།༎।॥؟۔۝።፧፨᠃᠉᙮᜵᜶꓿꘎꘏꛳꛷܀܁܂߹᭚᭛꤯꧈꧉꩝꩞꩟꫰꫱꯫𑁇𑁈"  # that end a sentence with or without one
_CLOSING = "\"”’'»«“‘›‹」』﹂﹄〞〟)）\\]】〉》*_"
_PARTICLES = "とっはがをもにのでや的"  # that follow a quotation in scripts without blanks
_MARKS = rf"(?:\s*(?:{_MARKED}+|\[[^\[\]\n]{{1,40}}\]))*"
_END = re.compile(
    rf"(?:[.{_STOPS}]+[{_CLOSING}]*{_MARKS}[{_CLOSING}]*(?=\s|$|[^\x00-\u2fff])"
    rf"|[{_ALONE}]+[{_CLOSING}]*{_MARKS}[{_CLOSING}]*)"
)
_AHEAD = 40  # characters after a full stop in which the next word begins
_ABBREVIATED = re.compile(
    rf"(?:\b(?:{any_of('abbreviations')}|no|dr|prof|mrs?|st|pp?|vol|eds?|dept|est)|\b[A-Z]|\b(?:\w\.)+\w)\.$"
)
_MAY_END = word_set("closing_abbreviations")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST = 3  # words of a sentence that states something
_FEWEST_LETTERS = 4  # the same in scripts that write no blanks between words
_LEADS_ON = (":", "?", "：", "？", "؟", "፧", ";", "՞")
_NOTHING_STATED = re.compile(r"(?:the allowed papers do not support a statement here|not stated)\.?", re.IGNORECASE)
_HEADING = re.compile(r"\S\s+\S+\s+\S+\s+\S+[.!]$|[。։।።۔]$")
_VERB = (
    r"(?:is|are|was|were|has|have|had|does|do|did|can|cannot|uses?|reach(?:es)?|achieves?|contains?|consists?|needs?)"
)
_CLAIM = re.compile(
    rf"^(?!(?:who|what|where|when|why|how|whether|which|if)\b).*\b{_VERB}\b.*(?:\d|\b(?:not|never|no|always|all|only|two|"
    r"three|four|five|six|seven|eight|nine|ten|twelve|hundred|best|better|worse)\b)",
    re.IGNORECASE,
)


def sentences(
    text: str, marks: Sequence[Mark] = (), quotations: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Return the places of a paragraph's sentences, without blanks around them.

    Marks belong to the sentence before them; no sentence ends within a quotation but at its end.
    """
    masked, bare = _masked(text, marks, quotations)
    found: list[tuple[int, int]] = []
    for low, high in _split(masked):
        rest = bare[low:high]
        if found and rest != text[low:high] and not _WORD.search(rest):
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def pieces(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence, or pieces of one that is too long, parted at blanks: the checks compare all words."""
    while high - low > MAX_SENTENCE:
        blank = text.rfind(" ", low + 1, low + MAX_SENTENCE)
        end = blank if blank > 0 else low + MAX_SENTENCE
        yield low, end
        low = end
    yield low, high


def _masked(text: str, marks: Sequence[Mark], quotations: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Return a text with a sign for each character of its marks and quotations, and one with blanks for marks."""
    masked, bare = list(text), list(text)
    for low, high in quotations:
        words = list(_WORD.finditer(text, low, high))
        if len(words) > _FEWEST:
            masked[low : words[-1].end()] = _QUOTED * (words[-1].end() - low)
    for mark in marks:
        width = mark.end - mark.start
        short = width <= MAX_MARK and not text[mark.end : mark.end + MAX_MARK].lstrip()[:1].islower()
        if not mark.said or (short and mark.written.startswith("[")):
            masked[mark.start : mark.end] = _MARKED * width
        bare[mark.start : mark.end] = " " * width
    return "".join(masked), "".join(bare)


def _split(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for match in _END.finditer(text):
        if _runs_on(text, match, start):
            continue
        found.append((start, match.end()))
        start = match.end()
    found.append((start, len(text)))
    trimmed = [
        (low + len(text[low:high]) - len(text[low:high].lstrip()), low + len(text[low:high].rstrip()))
        for low, high in found
    ]
    return [(low, high) for low, high in trimmed if low < high]


def _runs_on(text: str, match: re.Match[str], start: int) -> bool:
    """Tell whether a full stop ends no sentence: an abbreviation, an initial, or a small letter follows."""
    following = text[match.end() : match.end() + _AHEAD].lstrip()
    stop = text[max(start, match.start() - 12) : match.start() + 1]
    if match[0].startswith(".") and _ABBREVIATED.search(stop):
        last = re.search(r"(\w+)\.$", stop)
        if not (last and last[1] in _MAY_END and following[:1].isupper() and (_MARKED in match[0] or "[" in match[0])):
            return bool(following)
    glued = match[0][-1] in _CLOSING and bool(following) and not text[match.end()].isspace()
    if glued and (following[0] in _PARTICLES or script(following[0]) == "HANGUL"):
        return True  # what says who said it: 「…。」と, “….”라고
    small = following[:1].islower() and script(following[0]) != "GEORGIAN"  # whose letters all count as small
    return small and match[0][0] not in _ALONE


# --- what a sentence says -----------------------------------------------------------------------------------------


def own_words(text: str, place: tuple[int, int], marks: Sequence[Mark]) -> str:
    """Return a sentence's own words: marks, bare ids and links are citations, not words."""
    parts, at = [], place[0]
    for mark in marks:
        if at <= mark.start < place[1]:
            parts += [text[at : mark.start], mark.said]
            at = mark.end
    return tidied(without_openings("".join([*parts, text[at : place[1]]])))


def tidied(text: str) -> str:
    """Return a text without the empty brackets and the blanks that marks leave behind."""
    text = re.sub(r"[(（]\s*[,;]?\s*[)）]|\s+(?=[.,;:!?”)])", "", text)
    return re.sub(r"\s+", " ", text).strip()


def states_nothing(text: str) -> bool:
    """Tell whether a sentence is a question, a lead-in, or too short to state anything."""
    if text.endswith(_LEADS_ON) or _NOTHING_STATED.fullmatch(text):
        return True
    if main_script(text) == LATIN:
        return len(_WORD.findall(text)) < _FEWEST
    words = sum(any(map(str.isalpha, word)) for word in text.split())
    return words < _FEWEST and sum(map(unspaced, text)) < _FEWEST_LETTERS


def heading_states(text: str) -> bool:
    """Tell whether a heading states something: it ends like a sentence, or has a verb and a figure."""
    text = " ".join(text.split())
    return bool(_HEADING.search(text) or (_CLAIM.search(text) and not text.endswith(_LEADS_ON)))
