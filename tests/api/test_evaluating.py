"""`polypref.evaluate` and `polypref.score`: a config, arguments over it, and verdicts that are there already."""

import doctest
from types import SimpleNamespace

import pytest

import polypref
from polypref import UserError
from polypref.api import building, evaluating
from polypref.evaluation.reward_models import benchmark, data
from polypref.evaluation.reward_models.results import Judging

LAYOUT = {"form": "winner", "columns": "winner", "prompt": "question", "model_a": "=mine", "model_b": "=theirs"}
LAYOUT |= {"language": "=he", "labels": {"mine": "a", "theirs": "b"}}


@pytest.fixture
def verdicts(tmp_path):
    path = tmp_path / "verdicts.csv"
    path.write_text("question,winner\nq1,mine\nq2,theirs\nq3,mine\nq4,mine\n", "utf-8")
    return path


def test_arguments_go_before_the_config_under_its_own_names(tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text("sets: [dolly]\njudges: [reference]\nlimit: 9\nseed: 1\nlanguages: [de]\n", "utf-8")
    assert evaluating.merged(path) == {
        "sets": ["dolly"], "judges": ["reference"], "sample": 9, "seed": 1, "languages": ["de"]
    }  # fmt: skip
    config = evaluating.merged(path, sets="mine.jsonl", judge=None, limit=2, languages=("he", "fa"))
    assert config == {"set": "mine.jsonl", "judges": ["reference"], "sample": 2, "seed": 1, "languages": ["he", "fa"]}
    with pytest.raises(UserError, match=r"cannot read .*none.yaml"):
        evaluating.merged(tmp_path / "none.yaml")


def test_verdicts_of_others_are_scored_and_the_folder_again(verdicts, tmp_path, capsys):
    evaluation = polypref.score(verdicts, LAYOUT, tmp_path / "out", seed=3, quiet=True)
    (row,) = evaluation.results.comparisons[0].rows
    assert (row.language, row.win_rate) == ("he", 0.75)  # three of four questions
    again = polypref.score(tmp_path / "out", quiet=True)
    assert again.results == evaluation.results
    again.show()
    assert "0.750" in capsys.readouterr().out
    with pytest.raises(UserError, match=r"give the folder alone"):
        polypref.score(tmp_path / "out", LAYOUT)
    with pytest.raises(UserError, match=r"which of its columns says what"):
        polypref.score(verdicts)


@pytest.mark.parametrize(
    ("benchmarks", "judge", "ties", "counts"),
    [
        ("lost", None, None, "lost"),  # a reward model: as the benchmark's own code has it
        ("half", None, None, "half"),
        ("lost", Judging(), None, "half"),  # a judge may say that two answers are equal
        ("lost", Judging(), "lost", "lost"),
        ("half", None, "chance", "chance"),
    ],
)
def test_what_a_tie_counts_where_nobody_says(benchmarks, judge, ties, counts, monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr(benchmark, "evaluate_rm", lambda *words, **more: asked.update(more))
    monkeypatch.setattr(
        data, "source", lambda *words, **more: SimpleNamespace(weights={}, ties=benchmarks, layout=None)
    )
    monkeypatch.setattr(data, "load_comparisons", lambda *words: [])
    polypref.evaluate_reward_model(None, "anywhere", tmp_path, judge=judge, ties=ties)
    assert (asked["ties"], asked["judge"]) == (counts, judge)


def test_what_has_no_figures_shows_none(tmp_path):
    with pytest.raises(UserError, match=r"has no figures yet; run the step score"):
        polypref.Evaluation(tmp_path, None).show()


@pytest.mark.parametrize("module", [building, evaluating])
def test_the_examples_are_true(module, verdicts, tmp_path):
    """Those of the documentation, run."""
    given = {"polypref": polypref, "tmp": tmp_path, "LAYOUT": LAYOUT}
    failed, tried = doctest.testmod(module, extraglobs=given)
    assert tried > 0 and failed == 0
