"""Tell the words that questions are made of from those that name their topic.

"How big is the data set?" can be put to any paper; "how is blur modelled?" cannot. By word lists, English only. Not
handled here: platforms and talk around a question (`facets`).
"""

from __future__ import annotations

from rag.language.words import surface

PLAIN_WORDS = frozenset(  # they say nothing about a question's topic, beside the stop words
    "come comes get gets got go goes look looks seem seems appear appears become becomes achieve achieves achieved "
    "work works take takes give gives show shows find finds capture captures capturing captured happen happens help "
    "helps need needs want wants try tries difference different differ general kind kinds type types way ways thing "
    "things question explain describe discuss compare recommend recommended best better good great new people person "
    "user users example examples level case cases high low big small long longer large larger result "
    "results reason reasons ai paper papers "
    "say says said tell tells state states report reports mean means reach reaches does following given".split()
)
ASKING_WORDS = frozenset(  # likewise, but a paper may well lack what they name
    "employ employed employs obtain obtained obtains contain contains contained number perform performed performs "
    "conduct conducted present presented introduce introduced propose proposed available carry apply applied reached "
    "recommend recommends author authors collect collected collects consist consists part "
    "main specific exactly typical typically actually author's total include included includes current basic mention "
    "mentions mentioned direction directions kinds overall aspect aspects detail details way".split()
)
RESEARCH_WORDS = frozenset(  # what any paper of ours may be asked about
    "accuracy algorithm analysis annotate annotated annotation annotator annotators approach approaches architecture "
    "baseline baselines batch batches benchmark benchmarks code component components conclusion conclusions "
    "configuration contribution contributions corpora corpus cost data dataset datasets epoch epochs error errors "
    "evaluate evaluated evaluates evaluation experiment experiments feature features finding findings framework "
    "future gold ground truth judgment judgments label labels labelled labeled "
    "gpu gpus hardware hyperparameter hyperparameters idea improve improvement improvements input inputs "
    "language languages layer layers learn learned learning limit limitation limitations limits loss material "
    "materials measure measured measurement measurements measures method methods metric metrics model models network "
    "networks optimiser optimizer output outputs parameter parameters performance pipeline pretrained previous prior "
    "procedure quality rate rates sample samples score scores set sets setup size sizes split splits step steps study "
    "system systems task tasks technique techniques test tested testing time times tool tools train trained training "
    "validation workflow".split()
)


def is_plain(word: str) -> bool:
    """Tell whether a word, as written, belongs to the asking and not to what is asked about."""
    return word.lower() in PLAIN_WORDS or word.lower() in ASKING_WORDS


def topics(question: str) -> dict[str, str]:
    """Return the question's topic words as stem -> word as written, in order."""
    found: dict[str, str] = {}
    for word, stem in surface(question):
        if word.lower() not in PLAIN_WORDS and not word.lower().endswith("ly") and not word.isdigit():
            found.setdefault(stem, word)
    return found


def is_generic(question: str) -> bool:
    """Tell whether a question can be put to any paper: some word is of research, and none names another topic."""
    named = [word.lower() for word, _ in surface(question) if not is_plain(word)]
    return bool(named) and all(word in RESEARCH_WORDS for word in named)
