"""Judge letters: where words stand in a text, and whether they are made as languages make them.

Every language written in Latin letters begins, continues and ends its words in much the same ways, and letters that
were exchanged or shifted do not: a table says how often each letter follows each other. What is readable but no
language (sequences of proteins and nucleic acids, gene symbols) is told by what a broken encoding does not respect.
Not handled here: other scripts, gene symbols without digits, proteins in small letters. SMILES strings need no rule:
their letters stand beside digits and brackets, where no word is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise, product

from rag.language.data import ANY_LANGUAGE, word_list
from rag.language.scripts import LETTERS, is_beyond_latin, pieces

_PLAIN = "".join(char.lower() if char.isalpha() else " " for char in map(chr, range(128)))

_ALPHABET = "`abcdefghijklmnopqrstuvwxyz"  # ` stands for the end of a word
_CHANCE = 6  # the digit of the table that stands for "as often as by chance"
_WORD = re.compile(r"(?<![^\W_])(?:[A-Za-z]{3,24}|[A-Z]?[a-z]{24,}|[A-Z]{25,})(?![^\W_])")  # not next to digits
_LONG = 24
_ENCODED = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/=_-]{24,}")  # keys, hashes, files in base64
_COMBINING = re.compile("[\u0300-\u036f]")

_GAPS = re.compile(r"[-–.*·•~|/\x02]+|[35]['’′]|\d+")  # in alignments, between blocks, around primers
_NUCLEIC = re.compile(r"[ACGTUN]+|[acgtun]+")
_SEQUENCE = 8  # letters of a sequence: words of that length are few
_ALIEN = frozenset("BJOUXZ")  # no amino acid; 17 % of the letters that a shifted encoding makes of English
_MAX_ALIEN = 0.03  # X stands for an unknown residue
_SYMBOL = re.compile(r"[A-Z0-9]{2,9}")
_GENE = re.compile(r"[A-Z]{1,6}\d{1,3}[A-Z]{0,2}\d?")
_LEAST_GENES = 0.4  # of what looks like a symbol; exchanged letters leave digits where no gene has them
_MAX_TURNED = 0.03  # of the symbols may begin with a digit: no gene does, but letters in reverse do
_EDGES = ".,;:()[]{}/+*"


def letter_runs(text: str) -> list[str]:
    """Return the runs of letters of a text, in lower case: "T5-base, 3x" has t, base, x.

    Plain ASCII takes a third of the time. Of scripts without blanks, pairs of characters count as runs.
    """
    if text.isascii():
        return text.translate(_PLAIN).split()
    if is_beyond_latin(text):
        return [piece for run in LETTERS.findall(text.lower()) for piece in pieces(run)]
    return LETTERS.findall(text.lower())


def latin_words(text: str) -> set[str]:
    """Return the different words of a text, in small letters without accents: what is repeated says nothing new.

    "Çay, ÇAY! L2 xxx" has cay alone: what stands beside digits is no word, and xxx stands for something else.
    """
    plain = text if text.isascii() else _COMBINING.sub("", unicodedata.normalize("NFKD", text))
    for piece in [piece for piece in plain.split() if len(piece) >= _LONG and _ENCODED.fullmatch(piece)]:
        plain = plain.replace(piece, " ")
    found = {word.lower() for word in _WORD.findall(plain)}
    return {word for word in found if len(set(word)) > 1}


def letter_pairs(words: Iterable[str]) -> int:
    """Return how many pairs of letters words have, their ends included."""
    return sum(len(word) + 1 for word in words)


def likeness_to_language(words: Iterable[str]) -> float:
    """Return how like those of languages words are: 0.9 is usual, 0 is chance, -2 is what exchanged letters give."""
    words = list(words)
    return sum(map(_weight, words)) / max(1, letter_pairs(words)) - _CHANCE


@lru_cache(maxsize=1 << 15)
def _weight(word: str) -> int:
    return sum(map(_pair_weights().__getitem__, pairwise(f"`{word}`")))


@cache
def _pair_weights() -> dict[tuple[str, ...], int]:
    digits = "".join(word_list("letter_pairs", ANY_LANGUAGE))
    return dict(zip(product(_ALPHABET, repeat=2), map(int, digits), strict=True))


def without_codes(text: str) -> str:
    """Return a text without sequences and gene symbols: of "The motif GATTACAGATTACA in TP53" the words are left."""
    return " ".join(without_genes(without_sequences(text.split())))


def without_sequences(words: Sequence[str]) -> list[str]:
    """Leave out runs of nucleic letters, and words in capitals if next to none of their letters is no amino acid.

    Of "MKVLAAGIVG", "GATTACAGATTACA" and "BOXJUMPZ" the last one stays.
    """
    bare = [_GAPS.sub("", word) for word in words]
    proteins = {
        word for word in bare if len(word) >= _SEQUENCE and word.isascii() and word.isalpha() and word.isupper()
    }
    letters = "".join(word for word in bare if word in proteins and not _NUCLEIC.fullmatch(word))
    if sum(letter in _ALIEN for letter in letters) > _MAX_ALIEN * len(letters):
        proteins = set()
    return [
        word
        for word, plain in zip(words, bare, strict=True)
        if plain not in proteins and not (len(plain) >= _SEQUENCE and _NUCLEIC.fullmatch(plain))
    ]


def without_genes(words: Sequence[str]) -> list[str]:
    """Leave out words of capitals and digits if many of them have their digits where genes do: BRCA1, CDKN2A."""
    symbols = [plain for word in words if _SYMBOL.fullmatch(plain := word.strip(_EDGES)) and not plain.isdigit()]
    genes = sum(bool(_GENE.fullmatch(symbol)) for symbol in symbols)
    turned = sum(symbol[0].isdigit() for symbol in symbols)
    if genes < _LEAST_GENES * len(symbols) or turned > _MAX_TURNED * len(symbols):
        return list(words)
    listed = set(symbols)
    return [word for word in words if word.strip(_EDGES) not in listed]
