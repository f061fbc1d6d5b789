"""Ask arXiv's API for papers' metadata, through the `arxiv` package, over the polite client.

The package writes the query and reads the Atom feed; its own requests, retries and pauses are replaced by those of
`PoliteClient`, so that one pace holds for everything that goes to arXiv.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.briefs.allowed import parse_arxiv_id
from rag.errors import BriefError, FetchError, UnreachableError
from rag.fetching.copies import Record
from rag.fetching.polite import PassingError, PoliteClient, StatusError
from rag.papers import AllowedPaper, paper_key

if TYPE_CHECKING:
    import arxiv
    import httpx

IDS_PER_QUERY = 200  # some 3 kB of address; servers take 8 kB
MAX_FEED_BYTES = 32 << 20
FEED_ENDS = 512  # characters in which a feed's first and last tag stand


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what arXiv knows of a paper, and whether there is a PDF to expect."""

    record: Record
    withdrawn: bool
    has_pdf: bool


def metadata(papers: Sequence[AllowedPaper], api: str, client: PoliteClient) -> dict[str, Found | FetchError]:
    """Return what arXiv knows of each paper, by the paper's key."""
    found: dict[str, Found | FetchError] = {}
    keys = [paper.key for paper in papers]
    for start in range(0, len(keys), IDS_PER_QUERY):
        batch = keys[start : start + IDS_PER_QUERY]
        found |= dict.fromkeys(batch, _unknown())
        found |= _query(batch, api, client)
        if any(isinstance(found[key], UnreachableError) for key in batch):
            return dict.fromkeys(keys, found[batch[0]])
    return found


def _query(keys: Sequence[str], api: str, client: PoliteClient) -> Mapping[str, Found | FetchError]:
    """Ask for some ids in one request; where the server takes offence at one of them, ask one by one."""
    try:
        results = _results(keys, api, client)
    except StatusError as error:
        if error.status in (400, 404) and len(keys) > 1:
            return {key: found for one in keys for key, found in _query([one], api, client).items()}
        return dict.fromkeys(keys, _unknown() if error.status in (400, 404) else FetchError(f"{error} for metadata"))
    except UnreachableError as error:
        return dict.fromkeys(keys, error)
    except FetchError as error:
        return dict.fromkeys(keys, FetchError(f"no metadata: {error}"))
    by_key: dict[str, Found] = {}
    for found in filter(None, map(_found, results)):
        by_key[found.record.paper] = by_key[paper_key(found.record.paper, found.record.version)] = found
    return {key: by_key[key] for key in keys if key in by_key}


def _unknown() -> FetchError:
    return FetchError("arXiv knows no such paper or version; check the id")


def _results(keys: Sequence[str], api: str, client: PoliteClient) -> list[arxiv.Result]:
    import arxiv

    query = arxiv.Client(page_size=len(keys), delay_seconds=0, num_retries=0)  # pace and retries are the client's
    query.query_url_format = api + "?{}"
    for scheme in ("http://", "https://"):
        query._session.mount(scheme, _adapter(client))
    results: list[arxiv.Result] = []
    try:
        with suppress(arxiv.UnexpectedEmptyPageError):  # arXiv counts ids that it does not know
            results.extend(query.results(arxiv.Search(id_list=list(keys), max_results=len(keys))))
    except ValueError as error:
        raise FetchError(f"the feed cannot be read ({error})") from None
    return results


def _adapter(client: PoliteClient) -> Any:
    """Return a transport that sends the arxiv package's requests through our client."""
    import requests

    class Adapter(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
            response = requests.Response()
            response.status_code = 200
            response.url = str(request.url)
            response.request = request
            response.raw = io.BytesIO(client.get(response.url, read_feed))
            return response

        def close(self) -> None:
            """Leave the client open: it is not ours."""

    return Adapter()


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


def _found(result: arxiv.Result) -> Found | None:
    try:
        paper, version = parse_arxiv_id(result.entry_id.rpartition("/abs/")[2])
    except BriefError:
        return None  # an error that arXiv words as an entry
    abstract = " ".join(result.summary.split())
    authors = tuple(" ".join(author.name.split()) for author in result.authors)
    record = Record(paper, version or 1, result.title.strip(), authors, result.published.date().isoformat(), abstract)
    remarks = f"{result.comment or ''} {abstract}"
    withdrawn = bool(re.search(r"\b(?:has been|was|is) (?:being )?withdrawn\b|^\s*withdrawn\b", remarks, re.IGNORECASE))
    return Found(record, withdrawn, result.pdf_url is not None)
