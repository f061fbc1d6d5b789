"""Recognise what is readable but no language: sequences of proteins and nucleic acids, gene symbols, SMILES strings.

Glyphs of a broken encoding look alike at first sight, so each kind is told by what an encoding does not respect: the
six letters that no amino acid has, the few letters of nucleic acids, digits at the end of gene symbols but not at their
start, the grammar of SMILES. Not handled here: gene symbols without digits, proteins in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAPS = re.compile(r"[-–.*·•~|/\x02]+|[35]['’′]|\d+")  # in alignments, between blocks, around primers
_NUCLEIC = re.compile(r"[ACGTUN]+|[acgtun]+")
_LONG = 8  # letters of a sequence: words of that length are few
_ALIEN = frozenset("BJOUXZ")  # no amino acid; 17 % of the letters that a shifted encoding makes of English
_MAX_ALIEN = 0.03  # X stands for an unknown residue
_SYMBOL = re.compile(r"[A-Z0-9]{2,9}")
_GENE = re.compile(r"[A-Z]{1,6}\d{1,3}[A-Z]{0,2}\d?")
_EDGES = ".,;:()[]{}/+*"
_SMILES = re.compile(
    r"(?=.*[Cc].*[Cc])(?=.*[\d=()#\[\]])(?:\[[A-Za-z0-9@+-]{1,12}\]|Cl|Br|[BCNOPSFIbcnopsH]|[\d()=#@+\\/%.-]){6,}"
)


def without_codes(text: str) -> str:
    """Return a text without such strings."""
    words = [word for word in text.split() if not _SMILES.fullmatch(word)]
    return " ".join(_without_symbols(_without_sequences(words)))


def _without_sequences(words: Sequence[str]) -> list[str]:
    bare = [_GAPS.sub("", word) for word in words]
    proteins = {word for word in bare if len(word) >= _LONG and word.isascii() and word.isalpha() and word.isupper()}
    letters = "".join(word for word in bare if word in proteins and not _NUCLEIC.fullmatch(word))
    if sum(letter in _ALIEN for letter in letters) > _MAX_ALIEN * len(letters):
        proteins = set()
    return [
        word
        for word, plain in zip(words, bare, strict=True)
        if plain not in proteins and not (len(plain) >= _LONG and _NUCLEIC.fullmatch(plain))
    ]


def _without_symbols(words: Sequence[str]) -> list[str]:
    symbols = [plain for word in words if _SYMBOL.fullmatch(plain := word.strip(_EDGES)) and not plain.isdigit()]
    genes = sum(bool(_GENE.fullmatch(symbol)) for symbol in symbols)
    turned = sum(symbol[0].isdigit() for symbol in symbols)
    if genes < 0.4 * len(symbols) or turned > 0.03 * len(symbols):
        return list(words)
    listed = set(symbols)
    return [word for word in words if word.strip(_EDGES) not in listed]
