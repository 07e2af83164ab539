"""Preferences by groups of people: planted truth is done, labels that were dealt out at random are at chance."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.people.groups import MOST_MODELS, OTHER, GroupFigures, figures_by_groups

COLUMNS = ("language", "prompt_id", "chosen_id", "rejected_id", "chosen_model", "rejected_model", "annotator")


def votes(prefer: dict[str, float], prompts: int = 30, each: int = 8, seed: int = 0) -> list[dict[str, Any]]:
    """Votes of people of some groups on the same answers of two models; a group prefers `short` so often."""
    random = np.random.default_rng(seed)
    rows = []
    for group, share in prefer.items():
        for person in range(each):
            for prompt in range(prompts):
                best, worst = ("short", "long") if random.random() < share else ("long", "short")
                rows.append(row(f"p{prompt}", best, worst, f"{group} {person}", taste=group))
    return rows


def row(prompt: str, best: str, worst: str, person: str, language: str = "hi", **groups: str) -> dict[str, Any]:
    stated = [{"group": group, "value": value} for group, value in groups.items()]
    given = (language, prompt, f"{prompt} {best}", f"{prompt} {worst}", best, worst, person)
    return dict(zip(COLUMNS, given, strict=True)) | {"annotator_groups": stated}


def figures(tmp_path: Path, rows: list[dict[str, Any]], deals: int = 199) -> list[GroupFigures]:
    form = pa.schema([*((name, pa.string()) for name in COLUMNS), (schema.ANNOTATOR_GROUPS, schema.GROUPS)])
    pq.write_table(pa.Table.from_pylist(rows, form), tmp_path / "rows.parquet")
    return figures_by_groups([tmp_path / "rows.parquet"], deals)


def test_two_groups_of_opposite_taste_are_told_from_chance(tmp_path: Path) -> None:
    (one,) = figures(tmp_path, votes({"brief": 0.8, "thorough": 0.2}))
    assert (one.language, one.group) == ("hi", "taste")
    shares = {(row.value, row.model): row for row in one.models}
    assert shares["brief", "short"].low > 0.6 and shares["thorough", "short"].high < 0.4
    assert shares["brief", "short"].rows == 240 and shares["brief", "short"].share == pytest.approx(0.8, abs=0.1)
    assert one.models_p == one.models_p_holm == 1 / 200
    of = one.agreement
    # Two of one taste agree on .8 squared and .2 squared, two of different ones on twice .8 by .2.
    assert of is not None and of.within is not None and of.across is not None
    assert of.within.share == pytest.approx(0.68, abs=0.05) and of.across.share == pytest.approx(0.32, abs=0.05)
    assert of.within.low > of.across.high and of.within.twos == 30 * 2 * 28 and of.across.twos == 30 * 64
    assert of.differ / of.pairs > 0.8 > of.by_chance and of.p == of.p_holm == 1 / 200


def test_values_dealt_out_at_random_are_at_chance(tmp_path: Path) -> None:
    small = 0
    for seed in range(20):
        rows = votes({"brief": 0.8, "thorough": 0.2}, prompts=8, seed=seed)
        people = sorted({row["annotator"] for row in rows})
        dealt = dict(zip(people, np.random.default_rng(seed).permutation([0, 1] * 8).tolist(), strict=True))
        for one in rows:
            one["annotator_groups"] = [{"group": "taste", "value": str(dealt[one["annotator"]])}]
        (one,) = figures(tmp_path, rows, deals=99)
        small += one.models_p <= 0.1
        small += one.agreement.p <= 0.1
    assert small <= 12  # of 40; 4 are expected, 12 or more come in one of 2,000 such tests


def test_a_person_who_is_not_told_apart_is_in_win_rates_alone(tmp_path: Path) -> None:
    rows = votes({"brief": 1.0, "thorough": 0.0})
    hidden = [one | {"annotator": OTHER} for one in rows]
    (one,) = figures(tmp_path, hidden)
    assert [(value.value, value.rows, value.people) for value in one.values] == [
        ("brief", 240, 0),
        ("thorough", 240, 0),
    ]
    assert one.models and one.models_p is None and one.agreement is None


def test_other_is_no_value_that_a_test_compares(tmp_path: Path) -> None:
    rows = votes({"brief": 1.0, OTHER: 0.0})
    (one,) = figures(tmp_path, rows)
    assert [value.value for value in one.values] == ["brief", OTHER]
    assert one.models_p is None and one.agreement.across is None and one.agreement.p is None
    assert one.agreement.within.share == 1


def test_four_people_of_a_value_are_too_few_for_a_test(tmp_path: Path) -> None:
    (one,) = figures(tmp_path, votes({"brief": 1.0, "thorough": 0.0}, each=4))
    assert one.models_p is None and one.agreement.p is None and one.agreement.across.share == 0


def test_each_language_and_group_is_a_row_and_corrected_with_the_others(tmp_path: Path) -> None:
    rows = votes({"brief": 1.0, "thorough": 0.0})
    for one in rows:
        one["annotator_groups"] = [{"group": "age", "value": "x"}, *one["annotator_groups"]]
    done = figures(tmp_path, [*rows, *(one | {"language": "de"} for one in rows)])
    assert [(one.language, one.group) for one in done] == [
        ("de", "age"),
        ("de", "taste"),
        ("hi", "age"),
        ("hi", "taste"),
    ]
    assert [one.models_p for one in done] == [None, 1 / 200, None, 1 / 200]
    assert [one.models_p_holm for one in done] == [None, 2 / 200, None, 2 / 200]


def test_pairs_of_one_model_compare_none(tmp_path: Path) -> None:
    rows = [row(f"p{n}", "same", "same", f"person {n % 12}", taste="ab"[n % 2]) for n in range(60)]
    (one,) = figures(tmp_path, rows)
    assert one.models == [] and one.models_p is None and one.agreement is None


def test_at_most_so_many_models_have_rows(tmp_path: Path) -> None:
    rows = [row(f"p{n}", f"m{n % 20}", f"m{(n + 1) % 20}", f"person {n % 12}", taste="a") for n in range(40)]
    (one,) = figures(tmp_path, rows)
    assert len(one.models) == MOST_MODELS == len({share.model for share in one.models})


def test_rows_of_nobody_and_files_without_groups_say_nothing(tmp_path: Path) -> None:
    assert figures(tmp_path, [row("p", "a", "b", "x") | {"annotator_groups": None}]) == []
    pq.write_table(pa.table({"language": ["hi"]}), tmp_path / "plain.parquet")
    assert figures_by_groups([tmp_path / "plain.parquet"]) == []
