"""Make one vector per part of a text from its tokens' vectors.

Source: "late chunking" of Günther et al., arXiv:2409.04701: the tokens have seen the whole text.
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


def pool(states: Vectors, offsets: Sequence[Part], parts: Sequence[Part]) -> Vectors:
    """Return the mean token vector of each part, scaled to length one; zeros where no token lies in it.

    `offsets` are the characters of each token, ascending but for the model's own marks, which are empty.
    """
    import numpy as np

    pooled = np.zeros((len(parts), states.shape[1]), np.float32)
    spans = np.array(offsets, np.int64).reshape(-1, 2)
    real = np.flatnonzero(spans[:, 1] > spans[:, 0])
    wanted = np.array(parts, np.int64).reshape(-1, 2)
    firsts = np.searchsorted(spans[real, 0], wanted[:, 0], "left")
    lasts = np.searchsorted(spans[real, 1], wanted[:, 1], "right")
    for row, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if last > first:
            pooled[row] = states[real[first:last]].sum(axis=0)
    lengths = np.linalg.norm(pooled, axis=1, keepdims=True)
    return np.asarray(pooled / np.maximum(lengths, 1e-12), np.float32)
