"""Check ids, links and whitelist files, and which names of a question its whitelist lacks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.briefs.allowed import ARCHIVES, parse_github
from rag.briefs.papers import listed, named
from rag.briefs.whitelist import (
    load_whitelist,
    model_names,
    named_papers,
    parse_arxiv_id,
    parse_whitelist,
    unlisted_names,
)
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
        "hep-th9108004",
        "https://arxiv.org/abs/", "https://arxiv.org/abs/foo", "https://arxiv.org/list/cs.CV/2108",
        "https://alphaxiv.org/abs/2108.10257", "https://arxiv.org.evil.org/abs/2108.10257", "https://notarxiv.org/2108.10257",
        "https://evil.org/arxiv.org/abs/2108.10257",
        "https://arxiv.org@evil.org/abs/2108.10257", "https://arxiv.org:8080/abs/2108.10257", "ftp://arxiv.org/abs/2108.10257",
        "javascript:2108.10257", "https://notarxiv.org/abs/2108.10257", "file:///2108.10257", "../2108.10257",
        "https://arxiv.org/abs/../pdf/2108.10257", "https://doi.org/10.48550/arXiv.2108.10257", "2108.10257 <script>",
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


# --- names in a question -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Title:
    """Be a paper whose title is known."""

    paper: str
    title: str


ALLOWED = (
    AllowedPaper("2108.10257", None, "Restoration-SwinIR-Jpeg20"),
    AllowedPaper("2404.11358", 2, "DeblurGS: Gaussian Splatting for Camera Motion Blur"),
)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does 1706.03762 say?", ("1706.03762",)),
        (
            "What does arXiv:1706.03762v5 say, and https://arxiv.org/abs/hep-th/9108004?",
            ("1706.03762v5", "hep-th/9108004"),
        ),
        ("What does https://arxiv.org/pdf/2404.11358v1.pdf say?", ("2404.11358v1",)),
        ("See arXiv:0704.0001.", ("0704.0001",)),
        ("What is said in 1706.03762, and again in 1706.03762?", ("1706.03762",)),
        ("According to NAFNet, what blurs?", ("NAFNet",)),
        ("What is the loss in the NAFNet paper?", ("NAFNet",)),
        ("What is NAFNet's paper about?", ("NAFNet",)),
        ("What does the BERT paper say, and the original U-Net paper, and GPT-4's paper?", ("BERT", "U-Net", "GPT-4")),
        ("What does the paper titled “Attention Is All You Need” say?", ("Attention Is All You Need",)),
        ('In the paper "Attention Is All You Need", what is a head?', ("Attention Is All You Need",)),
        ('What does the "Attention Is All You Need" paper say?', ("Attention Is All You Need",)),
    ],
)
def test_a_paper_that_the_question_names_and_the_whitelist_lacks_is_found(
    question: str, names: tuple[str, ...]
) -> None:
    """Ids, links, titles and model names count where the question treats them as its source."""
    assert unlisted_names(question, ALLOWED) == names


@pytest.mark.parametrize(
    "question",
    [
        "Photos of fast-moving sports action come out blurred. How does AI restore them?",
        "What does 2108.10257 say? And 2404.11358v2? And https://arxiv.org/abs/2404.11358?",
        "According to SwinIR, what is restored?",
        "What does the DeblurGS paper propose? And the DEBLURGS paper?",
        'What does "Gaussian Splatting for Camera Motion Blur" mean, as in the paper "DeblurGS: Gaussian Splatting"?',
        "How does DeblurGS differ from NAFNet?",
        "Is it trained on GoPro or REDS?",
        "According to IEEE or ICCV rules, how is the CVPR paper set?",
        "According to the authors, what is new?",
        "According to LeCun or McDonald, NASA or Figure-2, what is new?",
        "What does the CVPR2021 paper say, and the ICLR-24 paper?",
        "According to Liang et al., what is new?",
        "What is 1205.1234 divided by 3.14159, at 2108.5 kg and on 12.05.2021?",
        "In the first paper, and in the PDF paper, what blurs?",
        "Which is the best paper on AI?",
        'What is meant by "sharp" in the paper?',
    ],
)
def test_nothing_else_is_taken_for_a_paper(question: str) -> None:
    """Allowed papers, comparisons, datasets, venues, authors, numbers and quoted words refuse nothing."""
    assert unlisted_names(question, ALLOWED) == ()


def test_a_known_title_of_an_allowed_paper_clears_its_name() -> None:
    """A name in an allowed paper's title is allowed although the brief does not have it."""
    question = 'What does the "Exact S-matrices of something" paper say, and according to SMatrix?'
    papers = (AllowedPaper("hep-th/9108004", None, "A"),)
    assert len(unlisted_names(question, papers)) == 2
    known = [Title("hep-th/9108004", "SMatrix: Exact S-matrices of something")]
    assert unlisted_names(question, papers, known) == ()


def test_the_library_has_no_say() -> None:
    """What else the library holds changes nothing: neither the names found nor their wording."""
    question = "What does the NAFNet paper say, and 1706.03762?"
    known = [Title("2204.04676", "NAFNet: Simple Baselines"), Title("1706.03762", "Attention Is All You Need")]
    assert unlisted_names(question, ALLOWED, known) == unlisted_names(question, ALLOWED) == ("1706.03762", "NAFNet")


def test_a_bare_id_may_bear_any_name() -> None:
    """Where an allowed paper's name is unknown, no name can be said to be missing; ids still can."""
    papers = (*ALLOWED, AllowedPaper("2204.04676"))
    assert unlisted_names("What does the NAFNet paper say, and 1706.03762?", papers) == ("1706.03762",)
    known = [Title("2204.04676", "Another Title")]
    assert unlisted_names("What does the NAFNet paper say?", papers, known) == ("NAFNet",)


def test_a_name_that_allowed_papers_mention_is_theirs_to_tell() -> None:
    """With the papers' text at hand, a subject that none of them mentions is missing; a mentioned name never is."""

    def mentioned(name: str) -> bool:
        return name == "GenIR"

    assert unlisted_names("How does NAFNet work?", ALLOWED) == ()
    assert unlisted_names("How does NAFNet work?", ALLOWED, mentioned=mentioned) == ("NAFNet",)
    assert unlisted_names("How does GenIR work, according to GenIR?", ALLOWED, mentioned=mentioned) == ()
    assert unlisted_names("How does YouTube blur?", ALLOWED, mentioned=mentioned) == ()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_question_can_be_searched_for_names(question: str) -> None:
    """Names found are words of the question itself, whatever it holds."""
    for name in unlisted_names(question, ALLOWED, mentioned=lambda name: False):
        assert "".join(re.findall(r"\w", name)).lower() in "".join(re.findall(r"\w", question)).lower()


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("What does SwinIR restore?", ["2108.10257"]),
        ("Compare swinir with DeblurGS.", ["2108.10257", "2404.11358v2"]),
        ("What does 2404.11358 say?", ["2404.11358v2"]),
        ("What is Gaussian splatting?", []),
        ("How is restoration done?", []),
    ],
)
def test_a_question_draws_on_the_papers_it_names(question: str, keys: list[str]) -> None:
    """Ids, titles and model names lead to the allowed paper; common words of a title do not."""
    assert [paper.key for paper in named_papers(question, ALLOWED)] == keys


def test_a_question_may_name_a_paper_by_its_known_title() -> None:
    """A title that only the stored paper knows counts too."""
    known = [Title("2108.10257", "SwinIR: Image Restoration Using Swin Transformer")]
    question = "What is proposed in SwinIR: Image Restoration Using Swin Transformer?"
    assert [paper.paper for paper in named_papers(question, (AllowedPaper("2108.10257"),), known)] == ["2108.10257"]
    assert named_papers(question, (AllowedPaper("2108.10257"),)) == ()


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


@pytest.mark.parametrize("word", ["English-German", "Encoder-Decoder", "F1-score", "Chinese-English"])
def test_compounds_of_plain_words_are_no_models(word: str) -> None:
    """A language pair or a compound of ordinary words is not taken for the name of a model."""
    assert model_names(f"What does it reach on {word} beside U-Net and BERT-large?") == ("U-Net", "BERT-large")
