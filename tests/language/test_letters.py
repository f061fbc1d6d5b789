"""Letters: words as languages make them; sequences, gene symbols and SMILES strings are readable, glyph soup is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.language.letters import (
    latin_words,
    letter_runs,
    likeness_to_language,
    without_codes,
    without_genes,
    without_sequences,
)
from rag.reading import read_paper, readability
from tests import make_pdfs
from tests.cases import cases
from tests.make_pdfs import wrap
from tests.reading.test_readability import GERMAN, TEXT, exchanged

AMINO = "ACDEFGHIKLMNPQRSTVWY"
GENES = "BRCA1 TP53 EGFR KRAS CDKN2A PIK3CA AKT1 NOTCH1 ERBB2 ROS1 MAP2K1 STAT3 JAK2 FGFR3 IDH1 TET2 SF3B1 ACTB CD8A"
SMILES = (
    "CC(=O)OC1=CC=CC=C1C(=O)O CN1C=NC2=C1C(=O)N(C(=O)N2C)C c1ccc2c(c1)cc(cc2)C(=O)NCCc3ccccc3 "
    "Clc1ccc(cc1)C(c2ccccc2)N3CCN(CC3)CCOCC(=O)O C[C@H](N)C(=O)Oc1ccc(cc1)Br N#Cc1ccc(cc1)C(=O)Nc2cccc(c2)[N+](=O)[O-]"
)


def drawn(letters: str, size: int, count: int) -> str:
    """Return `count` words of `size` letters drawn at random."""
    chance = random.Random(7)  # noqa: S311
    return " ".join("".join(chance.choices(letters, k=size)) for _ in range(count))


CODES = {
    "protein": drawn(AMINO, 60, 25),
    "protein in tens": drawn(AMINO, 10, 150),
    "alignment": drawn(AMINO + "---", 50, 30),
    "DNA": drawn("ACGT", 10, 150),
    "dna": drawn("acgt", 60, 25),
    "RNA": drawn("ACGU", 21, 60),
    "primers": " ".join(f"5'-{word}-3'" for word in drawn("ACGT", 22, 40).split()),
    "genes": ", ".join((GENES + " ").split() * 12),
    "SMILES": " ".join([SMILES] * 8),
}


@pytest.mark.parametrize("name", CODES)
def test_codes_of_science_have_meaning(name: str, tmp_path: Path) -> None:
    """A page of them is no broken page, and nothing of it is called broken."""
    assert not readability.without_meaning(CODES[name])
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.make([make_pdfs.plain(wrap(TEXT, 450)), make_pdfs.plain(wrap(CODES[name], 450))]))
    assert read_paper(path, "x", None).gaps == ()


@pytest.mark.parametrize("seed", range(12))
def test_soup_in_capitals_is_still_soup(seed: int) -> None:
    """Exchanged letters in capitals, with blanks or without, and letters a fixed number of codes off."""
    assert readability.without_meaning(exchanged(TEXT, seed).upper())
    assert readability.without_meaning(exchanged(GERMAN * 2, seed).upper())
    lines = (exchanged(line, seed).upper().replace(" ", "") for line in wrap(TEXT, 300))
    assert readability.without_meaning("\n".join(lines))
    assert readability.without_meaning("".join(chr(ord(char) - 29) if char.islower() else char for char in TEXT))


@pytest.mark.parametrize("text", [TEXT, GERMAN, exchanged(TEXT, 3)])
def test_words_are_no_codes(text: str) -> None:
    """Nothing is left out of text, readable or not."""
    assert without_codes(text) == " ".join(text.split())


@cases("language/cases/letters", "without_codes")
def test_codes_are_left_out(given: str, expected: str) -> None:
    assert without_codes(given) == expected


@cases("language/cases/letters", "letter_runs")
def test_runs_of_letters(given: str, expected: list[str]) -> None:
    assert letter_runs(given) == expected


@cases("language/cases/letters", "latin_words")
def test_words_of_latin_letters(given: str, expected: list[str]) -> None:
    assert sorted(latin_words(given)) == expected


def test_words_are_like_those_of_languages() -> None:
    """Words of two languages are far above chance, the same with their letters exchanged far below."""
    for text in (TEXT, GERMAN):
        assert likeness_to_language(latin_words(text)) > 0.5
        assert likeness_to_language(latin_words(exchanged(text, 3))) < -0.5


@cases("language/cases/letters", "without_sequences")
def test_sequences_are_left_out(given: str, expected: str) -> None:
    assert " ".join(without_sequences(given.split())) == expected


@cases("language/cases/letters", "without_genes")
def test_gene_symbols_are_left_out(given: str, expected: str) -> None:
    assert " ".join(without_genes(given.split())) == expected
