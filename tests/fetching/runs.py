"""Fetch from a server that speaks arXiv's protocol, and take the outcomes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import FetchError
from rag.fetching import Fetched, fetch
from rag.fetching.polite import Pace
from rag.papers import AllowedPaper
from rag.settings import Settings
from tests.arxiv_server import ArxivServer, Served

SWINIR = Served("2108.10257", 1, "SwinIR: Image Restoration Using Swin Transformer")

DREAM = Served("2410.18666", 2, "DreamClear: High-Capacity Real-World Image Restoration")

DEBLUR = Served("2404.11358", 2, "DeblurGS: Gaussian Splatting for Camera Motion Blur")

OLD = Served("hep-th/9108004", 1, "Exact S-matrices")


@dataclass
class Clock:
    """Tell a time that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    reads: int = 0

    def time(self) -> float:
        self.reads += 1
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def settings_for(server: ArxivServer, tmp_path: Path) -> Settings:
    return Settings(corpus=tmp_path / "corpus", arxiv_api=server.api, arxiv_pdf=server.pdf, arxiv_delay=0)


def pace_for(tmp_path: Path, clock: Clock, interval: float = 0.0) -> Pace:
    return Pace(tmp_path / "next-request", interval, clock.time, clock.sleep, seed=1)


def no_stamp(_: Path) -> None:
    return None


def run(
    settings: Settings, papers: Sequence[str | AllowedPaper], pace: Pace | None = None
) -> dict[str, Fetched | FetchError]:
    allowed = [paper if isinstance(paper, AllowedPaper) else allow(paper) for paper in papers]
    return {paper.key: got for paper, got in fetch(allowed, settings, stamp=no_stamp, pace=pace)}


def allow(key: str) -> AllowedPaper:
    paper, _, version = key.partition("v")
    return AllowedPaper(paper, int(version) if version else None)


def copies(got: dict[str, Fetched | FetchError]) -> dict[str, Fetched]:
    assert not {key: str(value) for key, value in got.items() if isinstance(value, FetchError)}
    return {key: value for key, value in got.items() if isinstance(value, Fetched)}


def error(got: dict[str, Fetched | FetchError], key: str) -> str:
    value = got[key]
    assert isinstance(value, FetchError), value
    assert "\n" not in str(value)
    assert key in str(value)
    return str(value)
