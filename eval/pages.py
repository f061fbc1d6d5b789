"""Get at the papers: the pages that the engine stored, and the PDFs themselves.

This is the one place that knows where they lie (`index/manifest.json`, `index/papers/*.json`, `pdf/KEY.pdf`, any folder
of PDFs). A stored file whose bytes are not those that the manifest names is not used. Raw text comes from PDFium with
no cleaning of ours. Not handled: fetching anything.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from rag.papers import HiddenText, Page, Paper, Region, Sentence, Span, paper_key

from . import normal

FLOWING = frozenset(("abstract", "body", "appendix", "title", "heading", "acknowledgements", "other", "references"))
_SPLIT_LEAST = 14  # characters of normal form that a piece of a quote must have to be looked for
_LEFT_OUT = 24  # characters of normal form that may be missing between two pieces: a changed quote, not a stitched one

_NAMES_A_PAPER = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?_\d{7})(?:v\d+)?")
_CHANGED = 13  # characters of a changed word after which the rest may go on as it stands


def sha256(data: str | bytes) -> str:
    """Return the SHA-256 of bytes, or of a text in UTF-8 (a lone surrogate counts as itself)."""
    return hashlib.sha256(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).hexdigest()


class Stored:
    """Hold one paper's stored pages, with what the checks ask of them worked out once."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    @property
    def key(self) -> str:
        """Return id and version as one word."""
        return self.paper.key

    @cached_property
    def page_hashes(self) -> tuple[str, ...]:
        """Return the hash of each page's text."""
        return tuple(sha256(page.text) for page in self.paper.pages)

    @cached_property
    def sentence_spans(self) -> frozenset[tuple[Span, ...]]:
        """Return the places of all sentences that were read."""
        return frozenset(sentence.spans for sentence in self.paper.sentences)

    @cached_property
    def hidden(self) -> str:
        """Return the normal form of the text that no person can see."""
        return "|".join(normal.fold(hidden.text) for hidden in self.paper.hidden)

    def valid(self, span: Span) -> bool:
        """Tell whether a span lies in its page."""
        return 1 <= span.page <= len(self.paper.pages) and 0 <= span.start < span.end <= len(
            self.paper.pages[span.page - 1].text
        )

    def text(self, spans: Sequence[Span]) -> str:
        """Return the text under spans: joined by a blank, or directly where a soft hyphen ends a piece."""
        text = ""
        for span in spans:
            piece = self.paper.pages[span.page - 1].text[span.start : span.end]
            text = text[:-1] + piece if text.endswith("\u00ad") else f"{text} {piece}" if text else piece
        return text

    def labels(self, span: Span) -> frozenset[str]:
        """Return the labels of the regions that a span touches."""
        regions = self.paper.pages[span.page - 1].regions
        at = bisect_right([region.start for region in regions], span.start) - 1
        touched = []
        for region in regions[max(0, at) :]:
            if region.start >= span.end:
                break
            if region.end > span.start:
                touched.append(region.label)
        return frozenset(touched)

    def contiguous(self, spans: Sequence[Span]) -> bool:
        """Tell whether spans follow one another in the text: nothing but what interrupts a text lies between."""
        if tuple(spans) in self.sentence_spans:
            return True
        return all(self._follows(a, b) for a, b in pairwise(spans))

    def _follows(self, a: Span, b: Span) -> bool:
        if (b.page, b.start) < (a.page, a.end):
            return False
        if {"table", "caption"} >= self.labels(a) | self.labels(b):
            return a.page == b.page
        between = "".join(self._flowing(page, a, b) for page in range(a.page, b.page + 1))
        return not normal.fold(between)

    def _flowing(self, number: int, a: Span, b: Span) -> str:
        page = self.paper.pages[number - 1]
        low = a.end if number == a.page else 0
        high = b.start if number == b.page else len(page.text)
        if not page.regions:
            return page.text[low:high]
        return " ".join(
            page.text[max(low, region.start) : min(high, region.end)]
            for region in page.regions
            if region.label in FLOWING and region.end > low and region.start < high
        )

    def find(self, quote: str) -> tuple[int, ...]:
        """Return the pages on which the quote stands, in one piece: one page, or two where it crosses their end."""
        for page in self.paper.pages:
            if normal.find(quote, page.text):
                return (page.number,)
        return self._find_across(quote)

    def find_all(self, quote: str) -> tuple[int, ...]:
        """Return every page that holds the whole quote."""
        return tuple(page.number for page in self.paper.pages if normal.find(quote, page.text))

    def _find_across(self, quote: str) -> tuple[int, ...]:
        if normal.find(quote, self._flow):
            at = normal.find(quote, self._flow)
            assert at is not None  # noqa: S101 - just found
            first, last = (bisect_right(self._flow_starts, place) for place in (at[0], at[1] - 1))
            return tuple(range(first, last + 1))
        return ()

    @cached_property
    def _flow_pages(self) -> list[str]:
        return [_flow_of(page) for page in self.paper.pages]

    @cached_property
    def _flow(self) -> str:
        return "\n".join(self._flow_pages)

    @cached_property
    def _flow_starts(self) -> list[int]:
        starts, at = [], 0
        for text in self._flow_pages:
            starts.append(at)
            at += len(text) + 1
        return starts

    @cached_property
    def form(self) -> str:
        """Return the normal form of all pages, for finding pieces of quotes."""
        return (
            "|".join(normal.normal(page.text).form for page in self.paper.pages) + "|" + normal.normal(self._flow).form
        )


def _flow_of(page: Page) -> str:
    if not page.regions:
        return page.text
    return " ".join(page.text[region.start : region.end] for region in page.regions if region.label in FLOWING)


class Pdf:
    """Hold one PDF and its raw page texts, read when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._texts: dict[int, str] = {}
        self._hides: dict[tuple[int, str], str | None] = {}

    @cached_property
    def data(self) -> bytes:
        """Return the file's bytes."""
        return self.path.read_bytes()

    @cached_property
    def sha256(self) -> str:
        """Return the hash of the bytes."""
        return sha256(self.data)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Open the document for one reading; None where PDFium cannot."""
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(self.data)
        except pypdfium2.PdfiumError:
            yield None
            return
        try:
            yield document
        finally:
            document.close()

    @property
    def readable(self) -> bool:
        """Tell whether PDFium opens the file."""
        return self.pages > 0

    @cached_property
    def pages(self) -> int:
        """Return the number of pages, 0 for a file that is no PDF."""
        with self._opened() as document:
            return len(document) if document is not None else 0

    def text(self, number: int) -> str:
        """Return PDFium's text of a page (1-based), empty for a page that is not there."""
        if number not in self._texts:
            self._texts[number] = self._read(number) if 1 <= number <= self.pages else ""
        return self._texts[number]

    def _read(self, number: int) -> str:
        with self._opened() as document:
            return str(document[number - 1].get_textpage().get_text_range(errors="ignore"))

    def find(self, quote: str, numbers: Iterable[int]) -> int | None:
        """Return the first of these pages that holds the quote in normal form."""
        return next((number for number in numbers if normal.find(quote, self.text(number))), None)

    def hides(self, quote: str, number: int) -> str | None:
        """Return why the quote's glyphs on a page cannot be seen (tiny, white, invisible, off the page), or None."""
        if (number, quote) not in self._hides:
            found = normal.find(quote, self.text(number))
            with self._opened() as document:
                self._hides[number, quote] = None if found is None else _unseen(document[number - 1], *found)
        return self._hides[number, quote]


def _unseen(page: Any, start: int, end: int) -> str | None:
    """Judge up to 40 glyphs of a stretch; most of them must be hidden in the same way."""
    import ctypes

    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    start, end = (raw.FPDFText_GetCharIndexFromTextIndex(textpage, place) for place in (start, end - 1))
    end += 1
    width, height = page.get_size()
    step = max(1, (end - start) // 40)
    reasons: dict[str, int] = {}
    looked = 0
    for index in range(start, end, step):
        if chr(raw.FPDFText_GetUnicode(textpage, index) or 32).isspace():
            continue
        looked += 1
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        raw.FPDFText_GetFillColor(textpage, index, red, green, blue, alpha)
        left, bottom, right, top = textpage.get_charbox(index)
        if raw.FPDFText_GetFontSize(textpage, index) * _scale(raw, textpage, index) < 2.5 and top - bottom < 2.5:
            reason = "its glyphs are too small to be read"
        elif _mode(raw, textpage, index) == 3 or alpha.value == 0:
            reason = "its glyphs are drawn invisibly"
        elif min(red.value, green.value, blue.value) >= 250:
            reason = "its glyphs are white"
        elif right < 0 or top < 0 or left > width or bottom > height:
            reason = "its glyphs lie off the page"
        else:
            continue
        reasons[reason] = reasons.get(reason, 0) + 1
    reason, count = max(reasons.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return reason if looked and count * 2 > looked else None


def _scale(raw: Any, textpage: Any, index: int) -> float:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(textpage, index, matrix):
        return 1.0
    return float(max(abs(matrix.d), abs(matrix.b)) or 1.0)


def _mode(raw: Any, textpage: Any, index: int) -> int:
    item = raw.FPDFText_GetTextObject(textpage, index) if hasattr(raw, "FPDFText_GetTextObject") else None
    return int(raw.FPDFTextObj_GetTextRenderMode(item)) if item else 0


class Library:
    """Give the checks papers by id and version, from a corpus, folders of PDFs, or papers in memory."""

    def __init__(self, corpus: Path | None = None, pdf_dirs: Sequence[Path] = (), papers: Iterable[Paper] = ()) -> None:
        self.problems: list[str] = []
        self._corpus = corpus
        self._dirs = tuple(pdf_dirs) + ((corpus / "pdf",) if corpus else ())
        self._memory = {paper.key: Stored(paper) for paper in papers}
        self._entries = self._manifest()
        self._stored: dict[str, Stored | None] = {}

    def _manifest(self) -> dict[str, Mapping[str, Any]]:
        if self._corpus is None:
            return {}
        path = self._corpus / "index" / "manifest.json"
        try:
            told = json.loads(path.read_bytes())
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
        named = {path.stem.replace("_", "/") for path in self._pdf_files}
        return frozenset(bare_id(key) for key in (*self.keys, *named))

    def stored(self, paper: str, version: int | None) -> Stored | None:
        """Return a paper's stored pages: that version, the newest when it is open, else one of unknown version."""
        key = paper_key(paper, version)
        if version is None and key not in self.keys:
            versions = [other for other in self.keys if bare_id(other) == paper]
            key = max(versions, key=lambda other: int(other.rpartition("v")[2]), default="")
        elif version is not None and key not in self.keys:
            key = paper
        return self._load(key)

    @cached_property
    def pdf_owners(self) -> Mapping[str, str]:
        """Return which paper each known PDF's bytes belong to."""
        owners = {str(entry.get("pdf_sha256")): bare_id(key) for key, entry in self._entries.items()}
        return owners | {stored.paper.pdf_sha256: stored.paper.paper for stored in self._memory.values()}

    def all_stored(self) -> Iterator[Stored]:
        """Yield every paper whose pages are stored."""
        for key in self.keys:
            if (stored := self._load(key)) is not None:
                yield stored

    def _load(self, key: str) -> Stored | None:
        if key in self._memory:
            return self._memory[key]
        if key not in self._entries:
            return None
        if key not in self._stored:
            self._stored[key] = self._read(self._entries[key])
        return self._stored[key]

    def _read(self, entry: Mapping[str, Any]) -> Stored | None:
        assert self._corpus is not None  # noqa: S101 - entries come from a corpus
        path = self._corpus / "index" / str(entry["file"])
        try:
            data = path.read_bytes()
            if sha256(data) != entry["sha256"]:
                self.problems.append(f"{path} is not what the manifest names (its hash differs)")
                return None
            return Stored(paper_from(json.loads(data)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.problems.append(f"{path} cannot be read ({error})")
            return None

    # --- PDFs -----------------------------------------------------------------------------------------------

    @cached_property
    def _pdf_files(self) -> tuple[Path, ...]:
        return tuple(path for folder in self._dirs if folder.is_dir() for path in sorted(folder.glob("*.pdf")))

    @lru_cache(maxsize=1024)  # noqa: B019 - a library lives as long as its run
    def pdf(self, paper: str, version: int | None, digest: str | None) -> Pdf | None:
        """Return a paper's PDF: with these bytes under its name or a name that is no paper's, else under its name."""
        key, bare = paper_key(paper, version).replace("/", "_"), paper.replace("/", "_")
        named = [path for path in self._pdf_files if path.stem in (key, bare)]
        if version is None:
            named += [path for path in self._pdf_files if bare_id(path.stem) == bare and path not in named]
        unnamed = [path for path in self._pdf_files if not _NAMES_A_PAPER.fullmatch(path.stem)]
        candidates = [self._open(path) for path in (*named, *unnamed)] if digest else []
        for pdf in candidates:
            if pdf.sha256 == digest:
                return pdf if pdf.readable else None
        opened = [self._open(path) for path in named]
        return next((pdf for pdf in opened if pdf.readable), None)

    @lru_cache(maxsize=4096)  # noqa: B019 - likewise
    def _open(self, path: Path) -> Pdf:
        return Pdf(path)


def bare_id(key: str) -> str:
    """Return an id without its version."""
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


def pieces(quote: str, forms: Sequence[str]) -> list[tuple[int, int, int]] | None:
    """Return the quote as at most four pieces, each found whole in a form: (form number, place, length); or None."""
    rest = normal.fold(quote)
    found: list[tuple[int, int, int]] = []
    while rest and len(found) < 4:
        best, at, where = 0, -1, -1
        for number, form in enumerate(forms):
            length, place = normal.longest_prefix(rest, form)
            if length > best:
                best, at, where = length, place, number
        if best < min(_SPLIT_LEAST, len(rest)):
            return None
        found.append((where, at, best))
        rest = rest[best:]
    return found if not rest else None


def stitched(quote: str, forms: Sequence[str]) -> list[int] | None:
    """Return the forms from whose pieces a quote was put together; None when it was not, or lacks a word or two."""
    found = pieces(quote, forms)
    if not found or len(found) < 2:
        return None
    wanted = normal.fold(quote)
    for form in forms:
        at = form.find(wanted[: found[0][2]])
        while at >= 0:
            if _nearly(wanted, form, at, found):
                return None
            at = form.find(wanted[: found[0][2]], at + 1)
    return [number for number, _, _ in found]


def _nearly(wanted: str, form: str, at: int, found: Sequence[tuple[int, int, int]]) -> bool:
    """Tell whether all pieces follow one another in a form but for a word or two left out or changed."""
    first = end = found[0][2]
    end += at
    if any(
        form.find(wanted[first + changed :], end, end + len(wanted) - first + _LEFT_OUT) >= 0
        for changed in range(min(_CHANGED, len(wanted) - first))
    ):
        return True
    used = first
    for _, _, length in found[1:]:
        place = form.find(wanted[used : used + length], end, end + length + _LEFT_OUT)
        if place < 0:
            return False
        end, used = place + length, used + length
    return True
