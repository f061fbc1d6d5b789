"""BibTeX: an entry per paper under keys of its own, and fields that nothing breaks out of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answers import Reference
from rag.briefs import allowed_of, read_references
from rag.printing import BIBLIOGRAPHIES, to_bibtex
from rag.printing.bibliography import citekeys, year
from tests.sample_answers import HOSTILE, LAPWING, demo_answer


def test_bibtex_has_an_entry_per_paper() -> None:
    """Entries carry title, authors, year and id under keys that differ."""
    references = demo_answer().references
    text = to_bibtex(references)
    assert re.findall(r"@misc\{(\w+),", text) == ["quillfeather2026ternburst", "vanneau2026lapwingnet"]
    assert "author        = {Lucie Vanneau and Rolf Kiebitz}" in text
    assert f"eprint        = {{{LAPWING}v1}}" in text
    twice = to_bibtex([*references, *references])
    keys = re.findall(r"@misc\{(\w+),", twice)
    assert len(set(keys)) == len(keys) == 4


def test_own_citekeys_are_kept() -> None:
    """An entry stands under the user's citekey; one that is taken, or could break out of the entry, is made anew."""
    one, other = demo_answer().references
    given = ["owl:2020", "", "owl:2020", "a}, evil={", "quillfeather2026ternburst"]
    keys = citekeys([replace(one, citekey=key) for key in given] + [other])
    assert keys[0] == "owl:2020"
    assert keys[4] == "quillfeather2026ternburst"
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"quillfeather2026ternburst\d", key) for key in keys[1:4])
    assert f"@misc{{owl:2020,\n  title         = {{{{{one.title}}}}}" in to_bibtex([replace(one, citekey="owl:2020")])


@pytest.mark.parametrize("text", ["Sharp Owls at Night", *HOSTILE])
def test_reference_managers_take_every_form_back(text: str, tmp_path: Path) -> None:
    """What is written as RIS, CSL JSON or BibTeX is read as the same paper with the same citekey and no other entry."""
    pytest.importorskip("rispy")
    pytest.importorskip("bibtexparser")
    one = Reference("2108.10257", 2, text, ("Jo de Vries", "The Owl Collaboration"), "", "", citekey="owl2021")
    for form, suffix in (("bib", "bib"), ("ris", "ris"), ("csljson", "json")):
        file = tmp_path / f"refs.{suffix}"
        file.write_text(BIBLIOGRAPHIES[form]([one]), encoding="utf-8")
        papers = allowed_of(read_references(file), file.name)
        assert [(paper.paper, paper.citekey) for paper in papers] == [("2108.10257", "owl2021")]
    item = json.loads(BIBLIOGRAPHIES["csljson"]([one]))[0]
    assert item["author"] == [{"family": "de Vries", "given": "Jo"}, {"literal": "The Owl Collaboration"}]


@pytest.mark.parametrize("text", [*HOSTILE, "100% of {braces} & \\commands$ #1 _under_ ~tilde^", "}, evil={"])
def test_bibtex_fields_cannot_be_broken_out_of(text: str) -> None:
    """Whatever a title, author or link holds, unescaped braces balance and the entry has its own fields only."""
    entry = to_bibtex([Reference("2108.10257", None, text, (text,), text, text)])
    bare = re.sub(r"\\[\\{}$&#_%]", "", entry.replace("\\textbackslash{}", ""))
    depth = 0
    for char in bare:
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    assert set(re.findall(r"(?m)^  (\w+) +=", entry)) <= {
        "title",
        "author",
        "year",
        "eprint",
        "archiveprefix",
        "url",
        "note",
    }


@pytest.mark.parametrize(
    ("paper", "told"), [("2108.10257", "2021"), ("hep-th/9108004", "1991"), ("math.GT/0309136", "2003"), ("9999.1", "")]
)
def test_year_comes_from_the_id(paper: str, told: str) -> None:
    """An arXiv id begins with year and month; a month that does not exist tells no year."""
    assert year(paper) == told
