"""Count the errors of sentence splitters on the paragraphs of real papers.

    python eval/benchmarks/text_sentences.py --data ../shared/papers/real

Errors that need no taste: a piece that begins in the middle (lower case, closing bracket, comma), a cut after an
abbreviation that needs a word (et al., Fig., Eq., e.g., i.e., cf., an initial), a missed stop before a word that
only begins sentences. Pieces of formulas are left out. pysbd is measured where it is installed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from rag.language import boundaries, is_formula
from rag.reading import read_paper

Split = Callable[[str], list[str]]
_MIDDLE = re.compile(r"^[a-z)\],;:]")
_CUT = re.compile(r"(?:\bet al|\b[Ff]igs?|\b[Ee]qs?|\bSecs?|\bRefs?|\be\.g|\bi\.e|\bcf|\bvs|\bresp|(?:^|\s)[A-Z])\.$")
_MISSED = re.compile(
    r"[a-z)\]][.!?] (?:However|Moreover|Furthermore|We|It|This|These|Therefore|Thus|Finally|In contrast)\b"
)


def ours(text: str) -> list[str]:
    """Cut with Paperbound's rules."""
    return [text[start:end] for start, end in boundaries(text)]


def pysbd() -> Split:
    """Return pysbd's splitter for English."""
    import pysbd

    segmenter = pysbd.Segmenter(language="en", clean=False)
    return lambda text: [piece.strip() for piece in segmenter.segment(text)]


def regex(text: str) -> list[str]:
    """Cut after every stop before a capital letter."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)


def paragraphs(pdf: Path) -> list[str]:
    """Return the body paragraphs of a paper as one string each."""
    found: dict[int, list[str]] = defaultdict(list)
    for sentence in read_paper(pdf, pdf.stem, None).sentences:
        if sentence.label in ("abstract", "body", "appendix") and "formula" not in sentence.flags:
            found[sentence.paragraph].append(sentence.text)
    return [" ".join(texts) for texts in found.values()]


def errors(split: Split, texts: list[str]) -> dict[str, float]:
    """Return counts of errors, pieces and seconds of one splitter."""
    count: Counter[str] = Counter()
    start = time.process_time()
    pieces = [split(text) for text in texts]
    seconds = time.process_time() - start
    for parts in pieces:
        for number, piece in enumerate(parts):
            if is_formula(piece):
                continue
            count["pieces"] += 1
            count["begins in the middle"] += bool(number and _MIDDLE.search(piece))
            count["cut after an abbreviation"] += bool(number + 1 < len(parts) and _CUT.search(piece))
            count["missed stop"] += len(_MISSED.findall(piece))
    return {**count, "CPU seconds": round(seconds, 2)}


def main() -> int:
    """Print the counts as JSON; write them where `--out` says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    texts = [text for pdf in sorted(options.data.glob("*.pdf")) for text in paragraphs(pdf)]
    splitters: dict[str, Split] = {"paperbound": ours, "stop and capital": regex}
    if find_spec("pysbd"):
        splitters["pysbd"] = pysbd()
    figures = {name: errors(split, texts) for name, split in splitters.items()}
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
