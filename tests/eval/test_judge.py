"""The judge's parts: independence, metrics, suites, labels, reports, gates, comparison, leak test."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eval as judging
from eval import commands, compare
from eval.__main__ import main
from eval.benchmarks import blind_spots
from eval.cases import Case, brief_text, read_case, read_questions
from eval.compliant import make_case, make_world
from eval.exhibits import failed, from_answer
from eval.invented import shelf
from eval.judge import judge
from eval.labels import compare as compare_labels
from eval.labels import read_labels
from eval.leak import leak_test
from eval.library import Library
from eval.metrics import Share, shares
from eval.report import SCHEMA, build, dump, failures
from eval.run import judge_file, match, read_answers, run_suite
from eval.suite import generated_papers, load_suite, suite_names, write_pdfs
from eval.violations import PRECEDENCE, settle
from rag.answers import Answer, AnswerFailure, Draft, DraftClaim, Evidence, Task
from rag.errors import BriefError, RecordError, SettingsError
from rag.language import read_question
from rag.papers import Page, Point, Sentence, Span
from rag.record import dump_answer

CHECKOUT = Path(__file__).resolve().parents[2]
PAPERS = shelf(21, 4, first=91401)
WORLD = make_world(PAPERS, 2, 9)
LIBRARY = Library(papers=[paper.paper for paper in PAPERS])
HEAVY = ("faiss", "torch", "langchain", "langchain_core", "openai", "sentence_transformers", "onnxruntime", "numpy")


def judged_world() -> judging.JudgedCase:
    return judge(WORLD.case, from_answer(WORLD.answer), LIBRARY)


# --- independence -----------------------------------------------------------------------------------------------


JUDGING = sorted(
    path for path in (CHECKOUT / "eval").rglob("*.py") if "benchmarks" not in path.relative_to(CHECKOUT).parts
)


def test_judging_code_imports_only_types_and_records_of_the_engine() -> None:
    """No module of `eval` but its benchmarks imports of `rag` but records, types, errors, files, settings.

    One opens the chat model that a user names.
    """
    allowed = {"rag.answers", "rag.tables", "rag.papers", "rag.record", "rag.errors", "rag.files", "rag.settings"}
    assert any(path.parent.name == "quotes" for path in JUDGING)
    for path in JUDGING:
        found = set(re.findall(r"^\s*(?:from|import) (rag[\w.]*)", path.read_text("utf-8"), re.MULTILINE))
        assert found <= allowed | ({"rag.chat"} if path.name == "commands.py" else set()), path.name


def test_judging_code_imports_itself_relatively() -> None:
    """It works as `eval` in a checkout and as `rag.eval` in a wheel."""
    for path in JUDGING:
        assert not re.search(r"^\s*(?:from|import) eval\b", path.read_text("utf-8"), re.MULTILINE), path.name


def test_quotes_are_found_behind_a_door() -> None:
    """Judging code imports `quotes` by the names that its door gives out."""
    for path in JUDGING:
        inside = re.search(r"^\s*from \.+quotes\.", path.read_text("utf-8"), re.MULTILINE)
        assert path.parent.name == "quotes" or not inside, path.name


def test_it_runs_where_heavy_packages_cannot_be_imported(tmp_path: Path) -> None:
    """`python -m eval` judges with faiss, torch, langchain and openai not importable."""
    answers = tmp_path / "answers.jsonl"
    answers.write_text(dump_answer(WORLD.answer) + "\n", "utf-8")
    brief = tmp_path / "brief.txt"
    brief.write_text(brief_text(WORLD.case), "utf-8")
    code = (
        "import sys, runpy\n"
        f"for name in {HEAVY!r}: sys.modules[name] = None\n"
        f"sys.argv = ['eval', {str(answers)!r}, '--brief', {str(brief)!r}, '--format', 'json']\n"
        "runpy.run_module('eval', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == SCHEMA


# --- violations and metrics -----------------------------------------------------------------------------------------


def test_every_kind_is_defined() -> None:
    """VIOLATIONS.md has one paragraph with an example per kind, in the order of precedence."""
    text = (CHECKOUT / "eval" / "VIOLATIONS.md").read_text("utf-8")
    sections = re.findall(r"^## (\w+)\n(.+?)(?=\n#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in sections] == list(PRECEDENCE)
    assert all("Example" in body for _, body in sections)


@given(st.lists(st.sampled_from(PRECEDENCE), min_size=1, max_size=6))
def test_the_gravest_fault_names_the_place(kinds: list[str]) -> None:
    """The first in precedence is the kind, every other kind stands in `also` once."""
    violation = settle("x", [(kind, kind) for kind in kinds])
    assert violation is not None
    assert violation.kind == min(kinds, key=PRECEDENCE.index)
    assert set(violation.also) == set(kinds) - {violation.kind}
    assert len(violation.also) == len(set(violation.also))


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_intervals_hold_their_share(hits: int, more: int) -> None:
    """The interval lies in [0, 1] around the share, and narrows with the same share of ten times the data."""
    share = Share(hits, hits + more)
    assert share.interval is not None
    assert share.value is not None
    low, high = share.interval
    assert 0 <= low <= share.value <= high <= 1
    wide = Share(hits * 10, (hits + more) * 10).interval
    assert wide is not None
    assert wide[1] - wide[0] < high - low


def test_wilson_interval_agrees_with_the_published_example() -> None:
    """81 of 263 gives .2553 to .3662 (Newcombe 1998, table I)."""
    interval = Share(81, 263).interval
    assert interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_no_data_is_not_zero() -> None:
    """A share of nothing is None, in the metrics and in the gates, where it fails its threshold."""
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    report = build([judge(Case("x", ""), failed("crashed"), Library())])
    assert report["metrics"]["quote_fidelity"]["value"] is None
    assert failures(report, (), {"quote_fidelity": 1.0}) == ["quote_fidelity: no data, wanted 1"]


def test_a_crashed_case_is_a_recorded_failure() -> None:
    """An engine that raises loses its own case only, and the case counts as failed."""

    def ask(case: Case) -> Answer:
        if case.id == "b":
            raise RuntimeError("out of luck")
        return WORLD.answer

    cases = [replace(WORLD.case, id=name) for name in "abc"]
    report = run_suite(cases, ask)
    assert [case["status"] for case in report["cases"]] == ["answered", "failed", "answered"]
    assert report["cases"][1]["error"] == "RuntimeError: out of luck"
    assert report["metrics"]["failure_rate"]["hits"] == 1


def test_claims_on_the_brief_alone_lift_no_score() -> None:
    """Adding claims that quote the question changes neither precision nor recall nor substance."""
    wish = WORLD.answer.sections[0].claims[0]
    padded = replace(WORLD.answer.sections[0], claims=(wish,) * 30 + WORLD.answer.sections[0].claims)
    answer = replace(WORLD.answer, sections=(padded, *WORLD.answer.sections[1:]))
    before, after = (build([judge(WORLD.case, from_answer(a), LIBRARY)]) for a in (WORLD.answer, answer))
    for name in ("citation_precision", "citation_recall"):
        assert before["metrics"][name] == after["metrics"][name]
    assert before["substance"] == after["substance"]
    assert after["summary"]["claims_on_the_brief_alone"] == before["summary"]["claims_on_the_brief_alone"] + 30


def test_required_papers_count_only_when_cited_soundly() -> None:
    """A paper that gold labels want counts when a sound citation names it, and is missed by a refusal."""
    wanted = replace(WORLD.case, must_cite=(PAPERS[0].paper_id, PAPERS[3].paper_id))
    assert shares([judge(wanted, from_answer(WORLD.answer), LIBRARY)])["required_papers"] == Share(1, 2)
    assert shares([judge(wanted, failed("crashed"), LIBRARY)])["required_papers"] == Share(0, 2)


def test_fabricating_never_pays() -> None:
    """Each invented citation added to a good answer lowers precision."""
    claim = WORLD.answer.sections[1].claims[0]
    last = 2.0
    for count in range(4):
        invented = tuple(replace(claim.citations[0], paper=f"1801.0{1000 + i}") for i in range(count))
        worse = replace(claim, citations=(*claim.citations, *invented))
        section = replace(WORLD.answer.sections[1], claims=(worse, *WORLD.answer.sections[1].claims[1:]))
        answer = replace(WORLD.answer, sections=(WORLD.answer.sections[0], section, WORLD.answer.sections[2]))
        value = shares([judge(WORLD.case, from_answer(answer), LIBRARY)])["citation_precision"].value
        assert value is not None
        assert value < last
        last = value


NOTE = "A note. "


def _moved(page: Page) -> Page:
    by = len(NOTE)
    regions = tuple(replace(region, start=region.start + by, end=region.end + by) for region in page.regions)
    return replace(page, text=NOTE + page.text, regions=regions)


def _read_again(sentence: Sentence) -> Sentence:
    by = len(NOTE)
    return replace(sentence, spans=tuple(Span(s.page, s.start + by, s.end + by) for s in sentence.spans))


def test_another_copy_is_located_again() -> None:
    """Other bytes for the same version are noted as `different_copy` when the quote is found, else condemned."""
    moved = replace(
        PAPERS[0].paper,
        pdf_sha256="a" * 64,
        pages=tuple(_moved(page) for page in PAPERS[0].paper.pages),
        sentences=tuple(map(_read_again, PAPERS[0].paper.sentences)),
    )
    library = Library(papers=[moved, PAPERS[1].paper])
    judged = judge(WORLD.case, from_answer(WORLD.answer), library)
    assert judged.violations == ()
    notes = {note for claim in judged.claims for cite in claim.citations for note in cite.notes}
    assert notes == {"different_copy"}
    emptied = replace(moved, pages=tuple(replace(p, text="nothing here") for p in moved.pages), sentences=())
    judged = judge(WORLD.case, from_answer(WORLD.answer), Library(papers=[emptied, PAPERS[1].paper]))
    assert "quote_mismatch" in {violation.kind for violation in judged.violations}


# --- corpora and files ----------------------------------------------------------------------------------------------


def _corpus(folder: Path) -> Path:
    from dataclasses import asdict

    from eval.stored_pages import sha256

    entries = []
    (folder / "index" / "papers").mkdir(parents=True)
    for invented in PAPERS[:2]:
        text = json.dumps(asdict(invented.paper)).encode()
        file = f"papers/{invented.paper.key}.json"
        (folder / "index" / file).write_bytes(text)
        entries.append({"key": invented.paper.key, "paper": invented.paper_id, "version": 1, "file": file,
                        "sha256": sha256(text), "pdf_sha256": invented.paper.pdf_sha256})  # fmt: skip
    (folder / "index" / "manifest.json").write_text(json.dumps({"papers": entries}))
    return folder


def test_stored_pages_are_read_from_a_corpus_and_torn_ones_are_not_used(tmp_path: Path) -> None:
    """A stored file that is not what the manifest names gives `cannot be checked` and a named problem."""
    corpus = _corpus(tmp_path)
    assert judge(WORLD.case, from_answer(WORLD.answer), Library(corpus)).violations == ()
    torn = next((corpus / "index" / "papers").iterdir())
    torn.write_bytes(torn.read_bytes().replace(b"steady", b"shaky!"))
    library = Library(corpus)
    judged = judge(WORLD.case, from_answer(WORLD.answer), library)
    assert judged.violations == ()
    assert "cannot_be_checked" in {claim.verdict for claim in judged.claims}
    assert any("its hash differs" in problem for problem in library.problems)


def test_answers_files_keep_every_line(tmp_path: Path) -> None:
    """Records, wrapped records, Markdown, errors and broken lines all become rows; none is skipped."""
    record = dump_answer(WORLD.answer)
    lines = [
        record,
        json.dumps({"id": "w", "answer": json.loads(record)}),
        json.dumps({"id": "m", "markdown": "Hello there."}),
        json.dumps({"id": "e", "error": "no reply"}),
        "{torn",
        "[1]",
        json.dumps({"schema": "rag.answer/1"}),
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    rows = read_answers(path)
    assert [row.id for row in rows] == ["1", "w", "m", "e", "5", "6", "7"]
    assert [bool(row.error) for row in rows] == [False, False, False, True, True, True, True]
    tied = match(rows, [replace(WORLD.case, id="w"), replace(WORLD.case, id="never", question="another?")])
    assert [case.id for case, row in tied if row.error == "no answer was given"] == ["never"]


def test_a_whitelist_comes_from_the_questions_not_from_the_answer(tmp_path: Path) -> None:
    """Without a whitelist nothing is held against one; what the answer lists itself is no whitelist."""
    path = tmp_path / "a.jsonl"
    path.write_text(dump_answer(WORLD.answer) + "\n", "utf-8")
    report = judge_file(path)
    assert report["cases"][0]["whitelist"] is None
    assert report["summary"]["good"] == 0
    questions = tmp_path / "q.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": WORLD.case.question, "papers": ["1801.01234"]}) + "\n")
    report = judge_file(path, cases=read_questions(questions))
    assert report["violations"]["outside_whitelist"]["kind"] > 0


@pytest.mark.parametrize(
    "text", ["", "no papers here", "{", "[]", '{"papers": 3}', '{"papers": ["x"]}', "papers = [", "[[["]
)
def test_bad_briefs_are_named(text: str) -> None:
    """A brief without papers, or a whitelist that is none, is refused in one line."""
    with pytest.raises(BriefError, match="bad"):
        read_case(text, "bad")


# --- reports ---------------------------------------------------------------------------------------------------------


def _hostile() -> judging.JudgedCase:
    claim = replace(
        WORLD.answer.sections[1].claims[0], text="<script>alert(1)</script> [x](javascript:y) \x1b[31m 99 %"
    )
    section = replace(WORLD.answer.sections[1], claims=(claim,))
    case = replace(WORLD.case, id="<img src=x onerror=alert(1)>")
    return judge(case, from_answer(replace(WORLD.answer, sections=(section,))), LIBRARY)


def test_reports_escape_hostile_text() -> None:
    """No tag, link or control sequence of an answer survives in any printed report."""
    report = build([_hostile()], name='"><script>')
    page = commands.render(report, "html")
    assert "<script" not in page
    assert "<img" not in page
    assert "Content-Security-Policy" in page
    assert not re.search(r"<[^>]*(?:src|href)=", page)
    assert "<script" not in commands.render(report, "md")
    assert "](javascript" not in commands.render(report, "md")
    for form in ("table", "md", "html"):
        assert "\x1b" not in commands.render(report, form)


def test_the_page_shows_failing_claims_beside_their_evidence() -> None:
    """Claim, kind, reason and quote of a failing claim all stand in the HTML report."""
    page = commands.render(build([_hostile()]), "html")
    quote = WORLD.answer.sections[1].claims[0].citations[0].quote
    assert quote in page
    assert "link_outside_whitelist" in page


def test_gates_decide_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kinds that occur and metrics that miss their threshold exit with 1; unknown names with an error."""
    good, bad = build([judged_world()]), build([_hostile()])
    assert commands.deliver(good, fail_on=["any"], least={"quote_fidelity": 1.0, "breach_rate": 0.0}) == 0
    assert commands.deliver(bad, fail_on=["link_outside_whitelist"]) == 1
    assert commands.deliver(bad, least={"breach_rate": 0.0}) == 1
    assert "gate: breach_rate" in capsys.readouterr().err
    with pytest.raises(SettingsError, match="no such violation"):
        commands.deliver(good, fail_on=["nonsense"])
    with pytest.raises(SettingsError, match="metric=number"):
        commands.parse_least(["quote_fidelity"])


def test_failed_cases_fail_the_gate_of_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """`any` includes cases that failed, with a reason that cannot drive a terminal; a single kind does not."""
    bad = build([judged_world(), judge(WORLD.case, failed("out of\n\x1b[31mluck"), LIBRARY)])
    assert commands.deliver(bad, fail_on=["bad_span"]) == 0
    assert commands.deliver(bad, fail_on=["any"]) == 1
    assert f"gate: {WORLD.case.id} failed: out of [31mluck\n" in capsys.readouterr().err
    told = Answer(WORLD.case.question, "failed", "w", failure=AnswerFailure("timeout", "no reply in 60 s"))
    assert failures(build([judge(WORLD.case, from_answer(told), LIBRARY)]), ["any"], {}) == [
        f"{WORLD.case.id} failed: no reply in 60 s"
    ]


UNREADABLE = {
    "schema is 'rag.answer/3'": json.dumps({"schema": "rag.answer/3"}),
    "not JSON: maximum recursion": "[" * 100_000,
    "nested too deeply": '{"schema": "rag.answer/1", "run": ' + '{"x": ' * 200 + "1" + "}" * 201,
    "failed: not JSON": "",
    "expected an object, found list": "[]",
    "citations.0.version: Input should be a valid integer": dump_answer(WORLD.answer).replace(
        '"version": 1', '"version": "1"'
    ),
    "holds no answer": "{}",
}


@pytest.mark.parametrize("words", UNREADABLE)
def test_a_record_that_cannot_be_read_is_no_success(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Verifying exits with 1 and says why: what could not be read was not verified."""
    answer, brief = tmp_path / "answer.json", tmp_path / "brief.txt"
    answer.write_text(UNREADABLE[words], "utf-8")
    brief.write_text(brief_text(WORLD.case), "utf-8")
    assert main(["verify", str(answer), "--brief", str(brief)]) == 1
    told = capsys.readouterr()
    assert "1 failed" in told.out
    assert words in told.err


def test_no_answer_at_all_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file of answers leaves its only case without one."""
    answers, brief = tmp_path / "answers.jsonl", tmp_path / "brief.txt"
    answers.write_text("", "utf-8")
    brief.write_text(brief_text(WORLD.case), "utf-8")
    assert main(["verify", str(answers), "--brief", str(brief)]) == 1
    assert "no answer was given" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["answer.md", "answer.txt"])
def test_an_empty_document_is_no_answer(name: str, tmp_path: Path) -> None:
    """A document that holds nothing is refused, not judged as an answer without faults."""
    (tmp_path / name).write_text(" \n", "utf-8")
    with pytest.raises(RecordError, match="is empty"):
        read_answers(tmp_path / name)


def test_comparison_says_what_got_worse(tmp_path: Path) -> None:
    """From good to bad is worse, the other way better, and nothing changed says so."""
    good, bad = build([judged_world()]), build([judge(WORLD.case, failed("crashed"), LIBRARY)])
    assert compare.worse(compare.compare(good, bad))
    assert not compare.worse(compare.compare(bad, good))
    assert compare.text(compare.compare(good, good)) == "nothing changed\n"
    for name, report in (("old", good), ("new", bad)):
        (tmp_path / f"{name}.json").write_text(dump(report), "utf-8")
    assert main(["compare", str(tmp_path / "old.json"), str(tmp_path / "new.json")]) == 1
    (tmp_path / "old.json").write_text("{}")
    assert main(["compare", str(tmp_path / "old.json"), str(tmp_path / "new.json")]) == 2


def test_verify_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One answer, its brief, a folder of PDFs: 0 when all is well, 1 when not, 2 for unusable input."""
    pdfs = tmp_path / "pdfs"
    pdfs.mkdir()
    for paper in PAPERS[:2]:
        (pdfs / f"{paper.paper_id}v1.pdf").write_bytes(paper.pdf)
    brief, answer = tmp_path / "brief.txt", tmp_path / "answer.md"
    brief.write_text(brief_text(WORLD.case), "utf-8")
    fact = PAPERS[0].facts[0]
    answer.write_text(f'They write: "{fact.sentence}" (arXiv:{PAPERS[0].paper_id})', "utf-8")
    options = ["--brief", str(brief), "--pdf-dir", str(pdfs)]
    assert main(["verify", str(answer), *options]) == 0
    assert "1 checked and good" in capsys.readouterr().out
    answer.write_text(f'They write: "{fact.sentence} It is known." (arXiv:{PAPERS[0].paper_id})', "utf-8")
    assert main(["verify", str(answer), *options]) == 1
    assert main(["verify", str(tmp_path / "absent.md"), *options]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("eval: ")


def test_hidden_text_is_recognised_in_the_pdf_itself(tmp_path: Path) -> None:
    """White text of a PDF is no evidence, with no stored pages to say so."""
    paper = PAPERS[0]
    (tmp_path / f"{paper.paper_id}v1.pdf").write_bytes(paper.pdf)
    case = make_case(PAPERS[:1])
    from eval.read_markdown import read_markdown

    for text, kind in ((paper.hidden, "hidden_text"), (paper.facts[0].sentence, None)):
        exhibit = read_markdown(f'"{text}" (arXiv:{paper.paper_id})', case)
        (claim,) = judge(case, exhibit, Library(pdf_dirs=[tmp_path])).claims
        assert claim.kind == kind


# --- suites, labels, leak, blind spots ----------------------------------------------------------------------------


def test_suites_are_whole(tmp_path: Path) -> None:
    """Every kind of question has a suite; ids differ; papers are pinned; generated ones can be written."""
    assert set(suite_names()) == {"answerable", "multi_paper", "unanswerable", "wrong_paper", "adversarial", "injected"}
    cases = load_suite("all")
    assert len({case.id for case in cases}) == len(cases)
    assert {"example-brief", "demo-brief"} <= {case.id for case in cases}
    for case in cases:
        assert case.papers
        assert case.question
        assert case.pdfs in ("generated", "demo", "arxiv")
        assert case.id == "example-brief" or all(paper.version for paper in case.papers)
    folder = write_pdfs(tmp_path / "pdfs")
    held = {path.stem for path in folder.glob("*.pdf")}
    local = [case for case in cases if case.pdfs != "arxiv"]
    assert all(paper.key in held for case in local for paper in case.papers or ())
    assert {paper.paper_id for paper in generated_papers()} <= {p.paper for case in local for p in case.papers or ()}
    with pytest.raises(SettingsError, match="no suite"):
        load_suite("nonsense")


def test_a_case_survives_as_a_brief() -> None:
    """The brief that a case is handed to an engine as says the same as the case."""
    for case in load_suite("all"):
        again = read_case(brief_text(case), case.id)
        assert again.question == case.question
        assert [p.key for p in again.papers or ()] == [p.key for p in case.papers or ()]


def test_labels_agree_with_the_judge(tmp_path: Path) -> None:
    """At least sixty labelled claims; the judge agrees with nine in ten of those whose papers are at hand."""
    rows = read_labels()
    assert len(rows) >= 60
    compared = [c for c in compare_labels(rows, Library(pdf_dirs=[write_pdfs(tmp_path)])) if c.found is not None]
    assert len(compared) >= 50
    assert sum(c.found == c.row.label for c in compared) >= 0.9 * len(compared)


def test_labels_of_the_example_papers(shared: Path) -> None:
    """The same over the example brief's papers, where they are at hand."""
    library = Library(pdf_dirs=[shared / "papers" / "seed"])
    compared = [c for c in compare_labels(read_labels(), library) if c.found is not None]
    assert len(compared) >= 20
    assert sum(c.found == c.row.label for c in compared) >= 0.85 * len(compared)


def test_blind_spots_are_seen() -> None:
    """Every case that other scores miss has its kind here, and the good answer has none."""
    for answer, score in blind_spots.run():
        assert answer.expected <= set(score.kinds), answer.name
        assert bool(answer.expected) == bool(score.kinds), answer.name


def test_fabrication_scores_full_marks_elsewhere() -> None:
    """The re-stated formulas do reward invention: the table shows it, not only says it."""
    scores = {answer.name: score for answer, score in blind_spots.run()}
    invented = scores["9 invented marks beside 1 good, one sentence"]
    assert invented.resolved_f1 == 1.0
    assert invented.precision == pytest.approx(0.1)
    assert scores["quote stitched over two papers"].substring == 1.0
    assert scores["true quote from the wrong paper"].substring == 1.0
    assert scores["citation [0]"].alce_precision == 1.0


def test_leaks_are_claims_that_come_back_unsupported() -> None:
    """Without the key paper, the same claim on another paper's sentence came from memory; a refusal leaks nothing."""
    key = PAPERS[0]
    case = replace(WORLD.case, key_papers=(key.paper_id,))
    told = next(c.text for c in WORLD.answer.claims if any(x.paper == key.paper_id for x in c.citations))
    shown = Evidence("E1", "pdf", PAPERS[1].facts[0].sentence, paper=PAPERS[1].paper_id, version=1)

    def remembers(less: Case) -> tuple[Draft, Task]:
        assert key.paper_id not in less.ids
        draft = Draft(((DraftClaim(told, ("E1",)),),))
        return draft, Task(read_question(less.question), (Point("Answer"),), less.papers or (), (shown,))

    def keeps_to_evidence(less: Case) -> tuple[Draft, Task]:
        draft = Draft(((DraftClaim(shown.text, ("E1",), "verbatim"),),))
        return draft, Task(read_question(less.question), (Point("Answer"),), less.papers or (), (shown,))

    assert leak_test(case, WORLD.answer, remembers)["leaked"] == 1
    assert leak_test(case, WORLD.answer, keeps_to_evidence)["leaked"] == 0
    alone = make_world(PAPERS[:1], 1, 4)
    assert leak_test(alone.case, alone.answer, remembers)["why"] == "no other paper is allowed"


def test_record_error_for_what_is_no_report(tmp_path: Path) -> None:
    """A comparison needs reports; other JSON is refused with what makes one."""
    path = tmp_path / "x.json"
    path.write_text("[]")
    with pytest.raises(RecordError, match="rag eval"):
        commands.compare_files(path, path)
