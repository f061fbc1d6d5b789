"""Read which papers are allowed: arXiv ids, GitHub links, a whitelist file; join papers that are named twice.

A whitelist file is TOML or JSON: `papers` holds ids or links, or tables with `paper` and, where wanted, `model`,
`github`, `summary`, `recommended`, `citekey`, `doi`. In JSON the list may also stand alone.

    papers = ["2108.10257", "https://arxiv.org/abs/2410.18666v2"]

    [[papers]]
    paper = "hep-th/9108004"
    model = "Exact S-matrices"

    [[papers]]
    paper = "local:smith2020"

Text from outside is read strictly: what is not understood is an error with its place, never a guess.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rag import files
from rag.briefs.ids import is_doi_address, parse_paper, shown
from rag.errors import BriefError
from rag.papers import AllowedPaper

MAX_BYTES = 1 << 20  # a brief is a page or two; a megabyte is surely something else
WHITELISTS = (".toml", ".json")  # any other file is read as a brief
FIELDS = {"paper": str, "model": str, "github": str, "summary": str, "recommended": bool, "citekey": str, "doi": str}

_CITEKEY = re.compile(r"\w[\w:.+/*-]{0,199}")  # letters of any script
_GITHUB = re.compile(
    r"(?:https?://)?(?:www\.)?github\.com/(?P<owner>[a-z0-9](?:[a-z0-9-]{0,38}))/(?P<repo>[a-z0-9._-]{1,100})"
    r"(?:/(?:tree|blob)/[\w./-]*)?/?(?:[?#][\w=&.-]*)?",
    re.IGNORECASE | re.ASCII,
)


def parse_github(text: str, place: str = "") -> str:
    """Return `https://github.com/owner/repo` of a repository link; raise `BriefError` for anything else."""
    match = _GITHUB.fullmatch(text.strip()) if len(text) <= 300 else None
    repo = match["repo"].removesuffix(".git") if match else ""
    if not match or not repo.strip("."):
        raise BriefError(
            f"{place}{shown(text.strip())} is no GitHub repository; expected https://github.com/owner/repo"
        )
    return f"https://github.com/{match['owner']}/{repo}"


def is_citekey(text: str) -> bool:
    r"""Tell whether text can stand in `\cite{...}`, head an entry of BibTeX and follow pandoc's `@` as it is."""
    return bool(_CITEKEY.fullmatch(text)) and "//" not in text  # which is an address that a library gives


def join_papers(papers: Iterable[AllowedPaper], name: str = "") -> tuple[AllowedPaper, ...]:
    """Return each paper once, in order; raise `BriefError` where one is named with two versions.

    What the recommended entry says goes before what another says; a version that is given binds.
    """
    joined: dict[str, AllowedPaper] = {}
    for paper in papers:
        known = joined.get(paper.paper)
        joined[paper.paper] = _join(known, paper, name) if known else paper
    return tuple(joined.values())


def _join(old: AllowedPaper, new: AllowedPaper, name: str) -> AllowedPaper:
    if old.version and new.version and old.version != new.version:
        place = f"{name}:{new.line}: " if name and new.line else f"{name}: " if name else ""
        where = f" on line {old.line}" if old.line else " before"
        raise BriefError(f"{place}{new.key} is given here, but {old.key}{where}; keep one version of each paper")
    first, second = (new, old) if new.recommended and not old.recommended else (old, new)
    return replace(
        first,
        version=first.version or second.version,
        model=first.model or second.model,
        github=first.github or second.github,
        summary=first.summary or second.summary,
        line=old.line,
        citekey=first.citekey or second.citekey,
        doi=first.doi or second.doi,
        file=first.file or second.file,
    )


def named(papers: Sequence[AllowedPaper | str], place: str = "") -> tuple[AllowedPaper, ...]:
    """Return the papers of ids and links, each once; raise `BriefError` for what is neither, and for none at all.

    `place`, such as "papers", opens the message with the number of the paper.
    """
    if not papers:
        raise BriefError('no paper is named; give at least one, e.g. ["2108.10257"]')
    places = [f"{place}[{number}]: " if place else "" for number in range(len(papers))]
    return join_papers(
        (
            paper if isinstance(paper, AllowedPaper) else AllowedPaper(*parse_paper(paper, at))
            for paper, at in zip(papers, places, strict=True)
        ),
        place,
    )


# --- files ---------------------------------------------------------------------------------------------------


def load_whitelist(path: Path) -> tuple[AllowedPaper, ...]:
    """Return the papers of a TOML or JSON file; raise `BriefError` with the place of the first fault."""
    text = read_text(path)
    if path.suffix.lower() not in WHITELISTS:
        raise BriefError(f"{path}: a whitelist is a .toml or .json file; a brief is any other text file")
    return parse_whitelist(text, path.name, path.suffix.lower() == ".json")


def parse_whitelist(text: str, name: str = "whitelist", is_json: bool = False) -> tuple[AllowedPaper, ...]:
    """Return the papers of a whitelist's text, TOML or JSON."""
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates) if is_json else tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise BriefError(f"{name}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise BriefError(f"{name}: not {'JSON' if is_json else 'TOML'}: {error}") from None
    entries = value.get("papers") if isinstance(value, dict) else value
    if isinstance(value, dict) and set(value) - {"papers"}:
        raise BriefError(f"{name}: unknown field {shown(min(set(value) - {'papers'}))}; only 'papers' is known")
    if not isinstance(entries, list) or not entries:
        raise BriefError(f'{name}: no paper is allowed; give papers = ["2108.10257", ...]')
    return join_papers((parse_entry(entry, f"{name}: papers[{i}]") for i, entry in enumerate(entries)), name)


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is given twice in one object")
    return fields


def parse_entry(entry: object, place: str) -> AllowedPaper:
    """Return the paper of one entry of a whitelist: an id, or a table with `FIELDS`."""
    if isinstance(entry, str):
        return AllowedPaper(*parse_paper(entry, f"{place}: "))
    if not isinstance(entry, dict):
        raise BriefError(f"{place}: is {type(entry).__name__}, expected an id or a table with 'paper'")
    if "paper" not in entry:
        raise BriefError(f'{place}: names no paper; add paper = "2108.10257"')
    for field, value in entry.items():
        kind = FIELDS.get(field)
        if kind is None:
            raise BriefError(f"{place}: unknown field {shown(field)}; known are {', '.join(FIELDS)}")
        if not isinstance(value, kind):
            raise BriefError(f"{place}.{field}: is {type(value).__name__}, expected {kind.__name__}")
    github, citekey = entry.get("github"), entry.get("citekey", "")
    if citekey and not is_citekey(citekey):
        raise BriefError(f"{place}.citekey: {shown(citekey)} cannot stand as a citekey; use letters, digits, : . _ -")
    doi = entry.get("doi", "").removeprefix("https://doi.org/")
    if doi and not is_doi_address(f"https://doi.org/{doi}"):
        raise BriefError(f"{place}.doi: {shown(doi)} is no DOI; expected e.g. 10.1000/182")
    return AllowedPaper(
        *parse_paper(entry["paper"], f"{place}.paper: "),
        model=" ".join(entry.get("model", "").split()),
        github=parse_github(github, f"{place}.github: ") if github else None,
        summary=" ".join(entry.get("summary", "").split()),
        recommended=entry.get("recommended", False),
        citekey=citekey,
        doi=doi,
    )


def read_text(path: Path) -> str:
    """Return a text file's content without byte order mark, lines ended by LF; raise `BriefError` if it is no text."""
    try:
        raw = files.contents(path, MAX_BYTES + 1)
    except OSError as error:
        raise BriefError(f"{path}: cannot be read ({error.strerror}); give the path of a text file") from None
    if len(raw) > MAX_BYTES:
        raise BriefError(f"{path}: larger than {MAX_BYTES >> 20} MiB; a brief is a short text file")
    if raw.startswith(b"%PDF"):
        raise BriefError(f"{path}: is a PDF, not a text file; put PDFs in a folder and give it with --pdf-dir")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BriefError(f"{path}: is UTF-16 text; save it as UTF-8")
    return clean_text(raw, path.name)


def check_whole(text: str, place: str = "") -> None:
    """Raise `BriefError` where half a character stands: an argument's bytes that are no UTF-8, JSON's escapes."""
    if half := re.search("[\ud800-\udfff]", text):
        around = text[max(0, half.start() - 20) : half.end() + 20]
        raise BriefError(f"{place}{shown(around)} is not valid UTF-8; write it again")


def clean_text(raw: bytes, name: str) -> str:
    """Return UTF-8 text, lines ended by LF; raise `BriefError` with the line of a byte or character that is none."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BriefError(f"{name}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if control := re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", text):
        line = text.count("\n", 0, control.start()) + 1
        raise BriefError(f"{name}:{line}: control character U+{ord(control[0]):04X}; this is not a text file")
    return text
