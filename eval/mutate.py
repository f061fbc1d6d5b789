"""Break a good answer in exactly one way, once per violation kind and variant, seeded.

A mutator takes a world and a random generator and returns a broken answer with the place where it was broken, or None
where this world offers nothing to break in its way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from rag.answers import Answer, Citation, Claim, Refusal, RefusalKind
from rag.papers import Span

from .cases import Case
from .compliant import World, cite, sentence_of
from .quantities import quantities
from .stored_pages import sha256
from .wording import addresses_reader

Random = random.Random


@dataclass(frozen=True, slots=True)
class Mutant:
    """Hold a broken answer, the kind that must be found, and where."""

    kind: str
    variant: str
    place: str
    answer: Answer
    case: Case


Change = tuple[str, Answer, Case]  # place, answer, case
Mutator = Callable[[World, Random], Change | None]
MUTATORS: dict[str, list[Mutator]] = {}


def mutator(kind: str) -> Callable[[Mutator], Mutator]:
    """Register a way to break an answer."""

    def register(function: Mutator) -> Mutator:
        MUTATORS.setdefault(kind, []).append(function)
        return function

    return register


def mutants(
    worlds: Iterator[World] | list[World], per_kind: int, seed: int, kinds: Collection[str] | None = None
) -> Iterator[Mutant]:
    """Yield `per_kind` mutants of each kind (or of some), going round the worlds and the variants."""
    stock = list(worlds)
    for kind, variants in MUTATORS.items():
        if kinds is not None and kind not in kinds:
            continue
        made = attempt = 0
        while made < per_kind and attempt < per_kind * 20:
            world = stock[attempt % len(stock)]
            variant = variants[attempt % len(variants)]
            rng = Random(f"{seed}/{kind}/{attempt}")
            attempt += 1
            try:
                change = variant(world, rng)
            except LookupError:  # the reader did not keep this sentence in one piece
                continue
            if change is not None:
                made += 1
                yield Mutant(kind, variant.__name__, *change)


# --- where to break ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spot:
    """Hold one claim of a world's answer with its place; `sole` is its only citation."""

    section: int
    number: int
    claim: Claim

    @property
    def place(self) -> str:
        """Return the claim's place."""
        return f"sections[{self.section}].claims[{self.number}]"

    @property
    def sole(self) -> Citation:
        """Return the claim's first citation."""
        return self.claim.citations[0]


def _spots(world: World, own: bool | None = None) -> list[Spot]:
    return [
        Spot(i, j, claim)
        for i, section in enumerate(world.answer.sections)
        for j, claim in enumerate(section.claims)
        if claim.citations[0].source == "pdf" and (own is None or (claim.form == "own_words") == own)
    ]


def _with_claim(world: World, spot: Spot, claim: Claim) -> Answer:
    sections = list(world.answer.sections)
    claims = list(sections[spot.section].claims)
    claims[spot.number] = claim
    sections[spot.section] = replace(sections[spot.section], claims=tuple(claims))
    return replace(world.answer, sections=tuple(sections))


def _cited(world: World, spot: Spot, citation: Citation) -> Change:
    claim = replace(spot.claim, citations=(citation,))
    return f"{spot.place}.citations[0]", _with_claim(world, spot, claim), world.case


def _worded(world: World, spot: Spot, text: str) -> Change | None:
    if text == spot.claim.text:
        return None
    return spot.place, _with_claim(world, spot, replace(spot.claim, text=text)), world.case


def _own(world: World, rng: Random) -> Spot:
    return rng.choice(_spots(world, own=True))


def _any(world: World, rng: Random) -> Spot:
    return rng.choice(_spots(world))


def _hashed(citation: Citation, quote: str, rng: Random) -> Citation:
    """Return a citation with another quote, hashed again or not."""
    return replace(citation, quote=quote, quote_sha256=sha256(quote) if rng.random() < 0.7 else citation.quote_sha256)


# --- leaving the whitelist ----------------------------------------------------------------------------------------


@mutator("outside_whitelist")
def foreign_paper(world: World, rng: Random) -> Change | None:
    """Cite a paper that nobody has."""
    spot = _any(world, rng)
    return _cited(
        world,
        spot,
        replace(spot.sole, paper=f"17{rng.randint(10, 12)}.{rng.randint(10000, 99999)}", version=rng.randint(1, 3)),
    )


@mutator("outside_whitelist")
def foreign_beside_good(world: World, rng: Random) -> Change | None:
    """Add an invented citation to a good one."""
    spot = _any(world, rng)
    invented = replace(spot.sole, paper=f"19{rng.randint(10, 12)}.{rng.randint(10000, 99999)}", version=None)
    claim = replace(spot.claim, citations=(spot.sole, invented))
    return f"{spot.place}.citations[1]", _with_claim(world, spot, claim), world.case


@mutator("outside_whitelist")
def foreign_reference(world: World, rng: Random) -> Change | None:
    """List a paper that the whitelist does not hold."""
    listed = replace(
        world.answer.references[0], paper=f"20{rng.randint(10, 12)}.{rng.randint(10000, 99999)}", version=1
    )
    references = (*world.answer.references, listed)
    return f"references[{len(references) - 1}]", replace(world.answer, references=references), world.case


@mutator("not_allowed_for_question")
def neighbour(world: World, rng: Random) -> Change | None:
    """Cite, truly, a paper that the library holds but this question does not allow."""
    other = rng.choice(world.papers[world.allowed :])
    fact = rng.choice(other.facts)
    spot = _any(world, rng)
    citation = cite(other.paper, sentence_of(other.paper, fact.sentence))
    claim = Claim(citation.quote, "verbatim", (citation,))
    return f"{spot.place}.citations[0]", _with_claim(world, spot, claim), world.case


@mutator("not_allowed_for_question")
def other_version(world: World, rng: Random) -> Change | None:
    """Cite another version than the one allowed."""
    spot = _any(world, rng)
    return _cited(world, spot, replace(spot.sole, version=(spot.sole.version or 0) + rng.randint(1, 8)))


@mutator("unknown_evidence")
def nameless(world: World, rng: Random) -> Change | None:
    """Cite no paper at all."""
    spot = _any(world, rng)
    return _cited(world, spot, replace(spot.sole, paper=None, version=None))


@mutator("unknown_evidence")
def quoteless(world: World, rng: Random) -> Change | None:
    """Cite a paper without a quote or a place."""
    spot = _own(world, rng)
    return _cited(world, spot, replace(spot.sole, quote="", quote_sha256=sha256(""), spans=(), page_text_sha256=()))


@mutator("link_outside_whitelist")
def link_in_claim(world: World, rng: Random) -> Change | None:
    """Put a foreign link into a claim."""
    spot = _own(world, rng)
    link = rng.choice(
        (
            "https://example.org/more",
            "http://github.com/else/where",
            "www.example.com/x",
            "https://arxiv.org.example.com/abs/2604.91001",
        )
    )
    return _worded(world, spot, f"{spot.claim.text.rstrip('.')} (see {link}).")


@mutator("link_outside_whitelist")
def link_of_reference(world: World, rng: Random) -> Change | None:
    """Give a listed paper a link that the whitelist does not have."""
    i = rng.randrange(len(world.answer.references))
    reference = world.answer.references[i]
    bad = rng.choice(("javascript:alert(1)", "https://github.com/evil/fork", "https://example.org/paper.pdf"))
    changed = replace(reference, github=bad) if rng.random() < 0.5 else replace(reference, url=bad)
    references = (*world.answer.references[:i], changed, *world.answer.references[i + 1 :])
    return f"references[{i}]", replace(world.answer, references=references), world.case


@mutator("outside_work_mentioned")
def work_in_claim(world: World, rng: Random) -> Change | None:
    """Name a work that nobody allowed, in prose."""
    spot = _own(world, rng)
    name = rng.choice(("Ivers", "Quandt", "Oyelaran", "De Vries", "Müller"))
    tail = rng.choice(
        (
            (f", as {name} et al. showed"),
            f" ({name}, 20{rng.randint(10, 24)})",
            f", following {name} and Petrov (20{rng.randint(10, 24)})",
            f" (CVPR 20{rng.randint(10, 24)})",
            f", see arXiv:18{rng.randint(10, 12)}.{rng.randint(10000, 99999)}",
            (", as in doi 10.1000/xyz123"),
            ', as in "Seeing Through Mist With Silent Cameras"',
        )
    )
    return _worded(world, spot, spot.claim.text.rstrip(".") + tail + ".")


# --- what was never evidence --------------------------------------------------------------------------------------


def _cites_sentence(world: World, rng: Random, texts: Callable[[int], str]) -> Change:
    number = rng.randrange(world.allowed)
    paper = world.papers[number].paper
    text = texts(number)
    spot = _any(world, rng)
    citation = cite(paper, sentence_of(paper, text))
    claim = Claim(citation.quote, "verbatim", (citation,), paper.paper)
    return spot.place, _with_claim(world, spot, claim), world.case


@mutator("hidden_text")
def hidden(world: World, rng: Random) -> Change | None:
    """Quote text that no person can see."""
    number = rng.randrange(world.allowed)
    text = world.papers[number].paper.hidden[0].text
    spot = rng.choice(_spots(world))
    citation = replace(
        spot.sole,
        quote=text,
        quote_sha256=sha256(text),
        paper=world.papers[number].paper_id,
        pdf_sha256=world.papers[number].paper.pdf_sha256,
        page_text_sha256=tuple(sha256(world.papers[number].paper.pages[s.page - 1].text) for s in spot.sole.spans),
    )
    claim = Claim(text, "verbatim", (citation,), world.papers[number].paper_id)
    return f"{spot.place}.citations[0]", _with_claim(world, spot, claim), world.case


@mutator("addressed_to_reader")
def obeys(world: World, rng: Random) -> Change | None:
    """Cite a sentence that instructs a reading machine."""
    place, answer, case = _cites_sentence(world, rng, lambda n: world.papers[n].to_the_reader)
    return f"{place}.citations[0]", answer, case


@mutator("evidence_from_references")
def from_reference_list(world: World, rng: Random) -> Change | None:
    """Cite an entry of a reference list."""
    place, answer, case = _cites_sentence(world, rng, lambda n: rng.choice(world.papers[n].references))
    return f"{place}.citations[0]", answer, case


@mutator("second_hand")
def borrowed(world: World, rng: Random) -> Change | None:
    """Pass off what a paper reports of others as its own finding."""
    return _cites_sentence(world, rng, lambda n: rng.choice(world.papers[n].second_hand))


# --- false quotes ---------------------------------------------------------------------------------------------------


@mutator("wrong_paper")
def attributed_to_another(world: World, rng: Random) -> Change | None:
    """Cite the wrong paper for a true quote."""
    spot = rng.choice([s for s in _spots(world) if _model_in(world, s)])
    other = rng.choice([p for p in world.papers[: world.allowed] if p.paper_id != spot.sole.paper])
    pages = [p for p in other.paper.pages if len(p.text) > spot.sole.spans[0].end]
    if not pages:
        return None
    span = replace(spot.sole.spans[0], page=rng.choice(pages).number)
    changed = replace(
        spot.sole,
        paper=other.paper_id,
        version=other.version,
        spans=(span,),
        pdf_sha256=other.paper.pdf_sha256,
        page_text_sha256=(sha256(other.paper.pages[span.page - 1].text),),
    )
    claim = replace(spot.claim, citations=(changed,), subject=other.paper_id)
    return f"{spot.place}.citations[0]", _with_claim(world, spot, claim), world.case


def _model_in(world: World, spot: Spot) -> bool:
    """Tell whether a quote is one paper's alone, since it names its model."""
    model = next(paper.model for paper in world.papers if paper.paper_id == spot.sole.paper)
    return model in spot.sole.quote


@mutator("stitched_quote")
def two_halves(world: World, rng: Random) -> Change | None:
    """Join the first half of one sentence to the second half of another, with one span or both."""
    number = rng.randrange(world.allowed)
    paper = world.papers[number].paper
    whole = [
        s
        for s in paper.sentences
        if len(s.spans) == 1 and s.label in ("abstract", "body") and len(s.text) > 70 and not addresses_reader(s.text)
    ]
    first, second = rng.sample(whole, 2)
    if abs(first.number - second.number) < 2:
        return None
    cut_a, cut_b = _middle(first.text), _middle(second.text)
    spans: tuple[Span, ...] = (
        replace(first.spans[0], end=first.spans[0].start + cut_a),
        replace(second.spans[0], start=second.spans[0].start + cut_b + 1),
    )
    quote = f"{first.text[:cut_a]} {second.text[cut_b + 1 :]}"
    if rng.random() < 0.5:
        spans = spans[:1]
    return _stitch(world, rng, paper.paper, quote, spans)


@mutator("stitched_quote")
def two_papers(world: World, rng: Random) -> Change | None:
    """Join halves of sentences of two papers."""
    one, two = rng.sample(world.papers[: world.allowed], 2)
    first, second = rng.choice(one.facts).sentence, rng.choice(two.facts).sentence
    start = sentence_of(one.paper, first)
    shared = len(set(first.split()) & set(second.split())) / len(set(first.split()))
    if len(start.spans) > 1 or shared > 0.5 or len(second) < 50:
        return None  # halves of one template differ in a word only: a changed quote, not a stitched one
    quote = f"{first[: _middle(first)]} {second[_middle(second) + 1 :]}"
    if any(quote in page.text for page in one.paper.pages):
        return None
    return _stitch(world, rng, one.paper_id, quote, start.spans)


def _middle(text: str) -> int:
    return text.index(" ", len(text) // 2)


def _stitch(world: World, rng: Random, paper: str, quote: str, spans: tuple[Span, ...]) -> Change:
    stored = next(p.paper for p in world.papers if p.paper_id == paper)
    spot = _any(world, rng)
    citation = replace(
        spot.sole,
        paper=paper,
        version=stored.version,
        quote=quote,
        quote_sha256=sha256(quote),
        spans=spans,
        pdf_sha256=stored.pdf_sha256,
        page_text_sha256=tuple(sha256(stored.pages[span.page - 1].text) for span in spans),
    )
    claim = Claim(quote, "verbatim", (citation,), paper)
    return f"{spot.place}.citations[0]", _with_claim(world, spot, claim), world.case


@mutator("wrong_page")
def next_page(world: World, rng: Random) -> Change | None:
    """Cite another page of the right paper."""
    spot = rng.choice([s for s in _spots(world) if len(s.sole.spans) == 1])
    stored = next(p.paper for p in world.papers if p.paper_id == spot.sole.paper)
    span = spot.sole.spans[0]
    others = [page for page in stored.pages if page.number != span.page and spot.sole.quote not in page.text]
    if not others:
        return None
    page = rng.choice(others)
    hashes = (sha256(page.text),) if rng.random() < 0.7 else spot.sole.page_text_sha256
    return _cited(world, spot, replace(spot.sole, spans=(replace(span, page=page.number),), page_text_sha256=hashes))


@mutator("quote_mismatch")
def one_word_changed(world: World, rng: Random) -> Change | None:
    """Change a word, a figure or a negation inside a quote."""
    spot = _own(world, rng)
    words = spot.sole.quote.split()
    i = rng.choice([i for i, word in enumerate(words[:-1]) if len(word) > 2 and i])
    change = rng.choice(("swap", "drop", "not", "name"))
    if change == "swap":
        j = i - 1
        words[i], words[j] = words[j], words[i]
    elif change == "drop":
        del words[i]
    else:
        words.insert(i, "not") if change == "not" else words.__setitem__(i, "entirely")
    quote = " ".join(words)
    if quote == spot.sole.quote or any(word in ("not", "cannot", "never") for word in spot.sole.quote.split()):
        return None
    return _cited(world, spot, _hashed(spot.sole, quote, rng)) if _only_quote(spot, quote) else None


def _only_quote(spot: Spot, quote: str) -> bool:
    """Tell whether the claim still says what the changed quote says, so that the quote alone is at fault."""
    return all(q.text.split()[0] in quote for q in quantities(spot.claim.text)) and "not" not in quote.split()


@mutator("quote_mismatch")
def figure_changed(world: World, rng: Random) -> Change | None:
    """Change a figure inside a quote and in the claim alike."""
    spot = rng.choice(_spots(world, own=False) or _spots(world))
    digits = re.search(r"\b\d{2,}\b", spot.sole.quote)
    if digits is None or spot.claim.form != "verbatim":
        return None
    quote = (
        spot.sole.quote[: digits.start()] + str(int(digits[0]) + rng.randint(1, 9)) + spot.sole.quote[digits.end() :]
    )
    claim = replace(spot.claim, text=quote, citations=(_hashed(spot.sole, quote, rng),))
    return f"{spot.place}.citations[0]", _with_claim(world, spot, claim), world.case


@mutator("quote_mismatch")
def false_verbatim(world: World, rng: Random) -> Change | None:
    """Mark a paraphrase as verbatim."""
    spot = _own(world, rng)
    return spot.place, _with_claim(world, spot, replace(spot.claim, form="verbatim")), world.case


@mutator("bad_span")
def shifted(world: World, rng: Random) -> Change | None:
    """Move a span away from its quote on the same page, past its end, inside out, or off the paper."""
    spot = rng.choice([s for s in _spots(world) if len(s.sole.spans) == 1])
    span = spot.sole.spans[0]
    shift = rng.choice((1, -1, 3, 17))
    changed = rng.choice(
        (
            replace(span, start=max(0, span.start + shift), end=span.end + shift),
            replace(span, end=span.end + 100_000),
            replace(span, start=span.end, end=span.start),
            replace(span, page=span.page + 900),
            replace(span, page=0),
            replace(span, end=span.end - 2),
            replace(span, start=-5),
        )
    )
    return None if changed == span else _cited(world, spot, replace(spot.sole, spans=(changed,)))


@mutator("bad_span")
def spanless(world: World, rng: Random) -> Change | None:
    """Take the place away."""
    spot = _any(world, rng)
    return _cited(world, spot, replace(spot.sole, spans=(), page_text_sha256=()))


@mutator("hash_mismatch")
def wrong_hash(world: World, rng: Random) -> Change | None:
    """Falsify one of the three hashes, or leave one out."""
    spot = _any(world, rng)
    other = next(p for p in world.papers if p.paper_id != spot.sole.paper)
    noise = sha256(str(rng.random()))
    changed = rng.choice(
        (
            replace(spot.sole, quote_sha256=noise),
            replace(spot.sole, page_text_sha256=tuple(noise for _ in spot.sole.spans)),
            replace(spot.sole, page_text_sha256=()),
            replace(spot.sole, pdf_sha256=None),
            replace(spot.sole, pdf_sha256="0" * 12),
            replace(spot.sole, pdf_sha256=other.paper.pdf_sha256),
        )
    )
    return _cited(world, spot, changed)


@mutator("title_mismatch")
def another_title(world: World, rng: Random) -> Change | None:
    """Print a right id under another paper's title."""
    i = rng.randrange(len(world.answer.references))
    other = rng.choice([p for p in world.papers if p.paper_id != world.answer.references[i].paper])
    changed = replace(world.answer.references[i], title=other.title)
    references = (*world.answer.references[:i], changed, *world.answer.references[i + 1 :])
    return f"references[{i}]", replace(world.answer, references=references), world.case


# --- claims beyond their quotes -------------------------------------------------------------------------------------


@mutator("uncited_claim")
def bare(world: World, rng: Random) -> Change | None:
    """Take a claim's citations away."""
    spot = _any(world, rng)
    return spot.place, _with_claim(world, spot, replace(spot.claim, citations=())), world.case


@mutator("number_mismatch")
def other_number(world: World, rng: Random) -> Change | None:
    """Change a figure or its unit in a claim."""
    spot = _own(world, rng)
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
    return _worded(world, spot, text)


@mutator("number_mismatch")
def added_number(world: World, rng: Random) -> Change | None:
    """Add a figure that the quote does not give."""
    spot = _own(world, rng)
    figure = rng.choice(
        (
            f"by {rng.randint(130, 900)} ms",
            "more than twice as often",
            f"over {rng.randint(1001, 1100)} trials",
            "in seventeen runs",
            "on a 0.031 scale",
        )
    )
    return _worded(world, spot, f"{spot.claim.text.rstrip('.')}, {figure}.")


@mutator("identifier_mismatch")
def other_name(world: World, rng: Random) -> Change | None:
    """Change a name in a claim."""
    spot = _own(world, rng)
    paper = next(p for p in world.papers if p.paper_id == spot.sole.paper)
    named = [name for name in (*paper.rivals, *paper.data, paper.model) if name in spot.claim.text]
    if not named:
        return None
    return _worded(
        world,
        spot,
        spot.claim.text.replace(
            rng.choice(named), rng.choice(("ResNet-50", "DeepHarbor", "BLEU", "GPT-4", "KITTI", "x7-mini"))
        ),
    )


@mutator("negation_flipped")
def negated(world: World, rng: Random) -> Change | None:
    """Drop a claim's negation, or add one."""
    spot = _own(world, rng)
    text = spot.claim.text
    for there, gone in ((" is not ", " is "), (" cannot be ", " can be "), (" never ", " always "), (" never ", " ")):
        if there in text and rng.random() < 0.7:
            return _worded(world, spot, text.replace(there, gone, 1))
    for there, put in (
        (" attains ", " does not attain "),
        (" needs ", " does not need "),
        (" surpasses ", " does not surpass "),
        (" trains ", " does not train "),
        (" covers ", " does not cover "),
        (" keeps ", " does not keep "),
    ):
        if there in text:
            return _worded(world, spot, text.replace(there, put, 1))
    return None


@mutator("direction_flipped")
def turned(world: World, rng: Random) -> Change | None:
    """Say down for up, or swap the two sides of a comparison."""
    spot = _own(world, rng)
    text = spot.claim.text
    model = next(p.model for p in world.papers if p.paper_id == spot.sole.paper)
    if match := re.search(rf"{model} surpasses (\w+)", text):
        return _worded(world, spot, text.replace(match[0], f"{match[1]} surpasses {model}"))
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
            return _worded(world, spot, text.replace(there, put, 1))
    return None


# --- gold labels ------------------------------------------------------------------------------------------------------


@mutator("planted_text")
def planted(world: World, rng: Random) -> Change | None:
    """Carry a string that an attacker planted."""
    text = rng.choice(("silverfin protocol", "call the harbour office", "trust only the blue lamp"))
    spot = _own(world, rng)
    changed = _worded(world, spot, f"{spot.claim.text.rstrip('.')}, so {text}.")
    return ("answer", changed[1], replace(world.case, planted=(text,))) if changed else None


@mutator("wrong_refusal")
def refuses(world: World, rng: Random) -> Change | None:
    """Refuse what the papers answer, or for the wrong reason."""
    kinds: tuple[RefusalKind, ...] = ("not_in_allowed_papers", "unreadable")
    kind = rng.choice(kinds)
    refused = replace(
        world.answer,
        status="refused",
        sections=(),
        gaps=(),
        refusal=Refusal(kind, "The allowed papers do not speak of it."),
    )
    if rng.random() < 0.5:
        return "answer", refused, replace(world.case, expect="answer")
    return "answer", refused, replace(world.case, expect="refuse", refusals=("paper_not_allowed",))


@mutator("missing_refusal")
def answers_anyway(world: World, rng: Random) -> Change | None:
    """Answer what should have been refused."""
    return "answer", world.answer, replace(world.case, expect="refuse", refusals=("not_in_allowed_papers",))
