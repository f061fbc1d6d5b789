"""Read the one JSON object of a model's reply, in the wrappings that models give it.

Bare, in a code block, with prose around it, after thoughts; a backslash that JSON does not know, as in LaTeX, stands
for itself. All else is strict: nothing is completed, closed, or chosen from several, and no object is taken out of
another.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from rag.chat.exchange import THOUGHTS
from rag.errors import WriterError

MOST_TEXT = 2_000_000  # characters; no answer is that long

_START = re.compile(r'\[\s*\{\s*["}]|\{\s*["}]')  # of an object, or of a list of them; not "the set {a, b}"
_BACKSLASH = re.compile(
    r"\\(?:(?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"  # one letter in two halves
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|(?P<code>u[0-9a-fA-F]{4})|(?P<word>[a-zA-Z]+)|(?P<sign>.))",
    re.DOTALL,
)
_TEX = frozenset(  # commands of LaTeX that begin like an escape of JSON; not \ne and \ni: "\ne.g.", "\ni.e."
    "nabla natural nearrow neg neq newline nexists nleq nmid nolimits nonumber norm not notin nsim nsubseteq nu nwarrow"
    " rangle rbrace rbrack rceil rfloor rho right rightarrow rightharpoonup rm rVert rvert"
    " tan tanh tau tbinom text textbf textit textrm textsc textsf texttt textstyle tfrac therefore theta tilde times to"
    " top triangle triangleleft triangleright triangleq".split()
)


def read_json(text: str) -> dict[str, Any]:
    """Return the one JSON object of a reply; raise `WriterError` (`empty`, `not_json`) otherwise."""
    if not text.strip():
        raise WriterError("the model's reply is empty", kind="empty", retryable=True)
    if len(text) > MOST_TEXT:
        raise WriterError(f"the model's reply has {len(text)} characters, more than {MOST_TEXT}", kind="not_json")
    if not text.lstrip().startswith(("{", "```")):  # else what looks like the end of thoughts is part of the reply
        _, *spoken = THOUGHTS.split(text, maxsplit=1)
        text = spoken[0] if spoken and spoken[0].strip() else text
    try:
        return _only_object(_BACKSLASH.sub(_as_written, text))
    except (ValueError, RecursionError) as error:
        raise WriterError(f"the model's reply is not JSON: {error}", kind="not_json", retryable=True) from None


def _as_written(match: re.Match[str]) -> str:
    r"""Return an escape as JSON, doubling the backslash where none of its escapes is meant.

    `\alpha`, `\$` and `\frac` (no reply holds a form feed) stand for themselves; `\nu` too, `\nThe` is a line end.
    """
    escape, word, sign = match[0], match["word"], match["sign"]
    if match["half"]:
        return "\\ufffd"
    if sign == "'":
        return sign  # as other languages escape it
    if word:
        control = word in _TEX if word[0] in "nrt" else word[0] not in "bf" or len(word) > 1
        return f"\\{escape}" if control else escape
    return f"\\{escape}" if sign and sign not in '"\\/' else escape


def _only_object(text: str) -> dict[str, Any]:
    """Return the object that stands in a text; raise `ValueError` for none, for several, or for a broken one."""
    found: Any = None
    at = 0
    while start := _START.search(text, at):
        item, at = _DECODER.raw_decode(text, start.start())
        if found is not None and item != found:
            raise ValueError("several objects stand in it")
        found = item
    if not isinstance(found, dict):
        raise ValueError("no object stands in it" if found is None else "it is a list, not an object")
    return found


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _finite(number: str) -> float:
    value = float(number)  # "NaN" and "Infinity" come here too
    if not math.isfinite(value):
        raise ValueError(f"{number} is no number of JSON")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_finite, parse_float=_finite)
