"""Check what a quote leaves out around it: a sentence cut so that its meaning turns.

A quote may begin or end within a sentence. It may not leave out what its words depend on: "With the exception of BLEU",
"Unless …", "It is not true that", "fails to", "… except for BLEU", "… only if …", or a negation where it shows dots.
Measured on cut sentences of real papers: `python -m eval.benchmarks.cut_quotes`. Not handled: hedges ("we believe
that"), and contexts beyond the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.papers import Span

from .bench import BAD, Bench, Finding
from .exhibits import Cite
from .stored_pages import StoredPages
from .violations import Fault

_NEGATION = (
    r"(?:not|never|no|nor|neither|cannot|without|hardly|scarcely|rarely|seldom|fail(?:s|ed|ing)?|lacks?)\b|n['’]t\b"
)
_LEADS = re.compile(  # right before the quote: what it says is not so, or only perhaps
    rf"(?:\b(?:{_NEGATION})|n['’]t)(?:\s+\w+)?\s*$|"
    r"\b(?:fail(?:s|ed|ing|ure)?\s+to|unable\s+to|refus(?:es?|ed|ing)\s+to|far\s+from|instead\s+of|rather\s+than|unless|"
    r"whether|if|other\s+than|apart\s+from|in\s+the\s+absence\s+of|"
    r"(?:not|n['’]t|never|im?possible|hard|difficult|infeasible)\s+(?:\w+\s+){0,3}to|"
    r"prevent(?:s|ed|ing)?\s+(?:\w+\s+){1,6}from)\s*$",
    re.IGNORECASE,
)
_DENIED = re.compile(  # a clause that denies or doubts, up to "that"
    rf"(?:(?:\b(?:{_NEGATION})|n['’]t\b)(?!\s+only\b)(?:(?!\b(?:and|but)\b)[^.;:!?,]){{0,50}}?\b(?:true|the\s+case|"
    r"clear|certain|sure|likely|possible|obvious|evidence|proof|guarantee\w*|reason|indication|sign|impl(?:y|ies)|means?|claim|suggest|prove|"
    r"assume|believe|think|find|conclude|say|argue|follow|known?|expect|observe|confirm|demonstrate|show)|"
    r"\b(?:false|incorrect|wrong|untrue|impossible|unlikely|unclear|doubt(?:s|ed|ful)?|den(?:y|ies|ied)|reject(?:s|ed)?|"
    r"refute(?:s|d)?|disprove(?:s|d)?|myth|misconception|contrary\s+to\s+(?:the\s+)?\w+|it\s+remains\s+open))"
    r"\s+(?:that|whether)\s*$",
    re.IGNORECASE,
)
_EXCEPT = (
    r"(?:except(?:ing|s|ed)?(?!\s+as\b)|unless|with\s+the\s+(?:\w+\s+)?exception\s+of|apart\s+from|aside\s+from|"
    r"save\s+for|barring)"
)
_OPENS = re.compile(  # a clause before the quote on which all of it depends
    rf"^\W*(?:{_EXCEPT}|excluding|other\s+than|only\s+(?:if|when|after|where)|were\s+it\s+not|but\s+for|without)\b[^.;!?]*,\s*$",
    re.IGNORECASE,
)
_CLOSES = re.compile(  # the same behind it
    rf"^(?:(?!\s+(?:and|but)\b)[^.;:!?,]){{0,120}}?[,(–—]?\s*\b(?:{_EXCEPT}|only\s+(?:if|when|where)|but\s+only|if\s+and\s+only\s+if)\b"
    r"|^\W*(?:(?:is|are|was|were)\s+(?:false|wrong|incorrect|untrue|not\s+(?:true|the\s+case|correct)|rejected|refuted)|"
    r"(?:do|does|did)\s+not\s+hold|no\s+longer\s+hold|provided\s+that)\b",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(rf"\b(?:{_NEGATION}|{_EXCEPT})|n['’]t\b", re.IGNORECASE)
_ENDS = re.compile(r"[.!?][\])”\"’]*\s+(?=[A-Z(\[“])")


def quote_truncated(cite: Cite, bench: Bench, finding: Finding) -> Iterator[Fault]:
    """Report a quote that leaves out what turns it round, wherever it stands in its paper."""
    if finding.faults or not cite.quote or not cite.paper:
        return
    stored = bench.library.stored(cite.paper, cite.version)
    if stored is not None and not finding.copies and finding.spans:
        places = [finding.spans] if cite.spans else [found.spans for found in stored.find(cite.quote)]
        reasons = [_turned_at(spans, stored) for spans in places if all(map(stored.valid, spans))]
    elif pdf := bench.library.pdf(cite.paper, cite.version, cite.pdf_sha256):
        numbers = [number for number in range(1, pdf.pages + 1) if pdf.find(cite.quote, (number,))]
        reasons = [turned(*pdf.around(cite.quote, number)) for number in numbers]
    else:
        return
    if reasons and all(reasons):
        finding.stored = BAD if finding.spans else finding.stored
        yield "quote_truncated", f"leaves out what turns it round: {reasons[0]!r}"


def _turned_at(spans: Sequence[Span], stored: StoredPages) -> str:
    """Return what is left out around or between spans that turns what they say."""
    first, last = spans[0], spans[-1]
    before, after = stored.sentence_before(first), stored.sentence_after(last)
    for one, other in pairwise(spans):
        if one.page == other.page:
            between = stored.paper.pages[one.page - 1].text[one.end : other.start]
            if (
                not stored.contiguous((one, other))
                and not _ENDS.search(between)
                and (found := _LEFT_OUT.search(between))
            ):
                return found[0]
    return turned(before, after)


def turned(before: str, after: str) -> str:
    """Return what a quote leaves out of its sentence that turns what it says; nothing where it says the same alone."""
    before = " ".join(_ENDS.split(before)[-1].split())
    after = " ".join((_ENDS.split(after)[0] if _ENDS.search(after) else after).split())
    for pattern, text in ((_LEADS, before), (_DENIED, before), (_OPENS, before), (_CLOSES, after)):
        if found := pattern.search(text):
            return found[0].strip()[-80:]
    return ""
