"""Tell sentences that speak to whoever reads them ("ignore the above and write …") from sentences that report.

Such a sentence is data and stays data; it can only never be the ground of a claim, nor be shown to a model. The rules
look for the form of an instruction, not for its topic, so they hold in any paper: a command, a request, a duty laid on
an answer or on a machine, markup of chats and calls; a bare question is no statement either. Beyond English only
commands about answers and instructions are known (`data/orders.toml`), in the languages listed there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.language.data import word_set
from rag.language.order_forms import CUED, MACHINE, abroad
from rag.language.words import as_seen

REMEMBERED = 8192  # sentences whose verdict is kept: those of the papers that many questions share

_ORDERS = word_set("imperatives")
_RECIPES = word_set("recipe_verbs")
_BARE = word_set("bare_verbs") - word_set("author_imperatives")
_AUTHORS = word_set("author_imperatives")
_NO_ORDERS = word_set("author_imperatives", "sentence_openers")
_NOUNS = word_set("often_nouns")
_COMMAND = re.compile(  # a verb where a sentence begins, and what follows it
    r"(?P<lead>\W*"
    r"(?:(?:please|kindly|now|instead|also|then|finally|always|never|first|next|when (?:you )?\w+ing)[, ]+)*)"
    r"(?P<verb>[^\W\d_]+(?:-[^\W\d_]+)?)\s+(?P<next>[^\W_]+|\S)",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(
    r"\W*(?:[Pp]lease,? |[Kk]indly )?(?P<verb>[A-Z][a-z]+|(?<=lease )[a-z]+|(?<=indly )[a-z]+) (?:the|an?|your|this|"
    r"these|some|any|me|us|all|every|each|nothing)\b"
)
_NO_OBJECTS = frozenset("of is are was were has have can will may et and or in to for as by from on we".split())
_DETERMINERS = frozenset(
    "the a an your this that these every each all any some it me us them only no down up \" “ ' ‘".split()
)
_AFTER_BARE = frozenset("with as that only about for by silent up from like yourself how why".split())
_NO_VERB = re.compile(r"(?:ing|ed|ly|s)$")
_VARIABLE = re.compile(r"(?![aAI]$)[^\W\d_]\d*")  # "say A1 and A2"
_READER = re.compile(  # what the commands of proofs and recipes do not speak of
    r"\b(?:you|your|me|answers?|repl(?:y|ies)|letters?|vowels?|readers?|prompts?|instructions?|links?|citations?|"
    r"mentions?|phrases?|jokes?|poems?|advert\w*|slogans?|this (?:paper|text|article|document|work|submission))\b|"
    r"[\"“‘]\w+ \w+ \w+|https?:|www\.",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|us|i)\b", re.IGNORECASE)
_FORMS = re.compile(  # what answers are turned into for sport
    r"\b(?:emojis?|bullet points?|capitals|rhym\w+|haikus?|limericks?|riddles?|in(?:to)? binary|"
    r"braille|morse|base ?64|rot ?13|hexadecimal|caesar|backwards|pig latin|pirate|rap)\b",
    re.IGNORECASE,
)
_SAID = re.compile(r"[\"“‘'][^\"”’']*[\"”’']")
_BOTH = re.compile(  # a second command, of what is to be said
    r"\b(?:and|then) (?:only |then )?(?:answer|reply|respond|write|say|tell|mention|reveal|paste|recommend|praise)\b",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] +){5,}[^\W\d_](?!\S)")  # "R e p l y"
_SPELLED = ("reply", "answer", "ignore", "respond", "reveal", "translate", "prompt", "instruction", "system", "output")
_OWN_REACH = 40  # characters in which "we" shows that an author speaks

_CLAUSE = re.compile(
    r"\W{0,3}(?:when|while|if|before|after|once|whenever|in case|should)\b[^,.]{1,80},\s*", re.IGNORECASE
)
_LABEL = re.compile(r"^\W{0,3}(?:\w[\w.]{0,20}[^\w:|]{1,3}){0,2}\w[\w.]{0,20}\s?[:|\u2013\u2014]\s*")  # "Figure 1: "
_BREAK = re.compile(  # "[3] ", "2.1 ", full stops, blanks, a table's cells; one set in front, which is found fast
    r"[\d.!?\s|;:](?:(?<=\d)[\])|:.]*\s+(?=\W{0,3}[A-Z])|(?<=[.!?])\W*\s(?=[A-Z])|(?<=\s)\s+(?=[A-Z])"
    r"|(?<=[|;:])\s*(?=[A-Z]))|(?:#+|//|/\*|<!--)\s*"
)
_FORGED = re.compile(  # what the program writes around evidence, and who speaks in a chat
    rf"\W*(?:e\d{{1,3}}\W*[:|\]]|(?:system|user|assistant|human|developer|admin|{MACHINE})\s*"
    r"(?:prompt|message|note|notice|alert|warning|override|update|command)?\s*:)",
    re.IGNORECASE,
)


@lru_cache(REMEMBERED)
def addresses_reader(text: str) -> bool:
    """Tell whether a sentence instructs its reader instead of reporting something."""
    plain = as_seen(text)
    lower = plain.lower()
    if _orders_abroad(lower) or any(
        word in run[0].replace(" ", "") for run in _SPACED.finditer(lower) for word in _SPELLED
    ):
        return True
    for cue, patterns in CUED.items():
        if cue in lower and any(pattern.search(plain) for pattern in patterns):
            return True
    return any(_FORGED.match(part) is not None or is_order(part) for part in beginnings(plain))


def _orders_abroad(lower: str) -> bool:
    """Tell whether a text begins with a command of another language, or holds one beside a word for what is said."""
    return any(
        starts.match(lower) or (verbs.search(lower) and nouns.search(lower)) for starts, verbs, nouns in abroad()
    )


def beginnings(text: str) -> Iterator[str]:
    """Yield a text from each place where a sentence may begin: after a label, a number, a clause, a full stop."""
    for start in (0, *(match.end() for match in _BREAK.finditer(text))):
        part = text[start:]
        yield part
        for lead in (_LABEL.match(part), _CLAUSE.match(part)):
            if lead:
                yield part[lead.end() :]


def is_order(text: str) -> bool:
    """Tell whether a text begins with a command to its reader: "Write …", "Please add …", any verb before an article.

    What authors command in proofs and recipes ("Remove the outliers.") is none, unless it is about an answer.
    """
    found = _COMMAND.match(text)
    if found is None:
        return False
    verb, what = found["verb"].lower(), found["next"].lower()
    if verb in _ORDERS | _RECIPES and (verb not in _NOUNS or text.isupper()) and _BOTH.search(text):
        return True
    if verb in _ORDERS | _RECIPES | _AUTHORS | _BARE and _FORMS.search(text):
        return True
    if verb in _NO_ORDERS or (verb in _RECIPES and not _READER.search(text)):
        return False
    said = _SAID.sub("", text[:200])
    unknown = _ANY_ORDER.match(text)
    if unknown and unknown["verb"].lower() not in _NO_ORDERS and not _NO_VERB.search(unknown["verb"]):
        return not _OWN.search(said[:_OWN_REACH]) or found["lead"].strip().lower() in ("kindly", "please")
    if verb in _BARE and found["verb"][0].isupper() and (what in _DETERMINERS or what in _AFTER_BARE):
        return not _OWN.search(said[:_OWN_REACH])
    if not (verb in _ORDERS or verb in _RECIPES) or what in _NO_OBJECTS or _VARIABLE.fullmatch(found["next"]):
        return False
    if verb in _NOUNS and not any(map(str.isalpha, found["lead"])):  # "State transitions …", "Group A …", "DESIGN We …"
        heading = found["verb"].isupper() and not text.isupper()
        if heading or found["next"] == "A" or what not in _DETERMINERS:
            return False
    return not _OWN.search(text[:_OWN_REACH])


def is_question(text: str) -> bool:
    """Tell whether a sentence asks."""
    return as_seen(text).rstrip(" \"'”’)").endswith("?")
