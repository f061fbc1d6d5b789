"""Read what a command is given to answer from: briefs, whitelists, reference managers' files, ids, folders of PDFs."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rag.cli.options import printable
from rag.papers import LOCAL, AllowedPaper

if TYPE_CHECKING:
    from rag.briefs import Brief, Entry
    from rag.settings import Settings


ALIKE = 0.75  # of a name's letters: a slip of the finger, not another name


def brief_of(question: str | None, papers: list[str] | None, corpus: Path | None = None) -> Brief:
    """Return the brief that a command was given: a file, or a question with its papers."""
    from rag.briefs import Brief
    from rag.errors import BriefError

    if question is None:
        raise BriefError("give a brief file or a question; to see one answered, run: rag ask --demo")
    if papers:
        return Brief.of(question, expanded(papers, corpus))
    file = Path(question)
    if file.suffix in (".txt", ".md", ".toml", ".json") or "/" in question or (len(question) < 200 and file.exists()):
        return Brief.load(file)
    raise BriefError('a bare question needs its allowed papers: rag ask "..." --paper 2108.10257')


def expanded(papers: list[str] | None, corpus: Path | None = None) -> list[AllowedPaper | str]:
    """Return the papers that `-p` names: ids, links, and what files, or a collection of Zotero's, list.

    `local:NAME` is told more of where one of these files lists it: title, citekey, DOI, the name of its PDF.
    """
    from rag.briefs import WHITELISTS, allowed_of, listed, named, summary

    found: list[AllowedPaper | str] = []
    local = [item for item in papers or () if item.strip().lower().startswith(LOCAL)]
    told: dict[str, AllowedPaper] = {}  # of entries that are not on arXiv: what is known of a paper allowed as local:
    for item in papers or ():
        if item in local:
            found.append(named([item])[0])
            continue
        entries = entries_of(item)
        told |= {entry.local.paper: entry.local for entry in entries if entry.local}
        if entries:
            found += [entry.paper for entry in entries if entry.paper] if local else allowed_of(entries, item)
            typer.echo(f"{printable(item)}: {summary(entries)}; rag brief {printable(item)} lists them", err=True)
        elif Path(item).suffix.lower() in WHITELISTS:
            found += listed(Path(item))
        else:
            found.append(paper_of(item, corpus) if corpus else item)
    return [told.get(one.paper, one) if isinstance(one, AllowedPaper) else one for one in found]


def paper_of(item: str, corpus: Path) -> AllowedPaper:
    """Return a paper as `-p` names it; raise `BriefError`, with the stored papers that may be meant, for any other."""
    from rag.briefs import named
    from rag.errors import BriefError

    try:
        return named([item])[0]
    except BriefError as error:
        raise BriefError(f"{error}{meant(item, corpus)}") from None


def meant(text: str, corpus: Path) -> str:
    """Return which stored papers a text may mean, by their titles or the names before a title's colon; never a guess."""
    from rag.errors import CorpusError
    from rag.searching import Index

    try:
        index = Index.existing(corpus / "index")
    except CorpusError:
        return ""  # whoever opens it says what is wrong
    wanted = " ".join(text.casefold().split())
    near: dict[str, str] = {}
    for entry in index.entries if index else ():
        title = " ".join(entry.title.casefold().split())
        names = (title, title.partition(":")[0])
        if wanted and (wanted in title or get_close_matches(wanted, names, 1, ALIKE)):
            near[entry.key] = entry.title
    shown = [f"-p {key} ({printable(title)[:60]})" for key, title in list(near.items())[:3]]
    return f"; did you mean {' or '.join(shown)}?" if shown else ""


def entries_of(item: str) -> tuple[Entry, ...]:
    """Return the entries of a reference manager's file, or of `zotero:COLLECTION`; none of anything else."""
    from rag.briefs import REFERENCES, is_references, read_references

    if item.startswith("zotero:"):
        from rag.fetching import zotero_entries

        return zotero_entries(item.removeprefix("zotero:"))
    path = Path(item)
    likely = path.suffix.lower() in (*REFERENCES, ".json")
    return read_references(path) if likely and is_references(path) else ()


def judged_by(papers: list[str] | None) -> list[AllowedPaper]:
    """Return what `-p` names to the judge, also with commas between."""
    from rag.briefs import named

    items = [part.strip() for item in papers or () for part in item.split(",") if part.strip()]
    return list(named(expanded(items))) if items else []


def papers_of(what: list[str], settings: Settings) -> list[AllowedPaper]:
    """Return the papers that briefs, whitelists, ids or a folder of PDFs name."""
    from rag.briefs import listed
    from rag.errors import BriefError

    found: list[AllowedPaper] = []
    for item in expanded(what):
        if not isinstance(item, str):
            found.append(item)
        elif (path := Path(item)).suffix.lower() in (".txt", ".md") or path.is_file():
            found += listed(path)
        else:
            found.append(paper_of(item, settings.corpus))
    if not what and settings.pdf_dir:
        from rag.fetching import OwnFolder
        from rag.reading import stamp_reader

        with stamp_reader() as stamp:
            own = OwnFolder(settings.pdf_dir, stamp)
            found, left_out = list(own.papers()), own.left_out()
        if own.tars:
            typer.echo(f"{len(own.tars)} bulk copies of arXiv: name the papers to take from them with -p", err=True)
        if not found and not left_out and not own.tars:
            raise BriefError(f"no PDF in {settings.pdf_dir}; --pdf-dir names the folder that holds your PDFs")
        for name in left_out:
            typer.echo(
                f"left out {printable(name)}: no arXiv id in its name or on its first page{as_local(name)}", err=True
            )
    if not found:
        raise BriefError("nothing to ingest; give a brief, a whitelist, arXiv ids or --pdf-dir")
    return found


def as_local(name: str) -> str:
    """Return how a file that is no paper of arXiv's can be allowed all the same."""
    from rag.briefs import local_id
    from rag.errors import BriefError

    try:
        return f"; -p {local_id(Path(name).stem)} makes it a paper of its own"
    except BriefError:
        return "; rename it to letters and digits for -p local:NAME"


def stored_key(index: Any, key: str) -> str:
    """Return the key under which a paper is stored, or the one asked for where none is."""
    from rag.briefs import named

    (allowed,) = named([key])
    entry = index.resolve(allowed)
    return entry.key if entry else allowed.key
