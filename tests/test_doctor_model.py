from __future__ import annotations

import pytest

from rag.doctor import examine_model
from tests import ollama_server
from tests import openai_server as fake
from tests.chat.opened import opened
from tests.openai_server import Body, Turn, serve

SAID = "Shelves keep books dry, flat and in sight, so that those who look for one find it."


def obedient(body: Body) -> Turn:
    """Obey schemas, tell log-probabilities, and count tokens."""
    if "logprobs" in body:
        return Turn("Yes", likely={"Yes": 0.9, "No": 0.1})
    asked = body.get("format") or body.get("response_format")
    return Turn('{"fruit": "medlar"}' if asked else SAID, counted=(250, 20))


def deaf(body: Body) -> Turn:
    """Accept everything and take no notice: no schema, no log-probabilities, no counts."""
    said = body["messages"][-1]["content"]
    return Turn('{"fruit": "banana"}' if "banana" in said else "Yes, it is.", counted=(0, 0))


@pytest.mark.parametrize("spec", ["openai:m", "ollama:m"])
def test_a_capable_model_is_told_from_its_answers(spec: str) -> None:
    models = {"data": [{"id": "m", "max_model_len": 4096}]}
    with serve(obedient, ollama_server.speak if spec == "ollama:m" else None, models=models) as server:
        chat = opened(server.url, spec)
        found = {seen.what: seen for seen in examine_model(chat)}
    assert all(seen.good for seen in found.values())
    assert found["schema"].text == "honoured"
    assert "told: Yes 0.90" in found["logprobs"].text
    assert "tokens/s; takes about a question" in found["speed"].text
    assert chat.capabilities.honours_schema is True
    if spec == "openai:m":
        assert found["context"].text == "4,096 tokens"


def test_a_schema_that_is_accepted_and_not_obeyed_is_found_out() -> None:
    with serve(deaf) as server:
        chat = opened(server.url)
        found = {seen.what: seen.text for seen in examine_model(chat)}
    assert found["schema"].startswith("accepted, but not obeyed")
    assert found["logprobs"].startswith("not told")
    assert found["context"] == "the server does not tell"
    assert found["speed"].startswith("cannot be measured")
    assert chat.capabilities.honours_schema is False


def test_a_schema_that_is_refused_is_named_so() -> None:
    with serve(fake.without("json_schema", obedient)) as server:
        chat = opened(server.url)
        found = {seen.what: seen.text for seen in examine_model(chat)}
    assert found["schema"] == "refused; replies are asked for as json object"
    assert chat.capabilities.honours_schema is False


def test_a_server_that_does_not_run_is_one_finding() -> None:
    with serve(obedient) as server:
        url = server.url
    [seen] = examine_model(opened(url))
    assert (seen.what, seen.good) == ("writer", False)
    assert "check the address" in seen.text
