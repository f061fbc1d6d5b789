"""Count which claims the gates let into an answer in their own words: right ones kept, wrong ones passed, per kind.

    python -m eval.benchmarks.claims_printed --data ../shared [--verbose] [--json FILE]

Every line of DATA/bench/claims/*.jsonl is a claim, the sentences it cites, whether they support it, and how it was made
wrong (`kind`; a claim that an expert wrote has none). The cited sentences become evidence of one allowed paper, flagged
as the reader flags them. A model's part is not measured: only `rag.gates.check` is asked, with its built-in support.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.benchmarks.sets import read_lines
from eval.benchmarks.tables import markdown
from rag.answers import DraftClaim, Evidence, Task
from rag.gates import check
from rag.language import flags_of, read_question
from rag.papers import AllowedPaper, Point

PAPER = AllowedPaper("0000.00001")


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold a claim, whether people support it, how it was made wrong, and the gates that stop it."""

    claim: str
    supported: bool
    kind: str
    failures: tuple[str, ...]


def judged(folder: Path) -> Iterator[Judged]:
    """Yield the verdicts on every claim of a folder's JSONL files."""
    for file in sorted(folder.glob("*.jsonl")):
        for row in read_lines(file):
            texts = row["evidence"]
            evidence = {
                f"E{i}": Evidence(f"E{i}", "pdf", text, PAPER.paper, 1, number=i, flags=flags_of(text))
                for i, text in enumerate(texts, 1)
            }
            task = Task(read_question(""), (Point("Answer"),), (PAPER,), tuple(evidence.values()))
            failures = check(DraftClaim(row["claim"], tuple(evidence)), evidence, task)
            kind = row.get("kind", file.stem)
            yield Judged(row["claim"], row["supported"], kind, tuple(failure.reason for failure in failures))


def table(found: Sequence[Judged]) -> list[dict[str, object]]:
    """Return a row per kind, all right and all wrong claims first: how many there are, how many pass."""
    groups = {"all right": [item for item in found if item.supported]}
    groups["all wrong"] = [item for item in found if not item.supported]
    for kind in sorted({item.kind for item in found}):
        groups[kind] = [item for item in found if item.kind == kind]
    return [
        {"claims": name, "n": len(group), "passed": (passed := sum(not item.failures for item in group)),
         "share": round(passed / len(group), 3)}
        for name, group in groups.items() if group
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder that holds bench/claims")
    parser.add_argument("--verbose", action="store_true", help="print right claims stopped and wrong ones passed")
    parser.add_argument("--json", type=Path, help="write every verdict here")
    options = parser.parse_args()
    found = list(judged(options.data / "bench" / "claims"))
    if not found:
        raise SystemExit(f"no .jsonl file in {options.data / 'bench' / 'claims'}")
    print(markdown(table(found)))
    for item in found if options.verbose else ():
        if item.supported == bool(item.failures):
            print(f"{item.kind}: {', '.join(item.failures) or 'passed'}: {item.claim}")
    if options.json:
        options.json.write_text(json.dumps([asdict(item) for item in found], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
