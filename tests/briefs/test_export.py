"""Forty entries as Zotero writes them, with Better BibTeX, in RIS and in CSL JSON: each is told for what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.briefs import Entry, allowed_of, read_references, summary

BIRDS = ("Heron", "Finch", "Swift", "Owl", "Wren", "Crane", "Rail", "Tern", "Kite", "Lark", "Stork", "Rook", "Dove")
PUBLISHED = "10.1109/CVPR.2021.{n:05d}"


@dataclass(frozen=True)
class Item:
    """Hold one entry: how it names its paper (a key of `NAMED`), the paper, and what it is to be told as."""

    n: int
    named: str
    paper: str
    state: str = "allowed"

    @property
    def key(self) -> str:
        return f"{BIRDS[self.n % len(BIRDS)].lower()}{2000 + self.n}flight"

    @property
    def fields(self) -> dict[str, str]:
        return NAMED.get(self.named, NAMED["doi"])(self.paper, self.n)

    @property
    def title(self) -> str:
        return f"On the Flight of {BIRDS[self.n % len(BIRDS)]}s, Part {self.n}"

    @property
    def abstract(self) -> str:  # speaks of another paper, which is none of the entry's business
        return "We follow arXiv:1901.00001 and https://arxiv.org/abs/1902.00002; 30 % fly higher."


def new(n: int) -> str:
    return f"20{n % 12 + 1:02d}.{n:05d}"


# every way in which Zotero comes to name a paper of arXiv's: field -> value, by the names that BibTeX has for them
NAMED: dict[str, Callable[[str, int], dict[str, str]]] = {
    "preprint": lambda id_, n: {
        "doi": f"10.48550/arXiv.{id_}", "url": f"http://arxiv.org/abs/{id_}", "number": f"arXiv:{id_}", "eprint": id_,
        "publisher": "arXiv",
    },
    "doi": lambda id_, n: {"doi": f"10.48550/arXiv.{id_}"},
    "url": lambda id_, n: {"url": f"https://arxiv.org/pdf/{id_}"},
    "published, with eprint": lambda id_, n: {"doi": PUBLISHED.format(n=n), "eprint": id_},
    "published, noted": lambda id_, n: {"doi": PUBLISHED.format(n=n), "note": f"arXiv: {id_} [cs]\nCited by 12"},
    "published": lambda id_, n: {"doi": PUBLISHED.format(n=n), "url": "https://ieeexplore.ieee.org/document/94100"},
    "book": lambda id_, n: {"publisher": "Nest & Sons", "url": "https://nest.example/2101.00001.pdf"},
    "two": lambda id_, n: {"doi": f"10.48550/arXiv.{id_}", "url": "https://arxiv.org/abs/1903.00003"},
}  # fmt: skip
ITEMS = [
    *(Item(n, "preprint", new(n)) for n in range(1, 13)),
    *(Item(n, "doi", new(n)) for n in range(13, 16)),
    *(Item(n, "url", f"{new(n)}v{n - 14}") for n in range(16, 19)),
    *(Item(n, "published, with eprint", new(n)) for n in range(19, 22)),
    *(Item(n, "published, noted", new(n)) for n in range(22, 25)),
    Item(25, "preprint", "hep-th/9108004"),
    Item(26, "url", "math/0309136"),
    Item(27, "doi", "0704.0001"),
    *(Item(n, "published", "", "not on arXiv") for n in range(28, 32)),
    Item(32, "book", "", "not on arXiv"),
    Item(33, "doi", new(3), "duplicate"),  # the same paper, under another citekey
    Item(34, "url", f"{new(17)}v3", "duplicate"),
    Item(35, "published, noted", "hep-th/9108004", "duplicate"),
    Item(36, "two", new(36), "broken"),
    Item(37, "preprint", new(37)),
    Item(38, "cut", new(38), "broken"),  # as an editor, or a full disk, leaves it
    Item(39, "preprint", new(39)),
    Item(40, "nameless", "", "broken"),
]


def bibtex(items: Sequence[Item]) -> str:
    """Write as Better BibTeX does."""
    entries = []
    for item in items:
        fields = {
            "title": "{" + item.title.replace("Flight", "{{Flight}}") + "}",
            "author": "{" + BIRDS[item.n % 5] + ", Ada and {The Aviary Collaboration}}",
            "year": str(2000 + item.n),
            "month": "jan",
            **{
                name: "{" + value + "}"
                for name, value in NAMED.get(item.named, NAMED["doi"])(item.paper, item.n).items()
            },
            "primaryclass": "{cs}",
            "urldate": "{2026-02-03}",
            "abstract": "{" + item.abstract.replace("%", r"\%") + "}",
            "archiveprefix": "{arXiv}",
            "file": r"{C\:\\Users\\ada\\Zotero\\storage\\AB12\\Heron - 2020 - 1905.00005.pdf;files/7/abs.html}",
        }
        lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
        text = f"@misc{{{item.key},\n{lines}\n}}\n"
        if item.named == "cut":
            text = text[: text.index("abstract")] + "\n"
        if item.named == "nameless":
            text = f"@misc{{{items[0].key},\n{lines}\n}}\n"  # a citekey that is used already
        entries.append(text)
    return "\n".join(entries)


def ris(items: Sequence[Item]) -> str:
    """Write as Zotero does."""
    tags = {"doi": "DO", "url": "UR", "number": "AN", "publisher": "PB", "eprint": "AN", "note": "N1"}
    records = []
    for item in items:
        lines = ["TY  - GEN", f"TI  - {item.title}", f"AU  - {BIRDS[item.n % 5]}, Ada", "AB  - " + item.abstract]
        lines += [
            "DA  - 2026/01/02/",
            "PY  - 2026",
            "DP  - arXiv.org",
            f"ID  - {item.key}",
            "Y2  - 2026/02/03/10:11:12",
        ]
        for name, value in item.fields.items():
            mark = "arXiv:" if name == "eprint" else ""
            lines += [f"{tags[name]}  - {mark}{part}" for part in value.splitlines()]
        lines += ["KW  - Computer Science - Computer Vision", "L1  - files/7/1905.00005.pdf"]
        if item.named == "nameless":
            lines.append("a line that lost its tag")
        records.append("\r\n".join([*lines, *([] if item.named == "cut" else ["ER  - ", "", ""])]))
    return "\r\n".join(records)


def csl(items: Sequence[Item]) -> str:
    """Write as Better CSL JSON does."""
    names = {
        "doi": "DOI",
        "url": "URL",
        "number": "number",
        "publisher": "publisher",
        "eprint": "number",
        "note": "note",
    }
    told = []
    for item in items:
        entry: dict[str, object] = {
            "id": item.key,
            "abstract": item.abstract,
            "accessed": {"date-parts": [["2026", 2, 3]]},
            "author": [{"family": BIRDS[item.n % 5], "given": "Ada"}],
            "citation-key": item.key,
            "issued": {"date-parts": [["2026", 1]]},
            "source": "arXiv.org",
            "title": item.title,
            "type": "article",
            **{names.get(name, name): f"arXiv:{it}" if name == "eprint" else it for name, it in item.fields.items()},
        }
        if item.named in ("cut", "nameless"):
            entry = {name: entry[name] for name in ("id", "type", "author")}
        told.append(entry)
    return json.dumps(told, ensure_ascii=False, indent=2)


@pytest.mark.parametrize(("suffix", "write"), [(".bib", bibtex), (".ris", ris), (".json", csl)])
def test_all_forty_are_told_for_what_they_are(
    suffix: str, write: Callable[[Sequence[Item]], str], tmp_path: Path
) -> None:
    """Twenty-nine allowed under their own versions and citekeys, five not on arXiv, three duplicates, three broken."""
    pytest.importorskip("bibtexparser", reason="needs the extra refs")
    path = tmp_path / f"library{suffix}"
    path.write_bytes(write(ITEMS).encode())
    found = read_references(path)
    assert len(found) == len(ITEMS) == 40
    wrong = [
        (item, entry)
        for item, entry in zip(ITEMS, found, strict=True)
        if item.state != entry.state or not _right(item, entry)
    ]
    assert wrong == []
    assert summary(found).startswith("29 of 40 entries allowed, 5 not on arXiv, 3 duplicate, 3 broken (line ")
    assert [paper.citekey for paper in allowed_of(found, path.name)] == [
        item.key for item in ITEMS if item.state == "allowed"
    ]


def _right(item: Item, entry: Entry) -> bool:
    """Tell whether an entry says the paper, or why there is none and what to do."""
    if item.state != entry.state:
        return False
    if item.state == "allowed":
        return entry.paper is not None and (entry.paper.key, entry.paper.model) == (item.paper, item.title)
    if item.state == "not on arXiv":
        return f"-p local:{item.key}" in entry.reason
    if item.state == "duplicate":
        return "the same paper as" in entry.reason
    return bool(entry.reason) and entry.line > 0
