"""Let a chat model say of each of a few sentences whether it states the answer, and keep the best of them.

A small model judges better than it chooses: asked for the ids of the sentences that answer, a 1.5B model does worse
than the ranking it is shown; asked of one sentence at a time, its "Yes" improves that ranking, and what it writes from
two or three picked sentences answers more often than what it writes from twelve (`eval/benchmarks/README.md`). What
all requests share stands first, so that a server reads it once.
Not handled: ranking (`nearness`), writing (`small`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import Template

from rag.answers import Evidence
from rag.chat import Chat
from rag.writers.prompt import clean, load_prompt

RANK = 0.03  # a place in the ranking against the probability of "Yes": eight places weigh a quarter
LEAST = 0.5  # of the best sentence's probability: what is below adds nothing to it
SYSTEM = "You answer questions about research papers for readers who check every word."


@dataclass(frozen=True, slots=True)
class Picked:
    """Hold the sentences that were kept, best first, and how probable it is that any states the answer."""

    sentences: tuple[Evidence, ...]
    stated: float
    usage: dict[str, float] = field(default_factory=dict)


def pick(chat: Chat, ask: str, ranked: Sequence[Evidence], most: int) -> Picked:
    """Return the sentences that state the answer, as far as the model can tell; raise `WriterError` without a reply."""
    frame = Template(load_prompt("pick.md"))
    usage: dict[str, float] = {}
    stated: dict[str, float] = {}
    for item in ranked:
        text = frame.substitute(ask=clean(ask), sentence=clean(item.text))
        choice = chat.choose(({"role": "system", "content": SYSTEM}, {"role": "user", "content": text}))
        stated[item.id] = choice["Yes"]
        usage = {name: usage.get(name, 0.0) + choice.usage.get(name, 0.0) for name in {**usage, **choice.usage}}
    best = max(stated.values(), default=0.0)
    worth = {item.id: stated[item.id] - RANK * place for place, item in enumerate(ranked)}
    kept = sorted(ranked, key=lambda item: -worth[item.id])[:most]
    told = tuple(item for place, item in enumerate(kept) if not place or stated[item.id] >= LEAST * best)
    return Picked(told, best, usage)
