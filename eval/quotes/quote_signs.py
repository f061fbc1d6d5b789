"""Tell what the marks between a quote's letters say, and whether they say the same at a place of a paper.

Two texts of the same letters (`normal`) can differ in meaning: 1.5 and 15, < and >, × and /, 10^-3 and 10-3, mm and Mm,
one sentence and two. What says something is kept with the number of letters before it; what extraction and typing
change (blanks, the kind of dash, quotation marks, commas and brackets in prose, carets) is not. Not handled here:
blanks moved inside words, brackets of formulas.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from .normal_form import normal, without_ligatures

_RAISED = "˗"  # stands for the minus of an exponent
_SAME = str.maketrans(
    dict.fromkeys("−–‐‑﹣－", "-") | dict.fromkeys("⋅∙", "·") | dict.fromkeys("∣∥", "|") | dict.fromkeys("⁄∕", "/")
    | {"∼": "~", "∗": "*", "∶": ":", "⩽": "≤", "⩾": "≥", "◦": "°", "∘": "°", "’": "'", "⟶": "→", "⟵": "←"}
)  # fmt: skip
_SIGN = "+<=>~¬±×÷$¢-¥₠-⃏←-⇿∀-⋿⟰-⟿⤀-⥿⨀-⫿"  # mathematics and currencies
_NUMBER = r"\d+(?:[.,]\d+)*(?:e\s?[-+]\s?\d+)?"
_MARK = re.compile(
    rf"(?<![\w.)%-])(?!(?<=\d )- )-?\s?{_NUMBER}|{_NUMBER}"  # a dash with a blank on both sides is no sign
    r"|(?<=\d)\s?[,:*·](?=\s?\d)|(?<=\d)\s(?=\d)"  # between numbers; only a dash there is not named
    rf"|[{_SIGN}%‰‱°/{_RAISED}]|\bper\s?cent\b"
    r"|(?<=\b[^\W\d_])\s?-(?=\s?[^\W\d_]\b)|(?<=[=<>≤≥≈~(\[+×·/])\s?-(?=\s?[^\W\d_])"  # minus of symbols
    r"|(?<=[^\W\d_])'(?=(?:re|ll|d)\b)"  # we're and were
    r"|[;?!]|(?:(?<=[^\W\d_]{2})|(?<=[\d)\]%\"'”]))\s?\.(?!\.)",  # ends of sentences
    re.IGNORECASE,
)
_SHORT = re.compile(r"\b(?:al|vs|etc|figs?|eqs?|secs?|tabs?|refs?|approx|resp|cf|no|vol|pp|dr|prof|st)$", re.IGNORECASE)
_CLOSE = "%‰°"  # all that counts after the last letter
_TALL = "√∑∏∫"  # signs that reach over their line: where they stand between the letters differs from reader to reader
_UNKNOWN = re.compile(r"[\x00-\x08\ue000-\uf8ff\ufffd]")  # a sign that the quote's reader could not name
_EXPONENT_MINUS = re.compile(r"\^\s?[{(]?\s?[-−–]|⁻")
_SCRIPT = re.compile(r"(?<=[\w)\]])[\^_](?=[\w{(*+˗-])")  # raised or lowered
_BRACED = re.compile(r"[\^_]\{([^{}]*)\}")
_HIGH, _LOW = re.compile("[⁰¹²³⁴-⁹]+"), re.compile("[₀-₉]+")
_INTERVAL = re.compile(r"[\[(][^\[\](),]{1,12},[^\[\](),]{1,12}[\])]")
_MINUS_SIGN = re.compile(r"(?<=\w)\s?−(?=\w)")
_SYMBOL = re.compile(r"(?<![^\W_])(?<![^\W_][.'’])[^\W\d_]\d*(?![^\W_]|\.[^\W\d_])")
_UNIT = re.compile(
    r"(?<=\d)\s?((?:[yzafpnμmcdhkgtpe]|da)?(?:[mgsakwvbjnlftchduω]|hz|pa|ev|bits?|db|px|mol|wh|gy|sv|bq|ah))(?![^\W_])",
    re.IGNORECASE,
)
_PREFIX = re.compile(rf"(?:(?![∗∘∙⋅∣∥])[{_SIGN}]\s?)+$|(?<![\w)\]%])[-−–±]$|(?<![\w)\]\"'”’])!$")
_PREFIXED = re.compile(r"\d|[^\W\d_]\d*(?![^\W_])")
_ALWAYS = re.compile(r"[~∼¬!√∂∇]\s?$")  # signs that belong to any word after them
_CUT_BEFORE = re.compile(r"[^\W\d_][^\W\d_]$|\w[-‐‑–]\w$|\d[.,]?\d$|\.\d$")
_CUT_AFTER = re.compile(
    r"[^\W\d_][^\W\d_]|\w[-‐‑–]\w|\d\d|\d[.,]\d|\w\^[\w{(*+-]"
    r"|\d\s?(?:[%‰°◦]|(?:per\s?cent|(?:thousand|million|billion|trillion)s?)\b)"
)
_NEGATED = re.compile(r"\b(?:no|not|never|without|neither|nor|cannot|hardly)(?:\s+\w+)?\s+$|n[’']t\s+$", re.IGNORECASE)
_TELLING = re.compile(
    r"(?<![\w.)\]%−–-])\d|[<>≤≥≠±=≪≫]|\b(?:not|no|never|without|nor|neither|cannot|none)\b|n['’]t\b", re.IGNORECASE
)
_NEAR = 40  # characters before a place in which a negation or a sign still belongs to it
_NEW_SENTENCE = re.compile(r"(?:^|[.:;?!])\W*$")


@dataclass(frozen=True, slots=True)
class Signs:
    """Hold what the marks of a text say; places are counted in letters of the normal form, ligatures left out."""

    marks: tuple[tuple[int, str], ...]
    symbols: Mapping[int, str]  # variables and units, whose case says something
    shapes: Mapping[int, str]  # whether what follows is raised (^) or lowered (_), and the brackets of an interval
    tall: tuple[str, ...]
    minus: frozenset[int]  # minus signs, no hyphens, that may have been an exponent's when the text was copied
    unknown: frozenset[int]

    @classmethod
    @lru_cache(maxsize=16384)
    def of(cls, text: str) -> Signs:
        """Read the signs of a text; marks at its end, and case at the start of a sentence, say nothing."""
        raised = _EXPONENT_MINUS.sub(f"^{_RAISED}", " ".join(text.split()))
        marked = unicodedata.normalize("NFKC", _LOW.sub(r"_\g<0>", _HIGH.sub(r"^\g<0>", raised)))
        bare = re.sub(r"[\^_]", "", _BRACED.sub(r"\1", marked))
        plain = bare.translate(_SAME)
        return cls(
            tuple(_marks(plain)),
            _symbols(plain),
            {at: match[0] for at, match in _placed(_SCRIPT, marked)}
            | {at: match[0][0] + match[0][-1] for at, match in _placed(_INTERVAL, plain)},
            tuple(re.findall(rf"[{_TALL}](?=.*\w)", plain)),
            frozenset(at for at, _ in _placed(_MINUS_SIGN, bare)),
            frozenset(at for at, _ in _placed(_UNKNOWN, bare)),
        )

    def agree(self, place: Signs) -> bool:
        """Tell whether a quote of these signs says what a place says: nothing is dropped, added or exchanged.

        Carets may be lost and minus signs of exponents then stand in the line: "10−3", but not "10-3".
        """
        said = tuple(mark for mark in place.marks if not self._lost(*mark))
        tall = self.tall == place.tall or bool(self.unknown)
        return said == self.marks and tall and not (self._cased(place) or self._reshaped(place))

    def _lost(self, at: int, sign: str) -> bool:
        lost = self.minus if sign == _RAISED else self.unknown
        return at in lost and not any(char.isdigit() for char in sign)

    def _cased(self, place: Signs) -> bool:
        """Tell whether a symbol differs in case alone."""
        both = [(symbol, place.symbols[at]) for at, symbol in self.symbols.items() if at in place.symbols]
        return any(one != other and one.casefold() == other.casefold() for one, other in both)

    def _reshaped(self, place: Signs) -> bool:
        """Tell whether something is raised here and lowered there, or an interval open here and closed there."""
        return any(place.shapes.get(at, shape) != shape for at, shape in self.shapes.items())


def signature(text: str) -> list[str]:
    """Return a text's numbers, with signs, and the marks that say something, in order; exponents are plain digits."""
    return [sign for _, sign in Signs.of(text).marks]


def telling(text: str) -> bool:
    """Tell whether a text holds a number, a comparison or a negation: what may not get lost between its words."""
    return _TELLING.search(text) is not None


def opening(text: str, at: int) -> int:
    """Return where the sign before the number or symbol at a place begins, or the place itself."""
    before = text[max(0, at - _NEAR) : at]
    match = _PREFIX.search(before)
    if match is None or not (_PREFIXED.match(text, at) or _ALWAYS.search(before)):
        return at
    return at - len(match[0])


def cut_before(text: str, at: int) -> bool:
    """Tell whether a place begins inside a word or number, or leaves out a negation before it."""
    before = text[max(0, at - _NEAR) : at]
    return bool(_CUT_BEFORE.search(before + text[at]) or _NEGATED.search(before))


def cut_after(text: str, end: int) -> bool:
    """Tell whether a place ends inside a word or number, or leaves out what the number counts."""
    return _CUT_AFTER.match(text, end - 1) is not None


def _marks(plain: str) -> Iterator[tuple[int, str]]:
    last = len(without_ligatures(normal(plain)))
    for at, match in _placed(_MARK, plain):
        sign = match[0] if match[0] == " " else "".join(match[0].split())
        if sign in _TALL or (at == last and sign not in _CLOSE):
            continue
        if sign != "." or not _SHORT.search(plain[max(0, match.start() - _NEAR) : match.start()]):
            yield at, "%" if sign.startswith("per") else sign


def _symbols(plain: str) -> dict[int, str]:
    if plain.isupper():
        return {}
    units = {at: match[1] for at, match in _placed(_UNIT, plain)}
    return units | {
        at: match[0]
        for at, match in _placed(_SYMBOL, plain)
        if match[0] not in "AaIi" or not _NEW_SENTENCE.search(plain[max(0, match.start() - _NEAR) : match.start()])
    }


def _placed(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield a pattern's matches with the number of letters before what they hold."""
    counted, letters, at = 0, "", 0
    for match in pattern.finditer(text):
        place = match.start(match.lastindex or 0)
        letters, at = letters + normal(text[at:place]), place
        settled = len(letters.rstrip("f"))  # what follows an f may make it a ligature
        counted, letters = counted + len(without_ligatures(letters[:settled])), letters[settled:]
        yield counted + len(without_ligatures(letters)), match
