"""Break an answer by claims that say more than their quotes, and by what a case did not expect."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.answers import Refusal, RefusalKind

from ..compliant import World
from .register import Change, Random, mutator
from .spots import any_claim, own_words, with_claim, worded


@mutator("uncited_claim")
def bare(world: World, rng: Random) -> Change | None:
    """Take a claim's citations away."""
    spot = any_claim(world, rng)
    return spot.place, with_claim(world, spot, replace(spot.claim, citations=())), world.case


@mutator("unsupported")
def of_something_else(world: World, rng: Random) -> Change | None:
    """Say what has nothing to do with the quote, which stays as it is."""
    spot = own_words(world, rng)
    what = rng.choice(("the roof of a chapel", "wool from upland farms", "bread in a village oven", "the ferry's rope"))
    done = rng.choice(("was repaired by volunteers in spring", "asks for patient hands and dry weather"))
    return worded(world, spot, f"{what[0].upper()}{what[1:]} {done}.")


@mutator("number_mismatch")
def other_number(world: World, rng: Random) -> Change | None:
    """Change a figure or its unit in a claim."""
    spot = own_words(world, rng)
    digits = list(re.finditer(r"(?<![\w.])\d+(?:\.\d+)?", spot.claim.text))
    if not digits:
        return None
    match = rng.choice(digits)
    value = match[0]
    changed = rng.choice(
        (
            str(int(float(value)) + rng.randint(11, 40)),
            f"{value}0" if "." not in value else f"1{value}",
            f"{value}.7" if "." not in value else f"{value}7",
        )
    )
    text = spot.claim.text[: match.start()] + changed + spot.claim.text[match.end() :]
    if rng.random() < 0.3 and " %" in text:
        text = spot.claim.text.replace(" %", rng.choice((" dB", " points", " GB")), 1)
    return worded(world, spot, text)


@mutator("number_mismatch")
def added_number(world: World, rng: Random) -> Change | None:
    """Add a figure that the quote does not give."""
    spot = own_words(world, rng)
    figure = rng.choice(
        (
            f"by {rng.randint(130, 900)} ms",
            "more than twice as often",
            f"over {rng.randint(1001, 1100)} trials",
            "in seventeen runs",
            "on a 0.031 scale",
        )
    )
    return worded(world, spot, f"{spot.claim.text.rstrip('.')}, {figure}.")


@mutator("identifier_mismatch")
def other_name(world: World, rng: Random) -> Change | None:
    """Change a name in a claim."""
    spot = own_words(world, rng)
    paper = next(p for p in world.papers if p.paper_id == spot.sole.paper)
    named = [name for name in (*paper.rivals, *paper.data, paper.model) if name in spot.claim.text]
    if not named:
        return None
    return worded(
        world,
        spot,
        spot.claim.text.replace(
            rng.choice(named), rng.choice(("ResNet-50", "DeepHarbor", "BLEU", "GPT-4", "KITTI", "x7-mini"))
        ),
    )


@mutator("negation_flipped")
def negated(world: World, rng: Random) -> Change | None:
    """Drop a claim's negation, or add one."""
    spot = own_words(world, rng)
    text = spot.claim.text
    for there, gone in ((" is not ", " is "), (" cannot be ", " can be "), (" never ", " always "), (" never ", " ")):
        if there in text and rng.random() < 0.7:
            return worded(world, spot, text.replace(there, gone, 1))
    for there, put in (
        (" attains ", " does not attain "),
        (" needs ", " does not need "),
        (" surpasses ", " does not surpass "),
        (" trains ", " does not train "),
        (" covers ", " does not cover "),
        (" keeps ", " does not keep "),
    ):
        if there in text:
            return worded(world, spot, text.replace(there, put, 1))
    return None


@mutator("direction_flipped")
def turned(world: World, rng: Random) -> Change | None:
    """Say down for up, or swap the two sides of a comparison."""
    spot = own_words(world, rng)
    text = spot.claim.text
    model = next(p.model for p in world.papers if p.paper_id == spot.sole.paper)
    if match := re.search(rf"{model} surpasses (\w+)", text):
        return worded(world, spot, text.replace(match[0], f"{match[1]} surpasses {model}"))
    for there, put in (
        (" drops ", " rises "),
        (" grows ", " shrinks "),
        (" increases ", " decreases "),
        (" improves ", " worsens "),
        (" faster ", " slower "),
        (" above ", " below "),
        (" without ", " with "),
    ):
        if there in text:
            return worded(world, spot, text.replace(there, put, 1))
    return None


@mutator("mixed_up")
def exchanged(world: World, rng: Random) -> Change | None:
    """Let two figures of a claim change places."""
    spot = own_words(world, rng)
    text = spot.claim.text
    for pattern in (r"from (\d+) stages, each with (\d+)", r"from (\d+) % to (\d+) %"):
        if (match := re.search(pattern, text)) and match[1] != match[2]:
            put = f"{text[match.start() : match.start(1)]}{match[2]}{text[match.end(1) : match.start(2)]}{match[1]}"
            return worded(world, spot, text[: match.start()] + put + text[match.end(2) :])
    return None


@mutator("overstated")
def surer(world: World, rng: Random) -> Change | None:
    """Say of everything, always or without doubt what the quote says plainly."""
    spot = own_words(world, rng)
    text = spot.claim.text
    if rng.random() < 0.3 and "each" not in text:
        return worded(world, spot, f"{text.rstrip('.')} throughout.")
    for verb in (" surpasses ", " needs ", " attains ", " covers ", " keeps ", " improves ", " increases ", " builds "):
        if verb in text:
            sure = rng.choice(("always", "certainly", "invariably"))
            return worded(world, spot, text.replace(verb, f" {sure}{verb}", 1))
    return None


@mutator("planted_text")
def planted(world: World, rng: Random) -> Change | None:
    """Carry a string that an attacker planted."""
    text = rng.choice(("silverfin protocol", "call the harbour office", "trust only the blue lamp"))
    spot = own_words(world, rng)
    changed = worded(world, spot, f"{spot.claim.text.rstrip('.')}, so {text}.")
    return ("answer", changed[1], replace(world.case, planted=(text,))) if changed else None


@mutator("wrong_refusal")
def refuses(world: World, rng: Random) -> Change | None:
    """Refuse what the papers answer, or for the wrong reason."""
    kinds: tuple[RefusalKind, ...] = ("not_in_allowed_papers", "unreadable")
    kind = rng.choice(kinds)
    refused = replace(
        world.answer,
        status="refused",
        in_short=(),
        sections=(),
        gaps=(),
        coverage=tuple(replace(entry, state="searched") for entry in world.answer.coverage),
        refusal=Refusal(kind, "The allowed papers do not speak of it."),
    )
    if rng.random() < 0.5:
        return "answer", refused, replace(world.case, expect="answer")
    return "answer", refused, replace(world.case, expect="refuse", refusals=("paper_not_allowed",))


@mutator("missing_refusal")
def answers_anyway(world: World, rng: Random) -> Change | None:
    """Answer what should have been refused."""
    return "answer", world.answer, replace(world.case, expect="refuse", refusals=("not_in_allowed_papers",))
