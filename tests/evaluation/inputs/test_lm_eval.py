"""Results of lm-evaluation-harness, laid out as lm_eval 0.4.13 wrote them for a small task, side by side."""

import json
import re

import pytest

from polypref.errors import UserError
from polypref.evaluation.harness import Academic
from polypref.evaluation.inputs.lm_eval import TASKS, merge_results
from polypref.evaluation.inputs.lm_eval_tasks import language
from polypref.files.records import decode, encode


def results(scores, model="org/before", n=500, **more):
    """A results file: task -> {metric,filter: (score, standard error)}."""
    rows = {}
    for task, values in scores.items():
        rows[task] = {"name": task, "alias": f" - {task}", "sample_len": n}
        for name, (score, error) in values.items():
            metric, kind = name.split(",")
            rows[task] |= {name: score, f"{metric}_stderr,{kind}": error}
    return {
        "results": rows,
        "group_subtasks": {task: [] for task in scores},
        "configs": {task: {"task": task, "dataset_path": "x", "output_type": "multiple_choice"} for task in scores},
        "versions": dict.fromkeys(scores, 1.0),
        "n-shot": dict.fromkeys(scores, 0),
        "higher_is_better": {task: {"acc": True, "exact_match": True} for task in scores},
        "n-samples": {task: {"original": n, "effective": n} for task in scores},
        "config": {"model": "hf", "model_args": {"pretrained": model}, "limit": None},
        "model_name": model,
        "lm_eval_version": "0.4.13",
        "chat_template": None,
    } | more


BEFORE = {
    "xcopa": {"acc,none": (0.70, 0.010)},
    "xcopa_id": {"acc,none": (0.70, 0.03)},
    "xwinograd_jp": {"acc,none": (0.60, 0.02)},
    "m_mmlu_uk": {"acc,none": (0.5, 0.004)},
    "mgsm_direct_ru": {"exact_match,remove_whitespace": (0.1, 0.02), "exact_match,flexible-extract": (0.4, 0.03)},
    "xstorycloze_ar": {"acc,none": (0.6, "N/A")},
}
AFTER = {
    **BEFORE,
    "xcopa_id": {"acc,none": (0.66, 0.04)},
    "xstorycloze_ar": {"acc,none": (0.65, "N/A")},
    "xstorycloze_hi": {"acc,none": (0.65, 0.01)},
}


def write(folder, content, name="results_2026-11-21T08-50-40.612651.json"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return folder


def test_before_and_after(tmp_path):
    before = write(tmp_path / "before" / "org__before", results(BEFORE))
    after = write(tmp_path / "after" / "org__after", results(AFTER, "org/after"))
    figures = merge_results(before.parent, after.parent)
    rows = {(row.task, row.metric): row for row in figures.rows}
    row = rows["xcopa_id", "acc"]
    assert (row.language, row.before, row.after, row.before_n) == ("id", 0.70, 0.66, 500)
    # 3, 4, 5: independent errors add up by squares.
    assert row.difference == pytest.approx(-0.04) and row.difference_stderr == pytest.approx(0.05)
    assert row.higher_is_better is True
    assert rows["xcopa", "acc"].language == "", "a group is of no language"
    assert rows["xstorycloze_ar", "acc"].difference_stderr is None, "N/A is no number"
    assert {name for task, name in rows if task == "mgsm_direct_ru"} == {
        "exact_match (remove_whitespace)",
        "exact_match (flexible-extract)",
    }
    assert len(rows) == 7 and figures.only_after == ("xstorycloze_hi acc",) and figures.only_before == ()
    assert (figures.before.model, figures.after.model) == ("org/before", "org/after")
    assert figures.warnings == () and "unpaired" in figures.note
    assert decode(Academic, json.loads(json.dumps(encode(figures), allow_nan=False)), "bad") == figures


def test_documented_tasks_name_languages_that_are_known():
    for task, tags in TASKS.items():
        assert all(language(f"{task.replace('cot_native', 'native_cot')}_{tag}") == tag for tag in tags), task


def test_the_newest_file_of_a_run_counts(tmp_path):
    write(tmp_path / "m", results(BEFORE), "results_2026-11-20T08-50-40.612651.json")
    write(tmp_path / "m", results(AFTER))
    assert merge_results(tmp_path, tmp_path).rows[-1].task == "xwinograd_jp"
    assert merge_results(tmp_path, tmp_path).after.file == "results_2026-11-21T08-50-40.612651.json"
    assert {row.task for row in merge_results(tmp_path, tmp_path).rows} == set(AFTER)


def test_what_makes_two_runs_hard_to_compare_is_said(tmp_path):
    other = results(AFTER, n=100, chat_template="{{ m }}", config={"model": "hf", "limit": 100.0})
    other["versions"]["xcopa_id"] = 2.0
    other["n-shot"]["m_mmlu_uk"] = 5
    figures = merge_results(write(tmp_path / "a", results(BEFORE)), write(tmp_path / "b", other)).warnings
    assert any("task version: xcopa_id." in one for one in figures)
    assert any("number of examples: m_mmlu_uk." in one for one in figures)
    assert any("number of questions" in one for one in figures) and any("chat template" in one for one in figures)
    assert any("--limit" in one for one in figures)


def test_bad_files_are_named(tmp_path):
    good, empty = write(tmp_path / "good", results(BEFORE)), tmp_path / "empty"
    empty.mkdir()
    broken, other = write(tmp_path / "broken", [1]), write(tmp_path / "other", results({"gsm8k": {"acc,none": (0, 0)}}))
    write(tmp_path / "two" / "a", results(BEFORE)), write(tmp_path / "two" / "b", results(BEFORE))
    for where, says in (
        (empty, "holds no results_*.json"),
        (broken, "has no 'results'"),
        (other, "no task and metric in common"),
        (tmp_path / "two", "results of several models"),
        (tmp_path / "none.json", "cannot read"),
    ):
        with pytest.raises(UserError, match=re.escape(says)):
            merge_results(good, where)
