"""A reference manager's file is a whitelist: every entry is told apart, none is guessed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.briefs import Brief, is_references, listed, parse_whitelist, read_references, summary
from rag.briefs.references import Entry
from rag.cli import app
from rag.errors import BriefError

BIBTEX = r"""
@string{eprints = "arXiv preprint"}
@comment{made for a test}

@article{tern2101,
  title = {{TernNet}: Counting {B}irds of the N{\"o}rdlinger Ries},
  journal = {arXiv preprint arXiv:2101.00001},
}
@misc{owl2102, eprint = {2102.00002v3}, archivePrefix = {arXiv}, primaryClass = {cs.CV}, title = "Owls at night"}
@online{crow, title = {Crows}, eprinttype = {arxiv}, eprint = {hep-th/9108004}, note = {extends arXiv:2101.00001}}
@misc{rook, title = {Rooks}, howpublished = {\url{https://arxiv.org/abs/2103.00003}}}
@article{gull, title = {Gulls}, doi = {10.48550/arXiv.2104.00004}, url = {https://doi.org/10.48550/arXiv.2104.00004}}
@article{wren, title = {Wrens}, journal = {CoRR}, volume = {abs/2105.00005}, url = {http://arxiv.org/abs/2105.00005}}
@inproceedings{kite, title = {Kites}, doi = {10.1109/0.1}, note = {see also arXiv:2101.00001}}
@misc{swan, title = {Swans}, eprint = {2101.00001}, eprinttype = {hal}}
@misc{tern-again, title = {Terns}, url = {https://arxiv.org/abs/2101.00001}}
@misc{two, title = {Two}, eprint = {2106.00006}, archiveprefix = {arXiv}, url = {https://arxiv.org/abs/2107.00007}}
@misc{versions, title = {Versions}, eprint = {2106.00006v1}, url = {https://arxiv.org/abs/2106.00006v2}}
@misc{owl2102, title = {Another}, eprint = {2108.00008}, archiveprefix = {arXiv}}
@misc{torn, title = {Torn, eprint = {2108.00008},
@misc{last, title = {Last}, eprint = {2109.00009}, archiveprefix = {arXiv}, url = {https://example.org/x.pdf}}
"""
RIS = """TY  - JOUR
ID  - tern
TI  - TernNet
UR  - https://arxiv.org/abs/2101.00001v2
N1  - Comment: also at a workshop, cites arXiv:2102.00002
ER  -

TY  - GEN
TI  - Owls
N1  - arXiv:2102.00002 [cs]
ER  -
TY  - JOUR
TI  - Torn
UR  - https://arxiv.org/abs/2103.00003

TY  - CONF
TI  - Kites
DO  - 10.1109/0.1
ER  -
TY  - GEN
TI  - Odd
a line that bears no tag
ER  -
TY  - GEN
TI  - Without an end
"""
CSL = [
    {"id": "http://zotero.org/users/1/items/A", "citation-key": "tern", "type": "article", "title": "TernNet",
     "number": "arXiv:2101.00001", "publisher": "arXiv", "URL": "http://arxiv.org/abs/2101.00001"},
    {"id": "owl", "type": "article-journal", "title": "Owls", "note": "arXiv: 2102.00002\nCitation Key: owl"},
    {"id": "kite", "type": "paper-conference", "title": "Kites", "DOI": "10.1109/0.1", "issued": {"raw": "2020"}},
    {"id": "tern2", "type": "article", "title": "TernNet", "DOI": "10.48550/arXiv.2101.00001"},
    {"id": "torn", "type": "article"},
]  # fmt: skip


def read(tmp_path: Path, name: str, text: str) -> list[Entry]:
    (tmp_path / name).write_text(text, "utf-8")
    return list(read_references(tmp_path / name))


def told(entries: list[Entry]) -> list[tuple[str, str, str]]:
    return [(entry.key, entry.state, entry.paper.key if entry.paper else "") for entry in entries]


def test_bibtex_is_told_apart_entry_by_entry(tmp_path: Path) -> None:
    """Every field that names a paper counts; notes about other papers, other archives and publishers' DOIs do not."""
    entries = read(tmp_path, "refs.bib", BIBTEX)
    assert told(entries) == [
        ("tern2101", "allowed", "2101.00001"),
        ("owl2102", "allowed", "2102.00002v3"),
        ("crow", "allowed", "hep-th/9108004"),
        ("rook", "allowed", "2103.00003"),
        ("gull", "allowed", "2104.00004"),
        ("wren", "allowed", "2105.00005"),
        ("kite", "not on arXiv", ""),
        ("swan", "not on arXiv", ""),
        ("tern-again", "duplicate", ""),
        ("two", "broken", ""),
        ("versions", "broken", ""),
        ("owl2102", "broken", ""),
        ("torn", "broken", ""),
        ("last", "allowed", "2109.00009"),
    ]
    lines = BIBTEX.splitlines()
    assert all(entry.key in lines[entry.line - 1] for entry in entries)
    assert all(entry.paper.citekey == entry.key for entry in entries if entry.paper)
    assert entries[0].title == "TernNet: Counting Birds of the Nördlinger Ries"
    assert entries[8].reason == f"the same paper as tern2101, line {entries[0].line}"
    assert entries[9].reason == "its fields name 2106.00006 and 2107.00007"
    assert summary(entries).startswith("7 of 14 entries allowed, 2 not on arXiv, 1 duplicate, 4 broken (line ")


def test_ris_is_told_apart_record_by_record(tmp_path: Path) -> None:
    """A record without an end, or with a line without a tag, is broken; it never runs into the next one."""
    entries = read(tmp_path, "refs.ris", RIS)
    assert [(entry.title, entry.state, entry.line) for entry in entries] == [
        ("TernNet", "allowed", 1),
        ("Owls", "allowed", 8),
        ("", "broken", 12),
        ("Kites", "not on arXiv", 16),
        ("", "broken", 20),
        ("", "broken", 24),
    ]
    assert [entry.paper.key for entry in entries if entry.paper] == ["2101.00001v2", "2102.00002"]
    assert entries[4].reason == "line 22 has no tag"


def test_csl_json_is_told_from_a_whitelist(tmp_path: Path) -> None:
    """Items with a type are references; a list of ids or tables is a whitelist as before."""
    entries = read(tmp_path, "refs.json", json.dumps(CSL))
    assert told(entries) == [
        ("tern", "allowed", "2101.00001"),
        ("owl", "allowed", "2102.00002"),
        ("kite", "not on arXiv", ""),
        ("tern2", "duplicate", ""),
        ("torn", "broken", ""),
    ]
    (tmp_path / "list.json").write_text('["2101.00001"]')
    assert not is_references(tmp_path / "list.json")
    assert [paper.key for paper in listed(tmp_path / "list.json")] == ["2101.00001"]
    assert [paper.key for paper in listed(tmp_path / "refs.json")] == ["2101.00001", "2102.00002"]


KEYS = {"vaswani:2017+a": True, "Müller_2020": True, "a b": False, "a}b": False, "http://zotero.org/users/1/A": False}


@pytest.mark.parametrize(("key", "kept"), KEYS.items())
def test_a_citekey_is_kept_where_it_can_stand(tmp_path: Path, key: str, kept: bool) -> None:
    """A library's address, and what would break out of a command, is no citekey, in a whitelist not either."""
    items = [{"id": key, "type": "article", "title": "T", "DOI": "10.48550/arXiv.2101.00001"}]
    (entry,) = read(tmp_path, "refs.json", json.dumps(items))
    assert entry.paper
    assert entry.paper.citekey == key * kept
    listing = f'papers = [{{paper = "2101.00001", citekey = "{key}"}}]'
    if kept:
        assert Brief.of("What?", parse_whitelist(listing)).papers[0].citekey == key
    else:
        with pytest.raises(BriefError, match="cannot stand as a citekey"):
            parse_whitelist(listing)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.bib", "nothing here", "holds no entry"),
        ("a.ris", "", "holds no entry"),
        ("a.bib", "@misc{a, title={T}}", "0 of 1 entries allowed, 1 not on arXiv; no entry names an arXiv paper"),
    ],
)
def test_a_file_that_allows_nothing_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    """An empty whitelist is an error, not an answer over nothing."""
    (tmp_path / name).write_text(text)
    with pytest.raises(BriefError, match=re.escape(message)):
        listed(tmp_path / name)


def test_the_report_is_shown(tmp_path: Path) -> None:
    """`rag brief refs.bib` lists every entry with what became of it; hostile titles are printed inert."""
    (tmp_path / "refs.bib").write_text(BIBTEX.replace("Owls at night", "Owls \u202e at night"))
    shown = CliRunner().invoke(app, ["brief", str(tmp_path / "refs.bib")])
    assert shown.exit_code == 0
    assert "not on arXiv line" in shown.output
    assert "\u202e" not in shown.output
    assert "\n7 of 14 entries allowed" in shown.output


def test_a_command_takes_the_file_as_its_whitelist(tmp_path: Path) -> None:
    """`-p refs.bib` allows its papers and says on stderr what it left aside."""
    (tmp_path / "refs.bib").write_text("@misc{a, eprint={2101.00001}, archiveprefix={arXiv}}\n@misc{b, title={T}}\n")
    args = ["search", "owls", "-p", str(tmp_path / "refs.bib"), "--offline", "--corpus", str(tmp_path / "corpus")]
    result = CliRunner().invoke(app, args)
    assert "refs.bib: 1 of 2 entries allowed, 1 not on arXiv" in result.stderr
    assert "2101.00001 is not stored" in str(result.exception)
