"""Take claims from a model's reply: what does not fit the form is recorded, never mended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rag.answers import DraftClaim, Dropped, Failing, Stage
from rag.chat import Reply
from rag.writers.prompt import NONE, STAGES, Prompt

CLAIM_FIELDS = {"text", "evidence", "subject", "stage"}


def draft_claims(reply: Mapping[str, Any], prompt: Prompt) -> tuple[list[list[DraftClaim]], list[Dropped]]:
    """Return the claims per section title and everything in the reply that has no place in it."""
    claims: list[list[DraftClaim]] = [[] for _ in prompt.titles]
    dropped = list(extra(reply, {"sections"}))
    for section in objects(reply.get("sections"), "sections", dropped):
        dropped += extra(section, {"title", "claims"})
        title = section.get("title")
        place = prompt.titles.index(title) if isinstance(title, str) and title in prompt.titles else None
        for item in objects(section.get("claims"), "claims", dropped):
            claim = claim_of(item, CLAIM_FIELDS, dropped)
            if claim is None:
                continue
            if place is None:
                dropped.append(Dropped(claim.text, "unknown_section", show(title)))
            else:
                claims[place].append(claim)
    return claims, dropped


def repaired_claims(
    reply: Mapping[str, Any], failing: Sequence[Failing]
) -> tuple[list[DraftClaim | None], list[Dropped]]:
    """Return the new claim for each failing one, None where the reply has none."""
    claims: list[DraftClaim | None] = [None] * len(failing)
    dropped = list(extra(reply, {"claims"}))
    for item in objects(reply.get("claims"), "claims", dropped):
        number = item.get("number")
        claim = claim_of(item, CLAIM_FIELDS | {"number"}, dropped)
        if claim is None:
            continue
        if type(number) is int and 1 <= number <= len(failing) and claims[number - 1] is None:
            claims[number - 1] = claim
        else:
            dropped.append(Dropped(claim.text, "unknown_number", show(number)))
    return claims, dropped


def objects(found: Any, name: str, dropped: list[Dropped]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list; what else is there is dropped."""
    if not isinstance(found, list):
        dropped.append(Dropped(show(found), "malformed", f"{name} is no list"))
        return
    for item in found:
        if isinstance(item, dict):
            yield item
        else:
            dropped.append(Dropped(show(item), "malformed", f"an item of {name} is no object"))


def claim_of(item: Mapping[str, Any], fields: set[str], dropped: list[Dropped]) -> DraftClaim | None:
    """Return an object as a claim, None where it is none."""
    text, evidence = item.get("text"), item.get("evidence")
    subject, stage = item.get("subject", NONE), item.get("stage", NONE)
    if not isinstance(text, str) or not _are_strings(evidence) or not _are_strings([subject, stage]):
        dropped.append(Dropped(show(item), "malformed", "a claim needs text, evidence, subject and stage"))
        return None
    dropped += extra(item, fields)
    if stage not in STAGES:
        dropped.append(Dropped(text, "malformed", f"stage {show(stage)} is none of {', '.join(STAGES)}"))
        return None
    named: Stage | None = None if stage == NONE else stage
    ids = tuple(dict.fromkeys(evidence or ()))
    return DraftClaim(text, ids, subject=None if subject == NONE else subject, stage=named)


def _are_strings(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(item, str) for item in found)


def extra(item: Mapping[str, Any], fields: set[str]) -> Iterable[Dropped]:
    """Return what an object holds beside its fields."""
    return [Dropped(show(item[key]), "extra_field", key[:80]) for key in item if key not in fields]


def show(value: Any) -> str:
    """Return a value as it was written, short."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:299] + "…"


def provenance_of(prompt: Prompt, reply: Reply) -> dict[str, str]:
    """Return what made a reply: the model, how it was held to the form, the prompts."""
    return {
        "model": reply.model,
        "schema_mode": reply.mode,
        "raw_sha256": hashlib.sha256(reply.text.encode("utf-8", "surrogatepass")).hexdigest(),
        **{f"prompt:{name}": value for name, value in prompt.hashes.items()},
    }
