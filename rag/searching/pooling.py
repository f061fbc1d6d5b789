"""Add up the vectors of tokens, part by part of a text.

Source: "late chunking" of Günther et al., arXiv:2409.04701: the tokens have seen the whole text. The mean of tokens and
their sum point the same way, and sums of parts add up to the sum of a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Part = tuple[int, int]
"""Start and end of a part of a text, in characters."""


def sums(states: Vectors, offsets: Sequence[Part], parts: Sequence[Part]) -> Vectors:
    """Return the sum of the token vectors of each part; zeros where no token ends in it.

    `offsets` are the characters of each token, ascending but for the model's own marks, which are empty. A token may
    begin with the blank before its word, so its end tells where it belongs.
    """
    import numpy as np

    found = np.zeros((len(parts), states.shape[1]), np.float32)
    spans = np.array(offsets, np.int64).reshape(-1, 2)
    real = np.flatnonzero(spans[:, 1] > spans[:, 0])
    wanted = np.array(parts, np.int64).reshape(-1, 2)
    ends = spans[real, 1]
    firsts, lasts = np.searchsorted(ends, wanted[:, 0], "right"), np.searchsorted(ends, wanted[:, 1], "right")
    for row, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if last > first:
            found[row] = states[real[first:last]].sum(axis=0)
    return found


def scaled(vectors: Vectors) -> Vectors:
    """Return vectors of length one in the same directions; zeros stay zeros."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
