from __future__ import annotations

from pathlib import Path

import pytest

from rag.chat import Request, open_chat
from rag.errors import SettingsError
from tests.chat.opened import ASK, KEY, failing
from tests.openai_server import Turn, serve

QUESTION = ({"role": "user", "content": "Is ice colder than steam?"},)
TURN = Turn("Yes", likely={"Yes": 0.6, "No": 0.2}, finish="length")


def test_replies_and_choices_are_asked_for_once(tmp_path: Path) -> None:
    with serve([TURN]) as server:
        chat = open_chat("openai:m", api_key=KEY, base_url=server.url, cache=tmp_path)
        request = Request(ASK.messages, whole=False)
        first, again = chat.complete(request), chat.complete(request)
        choice, same = chat.choose(QUESTION), chat.choose(QUESTION)
        chat.choose(QUESTION, ("Yes", "Nay"))
    assert (again.text, again.truncated, dict(again.usage)) == (first.text, True, {"cached": 1.0})
    assert (same, same.by, same.mass) == (choice, "logprobs", choice.mass)
    assert choice["Yes"] == pytest.approx(0.75)
    assert len(server.requests) == 3


def test_a_recording_answers_and_chooses_without_the_model(tmp_path: Path) -> None:
    file = tmp_path / "made" / "r.jsonl"
    with serve([Turn("Here\u2028.", likely={"Yes": 0.9, "No": 0.1})]) as server:
        live = open_chat("openai:m", api_key=KEY, base_url=server.url, record=file)
        reply, choice = live.complete(ASK), live.choose(QUESTION)
    replay = open_chat(f"replay:{file}", offline=True)
    assert (replay.name, replay.complete(ASK), replay.choose(QUESTION)) == ("openai:m", reply, choice)
    assert failing(lambda: replay.choose(QUESTION, ("A", "B"))).kind == "not_recorded"
    assert failing(lambda: replay.complete(Request(QUESTION))).kind == "not_recorded"


@pytest.mark.parametrize("content", ["", "not json\n", '{"schema": "other/1"}\n', '{"schema": "rag.replies/1"}\n'])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"r\.jsonl"):
        open_chat(f"replay:{path}")
