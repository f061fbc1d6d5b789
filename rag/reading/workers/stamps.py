"""Read arXiv stamps in a worker process that may be killed: a page can be made to take all memory.

`python -m rag.reading.workers.stamps BYTES` is that worker: it reads one path per line and answers with id and version
as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import PdfError
from rag.reading.workers.limits import limit_memory
from rag.reading.workers.pool import Failure, Pool

Stamp = Callable[[Path], tuple[str, int] | None]

TIMEOUT_S = 20.0  # a first page takes milliseconds
MEMORY_BYTES = 2**30


@contextmanager
def stamp_reader() -> Iterator[Stamp]:
    """Give what reads the stamp on a PDF's first page, None where there is none; it raises `PdfError` for bad files."""
    with Pool("rag.reading.workers.stamps", 1, TIMEOUT_S, MEMORY_BYTES) as pool:

        def read(path: Path) -> tuple[str, int] | None:
            answer = pool.ask(json.dumps(str(path.resolve())))
            if isinstance(answer, Failure):
                raise PdfError(f"{path.name}: {answer.reason}; leave the paper out or fetch it again")
            told = json.loads(answer)
            if "error" in told:
                raise PdfError(told["error"])
            return (told["paper"], told["version"]) if told else None

        yield read


def _answer(path: Path) -> dict[str, object]:
    from rag.reading.glyphs.page_words import stamp

    try:
        found = stamp(path)
    except PdfError as error:
        return {"error": str(error)}
    except (MemoryError, RecursionError) as error:
        return {"error": f"{path.name}: needs too much memory ({type(error).__name__})"}
    return {"paper": found[0], "version": found[1]} if found else {}


def main() -> None:
    """Answer requests until standard input ends."""
    limit_memory(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes nowhere near the answers
    for line in sys.stdin:
        answers.write(json.dumps(_answer(Path(json.loads(line)))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
