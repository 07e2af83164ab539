"""Which pairs people should see: scores by hand, the random arm, budgets, and planted wrong labels that are routed."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.review.routing import (
    Routing,
    choose_rows,
    score_rows,
    shared_budget,
    shared_text,
    votes_of_raters,
)
from polypref.review.sheet_rows import SheetRow

X, Y = "a" * 32, "b" * 32


def row(number: int = 0, chosen: str = "abcdefgh", rejected: str = "stuvwxyz", **more: object) -> SheetRow:
    pair = SheetRow(f"{number:032x}", [], chosen, rejected, X, Y, "rater", 1.0, [], 1, 0)
    return replace(pair, **more)  # type: ignore[arg-type]


def test_scores_by_hand() -> None:
    # Of two rows that differ in one thing the less sure one has rank 1 of it and the other 0; of the four other things
    # both have .5: (4 * .5 + 1) / 5 = .6 against .4.
    plain = row(1)
    for other in (
        replace(plain, score_margin=0.1),
        replace(plain, flags=["chosen_mixed_language"]),
        replace(plain, chosen="stuvwxya"),  # as long, and much alike
    ):
        assert score_rows([plain, other], {}).tolist() == pytest.approx([0.4, 0.6])
    # What reviewers decided before is no flag of a check.
    assert score_rows([plain, replace(plain, flags=["review_agreed"])], {}).tolist() == pytest.approx([0.5, 0.5])
    # The shorter chosen answer: rank 1 of that, and rank 0 of lengths that are alike.
    shorter, longer = replace(plain, chosen="abc"), replace(plain, rejected="stu")
    assert score_rows([shorter, longer], {}).tolist() == pytest.approx([0.6, 0.4])


def test_votes_and_raters_against_a_label_count_most() -> None:
    rows = [row(1), row(2, votes=4, against=3), row(3)]
    scores = score_rows(rows, {rows[2].pair_id: 0.5})
    assert (scores - 0.5).tolist() == pytest.approx([0, 0.75, 0.5])


def test_a_margin_that_is_not_known_is_in_the_middle() -> None:
    rows = [row(1, score_margin=0.1), row(2, score_margin=None), row(3, score_margin=9.0), row(4, score_margin=2.0)]
    scores = score_rows(rows, {})
    assert scores[0] > scores[1] > scores[2] and scores[1] == scores[3]


def test_shared_text_is_the_jaccard_similarity_of_stretches() -> None:
    assert shared_text("abcd", "abce") == 1 / 3 and shared_text("ab", "ab") == 1 and shared_text("", "x") == 0
    assert shared_text("x" * 5_000, "x" * 2_000 + "y" * 3_000) == 1


ROWS = st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9), st.integers(0, 3)), max_size=30)


@given(ROWS, st.integers(1, 40), st.floats(0, 1))
def test_a_sheet_has_the_number_that_was_asked_for_and_each_row_one_way(
    texts: list[tuple[str, str, int]], number: int, share: float
) -> None:
    rows = [row(at, one, other, score_margin=float(margin)) for at, (one, other, margin) in enumerate(texts)]
    chosen = choose_rows(rows, number, Routing(share))
    ids = [one.pair_id for one in chosen.rows]
    assert len(ids) == min(number, len(rows)) and sorted(ids) == sorted([*chosen.routed, *chosen.drawn])
    assert len(chosen.drawn) == min(len(rows), round(number * share))
    # What is drawn does not depend on scores: it is the first of the rows, whose order is random.
    assert set(chosen.drawn) == {one.pair_id for one in rows[: len(chosen.drawn)]}
    assert ids == sorted(ids)


def test_the_highest_scores_are_routed() -> None:
    rows = [row(at, score_margin=float(at)) for at in range(20)]
    chosen = choose_rows(rows, 8, Routing(0.25))
    assert chosen.drawn == [row(0).pair_id, row(1).pair_id]
    assert chosen.routed == [row(at).pair_id for at in range(2, 8)]  # the closest scores of those that are left


@pytest.mark.parametrize("seed", range(3))
def test_planted_wrong_labels_are_routed_more_often_than_drawn(seed: int) -> None:
    """A rater errs at a rate exp(-margin) / 2, and prefers the longer of two answers when it does."""
    draw = random.Random(seed)
    rows, wrong = [], set()
    for at in range(2_000):
        margin = draw.expovariate(1.0)
        one, other = ("x" * draw.randint(20, 400) for _ in range(2))
        row_ = row(at, one, other, score_margin=margin)
        rows.append(row_)
        if draw.random() < 0.5 * np.exp(-margin):
            wrong.add(row_.pair_id)
    chosen = choose_rows(rows, 400, Routing(0.5))
    shares = [len(wrong & set(ids)) / len(ids) for ids in (chosen.routed, chosen.drawn)]
    assert shares[0] > shares[1] + 0.05 and shares[1] == pytest.approx(len(wrong) / 2_000, abs=0.08)


def test_other_raters_are_read_where_the_dataset_publishes_them(tmp_path: Path) -> None:
    ids = {name: f"{at:032x}" for at, name in enumerate(("one", "two", "three"), 100)}
    pairs = [
        row(1, chosen_id=ids["one"], rejected_id=ids["two"]),
        row(2, chosen_id=ids["one"], rejected_id=ids["three"]),
        row(3, chosen_id=ids["two"], rejected_id=ids["three"], rater="judge"),
    ]
    empty = {one.name: [] if pa.types.is_list(one.type) else "x" for one in schema.RELEASED_RATINGS if not one.nullable}
    scores = {"rater": (3, 1, 2), "other": (1, 2, 1)}
    given_rows = [
        empty | {"completion_id": ids[name], "rater": rater, "score": float(score)}
        for rater, of in scores.items()
        for name, score in zip(ids, of, strict=True)
    ]
    for one, other, verdict in (("one", "three", "better"), ("three", "one", "worse")):
        given_rows.append(
            empty | {"completion_id": ids[one], "rater": "judge", "verdict": verdict, "compared_with": ids[other]}
        )
    path = tmp_path / "train-00000000-00000001.parquet"
    pq.write_table(pa.Table.from_pylist(given_rows, schema.RELEASED_RATINGS), path)
    # Pair 1: `other` prefers two. Pair 2: `other` scores both alike, the judge agrees. Pair 3 is the judge's own:
    # `rater` prefers three, `other` two.
    assert votes_of_raters(pairs, [path]) == {pairs[0].pair_id: 1.0, pairs[1].pair_id: 0.25, pairs[2].pair_id: 0.5}
    assert votes_of_raters(pairs, []) == {}


@given(st.dictionaries(st.sampled_from(["ar", "fa", "he", "ja"]), st.integers(0, 30), min_size=1), st.integers(1, 80))
def test_a_budget_is_spent_whole_and_evenly(pairs: dict[str, int], budget: int) -> None:
    shares = shared_budget(budget, pairs)
    assert sum(shares.values()) == min(budget, sum(pairs.values()))
    assert all(0 <= shares[tag] <= pairs[tag] for tag in pairs)
    # A language gets less than another by more than one row only where it has no more pairs.
    most = max(shares.values())
    assert all(shares[tag] >= most - 1 or shares[tag] == pairs[tag] for tag in pairs)
