"""Get at the papers: the pages that the engine stored, and the PDFs themselves.

This is the one place that knows where they lie (`index/manifest.json`, `index/papers/*.json`, `pdf/KEY.pdf`, the PDFs
that the manifest names, any folder of PDFs). A stored file whose bytes are not those that the manifest names is not
used. Raw text comes from PDFium with no cleaning of ours. Not handled: fetching anything.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rag.files import contents
from rag.papers import LOCAL, HiddenText, Page, Paper, Region, Sentence, Span, paper_key

from .raw_pdf import RawPdf
from .stored_pages import StoredPages, sha256

_DEPTHS = ("*.pdf", "*/*.pdf", "*/*/*.pdf")  # subfolders as reference managers make them, and no whole disk
_NAMES_A_PAPER = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?_\d{7})(?:v\d+)?")


class Library:
    """Give the checks papers by id and version, from a corpus, folders of PDFs, or papers in memory."""

    def __init__(self, corpus: Path | None = None, pdf_dirs: Sequence[Path] = (), papers: Iterable[Paper] = ()) -> None:
        self.problems: list[str] = []
        self._corpus = corpus
        self._dirs = tuple(pdf_dirs) + ((corpus / "pdf",) if corpus else ())
        self._memory = {paper.key: StoredPages(paper) for paper in papers}
        self._entries = self._manifest()
        self._stored: dict[str, StoredPages | None] = {}

    def _manifest(self) -> dict[str, Mapping[str, Any]]:
        if self._corpus is None:
            return {}
        path = self._corpus / "index" / "manifest.json"
        try:
            told = json.loads(contents(path))
            return {str(entry["key"]): entry for entry in told["papers"]}
        except FileNotFoundError:
            self.problems.append(f"no stored pages at {path}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.problems.append(f"{path} cannot be read ({error})")
        return {}

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of all papers whose pages are stored."""
        return tuple(sorted({*self._memory, *self._entries}))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Return the ids without version of all papers at hand, as pages or as PDF."""
        named = {name for path in self._pdf_files for name in (path.stem.replace("_", "/"), _local(path.stem))}
        return frozenset(bare_id(key) for key in (*self.keys, *named))

    def stored(self, paper: str, version: int | None) -> StoredPages | None:
        """Return a paper's stored pages: that version, the newest when it is open, else one of unknown version."""
        return self._load(self._key(paper, version))

    def _key(self, paper: str, version: int | None) -> str:
        key = paper_key(paper, version)
        if key in self.keys:
            return key
        if version is not None:
            return paper
        versions = [other for other in self.keys if bare_id(other) == paper]
        return max(versions, key=lambda other: int(other.rpartition("v")[2]), default="")

    @cached_property
    def pdf_owners(self) -> Mapping[str, frozenset[str]]:
        """Return which papers each known PDF's bytes belong to: one that is not on arXiv may have two names."""
        owners: dict[str, frozenset[str]] = {}
        known = [(str(entry.get("pdf_sha256")), bare_id(key)) for key, entry in self._entries.items()]
        known += [(stored.paper.pdf_sha256, stored.paper.paper) for stored in self._memory.values()]
        for digest, paper in known:
            owners[digest] = owners.get(digest, frozenset()) | {paper}
        return owners

    def all_stored(self) -> Iterator[StoredPages]:
        """Yield every paper whose pages are stored."""
        for key in self.keys:
            if (stored := self._load(key)) is not None:
                yield stored

    def _load(self, key: str) -> StoredPages | None:
        if key in self._memory:
            return self._memory[key]
        if key not in self._entries:
            return None
        if key not in self._stored:
            self._stored[key] = self._read(self._entries[key])
        return self._stored[key]

    def _read(self, entry: Mapping[str, Any]) -> StoredPages | None:
        assert self._corpus is not None  # noqa: S101 - entries come from a corpus
        path = self._corpus / "index" / str(entry["file"])
        try:
            data = contents(path)
            if sha256(data) != entry["sha256"]:
                self.problems.append(f"{path} is not what the manifest names (its hash differs)")
                return None
            return StoredPages(paper_from(json.loads(data)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.problems.append(f"{path} cannot be read ({error})")
            return None

    # --- PDFs -----------------------------------------------------------------------------------------------

    @cached_property
    def _pdf_files(self) -> tuple[Path, ...]:
        folders = [folder for folder in self._dirs if folder.is_dir()]
        return tuple(path for folder in folders for depth in _DEPTHS for path in sorted(folder.glob(depth)))

    @cached_property
    def _by_stamp(self) -> Mapping[tuple[str, int], Path]:
        """Return the files whose names are no paper's, by the id and version stamped on their first page."""
        unnamed = [path for path in self._pdf_files if not _NAMES_A_PAPER.fullmatch(path.stem)]
        return {stamp: path for path in reversed(unnamed) if (stamp := self._open(path).stamp)}

    @lru_cache(maxsize=1024)  # noqa: B019 - a library lives as long as its run
    def pdf(self, paper: str, version: int | None, digest: str | None) -> RawPdf | None:
        """Return a paper's PDF: with these bytes under its name or a name that is no paper's, else under its name.

        What the corpus read it from, wherever that lies, is under its name. Where nothing is, a file of another name
        that bears the paper's stamp is taken.
        """
        key, bare = paper_key(paper, version).replace("/", "_"), paper.replace("/", "_")
        named = [path for path in self._pdf_files if path.stem in (key, bare) or _local(path.stem) == paper]
        if version is None:
            named += [path for path in self._pdf_files if bare_id(path.stem) == bare and path not in named]
        read_from = Path(str(self._entries.get(self._key(paper, version), {}).get("pdf") or ""))
        named += [read_from] if read_from.is_file() else []
        unnamed = [path for path in self._pdf_files if not _NAMES_A_PAPER.fullmatch(path.stem)]
        candidates = [self._open(path) for path in (*named, *unnamed)] if digest else []
        for pdf in candidates:
            if pdf.sha256 == digest:
                return pdf if pdf.readable else None
        named = named or [
            path for (owner, of), path in self._by_stamp.items() if owner == paper and version in (None, of)
        ]
        opened = [self._open(path) for path in named]
        return next((pdf for pdf in opened if pdf.readable), None)

    @lru_cache(maxsize=4096)  # noqa: B019 - likewise
    def _open(self, path: Path) -> RawPdf:
        return RawPdf(path)


def _local(stem: str) -> str:
    """Return the id of a file whose paper is not on arXiv; of another file it is nobody's."""
    plain = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFKC", stem))
    return LOCAL + re.sub(r"\.{2,}", ".", plain).strip("_.-")


def bare_id(key: str) -> str:
    """Return an id without its version."""
    if key.startswith(LOCAL):
        return key
    head, mark, tail = key.rpartition("v")
    return head if mark and tail.isdigit() and head else key


def paper_from(told: Mapping[str, Any]) -> Paper:
    """Return a stored paper from its JSON."""
    given = dict(told)
    pages = tuple(
        Page(**{**page, "regions": tuple(Region(**region) for region in page.get("regions", ())),
                "glyphs": (), "flags": tuple(page.get("flags", ()))})
        for page in given.pop("pages")
    )  # fmt: skip
    sentences = tuple(
        Sentence(**{**sentence, "spans": tuple(Span(**span) for span in sentence["spans"]),
                    "section": tuple(sentence.get("section", ())), "flags": tuple(sentence.get("flags", ()))})
        for sentence in given.pop("sentences")
    )  # fmt: skip
    given["authors"] = tuple(given.get("authors", ()))
    given["gaps"] = tuple(given.get("gaps", ()))
    given["hidden"] = tuple(HiddenText(**hidden) for hidden in given.get("hidden", ()))
    given["passages"] = ()
    return Paper(pages=pages, sentences=sentences, **given)
