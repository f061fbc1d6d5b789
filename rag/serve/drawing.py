"""Draw an answer's page in a process of its own, limited in memory and time: it opens PDFs, which may be hostile.

`python -m rag.serve.drawing CORPUS RECORD LINK...` prints the page.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rag import load_answer
from rag.engine import Engine
from rag.illustrated_page import illustrated_page, illustrated_table
from rag.record import load_table

MEMORY_BYTES = 3 << 30
DRAWING_S = 60.0
KEPT = 16  # pages, of some megabytes each


def drawn(corpus: Path, record: Path, links: Mapping[str, str]) -> str:
    """Return the page of a stored answer; without pictures where they cannot be drawn within the limits.

    The last ones are kept, until the index changes: a paper that comes may bring a picture.
    """
    manifest = corpus / "index" / "manifest.json"
    stamp = manifest.stat().st_mtime_ns if manifest.is_file() else 0
    return drawn_at(corpus, record, tuple(f"{words}={address}" for words, address in links.items()), stamp)


@lru_cache(KEPT)
def drawn_at(corpus: Path, record: Path, links: tuple[str, ...], stamp: int) -> str:
    """Return the page as it is for one state of the index."""
    command = [sys.executable, "-m", "rag.serve.drawing", str(corpus), str(record), *links]
    try:
        made = subprocess.run(command, capture_output=True, timeout=DRAWING_S, check=True)  # noqa: S603 - our own
        return made.stdout.decode()
    except (subprocess.SubprocessError, UnicodeDecodeError):
        return page_of(record, None, links)


def page_of(record: Path, index: Any, links: Sequence[str]) -> str:
    """Return the page of an answer's record, or of a table's."""
    told = dict(link.split("=", 1) for link in links)
    if record.name == "table.json":
        return illustrated_table(load_table(record.read_bytes()), index, told)
    return illustrated_page(load_answer(record.read_bytes()), index, told)


def main() -> None:
    """Limit this process, then draw."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except ImportError:
        pass  # a system that knows no such limit; the time is limited all the same
    corpus, record, *links = sys.argv[1:]
    index = Engine.open(corpus, offline=True, llm=None).index
    sys.stdout.buffer.write(page_of(Path(record), index, links).encode())


if __name__ == "__main__":
    main()
