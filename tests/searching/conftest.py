"""Give tests of searching the model of the fast runtime."""

from __future__ import annotations

import pytest

from rag.searching import embed


@pytest.fixture(scope="module")
def fast() -> embed.Embedder:
    return embed.load_embedder(offline=True)
