"""Ask through the clients that people have: the openai SDK, LangChain; and read the lines as Open WebUI does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from rag import Engine, load_answer
from rag.record import dump_answer
from rag.serve.completions import TASK_REPLY
from rag.shelves import put_shelf
from tests.serve.running import DEMO, LAPWING, QUESTION, TERN, demo_engine, running

ASK: list[Any] = [{"role": "user", "content": QUESTION}]
BOTH = {"paperbound": {"papers": [TERN, LAPWING]}}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = demo_engine(tmp_path_factory.mktemp("corpus"))
    made.ingest([TERN, LAPWING])
    put_shelf(made.settings.corpus, "bursts", [TERN])
    return made


@pytest.fixture(scope="module")
def url(engine: Engine) -> Iterator[str]:
    with running(engine) as (address, _):
        yield address


@pytest.fixture
def client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def test_every_shelf_is_a_model(client: openai.OpenAI, engine: Engine) -> None:
    """The whole corpus is offered only where that is wanted."""
    assert [model.id for model in client.models.list()] == ["bursts"]
    assert client.models.retrieve("bursts").owned_by == "paperbound"
    with pytest.raises(openai.NotFoundError, match="no shelf"):
        client.models.retrieve("corpus")
    with running(engine, whole_corpus=True) as (address, _):
        assert [item["id"] for item in httpx.get(f"{address}/v1/models").json()["data"]] == ["bursts", "corpus"]


def test_an_answer_is_a_message_with_its_citations(client: openai.OpenAI, engine: Engine) -> None:
    """Marks in the text, a list with links, an annotation at every mark, and the record that the engine gives."""
    reply = client.chat.completions.create(model="any", messages=ASK, extra_body=BOTH)
    message = reply.choices[0].message
    assert message.content is not None
    record = load_answer(json.dumps(reply.model_dump()["paperbound"]))
    assert dump_answer(record, run=False) == dump_answer(engine.ask(QUESTION, [TERN, LAPWING]), run=False)
    assert f"](https://arxiv.org/pdf/{TERN}v1#page=" in message.content.partition("## Sources")[2]
    cited = [one.url_citation for one in message.annotations or []]
    assert len(cited) >= 2
    for citation in cited:
        assert message.content[citation.start_index : citation.end_index].strip("[]").isdecimal()
        assert citation.url.startswith("https://arxiv.org/")
    assert reply.choices[0].finish_reason == "stop"


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    """The pieces of a stream make the text in one piece, and carry annotations and the record."""
    whole = client.chat.completions.create(model="bursts", messages=ASK)
    stream = client.chat.completions.create(
        model="bursts", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    told = [delta.model_dump()["annotations"] for delta in deltas if "annotations" in delta.model_dump()]
    assert told == [[one.model_dump() for one in whole.choices[0].message.annotations or []]]
    (record,) = [chunk.model_dump()["paperbound"] for chunk in chunks if "paperbound" in chunk.model_dump()]
    assert record["status"] == "answered"
    assert chunks[-1].usage is not None
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1] == "stop"


def test_langchain_takes_it(url: str) -> None:
    """ChatOpenAI reads the text in one piece and in a stream; both carry marks and links."""
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="bursts", base_url=f"{url}/v1", api_key="none", max_retries=0)  # type: ignore[arg-type]
    said = model.invoke(QUESTION).text
    assert "[1]" in said
    assert "](https://arxiv.org/pdf/" in said
    assert "".join(chunk.text for chunk in model.stream(QUESTION)) == said


def test_open_webui_shows_sources_in_the_order_of_the_marks(url: str) -> None:
    """The n-th distinct `metadata.source` is quote n, its page counts from 0, and no name asks for an icon."""
    asked = [{"role": "user", "content": DEMO.question}]
    body = {"messages": asked, "stream": True, "paperbound": {"brief": DEMO.text}}
    lines = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=30).text.splitlines()
    told = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    events = [chunk["event"] for chunk in told if "event" in chunk]
    assert {event["type"] for event in events} == {"status", "source"}
    sources = [event["data"] for event in events if event["type"] == "source"]
    (record,) = [load_answer(json.dumps(chunk["paperbound"])) for chunk in told if "paperbound" in chunk]
    names = [source["metadata"][0]["source"] for source in sources]
    assert len(set(names)) == len(names) >= 2
    assert [name.partition("]")[0] for name in names] == [f"[{n}" for n in range(1, len(names) + 1)]
    assert not any(name.startswith("http") for name in names)
    first = record.in_short[0].citations[0]
    assert sources[0]["document"] == [first.quote]
    assert sources[0]["metadata"][0]["page"] == first.spans[0].page - 1
    assert sources[0]["metadata"][0]["source_url"].endswith(f"#page={first.spans[0].page}")
    assert [line for line in lines if line][-1] == "data: [DONE]"


def test_a_refusal_is_a_message(client: openai.OpenAI) -> None:
    """A question that names a paper from outside is answered in words, not with an error."""
    asked: list[Any] = [{"role": "user", "content": f"What does arXiv:{LAPWING} say of motion?"}]
    reply = client.chat.completions.create(model="bursts", messages=asked)
    assert reply.model_dump()["paperbound"]["refusal"]["kind"] == "paper_not_allowed"
    assert "No answer" in (reply.choices[0].message.content or "")


def test_without_a_whitelist_nothing_is_asked(client: openai.OpenAI) -> None:
    """The error says every way to name papers."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gpt", messages=ASK)
    assert all(way in str(caught.value) for way in ("paperbound", "X-Paperbound-Papers", "shelf", "papers:"))


@pytest.mark.parametrize("streamed", [False, True])
def test_a_client_s_own_jobs_get_a_fixed_reply(client: openai.OpenAI, streamed: bool) -> None:
    """Titles and tags are no questions to papers; what Open WebUI reads of the reply is there."""
    asked: list[Any] = [{"role": "user", "content": "### Task:\nGenerate 1-3 broad tags"}]
    reply: Any = client.chat.completions.create(model="x", messages=asked, stream=streamed)
    text = (
        "".join(chunk.choices[0].delta.content or "" for chunk in reply)
        if streamed
        else reply.choices[0].message.content
    )
    assert text == TASK_REPLY
    assert json.loads(text).keys() >= {"title", "tags", "follow_ups", "queries"}


def test_an_engine_that_cannot_answer_says_so_without_paths(tmp_path: Path) -> None:
    """A torn index is an error of the stream and of the request, which name no folder of this machine."""
    engine = demo_engine(tmp_path / "corpus")
    engine.ingest([TERN])
    (engine.settings.index_dir / "manifest.json").write_text("torn")
    with running(engine) as (address, _):
        body = {"messages": ASK, "paperbound": {"papers": [TERN]}}
        told = httpx.post(f"{address}/v1/chat/completions", json=body, timeout=30)
        streamed = httpx.post(f"{address}/v1/chat/completions", json=body | {"stream": True}, timeout=30)
    assert told.status_code == 500
    assert "manifest.json" in told.json()["error"]["message"]
    for text in (told.text, streamed.text):
        assert '"error"' in text
        assert str(tmp_path) not in text


def test_twenty_questions_at_once(client: openai.OpenAI) -> None:
    """All are answered, alike, and those who wait are told how many stand before them."""

    def ask(_: int) -> tuple[str, list[str]]:
        chunks = list(client.chat.completions.create(model="bursts", messages=ASK, stream=True))
        told = [chunk.model_dump().get("event", {}).get("data", {}).get("description", "") for chunk in chunks]
        text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        return text, told

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert len({text for text, _ in answers}) == 1
    assert any(words.endswith("before this one") for _, told in answers for words in told)
