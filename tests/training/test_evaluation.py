"""Figures of an evaluation, language by language."""

import math

import pytest

from polypref.training import evaluation


@pytest.mark.parametrize("name", ["loss", "rewards/accuracies"])
@pytest.mark.parametrize("lost", ["ar", "he", "ja"])
def test_a_language_whose_value_is_no_number_is_the_worst(name, lost):
    values = {tag: {name: 0.5} for tag in ("ar", "he", "ja")} | {lost: {name: math.nan}}
    totals, worst = evaluation.summary(values, ["ar", "he", "ja"])
    assert worst == {name: lost} and math.isnan(totals[f"worst_{name}"])


def test_summary_by_hand():
    values = {
        "ar": {"loss": 0.5, "rewards/accuracies": 0.75, "rewards/rejected": -1.0},
        "ja": {"loss": 0.7, "rewards/accuracies": 0.25, "rewards/rejected": -3.0},
        "he": {"loss": 0.9, "rewards/accuracies": 0.5, "rewards/rejected": 2.0},
    }
    totals, worst = evaluation.summary(values, ["ar", "ja"])
    assert totals["macro_loss"] == totals["loss"] == pytest.approx(0.6)
    # He is held out, and in two of three figures the worst of all.
    assert totals["worst_loss"] == totals["held_out_loss"] == 0.9
    assert totals["worst_rewards/rejected"] == 2.0 and totals["worst_rewards/accuracies"] == 0.25
    assert worst == {"loss": "he", "rewards/accuracies": "ja", "rewards/rejected": "he"}
    lines = evaluation.table(values, worst, 3, ["ar", "ja"]).splitlines()
    assert next(line for line in lines if "0.9000*" in line).startswith("he (held out)")
    assert lines[-1] == "* the worst of 3 languages, the 1 held out (he) among them: eval_worst_METRIC"
    alone, worst = evaluation.summary(values, ["ar", "ja", "he"])
    assert alone["macro_loss"] == pytest.approx(0.7) and not any(key.startswith("held_out") for key in alone)
    assert evaluation.table(values, worst, 3, list(values)).endswith("* the worst of 3 languages: eval_worst_METRIC")


def test_languages_without_test_rows_are_named_below_the_table():
    values = {"ar": {"loss": 0.5}, "ja": {"loss": 0.7}}
    lines = evaluation.table(values, {"loss": "ja"}, 3, ["ar", "it", "ja", "uk"]).splitlines()
    assert lines[-1] == (
        "* the worst of 2 languages, the 2 trained on without test rows (it, uk) not among them: eval_worst_METRIC"
    )
    one = evaluation.table({"ar": {"loss": 0.5}}, {"loss": "ar"}, 3, ["ar", "it"]).splitlines()
    assert one[-1] == (
        "one language was evaluated, the 1 trained on without test rows (it) not among them; eval_worst_METRIC is of it"
    )
    assert "*" not in "".join(one)


def test_languages_of_one_row_are_named_below_the_table():
    values = {"ar": {"loss": 0.5}, "ja": {"loss": 0.7}}
    lines = evaluation.table(values, {"loss": "ja"}, 3, ["ar", "ja"], ["it", "ja"]).splitlines()
    assert lines[-2:] == ["* the worst of 2 languages: eval_worst_METRIC", "evaluated on one row: ja"]


def test_several_languages_held_out_have_a_mean_of_their_own():
    values = {tag: {"loss": loss} for tag, loss in (("ar", 0.5), ("ja", 0.75), ("he", 1.0), ("uk", 2.0))}
    totals, worst = evaluation.summary(values, ["ar", "ja"])
    assert totals == {"macro_loss": 0.625, "loss": 0.625, "held_out_loss": 1.5, "worst_loss": 2.0}
    assert worst == {"loss": "uk"}
    totals, _ = evaluation.summary(values | {"uk": {}}, [])
    assert totals == {"held_out_loss": 0.75, "worst_loss": 1.0}


@pytest.mark.parametrize(("tag", "width"), [("he", 14), ("zh-Hant", 19), ("", 12)])
def test_the_columns_of_the_table_stand_below_each_other(tag, width):
    values = {"ar": {"loss": 0.5}, tag: {"loss": 0.7}} if tag else {"ar": {"loss": 0.5}}
    _, header, *rows, _ = evaluation.table(values, {"loss": tag}, 3, ["ar"]).splitlines()
    assert header == f"{'language':{max(width, 10) if tag else 10}}{'loss':>20}"
    assert {len(row) for row in rows} == {len(header)}


def test_a_short_batch_counts_for_its_rows_only():
    assert evaluation.weighted([1.0, 4.0], [2, 1]) == 2.0
    assert evaluation.weighted([1.0, math.nan], [2, 1]) == 1.0
    assert evaluation.weighted([math.nan], [1]) is None


def test_a_language_whose_tag_begins_as_another_has_metrics_of_its_own():
    metrics = {
        "eval_zh_loss": 1.0,
        "eval_zh_Hant_loss": 2.0,
        "eval_zh_rewards/margins": 3.0,
        "epoch": 1.0,
        "eval_x": 4.0,
    }
    assert evaluation.metrics_of_languages(metrics, "eval", ["zh", "zh_Hant", "uk"]) == {
        "zh": {"loss": 1.0, "rewards/margins": 3.0}, "zh_Hant": {"loss": 2.0}, "uk": {},
    }  # fmt: skip
