"""Open models at a loopback server the way the program does, with the waits between tries noted instead of slept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rag.chat import ModelChat, Request, open_chat
from rag.errors import WriterError

KEY = "sk-test-0123456789abcdef"
ASK = Request(({"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a glider?"}))
FRUIT = {"type": "object", "properties": {"fruit": {"type": "string", "enum": ["quince", "medlar"]}}}
ASK_FRUIT = Request(ASK.messages, FRUIT, "fruit")


def opened(url: str, spec: str = "openai:m", waits: list[float] | None = None, **options: Any) -> ModelChat:
    """Return the chat of a spec at a server."""
    chat = open_chat(spec, base_url=url, **{"api_key": KEY, **options})
    assert isinstance(chat, ModelChat)
    chat.sleep = waits.append if waits is not None else lambda seconds: None
    return chat


def failing(do: Callable[[], object]) -> WriterError:
    """Return how a call fails."""
    with pytest.raises(WriterError) as caught:
        do()
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value
