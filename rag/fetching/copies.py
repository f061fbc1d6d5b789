"""Find PDFs that are already here: in the user's own folder, and in the cache of fetched ones.

The own folder is read, never written; its files are matched by name (2108.10257v1.pdf, arXiv-2108.10257v1.pdf,
hep-th_9108004.pdf), else by the arXiv stamp on page 1; those that are not on arXiv by their name alone. Subfolders are
searched too, as reference managers keep a folder per paper: no deeper than `DEEPEST`, no hidden ones, no links that
lead elsewhere. A cached PDF lies beside a JSON record with its sha256 and is used only while both agree.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from rag import files
from rag.answers import Notice
from rag.briefs import ID, id_of, local_id, parse_arxiv_id, shown
from rag.errors import BriefError, FetchError, PdfError, SettingsError
from rag.papers import LOCAL, AllowedPaper, is_local, paper_key

RECORD_SCHEMA = "rag.pdf/1"
MAX_RECORD_BYTES = 1 << 20
BULK = re.compile(r"arXiv_pdf_([0-9]{4})_[0-9]{3,4}\.tar")
DEEPEST = 3  # subfolders below the own folder that are searched
MOST_FILES = 50_000  # of the own folder that are looked at; a folder with more is surely not meant

Stamp = Callable[[Path], tuple[str, int] | None]


@dataclass(frozen=True, slots=True)
class Record:
    """Hold what arXiv says about one version of a paper, `abstract` included."""

    paper: str
    version: int
    title: str
    authors: tuple[str, ...]
    published: str
    abstract: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Hold where a paper's PDF lies and what is known about it; texts are empty where nothing told them."""

    paper: str
    version: int | None
    path: Path
    sha256: str
    title: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""  # ISO date
    abstract: str = ""
    notices: tuple[Notice, ...] = ()

    @classmethod
    def of(cls, record: Record, path: Path, sha256: str) -> Fetched:
        """Return a PDF that arXiv has told about."""
        told = (record.title, record.authors, record.published, record.abstract)
        return cls(record.paper, record.version, path, sha256, *told)


def pdf_sha256(path: Path) -> str:
    """Return the hash of a PDF's bytes; raise `FetchError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FetchError(f"{shown(str(path))}: cannot be read ({error.strerror})") from None


# --- the user's own folder ---------------------------------------------------------------------------------

_SLASH = re.compile(r"_(?=[0-9]{7}(?![0-9]))", re.ASCII)  # hep-th_9108004 is hep-th/9108004
_NAME = re.compile(rf"(?:arxiv[-_.: ]?)?{ID}(?:[ _.(-].*)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class OwnFolder:
    """Look for allowed papers among a folder's PDFs."""

    folder: Path
    stamp: Stamp

    def find(self, allowed: AllowedPaper) -> Fetched | None:
        """Return the newest PDF of an allowed paper; raise `FetchError` where a file holds another paper."""
        if is_local(allowed.paper):
            return self.find_local(allowed)
        named = [(path, self.version(path, told, allowed)) for path, told in self._named.get(allowed.paper, [])]
        found = [copy for copy in named if allowed.version is None or copy[1] in (None, allowed.version)]
        if not found:
            stamped = [(path, told) for path, (paper, told) in self._stamped.items() if paper == allowed.paper]
            found = [copy for copy in stamped if allowed.version in (None, copy[1])]
        if not found:
            return None
        path, version = max(found, key=lambda copy: copy[1] or 0)
        notices: tuple[Notice, ...] = ()
        if version is None and allowed.version is not None:
            text = f"{path.name} bears no arXiv stamp and no version in its name; it is taken to be {allowed.key}"
            notices = (Notice("version_assumed", text, allowed.paper),)
        return Fetched(allowed.paper, version or allowed.version, path, pdf_sha256(path), notices=notices)

    def find_local(self, allowed: AllowedPaper) -> Fetched | None:
        """Return the PDF of a paper that is not on arXiv, by its name; raise `FetchError` where several bear it."""
        found = self.by_name.get(allowed.paper, []) or [path for path in self._files if path.name == allowed.file]
        copies = {pdf_sha256(path): path for path in reversed(found)}
        if len(copies) > 1:
            names = " and ".join(shown(str(path.relative_to(self.folder))) for path in found[:2])
            raise FetchError(f"{allowed.key}: {names} are two files of that name; rename one")
        for sha256, path in copies.items():
            self.check_pdf(path, allowed)
            notices: tuple[Notice, ...] = ()
            if self.stamped_as(path):
                text = f"{path.name} bears the stamp of arXiv; allowed by the id stamped there, it is linked to arXiv"
                notices = (Notice("on_arxiv", text, allowed.paper),)
            return Fetched(allowed.paper, None, path, sha256, notices=notices)
        return None

    def check_pdf(self, path: Path, allowed: AllowedPaper) -> None:
        """Raise `FetchError` where a file that is to be an allowed paper is no PDF."""
        try:
            with path.open("rb") as file:
                is_pdf = b"%PDF-" in file.read(1024)  # readers accept the header anywhere in the first kilobyte
        except OSError as error:
            raise FetchError(f"{shown(str(path))}: cannot be read ({error.strerror})") from None
        if not is_pdf:
            raise FetchError(f"{allowed.key}: {shown(path.name)} is no PDF; replace it or take it out of the folder")

    def version(self, path: Path, named: int | None, allowed: AllowedPaper) -> int | None:
        """Return the version of a file that is named as an allowed paper: what is stamped on it, else in its name.

        Raise `FetchError` where it is another paper, or no PDF.
        """
        self.check_pdf(path, allowed)
        stamp = self.stamped_as(path)
        if stamp and stamp[0] != allowed.paper:
            raise FetchError(
                f"{allowed.key}: {shown(path.name)} is named so, but its first page is stamped {paper_key(*stamp)}; "
                "rename it or replace it"
            )
        return stamp[1] if stamp else named

    def others(self, allowed: AllowedPaper) -> tuple[str, ...]:
        """Return the names of files that hold the paper, but in a version that is not allowed."""
        named = [path.name for path, _ in self._named.get(allowed.paper, [])]
        return (*named, *(path.name for path, stamp in self._stamped.items() if stamp[0] == allowed.paper))

    def papers(self) -> tuple[AllowedPaper, ...]:
        """Return the papers that the folder's files are, by name or stamp; other files are left aside."""
        named = [AllowedPaper(paper, version) for paper, paths in self._named.items() for _, version in paths]
        stamped = [AllowedPaper(paper, version) for paper, version in self._stamped.values()]
        return tuple(dict.fromkeys([*named, *stamped]))

    def left_out(self) -> tuple[str, ...]:
        """Return the names of the PDFs that neither name nor stamp tells apart."""
        known = {path for paths in self._named.values() for path, _ in paths} | set(self._stamped)
        return tuple(path.name for path in self._files if path not in known)

    @cached_property
    def _files(self) -> tuple[Path, ...]:
        return tuple(path for path in self._walked if path.name.lower().endswith(".pdf"))

    @cached_property
    def tars(self) -> tuple[Path, ...]:
        """Return the folder's bulk copies of arXiv (`bulk`)."""
        return tuple(path for path in self._walked if BULK.fullmatch(path.name))

    @cached_property
    def _walked(self) -> tuple[Path, ...]:
        found: list[Path] = []
        seen = 0

        def refuse(error: OSError) -> None:
            if Path(error.filename) == self.folder:
                raise SettingsError(f"{self.folder}: {error.strerror}; --pdf-dir needs a folder of PDFs")

        for here, folders, names in os.walk(self.folder, onerror=refuse):
            depth = len(Path(here).relative_to(self.folder).parts)
            folders[:] = sorted(name for name in folders if depth < DEEPEST and not name.startswith("."))
            seen += len(names)
            if seen > MOST_FILES:
                raise SettingsError(f"{self.folder}: over {MOST_FILES:,} files; name the folder that holds the PDFs")
            found += [Path(here, name) for name in names if name.lower().endswith(".pdf") or BULK.fullmatch(name)]
        return tuple(sorted((path for path in found if path.is_file()), key=lambda p: (len(p.parts), p)))

    @cached_property
    def _named(self) -> dict[str, list[tuple[Path, int | None]]]:
        named: dict[str, list[tuple[Path, int | None]]] = {}
        for path in self._files:
            if match := _NAME.fullmatch(_SLASH.sub("/", path.stem)):
                paper, version = id_of(match)
                named.setdefault(paper, []).append((path, version))
        return named

    @cached_property
    def by_name(self) -> dict[str, list[Path]]:
        """Return the files under the ids of papers that are not on arXiv; some have a name that cannot be one."""
        found: dict[str, list[Path]] = {}
        for path in self._files:
            with suppress(BriefError):
                found.setdefault(local_id(path.stem), []).append(path)
        return found

    @cached_property
    def _stamped(self) -> dict[Path, tuple[str, int]]:
        named = {path for paths in self._named.values() for path, _ in paths}
        stamps = {path: self.stamped_as(path) for path in self._files if path not in named}
        return {path: stamp for path, stamp in stamps.items() if stamp}

    def stamped_as(self, path: Path) -> tuple[str, int] | None:
        """Return id and version that are stamped on a PDF's first page; None where none is."""
        try:
            stamp = self.stamp(path)
            return (parse_arxiv_id(stamp[0])[0], stamp[1]) if stamp else None
        except (PdfError, BriefError):
            return None  # reading it in full will tell what is wrong


def no_such_file(paper: AllowedPaper, own: OwnFolder | None) -> FetchError:
    """Return why a paper that is not on arXiv cannot be had: nobody but the user has it."""
    if own is None:
        return FetchError(f"{paper.key}: is no paper of arXiv's; give the folder of its PDF with --pdf-dir")
    name = paper.file or f"{paper.paper.removeprefix(LOCAL)}.pdf"
    return FetchError(f"{paper.key}: {own.folder} has no {shown(name)}; rename its PDF so, or put it there")


def not_here(paper: AllowedPaper, own: OwnFolder | None) -> FetchError:
    """Return why a paper cannot be had offline."""
    if own is None:
        return FetchError(f"{paper.key}: not in the cache; drop --offline or give a folder of PDFs with --pdf-dir")
    others = own.others(paper)
    found = f"holds another version ({shown(others[0])})" if others else "has no PDF of it"
    return FetchError(f"{paper.key}: {own.folder} {found}, nor is it in the cache; drop --offline or add the PDF")


# --- the cache ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cache:
    """Keep fetched PDFs as `2410.18666v2.pdf` with `2410.18666v2.json` beside it, which is written last."""

    folder: Path

    def find(self, allowed: AllowedPaper) -> Fetched | None:
        """Return the cached PDF of an allowed paper, the newest where any version will do."""
        if allowed.version:
            return self.load(allowed.paper, allowed.version)
        name = re.compile(re.escape(allowed.paper.replace("/", "_")) + r"v([1-9][0-9]{0,2})\.json", re.ASCII)
        versions = {int(match[1]) for path in self.folder.glob("*.json") if (match := name.fullmatch(path.name))}
        found = (self.load(allowed.paper, version) for version in sorted(versions, reverse=True))
        return next(filter(None, found), None)

    def path(self, paper: str, version: int) -> Path:
        """Return where a PDF belongs; a checked id has no other character that a path would interpret than '/'."""
        return self.folder / f"{paper_key(paper, version).replace('/', '_')}.pdf"

    def add(self, record: Record, pdf: BinaryIO, sha256: str) -> Fetched:
        """Take a complete PDF into the cache, from a file that `files.part` opened in its folder."""
        path = self.path(record.paper, record.version)
        files.settle(pdf, path)
        text = json.dumps({"schema": RECORD_SCHEMA, **asdict(record), "sha256": sha256}, ensure_ascii=False, indent=1)
        files.replace(path.with_suffix(".json"), text.encode())
        return Fetched.of(record, path, sha256)

    def load(self, paper: str, version: int) -> Fetched | None:
        """Return a cached PDF, or None where it or its record is missing, torn or foreign: then it is fetched anew."""
        path = self.path(paper, version)
        try:
            with path.with_suffix(".json").open("rb") as file:
                fields = json.loads(file.read(MAX_RECORD_BYTES))
            schema, sha256 = fields.pop("schema"), fields.pop("sha256")
            record = Record(**{**fields, "authors": tuple(fields["authors"])})
        except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
            return None
        texts = (record.paper, record.title, record.published, record.abstract, sha256, *record.authors)
        typed = all(isinstance(text, str) for text in texts) and type(record.version) is int
        ours = schema == RECORD_SCHEMA and typed and (record.paper, record.version) == (paper, version)
        if not ours or not path.is_file() or pdf_sha256(path) != sha256:
            return None
        return Fetched.of(record, path, sha256)
