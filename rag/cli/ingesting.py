"""Offer `rag ingest` and `rag papers`: what is stored, and bringing papers in."""

from __future__ import annotations

from typing import Annotated

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
from rag.language import EVIDENCE
from rag.papers import Paper

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
    with resumable(settings, papers), progress_bars() as progress:
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
    """List the stored papers."""
    from rag.searching import Index

    index = Index.existing(settings_of(corpus, None, True, None).index_dir)
    for entry in index.entries if index else ():
        typer.echo(f"{entry.key:<18} {entry.rows:>5} passages  {printable(entry.title)}")
    if not index or not index.entries:
        typer.echo("no papers yet; run: rag ingest BRIEF", err=True)


def papers_show(
    key: Annotated[str, typer.Argument(help="Id, with version where several are stored.")], corpus: Corpus = None
) -> None:
    """Show what is stored of a paper: pages, sections, what could not be read."""
    from rag.searching import Index

    index = Index.open(settings_of(corpus, None, True, None).index_dir)
    entry = index.entry(stored_key(index, key))
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
    for label, texts in left_out(paper).items():
        words = sum(len(text.split()) for text in texts)
        typer.echo(f"  no evidence, {words} words of {label}: {printable(' | '.join(texts))[:LEFT_OUT_SHOWN]}")
    for hidden in paper.hidden:
        typer.echo(f"  hidden text on page {hidden.page} ({hidden.reason}): {printable(hidden.text)[:200]}")


def left_out(paper: Paper) -> dict[str, list[str]]:
    """Return what a paper shows and no answer can cite, by label."""
    found: dict[str, list[str]] = {}
    for page in paper.pages:
        for region in page.regions:
            if region.label not in EVIDENCE and region.label not in ("title", "heading"):
                found.setdefault(region.label, []).append(" ".join(page.text[region.start : region.end].split()))
    return found


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
