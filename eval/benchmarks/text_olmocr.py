"""Count how many of olmOCR-bench's facts each extractor's text bears out.

    python eval/benchmarks/text_olmocr.py --data ../shared/bench/olmocr

`present` and `order` allow for the fact's own `max_diffs` characters; `absent` looks at the whole text. A table fact
counts when one line of text holds the cell and the heading to its left, with nothing asked about headings above or
below, since plain text has no columns: such facts fail for everyone, and so do formulas, which ask for LaTeX.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.benchmarks.extractors import installed, pdfplumber, pymupdf, pypdf


def rows(pdf: Path) -> list[str]:
    """Read with Paperbound, furniture left out, each table row on a line of its own."""
    from rag.reading import read_paper

    paper = read_paper(pdf, pdf.stem, None)
    body = [
        page.text[part.start : part.end] for page in paper.pages for part in page.regions if part.label != "furniture"
    ]
    cells = [
        paper.pages[span.page - 1].text[span.start : span.end]
        for sentence in paper.sentences
        if "row" in sentence.flags
        for span in sentence.spans[-1:]
    ]
    return ["\n".join([*body, *cells])]


def plain(text: str) -> str:
    """Return a text in the form in which facts are compared: NFKC, plain quotes and dashes, single blanks."""
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "")
    text = re.sub("[‘’´`]", "'", re.sub("[“”]", '"', re.sub("[‐‑–—−]", "-", text)))
    return " ".join(text.split())


def place(needle: str, text: str, diffs: int) -> int:
    """Return where a text stands within so many differences, -1 for nowhere."""
    exact = text.find(needle)
    if exact >= 0 or not diffs:
        return exact
    previous = [(0, start) for start in range(len(text) + 1)]  # Sellers: differences so far, start of the match
    for count, char in enumerate(needle, 1):
        row = [(count, 0)]
        for index, other in enumerate(text, 1):
            same = (previous[index - 1][0] + (char != other), previous[index - 1][1])
            row.append(min(same, (previous[index][0] + 1, previous[index][1]), (row[-1][0] + 1, row[-1][1])))
        previous = row
    best = min(previous)
    return best[1] if best[0] <= diffs else -1


def holds(fact: Mapping[str, Any], raw: str) -> bool:
    """Tell whether an extractor's text bears out one fact."""
    text, diffs = plain(raw), int(fact.get("max_diffs") or 0)
    match fact["type"]:
        case "present":
            return place(plain(fact["text"]), text, diffs) >= 0
        case "absent":
            last, first = fact.get("last_n"), fact.get("first_n")
            part = text[-last:] if last else text[:first] if first else text
            return plain(fact["text"]).lower() not in part.lower()
        case "order":
            first, second = (place(plain(fact[key]), text, diffs) for key in ("before", "after"))
            return 0 <= first < second
        case "table":
            asked = {key for key in ("up", "down", "left", "right", "top_heading", "left_heading") if fact.get(key)}
            cell = plain(fact["cell"])
            return asked <= {"left_heading", "left"} and any(
                cell in line and all(plain(fact[key]) in line for key in asked) for line in map(plain, raw.splitlines())
            )
        case _:
            return False


def main() -> int:
    """Print passed facts per kind as JSON; write them where `--out` says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with dataset.jsonl and pdfs/")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", action="store_true", help="print the facts that Paperbound fails")
    options = parser.parse_args()
    lines = (options.data / "dataset.jsonl").read_text("utf-8").splitlines()
    facts = [json.loads(line) for line in lines if line.strip()]
    figures: dict[str, dict[str, str]] = {}
    for name, extract in installed(rows, pypdf, pdfplumber, pymupdf).items():
        texts: dict[str, str] = defaultdict(str)
        for pdf in {fact["pdf"] for fact in facts}:
            try:
                texts[pdf] = "\n".join(extract(options.data / "pdfs" / pdf))
            except Exception as error:  # noqa: BLE001  # a peer may fail in any way; that fails its facts
                print(f"{name}: {pdf}: {error}", file=sys.stderr)
        passed, whole = Counter[str](), Counter[str]()
        for fact in facts:
            good = holds(fact, texts[fact["pdf"]])
            whole[fact["type"]] += 1
            passed[fact["type"]] += good
            if options.show and name == "rows" and not good and fact["type"] != "math":
                print(json.dumps(fact, ensure_ascii=False), file=sys.stderr)
        figures["paperbound" if name == "rows" else name] = {
            **{kind: f"{passed[kind]}/{whole[kind]}" for kind in sorted(whole)},
            "all": f"{passed.total()}/{whole.total()}",
        }
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
