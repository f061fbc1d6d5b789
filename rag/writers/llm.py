"""Let a chat model write: render the task, ask, read the reply strictly, hand back claims that name evidence ids.

Two plans: `large` shows all evidence once and has every section written in one reply; `small` asks small questions,
each over the few sentences that may answer it (`small`). What comes back is only a proposal; `gates.settle` decides
what stands. Replies are judged as they came.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from rag.answers import Draft, Failing, Repaired, Task
from rag.chat import Chat, ModelChat, Reply, Request, open_chat, read_json
from rag.errors import WriterError
from rag.writers.calibration import threshold_of
from rag.writers.model_check import WORDINGS, ModelCheck
from rag.writers.prompt import (
    CHARS_PER_TOKEN,
    DEFAULT_BUDGET,
    Prompt,
    hashes_of,
    render,
    render_repair,
    repair_schema,
    schema,
)
from rag.writers.replies import draft_claims, provenance_of, repaired_claims
from rag.writers.small import TOO_LONG, Heard, SmallPlan, Step

MAX_TOKENS = 4096  # of one reply: an answer of forty claims has half of that
LEAST_BUDGET = 1_000  # tokens of a prompt; our instructions alone have some 700
PlanName = Literal["small", "large"]


@dataclass(frozen=True, slots=True)
class Prices:
    """Hold a model's prices per million tokens, in whatever currency the user gives them."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class LlmWriter:
    """Write with a chat model. One writer serves any number of tasks, from any number of threads."""

    chat: Chat
    plan: PlanName = "large"
    budget: int = DEFAULT_BUDGET
    prices: Prices | None = None
    keep_raw: Callable[[str, str], None] | None = field(default=None, repr=False)
    check: ModelCheck | None = None  # what the gates ask of a claim in its own words, beside their exact rules

    @classmethod
    def from_spec(
        cls,
        spec: str,
        *,
        plan: PlanName | None = None,
        check: str | None = None,
        max_tokens: int | None = MAX_TOKENS,
        budget: int = DEFAULT_BUDGET,
        prices: Prices | None = None,
        keep_raw: Path | None = None,
        calibrations: Path | None = None,
        **options: Any,
    ) -> LlmWriter:
        """Open `provider:model` or `replay:FILE`; `keep_raw` names where raw replies are kept.

        Without a `plan`, models on this machine are asked small questions, hosted ones large ones. `check` names the
        model that checks claims: without one the writer itself, "none" for none; `calibrations` is the file where
        `rag calibrate` keeps from which score on a model is believed.

        `options` are those of `rag.chat.open_chat`: api_key, base_url, timeout, total, context, offline, cache, record.
        """
        chat = open_chat(spec, max_tokens=max_tokens, **options)
        plan = plan or ("small" if is_local(spec, options.get("base_url")) else "large")
        checker = chat if check is None else None if check == "none" else open_chat(check, **options)
        keep = None if keep_raw is None else _keeper(keep_raw)
        check_ = ModelCheck(checker, threshold_of(checker.name, calibrations)) if checker else None
        return cls(chat, plan, budget, prices, keep, check_)

    @property
    def name(self) -> str:
        """Return the model's name as the answer records it."""
        return self.chat.name

    def on_retry(self, listener: Callable[[WriterError, float], None]) -> None:
        """Tell a listener of every call that failed and is tried again, and after how many seconds."""
        chat: object = self.chat
        while chat is not None and not isinstance(chat, ModelChat):
            chat = getattr(chat, "chat", None)  # what keeps or records replies stands before the model
        if chat is not None:
            chat.on_retry = listener

    def write(self, task: Task) -> Draft:
        """Return the model's claims; raise `WriterError` when it gave no usable reply."""
        return self.write_in_steps(task, lambda done, total: None)

    def write_in_steps(self, task: Task, step: Step, heard: Heard | None = None) -> Draft:
        """Return the model's claims, telling before each question how many were asked, and after it what was written.

        A prompt that was too long, or took too long, is never sent again: half of it is.
        """
        if self.plan == "small":
            draft = SmallPlan(self.chat, self._keep, step, heard).write(task)
            return replace(draft, provenance={**draft.provenance, **self._checked()}, usage=self._priced(draft.usage))
        budget = self._budget()
        while True:
            prompt = render(task, budget)
            try:
                return self._draft(prompt, self.chat.complete(Request(prompt.messages, schema(prompt), "answer")))
            except WriterError as error:
                said = sum(len(message["content"]) for message in prompt.messages)
                budget = min(budget, said // CHARS_PER_TOKEN) // 2
                if error.kind not in TOO_LONG or budget < LEAST_BUDGET:
                    raise

    async def awrite(self, task: Task) -> Draft:
        """Return the model's claims without blocking."""
        return await asyncio.to_thread(self.write, task)

    def repair(self, task: Task, failing: Sequence[Failing]) -> Repaired:
        """Send failing claims back once, all in one request, each with its reasons; a small plan has no second try."""
        if self.plan == "small":
            return Repaired(())
        prompt = render_repair(render(task, self._budget()), failing)
        request = Request(prompt.messages, repair_schema(prompt, len(failing)), "repair")
        return self._repaired(prompt, failing, self.chat.complete(request))

    def _budget(self) -> int:
        """Return how many tokens a prompt may have: half of the context, where it is known, is left for the reply."""
        context = self.chat.capabilities.context
        return min(self.budget, context // 2) if context else self.budget

    def _draft(self, prompt: Prompt, reply: Reply) -> Draft:
        self._keep("draft", reply)
        claims, dropped = draft_claims(read_json(reply.text), prompt)
        return Draft(
            tuple(map(tuple, claims)), tuple(dropped), {**provenance_of(prompt, reply), **self._checked()},
            self._priced(reply.usage),
            shown=frozenset(prompt.shown),
        )  # fmt: skip

    def _repaired(self, prompt: Prompt, failing: Sequence[Failing], reply: Reply) -> Repaired:
        self._keep("repair", reply)
        claims, dropped = repaired_claims(read_json(reply.text), failing)
        provenance = {f"repair_{key}": value for key, value in provenance_of(prompt, reply).items()}
        usage = {f"repair_{key}": value for key, value in self._priced(reply.usage).items()}
        return Repaired(tuple(claims), tuple(dropped), provenance, usage)

    def _checked(self) -> dict[str, str]:
        """Return the hashes of the prompts by which claims are checked, where a model checks them."""
        names = WORDINGS if self.check else ()
        return {f"prompt:{name}": value for name, value in hashes_of(*names).items()}

    def _keep(self, stage: str, reply: Reply) -> None:
        if self.keep_raw is not None:
            self.keep_raw(stage, reply.text)

    def _priced(self, usage: Mapping[str, float]) -> Mapping[str, float]:
        if self.prices is None:
            return usage
        spent = usage.get("input_tokens", 0.0) * self.prices.input
        spent += usage.get("output_tokens", 0.0) * self.prices.output
        return {**usage, "cost": spent / 1_000_000}


def is_local(spec: str, base_url: str | None = None) -> bool:
    """Tell whether a model runs on this machine, as far as its name and address say."""
    provider = spec.partition(":")[0]
    address = urlsplit(base_url or (os.environ.get("OPENAI_BASE_URL", "") if provider == "openai" else "")).hostname
    return provider in ("llamacpp", "ollama", "lmstudio") or address in ("127.0.0.1", "::1", "localhost")


def _keeper(path: Path) -> Callable[[str, str], None]:
    def keep(stage: str, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"stage": stage, "reply": text}, ensure_ascii=False) + "\n")

    return keep


__all__ = ["LlmWriter", "Prices", "WriterError"]
