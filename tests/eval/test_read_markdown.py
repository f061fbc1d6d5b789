"""Answers in Markdown that any system wrote are read for what they cite, and for nothing that they do not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import commands
from eval.cases import Case
from eval.compliant import make_case, make_world
from eval.invented import shelf
from eval.judge import JudgedCase, judge
from eval.library import Library
from eval.read_markdown import read_markdown
from eval.report import build, failures
from eval.stored_pages import sha256
from rag.answers import Answer, Citation, Claim, Reference, Section
from rag.papers import AllowedPaper
from rag.printing import to_markdown as render

PAPERS = shelf(11, 3, first=91301)
CASE = make_case(PAPERS[:2])
LIBRARY = Library(papers=[paper.paper for paper in PAPERS])
ONE, TWO, OTHER = PAPERS
LIST = f"""
## References

[1] "{ONE.title}", arXiv:{ONE.paper_id}
[2] {TWO.title}. https://arxiv.org/abs/{TWO.paper_id}v1
"""


def judged(body: str, references: str = LIST, case: Case = CASE) -> JudgedCase:
    return judge(case, read_markdown(f"## Answer\n\n{body}\n{references}", case), LIBRARY)


def kinds(result: JudgedCase) -> set[str]:
    return {violation.kind for violation in result.violations}


def test_numbered_brackets_lead_to_their_references() -> None:
    """A mark cites the paper of its entry; a quote is looked for in that paper."""
    result = judged(f'The authors write: "{ONE.facts[0].sentence}" [1] {TWO.facts[1].paraphrase} [2]')
    assert [cite.paper for claim in result.claims for cite in claim.citations] == [ONE.paper_id, TWO.paper_id]
    assert kinds(result) == set()
    assert all(claim.verdict == "good" for claim in result.claims)


@pytest.mark.parametrize(
    "mark",
    ["[0]", "[3]", "[1-999999]", "[2-1]", "[1-3]", "[99999999999999999999999999]", "[-1]x[7]", "[^9]", "[1,8]"],
)
def test_marks_that_lead_nowhere_are_unknown_evidence(mark: str) -> None:
    """No number is clipped, wrapped round or expanded past the list; a valid mark beside it does not excuse it."""
    start = time.process_time()
    result = judged(f"{ONE.facts[0].paraphrase} [1]{mark}")
    assert "unknown_evidence" in kinds(result)
    assert time.process_time() - start < 5


def test_good_marks_stay_good_beside_bad_ones() -> None:
    """A citation is never condemned because its neighbour was invented."""
    (claim,) = judged(f"{ONE.facts[0].paraphrase} [1][7]").claims
    assert [cite.verdict for cite in claim.citations] == ["good", "bad"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"{ONE.facts[0].paraphrase} (arXiv:1801.01234)", "outside_whitelist"),
        (f"{ONE.facts[0].paraphrase} [see](https://arxiv.org/abs/1801.01234)", "outside_whitelist"),
        (f"{ONE.facts[0].paraphrase} https://doi.org/10.1000/xyz", "outside_whitelist"),
        (f"{ONE.facts[0].paraphrase} https://github.com/foreign/tool", "outside_whitelist"),
        (f"{ONE.facts[0].paraphrase} (arXiv:{OTHER.paper_id})", "not_allowed_for_question"),
        (f"{ONE.facts[0].paraphrase}", "uncited_claim"),
        (f'They say "{ONE.facts[0].sentence}" [2]', "wrong_paper"),
        (f"{ONE.facts[0].paraphrase[:-1]}, as Ivers et al. found. [1]", "outside_work_mentioned"),
        (f"{ONE.facts[0].paraphrase} [1] [x](javascript:alert(1))", "outside_whitelist"),
    ],
)
def test_each_form_of_citation_is_held_against_the_whitelist(body: str, kind: str) -> None:
    """Bare ids, links, DOIs, repositories and prose all count."""
    assert kind in kinds(judged(body))


def test_allowed_links_pass() -> None:
    """The paper's arXiv page in any spelling, and its repository, are the whitelist's own."""
    body = (
        f"{ONE.facts[0].paraphrase} [a](http://arxiv.org/pdf/{ONE.paper_id}v1.pdf) "
        f"{TWO.facts[0].paraphrase} ({TWO.allowed.github}/tree/main)"
    )
    assert kinds(judged(body, "")) == set()


def test_a_page_is_checked_where_a_link_names_one() -> None:
    """`#page=N` is part of what a citation says."""
    sentence = next(s for s in ONE.paper.sentences if s.text == ONE.facts[0].sentence)
    right = sentence.spans[0].page
    wrong = next(page.number for page in ONE.paper.pages if sentence.text not in page.text and page.number != right)
    for page, expected in ((right, set[str]()), (wrong, {"wrong_page"})):
        link = f"[p](https://arxiv.org/pdf/{ONE.paper_id}v1#page={page})"
        if len(sentence.spans) == 1:
            assert kinds(judged(f'"{sentence.text}" {link}', "")) == expected


def test_another_title_under_a_right_id_is_named() -> None:
    """The list of references is judged too."""
    listed = LIST.replace(ONE.title, OTHER.title)
    assert "title_mismatch" in kinds(judged(f"{ONE.facts[0].paraphrase} [1]", listed))


def test_an_entry_defined_twice_leads_nowhere() -> None:
    """Two papers under one number leave open which is cited."""
    twice = LIST + f"[1] {TWO.title}, arXiv:{TWO.paper_id}\n"
    assert "unknown_evidence" in kinds(judged(f"{ONE.facts[0].paraphrase} [1]", twice))


def test_without_a_whitelist_nothing_is_good_or_outside() -> None:
    """What cannot be checked is said to be so."""
    result = judged(f"{ONE.facts[0].paraphrase} [1]", case=Case("none", ""))
    assert {claim.verdict for claim in result.claims} == {"cannot_be_checked"}
    assert kinds(result) == set()


def test_a_refusal_is_recognised_and_claims_do_not_hide_behind_one() -> None:
    """A refusal has no claims; a sentence that states something is one, whatever stands beside it."""
    assert judged("The provided papers do not contain information on this.", "").status == "refused"
    sly = judged("The provided papers do not contain this. However, ResNet-50 reaches 99 % everywhere.", "")
    assert sly.status == "answered"
    assert "uncited_claim" in kinds(sly)


def test_our_own_markdown_is_judged_clean() -> None:
    """An answer printed as Markdown keeps its citations: every quote is found, nothing is uncited."""
    world = make_world(PAPERS, 2, 3)
    result = judge(world.case, read_markdown(render(world.answer), world.case), LIBRARY)
    assert {v.kind for v in result.violations} == set()
    assert len(result.claims) >= len(world.answer.claims)
    assert all(claim.verdict == "good" for claim in result.claims)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("[]()^0129-,;.!“”\"'*_#|>`~\\ \n\tabcXYZ:/é\u200b%"), max_size=400))
def test_no_text_crashes_the_reader(text: str) -> None:
    """Whatever comes in, an exhibit comes out, and the same one each time."""
    assert read_markdown(text, CASE) == read_markdown(text, CASE)
    judge(CASE, read_markdown(text, CASE), LIBRARY)


@settings(max_examples=100, deadline=None)
@given(st.integers(-5, 10**30), st.integers(-5, 10**30))
def test_no_number_cites_what_the_list_does_not_hold(low: int, high: int) -> None:
    """Marks resolve to entries 1 and 2 or to nothing."""
    exhibit = read_markdown(f"{ONE.facts[0].paraphrase} [{low}] and [{low}-{high}]\n{LIST}", CASE)
    cited = {(cite.mark, cite.paper) for statement in exhibit.statements for cite in statement.cites if cite.paper}
    assert all(paper == {1: ONE.paper_id, 2: TWO.paper_id}.get(low) for mark, paper in cited if mark == f"[{low}]")


def test_a_part_too_short_to_find_is_not_called_false() -> None:
    """Three words of a summary, as a workflow cell quotes them, cannot be told apart: unchecked, and no violation."""
    summary = "A stone mill turns grain into flour."
    case = Case("mill", "How?", (AllowedPaper("2604.91301", 1, "Mill: Grain", summary=summary),))
    quote = Citation("summary", summary, sha256(summary), "2604.91301", 1)
    cell = Claim("turns grain into", "verbatim", (quote,), "2604.91301", "model")
    whole = Claim(summary, "verbatim", (quote,), "2604.91301")
    reference = Reference("2604.91301", 1, "Mill: Grain", (), "https://arxiv.org/abs/2604.91301v1")
    told = Answer(
        "How?",
        "answered",
        "extractive/1",
        sections=(Section("Flow", "workflow", (whole, cell)),),
        references=(reference,),
    )
    result = judge(case, read_markdown(render(told), case), LIBRARY)
    assert kinds(result) == set()
    assert "good" in {claim.verdict for claim in result.claims}


# --- how people write ---------------------------------------------------------------------------------------------

TRUE, ALSO = ONE.facts[0].sentence, ONE.facts[1].sentence
FALSE = TRUE.replace(" ", " not ", 1)


def test_a_quotation_set_off_as_a_block_is_a_quote() -> None:
    """What stands behind `>` is looked up, nested or not, with its own mark, one below it, or that of its lead-in."""
    for form in (
        "> {} [1]",
        "> > {} [1]",
        "> {}\n>\n> [1]",
        "The authors write [1]:\n\n> {}",
        "- They say:\n  > {} [1]",
    ):
        (good,) = [c for c in judged(form.format(TRUE)).claims if "authors" not in c.text]
        assert (good.kind, [cite.quote for cite in good.citations]) == (None, [TRUE]), form
        (bad,) = [c for c in judged(form.format(FALSE)).claims if "authors" not in c.text]
        assert "quote_mismatch" in {cite.violation.kind for cite in bad.citations if cite.violation}, form
    assert "uncited_claim" in kinds(judged(f"> {TRUE}"))


def test_a_notice_is_no_quotation() -> None:
    """What our own Markdown puts before an answer is an aside."""
    assert judged("> Note: one paper could not be read.").claims == ()


@pytest.mark.parametrize(
    "body",
    [
        "```\narXiv:1907.11692\n```",
        "~~~text\nsee https://arxiv.org/abs/1907.11692\n~~~",
        "## As in arXiv:1907.11692",
        "| Model arXiv:1907.11692 | x |\n|---|---|\n| a | b |",
        "<p>See <a href='https://arxiv.org/abs/1907.11692'>this</a> for more of the same.</p>",
        "An image ![](https://evil.example/x.png) stands here for all to see. [1]",
        "<img src='https://evil.example/x.png'>",
        "A link <a href='https://evil.example/'>here</a> for all to see. [1]",
    ],
)
def test_ids_and_links_are_read_wherever_they_stand(body: str) -> None:
    """Code, headings, heads of tables, HTML and images hide no foreign paper and no foreign link."""
    found = kinds(judged(f"{ONE.facts[0].paraphrase} [1]\n\n{body}"))
    assert found & {"outside_whitelist", "outside_work_mentioned", "link_outside_whitelist"}


@pytest.mark.parametrize(
    "body",
    [
        "| Claim | Source |\n|---|---|\n| {} | [1] |",
        "<table><tr><td>{}</td></tr></table>",
        "<details><summary>More</summary>\n\n{}\n\n</details>",
        "# {}",
        "{}\n---",
        "```markdown\n{}\n```",
        "    {}",
        "1. First\n   - {}",
        "> - {}",
        "Term\n: {}",
    ],
)
def test_claims_are_read_wherever_they_stand(body: str) -> None:
    """A sentence in a table, in HTML, as a heading, over a rule, in a fence of Markdown or indented is a sentence."""
    assert any(ONE.facts[0].paraphrase in claim.text for claim in judged(body.format(ONE.facts[0].paraphrase)).claims)


@pytest.mark.parametrize(
    "references",
    [
        "References:\n[1] {title}, arXiv:{paper}\n[2] arXiv:{other}",
        "**Sources**\n\n- [1] {title}, arXiv:{paper}\n- [2] arXiv:{other}",
        "Sources\n===\n1. {title}. https://arxiv.org/abs/{paper}\n2. https://arxiv.org/abs/{other}",
        '[1]: https://arxiv.org/abs/{paper} "{title}"\n[2]: <https://arxiv.org/abs/{other}>',
        "[^1]: {title}, arXiv:{paper}\n[^2]: arXiv:{other}",
        "<h2>References</h2>\n\n[1] [{title}](https://arxiv.org/abs/{paper})\n[2] arXiv:{other}",
    ],
)
def test_lists_of_references_are_read_in_every_form(references: str) -> None:
    """Under headings of any form or none, as items, definitions or footnotes: marks lead to their papers."""
    listed = references.format(title=ONE.title, paper=ONE.paper_id, other=TWO.paper_id)
    result = judged(f"{ONE.facts[0].paraphrase} [1] {TWO.facts[1].paraphrase} [^2]\n", f"\n{listed}\n")
    assert [cite.paper for claim in result.claims for cite in claim.citations] == [ONE.paper_id, TWO.paper_id]
    assert result.references == 2


@pytest.mark.parametrize(
    "unread",
    [
        "Кодировщик состоит из девяноста девяти слоёв.",
        "编码器由九十九层组成。",
        "<!-- The encoder has 99 layers. -->",
        "<script>var layers = 99</script>",
        "Text <!-- with a note --> for the machine alone [1].",
        ">" * 150 + " The encoder has 99 layers.",
    ],
)
def test_what_is_not_read_is_said_so(unread: str) -> None:
    """Other scripts, comments, scripts and what is nested too deeply: an answer with unread parts is never clean."""
    read = judged(f"{ONE.facts[0].paraphrase} [1]\n\n{unread}")
    assert read.unread
    assert not read.clean
    assert failures(build([read]), ["any"], {})
    assert "not_read" in commands.render(build([read]), "table")


def test_an_answer_of_which_nothing_is_read_is_not_clean() -> None:
    """Text that yields no sentence, no aside and no reference is unread as a whole."""
    assert read_markdown("***\n\n---\n", CASE).unread
    assert judged(f"{ONE.facts[0].paraphrase} [1]").clean


# --- footnotes, as this engine prints them ------------------------------------------------------------------------


def test_marks_of_the_quoted_paper_are_text_where_the_answer_marks_with_footnotes() -> None:
    """[41] in a quote is the paper's own where all entries are footnotes and all are marked; else it leads nowhere."""
    told = "The authors write:\n\n> Kernels of this kind converge [41]. {mark}\n\n{mark}: arXiv:{paper}, p. 1"
    assert "unknown_evidence" not in kinds(judged(told.format(mark="[^1]", paper=ONE.paper_id), ""))
    assert "unknown_evidence" in kinds(judged(told.format(mark="[1]", paper=ONE.paper_id), ""))


@pytest.mark.parametrize(
    "text",
    [
        "The allowed paper does not mention “H100 80GB”, so that what is asked is not stated.",
        "No sentence was found that answers “Which 3 lamps are lit?”.",
        "The question asks about “ResNet-152”; the allowed papers only mention it, and say nothing of what is asked.",
        "The question asks about “Ds0”, which no allowed paper mentions.",
    ],
)
def test_what_says_that_nothing_answers_is_no_claim(text: str) -> None:
    """A refusal may name what was asked for, numbers and all, between quotation marks."""
    assert judged(text).claims == ()


def test_a_refusal_states_no_figure_of_its_own() -> None:
    """What stands outside quotation marks is judged as a claim."""
    assert judged("The papers do not mention it, and the encoder has 9 layers.\n").claims != ()


def test_a_quoted_row_of_a_table_is_no_title() -> None:
    """An entry that quotes a row is not taken for a work of that name."""
    for row in ("Table 8: Speed of Lamps and Birds. Lamp Seconds Kestrel 30", "Model Speed Kestrel 0.96 Swift 0.65"):
        result = judged(f"{ONE.facts[0].paraphrase} [^1]\n\n[^1]: “{row}” {ONE.title}, arXiv:{ONE.paper_id}, p. 1\n")
        assert "title_mismatch" not in kinds(result)
