"""What is asked and what is allowed: briefs, points to explain, whitelists, names of papers."""

from rag.briefs.brief import Brief, listed
from rag.briefs.columns import columns_of, columns_of_brief, load_columns
from rag.briefs.names import read_names, title_notice, unlisted_names
from rag.briefs.whitelist import (
    ID,
    WHITELISTS,
    id_of,
    is_bare_id,
    named,
    parse_arxiv_id,
    parse_github,
    parse_whitelist,
    shown,
)

__all__ = [
    "ID",
    "WHITELISTS",
    "Brief",
    "columns_of",
    "columns_of_brief",
    "id_of",
    "is_bare_id",
    "listed",
    "load_columns",
    "named",
    "parse_arxiv_id",
    "parse_github",
    "parse_whitelist",
    "read_names",
    "shown",
    "title_notice",
    "unlisted_names",
]
