"""Give tests of fetching a running server and a clock that only sleeping moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.arxiv_server import ArxivServer
from tests.fetching.runs import (
    DEBLUR,
    DREAM,
    OLD,
    SWINIR,
    Clock,
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArxivServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ArxivServer([SWINIR, DREAM, replace(DREAM, version=1), DEBLUR, OLD]) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()
