"""Tell whether two checkouts store the same papers, find the same hits and print the same answers.

For moves that must change nothing: `python -m eval.benchmarks.same_bytes --data DIR --other CHECKOUT` reads the PDFs
of DIR/papers and of the demo in both, asks both the same questions without a chat model, and lists what differs.
`--corpus DIR` keeps the papers that this checkout read and lets the other one ask them too: faster, where reading is
not what moved. Only the public names of `rag` are used, so that checkouts of any layout can be compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
ASKED = (  # of every paper
    "What is this paper's main contribution?",
    "Which data sets are used?",
    "How does the model work, and why?",
    "What are the limitations?",
    "How many parameters does it have, and how large is the error?",
    "How does the method differ from earlier ones?",
    "What is meant by the loss?",
    "Is the code available?",
)
PAIRED = ("Which optimizer is used?", "How do the two approaches differ?")  # of neighbours in the folder
SEARCHED = ("training details", "experimental results on a benchmark")
HITS = 20


def snapshot(data: Path, corpus: Path) -> dict[str, str]:
    """Return a digest per stored paper, search and answer, by name."""
    from rag import Brief, Engine

    folders = [data / "papers" / "real", data / "papers" / "seed", HERE.parents[2] / "corpus" / "demo" / "pdf"]
    briefs = [*sorted((data / "briefs").glob("*.txt")), HERE.parents[2] / "corpus" / "demo" / "brief.txt"]
    found: dict[str, str] = {}
    engine = Engine.open(corpus, offline=True)
    for folder in folders:
        engine = Engine.open(corpus, pdf_dir=folder, offline=True)
        engine.ingest([_id(path) for path in sorted(folder.glob("*.pdf"))])
    for path in sorted((corpus / "index").rglob("*")):
        if path.is_file() and path.suffix != ".lock" and "manifest" not in path.name:
            found[f"stored {path.relative_to(corpus / 'index')}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    ids = [_id(path) for path in sorted(folders[0].glob("*.pdf"))]
    for question, papers in _questions(ids):
        answer = engine.ask(question, papers)
        found[f"answer {question} {papers}"] = _digest(json.loads(answer.to_json()))
    for query in SEARCHED:
        hits = engine.search(query, ids, HITS)
        found[f"hits {query}"] = _digest([(h.paper, h.passage.number, h.score, dict(h.scores)) for h in hits])
    for path in briefs:
        found[f"answer {path.name}"] = _digest(json.loads(engine.ask(Brief.load(path)).to_json()))
    return found


def _id(path: Path) -> str:
    return path.stem.replace("_", "/")


def _questions(ids: list[str]) -> Iterator[tuple[str, list[str]]]:
    yield from ((question, [paper]) for paper in ids for question in ASKED)
    yield from ((question, list(pair)) for pair in pairwise(ids) for question in PAIRED)


def _digest(value: Any) -> str:
    if isinstance(value, dict):
        value = {key: held for key, held in value.items() if key not in ("run", "provenance")}
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Return the names of what differs or stands on one side alone."""
    return sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))


def main() -> int:
    """Compare, print what differs, and return 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with papers/real, papers/seed, briefs")
    parser.add_argument("--other", type=Path, help="the other checkout")
    parser.add_argument("--corpus", type=Path, help="ask the papers stored here, instead of reading them in both")
    parser.add_argument(
        "--snapshot", type=Path, help="write this checkout's digests here, or read them if they are there"
    )
    options = parser.parse_args()
    data = options.data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        ours = snapshot(data, options.corpus or Path(folder) / "ours")
        if options.other is None:
            if not options.snapshot.exists():
                options.snapshot.write_text(json.dumps(ours, indent=1, ensure_ascii=False) + "\n", "utf-8")
            theirs = json.loads(options.snapshot.read_text("utf-8"))
        else:
            theirs = _of_other(options.other.resolve(), data, options.corpus or Path(folder) / "theirs")
    wrong = differing(ours, theirs)
    for name in wrong:
        print(name)
    print(f"{len(ours)} compared, {len(wrong)} differ")
    return bool(wrong)


def _of_other(checkout: Path, data: Path, corpus: Path) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "digests.json"
        command = [sys.executable, str(HERE), "--data", str(data), "--corpus", str(corpus), "--snapshot", str(out)]
        subprocess.run(command, check=True, cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)})
        told: dict[str, str] = json.loads(out.read_text("utf-8"))
        return told


if __name__ == "__main__":
    sys.exit(main())
