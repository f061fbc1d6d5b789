from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from rag.chat import Chat, LangchainModel, ModelChat, open_chat, redact
from rag.chat.protocols import OllamaServer, OpenAiServer
from rag.chat.providers import forbid_redirects, ollama_url
from rag.errors import SettingsError
from tests.chat.opened import ASK, ASK_FRUIT, FRUIT, KEY, failing
from tests.openai_server import Turn, serve


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "LMSTUDIO", "VLLM"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)


def address(chat: Chat) -> str:
    """Return where a chat would ask."""
    assert isinstance(chat, ModelChat)
    assert isinstance(chat.server, OpenAiServer | OllamaServer)
    return str(chat.server.client.base_url).rstrip("/")


@pytest.mark.parametrize("spec", ["gpt-4", "openai:", ":x", "nobody:model"])
def test_a_model_that_makes_no_sense_is_a_clear_error(spec: str) -> None:
    with pytest.raises(SettingsError, match="--llm"):
        open_chat(spec, api_key=KEY)


def test_no_key_is_a_clear_error() -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        open_chat("openai:gpt-4.1-mini")


@pytest.mark.parametrize(
    ("spec", "url"),
    [
        ("lmstudio:m", "http://127.0.0.1:1234/v1"),
        ("vllm:org/m", "http://127.0.0.1:8000/v1"),
        ("ollama:m:8b", "http://127.0.0.1:11434"),
    ],
)
def test_servers_on_this_machine_are_found_where_they_usually_are(spec: str, url: str) -> None:
    chat = open_chat(spec, offline=True)
    assert (address(chat), chat.name) == (url, spec)


def test_addresses_and_keys_come_from_each_ones_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI's key is sent to OpenAI's address, or to the one that stands in its place, and to no other server."""
    with serve([Turn("Here.")]) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("VLLM_BASE_URL", server.url)
        open_chat("vllm:m").complete(ASK)
        monkeypatch.setenv("VLLM_API_KEY", "a-key-of-its-own")
        open_chat("vllm:m").complete(ASK)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        open_chat("openai:m").complete(ASK)
        open_chat("openai:m", api_key="given").complete(ASK)
    keys = ["none", "a-key-of-its-own", KEY, "given"]
    assert [headers["authorization"] for headers in server.headers] == [f"Bearer {key}" for key in keys]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - where it listens, which is no address to ask
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("gpu-box:8080", "http://gpu-box:8080"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://ollama.example/", "https://ollama.example:443"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:11434"),
        (' "localhost:11434" ', "http://localhost:11434"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert ollama_url(host) == url


@pytest.mark.parametrize(
    "spec",
    [
        "openai:gpt-4.1-mini", "anthropic:claude-sonnet-4-5", "azure_openai:m", "google_genai:gemini-2.5-flash",
        "huggingface:m", "nobody:m",
    ],
)  # fmt: skip
def test_offline_forbids_whatever_is_not_on_this_machine(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(SettingsError, match="--offline forbids"):
        open_chat(spec, offline=True)


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "VLLM_BASE_URL", "LMSTUDIO_BASE_URL", "OLLAMA_HOST"])
def test_offline_forbids_a_server_elsewhere_that_the_environment_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://gpu-box.lan:8000/v1")
    with pytest.raises(SettingsError, match=r"--offline forbids gpu-box\.lan"):
        open_chat(f"{name.split('_')[0].lower()}:m", offline=True)


def test_a_key_of_the_environment_is_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "plain-words")
    with serve([Turn("who is plain-words?", status=401)]) as server:
        monkeypatch.setenv("VLLM_BASE_URL", server.url)
        assert "who is ***?" in str(failing(lambda: open_chat("vllm:m").complete(ASK)))


# --- llama.cpp in this process ---------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.gguf cannot be read: No such file"):
        open_chat(f"llamacpp:{tmp_path / 'none.gguf'}")
    with pytest.raises(SettingsError, match="Is a directory"):
        open_chat(f"llamacpp:{tmp_path}")


def test_a_file_that_is_no_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"<html>")
    with pytest.raises(SettingsError, match="is no GGUF file"):
        open_chat(f"llamacpp:{tmp_path / 'm.gguf'}")


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF" + bytes(100))
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(SettingsError, match=r"pip install 'paperbound\[local\]'"):
        open_chat(f"llamacpp:{tmp_path / 'm.gguf'}")


def test_a_damaged_model_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="llama.cpp is not installed")
    (tmp_path / "m.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(SettingsError, match="cannot load"):
        open_chat(f"llamacpp:{tmp_path / 'm.gguf'}")


# --- other providers ------------------------------------------------------------------------------------------------


class OtherProvider(GenericFakeChatModel):
    """A chat model of another provider: structured output goes its own way."""

    def with_structured_output(self, schema: Any, **options: Any) -> Any:
        assert (schema["title"], schema["properties"]) == ("fruit", FRUIT["properties"])
        assert options == {"method": "json_schema", "include_raw": True}
        return self | RunnableLambda(lambda raw: {"raw": raw, "parsed": None, "parsing_error": None})


def test_other_providers_take_the_schema_their_own_way() -> None:
    said = AIMessage(
        content='{"fruit": "quince"}', usage_metadata={"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}
    )
    reply = ModelChat(LangchainModel("other:m", OtherProvider(messages=iter([said])))).complete(ASK_FRUIT)
    assert (reply.text, reply.mode) == ('{"fruit": "quince"}', "json_schema")
    assert (reply.usage["input_tokens"], reply.usage["output_tokens"]) == (9, 5)


def test_a_provider_that_can_do_nothing_is_asked_for_text() -> None:
    """No structured output and no tools: the mode falls to what works, and is recorded."""
    said = AIMessage(content="quince")
    reply = ModelChat(LangchainModel("other:m", GenericFakeChatModel(messages=iter([said])))).complete(ASK_FRUIT)
    assert reply.mode != "json_schema"


def test_another_providers_choice_is_a_word() -> None:
    said = [AIMessage(content="No."), AIMessage(content="No.")]
    choice = ModelChat(LangchainModel("other:m", GenericFakeChatModel(messages=iter(said)))).choose(ASK.messages)
    assert dict(choice) == {"Yes": 0.0, "No": 1.0}
    assert choice.by == "word"


def test_no_package_follows_a_redirect() -> None:
    """A key in a header of a provider's own would go along: httpx takes out `Authorization` alone."""
    asking = httpx.Client(follow_redirects=True)
    with asking, serve([Turn("", status=307, headers={"location": "http://127.0.0.1:1/"})]) as server:
        forbid_redirects(SimpleNamespace(client=SimpleNamespace(_client=SimpleNamespace(_client=asking))))
        assert asking.post(server.url, json={}, headers={"x-api-key": "k"}).status_code == 307


def test_structured_output_as_a_tool_call_is_the_reply() -> None:
    call = {"name": "fruit", "args": {"fruit": "quince"}, "id": "1"}
    said = AIMessage(content="", tool_calls=[call])
    reply = ModelChat(LangchainModel("other:m", OtherProvider(messages=iter([said])))).complete(ASK_FRUIT)
    assert json.loads(reply.text) == {"fruit": "quince"}


def test_what_looks_like_a_key_is_never_printed() -> None:
    assert redact(f"key {KEY} and Bearer abc.def") == "key *** and ***"


WATCHED = """
import json, sys

reached = set()
def watch(event, args):
    if event == "socket.connect":
        reached.add(f"{args[1][0]}:{args[1][1]}" if isinstance(args[1], tuple) else "local")
    if event == "socket.getaddrinfo":
        reached.add(f"name:{args[0]}")
sys.addaudithook(watch)

from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI
from rag.chat import LangchainModel, ModelChat, Request, open_chat

ask = Request(({"role": "user", "content": "Hello?"},), {"type": "object", "properties": {}}, "answer")
open_chat("openai:m", api_key="sk-test-0123456789", base_url=sys.argv[1], offline=True).complete(ask)
model = ChatOpenAI(model="m", api_key="sk-test-0123456789", base_url=sys.argv[1])
ModelChat(LangchainModel("azure_openai:m", model)).complete(ask)
wait_for_all_tracers()
ours = sorted(reached)
model.invoke("a call outside our door")
wait_for_all_tracers()
print(json.dumps([ours, sorted(reached)]))
"""


@pytest.mark.parametrize("offline", ["0", "1"])
def test_nobody_but_the_configured_address_is_called(tmp_path: Path, offline: str) -> None:
    """With tracing switched on in the environment, a call reaches the model's address and nothing else.

    The same process then calls the model past our door, to show that the watch would have seen a trace leave.
    """
    with serve([Turn("{}")]) as server, serve([Turn(raw=b"{}")]) as tracer:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(tmp_path),
            "TIKTOKEN_CACHE_DIR": str(tmp_path),
            "HF_HUB_OFFLINE": offline,
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "lsv2_test",
            "LANGCHAIN_API_KEY": "lsv2_test",
            "LANGSMITH_ENDPOINT": tracer.url,
            "LANGCHAIN_ENDPOINT": tracer.url,
        }
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, server.url], env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        ours, later = json.loads(done.stdout.splitlines()[-1])
        address = server.url.split("/")[2]
        elsewhere = tracer.url.split("/")[2]
    assert set(ours) <= {address, f"name:{address.split(':')[0]}"}
    assert elsewhere in later


def test_nothing_heavy_is_loaded_before_a_model_is_opened() -> None:
    code = (
        "import sys, rag.chat\n"
        "rag.chat.Request, rag.chat.read_json, rag.chat.open_chat\n"
        "print([name for name in ('openai', 'langchain', 'langchain_core', 'xllamacpp') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
