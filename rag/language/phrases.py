"""Recognise what a sentence of a paper does, by its wording: propose, take, put out, define, limit, ...

Cues only rank and label sentences; they never change one. Not handled: languages other than English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.language.words import surface

PROPOSES = re.compile(
    r"\b(we|this (paper|work|letter|article)|our (paper|work))\s+(\w+ly\s+|also\s+|here\s+|first\s+)?"
    r"(propose|present|introduce|develop|describe|formulate|devise|design)s?\b"
    r"|\bis (a|an|the) ([\w-]+\s+){0,5}(models?|methods?|frameworks?|networks?|approach|systems?|architectures?|pipelines?|transformers?)\b",
    re.I,
)
INPUT = re.compile(
    r"\bas (an |the |its |their )?inputs?\b|\b(takes?|receives?|accepts?|is fed|are fed|fed into|given)\b|\binputs?\b"
    r"|\bfrom (\w+[- ]){0,3}(images?|photos?|frames?|videos?|views?|observations?|text|documents?|data|measurements?)\b",
    re.I,
)
MODEL = re.compile(
    r"\b(consists? of|composed of|comprises?|made (up )?of|architecture|backbone|modules?|encoder|decoder|layers?|"
    r"employs?|utili[sz]es?|leverages?|adopts?|is based on|integrates?|optimi[sz]es?)\b",
    re.I,
)
OUTPUT = re.compile(
    r"\b(outputs?|produc(es?|ing)|generat(es?|ing)|reconstruct(s|ing|ion)?|restor(es?|ing)|yield(s|ing)?|returns?|"
    r"synthesi[sz](es?|ing)|predict(s|ing)?|estimat(es?|ing)|renders?|recover(s|ing)?)\b",
    re.I,
)
TAKES_IN = re.compile(
    r"\b(takes|receives|accepts)\b[^.]*\binputs?\b|\bas (an |the |its )?inputs?\b|\bgiven (a|an|the|one|two|several) (\w+[- ]){0,4}"
    r"(inputs?|images?|frames?|videos?|texts?|questions?|queries|sentences?|sequences?)\b",
    re.I,
)
DOES = re.compile(r"\b(consists? of|is composed of|comprises?|is made (up )?of)\b", re.I)
PUTS_OUT = re.compile(
    r"\b(outputs|produces|returns) (a|an|the)\b|\b(final|restored|reconstructed) (output|image|result|prediction)s?\b|\b(the|its) outputs? (is|are|of)\b",
    re.I,
)
STAGES = (TAKES_IN, DOES, PUTS_OUT)  # the plain statements of what goes in, what happens, what comes out
DEFINES = re.compile(
    r"\b(aims? (to|at)|is the (task|problem|process) of|refers to|is (a|an) (\w+[- ]){0,3}(task|problem|process)\b|deals with)",
    re.I,
)
DIFFICULT = re.compile(r"\b(challeng\w+|difficult\w*|ill-posed|hard to|struggles?|obstacle|hampers?|severe)\b", re.I)
CONTRASTS = re.compile(
    r"\b(unlike|in contrast|whereas|compared (with|to)|differs? from|different from|rather than|as opposed to)\b", re.I
)
SETS_APART = re.compile(  # says how one thing compares with another
    rf"{CONTRASTS.pattern}|\b(differ(s|ences?|ent ways?)?|while|(more|less) [\w-]+ than|(better|worse|faster|slower|larger|smaller) than|"
    r"outperform(s|ed)?|instead of|equivalent)\b",
    re.I,
)
HYPE = re.compile(
    r"\b(state[- ]of[- ]the[- ]art|outperform\w*|superior\w*|remarkabl[ey]|extensive experiments|cutting-edge|pioneering|"
    r"promising results|significantly better|to the best of our knowledge|the first to)\b",
    re.I,
)
LEANS = re.compile(  # opens with a word that points at what was said before
    r"^\W*(this|these|those|that|it|its|they|their|them|such|however|moreover|furthermore|therefore|thus|hence|"
    r"to (address|this|tackle|solve|overcome|that end|\w+ (this|these|that|such))|in addition|additionally|besides|also|then|specifically|finally|"
    r"consequently|as a result|the results? (is|are)|here|there|both|the (former|latter|same|above|following|other)|in particular|"
    r"meanwhile|nevertheless|nonetheless|similarly|likewise|instead|otherwise|on the other hand|for (example|instance)|"
    r"in this (way|case|section|manner)|note that|second|secondly|third|thirdly|lastly|next|but|and|or|so|yet|"
    r"by (doing so|this)|after that|as (we )?(also )?(discussed|mentioned|described|noted|explained|stated|said)|another|concretely|again|accordingly)\b",
    re.I,
)
POINTS = re.compile(  # leans on a figure, table, equation or place of the paper that a reader of the quote cannot see
    r"\b(fig(ure|s)?\.?|tab(le|s)?\.?|eqs?\.?|equations?|sec(tion|t)?\.?|appendi(x|ces)|algorithm|theorem|lemma|alg\.)\s*"
    r"(\(?\d|[A-Z]\b|[IVX]+\b)|\b(above|below|shown in|as follows|following (section|equation)s?|supplementary)\b|:\s*$",
    re.I,
)
OTHERS_FIRST = re.compile(r"^\W*(?:in|by|following) [\[(]", re.I)  # "In [12], ...": what follows is theirs
GARBLED = re.compile(
    r"[∑∏∫∂∥⟨⟩¶′\ufffd]|√ ?[A-Z(]"
)  # signs of displayed mathematics, which a PDF's text often gets wrong
ANNOUNCES = re.compile(  # what it promises stands elsewhere
    r"\bas follows\b|\bthe following\b.{0,40}$|:\s*$"
    r"|^\W*(fig(ure)?\.?|tab(le)?\.?|sec(tion|t)?\.?|appendix) \S+ (lists?|shows?|gives?|presents?|reports?|compares?|describes?|"
    r"summari[sz]es?|provides?|contains?) (?!that\b)"
    r"|\b(listed|given|shown|provided|summari[sz]ed|presented|reported|included|described|found) in "
    r"(fig(ure)?\.?|tab(le)?\.?|sec(tion|t)?\.?|appendix) \S{1,6}$",
    re.I,
)
POINTS_BACK = re.compile(  # names a thing that only the sentence before has said
    r"\b(this|that|these|those|such an?|such) (\w+ )?(algorithm|method|approach|problem|technique|procedure|result|idea|scheme|limitation|issue|drawback|property|assumption|setting|failure|phenomenon)s?\b",
    re.I,
)
REFERS = re.compile(  # opens with a pronoun, or says "this event": what it speaks of is named before
    r"^\W*(?:(?:however|moreover|furthermore|thus|therefore|hence|also|then|finally|here|in addition|in particular|"
    r"specifically|note that|and|but|so),? )?(?:it|its|they|their|them|these|those|such|this(?= (?:is|was|can|may|has|"
    r"allows?|enables?|means|makes|leads|gives|results|ensures|yields|requires|shows)\b)|that (?=is\b|was\b)|both (?=are\b|"
    r"of\b)|the (?:former|latter))\b"
    r"|\b(?:this|these|such an?) (?!(?:papers?|work|article|letter|study|thesis|section|appendix|report|end|way|"
    r"case|reason|context|sense|respect|time|point|year|view|regard|means|is|was|can|may|will|has|allows?|for)\b)"
    r"(?P<thing>[a-z-]+(?: [a-z-]+)?)",
    re.I,
)
SIGNPOST = re.compile(  # says that something will be said, and not what
    r"\bwe (also |then |further )?(discuss|describe|outline|review|summari[sz]e)\b.{0,60}\b(limitations?|directions?|future work|related work|details)\b"
    r"|\bwe (also |then |further )?(explore|study|examine|investigate) how many\b"
    r"|\bwe (want|aim|try|seek|set out|would like) to (investigate|study|explore|examine|determine|test|understand)\b|\braises the (natural )?question\b",
    re.I,
)

# --- forms of an answer -----------------------------------------------------------------------------------------------

NUMBER = re.compile(
    r"(?<![\w\[(.])(?!(?:19|20)\d\d\b)\d[\d,.]*(?![\d\]])|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|"
    r"hundred|thousand|million|billion|half|twice|quadratic\w*|linear\w*)\b",
    re.I,
)
PROPER_NAME = re.compile(r"(?<![.!?] )(?<!^)\b(?:[A-Z][\w-]*[A-Z0-9][\w-]*|[A-Z][a-z]+)\b")
REASON = re.compile(
    r"\b(?:because|since|due to|owing to|therefore|thus|hence|reasons?|motivat\w+|caus\w+|leads? to|so that|"
    r"in order to|"
    r"counteract\w*|prevent\w*|avoid\w*|allow\w*|enabl\w+|suspect|as a (?:result|consequence))\b",
    re.I,
)


@lru_cache
def definition(defined: str) -> re.Pattern[str] | None:
    """Return what matches sentences that say what a term means, whatever the endings of its words."""
    stems = [re.escape(stem.removesuffix("i")) + r"\w*" for _, stem in surface(defined)]
    if not stems:
        return None
    named = r"\b" + r"\W+(?:\w+\W+)?".join(stems) + r"(?: ?(?:\([^()]*\)|\[[^\]]*\]))?"
    return re.compile(
        rf"(?:^|[,;:—] |\bthat )\W*(?:(?:an?|the|our|this|such) )?{named}(?:,? (?:of|in|for|to|with) [^.;:]{{1,80}}?)?"
        r" (?:is|are|(?:can|could|may) be) (?:\w+ly )?"
        r"(?:an?|the|those|any|all|when|where|defined)\b"
        rf"|{named} (?:means?|denotes?|refers? to|describes?|occurs?|consists? of|stands for)\b"
        rf"|{named}\W{{1,3}}(?:i\.e\.|that is|namely|meaning)\W"
        rf"|\b(?:call(?:ed)?|refer(?:red)? to|known as|term(?:ed)?|defined?|dub(?:bed)?|named?)\b[^.;:]{{0,60}}?"
        rf"{named}",
        re.I,
    )


ASKS_LONG_FORM = re.compile(  # said by a question: what a short form stands for
    r"\bstands? for\b|\bme(?:an|ant|ans)\b(?: by\b|\W*$)|\b(?:acronym|abbreviat\w+|(?:full|long) (?:form|name) of)\b",
    re.I,
)

# --- limits: what a paper, or a question, says of what does not work or is left for later ----------------------------

ASKS_LIMITS = re.compile(  # said by a question; "upper limit" asks for an amount
    r"\b(?:(?<!upper )(?<!lower )(?<!detection )limits?(?! (?:on|at)\b)|limitations?|weak(?:ness(?:es)?|points?)|"
    r"drawbacks?|shortcomings?|downsides?|disadvantages?|caveats?|pitfalls?|fail\w*|falls? short|(?:go|goes|gone|went) wrong|"
    r"(?:un|not yet )explored|unsolved|unresolved|unanswered|open (?:questions?|problems?|issues?|challenges?)|left (?:open|out|undone|for later)|"
    r"misused?|struggles?|trust(?:ed|worthy)?|could be (?:off|better|improved|wrong)|stands? in the way|remains? (?:to|open)|"
    r"still (?:want|need|have|plan|lack|hard|missing|cannot)|not (?:yet )?(?:managed?|handle|cover|shown?|tested|tried|solved?|work)|"
    r"(?:do|take|go|try|plan|work on|extend)\b[^.?]{0,40}\b(?:next|later|in (?:the )?future)|next steps?|"
    r"future (?:work|directions?|research|plans?|stud(?:y|ies))|what(?:'s|’s| is) missing|leaves? open)\b",
    re.I,
)
LIMITS = re.compile(
    r"\blimitations?\b|\bfuture (work|research|studies|directions?)\b|\bin (the )?future\b|\bwe leave\b|\bleft (for|to) future\b"
    r"|\bwe (will|plan to|intend to) (extend|explore|study|investigate|apply|consider)\b"
    r"|\b(does|do|did|is|are|was|were|can) ?not (yet )?(handle|support|address(ed)?|consider(ed)?|cover(ed)?|treat(ed)?|model(l?ed)?|stud(y|ied))\b"
    r"|\bfails? (to|when|on|in)\b|\bremains? (\w+ )?(open|unsolved|unclear|challenging|a challenge)\b|\bbeyond the scope\b",
    re.I,
)
FUTURE = re.compile(
    r"\bfuture\b|\bwe leave\b|\bwe will (\w+ )?extend\b"
    r"|\bwe (plan to|intend to|would like to|hope to) (\w+ )?(extend|explore|study|investigate|apply|consider)",
    re.I,
)
QUALIFIES = re.compile(  # takes something back, or says what is hard, costly, missing or to come: a limit in other words
    r"\b(?:limit(?:s|ed|ing|ation\w*)|fail\w*|struggl\w+|difficult\w*|obstacles?|hard(?:er)?|costly|expensive|prohibitive\w*|slow(?:er)?|"
    r"rough\w*|uncertain\w*|preliminary|guarantee\w*|unclear|unknown|unsolved|open (?:question|problem|direction)s?|cannot|unable|"
    r"lack\w*|insufficient\w*|inaccura\w+|error-prone|worse|hurts?|degrad\w+|drawback\w*|weak\w*|mismatch\w*|discrepanc\w+|"
    r"caveat\w*|caution|concerns?|bias(?:es|ed)?|misleading|harmful|abuse\w*|unfortunately|not (?:yet|apply|necessarily|always|well|able|"
    r"hold|been)|further|future|next step|we (?:plan|hope|intend|would like|aim|expect|believe|leave)|remains?|"
    r"(?:research|our) goals?|promising directions?|optimistic|require[sd]? (?:more|additional|careful|large|a lot))\b|\b(?:although|despite|however|while|but)\b",
    re.I,
)
_LIMITS_HEADING = re.compile(r"\b(?:limitations?|failure|shortcomings?|future (?:work|directions?))\b", re.I)
OWN_LIMITS = re.compile(  # LIMITS without the phrases that mostly speak of other works or of a problem in general
    r"\blimitations?\b|"
    + FUTURE.pattern
    + r"|\b(our|the proposed|this) (\w+[- ]){0,3}((can|could|may|does|do|did|is|are) ?not (yet |always |fully )?(handle|support|address|consider|cover|treat|model|stud|recover|restore|deal|cope|generali[sz]e|scale|able|suited|suitable|applicable|designed)\w*|(may |might |can )?(fail|struggle)s?)"
    r"|\bwe (do|did|have) not (yet )?(consider|address|handle|study|studied|evaluate|evaluated|test|tested|explore|explored|cover|investigate)\w*\b|\bfails? (to|when|on|in)\b|\bbeyond the scope\b|\bstruggles?\b",
    re.I,
)
_OTHERS_LIMITS = re.compile(  # the limits that this paper sets out to lift
    r"\b(overcom\w*|address\w*|alleviat\w*|mitigat\w*|tackl\w*|avoid\w*|resolv\w*|remov\w*|circumvent\w*|without)\b[^.;]{0,60}"
    r"\b(limitations?|limits|drawbacks?|shortcomings?)\b"
    r"|(?<!\bour )\b(existing|previous|prior|earlier|current|traditional|conventional|standard|classical|recent|most|other)"
    r" ([\w-]+ ){0,3}(methods?|approaches|works?|models|systems|techniques|algorithms|studies|datasets|benchmarks|solutions)\b"
    r"|\b(models|methods|networks|systems|approaches|algorithms|techniques|humans|people) (\w+ )?(fail|struggle)\b",
    re.I,
)
_OTHERS_HEADING = re.compile(r"\b(introduction|related|background|previous|prior|motivation)\b", re.I)
_OWN_VOICE = re.compile(r"\b(we|our|ours|this (paper|work|letter|article|study)|the proposed)\b", re.I)


def states_limits(text: str, section: Sequence[str]) -> bool:
    """Tell whether a sentence states a limit of its paper, by its words or by its headings."""
    return any(_LIMITS_HEADING.search(heading) for heading in section) or own_limit(text, section)


def own_limit(text: str, section: Sequence[str]) -> bool:
    """Tell whether a sentence names a limit of its own paper; where others are introduced, only in its own voice."""
    return bool(OWN_LIMITS.search(text)) and _of_own_paper(text, section)


def may_limit(text: str, section: Sequence[str]) -> bool:
    """Tell whether a sentence states a limit of its paper, or takes something back in other words."""
    return states_limits(text, section) or (bool(QUALIFIES.search(text)) and _of_own_paper(text, section))


def _of_own_paper(text: str, section: Sequence[str]) -> bool:
    if _OTHERS_LIMITS.search(text) and not FUTURE.search(text):  # future work may name other data
        return False
    introduces = any(_OTHERS_HEADING.search(heading) for heading in section)
    return not introduces or bool(_OWN_VOICE.search(text))
