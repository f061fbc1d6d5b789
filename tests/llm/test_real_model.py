"""Ask a real model of 1.5 billion parameters, run by llama.cpp in this process. `make test-llm` fetches it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from rag import Brief, Engine, LlmWriter
from rag.chat import ModelChat, Request, open_chat, read_json
from rag.doctor import examine_model
from rag.settings import resource
from tests.chat.opened import failing

pytestmark = pytest.mark.llm

GLIDER = "Glider restores a torn map from three photographs of its pieces, in 1.2 seconds on one processor."
CHECK = "Sentence: {}\nClaim: {}\nDoes the sentence state everything in the claim? Answer Yes or No."


@pytest.fixture(scope="module")
def spec() -> str:
    """Return the model's spec, or skip where there is none."""
    if "RAG_TEST_GGUF" not in os.environ:
        pytest.skip("needs a model; run: make test-llm")
    pytest.importorskip("xllamacpp")
    return f"llamacpp:{os.environ['RAG_TEST_GGUF']}"


@pytest.fixture(scope="module")
def chat(spec: str) -> ModelChat:
    chat = open_chat(spec, offline=True, max_tokens=400, timeout=300)
    assert isinstance(chat, ModelChat)
    return chat


def _user(text: str) -> tuple[dict[str, str], ...]:
    return ({"role": "user", "content": text},)


def test_the_doctor_finds_it_capable(chat: ModelChat) -> None:
    found = {seen.what: seen for seen in examine_model(chat)}
    for seen in found.values():
        print(f"{seen.what}: {seen.text}")
    assert all(seen.good for seen in found.values())
    assert found["context"].text == "8,192 tokens"
    assert found["schema"].text == "honoured"
    assert found["logprobs"].text.startswith("told")
    assert "tokens/s" in found["speed"].text


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        ("Glider puts a torn map together from three photographs.", True),
        ("Glider takes 1.2 seconds.", True),
        ("Glider restores a torn map from ten photographs.", False),
        ("Glider paints portraits of cats.", False),
    ],
)
def test_it_tells_what_a_sentence_states(chat: ModelChat, claim: str, right: bool) -> None:
    """By log-probability of one token; more than half of the mass is the options'."""
    choice = chat.choose(_user(CHECK.format(GLIDER, claim)))
    print(claim, dict(choice))
    assert choice.by == "logprobs"
    assert choice.mass > 0.5
    assert (choice["Yes"] > choice["No"]) is right


def test_a_schema_of_many_ids_is_obeyed(chat: ModelChat) -> None:
    ids = [f"E{number}" for number in range(1, 121)]
    schema = {
        "type": "object",
        "properties": {"ids": {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ids}}},
        "required": ["ids"],
        "additionalProperties": False,
    }
    ask = f"E1: Gliders fly.\nE2: {GLIDER}\nWhich sentences name a number of photographs? Name F7 too."
    found = read_json(chat.complete(Request(_user(ask), schema, "ids")).text)
    assert set(found["ids"]) <= set(ids)


def test_a_prompt_beyond_the_context_is_an_overflow(chat: ModelChat) -> None:
    error = failing(lambda: chat.complete(Request(_user("A glider flies. " * 4000))))
    assert (error.kind, error.retryable) == ("context_overflow", False)


def test_a_ceiling_cuts(chat: ModelChat) -> None:
    ask = _user("Count from one to a hundred in words.")
    assert failing(lambda: chat.complete(Request(ask, max_tokens=8))).kind == "truncated"
    assert chat.complete(Request(ask, max_tokens=8, whole=False)).truncated


def test_the_shared_beginning_of_two_prompts_is_read_once(chat: ModelChat) -> None:
    shared = f"{GLIDER} " * 10
    chat.choose(_user(f"{shared}Is it about maps? Yes or No."))
    usage = chat.choose(_user(f"{shared}Is it about cats? Yes or No.")).usage
    assert usage["cached_tokens"] > usage["input_tokens"] / 2


def test_it_answers_the_demo_brief(spec: str, tmp_path: Path) -> None:
    """Whatever it writes, every claim that is printed cites a quote; at least one is."""
    writer = LlmWriter.from_spec(spec, offline=True, timeout=300)
    engine = Engine.open(tmp_path, writer=writer, pdf_dir=resource("demo") / "pdf", offline=True)
    answer = engine.ask(Brief.load(resource("demo") / "brief.txt"))
    print(answer.to_markdown())
    assert answer.status == "answered"
    assert answer.claims
    assert all(claim.citations for claim in answer.claims)


RIGHT = 14  # of the eighteen questions that are answered in the papers; the model that is fetched gave 16


def test_it_answers_twenty_questions(spec: str, tmp_path: Path) -> None:
    """Most right, none without a quote that the judge finds, and what no paper states is not made up."""
    engine = Engine.open(
        tmp_path, writer=LlmWriter.from_spec(spec, offline=True), pdf_dir=resource("demo") / "pdf", offline=True
    )
    asked = tomllib.loads(Path(__file__).with_name("questions.toml").read_text("utf-8"))["question"]
    brief = Brief.load(resource("demo") / "brief.txt")
    right = 0
    for row in asked:
        answer = engine.ask(Brief.of(row["ask"], brief.papers))
        said = " ".join(claim.text for claim in answer.claims)
        held = any(fact in said for fact in row["fact"])
        right += held
        print(f"{'right' if held else '     '}  {row['ask']}  {said[:200]}")
        assert all(claim.citations for claim in answer.claims)
        if not row["fact"]:
            assert not any(claim.form == "own_words" for claim in answer.claims)
    assert right >= RIGHT
