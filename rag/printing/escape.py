"""Make foreign text harmless: the one place where text of papers, briefs and models becomes part of markup.

HTML is escaped by Jinja2, in every template and without being asked (`page.environment`); what it lets through that
could still deceive a reader is `inert`'s. Markdown, BibTeX and web addresses are escaped here.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

# controls, text-direction overrides (they can make a name read backwards) and lone surrogates (no valid UTF-8)
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# "4." begins a list as "-" does; "[a]: b" defines a link and is not shown; a heading's last "#" is not either
_MARKDOWN = re.compile(r"(^\s*\d*)([#+.)-])(?=[\s#-]|$)|([\\`*_<>|~$]|(?<=\])[(:]|(?<=!)\[|&(?=#?\w+;)|#(?=#*\s*$))")
_ADDRESS = re.compile(r"(?:https?://|www\.)([^\s/]+)\S*|\b((?:[\w-]+\.)+[a-z]{2,})/\S*", re.IGNORECASE)
_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "{}$&#_%"},
}


def inert(text: str) -> str:
    """Return text without controls, direction overrides and soft hyphens."""
    return _UNSAFE.sub("\ufffd", text).replace("\u00ad", "")


def plain(text: str) -> str:
    """Return inert text on one line."""
    return " ".join(inert(text).split())


def escape_markdown(text: str) -> str:
    """Make text harmless in Markdown and HTML and put it on one line."""
    return _MARKDOWN.sub(r"\1\\\2\3", plain(text))


def escape_tex(text: str) -> str:
    """Make text harmless in a field of a BibTeX entry and put it on one line."""
    return "".join(_TEX.get(char, char) for char in plain(text))


def tex_address(url: str) -> str:
    """Return an address as BibTeX takes it: no blank, brace or backslash that could close the field."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def unlinked(text: str) -> str:
    """Return a text in which a web address is named by its host alone: one that was kept out leads nowhere."""
    return _ADDRESS.sub(lambda match: match[1] or match[2], text)


def web_address(url: str | None) -> str | None:
    """Return an address that a link may lead to: http or https, with a host; None for anything else."""
    if not url or url != plain(url) or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
