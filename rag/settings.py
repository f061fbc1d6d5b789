"""Hold what can be set, read once from options and environment.

RAG_CORPUS, RAG_LLM, RAG_ARXIV_API, RAG_ARXIV_PDF, RAG_ARXIV_DELAY, RAG_MODEL, OMP_NUM_THREADS. Addresses and keys of
chat models (OPENAI_BASE_URL, OPENAI_API_KEY, OLLAMA_HOST, ...) are read where one is opened: `rag.chat.providers`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.errors import SettingsError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
ARXIV_API = "https://export.arxiv.org/api/query"
ARXIV_PDF = "https://arxiv.org/pdf"
ARXIV_DELAY_S = 3.0  # arXiv API terms of use: one request every three seconds; only a mirror may be asked faster

_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # control groups v2: a container's "200000 100000" stands for two cores
_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold one run's settings. `llm` None means the extractive writer; `pdf_dir` None means no own PDFs."""

    corpus: Path
    pdf_dir: Path | None = None
    offline: bool = False
    model: str = DEFAULT_MODEL
    llm: str | None = None
    arxiv_api: str = ARXIV_API
    arxiv_pdf: str = ARXIV_PDF
    arxiv_delay: float = ARXIV_DELAY_S

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the environment; options given on the command line replace single fields afterwards."""
        env = os.environ if env is None else env
        corpus = env.get("RAG_CORPUS")
        return cls(
            corpus=Path(corpus).expanduser() if corpus else default_corpus(),
            model=env.get("RAG_MODEL") or DEFAULT_MODEL,
            llm=env.get("RAG_LLM") or None,
            arxiv_api=env.get("RAG_ARXIV_API") or ARXIV_API,
            arxiv_pdf=env.get("RAG_ARXIV_PDF") or ARXIV_PDF,
            arxiv_delay=_seconds(env.get("RAG_ARXIV_DELAY") or str(ARXIV_DELAY_S)),
        )

    @property
    def pdf_cache(self) -> Path:
        """Return the folder of fetched PDFs."""
        return self.corpus / "pdf"

    @property
    def calibrations(self) -> Path:
        """Return the file of what `rag calibrate` found of each chat model."""
        return self.corpus / "checks.json"

    @property
    def index_dir(self) -> Path:
        """Return the folder of the index."""
        return self.corpus / "index"


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise SettingsError(f"RAG_ARXIV_DELAY is {text!r}; give seconds between 0 and 3600")
    return seconds


def in_checkout() -> bool:
    """Tell whether the package runs from its source tree."""
    return (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "prompts").is_dir()


def default_corpus() -> Path:
    """Return `corpus` in a checkout, else the user's data folder."""
    if in_checkout():
        return _CHECKOUT / "corpus"
    from platformdirs import user_data_path

    return user_data_path("paperbound") / "corpus"


def cache_folder() -> Path:
    """Return this user's folder of what is made once and can be made again."""
    from platformdirs import user_cache_path

    try:
        return user_cache_path("paperbound")
    except RuntimeError:
        raise SettingsError("no home folder is known for this user; set HOME or XDG_CACHE_HOME") from None


def resource(name: str) -> Path:
    """Return the folder `prompts`, `demo` or `briefs` that ships with the package."""
    if in_checkout():
        return _CHECKOUT / name if name == "prompts" else _CHECKOUT / "corpus" / name
    return _PACKAGE / "bundled" / name


def cores(quota: Path = _QUOTA) -> int:
    """Return how many threads may compute: OMP_NUM_THREADS, else the cores that affinity and a container's quota leave.

    A quota counts in whole cores, rounded up.
    """
    told = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if told.isdecimal() and int(told):
        return int(told)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1  # Linux, or not
    try:
        most, period = quota.read_text(encoding="ascii").split()
        return max(1, min(usable, math.ceil(int(most) / int(period))))
    except (OSError, ValueError, ZeroDivisionError):  # no control groups, or "max": no quota
        return usable
