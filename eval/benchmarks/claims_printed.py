"""Count which claims the gates let into an answer in their own words: right ones kept, wrong ones passed, per kind.

    python -m eval.benchmarks.claims_printed --data ../shared [--verbose] [--json FILE]

    python -m eval.benchmarks.claims_printed --data ../shared --llm openai:NAME   # ... and a model's check of meaning

Every line of DATA/bench/claims/*.jsonl is a claim, the sentences it cites, whether they support it, and how it was made
wrong (`kind`; a claim that an expert wrote has none). An expert's claims stand under the brief of the same name
(DATA/briefs), all others under a whitelist of the three papers whose sentences they cite; a sentence belongs to the
paper whose PDF (DATA/papers) holds its letters. Sentences are flagged as the reader flags them.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pypdfium2 import PdfDocument

from eval.benchmarks.sets import read_lines
from eval.benchmarks.tables import markdown
from rag.answers import DraftClaim, Evidence, Task
from rag.briefs import Brief
from rag.chat import open_chat
from rag.gates import Support, check
from rag.language import flags_of, read_question
from rag.papers import AllowedPaper, Point
from rag.writers.model_check import DEFAULT_THRESHOLD, ModelCheck

STRETCH = 24  # letters looked up at once
WHITELIST = (
    AllowedPaper("1810.04805", model="BERT: Pre-training of Deep Bidirectional Transformers"),
    AllowedPaper("2005.11401", model="RAG: Retrieval-Augmented Generation"),
    AllowedPaper("2004.04906", model="DPR: Dense Passage Retrieval"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold a claim, whether people support it, how it was made wrong, and the gates that stop it."""

    claim: str
    supported: bool
    kind: str
    failures: tuple[str, ...]


def judged(data: Path, support: Support | None = None) -> Iterator[Judged]:
    """Yield the verdicts on every claim of a folder's JSONL files; `support` None means the built-in check."""
    for file in sorted((data / "bench" / "claims").glob("*.jsonl")):
        brief = data / "briefs" / f"{file.stem.removeprefix('expert-')}.txt"
        asked = Brief.load(brief) if brief.is_file() else Brief("", (), WHITELIST)
        question, owners = read_question(asked.question, asked.points, asked.papers), Owners.of(asked.papers, data)
        for row in read_lines(file):
            evidence = {
                f"E{number}": replace(item, id=f"E{number}")
                for number, item in enumerate((cited(text, asked.question, owners) for text in row["evidence"]), 1)
            }
            task = Task(question, (Point("Answer", about_user=True),), asked.papers, tuple(evidence.values()))
            claim = DraftClaim(row["claim"], tuple(evidence), subject=row.get("subject"), stage=row.get("stage"))
            failures = check(claim, evidence, task, support, task.points[0])
            kind = row.get("kind", file.stem)
            yield Judged(row["claim"], row["supported"], kind, tuple(failure.reason for failure in failures))


def cited(text: str, question: str, owners: Owners) -> Evidence:
    """Return a sentence as evidence of the question that holds it, or of the paper."""
    if text in question:
        return Evidence("", "brief", text)
    return Evidence("", "pdf", text, owners.paper_of(text), 1, flags=flags_of(text))


@dataclass(frozen=True, slots=True)
class Owners:
    """Hold the letters of each paper's PDF."""

    letters: Mapping[str, str]

    @classmethod
    def of(cls, papers: Sequence[AllowedPaper], data: Path) -> Owners:
        """Read the PDFs of the papers wherever they lie under DATA/papers."""
        letters = {}
        for paper in papers:
            for file in sorted((data / "papers").glob(f"*/{paper.paper}*.pdf")):
                with PdfDocument(file) as pdf:
                    letters[paper.paper] = squeezed(" ".join(page.get_textpage().get_text_bounded() for page in pdf))
        return cls(letters)

    def paper_of(self, sentence: str) -> str:
        """Return the paper that holds most stretches of a sentence, the first one where none does."""
        text = squeezed(sentence)
        pieces = [text[start : start + STRETCH] for start in range(0, max(1, len(text) - STRETCH), STRETCH)]
        return max(self.letters, key=lambda paper: sum(piece in self.letters[paper] for piece in pieces))


def squeezed(text: str) -> str:
    """Return a text's letters and digits alone, so that line ends, hyphens and ligatures part nothing."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).lower()))


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
    parser.add_argument("--llm", help="chat model that checks, after the exact gates; default: the built-in check")
    parser.add_argument("--threshold", type=float, help="of the model's check; default: the usual one")
    parser.add_argument("--verbose", action="store_true", help="print right claims stopped and wrong ones passed")
    parser.add_argument("--json", type=Path, help="write every verdict here")
    options = parser.parse_args()
    support = None
    if options.llm:
        threshold = DEFAULT_THRESHOLD if options.threshold is None else options.threshold
        support = ModelCheck(open_chat(options.llm), threshold)
    found = list(judged(options.data, support))
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
