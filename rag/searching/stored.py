"""Write a paper to its files and read it back: what it says, and how often it says each word.

A paper is JSON. Its word counts per passage are plain little-endian arrays, 50 kilobytes for 40 passages, read without
parsing; words are looked up by 64-bit hashes (BLAKE2b: any collision among ten million words has odds of one in
300,000). The files' hashes stand in the manifest. Not handled here: what a word is (`words`) and scoring (`retrieve`).
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from rag.papers import HiddenText, Page, Paper, Passage, Region, Sentence, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tokenize = Callable[[str], Sequence[str]]

_PASSAGES = b',"passages":['  # where they begin in a stored paper
_MAGIC = b"rag.terms/1 "
_HEAD = struct.Struct("<12sIIII")


# --- what a paper says ----------------------------------------------------------------------------------------


def dump_paper(paper: Paper) -> bytes:
    """Return a paper as JSON, the same bytes for the same paper."""

    def told(item: Any) -> dict[str, Any]:  # without copying what it holds: a paper has tens of thousands of tuples
        return {field.name: getattr(item, field.name) for field in fields(item)}

    return json.dumps(paper, default=told, ensure_ascii=False, separators=(",", ":")).encode()


def load_paper(data: bytes) -> Paper:
    """Return the paper that `dump_paper` wrote. Their hash stood in the manifest."""
    told: dict[str, Any] = json.loads(data)
    told["authors"] = tuple(told["authors"])
    told["gaps"] = tuple(told["gaps"])
    told["pages"] = tuple(_page(page) for page in told["pages"])
    told["sentences"] = tuple(_sentence(sentence) for sentence in told["sentences"])
    told["passages"] = _passages(told["passages"])
    told["hidden"] = tuple(HiddenText(**hidden) for hidden in told["hidden"])
    return Paper(**told)


def load_passages(data: bytes) -> tuple[Passage, ...]:
    """Return a paper's passages without parsing its pages, which take fifty times longer.

    The mark cannot stand inside a text: JSON writes a quotation mark there with a backslash before it.
    """
    start = data.rindex(_PASSAGES) + len(_PASSAGES) - 1
    return _passages(json.JSONDecoder().raw_decode(data[start:].decode())[0])


def _passages(told: list[dict[str, Any]]) -> tuple[Passage, ...]:
    return tuple(Passage(**{**passage, "section": tuple(passage["section"])}) for passage in told)


def _page(told: dict[str, Any]) -> Page:
    told["regions"] = tuple(Region(**region) for region in told["regions"])
    told["glyphs"] = tuple((start, glyph, length) for start, glyph, length in told["glyphs"])
    told["flags"] = tuple(told["flags"])
    return Page(**told)


def _sentence(told: dict[str, Any]) -> Sentence:
    told["spans"] = tuple(Span(**span) for span in told["spans"])
    told["section"] = tuple(told["section"])
    told["flags"] = tuple(told["flags"])
    return Sentence(**told)


# --- its words --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold the word counts of some passages.

    `lengths[i]` is the number of words of passage i. Word `hashes[w]` stands in passages
    `passages[starts[w]:ends[w]]`, `counts[...]` times. A hash may occur more than once, once per paper. `texts`
    are the words themselves, one text per paper, a word a line.
    """

    lengths: NDArray[np.uint32]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    passages: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    texts: tuple[bytes, ...]

    @property
    def vocabulary(self) -> frozenset[str]:
        """Return the distinct words."""
        return frozenset(word for text in self.texts for word in text.decode().split("\n") if word)

    def find(self, word: str) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return the passages that hold a word, ascending, and how often each does."""
        import numpy as np

        slots = np.flatnonzero(self.hashes == word_hash(word))
        sizes = self.ends[slots] - self.starts[slots]
        before = np.cumsum(sizes) - sizes
        rows = np.repeat(self.starts[slots] - before, sizes) + np.arange(sizes.sum())
        return self.passages[rows].astype(np.int64), self.counts[rows]


@lru_cache(1 << 16)
def word_hash(word: str) -> int:
    """Return the 64-bit hash that stands for a word."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def dump_terms(texts: Sequence[str], tokenize: Tokenize) -> bytes:
    """Return the word counts of a paper's passages as bytes, the same for the same texts."""
    import numpy as np

    postings: dict[str, list[tuple[int, int]]] = {}
    lengths = []
    for number, text in enumerate(texts):
        found = Counter(tokenize(text))
        lengths.append(found.total())
        for word, count in found.items():
            postings.setdefault(word, []).append((number, count))
    vocabulary = sorted(postings)
    rows = [row for word in vocabulary for row in postings[word]]
    words = "\n".join(vocabulary).encode()
    arrays = (
        np.array(lengths, "<u4"),
        np.array([word_hash(word) for word in vocabulary], "<u8"),
        np.cumsum([len(postings[word]) for word in vocabulary]).astype("<u4"),
        np.array([number for number, _ in rows], "<u4"),
        np.array([count for _, count in rows], "<u4"),
    )
    head = _HEAD.pack(_MAGIC, len(lengths), len(vocabulary), len(rows), len(words))
    return head + b"".join(array.tobytes() for array in arrays) + words


def load_terms(data: bytes) -> Terms:
    """Return what `dump_terms` wrote; raise ValueError for anything else."""
    import numpy as np

    if len(data) < _HEAD.size:
        raise ValueError("no word counts")
    magic, passages, words, rows, text = _HEAD.unpack_from(data)
    sizes = (4 * passages, 8 * words, 4 * words, 4 * rows, 4 * rows)
    if magic != _MAGIC or len(data) != _HEAD.size + sum(sizes) + text:
        raise ValueError("no word counts of this version")
    at, parts = _HEAD.size, []
    for size, kind in zip(sizes, ("<u4", "<u8", "<u4", "<u4", "<u4"), strict=True):
        parts.append(np.frombuffer(data, kind, size // int(kind[2]), at))
        at += size
    ends = parts[2].astype(np.int64)
    return Terms(parts[0], parts[1], np.concatenate([ends[:1] * 0, ends[:-1]]), ends, parts[3], parts[4], (data[at:],))


def join_terms(papers: Sequence[Terms]) -> Terms:
    """Return the counts of several papers as one, passages numbered through in the order given."""
    import numpy as np

    if len(papers) == 1:
        return papers[0]
    passage, row = _offsets([len(p.lengths) for p in papers]), _offsets([len(p.counts) for p in papers])
    none = np.empty(0, np.int64)
    return Terms(
        np.concatenate([none.astype(np.uint32), *(p.lengths for p in papers)]),
        np.concatenate([none.astype(np.uint64), *(p.hashes for p in papers)]),
        np.concatenate([none, *(p.starts + at for p, at in zip(papers, row, strict=True))]),
        np.concatenate([none, *(p.ends + at for p, at in zip(papers, row, strict=True))]),
        np.concatenate(
            [none.astype(np.uint32), *(p.passages + np.uint32(a) for p, a in zip(papers, passage, strict=True))]
        ),
        np.concatenate([none.astype(np.uint32), *(p.counts for p in papers)]),
        tuple(text for p in papers for text in p.texts),
    )


def _offsets(sizes: Sequence[int]) -> list[int]:
    return list(accumulate(sizes, initial=0))[:-1]
