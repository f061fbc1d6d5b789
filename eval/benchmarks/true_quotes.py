"""Put true sentences of papers before the judge as quotes, and altered ones, and count how many it condemns.

    python -m eval.benchmarks.true_quotes --data ../shared/papers/real [--per-paper 120] [--show 20]

Sentences, captions and rows of tables of every PDF, as a record cites them (spans and hashes) and as Markdown quotes
them (words alone), with their citation marks and without, against the stored pages and the raw PDF: every verdict but
good and "cannot be checked" is wrong. Altered, a word is dropped, exchanged with its neighbour, negated, or a digit is
another: every verdict but bad is wrong.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eval.bench import Bench
from eval.cases import Case
from eval.checks_quote import check_citation
from eval.exhibits import Cite
from eval.library import Library
from eval.quotes.citation_marks import References, marks, masked
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
    if len(sentence.text.split()) < MIN_WORDS:
        return
    yield "Markdown", Cite("", "pdf", paper.paper, paper.version, sentence.text)
    references = References.of(paper)
    if list(marks(sentence.text, references)):
        bare = " ".join(masked(sentence.text, references).split())
        yield "with marks", Cite("", "pdf", paper.paper, paper.version, sentence.text)
        yield "without", Cite("", "pdf", paper.paper, paper.version, bare)
    for quote in altered(sentence.text, random.Random(sentence.number)):  # noqa: S311 - a sample
        yield "altered", Cite("", "pdf", paper.paper, paper.version, quote)


def altered(text: str, rng: random.Random) -> Iterator[str]:
    """Yield a text with a word dropped, two words exchanged, a negation put in, a digit changed."""
    words = text.split()
    plain = [n for n in range(1, len(words) - 1) if words[n].isalpha() and len(words[n]) > 1]
    if not plain:
        return
    at = rng.choice(plain)
    yield " ".join([*words[:at], *words[at + 1 :]])
    yield " ".join([*words[:at], "not", *words[at:]])
    if words[at].lower() != words[at + 1].lower():
        yield " ".join([*words[:at], words[at + 1], words[at], *words[at + 2 :]])
    if digits := [match.start() for match in re.finditer(r"\d", text)]:
        place = rng.choice(digits)
        yield text[:place] + str((int(text[place]) + 3) % 10) + text[place + 1 :]


def main() -> int:
    """Print the counts by form and level."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--per-paper", type=int, default=120)
    parser.add_argument("--show", type=int, default=0, help="print so many quotes that were judged wrongly")
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
            if bool(finding.faults) == (form != "altered") and args.show > 0:
                args.show -= 1
                print(f"{paper.paper} {form} {finding.faults}: {cite.quote!r}", file=sys.stderr)
    for (form, what), count in sorted(counts.items()):
        print(f"{form:10}{what:28}{count:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
