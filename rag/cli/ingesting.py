"""Offer `rag ingest` and `rag papers`: what is stored, and bringing papers in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import (
    EXIT_BAD_INPUT,
    Corpus,
    Model,
    Offline,
    PdfDir,
    printable,
    progress_bars,
    resumable,
    settings_of,
)
from rag.cli.whitelists import papers_of, stored_key
from rag.papers import Paper

if TYPE_CHECKING:
    from rag.searching import Entry

MARK_LENGTH = 2  # letters and digits of a footnote's mark at most
LEFT_OUT_SHOWN = 300  # characters of each kind of text that is no evidence


def ingest(
    what: Annotated[
        list[str] | None, typer.Argument(help="Briefs, whitelists (TOML, JSON) or arXiv ids.", show_default=False)
    ] = None,
    paper: Annotated[
        list[str] | None, typer.Option("--paper", "-p", help="A paper, as in other commands; repeat for more.")
    ] = None,
    corpus: Corpus = None,
    pdf_dir: PdfDir = None,
    offline: Offline = False,
    model: Model = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Begin the index anew with these papers.")] = False,
) -> None:
    """Fetch papers, read them and make them searchable; what is stored already is left alone."""
    from rag.ingest import ingest as bring_in

    settings = settings_of(corpus, pdf_dir, offline, model)
    papers = papers_of([*(what or ()), *(paper or ())], settings)
    with resumable(settings, papers), progress_bars(lines=True) as progress:
        report = bring_in(papers, settings, rebuild=rebuild, progress=progress)
    for entry in report.added:
        typer.echo(f"added {entry.key:<18} {entry.rows:>4} passages  {printable(entry.title)}")
        for kind, text in entry.notices:
            typer.echo(f"      note ({kind}): {printable(text)}")
    if report.kept:
        typer.echo(f"kept {len(report.kept)} that were there already")
    for allowed, error in report.failed:
        reason = str(error).removeprefix(f"{allowed.key}: ")
        typer.echo(f"failed {allowed.key}: {printable(reason)}", err=True)
    if report.failed and not (report.added or report.kept):
        raise typer.Exit(EXIT_BAD_INPUT)


def papers_list(corpus: Corpus = None) -> None:
    """List the stored papers: the year of the id, what can be done with it, passages, title.

    A paper is ready, holds nothing readable, or is old: read by an earlier build, `rag ingest ID` reads it again.
    """
    from rag.printing import year
    from rag.searching import Index

    index = Index.existing(settings_of(corpus, None, True, None).index_dir)
    for entry in index.entries if index else ():
        told = f"{year(entry.paper):>4}  {state_of(entry):<10} {entry.rows:>5} passages  {printable(entry.title)}"
        typer.echo(f"{entry.key:<18} {told}")
    if not index or not index.entries:
        typer.echo("no papers yet; run: rag ingest BRIEF", err=True)


def state_of(entry: Entry) -> str:
    """Return what can be done with a stored paper, in a word."""
    from rag.reading import extractor

    return "unreadable" if not entry.rows else "ready" if entry.extractor == extractor() else "old"


class TableFormat(StrEnum):
    """Name how a paper's tables are printed."""

    MARKDOWN = "md"
    CSV = "csv"


def papers_show(
    key: Annotated[str, typer.Argument(help="Id, with version where several are stored.")],
    corpus: Corpus = None,
    tables: Annotated[bool, typer.Option("--tables", help="Print the paper's tables, cell by cell.")] = False,
    form: Annotated[TableFormat, typer.Option("--format", "-f", help="How --tables prints.")] = TableFormat.MARKDOWN,
) -> None:
    """Show what is stored of a paper: pages, sections, what could not be read; or its tables."""
    from rag.searching import Index

    index = Index.open(settings_of(corpus, None, True, None).index_dir)
    entry = index.entry(stored_key(index, key))
    if tables:
        show_tables(entry, form)
        return
    paper = index.paper(entry.key)
    typer.echo(f"{entry.key}  {printable(paper.title)}\n{printable(', '.join(paper.authors))}".rstrip())
    typer.echo(
        f"{len(paper.pages)} pages, {len(paper.sentences)} sentences, {len(paper.passages)} passages; read by {paper.extractor}"
    )
    typer.echo(f"PDF {entry.pdf} sha256 {paper.pdf_sha256}")
    if paper.copy:
        typer.echo(f"not as arXiv has it: {paper.copy}")
    for section in dict.fromkeys(passage.section for passage in paper.passages):
        typer.echo(f"  {printable(' / '.join(section)) or '(front)'}")
    for gap in paper.gaps:
        typer.echo(f"  not well readable: {printable(gap)}")
    shown = sum(len(page.text.split()) for page in paper.pages)
    lost = left_out(paper)
    away = sum(len(text.split()) for texts in lost.values() for text in texts)
    typer.echo(f"{shown - away} of {shown} words that the pages show can be quoted, or are headings")
    for label, texts in lost.items():
        words = sum(len(text.split()) for text in texts)
        typer.echo(f"  no evidence, {words} words of {label}: {printable(' | '.join(texts))[:LEFT_OUT_SHOWN]}")
    for hidden in paper.hidden:
        typer.echo(f"  hidden text on page {hidden.page} ({hidden.reason}): {printable(hidden.text)[:200]}")


def show_tables(entry: Entry, form: TableFormat) -> None:
    """Print the tables of a stored paper's PDF; raise `PdfError` where it is another file by now."""
    from rag.errors import PdfError
    from rag.fetching import pdf_sha256
    from rag.printing import printed_csv, printed_markdown
    from rag.reading import tables_of

    path = Path(entry.pdf)
    if pdf_sha256(path) != entry.pdf_sha256:
        raise PdfError(f"{entry.key}: {path} has changed since it was read; run: rag ingest {entry.key}")
    found = tables_of(path)
    if not found:
        typer.echo(f"{entry.key} has no table with a caption", err=True)
        return
    typer.echo(printed_csv(found) if form is TableFormat.CSV else printed_markdown(found), nl=False)


def left_out(paper: Paper) -> dict[str, list[str]]:
    """Return what a paper shows and no answer can cite, by label: tables are left out by row."""
    from rag.reading import is_evidence

    cited = {(span.page, span.start, span.end) for s in paper.sentences if is_evidence(s) for span in s.spans}
    found: dict[str, list[str]] = {}
    for page in paper.pages:
        spans = sorted((start, end) for number, start, end in cited if number == page.number)
        for region in page.regions:
            if region.label in ("title", "heading"):
                continue
            held = [span for span in spans if span[0] < region.end and span[1] > region.start]
            for text in between(page.text, region.start, region.end, held):
                found.setdefault(region.label, []).append(text)
    return found


def between(text: str, start: int, end: int, held: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the stretches of a region's text around those that are `held`, in order; the mark of a footnote is none."""
    for left, right in [*held, (end, end)]:
        part = " ".join(text[start:left].split())
        if sum(map(str.isalnum, part)) > MARK_LENGTH:
            yield part
        start = max(start, right)


def papers_remove(
    keys: Annotated[list[str], typer.Argument(help="Ids, with version where several are stored.")],
    corpus: Corpus = None,
) -> None:
    """Remove papers from the index: text, words and vectors."""
    from rag.ingest import remove
    from rag.searching import Index

    settings = settings_of(corpus, None, True, None)
    for key in keys:
        stored = stored_key(Index.open(settings.index_dir), key)
        remove(stored, settings)
        typer.echo(f"removed {stored}")
