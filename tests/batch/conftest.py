"""Give tests of batches an engine over the demo papers."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Brief, Engine
from rag.settings import resource
from tests.batch.batches import (
    FIRST,
    SECOND,
)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    Engine.open(folder, pdf_dir=resource("demo") / "pdf", offline=True).ingest(Brief.of("Which?", [FIRST, SECOND]))
    return folder


@pytest.fixture(scope="session")
def engine(corpus: Path) -> Engine:
    return Engine.open(corpus, offline=True)
