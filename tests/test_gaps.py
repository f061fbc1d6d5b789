"""Gaps: words found nowhere, and limits that papers state themselves."""

from __future__ import annotations

import pytest

from rag.answers import Citation, Claim, Evidence, Gap, Section, Task
from rag.gaps import limit_of, on_a_page, unanswered, unnamed, words_gap
from rag.language import read_question
from rag.papers import AllowedPaper, Page, Paper, Point

QUESTION = "How does AI restore blurred photos of fast-moving sports, and how is it different from general blur?"


def stated(text: str, relevance: float = 0.5, **more: object) -> Evidence:
    return Evidence("E1", "pdf", text, "2101.00001", 1, relevance=relevance, **more)  # type: ignore[arg-type]


def limit(*evidence: Evidence) -> Evidence | None:
    return limit_of("2101.00001", Task(read_question(QUESTION), (), (AllowedPaper("2101.00001"),), evidence))


@pytest.mark.parametrize(
    "text",
    [
        "In later work, we will extend Kestrel to deblurring and to fog.",
        "One limitation of our method is that it cannot restore photos of fast motion.",
        "Kestrel fails when the blur is longer than the picture is wide.",
        "In the future, we plan to extend Kestrel to the blur of other datasets.",
        "Our current method does not handle the blur of fast sports.",
    ],
)
def test_a_papers_own_limit_is_found(text: str) -> None:
    """Future work, a limitation or a failure on the question's topic is a stated limit."""
    found = limit(stated(text))
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "evidence",
    [
        stated("Kestrel keeps the blur model, whose definition stays as it was."),
        stated("In later work, we will extend Kestrel to deblurring.", relevance=0.1),
        stated("In later work, we will extend Kestrel to deblurring.", flags=("second_hand",)),
        stated("This limitation of blur is overcome by the reference image."),
        stated("In the future, we will study the prices of cheese in Norway."),
        stated("Networks often struggle with the blur of fast sports."),
        stated("We overcome the limitations that blur sets to photos."),
        stated("Blur fails to leave photos.", section=("1 Introduction",)),
        stated("We will consider photos whose blur is of a larger class."),
    ],
)
def test_other_sentences_are_no_limit(evidence: Evidence) -> None:
    """No limit: another topic, another's work, far from the question, or a sentence that leans on another."""
    assert limit(evidence) is None


def test_the_gap_is_worded_for_one_and_for_many() -> None:
    """The program's wording agrees in number."""
    assert words_gap(["sports"], 1).text.startswith("Nowhere in the allowed paper: “sports”.")
    assert words_gap(["a", "b"], 3).text.startswith("Nowhere in the 3 allowed papers: “a”, “b”.")
    assert words_gap(["a"], 0, 2).text.startswith("Nowhere in the brief's own summaries")
    assert "1 papers" not in words_gap(["a"], 1, 1).text


def paper(*pages: str) -> Paper:
    read = tuple(Page(number, text) for number, text in enumerate(pages, 1))
    return Paper("2101.00001", 1, "Kestrel", (), "", "test", read, (), ())


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("hardware", "5.2 Hardware and Schedule"),
        ("restoration", "we restore it"),
        ("blurred", "a deblurring network"),
        ("OpenIE", "we use Open IE here"),
        ("LSTM", "two LSTMs"),
        ("Witten", "By E. Witten, Princeton"),
    ],
)
def test_a_word_is_known_wherever_it_stands(word: str, text: str) -> None:
    """In a heading, in front matter, in another form, inside a longer word; a name however its parts are joined."""
    assert on_a_page(word, [paper("Nothing here."), paper("Nor here.", text)])


@pytest.mark.parametrize(
    ("word", "text"), [("H100", "on an A100 GPU"), ("BERT", "Albert and Robert"), ("sport", "port")]
)
def test_a_name_is_known_as_a_word_of_its_own_alone(word: str, text: str) -> None:
    assert not on_a_page(word, [paper(text)])


def test_names_are_told_from_words() -> None:
    """What is written as a name and stands on no page is not mentioned; a missing plain word is no name."""
    question = read_question("How fast is Kestrel on an H100 in Norway, and on MS MARCO?")
    shown = [paper("Kestrel is fast. It was not tried in Norway.")]
    assert unnamed(question, shown, {"kestrel"}) == ["H100", "MS", "MARCO"]
    assert unnamed(read_question("Cheese of which kind?"), shown, set()) == []


ASKED = "How does AI restore blurred photos? How is it different from general noise? Which cheese is eaten in Norway?"


def left(question: str, *texts: str, points: tuple[Point, ...] = (Point("Answer"),)) -> list[Gap]:
    quotes = [Claim(text, "verbatim", (Citation("pdf", text, "", "2101.00001"),), "2101.00001") for text in texts]
    sections = [Section(point.title, point.kind, tuple(quotes) if n == 0 else ()) for n, point in enumerate(points)]
    return unanswered(read_question(question), points, sections)


def test_every_part_of_the_question_ends_in_a_claim_or_a_gap() -> None:
    """A part that no claim speaks to, and a comparison that no claim makes, are listed in the question's words."""
    found = left(ASKED, "Kestrel restores blurred photos by following the path of the camera.")
    assert [gap.text.partition("”")[0] for gap in found] == [
        "“How is it different from general noise?",
        "“Which cheese is eaten in Norway?",
    ]


def test_a_part_that_is_answered_is_no_gap() -> None:
    """A claim that sets the two apart answers the comparison."""
    texts = ("Kestrel restores photos.", "Unlike noise, blur keeps to a path.", "In Norway brown cheese is eaten.")
    assert left(ASKED, *texts) == []


def test_both_sides_named_make_a_comparison() -> None:
    """A sentence that names both sides of "between A and B" speaks of their difference."""
    question = "What is the difference between Kestrel-Long and Kestrel-Short?"
    assert left(question, "Kestrel-Long keeps the path that Kestrel-Short forgets.") == []
    assert left(question, "Kestrel-Long keeps the path.") != []


def test_a_contrast_with_something_else_is_no_comparison() -> None:
    """A sentence that sets the paper apart from another thing than the one asked about leaves the gap."""
    question = "How does Kestrel differ from ViT?"
    assert left(question, "Unlike ViT, Kestrel follows a path.") == []
    assert [gap.topic for gap in left(question, "Unlike Merlin, Kestrel follows a path.")] == ["ViT"]


def test_an_answer_without_a_claim_is_a_gap_in_the_words_of_the_question() -> None:
    """A bare question has no point to name; the gap repeats the question."""
    assert "limits of Kestrel?" in left("What are the limits of Kestrel?")[0].text


def test_a_point_without_a_claim_is_a_gap() -> None:
    """An empty section is said to be one; a list of papers is never empty."""
    points = (Point("How"), Point("Training", text="Which data is it trained on?"), Point("Papers", "papers"))
    assert [gap.topic for gap in left("How?", "Kestrel restores photos.", points=points)] == ["Training"]


def test_a_model_that_failed_is_not_the_papers_silence() -> None:
    """The gap says that no usable reply came, not that the papers do not answer."""
    points = (Point("Training", text="Which data is it trained on?"),)
    sections = [Section("Training", "prose")]
    (gap,) = unanswered(read_question("How?"), points, sections, model_failed=True)
    assert "the model gave no usable reply" in gap.text
    (gap,) = unanswered(read_question("How?"), points, sections)
    assert "model" not in gap.text
