"""Write with small questions, one after the other: which sentences answer, then what they say, in a sentence or two.

One question that fails leaves its place empty; what took too long or was too much is asked once more with half the
sentences. Not handled: which questions there are (`slots`), what stands of the replies (`gates.settle`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.answers import Draft, DraftClaim, Dropped, Evidence, Task
from rag.chat import Chat, Reply, Request, read_json
from rag.errors import WriterError
from rag.language import content, quantities
from rag.writers.pick import Picked, pick
from rag.writers.prompt import hashes_of, render_slot, slot_schema
from rag.writers.replies import claim_of, extra, objects, provenance_of
from rag.writers.slots import Slot, slots

SENTENCE_TOKENS = 120  # of a reply per sentence asked for, its JSON included: a long sentence has 60
TOO_LONG = frozenset({"timeout", "context_overflow"})  # what a smaller prompt may mend
HOPELESS = frozenset({"unauthorized", "connection", "bad_request", "provider_refusal"})  # the next question fails too
STATED = 0.48  # probability that a sentence states the answer, from which on one is written; .5 refuses too often
NEAREST = 2  # sentences that are shown where none states it
NEW_WORDS = 2  # of a claim, that a second sentence must state for its citation to say anything

Step = Callable[[int, int], None]  # questions asked, and how many there are
Heard = Callable[[int | None, Sequence[DraftClaim]], None]  # what was just written for a point, or in short


@dataclass(slots=True)
class SmallPlan:
    """Ask a task's small questions of one chat model and collect what comes back."""

    chat: Chat
    keep: Callable[[str, Reply], None]
    step: Step = lambda done, total: None
    heard: Heard | None = None
    usage: dict[str, float] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    provenance: dict[str, str] = field(default_factory=dict)

    def write(self, task: Task) -> Draft:
        """Return the claims of all questions; raise the first `WriterError` when none had a reply."""
        claims: list[list[DraftClaim]] = [[] for _ in task.points]
        quotes: list[list[DraftClaim]] = [[] for _ in task.points]
        in_short: list[DraftClaim] = []
        unstated: list[int] = []
        failures: list[WriterError] = []
        replied = 0  # questions that had a reply, if only that no sentence states the answer
        stated: list[float] = []
        asked = list(slots(task))
        for number, slot in enumerate(asked):
            self.step(number, len(asked))
            place = in_short if slot.point is None else claims[slot.point]
            try:
                found = self.picked(slot)
                stated.append(found.stated)
                if slot.point is not None:
                    quotes[slot.point] += [quote_of(item, slot) for item in found.sentences[:NEAREST] if slot.keep]
                if found.stated >= STATED:
                    written = self.ask(slot, found.sentences, task)
                    written += beside(written, found, slot)
                    place += written
                    if self.heard:
                        self.heard(slot.point, written)
                elif slot.paper is None and slot.point is not None:
                    unstated.append(slot.point)
                replied += 1
            except WriterError as error:
                failures.append(error)
                if error.kind in HOPELESS:
                    break
        if failures and not replied:
            raise failures[0]
        if failures:
            self.provenance["failed"] = ", ".join(sorted({error.kind for error in failures}))
        return Draft(
            tuple(map(tuple, claims)), in_short=tuple(in_short), dropped=tuple(self.dropped),
            provenance={**self.provenance, "plan": "small"}, usage=self.usage, stand_ins=tuple(map(tuple, quotes)),
            unstated=tuple(dict.fromkeys(unstated)), stated=stated[0] if len(stated) == len(asked) == 1 else None,
        )  # fmt: skip

    def picked(self, slot: Slot) -> Picked:
        """Return the sentences to write from; all of them where none are to be picked."""
        if not slot.keep:
            return Picked(slot.shown, 1.0)
        found = pick(self.chat, slot.ask, slot.shown, slot.keep)
        self.count(found.usage)
        self.provenance |= {f"prompt:{name}": value for name, value in hashes_of("pick.md").items()}
        return found

    def ask(self, slot: Slot, shown: Sequence[Evidence], task: Task) -> list[DraftClaim]:
        """Return the claims of one question."""
        for few in (shown, shown[: max(1, len(shown) // 2)]):
            prompt = render_slot(slot, few, task)
            room = SENTENCE_TOKENS * (slot.most + 1)
            try:
                reply = self.chat.complete(Request(prompt.messages, slot_schema(prompt, slot.most), "claims", room))
                self.keep("small", reply)
                self.count(reply.usage)
                found, lost = slot_claims(read_json(reply.text), slot, few)
                self.dropped += lost
                self.provenance |= provenance_of(prompt, reply)
                return found
            except WriterError as error:
                if error.kind not in TOO_LONG:
                    raise
                failed = error
        raise failed

    def count(self, usage: Mapping[str, float]) -> None:
        """Add what a call took."""
        for name, value in usage.items():
            self.usage[name] = self.usage.get(name, 0.0) + value


def slot_claims(
    reply: Mapping[str, Any], slot: Slot, shown: Sequence[Evidence]
) -> tuple[list[DraftClaim], list[Dropped]]:
    """Return the claims of a reply to a small question; each is about the one paper it cites, if it is one."""
    dropped = list(extra(reply, {"claims"}))
    known = {item.id: item for item in shown}
    found = []
    for item in objects(reply.get("claims"), "claims", dropped):
        if claim := claim_of(item, {"text", "evidence"}, dropped):
            text = claim.text.strip()  # a line break within is for the gates
            named = needed(text, claim.evidence, known)
            about = {known[name].paper for name in named if name in known} - {None}
            subject = slot.paper or (about.pop() if len(about) == 1 else None)
            found.append(replace(claim, text=text, evidence=named, subject=subject, stage=slot.stage))
    return found, dropped


def needed(text: str, ids: Sequence[str], known: Mapping[str, Evidence]) -> tuple[str, ...]:
    """Leave out sentences that state nothing of the claim which those named before do not; unknown ids stay.

    A small model names what it was shown; a citation that a reader looks up for nothing costs trust.
    """
    left = set(content(text)) | {str(quantity.value) for quantity in quantities(text)}
    kept: list[str] = []

    def stated(name: str) -> set[str]:
        said = known[name].text
        return left & (set(content(said)) | {str(quantity.value) for quantity in quantities(said)})

    rest = [name for name in ids if name in known]
    while rest:
        best = max(rest, key=lambda name: len(stated(name)))
        if kept and len(stated(best)) < NEW_WORDS and not any(word[0].isdigit() for word in stated(best)):
            break
        kept.append(best)
        left -= stated(best)
        rest.remove(best)
    return tuple(name for name in ids if name in kept or name not in known)


def beside(written: Sequence[DraftClaim], found: Picked, slot: Slot) -> list[DraftClaim]:
    """Return what stands beside the claims of a section: sentences that were picked for it, and that none cites.

    A claim rests on one sentence as a rule, which a small model may have chosen wrongly: the evidence is one of three
    in .75 of the questions, the first in .58 (`eval/benchmarks/README.md`).
    """
    if slot.point is None or slot.stage or not slot.keep:
        return []
    cited = {name for claim in written for name in claim.evidence}
    return [quote_of(item, slot) for item in found.sentences if item.id not in cited]


def quote_of(item: Evidence, slot: Slot) -> DraftClaim:
    """Return a picked sentence as a claim, for when nothing that is written from it stands."""
    return DraftClaim(item.text, (item.id,), "verbatim", item.paper if slot.paper else None, slot.stage)
