"""Get the allowed papers' PDFs: from the user's own folder, from the cache, else from arXiv.

arXiv is asked for the metadata of all missing papers at once, through the `arxiv` package, then for one PDF after the
other. What arrives must be a whole PDF; what goes wrong is named per paper, and the rest goes on.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from rag.answers import Notice
from rag.briefs.allowed import parse_arxiv_id, shown
from rag.errors import BriefError, FetchError, UnreachableError
from rag.fetching.copies import Cache, Fetched, OwnFolder, Stamp
from rag.fetching.metadata import Found, metadata, read_feed
from rag.fetching.polite import Pace, PassingError, PoliteClient, StatusError
from rag.papers import AllowedPaper, paper_key
from rag.settings import Settings

if TYPE_CHECKING:
    import httpx

__all__ = ["Fetched", "Pace", "fetch", "reachable", "title_notice"]

MAX_PDF_BYTES = 256 << 20  # arXiv takes submissions up to 50 MB; PDFs made from them rarely pass 100
TAIL = 4096  # %%EOF stands at the very end, but for some blanks and remarks
SAME_TITLE = 0.8  # share of words that two wordings of one title have in common

Progress = Callable[[str, int, int], None]


class NoPdfError(FetchError):
    """Say that a server has no PDF of a paper, or sends something else in its place."""


def fetch(
    papers: Sequence[AllowedPaper],
    settings: Settings,
    *,
    stamp: Stamp,
    progress: Progress | None = None,
    pace: Pace | None = None,
) -> Iterator[tuple[AllowedPaper, Fetched | FetchError]]:
    """Yield each paper with its PDF or with why there is none; those already here come first, at once.

    `stamp` reads id and version from a PDF's first page. `progress` gets the paper's key, how many are done, and
    how many there are. `pace` replaces the user-wide one request every three seconds.
    """
    for done, (paper, got) in enumerate(_fetch(papers, settings, stamp, pace), 1):
        if progress:
            progress(paper.key, done, len(papers))
        yield paper, _with_title_notice(paper, got)


def _fetch(
    papers: Sequence[AllowedPaper], settings: Settings, stamp: Stamp, pace: Pace | None
) -> Iterator[tuple[AllowedPaper, Fetched | FetchError]]:
    own = OwnFolder(settings.pdf_dir, stamp) if settings.pdf_dir else None
    cache = Cache(settings.pdf_cache)
    missing = []
    for paper in papers:
        got = _local(paper, own, cache)
        if got:
            yield paper, got
        else:
            missing.append(paper)
    if settings.offline:
        yield from ((paper, _not_here(paper, own)) for paper in missing)
    elif missing:
        yield from _download(missing, settings, cache, pace)


def _local(paper: AllowedPaper, own: OwnFolder | None, cache: Cache) -> Fetched | FetchError | None:
    try:
        if parse_arxiv_id(paper.paper) != (paper.paper, None):  # whatever made it: ids become file names and links
            return FetchError(f"{shown(paper.paper)} is no arXiv id in its usual form")
        return (own.find(paper) if own else None) or cache.find(paper)
    except BriefError as error:
        return FetchError(str(error))
    except FetchError as error:
        return error


def _not_here(paper: AllowedPaper, own: OwnFolder | None) -> FetchError:
    if own is None:
        return FetchError(f"{paper.key}: not in the cache; drop --offline or give a folder of PDFs with --pdf-dir")
    others = own.others(paper)
    found = f"holds another version ({shown(others[0])})" if others else "has no PDF of it"
    return FetchError(f"{paper.key}: {own.folder} {found}, nor is it in the cache; drop --offline or add the PDF")


# --- from arXiv --------------------------------------------------------------------------------------------


def _download(
    papers: Sequence[AllowedPaper], settings: Settings, cache: Cache, pace: Pace | None
) -> Iterator[tuple[AllowedPaper, Fetched | FetchError]]:
    bases = (settings.arxiv_api, settings.arxiv_pdf)
    pace = pace or Pace.between(bases, settings.arxiv_delay, settings.corpus)
    cache.sweep()
    with PoliteClient(bases, pace) as client:
        found = metadata(papers, settings.arxiv_api, client)
        gone: UnreachableError | None = None
        for paper in papers:
            got = gone or _one(paper, found[paper.key], settings, cache, client)
            if isinstance(got, UnreachableError):
                gone = got  # the next request would only fail alike
                got = UnreachableError(f"{paper.key}: {gone}")
            yield paper, got


def _one(
    paper: AllowedPaper, found: Found | FetchError, settings: Settings, cache: Cache, client: PoliteClient
) -> Fetched | FetchError:
    if isinstance(found, UnreachableError):
        return found
    if isinstance(found, FetchError):
        return FetchError(f"{paper.key}: {found}")
    record = found.record
    try:
        return cache.find(AllowedPaper(record.paper, record.version)) or _get_pdf(found, settings, cache, client)
    except UnreachableError as error:
        return error
    except StatusError as error:
        return FetchError(f"{paper.key}: {_why_no_pdf(found, error)}")
    except NoPdfError as error:
        return FetchError(f"{paper.key}: {_withdrawn(found) or error}")
    except FetchError as error:
        return FetchError(f"{paper.key}: {error}")
    except OSError as error:
        return FetchError(
            f"{paper.key}: cannot be kept in {cache.folder} ({error.strerror}); make room or rights there"
        )


def _get_pdf(found: Found, settings: Settings, cache: Cache, client: PoliteClient) -> Fetched:
    if not found.has_pdf:
        raise NoPdfError("arXiv offers no PDF of it")
    record = found.record
    url = f"{settings.arxiv_pdf.rstrip('/')}/{paper_key(record.paper, record.version)}"

    def save(response: httpx.Response) -> Fetched:
        with cache.part() as (file, part):
            sha256 = _save_pdf(response, file)
            return cache.add(record, part, sha256)

    return client.get(url, save)


def _save_pdf(response: httpx.Response, file: BinaryIO) -> str:
    """Write a response to a file and return its sha256; raise `FetchError` unless it is a whole PDF."""
    digest, size, tail = hashlib.sha256(), 0, b""
    for chunk in response.iter_bytes(1 << 16):
        if size == 0:
            _check_head(chunk, response)
        size += len(chunk)
        if size > MAX_PDF_BYTES:
            raise FetchError(f"{response.url.host} sends more than {MAX_PDF_BYTES >> 20} MiB")
        digest.update(chunk)
        file.write(chunk)
        tail = (tail + chunk)[-TAIL:]
    if b"%%EOF" not in tail:
        raise PassingError(f"{response.url.host} sent a PDF that is cut off after {size} bytes")
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest()


def _check_head(chunk: bytes, response: httpx.Response) -> None:
    if chunk.startswith(b"%PDF-"):
        return
    page = b"<html" in chunk[:1024].lower() or "html" in response.headers.get("content-type", "")
    raise NoPdfError(f"{response.url.host} sent {'a web page' if page else 'something else'} instead of a PDF")


def _why_no_pdf(found: Found, error: StatusError) -> str:
    if error.status in (404, 410):
        return _withdrawn(found) or f"{error}: it has no PDF there; check id and version"
    return f"{error}; the server refuses, wait a while or use --pdf-dir"


def _withdrawn(found: Found) -> str:
    if not found.withdrawn:
        return ""
    earlier = found.record.version - 1
    remedy = f"allow an earlier version, e.g. {paper_key(found.record.paper, earlier)}" if earlier else "take it out"
    return f"was withdrawn, arXiv has no PDF of it; {remedy}"


# --- titles ------------------------------------------------------------------------------------------------

_STOP = frozenset("a an and as at by for from in into is of on or the to using via with".split())


def title_notice(paper: AllowedPaper, title: str, text: str = "") -> Notice | None:
    """Return a notice where a title differs from what the brief calls the paper.

    A title is compared with the title; a mere name ("SwinIR") has to occur in title or `text`, the abstract say.
    """
    if not paper.model or not title or _same_title(paper.model, title) or _named(paper.model, title, text):
        return None
    wording = f'{paper.key} bears the title "{title}", the brief calls it "{paper.model}"; check id and version'
    return Notice("title_mismatch", wording, paper.paper)


def _same_title(given: str, found: str) -> bool:
    short, long = sorted((_squeezed(given), _squeezed(found)), key=len)
    if short in long and len(short) > 20:
        return True
    one, other = _title_words(given), _title_words(found)
    return 2 * len(one & other) >= SAME_TITLE * (len(one) + len(other))


def _named(model: str, title: str, text: str) -> bool:
    if len(model.split()) >= 3:
        return False  # a title, not a name
    known = _squeezed(f"{title} {text}")
    return not text or any(len(word) > 2 and word in known for word in _title_words(model))


def _with_title_notice(paper: AllowedPaper, got: Fetched | FetchError) -> Fetched | FetchError:
    if isinstance(got, FetchError):
        return got
    notice = title_notice(paper, got.title, got.abstract)
    return replace(got, notices=(*got.notices, notice)) if notice else got


def _title_words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in _STOP}


def _squeezed(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def reachable(settings: Settings, pace: Pace | None = None) -> bool:
    """Tell whether arXiv's API answers a smallest query."""
    bases = (settings.arxiv_api, settings.arxiv_pdf)
    pace = pace or Pace.between(bases, settings.arxiv_delay, settings.corpus)
    with PoliteClient(bases, pace) as client:
        try:
            client.get(f"{settings.arxiv_api}?id_list=1706.03762&max_results=1", read_feed)
        except FetchError:
            return False
    return True
