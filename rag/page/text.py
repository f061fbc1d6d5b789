"""Make foreign text and links harmless in HTML: the one place where text from outside becomes markup."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

# controls, text-direction overrides (they can make a name read backwards) and lone surrogates (no valid UTF-8)
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Return text on one line without controls, direction overrides and soft hyphens."""
    return " ".join(_UNSAFE.sub("\ufffd", text).replace("\u00ad", "").split())


def safe(text: str) -> str:
    """Return text that is inert as HTML content and as a quoted attribute."""
    return escape(plain(text), quote=True)


def elided(text: str, whole: str) -> str:
    """Return text with an ellipsis where it leaves out the beginning or the end of the whole."""
    text, whole = plain(text), plain(whole)
    before = "" if whole.startswith(text) else "…\u00a0"
    after = "" if whole.endswith(text) else "\u00a0…"
    return f"{before}{text}{after}"


def safe_link(url: str | None) -> str | None:
    """Return a web address, escaped for an attribute, or None for anything but http and https with a host."""
    if not url or url != plain(url) or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return escape(url, quote=True) if parts.scheme in ("http", "https") and parts.hostname else None


def away(url: str | None, words: str, about: str = "") -> str:
    """Return a link to another site, or only its words where the address is not a web address."""
    link = safe_link(url)
    if link is None:
        return safe(words)
    label = f' aria-label="{safe(about)}"' if about else ""
    return f'<a href="{link}" target="_blank" rel="noopener noreferrer"{label}>{safe(words)}</a>'
