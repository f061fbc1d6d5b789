"""What the benchmark with a chat model counts: marks, evidence, support and tokens, in answers of ours and of peers."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.benchmarks import answers_llm
from eval.benchmarks.answers_llm import EXTRACTIVE, OURS, main, sampled
from eval.benchmarks.graded import Graded
from eval.benchmarks.recipes import CitationQuery, Meter, PeerModel, Stuffed, source_of
from eval.benchmarks.replies import Asked, Source, best_f1, numbers_in, of_text, token_f1, worth
from rag.chat import open_chat
from rag.papers import Page, Paper
from tests.hash_embedder import HashEmbedder
from tests.openai_server import Body, Turn, enum, serve, shown

FERN, GULL = "2604.90001", "2604.90002"
OIL = "The lamp burns seven litres of whale oil in a long winter night."
IN_OTHER_WORDS = "In a long winter night the lamp burns seven litres of whale oil."
WICK = "Its wick is woven from flax by the keepers of the harbour."
WAX = "The second lamp burns forty candles of wax."
PAGES = (Page(1, f"Lamps hang over the quay. {OIL}"), Page(2, f"Boats pass below. {WICK}"))
PAPER = Paper(FERN, 1, "Lamps", (), "", "bench", PAGES, (), ())
SHOWN = (Source(OIL, FERN, frozenset({1})), Source(WICK, FERN, frozenset({2})), Source(WAX, GULL, frozenset({1})))
ASKED = Asked("q1", "How much oil does the lamp burn?", (FERN,), frozenset({1}), ("seven litres",))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It burns oil [1].", [1]),
        ("It burns oil [2, 3] and wax [4-6].", [2, 3, 4, 5, 6]),
        ("According to Source 2, it burns oil (sources 1 and 3).", [2, 1, 3]),
        ("It burns oil [Source 7].", [7]),
        ("It burned 12 litres (3) in 2019 [sic].", []),
    ],
)
def test_marks_are_read(text: str, numbers: list[int]) -> None:
    """A number in brackets, or behind the word source, cites; others are amounts."""
    assert list(numbers_in(text)) == numbers


def test_a_mark_cites_the_chunk_of_its_number() -> None:
    """A mark behind the full stop belongs to its sentence; one beyond what was shown leads nowhere."""
    reply = of_text("It burns oil. [1] Its wick is flax [2][9].\n- It is old.", SHOWN)
    assert [(one.text, [source.text for source in one.cited]) for one in reply.statements] == [
        ("It burns oil.", [OIL]),
        ("Its wick is flax.", [WICK]),
        ("It is old.", []),
    ]
    assert (reply.marks, reply.found, reply.refused) == (3, 2, False)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("I don't know.", True),
        ("The provided sources do not explicitly mention the oil [1].", True),
        ("The price of the lamp is not stated.", True),
        ("None of the sources are helpful.", True),
        ("The lamp does not contain any wax [1].", False),
        ("It is not known for its light but for its oil, says the paper. It burns oil.", True),
        ("It burns oil [1]. The sources do not say how much.", False),
        ("", True),
    ],
)
def test_who_says_first_that_nothing_is_found_refuses(text: str, refused: bool) -> None:
    """What the sources do not say is no claim; what something does not do is one."""
    assert of_text(text, SHOWN).refused == refused


def test_words_are_counted_as_qasper_does() -> None:
    """Case, articles and punctuation say nothing; the best of several answers counts, or all of them as one."""
    assert token_f1("The lamp burns oil.", "a lamp burns, oil") == 1
    assert token_f1("seven litres of oil", "seven litres") == pytest.approx(2 * 2 / (4 + 2))
    assert token_f1("wax", "oil") == 0
    assert best_f1("oil, wax", ["oil", "wax"]) == 1
    assert best_f1("oil", ["wax", "oil"]) == 1


def test_support_is_counted_by_what_is_cited_and_by_what_was_shown() -> None:
    """A sentence that cites nothing is unsupported, unless all that was shown is asked."""
    said = f"{OIL} [1] {WICK} The lamp was painted red by nine sailors [2]."
    found = worth(ASKED, of_text(said, SHOWN[:2]), [PAPER])
    assert (found.sentences, found.cited, found.unsupported, found.unsupported_shown) == (3, 2, 2, 1)
    assert (found.evidence, found.evidence_shown) == (True, True)
    assert worth(ASKED, of_text(f"{WICK} [2]", SHOWN[1:2]), [PAPER]).evidence is False


def test_quotation_marks_are_looked_up() -> None:
    """What stands in quotation marks is verbatim where a paper holds it."""
    found = worth(ASKED, of_text(f"“{OIL[:-1]}” and “The lamp burns nine litres of oil” [1].", SHOWN), [PAPER])
    assert (found.quotes, found.verbatim) == (2, 1)


def test_a_comparison_needs_each_side_from_its_own_paper() -> None:
    """The key fact of one paper does not count from the other."""
    sides = {FERN: (("oil",),), GULL: (("wax",),)}
    graded = Graded("t1", "compare", "Which burns what?", (FERN, GULL), 1, (("oil",), ("wax",)), sides, ())
    asked = Asked("t1", graded.question, graded.papers, graded=graded)
    assert worth(asked, of_text("Oil [1], wax [3].", SHOWN), [PAPER]).evidence
    both = Source(f"{OIL} {WAX}", FERN, frozenset({1}))
    found = worth(asked, of_text("Oil and wax [1].", [both]), [PAPER])
    assert (found.evidence, found.said) == (False, True)


def test_what_has_no_answer_is_refused_or_denied() -> None:
    """A refusal counts, and so does what denies a false premise first."""
    graded = Graded("t2", "unanswerable", "Why does it burn tallow?", (FERN,), 0, (), {}, (("whale oil",),))
    asked = Asked("t2", graded.question, graded.papers, graded=graded)
    told = [
        worth(asked, of_text(text, SHOWN), [PAPER]) for text in ("I don't know.", "It burns whale oil [1].", "Cheap.")
    ]
    assert [(one.missing, one.answerable, one.evidence) for one in told] == [
        (True, False, None),
        (True, False, None),
        (False, False, None),
    ]


def test_a_chunk_lies_on_the_pages_of_which_it_shares_half() -> None:
    """Half of the page or of the chunk, whichever is shorter."""
    text = "\n\n".join(page.text for page in PAGES)
    assert source_of(text, PAPER, 0).pages == {1, 2}
    assert source_of(text[5:30], PAPER, 5).pages == {1}
    start = len(PAGES[0].text) - 5
    assert source_of(text[start:], PAPER, start).pages == {2}


def test_a_sample_is_spread_over_papers_and_always_the_same() -> None:
    """One question of every paper comes before a second of any; a larger sample holds the smaller one."""
    questions = [replace(ASKED, id=f"{paper}-{n}", papers=(paper,)) for paper in ("a", "b", "c") for n in range(4)]
    few, more = sampled(questions, 3), sampled(questions, 7)
    assert {question.papers for question in few} == {("a",), ("b",), ("c",)}
    assert more[:3] == few
    assert sampled(questions[::-1], 7) == more
    assert len(sampled(questions, None)) == len(questions)


# --- asking -------------------------------------------------------------------------------------------------------


def obliging(body: Body) -> Turn:
    """State what the first sentence shown states, agree to everything, and else answer in words that cite."""
    if body.get("logprobs"):
        return Turn("Yes", likely={"Yes": 0.9, "No": 0.1}, counted=(500, 40))
    if "response_format" not in body:
        return Turn("It burns seven litres of whale oil [1].", counted=(300, 20))
    name = next(name for name in enum(body, "evidence") if shown(body).get(name) == OIL)
    return Turn(json.dumps({"claims": [{"text": IN_OTHER_WORDS, "evidence": [name]}]}), counted=(500, 40))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder that holds two sets in the form of QASPER, of one question each."""
    paragraphs = [{"section": "Lamps", "text": page.text} for page in PAGES]
    papers: list[dict[str, Any]] = [{"paper_id": FERN, "title": "Lamps", "paragraphs": paragraphs}]
    told = {"paper_id": FERN, "answers": ["seven litres"], "evidence_paragraph_idx": [0], "question_id": "q1"}
    questions = [{**told, "question": "How much whale oil does the lamp burn in a winter night?"}]
    for name in ("qasper", "covidqa"):
        folder = tmp_path / "data" / "bench" / name
        folder.mkdir(parents=True)
        for file, rows in {"papers": papers, "questions": questions}.items():
            (folder / f"{file}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path / "data"


def ran(data: Path, url: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> dict[str, Any]:
    """Return what the benchmark writes."""
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    file = data / "told.json"
    words = ["--llm", "openai:any", "--data", str(data), "--cache", str(data / "cache"), "--json", str(file)]
    main([*words, "--sets", "qasper", *more], HashEmbedder())
    return dict(json.loads(file.read_text()))


def test_tokens_are_those_that_the_server_counts(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of a question counts, checks of claims too; without a model there is none; no text is kept."""
    with serve(obliging) as server:
        told = ran(data, server.url, monkeypatch, "--peers", "")
        calls = len(server.requests) - 1  # the first one says hello
        checks = len(server.checks)
    found = {one["system"]: one for one in told["questions"]}
    assert set(found) == {OURS, EXTRACTIVE}
    assert calls > 0
    assert checks > 0
    assert found[OURS]["calls"] == calls + checks
    assert found[OURS]["prompt_tokens"] == 500 * calls + 1000 * checks
    assert found[OURS]["worth"]["evidence"] == found[EXTRACTIVE]["worth"]["evidence"] == 1
    assert found[EXTRACTIVE]["calls"] == found[EXTRACTIVE]["prompt_tokens"] == 0
    assert "whale" not in json.dumps(told)


def test_every_set_and_all_of_them_have_their_rows(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row per set and system, whatever has been asked by now, and one per system over all sets."""
    with serve(obliging) as server:
        told = ran(data, server.url, monkeypatch, "--peers", "", "--sets", "qasper,covidqa")
    rows = [(row["set"], row["system"], row["questions"]) for row in told["rows"]]
    sets = [(name, system, 1) for name in ("qasper", "covidqa") for system in (OURS, EXTRACTIVE)]
    assert rows == [*sets, ("all", OURS, 2), ("all", EXTRACTIVE, 2)]
    assert [(row["set"], row["questions"]) for row in told["gains"]] == [("qasper", 1), ("covidqa", 1), ("all", 2)]


def test_a_model_that_fails_is_counted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What our own writer says in the model's place is marked as that."""
    turns = [Turn("Hello"), Turn("no", status=400)]
    with serve(turns) as server:
        told = ran(data, server.url, monkeypatch, "--peers", "")
    assert [one["worth"]["failed"] for one in told["questions"]] == [1, 0]


def test_a_peer_that_is_not_installed_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says how to get it; the others are measured."""
    monkeypatch.setitem(answers_llm.MODULES, "llamaindex", "no_such_module")
    with serve(obliging) as server:
        told = ran(data, server.url, monkeypatch, "--peers", "llamaindex")
    said = capsys.readouterr().err.splitlines()
    assert "LlamaIndex is left out; to measure it: pip install llama-index-core" in said
    assert {one["system"] for one in told["questions"]} == {OURS, EXTRACTIVE}


def test_what_cannot_run_says_why_in_one_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that refuses us ends the run before any question, with exit code 2."""
    with serve([Turn("bad key", status=401)]) as server, pytest.raises(SystemExit) as ended:
        ran(data, server.url, monkeypatch)
    assert ended.value.code == 2
    assert [line for line in capsys.readouterr().err.splitlines() if "unauthorized" in line and "check the key" in line]


def test_a_peer_asks_the_same_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks are numbered from 1 in the prompt, and what the server counts is told."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with serve(obliging) as server:
        meter = Meter()
        peer = PeerModel.beside(open_chat("openai:any", base_url=server.url), meter)
        reply = Stuffed(peer, HashEmbedder()).stuffed(ASKED.text, SHOWN)
        prompt = server.requests[0]["messages"][-1]["content"]
    assert all(f"[{number}] {source.text}" in prompt for number, source in enumerate(SHOWN, 1))
    assert (meter.calls, meter.prompt, meter.reply) == (1, 300, 20)
    assert worth(ASKED, reply, [PAPER]).evidence


@pytest.mark.parametrize(
    ("recipe", "module"), [(Stuffed, "langchain_text_splitters"), (CitationQuery, "llama_index")], ids=str
)
def test_a_recipe_cites_what_it_showed(recipe: Any, module: str) -> None:
    """The first source of a recipe is a chunk of the paper, on its page."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"needs {module}")
    with serve(obliging) as server:
        peer = PeerModel.beside(open_chat("openai:any", base_url=server.url, api_key="x"), Meter())
        reply = recipe(peer, HashEmbedder()).answer(ASKED.text, [PAPER])
        prompt = server.requests[0]["messages"][-1]["content"]
    assert OIL in prompt
    assert reply.cited[0].text in "\n\n".join(page.text for page in PAGES)
    assert worth(ASKED, reply, [PAPER]).evidence
