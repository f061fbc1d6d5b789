"""Measure how much of a paper's own LaTeX text each extractor gives back, verbatim and in order.

    python eval/benchmarks/text_latex.py --data ../shared/bench/latex-truth --papers ../shared/papers/real

Truth: the prose sentences of the `.tex` files, macros resolved or taken out; sentences with formulas are left out.
A sentence counts when its words stand in the extractor's text one after another, blanks between them as written
(a line end counts as one); `in order` is the longest run of found sentences whose places rise.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from eval.benchmarks.extractors import Extract, installed, paperbound, pdfplumber, pymupdf, pypdf, sentences

_COMMENT = re.compile(r"(?<!\\)%.*")


def truth(folder: Path) -> list[str]:
    """Return the prose sentences of a paper's LaTeX, its parts in the order in which they are put in."""
    text = _inputs(folder, (folder / "main.tex").read_text("utf-8"))
    body = text.split("\\begin{document}", 1)[-1].split("\\begin{thebibliography}")[0]
    body = re.sub(
        r"\\begin\{(equation|align|figure|table|tabular|algorithm)\*?\}.*?\\end\{\1\*?\}", "\n\n", body, flags=re.DOTALL
    )
    found = []
    for paragraph in re.split(
        r"\n\s*\n|\\(?:sub)*section\*?\{[^}]*\}|\\paragraph\{[^}]*\}|\\item|\\(?:begin|end)\{\w+\}", body
    ):
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(paragraph.split())):
            if not re.search(r"\$|\\\(|\\\[|\\(?:footnote|marginpar|thanks|author|title|url|href|And)\b", sentence):
                plain = _plain(sentence)
                if re.fullmatch(r"[A-Z].{30,}[.!?]", plain) and "\\" not in plain and "[[" not in plain:
                    found.append(plain)
    return found


def _inputs(folder: Path, text: str) -> str:
    text = _COMMENT.sub("", text)

    def insert(match: re.Match[str]) -> str:
        path = folder / (match[1] if match[1].endswith(".tex") else f"{match[1]}.tex")
        return _inputs(folder, path.read_text("utf-8")) if path.is_file() else ""

    return re.sub(r"\\input\{?([\w./-]+)\}?", insert, text)


def _plain(text: str) -> str:
    text = re.sub(r"~?\\cite\w*(?:\[[^\]]*\])?\{[^}]*\}", " [[", text)
    text = re.sub(r"\\(?:emph|textit|textbf|texttt|textsc)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\(?:it|bf|em)\b|[{}]", "", text)
    text = text.replace("``", "“").replace("''", "”").replace("~", " ").replace("\\%", "%").replace("---", "—")
    return " ".join(text.replace("--", "–").split())


def found_at(text: str, sentence: str) -> int:
    """Return where a sentence stands in a text, -1 for nowhere; line ends count as blanks, quotes are alike."""
    return text.find(_same(sentence))


def _same(text: str) -> str:
    return " ".join(re.sub("[“”\"]|``|''", '"', text).replace("’", "'").split())


def measure(extract: Extract, pdf: Path, wanted: Sequence[str]) -> dict[str, float]:
    """Return the shares of sentences found, and found in order, in per cent."""
    text = _same("\n".join(extract(pdf)))
    places = [place for sentence in wanted if (place := found_at(text, sentence)) >= 0]
    tails: list[int] = []
    for place in places:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
    whole = len(wanted)
    return {
        "sentences": whole,
        "found %": round(100 * len(places) / whole, 1),
        "in order %": round(100 * len(tails) / whole, 1),
    }


def main() -> int:
    """Print a table of extractors as JSON; write it where `--out` says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder of LaTeX per paper id")
    parser.add_argument("--papers", type=Path, required=True, help="folder of the PDFs")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    figures = {
        folder.name: {
            name: measure(extract, options.papers / f"{folder.name}.pdf", truth(folder))
            for name, extract in installed(sentences, paperbound, pypdf, pdfplumber, pymupdf).items()
        }
        for folder in sorted(options.data.iterdir())
        if (folder / "main.tex").is_file()
    }
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
