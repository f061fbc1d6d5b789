"""Know English and the marks of papers: words, questions, phrases, sentences, quantities, names, orders to machines.

The ground floor: every room may use it, it uses none. What is known of one language lies in `data`, a folder for each.
"""

from __future__ import annotations

from rag.language import phrases
from rag.language.citation_marks import References, blanked, marks, masked
from rag.language.data import table, word_set
from rag.language.formulas import LONG_WORD, formulas, is_formula, is_measured_value, without_values
from rag.language.letters import latin_words, letter_pairs, letter_runs, likeness_to_language, without_codes
from rag.language.names import (
    Abbreviations,
    abbreviations,
    fold,
    is_initials_of,
    is_long_form,
    is_model_like,
    joined_anyhow,
    model_names,
    names,
    names_of_model,
    spelled_out,
)
from rag.language.orders import addresses_reader, is_question
from rag.language.quantities import Quantity, quantities
from rag.language.question import read_question, read_words, shared, unspoken
from rag.language.question_kind import suits
from rag.language.quotability import (
    EVIDENCE,
    REMEMBERED,
    UNFIT,
    citation_marks,
    flags_of,
    may_be_evidence,
    reads_well,
    runs_on,
    stands_alone,
    states_fact,
)
from rag.language.sentences import boundaries, opens_sentence
from rag.language.vocabulary import HYPHENS, Vocabulary
from rag.language.words import (
    EMPTY_WORDS,
    STOP_WORDS,
    american,
    as_seen,
    content,
    is_generic,
    is_plain,
    overlap,
    stem,
    surface,
    topics,
    words,
    written_words,
)

__all__ = [
    "EMPTY_WORDS",
    "EVIDENCE",
    "HYPHENS",
    "LONG_WORD",
    "REMEMBERED",
    "STOP_WORDS",
    "UNFIT",
    "Abbreviations",
    "Quantity",
    "References",
    "Vocabulary",
    "abbreviations",
    "addresses_reader",
    "american",
    "as_seen",
    "blanked",
    "boundaries",
    "citation_marks",
    "content",
    "flags_of",
    "fold",
    "formulas",
    "is_formula",
    "is_generic",
    "is_initials_of",
    "is_long_form",
    "is_measured_value",
    "is_model_like",
    "is_plain",
    "is_question",
    "joined_anyhow",
    "latin_words",
    "letter_pairs",
    "letter_runs",
    "likeness_to_language",
    "marks",
    "masked",
    "may_be_evidence",
    "model_names",
    "names",
    "names_of_model",
    "opens_sentence",
    "overlap",
    "phrases",
    "quantities",
    "read_question",
    "read_words",
    "reads_well",
    "runs_on",
    "shared",
    "spelled_out",
    "stands_alone",
    "states_fact",
    "stem",
    "suits",
    "surface",
    "table",
    "topics",
    "unspoken",
    "without_codes",
    "without_values",
    "word_set",
    "words",
    "written_words",
]
