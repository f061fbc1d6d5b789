"""Measure how many true sentences of PDFs are found again, and that altered ones are not.

    python eval/benchmarks/text_quotes.py --data ../shared/papers/real

The sentences come from pypdf, an extractor of its own. Rules for a clean prose sentence: it starts with a capital
letter, ends with a full stop, has 8 to 45 words, at least 80 % of its characters are letters, half of its words are
lower-case words of three letters or more, it holds no sign of mathematics and none of a reference list, and no page
after the heading "References" is used. Line ends stay in the quote. Found means: on the page that pypdf read; a
sentence that stands on several pages (counted as "repeated") is also right when it is found on another of them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.quotes import Finder, normal
from rag.papers import Paper
from rag.reading import read_paper

PER_PAPER = 60
MUTATIONS = 10_000
SEED = 20250101
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MATH = re.compile(
    r"[=<>≤≥∈∑∏∫√∂∇≈≡→←∞·×÷±{}|^_\\]|[\u0370-\u03ff]|[\U0001d400-\U0001d7ff]|\(cid:|[\ue000-\uf8ff\x00-\x08]"
)
_REFERENCE = re.compile(r"\b(?:arXiv preprint|In Proceedings|pp\.|et al\.,? (?:19|20)\d\d\.|doi:|https?:)|^\[\d+\]")
_MARKS = tuple(  # what stands between letters, and what says something else in its place
    (re.compile(pattern), other)
    for pattern, other in (
        (r"(?<=\d)\s?×\s?(?=\d)", " / "),
        (r"(?<=\d)\s?×\s?(?=\d)", " · "),
        (r"(?<=\d)\s?·\s?(?=\d)", " / "),
        (r"(?<=\d)[-–](?=\d)", ", "),
        (r"(?<=\d), (?=\d)", "-"),
        (r"\^[-−](?=\d)", "-"),
        (r"\^(?=\d)", "_"),
        (r"(?<=[a-z]);(?= [a-z])", "."),
        (r"(?<=[a-z]{3})\.(?= [A-Z][a-z])", ";"),
        (r"<(?=.*\w)", ">"),
        (r"[≤≥](?=.*\w)", "="),
        (r"[=≈](?=.*\w)", "≠"),
        (r" \+ (?=\w)", " - "),
        (r"∈(?=.*\w)", "∉"),
        (r"→(?=.*\w)", "←"),
        (r"√(?=.*\w)", ""),
        (r"±(?=.*\w)", "+"),
        (r"%", "‰"),
        (r"\$(?=\d)", "€"),
        (r" (?=[A-Za-z]{3})", " ~"),
        (r" (?=[A-Za-z]{3})", " !"),
        (r" (?=[A-Za-z]{3})", " ¬"),
    )
)
_SYMBOL = re.compile(r"(?<= )[B-HJ-Zb-hj-z](?= [a-z=<∈])|(?<=\d )(?:[mnpk][msgW]|[kMG]Hz|[kMG]B)\b")
_NEGATIONS = ("not", "no", "never", "without", "cannot")


def clean_sentences(pdf: Path) -> Iterator[tuple[int, str]]:
    """Yield page number and text of every clean prose sentence that pypdf reads."""
    from pypdf import PdfReader

    for number, page in enumerate(PdfReader(pdf).pages, 1):
        text = page.extract_text()
        head = re.search(r"^\W*(?:\d+\.?\s*)?(?:references|bibliography)\s*$", text, re.IGNORECASE | re.MULTILINE)
        for sentence in _SENTENCE.split(text[: head.start()] if head else text):
            if is_clean(sentence):
                yield number, sentence.strip()
        if head:
            return


def is_clean(sentence: str) -> bool:
    """Apply the rules of the module's docstring to one sentence."""
    words = sentence.split()
    letters = sum(char.isalpha() for char in sentence)
    plain = sum(bool(re.fullmatch(r"[a-z]{3,}[,;:.]?", word)) for word in words)
    return (
        8 <= len(words) <= 45
        and bool(re.match(r"[A-Z][a-z]*\b", sentence.strip()))
        and sentence.strip().endswith(".")
        and letters > 0.8 * len("".join(words))
        and plain >= 0.5 * len(words)
        and not _MATH.search(sentence)
        and not _REFERENCE.search(sentence)
        and not re.search(r"^\s*\d+\s*$|Figure \d|Table \d|^\s*Fig", sentence, re.MULTILINE)
    )


def mutations(sentences: Sequence[str], stored: Sequence[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield kind and text of altered sentences, without end.

    Words are altered in sentences that pypdf reads, marks in those that the paper was stored as: they hold formulas.
    """
    true = {normal(sentence) for sentence in (*sentences, *stored)}
    while True:
        change = chance.choice((number, negation, name, swap, stitch, mark, case))
        marks = change in (mark, case)
        sentence = chance.choice(stored if marks else sentences)
        altered = change(sentence, chance.choice(sentences), chance)
        if altered and (marks or normal(altered) not in true):  # two halves can make a sentence that stands there
            yield change.__name__, altered


def number(sentence: str, _: str, chance: random.Random) -> str:
    """Change one number."""
    found = list(re.finditer(r"\d+", sentence))
    if not found:
        return ""
    match = chance.choice(found)
    return sentence[: match.start()] + str(int(match[0]) + chance.randint(1, 9)) + sentence[match.end() :]


def negation(sentence: str, _: str, chance: random.Random) -> str:
    """Drop a negation, or put one after an auxiliary verb."""
    words = sentence.split()
    places = [index for index, word in enumerate(words) if word.lower() in _NEGATIONS]
    if places:
        del words[chance.choice(places)]
        return " ".join(words)
    places = [
        index for index, word in enumerate(words) if word in ("is", "are", "can", "was", "were", "does", "has", "have")
    ]
    if not places:
        return ""
    words.insert(chance.choice(places) + 1, "not")
    return " ".join(words)


def name(sentence: str, other: str, chance: random.Random) -> str:
    """Put another sentence's name in the place of one."""
    pattern = r"(?<=[a-z,] )[A-Z][A-Za-z]+"
    ours, theirs = list(re.finditer(pattern, sentence)), re.findall(pattern, other)
    if not ours or not theirs:
        return ""
    match = chance.choice(ours)
    theirs_name: str = chance.choice(theirs)
    return sentence[: match.start()] + theirs_name + sentence[match.end() :]


def swap(sentence: str, _: str, chance: random.Random) -> str:
    """Let two words change places."""
    words = sentence.split()
    first, second = sorted(chance.sample(range(len(words) - 1), 2))
    words[first], words[second] = words[second], words[first]
    return " ".join(words)


def stitch(sentence: str, other: str, chance: random.Random) -> str:
    """Join the first half of one sentence to the second half of another."""
    words, more = sentence.split(), other.split()
    return " ".join(words[: chance.randint(3, len(words) - 3)] + more[-chance.randint(3, len(more) - 3) :])


def mark(sentence: str, _: str, chance: random.Random) -> str:
    """Exchange, add or drop one mark between the letters."""
    places = [(match, other) for pattern, other in _MARKS for match in pattern.finditer(sentence)]
    if not places:
        return ""
    # every kind of mark gets its turn, however often it stands there
    other = chance.choice(sorted({other for _, other in places}))
    match = chance.choice([match for match, kind in places if kind == other])
    return sentence[: match.start()] + other + sentence[match.end() :]


def case(sentence: str, _: str, chance: random.Random) -> str:
    """Change the case of a symbol or of a unit's first letter."""
    found = list(_SYMBOL.finditer(sentence))
    if not found:
        return ""
    at = chance.choice(found).start()
    return sentence[:at] + sentence[at].swapcase() + sentence[at + 1 :]


def main() -> int:
    """Print the figures of every paper and the whole as Markdown; write JSON where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder of PDFs")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--show", type=int, default=0, help="print so many quotes that were not found")
    options = parser.parse_args()
    chance = random.Random(SEED)  # noqa: S311  # a sample, not a secret
    papers: list[tuple[Paper, list[tuple[int, str]]]] = []
    for pdf in sorted(options.data.glob("*.pdf")):
        found = list(clean_sentences(pdf))
        papers.append((read_paper(pdf, pdf.stem, None), chance.sample(found, min(PER_PAPER, len(found)))))
    figures = {"quotes": _find(papers, options.show), "mutations": _mutate(papers, chance)}
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


def _find(papers: Sequence[tuple[Paper, list[tuple[int, str]]]], show: int) -> dict[str, object]:
    counts: Counter[str] = Counter()
    rows = {}
    for paper, quotes in papers:
        finder = Finder.of(paper)
        found = 0
        for page, quote in quotes:
            location = finder.find(quote)
            right = location is not None and page in {span.page for span in location.spans}
            if location and not right and normal(quote) in normal(paper.pages[page - 1].text):
                right = True
                counts["repeated"] += 1
            found += right
            counts["found"] += right
            counts["wrong page"] += location is not None and not right
            if not right and show > 0:
                show -= 1
                print(f"{paper.paper} page {page} {'WRONG PAGE' if location else ''}: {quote!r}", file=sys.stderr)
        counts["all"] += len(quotes)
        rows[paper.paper] = f"{found}/{len(quotes)}"
    share = round(100 * counts["found"] / counts["all"], 2) if counts["all"] else None
    return {**counts, "per cent": share, "papers": rows}


def _mutate(papers: Sequence[tuple[Paper, list[tuple[int, str]]]], chance: random.Random) -> dict[str, object]:
    finders = [(paper, Finder.of(paper), [quote for _, quote in quotes]) for paper, quotes in papers if len(quotes) > 1]
    made: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    streams = [(finder, mutations(quotes, _stored(paper), chance)) for paper, finder, quotes in finders]
    while made.total() < MUTATIONS:
        finder, stream = chance.choice(streams)
        kind, altered = next(stream)
        made[kind] += 1
        location = finder.find(altered)
        if location:
            accepted[kind] += 1
            print(f"accepted {kind}: {altered!r}", file=sys.stderr)
    return {"made": dict(made), "accepted": accepted.total()}


def _stored(paper: Paper) -> list[str]:
    """Return the paper's own sentences of some length: unaltered, each is found."""
    finder = Finder.of(paper)
    running = [part.text for part in paper.sentences if part.label == "body" and not part.flags]
    return [text for text in running if len(text.split()) >= 8 and finder.find(text)]


if __name__ == "__main__":
    sys.exit(main())
