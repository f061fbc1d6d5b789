"""Tell in which script and language a text is written, and cut it into the pieces that stand for words.

Scripts are told by ranges of Unicode; languages that share one by their small words (`data/small_words.toml`). What is
written without blanks (Chinese, Japanese, Thai, ...) is taken in overlapping pairs of characters, as is Korean, whose
particles are joined to words: Nie et al., On the use of words and n-grams for Chinese information retrieval (2000).
Not handled here: languages of short texts without small words, Chinese and Thai words found by a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise

from rag.language.data import ANY_LANGUAGE, table, word_set

_STARTS = (  # the first code point of each range, and its script; empty for signs, and for what no rule here knows
    (0x00, "latin"), (0x250, ""), (0x370, "greek"), (0x400, "cyrillic"), (0x530, "armenian"), (0x590, "hebrew"),
    (0x600, "arabic"), (0x700, "other"), (0x750, "arabic"), (0x780, "other"), (0x8A0, "arabic"), (0x900, "devanagari"),
    (0x980, "other"), (0xB80, "tamil"), (0xC00, "other"), (0xE00, "thai"), (0xE80, "lao"), (0xF00, "other"),
    (0x1000, "myanmar"), (0x10A0, "georgian"), (0x1100, "hangul"), (0x1200, "ethiopic"), (0x13A0, "other"),
    (0x1780, "khmer"), (0x1800, "other"), (0x1C80, "cyrillic"), (0x1C90, "georgian"), (0x1CC0, ""), (0x1E00, "latin"),
    (0x1F00, "greek"), (0x2000, ""), (0x2C60, "latin"), (0x2C80, "other"), (0x2D00, "georgian"), (0x2D30, "other"),
    (0x2D80, "ethiopic"), (0x2DE0, "cyrillic"), (0x2E00, ""), (0x3005, "han"), (0x3008, ""), (0x3041, "kana"),
    (0x3100, "han"), (0x3130, "hangul"), (0x3190, ""), (0x31F0, "kana"), (0x3200, ""), (0x3400, "han"), (0x4DC0, ""),
    (0x4E00, "han"), (0xA000, "other"), (0xA640, "cyrillic"), (0xA6A0, "other"), (0xA720, "latin"), (0xA800, "other"),
    (0xAC00, "hangul"), (0xD7B0, ""), (0xF900, "han"), (0xFB00, "latin"), (0xFB13, "armenian"), (0xFB1D, "hebrew"),
    (0xFB50, "arabic"), (0xFE00, ""), (0xFE70, "arabic"), (0xFF00, ""), (0xFF66, "kana"), (0xFFA0, "hangul"),
    (0xFFE0, ""), (0x20000, "han"), (0x323B0, ""),
)  # fmt: skip
_FIRST = [start for start, _ in _STARTS]
UNSPACED = frozenset({"han", "kana", "thai", "lao", "myanmar", "khmer"})
"""Scripts that are written without blanks between words."""
PAIRED = UNSPACED | {"hangul"}
"""Scripts that are read in pairs of characters, each of which says as much as a few letters of Latin."""
_LANGUAGES = {  # the one that is meant where a script says no more
    "greek": "el", "cyrillic": "ru", "armenian": "hy", "hebrew": "he", "arabic": "ar", "devanagari": "hi",
    "tamil": "ta", "thai": "th", "lao": "lo", "myanmar": "my", "georgian": "ka", "hangul": "ko", "ethiopic": "am",
    "khmer": "km", "kana": "ja", "han": "zh",
}  # fmt: skip
MARKS = "".join(chr(code) for code in range(0x300, 0x1DC0) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
"""Signs that belong to the letter before them, vowels of Indic scripts and Thai among them."""
MARK = f"[{MARKS}\u3099\u309a\u200c\u200d]"
_MARK_SET = frozenset(MARK[1:-1])
_BEYOND = re.compile(
    "[\u0370-\u1dff\u1f00-\u1fff\u2c80-\u2dff\u3005-\ud7ff\uf900-\ufaff\ufb13-\ufdff\ufe70-\uffdc\U00020000-\U000323af]"
)
NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "sv": "Swedish", "da": "Danish", "pl": "Polish", "cs": "Czech", "tr": "Turkish",
    "fi": "Finnish", "hu": "Hungarian",
    "ro": "Romanian", "id": "Indonesian", "vi": "Vietnamese", "ru": "Russian", "uk": "Ukrainian", "bg": "Bulgarian",
    "el": "Greek", "he": "Hebrew", "ar": "Arabic", "fa": "Persian", "hi": "Hindi", "hy": "Armenian", "ka": "Georgian",
    "am": "Amharic", "ko": "Korean", "ja": "Japanese", "zh": "Chinese", "th": "Thai", "ta": "Tamil",
}  # fmt: skip
"""What languages are called in what the program says."""
_LEFTWARDS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")
LETTERS = re.compile(rf"(?:[^\W\d_]{MARK}*)+")
_CLUSTER = re.compile(rf"[^\W_]{MARK}*")
_DENSE = 2  # letters of Latin say as much as one character of scripts that are read in pairs
_SMALL_SHARE, _SMALL_KINDS = 0.15, 2  # of a text's words, and different ones: small words that tell its language
_PROSE_SHARE, _PROSE_KINDS = 0.3, 4  # likewise, in running prose


@lru_cache(1 << 14)
def script_of(char: str) -> str:
    """Return the script of a letter: "cyrillic"; empty for signs, "other" for scripts that no rule here knows."""
    return _STARTS[bisect_right(_FIRST, ord(char)) - 1][1]


def is_beyond_latin(text: str) -> bool:
    """Tell whether a text holds a letter of another script, a single Greek one among them."""
    return not text.isascii() and _BEYOND.search(text) is not None


def runs_leftwards(text: str) -> bool:
    """Tell whether a text holds letters that run from right to left."""
    return not text.isascii() and _LEFTWARDS.search(text) is not None


def main_script(text: str) -> str:
    """Return the script of most letters of a text; empty for a text without letters."""
    if text.isascii():
        return "latin" if any(map(str.isalpha, text)) else ""
    counts = Counter(map(script_of, filter(str.isalpha, text)))
    counts.pop("", None)
    if counts["kana"]:  # Japanese is written in both
        counts["kana"] += counts.pop("han", 0)
    for script in counts.keys() & PAIRED:
        counts[script] *= _DENSE
    return max(counts, key=lambda script: counts[script], default="")


@lru_cache(1 << 12)
def language_of(text: str) -> str:
    """Return the ISO code of a text's language, "en" where nothing speaks for another one.

    "Wie viele Schichten hat der Encoder?" is "de": of languages in Latin letters the one most of whose small words it
    holds, and more of them than English ones.
    """
    script = main_script(text)
    if script not in ("latin", "cyrillic", "arabic", "devanagari"):
        return _LANGUAGES.get(script, "en")
    found = [word.lower() for word in LETTERS.findall(text)]
    held: dict[str, list[str]] = {}
    for word in found:
        for language in _speakers().get(word, ()):
            held.setdefault(language, []).append(word)
    fit = _LANGUAGES.get(script, "en")
    best = sum(map(small_words(fit).__contains__, found))
    for language, words in held.items():
        enough = len(set(words)) >= min(_SMALL_KINDS, len(found)) and len(words) >= _SMALL_SHARE * len(found)
        if enough and len(words) > best and _spoken()[language] == script:
            fit, best = language, len(words)
    return fit


def reads_foreign(text: str) -> bool:
    """Tell prose of another language than English by its small words, which tables, works and formulas lack.

    A third of the words of German or Spanish prose are small ones and more, of "Devlin et al. el al. de" few are.
    """
    small = small_words(language_of(text)) if language_of(text) != "en" else frozenset()
    found = [word.lower() for word in LETTERS.findall(text) if len(word) > 1]
    held = [word for word in found if word in small]
    return len(set(held)) >= _PROSE_KINDS and len(held) >= _PROSE_SHARE * len(found)


@cache
def _speakers() -> dict[str, list[str]]:
    """Return for each small word the languages that have it."""
    found: dict[str, list[str]] = {}
    for language in _spoken():
        for word in small_words(language):
            found.setdefault(word, []).append(language)
    return found


def goes_on_unspaced(before: str, after: str) -> bool:
    """Tell whether no blank stands where a line ends and the next begins, as in Chinese, Japanese and Thai."""
    if before.isascii() and after.isascii():
        return False
    kinds = [_kind(before[-1:]), _kind(after[:1])]
    return "unspaced" in kinds and "" not in kinds


def _kind(char: str) -> str:
    if not char or char.isspace():
        return ""
    if script_of(char) in UNSPACED or char in MARKS:
        return "unspaced"
    return "sign" if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uff65" else ""


@cache
def _spoken() -> dict[str, str]:
    """Return the languages whose small words are known, with their scripts."""
    return {language: main_script(words) for language, words in table("small_words", ANY_LANGUAGE).items()}


def beyond_latin() -> list[str]:
    """Return the languages of other scripts whose small words are known."""
    return [language for language, script in _spoken().items() if script != "latin"]


@cache
def small_words(language: str) -> frozenset[str]:
    """Return the words of a language that say nothing of what a text is about; none where they are not known."""
    if language == "en":
        return word_set("stop_words")
    return frozenset(table("small_words", ANY_LANGUAGE).get(language, "").split())


def pieces(text: str) -> list[str]:
    """Return what stands for the words of a text in other scripts: words with their marks, pairs of characters.

    Of "这种滤镜 works" these are 这种, 种滤, 滤镜 and works; single characters stand for themselves.
    """
    found: list[str] = []
    for run in _same_kind(text):
        if script_of(run[0]) not in PAIRED:
            found.append(run)
            continue
        for part in _cut_at_small_words(run):
            clusters = _CLUSTER.findall(part)
            found += ["".join(two) for two in pairwise(clusters)] or clusters
    return found


def is_pair(word: str) -> bool:
    """Tell a pair of characters, which is no word that a person would look for."""
    return bool(word) and not word.isascii() and script_of(word[0]) in PAIRED


def _same_kind(text: str) -> list[str]:
    """Return the runs of letters and digits, cut where what is written in pairs meets what is not."""
    found = [""]
    kind: bool | None = None
    for char in text:
        if char.isalnum():
            paired = script_of(char) in PAIRED
            if kind is not None and paired != kind:
                found.append("")
            found[-1] += char
            kind = paired
        elif found[-1] and char in _MARK_SET:
            found[-1] += char
        elif found[-1]:
            found.append("")
            kind = None
    return [run for run in found if run]


def _cut_at_small_words(run: str) -> list[str]:
    """Cut a run of characters at its language's small words, which no blank sets apart: 滤镜的误差."""
    cuts = _cutter(_LANGUAGES.get(script_of(run[0]), ""))
    return [part for part in cuts.split(run) if part] if cuts else [run]


@cache
def _cutter(language: str) -> re.Pattern[str] | None:
    known = small_words(language)
    if language == "ko" or not known:  # Korean sets words apart by blanks
        return None
    return re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))
