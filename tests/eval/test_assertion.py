"""An answer is asserted to keep to its papers, in every form in which it may come; the examples of the docs run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval import assert_compliant
from rag.answers import Answer
from rag.cli import app
from rag.engine import Engine
from rag.errors import RagError
from rag.settings import resource

CHECKOUT = Path(__file__).resolve().parents[2]
DOC = (CHECKOUT / "docs" / "judging.md").read_text("utf-8")
PDFS = resource("demo") / "pdf"
TERN, LAPWING = "2604.90001", "2604.90002"
GOOD = "From eight dark raw frames, TernBurst produces one bright, sharp photograph [1].\n\n[1] arXiv:2604.90001"
BAD = "TernBurst needs nine frames, as MothNet does (arXiv:2604.90001, arXiv:1801.01234)."
FORMS = ("an answer", "a record", "a record in an object", "Markdown", "a path", "a path as text")


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Ask the engine about the demo's papers."""
    engine = Engine.open(tmp_path_factory.mktemp("corpus"), pdf_dir=PDFS, offline=True)
    return engine.ask("What do TernBurst and LapwingNet read?", [TERN, LAPWING])


@pytest.fixture
def forms(answer: Answer, tmp_path: Path) -> dict[str, Any]:
    """Return the answer in every form in which it may come."""
    markdown, record = answer.to_markdown(), json.loads(answer.to_json())
    (tmp_path / "answer.md").write_text(markdown, "utf-8")
    (tmp_path / "answers.jsonl").write_text(answer.to_json() + "\n", "utf-8")
    given = (answer, record, {"id": "x", "answer": record}, markdown, tmp_path / "answers.jsonl")
    return dict(zip(FORMS, (*given, str(tmp_path / "answer.md")), strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_a_compliant_answer_passes_in_every_form(form: str, forms: dict[str, Any]) -> None:
    """Markdown, records, answers and files are taken alike, and the report of what was judged comes back."""
    report = assert_compliant(forms[form], [TERN, LAPWING], pdf_dir=PDFS)
    assert report["summary"]["claims"] > 0
    assert report["summary"]["violations"] == 0


@pytest.mark.parametrize("form", FORMS)
def test_what_leaves_the_whitelist_is_told_in_every_form(form: str, forms: dict[str, Any]) -> None:
    """With one paper less allowed, the same answer fails, and the message names kind, place and claim."""
    with pytest.raises(AssertionError) as failed:
        assert_compliant(forms[form], [TERN], pdf_dir=PDFS)
    said = str(failed.value)
    assert f"(allowed papers: {TERN})" in said
    assert re.search(rf"^- .*: not_allowed_for_question: {LAPWING}.*\n    \S", said, re.MULTILINE)


@pytest.mark.parametrize(
    "whitelist", ["2604.90001", ["2604.90001v1"], ["https://arxiv.org/abs/2604.90001"], Path("w.txt")]
)
def test_a_whitelist_comes_in_many_forms(
    whitelist: str | list[str] | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids, links, and a file with an id a line mean the same."""
    monkeypatch.chdir(tmp_path)
    Path("w.txt").write_text("2604.90001\n", "utf-8")
    assert_compliant(GOOD, whitelist, pdf_dir=PDFS)
    with pytest.raises(AssertionError, match=r"outside_whitelist: 1801\.01234"):
        assert_compliant(BAD, whitelist, pdf_dir=PDFS)


def test_an_answer_cannot_bring_its_own_whitelist() -> None:
    """Papers beside an answer do not widen what the caller allows."""
    with pytest.raises(AssertionError, match="not_allowed_for_question"):
        assert_compliant({"answer": GOOD, "papers": ["2604.90001"]}, ["2604.90002"], pdf_dir=PDFS)


@pytest.mark.parametrize("empty", ["", " \n", "# TernBurst", {}, {"answer": None, "error": "crashed"}])
def test_nothing_read_is_not_compliant(empty: str | dict[str, Any]) -> None:
    """What holds no claim and refuses nothing proves nothing."""
    with pytest.raises(AssertionError, match="fault"):
        assert_compliant(empty, ["2604.90001"], pdf_dir=PDFS)


def test_a_quote_that_nobody_could_look_up_is_not_compliant(tmp_path: Path) -> None:
    """A folder without the quoted paper fails and names it; no folder at all warns that nothing was looked up."""
    quoting = "“A sentence of nine words that nobody can check.” (arXiv:2604.90001)"
    with pytest.raises(AssertionError, match=r"no PDF of 2604\.90001 at hand"):
        assert_compliant(quoting, ["2604.90001"], pdf_dir=tmp_path)
    with pytest.warns(UserWarning, match="no quote was looked up"):
        assert_compliant(quoting, ["2604.90001"])
    with warnings.catch_warnings(action="error"):
        assert_compliant(GOOD, ["2604.90001"], pdf_dir=PDFS)


def test_a_message_cannot_drive_a_terminal() -> None:
    """Control characters of an answer are not in the message."""
    with pytest.raises(AssertionError) as failed:
        assert_compliant("MothNet \x1b[31mwins\x07.", ["2604.90001"], pdf_dir=PDFS)
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", str(failed.value))


def test_a_whitelist_that_is_none_is_an_error_of_the_test() -> None:
    """It is no violation of the answer."""
    with pytest.raises(RagError, match="no arXiv id"):
        assert_compliant(GOOD, ["Attention is all you need"], pdf_dir=PDFS)


# --- the docs ---------------------------------------------------------------------------------------------------

MY_RAG = """
import json, sys
ANSWERS = {answers!r}
def answer(question):
    return ANSWERS[question]
if __name__ == "__main__":
    for number, question in enumerate(ANSWERS):
        print(json.dumps({{"id": f"q{{number}}", "question": question, "answer": ANSWERS[question]}}))
"""
ASKED = ("How many raw frames does TernBurst take?", "What does LapwingNet read?")
READS = "LapwingNet reads a record of how the camera moved (arXiv:2604.90002)."


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.+?)^```", DOC, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def _example(folder: Path, *answers: str) -> None:
    """Write the files that the docs' examples speak of."""
    (folder / "pdfs").symlink_to(PDFS)
    (folder / "my_rag.py").write_text(MY_RAG.format(answers=dict(zip(ASKED, answers, strict=True))), "utf-8")
    cases = [{"id": f"q{n}", "question": ASKED[n], "papers": [f"2604.9000{n + 1}"]} for n in range(len(ASKED))]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, cases)), "utf-8")
    told = subprocess.run([sys.executable, "my_rag.py"], cwd=folder, capture_output=True, check=True)
    (folder / "answers.jsonl").write_bytes(told.stdout)


def _pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "test_example.py").write_text(_block("python").replace("from rag.eval", "from eval"), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    path = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{CHECKOUT}"}
    return subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True, check=False)


def test_the_pytest_example_passes_and_fails_as_told(tmp_path: Path) -> None:
    """The example of the docs passes over good answers and fails over a bad one with the message that the docs show."""
    (tmp_path / "good").mkdir()
    _example(tmp_path / "good", GOOD, READS)
    done = _pytest(tmp_path / "good")
    assert done.returncode == 0, done.stdout
    (tmp_path / "bad").mkdir()
    _example(tmp_path / "bad", GOOD, "LapwingNet reads what TernBurst writes.[1]\n\n[1] arXiv:2604.90001")
    done = _pytest(tmp_path / "bad")
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    shown = re.findall(r"^E    .+", DOC, re.MULTILINE)
    assert len(shown) > 2
    assert [line for line in shown if line not in done.stdout] == [], done.stdout


def test_the_workflow_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `rag eval` of the docs' workflow runs, and its files are there; the last one fails over a bad answer."""
    _example(tmp_path, GOOD, BAD)
    monkeypatch.chdir(tmp_path)
    steps = re.findall(r"- run: rag (eval .+)", _block("yaml"))
    codes = [CliRunner().invoke(app, step.split()).exit_code for step in steps]
    assert codes == [0, 1]
    assert json.loads(Path("answers.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert Path("answers.xml").read_text("utf-8").startswith("<?xml")


def test_every_command_of_the_docs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No option that the docs name is missing; models are asked elsewhere."""
    _example(tmp_path, GOOD, READS)
    monkeypatch.chdir(tmp_path)
    Path("whitelist.txt").write_text("2604.90001\n2604.90002\n", "utf-8")
    commands = [line for line in re.findall(r"^rag (eval [^#\n]+)", DOC, re.MULTILINE) if "--judge" not in line]
    assert len(commands) > 5
    for command in commands:
        done = CliRunner().invoke(app, command.split())
        assert done.exit_code in (0, 1), (command, done.output)
        assert not isinstance(done.exception, Exception), command


def test_papers_are_allowed_to_the_questions_that_name_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whitelist beside a file of questions is that of those without one; no case is missed for want of an answer."""
    _example(tmp_path, GOOD, BAD)
    monkeypatch.chdir(tmp_path)
    questions = [{"id": "q0", "question": ASKED[0]}, {"id": "q1", "question": ASKED[1], "papers": [LAPWING]}]
    Path("questions.jsonl").write_text("\n".join(map(json.dumps, questions)), "utf-8")
    command = "eval answers.jsonl --questions questions.jsonl --pdf-dir pdfs -f json -p"
    done = CliRunner().invoke(app, [*command.split(), TERN])
    cases = json.loads(done.stdout)["cases"]
    assert [(case["id"], case["whitelist"]) for case in cases] == [("q0", [TERN]), ("q1", [LAPWING])]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("", ""),  # as printed: the demo's own sentence passes
        ("without flicker", "with flicker"),
        ("has not been trained", "has been trained"),
        ("trained or tested", "trained"),
        ("is left to future work", "is left to other work"),
    ],
)
def test_a_quote_with_a_word_changed_or_left_out_fails_though_only_the_pdf_is_at_hand(was: str, now: str) -> None:
    """Its other words stand on the page in order; that does not make the page's text one that cannot be compared."""
    quote = (
        "TernBurst has not been trained or tested on video, and restoring a blurred video without flicker is left to "
        "future work."
    )
    told = f"“{quote.replace(was, now)}” [1]\n\n[1] arXiv:2604.90001"
    if was == now:
        assert_compliant(told, [TERN], pdf_dir=PDFS)
    else:
        with pytest.raises(AssertionError, match="quote_mismatch"):
            assert_compliant(told, [TERN], pdf_dir=PDFS)
