"""Cut text into sentences as a scientist would, and say what makes one unfit or fit to be quoted.

What is flagged once, on reading, stands first; what a writer asks of the wording of each quote, after it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.language import phrases
from rag.language.data import ANY_LANGUAGE, any_of, word_set
from rag.language.notation import MIN_WORDS, is_formula, long_words, without_values
from rag.language.orders import addresses_reader
from rag.language.scripts import MARK, PAIRED, is_beyond_latin, main_script, script_of
from rag.papers import Flag, Label, Sentence

STOPS = "。．！？｡॥।؟۔።፧፨։។៕။།⁇⁈⁉‼"
"""What ends a sentence in scripts other than Latin, Greek and Cyrillic; no blank needs to follow."""
BRACKETS = "」』）》〉】〕»›"
UNSTOPPED = frozenset({"thai", "lao", "myanmar", "khmer"})
_OPENING = re.compile(r"[\"'“‘(\[]*[A-Z0-9À-ÞΑ-Ω]")
_LISTED = re.compile(r"\W*(?:additional )?(?:key\s?words|index terms)\b.{0,20}?[.:—–]", re.IGNORECASE)
_CLOSING = re.compile(rf"[.!?…:;{STOPS}][\"'”’)\]{BRACKETS}]*$")
_OTHERS = re.compile(
    r"^(?:\W*(?:Recently|In \[?\d+\]?|Concurrently),? )?"
    r"[A-Z][\w'’-]+(?: (?:and|&) [A-Z][\w'’-]+| et al\.?)?,? ?"
    r"(?:\[[\d, –-]+\]|\(\d{4}[a-z]?\)|\([^()]*\d{4}[a-z]?\))"
)
_EARLIER = re.compile(  # "Previous work [5] found that ..."
    r"^\W*(?:\w+,? )?(?:previous|prior|earlier|recent|existing|other|past|related) (?:\w+ )?"
    r"(?:works?|stud(?:y|ies)|research|methods?|approach(?:es)?|papers?|models?|authors?|efforts?|analys[ei]s)\b.*"
    r"\b(?:found|finds?|show(?:s|ed|n)?|report(?:s|ed)?|demonstrat\w+|observ\w+|conclud\w+|argu\w+|suggest\w*|propos\w+)\b",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\[\d+(?:\s*[,–-]\s*\d+)*\]|\([^()]*\b(?:19|20)\d\d[a-z]?[^()]*\)|\bet al\.")
_OWN = re.compile(r"\b(?:we|our|ours|us|this (?:paper|work|letter|study))\b", re.IGNORECASE)

_UNKNOWN = "\ufffd"  # a character of which nobody can tell what it is
NEVER: frozenset[Flag] = frozenset({"addresses_reader", "out_of_place", "unreadable"})
"""Flags of sentences that are neither indexed nor shown."""
EVIDENCE: frozenset[Label] = frozenset({"abstract", "body", "appendix", "caption", "footnote", "table"})


def flags_of(text: str, formula: bool = False) -> tuple[Flag, ...]:
    """Return what makes a sentence a poor or forbidden quote."""
    flags: list[Flag] = []
    if addresses_reader(text):
        flags.append("addresses_reader")
    if formula or is_formula(text):
        flags.append("formula")
    marked = "[" in text or "(" in text  # else it names no works, but for "et al."
    cited = len(_CITATION.findall(text)) if marked or "et al." in text else 0
    others = (marked and _OTHERS.match(text)) or cited >= 3 or (cited and _EARLIER.match(text))
    if others and not _OWN.search(text):
        flags.append("second_hand")
    if _UNKNOWN in text:
        flags.append("unreadable")
    listed = _LISTED.match(text) is not None
    opened = _OPENING.match(text) or opens_other_script(text)
    if listed or not opened or not (_CLOSING.search(text) or script_of(text[-1:] or " ") in UNSTOPPED):
        flags.append("fragment")
    return tuple(flags)


def may_be_evidence(sentence: Sentence) -> bool:
    """Tell whether a sentence can ever be shown to a writer: its kind, read in full, no order, no bare formula."""
    return (
        sentence.label in EVIDENCE
        and not NEVER.intersection(sentence.flags)
        and ("formula" not in sentence.flags or len(long_words(sentence.text)) >= MIN_WORDS)
    )


# --- by wording ---------------------------------------------------------------------------------------------

UNFIT: frozenset[Flag] = frozenset({"second_hand", "fragment", "formula", "row", "addresses_reader"})
"""Flags of what cannot be printed as prose."""
REMEMBERED = 1 << 13  # sentences whose looks are kept: each is looked at for every point and every run
MARKS_IN_RUN = 1  # works that a sentence of a run may cite: with more it is about them
MARKS_ALONE = 3  # works that an answering sentence may cite: data sets are named with their source
LETTERS = 0.62  # of a sentence's characters stand in words, where it is prose to be read on
LETTERS_ALONE = 0.5  # likewise, where it states a fact, which may come with figures and symbols

_MARKS = re.compile(r"\[\d+(\s*[,;–-]\s*\d+)*\]|\bet al\b|\((?:[A-Z][\w'’-]+[^()]{0,40},? )?(?:19|20)\d\d[a-z]?\)")
_WORDISH = re.compile(r"[A-Za-z]{2,}")
_SHORTEST, _DENSEST = 25, 10  # characters of a sentence that says something; of one that is written without blanks
_MARKS_OF = re.compile(MARK)
_LAST = frozenset(f".!?”\"'’){STOPS}{BRACKETS}")


@lru_cache(REMEMBERED)
def citation_marks(text: str) -> int:
    """Count the places where a sentence cites other works."""
    return len(_MARKS.findall(text))


@lru_cache(REMEMBERED)
def stands_alone(text: str) -> bool:
    """Tell whether a sentence can be read without its neighbours, figures and equations."""
    leaning = (phrases.LEANS, phrases.POINTS, phrases.POINTS_BACK, phrases.SIGNPOST)
    return not any(cue.search(text) for cue in leaning) and reads_well(text)


@lru_cache(REMEMBERED)
def refers_back(text: str) -> bool:
    """Tell whether a sentence speaks of something that only the one before names: "this event", "It", "such a model".

    A thing that it has named itself is none: "We train BERT, and this model ...".
    """
    found = phrases.REFERS.search(text)
    if found is None:
        return False
    named = text[: found.start()].casefold()
    return not any(word.removesuffix("s") in named for word in long_words(found["thing"] or ""))


@lru_cache(REMEMBERED)
def runs_on(text: str) -> bool:
    """Tell whether a sentence can stand in a run: prose of the paper itself that points at no figure or table."""
    return _is_own_prose(text, MARKS_IN_RUN, phrases.POINTS, LETTERS) and "://" not in text


@lru_cache(REMEMBERED)
def states_fact(text: str) -> bool:
    """Tell whether a sentence can be printed as an answer of its own, though it may point at a table for more."""
    return _is_own_prose(text, MARKS_ALONE, phrases.ANNOUNCES, LETTERS_ALONE)


def _is_own_prose(text: str, marks: int, elsewhere: re.Pattern[str], letters: float) -> bool:
    return (
        citation_marks(text) <= marks
        and not any(cue.search(text) for cue in (elsewhere, phrases.OTHERS_FIRST, phrases.GARBLED))
        and reads_well(without_values(text), letters)
    )


def says_enough(text: str) -> bool:
    """Tell a text that is long enough to say something: ten characters of Chinese do, of English twenty-five."""
    dense = not text.isascii() and main_script(text) in PAIRED
    return len(text) >= (_DENSEST if dense else _SHORTEST)


@lru_cache(REMEMBERED)
def reads_well(text: str, letters: float = LETTERS) -> bool:
    """Tell whether a sentence is whole prose: long enough, mostly words, opened and closed as a sentence is."""
    stripped = text.strip()
    other = is_beyond_latin(stripped)
    if not (_DENSEST if other else _SHORTEST) <= len(stripped) <= 600:
        return False
    if other:
        if not (stripped[-1] in _LAST or script_of(stripped[-1]) in UNSTOPPED) or not opens_sentence(stripped):
            return False
        told = sum(map(str.isalpha, stripped)) + len(_MARKS_OF.findall(stripped))
    else:
        if stripped[-1] not in ".!?”\"'’)" or not (stripped[0].isupper() or stripped[0] in "“\"'("):
            return False
        told = sum(len(word) for word in _WORDISH.findall(stripped))
    return told >= letters * len(stripped) and stripped.count("(") == stripped.count(")")


# --- cut text into sentences as a scientist would -----

_LOOK_BACK = 24  # characters before a stop: more than any label or abbreviation has
_STOP = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)")
_OTHER_STOP = re.compile(rf"[{STOPS}]+[\"'”’)\]{BRACKETS}]*")
_OPEN_BLANK = re.compile(r"(?<=[\u0e00-\u0eff\u1000-\u109f]) +(?=[\u0e00-\u0eff\u1000-\u109f])")  # of Thai, Lao
_CLAUSE = 30  # characters: a blank after so many may end a sentence in scripts without stops
_BULLET = re.compile(r"[•‣◦▪■●○∙](?<!\S.)(?=\s|[A-Z])")
_LEAD = re.compile(r"[\s•‣◦▪■●○∙\u00ad]*(?:—(?=[A-Z]))?")  # "Abstract—We show"
_LABEL = re.compile(rf"(?:^|\s)(?:{any_of('numbered_labels')})\s*[\dIVXA-Z][\d.]*\.$")  # "Figure 1."
_ABBREVIATION = re.compile(
    rf"(?:^|[\s(\[“\"'–—/-])({any_of('abbreviations')}|{any_of('abbreviations', ANY_LANGUAGE)})\.$"
)
_SPACED = re.compile(r"(?:^|[\s(])(?:z\. ?B|z\. ?T|i\. ?V|v\. ?Chr|n\. ?Chr)\.")  # German
_MAY_END = word_set("closing_abbreviations")
_INITIAL = re.compile(r"(?:^|[\s(.~-])[A-Z]\.$")
_ORDINAL = re.compile(r"(?:^|\s)\d{1,2}\.$")
_ARTICLE = re.compile(r"A\b")
_BLANKS = re.compile(r"\s*")
_BEGINNING = re.compile(r"[\"'“‘(\[]*[A-Z0-9À-ÞΑ-Ω•‣∗†‡]")
_MARKS_BEFORE = re.compile(rf"[\"'“‘„‚«‹¿¡(\[{BRACKETS}]*")
_NEW_SENTENCE = re.compile(rf"(?:{any_of('first_words')})\b[^.]")


def boundaries(text: str) -> list[tuple[int, int]]:
    """Return start and end of every sentence of a paragraph; blanks and bullets between belong to none.

    "Lamps glow. • Wicks burn." has "Lamps glow." and "Wicks burn."
    """
    cuts = [match.end() for match in _STOP.finditer(text) if _ends_sentence(text, match.start(), match.end())]
    if not text.isascii():
        cuts += [match.start() for match in _BULLET.finditer(text)]
        cuts += [match.end() for match in _OTHER_STOP.finditer(text)]
        cuts += _ends_of_clauses(text)
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
    return _BEGINNING.match(text, start) is not None or opens_other_script(text, start)


def opens_other_script(text: str, start: int = 0) -> bool:
    """Tell a capital of any script; where there are no capitals, any letter can begin a sentence."""
    if text.isascii():
        return False
    start = _MARKS_BEFORE.match(text, start).end()  # type: ignore[union-attr]  # matches everywhere
    char = text[start : start + 1]
    small = char.islower() and script_of(char) != "georgian"  # whose only letters Unicode calls small
    return char.isalpha() and not small and script_of(char) != ""


def _ends_of_clauses(text: str) -> list[int]:
    """Return where sentences of Thai, Lao and Burmese end, which set a blank between them and no stop."""
    found, start = [], 0
    for match in _OPEN_BLANK.finditer(text):
        if match.start() - start >= _CLAUSE:
            found.append(match.start())
            start = match.end()
    return found


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
    if _SPACED.match(text, max(0, stop - 2)):
        return False
    if _LABEL.search(before) and len(text[:stop].strip()) < _LOOK_BACK:
        return False
    new = _NEW_SENTENCE.match(text, after) is not None
    abbreviation = _ABBREVIATION.search(before)
    if abbreviation:
        return new and abbreviation[1] in _MAY_END
    if _INITIAL.search(before):
        return new and not _ARTICLE.match(text, after)
    return new or not _ORDINAL.search(before)
