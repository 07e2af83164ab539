"""Records for every_eval_ever: by its rules, written here by hand, and with the figures of the evaluation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.evaluation.every_eval_ever import SCHEMA_VERSION, every_eval_ever_record, write_record
from polypref.evaluation.inputs.held import read_results
from polypref.evaluation.results import JudgeFacts, Results
from polypref.evaluation.scoring import NOT_QUALITY
from tests.evaluation import duel
from tests.release.test_evaluation import NAME, evaluate

#: Of version 0.2.2: what must be there, and of which type, by path; * for each entry of a list.
RULES = {
    "schema_version": str,
    "evaluation_id": str,
    "retrieved_timestamp": str,
    "source_metadata.source_type": str,
    "source_metadata.source_organization_name": str,
    "source_metadata.evaluator_relationship": str,
    "eval_library.name": str,
    "eval_library.version": str,
    "model_info.name": str,
    "model_info.id": str,
    "evaluation_results.*.evaluation_name": str,
    "evaluation_results.*.source_data.dataset_name": str,
    "evaluation_results.*.source_data.source_type": str,
    "evaluation_results.*.metric_config.lower_is_better": bool,
    # Asked for where the type of score is continuous.
    "evaluation_results.*.metric_config.min_score": int,
    "evaluation_results.*.metric_config.max_score": int,
    "evaluation_results.*.score_details.score": float,
    # Asked for where there is an interval.
    "evaluation_results.*.score_details.uncertainty.confidence_interval.lower": float,
    "evaluation_results.*.score_details.uncertainty.confidence_interval.upper": float,
    "evaluation_results.*.score_details.uncertainty.num_samples": int,
}
#: No other key may stand at the top.
TOP = {
    *("schema_version", "evaluation_id", "evaluation_timestamp", "retrieved_timestamp", "source_metadata"),
    *("eval_library", "model_info", "evaluation_results", "detailed_evaluation_results"),
}


def values_at(value, path: str) -> list[object]:
    if not path:
        return [value]
    first, _, rest = path.partition(".")
    return [one for part in (value if first == "*" else [value[first]]) for one in values_at(part, rest)]


def texts_of_details(value) -> list[object]:
    """All that stands under `details` and `additional_details`, anywhere: only texts may."""
    if isinstance(value, list):
        return [one for part in value for one in texts_of_details(part)]
    if not isinstance(value, dict):
        return []
    own = [one for key in ("details", "additional_details") for one in value.get(key, {}).values()]
    return own + [one for part in value.values() for one in texts_of_details(part)]


def check_record(record) -> None:
    assert record.keys() <= TOP and record["schema_version"] == SCHEMA_VERSION == "0.2.2"
    for path, kind in RULES.items():
        values = values_at(record, path)
        assert values and all(type(one) is kind for one in values), path
    assert record["source_metadata"]["source_type"] in ("documentation", "evaluation_run")
    relations = ("first_party", "third_party", "collaborative", "other")
    assert record["source_metadata"]["evaluator_relationship"] in relations
    assert set(values_at(record, "evaluation_results.*.source_data.source_type")) <= {"url", "hf_dataset", "other"}
    assert all(isinstance(one, str) for one in texts_of_details(record))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evaluate(tmp_path_factory.mktemp("record") / "a")


@pytest.fixture(scope="module")
def results(out: Path) -> Results:
    known = read_results(out / "results.json")
    assert known is not None
    return known


def test_a_record_follows_the_rules_and_holds_the_figures(results):
    record = every_eval_ever_record(results, 1_764_000_000)
    check_record(record)
    assert record["retrieved_timestamp"] == "1764000000"
    assert record["evaluation_id"] == f"Ours: <b>5</b>/{NAME}/1764000000"
    assert record["model_info"]["name"] == NAME
    # Two comparisons of the model asked about, each in de, he and over both.
    names = [one["evaluation_name"] for one in record["evaluation_results"]]
    assert names == ["questions, de", "questions, he", "questions, macro average"] * 2
    first = record["evaluation_results"][0]
    # Right in 20 of 24, lost in four.
    assert first["score_details"]["score"] == pytest.approx(20 / 24)
    assert first["score_details"]["details"] == {
        "prompts": "24", "scored": "24", "groups": "24", "wins": "20", "losses": "4", "ties": "0", "unparsed": "0",
    }  # fmt: skip
    interval = first["score_details"]["uncertainty"]["confidence_interval"]
    row = results.comparisons[0].rows[0]
    error = first["score_details"]["uncertainty"]["standard_error"]
    # 20 won and 4 lost, each prompt by itself: the square root of 24/23 * 20/24 * 4/24 / 24.
    assert error["value"] == pytest.approx((24 / 23 * 20 / 24 * 4 / 24 / 24) ** 0.5, abs=1e-9)
    assert error["value"] == row.error and error["method"].startswith("clustered, prompts kept together")
    assert (interval["lower"], interval["upper"], interval["confidence_level"]) == (row.low, row.high, 0.95)
    assert first["metric_config"]["metric_name"] == "win-rate against base, judged by reference"
    assert first["source_data"]["source_type"] == "other" and "llm_scoring" not in first["metric_config"]
    average = record["evaluation_results"][2]["score_details"]["uncertainty"]["standard_error"]["value"]
    assert average == results.comparisons[0].average.error
    without = replace(results.comparisons[0], rows=(replace(row, error=None), *results.comparisons[0].rows[1:]))
    (lacking, *_) = every_eval_ever_record(replace(results, comparisons=(without,)), 1)["evaluation_results"]
    assert "standard_error" not in lacking["score_details"]["uncertainty"]
    json.dumps(record)


def test_a_set_of_the_hub_and_an_llm_judge_are_named(results):
    (one,) = results.sets
    judge = JudgeFacts(name="reference", kind="llm", prompt="pairwise-3", orders=2, model="lab/judge", revision="r1")
    hub = replace(results, sets=(replace(one, repo="org/questions", revision="abc123"),), judges=(judge,))
    record = every_eval_ever_record(hub, 1)
    check_record(record)
    first = record["evaluation_results"][0]
    assert first["source_data"]["source_type"] == "hf_dataset" and first["source_data"]["hf_repo"] == "org/questions"
    scoring = first["metric_config"]["llm_scoring"]
    assert scoring["input_prompt"] == "pairwise-3" and scoring["additional_details"] == {"orders": "2"}
    about = {"name": "lab/judge", "id": "lab/judge", "additional_details": {"revision": "r1"}}
    assert scoring["judges"] == [{"model_info": about}]


def test_figures_of_a_stand_in_are_in_no_record(results):
    with pytest.raises(UserError, match="is not a quality judgement: its figures are not for a collection of results"):
        every_eval_ever_record(replace(results, note=NOT_QUALITY), 1)


def test_the_command_writes_one_and_nothing_over_another_file(out, tmp_path):
    file = tmp_path / "record.json"
    duel.run("report", out, "--every-eval-ever", file)
    check_record(json.loads(file.read_text("utf-8")))


def test_the_same_record_keeps_its_first_time_and_another_is_not_written_over(results, tmp_path):
    file = tmp_path / "record.json"
    write_record(file, results, 1_764_000_000)
    first = file.read_bytes()
    write_record(file, results, 1_764_000_999)
    assert file.read_bytes() == first and json.loads(first)["retrieved_timestamp"] == "1764000000"
    with pytest.raises(UserError, match=r"record.json is there already and holds something else; move it away"):
        write_record(file, replace(results, name="another run"), 1_764_000_999)
    for text in ("[]", "{", "{}", '{"retrieved_timestamp": -1}'):
        file.write_text(text, "utf-8")
        with pytest.raises(UserError, match="holds something else"):
            write_record(file, results, 1)
        assert file.read_text("utf-8") == text
