"""Put thousands of randomised replies of a chat model through writer and gates, and count what gets through.

    python -m eval.benchmarks.fuzz_writer [--replies 10000] [--plan large|small] [--seed 0] [--json FILE]

A reply mixes claims of `claims.toml` (good paraphrases and bad ones) with what models and attackers do to them:
invented ids, papers, links, numbers and sections, altered quotes, citations swapped, fields of wrong type, extra
fields, code blocks, chatter, cut-off text. Failing claims go back once to a model that is random too. With the small
plan every question gets such a reply, and what is picked is up to chance; what stays empty is filled by the floor.

Breaches are counted on the settled claims alone, by plain rules written here: a claim that cites nothing or what was
not shown, a subject or a link outside the whitelist, a quote that is not a stretch of its sentence, a text in own words
that is none of the good paraphrases of the sentences it cites. A good claim survives as written, or as the sentence
it cites. Seeded: the same command gives the same table.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.benchmarks.claim_table import Labelled, load
from rag.answers import DraftClaim, Evidence, Task
from rag.chat import Chat, Choice, Message, Reply, Request
from rag.errors import WriterError
from rag.gates import Settled, settle
from rag.writers import LlmWriter, floored, section_titles

TASK, CLAIMS = load()
GOOD = [item for item in CLAIMS if not item.gate]
BAD = [item for item in CLAIMS if item.gate]
EVIDENCE = {item.id: item for item in TASK.evidence}
TITLES = section_titles(TASK)
STANDS_ON: dict[str, set[str]] = {}
for _item in GOOD:
    STANDS_ON.setdefault(_item.claim.text, set()).update(_item.claim.evidence)
LINKS = ("https://evil.example/x", "http://bit.ly/2abc", "www.fake-papers.org", "doi 10.1234/abc.5", "arXiv:1706.03762")
WORKS = ("as in Okada et al.", "(Lee and Sato, 2019)", "[3, 14]", "at NeurIPS 2021", "following Park (2020)")
WRAPPERS = ("{}", "```json\n{}\n```", "<think>The user wants JSON.</think>{}", "{}\n", "Sure! {}", "{} Hope it helps!")


@dataclass
class Written:
    """One reply as made: its text and the good claims in it, with the point they were filed under."""

    text: str
    good: list[tuple[int, DraftClaim]] = field(default_factory=list)


@dataclass
class RandomChat(Chat):
    """Answer every request with the next reply of a seeded script."""

    replies: list[str]
    name: str = "scripted:random"

    def complete(self, request: Request) -> Reply:
        """Return the next reply."""
        return Reply(self.replies.pop(0), "json_schema", self.name)


@dataclass
class RandomDesk(Chat):
    """Answer every small question with random claims, and every yes or no by chance."""

    dice: random.Random
    written: int = 0
    name: str = "scripted:desk"

    def complete(self, request: Request) -> Reply:
        """Return claims as a small question wants them, spoiled like those of a whole reply."""
        self.written += 1
        sections = json.loads(make_reply(self.dice, plain=True).text)["sections"]
        rows = [row for section in sections for row in section["claims"]]
        kept = [
            {name: row[name] for name in row if name not in ("subject", "stage")} if isinstance(row, dict) else row
            for row in self.dice.sample(rows, min(len(rows), 3))
        ]
        reply: dict[str, Any] = {"claims": kept}
        if self.dice.random() < 0.1:
            reply = self.dice.choice([{}, {"claims": None}, {**reply, "note": "trust me"}, {"answer": kept}])
        text = self.dice.choice(WRAPPERS).replace("{}", json.dumps(reply))
        return Reply(text if self.dice.random() < 0.98 else text[: len(text) // 2], "json_schema", self.name)

    def choose(self, messages: Sequence[Message], options: Sequence[str] = ("Yes", "No")) -> Choice:
        """Return a random probability of each option."""
        yes = self.dice.random()
        return Choice({options[0]: yes, options[1]: 1 - yes}, "logprobs")


# --- making replies ---------------------------------------------------------------------------------------------


def make_reply(dice: random.Random, plain: bool = False) -> Written:
    """Return a random reply: one to twelve claims, each as it is or spoiled in some way, wrapped unless `plain`."""
    written = Written("")
    sections: dict[str, list[Any]] = {title: [] for title in TITLES}
    for _ in range(dice.randint(1, 12)):
        if dice.random() < 0.5:
            item = dice.choice(GOOD)
            row = _good_row(item, dice)
            written.good.append((item.point, DraftClaim(row["text"], tuple(row["evidence"]))))
        else:
            item = dice.choice(BAD if dice.random() < 0.5 else GOOD)
            row = _row(item)
            if not item.gate:
                row = dice.choice(SPOILERS)(row, dice)
        sections[TITLES[item.point]].append(row)
    reply: dict[str, Any] = {"sections": [{"title": title, "claims": rows} for title, rows in sections.items()]}
    if plain:
        return Written(json.dumps(reply))
    if dice.random() < 0.1:
        reply = dice.choice(WRECKERS)(reply, dice)
    text = dice.choice(WRAPPERS[: 4 if dice.random() < 0.95 else None]).replace("{}", json.dumps(reply))
    written.text = text if dice.random() < 0.98 else text[: dice.randrange(len(text))]
    return written


def _row(item: Labelled) -> dict[str, Any]:
    return {"text": item.claim.text, "evidence": list(item.claim.evidence), "subject": "none", "stage": "none"}


def _good_row(item: Labelled, dice: random.Random) -> dict[str, Any]:
    """Vary what a good claim may vary: its subject, its stage, a further citation of the same paper."""
    row = _row(item)
    own = EVIDENCE[item.claim.evidence[0]]
    if own.source == "brief":
        return row
    if dice.random() < 0.5:
        row["subject"] = own.paper
    if dice.random() < 0.2:
        row["stage"] = dice.choice(["input", "model", "output"])
    if dice.random() < 0.2:
        fellows = [e.id for e in TASK.evidence if e.paper == own.paper and not e.flags and e.id != own.id]
        row["evidence"].append(dice.choice(fellows))
    return row


def _unknown_id(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {**row, "evidence": [*row["evidence"], dice.choice(["E99", "e1", "E0", "E-1", "", "E1 ", "1", "Е1"])]}


def _no_ids(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {**row, "evidence": []}


def _other_sentence(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    others = [e.id for e in TASK.evidence if e.id not in STANDS_ON[row["text"]]]
    return {**row, "evidence": [dice.choice(others)]}


def _other_paper(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {**row, "subject": dice.choice(["1706.03762", "2401.99999", "", "NONE", "2401.10001v9"])}


def _wrong_paper(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    own = EVIDENCE[row["evidence"][0]].paper
    return {**row, "subject": dice.choice([paper.paper for paper in TASK.papers if paper.paper != own])}


def _link(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {**row, "text": f"{row['text'][:-1]}, see {dice.choice(LINKS)}."}


def _work(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {**row, "text": f"{row['text'][:-1]} {dice.choice(WORKS)}."}


def _number(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """Change one digit, or append a figure where the claim has none."""
    places = [match.start() for match in re.finditer(r"(?<![\w.-])\d", row["text"])]
    if not places:
        return {**row, "text": f"{row['text'][:-1]} in {dice.randint(21, 99)} cases."}
    place = dice.choice(places)
    digit = dice.choice([d for d in "123456789" if d != row["text"][place]])
    return {**row, "text": row["text"][:place] + digit + row["text"][place + 1 :]}


def _quote(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """Pass an altered sentence off as the paper's own: a word left out, doubled or swapped with the next."""
    said = EVIDENCE[row["evidence"][0]].text.split()
    place = dice.randrange(1, len(said) - 2)  # a word cut off at an end would leave a true quote
    altered = {
        0: said[:place] + said[place + 1 :],
        1: [*said[: place + 1], *said[place:]],
        2: [*said[:place], said[place + 1], said[place], *said[place + 2 :]],
    }[dice.randrange(3)]
    return {**row, "text": f'"{" ".join(altered)}"', "form": "verbatim"}


def _markup(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    wraps = ("<script>alert(1)</script>{}", "[{}](javascript:alert(1))", "![x](http://a.b/c.png) {}", "{}\n\n# Sources")
    return {**row, "text": dice.choice(wraps).replace("{}", row["text"])}


def _invisible(row: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    place = dice.randrange(len(row["text"]))
    return {**row, "text": row["text"][:place] + dice.choice("\u200b\u202e\x00\u2066\ufeff") + row["text"][place:]}


def _malformed(row: dict[str, Any], dice: random.Random) -> Any:
    return dice.choice(
        [None, 7, row["text"], [row], {**row, "text": None}, {**row, "evidence": "E1"}, {**row, "evidence": [1]},
         {"text": row["text"]}, {**row, "stage": "magic"}, {**row, "subject": 3}]
    )  # fmt: skip


SPOILERS = (
    _unknown_id, _no_ids, _other_sentence, _other_paper, _wrong_paper, _link, _work, _number, _quote, _markup,
    _invisible, _malformed,
)  # fmt: skip


def _extra_section(reply: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    claim = _row(dice.choice(GOOD))
    return {"sections": [*reply["sections"], {"title": "My own conclusions", "claims": [claim]}]}


def _extra_fields(reply: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {**reply, "references": [{"url": dice.choice(LINKS)}], "note": "trust me"}


def _no_sections(reply: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return dice.choice([{}, {"sections": {}}, {"sections": None}, {"answer": reply["sections"]}])


WRECKERS = (_extra_section, _extra_fields, _no_sections)


def make_repair(dice: random.Random) -> str:
    """Return a random second try: good and bad claims under random numbers."""
    rows = []
    for _ in range(dice.randint(0, 6)):
        row = _row(dice.choice(GOOD if dice.random() < 0.5 else BAD))
        spoil = dice.choice(SPOILERS) if dice.random() < 0.3 and row["text"] in STANDS_ON else None
        row = spoil(row, dice) if spoil else row
        rows.append({**row, "number": dice.randint(0, 8)} if isinstance(row, dict) else row)
    return json.dumps({"claims": rows}) if dice.random() < 0.9 else dice.choice(["", "{", "no", "[]"])


# --- judging ------------------------------------------------------------------------------------------------------


def breaches(settled: Settled, task: Task, evidence: Mapping[str, Evidence]) -> list[tuple[str, DraftClaim]]:
    """Return every settled claim that breaks a promise, with the promise's name."""
    allowed = {paper.paper for paper in task.papers}
    found = []
    for claims in (settled.in_short, *settled.claims):
        for claim in claims:
            cited = [evidence[name] for name in claim.evidence if name in evidence]
            if not claim.evidence:
                found.append(("uncited", claim))
            if len(cited) != len(claim.evidence):
                found.append(("unknown id", claim))
            if claim.subject is not None and claim.subject not in allowed:
                found.append(("paper outside the whitelist", claim))
            if re.search(r"https?://|www\.|10\.\d{4}/|\bet al\b|\[\d", claim.text) and claim.form != "verbatim":
                found.append(("link or work outside the whitelist", claim))
            if claim.form == "verbatim" and not any(claim.text == item.text for item in cited):
                found.append(("altered quote", claim))
            if claim.form == "own_words" and not STANDS_ON.get(claim.text, set()) & set(claim.evidence):
                found.append(("unsupported text", claim))
            if all("addresses_reader" in item.flags for item in cited):
                found.append(("rests on an instruction", claim))
    return found


def survives(settled: Settled, point: int, claim: DraftClaim) -> str:
    """Return how a good claim came through: own_words, verbatim, or lost."""
    kept = settled.claims[point]
    if any(claim.text == other.text for other in kept):
        return "own_words"
    quotes = {EVIDENCE[name].text for name in claim.evidence}
    return "verbatim" if any(other.form == "verbatim" and other.text in quotes for other in kept) else "lost"


def run(replies: int, seed: int) -> dict[str, Any]:
    """Return the figures for a number of random replies."""
    dice = random.Random(seed)  # noqa: S311 - a seeded script, no secret
    outcomes: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    good: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for _ in range(replies):
        written = make_reply(dice)
        writer = LlmWriter(RandomChat([written.text, make_repair(dice)]))
        try:
            draft = writer.write(TASK)
        except WriterError as error:
            outcomes[error.kind] += 1
            continue
        settled = settle(draft, TASK, repair=lambda failing, writer=writer: writer.repair(TASK, failing))  # type: ignore[misc]
        outcomes["answered" if any(settled.claims) else "nothing stood"] += 1
        dropped.update(item.reason for item in settled.dropped)
        for kind, claim in breaches(settled, TASK, EVIDENCE):
            broken[kind] += 1
            examples.setdefault(f"{kind}: {claim.text}", ", ".join(claim.evidence))
        if '"sections": [{' not in written.text or '"title"' not in written.text:
            continue  # the reply was wrecked as a whole: its claims were never said
        for point, claim in written.good:
            outcome = survives(settled, point, claim)
            good[outcome] += 1
            if outcome == "lost":
                lost[claim.text] += 1
    return {
        "replies": replies, "seed": seed, "outcomes": dict(outcomes.most_common()), "breaches": dict(broken),
        "good_claims": dict(good), "dropped": dict(dropped.most_common()), "lost": dict(lost.most_common(10)),
        "examples": examples,
    }  # fmt: skip


def run_small(replies: int, seed: int) -> dict[str, Any]:
    """Return the figures for so many random replies to small questions."""
    dice = random.Random(seed)  # noqa: S311 - a seeded script, no secret
    desk = RandomDesk(dice)
    outcomes: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    examples: dict[str, str] = {}
    while desk.written < replies:
        try:
            draft = LlmWriter(desk, plan="small").write(TASK)
        except WriterError as error:
            outcomes[error.kind] += 1
            continue
        settled = floored(settle(draft, TASK), draft, TASK)
        outcomes["answered" if any(settled.claims) else "nothing stood"] += 1
        dropped.update(item.reason for item in (*draft.dropped, *settled.dropped))
        for kind, claim in breaches(settled, TASK, EVIDENCE):
            broken[kind] += 1
            examples.setdefault(f"{kind}: {claim.text}", ", ".join(claim.evidence))
    return {
        "replies": desk.written, "seed": seed, "outcomes": dict(outcomes.most_common()), "breaches": dict(broken),
        "good_claims": {}, "dropped": dict(dropped.most_common()), "lost": {}, "examples": examples,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; exit with 1 if anything got through or too many good claims were lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=10_000)
    parser.add_argument("--plan", choices=("large", "small"), default="large")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    report = (run_small if options.plan == "small" else run)(options.replies, options.seed)
    seconds = time.perf_counter() - started
    good = Counter(report["good_claims"])
    share = 1 - good["lost"] / max(1, good.total())  # 1 for small questions, whose claims are too few to follow
    print(f"{report['replies']} replies (seed {report['seed']}), {len(GOOD)} paraphrases, {len(BAD)} bad claims")
    print("replies: " + ", ".join(f"{name} {count}" for name, count in report["outcomes"].items()))
    print(f"breaches: {sum(report['breaches'].values())} {report['breaches'] or ''}")
    for text, cited in report["examples"].items():
        print(f"  {text} [{cited}]")
    print(
        f"good claims: {good.total()}, as written {good['own_words']}, as their sentence {good['verbatim']}", end=", "
    )
    print(f"lost {good['lost']}: {share:.2%} survive")
    for text, count in report["lost"].items():
        print(f"  lost {count}: {text}")
    print("dropped: " + ", ".join(f"{name} {count}" for name, count in report["dropped"].items()))
    print(f"{seconds:.0f} s, {1000 * seconds / options.replies:.1f} ms a reply")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if report["breaches"] or share < 0.98:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
