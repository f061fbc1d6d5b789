"""Papers that are not on arXiv: allowed by name, read, cited, verified like any other, and linked nowhere."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from eval.run import verify
from rag import Brief, Engine, load_answer
from rag.answers import Answer
from rag.briefs import local_id, named, parse_paper
from rag.errors import BriefError, CorpusError, RecordError
from rag.papers import AllowedPaper, text_at
from rag.printing import BIBLIOGRAPHIES
from rag.record import check_answer, dump_answer
from tests.hash_embedder import HashEmbedder
from tests.make_pdfs import Sheet, make, stamp, wrap

OWLS = AllowedPaper(
    "local:heron2020", model="Night Vision of Barn Owls in Snow", doi="10.1234/owls.7", citekey="heron2020"
)
ASKED = "How many mice does OwlNet find?"
ABSTRACT = (
    "We study how barn owls see mice under snow. OwlNet takes a thermal photograph as input and predicts where each "
    "mouse is. OwlNet finds 87.5 % of the mice in 400 photographs, which is 12 points more than a trained observer."
)
SWIFTS = (
    "We measure the wear of swift feathers over ten years. OwlNet finds 99 % of the mice in 7 photographs of swifts."
)


def pdf(title: str, abstract: str, stamped: str = "") -> bytes:
    sheet = Sheet()
    sheet.text(72, 720, title, 16, "Times-Bold")
    sheet.text(72, 690, "Abstract", 12, "Times-Bold")
    sheet.lines(72, 670, wrap(abstract, 450))
    if stamped:
        stamp(sheet, stamped)
    return make([sheet])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pdfs"
    (made / "sub").mkdir(parents=True)
    (made / "heron2020.pdf").write_bytes(pdf("Night Vision of Barn Owls in Snow", ABSTRACT))
    (made / "sub" / "Swift & Co. - 2019.pdf").write_bytes(pdf("Feather Wear in Swifts", SWIFTS))
    return made


@pytest.fixture
def engine(folder: Path, tmp_path: Path) -> Engine:
    settings = Engine.open(tmp_path / "corpus", pdf_dir=folder, offline=True, llm=None).settings
    return Engine(settings, embedder=HashEmbedder())


@pytest.fixture
def answer(engine: Engine) -> Answer:
    return engine.ask(ASKED, [OWLS])


@pytest.mark.parametrize(
    ("given", "paper"),
    [
        ("local:heron2020", "local:heron2020"),
        (" LOCAL:heron2020.PDF ", "local:heron2020"),
        ("local:Swift & Co. - 2019.pdf", "local:Swift_Co._-_2019"),
        ("local:Müller_2019", "local:Müller_2019"),
        ("local:мышь", "local:мышь"),
        ("local:a...b", "local:a.b"),
        ("local:conv2", "local:conv2"),  # no version
    ],
)
def test_a_name_is_an_id(given: str, paper: str) -> None:
    """A file's name, as the user writes it, and the id that it becomes are the same paper, and stay so."""
    assert parse_paper(given) == parse_paper(paper) == (paper, None)
    assert named([given])[0].key == paper


@pytest.mark.parametrize(
    "given",
    [
        "../../etc/passwd", "a/b", "a\\b", "C:x", "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "<b>x</b>", "[x](y)",
        "x`y`", "$x$", "a|b", "", " ", "..", "--", "a" * 101, "2108.10257", "2108.10257v2", "arXiv.2108.10257",
        "\ud800", "℀",
    ],
)  # fmt: skip
def test_hostile_names_are_refused(given: str) -> None:
    """What could lead elsewhere than to a file of the folder, turn a line about, become markup, or is arXiv's."""
    with pytest.raises(BriefError, match="names no local paper"):
        parse_paper(f"local:{given}", "whitelist: ")


def test_it_is_read_and_cited_like_any_other(engine: Engine, answer: Answer) -> None:
    """The quote stands where it says, under the hash of the PDF; the record reads back and has no version."""
    assert engine.index is not None
    (claim,) = answer.claims
    (cited,) = claim.citations
    paper = engine.index.paper("local:heron2020")
    assert "87.5" in cited.quote == text_at(paper.pages, cited.spans)
    assert (cited.paper, cited.version, cited.pdf_sha256) == ("local:heron2020", None, paper.pdf_sha256)
    assert [(one.paper, one.state) for one in answer.coverage] == [("local:heron2020", "cited")]
    assert load_answer(answer.to_json()) == answer
    check_answer(answer)


def test_the_whitelist_is_the_users(engine: Engine, answer: Answer) -> None:
    """Another paper of the folder changes nothing until it is named; a question that names it is refused."""
    engine.ingest(["local:Swift & Co. - 2019"])
    assert dump_answer(engine.ask(ASKED, [OWLS]), run=False) == dump_answer(answer, run=False)
    refused = engine.ask("What does local:Swift_Co._-_2019 say of feathers?", [OWLS]).refusal
    assert refused is not None
    assert refused.kind == "paper_not_allowed"
    with pytest.raises(CorpusError, match=r"has no 'nobody\.pdf'"):
        engine.search("owls", ["local:nobody"])


@pytest.mark.parametrize("form", ["md", "json", "html"])
def test_what_is_printed_passes_the_judge(
    form: str, engine: Engine, answer: Answer, folder: Path, tmp_path: Path
) -> None:
    """In every form, with the corpus and with the PDFs alone; under another whitelist, or with another number, not."""
    file = tmp_path / f"answer.{form}"
    text = {"md": answer.to_markdown(), "json": answer.to_json(), "html": engine.page(answer)}[form]
    file.write_text(text, "utf-8")
    bare = engine.ask(ASKED, ["local:heron2020"])
    (tmp_path / f"bare.{form}").write_text(
        {"md": bare.to_markdown(), "json": bare.to_json(), "html": bare.to_html()}[form], "utf-8"
    )
    report = verify(tmp_path / f"bare.{form}", papers=["local:heron2020"], pdf_dirs=[folder])
    assert report["summary"]["violations"] == 0
    for corpus in (engine.settings.corpus, None):
        report = verify(file, papers=[OWLS], corpus=corpus, pdf_dirs=[folder])
        assert [one for case in report["cases"] for claim in case["claims"] for one in claim["violations"]] == []
        assert report["summary"]["violations"] == 0
        assert report["metrics"]["quote_fidelity"]["value"] == 1
    assert verify(file, papers=["local:swift"], pdf_dirs=[folder])["metrics"]["breach_rate"]["value"] == 1
    file.write_text(text.replace("87.5", "97.5"), "utf-8")
    assert verify(file, papers=[OWLS], pdf_dirs=[folder])["summary"]["violations"]


def test_a_table_over_it_passes_the_judge(engine: Engine, folder: Path, tmp_path: Path) -> None:
    """In every form, though the same file is stored under a second name."""
    (folder / "again.pdf").write_bytes((folder / "heron2020.pdf").read_bytes())
    engine.ingest(["local:again"])
    table = engine.table([OWLS, "local:Swift & Co. - 2019"], [ASKED, "input"])
    assert table.claims
    forms = {"md": table.to_markdown(), "json": table.to_json(), "html": table.to_html(), "csv": table.to_csv()}
    for form, text in forms.items():
        (tmp_path / f"table.{form}").write_text(text, "utf-8")
        report = verify(
            tmp_path / f"table.{form}",
            papers=[OWLS, "local:Swift_Co._-_2019"],
            corpus=engine.settings.corpus,
            pdf_dirs=[folder],
        )
        wrong = [(claim["text"], claim["violations"]) for case in report["cases"] for claim in case["claims"]]
        assert [one for one in wrong if one[1]] == [], form
        assert report["summary"]["violations"] == 0, form


def test_it_is_linked_nowhere_but_to_its_doi(engine: Engine, answer: Answer) -> None:
    """No address is made of a name; a record that gives another one is refused."""
    without = engine.ask(ASKED, ["local:heron2020"])
    printed = [form(without.references) for form in BIBLIOGRAPHIES.values()]
    for text in (without.to_markdown(), str(without), *printed):
        assert "http" not in text
        assert "heron2020" in text or text in printed
    for text in (answer.to_markdown(), str(answer), *(form(answer.references) for form in BIBLIOGRAPHIES.values())):
        assert "https://doi.org/10.1234/owls.7" in text
        assert "arxiv" not in text.lower()
    for url in ("https://evil.example/", "https://doi.org/../x", "https://arxiv.org/abs/local:heron2020"):
        with pytest.raises(RecordError):
            check_answer(replace(answer, references=(replace(answer.references[0], url=url),)))


def test_a_changed_file_is_read_again_and_two_of_a_name_are_told(engine: Engine, folder: Path) -> None:
    """The hash tells copies apart: a new one replaces the old, and of two in one folder none is guessed."""
    first = engine.ingest(["local:heron2020"]).added[0].pdf_sha256
    assert engine.ingest(["local:heron2020"]).kept
    (folder / "heron2020.pdf").write_bytes(pdf("Night Vision of Barn Owls in Snow", SWIFTS, "arXiv:2604.90001v1"))
    again = engine.ingest(["local:heron2020"]).added[0]
    assert again.pdf_sha256 != first
    assert [(kind, "2604.90001" in text) for kind, text in again.notices] == [
        ("on_arxiv", False)
    ]  # no other work is named
    (folder / "sub" / "heron2020.pdf").write_bytes(pdf("Night Vision", ABSTRACT))
    (failed,) = (
        Engine(replace(engine.settings, corpus=folder), embedder=HashEmbedder()).ingest(["local:heron2020"]).failed
    )
    assert "two files of that name" in str(failed[1])


def test_entries_of_a_reference_manager_name_it(folder: Path, tmp_path: Path) -> None:
    """By the citekey, or the name of the file that the entry lists; what is in the entry goes into the answer."""
    pytest.importorskip("bibtexparser", reason="needs the extra refs")
    whitelists = importlib.import_module("rag.cli.whitelists")
    bib = tmp_path / "refs.bib"
    bib.write_text(
        "@article{swift:2019, title={Feather Wear in Swifts}, doi={10.1234/swifts},\n"
        "  file={Full Text:storage/AB12/Swift & Co. - 2019.pdf:application/pdf}}\n"
    )
    (entry,) = whitelists.entries_of(str(bib))
    assert entry.state == "not on arXiv"
    assert "-p local:swift_2019" in entry.reason
    (paper,) = whitelists.expanded([str(bib), "local:swift_2019"])
    assert (paper.doi, paper.citekey, paper.file) == ("10.1234/swifts", "swift:2019", "Swift & Co. - 2019.pdf")
    settings = Engine.open(tmp_path / "corpus", pdf_dir=folder, offline=True, llm=None).settings
    told = Engine(settings, embedder=HashEmbedder()).ask("What is measured of swift feathers?", [paper])
    assert told.references[0].url == "https://doi.org/10.1234/swifts"
    assert told.references[0].citekey == "swift:2019"


def test_briefs_and_whitelists_may_name_it() -> None:
    """A line of a brief, of its list, an entry of a whitelist."""
    brief = Brief.parse(f"Question: {ASKED}\n\nPapers:\n- local:heron2020\nPaper: local:Swift & Co. - 2019\n")
    assert [paper.paper for paper in brief.papers] == ["local:heron2020", "local:Swift_Co._-_2019"]
    assert local_id("Swift & Co. - 2019") == brief.papers[1].paper
