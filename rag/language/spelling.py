"""Read British spellings as American ones, so that "optimisers" finds "optimizers" and "tumour" finds "tumor".

Common differences, not all. Question and passage are read alike, so a word that only looks British meets itself all the
same; words that are spelt with an s everywhere (precise, supervised, appraise) keep it, for their relatives (precision)
do. Not handled here: stems (`words`), which see to "modelling" and "modeling".
"""

from __future__ import annotations

import re

_OUR = "arm|behavi|cand|clam|col|endeav|fav|ferv|flav|harb|hon|hum|lab|neighb|od|parl|rig|rum|savi|splend|tum|vap|vig"
_ISE = r"(?<=[a-z]{3})(?<![av])(?<![emnrx]c)(?<!prom)(?<!prem)(?<!pr)(?<!ert)is"
_RULES = (  # what a word has to hold, what to look for, what to write
    ("is", re.compile(_ISE + r"(?=(?:e|ed|es|er|ers|ing|able|ability|ation|ations|ational|ationally)$)"), "iz"),
    ("lys", re.compile(r"lys(?=(?:e|ed|es|er|ers|ing)$)"), "lyz"),
    ("our", re.compile(rf"^(un|dis|multi|)({_OUR})our"), r"\1\2or"),
    ("re", re.compile(r"(calib|cent|fib|lit|met|spect|theat)re(?=s?$)"), r"\1er"),
    ("red", re.compile(r"(calib|cent|fib|met)red$"), r"\1ered"),
    ("ogu", re.compile(r"(anal|catal|dial|monol)ogu(?:e(?=s?$)|(?=ed$|ing$))"), r"\1og"),
    ("artefact", re.compile(r"^artefact"), "artifact"),
    ("judgement", re.compile(r"judgement"), "judgment"),
    ("ence", re.compile(r"^(def|lic|off|pret)ence(?=s?$)"), r"\1ense"),
    ("programme", re.compile(r"^programmes?$"), "program"),
    ("grey", re.compile(r"^grey"), "gray"),
    ("sulph", re.compile(r"sulph"), "sulf"),
    ("ae", re.compile(r"(?<=h)ae(?=m)|(?<=[ckn])ae(?=mi)|(?<=^p)ae(?=d)|(?<=^orthop)ae(?=d)|(?<=^c)ae(?=si)"), "e"),
    ("aesth", re.compile(r"(?<=^an)ae(?=sth)|^ae(?=sth)"), "e"),
    ("oe", re.compile(r"^oe(?=str|soph|dem)|(?<=^f)oe(?=t)|(?<=rrh)oe(?=a)"), "e"),
)


def american(word: str) -> str:
    """Return a lower-case word as Americans spell it."""
    for part, pattern, written in _RULES:
        if part in word:
            word = pattern.sub(written, word)
    return word
