"""Find what the allowed papers do not carry, and say so in the program's own words.

Absence has no sentence to cite, so a gap is no claim. Where a paper itself names the question's topic as a limit
or as future work, that sentence is the best evidence there is, and the gap quotes it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag import cues
from rag.types import AllowedPaper, Citation, Gap, Paper, Sentence
from rag.words import surface, words

MIN_STEM = 4  # letters: shorter stems stand inside too many other words
# words of a question that say nothing about its topic, beside the stop words
_PLAIN = frozenset(
    "come comes get gets got go goes look looks seem seems appear appears become becomes achieve achieves achieved "
    "work works take takes give gives show shows find finds capture captures capturing captured happen happens help "
    "helps need needs want wants try tries difference different differ general kind kinds type types way ways thing "
    "things question explain describe discuss compare recommend recommended best better good great new people person "
    "user users example examples level case cases high low big small result results reason reasons ai paper papers "
    "say says said tell tells state states report reports mean means reach reaches does following given".split()
)


def topics(question: str) -> dict[str, str]:
    """Return the question's topic words as stem -> word as written, in order."""
    found: dict[str, str] = {}
    for word, stem in surface(question):
        if word.lower() not in _PLAIN and not word.lower().endswith("ly") and not word.isdigit():
            found.setdefault(stem, word)
    return found


def unknown_words(question: str, vocabulary: Collection[str]) -> list[str]:
    """Return the question's topic words that stand nowhere in the allowed papers, not even inside a longer word."""
    everything = "\n".join(vocabulary)
    return [word for stem, word in topics(question).items() if stem not in vocabulary and not _inside(stem, everything)]


def _inside(stem: str, text: str) -> bool:
    return len(stem) >= MIN_STEM and stem in text


def limit_of(paper: Paper, question: str) -> tuple[Sentence, list[str]] | None:
    """Return the sentence in which a paper names the question's topic as its limit, with the words they share."""
    asked = topics(question)
    best: tuple[tuple[int, int, int], Sentence, list[str]] | None = None
    for sentence in paper.sentences:
        if not _may_state_limit(sentence):
            continue
        text = " ".join(words(sentence.text))
        shared = [word for stem, word in asked.items() if _inside(stem, text)]
        ahead = bool(cues.FUTURE.search(sentence.text))
        rank = (len(shared), int(ahead), -sentence.number)
        if shared and (best is None or rank > best[0]):
            best = (rank, sentence, shared)
    return (best[1], best[2]) if best else None


def _may_state_limit(sentence: Sentence) -> bool:
    return (
        sentence.label in ("abstract", "body", "appendix")
        and not set(sentence.flags) & {"second_hand", "addresses_reader", "fragment", "formula"}
        and bool(cues.OWN_LIMITS.search(sentence.text))
        and cues.reads_well(sentence.text)
    )


def limit_gap(paper: AllowedPaper, name: str, sentence: Sentence, shared: Sequence[str], quote: Citation) -> Gap:
    """Word a gap that the paper itself states."""
    future = bool(cues.FUTURE.search(sentence.text))
    kind = "as future work" if future else "as a limit of its method"
    return Gap(
        topic=", ".join(shared),
        text=f"{name} names something the question asks about {kind}:",
        paper=paper.paper,
        searched="the whole paper, for its own statements of limits and future work",
        statement=quote,
    )


def words_gap(missing: Sequence[str], papers: int) -> Gap:
    """Word the gap of question words that no allowed paper uses."""
    listed = ", ".join(f"“{word}”" for word in missing)
    noun = "paper uses" if papers == 1 else f"{papers} papers use"
    return Gap(
        topic=", ".join(missing),
        text=f"None of the allowed {noun} the word{'s' if len(missing) > 1 else ''} {listed}; "
        "what is said above is not specific to that.",
        searched="every word of the allowed papers" if papers > 1 else "every word of the allowed paper",
    )


def unread_gap(paper: AllowedPaper, name: str, reason: str) -> Gap:
    """Word the gap of a paper that could not be searched."""
    return Gap(topic=name, text=f"{name} was not searched: {reason}.", paper=paper.paper)
