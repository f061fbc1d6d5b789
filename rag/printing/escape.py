"""Make foreign text harmless: the one place where text of papers, briefs and models becomes part of markup.

HTML is escaped by Jinja2, in every template and without being asked (`page.environment`); what it lets through that
could still deceive a reader is `inert`'s; Word's and LaTeX's markup is pandoc's to escape. Markdown, BibTeX and web
addresses are escaped here.

Many readers of Markdown make links of bare addresses, escaped or not; in code none does. So whatever looks like an
address is printed as code, and `link_address` alone says where a link may lead.
"""

from __future__ import annotations

import re
from itertools import groupby
from urllib.parse import quote

from rag.answers import Reference
from rag.briefs import is_doi_address, parse_arxiv_id, parse_github
from rag.errors import BriefError
from rag.language import may_be_address
from rag.papers import AllowedPaper, is_local, paper_key

# controls, marks of direction (they can make a name read backwards), tags and lone surrogates (no valid UTF-8)
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)
# "4." begins a list as "-" does; "[^1]" is a mark; "[a]: b" defines a link and is not shown, as a heading's last "#"
_MARKDOWN = re.compile(
    r"(^\s*\d*)([#+.)-])(?=[\s#-]|$)|([\\`*_<>|~$]|(?<=\])[(:]|(?<=!)\[|\[(?=\^)|&(?=#?\w+;)|#(?=#*\s*$))"
)
_ADDRESS = re.compile(r"(?:https?://|www\.)([^\s/]+)\S*|\b((?:[\w-]+\.)+[a-z]{2,})/\S*", re.IGNORECASE)
_EDGES = re.compile(r"([(\[{\"'“‘]*)(.*?)([.,;:!?)\]}\"'”’]*)", re.DOTALL)
_NO_TICKS = re.compile(r"([^`|<>\[\]\\]+)|.")
# What a sign could begin in Quarto, Obsidian, Jupyter or pandoc: entities for what no reader may take for its own
# (code, math, tags, marks, shortcodes, comments, wikilinks), a backslash for what Markdown itself knows.
_ENTITY = re.compile(r"[\\`$@^|~#{}<>&]|%{2,}|={2,}|:{2,}|\[{2,}|\]{2,}|!(?=\[)")
_MARK = re.compile(r"""[*_\[\]"'+]|:(?=[^\s\d])|(?<![^\W_])[-.]|-(?![^\W_])|\.(?=\.)""")
_SIGN = re.compile(r"(?![,;?/]|(?<=[^\W\d_])[.:-](?=\w))[!-/:-@\[-`{-~]")
_WORDLIKE = re.compile(r"[\w\s,.()'’–-]+")
_PLAIN_CODE = re.compile(r"([^`|<>\[\]\\{}%=$#@~^&]+)|.")
_ARXIV = re.compile(r"https://arxiv\.org/(?:abs|pdf)/(?P<id>[^\s?#]+)(?:#page=\d{1,6})?")
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
    """Make text harmless in Markdown and HTML and put it on one line; what looks like an address becomes code."""
    stretches = groupby(plain(text).split(" "), may_be_address)
    return " ".join(
        " ".join(map(_in_code, words)) if found else _escaped(" ".join(words)) for found, words in stretches
    )


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\1\\\2\3", text)


def _in_code(word: str) -> str:
    """Return a word as code but for its brackets, quotation marks and full stop, and what cannot stand in code."""
    before, inside, after = _EDGES.fullmatch(word).groups()  # type: ignore[union-attr]  # it matches any word
    return before + _NO_TICKS.sub(lambda part: f"`{part[0]}`" if part[1] else f"\\{part[0]}", inside) + after


def escape_every(text: str) -> str:
    """Make text harmless for every reader of Markdown, those with signs of their own included, and put it on one line.

    Within its first word every sign is escaped, which could begin a list, a heading, a quotation or a fence.
    """
    told: list[str] = []
    for found, group in groupby(plain(text).split(" "), may_be_address):
        words = list(group)
        if found:
            told += (_PLAIN_CODE.sub(lambda at: f"`{at[0]}`" if at[1] else _entity(at[0]), word) for word in words)
        else:
            told.append(_every(" ".join(words), first=not told))
    return " ".join(told)


def _every(text: str, first: bool) -> str:
    head, blank, rest = text.partition(" ") if first else ("", "", text)
    head = _SIGN.sub(lambda sign: _entity(sign[0]) if _ENTITY.match(sign[0]) else f"\\{sign[0]}", head)
    rest = "".join(
        "".join(map(_entity, run)) if number % 2 else _MARK.sub(r"\\\g<0>", run)
        for number, run in enumerate(re.split(f"({_ENTITY.pattern})", rest))
    )
    return head + blank + rest


def _entity(char: str) -> str:
    return f"&#{ord(char)};"


def without_addresses(text: str) -> str:
    """Return a text in which an ellipsis stands for each word that a reader could make a link of."""
    return " ".join("…" if may_be_address(word) else word for word in plain(text).split(" "))


def is_alias(text: str) -> bool:
    """Tell whether a text can stand in a wikilink as the words of the link."""
    return _WORDLIKE.fullmatch(text) is not None


def escape_tex(text: str) -> str:
    """Make text harmless in a field of a BibTeX entry and put it on one line."""
    return "".join(_TEX.get(char, char) for char in plain(text))


def tex_address(url: str) -> str:
    """Return an address as BibTeX takes it: no blank, brace or backslash that could close the field."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def unlinked(text: str) -> str:
    """Return a text in which a web address is named by its host alone: one that was kept out leads nowhere."""
    return _ADDRESS.sub(lambda match: match[1] or match[2], text)


def link_address(url: str | None) -> str | None:
    """Return an address that a link may lead to: a paper on arXiv, a page of its PDF, a DOI, a repository on GitHub.

    None for anything else, whoever says it.
    """
    found = _ARXIV.fullmatch(url or "")
    try:
        if found:
            return url if paper_key(*parse_arxiv_id(found["id"])) == found["id"] else None
        return url if url and (is_doi_address(url) or parse_github(url) == url) else None
    except BriefError:
        return None


def paper_link(reference: Reference) -> str | None:
    """Return where a listed paper is to be had: built from its id, or its DOI where it is not on arXiv."""
    built = AllowedPaper(reference.paper, reference.version).url
    return link_address(reference.url if is_local(reference.paper) else built)
