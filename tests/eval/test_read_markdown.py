"""Answers in Markdown that any system wrote are read for what they cite, and for nothing that they do not."""

from __future__ import annotations

import re
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
from rag.papers import AllowedPaper, Page, Paper, Region, Sentence, Span
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
    return judge(case, read_markdown(f"## Answer\n\n{body}\n{references}", case, LIBRARY), LIBRARY)


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


# --- every form of mark, list, quotation mark and script ----------------------------------------------------------


FIRST = f"{ONE.facts[0].paraphrase.rstrip('.')}"


@pytest.mark.parametrize(
    "form",
    [
        "{said} [1, p. 1].",
        "{said} [Source: {paper}.pdf, page 1].",
        "{said} (Source: {title}, p. 1).",
        "{said}.【4:0†{paper}.pdf】",
        "{said}.【1†source】",
        "{said} [ID:1].",
        "{said} ##1$$.",
        "{said}.<sup>1</sup>",
        "{said}.<sup><a href='#r1'>1</a></sup>",
        "{said}.¹",
        "{said} [[1]](https://arxiv.org/abs/{paper}).",
        "{said} [citation:1].",
        "{said} [Source 1].",
        "{said}［1］。",
        "{said} [1](#ref-1).",
        "{said} \\cite{{arxiv:{paper}}}.",
        "{said} [@arxiv:{paper}, p. 1].",
        "{said} [{title}, p. 1].",
        "{said} (doi:10.48550/arXiv.{paper}).",
        "{said} (https://www.alphaxiv.org/abs/{paper}).",
        "| Claim | Source |\n|---|---|\n| {said}. | [1] |",
    ],
)
def test_a_mark_of_any_form_cites_what_it_leads_to(form: str) -> None:
    """Marks of other tools, of LaTeX, pandoc and HTML resolve to the allowed paper; none stays in the claim."""
    result = judged(form.format(said=FIRST, paper=ONE.paper_id, title=ONE.title))
    (claim,) = result.claims
    assert claim.text.rstrip(".。") == FIRST
    assert {cite.paper for cite in claim.citations} == {ONE.paper_id}
    assert kinds(result) == set()


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("{said} (swift2020lamps pages 3-4).", "unknown_evidence"),
        ("{said}.【4:0†other.pdf】", "unknown_evidence"),
        ("{said} [ID:7].", "unknown_evidence"),
        ("{said} ##7$$.", "unknown_evidence"),
        ("{said}.<sup>7</sup>", "unknown_evidence"),
        ("{said} [Source: other.pdf, page 3].", "unknown_evidence"),
        ("{said} \\cite{{swift2020lamps}}.", "unknown_evidence"),
        ("{said} [@swift2020lamps, p. 7].", "unknown_evidence"),
        ("{said} [1, 7].", "unknown_evidence"),
        ("{said}.【4:0†1801.01234.pdf】", "outside_whitelist"),
        ("{said} [Source: 1801.01234.pdf, page 3].", "outside_whitelist"),
        ("{said} (arXiv:{paper}, arXiv:1801.01234).", "outside_whitelist"),
        ("{said} (10.1000/xyz123).", "outside_whitelist"),
        ("{said} (https://huggingface.co/papers/1801.01234).", "outside_whitelist"),
    ],
)
def test_a_mark_of_any_form_that_leads_elsewhere_is_named(form: str, kind: str) -> None:
    """What resolves to nothing is unknown evidence, what resolves to another work is outside the whitelist."""
    assert kind in kinds(judged(form.format(said=FIRST, paper=ONE.paper_id)))


@pytest.mark.parametrize(
    "text",
    [
        "The input is [MASK] and the output is [CLS] here [1].",
        "They wrote it [sic] so in the paper as well [1].",
        "The norm (LN) is used (see Section 3) for x² and 10⁶ steps [1].",
        "The field is 5 m² wide (e.g., 8 lamps) in the array a[i] [1].",
    ],
)
def test_brackets_that_are_words_are_no_marks(text: str) -> None:
    """Tokens, remarks, abbreviations, powers and units lead nowhere, and need not."""
    assert not kinds(judged(text)) & {"unknown_evidence", "outside_whitelist"}


@pytest.mark.parametrize(
    "references",
    [
        "Source 1: {paper}.pdf, page 1\nSource 2: {other}.pdf",
        "References\n[1] Curlew et al. {title}. doi:10.48550/arXiv.{paper}\n[2] arXiv:{other}",
        "Литература\n\n1. {title}\n2. arXiv:{other}",
        "参考文献：\n\n[1] {title}\n[2] arXiv:{other}",
        "Sources: [1] arXiv:{paper}; [2] arXiv:{other}",
        "## References\n\n| # | Paper |\n|---|---|\n| 1 | arXiv:{paper} |\n| 2 | arXiv:{other} |",
        "[1] {title}\n[2] arXiv:{other}",
        "[ID:1] {paper}.pdf\n[ID:2] {other}.pdf",
    ],
)
def test_lists_of_other_tools_and_languages_are_read(references: str) -> None:
    """Sources by title, file or DOI, in one line, in a table, under a heading of any language."""
    listed = references.format(title=ONE.title, paper=ONE.paper_id, other=TWO.paper_id)
    result = judged(f"{ONE.facts[0].paraphrase} [1] {TWO.facts[1].paraphrase} [2]\n", f"\n{listed}\n")
    assert [cite.paper for claim in result.claims for cite in claim.citations] == [ONE.paper_id, TWO.paper_id]
    assert kinds(result) == set()


def test_bibtex_defines_what_a_key_leads_to() -> None:
    """Keys of LaTeX lead where the entries of the answer's own BibTeX do."""
    result = judged(f"{FIRST} \\citep[p. 1]{{k}}.", f"\n```bibtex\n@article{{k, eprint={{{ONE.paper_id}}}}}\n```\n")
    assert [cite.paper for claim in result.claims for cite in claim.citations] == [ONE.paper_id]


PAIRS = ("“”", "„“", "«»", "»«", "‹›", "「」", "『』", "””", "‘’", "’’", "‚‘", "''", '""', "〝〞")


@pytest.mark.parametrize("pair", PAIRS)
def test_quotation_marks_of_every_language_quote(pair: str) -> None:
    """A true quote between them is good, an altered one is a mismatch."""
    for sentence, verdict in ((TRUE, None), (FALSE, "quote_mismatch")):
        (claim,) = judged(f"{pair[0]}{sentence}{pair[1]} [1]").claims
        assert claim.kind == verdict, pair


@pytest.mark.parametrize("form", ["<q>{}</q> [1]", "<blockquote>{}</blockquote>\n\n[1]", "``{}'' [1]", "“{} [1]"])
def test_quotations_in_markup_are_looked_up(form: str) -> None:
    """HTML's quotations, LaTeX's marks, and a quotation that is never closed."""
    assert kinds(judged(form.format(TRUE))) == set()
    assert "quote_mismatch" in kinds(judged(form.format(FALSE)))


@pytest.mark.parametrize(
    "text",
    [
        "Кодировщик имеет девять слоёв. Он читает весь текст.",
        "Ο κωδικοποιητής έχει εννέα στρώματα. Διαβάζει όλο το κείμενο.",
        "编码器有九十九层。解码器也有九层。",
        "エンコーダは九つの層からなる。デコーダも同じである。",
        "인코더는 아홉 개의 층이다. 디코더도 아홉 개의 층이다.",
        "يتكون المشفر من تسع طبقات؟ نعم يقرأ كل النص. وهو سريع جدا۔",
        "למקודד יש תשע שכבות. הוא קורא את כל הטקסט.",
        "एनकोडर में नौ परतें हैं। यह पूरा पाठ पढ़ता है।",
        "კოდერს აქვს ცხრა ფენა. ის კითხულობს მთელ ტექსტს.",
        "Կոդավորիչն ունի ինը շերտ։ Այն կարդում է ամբողջ տեքստը։",
        "ኢንኮደሩ ዘጠኝ ንብርብሮች አሉት። ሙሉውን ጽሑፍ ያነባል።",
        "ตัวเข้ารหัสมีเก้าชั้น",
    ],
)
def test_sentences_of_every_script_are_claims(text: str) -> None:
    """Each is a claim; without a mark it cites nothing; with one it cannot be compared, so that nothing is clean."""
    plain = judged(text)
    assert len(plain.claims) >= (1 if text.startswith("ตัว") else 2)
    assert "uncited_claim" in kinds(plain)
    (claim, *_) = judged(f"{re.split('[.。।۔։።؟]', text)[0]} [1].").claims
    assert claim.verdict == "cannot_be_checked"
    assert not judged(f"{text} [1]").clean


def test_marks_within_a_quotation_are_the_papers_or_the_answers() -> None:
    """The paper tells: [41] that stands there is its own, [1] that does not is the answer's."""
    text = "Kernels of this kind converge quickly [41], as they did for all lamps before them."
    listed_there = "References [41] A. Curlew and B. Swift. Lamps that converge. Journal of Lamps, 1999."
    whole = f"{text}\n{listed_there}"
    regions = (Region(0, len(text), "body"), Region(len(text) + 1, len(whole), "references"))
    page = Page(1, whole, regions)
    paper = Paper(
        "2604.00001", 1, "Kernels", (), "", "x", (page,), (Sentence(0, text, (Span(1, 0, len(text)),), "body"),), ()
    )
    case, library = Case("k", "", (AllowedPaper("2604.00001", 1),)), Library(papers=[paper])
    listed = "\n\n[1] arXiv:2604.00001\n"
    for body in (
        f"“{text}” [1]",
        f"“{text.replace(' [41]', '')}” [1]",
        f"“{text[:-1]} [1].”",
        f"> {text} [1]",
        f"> {text}\n>\n> — the authors [1]",
    ):
        result = judge(case, read_markdown(body + listed, case, library), library)
        assert kinds(result) == set(), body
        assert [cite.verdict for claim in result.claims for cite in claim.citations] == ["good"], body
    altered = judge(case, read_markdown(f"“{text.replace('41', '42')}” [1]{listed}", case, library), library)
    assert kinds(altered)


@pytest.mark.parametrize(
    "body",
    [
        "```text\n{}\n```",
        "```\n{} It has N = 9 wicks.\n```",
        "```python\n# {}\n```",
        "---\nsummary: {}\n---\n",
        "![{}](figure.png)",
        '[see](https://arxiv.org/abs/2604.91301 "{}") [1]',
        "<img alt='{}' src='figure.png'>",
        "<details><summary>{}</summary>more</details>",
        "### The encoder has 99 layers",
        "- [ ] {}",
    ],
)
def test_claims_hide_nowhere(body: str) -> None:
    """Sentences in fences, front matter, texts beside images and links, summaries and headings are claims."""
    found = kinds(judged(f"{FIRST} [1].\n\n" + body.format("The lamp needs 99 litres.")))
    assert found & {"uncited_claim", "outside_whitelist"}


# --- quotes that show what they leave out, and that do not --------------------------------------------------------


PLAIN = (
    "With the exception of the old lamp, all lamps of the harbour burn whale oil in winter. It is not true that the "
    "keepers trim the wicks of the lamps at night. The new burner fails to light the lamps of the pier in a storm. "
    "The lamps are lit in every month of the year, except for the lamp on the pier. The keepers do not often clean "
    "the glass of the tall lamps. Each lamp holds seven litres of oil, and each wick is made of flax."
)


@pytest.fixture(scope="module")
def lamps() -> tuple[Case, Library]:
    """Return a paper on lamps, and the case that allows it."""
    ends = [match.end() for match in re.finditer(r"\.(?= |$)", PLAIN)]
    spans = [(low + (low > 0), high) for low, high in zip([0, *ends], ends, strict=False)]
    sentences = tuple(Sentence(n, PLAIN[a:b], (Span(1, a, b),), "body") for n, (a, b) in enumerate(spans))
    page = Page(1, PLAIN, (Region(0, len(PLAIN), "body"),))
    paper = Paper("2604.00002", 1, "Lamps", (), "", "x", (page,), sentences, ())
    return Case("lamps", "", (AllowedPaper("2604.00002", 1),)), Library(papers=[paper])


@pytest.mark.parametrize(
    ("quote", "kind"),
    [
        ("all lamps of the harbour burn whale oil in winter.", "quote_truncated"),
        ("the keepers trim the wicks of the lamps at night", "quote_truncated"),
        ("light the lamps of the pier in a storm.", "quote_truncated"),
        ("The lamps are lit in every month of the year", "quote_truncated"),
        ("The keepers do … the glass of the tall lamps.", "quote_truncated"),
        ("Each lamp holds seven litres of oil", None),
        ("each wick is made of flax.", None),
        ("Each lamp holds seven … of flax.", None),
        ("Each lamp holds […] oil, and each wick is made of flax.", None),
        ("[E]ach [lamp] holds seven litres of oil, and each wick [sic] is made of flax.", None),
        ("Each lamp holds [no more than] seven litres of oil, and each wick is made of flax.", "quote_mismatch"),
        (
            "all lamps of the harbour … are lit in every month of the year, except for the lamp on the pier.",
            "stitched_quote",
        ),
        ("each wick is made of flax … Each lamp holds seven litres of oil", "stitched_quote"),
        (PLAIN.split(". ")[0] + ".", None),
        ("The lamps are lit in every month of the year, except for the lamp on the pier.", None),
    ],
)
def test_quotes_may_be_cut_but_not_turned(quote: str, kind: str | None, lamps: tuple[Case, Library]) -> None:
    """A part that says the same alone is fine; what its sentence takes back may not be left out."""
    case, library = lamps
    result = judge(case, read_markdown(f"“{quote}” [1]\n\n[1] arXiv:2604.00002\n", case, library), library)
    assert {violation.kind for violation in result.violations} - {"number_mismatch"} == ({kind} if kind else set())


@pytest.mark.parametrize("many", [1, 2])
def test_time_grows_with_length_alone(many: int) -> None:
    """Twenty thousand words, as one paragraph or as many, with quotes or without, take seconds."""
    sentence = f"“{TRUE}” [1] " if many == 2 else f"{FIRST} [1]. "
    start = time.process_time()
    read_markdown(sentence * 1500, CASE, LIBRARY)
    assert time.process_time() - start < 10
