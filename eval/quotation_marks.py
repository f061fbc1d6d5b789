"""Find what a text quotes: the stretches between quotation marks of any language.

The pairs are those of CLDR's delimiters (Unicode Common Locale Data Repository) and of typewriters and LaTeX. An
opening mark that is never closed quotes the rest of its paragraph. Not handled: 《》, which set off titles, and the
dash that opens direct speech.
"""

from __future__ import annotations

import re

from .scripts import unspaced

MIN_QUOTE_WORDS = 4  # shorter quotation marks set words apart, they quote nothing
MIN_QUOTE_LETTERS = 8  # the same in scripts that write no blanks between words
_PAIRS = tuple(
    (pair[0], pair[1:])
    for pair in (
        "“”",
        '„“”‟"',
        "«»",
        "‹›",
        "»«»",
        "›‹›",
        "「」",
        "『』",
        "﹁﹂",
        "﹃﹄",
        "〝〞〟",
        "＂＂",
        "””",
        "❝❞",
        "⹂”",
        "““",
    )
)
_ENDS = r"(?=\s*(?:[.,;:!?…)\]}\[(【—–-]|$))"  # what follows a single mark that closes; else it may be an apostrophe


def _pair(opening: str, closing: str) -> str:
    """Return what finds a quotation between two marks, in which others may stand between the same two."""
    other = f"[^{opening}{closing}]"
    inner = f"|{opening}{other}*[{closing}]" if opening not in closing else ""
    return f"{opening}((?:{other}{inner})+)[{closing}]"


_QUOTED = re.compile(
    "|".join(_pair(opening, closing) for opening, closing in _PAIRS)
    + r"|(?<![\w\"])\"([^\"]+)\"(?!\w)"
    + r"|``((?:(?!``|'').)+)''"
    + rf"|(?<![\w‘’'])[‘‚]([^‘‚]+?)(?:(?<!s)[’‘](?!\w)|[’‘]{_ENDS})"
    + rf"|(?<![\w’])’([^‘’]+)’{_ENDS}"
    + rf"|(?<![\w'’])'(?=\w)((?:[^']|(?<=\w)'(?=\w)|(?<=s)'(?=\s\w))+)'{_ENDS}",
    re.DOTALL,
)
_UNCLOSED = re.compile(r"[“„«「『]([^“”„‟«»「」『』]+)$")
_ELLIPSIS = re.compile(r"\[\s*(?:…|\.\.\.|\. \. \.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\.\.|\. \. \.")


def quotations(text: str) -> list[tuple[int, int]]:
    """Return the places of what a paragraph quotes, in order; quotation marks may span its sentences."""
    found = [match.span(match.lastindex or 0) for match in _QUOTED.finditer(text)]
    if unclosed := _UNCLOSED.search(text, found[-1][1] + 1 if found else 0):
        found.append(unclosed.span(1))
    return found


def quotes_something(text: str) -> bool:
    """Tell whether what stands between quotation marks is more than a few words."""
    words = _ELLIPSIS.sub(" ", text).split()
    if len(words) >= MIN_QUOTE_WORDS:
        return True
    return sum(unspaced(char) for char in text) >= MIN_QUOTE_LETTERS
