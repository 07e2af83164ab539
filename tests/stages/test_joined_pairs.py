"""Pairs of several ways as those of one build: each once, and none that two ways turn round."""

from itertools import permutations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.stages.joined_pairs import TURNED, join_pairs

#: Answers of prompt p: `x` and `y` are one text (the second with blanks at its end), so are those of the others.
TEXTS = {"p": {"x": "Ja.", "y": "Ja. \n", "z": "Nein.", "w": "Vielleicht."}, "q": {"x": "是的。", "z": "不是。"}}
LANGUAGES = {"p": "de", "q": "zh"}
ANSWERS = pa.Table.from_pylist(
    [
        {"completion_id": f"{prompt}.{name}", "prompt_id": prompt, "text": text, "route": "given"}
        | dict.fromkeys(("model", "model_revision", "model_licence"), "m")
        for prompt, answers in TEXTS.items()
        for name, text in answers.items()
    ],
    schema.COMPLETIONS,
)


def of_way(rater: str, *pairs: str) -> pa.Table:
    """Pairs written as `pxz`: of prompt p, x is chosen over z."""
    rows = [
        {
            "pair_id": schema.pair_id(prompt, f"{prompt}.{won}", f"{prompt}.{lost}"),
            "prompt_id": prompt,
            "chosen_id": f"{prompt}.{won}",
            "rejected_id": f"{prompt}.{lost}",
            "language": LANGUAGES[prompt],
            "rater": rater,
        }
        for prompt, won, lost in pairs
    ]
    return pa.Table.from_pylist(rows, schema.PAIRS)


def written(pairs: pa.Table) -> list[str]:
    columns = (pairs[name].to_pylist() for name in ("chosen_id", "rejected_id", "rater"))
    return [f"{won[0]}{won[-1]}{lost[-1]} {rater}" for won, lost, rater in zip(*columns, strict=True)]


def test_a_pair_of_two_ways_is_one_by_its_texts_and_the_first_way_has_it():
    joined = join_pairs([of_way("people", "pxz", "qxz"), of_way("judge", "pyz", "pxw")], ANSWERS)
    assert written(joined.pairs) == ["pxw judge", "pxz people", "qxz people"]
    assert joined.again == {"de": 1} and joined.rejected.num_rows == 0
    # The other way round it is the judge's.
    joined = join_pairs([of_way("judge", "pyz", "pxw"), of_way("people", "pxz", "qxz")], ANSWERS)
    assert written(joined.pairs) == ["pxw judge", "pyz judge", "qxz people"]


def test_what_two_ways_turn_round_is_left_out_of_both():
    joined = join_pairs([of_way("people", "pxz", "qxz"), of_way("judge", "pzy"), of_way("reward", "pyz")], ANSWERS)
    assert written(joined.pairs) == ["qxz people"] and joined.again == {}
    assert [(row["language"], row["where"], row["reason"]) for row in joined.rejected.to_pylist()] == [
        ("de", "p", TURNED)
    ] * 3
    assert {row["detail"] for row in joined.rejected.to_pylist()} == {"p.x p.z", "p.z p.y", "p.y p.z"}


def test_two_pairs_of_one_way_are_its_own_affair():
    # Equal texts by two models: the check of duplicates takes them, and says so.
    joined = join_pairs([of_way("people", "pxz", "pyz"), of_way("judge")], ANSWERS)
    assert written(joined.pairs) == ["pxz people", "pyz people"]


def test_one_way_may_have_a_pair_both_ways_round_where_each_verdict_counts():
    joined = join_pairs([of_way("people", "pxz", "pzx"), of_way("judge", "qxz")], ANSWERS)
    assert written(joined.pairs) == ["pxz people", "pzx people", "qxz judge"]
    joined = join_pairs([of_way("people", "pxz", "pzx"), of_way("judge", "pxz")], ANSWERS)
    assert written(joined.pairs) == [] and len(joined.rejected) == 3


ALL = [f"p{won}{lost}" for won, lost in permutations("xzw", 2)] + ["pyz", "pzy", "qxz", "qzx"]


@pytest.mark.slow
@given(st.lists(st.lists(st.sampled_from(ALL), unique=True), min_size=2, max_size=4))
@settings(deadline=None)
def test_every_pair_is_kept_joined_or_left_out_and_none_twice(ways):
    joined = join_pairs([of_way(f"r{place}", *pairs) for place, pairs in enumerate(ways)], ANSWERS)
    assert sum(map(len, ways)) == len(joined.pairs) + len(joined.rejected) + sum(joined.again.values())
    same = {"y": "x"}
    sides = {}
    for pair, rater in (one.split() for one in written(joined.pairs)):
        sides.setdefault((pair[0], *(same.get(one, one) for one in pair[1:])), set()).add(rater)
    # A pair is of one way, and the other way round of the same one at most.
    assert all(
        len(raters | sides.get((prompt, lost, won), set())) == 1 for (prompt, won, lost), raters in sides.items()
    )
