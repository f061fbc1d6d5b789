"""Search agrees with brute force in values, and nothing but the whitelist has a say in it."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import CorpusError
from rag.language import words
from rag.papers import Hit
from rag.searching import Index, search
from rag.searching.retrieve import BREVITY, DENSE_WEIGHT, K1, B, Scope
from tests.shelf import EMBEDDER, VOCABULARY, invented, key, shelve, vectors_of

PAPERS = 12


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return shelve(tmp_path_factory.mktemp("index"), [invented(number, passages=3 + number) for number in range(PAPERS)])


def found(index: Index, allowed: Sequence[int], *queries: str, **options: object) -> tuple[Hit, ...]:
    asked = list(queries)
    return search(index, [key(n) for n in allowed], asked, EMBEDDER.embed(asked), **options)  # type: ignore[arg-type]


def told(hits: Sequence[Hit]) -> list[tuple[str, int, float, dict[str, float]]]:
    return [(hit.paper, hit.passage.number, hit.score, dict(hit.scores)) for hit in hits]


def by_hand(allowed: Sequence[int], query: str) -> dict[tuple[str, int], tuple[float, float, float]]:
    """Return cosine, BM25 and fused score of every allowed passage, by the formulas of the papers."""
    papers = [invented(number, passages=3 + number) for number in sorted(allowed)]
    passages = [(paper.key, passage) for paper in papers for passage in paper.passages]
    counts = [Counter(words(passage.text)) for _, passage in passages]
    mean = sum(count.total() for count in counts) / len(counts)
    idf = {}
    for word in set(words(query)):
        df = sum(word in count for count in counts)
        idf[word] = math.log(1 + (len(counts) - df + 0.5) / (df + 0.5))
    cosines = np.concatenate([vectors_of(paper) for paper in papers]) @ EMBEDDER.embed([query])[0]
    scores = {}
    for (name, passage), count, cosine in zip(passages, counts, cosines.tolist(), strict=True):
        norm = K1 * (1 - B + B * count.total() / mean)
        bm25 = sum(weight * count[word] / (count[word] + norm) for word, weight in idf.items())
        brief = min(1.0, count.total() / BREVITY)
        fused = DENSE_WEIGHT * brief * cosine + (1 - DENSE_WEIGHT) * bm25 / (sum(idf.values()) or 1.0)
        scores[name, passage.number] = (cosine, bm25, fused)
    return scores


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    allowed=st.sets(st.integers(0, PAPERS - 1), min_size=1),
    query=st.lists(st.sampled_from([*VOCABULARY, "unheard"]), min_size=1, max_size=6).map(" ".join),
    k=st.integers(1, 40),
    depth=st.integers(1, 60),
)
def test_search_agrees_with_brute_force_in_values(
    index: Index, allowed: set[int], query: str, k: int, depth: int
) -> None:
    """For any whitelist: k hits (or all), from allowed papers only, with the scores of the formulas, in order."""
    hits = found(index, sorted(allowed), query, k=k, depth=depth)
    expected = by_hand(sorted(allowed), query)
    assert len(hits) == min(k, len(expected))
    assert len({(hit.paper, hit.passage.number) for hit in hits}) == len(hits)
    for hit in hits:
        cosine, bm25, fused = expected[hit.paper, hit.passage.number]
        assert hit.scores["dense"] == pytest.approx(cosine, abs=1e-5)
        assert hit.scores["bm25"] == pytest.approx(bm25, abs=1e-5)
        assert hit.score == hit.scores["question"] == pytest.approx(fused, abs=1e-5)
    firsts = [hit.score for hit in hits if "copy" not in hit.scores]
    assert firsts == sorted(firsts, reverse=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(allowed=st.sets(st.integers(0, PAPERS - 1), min_size=1), k=st.integers(1, 20))
def test_the_best_passage_of_all_is_found_first(index: Index, allowed: set[int], k: int) -> None:
    """With depth for all passages, the ranking is brute force's ranking; copies come last."""
    query = "motion blur of the shutter"
    hits = found(index, sorted(allowed), query, k=k, depth=500)
    expected = by_hand(sorted(allowed), query)
    best = max(fused for _, _, fused in expected.values())
    assert hits[0].score == pytest.approx(best, abs=1e-5)


def test_papers_that_are_not_allowed_change_no_hit_and_no_score(tmp_path: Path) -> None:
    """Adding papers outside the whitelist, before or after, changes nothing: not one bit of a score."""
    allowed = [invented(1), invented(2)]
    others = [invented(number, passages=30) for number in range(20, 40)]
    queries = ("shutter blur", "noise of the sensor", "river")
    alone = found(shelve(tmp_path / "alone", allowed), (1, 2), *queries, k=7)
    crowded = found(
        shelve(tmp_path / "crowded", [*others[:10], allowed[1], *others[10:], allowed[0]]), (1, 2), *queries, k=7
    )
    assert told(alone) == told(crowded)


@pytest.mark.parametrize("seed", range(30))
def test_random_whitelists_give_only_what_they_allow(index: Index, seed: int) -> None:
    """No whitelist gives an empty or short result, or a paper outside it."""
    rng = random.Random(seed)  # noqa: S311 - made-up data
    allowed = rng.sample(range(PAPERS), rng.randint(1, PAPERS))
    spread = rng.random() < 0.5
    hits = found(
        index, allowed, *rng.sample(VOCABULARY, rng.randint(1, 4)), k=10, depth=rng.randint(1, 50), spread=spread
    )
    assert len(hits) == min(10, sum(3 + number for number in allowed))
    assert {hit.paper for hit in hits} <= {key(number) for number in allowed}


def test_results_are_the_same_after_reload_and_for_any_order_of_the_whitelist(index: Index) -> None:
    """Same index on disk, same whitelist in any order: the same hits."""
    again = Index.open(index.folder)
    assert told(found(index, (3, 1, 7), "lens focus", k=9)) == told(found(again, (7, 3, 1, 1), "lens focus", k=9))


def test_ties_are_broken_by_paper_and_passage(tmp_path: Path) -> None:
    """Passages with the same score come by paper id, then by number, however they were stored."""
    same = [invented(number, texts=["tide river light", "tide river light"]) for number in (9, 4, 6)]
    hits = found(shelve(tmp_path, same), (6, 9, 4), "tide", k=6)
    originals = [(hit.paper, hit.passage.number) for hit in hits]
    assert originals == sorted(originals)
    assert len({hit.score for hit in hits}) == 1


def test_ties_at_the_cut_are_broken_by_id_too(tmp_path: Path) -> None:
    """Among a hundred equal passages the k first by id are returned, not any k."""
    index = shelve(tmp_path, [invented(n, texts=["grain edge"] * 10) for n in range(10)])
    scores, places = index.dense(EMBEDDER.embed(["grain edge"]), [key(n) for n in range(10)], 7)
    assert places.tolist() == [list(range(7))]
    assert len(set(scores[0].tolist())) == 1


def test_copies_of_a_better_passage_come_last(tmp_path: Path) -> None:
    """A passage that repeats a better one is marked and moved behind all others, so that k is still filled."""
    long = "motion blur kernel of the shutter moves over the sensor while light and noise fall on the frame"
    texts = [long, f"{long} again", "motion and river tide edge grain focus pixel", "depth of the lens"]
    hits = found(shelve(tmp_path, [invented(1, texts=texts)]), (1,), "motion blur kernel shutter", k=4)
    assert [hit.passage.number for hit in hits][:1] == [0]
    assert hits[-1].passage.number == 1
    assert [hit.scores.get("copy") for hit in hits] == [None, None, None, 1.0]


def test_spread_hears_every_paper_before_any_twice(index: Index) -> None:
    """With spread, the first hits are one of each allowed paper, even of one that fits badly."""
    hits = found(index, range(6), "river tide", k=12, spread=True)
    assert {hit.paper for hit in hits[:6]} == {key(number) for number in range(6)}
    assert {hit.paper for hit in hits[6:]} == {key(number) for number in range(6)}


def test_a_copy_in_another_paper_does_not_silence_it(tmp_path: Path) -> None:
    """Where every paper is to be heard, only a paper's own copies are set back."""
    text = "motion blur kernel of the shutter moves over the sensor while light falls"
    index = shelve(tmp_path, [invented(number, texts=[text, "river tide"]) for number in (1, 2)])
    hits = found(index, (1, 2), "motion blur", k=2, spread=True)
    assert [(hit.paper, hit.passage.number) for hit in hits] == [(key(1), 0), (key(2), 0)]


def test_label_filters_fill_k_from_any_depth(tmp_path: Path) -> None:
    """Passages of the label asked for come back, k of them if there are k, however far down they rank."""
    papers = [invented(1, texts=["motion blur"] * 40), invented(2, texts=["river tide"] * 5, label="abstract")]
    hits = found(shelve(tmp_path, papers), (1, 2), "motion blur", k=4, depth=4, labels=frozenset({"abstract"}))
    assert [hit.passage.label for hit in hits] == ["abstract"] * 4


def test_facets_count_as_much_as_the_question(index: Index) -> None:
    """A hit's score is the mean of the question's and its best facet's."""
    for hit in found(index, range(4), "lens", "river tide", "noise", k=5):
        assert hit.score == pytest.approx((hit.scores["question"] + hit.scores["facet"]) / 2, abs=1e-6)


def test_nothing_allowed_or_asked_gives_nothing(index: Index) -> None:
    """No papers, no queries or k below one: no hits, no error; an unknown paper is an error that names it."""
    assert found(index, (), "lens") == ()
    assert search(index, [key(1)], [], EMBEDDER.embed([])) == ()
    assert found(index, (1,), "lens", k=0) == ()
    with pytest.raises(CorpusError, match=r"9999\.99999v1 is not in the index"):
        search(index, ["9999.99999v1"], ["lens"], EMBEDDER.embed(["lens"]))


def test_a_paper_without_passages_is_silent(tmp_path: Path) -> None:
    """A paper of which nothing could be read is allowed and adds nothing."""
    empty = invented(1)
    empty = replace(empty, passages=())
    index = shelve(tmp_path, [empty, invented(2)])
    assert found(index, (1,), "lens") == ()
    assert {hit.paper for hit in found(index, (1, 2), "lens", k=3)} == {key(2)}


@pytest.mark.parametrize("query", ["", "   ", "the of and", "\x00\ud83d", "½ ﬁ ſ", "x" * 10_000, "unheard-of words"])
def test_hostile_queries_are_only_queries(index: Index, query: str) -> None:
    """Empty, meaningless and malformed queries give k ranked hits with finite scores."""
    hits = search(index, [key(1), key(2)], [query], EMBEDDER.embed(["lens"]), k=3)
    assert len(hits) == 3
    assert all(math.isfinite(hit.score) for hit in hits)


def test_a_scope_knows_every_place(index: Index) -> None:
    """Positions run through all passages in order of paper and number, and vectors are found by position."""
    scope = Scope.of(index, [key(5), key(2)])
    places = [scope.place(position) for position in range(len(scope))]
    assert places == [(key(2), n) for n in range(5)] + [(key(5), n) for n in range(8)]
    stored = np.concatenate([vectors_of(invented(2, passages=5)), vectors_of(invented(5, passages=8))])
    assert np.array_equal(scope.vectors(np.arange(len(scope))), stored)
