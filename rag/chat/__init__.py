"""Talk to a chat model: one request in, one reply out, whoever serves it; nothing here is loaded without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.lazy import lazy

if TYPE_CHECKING:
    from rag.chat.connection import Patience
    from rag.chat.exchange import Capabilities, Chat, Choice, Message, Reply, Request, SchemaMode, redact
    from rag.chat.model_chat import ModelChat
    from rag.chat.providers import LangchainModel, open_chat
    from rag.chat.replay import read_json

__all__ = [
    "Capabilities",
    "Chat",
    "Choice",
    "LangchainModel",
    "Message",
    "ModelChat",
    "Patience",
    "Reply",
    "Request",
    "SchemaMode",
    "open_chat",
    "read_json",
    "redact",
]

_HOMES = {
    "Capabilities": "rag.chat.exchange",
    "Chat": "rag.chat.exchange",
    "Choice": "rag.chat.exchange",
    "LangchainModel": "rag.chat.providers",
    "Message": "rag.chat.exchange",
    "ModelChat": "rag.chat.model_chat",
    "Patience": "rag.chat.connection",
    "Reply": "rag.chat.exchange",
    "Request": "rag.chat.exchange",
    "SchemaMode": "rag.chat.exchange",
    "open_chat": "rag.chat.providers",
    "read_json": "rag.chat.replay",
    "redact": "rag.chat.exchange",
}

__getattr__ = lazy(__name__, _HOMES)
