"""Render a task as the messages and the schema for a chat model: the only place where evidence becomes a prompt.

The evidence stands in a fence whose mark is derived from question and evidence. What is shown is a cleaned copy;
what an answer prints comes from the stored text, so cleaning here alters no quote.
Not handled: counting tokens exactly (a cautious number of characters per token stands in for every tokenizer).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from typing import Any

from rag.answers import Evidence, Failing, Task
from rag.errors import SettingsError
from rag.language import NEVER, addresses_reader
from rag.papers import AllowedPaper
from rag.settings import resource
from rag.writers.slots import Slot

CHARS_PER_TOKEN = 3  # cautious: English prose has 4 to 5, formulas and names fewer
DEFAULT_BUDGET = 24_000  # tokens of prompt that every current model takes, small local ones with 32 k included
MAX_IDS = 400  # OpenAI allows 1,000 enum values in one schema; ids, titles, papers and stages share them
MOST_CITED = 3  # sentences that one short statement rests on
MAX_TITLE = 120  # characters of a section title in the schema
REMEMBERED = 8192  # cleaned sentences kept: those of the papers that many questions share
NONE = "none"
STAGES = ("input", "model", "output", NONE)

Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Hold what a model is sent and what its reply may name."""

    messages: tuple[Message, ...]
    shown: tuple[str, ...]  # evidence ids, in the order shown
    titles: tuple[str, ...]  # `titles[i]` stands for `task.points[i]`
    papers: tuple[str, ...]
    mark: str
    hashes: Mapping[str, str]  # prompt file -> sha256


def render(task: Task, budget: int = DEFAULT_BUDGET) -> Prompt:
    """Return the prompt for a task within a budget of tokens, leaving out the least relevant evidence."""
    system, frame = load_prompt("system.md"), load_prompt("task.md")
    titles = section_titles(task)
    mark = fence_mark(task)
    fixed = {
        "question": _block(task.question.text),
        "sections": "\n".join(_section_line(task, i, title) for i, title in enumerate(titles)),
        "papers": "\n".join(_paper_line(paper) for paper in task.papers),
        "open": f"===== EVIDENCE {mark} =====",
        "close": f"===== END OF EVIDENCE {mark} =====",
    }
    instructions = Template(system).substitute(mark=mark)
    room = budget * CHARS_PER_TOKEN - len(instructions) - len(Template(frame).substitute(fixed, evidence=""))
    chosen = choose(task.evidence, room)
    messages = (
        {"role": "system", "content": instructions},
        {"role": "user", "content": Template(frame).substitute(fixed, evidence=_evidence_block(chosen, task))},
    )
    shown = tuple(item.id for item in chosen)
    papers = tuple(paper.paper for paper in task.papers)
    return Prompt(messages, shown, titles, papers, mark, _hashes({"system.md": system, "task.md": frame}))


def render_repair(prompt: Prompt, failing: Sequence[Failing]) -> Prompt:
    """Return the prompt that sends failing claims back, together, with the reason for each."""
    frame = load_prompt("repair.md")
    lines = [
        f"{number}. (section: {prompt.titles[item.point]}) {clean(item.claim.text)} "
        f"[evidence: {_cited(item.claim.evidence, prompt.shown)}]\n"
        + "\n".join(f"   - {failure.reason}: {clean(failure.detail)}" for failure in item.failures)
        for number, item in enumerate(failing, start=1)
    ]
    message = {"role": "user", "content": Template(frame).substitute(claims="\n".join(lines))}
    hashes = {**prompt.hashes, **_hashes({"repair.md": frame})}
    return Prompt((*prompt.messages, message), prompt.shown, prompt.titles, prompt.papers, prompt.mark, hashes)


def _cited(ids: Sequence[str], shown: Sequence[str]) -> str:
    return ", ".join(name if name in shown else clean(name) for name in ids) or NONE


# --- small questions ------------------------------------------------------------------------------------------------


def render_slot(slot: Slot, shown: Sequence[Evidence], task: Task) -> Prompt:
    """Return the prompt of one small question over a few sentences; what all of them share comes first."""
    system, frame = load_prompt("small.md"), load_prompt("small_task.md")
    mark = fence_mark(task)
    fixed = {
        "open": f"===== SENTENCES {mark} =====",
        "close": f"===== END OF SENTENCES {mark} =====",
        "evidence": _evidence_block(shown, task),
        "ask": clean(slot.ask),
        "most": "one sentence" if slot.most == 1 else f"one to {slot.most} sentences",
    }
    messages = (
        {"role": "system", "content": system},  # the same for every question, so that servers read it once
        {"role": "user", "content": Template(frame).substitute(fixed)},
    )
    ids = tuple(item.id for item in shown)
    return Prompt(messages, ids, (), (), mark, _hashes({"small.md": system, "small_task.md": frame}))


def slot_schema(prompt: Prompt, most: int) -> dict[str, Any]:
    """Return the JSON schema of the reply to a small question: at most so many claims over the shown ids."""
    ids = {**_array({"type": "string", "enum": list(prompt.shown)}), "minItems": 1, "maxItems": MOST_CITED}
    claim = _object({"text": {"type": "string"}, "evidence": ids})
    return _object({"claims": {**_array(claim), "maxItems": most}})


# --- the schema ------------------------------------------------------------------------------------------------


def schema(prompt: Prompt) -> dict[str, Any]:
    """Return the JSON schema of a reply: exactly the shown ids, the section titles, the papers, the stages."""
    section = _object({"title": {"type": "string", "enum": list(prompt.titles)}, "claims": _array(_claim(prompt))})
    return _object({"sections": _array(section)})


def repair_schema(prompt: Prompt, count: int) -> dict[str, Any]:
    """Return the JSON schema of a repair of `count` claims."""
    numbered = {"number": {"type": "integer", "enum": list(range(1, count + 1))}, **_claim(prompt)["properties"]}
    return _object({"claims": _array(_object(numbered))})


def _claim(prompt: Prompt) -> dict[str, Any]:
    return _object(
        {
            "text": {"type": "string"},
            "evidence": _array({"type": "string", "enum": list(prompt.shown) or [NONE]}),
            "subject": {"type": "string", "enum": [*prompt.papers, NONE]},
            "stage": {"type": "string", "enum": list(STAGES)},
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


# --- what is shown ---------------------------------------------------------------------------------------------


def choose(evidence: Sequence[Evidence], room: int) -> tuple[Evidence, ...]:
    """Return whole sentences that fit into `room` characters, paper by paper in turn, in the order given.

    Sentences that speak to the reader are never shown. The question's own sentences come first.
    """
    queues: dict[str | None, list[Evidence]] = {}
    for item in evidence:
        if item.source == "brief" or not (NEVER.intersection(item.flags) or addresses_reader(item.text)):
            queues.setdefault(item.paper, []).append(item)
    ranked = [sorted(items, key=lambda item: -item.worth) for items in queues.values()]
    order = [queue[i] for i in range(max(map(len, ranked), default=0)) for queue in ranked if i < len(queue)]
    order.sort(key=lambda item: item.source != "brief")
    taken: set[str] = set()
    for item in order:
        cost = len(clean(item.text)) + len(item.id) + 4 + (0 if taken else 200)
        if cost <= room and len(taken) < MAX_IDS:
            taken.add(item.id)
            room -= cost + 12  # a share of the paper and section lines
    return tuple(item for item in evidence if item.id in taken)


def _evidence_block(chosen: Sequence[Evidence], task: Task) -> str:
    lines: list[str] = []
    place: tuple[str, str] | None = None
    models = {paper.paper: paper for paper in task.papers}
    for item in _by_place(chosen):
        here = (_source_line(item, models), _heading(item))
        if place is None or here[0] != place[0]:
            lines += ["", here[0]]
        if here[1] and here != place:
            lines.append(f"  section: {here[1]}")
        place = here
        lines.append(f"{item.id}: {clean(item.text)}")
    return "\n".join(lines).strip()


def _by_place(chosen: Sequence[Evidence]) -> list[Evidence]:
    """Group by paper in order of first appearance; a paper's sentences stay in reading order."""
    order = {key: i for i, key in reversed(list(enumerate((item.source, item.paper) for item in chosen)))}
    return sorted(chosen, key=lambda item: (order[item.source, item.paper], item.number))


def _source_line(item: Evidence, papers: Mapping[str, AllowedPaper]) -> str:
    if item.source == "brief":
        return "THE QUESTION'S OWN SENTENCES"
    kind = "PAPER" if item.source == "pdf" else "SUMMARY GIVEN FOR PAPER"
    paper = papers.get(item.paper or "")
    name = _told(paper.model) if paper else ""
    return f"{kind} {item.paper}" + (f" ({name})" if name else "")


def _heading(item: Evidence) -> str:
    return _told(" > ".join(item.section))


@lru_cache(REMEMBERED)
def _told(text: str) -> str:
    """Return a heading or a paper's name, short; nothing if it speaks to the reader: both come from documents."""
    return "" if addresses_reader(text) or addresses_reader(_short(text)) else _short(text)


def section_titles(task: Task) -> tuple[str, ...]:
    """Return one distinct title per point, short and plain enough for every server's enum."""
    titles: list[str] = []
    for number, point in enumerate(task.points, start=1):
        title = _short(point.title).replace('"', "'").replace("\\", "/") or f"Section {number}"
        titles.append(title if title not in titles else f"{title} ({number})")
    return tuple(titles)


def _section_line(task: Task, i: int, title: str) -> str:
    point = task.points[i]
    rests = "rests on the question's own sentences" if point.about_user else "rests on the papers"
    detail = f": {_short(point.text, 400)}" if point.text and point.text != point.title else ""
    return f'- "{title}" ({point.kind}; {rests}){detail}'


def _paper_line(paper: AllowedPaper) -> str:
    name = _told(paper.model)
    return f"- {paper.paper}" + (f": {name}" if name else "")


# --- cleaning --------------------------------------------------------------------------------------------------

_ID_LIKE = re.compile(r"(?<![A-Za-z0-9])[EЕΕℰ𝐄][\s_-]?(?=\d{1,4}(?!\d))")
_FENCE_LIKE = re.compile(r"([=<>`#~*_|-])\1{2,}")
_ROLE_LIKE = re.compile(r"<\||\|>|\[/?INST\]|<</?SYS>>|</?(?:system|user|assistant|s)>", re.IGNORECASE)
_KEPT_CONTROLS = "\n\t"


@lru_cache(REMEMBERED)
def clean(text: str) -> str:
    """Return a one-line copy that holds nothing invisible and nothing that looks like an id, a fence or a role."""
    visible = "".join(
        char if char in _KEPT_CONTROLS or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn") else ""
        for char in unicodedata.normalize("NFC", text)
    )
    visible = _ROLE_LIKE.sub(" ", visible)
    visible = _FENCE_LIKE.sub(r"\1", visible)
    visible = _ID_LIKE.sub("E·", visible)
    return " ".join(visible.split())


def _short(text: str, limit: int = MAX_TITLE) -> str:
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def _block(text: str) -> str:
    return "\n".join(filter(None, (clean(line) for line in text.splitlines())))


def fence_mark(task: Task) -> str:
    """Return a mark that occurs nowhere in the task, the same for the same task."""
    parts = [task.question.text, *(text for item in task.evidence for text in (item.id, item.text, *item.section))]
    parts += [text for point in task.points for text in (point.title, point.text)]
    everything = "\x00".join(parts)
    folded = everything.casefold()
    mark = hashlib.sha256(everything.encode("utf-8", "surrogatepass")).hexdigest()
    while mark[:12] in folded:
        mark = hashlib.sha256(mark.encode()).hexdigest()
    return mark[:12]


# --- the files -------------------------------------------------------------------------------------------------


def load_prompt(name: str) -> str:
    """Return a prompt file that ships with the package."""
    path = resource("prompts") / name
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read the prompt {path}: {error.strerror}; reinstall paperbound") from None


def hashes_of(*names: str) -> dict[str, str]:
    """Return the sha256 of prompt files, by name: what an answer's provenance holds."""
    return _hashes({name: load_prompt(name) for name in names})


def _hashes(files: Mapping[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
