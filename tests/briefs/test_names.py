"""Check which papers a question names, which of them its whitelist lacks, and whether a title is that of a paper."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.briefs import called, read_names, title_notice, unlisted_names
from rag.language import words
from rag.papers import AllowedPaper, Paper, Sentence

# --- names in a question -----------------------------------------------------------------------------------


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
    assert unlisted_names(read_names(question), ALLOWED) == names


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
    assert unlisted_names(read_names(question), ALLOWED) == ()


def test_a_known_title_of_an_allowed_paper_clears_its_name() -> None:
    """A name in an allowed paper's title is allowed although the brief does not have it."""
    question = 'What does the "Exact S-matrices of something" paper say, and according to SMatrix?'
    papers = (AllowedPaper("hep-th/9108004", None, "A"),)
    assert len(unlisted_names(read_names(question), papers)) == 2
    titles = {"hep-th/9108004": "SMatrix: Exact S-matrices of something"}
    assert unlisted_names(read_names(question), papers, titles) == ()


def test_the_library_has_no_say() -> None:
    """What else the library holds changes nothing: neither the names found nor their wording."""
    names = read_names("What does the NAFNet paper say, and 1706.03762?")
    titles = {"2204.04676": "NAFNet: Simple Baselines", "1706.03762": "Attention Is All You Need"}
    assert unlisted_names(names, ALLOWED, titles) == unlisted_names(names, ALLOWED) == ("1706.03762", "NAFNet")


def test_a_bare_id_may_bear_any_name() -> None:
    """Where an allowed paper's name is unknown, no name can be said to be missing; ids still can."""
    papers = (*ALLOWED, AllowedPaper("2204.04676"))
    assert unlisted_names(read_names("What does the NAFNet paper say, and 1706.03762?"), papers) == ("1706.03762",)
    titles = {"2204.04676": "Another Title"}
    assert unlisted_names(read_names("What does the NAFNet paper say?"), papers, titles) == ("NAFNet",)


def test_a_name_that_allowed_papers_mention_is_theirs_to_tell() -> None:
    """With the papers' text at hand, a subject that none of them mentions is missing; a mentioned name never is."""

    def mentioned(name: str) -> bool:
        return name == "GenIR"

    assert unlisted_names(read_names("How does NAFNet work?"), ALLOWED) == ()
    assert unlisted_names(read_names("How does NAFNet work?"), ALLOWED, mentioned=mentioned) == ("NAFNet",)
    assert unlisted_names(read_names("How does GenIR work, according to GenIR?"), ALLOWED, mentioned=mentioned) == ()
    assert unlisted_names(read_names("How does YouTube blur?"), ALLOWED, mentioned=mentioned) == ()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_question_can_be_searched_for_names(question: str) -> None:
    """Names found are words of the question itself, whatever it holds."""
    for name in unlisted_names(read_names(question), ALLOWED, mentioned=lambda name: False):
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
    assert [paper.key for paper in ALLOWED if paper.paper in read_names(question, ALLOWED).papers] == keys


def test_a_question_may_name_a_paper_by_its_known_title() -> None:
    """A title that only the stored paper knows counts too."""
    titles = {"2108.10257": "SwinIR: Image Restoration Using Swin Transformer"}
    question = "What is proposed in SwinIR: Image Restoration Using Swin Transformer?"
    papers = (AllowedPaper("2108.10257"),)
    assert read_names(question, papers, titles).papers == {"2108.10257"}
    assert not read_names(question, papers).papers


# --- titles ---

SWINIR = "SwinIR: Image Restoration Using Swin Transformer"
DEBLUR = "DeblurGS: Gaussian Splatting for Camera Motion Blur"


@pytest.mark.parametrize(
    ("model", "title", "text", "differs"),
    [
        ("DeblurGS: Gaussian Splatting for Camera Motion Blur", DEBLUR, "", False),
        ("Deblur-GS -- Gaussian splatting for camera-motion blur", DEBLUR, "", False),
        ("DeblurGS: Gaussian Splatting", "DeblurGS: Gaussian Splatting for Camera Motion Blur", "", False),
        ("DeblurGS: Gaussian Splatting for Camera Motion Blur", "Attention Is All You Need", "", True),
        ("VAR's Prior for Restoration of Images", "Multi-Scale Latents as a Restoration Prior", "", True),
        ("Restoration-SwinIR-Jpeg20", SWINIR, "We propose SwinIR.", False),
        ("NAFNet", "Simple Baselines for Image Restoration", "We derive NAFNet from a baseline.", False),
        ("NAFNet", "Simple Baselines for Image Restoration", "", False),
        ("NAFNet", "Attention Is All You Need", "We propose the Transformer.", True),
        ("", "Attention Is All You Need", "We propose the Transformer.", False),
        ("NAFNet", "", "", False),
    ],
)
def test_titles_are_compared_as_people_would(model: str, title: str, text: str, differs: bool) -> None:
    """Spelling, hyphens and shortening make no other paper; another title does, and so does a name found nowhere."""
    assert (title_notice(AllowedPaper("2404.11358", 2, model=model), title, text) is not None) is differs


def test_a_question_calls_papers_by_what_they_alone_keep_saying() -> None:
    """By a name of their own, the words that open a title, or one word of it before "paper"; else it compares none."""
    texts = {
        "2101.00001": ("Deep Restoration of Roofs", "KestrelNet restores roofs filmed by Canon cameras."),
        "2101.00002": ("Wing Measurement: A Study", "We measure wings with Canon cameras, unlike Kestrels."),
    }
    papers = [
        Paper(paper, 1, title, (), "", "test", (), (Sentence(0, text, (), "abstract"),), ())
        for paper, (title, text) in texts.items()
    ]

    def rate(stem: str, paper: Paper) -> float:
        return float(sum(words(s.text).count(stem) for s in paper.sentences))

    def calls(question: str) -> dict[str, set[str]]:
        return {paper[-1]: set(names) for paper, names in called(question, papers, rate).items()}

    assert calls("Which Canon is used by KestrelNet and by wing measurement?") == {
        "1": {"KestrelNet"},
        "2": {"wing", "measurement"},
    }
    assert calls("What do the wing paper and the roofs paper film?") == {"2": {"wing"}, "1": {"roofs"}}
    assert calls("Which Canon does KestrelNet use?") == {}
    assert called("KestrelNet or wing measurement?", papers[:1], rate) == {}
