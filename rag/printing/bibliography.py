"""Print an answer's papers for a reference manager: BibTeX, RIS, CSL JSON, each paper under its citekey.

Addresses are built from checked ids. Authors come as arXiv gives them, given names first: the last word is the family
name, small words before it (van, de la) included. Not handled: names in which the family stands first.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count, takewhile

from rag.answers import Reference
from rag.briefs import is_citekey
from rag.papers import cited_as, is_local, paper_key
from rag.printing.escape import escape_tex, link_address, paper_link, plain, tex_address

_ID = re.compile(r"(?:[a-z-]+(?:\.[A-Z]{2})?/)?(\d\d)(\d\d)")
_OLDEST = 91  # arXiv began in 1991
_GROUP = re.compile(r"\b(?:Collaborations?|Consortium|Team|Group)\b")


def to_bibtex(references: Sequence[Reference]) -> str:
    """Return one `@misc` entry per reference, under its citekey, in the order given."""
    entries: list[str] = []
    for key, reference in zip(citekeys(references), references, strict=True):
        here = is_local(reference.paper)
        fields = {
            "title": f"{{{escape_tex(reference.title)}}}",
            "author": " and ".join(
                escape_tex(name) if name_parts(name)[1] else f"{{{escape_tex(name)}}}"  # no given name: one piece
                for name in reference.authors
            ),
            "year": year(reference.paper),
            "eprint": "" if here else escape_tex(paper_key(reference.paper, reference.version)),
            "archiveprefix": "" if here else "arXiv",
            "howpublished": escape_tex(reference.paper) if here else "",
            "url": tex_address(address(reference)),
            "note": f"Code: {tex_address(code)}" if (code := link_address(reference.github)) else "",
        }
        lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
        entries.append("\n".join([f"@misc{{{key},", ",\n".join(lines), "}"]) + "\n")
    return "\n".join(entries)


def to_ris(references: Sequence[Reference]) -> str:
    """Return one record per reference, lines ended as RIS wants them (CR LF)."""
    lines: list[str] = []
    for key, reference in zip(citekeys(references), references, strict=True):
        archive = "" if is_local(reference.paper) else "arXiv"
        number = archive and cited_as(reference.paper, reference.version)
        told = [("TY", "GEN"), ("ID", key), ("TI", reference.title)]
        told += [("AU", ", ".join(filter(None, name_parts(author)))) for author in reference.authors]
        told += [("PY", year(reference.paper)), ("PB", archive), ("AN", number), ("UR", address(reference))]
        lines += [f"{tag}  - {plain(value)}" for tag, value in told if value] + ["ER  - ", ""]
    return "\r\n".join(lines) + "\r\n" * bool(lines)


def to_csl(references: Sequence[Reference]) -> str:
    """Return the references as CSL JSON (version 1.0)."""
    items = [csl_item(key, reference) for key, reference in zip(citekeys(references), references, strict=True)]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def csl_item(key: str, reference: Reference) -> dict[str, object]:
    """Return a reference as an item of CSL; an author without a given name is a literal one."""
    told, url = year(reference.paper), address(reference)
    people = [name_parts(plain(author)) for author in reference.authors]
    return {
        "id": key,
        "citation-key": key,
        "type": "article",
        "title": plain(reference.title),
        "author": [{"family": last, "given": given} if given else {"literal": last} for last, given in people],
        **({"issued": {"date-parts": [[int(told)]]}} if told else {}),
        **({} if is_local(reference.paper) else {"publisher": "arXiv"}),
        "number": plain(cited_as(reference.paper, reference.version)),
        **({"URL": url} if (url := address(reference)) else {}),
    }


def name_parts(author: str) -> tuple[str, str]:
    """Return family and given names of an author; a group, and a lone name, has no given one.

    >>> name_parts("Laurens van der Maaten")
    ('van der Maaten', 'Laurens')
    """
    words = author.split()
    if len(words) < 2 or _GROUP.search(author):
        return author, ""
    small = len(list(takewhile(str.islower, reversed(words[1:-1]))))
    return " ".join(words[len(words) - 1 - small :]), " ".join(words[: len(words) - 1 - small])


def address(reference: Reference) -> str:
    """Return the address of a paper, built from its id or its DOI, or nothing where it has none."""
    return paper_link(reference) or ""


def citekeys(references: Sequence[Reference]) -> list[str]:
    """Return a citekey for each reference, all different: the user's own where it can stand, else one that is made."""
    own = [reference.citekey if is_citekey(reference.citekey) else "" for reference in references]
    keys: list[str] = []
    for number, (key, reference) in enumerate(zip(own, references, strict=True)):
        keys.append(key if key and key not in keys else _made_key(reference, {*keys, *own[number:]}))
    return keys


def _made_key(reference: Reference, used: Collection[str]) -> str:
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


BIBLIOGRAPHIES: Mapping[str, Callable[[Sequence[Reference]], str]] = {
    "bib": to_bibtex,
    "ris": to_ris,
    "csljson": to_csl,
}
"""The forms in which reference managers take a list of papers, by the name of the format."""
