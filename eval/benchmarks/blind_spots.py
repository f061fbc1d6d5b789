"""Show what other ways of scoring citations cannot see, beside this judge, in one run over the same answers.

    python -m eval.benchmarks.blind_spots

The others are re-stated here from their published formulas, in a few lines each; where they ask a model whether a text
entails a sentence, all columns use the same stated wording check (`eval.support`), so that only the formulas differ.

- ALCE (Gao et al. 2023): marks are read as `[digits`, minus one is the index; a sentence with a mark past the end
  counts as not recalled and its marks are left out of precision; index -1 is the last document.
- resolved only (as in open-rag-eval): marks that lead to no supplied source are dropped first; F1 over what is left.
- substring (as in RAGAS, quoted spans): a quote counts when it stands in the joined text of all sources.
- DeepEval (`metrics/faithfulness/faithfulness.py`, commit e3a1b535, `_calculate_score`): the share of the answer's
  claims that the retrieved texts do not contradict; no claim at all scores 1; marks are not read.
- TruLens (`feedback/llm_provider.py`, commit 71872fd0, `groundedness_measure_with_cot_reasons`): the mean, over the
  answer's sentences, of how far the joined source bears them out; marks are not read.

Records tampered with stand in the last rows, one for each way of `eval.mutants.records`. The others read what a record
says in its claims, so that most of them score it as they score the unbroken one.

open-rag-eval as read: `metrics/citation_metric.py`, commit 0320283a; a citation whose passage is not found is skipped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval import mutants
from eval.cases import Case
from eval.compliant import make_case, make_world
from eval.exhibits import from_answer
from eval.invented import Invented, shelf
from eval.judge import JudgedCase, judge
from eval.library import Library
from eval.metrics import shares
from eval.read_markdown import read_markdown
from eval.sentences import sentences
from eval.support import THRESHOLD, differs, overlap, supported


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold one answer's body, its list of references, and what a blind score would call it."""

    name: str
    body: str
    references: tuple[str, ...]
    expected: frozenset[str]  # kinds that this judge must find; empty for a good answer


@dataclass(frozen=True, slots=True)
class Scores:
    """Hold what each way of scoring gives; None where it has no data."""

    alce_recall: float | None
    alce_precision: float | None
    resolved_f1: float | None
    substring: float | None
    deepeval: float
    trulens: float | None
    verdicts: tuple[str, ...]
    kinds: tuple[str, ...]
    precision: float | None


# --- the others, re-stated --------------------------------------------------------------------------------------


def _split(body: str) -> list[str]:
    return [body[low:high] for low, high in sentences(body)]


def _bare(sentence: str) -> str:
    """Take the marks off a sentence, as ALCE does."""
    return re.sub(r"\[\d+", "", re.sub(r" \[\d+", "", sentence)).replace(" |", "").replace("]", "")


def alce(body: str, documents: Sequence[str]) -> tuple[float | None, float | None]:
    """Return citation recall and precision by ALCE's formulas (its eval.py, `compute_autoais`)."""
    recalled = precise = cited = 0
    told = _split(body)
    for sentence in told:
        marks = [int(mark[1:]) - 1 for mark in re.findall(r"\[\d+", sentence)]
        claim = _bare(sentence)
        if not marks or any(mark >= len(documents) for mark in marks):
            continue
        cited += len(marks)
        texts = [documents[mark] for mark in marks]  # -1 is the last document
        joint = supported(claim, ["\n".join(texts)])
        recalled += joint
        if not joint:
            continue
        if len(marks) == 1:
            precise += 1
            continue
        for i in range(len(marks)):
            rest = "\n".join(text for j, text in enumerate(texts) if j != i)
            precise += supported(claim, [texts[i]]) or not supported(claim, [rest])
    return _ratio(recalled, len(told)), _ratio(precise, cited)


def resolved_only(body: str, documents: Sequence[str]) -> float | None:
    """Return F1 over marks that lead to a supplied source; the others are dropped before counting."""
    right = marked = borne = 0
    told = _split(body)
    for sentence in told:
        marks = [int(mark) for mark in re.findall(r"\[(\d+)\]", sentence)]
        valid = [documents[mark - 1] for mark in marks if 1 <= mark <= len(documents)]
        hits = [supported(_bare(sentence), [text]) for text in valid]
        marked += len(valid)
        right += sum(hits)
        borne += any(hits)
    precision, recall = _ratio(right, marked), _ratio(borne, len(told))
    if precision is None or recall is None or precision + recall == 0:
        return None if precision is None else 0.0
    return 2 * precision * recall / (precision + recall)


def substring(body: str, documents: Sequence[str]) -> float | None:
    """Return the share of quoted spans that stand in the joined text of all sources."""
    joined = " ".join(" ".join(documents).lower().split())
    quotes = re.findall(r"“([^”]{8,})”", body)
    return _ratio(sum(" ".join(quote.lower().split()) in joined for quote in quotes), len(quotes))


def uncontradicted(body: str, documents: Sequence[str]) -> float:
    """Return the share of sentences that the sources do not contradict: same words, but another figure or direction."""
    told = [_bare(sentence) for sentence in _split(body)]
    against = [(overlap(claim, documents) or 0.0) >= THRESHOLD and differs(claim, documents) for claim in told]
    return 1 - sum(against) / len(told) if told else 1.0


def grounded(body: str, documents: Sequence[str]) -> float | None:
    """Return the mean, over sentences, of whether the joined sources bear them out."""
    told = _split(body)
    return _ratio(sum(supported(_bare(sentence), ["\n".join(documents)]) for sentence in told), len(told))


def _ratio(hits: int, of: int) -> float | None:
    return hits / of if of else None


_NOWHERE, _UNCITED = frozenset({"unknown_evidence"}), frozenset({"uncited_claim"})


# --- the answers --------------------------------------------------------------------------------------------------


def _reference(number: int, paper: Invented, title: str | None = None) -> str:
    return f"[{number}] “{title or paper.title}”, https://arxiv.org/abs/{paper.paper_id}v{paper.version}"


def answers(papers: Sequence[Invented]) -> list[Answer]:
    """Return the cases of blindness: two controls first."""
    one, two = papers[:2]
    listed = (_reference(1, one), _reference(2, two))
    fact, other, third = one.facts[0], one.facts[1], two.facts[0]
    first, second = fact.sentence.rstrip("."), third.sentence.rstrip(".")
    cut, back = first.index(" ", len(first) // 2), second.index(" ", len(second) // 2)
    fabricated = " ".join(f"Further trials agree with study {n} of the series [{n}]." for n in range(11, 20))
    wrong = next(f for f in one.facts if re.search(r"\d\d", f.sentence))
    number = re.search(r"\d\d+", wrong.paraphrase)
    assert number is not None
    false = wrong.paraphrase.replace(number[0], str(int(number[0]) + 7), 1)
    foreign = "[3] “A Memory of Ancient Filters”, https://arxiv.org/abs/1801.01234"
    return [
        Answer("good answer", f"The authors write: “{fact.sentence}” [1] {other.paraphrase} [1]", listed, frozenset()),
        Answer(
            "1 good and 1 uncited", (f"{fact.paraphrase} [1] {other.paraphrase}"), listed, frozenset({"uncited_claim"})
        ),
        Answer(
            ("9 invented marks beside 1 good, one sentence"),
            f"{fact.paraphrase} [1]" + "".join(f"[{n}]" for n in range(11, 20)),
            listed,
            frozenset({"unknown_evidence"}),
        ),
        Answer(
            ("9 invented marks beside 1 good, ten sentences"),
            f"{fact.paraphrase} [1] {fabricated}",
            listed,
            frozenset({"unknown_evidence"}),
        ),
        Answer(
            ("9 real but foreign papers beside 1 good"),
            f"{fact.paraphrase} [1]" + "".join(f"[{n}]" for n in range(3, 12)),
            (*listed, *(f"[{n}] https://arxiv.org/abs/1801.0{1200 + n}" for n in range(3, 12))),
            frozenset({"outside_whitelist"}),
        ),
        Answer(
            ("quote stitched over two papers"),
            (f"The authors write: “{first[:cut]} {second[back + 1 :]}” [1]"),
            listed,
            frozenset({"stitched_quote"}),
        ),
        Answer(
            ("true quote from the wrong paper"),
            (f"The authors write: “{next(f for f in two.facts if two.model in f.sentence).sentence}” [1]"),
            listed,
            frozenset({"wrong_paper"}),
        ),
        Answer("citation [0]", f"{two.facts[1].paraphrase} [0]", listed, frozenset({"unknown_evidence"})),
        Answer("citation [1-999999]", f"{fact.paraphrase} [1-999999]", listed, frozenset({"unknown_evidence"})),
        Answer(
            ("valid mark beside an invalid one"), f"{fact.paraphrase} [1][7]", listed, frozenset({"unknown_evidence"})
        ),
        Answer(
            ("outside paper named in prose only"),
            (f"{fact.paraphrase.rstrip('.')}, as Ivers et al. (2021) had found before. [1]"),
            listed,
            frozenset({"outside_work_mentioned"}),
        ),
        Answer("real paper cited for a figure it lacks", f"{false} [1]", listed, frozenset({"number_mismatch"})),
        Answer(
            ("right id under another paper's title"),
            f"{fact.paraphrase} [1]",
            (_reference(1, one, two.title), listed[1]),
            frozenset({"title_mismatch"}),
        ),
        Answer(
            ("a foreign paper listed, not cited"),
            f"{fact.paraphrase} [1]",
            (*listed, foreign),
            frozenset({"outside_whitelist"}),
        ),
        *_as_people_write(one, fact.paraphrase, fact.sentence, listed),
    ]


def _as_people_write(paper: Invented, claim: str, sentence: str, listed: tuple[str, ...]) -> list[Answer]:
    """Return answers whose faults, or whose soundness, lie in how they are written."""
    false, plain = sentence.replace(" ", " hardly ", 1), claim.rstrip(".")
    cut = next(fact.sentence for fact in paper.facts if "do not " in fact.sentence).split("do not ")[1]
    mismatch = frozenset({"quote_mismatch"})
    return [
        Answer("good answer with another tool's mark", f"{plain} (Source: {paper.paper_id}.pdf).", listed, frozenset()),
        Answer("good answer that quotes in German marks", f"„{sentence}“ [1]", listed, frozenset()),
        Answer("good answer, its list by title alone", f"{claim} [1]", (f"[1] {paper.title}",), frozenset()),
        Answer("an invented sentence in Russian", f"{claim} [1] Модель использует девять ламп.", listed, _UNCITED),
        Answer("an invented quotation set off as a block", f"> {false} [1]", listed, mismatch),
        Answer("an invented quote in German marks", f"„{false}“ [1]", listed, mismatch),
        Answer("a quote cut behind its negation", f"“{cut}” [1]", listed, mismatch),
        Answer(
            "a foreign paper in a fence",
            f"{claim} [1]\n\n```\narXiv:1801.01234\n```",
            listed,
            frozenset({"outside_work_mentioned"}),
        ),
        Answer(
            "a claim in a fence",
            f"{claim} [1]\n\n```text\nThe lamps of the pier burn for nine hours.\n```",
            listed,
            _UNCITED,
        ),
        Answer(
            "a foreign file behind a mark of a file search",
            f"{plain}.【4:0†1801.01234.pdf】",
            listed,
            frozenset({"outside_whitelist"}),
        ),
        Answer("a file nobody knows behind a mark", f"{plain} [Source: a.pdf, page 3].", listed, _NOWHERE),
        Answer("a raised number that leads nowhere", f"{plain}.<sup>9</sup>", listed, _NOWHERE),
        Answer("a key of BibTeX that leads nowhere", f"{plain} \\cite{{swift2020lamps}}.", listed, _NOWHERE),
    ]


def markdown(answer: Answer) -> str:
    """Return an answer as Markdown with its list of references."""
    return f"## Answer\n\n{answer.body}\n\n## References\n\n" + "\n".join(answer.references) + "\n"


def _document(paper: Invented) -> str:
    return " ".join(sentence.text for sentence in paper.paper.sentences)


def _adjoining(papers: Sequence[Invented], answer: Answer) -> list[str]:
    """Return the sources as a caller would supply them: for a stitched quote, cut where the two halves meet.

    Joining sources before looking makes any two neighbours one text; this shows it with passages that end and begin
    where the quote was stitched, as retrieved passages do.
    """
    if "stitched_quote" not in answer.expected:
        return [_document(paper) for paper in papers]
    first, second = papers[0].facts[0].sentence.rstrip("."), papers[1].facts[0].sentence.rstrip(".")
    cut, back = first.index(" ", len(first) // 2), second.index(" ", len(second) // 2)
    return [
        _document(papers[0]).split(first)[0] + first[:cut],
        second[back + 1 :] + _document(papers[1]).split(second)[1],
    ]


def score(answer: Answer, papers: Sequence[Invented], case: Case, library: Library) -> Scores:
    """Return every way's score of one answer."""
    judged = judge(case, read_markdown(markdown(answer), case, library), library)
    return _scores(answer, papers, judged)


def _scores(answer: Answer, papers: Sequence[Invented], judged: JudgedCase) -> Scores:
    documents = [_document(paper) for paper in papers]
    recall, precision = alce(answer.body, documents)
    return Scores(
        recall,
        precision,
        resolved_only(answer.body, documents),
        substring(answer.body, _adjoining(papers, answer)),
        uncontradicted(answer.body, documents),
        grounded(answer.body, documents),
        tuple(claim.verdict for claim in judged.claims),
        _kinds(judged),
        shares([judged])["citation_precision"].value,
    )


def _kinds(judged: JudgedCase) -> tuple[str, ...]:
    return tuple(dict.fromkeys(violation.kind for violation in judged.violations))


def run() -> list[tuple[Answer, Scores]]:
    """Score every case."""
    papers = shelf(7, 3, first=91201)
    case = make_case(papers[:2], "blind spots")
    library = Library(papers=[paper.paper for paper in papers])
    return [
        *((answer, score(answer, papers[:2], case, library)) for answer in answers(papers[:2])),
        *_tampered(papers, library),
    ]


def _tampered(papers: Sequence[Invented], library: Library) -> Iterator[tuple[Answer, Scores]]:
    """Score a record as it was made, and tampered with in every way that is known."""
    world = make_world(papers, 2, 7)
    numbers = {paper.paper_id: number for number, paper in enumerate(papers, start=1)}
    broken = [
        mutants.Mutant("", "", "", world.answer, world.case),
        *(
            next(mutants.mutants([world], 1, 7, [kind], [way]))
            for kind in ("record_mismatch", "altered_record")
            for way in mutants.MUTATORS[kind]
        ),
    ]
    for mutant in broken:
        body = " ".join(
            f"{claim.text} [{numbers[claim.citations[0].paper]}]" if claim.citations[0].paper else claim.text
            for claim in mutant.answer.claims
        )
        name = f"record, {mutant.variant.replace('_', ' ')}" if mutant.kind else "record as it was made"
        answer = Answer(name, body, (), frozenset({mutant.kind} - {""}))
        judged = judge(mutant.case, from_answer(mutant.answer), library)
        yield answer, _scores(answer, papers[:2], judged)


def table(rows: Sequence[tuple[Answer, Scores]]) -> str:
    """Return the scores as a Markdown table."""
    lines = [
        (
            "| answer | ALCE recall | ALCE precision | resolved-only F1 | substring | DeepEval | TruLens | this judge: "
            "precision | this judge: violations |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for answer, s in rows:
        others = (s.alce_recall, s.alce_precision, s.resolved_f1, s.substring, s.deepeval, s.trulens)
        cells = [_cell(v) for v in (*others, s.precision)]
        lines.append(f"| {answer.name} | {' | '.join(cells)} | {', '.join(s.kinds) or 'none'} |")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "no data" if value is None else f"{value:.2f}"


def main() -> int:
    """Print the table; exit 1 when this judge misses one of the cases or condemns the good answer."""
    rows = run()
    print(table(rows))
    missed = [a.name for a, s in rows if not a.expected <= set(s.kinds) or bool(a.expected) != bool(s.kinds)]
    for name in missed:
        print(f"missed: {name}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
