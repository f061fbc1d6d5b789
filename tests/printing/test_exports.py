"""A document of an answer is the same bytes each time, says what the answer says, and no text in it becomes markup."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.answers import Answer, Claim, Dropped, Reference, Section
from rag.errors import SettingsError
from rag.printing import EXPORTS, Format, format_of, forms_of, printed_as
from rag.printing.escape import escape_every, plain
from tests.printing.test_table import hostile as hostile_table
from tests.printing.test_table import sample as sample_table
from tests.sample_answers import HOSTILE, answer_of, demo_answer

DOCUMENTS = [form for form in Format if EXPORTS[form].dialect]
ARCHIVES = (Format.docx, Format.odt)
SIGNS = (  # each is a sign of some reader's: LaTeX, Quarto, Obsidian, Jupyter, Word's fields
    *(text.replace("\ud800", "") for text in HOSTILE),  # which no record holds
    r"\input{/etc/passwd} \write18{id} \end{document} \begin{verbatim} ^^5cinput $x$ \(y\) % gone",
    "{{< video https://example.org/v.mp4 >}} {{% include a %}} {{ 7*7 }}",
    "[[a note]] ![[embedded]] #tag %%hidden%% ==marked== ^block key:: value [also:: this] <% tp.file %>",
    "```{python}",
    "`{python} 1+1` `= this.file` `r 1`",
    "::: {.column-margin}",
    "> [!danger] Beware",
    "@fig-one [@nobody2020, p. 3] [^1]: note [x]: https://example.org 'title'",
    "# heading {#id .class key=val}",
    "1. first",
    "(a) first",
    "- [ ] task | cell | cell",
    "--- ... 'smart' \"quotes\" :smile: ~~gone~~ H~2~O x^2^ &amp; &#60;b&#62; <b>bold</b> *it* __us__",
    "[link](https://example.org) <https://example.org> https://example.org/{{<x>}}?a=[[b]]#c www.example.org",
    "{ MACROBUTTON x } <w:p/> ]]> <!DOCTYPE x> \ufffe\uffff",
    "\\",
)
ACTIVE = "[]{}()<>#%=:|~^`$@&!*_-+.,;/\\'\"ab1 "
COMMANDS = set(  # of LaTeX, that pandoc writes for what the program says itself
    """arraybackslash begin bibliography bottomrule cite def emph end endhead endlastfoot footnote href item label ldots
    linewidth LTcaptype maketitle midrule noalign par quad raggedright real section subsection tabcolsep textbf
    textasciicircum textasciigrave textasciitilde textbackslash textbar textgreater textless textquotesingle tightlist
    texorpdfstring toprule""".split()
)
READ = {  # how pandoc reads a form again: with all that its own reader knows
    Format.tex: "latex",
    Format.qmd: "markdown+autolink_bare_uris+wikilinks_title_after_pipe+mark+emoji+hard_line_breaks",
    Format.obsidian: "markdown+autolink_bare_uris+wikilinks_title_after_pipe+mark-citations",
    Format.ipynb: "ipynb",
    Format.docx: "docx",
    Format.odt: "odt",
}
KINDS = set(
    """Para Plain Str Space SoftBreak Strong Emph Link Note BulletList BlockQuote Header Table Code Cite Quoted Span Div
    Double Single DoubleQuote SingleQuote AlignDefault AlignLeft ColWidth ColWidthDefault NormalCitation AuthorInText
    MetaInlines MetaList MetaMap MetaString MetaBlocks MetaBool HorizontalRule""".split()
)
CITED = {Format.tex: {"RawInline"}}  # pandoc leaves some citations as they are


@cache
def printed(form: Format, quotes: Any = "notes") -> bytes:
    return printed_as(demo_answer(), form, quotes)


@cache
def hostile(form: Format) -> bytes:
    return printed_as(full_of(SIGNS), form)


def full_of(texts: tuple[str, ...]) -> Answer:
    """Return an answer in which the first text stands wherever text from outside can, and each as title and claim."""
    whole = answer_of(texts[0])
    quote = whole.sections[0].claims[0].citations[0]
    cited = [replace(quote, quote=text, section=text, paper=text) for text in texts]
    own = [Claim(text, "own_words", (one,)) for text, one in zip(texts, cited, strict=True)]
    told = [Section(text, "prose", (claim,)) for text, claim in zip(texts, own, strict=True)]
    steps = tuple(replace(claim, stage="model", subject=texts[0]) for claim in own)
    return replace(
        whole,
        question=" ".join(texts)[:90],
        sections=(*whole.sections, *told, Section("Steps", "workflow", steps)),
        references=(*whole.references, *(Reference(text, 1, text, (text,), text, text) for text in texts[1:])),
        dropped=tuple(Dropped(text, text, text) for text in texts),
    )


def read(data: bytes, form: str) -> Any:
    """Return what pandoc reads a document as, but for the comment that carries its record."""
    data = data.partition(b"<!-- paperbound-record")[0]
    command = [pypandoc.get_pandoc_path(), "--sandbox", "--from", form, "--to=json"]
    return json.loads(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict) and "t" in part:
        yield part
    for child in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from nodes(child)


def said(part: Any) -> str:
    """Return all words, without blanks."""
    told = (one["c"] if one["t"] == "Str" else one["c"][1] if one["t"] == "Code" else "" for one in nodes(part))
    return re.sub(r"[\s\u200b\u00a0]", "", "".join(told))


def parts(data: bytes) -> dict[str, ET.Element]:
    """Return the parts of an archive, each well-formed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        return {name: ET.fromstring(archive.read(name)) for name in names}  # noqa: S314 - ours


@pytest.mark.parametrize("form", DOCUMENTS)
def test_the_same_answer_is_the_same_bytes(form: Format) -> None:
    """Whatever the clock says and however long the answer took."""
    again = replace(demo_answer(), run={"seconds": 3.5})
    assert printed_as(again, form) == printed(form)
    assert printed(form) != printed(form, "blocks")


@pytest.mark.parametrize("form", DOCUMENTS)
def test_a_document_says_what_the_answer_says(form: Format) -> None:
    """Every claim and every quote stands in it, in either manner; pages are cited, and links lead to them."""
    answer = demo_answer()
    for quotes in ("notes", "blocks"):
        document = read(printed(form, quotes), READ[form])
        text = said(document)
        for claim in answer.claims:
            assert re.sub(r"\s", "", claim.text) in text
            assert all(re.sub(r"\s", "", cited.quote) in text for cited in claim.citations)
        links = {one["c"][2][0] for one in nodes(document) if one["t"] == "Link"}
        assert "https://arxiv.org/pdf/2604.90001v1#page=1" in links or (quotes == "blocks" and form != "obsidian")
    if form is Format.tex:
        assert rb"\cite[p.~1]{quillfeather2026ternburst}" in printed(form)
    elif form is not Format.obsidian:
        assert re.search(r"quillfeather2026ternburst|Quillfeather2026,1", text)


@pytest.mark.parametrize("form", DOCUMENTS)
def test_nothing_hostile_becomes_markup(form: Format) -> None:
    """Read again with all signs known, a document has the parts that the program wrote and the words as they were."""
    document = read(hostile(form), READ[form])
    kinds = Counter(one["t"] for one in nodes(document))
    assert not {kind for kind in kinds if kind not in KINDS} - CITED.get(form, set())
    for one in nodes(document["blocks"]):
        if one["t"] == "RawInline":  # of a citation that pandoc leaves as it is
            assert re.fullmatch(r"\\cite(?:\[pp?\.~[\d–-]+\])?\{\w+\}", one["c"][1])
        if one["t"] == "Link":
            assert re.match(r"https://(?:arxiv\.org|github\.com)/|#(?!\w*://)", one["c"][2][0]), one
    text = said(document)
    for word in chain(*(plain(sign).split(" ") for sign in SIGNS)):
        assert (re.sub("[`|]", "", word) if form is Format.tex else word) in text  # pandoc reads no \textbar


def test_hostile_text_begins_nothing_in_the_source() -> None:
    """LaTeX gets only commands that pandoc writes; Markdown none of the signs that its readers know."""
    body = hostile(Format.tex).decode().partition(r"\begin{document}")[2].partition(r"\end{document}")[0]
    assert set(re.findall(r"(?<!\\)(?:\\\\)*\\([A-Za-z]+)", body)) <= COMMANDS
    assert "^^" not in body
    for form in (Format.qmd, Format.obsidian):
        text = hostile(form).decode().partition("<!-- paperbound-record")[0]
        assert not re.findall(r"\{\{|%%|==|::|```|\$|\[\[(?!#\^paper-)|<(?!/?https://)|\{", text)
    notebook = nbformat.reads(hostile(Format.ipynb).decode(), 4)  # type: ignore[no-untyped-call]
    assert {cell.cell_type for cell in notebook.cells} == {"markdown"}


@settings(max_examples=150)
@given(
    st.lists(st.one_of(st.text("[]{}()<>#%=:|~^`$@&!*_-+.\\'\"a1 ", max_size=12), st.sampled_from(SIGNS)), min_size=1)
)
def test_escaped_text_is_one_paragraph_of_itself(pieces: list[str]) -> None:
    """Markdown reads it as words and code, which together are the text."""
    text = plain(" ".join(pieces))
    tokens = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(["table", "strikethrough", "linkify"])
    blocks = tokens.parse(escape_every(text))
    assert [block.type for block in blocks] == (["paragraph_open", "inline", "paragraph_close"] if text else [])
    inside = blocks[1].children or [] if text else []
    assert {one.type for one in inside} <= {"text", "code_inline", "text_special"}
    assert "".join(one.content for one in inside) == text


def test_random_signs_survive_pandoc() -> None:
    """Three hundred random texts, read by Quarto's and by GitHub's Markdown, are the words that they were."""
    rng = random.Random(7)  # noqa: S311 - a sample
    texts = ["".join(rng.choices(ACTIVE, k=rng.randint(1, 25))) for _ in range(300)]
    texts = list(filter(None, map(plain, texts)))
    for reader in (READ[Format.qmd], "gfm+wikilinks_title_after_pipe+attributes+smart", "commonmark_x"):
        document = read("\n\n".join(map(escape_every, texts)).encode(), reader)
        assert [block["t"] for block in document["blocks"]] == ["Para"] * len(texts), reader
        for block, text in zip(document["blocks"], texts, strict=True):
            assert said(block) == text.replace(" ", ""), reader


def test_the_links_of_a_note_lead_somewhere() -> None:
    """Every wikilink names a block of the note, once; every mark has its footnote, and every footnote its mark."""
    for quotes in ("notes", "blocks"):
        text = printed(Format.obsidian, quotes).decode()
        led = set(re.findall(r"\[\[#\^([\w-]+)\\?\|", text))
        assert led == set(re.findall(r" \^([\w-]+)$", text, re.MULTILINE))
        assert len(led) == 2
        marks, notes = re.findall(r"\[\^(\d+)\](?!:)", text), re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE)
        assert sorted(marks) == sorted(notes) == sorted(set(marks))
        assert bool(marks) == (quotes == "notes")


def test_a_notebook_is_one() -> None:
    """Its own library finds nothing wrong; it has a cell for the title and one for each section."""
    notebook = nbformat.reads(printed(Format.ipynb).decode(), 4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    heads = [cell.source.partition("\n")[0] for cell in notebook.cells]
    assert heads[0] == "# How does AI restore fast motion, and can it sharpen a blurred video?"
    assert heads[1:] == [f"## {title}" for title in (
        "In short", "What the papers do not say", "The task", "Workflow", "Papers and tools", "Coverage", "Not shown",
        "References",
    )]  # fmt: skip


@pytest.mark.parametrize("form", DOCUMENTS)
def test_tables_over_papers_are_documents_too(form: Format) -> None:
    """With a row for each paper, and whatever stands in it."""
    document = read(printed_as(sample_table(), form), READ[form])
    assert "takesaburstofeightdarkrawframes" in said(document)
    (grid,) = (one for one in nodes(document) if one["t"] == "Table")
    assert len(grid["c"][4][0][3]) == 2
    table = hostile_table("{{< x >}} [[y]] <b> $z$ | \\input{a} ```{python}")
    assert {one["t"] for one in nodes(read(printed_as(table, form), READ[form]))} <= KINDS | CITED.get(form, set())


@pytest.mark.parametrize("form", ARCHIVES)
def test_archives_tell_no_time_and_hold_no_program(form: Format) -> None:
    """All times are one, nothing is linked in but arXiv and code, no field or object stands in the text."""
    with zipfile.ZipFile(io.BytesIO(hostile(form))) as archive:
        assert {file.date_time for file in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    found = parts(hostile(form))
    tags = {element.tag.rpartition("}")[2] for part in found.values() for element in part.iter()}
    assert not tags & {"object", "drawing", "pict", "fldSimple", "instrText", "script", "event-listener", "altChunk"}
    for part in found.values():
        for element in part.iter():
            target = element.attrib.get("Target", "") if element.attrib.get("TargetMode") == "External" else ""
            assert not target or re.match(r"https://(?:arxiv\.org|github\.com)/", target)


def test_what_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the extra a document is refused before any work, and is not offered."""
    monkeypatch.setitem(sys.modules, "pypandoc", None)
    with pytest.raises(SettingsError, match=r"pip install 'paperbound\[export\]'"):
        format_of(tmp_path / "a.docx")
    with pytest.raises(SettingsError, match=r"pip install 'paperbound\[export\]'"):
        printed_as(demo_answer(), Format.tex)
    assert not set(forms_of("answer")) & set(DOCUMENTS)


def test_python_gives_documents_of_answers_and_tables() -> None:
    """By the name of the form; what is none is refused."""
    assert demo_answer().to_document("odt", "blocks") == printed(Format.odt, "blocks")
    assert b"\\begin{longtable}" in sample_table().to_document("tex")
    for form, quotes in (("md", "notes"), ("docx", "margins"), ("pdf", "notes")):
        with pytest.raises(SettingsError, match="choose of docx"):
            demo_answer().to_document(form, quotes)


def test_a_paper_that_is_not_on_arxiv_is_cited_by_its_own_name() -> None:
    """With its page, and no link."""
    answer = demo_answer()
    here = "local:quillfeather2026"
    cited = replace(answer.claims[0].citations[0], paper=here, version=None)
    claim = Claim("It measures what is lost.", "own_words", (cited,))
    listed = Reference(here, None, "TernBurst", ("Ada Quillfeather",), "", citekey="mine")
    answer = replace(answer, in_short=(claim,), sections=(), gaps=(), references=(listed,), coverage=(), notices=())
    assert b"\\cite[p.~2]{mine}, local:quillfeather2026, p. 2" in printed_as(answer, Format.tex)
    assert not [one for one in nodes(read(printed_as(answer, Format.docx), "docx")) if one["t"] == "Link"]


def test_a_section_without_claims_says_so() -> None:
    answer = replace(demo_answer(), sections=(Section("What it costs", "prose"),), in_short=(), gaps=())
    assert b"Nothing was found for this" in printed_as(answer, Format.qmd)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.parametrize("form", ARCHIVES)
def test_libreoffice_opens_it(form: Format, tmp_path: Path) -> None:
    """It makes a PDF of it that says what the answer says."""
    file = tmp_path / f"answer.{form}"
    for data in (hostile(form), printed(form)):
        file.write_bytes(data)
        home = f"-env:UserInstallation=file://{tmp_path}/home"
        command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        text = subprocess.run(
            ["pdftotext", "-raw", file.with_suffix(".pdf"), "-"], check=True, capture_output=True
        ).stdout
    assert "Aburstmeasureswhatasinglephotographhaslost." in re.sub(r"\s", "", text.decode())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xelatex") is None, reason="needs XeLaTeX")
def test_tex_compiles(tmp_path: Path) -> None:
    """The demo's answer with its bibliography, and one full of hostile text, which runs nothing."""
    for name, answer in (("demo", demo_answer()), ("hostile", full_of(SIGNS))):
        (tmp_path / f"{name}.tex").write_bytes(printed_as(answer, Format.tex, name=name))
        (tmp_path / f"{name}.bib").write_bytes(printed_as(answer, Format.bib))
        for command in ("xelatex", "bibtex", "xelatex", "xelatex"):
            more = ["-interaction=nonstopmode", "-halt-on-error"] if command == "xelatex" else []
            told = subprocess.run([command, *more, name], cwd=tmp_path, capture_output=True, timeout=300, check=False)
            assert told.returncode == 0, told.stdout.decode(errors="replace")[-1500:]
        assert (tmp_path / f"{name}.pdf").stat().st_size > 10_000
    assert "quillfeather2026ternburst" in (tmp_path / "demo.bbl").read_text()
