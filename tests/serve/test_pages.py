"""The web app by its requests: what is taken and refused, what is kept over a restart, what is shown as text."""

from __future__ import annotations

import json
import re
import shutil
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from rag import Engine, load_answer
from rag.papers import AllowedPaper
from rag.printing import forms_of
from rag.record import load_table
from rag.serve import Access
from rag.serve.history import History
from rag.settings import resource
from tests import make_pdfs
from tests.serve.running import DEMO, LAPWING, QUESTION, TERN, demo_engine, running
from tests.serve.test_jobs import Slow

PDF = (resource("demo") / "pdf" / f"{TERN}v1.pdf").read_bytes()
SCRIPT = "<script>window.broken = 1</script>"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = demo_engine(tmp_path_factory.mktemp("corpus"))
    made.ingest([TERN, LAPWING])
    return made


@pytest.fixture(scope="module")
def browser(engine: Engine) -> Iterator[httpx.Client]:
    with running(engine) as (url, access), client(url, access) as made:
        yield made


def client(url: str, access: Access) -> httpx.Client:
    """Return what asks as our own pages do."""
    return httpx.Client(base_url=url, headers={"X-CSRF-Token": access.csrf, "Origin": url}, timeout=60)


def ended(browser: httpx.Client, address: str) -> dict[str, object]:
    """Follow a job to its end and return its last event."""
    lines = [line for line in browser.get(address).text.splitlines() if line.startswith("data: ")]
    return dict(json.loads(lines[-1][6:]))


def ask(browser: httpx.Client, question: str, papers: list[str]) -> int:
    address = browser.post("/questions", json={"question": question, "papers": papers}).json()["address"]
    number = int(address.rsplit("/", 1)[1])
    assert ended(browser, f"/events/questions/{number}")["kind"] == "answered"
    return number


def test_an_answer_is_kept_shown_and_saved_in_every_form(browser: httpx.Client, engine: Engine) -> None:
    """The page stands under its own policy, which allows nothing from outside; the forms are those of the command."""
    number = ask(browser, QUESTION, [TERN])
    shown = browser.get(f"/answers/{number}")
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert "data:image/" in shown.text
    record = load_answer(browser.get(f"/answers/{number}/json").text)
    assert {claim.citations[0].paper for claim in record.claims} == {TERN}
    assert browser.get(f"/answers/{number}/md").text == record.to_markdown()
    assert "@misc{" in browser.get(f"/answers/{number}/bib").text
    assert {address.rsplit("/", 1)[1] for address in re.findall(rf'href="(/answers/{number}/[a-z]+)"', shown.text)} == {
        *forms_of("answer"),
        "verify",
    }
    saved = browser.get(f"/answers/{number}/html")
    assert "attachment" in saved.headers["content-disposition"]
    assert 'class="site"' not in saved.text
    assert QUESTION in browser.get("/history?q=BURST+merge").text
    assert QUESTION not in browser.get("/history?q=enzymes").text


def test_twenty_questions_at_once_each_have_their_place(browser: httpx.Client) -> None:
    """In the history and in the queue, whose order is told to those who wait; all are answered."""
    with ThreadPoolExecutor(20) as pool:
        numbers = list(pool.map(lambda _: ask(browser, QUESTION, [TERN]), range(20)))
    assert len(set(numbers)) == 20
    told = [browser.get(f"/events/questions/{number}").text for number in numbers]
    assert len({re.search(r'"queued", "text": "", "done": 0, "total": (\d+)', text)[1] for text in told}) > 1  # type: ignore[index]


def test_a_brief_brings_its_own_whitelist(browser: httpx.Client) -> None:
    """Pasted whole it is a brief; what is ticked beside it does not widen it."""
    number = ask(browser, DEMO.text, ["2101.00001"])
    record = load_answer(browser.get(f"/answers/{number}/json").text)
    assert [reference.paper for reference in record.references] == [paper.paper for paper in DEMO.papers]
    assert [section.title for section in record.sections] == [point.title for point in DEMO.points]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"question": QUESTION, "papers": []}, "no paper is allowed"),
        ({"question": "", "papers": [TERN]}, "no question"),
        ({"question": QUESTION, "papers": ["../../etc/passwd"]}, "passwd"),
        ([], "no JSON object"),
    ],
)
def test_what_cannot_be_asked_is_said(browser: httpx.Client, body: object, words: str) -> None:
    told = browser.post("/questions", json=body)
    assert told.status_code == 400
    assert words in told.json()["error"]["message"]


def test_foreign_text_is_shown_as_text(browser: httpx.Client) -> None:
    """Markup in a question stays words, while it is worked on, in the history and in the search field."""
    number = ask(browser, f"How does TernBurst merge frames? {SCRIPT}", [TERN])
    for address in (f"/answers/{number}", "/history", f"/history?q={SCRIPT}"):
        assert SCRIPT not in browser.get(address).text


def test_a_paper_s_own_words_are_shown_as_text(tmp_path: Path) -> None:
    """Markup in the title and the sentences of an uploaded PDF, or in the name of a file, stays words on every page."""
    sheet = make_pdfs.Sheet()
    sheet.text(90, 90, f"{SCRIPT}: A Lantern", 16, "Times-Bold")
    sheet.text(54, 140, "Abstract", 12, "Times-Bold")
    sheet.lines(54, 160, [f"The lantern merges frames {SCRIPT} of a burst by weight.", *make_pdfs.BODY])
    engine = demo_engine(tmp_path / "corpus")
    with running(engine) as (url, access), client(url, access) as browser:
        sent = [("files", ("2101.00001.pdf", make_pdfs.make([sheet]))), ("files", (f"{SCRIPT}.svg", b"<svg/>"))]
        told = browser.post("/papers", files=sent, data={"text": ""})
        assert told.headers["content-type"] == "application/json"
        assert ended(browser, told.json()["events"])["text"] == "1 added"
        number = ask(browser, "How does the lantern merge frames of a burst?", ["2101.00001"])
        pages = ("/", f"/answers/{number}", f"/answers/{number}/html", f"/compare?n={number}&n={number}")
        shown = [browser.get(address).text for address in pages]
        assert not [page for page in shown if SCRIPT in page]
        assert sum("&lt;script&gt;window.broken" in page for page in shown) >= 3


@pytest.mark.slow
def test_hostile_pdfs_cost_nobody_else_anything(tmp_path: Path) -> None:
    """A form that calls itself, ten thousand objects, a vast page, a stream that inflates: the server goes on."""
    bomb = zlib.compress(bytes(200 << 20), 9)
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(bomb) + bomb + b"\nendstream"
    inflating = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
    inflating += (
        b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj 4 0 obj" + stream + b"endobj"
    )
    hostile = [make_pdfs.cyclic(), make_pdfs.tiny_objects(), make_pdfs.huge_page(), make_pdfs.truncated(), inflating]
    engine = demo_engine(tmp_path / "corpus")
    with running(engine) as (url, access), client(url, access) as browser:
        sent = [("files", (f"2101.0000{number}.pdf", data)) for number, data in enumerate(hostile)]
        told = browser.post("/papers", files=[*sent, ("files", (f"{TERN}v1.pdf", PDF))], data={"text": ""}).json()
        last = str(ended(browser, told["events"])["text"])
        assert "internal" not in last
        assert TERN in browser.get("/").text
        assert ask(browser, QUESTION, [TERN]) == 1


def test_uploads_are_kept_under_their_key(tmp_path: Path) -> None:
    """A PDF is taken by its stamp or name, whatever folder its name speaks of; what is none is refused by name."""
    engine = demo_engine(tmp_path / "corpus")
    files = [
        ("files", (f"../../../{TERN}v1.pdf", PDF)),
        ("files", (f"{LAPWING}v1.pdf", b"<html><script>1</script></html>")),
        ("files", ("picture.svg", b"<svg onload='1'/>")),
        ("files", ("paper.pdf", b"%PDF-1.7 nothing more")),
    ]
    with running(engine) as (url, access), client(url, access) as browser:
        told = browser.post("/papers", files=files, data={"text": ""}).json()
        assert ended(browser, told["events"])["text"] == "1 added"
        assert [words.partition(":")[0] for words in told["refused"]] == [
            f"'{LAPWING}v1.pdf'",
            "'picture.svg'",
            "'paper.pdf'",
        ]
        assert TERN in browser.get("/").text
        for path in (f"/uploads/{TERN}v1.pdf", "/static/..%2F..%2Fapp.py", "/static/app.py", "/answers/1/%2e%2e"):
            assert browser.get(path).status_code == 404
        assert browser.post("/papers/remove", json={"paper": f"{TERN}v1"}).status_code == 200
        assert f"{TERN}v1" not in browser.get("/").text
    kept = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.pdf")]
    assert kept == [f"corpus/uploads/{TERN}v1.pdf"]


def test_lists_and_ids_name_papers(tmp_path: Path) -> None:
    """BibTeX pasted or dropped, and bare ids; offline and without PDFs each is named with the reason."""
    engine = demo_engine(tmp_path / "corpus")
    bib = b"@misc{a, title={T}, eprint={%s}, archiveprefix={arXiv}}" % TERN.encode()
    with running(engine) as (url, access), client(url, access) as browser:
        told = browser.post("/papers", files=[("files", ("refs.bib", bib))], data={"text": "2101.00001"}).json()
        last = str(ended(browser, told["events"])["text"])
        assert last.startswith("1 added; 2101.00001: ")
        assert str(tmp_path) not in last
        assert browser.post("/papers", data={"text": "nonsense"}).status_code == 400
        assert browser.post("/papers", data={"text": ""}).status_code == 400


def test_shelves_are_kept_and_offered(browser: httpx.Client) -> None:
    assert browser.post("/shelves", json={"name": "mine", "papers": [TERN]}).status_code == 200
    assert 'data-drop-shelf="mine"' in browser.get("/").text
    assert [model["id"] for model in browser.get("/v1/models").json()["data"]] == ["mine"]
    assert browser.post("/shelves", json={"name": "<b>", "papers": [TERN]}).status_code == 400
    assert browser.post("/shelves", json={"name": "mine", "papers": []}).status_code == 200
    assert browser.get("/v1/models").json()["data"] == []


def test_what_a_server_left_open_the_next_one_answers(engine: Engine) -> None:
    """A question without an end in the journal is asked again at the next start; one that ended stays as it is."""
    history = History(engine.settings.corpus / "asked")
    left = history.add(DEMO)
    stopped = history.add(DEMO)
    history.finish(stopped.number, None, "cancelled")
    with running(engine) as (url, access), client(url, access) as browser:
        assert ended(browser, f"/events/questions/{left.number}")["kind"] == "answered"
        assert ended(browser, f"/events/questions/{stopped.number}")["kind"] == "cancelled"
        assert browser.get(f"/answers/{stopped.number}").status_code == 200
        assert browser.get("/answers/999999").status_code == 404
    assert history.answer(left.number).status == "answered"


def test_an_answer_that_cannot_be_kept_stops_nothing(tmp_path: Path) -> None:
    """Where a question's folder is gone, that is told, and the next one is answered and kept."""
    plain, writer = demo_engine(tmp_path / "corpus"), Slow()
    plain.ingest([TERN])
    engine = Engine(plain.settings, writer=writer, embedder=plain.embedder)
    with running(engine) as (url, access), client(url, access) as browser:
        browser.post("/questions", json={"question": QUESTION, "papers": [TERN]})
        assert writer.proposed.wait(20)
        shutil.rmtree(tmp_path / "corpus" / "asked")
        writer.go.set()
        number = ask(browser, QUESTION, [TERN])
        assert browser.get(f"/answers/{number}/json").status_code == 200


def test_an_answer_is_judged_by_the_evaluator(browser: httpx.Client, engine: Engine) -> None:
    """One as it was given has no violation, one whose quote was altered in the journal has; without paths."""
    for question, papers in ((QUESTION, [TERN]), (DEMO.text, [])):
        number = ask(browser, question, papers)
        assert "No violation" in browser.get(f"/answers/{number}/verify").text
    record = engine.settings.corpus / "asked" / f"{number:06}" / "answer.json"
    quote = load_answer(record.read_text()).in_short[0].citations[0].quote
    record.write_text(record.read_text().replace(json.dumps(quote, ensure_ascii=False)[1:-1], "We invented this."))
    told = browser.get(f"/answers/{number}/verify").text
    assert "Violations were found" in told
    assert str(engine.settings.corpus) not in told


def test_a_table_is_a_question_of_the_history(browser: httpx.Client) -> None:
    """Columns make one: every cell is answered from its paper, it is shown, saved and found again like an answer."""
    body = {"question": "", "papers": [TERN, LAPWING], "columns": "input; main limitation"}
    number = int(browser.post("/questions", json=body).json()["address"].rsplit("/", 1)[1])
    assert ended(browser, f"/events/questions/{number}")["kind"] == "answered"
    shown = browser.get(f"/answers/{number}")
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    assert f'href="/answers/{number}/csv"' in shown.text
    table = load_table(browser.get(f"/answers/{number}/json").text)
    assert [len(row.cells) for row in table.rows] == [2, 2]
    assert browser.get(f"/answers/{number}/csv").text == table.to_csv()
    assert browser.get(f"/answers/{number}/docs").status_code == 404
    assert "input, main limitation" in browser.get("/history").text


def test_a_follow_up_reads_it_as_what_was_answered_from(browser: httpx.Client) -> None:
    """Over the same papers, which are ticked; the question in full is kept, shown and answered."""
    first = ask(browser, QUESTION, [TERN])
    assert f'data-after="{first}" data-papers="{TERN}"' in browser.get(f"/?after={first}").text
    body = {"question": "What are its limitations?", "papers": [TERN], "after": first}
    second = int(browser.post("/questions", json=body).json()["address"].rsplit("/", 1)[1])
    assert ended(browser, f"/events/questions/{second}")["kind"] == "answered"
    record = load_answer(browser.get(f"/answers/{second}/json").text)
    assert record.question == "What are TernBurst’s limitations?"
    assert f"follows question {first}" in browser.get("/history").text
    assert browser.post("/questions", json=body | {"after": 99999}).status_code == 400


def test_two_answers_stand_side_by_side(browser: httpx.Client) -> None:
    """What both quote is marked; any other number than two is refused."""
    one, two = (ask(browser, QUESTION, [TERN]) for _ in range(2))
    told = browser.get(f"/compare?n={one}&n={two}").text
    assert told.count(f'href="/answers/{one}"') == told.count(f'href="/answers/{two}"') == 1
    assert "quoted by both" in told
    assert browser.get(f"/compare?n={one}").status_code == 400
    assert browser.get("/compare?n=1&n=99999").status_code == 404


def test_only_offered_writers_write(engine: Engine) -> None:
    """Those named at the start and the extractive one; a question for another is refused and says so in the history."""
    with running(engine, also=["replay:nowhere.jsonl"]) as (url, access), client(url, access) as browser:
        assert "<option>replay:nowhere.jsonl</option>" in browser.get("/").text
        body = {"question": QUESTION, "papers": [TERN]}
        refused = browser.post("/questions", json=body | {"writer": "openai:gpt-5"})
        assert refused.status_code == 400
        assert "replay:nowhere.jsonl" in refused.json()["error"]["message"]
        address = browser.post("/questions", json=body | {"writer": "replay:nowhere.jsonl"}).json()["address"]
        last = ended(browser, address.replace("/answers/", "/events/questions/"))
        assert last["kind"] == "failed"
        assert "nowhere.jsonl" in str(last["text"])


def test_what_was_told_is_told_again_after_a_restart(engine: Engine) -> None:
    """A question that has ended keeps its events: whoever opens it later hears them all."""
    with running(engine) as (url, access), client(url, access) as browser:
        number = ask(browser, QUESTION, [TERN])
    with running(engine) as (url, access), client(url, access) as browser:
        lines = browser.get(f"/events/questions/{number}").text.splitlines()
    kinds = [json.loads(line[6:])["kind"] for line in lines if line.startswith("data: ")]
    assert kinds[0] == "queued"
    assert "stage" in kinds[:-1]
    assert "short" in kinds[:-1]
    assert kinds[-1] == "answered"


def test_papers_on_their_way_come_in_after_a_restart(tmp_path: Path) -> None:
    """What a killed server was to bring in, the next one brings; a torn note of it is dropped."""
    engine = demo_engine(tmp_path / "corpus")
    history = History(engine.settings.corpus / "asked")
    history.begin_bringing([], [AllowedPaper(TERN)])
    (history.folder / "bringing-torn.json").write_text("{")
    with running(engine) as (url, access), client(url, access) as browser:
        found = re.search(r'data-events="([^"]+)"', browser.get("/").text)
        if found:  # else it is done already
            assert ended(browser, found[1])["text"] == "1 added"
        assert TERN in browser.get("/").text
    assert list(history.folder.glob("bringing-*")) == []


def test_the_first_page_says_what_to_do(tmp_path: Path) -> None:
    """An empty corpus is no error; the page runs no script but its own file's."""
    with running(demo_engine(tmp_path / "corpus")) as (url, access):
        shown = httpx.get(url)
    assert "Add the papers that may answer" in shown.text
    assert access.csrf in shown.text
    assert shown.text.count("<script") == 1
    assert not re.search(r"<[^>]*\s(?:on\w+|style)=", shown.text)
