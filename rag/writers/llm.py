"""Let a chat model write: render the task, ask, read the reply strictly, hand back claims that name evidence ids.

Two plans: `large` shows all evidence once and has every section written in one reply; `small` asks small questions,
each over the few sentences that may answer it (`slots`). What comes back is only a proposal; `gates.settle` decides
what stands. Replies are judged as they came.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from rag.answers import Draft, DraftClaim, Dropped, Failing, Repaired, Stage, Task
from rag.chat import Chat, ModelChat, Reply, Request, open_chat, read_json
from rag.errors import WriterError
from rag.writers.calibration import threshold_of
from rag.writers.model_check import ModelCheck
from rag.writers.prompt import (
    CHARS_PER_TOKEN,
    DEFAULT_BUDGET,
    NONE,
    STAGES,
    Prompt,
    render,
    render_repair,
    render_slot,
    repair_schema,
    schema,
    slot_schema,
)
from rag.writers.slots import Slot, slots

MAX_TOKENS = 4096  # of one reply: an answer of forty claims has half of that
LEAST_BUDGET = 1_000  # tokens of a prompt; our instructions alone have some 700
SLOT_TOKENS = 120  # of a reply per statement asked for, its JSON included: a long sentence has 60
TOO_LONG = frozenset({"timeout", "context_overflow"})  # what a smaller prompt may mend
HOPELESS = frozenset({"unauthorized", "connection", "bad_request", "provider_refusal"})  # the next question fails too

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
        """Return the model's claims; raise `WriterError` when it gave no usable reply.

        A prompt that was too long, or took too long, is never sent again: half of it is.
        """
        if self.plan == "small":
            return self._small(task)
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

    def _small(self, task: Task) -> Draft:
        """Ask small questions one after the other; one that fails leaves its place empty, all failing is an error."""
        claims: list[list[DraftClaim]] = [[] for _ in task.points]
        dropped: list[Dropped] = []
        provenance: dict[str, str] = {}
        usage: dict[str, float] = {}
        failures: list[WriterError] = []
        for slot in slots(task):
            try:
                found, lost, prompt, reply = self._ask_slot(slot, task)
            except WriterError as error:
                failures.append(error)
                if error.kind in HOPELESS:
                    break
                continue
            claims[slot.point] += found
            dropped += lost
            provenance |= _provenance(prompt, reply)
            usage = {name: usage.get(name, 0.0) + value for name, value in {**usage, **self._usage(reply)}.items()}
        if failures and not provenance:
            raise failures[0]
        if failures:
            provenance["failed"] = ", ".join(sorted({error.kind for error in failures}))
        return Draft(tuple(map(tuple, claims)), tuple(dropped), {**provenance, "plan": self.plan}, usage)

    def _ask_slot(self, slot: Slot, task: Task) -> tuple[list[DraftClaim], list[Dropped], Prompt, Reply]:
        """Ask one small question; what took too long or was too much is asked once more with half the sentences."""
        for shown in (slot.shown, slot.shown[: max(2, len(slot.shown) // 2)]):
            prompt = render_slot(slot, shown, task)
            request = Request(prompt.messages, slot_schema(prompt, slot.most), "claims", SLOT_TOKENS * (slot.most + 1))
            try:
                reply = self.chat.complete(request)
                self._keep("small", reply)
                return *slot_claims(read_json(reply.text), slot, prompt), prompt, reply
            except WriterError as error:
                if error.kind not in TOO_LONG:
                    raise
                failed = error
        raise failed

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
            tuple(map(tuple, claims)), tuple(dropped), _provenance(prompt, reply), self._usage(reply),
            frozenset(prompt.shown),
        )  # fmt: skip

    def _repaired(self, prompt: Prompt, failing: Sequence[Failing], reply: Reply) -> Repaired:
        self._keep("repair", reply)
        claims, dropped = repaired_claims(read_json(reply.text), failing)
        provenance = {f"repair_{key}": value for key, value in _provenance(prompt, reply).items()}
        usage = {f"repair_{key}": value for key, value in self._usage(reply).items()}
        return Repaired(tuple(claims), tuple(dropped), provenance, usage)

    def _keep(self, stage: str, reply: Reply) -> None:
        if self.keep_raw is not None:
            self.keep_raw(stage, reply.text)

    def _usage(self, reply: Reply) -> Mapping[str, float]:
        if self.prices is None:
            return reply.usage
        spent = (
            reply.usage.get("input_tokens", 0.0) * self.prices.input
            + reply.usage.get("output_tokens", 0.0) * self.prices.output
        )
        return {**reply.usage, "cost": spent / 1_000_000}


def is_local(spec: str, base_url: str | None = None) -> bool:
    """Tell whether a model runs on this machine, as far as its name and address say."""
    provider = spec.partition(":")[0]
    address = urlsplit(base_url or (os.environ.get("OPENAI_BASE_URL", "") if provider == "openai" else "")).hostname
    return provider in ("llamacpp", "ollama", "lmstudio") or address in ("127.0.0.1", "::1", "localhost")


def _provenance(prompt: Prompt, reply: Reply) -> dict[str, str]:
    return {
        "model": reply.model,
        "schema_mode": reply.mode,
        "raw_sha256": hashlib.sha256(reply.text.encode("utf-8", "surrogatepass")).hexdigest(),
        **{f"prompt:{name}": value for name, value in prompt.hashes.items()},
    }


def _keeper(path: Path) -> Callable[[str, str], None]:
    def keep(stage: str, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"stage": stage, "reply": text}, ensure_ascii=False) + "\n")

    return keep


__all__ = ["LlmWriter", "Prices", "WriterError"]


# --- take claims from a model's reply: what does not fit the form is recorded, never mended -----

_CLAIM_FIELDS = {"text", "evidence", "subject", "stage"}


def draft_claims(reply: Mapping[str, Any], prompt: Prompt) -> tuple[list[list[DraftClaim]], list[Dropped]]:
    """Return the claims per section title and everything in the reply that has no place in it."""
    claims: list[list[DraftClaim]] = [[] for _ in prompt.titles]
    dropped = list(_extra(reply, {"sections"}))
    for section in _objects(reply.get("sections"), "sections", dropped):
        dropped += _extra(section, {"title", "claims"})
        title = section.get("title")
        place = prompt.titles.index(title) if isinstance(title, str) and title in prompt.titles else None
        for item in _objects(section.get("claims"), "claims", dropped):
            claim = _claim(item, _CLAIM_FIELDS, dropped)
            if claim is None:
                continue
            if place is None:
                dropped.append(Dropped(claim.text, "unknown_section", _show(title)))
            else:
                claims[place].append(claim)
    return claims, dropped


def slot_claims(reply: Mapping[str, Any], slot: Slot, prompt: Prompt) -> tuple[list[DraftClaim], list[Dropped]]:
    """Return the claims of a reply to a small question; each is about the one paper it cites, if it is one."""
    dropped = list(_extra(reply, {"claims"}))
    owners = {item.id: item.paper for item in slot.shown}
    found = []
    for item in _objects(reply.get("claims"), "claims", dropped):
        if claim := _claim(item, {"text", "evidence"}, dropped):
            about = {owners.get(name) for name in claim.evidence} - {None}
            subject = slot.paper or (about.pop() if len(about) == 1 else None)
            found.append(replace(claim, text=" ".join(claim.text.split()), subject=subject, stage=slot.stage))
    return found, dropped


def repaired_claims(
    reply: Mapping[str, Any], failing: Sequence[Failing]
) -> tuple[list[DraftClaim | None], list[Dropped]]:
    """Return the new claim for each failing one, None where the reply has none."""
    claims: list[DraftClaim | None] = [None] * len(failing)
    dropped = list(_extra(reply, {"claims"}))
    for item in _objects(reply.get("claims"), "claims", dropped):
        number = item.get("number")
        claim = _claim(item, _CLAIM_FIELDS | {"number"}, dropped)
        if claim is None:
            continue
        if type(number) is int and 1 <= number <= len(failing) and claims[number - 1] is None:
            claims[number - 1] = claim
        else:
            dropped.append(Dropped(claim.text, "unknown_number", _show(number)))
    return claims, dropped


def _objects(found: Any, name: str, dropped: list[Dropped]) -> Iterator[Mapping[str, Any]]:
    if not isinstance(found, list):
        dropped.append(Dropped(_show(found), "malformed", f"{name} is no list"))
        return
    for item in found:
        if isinstance(item, dict):
            yield item
        else:
            dropped.append(Dropped(_show(item), "malformed", f"an item of {name} is no object"))


def _claim(item: Mapping[str, Any], fields: set[str], dropped: list[Dropped]) -> DraftClaim | None:
    text, evidence = item.get("text"), item.get("evidence")
    subject, stage = item.get("subject", NONE), item.get("stage", NONE)
    if not isinstance(text, str) or not _are_strings(evidence) or not _are_strings([subject, stage]):
        dropped.append(Dropped(_show(item), "malformed", "a claim needs text, evidence, subject and stage"))
        return None
    dropped += _extra(item, fields)
    if stage not in STAGES:
        dropped.append(Dropped(text, "malformed", f"stage {_show(stage)} is none of {', '.join(STAGES)}"))
        return None
    named: Stage | None = None if stage == NONE else stage
    ids = tuple(dict.fromkeys(evidence or ()))
    return DraftClaim(text, ids, subject=None if subject == NONE else subject, stage=named)


def _are_strings(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(item, str) for item in found)


def _extra(item: Mapping[str, Any], fields: set[str]) -> Iterable[Dropped]:
    return [Dropped(_show(item[key]), "extra_field", key[:80]) for key in item if key not in fields]


def _show(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:299] + "…"
