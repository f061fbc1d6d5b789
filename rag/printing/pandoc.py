"""Speak to pandoc: the parts of its documents that we use, as data, and what it makes of them.

Nothing in a document's words can become markup: pandoc escapes them for the form that it writes. It runs in its
sandbox, reads no file, fetches nothing and knows no time. Not handled here: what a document says (`documents`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence

from rag.errors import SettingsError

API = (1, 23, 1)  # of pandoc's types, as pandoc 3 reads them
LONGEST_S = 120.0  # a hundred times what a long answer takes
Node = Mapping[str, object]
PROSE = frozenset(("title", "title-short", "family", "given", "literal", "number"))  # of a reference

SPACE: Node = {"t": "Space"}
NO_ATTR = ("", (), ())


def node(kind: str, *content: object) -> Node:
    """Return a part of a document: its kind and what it holds (Text.Pandoc.Definition)."""
    return {"t": kind, "c": content[0] if len(content) == 1 else content}


def raw(form: str, text: str) -> Node:
    """Return markup of one form, which is printed as it is."""
    return node("RawInline", form, text)


def text_of(text: str, tex: bool = False) -> list[Node]:
    """Return words and the blanks between them; `tex` keeps grave accents, of which LaTeX makes quotation marks."""
    if not tex or "`" not in text:
        return [part for word in text.split(" ") for part in (node("Str", word), SPACE)][:-1]
    accent = raw("latex", "\\textasciigrave{}")
    return [part for piece in text.split("`") for part in (*text_of(piece), accent)][:-1]


def cite_of(key: str, page: str) -> Node:
    """Return a citation with its locator, for pandoc's own citation processor."""
    suffix = text_of(f", {page}") if page else []
    told = {"citationId": key, "citationPrefix": [], "citationSuffix": suffix, "citationMode": {"t": "NormalCitation"}}
    return node("Cite", [{**told, "citationNoteNum": 0, "citationHash": 0}], text_of(f"[{key}]"))


def meta_of(value: object, words: Callable[[str], list[Node]] | None = None, prose: bool = False) -> Node:
    """Return plain data as metadata, its texts as they are; `words` writes those that are read as prose."""
    if isinstance(value, Mapping):
        return node("MetaMap", {key: meta_of(part, words, key in PROSE) for key, part in value.items()})
    if isinstance(value, list | tuple):
        return node("MetaList", [meta_of(part, words, prose) for part in value])
    return node("MetaInlines", words(str(value))) if words and prose else node("MetaString", str(value))


def table_of(head: Sequence[Sequence[Node]], rows: Iterable[Sequence[Sequence[Node]]], first: float) -> Node:
    """Return a table whose first column takes a share of the width, the others what is left, alike."""
    rest = (1 - first) / max(1, len(head) - 1)
    columns = [[_LEFT, node("ColWidth", share)] for share in (first, *[rest] * (len(head) - 1))]

    def row(cells: Sequence[Sequence[Node]]) -> object:
        told = ([node("Plain", [in_cell(part) for part in cell])] for cell in cells)
        return [NO_ATTR, [[NO_ATTR, _LEFT, 1, 1, blocks] for blocks in told]]

    body = [NO_ATTR, 0, [], [row(cells) for cells in rows]]
    return node("Table", NO_ATTR, [None, []], columns, [NO_ATTR, [row(head)]], [body], [NO_ATTR, []])


_LEFT: Node = {"t": "AlignDefault"}


def in_cell(part: Node) -> Node:
    """Return a wikilink as it stands in a cell, which a bar would end; any other part as it is."""
    content = part.get("c")
    if part["t"] == "RawInline" and isinstance(content, tuple) and str(content[1]).startswith("[[#^"):
        return raw("markdown", str(content[1]).replace("|", "\\|"))
    return part


def made_by_pandoc(document: Mapping[str, object], options: Sequence[str]) -> tuple[bytes, str]:
    """Return what pandoc makes of a document, without reading or fetching anything, and pandoc's version."""
    try:
        import pypandoc

        path = pypandoc.get_pandoc_path()
    except (ModuleNotFoundError, OSError):  # the package without the program
        raise SettingsError("pandoc is not installed; run: pip install 'paperbound[export]'") from None
    command = [path, "--sandbox", "--wrap=none", "--from=json", "--output=-", "--to", *options]
    told = json.dumps(document).encode()
    try:
        ran = subprocess.run(  # noqa: S603 - pandoc, with options of ours
            command, input=told, capture_output=True, check=False, timeout=LONGEST_S
        )
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"pandoc took longer than {LONGEST_S:.0f} seconds over a document of {len(told)} bytes"
        ) from None
    if ran.returncode:
        why = ran.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise SettingsError(f"pandoc {pypandoc.get_pandoc_version()} made no document: {why}")
    return ran.stdout, pypandoc.get_pandoc_version()
