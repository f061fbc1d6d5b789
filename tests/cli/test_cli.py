"""The command as a user meets it: answers on stdout, one line and exit code 2 for every mistake."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from rag import Brief
from rag.cli import app
from rag.cli.options import resumable
from rag.papers import AllowedPaper
from rag.settings import Settings, resource

DEMO = resource("demo")


def rag(*args: str | Path, corpus: Path) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    command = [sys.executable, "-m", "rag", *map(str, args), "--corpus", str(corpus)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    told = rag("ask", "--demo", corpus=folder)
    assert told.returncode == 0, told.stderr
    return folder


def test_the_demo_answers_with_page_citations(corpus: Path) -> None:
    """`rag ask --demo` prints every section, page links and gaps, and nothing on stderr."""
    told = rag("ask", "--demo", corpus=corpus)
    assert told.returncode == 0
    assert told.stderr == ""
    for part in ("## The task", "| Paper | Input | Model | Output |", "## What the papers do not say", ", p. 1]("):
        assert part in told.stdout


def test_json_is_the_record(corpus: Path, tmp_path: Path) -> None:
    """`--format json -o FILE` writes the record, and `rag show` prints it like `rag ask` did."""
    file = tmp_path / "answer.json"
    assert rag("ask", "--demo", "-f", "json", "-o", file, corpus=corpus).returncode == 0
    assert json.loads(file.read_text())["schema"] == "rag.answer/2"
    shown, asked = rag("show", file, corpus=corpus), rag("ask", "--demo", corpus=corpus)
    assert shown.stdout == asked.stdout


def test_a_file_gets_the_form_of_its_suffix(corpus: Path, tmp_path: Path) -> None:
    """`-o` names the form where `-f` does not; a suffix that names none is refused before any work."""
    show, record = partial(CliRunner().invoke, app), tmp_path / "answer.json"
    assert show(["ask", "--demo", "-o", str(record), "--corpus", str(corpus)]).exit_code == 0
    assert json.loads(record.read_text())["schema"] == "rag.answer/2"
    begins = {"a.md": "# ", "a.txt": "# ", "a": "# ", "a.HTML": "<!doctype html>", "a.bib": "@misc{", "a.csl.json": "["}
    for name, start in begins.items():
        assert show(["show", str(record), "-o", str(tmp_path / name), "--corpus", str(corpus)]).exit_code == 0
        assert (tmp_path / name).read_text().startswith(start), name
    assert show(["show", str(record), "-f", "md", "-o", str(tmp_path / "b.pdf")]).exit_code == 0
    assert "say which with -f" in str(show(["show", str(record), "-o", str(tmp_path / "c.pdf")]).exception)
    assert not (tmp_path / "c.pdf").exists()
    report = tmp_path / "report.json"
    brief = str(DEMO / "brief.txt")
    assert show(["verify", str(record), "--brief", brief, "-o", str(report), "--corpus", str(corpus)]).exit_code == 0
    assert json.loads(report.read_text())["schema"] == "rag.report/1"


def test_a_document_is_written_and_proved(corpus: Path, tmp_path: Path) -> None:
    """With quotes as asked for; LaTeX's bibliography lies beside, and never over a file that is not ours."""
    show, record = partial(CliRunner().invoke, app), tmp_path / "answer.json"
    show(["ask", "--demo", "-o", str(record), "--corpus", str(corpus)])
    told = show(["show", str(record), "--quotes", "blocks", "-o", str(tmp_path / "a.docx"), "--corpus", str(corpus)])
    assert told.exit_code == 0, told.exception
    proof = ["--brief", str(DEMO / "brief.txt"), "--corpus", str(corpus)]
    assert show(["verify", str(tmp_path / "a.docx"), *proof]).exit_code == 0
    for _ in range(2):  # over our own, as often as one likes
        assert show(["show", str(record), "-o", str(tmp_path / "a.tex"), "--corpus", str(corpus)]).exit_code == 0
    assert "\\bibliography{a}" in (tmp_path / "a.tex").read_text()
    assert show(["verify", str(tmp_path / "a.tex"), *proof]).exit_code == 0
    (tmp_path / "a.bib").write_text("@misc{mine, title={Mine}}")
    assert "none of ours" in str(show(["show", str(record), "-o", str(tmp_path / "a.tex")]).exception)
    many = tmp_path / "answers.jsonl"
    many.write_text("".join(f'{{"id": "{name}", "answer": {record.read_text().strip()}}}\n' for name in "ab"))
    assert "prints one answer" in str(show(["show", str(many), "-o", str(tmp_path / "b.odt")]).exception)


def test_a_batchs_answers_are_shown_together_or_one_by_one(corpus: Path, tmp_path: Path) -> None:
    """Without an id all of them, on one page or in one text with marks of their own; with one, that answer alone."""
    one, file = tmp_path / "answer.json", tmp_path / "answers.jsonl"
    rag("ask", "--demo", "-f", "json", "-o", one, corpus=corpus)
    file.write_text("".join(f'{{"id": "{name}", "answer": {one.read_text().strip()}}}\n' for name in "ab"))
    show = partial(CliRunner().invoke, app)
    page = show(["show", str(file), "-f", "html"]).stdout
    assert page.count("<article ") == 2
    text = show(["show", str(file)]).stdout
    assert text.count("\n[^1-1]: ") == text.count("\n[^2-1]: ") == 1
    alone = show(["show", str(file), "b", "--corpus", str(corpus)]).stdout
    assert alone == show(["show", str(one), "--corpus", str(corpus)]).stdout
    assert len(show(["show", str(file), "-f", "json"]).stdout.splitlines()) == 2
    bib = show(["show", str(file), "-f", "bib"]).stdout
    assert bib == show(["show", str(one), "-f", "bib"]).stdout
    assert "no answer 'c'" in str(show(["show", str(file), "c"]).exception)
    file.write_text(file.read_text() + "torn")
    assert "line 3" in str(show(["show", str(file)]).exception)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["ask", "no/such/brief.txt"], "no/such/brief.txt"),
        (["ask"], "--demo"),
        (["ask", "How does it work?"], "--paper"),
        (["ask", "How?", "-p", "twelve"], "twelve"),
        (["ask", "How?", "-p", "2108.10257", "--pdf-dir", "nowhere"], "nowhere"),
        (["ask", "--demo", "-o", "no/folder/answer.md"], "no/folder"),
        (["ingest"], "nothing to ingest"),
        (["ingest", "21o8.10257"], "21o8.10257"),
        (["brief", "no/such/brief.txt"], "no/such/brief.txt"),
        (["show", "no/such/answer.json"], "no/such/answer.json"),
        (["papers", "remove", "2108.10257"], "2108.10257"),
        (["papers", "show", "2108.10257"], "2108.10257"),
    ],
)
def test_mistakes_get_one_line(args: list[str], words: str, corpus: Path) -> None:
    """A user's mistake ends in exit code 2 and one line that names the thing; never a traceback."""
    if args[0] == "brief":
        told = subprocess.run([sys.executable, "-m", "rag", *args], capture_output=True, text=True, check=False)
    else:
        told = rag(*args, corpus=corpus)
    assert told.returncode == 2
    assert words in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert told.stdout == ""


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("TernBurst", "2604.90001v1"),
        ("lapwingnet", "2604.90002v1"),
        ("LapwigNet", "2604.90002v1"),
        ("Recovering the Path of Motion", "2604.90002v1"),
    ],
)
def test_a_title_in_place_of_an_id_is_no_guess(given: str, meant: str, corpus: Path) -> None:
    """Nothing is asked of what may be meant; the line names it."""
    told = rag("ask", "How?", "-p", given, "--offline", corpus=corpus)
    assert (told.returncode, told.stdout) == (2, "")
    assert f"did you mean -p {meant} (" in told.stderr
    assert "did you mean" not in rag("ask", "How?", "-p", "Heron", "--offline", corpus=corpus).stderr


def test_papers_are_listed_shown_and_removed(tmp_path: Path) -> None:
    """What is ingested is listed and shown; what is removed is gone from disk."""
    told = rag("ingest", "--pdf-dir", DEMO / "pdf", "--offline", corpus=tmp_path)
    assert told.returncode == 0, told.stderr
    assert re.findall(r"^stored (\d) of 2$", told.stderr, re.MULTILINE) == ["1", "2"]
    listed = rag("papers", "list", corpus=tmp_path).stdout.splitlines()
    keys = [line.split()[0] for line in listed]
    assert [line.split()[1:3] for line in listed] == [["2026", "ready"]] * 2
    shown = rag("papers", "show", keys[0].split("v")[0], corpus=tmp_path).stdout
    assert "pages" in shown
    assert "words of references" in shown
    assert re.search(r"^\d+ of \d+ words that the pages show can be quoted", shown, re.MULTILINE)
    printed = rag("papers", "show", keys[0], "--tables", corpus=tmp_path).stdout
    assert "| TernBurst | 8 | 33.8 | 0.932 | 0.4 |" in printed
    assert (
        "TernBurst,8,33.8,0.932,0.4" in rag("papers", "show", keys[0], "--tables", "-f", "csv", corpus=tmp_path).stdout
    )
    assert rag("papers", "remove", keys[0], corpus=tmp_path).returncode == 0
    assert [line.split()[0] for line in rag("papers", "list", corpus=tmp_path).stdout.splitlines()] == keys[1:]
    left = [path.name for path in (tmp_path / "index" / "papers").iterdir()]
    assert not [name for name in left if name.startswith(keys[0])]


def test_ingesting_again_does_nothing(corpus: Path) -> None:
    """A second ingest of the same papers keeps what is there, byte for byte."""
    before = {path: path.read_bytes() for path in (corpus / "index").rglob("*") if path.is_file()}
    told = rag("ingest", DEMO / "brief.txt", "--pdf-dir", DEMO / "pdf", "--offline", corpus=corpus)
    assert "kept 2" in told.stdout
    assert {path: path.read_bytes() for path in (corpus / "index").rglob("*") if path.is_file()} == before


def test_a_paper_that_fails_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A file that is no PDF fails by name; the good one beside it is added."""
    folder = tmp_path / "pdfs"
    folder.mkdir()
    good = next((DEMO / "pdf").glob("*.pdf"))
    (folder / good.name).write_bytes(good.read_bytes())
    (folder / "2101.00001v1.pdf").write_text("<html>not found</html>")
    (folder / "my notes.pdf").write_text("%PDF-1.4 of no paper")
    told = rag("ingest", "--pdf-dir", folder, "--offline", corpus=tmp_path / "corpus")
    assert told.returncode == 0
    assert good.stem in told.stdout
    assert "failed 2101.00001v1" in told.stderr
    assert "left out my notes.pdf" in told.stderr


def test_search_shows_the_scores_of_each_stage(corpus: Path) -> None:
    """`rag search` prints passages with what each stage gave them."""
    told = rag("search", "burst of frames", "-k", "2", corpus=corpus)
    assert told.returncode == 0
    assert "dense" in told.stdout
    assert "bm25" in told.stdout
    assert re.match(r"1\. 2604\.9000[12]v1, p\. [0-9]", told.stdout)


def test_search_names_a_paper_that_is_not_there(corpus: Path) -> None:
    """Nothing found and nothing there are told apart, also by the exit code."""
    told = rag("search", "burst of frames", "-p", "2301.00001", "--offline", corpus=corpus)
    assert (told.returncode, told.stdout) == (2, "")
    assert "2301.00001 is not stored" in told.stderr
    assert told.stderr.count("\n") == 1


def test_doctor_lists_licences(corpus: Path) -> None:
    """Of the package, of what it needs, however far down, and of data that is shipped."""
    rows = [line.split("  ") for line in rag("doctor", "--licenses", corpus=corpus).stdout.splitlines()]
    told = {name.lower(): licence for name, _, licence in rows}
    assert {"faiss-cpu", "httpx", "h11", "numpy", "unicode's confusables"} <= told.keys()
    assert all(told.values())
    assert len(rows) > 40


def test_doctor_reports_without_the_network(corpus: Path) -> None:
    """`rag doctor --offline` finds the model and the corpus and asks nobody."""
    told = rag("doctor", "--offline", corpus=corpus)
    assert told.returncode == 0
    assert "all-MiniLM-L6-v2" in told.stdout
    assert "2 papers" in told.stdout


def test_the_brief_is_shown() -> None:
    """`rag brief` prints what was understood."""
    told = CliRunner().invoke(app, ["brief", str(resource("briefs") / "sports-deblur.txt")])
    assert told.exit_code == 0
    for word in ("2108.10257", "2410.18666v2", "2404.11358v2", "2412.21063v1", "workflow", "(recommended)"):
        assert word in told.stdout


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """Control characters of a brief are not printed raw."""
    file = tmp_path / "brief.txt"
    file.write_text('Question:\n"How \x1b[2J does it work?"\n\nModel: \x1b]0;owned\x07 X\nPaper: 2108.10257\n')
    told = CliRunner().invoke(app, ["brief", str(file)])
    assert "\x1b" not in told.output


def test_no_writer_is_in_the_way_of_what_writes_nothing(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hosted model that the environment names is not asked for by commands that only store, search or list."""
    monkeypatch.setenv("RAG_LLM", "openai:some-model")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for args in (
        ["ingest", "--pdf-dir", DEMO / "pdf", "--offline"],
        ["search", "blur", "--offline"],
        ["papers", "list"],
    ):
        assert rag(*args, corpus=corpus).returncode == 0
    assert "forbids" in rag("ask", "What is blur?", "--paper", "2604.90001", "--offline", corpus=corpus).stderr


def test_ctrl_c_says_what_is_kept(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C while papers are brought in ends with 130 and one line: what is stored, and how to go on."""
    papers = [*Brief.load(DEMO / "brief.txt").papers, AllowedPaper("2101.00001")]
    with pytest.raises(typer.Exit) as ended, resumable(Settings(corpus), papers):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == (
        "rag: interrupted; 2 of 3 papers stored and kept; run the same command again for the rest\n"
    )


def test_ctrl_c_that_a_library_turns_into_an_error_is_still_ctrl_c() -> None:
    """What a library makes of Ctrl-C while it loads is no traceback: one line and 130."""
    code = (
        "import os, signal, rag.cli\n"
        "def app():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    except KeyboardInterrupt:\n"
        "        raise RecursionError('while loading') from None\n"
        "rag.cli.app = app\n"
        "rag.cli.main()"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 130
    assert told.stderr == "rag: interrupted; what was finished is kept, run the same command again to go on\n"


def test_an_empty_folder_of_pdfs_and_a_file_that_is_no_record_are_named(tmp_path: Path) -> None:
    """The folder or the file stands in the message."""
    told = CliRunner().invoke(app, ["ingest", "--pdf-dir", str(tmp_path), "--corpus", str(tmp_path / "c"), "--offline"])
    assert str(tmp_path) in str(told.exception)
    (tmp_path / "x.json").write_text("no")
    assert str(tmp_path / "x.json") in str(CliRunner().invoke(app, ["show", str(tmp_path / "x.json")]).exception)


def test_the_version_is_told() -> None:
    """`rag --version` names the package and its version, and asks for no command."""
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.output) == (0, f"paperbound {version('paperbound')}\n")


def test_papers_are_named_alike_by_all_commands(tmp_path: Path) -> None:
    """`rag ingest -p` takes what `rag ask -p` takes."""
    args = ["ingest", "-p", "arXiv:2604.90001", "--pdf-dir", str(DEMO / "pdf"), "--offline", "--corpus", str(tmp_path)]
    told = CliRunner().invoke(app, args)
    assert (told.exit_code, told.stdout[:18]) == (0, "added 2604.90001v1")
