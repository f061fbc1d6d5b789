"""Speak Ollama's own protocol on loopback: NDJSON, a schema as `format`, a context that cuts in silence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from tests.openai_server import Body, Turn, tokens

CHARS_PER_TOKEN = 4  # of the tokenizer that this server pretends to have


def speak(body: Body, turn: Turn) -> tuple[str, list[bytes]]:
    """Return a chat as lines of JSON, or what a server that cannot says."""
    if turn.raw is not None:
        return "application/x-ndjson", [turn.raw]
    if turn.status != 200:
        return "application/json", [json.dumps({"error": turn.text}).encode()]
    top = {"model": body.get("model", ""), "created_at": "2026-11-01T00:00:00Z"}
    said: list[dict[str, Any]] = [
        {"role": "assistant", "content": "", "thinking": part} for part in tokens(turn.thoughts)
    ]
    said += [{"role": "assistant", "content": part} for part in tokens(turn.text)]
    lines: list[dict[str, Any]] = [{**top, "message": message, "done": False} for message in said]
    if body.get("logprobs") and turn.likely and lines:
        lines[0]["logprobs"] = _logprobs(turn.likely)
    end = {**top, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": turn.finish}
    read, written = turn.counted
    lines.append(end | ({"prompt_eval_count": read, "eval_count": written} if read else {}))
    return "application/x-ndjson", [json.dumps(line).encode() + b"\n" for line in lines]


def cutting(text: str = "Yes.") -> Any:
    """Return an older server's model: a prompt beyond the context is cut without a word, and then answered."""

    def model(body: Body) -> Turn:
        sent = sum(len(message["content"]) for message in body["messages"]) // CHARS_PER_TOKEN
        return Turn(text, counted=(min(sent, body["options"]["num_ctx"]), 5))

    return model


def _logprobs(likely: Mapping[str, float]) -> list[dict[str, Any]]:
    top = [{"token": token, "logprob": math.log(share)} for token, share in likely.items()]
    return [{**top[0], "top_logprobs": top}]
