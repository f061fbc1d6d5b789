"""Ask every gate whether a claim is warranted by the sentences it cites. Nothing here changes a claim.

Hard gates, which take a claim out: `malformed`, `no_citation`, `unknown_evidence`, `addressed_to_reader`,
`paper_not_allowed`, `number`, `outside_work`, `outside_link`. Soft gates, after which the claim becomes the sentence
it cited: `not_verbatim`, `source`, `wrong_paper`, `count`, `identifier`, `table`, `negation`, `direction`, `wording`,
`second_hand`, `support`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.answers import Check, DraftClaim, Evidence, Failure, Task
from rag.errors import WriterError
from rag.gates.identifiers import (
    attributes,
    markup,
    miscounted,
    outside_links,
    outside_works,
    strange_names,
    unwarranted,
    without_links,
)
from rag.gates.polarity import direction_flipped, negation_flipped
from rag.gates.support import BuiltInSupport, Support
from rag.gates.wording import reworded
from rag.language import (
    NEVER,
    addresses_reader,
    as_seen,
    content,
    fold,
    is_question,
    is_unseen,
    names_of_model,
    quantities,
    written_words,
)
from rag.papers import Point

BORROWED = 0.6  # of what a claim adds to its own paper's sentences: then it tells of another paper
MAX_CLAIM = 600  # characters; a claim is one sentence, and a longer text is none

CROWDED = 4  # numbers of a row from which on one cannot be told without its column
_TABLE = re.compile(r"Tab(?:le|\.) \d")
_BREAKS = "\n\t\u2028\u2029"
_QUOTED = re.compile(r"[\"“”„«‹]\s*([^\"“”„«»‹›]+?)\s*[\"“”»›]|(?<!\w)[‘'`]([^'’`]+?)[’'](?!\w)")
_MIXED_SCRIPTS = re.compile(  # a Latin word with a Greek or Cyrillic letter in it, or one that is struck through
    r"\b[^\W\d_]*(?:[a-zA-Z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][a-zA-Z])[^\W\d_]*"
    r"|\w?[\u0334-\u0338\u20d2-\u20dc\u20e5-\u20eb]"
)
_TAKES_BACK = re.compile(
    r"\b(?:not|never|no|without|cannot|neither|nor|fails? to|unable to|unlike|instead of|rather than|removing|omitting|"
    r"dropping|absence of|lack of|if|unless|whether|than)\b(?:\W+\w+){0,4}\W*$",
    re.IGNORECASE,
)
_BUILT_IN = BuiltInSupport()


def check(
    claim: DraftClaim,
    evidence: Mapping[str, Evidence],
    task: Task,
    support: Support | None = None,
    point: Point | None = None,
) -> tuple[Failure, ...]:
    """Return every gate that the claim fails; `evidence` holds what the writer was shown, by id."""
    return examine(claim, evidence, task, support, point)[0]


def examine(
    claim: DraftClaim,
    evidence: Mapping[str, Evidence],
    task: Task,
    support: Support | None = None,
    point: Point | None = None,
) -> tuple[tuple[Failure, ...], Check | None]:
    """Return every gate that the claim fails, and what the check of meaning said where it was asked."""
    failures = tuple(form_failures(claim, evidence, task))
    if failures:
        return failures, None
    cited = [evidence[name] for name in claim.evidence]
    failures = tuple(source_failures(claim, cited, task, point))
    if claim.form == "verbatim":
        return (*failures, *quote_failures(claim, cited)), None
    ground = [replace(item, text=as_seen(item.text)) for item in cited if _may_warrant(item)]
    text = as_seen(without_links(claim.text))
    failures = (*failures, *text_failures(text, ground, task))
    if failures:
        return failures, None
    return check_meaning(text, [item.text for item in ground], support or _BUILT_IN)


def _hard(reason: str, detail: str) -> Failure:
    return Failure(reason, detail, hard=True)


def _soft(reason: str, detail: str) -> Failure:
    return Failure(reason, detail, hard=False)


# --- the gates, in the order in which they are asked ---------------------------------------------------------


def form_failures(claim: DraftClaim, evidence: Mapping[str, Evidence], task: Task) -> Iterator[Failure]:
    """Yield what is wrong with a claim before it is read: its size, its ids, links and works from outside."""
    if not claim.text.strip() or (len(claim.text) > MAX_CLAIM and claim.form != "verbatim"):
        yield _hard("malformed", f"a claim is one sentence of 1 to {MAX_CLAIM} characters")
    elif claim.form != "verbatim" and any(char in _BREAKS or is_unseen(char) for char in claim.text):
        yield _hard("malformed", "line breaks, control or invisible characters")
    elif claim.form != "verbatim" and (odd := _MIXED_SCRIPTS.search(claim.text)):
        yield _hard("malformed", f"letters that look like others: {odd[0]}")
    if not claim.evidence:
        yield _hard("no_citation", "cites nothing")
    for name in claim.evidence:
        if name not in evidence:
            yield _hard("unknown_evidence", f"{name} was not shown")
    allowed = {paper.paper for paper in task.papers}
    if claim.subject is not None and claim.subject not in allowed:
        yield _hard("paper_not_allowed", f"{claim.subject} is not in the whitelist")
    for link in outside_links(claim.text, task.papers):
        yield _hard("outside_link", f"not a link of the whitelist: {link}")
    if claim.form == "verbatim":
        return  # citation marks inside a quote are the authors' own
    for work in outside_works(as_seen(claim.text)):
        yield _hard("outside_work", f"names a work: {work}")
    if found := markup(claim.text):
        yield _hard("malformed", f"markup: {found}")


def _may_warrant(item: Evidence) -> bool:
    """Tell whether a sentence states something; a command to the reader or a paper's question does not."""
    if item.source == "brief":
        return True
    return NEVER.isdisjoint(item.flags) and not addresses_reader(item.text) and not is_question(item.text)


def source_failures(claim: DraftClaim, cited: Sequence[Evidence], task: Task, point: Point | None) -> Iterator[Failure]:
    """Yield why the cited sentences cannot carry such a claim: orders, another paper's, other people's work."""
    ground = [item for item in cited if _may_warrant(item)]
    if not ground:
        yield _hard("addressed_to_reader", "rests only on sentences that ask or instruct")
        return
    papers = {item.paper for item in ground if item.source != "brief"}
    about_model = (
        claim.subject is not None
        or claim.stage is not None
        or not (point is None or point.about_user)
        or (claim.form != "verbatim" and bool(_models_named(claim.text, task)))
    )
    if about_model and not papers:
        yield _soft("source", "what a model is or does must cite a paper, not the question")
    if claim.subject is not None and papers and claim.subject not in papers:
        yield _soft("wrong_paper", f"is about {claim.subject} but cites {', '.join(sorted(filter(None, papers)))}")
    read = {item.paper for item in task.evidence if item.source == "pdf"}
    if papers and all(item.source == "summary" and item.paper in read for item in ground if item.source != "brief"):
        yield _soft("source", "cites the brief's summary although the paper itself was read")
    if all("second_hand" in item.flags for item in ground) and (claim.form == "verbatim" or not attributes(claim.text)):
        yield _soft("second_hand", "reports other people's work as if it were this paper's")


def quote_failures(claim: DraftClaim, cited: Sequence[Evidence]) -> Iterator[Failure]:
    """Yield why a claim that is a quote is none, or not a fair one."""
    holders = [item for item in cited if _is_part(claim.text, item.text)]
    if not holders:
        yield _soft("not_verbatim", "differs from every sentence it cites")
    elif not any(_may_warrant(item) for item in holders):
        yield _hard("addressed_to_reader", "quotes a sentence that asks or instructs")
    elif all(_cut_changes_sense(claim.text, item.text) for item in holders):
        yield _soft("negation", "the quote leaves out the negation before it")


def _is_part(text: str, sentence: str) -> bool:
    """Tell whether `text` stands in `sentence`, letter by letter, at word boundaries."""
    place = sentence.find(text)
    while text.strip() and place >= 0:
        before, after = sentence[:place][-1:], sentence[place + len(text) :][:1]
        if not (before.isalnum() and text[0].isalnum()) and not (after.isalnum() and text[-1].isalnum()):
            return True
        place = sentence.find(text, place + 1)
    return False


def _cut_changes_sense(text: str, sentence: str) -> bool:
    """Tell whether what stands before a part of a sentence takes back or turns what the part says."""
    before = as_seen(sentence[: max(0, sentence.find(text))])
    return bool(_TAKES_BACK.search(before.replace("n't", " not")))


def text_failures(claim: str, ground: Sequence[Evidence], task: Task) -> Iterator[Failure]:
    """Yield what a claim in own words says otherwise than, or beyond, the sentences that it rests on."""
    texts = [item.text for item in ground]
    for quantity in unwarranted(claim, texts):
        detail = f"{quantity.text} does not occur in the cited text"
        yield _soft("count", detail) if quantity.counted else _hard("number", detail)
    for counted in miscounted(claim, texts):
        yield _soft("count", f"the cited text counts no such things: {counted}")
    for quote in _false_quotes(claim, [*texts, task.question.text]):
        yield _soft("not_verbatim", f"no cited sentence reads {quote}")
    listed = [text for paper in task.papers for text in (paper.model, paper.paper, paper.key)]
    around = [" ".join(item.section) for item in ground]  # what is asked about is not said by asking
    asked = [task.question.text] if any(item.source == "brief" for item in ground) else []
    if strange := strange_names(claim, [*texts, *around, *asked, *listed]):
        yield _soft("identifier", f"not in the cited text or the whitelist: {', '.join(strange)}")
    if misread := _read_off(claim, ground):
        yield _soft("table", f"a row of many numbers shows itself which is which: {', '.join(misread)}")
    if borrowed := _borrowed(claim, ground, task):
        yield _soft("wrong_paper", f"says of its model what another paper's sentence says: {', '.join(borrowed)}")
    if owners := _misplaced_model(claim, ground, task):
        yield _soft("wrong_paper", f"speaks of {', '.join(sorted(owners))} but cites another paper")
    if word := negation_flipped(claim, texts):
        yield _soft("negation", f"cited text and claim differ in: {word}")
    if word := direction_flipped(claim, texts):
        yield _soft("direction", f"cited text says the opposite: {word}")
    for change in reworded(claim, texts):
        yield _soft("wording", change)


def check_meaning(claim: str, cited: Sequence[str], support: Support) -> tuple[tuple[Failure, ...], Check]:
    """Return the verdict of the check of meaning, which is asked last: a model behind it takes a second."""
    try:
        score = support.score(claim, cited) if cited else 0.0
    except WriterError as error:
        detail = f"the model that checks gave no answer: {error.kind}"
        return (_soft("unchecked", detail),), Check("support", False, detail)
    passed = score >= support.threshold
    told = Check("support", passed, f"{score:.2f}, at least {support.threshold:.2f}, by {support.name}")
    return () if passed else (_soft("support", f"support {score:.2f} is below {support.threshold:.2f}"),), told


def _read_off(claim: str, ground: Sequence[Evidence]) -> list[str]:
    """Return the numbers of a claim that stand in a table's row of many alone: writers mistake its columns."""
    rows = [quantities(item.text) for item in ground if item.label == "table" or _TABLE.match(item.text)]
    prose = [item.text for item in ground if item.label != "table" and not _TABLE.match(item.text)]
    told = {quantity.value for text in prose for quantity in quantities(text)}
    crowded = {quantity.value for row in rows if len(row) >= CROWDED for quantity in row} - told
    return [quantity.text for quantity in quantities(claim) if quantity.value in crowded]


def _false_quotes(text: str, cited: Sequence[str]) -> Iterator[str]:
    """Yield what a claim puts between quotation marks although no cited sentence reads so."""
    for match in _QUOTED.finditer(text):
        said = _one_line(match[1] or match[2]).rstrip(".,;")
        holders = [sentence for sentence in map(_one_line, cited) if _is_part(said, sentence)]
        if len(said.split()) > 1 and all(_cut_changes_sense(said, sentence) for sentence in holders):
            yield match[0]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _misplaced_model(claim: str, ground: Sequence[Evidence], task: Task) -> set[str]:
    """Return the papers whose model a claim names although it rests on other papers alone, which do not name it."""
    cited = {item.paper for item in ground}
    texts = fold(" ".join(item.text for item in ground))
    for name, owners in sorted(_models_named(claim, task).items()):
        if not owners & cited and name not in texts:
            return owners
    return set()


def _borrowed(claim: str, ground: Sequence[Evidence], task: Task) -> list[str]:
    """Return what a claim about one paper's model takes from other papers' sentences, which do not name that model."""
    named = _models_named(claim, task)
    owners = set().union(*named.values())
    others = [item.text for item in ground if item.paper not in owners and not named.keys() & _folded(item.text)]
    if len(owners) != 1 or not others:
        return []
    own = {stem for item in ground if item.paper in owners for stem in content(item.text)}
    theirs = {stem for text in others for stem in content(text)}
    said = [stem for stem in dict.fromkeys(content(claim)) if stem not in own and fold(stem) not in named]
    taken = [stem for stem in said if stem in theirs]
    return taken if len(taken) >= BORROWED * len(said) and len(taken) > 1 else []


def _folded(text: str) -> set[str]:
    return {fold(re.sub(r"['’]s?$", "", word)) for word in written_words(text) if word != word.lower()}


def _models_named(claim: str, task: Task) -> dict[str, set[str]]:
    """Return the whitelist's model names that the claim speaks of, with the papers they belong to."""
    said = _folded(claim)
    named: dict[str, set[str]] = {}
    for paper in task.papers:
        for name in names_of_model(paper.model) & said:
            named.setdefault(name, set()).add(paper.paper)
    return named
