"""A document proves what its record proves, and nothing where it shows anything else."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eval import run
from eval.report import Report
from rag import Brief, Engine
from rag.answers import Answer
from rag.cli.judging import reprinted
from rag.errors import RecordError
from rag.printing import EXPORTS, Format, printed_as
from rag.printing.documents import Manner
from rag.settings import resource
from rag.tables import Table
from tests.hash_embedder import HashEmbedder

BRIEF = resource("demo") / "brief.txt"
DOCUMENTS = [form for form in Format if EXPORTS[form].dialect]
ARCHIVES = (Format.docx, Format.odt)
MANNERS: tuple[Manner, ...] = ("notes", "blocks")
PAPERS = ["2604.90001", "2604.90002"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("documents")
    settings = Engine.open(folder, pdf_dir=resource("demo") / "pdf", offline=True, llm=None).settings
    return Engine(settings, embedder=HashEmbedder())


@pytest.fixture(scope="module")
def answer(engine: Engine) -> Answer:
    return engine.ask(Brief.load(BRIEF))


@pytest.fixture(scope="module")
def table(engine: Engine) -> Table:
    return engine.table(PAPERS, ["main limitation", "Colour: Which colour is the river?"])


def verified(data: bytes, form: Format, engine: Engine, folder: Path, **more: object) -> Report:
    file = folder / f"answer{EXPORTS[form].suffix}"
    file.write_bytes(data)
    allowed = {"brief": BRIEF, "corpus": engine.settings.corpus, "reprint": reprinted} | more
    return run.verify(file, **allowed)  # type: ignore[arg-type]


def told(report: Report) -> list[tuple[str, str]]:
    """Return kind and place of all that is wrong, and what was not read."""
    found = [(fault["kind"], fault["place"]) for case in report["cases"] for fault in case["around"]]
    found += [
        ("claim", fault["kind"]) for case in report["cases"] for one in case["claims"] for fault in one["violations"]
    ]
    return found + [("unread", part["place"]) for case in report["cases"] for part in case["unread"]]


@pytest.mark.parametrize("form", DOCUMENTS)
def test_a_document_proves_what_its_record_proves(form: Format, answer: Answer, engine: Engine, tmp_path: Path) -> None:
    """With quotes in either place, nothing is found wrong, and every claim was judged."""
    for quotes in MANNERS:
        data = printed_as(answer, form, quotes)
        report = verified(data, form, engine, tmp_path)
        assert told(report) == []
        assert report["summary"]["good"] >= len(answer.claims) > 3


@pytest.mark.parametrize("form", DOCUMENTS)
def test_a_table_is_judged_row_by_row(form: Format, table: Table, engine: Engine, tmp_path: Path) -> None:
    report = verified(printed_as(table, form), form, engine, tmp_path, brief=None, papers=PAPERS)
    assert told(report) == []
    assert [case["id"] for case in report["cases"]] == PAPERS


def changed(data: bytes, change: Callable[[str], str], form: Format) -> bytes:
    """Return a document of which the visible text was changed, not the record."""
    if form not in ARCHIVES:
        head, mark, rest = data.decode().partition("paperbound-record")
        return (change(head) + mark + rest).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            shown = name in ("word/document.xml", "content.xml")
            new.writestr(name, change(text.decode()).encode() if shown else text)
    return made.getvalue()


@pytest.mark.parametrize("form", DOCUMENTS)
def test_what_is_shown_must_be_what_the_record_prints(
    form: Format, answer: Answer, engine: Engine, tmp_path: Path
) -> None:
    """A word changed, put in or taken out, or a link led elsewhere, is named, though the record holds."""
    data = printed_as(answer, form)
    word = answer.in_short[0].text.split()[1]
    for change in (
        lambda text: text.replace(f" {word} ", " never ", 1),
        lambda text: text.replace(f" {word} ", f" {word} not ", 1),
        lambda text: text.replace(f" {word} ", " ", 1),
        lambda text: text.replace("https://arxiv.org/pdf/2604.90001v1", "https://arxiv.org/pdf/2604.90002v1", 1),
    ):
        other = changed(data, change, form)
        if other == changed(data, str, form):
            assert form is Format.docx  # whose links stand in a part of their own
            continue
        assert told(verified(other, form, engine, tmp_path)) == [("altered_record", "document")], form


@pytest.mark.parametrize("form", ARCHIVES)
def test_an_archive_that_was_saved_again_is_not_clean(
    form: Format, answer: Answer, engine: Engine, tmp_path: Path
) -> None:
    """Its words are compared, and it is told that its looks were not; a picture or text in a header is a difference."""
    data = printed_as(answer, form)
    again = changed(data, lambda text: re.sub(r"<(w:document|office:document-content)", r"<!-- -->\g<0>", text), form)
    assert told(verified(again, form, engine, tmp_path)) == [("unread", "document")]
    if form is Format.docx:
        header = io.BytesIO(data)
        with zipfile.ZipFile(header, "a") as archive:
            words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
            archive.writestr(
                "word/header1.xml", f'<w:hdr xmlns:w="{words}"><w:p><w:r><w:t>All false.</w:t></w:r></w:p></w:hdr>'
            )
        assert told(verified(header.getvalue(), form, engine, tmp_path)) == [("altered_record", "document")]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.parametrize("form", ARCHIVES)
def test_a_record_outlives_an_editor(form: Format, answer: Answer, engine: Engine, tmp_path: Path) -> None:
    """Saved again by LibreOffice, a document still bears its record, and its words and links are the same."""
    (tmp_path / f"answer.{form}").write_bytes(printed_as(answer, form))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    command = ["soffice", home, "--headless", "--convert-to", str(form), "--outdir", str(tmp_path / "again")]
    subprocess.run([*command, str(tmp_path / f"answer.{form}")], check=True, capture_output=True, timeout=300)
    again = (tmp_path / "again" / f"answer.{form}").read_bytes()
    assert told(verified(again, form, engine, tmp_path)) == [("unread", "document")]


def test_a_record_that_was_altered_in_a_document_is_judged_as_anywhere(
    answer: Answer, engine: Engine, tmp_path: Path
) -> None:
    """Its digests tell, and the claim is no longer its source's."""
    notebook = json.loads(printed_as(answer, Format.ipynb))
    record = notebook["metadata"]["paperbound-record"]["record"]
    record["in_short"][0]["text"] = "TernBurst restores every video without flicker."
    report = verified(json.dumps(notebook).encode(), Format.ipynb, engine, tmp_path)
    assert {("altered_record", "in_short"), ("altered_record", "document"), ("claim", "quote_mismatch")} <= set(
        told(report)
    )


def test_the_bibliography_beside_latex_must_be_the_records(answer: Answer, engine: Engine, tmp_path: Path) -> None:
    bib = tmp_path / "answer.bib"
    data = printed_as(answer, Format.tex, name="answer")
    bib.write_bytes(b"% ours\n\n" + printed_as(answer, Format.bib))
    assert told(verified(data, Format.tex, engine, tmp_path)) == []
    bib.write_text(bib.read_text().replace("arxiv.org", "example.org"))
    assert told(verified(data, Format.tex, engine, tmp_path)) == [("altered_record", "document")]


def test_without_a_printer_what_is_shown_is_not_vouched_for(answer: Answer, engine: Engine, tmp_path: Path) -> None:
    report = verified(printed_as(answer, Format.odt), Format.odt, engine, tmp_path, reprint=None)
    assert told(report) == [("unread", "document")]


def test_what_carries_no_record_is_named(engine: Engine, tmp_path: Path) -> None:
    """A foreign or broken document is refused in one line; a bomb and a document type are, too."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (65 << 20))
    entities = io.BytesIO()
    with zipfile.ZipFile(entities, "w") as archive:
        archive.writestr("meta.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    broken = b"% paperbound-record\n% QlpoOTFBWSZTWQ==\n"
    for form, data, words in (
        (Format.docx, b"PK no archive", "no document"),
        (Format.docx, bomb.getvalue(), "more than 64 MB"),
        (Format.odt, entities.getvalue(), "document type"),
        (Format.tex, b"\\documentclass{article}", "carries no record"),
        (Format.tex, broken, "not whole"),
        (Format.ipynb, b"[]", "no document"),
        (Format.qmd, b"# Ours\n", "carries no record"),
    ):
        with pytest.raises(RecordError, match=words):
            verified(data, form, engine, tmp_path)
