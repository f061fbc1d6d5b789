"""Print references as BibTeX entries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote as percent

from rag.answers import Reference
from rag.papers import paper_key
from rag.printing.arrange import plain

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "{}$&#_%"},
}
_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/)?(\d\d)(\d\d)")
_OLDEST = 91  # arXiv began in 1991


def bibtex(references: Sequence[Reference]) -> str:
    """Return one `@misc` entry per reference, keys unique, in the order given."""
    used: set[str] = set()
    return "\n".join(_entry(reference, used) for reference in references)


def _entry(reference: Reference, used: set[str]) -> str:
    fields = {
        "title": f"{{{_tex(reference.title)}}}",
        "author": " and ".join(_tex(author) for author in reference.authors),
        "year": year(reference.paper),
        "eprint": _tex(paper_key(reference.paper, reference.version)),
        "archiveprefix": "arXiv",
        "url": _address(reference.url),
        "note": f"Code: {_address(reference.github)}" if reference.github else "",
    }
    lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{_key(reference, used)},", ",\n".join(lines), "}"]) + "\n"


def _key(reference: Reference, used: set[str]) -> str:
    name = reference.authors[0].split()[-1] if reference.authors and reference.authors[0].split() else "arxiv"
    word = re.search(r"[^\W_]+", reference.title)
    key = _ascii(f"{name}{year(reference.paper)}{word[0] if word else ''}").lower() or "arxiv"
    unique, count = key, 1
    while unique in used:
        count += 1
        unique = f"{key}{count}"
    used.add(unique)
    return unique


def _ascii(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", unicodedata.normalize("NFKD", text))


def year(paper: str) -> str:
    """Return the year that an arXiv id tells, or nothing for an id whose month does not exist."""
    match = _ID.match(paper)
    if not match or not 1 <= int(match[2]) <= 12:
        return ""
    return str((1900 if int(match[1]) >= _OLDEST else 2000) + int(match[1]))


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in plain(text))


def _address(url: str) -> str:
    """Return a URL as BibTeX takes it: no blank, brace or backslash that could close the field."""
    return percent(url, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
