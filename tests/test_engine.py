"""The promises of an answer, on the demo papers and, where they are, on the real ones."""

from __future__ import annotations

import asyncio
import hashlib
import json
import pickle
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from rag import Answer, Brief, Engine, load_answer
from rag.answers import Draft, DraftClaim, Task
from rag.errors import BriefError, CorpusError, SettingsError
from rag.language import read_question
from rag.papers import Point, text_at
from rag.record import dump_answer
from rag.settings import resource
from tests.hash_embedder import HashEmbedder

DEMO = Brief.load(resource("demo") / "brief.txt")
FIRST, SECOND = (paper.paper for paper in DEMO.papers)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    made = Engine.open(tmp_path_factory.mktemp("corpus"), pdf_dir=resource("demo") / "pdf", offline=True)
    made.ingest(DEMO)
    return made


@pytest.fixture(scope="module")
def answer(engine: Engine) -> Answer:
    return engine.ask(DEMO)


def hashed(folder: Path) -> Engine:
    settings = Engine.open(folder, pdf_dir=resource("demo") / "pdf", offline=True).settings
    return Engine(settings, embedder=HashEmbedder())


def test_every_quote_stands_at_its_spans(engine: Engine, answer: Answer) -> None:
    """A citation's quote is the stored text at its spans, and its hashes are those of quote, page and PDF."""
    assert engine.index is not None
    cited = [c for claim in answer.claims for c in claim.citations] + [g.statement for g in answer.gaps if g.statement]
    from_pdf = [c for c in cited if c.source == "pdf"]
    assert len(from_pdf) >= 6
    for citation in from_pdf:
        paper = engine.index.paper(f"{citation.paper}v{citation.version}")
        assert text_at(paper.pages, citation.spans) == citation.quote
        assert hashlib.sha256(citation.quote.encode()).hexdigest() == citation.quote_sha256
        assert citation.pdf_sha256 == paper.pdf_sha256
        pages = [paper.pages[span.page - 1].text for span in citation.spans]
        assert [hashlib.sha256(page.encode()).hexdigest() for page in pages] == list(citation.page_text_sha256)


def test_every_claim_cites_an_allowed_paper_or_the_question(answer: Answer) -> None:
    """No claim is uncited, none cites a paper outside the whitelist, and both papers are heard."""
    cited = {c.paper for claim in answer.claims for c in claim.citations if c.source == "pdf"}
    assert all(claim.citations for claim in answer.claims)
    assert cited == {FIRST, SECOND}


def test_the_points_of_the_brief_become_the_sections(answer: Answer) -> None:
    """The answer has the brief's sections in order, a workflow row per model, and the whitelist's papers."""
    assert [section.title for section in answer.sections] == [point.title for point in DEMO.points]
    workflow = next(section for section in answer.sections if section.kind == "workflow")
    assert {claim.subject for claim in workflow.claims if claim.stage == "model"} == {FIRST, SECOND}
    assert [reference.paper for reference in answer.references] == [FIRST, SECOND]


def test_a_stated_limit_is_a_gap(answer: Answer) -> None:
    """What a paper names as future work on the question's topic is quoted as a gap."""
    stated = {gap.paper for gap in answer.gaps if gap.statement}
    assert stated == {FIRST, SECOND}


def test_a_limit_that_answers_is_no_gap(engine: Engine) -> None:
    """A stated limit that the answer quotes is not quoted once more as a gap."""
    told = engine.ask("What are the limitations of LapwingNet for video?", [SECOND])
    assert any("for future work" in claim.text for claim in told.claims)
    assert not [gap for gap in told.gaps if gap.statement]


def test_an_answer_reads_well_and_its_claims_are_a_table(engine: Engine, answer: Answer) -> None:
    """`str` says what it says, `repr` fits a line, each quote of each claim is a row, a page opens by itself."""
    assert all(claim.text in str(answer) for claim in answer.in_short)
    assert len(repr(answer)) < 150
    assert [row.quote for row in answer.rows] == [cited.quote for claim in answer.claims for cited in claim.citations]
    assert {row.section for row in answer.rows} <= {"In short", *(section.title for section in answer.sections)}
    assert answer.to_html().startswith("<!doctype html>")
    assert len(engine.page(answer)) > len(answer.to_html())  # by the pictures


class InSteps:
    """Write the first sentences of the evidence, each in a step of its own, as a chat model does."""

    name = "steps"

    def write(self, task: Task) -> Draft:
        return self.write_in_steps(task, lambda done, total: None, None)

    def write_in_steps(self, task: Task, step: Any, heard: Any) -> Draft:
        found = [item for item in task.evidence if item.source == "pdf"][:2]
        claims = tuple(DraftClaim(item.text, (item.id,), "verbatim") for item in found)
        for claim in claims:
            if heard:
                heard(0, [claim])
        return Draft((claims, *(() for _ in task.points[1:])))


def test_claims_are_streamed_with_their_quotes(engine: Engine) -> None:
    """What passes in a step is given as the answer has it; nothing that the answer says is missing from the stream."""
    other = Engine(engine.settings, writer=InSteps(), embedder=engine.embedder)
    stream = other.ask("How does TernBurst merge frames?", [FIRST], stream=True)
    given = list(stream)
    assert {claim.text for claim in given} >= {claim.text for claim in stream.answer.claims}
    assert all(cited.quote_sha256 for claim in given for cited in claim.citations)
    with pytest.raises(BriefError):
        other.ask("How?", [], stream=True)


def test_same_input_same_bytes(engine: Engine, answer: Answer, tmp_path: Path) -> None:
    """Asking again, and asking over an index built anew, gives the same record but for `run`."""
    again = Engine(replace(engine.settings, corpus=tmp_path), embedder=engine.embedder)
    assert dump_answer(again.ask(DEMO), run=False) == dump_answer(answer, run=False)
    assert dump_answer(engine.ask(DEMO), run=False) == dump_answer(answer, run=False)


def test_papers_that_are_not_allowed_change_nothing(tmp_path: Path) -> None:
    """The answer over one paper is the same whether or not the library holds another."""
    question = "How does TernBurst merge a burst of frames?"
    alone, beside = hashed(tmp_path / "alone"), hashed(tmp_path / "beside")
    alone.ingest([FIRST])
    beside.ingest([SECOND, FIRST])
    assert dump_answer(alone.ask(question, [FIRST]), run=False) == dump_answer(beside.ask(question, [FIRST]), run=False)


def test_the_record_reads_back(answer: Answer) -> None:
    """Writing a record and reading it back is the identity."""
    assert load_answer(answer.to_json()) == answer


def test_a_question_that_names_an_outside_paper_is_refused(engine: Engine) -> None:
    """The refusal is worded the same whether or not the library holds the paper that is named."""
    held = engine.ask(f"What does arXiv:{SECOND} say about motion?", [FIRST])
    unknown = engine.ask("What does arXiv:2001.56789 say about motion?", [FIRST])
    assert held.refusal is not None
    assert unknown.refusal is not None
    assert held.refusal.kind == "paper_not_allowed"
    assert held.refusal.detail.replace(SECOND, "X") == unknown.refusal.detail.replace("2001.56789", "X")
    assert held.claims == ()


def test_an_off_topic_question_is_refused(engine: Engine) -> None:
    """A question that the papers do not speak of gets a refusal, not a stretched answer."""
    refused = engine.ask("Which enzymes digest lactose in adult mammals?", [FIRST, SECOND])
    assert refused.status == "refused"
    assert refused.refusal is not None
    assert refused.refusal.kind == "not_in_allowed_papers"


def test_without_pdfs_the_summaries_speak_and_say_so(tmp_path: Path) -> None:
    """Offline and without PDFs the answer rests on the brief's summaries, marked so, with gaps and coverage."""
    alone = Engine(replace(Engine.open(tmp_path, offline=True).settings), embedder=HashEmbedder())
    told = alone.ask(DEMO)
    assert {c.source for claim in told.claims for c in claim.citations} <= {"summary", "brief"}
    expected = ["summary_only" if paper.summary else "not_fetched" for paper in DEMO.papers]
    assert [item.state for item in told.coverage] == expected
    assert [gap.paper for gap in told.gaps if gap.paper] == [FIRST, SECOND]


def test_nothing_at_all_is_unreadable(tmp_path: Path) -> None:
    """Neither PDF nor summary: a refusal that says so."""
    refused = Engine(Engine.open(tmp_path, offline=True).settings, embedder=HashEmbedder()).ask("How?", ["2101.00001"])
    assert refused.refusal is not None
    assert refused.refusal.kind == "unreadable"
    assert refused.coverage[0].state == "not_fetched"


def test_what_a_writer_invents_does_not_reach_the_answer(engine: Engine) -> None:
    """Unknown ids, uncited claims and foreign numbers are dropped with a reason; a good claim stays."""

    class Inventor:
        name = "inventor"

        def write(self, task: Task) -> Draft:
            good = next(e for e in task.evidence if e.source == "pdf" and e.label == "abstract")
            claims = (
                DraftClaim(good.text, (good.id,), "verbatim", good.paper),
                DraftClaim("It is the best of all models.", ("E9999",)),
                DraftClaim("It needs no citation at all.", ()),
                DraftClaim("It runs at 734 frames a second.", (good.id,)),
            )
            return Draft((claims, *(() for _ in task.points[1:])))

    told = Engine(engine.settings, writer=Inventor(), embedder=engine.embedder).ask(DEMO)
    texts = [claim.text for claim in told.claims]
    assert not any("E9999" in text or "734" in text or "best of all" in text or "no citation" in text for text in texts)
    assert len(told.dropped) >= 2
    assert all(dropped.reason for dropped in told.dropped)


def test_async_and_retriever_agree_with_the_plain_calls(engine: Engine, answer: Answer) -> None:
    """`aask` gives what `ask` gives; the LangChain retriever gives the passages of `search`, papers' own alone."""
    assert dump_answer(asyncio.run(engine.aask(DEMO)), run=False) == dump_answer(answer, run=False)
    hits = engine.search("burst of frames", [FIRST], 3)
    documents = engine.retriever(papers=[FIRST], k=3).invoke("burst of frames")
    assert [document.page_content for document in documents] == [hit.passage.text for hit in hits]
    assert all(document.metadata["page"] >= 1 and document.metadata["title"] for document in documents)
    assert {hit.paper for hit in hits} == {f"{FIRST}v1"}


def test_a_search_over_a_paper_that_cannot_be_had_says_so(engine: Engine) -> None:
    """Nothing found and nothing there are two things: the paper is named with the reason."""
    with pytest.raises(CorpusError, match=r"2301\.00001 is not stored, and could not be fetched: "):
        engine.search("burst", [FIRST, "2301.00001"])
    with pytest.raises(CorpusError, match=r"2301\.00001 is not stored"):
        engine.retriever(papers=["2301.00001"]).invoke("burst")


def test_a_retriever_outlives_its_process(engine: Engine) -> None:
    """A pickled retriever opens corpus and model again and finds the same."""
    made = engine.retriever(papers=[FIRST], k=2)
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - what was pickled a moment before
    assert again.invoke("burst of frames") == made.invoke("burst of frames")


def test_an_index_of_another_model_is_refused(engine: Engine) -> None:
    """A question embedded by another model than the index is refused with the command that mends it."""
    other = Engine(engine.settings, embedder=HashEmbedder())
    with pytest.raises(CorpusError, match=r"rag ingest --rebuild"):
        other.ask(DEMO)


@pytest.mark.parametrize(
    ("question", "papers", "error"),
    [("", ["2108.10257"], BriefError), ("How?", [], BriefError), ("How?", ["not an id"], BriefError)],
)
def test_bad_questions_are_named(engine: Engine, question: str, papers: list[str], error: type[Exception]) -> None:
    """A question that cannot be asked raises an error with one line."""
    with pytest.raises(error) as caught:
        engine.ask(question, papers)
    assert "\n" not in str(caught.value)


def test_unknown_options_are_named(tmp_path: Path) -> None:
    """An option that does not exist is a settings error, not a TypeError."""
    with pytest.raises(SettingsError, match="pdfdir"):
        Engine.open(tmp_path, pdfdir="x")


def test_the_example_brief(shared: Path, tmp_path: Path) -> None:
    """The first user's brief over its stand-in PDFs: all sections, four papers, rows, and SwinIR's own gap."""
    engine = Engine.open(tmp_path, pdf_dir=shared / "papers" / "seed", offline=True)
    told = engine.ask(Brief.load(shared / "briefs" / "sports-deblur.txt"))
    assert len(told.sections) == 3
    cited = [c.paper for claim in told.claims for c in claim.citations if c.source == "pdf"]
    assert len(cited) >= 6
    assert len(set(cited)) == 4
    workflow = next(section for section in told.sections if section.kind == "workflow")
    assert len({claim.subject for claim in workflow.claims if claim.stage}) == 4
    swinir = [gap.statement for gap in told.gaps if gap.paper == "2108.10257" and gap.statement]
    assert "deblurring" in swinir[0].quote
    assert engine.index is not None
    for citation in (c for claim in told.claims for c in claim.citations if c.source == "pdf"):
        entry = next(e for e in engine.index.entries if e.paper == citation.paper)
        assert text_at(engine.index.paper(entry.key).pages, citation.spans) == citation.quote


def test_run_is_apart(answer: Answer) -> None:
    """Times live in `run`; nothing else in the record changes from run to run."""
    record = json.loads(answer.to_json())
    assert record["run"]["total_s"] > 0
    assert "run" not in json.loads(dump_answer(answer, run=False))


def test_a_name_is_found_however_its_parts_are_joined(engine: Engine) -> None:
    """A model that the papers write together may be asked for with hyphens, and the other way round."""
    for name in ("Tern-Burst", "Lapwing-Net"):
        assert engine.ask(f"How many frames does {name} take?", [FIRST, SECOND]).refusal is None


def test_a_model_named_in_passing_is_not_asked_about(engine: Engine) -> None:
    """A paper that names another's model once cannot tell its loss; beside what it does tell, it may answer."""
    refused = engine.ask("How many points does a path of LapwingNet have, and what is its loss?", [FIRST])
    assert refused.refusal is not None
    assert refused.refusal.kind == "not_in_allowed_papers"
    assert engine.ask("What does LapwingNet predict for every pixel?", [FIRST]).refusal is None


def test_the_other_side_of_a_comparison_may_be_unknown(engine: Engine) -> None:
    """What an allowed paper is only compared with may be missing: its side is told, the other is a gap."""
    told = engine.ask("How does merging a burst of frames differ from PuffinNet-3?", [FIRST])
    assert told.refusal is None
    assert {claim.subject for claim in told.claims} == {FIRST}
    assert any("PuffinNet" in gap.topic for gap in told.gaps)
    assert engine.ask("How does PuffinNet-3 differ from merging a burst of frames?", [FIRST]).refusal is not None


def test_a_name_that_no_page_mentions_is_said_to_be_missing(engine: Engine) -> None:
    """What is asked of it is not stated: no claim answers, two quotes at most come nearest, each with its place."""
    told = engine.ask("Which exposure does TernBurst use in Norway?", [FIRST])
    assert told.status == "answered"
    assert told.claims == told.in_short == ()
    assert told.gaps[0].text.startswith("The allowed paper does not mention “Norway”")
    assert 1 <= len(told.gaps[0].nearest) <= 2
    assert all(quote.spans and quote.paper == FIRST for quote in told.gaps[0].nearest)
    assert load_answer(told.to_json()) == told


class Says:
    """A writer that hands in what it was made with."""

    name = "says"

    def __init__(self, **more: Any) -> None:
        self.more = more

    def write(self, task: Task) -> Draft:
        return Draft(tuple(() for _ in task.points), **self.more)


def test_a_writer_may_say_that_nothing_answers(engine: Engine) -> None:
    """Then no stand-in answers: the nearest quotes stand under the gap. In a brief the point's gap says so."""
    said = Engine(engine.settings, writer=Says(unstated=(0,)), embedder=engine.embedder)
    told = said.ask("How does TernBurst merge a burst of frames?", [FIRST])
    assert told.claims == ()
    assert told.gaps[0].text.startswith("No sentence was found that answers")
    assert told.gaps[0].nearest
    brief = said.ask(replace(DEMO, points=(Point("How", text="How does it work?"), *DEMO.points)))
    assert brief.sections[0].claims
    assert any(gap.topic == "How" and "comes nearest" in gap.text for gap in brief.gaps)


def test_a_model_that_failed_in_part_is_told(engine: Engine) -> None:
    """A notice says by what, and the answer stands on the papers' own sentences."""
    said = Engine(engine.settings, writer=Says(provenance={"failed": "timeout"}), embedder=engine.embedder)
    told = said.ask("How does TernBurst merge a burst of frames?", [FIRST])
    assert [(notice.kind, "timeout" in notice.text) for notice in told.notices] == [("model_failed", True)]
    assert told.in_short


def test_an_answer_opens_with_what_answers(engine: Engine, answer: Answer) -> None:
    """A bare question's first claim or two, and a brief's nearest, stand in short and in their section as well."""
    told = engine.ask("How does TernBurst merge a burst of frames?", [FIRST])
    assert 1 <= len(told.in_short) <= 2
    assert told.in_short == told.sections[0].claims[: len(told.in_short)]
    assert 1 <= len(answer.in_short) <= 2
    assert set(answer.in_short) <= {claim for section in answer.sections for claim in section.claims}
    assert all(claim.checks for claim in (*told.claims, *answer.claims))


def test_a_question_that_any_paper_can_be_asked_is_answered(engine: Engine) -> None:
    """Generic questions are not refused for want of shared words."""
    assert engine.ask("How was the dataset collected?", [FIRST]).refusal is None


def test_a_refusal_shows_what_comes_nearest_and_not_as_an_answer(engine: Engine) -> None:
    """At most two quotes stand under a refusal, whatever it is for; its print is judged a refusal as well."""
    for asked in ("Which cake do Vikings bake on Mondays?", "How does LapwingNet-9 restore a frame?"):
        answer = engine.ask(Brief.of(asked, [FIRST]))
        assert answer.refusal
        assert not answer.claims
        (gap,) = answer.gaps
        assert 1 <= len(gap.nearest) <= 2
        printed = answer.to_markdown()
        assert all(quote.quote[:20] in printed for quote in gap.nearest)
        assert "In short" not in printed


def test_a_question_is_read_once(engine: Engine) -> None:
    """Its text, and that of its parts, is read while it is prepared; after that it is searched for and compared, as is.

    Of today's readers two read it, and three cut it into words: as a query, for its spelling, and as a sentence shown.
    """
    asked = "How does TernBurst merge a burst of frames, and why is it compared with a single long exposure?"
    texts = {asked, *(part.text for part in read_question(asked).parts)}
    brief = Brief.of(asked, [FIRST])
    readers: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        code, caller = frame.f_code, frame.f_back.f_globals.get("__name__", "") if frame.f_back else ""
        given = [frame.f_locals[name] for name in code.co_varnames[: code.co_argcount]]
        rooms = ("rag.language", "rag.briefs")
        if event == "call" and frame.f_globals.get("__name__", "").startswith(rooms) and not caller.startswith(rooms):
            readers.update((caller, code.co_name) for text in given if isinstance(text, str) and text in texts)

    sys.setprofile(watch)
    try:
        assert engine.ask(brief).refusal is None
    finally:
        sys.setprofile(None)
    assert readers == {
        ("rag.prepared", "read_names"),
        ("rag.prepared", "read_question"),
        ("rag.prepared", "written_words"),  # for slips of spelling
        ("rag.searching.retrieve", "words"),
        ("rag.writers.nearness", "words"),
    }
