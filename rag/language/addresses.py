"""Find what a reader or a program could take for an address: links, hosts, mail, handles, in any script.

An address is told by its form, for no list of schemes or of domains is ever whole. A text is read as it looks: marks
on letters and what is not seen are left out, wide and other forms of letters and of dots are read as the plain ones.
Not handled: paper ids and DOIs, which are no addresses of themselves; phone numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rag.language.data import word_set
from rag.language.words import is_unseen

# hosts may hold emoji, and the sign of what is lost
_SIGN = r"[^\w\s\x00-\xbf×÷\u2010-\u205e\u2190-\u22ff\u3000-\u303f\uff00-\uff0f]"
_LABEL = rf"(?:[^\W_]|{_SIGN})(?:(?:[\w-]|{_SIGN})*(?:[^\W_]|{_SIGN}))?"
_PATH = r"(?::\d+)?(?:[/?#]\S*)?"
_ADDRESSES = re.compile(
    rf"""
      [a-z][a-z0-9+.-]{{0,30}}:[/\\]+[^\s/\\]\S*                        # https://host, http:\\host
    | (?:javascript|vbscript|data|mailto|xmpp|tel|sms|magnet|file|about|blob|skype|irc|sip):[^\s]\S*
    | (?<![\w.:/])//[\w.-]+\.\w{{2,}}\S*                                # //host/x
    | (?<![\w.+%-])[\w.+%-]+@(?:[\w-]+[.\u3002])+[\w-]+                              # a@b.co
    | (?<![\w@./-])(?:{_LABEL}[.\u3002])+(?:[a-z]{{2,24}}|xn--[a-z0-9-]+)(?![\w-])\.?{_PATH}
    | (?<![\w@./-])(?:{_LABEL}\.)*(?:[\w-]*[^\W\d_])\.(?=[^\Wa-z\d_])[^\W\d_]{{2,24}}(?![\w-]){_PATH}  # host.рф
    | (?<![\w.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?::\d+\S*|/\S+)           # 1.2.3.4:8080/x
    | \[[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*\](?::\d+)?/?\S*             # [2001:db8::1]/x
    | (?<!\w)localhost(?::\d+\S*|/\S+)
    | (?<![\w.])@[^\W\d]\w{{2,}}                                        # @handle
    | (?<![\w-]){_LABEL}\s?[\[({{]\s?(?:\.|dot)\s?[\])}}]\s?[a-z]{{2,24}}\b\S*    # host[.]com, host (dot) com
    | (?<![\w-]){_LABEL}(?:\ dot\ |%2e)(?:com|org|net|io|ai|co|me|dev|app|xyz)\b\S*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HINTS = re.compile(  # of what some reader of Markdown makes a link of
    r"\S\.[^\W\d_]{2}|\.xn--|\S\u3002[a-z0-9]|\S@\S|^@|:/|//|:\S*@|www\.|localhost", re.IGNORECASE
)
_STRANGE_MARKS = str.maketrans({"。": "\u3002", "｡": "\u3002", "．": "\u3002"})  # full stops that browsers read as dots
_LOOK_LIKE = str.maketrans("ꓸ܁܂꘎∕⁄⧸꞉", "....///:")
_TRAILING = ".,;:!?)]}>\"'’”»"
_SHORT_FORMS = frozenset("vs cf al eq pp st dr mr ms no ch".split())
_STOP_WORDS = word_set("stop_words")


@dataclass(frozen=True, slots=True)
class Address:
    """Hold where an address stands in a text as stored, and how it reads."""

    start: int
    end: int
    text: str


def addresses(text: str) -> Iterator[Address]:
    """Yield what looks like an address, in order; in doubt (`i.e.in`, `x.com`) it does.

    >>> [found.text for found in addresses("See evil.su/bert, or ｔ．ｍｅ/x.")]
    ['evil.su/bert', 't。me/x']
    """
    seen, places = _seen(text)
    for match in _ADDRESSES.finditer(seen):
        found = match[0].rstrip(_TRAILING)
        if found:
            end = match.start() + len(found)
            yield Address(places[match.start()], places[end - 1] + 1, found)


def may_be_address(word: str) -> bool:
    """Tell whether a word, whatever stands between two blanks, holds an address or what a program could take for one.

    Wide on purpose: programs differ in where they let an address begin and end.
    """
    seen = word if word.isascii() else _seen(word)[0]
    return _HINTS.search(seen) is not None or _ADDRESSES.search(seen) is not None


def _seen(text: str) -> tuple[str, list[int] | range]:
    """Return a text as it looks, and the place in the text of each of its characters."""
    if text.isascii():
        return text, range(len(text))
    seen: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text.translate(_STRANGE_MARKS).translate(_LOOK_LIKE)):
        if is_unseen(char) or unicodedata.category(char) in ("Mn", "Me"):
            continue
        plain = unicodedata.normalize("NFKC", char)
        seen.append(plain)
        places += [place] * len(plain)
    return "".join(seen), places


def is_abbreviation(text: str) -> bool:
    """Tell what looks like a host and is a blank that is missing: "i.e.in", "U.S.based", "J.Smith", "vs.the"."""
    *labels, last = text.split(".")
    if "/" in text or not labels or not all(len(label) < 3 for label in labels):
        return False
    if len(labels) > 1 or labels[0].lower() in _SHORT_FORMS:
        return last.lower() in _STOP_WORDS or len(last) > 4 or last.istitle()
    return len(labels[0]) == 1 and last.istitle()
