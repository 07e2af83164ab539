"""`polypref evaluate-rm`: what its options come to. The benchmark itself is tried in tests/evaluation/reward_models."""

import argparse
import json
import re
from pathlib import Path

import pytest

from polypref.cli import evaluate_rm as cli_evaluate_rm
from polypref.cli import main
from polypref.errors import UserError
from polypref.evaluation.reward_models import report
from polypref.evaluation.reward_models.results import Judging
from polypref.inference import Sampling


def write(path: Path, **more: str) -> Path:
    """A pair in Arabic, Hebrew and English each."""
    rows = [("ar", "ما عاصمة فرنسا؟", "باريس."), ("he", "מהי בירת צרפת?", "פריז."), ("en", "The capital?", "Paris.")]
    keys = ("language", "prompt", "chosen")
    lines = [{"id": "1", "rejected": "?"} | dict(zip(keys, row, strict=True)) | more for row in rows]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def asked(monkeypatch) -> list[tuple[tuple[object, ...], dict[str, object]]]:
    """What `polypref.evaluate_reward_model` is called with, in place of its work."""
    asked: list[tuple[tuple[object, ...], dict[str, object]]] = []
    monkeypatch.setattr(cli_evaluate_rm, "evaluate_reward_model", lambda *words, **more: asked.append((words, more)))
    monkeypatch.setattr(report, "show_report", lambda results: None)
    return asked


LEFT_OPEN = {
    "at": "vllm", "revision": "", "judge": None, "languages": None, "limit": None, "seed": 0, "config": "", "split": "",
    "data_revision": "", "language": "", "columns": {}, "layout": None, "categories": None, "unparsed": "exclude",
    "ties": None, "against": "en", "bins": 10, "log": None, "retry": False, "quiet": False,
    "records": "", "separator": "",
}  # fmt: skip


def test_what_is_left_out_has_the_defaults_that_the_help_tells(asked, capsys):
    assert main(["evaluate-rm", "org/model", "--data", "m-rewardbench", "--out", "there"]) == 0
    assert asked == [(("org/model", "m-rewardbench", "there"), LEFT_OPEN)]
    assert capsys.readouterr().out == "wrote there/reward_report.md, reward_results.json and rewards.parquet\n"


@pytest.mark.parametrize(("words", "missing"), [(["--data", "x"], "--out"), (["--out", "x"], "--data")])
def test_data_and_a_folder_are_needed(words, missing, asked, capsys):
    assert main(["evaluate-rm", "org/model", *words]) == 2
    assert f"the following arguments are required: {missing}; see" in capsys.readouterr().err and not asked


def test_every_option_of_the_data_and_the_counting_arrives(asked):
    words = [
        "evaluate-rm", "org/model", "--data", "org/pairs", "--out", "there", "--at", "transformers", "--revision", "r1",
        "--languages", "he, ar,he", "--limit", "7", "--seed", "3", "--config", "c", "--split", "s", "--data-revision",
        "r2", "--language", "fa", "--column", "prompt=question", "--column", "chosen=a=b", "--categories", "c.toml",
        "--unparsed", "half", "--ties", "chance", "--against", "de", "--bins", "5", "--log", "l.sqlite", "--retry",
        "--quiet", "--records", "a.b", "--separator", ";",
    ]  # fmt: skip
    assert main(words) == 0
    expected = {
        "at": "transformers", "revision": "r1", "judge": None, "languages": ["he", "ar"], "limit": 7, "seed": 3,
        "config": "c", "split": "s", "data_revision": "r2", "language": "fa",
        "columns": {"prompt": "question", "chosen": "a=b"}, "layout": None, "categories": "c.toml", "unparsed": "half",
        "ties": "chance", "against": "de", "bins": 5, "log": "l.sqlite", "retry": True, "quiet": True,
        "records": "a.b", "separator": ";",
    }  # fmt: skip
    assert asked == [(("org/model", "org/pairs", "there"), expected)]


@pytest.mark.parametrize(
    ("words", "model", "at", "revision", "prompt"),
    [
        (["--judge", "m"], "m", "vllm", "", "pairwise-2"),
        (["--judge", "{kind: llm, model: m, at: transformers, revision: 3}"], "m", "transformers", "3", "pairwise-2"),
        (["--judge", "{model: m, prompt: mine}", "--prompt", "other"], "m", "vllm", "", "mine"),
        (["--judge", "m", "--prompt", "other", "--at", "transformers"], "m", "transformers", "", "other"),
        # As until 0.2, where --judge said that the model is a judge.
        (["m", "--judge"], "m", "vllm", "", "pairwise-2"),
    ],
)
def test_a_judge_is_a_name_or_keys(words, model, at, revision, prompt, asked):
    assert main(["evaluate-rm", *words, "--data", "d", "--out", "there"]) == 0
    ((called, more),) = asked
    assert called == (model, "d", "there") and (more["at"], more["revision"]) == (at, revision)
    assert more["judge"] == Judging(prompt, 2, 0, Sampling(max_tokens=1024))


def test_how_a_judge_is_asked(asked):
    words = ["evaluate-rm", "--judge", "m", "--data", "d", "--out", "there"]
    assert main([*words, "--one-order", "--max-tokens", "64", "--seed", "5"]) == 0
    assert asked[0][1]["judge"] == Judging("pairwise-2", 1, 5, Sampling(max_tokens=64))


@pytest.mark.parametrize("words", [["--one-order"], ["--max-tokens", "64"], ["--prompt", "x"]])
def test_what_is_for_judges_is_refused_for_a_reward_model(words, asked, capsys):
    assert main(["evaluate-rm", "m", "--data", "d", "--out", "there", *words]) == 2
    assert capsys.readouterr().err == (
        "polypref: --prompt, --one-order and --max-tokens are for LLM judges; add --judge\n"
    )
    assert asked == []


def arguments(*words):
    parser = argparse.ArgumentParser()
    cli_evaluate_rm.add_parser(parser.add_subparsers())
    return parser.parse_args(["evaluate-rm", *map(str, words)])


def test_the_command(tmp_path, capsys):
    path = write(tmp_path / "pairs.jsonl", points="1", other="0")
    asked = arguments(
        "--data", path, "--out", tmp_path / "out", "--languages", "ar,Hebrew", "--column", "chosen_score=points",
        "--column", "rejected_score=other", "--quiet",
    )  # fmt: skip
    asked.run(asked, [])
    results = json.loads((tmp_path / "out" / "reward_results.json").read_text("utf-8"))
    assert [row["language"] for row in results["languages"]] == ["ar", "he"]
    assert results["average"]["by_prompts"]["value"] == 1
    assert "reward_report.md" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("m", "--judge", "n"), "both a reward model (m) and a judge are named"),
        (("--judge", "{at: vllm}"), "--judge needs a model"),
        (
            ("--judge", "{model: m, prmpt: x}"),
            "--judge: unknown key prmpt; did you mean 'prompt'? There are kind, model, at, revision, prompt",
        ),
        (("--judge", "{kind: reward, model: m}"), "a judge tried here is of the kind llm"),
        (("--prompt", "x"), "add --judge"),
        (("--judge",), "--judge needs a model"),
        (("--column", "prompt"), "is not WHAT=NAME"),
        (("m", "--judge", "--at", "vllm", "--prompt", "nosuch"), "there is no judge prompt 'nosuch'"),
        (("m", "--at", "elsewhere"), "'elsewhere' is no way to serve a model"),
    ],
)
def test_the_commands_complaints(tmp_path, words, says):
    asked = arguments(*words, "--data", write(tmp_path / "pairs.jsonl"), "--out", tmp_path / "out")
    with pytest.raises(UserError, match=re.escape(says)):
        asked.run(asked, [])
