"""Make foreign text and links harmless in HTML: the one place where text from outside becomes markup."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from rag.printing.arrange import plain


def safe(text: str) -> str:
    """Return text that is inert as HTML content and as a quoted attribute."""
    return escape(plain(text), quote=True)


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
