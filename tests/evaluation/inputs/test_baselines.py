"""Baselines: what is declared of them, and which published figures are shown beside which comparison."""

import tomllib
from importlib.resources import files

import pytest

from polypref.evaluation.inputs import sets
from polypref.evaluation.inputs.baselines import baseline, figures, names, published
from polypref.inference import Sampling

LICENCES = tomllib.loads((files("polypref") / "data" / "licences.toml").read_text("utf-8"))["licence"]


def test_the_baselines_of_the_papers():
    assert set(names()) == {
        "aya-23-8b",
        "aya-23-35b",
        "aya-expanse-8b",
        "aya-expanse-32b",
        "tiny-aya",
        "aya-101",
        "gemma-1.1-7b-it",
        "llama-3-8b-instruct",
        "mistral-7b-instruct-v0.3",
    }
    known = {one for licence in LICENCES for one in licence["ids"]}
    for name in names():
        entry = baseline(name)
        assert entry.model.licence in known and "/" in entry.model.name and entry.sampling_mark == "ours"
        assert entry.sampling == Sampling(temperature=0.0, top_p=1.0, max_tokens=1024, seed=0)


def test_a_baseline_goes_by_its_short_name_or_hub_id():
    entry = baseline("aya-101")
    assert (entry.model.name, entry.model.licence, entry.kind) == ("CohereLabs/aya-101", "apache-2.0", "seq2seq")
    assert "stored" in entry.serve and "chat template" in entry.serve
    assert baseline("CohereForAI/AYA-101") == baseline("coherelabs/aya-101") == entry
    assert baseline("me/aya-101") is None and baseline("my-model") is None


def test_figures_about_both_models_come_first_and_only_of_the_set():
    dolly = published("CohereLabs/aya-expanse-8b", "meta-llama/Llama-3.1-8B-Instruct", "dolly")
    assert [(one.value, one.set) for one in dolly] == [(83.9, "dolly")]
    arena = published("aya-expanse-32b", "mistralai/Mixtral-8x22B-Instruct-v0.1", "m-arena-hard")
    assert [one.value for one in arena] == [76.6, 54.0] and arena[0].against == "Mixtral 8x22B"
    assert published("aya-expanse-32b", "x", "m-arena-hard-v2") == []


def test_figures_of_the_paper_are_shown_beside_any_model_against_its_baseline():
    shown = published("me/mine", "CohereLabs/aya-23-8B", "m-arena-hard")
    assert [one.value for one in shown] == [54.4, 82.4, 50.8]
    assert {one.set for one in shown} == {"not stated"}
    bound = published("me/mine", "gemma-1.1-7b-it", "dolly")
    assert [(one.value, "at least" in one.metric) for one in bound] == [(69.5, True)]
    assert [one.value for one in published("me/mine", "aya-23-35b", "xlsum")] == [60.9, 57.6, 30.9]


def test_nothing_is_shown_where_nothing_was_published():
    assert published("me/mine", "me/other", "dolly") == []
    assert published("me/mine", "", "dolly") == []


@pytest.mark.parametrize("one", figures(), ids=lambda one: f"{one.model[:16]} {one.value}")
def test_every_figure_says_where_it_is_from_and_none_is_from_memory(one):
    assert one.mark in ("VERIFIED", "VERIFIED (secondary)") and one.source and 0 < one.value < 100
    assert one.set in (*sets.names(), "not stated")
