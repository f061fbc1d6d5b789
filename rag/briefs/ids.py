"""Read an id from whatever names one paper beyond doubt: arXiv's ids, links, DOIs, citations as printed; `local:NAME`.

A link counts where its host serves arXiv's papers under arXiv's ids (`READERS`); a link to any other site names
nothing, whatever stands in its path. What names two papers, or none, is an error that says why and what was meant.
Sources: arXiv's identifier scheme (info.arxiv.org/help/arxiv_identifier.html); DOIs 10.48550/arXiv.ID; ADS bibcodes
(2017arXiv170603762V); keys of DBLP (journals/corr/abs-1706-03762).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from rag.errors import BriefError
from rag.papers import LOCAL, paper_key

SHOWN = 80  # characters of a foreign value that an error message repeats
LONGEST = 1000  # characters of what names a paper: a citation with all its authors
LONGEST_NAME = 100  # characters of a local paper's name, which becomes a file's

# arXiv's archives up to March 2007, the only ones that old-style ids can name
ARCHIVES = (
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga "
    "funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph "
    "q-alg q-bio quant-ph solv-int supr-con"
).split()

_MONTH = r"(?:0[1-9]|1[0-2])"
# four digits from April 2007 to December 2014, five since (arXiv identifier scheme)
_NEW = rf"(?:07(?:0[4-9]|1[0-2])|0[89]{_MONTH}|1[0-4]{_MONTH})\.[0-9]{{4}}|(?:1[5-9]|[2-8][0-9]){_MONTH}\.[0-9]{{5}}"
_ARCHIVE = "|".join(sorted(map(re.escape, ARCHIVES), key=len, reverse=True))
_CLASS = r"(?:\.[a-z]{2,4}(?:-[a-z]{2,4})?)?"  # math.AG, cond-mat.mes-hall
_OLD = rf"(?P<archive>{_ARCHIVE}){_CLASS}/(?P<serial>(?:9[1-9]|0[0-7]){_MONTH}[0-9]{{3}})"
_VERSION = r"(?:v(?P<version>[1-9][0-9]{0,2}))?"
ID = rf"(?:(?P<new>{_NEW})|{_OLD}){_VERSION}"
"""Match an id in running text, to be compiled with IGNORECASE | ASCII; `id_of` reads the match."""

_FLAGS = re.IGNORECASE | re.ASCII
_PAGE = r"(?:abs|pdf|html|format|e-?print|src|ps|html_feedback|papers?|overview)"
READERS = (  # hosts, each with the paths under which it has arXiv's papers by their ids
    rf"(?:[a-z0-9-]+\.)?arxiv\.org/{_PAGE}/",  # arXiv itself, export., www., browse., mirrors by country
    rf"xxx\.(?:lanl\.gov|arxiv\.cornell\.edu|itp\.ac\.cn)/{_PAGE}/",  # its first address, mirrors
    rf"(?:www\.)?ar5iv\.(?:labs\.arxiv\.)?org/{_PAGE}/",
    rf"(?:www\.|beta\.)?alphaxiv\.org/(?:[a-z]{{2}}/)?{_PAGE}/",
    r"(?:www\.)?(?:huggingface\.co|hf\.co)/papers/",
    r"(?:dx\.|www\.)?doi\.org/10\.48550/arxiv[.:]",
    r"(?:www\.|api\.)?semanticscholar\.org/(?:graph/v1/paper/)?arxiv[:/]",
    r"(?:ui\.)?adsabs\.harvard\.edu/abs/arxiv:",
    r"(?:www\.)?scirate\.com/(?:arxiv/)?",
    r"(?:www\.)?inspirehep\.net/(?:api/)?arxiv/",
    r"(?:www\.)?papers\.cool/arxiv/",
    r"(?:www\.)?(?:arxiv-vanity|emergentmind)\.com/papers/",
    r"(?:www\.)?talk2arxiv\.org/(?:pdf|abs)/",
)
_STORED = r"(?:https?://web\.archive\.org/web/[0-9]+(?:[a-z]{2}_)?/)?"
_TAIL = r"(?:\.pdf|\.tar\.gz)?(?:/(?:references|citations|abstract)?)?(?:[?#]\S*)?"
_LINK = re.compile(rf"{_STORED}(?:(?:https?:)?//)?(?:{'|'.join(READERS)}){ID}{_TAIL}", _FLAGS)
_WORD = r"(?:preprints?|e-?prints?|papers?|identifiers?|ids?|numbers?|no\.?|articles?|abs)"
_MARK = rf"(?:(?:oai:)?arxiv(?:\.org)?(?:[\s,;:./#_-]|{_WORD}\b)*|corr[\s,:/]*abs/|10\.48550/arxiv[.:])"
_MARKED = re.compile(rf"(?<![\w./@-]){_MARK}{ID}(?:\.pdf|\.tar\.gz)?(?![\w-]|[./]\w)", _FLAGS)
_BARE = re.compile(rf"(?:{_PAGE}/)?{ID}(?:\.pdf)?/?(?:\s*\[[a-z.-]+\])?", _FLAGS)
_KEY = re.compile(  # of ADS or DBLP: the id without its point
    r"(?:https?://)?(?:(?:ui\.adsabs\.harvard\.edu/abs/)?[0-9]{4}arxiv([0-9]{4})\.?([0-9]{4,5})[A-Z](?:/abstract)?"
    r"|(?:dblp\.(?:org|uni-trier\.de)/rec/|dblp:)?(?:journals/)?corr/abs-([0-9]{4})-([0-9]{4,5})(?:\.html)?)/?",
    _FLAGS,
)
_SITE = re.compile(r"\w+:[/\\]|//|\bwww\.|[\w-]+\.[a-z]{2,}(?::[0-9]+)?/|@[\w-]+\.|\b(?:javascript|data):", re.I)
_WRAPPED = re.compile(
    r"\[(?P<said>[^\]]*)\]\(\s*(?P<link>[^\s()]+)[^()]*\)|\\(?:url|href)\{(?P<tex>[^{}]+)\}(?:\{[^{}]*\})?"
)
_BROKEN = re.compile(r"(?<=[/.:]) (?=\w)|(?<=[0-9]) (?=v[0-9])")  # where a line may have ended within an id or a link
_AROUND = " \"'`“”‘’«»„<>()[]{}|*_,;:!?.…。，；、"
_NO_NAME = frozenset('/\\:*?"<>|`$[]{}')  # of paths, drives and markup
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_DOI_ADDRESS = re.compile(r"https://doi\.org/10\.[0-9]{4,9}/[A-Za-z0-9._()/;-]{1,200}", re.ASCII)
_EXPECTED = "is no arXiv id; expected e.g. 2108.10257 or hep-th/9108004"


def id_of(match: re.Match[str]) -> tuple[str, int | None]:
    """Return id and version of a match of `ID`; subject classes go, as arXiv itself does (math.AG -> math)."""
    version = match["version"]
    paper = match["new"] or f"{match['archive'].lower()}/{match['serial']}"
    return paper, int(version) if version else None


def parse_arxiv_id(text: str, place: str = "") -> tuple[str, int | None]:
    """Return id and version of what names one arXiv paper; raise `BriefError` for anything else.

    `place` opens the message, which says what is in doubt.

    >>> parse_arxiv_id("https://doi.org/10.48550/arXiv.2108.10257")
    ('2108.10257', None)
    >>> parse_arxiv_id("arXiv:hep-th/9108004v2 [hep-th]")
    ('hep-th/9108004', 2)
    >>> parse_arxiv_id("2108.1025")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    rag.errors.BriefError: '2108.1025' is no arXiv id; ... 1025 has 4 digits, of 2108 arXiv's numbers have 5
    """
    seen = _seen(text) if len(text) <= LONGEST else ""
    found = list(_readings(seen))
    papers = {paper for paper, _ in found}
    versions = {version for _, version in found if version}
    if len(papers) == 1 and len(versions) <= 1:
        return papers.pop(), versions.pop() if versions else None
    raise BriefError(f"{place}{shown(text.strip())} {_EXPECTED}{_doubt(seen, found)}")


def parse_paper(text: str, place: str = "") -> tuple[str, int | None]:
    """Return id and version of what names one paper, on arXiv or `local:NAME`; raise `BriefError` for anything else."""
    name = text.strip()
    if not name.lower().startswith(LOCAL):
        return parse_arxiv_id(text, place)
    name = name[len(LOCAL) :]
    return local_id(name[:-4] if name.lower().endswith(".pdf") else name, place), None


def local_id(name: str, place: str = "") -> str:
    """Return the id of a paper that is not on arXiv, after its file's name without suffix or its citekey.

    Raise `BriefError` for a name that could lead elsewhere than to a file of its folder, or be read as something else.

    >>> local_id("Hinton et al. - 2015")
    'local:Hinton_et_al._-_2015'
    """
    plain = unicodedata.normalize("NFKC", name) if len(name) <= LONGEST else ""
    bad = next((char for char in name + plain if char in _NO_NAME or unicodedata.category(char) in _UNSEEN), "")
    if bad:
        why = f"it holds {shown(bad)}; rename the file, or give its name alone"
    elif not (found := re.sub(r"\.{2,}", ".", re.sub(r"[^\w.-]+", "_", plain)).strip("_.-")):
        why = "give the name of its file, as in local:smith2020"
    elif len(found) > LONGEST_NAME:
        why = f"it is longer than {LONGEST_NAME} characters; rename the file"
    elif _whole(found):
        why = f"it is an id of arXiv's: give {found} without local:"
    else:
        return LOCAL + found
    raise BriefError(f"{place}{shown(LOCAL + name)} names no local paper: {why}")


def is_bare_id(text: str) -> bool:
    """Tell whether text is an id as a whitelist holds it: no link, no version, no subject class; or `local:NAME`."""
    try:
        return parse_paper(text) == (text, None)
    except BriefError:
        return False


def is_doi_address(url: str) -> bool:
    """Tell whether text is the address of a DOI, and nothing that a page could take for more."""
    return bool(_DOI_ADDRESS.fullmatch(url)) and ".." not in url


def shown(text: str) -> str:
    """Return foreign text for an error message: quoted, escaped, short, on one line."""
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def _seen(text: str) -> str:
    """Return a text as it looks: compatibility forms folded, invisible characters out, blanks as one."""
    folded = unicodedata.normalize("NFKC", text)
    return " ".join("".join(char for char in folded if unicodedata.category(char) != "Cf").split())


def _readings(text: str) -> Iterator[tuple[str, int | None]]:
    """Yield what a text names as a whole, else what it marks as arXiv's within; nothing where it links elsewhere."""
    whole = next(filter(None, (_whole(form) for form in (text, unquote(text), _BROKEN.sub("", text)))), None)
    if whole:
        yield whole
        return
    bare = _WRAPPED.sub(lambda match: f" {match['said'] or ''} {match['link'] or match['tex']} ", text)
    links = [(word, _whole(unquote(word))) for word in bare.split() if _SITE.search(word)]
    if all(found for _, found in links):
        yield from (found for _, found in links if found)
        yield from (id_of(match) for match in _MARKED.finditer(bare))


def _whole(text: str) -> tuple[str, int | None] | None:
    """Return what a text names that is nothing but an id, a link or a key, punctuation around it apart."""
    text = text.strip(_AROUND)
    for form in (_LINK, _MARKED, _BARE):
        if match := form.fullmatch(text):
            return id_of(match)
    if key := _KEY.fullmatch(text):
        month, serial = key[1] or key[3], key[2] or key[4]
        match = re.fullmatch(ID, f"{month}.{serial}", _FLAGS)
        return id_of(match) if match else None
    return None


def _doubt(text: str, found: Sequence[tuple[str, int | None]]) -> str:
    """Say what keeps a text from naming one paper, where that can be told."""
    if found:
        return f"; it names {' and '.join(dict.fromkeys(paper_key(*one) for one in found))}: give one"
    if _SITE.search(text):
        return "; this link leads to no paper of arXiv's"
    if bare := re.search(rf"(?<![\w./-]){ID}(?![\w/-])", text, _FLAGS):
        return f"; if {bare[0]} is meant, write arXiv:{bare[0]} alone"
    if short := re.fullmatch(r"([0-9]{4})\.([0-9]{1,7})", text.strip(_AROUND)):
        wanted = 5 if short[1] > "1412" else 4
        return f"; {short[2]} has {len(short[2])} digits, of {short[1]} arXiv's numbers have {wanted}"
    if re.fullmatch(r"[0-9]{7}", text.strip(_AROUND)):
        return f"; add its archive, as in hep-th/{text.strip(_AROUND)}"
    return ""
