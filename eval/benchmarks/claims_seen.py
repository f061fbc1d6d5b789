"""Count which wrong claims the judge sees, by how they are wrong, and how often it gives alarm at right ones.

    python -m eval.benchmarks.claims_seen --data ../shared [--judge openai:NAME] [--verbose]

Every line of DATA/bench/claims/*.jsonl is a claim with the sentences it cites, read as `claims_printed` reads them.
Three columns: a violation; a violation or no support by wording; with `--judge` a violation or a mistake that the chat
model finds, believed from the threshold that the committed claims set (`eval/model_judge.py`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.agreement import calibrate
from eval.bench import Bench
from eval.benchmarks.claims_printed import WHITELIST, Owners
from eval.benchmarks.sets import read_lines
from eval.benchmarks.tables import markdown
from eval.cases import Case
from eval.checks_claim import check_claim
from eval.exhibits import Cite, Statement
from eval.library import Library
from eval.model_judge import FAITHFUL, labels, sparing
from eval.relevance import Asking
from eval.support import supported
from rag.briefs import Brief
from rag.chat import open_chat
from rag.settings import cache_folder


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold a claim, whether it is right, how it is wrong, what the exact checks say, and a model's score."""

    claim: str
    right: bool
    kind: str
    violations: tuple[str, ...]
    supported: bool
    score: float | None


def seen(data: Path, asking: Asking | None) -> Iterator[Seen]:
    """Yield what the judge says of every claim of a folder's JSONL files."""
    for file in sorted((data / "bench" / "claims").glob("*.jsonl")):
        brief = data / "briefs" / f"{file.stem.removeprefix('expert-')}.txt"
        asked = Brief.load(brief) if brief.is_file() else Brief("", (), WHITELIST)
        case, owners = Case("claims", asked.question, tuple(asked.papers)), Owners.of(asked.papers, data)
        rows = list(read_lines(file))
        if asking:
            asking.hear(("\n".join(row["evidence"]), row["claim"]) for row in rows)
        for row in rows:
            quotes = tuple(row["evidence"])
            cites = tuple(
                Cite(f"citations[{n}]", "pdf", owners.paper_of(text), quote=text) for n, text in enumerate(quotes)
            )
            faults = check_claim(Statement("claim", "", row["claim"], cites), quotes, Bench(case, Library()))
            yield Seen(
                row["claim"],
                row["supported"],
                row.get("kind", file.stem),
                tuple(kind for kind, _ in faults),
                supported(row["claim"], quotes, case.granted),
                asking.score("\n".join(quotes), row["claim"]).value if asking else None,
            )


def table(found: Sequence[Seen], threshold: float | None) -> list[dict[str, object]]:
    """Return a row per kind, all right and all wrong claims first."""
    groups = {"all right": [one for one in found if one.right], "all wrong": [one for one in found if not one.right]}
    groups |= {kind: [one for one in found if one.kind == kind] for kind in sorted({one.kind for one in found})}
    return [
        {"claims": name, "n": len(group), **dict(_shares(group, threshold))} for name, group in groups.items() if group
    ]


def _shares(group: Sequence[Seen], threshold: float | None) -> Iterator[tuple[str, float]]:
    yield "violation", round(sum(bool(one.violations) for one in group) / len(group), 3)
    yield "or not borne by wording", round(sum(alarm(one) for one in group) / len(group), 3)
    if threshold is not None:
        yield "violation or the model's word", round(sum(alarm(one, threshold) for one in group) / len(group), 3)


def alarm(one: Seen, threshold: float | None = None) -> bool:
    """Tell whether the judge finds fault with a claim: alone, or with a model from its threshold on."""
    if threshold is None or one.score is None:
        return bool(one.violations) or not one.supported
    return bool(one.violations) or one.score < threshold


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder that holds bench/claims")
    parser.add_argument("--judge", help="the chat model, PROVIDER:MODEL")
    parser.add_argument("--verbose", action="store_true", help="print false alarms and wrong claims not seen")
    given = parser.parse_args()
    asking = Asking(open_chat(given.judge, cache=cache_folder() / "judge"), FAITHFUL) if given.judge else None
    faith = calibrate(asking, labels(), limit=sparing) if asking else None
    threshold = faith.threshold if faith else None
    if faith:
        print(f"{faith.model}: AUC {faith.auc}, believed from {threshold}; unscored: {dict(faith.unscored)}")
    found = list(seen(given.data, asking))
    if not found:
        raise SystemExit(f"no .jsonl file in {given.data / 'bench' / 'claims'}")
    print(markdown(table(found, threshold)))
    for one in found if given.verbose else ():
        if one.right == alarm(one, threshold):
            print(f"{one.kind}: {', '.join(one.violations) or 'no violation'}, {one.score}: {one.claim}")


if __name__ == "__main__":
    main()
