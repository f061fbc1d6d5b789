"""Examine a chat model: is it there, what can it do, how fast is it, and how long will an answer take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from rag.chat.exchange import Chat, Reply, Request
from rag.chat.model_chat import ModelChat
from rag.chat.replies import read_json
from rag.errors import WriterError

ANSWERS = {"a question": (800, 120), "a brief": (6_000, 1_500)}  # tokens read and written, with small prompts
READ_LINES = 12  # of text that is read to measure speed: some 250 tokens
WRITTEN_TOKENS = 40  # enough to measure speed, few enough to wait for
FRUIT = {
    "type": "object",
    "properties": {"fruit": {"type": "string", "enum": ["quince", "medlar"]}},
    "required": ["fruit"],
    "additionalProperties": False,
}
AGAINST = 'Reply with this JSON object and with nothing else: {"fruit": "banana"}'
SURE = "Is ice colder than steam? Reply with one word, Yes or No."


@dataclass(frozen=True, slots=True)
class Observation:
    """Say what was looked at, whether it is well, and what was found."""

    what: str
    good: bool
    text: str


def examine(chat: Chat) -> Iterator[Observation]:
    """Yield what is found; end where the model cannot be reached. The chat remembers whether it obeys schemas."""
    mark = time.time_ns()  # no cache of the server's holds what follows
    lines = [f"Shelf {line} of {mark} holds {line * 7} books on ferries, lamps and maps." for line in range(READ_LINES)]
    ask = "\n".join([*lines, "Say in about eighty words why people put books on shelves."])
    try:
        spoken = chat.complete(Request(({"role": "user", "content": ask},), max_tokens=WRITTEN_TOKENS, whole=False))
    except WriterError as error:
        yield Observation("writer", False, str(error))
        return
    yield Observation("writer", True, f"{chat.name}: {spoken.model} answers")
    context = chat.capabilities.context
    yield Observation("context", True, f"{context:,} tokens" if context else "the server does not tell")
    yield _schema(chat)
    yield _logprobs(chat)
    yield _speed(spoken)


def _schema(chat: Chat) -> Observation:
    """Ask for a word that the schema allows and the prompt argues against."""
    try:
        reply = chat.complete(Request(({"role": "user", "content": AGAINST},), FRUIT, "fruit", 64))
        obeyed = read_json(reply.text).get("fruit") in FRUIT["properties"]["fruit"]["enum"]  # type: ignore[index]
    except WriterError as error:
        if error.kind not in ("not_json", "empty", "truncated"):
            return Observation("schema", False, str(error))
        obeyed = False
    mode = chat.capabilities.mode
    if isinstance(chat, ModelChat):
        chat.honours_schema = obeyed and mode == "json_schema"
    if mode != "json_schema":
        return Observation("schema", True, f"refused; replies are asked for as {mode.replace('_', ' ')}")
    return Observation("schema", True, "honoured" if obeyed else "accepted, but not obeyed: replies may need repair")


def _logprobs(chat: Chat) -> Observation:
    try:
        choice = chat.choose(({"role": "user", "content": SURE},))
    except WriterError as error:
        return Observation("logprobs", False, str(error))
    if choice.by == "word":
        return Observation("logprobs", True, f"not told; checks ask for a word ({max(choice, key=choice.__getitem__)})")
    return Observation("logprobs", True, f"told: Yes {choice['Yes']:.2f} for a true statement")


def _speed(spoken: Reply) -> Observation:
    """Say how fast it reads and writes, and what that makes of an answer."""
    usage = spoken.usage
    read, written = usage.get("input_tokens", 0) - usage.get("cached_tokens", 0), usage.get("output_tokens", 0)
    reading = usage.get("first_token_seconds", 0.0)
    writing = usage.get("seconds", 0.0) - reading
    if read <= 0 or written <= 1 or writing <= 0 or reading <= 0:
        return Observation("speed", True, "cannot be measured: the server does not count tokens")
    reads, writes = read / reading, (written - 1) / writing
    seconds = {name: more / reads + less / writes for name, (more, less) in ANSWERS.items()}
    takes = ", ".join(f"{name} {f'{s:.0f} s' if s < 120 else f'{s / 60:.0f} min'}" for name, s in seconds.items())
    return Observation("speed", True, f"reads {_rate(reads)}, writes {_rate(writes)} tokens/s; takes about {takes}")


def _rate(tokens: float) -> str:
    return f"{tokens:.0f}" if tokens >= 10 else f"{tokens:.1f}"
