"""Figures in the Hub's own form, as its client reads them, and what is pushed of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries

from polypref.evaluation import publish
from polypref.evaluation.hub_results import FILE, results_file
from polypref.evaluation.inputs.held import read_results
from polypref.evaluation.results import Results
from tests.hub import LoopbackHub
from tests.release.test_evaluation import evaluate


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    known = read_results(evaluate(tmp_path_factory.mktemp("entries") / "a") / "results.json")
    assert known is not None
    return known


@pytest.fixture
def of_the_hub(results: Results) -> Results:
    (one,) = results.sets
    return replace(results, sets=(replace(one, repo="org/questions", revision="abc123"),))


def test_the_hubs_client_reads_what_is_written(of_the_hub):
    data = results_file(of_the_hub, "org/tuned")
    assert data is not None
    entries = parse_eval_result_entries(yaml.safe_load(data))
    assert [one.task_id for one in entries] == ["win_rate_de", "win_rate_he", "win_rate_macro_average"] * 2
    assert {(one.dataset_id, one.dataset_revision) for one in entries} == {("org/questions", "abc123")}
    assert {(one.source_name, one.source_url) for one in entries} == {("polypref", "https://huggingface.co/org/tuned")}
    # Right in 20 of 24.
    assert [one.value for one in entries[:3]] == [0.8333] * 3
    row = of_the_hub.comparisons[0].rows[0]
    assert entries[0].notes == (
        f"win-rate (0 to 1) against base, judged by reference; 95% interval {row.low:.4f} to {row.high:.4f}; "
        "24 of 24 prompts scored"
    )
    assert str(entries[2].notes).endswith("; macro average over de, he")


def test_a_set_that_is_no_dataset_of_the_hub_has_no_file(results):
    assert results_file(results, "org/tuned") is None


def test_the_file_is_pushed_beside_the_card_and_goes_with_its_reason(of_the_hub, results):
    with LoopbackHub() as hub:
        api = hub.api(hub.token("org"))
        api.create_repo("org/tuned")
        repo = hub.repo("models", "org/tuned")
        repo.commit({"README.md": b"# Mine\n", ".eval_results/other.yaml": b"[]\n"})
        publish._push_card(api, of_the_hub, "org/tuned")
        held = repo.files()
        assert held[FILE] == results_file(of_the_hub, "org/tuned") and b"model-index" in held["README.md"]
        publish._push_card(api, results, "org/tuned")
        assert FILE not in repo.files() and repo.files()[".eval_results/other.yaml"] == b"[]\n"
