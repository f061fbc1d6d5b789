"""Take claims from a model's reply: what does not fit the form is recorded, never mended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.answers import DraftClaim, Dropped, Failing, Stage
from rag.writers.prompt import NONE, STAGES, Prompt
from rag.writers.slots import Slot

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
