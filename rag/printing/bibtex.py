"""Print references as BibTeX entries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import count

from rag.answers import Reference
from rag.papers import paper_key
from rag.printing.escape import escape_tex, tex_address

_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/)?(\d\d)(\d\d)")
_OLDEST = 91  # arXiv began in 1991


def to_bibtex(references: Sequence[Reference]) -> str:
    """Return one `@misc` entry per reference, keys unique, in the order given."""
    entries: dict[str, str] = {}
    for reference in references:
        key = _key(reference, entries)
        fields = {
            "title": f"{{{escape_tex(reference.title)}}}",
            "author": " and ".join(escape_tex(author) for author in reference.authors),
            "year": year(reference.paper),
            "eprint": escape_tex(paper_key(reference.paper, reference.version)),
            "archiveprefix": "arXiv",
            "url": tex_address(reference.url),
            "note": f"Code: {tex_address(reference.github)}" if reference.github else "",
        }
        lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
        entries[key] = "\n".join([f"@misc{{{key},", ",\n".join(lines), "}"]) + "\n"
    return "\n".join(entries.values())


def _key(reference: Reference, used: Mapping[str, object]) -> str:
    """Return the first author's last name, the year and the title's first word, and a number where that is taken."""
    name = next(iter(reference.authors[0].split()[-1:]), "arxiv") if reference.authors else "arxiv"
    word = re.search(r"[^\W_]+", reference.title)
    text = unicodedata.normalize("NFKD", f"{name}{year(reference.paper)}{word[0] if word else ''}")
    key = re.sub(r"[^A-Za-z0-9]", "", text).lower() or "arxiv"
    return next(unique for number in count(1) if (unique := key if number == 1 else f"{key}{number}") not in used)


def year(paper: str) -> str:
    """Return the year that an arXiv id tells, or nothing for an id whose month does not exist."""
    match = _ID.match(paper)
    if not match or not 1 <= int(match[2]) <= 12:
        return ""
    return str((1900 if int(match[1]) >= _OLDEST else 2000) + int(match[1]))
