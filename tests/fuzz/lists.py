"""Open the doors for what a user asks and allows: briefs, whitelists, references, questions; make what they take."""

from __future__ import annotations

import json
from pathlib import Path

from rag.batch import read_questions
from rag.briefs import Brief, listed, read_references
from rag.settings import resource


def written(data: bytes, folder: Path, name: str) -> Path:
    """Return the path of a file that holds the data."""
    path = folder / name
    path.write_bytes(data)
    return path


def brief(data: bytes, folder: Path) -> object:
    """Read a brief."""
    read = Brief.load(written(data, folder, "brief.txt"))
    return len(read.papers), len(read.points), [paper.version is None for paper in read.papers]


def briefs() -> list[bytes]:
    """Return the two briefs that come with the program, and short ones in other words."""
    short = "Question: How is blur modelled?\nPaper: 2108.10257v1\n"
    own = "# Question\nHow fast is it?\n\n## Explain\n- speed\n- memory\n\nPapers:\n- https://doi.org/10.48550/arXiv.2604.90001\n"
    shipped = [path.read_bytes() for path in sorted(resource("briefs").glob("*.txt"))]
    return [*shipped, (resource("demo") / "brief.txt").read_bytes(), short.encode(), own.encode()]


def whitelist(data: bytes, folder: Path) -> object:
    """Read a whitelist, as JSON where it begins like it, else as TOML."""
    return len(listed(written(data, folder, "papers.json" if data[:1] in b"[{" else "papers.toml")))


def whitelists() -> list[bytes]:
    """Return whitelists of ids, of links and of tables."""
    entry = {
        "paper": "2604.90001v1",
        "model": "TernBurst",
        "github": "https://github.com/example/x",
        "summary": "It is.",
    }
    return [
        b'papers = ["2108.10257", "hep-th/9108004v2", "https://arxiv.org/abs/2604.90001"]\n',
        b'[[papers]]\npaper = "2604.90001v1"\nmodel = "TernBurst"\nsummary = """\nTwo lines.\n"""\n',
        json.dumps({"papers": [entry, "2604.90002"]}).encode(),
        json.dumps(["arXiv:2604.90001"]).encode(),
    ]


def bibtex(data: bytes, folder: Path) -> object:
    """Read a BibTeX file."""
    return [(bool(entry.paper), entry.reason[:9]) for entry in read_references(written(data, folder, "refs.bib"))]


def ris(data: bytes, folder: Path) -> object:
    """Read an RIS file."""
    return [(bool(entry.paper), entry.reason[:9]) for entry in read_references(written(data, folder, "refs.ris"))]


def csl(data: bytes, folder: Path) -> object:
    """Read a CSL JSON file, as whatever asks for papers does."""
    path = written(data, folder, "refs.json")
    return len(read_references(path)), len(listed(path))


def bibtex_files() -> list[bytes]:
    """Return entries in BibTeX's forms."""
    return [
        b"@article{tern,\n  title = {{TernBurst}: Many $n$ Short \\'{e}xposures},\n  author = {Tern, A.},\n"
        b"  eprint = {2604.90001},\n  archivePrefix = {arXiv},\n  year = 2026\n}\n",
        b'@string{arx = "CoRR"}\n@misc{a, title="Nets", journal=arx, volume="abs/2604.90002", url={https://arxiv.org/abs/2604.90002v1}}\n'
        b'@comment{none}\n@preamble{"x"}\n@book{b, title={A Book}}\n',
        b"@inproceedings(c, doi = {10.48550/arXiv.2604.90001}, title = {T \\textbf{b} \\& \\alpha})\n",
    ]


def ris_files() -> list[bytes]:
    """Return entries in RIS's form."""
    return [
        b"TY  - JOUR\r\nTI  - TernBurst\r\nAU  - Tern, A.\r\nUR  - https://arxiv.org/abs/2604.90001\r\nER  - \r\n",
        b"TY  - UNPB\nT1  - LapwingNet\nDO  - 10.48550/arXiv.2604.90002\nN2  - Two\nlines\nER  - \n\n"
        b"TY  - BOOK\nTI  - A\nER  - \n",
    ]


def csl_files() -> list[bytes]:
    """Return entries in CSL's form."""
    item = {"id": "a", "type": "article", "title": "TernBurst", "URL": "https://arxiv.org/abs/2604.90001v1"}
    more = {"id": 2, "type": "book", "title": "A", "DOI": "10.48550/arXiv.2604.90002", "author": [{"family": "Gull"}]}
    return [json.dumps([item, more]).encode(), json.dumps({"items": [item]}).encode(), json.dumps([item]).encode()]


def question_file(data: bytes, folder: Path) -> object:
    """Read a file of questions: CSV where it begins with a name of its columns, an array, lines of JSON."""
    name = (
        "questions.csv" if data[:2] in (b"id", b"qu") else "questions.json" if data[:1] == b"[" else "questions.jsonl"
    )
    found = read_questions(written(data, folder, name))
    return len(found.good), [bad.reason for bad in found.bad][:3]


def question_files() -> list[bytes]:
    """Return questions in every form."""
    rows = [
        {"id": "a", "question": "How is blur modelled?", "papers": ["2604.90001", {"paper": "2604.90002v1"}]},
        {"question": "What is read?", "papers": "2604.90001", "sections": ["data"], "writer": "extractive"},
        {"brief": "Question: How?\nPaper: 2604.90001\n", "mine": [1, None]},
    ]
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    table = b'id,question,papers,sections\n1,"How, then?",2604.90001;2604.90002v1,data;speed\n2,What?,2604.90001,\n'
    return [lines, table, json.dumps(rows).encode(), b"question;papers\nWhy?;2604.90001\n"]
