"""Pairs that hurt: decisions by hand, files, and planted flips that are found in each language."""

import json
import math
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.review import doubts
from polypref.review.decisions import Decided, read_decisions
from polypref.review.doubts import DoubtCount, DoubtedPair, DoubtRule
from tests.review.conftest import FILES, ONE, TWO, X, Y


def pair(number: int, language: str = "he") -> DoubtedPair:
    return DoubtedPair(f"{number:032x}", language, X, Y, "rater")


def test_decisions_and_counts_by_hand() -> None:
    pairs = [pair(at) for at in range(5)] + [pair(9, "fa")]
    wrong = dict(zip((one.pair_id for one in pairs), (0.1, 0.69, 0.7, 0.9), strict=False))
    decided, counts = doubts.decide_doubts(pairs, wrong, DoubtRule())
    assert [one.decision for one in decided.values()] == ["agreed", "agreed", "remove", "relabel"]
    assert set(decided.values()) >= {Decided("remove", "he", X, None)}
    # Before: three of four labels are contradicted. After: of .1, .69 and the flipped one, .1, one is.
    assert counts == [DoubtCount("fa", 1, 0, 0, 0, None, None), DoubtCount("he", 5, 2, 1, 1, 3 / 4, 1 / 3)]
    assert counts[1].sentence() == (
        "he: 5 pairs, 4 with another opinion: keep 2, drop 1, flip 1; labels that it contradicts: 75.0% before, 33.3% "
        "after"
    )
    assert counts[0].sentence() == "fa: 1 pairs, 0 with another opinion: keep 0, drop 0, flip 0"


@given(st.lists(st.none() | st.floats(0, 1), max_size=20), st.floats(0.51, 1), st.floats(0, 0.5))
def test_each_pair_is_kept_dropped_flipped_or_unknown_and_nothing_gets_worse(
    likely: list[float | None], drop: float, more: float
) -> None:
    pairs = [pair(at) for at in range(len(likely))]
    wrong = {pair(at).pair_id: one for at, one in enumerate(likely) if one is not None}
    decided, counts = doubts.decide_doubts(pairs, wrong, DoubtRule(drop, drop + more))
    assert decided.keys() == wrong.keys()
    for one in counts:
        assert one.kept + one.dropped + one.flipped == len(wrong) and one.pairs == len(pairs)
        assert one.before is None or one.after is None or one.after <= one.before


@pytest.mark.parametrize(("drop", "flip"), [(0.5, 0.9), (0.8, 0.7), (math.nan, 0.9)])
def test_a_rule_that_cannot_be_is_one_sentence(drop: float, flip: float) -> None:
    with pytest.raises(UserError, match="give probabilities that a label is wrong"):
        DoubtRule(drop, flip)


PLANTED = {"fa": 0.05, "he": 0.15, "hi": 0.3}


def test_planted_flips_are_found_in_each_language() -> None:
    """One answer is better by half a normal variable with a deviation of 2.5; a share of the labels is turned round on
    purpose, and a reward knows the difference but for noise of 1."""
    draw = random.Random(5)
    pairs, wrong, planted = [], {}, {}
    for tag, rate in PLANTED.items():
        for _ in range(4_000):
            one = pair(len(pairs), tag)
            truth = abs(draw.gauss(0, 2.5))  # of the better answer less the other
            flipped = draw.random() < rate
            margin = (-1 if flipped else 1) * (truth + draw.gauss(0, 1))
            pairs.append(one)
            planted[one.pair_id] = flipped
            wrong[one.pair_id] = 1 / (1 + math.exp(margin))
    decided, counts = doubts.decide_doubts(pairs, wrong, DoubtRule())
    for tag, rate in PLANTED.items():
        of_tag = {one.pair_id for one in pairs if one.language == tag}
        turned = {one for one in of_tag if decided[one].decision == "relabel"}
        touched = turned | {one for one in of_tag if decided[one].decision == "remove"}
        truly = {one for one in of_tag if planted[one]}
        precision, recall = len(turned & truly) / len(turned), len(touched & truly) / len(truly)
        assert recall > 0.6 and precision > {"fa": 0.75, "he": 0.9, "hi": 0.95}[tag]
        # What stays has far fewer wrong labels: kept ones that were turned, and flipped ones that were right.
        stays = [one for one in of_tag if decided[one].decision != "remove"]
        left = sum(planted[one] != (decided[one].decision == "relabel") for one in stays) / len(stays)
        assert left < 0.5 * rate
    assert [one.language for one in counts] == ["fa", "he", "hi"]
    assert all(one.before is not None and one.after is not None and one.after < one.before for one in counts)


def test_margins_are_read_as_probabilities(tmp_path: Path) -> None:
    rows = [{"pair_id": ONE, "reward_margin": -math.log(9)}, {"pair_id": TWO, "reward_margin": None}]
    rows += [{"pair_id": X, "reward_margin": 5_000.0}, {"pair_id": ONE, "reward_margin": -math.log(9)}]
    path = tmp_path / "margins.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    wrong = doubts.wrong_by_margins(path)
    assert wrong == {ONE: pytest.approx(0.9), X: pytest.approx(0.0)}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (['{"pair_id": "p", "reward_margin": "x"}'], r"pair_id is 'p' and reward_margin 'x'; give the id of a pair"),
        (['{"pair_id": 1, "reward_margin": 1}'], "pair_id is 1 and"),
        (['{"pair_id": "p", "reward_margin": 1}', '{"pair_id": "p", "reward_margin": 2}'], "with two margins"),
        (["[1]"], "cannot be read"),
        (['{"pair_id": "p", "margin": 1}'], r"no row of .* has reward_margin; there are .*'pair_id', 'margin'.*; give"),
    ],
)
def test_margins_that_are_none_are_one_sentence(tmp_path: Path, rows: list[str], message: str) -> None:
    path = tmp_path / "margins.jsonl"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    with pytest.raises(UserError, match=message) as error:
        doubts.wrong_by_margins(path)
    assert "\n" not in str(error.value)


def test_a_file_of_doubts_is_one_of_decisions_that_says_whose_they_are(pairs: Path, tmp_path: Path) -> None:
    there = doubts.pairs_in(pairs, FILES)
    assert [(one.pair_id, one.language, one.chosen_id) for one in there] == [(ONE, "de", X), (TWO, "he", X)]
    decided, _ = doubts.decide_doubts(there, {TWO: 0.95}, DoubtRule())
    doubts.write_doubts("x 1.0.0", "a reward", decided, tmp_path / "d.json")
    review = read_decisions(tmp_path / "d.json")
    assert (review.by, review.decisions) == ("a reward", {TWO: Decided("relabel", "he", X, None)})
    doubts.write_doubts("x 1.0.0", "another", decided, tmp_path / "d.json")  # nobody changed it
    with pytest.raises(UserError, match=r"says nothing of any pair of x 1\.0\.0; give margins"):
        doubts.write_doubts("x 1.0.0", "a reward", {}, tmp_path / "e.json")


def test_single_answers_are_not_doubted(tmp_path: Path) -> None:
    row = {one.name: [] if pa.types.is_list(one.type) else ONE for one in schema.UNPAIRED if not one.nullable}
    row |= {"language": "de", "prompt": [{"role": "user", "content": "?"}], "label": True}
    row |= {"completion": [{"role": "assistant", "content": "!"}]}
    (tmp_path / "data/de").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([row], schema.UNPAIRED), tmp_path / FILES[0])
    with pytest.raises(UserError, match=r"holds single answers with a label each, .* \(polypref review export\)"):
        doubts.pairs_in(tmp_path, FILES[:1])


def test_without_published_raters_nothing_is_known(pairs: Path) -> None:
    assert doubts.wrong_by_raters(doubts.pairs_in(pairs, FILES), []) == {}
