"""Break an answer by quoting falsely: other papers, pages, places, words, halves and hashes."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.answers import Claim
from rag.papers import Span

from ..compliant import World, sentence_of
from ..quantities import quantities
from ..stored_pages import sha256
from ..wording import addresses_reader
from .register import Change, Random, mutator
from .spots import Spot, any_claim, cited, hashed, own_words, spots, with_claim


@mutator("wrong_paper")
def attributed_to_another(world: World, rng: Random) -> Change | None:
    """Cite the wrong paper for a true quote."""
    spot = rng.choice([s for s in spots(world) if _model_in(world, s)])
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
    return f"{spot.place}.citations[0]", with_claim(world, spot, claim), world.case


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
    spot = any_claim(world, rng)
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
    return f"{spot.place}.citations[0]", with_claim(world, spot, claim), world.case


@mutator("quote_truncated")
def without_its_negation(world: World, rng: Random) -> Change | None:
    """Quote a sentence from behind its negation on."""
    paper = rng.choice(world.papers[: world.allowed])
    negated = [fact.sentence for fact in paper.facts if re.search(r"\b(?:do not|cannot)\s", fact.sentence)]
    sentence = sentence_of(paper.paper, rng.choice(negated))
    found = re.search(r"\b(?:do not|cannot)\s", sentence.text)
    if len(sentence.spans) > 1 or found is None:
        return None
    span = sentence.spans[0]
    quote = sentence.text[found.end() :]
    return _stitch(world, rng, paper.paper_id, quote, (replace(span, start=span.start + found.end()),))


@mutator("wrong_page")
def next_page(world: World, rng: Random) -> Change | None:
    """Cite another page of the right paper."""
    spot = rng.choice([s for s in spots(world) if len(s.sole.spans) == 1])
    stored = next(p.paper for p in world.papers if p.paper_id == spot.sole.paper)
    span = spot.sole.spans[0]
    others = [page for page in stored.pages if page.number != span.page and spot.sole.quote not in page.text]
    if not others:
        return None
    page = rng.choice(others)
    hashes = (sha256(page.text),) if rng.random() < 0.7 else spot.sole.page_text_sha256
    return cited(world, spot, replace(spot.sole, spans=(replace(span, page=page.number),), page_text_sha256=hashes))


@mutator("quote_mismatch")
def one_word_changed(world: World, rng: Random) -> Change | None:
    """Change a word, a figure or a negation inside a quote."""
    spot = own_words(world, rng)
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
    return cited(world, spot, hashed(spot.sole, quote, rng)) if _only_quote(spot, quote) else None


def _only_quote(spot: Spot, quote: str) -> bool:
    """Tell whether the claim still says what the changed quote says, so that the quote alone is at fault."""
    return all(q.text.split()[0] in quote for q in quantities(spot.claim.text)) and "not" not in quote.split()


@mutator("quote_mismatch")
def figure_changed(world: World, rng: Random) -> Change | None:
    """Change a figure inside a quote and in the claim alike."""
    spot = rng.choice(spots(world, own=False) or spots(world))
    digits = re.search(r"\b\d{2,}\b", spot.sole.quote)
    if digits is None or spot.claim.form != "verbatim":
        return None
    quote = (
        spot.sole.quote[: digits.start()] + str(int(digits[0]) + rng.randint(1, 9)) + spot.sole.quote[digits.end() :]
    )
    claim = replace(spot.claim, text=quote, citations=(hashed(spot.sole, quote, rng),))
    return f"{spot.place}.citations[0]", with_claim(world, spot, claim), world.case


@mutator("quote_mismatch")
def false_verbatim(world: World, rng: Random) -> Change | None:
    """Mark a paraphrase as verbatim."""
    spot = own_words(world, rng)
    return spot.place, with_claim(world, spot, replace(spot.claim, form="verbatim")), world.case


@mutator("bad_span")
def shifted(world: World, rng: Random) -> Change | None:
    """Move a span away from its quote on the same page, past its end, inside out, or off the paper."""
    spot = rng.choice([s for s in spots(world) if len(s.sole.spans) == 1])
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
    return None if changed == span else cited(world, spot, replace(spot.sole, spans=(changed,)))


@mutator("bad_span")
def spanless(world: World, rng: Random) -> Change | None:
    """Take the place away."""
    spot = any_claim(world, rng)
    return cited(world, spot, replace(spot.sole, spans=(), page_text_sha256=()))


@mutator("hash_mismatch")
def wrong_hash(world: World, rng: Random) -> Change | None:
    """Falsify one of the three hashes, or leave one out."""
    spot = any_claim(world, rng)
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
    return cited(world, spot, changed)


@mutator("title_mismatch")
def another_title(world: World, rng: Random) -> Change | None:
    """Print a right id under another paper's title."""
    i = rng.randrange(len(world.answer.references))
    other = rng.choice([p for p in world.papers if p.paper_id != world.answer.references[i].paper])
    changed = replace(world.answer.references[i], title=other.title)
    references = (*world.answer.references[:i], changed, *world.answer.references[i + 1 :])
    return f"references[{i}]", replace(world.answer, references=references), world.case
