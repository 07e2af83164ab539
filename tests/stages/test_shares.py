"""Shares of sources: turns in every prefix, caps, and nothing changed where there are none."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.balance import Mixture, Split
from polypref.stages.shares import BEYOND, SourceShares
from tests.stages.balancing import LANGUAGES, Row, Shared, check, share, worlds

NO_TEST = Split(0)
NAMES = ("arena", "judged", "people")


def ranks(shared: Shared, sources: Mapping[str, Sequence[str]], language: str, split: str = "train") -> list[str]:
    """The sources of a language's pairs in the order of their ranks."""
    rows = {row.pair_id: row for row in shared.rows}
    placed = sorted((rank, pair) for pair, (name, rank) in shared.ranked.items() if name == split)
    return [sources[rows[pair].group][0] for _, pair in placed if rows[pair].language == language]


def pool(counts: Mapping[str, int], language: str = "ja") -> tuple[list[Row], dict[str, list[str]]]:
    """So many pairs of each source, each of a group of its own; and the sources of the groups."""
    sources = {f"{name}{n:03}": [name] for name, number in counts.items() for n in range(number)}
    return [Row(group, language) for group in sources], sources


def test_sources_take_turns_by_their_weights_and_leave_their_place_when_they_are_used_up():
    rows, sources = pool({"people": 6, "arena": 3, "judged": 20})
    weights = SourceShares(weights={"people": 2, "arena": 1, "judged": 1})
    order = ranks(share(rows, split=NO_TEST, shares=weights, sources=sources), sources, "ja")
    # (k - 1/2) / w: people at 1/4, 3/4, 5/4 ...; the others at 1/2, 3/2, 5/2 ...; of equals the name decides.
    assert order == ["people", "arena", "judged", "people"] * 3 + ["judged"] * 17


def test_an_exponent_gives_what_there_is_its_weight():
    rows, sources = pool({"people": 40, "arena": 10})
    equal = ranks(share(rows, split=NO_TEST, shares=SourceShares(alpha=0), sources=sources), sources, "ja")
    assert Counter(equal[:20]) == {"people": 10, "arena": 10}
    half = ranks(share(rows, split=NO_TEST, shares=SourceShares(alpha=0.5), sources=sources), sources, "ja")
    assert Counter(half[:15]) == {"people": 10, "arena": 5}
    natural = ranks(share(rows, split=NO_TEST, shares=SourceShares(alpha=1), sources=sources), sources, "ja")
    assert Counter(natural[:10]) == {"people": 8, "arena": 2}
    steep = ranks(share(rows, split=NO_TEST, shares=SourceShares(alpha=400), sources=sources), sources, "ja")
    assert steep == ["people"] * 40 + ["arena"] * 10


def test_what_is_beyond_the_most_of_a_source_is_left_out_of_every_language_and_counted():
    rows, sources = pool({"people": 30, "arena": 5})
    more, theirs = pool({"judged": 4}, "uk")
    rows += [*more, *(Row(row.group, "uk") for row in rows[:12])]
    shared = share(rows, shares=SourceShares(at_most={"people": 8, "judged": 9}), sources=sources | theirs)
    kept = Counter((row.language, (sources | theirs)[row.group][0]) for row in shared.rows if shared.split(row))
    assert kept == {("ja", "people"): 8, ("ja", "arena"): 5, ("uk", "people"): 8, ("uk", "judged"): 4}
    assert {key: rows for key, rows in shared.funnel.items() if key[2] == BEYOND} == {
        ("ja", "skipped", BEYOND): 22,
        ("uk", "skipped", BEYOND): 4,
    }
    # The first by the order of ranks: what a smaller cap keeps, a larger keeps too.
    fewer = share(rows, shares=SourceShares(at_most={"people": 3}), sources=sources | theirs)
    names = {row for row in fewer.rows if fewer.split(row) and (sources | theirs)[row.group] == ["people"]}
    assert names <= {row for row in shared.rows if shared.split(row)}


def test_a_cap_alone_leaves_the_order_as_it_is():
    rows, sources = pool({"people": 9, "arena": 9})
    plain = share(rows, split=NO_TEST)
    capped = share(rows, split=NO_TEST, shares=SourceShares(at_most={"people": 9}), sources=sources)
    assert plain.ranked == capped.ranked and plain.parts == capped.parts


def test_a_pair_of_a_prompt_in_several_sources_is_of_the_first_whose_rater_it_has():
    rows, sources = pool({"people": 2, "arena": 2})
    both = {group: ["people", "arena"] for group in sources}
    shared = share(rows, split=NO_TEST, shares=SourceShares(at_most={"arena": 1}), sources=both)
    # `arena` stands first by name, and all are its pairs.
    assert len(shared.ranked) == 1


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    st.fixed_dictionaries({name: st.integers(0, 25) for name in NAMES}),
    st.fixed_dictionaries({name: st.sampled_from([0.2, 1, 1.5, 3, 10]) for name in NAMES}),
    st.integers(0, 3),
)
def test_every_prefix_has_the_shares_as_nearly_as_whole_pairs_can(counts, weights, seed):
    rows, sources = pool(counts | {"people": counts["people"] + 1})
    order = ranks(
        share(rows, split=Split(0, seed), shares=SourceShares(weights=weights), sources=sources), sources, "ja"
    )
    there = Counter(order)
    assert there == Counter(name for names in sources.values() for name in names)
    taken: Counter[str] = Counter()
    for name in order:
        taken[name] += 1
        for one in NAMES:
            for other in NAMES:
                if taken[one] and taken[other] < there[other]:
                    # A pair more of the other in place of the last of the one would be no nearer to the weights.
                    assert (taken[one] - 0.5) / weights[one] <= (taken[other] + 0.5) / weights[other] + 1e-9


@settings(max_examples=15, deadline=None)
@given(
    worlds(),
    st.sampled_from(["any", "distinct", "parallel"]),
    st.one_of(
        st.none(),
        st.fixed_dictionaries({name: st.sampled_from([1, 2, 5]) for name in NAMES}),
    ),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 4)),
    st.integers(0, 5),
)
def test_whatever_the_shares_every_pair_is_counted_and_a_smaller_quota_is_in_the_larger(
    rows: list[Row], prompts: Any, weights: Any, alpha: float, at_most: dict[str, int], seed: int
) -> None:
    draw = random.Random(seed)
    sources = {group: draw.sample(NAMES, draw.choice([1, 1, 2])) for group in sorted({row.group for row in rows})}
    names = {name for names in sources.values() for name in names}
    shares = SourceShares(
        weights={name: weight for name, weight in weights.items() if name in names} if weights else None,
        alpha=None if weights else alpha,
        at_most={name: most for name, most in at_most.items() if name in names},
    )
    split = Split(0.3, seed)
    few, many = Mixture("few", per_language=2, prompts=prompts), Mixture("many", prompts=prompts)
    try:
        shared = share(rows, (few, many), split, shares=shares, sources=sources)
    except UserError as error:
        assert "is empty" in str(error)
        return
    check(shared, split)
    assert all(some <= shared.train("many")[tag] for tag, some in shared.train("few").items()), (
        "a larger quota lacks rows of a smaller"
    )
    if prompts == "parallel":
        groups = {frozenset(row.group for row in some) for some in shared.train("few").values() if some}
        assert len(groups) == 1, "not the same prompts in all languages"
    for name, most in shares.at_most.items():
        for tag in LANGUAGES:
            of_source = [
                row
                for row in shared.rows
                if row.language == tag and shared.split(row) and min(sources[row.group]) == name
            ]
            assert len(of_source) <= most
    assert share(rows, (few, many), split, shares=shares, sources=sources, mix=seed + 1).ranked == shared.ranked


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ({}, "it shares nothing out; give weights, alpha or at_most"),
        ({"weights": {"a": 1}, "alpha": 1}, "give weights or alpha, not both"),
        ({"weights": {"a": 0}}, "the weight of 'a' is 0; give a number above 0"),
        ({"alpha": -1}, "alpha is -1; give a number of at least 0"),
        ({"at_most": {"a": 0}}, "at_most of 'a' is 0; give 1 or more"),
        ({"at_most": {"a": 1.5}}, "write a whole number"),
    ],
)
def test_shares_that_make_no_sense_are_one_sentence(declared, sentence):
    with pytest.raises(UserError, match=sentence):
        SourceShares(**declared)


def test_shares_are_of_the_sources_that_there_are():
    SourceShares(weights={"a": 1, "b": 2}, at_most={"b": 3}).check_sources(["a", "b"])
    with pytest.raises(
        UserError, match=r"weights=\.\.\.\) names 'pepole', and no source is called so; did you mean 'people'"
    ):
        SourceShares(weights={"pepole": 1}).check_sources(["people"])
    with pytest.raises(UserError, match=r"at_most=\.\.\.\) names 'c'"):
        SourceShares(at_most={"c": 1}).check_sources(["a", "b"])
    with pytest.raises(UserError, match="lacks b; give every source a weight"):
        SourceShares(weights={"a": 1}).check_sources(["a", "b"])
