"""Be a worker process: read one PDF per line of standard input, answer with one line each.

`python -m rag.reading.workers.worker BYTES` limits its own memory first, where the system can. An answer is
`{"paper": ...}` or `{"error": ...}`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from rag.errors import PdfError
from rag.reading.read import read_paper
from rag.reading.workers.limits import limit_memory
from rag.reading.workers.wire import dump_paper


def answer(line: str) -> str:
    """Return the answer to one request, as one line of JSON."""
    path, paper, version, title, authors, published, reader = json.loads(line)
    about = {"title": title, "published": published, "reader": reader}
    try:
        found = read_paper(Path(path), paper, version, authors=tuple(authors), **about)
    except PdfError as error:
        return json.dumps({"error": str(error)})
    except (MemoryError, RecursionError) as error:
        return json.dumps({"error": f"{Path(path).name}: needs too much memory ({type(error).__name__})"})
    return f'{{"paper":{dump_paper(found)}}}'


def main() -> None:
    """Answer requests until standard input ends."""
    limit_memory(int(sys.argv[1]))
    gc.freeze()
    gc.disable()  # tens of thousands of small tuples per paper, no cycles among them
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes nowhere near the answers
    for line in sys.stdin:
        answers.write(answer(line) + "\n")
        answers.flush()
        gc.collect()
        gc.freeze()  # what has outlived a paper is code and tables: no need to look through it after the next one


if __name__ == "__main__":
    main()
