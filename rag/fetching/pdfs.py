"""Get the allowed papers' PDFs: from the user's own folder, the cache, arXiv's bulk copies, else from arXiv.

arXiv is asked for the metadata of all missing papers at once, through the `arxiv` package, then for one PDF after the
other. The package writes the query and reads the Atom feed; its own requests, retries and pauses are replaced by those
of `PoliteClient`, so that one pace holds for everything that goes to arXiv. A PDF needs no metadata: where arXiv
refuses these, the stamp on page 1 tells the version. What arrives must be a whole PDF; what goes wrong is named per
paper, and the rest goes on.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rag import files
from rag.answers import Notice
from rag.briefs import is_bare_id, parse_arxiv_id, shown, title_notice
from rag.errors import BriefError, FetchError, PdfError, UnreachableError
from rag.fetching.bulk import BulkCopies
from rag.fetching.copies import Cache, Fetched, OwnFolder, Record, Stamp, no_such_file, not_here
from rag.fetching.polite import Pace, PassingError, PoliteClient, StatusError
from rag.papers import AllowedPaper, is_local, paper_key
from rag.settings import Settings

if TYPE_CHECKING:
    import arxiv
    import httpx
    import requests

MAX_PDF_BYTES = 256 << 20  # arXiv takes submissions up to 50 MB; PDFs made from them rarely pass 100
TAIL = 4096  # %%EOF stands at the very end, but for some blanks and remarks
IDS_PER_QUERY = 200  # some 3 kB of address; servers take 8 kB
MAX_FEED_BYTES = 32 << 20
FEED_ENDS = 512  # characters in which a feed's first and last tag stand

Progress = Callable[[str, int, int], None]
Outcome = tuple[AllowedPaper, Fetched | FetchError]


class UntoldError(FetchError):
    """Say that arXiv gave no metadata of a paper, for a reason which does not mean that there is none."""


class NoPdfError(FetchError):
    """Say that a server has no PDF of a paper, or sends something else in its place."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what arXiv knows of a paper, and whether there is a PDF to expect."""

    record: Record
    withdrawn: bool
    has_pdf: bool


def fetch(
    papers: Sequence[AllowedPaper],
    settings: Settings,
    *,
    stamp: Stamp,
    progress: Progress | None = None,
    pace: Pace | None = None,
    most: int = MAX_PDF_BYTES,
) -> Iterator[Outcome]:
    """Yield each paper with its PDF or with why there is none; those already here come first, at once.

    `stamp` reads id and version from a PDF's first page. `progress` gets the paper's key, how many are done, and
    how many there are. `pace` replaces the user-wide one request every three seconds, `most` the size of a PDF.
    """
    for done, (paper, got) in enumerate(_outcomes(papers, settings, stamp, pace, most), 1):
        if progress:
            progress(paper.key, done, len(papers))
        if isinstance(got, Fetched) and (notice := title_notice(paper, got.title, got.abstract)):
            got = replace(got, notices=(*got.notices, notice))
        yield paper, got


def reachable(settings: Settings, pace: Pace | None = None) -> bool:
    """Tell whether arXiv's API answers a smallest query."""
    with _client(settings, pace) as client:
        try:
            client.get(f"{settings.arxiv_api}?id_list=1706.03762&max_results=1", read_feed)
        except FetchError:
            return False
    return True


def _client(settings: Settings, pace: Pace | None) -> PoliteClient:
    bases = (settings.arxiv_api, settings.arxiv_pdf)
    return PoliteClient(bases, pace or Pace.between(bases, settings.arxiv_delay, settings.corpus))


def _outcomes(
    papers: Sequence[AllowedPaper], settings: Settings, stamp: Stamp, pace: Pace | None, most: int
) -> Iterator[Outcome]:
    own = OwnFolder(settings.pdf_dir, stamp) if settings.pdf_dir else None
    bulk = BulkCopies(own.tars, own.stamped_as, most) if own else None
    cache = Cache(settings.pdf_cache)
    missing = []
    for paper in papers:
        if got := already_here(paper, own, cache, bulk):
            yield paper, got
        else:
            missing.append(paper)
    if settings.offline:
        yield from ((paper, not_here(paper, own)) for paper in missing)
    elif missing:
        files.sweep(cache.folder)
        with _client(settings, pace) as client:
            yield from download(missing, Arxiv(settings, cache, client, stamp, most))


def already_here(
    paper: AllowedPaper, own: OwnFolder | None, cache: Cache, bulk: BulkCopies | None = None
) -> Fetched | FetchError | None:
    """Return a PDF that needs no request, or why the one that is here cannot be used."""
    try:
        if not is_bare_id(paper.paper):  # whatever made it: ids become file names and links
            return FetchError(f"{shown(paper.paper)} is no arXiv id in its usual form")
        found = own.find(paper) if own else None
        if is_local(paper.paper):
            return found or no_such_file(paper, own)
        return found or cache.find(paper) or (bulk.find(paper, cache) if bulk else None)
    except FetchError as error:
        return error


# --- from arXiv --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arxiv:
    """Be arXiv, or a mirror of it, as one run asks it; PDFs go into the cache, `most` bytes each."""

    settings: Settings
    cache: Cache
    client: PoliteClient
    stamp: Stamp
    most: int

    def metadata(self, papers: Sequence[AllowedPaper]) -> dict[str, Found | FetchError]:
        """Return what arXiv knows of each paper, by the paper's key."""
        found: dict[str, Found | FetchError] = {}
        keys = [paper.key for paper in papers]
        for start in range(0, len(keys), IDS_PER_QUERY):
            batch = keys[start : start + IDS_PER_QUERY]
            found |= self._metadata(batch)
            if any(isinstance(found[key], UnreachableError) for key in batch):
                return dict.fromkeys(keys, found[batch[0]])
        return found

    def _metadata(self, keys: Sequence[str]) -> Mapping[str, Found | FetchError]:
        """Ask for some ids in one request; where the server takes offence at one of them, ask one by one."""
        unknown = FetchError("arXiv knows no such paper or version; check the id")
        try:
            ask = partial(feed_of, keys, self.settings.arxiv_api, self.client)
            results = ask() or ask()  # a feed of nothing at all is now and then a server's bad moment
        except StatusError as error:
            if error.status in (400, 404) and len(keys) > 1:
                return {key: found for one in keys for key, found in self._metadata([one]).items()}
            return dict.fromkeys(keys, unknown if error.status in (400, 404) else UntoldError(f"{error} for metadata"))
        except UnreachableError as error:
            return dict.fromkeys(keys, error)
        except FetchError as error:
            return dict.fromkeys(keys, UntoldError(f"no metadata: {error}"))
        by_key: dict[str, Found] = {}
        for found in filter(None, map(found_in, results)):
            by_key[found.record.paper] = by_key[paper_key(found.record.paper, found.record.version)] = found
        return {key: by_key.get(key, unknown) for key in keys}

    def pdf(self, found: Found) -> Fetched:
        """Return a paper's PDF, from the cache where it has come there meanwhile; raise `FetchError` or `OSError`."""
        record = found.record
        if got := self.cache.find(AllowedPaper(record.paper, record.version)):
            return got
        if not found.has_pdf:
            raise NoPdfError("arXiv offers no PDF of it")
        return self._saved(paper_key(record.paper, record.version), lambda file: record)

    def pdf_untold(self, paper: AllowedPaper, why: FetchError) -> Fetched:
        """Return the PDF of a paper that arXiv tells nothing about; raise `FetchError` where its version is unknown."""

        def record(file: BinaryIO) -> Record:
            file.flush()
            stamped, version = self._stamped(Path(file.name)) or (paper.paper, None)
            if stamped != paper.paper:
                raise FetchError(f"{why}, and the PDF that came is {paper_key(stamped, version)}")
            if not (version := paper.version or version):
                raise FetchError(f"{why}, and its PDF bears no version; name one, e.g. {paper.paper}v1")
            return Record(paper.paper, version, "", (), "")

        text = f"arXiv told nothing of {paper.key} ({why}); title and authors are those that its PDF shows"
        return replace(self._saved(paper.key, record), notices=(Notice("no_metadata", text, paper.paper),))

    def _stamped(self, pdf: Path) -> tuple[str, int] | None:
        try:
            return self.stamp(pdf)
        except PdfError:
            return None  # reading it in full will tell what is wrong

    def _saved(self, key: str, record: Callable[[BinaryIO], Record]) -> Fetched:
        """Download a PDF into the cache, under what `record` makes of the file that has arrived."""
        folder = self.cache.folder

        def save(response: httpx.Response) -> Fetched:
            folder.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with files.part(folder) as file:
                for chunk in pdf_chunks(response, self.most):
                    digest.update(chunk)
                    file.write(chunk)
                return self.cache.add(record(file), file, digest.hexdigest())

        return self.client.get(f"{self.settings.arxiv_pdf.rstrip('/')}/{key}", save)


def download(papers: Sequence[AllowedPaper], source: Arxiv) -> Iterator[Outcome]:
    """Yield each paper with its PDF from arXiv or with why there is none; an unreachable arXiv is asked once."""
    found = source.metadata(papers)
    gone: UnreachableError | None = None
    for paper in papers:
        got = gone or downloaded(paper, found[paper.key], source)
        if isinstance(got, UnreachableError):
            gone = got  # the next request would only fail alike
            got = UnreachableError(f"{paper.key}: {gone}")
        yield paper, got


def downloaded(paper: AllowedPaper, found: Found | FetchError, source: Arxiv) -> Fetched | FetchError:
    """Return one paper's PDF from arXiv, or why there is none."""
    if isinstance(found, UnreachableError):
        return found
    if isinstance(found, FetchError) and not isinstance(found, UntoldError):
        return FetchError(f"{paper.key}: {found}")
    try:
        return source.pdf_untold(paper, found) if isinstance(found, UntoldError) else source.pdf(found)
    except UnreachableError as error:
        return error
    except StatusError as error:
        why = f"{error}; the server refuses, wait a while or use --pdf-dir"
        if error.status in (404, 410):
            why = _withdrawn(found) or f"{error}: it has no PDF there; check id and version"
    except NoPdfError as error:
        why = _withdrawn(found) or str(error)
    except FetchError as error:
        why = str(error)
    except OSError as error:
        why = f"cannot be kept in {source.cache.folder} ({error.strerror}); make room or rights there"
    return FetchError(f"{paper.key}: {why}")


def _withdrawn(found: Found | UntoldError) -> str:
    if isinstance(found, UntoldError):
        return f"{found}, and it has no PDF there; check id and version"
    if not found.withdrawn:
        return ""
    earlier = found.record.version - 1
    remedy = f"allow an earlier version, e.g. {paper_key(found.record.paper, earlier)}" if earlier else "take it out"
    return f"was withdrawn, arXiv has no PDF of it; {remedy}"


def pdf_chunks(response: httpx.Response, most: int) -> Iterator[bytes]:
    """Yield a response piece by piece; raise `FetchError` unless it turns out to be a whole PDF."""
    size, tail = 0, b""
    for chunk in response.iter_bytes(1 << 16):
        if size == 0 and not chunk.startswith(b"%PDF-"):
            page = b"<html" in chunk[:1024].lower() or "html" in response.headers.get("content-type", "")
            sent = "a web page" if page else "something else"
            raise NoPdfError(f"{response.url.host} sent {sent} instead of a PDF")
        size += len(chunk)
        if size > most:
            raise FetchError(f"{response.url.host} sends more than {most >> 20} MiB")
        tail = (tail + chunk)[-TAIL:]
        yield chunk
    if b"%%EOF" not in tail:
        raise PassingError(f"{response.url.host} sent a PDF that is cut off after {size} bytes")


# --- metadata ----------------------------------------------------------------------------------------------


def feed_of(keys: Sequence[str], api: str, client: PoliteClient) -> list[arxiv.Result]:
    """Return what the `arxiv` package reads in arXiv's answer about some ids; its requests go through our client."""
    import arxiv
    import requests

    class Transport(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
            response = requests.Response()
            response.status_code = 200
            response.url = str(request.url)
            response.request = request
            response.raw = io.BytesIO(client.get(response.url, read_feed))
            return response

        def close(self) -> None:
            """Leave the client open: it is not ours."""

    query = arxiv.Client(page_size=len(keys), delay_seconds=0, num_retries=0)  # pace and retries are the client's
    query.query_url_format = api + "?{}"
    for scheme in ("http://", "https://"):
        query._session.mount(scheme, Transport())
    results: list[arxiv.Result] = []
    try:
        with suppress(arxiv.UnexpectedEmptyPageError):  # arXiv counts ids that it does not know
            results.extend(query.results(arxiv.Search(id_list=list(keys), max_results=len(keys))))
    except ValueError as error:
        raise FetchError(f"the feed cannot be read ({error})") from None
    return results


def read_feed(response: httpx.Response) -> bytes:
    """Return a response's bytes; raise `PassingError` unless they are a whole Atom feed."""
    feed = bytearray()
    for chunk in response.iter_bytes():
        feed += chunk
        if len(feed) > MAX_FEED_BYTES:
            raise FetchError(f"{response.url.host} sends more than {MAX_FEED_BYTES >> 20} MiB of metadata")
    if b"<feed" not in feed[:FEED_ENDS] or b"</feed>" not in feed[-FEED_ENDS:]:
        raise PassingError(f"{response.url.host} sent no whole Atom feed")
    return bytes(feed)


def found_in(result: arxiv.Result) -> Found | None:
    """Return what one entry of the feed tells; None for an error that arXiv words as an entry."""
    try:
        paper, version = parse_arxiv_id(result.entry_id.rpartition("/abs/")[2])
    except BriefError:
        return None
    abstract = " ".join(result.summary.split())
    authors = tuple(" ".join(author.name.split()) for author in result.authors)
    record = Record(paper, version or 1, result.title.strip(), authors, result.published.date().isoformat(), abstract)
    remarks = f"{result.comment or ''} {abstract}"
    withdrawn = bool(re.search(r"\b(?:has been|was|is) (?:being )?withdrawn\b|^\s*withdrawn\b", remarks, re.IGNORECASE))
    return Found(record, withdrawn, result.pdf_url is not None)
