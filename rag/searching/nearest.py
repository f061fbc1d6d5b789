"""Compare vectors exactly, by FAISS: the nearest of some rows, or all products. Which rows is the caller's matter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

ONE_THREAD = 1 << 14  # rows below which one thread compares: a millisecond's work
BATCH = 16  # queries compared at a time; from 20 on FAISS calls BLAS, whose last bits depend on the batch


def nearest(queries: Vectors, blocks: Iterable[Vectors], k: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Return scores and positions of the k best rows over all blocks, best first, ties by position."""
    import numpy as np

    scores = np.empty((len(queries), 0), np.float32)
    places = np.empty((len(queries), 0), np.int64)
    start = 0
    for block in blocks:
        found, at = _block_nearest(queries, block, k)
        scores = np.concatenate([scores, found], axis=1)
        places = np.concatenate([places, at + start], axis=1)
        order = np.lexsort((places, -scores))[:, :k]
        scores, places = np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
        start += len(block)
    return scores, places


def products(queries: Vectors, rows: Vectors) -> Vectors:
    """Return the inner product of each query (row) with each vector (column), by the arithmetic of a search."""
    import numpy as np

    table = np.empty((len(queries), len(rows)), np.float32)
    if not len(rows):
        return table
    for start in range(0, len(queries), BATCH):
        some = queries[start : start + BATCH]
        scores, places = _knn(some, rows, len(rows))
        np.put_along_axis(table[start : start + BATCH], places, scores, axis=1)
    return table


def _knn(queries: Vectors, block: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Return the k best rows of a block for each query; a small block is not worth waking other threads."""
    import faiss

    threads = _threads()
    faiss.omp_set_num_threads(1 if len(block) < ONE_THREAD else threads)
    scores, places = faiss.knn(queries, block, k, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, places


@cache
def _threads() -> int:
    """Return how many threads may compute: OMP_NUM_THREADS, else one per core."""
    import faiss

    return int(faiss.omp_get_max_threads())


def _block_nearest(queries: Vectors, block: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Return at least the k best rows of a block, every row that equals the k-th among them."""
    wanted = min(k + 1, len(block))
    while True:
        scores, places = _knn(queries, block, wanted)
        if wanted == len(block) or (scores[:, k - 1] > scores[:, -1]).all():
            return scores, places
        wanted = min(4 * wanted, len(block))
