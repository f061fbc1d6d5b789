"""What is asked and what is allowed: briefs, points to explain, whitelists, names of papers."""

from rag.briefs.brief import Brief, all_named, given, listed
from rag.briefs.columns import columns_of, columns_of_brief, load_columns
from rag.briefs.ids import ID, id_of, is_bare_id, is_doi_address, local_id, parse_arxiv_id, parse_paper, shown
from rag.briefs.names import called, read_names, title_notice, unlisted_names
from rag.briefs.references import (
    REFERENCES,
    Entry,
    allowed_of,
    is_references,
    of_csl,
    read_references,
    summary,
    told_apart,
)
from rag.briefs.whitelist import WHITELISTS, check_whole, clean_text, is_citekey, named, parse_github, parse_whitelist

__all__ = [
    "ID",
    "REFERENCES",
    "WHITELISTS",
    "Brief",
    "Entry",
    "all_named",
    "allowed_of",
    "called",
    "check_whole",
    "clean_text",
    "columns_of",
    "columns_of_brief",
    "given",
    "id_of",
    "is_bare_id",
    "is_citekey",
    "is_doi_address",
    "is_references",
    "listed",
    "load_columns",
    "local_id",
    "named",
    "of_csl",
    "parse_arxiv_id",
    "parse_github",
    "parse_paper",
    "parse_whitelist",
    "read_names",
    "read_references",
    "shown",
    "summary",
    "title_notice",
    "told_apart",
    "unlisted_names",
]
