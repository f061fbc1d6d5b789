"""Read a document that carries its own record (Word, OpenDocument, LaTeX, Quarto, Obsidian, Jupyter) and what it shows.

The record in it is judged as any other. Beside that, what the document shows must be what this record prints: it is
printed anew by whoever made it (`Reprint`, handed in), and compared to the byte. An archive that an editor saved again
is compared by its words and links; then nobody has looked at how they look, which is told.
"""

from __future__ import annotations

import base64
import bz2
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from xml.etree import ElementTree as ET

from rag.errors import RecordError
from rag.files import contents

Reprint = Callable[[str, str, str, str], bytes]
"""Print a record (JSON) in a form, with quotes in a manner, for a bibliography of a name, or raise `RagError`."""

MARK = "paperbound-record"
ARCHIVES = (".docx", ".odt")
SUFFIXES = (*ARCHIVES, ".tex", ".qmd", ".ipynb")
MOST = 64 << 20  # bytes of a record, or of all that an archive holds, unpacked
SHOWN = 80  # characters of a difference that are told
_COMMENT = re.compile(rf"^(?:%|<!--) {MARK}\n(?P<held>(?:(?:% )?[A-Za-z0-9+/=]+\n)+)(?:-->\n?)?", re.MULTILINE)
_RECORD = {".docx": "customXml/item1.xml", ".odt": "meta.xml"}
_WORDS = {".docx": re.compile(r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml"),
          ".odt": re.compile(r"content\.xml")}  # fmt: skip
_FIELD = re.compile(r'\s*HYPERLINK\s+"([^"]*)"(?:\s+\\l\s+"([^"]*)")?\s*')
_PARAGRAPHS = frozenset("p h".split())
_PICTURES = frozenset("drawing pict object image".split())


@dataclass(frozen=True, slots=True)
class Document:
    """Hold a document's record as it lies in it, how it was printed, and what is shown: `parts` by their names."""

    record: str
    form: str
    quotes: str
    name: str
    pandoc: str
    parts: Mapping[str, bytes]


def read_document(path: Path) -> Document | None:
    """Return a document; None for Markdown that carries no record, which is judged by its text.

    Raise `RecordError` where a document of another form carries none, or none that can be read.
    """
    data, suffix = contents(path), path.suffix.lower()
    try:
        held, parts = _held(data, suffix)
        told = json.loads(held) if held else None
    except (ValueError, KeyError, OSError, EOFError, RecursionError, zipfile.BadZipFile, NotImplementedError) as error:
        raise RecordError(f"{path} is no document that can be read: {error}") from None
    if told is None:
        if suffix not in SUFFIXES:
            return None
        raise RecordError(f"{path} carries no record of an answer; `rag ask -o` and `rag show -o` write one into it")
    if not isinstance(told, dict) or not isinstance(told.get("record"), dict):
        raise RecordError(f"{path} carries no record of an answer that can be read")
    form, quotes, name, pandoc = (str(told.get(key, "")) for key in ("form", "quotes", "name", "pandoc"))
    if form != (suffix.removeprefix(".") if suffix in SUFFIXES else "obsidian"):
        raise RecordError(f"{path} says that it is of the form {form[:20]!r}, which its name denies")
    return Document(json.dumps(told["record"]), form, quotes, name, pandoc, parts)


def difference(document: Document, path: Path, reprint: Reprint | None) -> tuple[str, str]:
    """Say what a document shows other than its record prints, and what of it was not compared; empty for nothing."""
    if reprint is None:
        return "", "what the document shows was not compared with its record"
    suffix = path.suffix.lower()
    try:
        printed = reprint(document.record, document.form, document.quotes, document.name)
    except RecordError as error:
        return f"carries a record that prints nothing: {error}", ""
    _, wanted = _held(printed, suffix)
    if document.parts == wanted:
        return _bibliography(document, path, reprint), ""
    pairs = zip_longest(_shown(document.parts, suffix), _shown(wanted, suffix), fillvalue="")
    found = next(((here, there) for here, there in pairs if "".join(here.split()) != "".join(there.split())), None)
    if found:
        told = " and ".join(f"“{text[:SHOWN]}”" if text else "nothing" for text in _from_difference(*found))
        return f"shows other than its record prints (by pandoc {document.pandoc}): {told}, in this order", ""
    if suffix in ARCHIVES:
        return "", "was saved by another program: its words are the record’s, how they look was not compared"
    return "", ""


def _from_difference(here: str, there: str) -> tuple[str, str]:
    """Return two texts from a little before where they differ."""
    same = next((at for at, (one, other) in enumerate(zip(here, there, strict=False)) if one != other), 0)
    start = max(0, same - SHOWN // 4)
    return here[start:], there[start:]


def _bibliography(document: Document, path: Path, reprint: Reprint) -> str:
    """Say what is wrong with LaTeX's bibliography where it lies beside the document."""
    beside = path.with_name(f"{Path(document.name).name}.bib")
    if document.form != "tex" or not beside.is_file():
        return ""
    told = contents(beside).partition(b"\n\n")[2]  # below the line that says whose it is
    same = told == reprint(document.record, "bib", document.quotes, document.name)
    return "" if same else f"is printed with {beside.name}, which is not the record’s list of papers"


# --- what lies in a file ------------------------------------------------------------------------------------------


def _held(data: bytes, suffix: str) -> tuple[str, dict[str, bytes]]:
    """Return the record in a file, empty where there is none, and what it shows, by parts."""
    if suffix in ARCHIVES:
        return _unpacked(data, suffix)
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    if suffix == ".ipynb":
        told = json.loads(text)
        if not isinstance(told, dict) or not isinstance(told.get("metadata"), dict):
            raise ValueError("it is no notebook")
        held = told["metadata"].pop(MARK, None)
        return json.dumps(held) if held else "", {"notebook": json.dumps(told, sort_keys=True).encode()}
    found = [*_COMMENT.finditer(text)]
    if not found:
        return "", {}
    packed = base64.b64decode(re.sub(r"[%\s]", "", found[-1]["held"]), validate=True)
    unpacking = bz2.BZ2Decompressor()
    held = unpacking.decompress(packed, MOST)
    if not unpacking.eof:
        raise ValueError("its record is too long, or not whole")
    return held.decode(), {"text": (text[: found[-1].start()] + text[found[-1].end() :]).strip().encode()}


def _unpacked(data: bytes, suffix: str) -> tuple[str, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(file.file_size for file in archive.infolist()) > MOST:
            raise ValueError(f"it holds more than {MOST >> 20} MB")
        parts = {name: archive.read(name) for name in archive.namelist()}
    held = ""
    for element in _tree(parts[_RECORD[suffix]]).iter() if _RECORD[suffix] in parts else ():
        if _local(element.tag) == "record" or MARK in element.attrib.values():
            held = "".join(element.itertext())
    return held, {name: part for name, part in parts.items() if name != _RECORD[suffix]}


def _tree(part: bytes) -> ET.Element:
    """Return a part of an archive as a tree; one that declares entities, which could grow without end, is refused."""
    text = part.decode("utf-8-sig")
    if "<!DOCTYPE" in text:
        raise ValueError("it declares a document type")
    try:
        return ET.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text))  # noqa: S314 - no declarations are left to abuse
    except ET.ParseError as error:
        raise ValueError(str(error)) from None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


# --- what is shown ------------------------------------------------------------------------------------------------


def _shown(parts: Mapping[str, bytes], suffix: str) -> Iterator[str]:
    """Yield the paragraphs that parts show, with where their links lead, or the lines of a text."""
    if suffix not in ARCHIVES:
        for part in parts.values():
            yield from (json.dumps(json.loads(part), indent=1) if suffix == ".ipynb" else part.decode()).split("\n")
        return
    for name in sorted(name for name in parts if _WORDS[suffix].fullmatch(name)):
        related = parts.get(re.sub(r"([^/]+)$", r"_rels/\1.rels", name))
        links = {one.get("Id"): one.get("Target", "") for one in _tree(related)} if related else {}
        for element in _tree(parts[name]).iter():
            if _local(element.tag) in _PARAGRAPHS and (told := "".join(_told(element, links)).strip()):
                yield told


def _told(element: ET.Element, links: Mapping[str | None, str]) -> Iterator[str]:
    """Yield the words of a paragraph, where its links lead, and that it holds a picture."""
    kind = _local(element.tag)
    if kind == "note-citation":  # a number that an editor gives
        return
    if kind in _PICTURES:
        yield "[a picture]"
    for name, value in element.attrib.items():
        if _local(name) in ("href", "id") and (_local(name) == "href" or value in links):
            yield f"<{links.get(value, value)}>"
    field = (
        _FIELD.fullmatch(element.text or "") if kind == "instrText" else None
    )  # as LibreOffice writes links for Word
    yield f"<{'#'.join(filter(None, field.groups()))}>" if field else element.text or ""
    for child in element:
        yield from _told(child, links)
        yield child.tail or ""
