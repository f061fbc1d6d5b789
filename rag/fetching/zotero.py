"""Read a collection of Zotero on this machine, over its local API: a whitelist without an export.

Zotero 7 serves the reading half of its web API (version 3) on port 23119 of loopback, once its user has allowed it;
RAG_ZOTERO names another port. Nothing is changed there, nothing leaves the machine. Not handled: group libraries.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.briefs import Entry, of_csl, shown, told_apart
from rag.errors import BriefError, SettingsError
from rag.loopback import is_loopback

BASE = "http://127.0.0.1:23119"
LIBRARY = "/api/users/0"  # the user's own library
PAGE = 100  # items asked for at once
MOST_PAGES = 100  # of one list: ten thousand items are no whitelist
MOST_BYTES = 16 << 20  # of one page of a list
SECONDS = 10.0  # that Zotero may be silent
PREFIX = "zotero:"
_SWITCH = (
    "allow it in Zotero's settings: Advanced, Allow other applications on this computer to communicate with Zotero"
)


@dataclass(frozen=True, slots=True)
class Collection:
    """Hold a collection's key and its name, with those it lies in: "Work / Blur"."""

    key: str
    path: str

    def is_meant(self, name: str) -> bool:
        """Tell whether a key, a name or a whole path means this collection."""
        wanted = " / ".join(part.strip() for part in name.split("/")).casefold()
        return name == self.key or wanted in (self.path.casefold(), self.path.rpartition(" / ")[2].casefold())


def zotero_entries(name: str, base: str | None = None) -> tuple[Entry, ...]:
    """Return the entries of a collection, by its name, path or key; raise `BriefError` where there is no such one."""
    base = base or os.environ.get("RAG_ZOTERO") or BASE
    if not is_loopback(base):
        raise SettingsError(f"RAG_ZOTERO is {shown(base)}; Zotero's local API is on this machine, e.g. {BASE}")
    known = collections(base)
    meant = [one for one in known if one.is_meant(name.strip())]
    if not meant:
        near = difflib.get_close_matches(name, [one.path for one in known], n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(map(shown, near))}?" if near else ""
        raise BriefError(f"zotero: no collection is named {shown(name)}{hint}")
    if len(meant) > 1:
        raise BriefError(
            f"zotero: {shown(name)} names {', '.join(shown(one.path) for one in meant)}; give one with its path"
        )
    items = [item for item in listed(base, f"/collections/{meant[0].key}/items/top?format=csljson") if "type" in item]
    if not items:
        raise BriefError(f"zotero: the collection {shown(meant[0].path)} holds no entry")
    return told_apart(of_csl(json.dumps(items), PREFIX + meant[0].path))


def collections(base: str) -> list[Collection]:
    """Return all collections of the library."""
    told = {item["key"]: item["data"] for item in listed(base, "/collections?format=json") if "key" in item}

    def path(key: str, deep: int = 0) -> str:
        parent = told[key].get("parentCollection")
        name = str(told[key].get("name", ""))
        return f"{path(parent, deep + 1)} / {name}" if parent in told and deep < len(told) else name

    return [Collection(str(key), path(key)) for key in told]


def listed(base: str, path: str) -> Iterator[dict[str, Any]]:
    """Yield the items of a list, page by page."""
    import httpx

    start = 0
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
        for _ in range(MOST_PAGES):
            told = asked(client, f"{base.rstrip('/')}{LIBRARY}{path}&limit={PAGE}&start={start}")
            items = told.get("items") if isinstance(told, dict) else told
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise BriefError("zotero: the answer is no list of items; is Zotero 7 or later running?")
            yield from items
            start += PAGE
            if len(items) < PAGE:
                return


def asked(client: Any, url: str) -> Any:
    """Return what Zotero answers, read as JSON; raise `BriefError` with what to do where it does not."""
    import httpx

    body = bytearray()
    try:
        with client.stream("GET", url, headers={"Zotero-API-Version": "3", "Accept-Encoding": "identity"}) as response:
            if response.status_code == 403:
                raise BriefError(f"zotero: it refuses other programs; {_SWITCH}")
            if response.status_code != 200:
                raise BriefError(f"zotero: it answered {response.status_code}; update it, or export the collection")
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise BriefError(f"zotero: it sends more than {MOST_BYTES >> 20} MiB; export the collection")
        return json.loads(body)
    except httpx.ConnectError:
        raise BriefError("zotero: it does not run on this machine; start it, or export the collection") from None
    except httpx.HTTPError as error:
        raise BriefError(
            f"zotero: it cannot be asked ({' '.join(str(error).split()) or type(error).__name__})"
        ) from None
    except (ValueError, RecursionError):
        raise BriefError("zotero: its answer is no JSON; is another program using its port?") from None
