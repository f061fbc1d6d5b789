"""Check that briefs are read as people mean them, and that each fault is named with its place."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.briefs import Brief
from rag.briefs.brief import point_of
from rag.errors import BriefError
from rag.papers import AllowedPaper, Point
from rag.settings import resource

QUESTION = "How does AI sharpen photos of fast movement? What is different from common blur?"
ASKED = f'You are an AI scientist.\n\nA user has asked the following question:\n"{QUESTION}"\n'
POINTS = """Based on the following recommended models, explain:

1. What task the user is trying to perform.
2. How the model(s) would work in a CNAPS AI-like workflow (input → model → output).
3. List relevant papers and tools (with GitHub or ArXiv links) that support your answer.

Use **only the provided models and papers**. Do not refer to outside sources.
"""
RECOMMENDED = """### Recommended AI Models:
Model: Restoration-SwinIR-Jpeg20
Paper: https://arxiv.org/pdf/2108.10257
GitHub: https://github.com/JingyunLiang/SwinIR
"""
RELATED = """### Related Papers:
Model: DreamClear: High-Capacity Restoration
Paper: http://arxiv.org/pdf/2410.18666v2.pdf
GitHub: https://github.com/shallowdream204/dreamclear
Summary: It restores photos. It was trained on made-up pictures.

Model: DeblurGS
Paper: http://arxiv.org/pdf/2404.11358v2.pdf
Summary: It finds out how the camera moved.
"""
BRIEF = "\n".join((ASKED, POINTS, RECOMMENDED, RELATED, "\nAnswer:\n"))

ENTRY = ("Model: A", "Paper: 2404.11358", "Summary: S.", "GitHub: -")


def entry(*lines: str) -> str:
    return "\n".join((ASKED, "### Related Papers:", *lines))


def papers(*lines: str) -> list[tuple[str, str, str]]:
    return [(paper.key, paper.model, paper.summary) for paper in Brief.parse(entry(*lines)).papers]


# --- the format of the example -----------------------------------------------------------------------------


def test_the_example_is_read_whole() -> None:
    """Question, points and papers come out as the example means them."""
    brief = Brief.parse(BRIEF, "sports.txt")
    assert brief.question == QUESTION
    assert [(point.title, point.kind, point.about_user) for point in brief.points] == [
        ("The task", "prose", True),
        ("Workflow: input → model → output", "workflow", False),
        ("Papers and tools", "papers", False),
    ]
    assert brief.points[0].text == "What task the user is trying to perform."
    assert brief.papers == (
        AllowedPaper(
            "2108.10257", None, "Restoration-SwinIR-Jpeg20", "https://github.com/JingyunLiang/SwinIR", "", True, 16
        ),
        AllowedPaper(
            "2410.18666",
            2,
            "DreamClear: High-Capacity Restoration",
            "https://github.com/shallowdream204/dreamclear",
            "It restores photos. It was trained on made-up pictures.",
            line=21,
        ),
        AllowedPaper("2404.11358", 2, "DeblurGS", None, "It finds out how the camera moved.", line=26),
    )
    assert (brief.text, brief.name) == (BRIEF, "sports.txt")


@pytest.mark.parametrize("parts", list(itertools.permutations([ASKED, POINTS, RECOMMENDED, RELATED])))
def test_parts_may_come_in_any_order(parts: tuple[str, ...]) -> None:
    """Every order of the four parts means the same, up to the order of the papers."""
    brief, expected = Brief.parse("\n".join(parts)), Brief.parse(BRIEF)
    assert (brief.question, brief.points) == (expected.question, expected.points)
    facts = {(p.key, p.model, p.github, p.summary, p.recommended) for p in brief.papers}
    assert facts == {(p.key, p.model, p.github, p.summary, p.recommended) for p in expected.papers}


@pytest.mark.parametrize("fields", list(itertools.permutations(ENTRY)))
def test_fields_of_an_entry_may_come_in_any_order(fields: tuple[str, ...]) -> None:
    """Two entries in the same order of fields never lend each other a field, with or without a blank line."""
    second = [line.replace("A", "B").replace("2404.11358", "2108.10257").replace("S.", "T.") for line in fields]
    for between in ([""], []):
        assert papers(*fields, *between, *second) == [("2404.11358", "A", "S."), ("2108.10257", "B", "T.")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_change_nothing(tmp_path: Path, end: str, mark: str) -> None:
    """Files from any system mean the same."""
    path = tmp_path / "brief.txt"
    path.write_bytes((mark + BRIEF.replace("\n", end)).encode())
    brief, expected = Brief.load(path), Brief.parse(BRIEF)
    assert (brief.question, brief.points, brief.papers) == (expected.question, expected.points, expected.papers)


def test_the_committed_example_is_the_users_brief_in_other_words(shared: Path) -> None:
    """The committed brief asks the same of the same papers, and repeats no five words of the user's summaries."""
    ours = Brief.load(resource("briefs") / "sports-deblur.txt")
    theirs = Brief.load(shared / "briefs/sports-deblur.txt")
    assert (ours.question, ours.points) == (theirs.question, theirs.points)
    facts = [(p.key, p.model, p.github, p.recommended) for p in ours.papers]
    assert facts == [(p.key, p.model, p.github, p.recommended) for p in theirs.papers]
    for mine, yours in zip(ours.papers, theirs.papers, strict=True):
        assert not runs(mine.summary, 5) & runs(yours.summary, 5)


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = [word.strip(".,:;()").lower() for word in text.split()]
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


# --- the question ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f'A user has asked the following question:\n"{QUESTION}"',
        f"A user has asked the following question:\n\n“{QUESTION}”",
        f"Question: {QUESTION}",
        f"**Question:** {QUESTION}",
        f'The user\'s question is: "{QUESTION}"',
        f"### Question\n{QUESTION}",
        f"### Question: {QUESTION}",
        f"## User question\n\n> {QUESTION}",
        f'"{QUESTION}"',
        QUESTION,
        "Question:\n" + QUESTION.replace(" fast", "\nfast"),
        'Question:\n"' + QUESTION.replace(" What", "\n\nWhat") + '"',
        f'Question:\n"{QUESTION}"\nThank you for your help.',
    ],
)
def test_a_question_is_found_in_its_natural_forms(text: str) -> None:
    """Quoted or not, announced or not, on one line or on several: the question is its own words alone."""
    assert Brief.parse(f"You are an AI scientist.\n\n{text}\n\n{POINTS}\n{RELATED}").question == QUESTION


def test_quotation_marks_inside_a_question_stay() -> None:
    """Only the marks around the whole question go."""
    for question in ('"Deblurring" means what here?', 'What is meant by "sharp"?'):
        assert Brief.parse(f"Question: {question}\n{RELATED}").question == question
    assert Brief.parse(f'Question: "What is "sharp"?"\n{RELATED}').question == 'What is "sharp"?'


# --- the points --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("What task the user is trying to perform.", ("The task", "prose", True)),
        ("The user's goal", ("The user's goal", "prose", True)),
        ("What the user wants to achieve", ("What the user wants to achieve", "prose", True)),
        ("Which model the user should choose.", ("Which model the user should choose", "prose", False)),
        ("How it works (image -> network -> sharp image).", ("Workflow: image → network → sharp", "workflow", False)),
        ("Describe the pipeline.", ("Workflow", "workflow", False)),
        ("List the code and papers.", ("Code and papers", "papers", False)),
        ("Cite the literature.", ("Papers", "papers", False)),
        ("How the papers differ.", ("How the papers differ", "prose", False)),
        ("Explain why large motion is harder.", ("Why large motion is harder", "prose", False)),
        ("**Limits**: what the models cannot do.", ("Limits", "prose", False)),
        ("Training data: which pictures were used?", ("Training data", "prose", False)),
    ],
)
def test_points_become_sections(text: str, point: tuple[str, str, bool]) -> None:
    """A point's title is short and its own; its kind follows what it asks for."""
    made = point_of(text)
    assert (made.title, made.kind, made.about_user) == point


def test_a_long_point_gets_a_title_of_one_line() -> None:
    """A title ends at a word, within sixty characters."""
    made = point_of("How the network tells the blur of a moving camera from the blur of a moving athlete in one photo")
    assert made.title == "How the network tells the blur of a moving camera from the…"
    assert len(made.title) <= 60


def test_points_may_be_bullets_or_run_over_lines() -> None:
    """Bullets count after a line that asks to explain; a point's second line belongs to it."""
    listed = Brief.parse(f"{ASKED}\nPlease explain:\n- why it blurs\n- how it is\n  mended\n\n{RELATED}")
    assert [point.text for point in listed.points] == ["why it blurs", "how it is mended"]
    numbered = Brief.parse(f"{ASKED}\n1) why it blurs:\n   - camera\n2) how it is mended\n\n{RELATED}")
    assert [point.text for point in numbered.points] == ["why it blurs: - camera", "how it is mended"]


def test_without_points_an_answer_and_its_papers_are_asked_for() -> None:
    """A brief of question and papers alone is complete."""
    assert [(p.title, p.kind) for p in Brief.parse(ASKED + RELATED).points] == [
        ("Answer", "prose"),
        ("Papers and tools", "papers"),
    ]


# --- the papers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("Paper: https://arxiv.org/abs/2108.10257", "2108.10257"),
        ("Paper: http://arxiv.org/pdf/2410.18666v2.pdf", "2410.18666v2"),
        ("Paper: arxiv.org/html/2410.18666v2", "2410.18666v2"),
        ("Paper: 2108.10257", "2108.10257"),
        ("Paper: arXiv:2108.10257v3", "2108.10257v3"),
        ("Paper: hep-th/9108004", "hep-th/9108004"),
        ("Paper: https://arxiv.org/abs/math.AG/0405482v2", "math/0405482v2"),
        ("Paper: <https://arxiv.org/abs/2108.10257>", "2108.10257"),
        ("Paper: https://doi.org/10.48550/arXiv.2108.10257", "2108.10257"),
        ("Paper: https://huggingface.co/papers/2108.10257", "2108.10257"),
        ("Paper: SwinIR, arXiv preprint arXiv:2108.10257, 2021", "2108.10257"),
        ("- arXiv preprint arXiv:2108.10257", "2108.10257"),
        ("Paper: [SwinIR: a title](https://arxiv.org/abs/2108.10257)", "2108.10257"),
        ("- **Paper:** https://arxiv.org/abs/2108.10257.", "2108.10257"),
        ("paper :  https://arxiv.org/abs/2108.10257", "2108.10257"),
        ("Paper:\nhttps://arxiv.org/abs/2108.10257", "2108.10257"),
        ("arXiv: 2108.10257", "2108.10257"),
        ("- 2108.10257v1", "2108.10257v1"),
        ("1. https://arxiv.org/abs/2108.10257", "2108.10257"),
    ],
)
def test_papers_are_named_in_many_ways(line: str, key: str) -> None:
    """Every natural form of an id or link leads to the same paper."""
    assert [paper[0] for paper in papers(line)] == [key]


@pytest.mark.parametrize(
    "heading", ["## Related Papers", "Related papers:", "**Related Papers:**", "### Papers", "## References"]
)
def test_headings_may_be_written_in_many_ways(heading: str) -> None:
    """A heading opens the list of papers with or without marks and colon."""
    brief = Brief.parse(f"{ASKED}\n{heading}\n\n- 2108.10257\n- 2404.11358v2\n")
    assert [paper.key for paper in brief.papers] == ["2108.10257", "2404.11358v2"]


@pytest.mark.parametrize(
    "heading", ["## Recommended Models", "Recommended AI Models:", "### Other recommended AI model(s)"]
)
def test_several_models_may_be_recommended(heading: str) -> None:
    """All entries under such a heading are recommended, those under the next are not."""
    brief = Brief.parse(
        f"{ASKED}\n{heading}\nModel: A\nPaper: 2108.10257\n\nModel: B\nPaper: 2404.11358\n\n{RELATED}".replace(
            "2404.11358v2", "2412.21063v1"
        )
    )
    assert [paper.recommended for paper in brief.papers] == [True, True, False, False]


def test_a_summary_may_have_many_lines_and_paragraphs() -> None:
    """All of a summary is kept, even lines that look like marks, until the next field, heading or instruction."""
    summary = ("Summary:", "It works", "in two steps:", "1. it looks,", "Papers", "2. it paints.")
    more = ("", "It answers the question: why?", "", "You must cite them.", "")
    assert papers("Model: A", "Paper: 2108.10257", *summary, *more, "Model: B", "Paper: 2404.11358") == [
        ("2108.10257", "A", "It works in two steps: 1. it looks, Papers 2. it paints. It answers the question: why?"),
        ("2404.11358", "B", ""),
    ]


def test_blank_lines_between_fields_change_nothing() -> None:
    """An entry spread out over paragraphs stays one entry, whichever field comes first."""
    spread = ("Paper: 2108.10257", "", "Model: A", "", "Paper: 2404.11358", "", "Model: B")
    assert papers(*spread) == [("2108.10257", "A", ""), ("2404.11358", "B", "")]
    assert papers("Paper: 2108.10257", "", "Model: B", "Paper: 2404.11358") == [
        ("2108.10257", "", ""),
        ("2404.11358", "B", ""),
    ]


def test_entries_do_not_cross_headings() -> None:
    """The first field under a heading belongs to a new entry, even where the one before could use it."""
    brief = Brief.parse(
        f"{ASKED}\n## Recommended Models\nPaper: 2108.10257\n\n## Related\nModel: B\n\nPaper: 2404.11358"
    )
    assert [(p.paper, p.model, p.recommended) for p in brief.papers] == [
        ("2108.10257", "", True),
        ("2404.11358", "B", False),
    ]


def test_unknown_fields_are_left_aside() -> None:
    """A year or a project page is neither a title nor a paper."""
    lines = ("Model: A", "Year: 2021", "Paper: 2108.10257", "Project page: https://example.org/a", "Summary: S.")
    assert papers(*lines) == [("2108.10257", "A", "S.")]


def test_a_paper_named_twice_is_one_paper() -> None:
    """The recommended entry's words win, what it lacks comes from the other, and a version that is given binds."""
    twice = RECOMMENDED + "\n### Related Papers:\nModel: SwinIR\nPaper: 2108.10257v1\nSummary: It restores.\n"
    (paper,) = Brief.parse(ASKED + twice).papers
    assert (paper.key, paper.model, paper.summary, paper.recommended) == (
        "2108.10257v1", "Restoration-SwinIR-Jpeg20", "It restores.", True,
    )  # fmt: skip
    swapped = "### Related Papers:\nModel: SwinIR\nPaper: 2108.10257v1\nSummary: It restores.\n\n" + RECOMMENDED
    (other,) = Brief.parse(ASKED + swapped).papers
    assert (other.key, other.model, other.summary, other.recommended) == (
        paper.key, paper.model, paper.summary, True,
    )  # fmt: skip


def test_github_links_are_normalised() -> None:
    """Only owner and repository of a link survive, and "none" is none."""
    text = entry("Paper: 2108.10257", "GitHub: http://www.github.com/o/r.git", "", "Paper: 2404.11358", "GitHub: N/A")
    assert [paper.github for paper in Brief.parse(text).papers] == ["https://github.com/o/r", None]


# --- faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RELATED, "b.txt: no question; add a line 'Question:' and the question after it"),
        ('Question: ""\n' + RELATED, "b.txt: no question; add a line 'Question:' and the question after it"),
        (ASKED, "b.txt: no paper is allowed; add a line 'Paper: https://arxiv.org/abs/2108.10257'"),
        (
            entry("Model: A", "Paper: arxiv.org/abs/foo"),
            "b.txt:8: 'arxiv.org/abs/foo' is no arXiv id; expected e.g. 2108.10257 or hep-th/9108004"
            "; this link leads to no paper of arXiv's",
        ),
        (
            entry("https://example.org/2108.pdf"),
            "b.txt:7: 'https://example.org/2108.pdf' is no arXiv id; expected e.g. 2108.10257 or hep-th/9108004"
            "; this link leads to no paper of arXiv's",
        ),
        (
            entry("Paper: 2410.18666v1", "", "Paper: 2410.18666v2"),
            "b.txt:9: 2410.18666v2 is given here, but 2410.18666v1 on line 7; keep one version of each paper",
        ),
        (
            entry("Model: A", "Summary: S."),
            "b.txt:7: this entry names no paper; add a line 'Paper: https://arxiv.org/abs/…'",
        ),
        (
            RELATED + RECOMMENDED.replace("Paper: https://arxiv.org/pdf/2108.10257\n", "") + ASKED,
            "b.txt:11: this entry names no paper; add a line 'Paper: https://arxiv.org/abs/…'",
        ),
        (
            entry("Paper: 2108.10257", "GitHub: javascript:alert(1)"),
            "b.txt:8: 'javascript:alert(1)' is no GitHub repository; expected https://github.com/owner/repo",
        ),
        ('Question:\n"How?\n\n' + RELATED, 'b.txt:2: the question has no closing "; add it'),
        ('Question:\n"How?\n', 'b.txt:2: the question has no closing "; add it'),
        (ASKED + "Question: And how?\n" + RELATED, "b.txt:5: a second question; a brief asks one (line 4)"),
        (entry("Paper: 2108.10257", "", "Answer:", "Paper: 2404.11358"),
         "b.txt:10: a paper after 'Answer:'; move it above that line"),
    ],
)  # fmt: skip
def test_each_fault_is_one_line_with_its_place(text: str, message: str) -> None:
    """A fault is named with file, line where there is one, value and remedy."""
    with pytest.raises(BriefError) as caught:
        Brief.parse(text, "b.txt")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Question: how?\nCaf\xe9\n", "bad.txt:2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (b"Question: how?\n\x00\x01\n", "bad.txt:2: control character U+0000; this is not a text file"),
        (b"Question: \x1b[2Jhow?\n", "bad.txt:1: control character U+001B; this is not a text file"),
        (b"%PDF-1.7\n", "is a PDF, not a text file"),
        ("Question: how?".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        (b"a" * (1 << 20) + b"a", "larger than 1 MiB"),
        (b"", "no question"),
        (b"\x89PNG\r\n\x1a\n\x00", "bad.txt:1: byte 0x89 is not UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """Binary files, other encodings, terminal codes and endless files end in one clear line."""
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(BriefError) as caught:
        Brief.load(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing files and folders are said to be so."""
    for path in (tmp_path / "missing.txt", tmp_path):
        with pytest.raises(BriefError, match="cannot be read"):
            Brief.load(path)


@pytest.mark.parametrize(
    ("question", "points"),
    [("x" * 10_001, ""), ("how?", "1. " + "y" * 2001), ("how?", "".join(f"{i}. z\n" for i in range(60)))],
)
def test_endless_parts_are_refused(question: str, points: str) -> None:
    """Beyond its limit a part is an error, not a long wait."""
    with pytest.raises(BriefError, match=r"shorten|keep to"):
        Brief.parse(f"Question: {question}\n\n{points}\n\n{RELATED}")


@settings(deadline=None)
@given(st.lists(st.sampled_from([*BRIEF.split("\n"), "Paper: x", "Question:", '"', "# A", "Answer:", "1. a", "  "])))
@example(["Summary: s", "", "", "Paper:", "2108.10257", "", "Question: q"])
def test_lines_in_any_mixture_are_read_or_named(lines: list[str]) -> None:
    """Whatever lines come: a brief with question, points and papers, or one line that says what is wrong."""
    brief, fault = read(lines)
    assert "\n" not in fault
    assert fault.startswith("brief:") or (brief and brief.question and brief.points and brief.papers)


def read(lines: list[str]) -> tuple[Brief | None, str]:
    try:
        return Brief.parse("\n".join(lines)), ""
    except BriefError as error:
        return None, str(error)


# --- without a file ----------------------------------------------------------------------------------------


def test_a_bare_question_makes_a_brief() -> None:
    """Ids, links, checked papers and sections may be given directly; faults name the argument."""
    brief = Brief.of("How?  Why?", ["2108.10257", "https://arxiv.org/abs/2404.11358v2"], ["Why it blurs", Point("Own")])
    assert brief.question == "How? Why?"
    assert [paper.key for paper in brief.papers] == ["2108.10257", "2404.11358v2"]
    assert [point.title for point in brief.points] == ["Why it blurs", "Own"]
    assert [point.title for point in Brief.of("How?", [AllowedPaper("2108.10257")]).points] == [
        "Answer",
        "Papers and tools",
    ]
    for question, given_papers, message in (
        (" ", ["2108.10257"], "no question"),
        ("How?", [], "no paper"),
        ("How?", ["2108.10257", "foo"], r"papers\[1\]: 'foo' is no arXiv id"),
        ("How?", ["2108.10257v1", "2108.10257v2"], "papers: 2108.10257v2 is given here, but 2108.10257v1 before"),
    ):
        with pytest.raises(BriefError, match=message):
            Brief.of(question, given_papers)


def test_papers_alone_can_be_read_for_fetching() -> None:
    """A list of papers without a question is no brief, unless only the papers are wanted."""
    with pytest.raises(BriefError, match="no question"):
        Brief.parse(RELATED)
    assert [paper.key for paper in Brief.parse(RELATED, need_question=False).papers] == ["2410.18666v2", "2404.11358v2"]
