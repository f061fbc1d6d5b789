"""Read a whitelist from a reference manager: BibTeX, RIS, CSL JSON. Every entry is told apart, none is guessed.

An entry is allowed where one of its fields names one arXiv paper beyond doubt (`ids`); otherwise it is not on arXiv,
broken (with its line), or a duplicate of one before. BibTeX is read by bibtexparser and pylatexenc, RIS by rispy
(extra `refs`).
Not handled: what lies behind a publisher's DOI, attachments.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Literal

from rag.briefs.ids import is_doi_address, local_id, parse_arxiv_id, shown
from rag.briefs.whitelist import is_citekey, read_text
from rag.errors import BriefError
from rag.papers import AllowedPaper

REFERENCES = (".bib", ".ris")  # suffixes; CSL JSON is told from a whitelist by what it holds
State = Literal["allowed", "not on arXiv", "broken", "duplicate"]

_SURE = (  # fields that name the work itself
    "eprint", "doi", "url", "urls", "howpublished", "journal", "journaltitle", "number", "container-title", "publisher",
    "accession_number", "archive_location", "journal_name", "secondary_title", "alternate_title3",
)  # fmt: skip
_LOOSE = ("note", "notes", "annote", "extra", "notes_abstract")  # may speak of other papers: only lines that are ids
_OWN_LINE = re.compile(r"\s*(?:e-?print:\s*|url:\s*|doi:\s*)?(?:arxiv\b|https?://|10\.48550/)", re.IGNORECASE)
_RIS_TAG = re.compile(r"([A-Z][A-Z0-9])  -(?: |$)")
NESTED = 40  # braces within braces of a title, beyond which it is printed as it is written
_INSTALL = "reading {what} needs {package}; run: pip install paperbound[refs]"

_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold what became of one entry: its citekey, title and line, the paper it allows, else why it allows none.

    `local` is the paper that it would be as `local:NAME`, which only its user can allow.
    """

    key: str
    title: str
    line: int
    state: State
    paper: AllowedPaper | None = None
    reason: str = ""
    local: AllowedPaper | None = None


def is_references(path: Path) -> bool:
    """Tell whether a file comes from a reference manager, by its suffix or, of JSON, by what it holds."""
    if path.suffix.lower() != ".json":
        return path.suffix.lower() in REFERENCES
    try:
        items = json.loads(read_text(path))
    except (ValueError, RecursionError, BriefError):
        return False  # whoever reads it as a whitelist says what is wrong
    return isinstance(items, list) and all(isinstance(item, dict) and "type" in item for item in items) and bool(items)


def read_references(path: Path) -> tuple[Entry, ...]:
    """Return every entry of a reference manager's file, in order; raise `BriefError` where it holds none."""
    text, suffix = read_text(path), path.suffix.lower()
    found = of_bibtex(text) if suffix == ".bib" else of_ris(text) if suffix == ".ris" else of_csl(text, path.name)
    entries = told_apart(found)
    if not entries:
        raise BriefError(f"{path}: holds no entry; export the references again as BibTeX, RIS or CSL JSON")
    return entries


def told_apart(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries, those of a paper that an entry before them allows as its duplicates."""
    entries: list[Entry] = []
    seen: dict[str, Entry] = {}
    for entry in found:
        known = seen.get(entry.paper.paper) if entry.paper else None
        if entry.paper and known:
            reason = f"the same paper as {known.key or entry.paper.paper}, line {known.line}"
            entry = replace(entry, state="duplicate", paper=None, reason=reason)
        elif entry.paper:
            seen[entry.paper.paper] = entry
        entries.append(entry)
    return tuple(entries)


def allowed_of(entries: Sequence[Entry], name: str) -> tuple[AllowedPaper, ...]:
    """Return the papers that entries allow; raise `BriefError` where none does."""
    papers = tuple(entry.paper for entry in entries if entry.paper)
    if not papers:
        raise BriefError(f"{name}: {summary(entries)}; no entry names an arXiv paper; rag brief {name} tells of each")
    return papers


def summary(entries: Sequence[Entry]) -> str:
    """Return in one line how many entries are allowed, and how many are not, and where the broken ones stand."""
    counts = Counter(entry.state for entry in entries)
    lines = ", ".join(str(entry.line) for entry in entries if entry.state == "broken")
    told = [f"{counts['allowed']} of {len(entries)} entries allowed"]
    told += [f"{counts[state]} {state}" for state in ("not on arXiv", "duplicate") if counts[state]]
    return ", ".join([*told, f"{counts['broken']} broken (line {lines})"] if counts["broken"] else told)


def entry_of(key: str, title: str, line: int, fields: Fields) -> Entry:
    """Return an entry with the one paper that its fields name, where they do."""
    title = " ".join(title.split())
    found = dict.fromkeys(papers_in(fields))
    ids = {paper for paper, _ in found}
    versions = {version for _, version in found if version}
    if not ids:
        local = local_of(key, title, line, fields)
        remedy = f"; with its PDF in --pdf-dir, -p {local.paper} allows it" if local else ""
        return Entry(key, title, line, "not on arXiv", None, f"no field names an arXiv paper{remedy}", local)
    if len(ids) > 1 or len(versions) > 1:
        named = " and ".join(f"{paper}v{version}" if version else paper for paper, version in found)
        return Entry(key, title, line, "broken", reason=f"its fields name {named}")
    citekey = key if is_citekey(key) else ""
    paper = AllowedPaper(ids.pop(), versions.pop() if versions else None, model=title, line=line, citekey=citekey)
    return Entry(key, title, line, "allowed", paper)


def local_of(key: str, title: str, line: int, fields: Fields) -> AllowedPaper | None:
    """Return the paper that an entry is where its PDF lies in the user's folder, named by its citekey, else its file.

    None where neither can name a file.
    """
    file = next(filter(None, map(pdf_name, (fields.get("file", ""), fields.get("file_attachments1", "")))), "")
    doi = next((found[0].rstrip(".,;") for name in ("doi", "url") if (found := _DOI.search(fields.get(name, "")))), "")
    citekey = key if is_citekey(key) else ""
    for name in (re.sub(r"[:/*]", "_", citekey), file[:-4]):
        try:
            paper = local_id(name) if name else ""
        except BriefError:
            continue
        if paper:
            doi = doi if is_doi_address(f"https://doi.org/{doi}") else ""
            return AllowedPaper(paper, model=title, line=line, citekey=citekey, doi=doi, file=file)
    return None


def pdf_name(told: str) -> str:
    """Return the name of the first PDF that a field lists: `{Full Text:files/3/Smith - 2020.pdf:application/pdf}`."""
    found = re.search(r"([^/\\:;{}]+\.pdf)(?=$|[:;}])", told, re.IGNORECASE)
    return found[1].strip() if found else ""


def papers_in(fields: Fields) -> Iterator[tuple[str, int | None]]:
    """Yield what an entry's fields name; a note counts only where a line of it is an id or a link."""
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or fields.get("archive") or "arxiv").lower()
    for name in _SURE:
        text = fields.get(name, "")
        if text and (name != "eprint" or archive == "arxiv"):
            yield from _named(text)
    for name in _LOOSE:
        for line in fields.get(name, "").splitlines():
            if _OWN_LINE.match(line):
                yield from _named(line)


def _named(text: str) -> Iterator[tuple[str, int | None]]:
    try:
        yield parse_arxiv_id(text)
    except BriefError:
        return  # a publisher's DOI, a journal: no paper of arXiv's


def of_bibtex(text: str) -> Iterator[Entry]:
    """Yield the entries of BibTeX or BibLaTeX; what cannot be read is broken, and the rest goes on."""
    try:
        from bibtexparser.entrypoint import parse_string
        from bibtexparser.model import DuplicateBlockKeyBlock, ParsingFailedBlock
        from bibtexparser.model import Entry as Block
    except ImportError:
        raise BriefError(_INSTALL.format(what="BibTeX", package="bibtexparser")) from None
    logging.getLogger("bibtexparser").setLevel(logging.ERROR)  # what it warns of is told as a broken entry
    for block in parse_string(text).blocks:
        line = (block.start_line or 0) + 1
        if isinstance(block, ParsingFailedBlock):
            key = re.match(r"\s*@\w+\s*[{(]\s*([^\s,{}]+)", block.raw or "")
            twice = isinstance(block, DuplicateBlockKeyBlock)
            reason = "its citekey is used before" if twice else "cannot be read as BibTeX"
            yield Entry(key[1] if key else "", "", line, "broken", reason=reason)
        elif isinstance(block, Block):
            fields = {field.key.lower(): str(field.value) for field in block.fields}
            yield entry_of(block.key, plain(fields.get("title", "")), line, fields)


def plain(title: str) -> str:
    """Return a title of BibTeX as it is printed; one nested beyond reading as it is written."""
    from pylatexenc.latex2text import LatexNodes2Text

    if max(accumulate((char == "{") - (char == "}") for char in title), default=0) > NESTED:
        return title
    try:
        return str(LatexNodes2Text(math_mode="text").latex_to_text(title))
    except RecursionError:  # commands within commands
        return title


def of_ris(text: str) -> Iterator[Entry]:
    """Yield the records of RIS; one that lacks its end, or holds lines without a tag, is broken."""
    try:
        import rispy
    except ImportError:
        raise BriefError(_INSTALL.format(what="RIS", package="rispy")) from None
    for line, record, fault in ris_records(text):
        told = {} if fault else dict(rispy.loads(record)[0])
        fields = {name: "\n".join(value) if isinstance(value, list) else str(value) for name, value in told.items()}
        title = fields.get("title") or fields.get("primary_title") or ""
        key = fields.get("id") or fields.get("label") or ""
        yield Entry(key, title, line, "broken", reason=fault) if fault else entry_of(key, title, line, fields)


def ris_records(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the text and the fault, if any, of each record: from TY to ER, every line with its tag."""
    lines, start, fault = [""], 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        tag = match[1] if (match := _RIS_TAG.match(line)) else ""
        if tag == "TY":
            if start:
                yield start, "", "has no end (ER  -) before the next one begins"
            lines, start, fault = [line], number, ""
        elif start and line.strip():
            lines.append(line)
            fault = fault or ("" if tag else f"line {number} has no tag")
        if tag == "ER" and start:
            yield start, "\n".join(lines) + "\n", fault
            start = 0
    if start:
        yield start, "", "has no end (ER  -)"


def of_csl(text: str, name: str) -> Iterator[Entry]:
    """Yield the items of CSL JSON, counted from 1 in place of lines."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BriefError(f"{name}: not JSON: {error}") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BriefError(f"{name}: is no list of CSL items; export the references again as CSL JSON")
    for number, item in enumerate(items, 1):
        told = {key.lower(): value for key, value in item.items() if isinstance(value, str | int)}
        fields = {key: str(value) for key, value in told.items()}
        key = fields.get("citation-key") or fields.get("id", "")
        if "title" not in fields and "url" not in fields and "doi" not in fields:
            yield Entry(key, "", number, "broken", reason=f"{shown(key)} has neither title, URL nor DOI")
        else:
            yield entry_of(key, fields.get("title", ""), number, fields)
