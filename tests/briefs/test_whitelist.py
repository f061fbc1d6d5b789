"""Check ids, links and whitelist files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.briefs import listed, named, parse_arxiv_id, parse_github, parse_whitelist
from rag.briefs.ids import ARCHIVES
from rag.briefs.whitelist import load_whitelist
from rag.errors import BriefError
from rag.papers import AllowedPaper, paper_key

# --- ids: made from arXiv's own rules, apart from the pattern that reads them -------------------------------

versions = st.none() | st.integers(1, 999)
months = st.integers(1, 12)


@st.composite
def new_ids(draw: st.DrawFn) -> str:
    year, month = draw(st.integers(2007, 2089)), draw(months)
    month = max(month, 4) if year == 2007 else month
    digits = 4 if year < 2015 else 5
    return f"{year % 100:02}{month:02}.{draw(st.integers(0, 10**digits - 1)):0{digits}}"


@st.composite
def old_ids(draw: st.DrawFn) -> str:
    year = draw(st.integers(1991, 2007))
    return f"{draw(st.sampled_from(ARCHIVES))}/{year % 100:02}{draw(months):02}{draw(st.integers(0, 999)):03}"


ids = st.one_of(new_ids(), old_ids())
NAMED = (  # ways to name a paper beside those that arXiv itself offers
    "https://doi.org/10.48550/arXiv.{}", "http://dx.doi.org/10.48550/ARXIV.{}", "doi:10.48550/arXiv.{}",
    "DOI: 10.48550/arXiv.{}", "10.48550/arxiv.{}", "https://doi.org/10.48550%2FarXiv.{}",
    "https://www.arxiv.org/abs/{}", "https://de.arxiv.org/pdf/{}", "//arxiv.org/abs/{}",
    "https://browse.arxiv.org/pdf/{}.pdf", "https://arxiv.org/pdf/{}#page=7", "http://xxx.lanl.gov/abs/{}",
    "https://arxiv.org/e-print/{}", "https://arxiv.org/src/{}", "https://arxiv.org/format/{}",
    "https://arxiv.org/ps/{}", "https://ar5iv.org/abs/{}", "https://ar5iv.labs.arxiv.org/html/{}",
    "https://www.alphaxiv.org/abs/{}", "alphaxiv.org/overview/{}", "https://huggingface.co/papers/{}",
    "hf.co/papers/{}", "https://www.semanticscholar.org/arxiv/{}",
    "https://ui.adsabs.harvard.edu/abs/arXiv:{}/abstract", "https://scirate.com/arxiv/{}",
    "https://papers.cool/arxiv/{}", "https://web.archive.org/web/20210901000000/https://arxiv.org/abs/{}",
    "https://arxiv.org/abs/{}\u200b", "arXiv.{}", "arXiv {}", "ARXIV:{}", "arXiv: {}.", "arXiv:{},", "(arXiv:{})",
    "arXiv/{}", "arxiv_{}", "arXiv preprint arXiv:{}", "arXiv e-print {}", "arXiv ID: {}", "arXiv no. {}",
    "oai:arXiv.org:{}", "CoRR abs/{}", "CoRR, abs/{}", "abs/{}", "<https://arxiv.org/abs/{}>", "<arXiv:{}>",
    "[SwinIR](https://arxiv.org/abs/{})", "[a title](https://arxiv.org/abs/{} \"A title\")",
    "SwinIR: https://arxiv.org/abs/{}", "\\url{{https://arxiv.org/abs/{}}}",
    "\\href{{https://arxiv.org/abs/{}}}{{SwinIR}}", "`{}`", "“{}”", "{},", "{};", "({})", "{}.",
    "https://arxiv.org/abs/\n{}", "arXiv:\n  {}", "https%3A%2F%2Farxiv.org%2Fabs%2F{}", "a\u00adrXiv:{}",
    "arXiv\uff1a{}", "J. Liang and others. SwinIR. arXiv preprint arXiv:{}, 2021.", "arXiv:{} [eess.IV] 23 Aug 2021",
    "Cao et al. (2021), SwinIR, https://arxiv.org/abs/{}.", "https://arxiv.org/abs/{} (accessed 3 May 2024)",
    "arxiv.org:{}",
)  # fmt: skip
FORMS = (
    "{}", " {} ", "arXiv:{}", "arxiv: {}", "{}.pdf", "arXiv:{} [cs.CV]", "http://arxiv.org/abs/{}", "https://arxiv.org/abs/{}",
    "arxiv.org/abs/{}", "https://export.arxiv.org/abs/{}", "https://arxiv.org/pdf/{}", "https://arxiv.org/pdf/{}.pdf",
    "http://arxiv.org/html/{}", "HTTPS://ArXiv.org/abs/{}", "https://arxiv.org/abs/{}/", "https://arxiv.org/abs/{}?context=cs",
    "https://arxiv.org/html/{}#S3.F1",
)  # fmt: skip


@settings(deadline=None)
@given(ids, versions, st.sampled_from(FORMS))
@example("0704.0001", 1, "{}")
@example("1412.9999", None, "{}")
@example("1501.00001", 2, "https://arxiv.org/pdf/{}.pdf")
@example("math-ph/0001001", 1, "{}.pdf")
def test_every_form_of_an_id_leads_to_it(paper: str, version: int | None, form: str) -> None:
    """Reading is the inverse of writing, for every id that arXiv can give and every form of link."""
    assert parse_arxiv_id(form.format(paper_key(paper, version))) == (paper, version)


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[a-z:/.]{0,20}[0-9./v]{0,12}", fullmatch=True))
@example("2108.10257\n../x")
@example("٢١٠٨.١٠٢٥٧")
@example("hep-th/../9108004")
def test_what_is_read_is_always_an_id(text: str) -> None:
    """Whatever comes in, what comes out is a well-formed id or one line of error; it never holds a path."""
    try:
        paper, version = parse_arxiv_id(text)
    except BriefError as caught:
        message = str(caught)
    else:
        message = ""
        assert re.fullmatch(r"[0-9]{4}\.[0-9]{4,5}|[a-z-]+/[0-9]{7}", paper, re.ASCII)
        assert parse_arxiv_id(paper_key(paper, version)) == (paper, version)
    assert "\n" not in message


@settings(deadline=None)
@given(ids, versions, st.sampled_from(NAMED))
def test_whatever_names_one_paper_beyond_doubt_is_that_paper(paper: str, version: int | None, form: str) -> None:
    """DOIs, mirrors, readers of arXiv's papers, citations as printed, wrapped and followed by punctuation."""
    assert parse_arxiv_id(form.format(paper_key(paper, version))) == (paper, version)


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("key", ["2108.10257v2", "hep-th/9108004", "1412.6980"])
def test_every_way_to_name_a_paper_is_read(form: str, key: str) -> None:
    """Each form, once for each scheme of ids."""
    assert paper_key(*parse_arxiv_id(form.format(key))) == key


@pytest.mark.parametrize(
    "text",
    ["2021arXiv210810257L", "https://dblp.org/rec/journals/corr/abs-2108-10257.html", "journals/corr/abs-2108-10257"],
)
def test_keys_of_databases_name_a_paper(text: str) -> None:
    """ADS and DBLP write the id without its point."""
    assert parse_arxiv_id(text) == ("2108.10257", None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2108.1025", "1025 has 4 digits, of 2108 arXiv's numbers have 5"),
        ("1412.00001", "00001 has 5 digits, of 1412 arXiv's numbers have 4"),
        ("9108004", "add its archive, as in hep-th/9108004"),
        ("SwinIR 2108.10257", "if 2108.10257 is meant, write arXiv:2108.10257 alone"),
        ("arXiv:2108.10257, arXiv:2404.11358", "it names 2108.10257 and 2404.11358: give one"),
        ("https://evil.org/abs/2108.10257", "this link leads to no paper of arXiv's"),
    ],
)
def test_a_refusal_says_what_is_in_doubt(text: str, why: str) -> None:
    """The nearest reading is told, and never taken."""
    with pytest.raises(BriefError, match=re.escape(f"; {why}") + "$"):
        parse_arxiv_id(text)


@pytest.mark.parametrize(
    "text", ["math.AG/0405482", "MATH.AG/0405482", "arxiv.org/abs/math.ag/0405482", "math/0405482"]
)
def test_subject_classes_are_no_part_of_an_id(text: str) -> None:
    """An old paper has one id, whichever subject class it is cited with."""
    assert parse_arxiv_id(text) == ("math/0405482", None)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "foo", "2108", "2108.1025", "2108.102577", "1412.00001", "0703.0001", "2113.00001", "2100.00001",
        "2108.10257v0", "2108.10257v", "2108.10257v1v2", "2108.10257vv1", "2108.10257 2404.11358", "2108,10257",
        "x2108.10257", "2108.10257x", "hep-xx/9108004", "hep-th/0804001", "hep-th/9113001", "hep-th/910800",
        "hep-th9108004", "https://arxiv.org/abs/", "https://arxiv.org/abs/foo", "https://arxiv.org/list/cs.CV/2108",
        "https://arxiv.org.evil.org/abs/2108.10257", "https://notarxiv.org/2108.10257",
        "https://evil.org/arxiv.org/abs/2108.10257", "https://arxiv.org@evil.org/abs/2108.10257",
        "https://arxiv.org:8080/abs/2108.10257", "ftp://arxiv.org/abs/2108.10257", "javascript:2108.10257",
        "https://notarxiv.org/abs/2108.10257", "file:///2108.10257", "../2108.10257",
        "https://arxiv.org/abs/../pdf/2108.10257", "2108.10257 <script>", "https://doi.org/10.48551/arXiv.2108.10257",
        "https://doi.org/10.1109/arXiv.2108.10257", "10.48550/2108.10257",
        "https://www.google.com/url?q=https://arxiv.org/abs/2108.10257", "https://evil.org/?u=arxiv.org/abs/2108.10257",
        "https://evil.org/ arXiv:2108.10257", "[arXiv:2108.10257](https://evil.org/abs/2404.11358)",
        "https://\u0430rxiv.org/abs/2108.10257", "https://arxiv.org\\@evil.org/abs/2108.10257",
        "arxiv.org%2F@evil.org/abs/2108.10257", "https://huggingface.co/spaces/2108.10257",
        "https://huggingface.co.evil.org/papers/2108.10257", "https://user:key@huggingface.co/papers/2108.10257",
        "SwinIR 2108.10257", "9108004", "abs", "arXiv", "arXiv:", "arXiv:2108.10257, arXiv:2404.11358",
        "arXiv:2108.10257v1 arXiv:2108.10257v2", "2021arXiv2113.00001X", "10.1000/xyz2108.10257", "2108.10257.12345",
        "2108.10257/2404.11358", "hep-th/9108004/2108.10257",
        "1234567890" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_id_is_refused(text: str) -> None:
    """Other hosts, impossible months, wrong lengths, unknown archives and anything added are no ids."""
    with pytest.raises(BriefError, match=r"is no arXiv id; expected e\.g\. 2108\.10257 or hep-th/9108004") as caught:
        parse_arxiv_id(text, "list.txt:3: ")
    assert str(caught.value).startswith("list.txt:3: ")
    assert len(str(caught.value)) < 200


# --- GitHub ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/o-1/r_2.x", "http://github.com/o-1/r_2.x", "github.com/o-1/r_2.x", "https://www.github.com/o-1/r_2.x/",
        "https://github.com/o-1/r_2.x.git", "https://github.com/o-1/r_2.x/tree/main/models", "https://github.com/o-1/r_2.x#usage",
    ],
)  # fmt: skip
def test_a_repository_is_read_from_its_links(text: str) -> None:
    """All links to one repository become one address."""
    assert parse_github(text) == "https://github.com/o-1/r_2.x"


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "https://gitlab.com/o/r", "https://github.com/o", "https://github.com/", "https://github.com/o/..",
        "https://github.com/../r", "https://github.com/o/.git", "https://github.com.evil.org/o/r", "https://evil.org/github.com/o/r",
        "https://github.com/o/r\"onclick=", "https://github.com/o/r <b>", "https://user@github.com/o/r", "https://github.com/o/r\n",
        "data:text/html,github.com/o/r", "https://github.com/o/r?x=<script>",
    ],
)  # fmt: skip
def test_what_is_no_repository_is_refused(text: str) -> None:
    """Nothing but owner and repository on github.com gets through."""
    if text.endswith("\n"):
        assert parse_github(text) == "https://github.com/o/r"
        return
    with pytest.raises(BriefError, match="is no GitHub repository"):
        parse_github(text)


# --- files -------------------------------------------------------------------------------------------------

TOML = """
papers = [
    "2108.10257",
    "https://arxiv.org/abs/2410.18666v2",
    {paper = "hep-th/9108004", model = "Exact  S-matrices", github = "github.com/o/r", recommended = true},
]
"""
ENTRIES = [
    "2108.10257",
    "https://arxiv.org/abs/2410.18666v2",
    {"paper": "hep-th/9108004", "model": "Exact  S-matrices", "github": "github.com/o/r", "recommended": True},
]
TABLES = """
[[papers]]
paper = "2108.10257"

[[papers]]
paper = "arXiv:2410.18666v2"
summary = ""

[[papers]]
paper = "hep-th/9108004"
model = "Exact S-matrices"
github = "https://github.com/o/r"
recommended = true
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", TOML),
        ("a.TOML", TABLES),
        ("a.json", json.dumps(ENTRIES)),
        ("a.json", json.dumps({"papers": ENTRIES})),
        ("a.json", "\ufeff" + json.dumps(ENTRIES)),
    ],
)
def test_whitelists_in_toml_and_json_mean_the_same(tmp_path: Path, name: str, text: str) -> None:
    """Lists of ids, tables and objects are read alike."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert load_whitelist(path) == (
        AllowedPaper("2108.10257"),
        AllowedPaper("2410.18666", 2),
        AllowedPaper("hep-th/9108004", None, "Exact S-matrices", "https://github.com/o/r", recommended=True),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "w.json:1: not JSON: "),
        ("[\n\n\"2108.10257\",]", "w.json:3: not JSON: "),
        ("[" * 100_000, "w.json: not JSON: "),
        ("[]", "w.json: no paper is allowed"),
        ("{}", "w.json: no paper is allowed"),
        ("7", "w.json: no paper is allowed"),
        ('{"paper": ["2108.10257"]}', "w.json: unknown field 'paper'; only 'papers' is known"),
        ('["2108.10257", "foo"]', "w.json: papers[1]: 'foo' is no arXiv id"),
        ('[7]', "w.json: papers[0]: is int, expected an id or a table with 'paper'"),
        ('[{"model": "A"}]', "w.json: papers[0]: names no paper"),
        ('[{"paper": 7}]', "w.json: papers[0].paper: is int, expected str"),
        ('[{"paper": "2108.10257", "recommended": "yes"}]', "w.json: papers[0].recommended: is str, expected bool"),
        ('[{"paper": "2108.10257", "titel": "A"}]', "w.json: papers[0]: unknown field 'titel'; known are paper, model"),
        ('[{"paper": "2108.10257", "github": "javascript:x"}]', "w.json: papers[0].github: 'javascript:x' is no Git"),
        ('[{"paper": "2108.10257", "paper": "2404.11358"}]', "w.json: not JSON: a field is given twice"),
        ('["2108.10257v1", "2108.10257v2"]', "w.json: 2108.10257v2 is given here, but 2108.10257v1 before"),
    ],
)  # fmt: skip
def test_a_faulty_whitelist_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    """Each fault is one line with file, entry and field."""
    path = tmp_path / "w.json"
    path.write_text(text)
    with pytest.raises(BriefError) as caught:
        load_whitelist(path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_whitelist_has_one_of_two_endings(tmp_path: Path) -> None:
    """TOML is told from JSON by the file's name; anything else is a brief."""
    path = tmp_path / "w.txt"
    path.write_text(TOML)
    with pytest.raises(BriefError, match=r"\.toml or \.json"):
        load_whitelist(path)
    with pytest.raises(BriefError, match="not TOML"):
        parse_whitelist("papers = [")


def test_papers_are_named_alike_by_ids_whitelist_and_brief(tmp_path: Path) -> None:
    """The same papers in the same order, whichever way they are written down; a brief without a question will do."""
    (tmp_path / "w.TOML").write_text('papers = ["2108.10257", "hep-th/9108004v1"]')
    (tmp_path / "w.json").write_text('["2108.10257", "hep-th/9108004v1"]')
    (tmp_path / "b.txt").write_text("Paper: https://arxiv.org/abs/2108.10257\n\nPaper: hep-th/9108004v1\n")
    keys = ["2108.10257", "hep-th/9108004v1"]
    assert [paper.key for paper in named(["arxiv.org/abs/2108.10257", "hep-th/9108004v1", "2108.10257"])] == keys
    for name in ("w.TOML", "w.json", "b.txt"):
        assert [paper.key for paper in listed(tmp_path / name)] == keys
    with pytest.raises(BriefError, match="no paper is named"):
        named([])
