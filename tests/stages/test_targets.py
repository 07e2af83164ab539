"""Pairs whose rejected answer is nearest to a point of the prompt's own scores, by hand."""

from __future__ import annotations

import statistics

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files import sql
from polypref.files.atomic import plain
from polypref.stages.pair import Paired, PairRule, make_pairs, pooled_scores
from polypref.stages.targets import group_points
from tests.stages.pairing import RATER, A, Pool, answers, pair, reasons, tables

ONE = ("p", "he")


@pytest.mark.parametrize(
    ("rule", "scores", "rejected"),
    [
        # Mean 0, population sd 2.1213 (variance 27/6 = 4.5): the point is -4.243; nearest is -4, the lowest.
        ("mean_minus_2sd", (3.0, 1.0, 0.0, 0.0, 0.0, -4.0), 5),
        # Mean 10, sd 1: the point is 8; both 9s are as near.
        ("mean_minus_2sd", (11.0, 9.0, 11.0, 9.0), (1, 3)),
        # Mean 2, sd sqrt(2): the point is -0.83; the lowest, 0, is nearest.
        ("mean_minus_2sd", (4.0, 3.0, 2.0, 1.0, 0.0), 4),
        # 0, 1, 2, 3, 4: the quartile is 1.
        ("first_quartile", (4.0, 3.0, 2.0, 1.0, 0.0), 3),
        # 0, 1, 2, 3: the quartile is 0.75; 1 is nearer than 0.
        ("first_quartile", (3.0, 2.0, 1.0, 0.0), 2),
        # 0, 10: the quartile is 2.5; only 0 is below the best.
        ("first_quartile", (10.0, 0.0), 1),
        # 0, 0.5, 1, 9: the quartile is 0.375; 0.5 is nearer than 0.
        ("first_quartile", (9.0, 1.0, 0.5, 0.0), 2),
        # 0, 2, 10: the quartile is 1, as near to 0 as to 2; the lower is taken.
        ("first_quartile", (10.0, 2.0, 0.0), 2),
    ],
)
def test_points_by_hand(rule: str, scores: tuple[float, ...], rejected: int | tuple[int, ...]) -> None:
    ((_, worse),) = pair(PairRule(rule), {ONE: answers(*scores)})
    assert worse in {f"p.{one}" for one in (rejected if isinstance(rejected, tuple) else (rejected,))}


def test_a_point_that_is_not_the_lowest_is_met() -> None:
    scores = (10.0, 10.1, 10.2, 10.3, 4.0, 0.0)
    # Of these six: mean 7.433, population sd 3.990; the point is -0.546, nearest to 0.
    assert pair(PairRule("mean_minus_2sd"), {ONE: answers(*scores)}) == [("p.3", "p.5")]
    # Without the outlier: mean 8.92, sd 2.462; the point is 3.996, nearest to 4.
    assert pair(PairRule("mean_minus_2sd"), {ONE: answers(*scores[:5])}) == [("p.3", "p.4")]
    # The quartile of all six is 5.5 (between 4 and 10): 4 is nearest, 0 is worse.
    assert pair(PairRule("first_quartile"), {ONE: answers(*scores)}) == [("p.3", "p.4")]


def test_the_deviation_is_that_of_the_population() -> None:
    # Nine times 10, then 3.5 and 0: mean 8.5, variance 117.5 / 11, so the point is 1.963, nearer to 3.5 than to 0; with
    # 117.5 / 10 it would be 1.644, nearer to 0.
    scores = [10.0] * 9 + [3.5, 0.0]
    pool = {ONE: [A(f"answer {n}", (score,)) for n, score in enumerate(scores)]}
    ((_, worse),) = pair(PairRule("mean_minus_2sd"), pool)
    assert worse == "p.9"


def test_several_pairs_come_nearest_first_and_margins_hold() -> None:
    pool = {ONE: answers(4.0, 3.0, 2.0, 1.0, 0.0)}
    # From the quartile, 1: then 0 and 2 are as near, the lower first.
    assert pair(PairRule("first_quartile", per_prompt=3), pool) == [("p.0", "p.2"), ("p.0", "p.3"), ("p.0", "p.4")]
    assert pair(PairRule("first_quartile", per_prompt=2), pool) == [("p.0", "p.3"), ("p.0", "p.4")]
    assert pair(PairRule("first_quartile", min_margin=3.5), pool) == [("p.0", "p.4")]
    assert reasons(PairRule("first_quartile", min_margin=5), pool) == {"p": "below_margin"}
    assert reasons(PairRule("mean_minus_2sd"), {ONE: answers(1.0, 1.0, 1.0)}) == {"p": "tie"}


def grouped(pool: Pool, groups: dict[str, str]) -> list[pa.Table]:
    """The tables of a pool whose prompts have these groups."""
    prompts, *others = tables(pool)
    ids = pa.array([groups.get(one, one) for one in prompts["prompt_id"].to_pylist()], pa.string())
    return [prompts.set_column(prompts.schema.get_field_index("group_id"), "group_id", ids), *others]


def sides(paired: Paired) -> list[tuple[str, str]]:
    return [(one["chosen_id"], one["rejected_id"]) for one in paired.pairs.to_pylist()]


def pooled(rule: str, pool: Pool, same: str = "pq") -> list[tuple[str, str]]:
    """The pairs where the prompts named by these letters are one group."""
    return sides(make_pairs(PairRule(rule, pool="group"), RATER, *grouped(pool, dict.fromkeys(same, "g"))))


def test_the_point_of_a_group_is_that_of_the_scores_in_all_its_languages() -> None:
    pool = {ONE: answers(10.0, 9.0, 8.0, 0.0), ("q", "ja"): answers(4.0, 3.0, 2.0, 1.0)}
    # Of 0, 8, 9, 10 the quartile is 6, nearest to 8; of 1, 2, 3, 4 it is 1.75, nearest to 2.
    assert pair(PairRule("first_quartile"), pool) == [("p.0", "p.2"), ("q.0", "q.2")]
    # Of all eight, 0, 1, 2, 3, 4, 8, 9, 10, it is 1.75: nearest to 0 in the one language, to 2 in the other.
    assert pooled("first_quartile", pool) == [("p.0", "p.3"), ("q.0", "q.2")]
    # Of other groups each has its own point.
    assert pooled("first_quartile", pool, same="p") == pair(PairRule("first_quartile"), pool)


def test_mean_and_deviation_of_a_group_are_those_of_all_its_answers() -> None:
    tens = [A(f"answer {n}", (10.0,)) for n in range(20)]
    pool = {ONE: answers(10.0, 4.0, 0.0), ("q", "ja"): tens}
    # Of 10, 4, 0: mean 4.667, variance 116/3 - 21.78 = 16.89, so the point is -3.55; nearest is 0.
    assert pair(PairRule("mean_minus_2sd"), pool) == [("p.0", "p.2")]
    # Of all 23: mean 214/23 = 9.304, variance 2116/23 - 86.57 = 5.429, so the point is 4.644; nearest is 4.
    assert pooled("mean_minus_2sd", pool) == [("p.0", "p.1")]
    # A text that stands twenty times is one: of 10, 4, 0, 10 mean 6, variance 18, point -2.49.
    assert pooled("mean_minus_2sd", pool | {("q", "ja"): [A("answer", (10.0,))] * 20}) == [("p.0", "p.2")]
    # An empty answer is none, and so is an unrated one.
    assert pooled("mean_minus_2sd", pool | {("q", "ja"): [*tens, A("", (0.0,)), A("unrated")]}) == [("p.0", "p.1")]


def test_scores_of_two_occasions_do_not_meet_in_a_group_either() -> None:
    def judged_by(name: str, *scores: float) -> list[A]:
        return [A(f"answer {n}", (one,), occasions=(name,)) for n, one in enumerate(scores)]

    high, low = (10.0, 9.0, 8.0, 0.0), (4.0, 3.0, 2.0, 1.0)
    apart = {ONE: judged_by("anna", *high), ("q", "ja"): judged_by("ben", *low)}
    together = {ONE: judged_by("anna", *high), ("q", "ja"): judged_by("anna", *low)}
    assert pooled("first_quartile", apart) == [("p.0", "p.2"), ("q.0", "q.2")]
    assert pooled("first_quartile", together) == [("p.0", "p.3"), ("q.0", "q.2")]


def test_a_pool_belongs_to_rules_that_have_a_point() -> None:
    with pytest.raises(
        UserError, match="pair rule top_two: a pool of scores belongs to mean_minus_2sd and first_quart"
    ):
        PairRule("top_two", pool="group")
    with pytest.raises(UserError, match="write one of prompt, group"):
        PairRule("first_quartile", pool="groups")  # type: ignore[arg-type]
    # What is left out is in no fingerprint: builds of before are not made again.
    assert "pool" not in plain(PairRule("first_quartile"))  # type: ignore[operator]
    assert plain(PairRule("first_quartile", pool="group"))["pool"] == "group"  # type: ignore[call-overload, index]


SCORES = st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.25, 2.0, 3.5, 7.0, -4.0]), max_size=6, unique=True)
GROUPS = st.dictionaries(
    st.sampled_from([f"p{n}" for n in range(6)]), st.tuples(st.sampled_from("gh"), SCORES), min_size=1
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(GROUPS, st.sampled_from(["mean_minus_2sd", "first_quartile"]), st.integers(1, 3), st.sampled_from([0.0, 1.0]))
def test_pools_do_as_the_reference_bucket_by_bucket(
    drawn: dict[str, tuple[str, list[float]]], rule: str, per_prompt: int, margin: float
) -> None:
    pool = {
        (prompt, f"l{n}"): [A(f"answer {at}", (score,)) for at, score in enumerate(scores)]
        for n, (prompt, (_, scores)) in enumerate(drawn.items())
    }
    settings_of = {"per_prompt": per_prompt, "min_margin": margin}
    how = PairRule(rule, pool="group", **settings_of)  # type: ignore[arg-type]
    whole = grouped(pool, {prompt: group for prompt, (group, _) in drawn.items()})
    paired = make_pairs(how, RATER, *whole)

    expected = []
    for prompt, (group, scores) in drawn.items():
        every = sorted(score for one, own in drawn.values() if one == group for score in own)
        point = statistics.fmean(every) - 2 * statistics.pstdev(every) if every else 0.0
        if rule == "first_quartile" and len(every) > 1:
            point = statistics.quantiles(every, n=4, method="inclusive")[0]
        best = max(scores, default=0.0)
        others = [(round(abs(score - point), 9), score) for score in scores if best - score >= max(margin, 1e-9)]
        at = {score: f"{prompt}.{number}" for number, score in enumerate(scores)}
        # The best is chosen; only where it has no more partners the second is.
        expected += [(at[best], at[score]) for _, score in sorted(others)[:per_prompt]]
    assert set(expected) <= set(sides(paired))

    # Rows are conserved: which prompts have pairs, why others have none, and all counts are as without a pool.
    own = make_pairs(PairRule(rule, **settings_of), RATER, *whole)  # type: ignore[arg-type]
    assert paired.rejected.equals(own.rejected) and paired.counts.equals(own.counts)
    assert paired.pairs["prompt_id"].equals(own.pairs["prompt_id"])
    assert all(chosen.split(".")[0] == rejected.split(".")[0] for chosen, rejected in sides(paired))

    # Each prompt in a bucket of its own: the scores first, then the points of all, then the pairs.
    buckets = [[of_prompt(table, prompt) for table in whole] for prompt in drawn]
    scores_of_all = pa.concat_tables([pooled_scores(how, RATER, *one[:3], None) for one in buckets])
    con = sql.in_memory()
    con.register("scores", scores_of_all)
    points = group_points(con, rule, "scores")
    by_bucket = pa.concat_tables([make_pairs(how, RATER, *one, points=points).pairs for one in buckets])
    assert by_bucket.sort_by("pair_id").equals(paired.pairs.sort_by("pair_id"))


def of_prompt(table: pa.Table, prompt: str) -> pa.Table:
    return table.filter(pc.equal(table["prompt_id"], prompt))
