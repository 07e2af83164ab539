"""Builds of sources that are rated and paired in several ways."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.pipeline.rehearsal import rehearse
from polypref.pipeline.run import Built, run_builder
from polypref.raters.combined import Combined
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.release.folder import released_rows
from polypref.stages import pool
from polypref.stages.balance import Mixture
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.own import RegexCheck
from polypref.stages.equation import not_conserved, steps_of
from polypref.stages.pair import PairRule
from polypref.stages.shares import SourceShares

from .merged import Row, merged, row, source

SKY, BRIDGE, HEDGEHOG, SEA = (
    "Warum ist der Himmel so blau?",
    "Wer hat die hohe Brücke gebaut?",
    "Was frisst ein Igel im Winter?",
    "Wie tief ist das Meer?",
)
SHORT = "Weil es so ist."


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store(tmp_path / "store", "merged") as one:
        yield one


def rows_of(built: Built) -> list[dict[str, Any]]:
    return [one for table in released_rows(built) for one in table.to_pylist()]


def table_of(built: Built) -> dict[tuple[str, str], tuple[int, dict[str, int], int]]:
    return {
        (step.stage, step.unit): (step.came, {reason: n for (_, reason), n in step.left_out.items()}, step.went)
        for step in steps_of(built.funnel)
        if step.stage in ("combine", "pair")
    }


@pytest.mark.slow
def test_a_verdict_set_a_scored_set_and_a_rated_one_are_one_build(tmp_path, store):
    builder = merged(
        tmp_path,
        {
            "judged": [row(SKY, "Ja.", "Nein.", won="b"), row(SKY, "Ja.", "Nie.", won="tie")],
            "scored": [row(BRIDGE, "Ich.", "Du.", s=1, t=5), row(SEA, "Tief.", "Sehr.", s=1, t=1)],
            "rated": [row(HEDGEHOG, SHORT, "Ein Igel frisst im Winter: nichts.")],
        },
    )
    built = run_builder(builder, store, Local(1), quiet=True)
    assert {(one["prompt"][0]["content"], one["chosen"], one["rater"]) for one in rows_of(built)} == {
        (SKY, "Nein.", "people"),
        (BRIDGE, "Du.", "source"),
        (HEDGEHOG, "Ein Igel frisst im Winter: nichts.", "relevance-baseline"),
    }
    assert table_of(built) == {
        ("pair", "prompts"): (4, {"tie": 1}, 3),
        ("pair", "answers"): (9, {"in_no_pair": 3}, 6),
        ("pair", "verdicts"): (2, {"tie": 1}, 1),
        ("pair", "possible pairs"): (3, {"tie": 1}, 2),
        ("pair", "pairs"): (3, {}, 3),
    }
    # Only the prompts of its source are what a rater rates.
    ratings = [pq.read_table(path) for path in pool.row_files(built.rows, "ratings")]
    raters = Counter(name for table in ratings for name in table["rater"].to_pylist())
    assert raters == {"source": 4, "relevance-baseline": 2}
    # A prompt is paired in its own way alone: the judged one has no score, and is not asked for any.
    assert {row.reason for row in built.funnel if row.outcome == "rejected"} == {"tie"}


def test_a_prompt_of_two_sources_has_each_pair_once_and_none_that_they_turn_round(tmp_path, store):
    builder = merged(
        tmp_path,
        {
            "judged": [row(SKY, "Ja.", "Nein."), row(SEA, "Tief.", "Flach.", won="b"), row(BRIDGE, "Ich.", "Du.")],
            "scored": [
                row(SKY, "Ja. ", "Nein.", left="other"),  # the same texts, the same way round
                row(SEA, "Tief.", "Flach."),  # the other way round
                row(HEDGEHOG, "Laub.", "Eis."),
            ],
        },
    )
    built = run_builder(builder, store, Local(1), quiet=True)
    assert sorted((one["prompt"][0]["content"], one["rater"]) for one in rows_of(built)) == [
        (SKY, "source"),  # the builder's own way is the first
        (HEDGEHOG, "source"),
        (BRIDGE, "people"),
    ]
    assert table_of(built)["pair", "pairs"] == (
        6,
        {"disagreement_between_sources": 2, "same_pair_of_another_source": 1},
        3,
    )
    assert table_of(built)["pair", "prompts"] == (4, {"disagreement_between_sources": 1}, 3)
    # What was left out can be read, with its answers.
    (rejected,) = (pq.read_table(path).to_pylist() for path in built.pair.parts("rejected"))
    assert [one["reason"] for one in rejected] == ["disagreement_between_sources"] * 2
    assert all(len(one["detail"].split()) == 2 for one in rejected)


@pytest.mark.slow
def test_the_first_reason_of_a_prompt_in_several_sources_counts_and_each_prompt_once(tmp_path, store):
    rows = {
        "judged": [row(SKY, "Ja.", "Nein.", won="tie"), row(SEA, "Tief.", "Flach.")],
        "scored": [row(SKY, "Doch.", "Nie.", s=1, t=1), row(HEDGEHOG, "Laub.", "Eis.", s=3, t=3)],
    }
    built = run_builder(merged(tmp_path, rows), store, Local(1), quiet=True)
    # The builder's way is the first: the scored sources' way.
    assert table_of(built)["pair", "prompts"] == (3, {"tie": 2}, 1)
    first_judged = merged(tmp_path, rows, rater=SourceRater("people"), pairs=PairRule("given"))
    scored = replace(first_judged.sources[1], rater=SourceRater(), pairs=PairRule())  # type: ignore[type-var]
    built = run_builder(replace(first_judged, sources=(first_judged.sources[0], scored)), store, Local(1), quiet=True)
    assert table_of(built)["pair", "prompts"] == (3, {"no_pair_of_its_verdicts": 1, "tie": 1}, 1)


@pytest.mark.slow
def test_where_nothing_is_left_the_way_that_lost_most_is_looked_at(tmp_path, store):
    ties = [row(prompt, "Ja.", "Nein.", won="tie") for prompt in (SKY, SEA, BRIDGE)]
    ties.append(row(BRIDGE, "Ich.", "Ich."))
    builder = merged(tmp_path, {"scored": [row(HEDGEHOG, "Laub.", "Eis.", s=1, t=1)], "judged": ties})
    with pytest.raises(UserError, match="these verdicts prefer neither answer") as refused:
        run_builder(builder, store, Local(1), quiet=True)
    assert "3 prompts no_pair_of_its_verdicts" in str(refused.value)
    sea = {"judged": [row(SEA, "Tief.", "Flach.", won="b")], "scored": [row(SEA, "Tief.", "Flach.")]}
    with pytest.raises(UserError, match="what one source's rater prefers, another's rejects"):
        run_builder(merged(tmp_path, sea), store, Local(1), quiet=True)


@pytest.mark.slow
def test_verdicts_beyond_those_asked_for_are_unused_in_every_build(tmp_path, store):
    rows = [row(SKY, "Ja.", "Nein."), row(SKY, "Ja.", "Nie."), row(SKY, "Doch.", "Nie.")]
    given = PairRule("given", per_prompt=1)
    alone = merged(tmp_path, {"judged": rows}, rater=SourceRater("people"), pairs=given)
    alone = replace(alone, sources=(replace(alone.sources[0], rater=None, pairs=None),))  # type: ignore[type-var]
    both = merged(tmp_path, {"judged": rows, "scored": [row(SEA, "Tief.", "Flach.")]})
    both = replace(both, sources=(replace(both.sources[0], pairs=given), both.sources[1]))  # type: ignore[type-var]
    for builder in (alone, both):
        funnel = run_builder(builder, store, Local(1), quiet=True).funnel
        (step,) = (step for step in steps_of(funnel) if (step.stage, step.unit) == ("pair", "verdicts"))
        assert (step.came, step.left_out, step.went) == (3, {("unused", "beyond_per_prompt"): 2}, 1)
        assert not_conserved(funnel) == []


def test_margins_are_of_the_scores_of_a_ways_own_prompts(tmp_path, store):
    # In units of the scores of `scored-wide` alone, 2 is far; in those of all by this rater it would be little.
    near = [row(f"{SKY} {n}", f"Ja {n}.", f"Nein {n}.", s=0, t=n % 2 + 1) for n in range(4)]
    wide = [row(f"{SEA} {n}", f"Tief {n}.", f"Flach {n}.", s=0, t=100 * n) for n in range(4)]
    builder = merged(tmp_path, {"scored": near, "scored-wide": wide})
    first, second = builder.sources
    sd = PairRule(min_margin=1, margin_unit="sd")
    builder = replace(builder, sources=(replace(first, pairs=sd), second))  # type: ignore[type-var]
    built = run_builder(builder, store, Local(1), quiet=True)
    assert {one["prompt"][0]["content"] for one in rows_of(built)} >= {one["prompt"] for one in near}


@pytest.mark.slow
def test_what_may_be_rejected_is_the_rule_of_each_source(tmp_path, store):
    check = RegexCheck("polite", r"bitte", roles=("chosen", "rejected"))
    rows = [row(SKY, "Ja, wegen des Lichts.", "Nein, bitte."), row(SEA, "Sehr tief.", "Flach, bitte.")]
    builder = merged(tmp_path, {"scored": rows[:1], "scored-free": rows[1:]}, filters=(check,))
    strict, free = builder.sources
    free = replace(free, pairs=PairRule(may_be_rejected=("polite",)))  # type: ignore[type-var]
    built = run_builder(replace(builder, sources=(strict, free)), store, Local(1), quiet=True)
    assert [one["rejected"] for one in rows_of(built)] == ["Flach, bitte."]
    # A prompt that stands in both: what one of them allows.
    twice = merged(tmp_path, {"scored": rows, "scored-free": rows[1:]}, filters=(check,))
    built = run_builder(replace(twice, sources=(twice.sources[0], free)), store, Local(1), quiet=True)
    assert [one["rejected"] for one in rows_of(built)] == ["Flach, bitte."]


@pytest.mark.slow
def test_a_stage_is_made_again_only_where_its_way_changes(tmp_path, store):
    rows: dict[str, Sequence[Row]] = {
        "judged": [row(SKY, "Ja.", "Nein.")],
        "rated": [row(HEDGEHOG, SHORT, "Ein Igel frisst im Winter: nichts.")],
        "scored": [row(SEA, "Tief.", "Flach.")],
    }

    def folders() -> Counter[str]:
        return Counter(path.name.rpartition("-")[0] for path in store.root.glob("*-*") if path.is_dir())

    builder = merged(tmp_path, rows)
    first = run_builder(builder, store, Local(1), quiet=True)
    before = folders()
    assert run_builder(builder, store, Local(1), quiet=True).fingerprint == first.fingerprint
    assert folders() == before
    judged, rated, scored = builder.sources
    other = replace(judged, pairs=PairRule("given", per_prompt=1))  # type: ignore[type-var]
    run_builder(replace(builder, sources=(other, rated, scored)), store, Local(1), quiet=True)
    after = folders()
    assert {name: after[name] - before[name] for name in after} == {
        **dict.fromkeys(("read", "index", "check", "rate", "rated"), 0),
        **dict.fromkeys(("pair", "filter", "balance"), 1),
    }


@pytest.mark.slow
def test_scores_of_two_sources_never_meet(tmp_path, store):
    # By one rater's name, and in one way: of two prompts of both, and one of the second alone.
    rows = {
        "scored": [row(SKY, "Ja.", "Nein.", s=2, t=1), row(SEA, "Tief.", "Flach.", s=9, t=8)],
        "scored-other": [
            row(SKY, "Doch.", "Nie.", s=20, t=10),
            row(SEA, "Flach.", "Tief.", s=5, t=1),
            row(HEDGEHOG, "Laub.", "Eis."),
        ],
    }
    built = run_builder(merged(tmp_path, rows), store, Local(1), quiet=True)
    assert sorted((one["chosen"], one["rejected"]) for one in rows_of(built)) == [
        ("Doch.", "Nie."),
        ("Ja.", "Nein."),
        ("Laub.", "Eis."),
    ]
    # What the second orders the other way round is a disagreement, and no score of 9 beats one of 1.
    assert table_of(built)["pair", "prompts"] == (3, {"disagreement": 1}, 2)
    # Files of one source are one source: their scores meet.
    first = source(tmp_path, "scored", rows["scored"])
    second = replace(source(tmp_path, "scored-more", rows["scored-other"]), name="scored")
    one_source = merged(tmp_path, {}, sources=(first, second))
    built = run_builder(one_source, store, Local(1), quiet=True)
    chosen = {one["prompt"][0]["content"]: (one["chosen"], one["rejected"]) for one in rows_of(built)}
    assert chosen[SKY] == ("Doch.", "Nein.")


def test_a_combined_rater_takes_the_scores_of_one_source_for_a_prompt(tmp_path, store):
    rows = {
        "scored": [row(SKY, "Ja, das ist so.", "Nein, das nicht.", s=2, t=1)],
        "scored-other": [row(SKY, "Doch, schon.", "Nie und nimmer.", s=20, t=10), row(SEA, "Tief genug.", "Flach.")],
    }
    both = Combined((SourceRater(), RelevanceRater()))
    built = run_builder(merged(tmp_path, rows, rater=both), store, Local(1), quiet=True)
    missing = [one.rows for one in built.funnel if (one.stage, one.reason) == ("combine", "missing_score")]
    assert missing == [2]
    assert {one["rejected"] for one in rows_of(built)} <= {
        "Ja, das ist so.",
        "Nein, das nicht.",
        "Tief genug.",
        "Flach.",
    }


def test_a_way_counts_what_its_own_sources_say_of_a_prompt(tmp_path, store):
    verdicts = [row(SKY, "Ja.", "Nein."), row(SEA, "Tief.", "Flach.")]
    others = [row(SKY, "Nein.", "Doch."), row(BRIDGE, "Ich.", "Du.")]
    builder = merged(tmp_path, {"judged": verdicts, "judged-rated": others})
    first, second = builder.sources
    second = replace(second, rater=RelevanceRater(), pairs=PairRule())  # type: ignore[type-var]
    built = run_builder(replace(builder, sources=(first, second)), store, Local(1), quiet=True)
    # The second has verdicts by the same people, but is rated: its verdict on the sky's answers is none of the first's.
    assert table_of(built)["pair", "verdicts"] == (4, {"not_asked_for": 2}, 2)


def test_sources_of_several_ways_share_the_pairs(tmp_path, store):
    rows = {
        "scored": [row(f"{SKY} {n}", f"Ja {n}.", f"Nein {n}.") for n in range(8)],
        "judged": [row(f"{SEA} {n}", f"Tief {n}.", f"Flach {n}.") for n in range(6)],
    }
    shares = SourceShares(weights={"scored": 1, "judged": 2}, at_most={"judged": 5})
    mixtures = (Mixture("few", per_language=6), Mixture("all"))
    builder = merged(tmp_path, rows, shares=shares, mixtures=mixtures)
    built = run_builder(builder, store, Local(1), quiet=True)
    order = [one["rater"] for one in sorted(rows_of(built), key=lambda one: one["rank"])]
    assert Counter(order[:6]) == {"people": 4, "source": 2} and Counter(order) == {"people": 5, "source": 8}
    assert [one.rows for one in built.funnel if one.reason == "beyond_at_most_of_its_source"] == [1]
    # Without shares nothing of it, and what came before the mixtures is taken as it is.
    again = run_builder(replace(builder, shares=None), store, Local(1), quiet=True)
    assert again.filtered.path == built.filtered.path and len(rows_of(again)) == 14
    with pytest.raises(UserError, match=r"weights=\.\.\.\) names 'rated'"):
        replace(builder, shares=SourceShares(weights={"rated": 1}))


@pytest.mark.slow
def test_a_combined_rater_rates_the_prompts_of_its_sources(tmp_path, store):
    both = Combined((SourceRater(), RelevanceRater()), how="agree")
    builder = merged(
        tmp_path,
        {
            "judged": [row(SKY, "Ja.", "Nein.")],
            "scored": [row(HEDGEHOG, "Ein Igel frisst im Winter: nichts.", SHORT)],
        },
    )
    judged, scored = builder.sources
    scored = replace(scored, rater=both, pairs=PairRule("given"))  # type: ignore[type-var]
    built = run_builder(replace(builder, sources=(judged, scored)), store, Local(1), quiet=True)
    assert sorted(one["rater"] for one in rows_of(built)) == ["combined", "people"]
    # The two answers and its verdict, and nothing of the other prompt's answers.
    table = table_of(built)
    assert table["combine", "answers"] == (4, {"for_another_rater": 2}, 2)
    assert table["combine", "verdicts"] == (1, {}, 1)
    # Every answer of its prompts, where that is asked for, and none of others.
    every = replace(builder, sources=(judged, scored), rate_every_answer=True, filters=default_chain())
    built = run_builder(every, store, Local(1), quiet=True)
    assert sum(row.rows for row in built.funnel if row.outcome == "rated_beyond_use") <= 2


def test_what_is_asked_of_models_is_of_the_prompts_of_their_sources(tmp_path):
    from polypref.inference import Model, Served
    from polypref.raters.reward import RewardRater

    reward = RewardRater(Served(Model("org/reward", "1", "mit"), Silent()))
    builder = merged(
        tmp_path,
        {"judged": [row(SKY, "Ja.", "Nein.")], "rated": [row(SEA, "Sehr tief.", "Flach wie ein Teller.")]},
    )
    judged, rated = builder.sources
    builder = replace(builder, sources=(judged, replace(rated, rater=reward)))  # type: ignore[type-var]
    with Store(tmp_path / "rehearsed", "merged") as store:
        (asked,) = rehearse(builder, store, None, None)
    assert (asked.stage, asked.model, asked.requests) == ("rate", "org/reward", 2)


@pytest.mark.slow
def test_models_answer_prompts_of_their_sources_and_verdicts_stay_what_they_are(tmp_path, store):
    from polypref.inference import Model, Served
    from polypref.stages.complete import Complete, Route

    writer = Route(Served(Model("org/writer", "1", "mit"), Writing()))
    builder = merged(
        tmp_path,
        {"judged": [row(SKY, "Ja.", "Nein."), row(SEA, "Tief.", "Flach.")], "rated": [row(HEDGEHOG, "Laub.", "Eis.")]},
        complete=Complete((writer,), sources=("rated",)),
    )
    built = run_builder(builder, store, Local(1), quiet=True)
    completions = [one for path in pool.row_files(built.rows, "completions") for one in pq.read_table(path).to_pylist()]
    assert [one["text"] for one in completions if one["model"] == "org/writer"] == [f"{HEDGEHOG} Das weiß ich."]
    assert {(one["rater"], one["chosen"]) for one in rows_of(built)} == {
        ("people", "Ja."),
        ("people", "Tief."),
        ("relevance-baseline", f"{HEDGEHOG} Das weiß ich."),
    }


@dataclass(frozen=True)
class Writing:
    """A backend that says the prompt again."""

    def run(self, requests: Sequence[Any]) -> Any:
        from polypref.inference import Reply

        for request in requests:
            yield request, Reply(f"{request.messages[-1][1]} Das weiß ich.", "stop")


@dataclass(frozen=True)
class Silent:
    """A backend that is never asked, and could not go to a worker."""

    def run(self, requests: Any) -> Any:
        raise AssertionError(requests)

    def __reduce__(self) -> Any:
        raise TypeError("cannot be sent")


def test_a_rater_of_a_source_does_not_go_where_it_is_read(tmp_path):
    from polypref.inference import Model, Served
    from polypref.raters.reward import RewardRater

    reward = RewardRater(Served(Model("org/reward", "1", "mit"), Silent()))
    builder = merged(tmp_path, {"judged": [row(SKY, "Ja.", "Nein.")], "rated": [row(SEA, "Sehr tief.", "Flach.")]})
    judged, rated = builder.sources
    with Store(tmp_path / "jobs", "merged") as store:
        jobs = pool.read_jobs((judged, replace(rated, rater=reward)), store)  # type: ignore[type-var]
        assert [job.source.name for job in jobs] == ["judged", "rated"]
        assert all(job.source.rater is None and job.source.pairs is None for job in jobs)  # type: ignore[attr-defined]


TEXTS = ("Das liegt am Licht.", "Das weiß ich nicht.", "Because of the light.", "", "Das liegt am Licht. ")
ROW = st.fixed_dictionaries(
    {
        "prompt": st.sampled_from([SKY, BRIDGE, HEDGEHOG, SEA, "Was ist kap�tt?", ""]),
        "language": st.sampled_from(["de", "de", "fr", "xx"]),
        "a": st.sampled_from(TEXTS),
        "b": st.sampled_from(TEXTS),
        "left": st.sampled_from("xy"),
        "right": st.sampled_from("yz"),
        "won": st.sampled_from(["a", "b", "tie", "?"]),
        "s": st.sampled_from([1, 2, None, "good"]),
        "t": st.sampled_from([1, 2, 3]),
    }
)
ROWS = st.lists(ROW, min_size=2, max_size=8)


@pytest.mark.slow
@settings(max_examples=4, deadline=None)  # a whole build each, others in every run
@given(
    st.fixed_dictionaries({"judged": ROWS, "scored": ROWS, "rated": ROWS}, optional={"scored-more": ROWS}),
    st.sampled_from([None, 2]),
    st.sampled_from(["best_vs_worst", "all_pairs", "top_two"]),
    st.sampled_from([1, 2]),
)
def test_no_row_of_a_merged_pool_vanishes(rows, limit, rule, per_prompt):
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder, "store"), "merged") as store:
        builder = merged(
            Path(folder),
            rows,
            pairs=PairRule(rule, per_prompt=per_prompt),
            filters=default_chain(),
            mixtures=(Mixture("m", per_language=9),),
        )
        try:
            built = run_builder(builder, store, Local(1), limit, quiet=True)
        except UserError as error:
            # Or a pool in which nobody prefers an answer, or whose scores are places: no build can be declared.
            unusable = (
                "no pair is left|mixture 'm' is empty|.*labels mean nothing|.*holds '|the scores by .* are places"
            )
            assert re.match(unusable, str(error)), error
            return
        assert not_conserved(built.funnel) == []
        steps = {(step.stage, step.unit): step for step in steps_of(built.funnel)}
        assert steps["read", "rows"].came == sum(map(len, rows.values()))
        # A prompt is counted once, whatever ways it goes.
        assert steps["pair", "prompts"].came == steps["check", "prompts"].went
        pairs = pa.concat_tables([pq.read_table(path) for path in built.pair.parts("pairs")])
        assert steps["pair", "pairs"].went == len(pairs) == len(set(pairs["pair_id"].to_pylist()))
        assert steps["pair", "prompts"].went == len(set(pairs["prompt_id"].to_pylist()))
        _holds_reasons(built)


def _holds_reasons(built: Built) -> None:
    """Every verdict that made no pair, and every pair that was turned round, is a row that can be read."""
    counted = Counter[str]()
    for one in built.funnel:
        if one.stage == "pair" and one.outcome == "rejected" and one.unit in ("verdicts", "pairs"):
            counted[one.reason] += one.rows
    reasons = Counter(
        reason for path in built.pair.parts("rejected") for reason in pq.read_table(path)["reason"].to_pylist()
    )
    assert all(reasons[reason] >= rows for reason, rows in counted.items())
