"""Switch off one heuristic of reading at a time, and count the sentences that change.

    python -m eval.benchmarks.reading_ablation --data ../shared [--only NAME] [--out FILE]

Every PDF under DIR/papers/real, DIR/papers/seed and DIR/bench/olmocr/pdfs (of another folder: every PDF in it) is read
as it is, and once more without each heuristic that did anything there: its function gives way to a stand-in that
decides nothing. A sentence, with its label and its headings, that is read only with the heuristic counts as lost, one
that is read only without it as new; so does the title. What changes nothing anywhere has no reason to stay, but for the
walls against hidden text, which real papers seldom meet. A new heuristic gets its row in `HEURISTICS`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from rag.errors import PdfError
from rag.reading import read_paper

FOLDERS = ("papers/real", "papers/seed", "bench/olmocr/pdfs")
ROOM = "rag.reading"

_Told = tuple[str, tuple[str, ...], str]  # label, headings, text


def _nothing(*_: Any, **__: Any) -> None:
    """Find nothing."""


def _no(*_: Any, **__: Any) -> bool:
    """Tell that it is not so."""
    return False


def _given(given: Any, *_: Any, **__: Any) -> Any:
    """Give back what was given."""
    return given


def _always(value: Any) -> Callable[..., Any]:
    """Return what returns a value, whatever it is given."""
    return lambda *_, **__: value


@dataclass(frozen=True, slots=True)
class Heuristic:
    """Name a heuristic, a function or a method in a module of the room, and what stands in for it."""

    module: str
    function: str
    stand_in: Callable[..., Any]

    @property
    def name(self) -> str:
        """Return the names of module and function."""
        return f"{self.module.split('.')[-1]}.{self.function.split('.')[-1]}"

    def home(self) -> tuple[Any, str]:
        """Return what holds the function, and under which name."""
        home: Any = import_module(f"{ROOM}.{self.module}")
        *owners, name = self.function.split(".")
        for owner in owners:
            home = getattr(home, owner)
        return home, name


HEURISTICS = (
    Heuristic("glyphs.fonts", "place_accents", lambda glyphs, words, box_of: (list(words), {})),
    Heuristic("glyphs.fonts", "read_symbols", _given),
    Heuristic("glyphs.occlusion", "Clips.of", _nothing),  # a wall: text that clips hide
    Heuristic("glyphs.occlusion", "Covers.share", _always(0.0)),  # a wall: text under what is painted
    Heuristic("glyphs.contrast", "alike", _no),  # a wall: text in the colour of its background
    Heuristic("glyphs.contrast", "visible", lambda calls, page, doubts, *_: [True] * len(doubts)),  # a wall: their end
    Heuristic("blocks.layout", "close_up", lambda last, word: word),
    Heuristic("blocks.layout", "resume", _no),
    Heuristic("blocks.layout", "begins_paragraph", _no),
    Heuristic("blocks.furniture", "line_numbers", lambda sheets: [frozenset()] * len(sheets)),
    Heuristic("blocks.furniture", "furniture", _always(frozenset())),
    Heuristic("blocks.furniture", "leads", _no),
    Heuristic("blocks.furniture", "set_apart", _always(())),
    Heuristic("blocks.block_parts", "names_throughout", _no),
    Heuristic("blocks.block_parts", "is_equation", _no),
    Heuristic("blocks.block_parts", "is_marked", _no),
    Heuristic("blocks.block_parts", "inner_caption", _always(0)),
    Heuristic("blocks.block_parts", "split_abstract", _nothing),
    Heuristic("blocks.block_parts", "split_keywords", _nothing),
    Heuristic("blocks.block_parts", "split_run_in", _nothing),
    Heuristic("blocks.block_parts", "capitals_apart", _no),
    Heuristic("blocks.block_parts", "split_line", _nothing),
    Heuristic("blocks.block_parts", "heads_paragraph", _no),
    Heuristic("blocks.first_page", "titles", _always(())),
    Heuristic("blocks.first_page", "goes_on", _no),
    Heuristic("blocks.first_page", "closed_up", _given),
    Heuristic("blocks.first_page", "is_notice", _no),
    Heuristic("blocks.first_page", "begins_notice", _no),
    Heuristic("blocks.first_page", "Extent.differs", _no),
    Heuristic("blocks.first_page", "lists_people", _no),
    Heuristic("blocks.headings", "find_heading", _nothing),
    Heuristic("blocks.headings", "stands_out", _no),
    Heuristic("blocks.headings", "is_roman", _no),
    Heuristic("blocks.labels", "all_body", _given),
    Heuristic("blocks.labels", "_Walk.unmarked_note", _no),
    Heuristic("blocks.labels", "touches", _no),
    Heuristic("blocks.labels", "join_formulas", lambda blocks: list(blocks)),
    Heuristic("readability", "broken", _no),
    Heuristic("readability", "flag_of", _always("")),
    Heuristic("readability", "is_unreadable", _no),
    Heuristic("readability", "is_shifted", _no),
    Heuristic("readability", "is_listing", _no),
    Heuristic("readability", "is_spelt_out", _no),
    Heuristic("readability", "without_codes", lambda text: " ".join(text.split())),
    Heuristic("tables.grid", "gather_tables", lambda blocks, prose, usual: list(blocks)),
    Heuristic("tables.grid", "is_one_row", _no),
    Heuristic("tables.grid", "looks_like_cells", _no),
    Heuristic("tables.grid", "stands_in_rows", _no),
    Heuristic("tables.grid", "strips_beside_stubs", _always([])),
    Heuristic("tables.headers", "header_on_one_line", _nothing),
    Heuristic("tables.headers", "header_on_one_middle", _nothing),
    Heuristic("tables.headers", "equal_groups", _nothing),
    Heuristic("tables.headers", "unequal_groups", _nothing),
    Heuristic("tables.headers", "counts_up", _no),
    Heuristic("tables.headers", "labels_of", _always({})),
    Heuristic("tables.rows", "are_side_by_side", _no),
    Heuristic("tables.rows", "is_beside_turned", _no),
    Heuristic("text.clean_text", "ligatures_of", _always({})),
    Heuristic("text.paragraphs", "goes_on", _no),
    Heuristic("text.paragraphs", "note_goes_on", _no),
)


@contextmanager
def replaced(heuristic: Heuristic, replacement: Callable[..., Any]) -> Iterator[None]:
    """Put something else wherever the room's modules hold the heuristic's function."""
    home, name = heuristic.home()
    function = getattr(home, name)
    modules = [module for key, module in sys.modules.items() if key.startswith(ROOM) and module is not home]
    holders = [home, *[module for module in modules if vars(module).get(name) is function]]
    for holder in holders:
        setattr(holder, name, replacement)
    try:
        yield
    finally:
        for holder in holders:
            setattr(holder, name, function)


def acting(path: Path, heuristics: Sequence[Heuristic]) -> tuple[Counter[_Told], list[Heuristic]]:
    """Return a PDF's sentences, and those of the heuristics that ever decided otherwise than their stand-ins."""
    found: dict[str, Heuristic] = {}

    def watched(heuristic: Heuristic) -> Callable[..., Any]:
        function = getattr(*heuristic.home())

        def watch(*given: Any, **named: Any) -> Any:
            told = function(*given, **named)
            if heuristic.name not in found and told != heuristic.stand_in(*given, **named):
                found[heuristic.name] = heuristic
            return told

        return watch

    with ExitStack() as stack:
        for heuristic in heuristics:
            stack.enter_context(replaced(heuristic, watched(heuristic)))
        usual = _sentences(path)
    return usual, list(found.values())


def changes(path: Path, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many sentences each heuristic changes in a PDF: lost without it, new without it.

    The PDF is read again only without those that did something.
    """
    usual, acted = acting(path, [heuristic for heuristic in HEURISTICS if heuristic.name in names])
    found: dict[str, tuple[int, int]] = {}
    for heuristic in acted:
        with replaced(heuristic, heuristic.stand_in):
            without = _sentences(path)
        found[heuristic.name] = (usual - without).total(), (without - usual).total()
    return found


def _sentences(path: Path) -> Counter[_Told]:
    """Return a PDF's sentences with labels and headings, and its title as one more; none of one that cannot be read."""
    try:
        paper = read_paper(path, path.stem, None)
    except PdfError:
        return Counter()
    sentences = [(sentence.label, sentence.section, sentence.text) for sentence in paper.sentences]
    return Counter([("title", (), paper.title), *sentences])


def main() -> int:
    """Read all PDFs, print a line per heuristic, and write the figures of each document where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=[heuristic.name for heuristic in HEURISTICS], action="append")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    names = options.only or [heuristic.name for heuristic in HEURISTICS]
    folders = [folder for name in FOLDERS if (folder := options.data / name).is_dir()] or [options.data]
    pdfs = sorted(pdf for folder in folders for pdf in folder.rglob("*.pdf"))
    told: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in names}
    with ProcessPoolExecutor(options.processes) as pool:
        for pdf, found in zip(pdfs, pool.map(changes, pdfs, [names] * len(pdfs)), strict=True):
            for name, figures in found.items():
                told[name][str(pdf.relative_to(options.data))] = figures
    print("documents in which it acts, of these with other sentences without it, sentences lost and new without it")
    for name, documents in told.items():
        changed = _changed(documents).values()
        lost, new = (sum(figures[place] for figures in changed) for place in (0, 1))
        print(f"{name:32} {len(documents):5} {len(changed):5} {lost:6} {new:6}")
    if options.out:
        versions = {name: metadata.version(name) for name in ("pypdfium2", "pypdf")}
        head = json.dumps({"documents": len(pdfs), "versions": versions, "sentences": "[lost, new] without it"})
        rows = [
            f'"{name}": {{"acts in": {len(documents)}, "changes": {json.dumps(_changed(documents))}}}'
            for name, documents in told.items()
        ]
        options.out.write_text(head[:-1] + ', "heuristics": {\n' + ",\n".join(rows) + "\n}}\n", "utf-8")
    return 0


def _changed(documents: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return the documents with other sentences."""
    return {name: figures for name, figures in documents.items() if any(figures)}


if __name__ == "__main__":
    sys.exit(main())
