"""Find PDFs that are already here: in the user's own folder, and in the cache of fetched ones.

The own folder is read, never written; its files are matched by name (2108.10257v1.pdf, arXiv-2108.10257v1.pdf,
hep-th_9108004.pdf), else by the arXiv stamp on page 1. A cached PDF lies beside a JSON record with its sha256 and is
used only while both agree. Subfolders are not searched.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from rag.answers import Notice
from rag.briefs.allowed import ID, id_of, parse_arxiv_id, shown
from rag.errors import BriefError, FetchError, PdfError, SettingsError
from rag.papers import AllowedPaper, paper_key

RECORD_SCHEMA = "rag.pdf/1"
MAX_RECORD_BYTES = 1 << 20
PART = ".part-"  # temporary files, left behind only by a killed process
STALE_S = 3600.0  # no download takes that long

Stamp = Callable[[Path], tuple[str, int] | None]


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


@dataclass(frozen=True, slots=True)
class Record:
    """Hold what arXiv says about one version of a paper, `abstract` included."""

    paper: str
    version: int
    title: str
    authors: tuple[str, ...]
    published: str
    abstract: str = ""


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
        named = [self._checked(path, version, allowed) for path, version in self._named.get(allowed.paper, [])]
        found = [copy for copy in named if copy]
        if not found:
            stamped = ((path, stamp[1]) for path, stamp in self._stamped.items() if stamp[0] == allowed.paper)
            found = [(path, version, False) for path, version in stamped if allowed.version in (None, version)]
        if not found:
            return None
        path, version, assumed = max(found, key=lambda copy: (not copy[2], copy[1] or 0))
        return Fetched(
            allowed.paper, version, path, pdf_sha256(path), notices=_assumed(allowed, path) if assumed else ()
        )

    def others(self, allowed: AllowedPaper) -> tuple[str, ...]:
        """Return the names of files that hold the paper, but in a version that is not allowed."""
        named = [path.name for path, _ in self._named.get(allowed.paper, [])]
        return (*named, *(path.name for path, stamp in self._stamped.items() if stamp[0] == allowed.paper))

    def papers(self) -> tuple[AllowedPaper, ...]:
        """Return the papers that the folder's files are, by name or stamp; other files are left aside."""
        named = [AllowedPaper(paper, version) for paper, files in self._named.items() for _, version in files]
        stamped = [AllowedPaper(paper, version) for paper, version in self._stamped.values()]
        return tuple(dict.fromkeys([*named, *stamped]))

    def left_out(self) -> tuple[str, ...]:
        """Return the names of the PDFs that neither name nor stamp tells apart."""
        known = {path for files in self._named.values() for path, _ in files} | set(self._stamped)
        return tuple(path.name for path in self._files if path not in known)

    @cached_property
    def _files(self) -> tuple[Path, ...]:
        try:
            return tuple(sorted(p for p in self.folder.iterdir() if p.suffix.lower() == ".pdf" and p.is_file()))
        except OSError as error:
            raise SettingsError(f"{self.folder}: {error.strerror}; --pdf-dir needs a folder of PDFs") from None

    @cached_property
    def _named(self) -> dict[str, list[tuple[Path, int | None]]]:
        named: dict[str, list[tuple[Path, int | None]]] = {}
        for path in self._files:
            if match := _NAME.fullmatch(_SLASH.sub("/", path.stem)):
                paper, version = id_of(match)
                named.setdefault(paper, []).append((path, version))
        return named

    @cached_property
    def _stamped(self) -> dict[Path, tuple[str, int]]:
        named = {path for files in self._named.values() for path, _ in files}
        stamps = {path: self._stamp(path) for path in self._files if path not in named}
        return {path: stamp for path, stamp in stamps.items() if stamp}

    def _checked(self, path: Path, version: int | None, allowed: AllowedPaper) -> tuple[Path, int | None, bool] | None:
        """Return path, version, and whether that version is only assumed; None where the version is not allowed."""
        if not _is_pdf(path):
            raise FetchError(f"{allowed.key}: {shown(path.name)} is no PDF; replace it or take it out of the folder")
        stamp = self._stamp(path)
        if stamp and stamp[0] != allowed.paper:
            raise FetchError(
                f"{allowed.key}: {shown(path.name)} is named so, but its first page is stamped {paper_key(*stamp)}; "
                "rename it or replace it"
            )
        version = stamp[1] if stamp else version
        if version is None:
            return path, allowed.version, allowed.version is not None
        return (path, version, False) if allowed.version in (None, version) else None

    def _stamp(self, path: Path) -> tuple[str, int] | None:
        try:
            stamp = self.stamp(path)
            return (parse_arxiv_id(stamp[0])[0], stamp[1]) if stamp else None
        except (PdfError, BriefError):
            return None  # reading it in full will tell what is wrong


def _assumed(allowed: AllowedPaper, path: Path) -> tuple[Notice, ...]:
    text = f"{path.name} bears no arXiv stamp and no version in its name; it is taken to be {allowed.key}"
    return (Notice("version_assumed", text, allowed.paper),)


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)  # readers accept the header anywhere in the first kilobyte
    except OSError as error:
        raise FetchError(f"{shown(str(path))}: cannot be read ({error.strerror})") from None


def pdf_sha256(path: Path) -> str:
    """Return the hash of a PDF's bytes; raise `FetchError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FetchError(f"{shown(str(path))}: cannot be read ({error.strerror})") from None


# --- the cache ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cache:
    """Keep fetched PDFs as `2410.18666v2.pdf` with `2410.18666v2.json` beside it, which is written last."""

    folder: Path

    def find(self, allowed: AllowedPaper) -> Fetched | None:
        """Return the cached PDF of an allowed paper, the newest where any version will do."""
        versions = [allowed.version] if allowed.version else sorted(self._versions(allowed.paper), reverse=True)
        return next((found for version in versions if (found := self._load(allowed.paper, version))), None)

    def path(self, paper: str, version: int) -> Path:
        """Return where a PDF belongs; a checked id has no other character that a path would interpret than '/'."""
        return self.folder / f"{paper_key(paper, version).replace('/', '_')}.pdf"

    def add(self, record: Record, part: Path, sha256: str) -> Fetched:
        """Take a complete PDF from a temporary file of this folder into the cache."""
        path = self.path(record.paper, record.version)
        os.replace(part, path)
        text = json.dumps({"schema": RECORD_SCHEMA, **asdict(record), "sha256": sha256}, ensure_ascii=False, indent=1)
        with self.part() as (file, sidecar):
            file.write(text.encode())
            _flush(file)
            os.replace(sidecar, path.with_suffix(".json"))
        _sync_folder(self.folder)
        return _fetched(record, path, sha256)

    @contextmanager
    def part(self) -> Iterator[tuple[BinaryIO, Path]]:
        """Open a temporary file in the cache; what is left of it afterwards is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{PART}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            with part.open("xb") as file:
                yield file, part
        finally:
            part.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove the temporary files of processes that were killed an hour ago or more."""
        for part in self.folder.glob(f"{PART}*"):
            with suppress(OSError):
                if time.time() - part.lstat().st_mtime > STALE_S:
                    part.unlink()

    def _versions(self, paper: str) -> set[int]:
        stem = re.compile(re.escape(paper.replace("/", "_")) + r"v([1-9][0-9]{0,2})\.json", re.ASCII)
        names = [path.name for path in self.folder.glob("*.json")]
        return {int(match[1]) for name in names if (match := stem.fullmatch(name))}

    def _load(self, paper: str, version: int) -> Fetched | None:
        path = self.path(paper, version)
        record = _read_record(path.with_suffix(".json"))
        if record is None or (record[0].paper, record[0].version) != (paper, version) or not path.is_file():
            return None
        return _fetched(record[0], path, record[1]) if pdf_sha256(path) == record[1] else None


def _fetched(record: Record, path: Path, sha256: str) -> Fetched:
    return Fetched(
        record.paper, record.version, path, sha256, record.title, record.authors, record.published, record.abstract
    )


def _read_record(path: Path) -> tuple[Record, str] | None:
    """Return a cached PDF's record and hash, or None where it is missing, torn or foreign: then it is fetched anew."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(MAX_RECORD_BYTES))
        schema, sha256 = fields.pop("schema"), fields.pop("sha256")
        record = Record(**{**fields, "authors": tuple(fields["authors"])})
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    texts = (record.paper, record.title, record.published, record.abstract, sha256, *record.authors)
    typed = all(isinstance(text, str) for text in texts) and type(record.version) is int
    return (record, sha256) if schema == RECORD_SCHEMA and typed else None


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
