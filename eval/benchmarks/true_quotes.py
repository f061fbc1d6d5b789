"""Put true sentences of papers before the judge as quotes, and count how many it condemns.

    python -m eval.benchmarks.true_quotes --data ../shared/papers/real [--per-paper 120] [--show 20]

Sentences, captions and rows of tables of every PDF, as a record cites them (spans and hashes) and as Markdown quotes
them (words alone), against the stored pages and the raw PDF. Every verdict but good and "cannot be checked" is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eval.bench import Bench
from eval.cases import Case
from eval.checks_quote import check_citation
from eval.exhibits import Cite
from eval.library import Library
from eval.stored_pages import sha256
from rag.papers import AllowedPaper, Paper, Sentence
from rag.reading import read_paper

LABELS = ("body", "abstract", "caption", "table")
SEED = 3
MIN_WORDS = 4  # of a quote in Markdown


def citations(paper: Paper, sentence: Sentence) -> Iterator[tuple[str, Cite]]:
    """Yield a true citation of a sentence in each form."""
    hashes = tuple(sha256(paper.pages[span.page - 1].text) for span in sentence.spans)
    yield "record", Cite(
        "", "pdf", paper.paper, paper.version, sentence.text, sentence.spans,
        quote_sha256=sha256(sentence.text), pdf_sha256=paper.pdf_sha256, page_text_sha256=hashes,
    )  # fmt: skip
    if len(sentence.text.split()) >= MIN_WORDS:
        yield "Markdown", Cite("", "pdf", paper.paper, paper.version, sentence.text)


def main() -> int:
    """Print the counts by form and level."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--per-paper", type=int, default=120)
    parser.add_argument("--show", type=int, default=0, help="print so many quotes that were condemned")
    args = parser.parse_args()
    papers = [read_paper(pdf, pdf.stem, None) for pdf in sorted(args.data.glob("*.pdf"))]
    library = Library(papers=papers, pdf_dirs=[args.data])
    counts: Counter[tuple[str, str]] = Counter()
    for paper in papers:
        bench = Bench(Case("true", "", (AllowedPaper(paper.paper, None),)), library)
        stock = [sentence for sentence in paper.sentences if sentence.label in LABELS]
        chosen = random.Random(SEED).sample(stock, min(args.per_paper, len(stock)))  # noqa: S311 - a sample
        for form, cite in (pair for sentence in chosen for pair in citations(paper, sentence)):
            finding = check_citation(cite, bench)
            counts[form, "all"] += 1
            counts.update({(form, f"stored {finding.stored}"): 1, (form, f"pdf {finding.pdf}"): 1})
            counts.update(
                {(form, "condemned"): bool(finding.faults), **{(form, kind): 1 for kind, _ in finding.faults}}
            )
            if finding.faults and args.show > 0:
                args.show -= 1
                print(f"{paper.paper} {form} {finding.faults}: {cite.quote!r}", file=sys.stderr)
    for (form, what), count in sorted(counts.items()):
        print(f"{form:10}{what:28}{count:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
