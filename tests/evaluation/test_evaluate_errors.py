"""What is wrong with an evaluation is said in one sentence, before anything is asked or written."""

import json

import pytest

from tests.evaluation import duel

GOOD = {"name": "good", "stored": "good.jsonl"}
WEAK = {"name": "weak", "stored": "weak.jsonl"}
BASE = {"set": "prompts.jsonl", "models": [GOOD, WEAK], "judge": "relevance", "languages": "de,he", "resamples": 100}
LAYOUT = {"form": "winner", "columns": "w", "prompt": "id", "model_a": "=x", "model_b": "=y"} | {
    "labels": {"A": "a", "B": "b"}
}
GAMES = {"path": "games.jsonl", "layout": LAYOUT}


def refuse(here, capsys, config, words):
    message = duel.refused(capsys, "evaluate", "--config", config, "--out", here / "out", "--quiet")
    assert words in message
    assert not [name for name in duel.FILES if (here / "out" / name).exists()]
    return message


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--config nowhere.yaml", "cannot read nowhere.yaml"),
        ("--config bad.yaml", "cannot read bad.yaml"),
        ("--config list.yaml", "is no mapping"),
        ("--config theirs", "cannot read theirs"),
        ("", "holds no evaluation yet"),
        ("--step score", "holds no evaluation yet"),
        ("--set prompts.jsonl --judge relevance", "two models"),
        ("--set prompts.jsonl --judge relevance --model {name:", "cannot read '{name:'"),
        ("--set prompts.jsonl --model a --model b --judge relevance --limit x", "--limit"),
        ("--set prompts.jsonl --model a --model b --judge relevance --limit 0", "0 is not a number of at least 1"),
        ("--set prompts.jsonl --model a --model b --judge relevance --languages ,", "languages"),
        ("--step judges", "--step"),
        ("--judgements games.jsonl", "--judgements and --layout go together"),
        ("--judgements games.jsonl --layout nowhere.yaml", "there is no file and no layout nowhere.yaml"),
        ("--judgements games.jsonl --layout layout.yaml --languages de,fr", "--languages"),
        ("--judgements games.jsonl --layout layout.yaml --limit 3", "--limit"),
        ("--layout layout.yaml", "--judgements"),
        ("--config good.yaml --out theirs", "holds no evaluation"),
        ("--config good.yaml --out prompts.jsonl", "holds no evaluation"),
        ("--config good.yaml --step judge", "run the step answers first"),
        ("--config good.yaml --step score", "run the step judge first"),
        ("--config good.yaml --step report", "run polypref evaluate first"),
        ("--config good.yaml --log theirs", "as response log"),
        ("--plan 0", "above 0"),
        ("--plan 0.6", "0.5"),
    ],
)
def test_flags(here, capsys, flags, words):
    duel.config(here / "good.yaml", **BASE)
    duel.config(here / "layout.yaml", **LAYOUT)
    own = [] if "--out" in flags else ["--out", "out"]
    assert words in duel.refused(capsys, "evaluate", "--quiet", *flags.split(), *own)
    assert (here / "theirs" / "thesis.txt").read_text("utf-8") == "mine"
    assert not (here / "out" / "results.json").exists()


@pytest.fixture
def done(here):
    duel.config(here / "good.yaml", **BASE)
    duel.run("evaluate", "--config", "good.yaml", "--out", "out", "--quiet")
    return here / "out"


def test_settings_that_the_folders_verdicts_are_not_of(here, done, capsys):
    before = duel.written(done)
    other = [GOOD | {"name": "best"}, WEAK]
    for more, steps, words in (
        ({"models": other}, ["--step", "judge"], "has no answers for best"),
        ({"models": other}, ["--step", "score"], "best"),
        ({"judge": {"kind": "relevance", "name": "again"}}, ["--step", "score"], "again"),
        ({"pairs": [["weak", "good"]]}, ["--step", "score"], "weak against good"),
    ):
        duel.config(here / "other.yaml", **BASE | more)
        assert words in duel.refused(capsys, "evaluate", "--config", "other.yaml", "--out", "out", "--quiet", *steps)
    assert duel.written(done) == before
    duel.run("evaluate", "--out", "out", "--quiet")
    assert duel.written(done) == before


def test_answers_newer_than_their_verdicts(here, done, capsys):
    duel.write_answers(here / "weak.jsonl", "!", groups=3)
    duel.run("evaluate", "--out", "out", "--quiet", "--step", "answers")
    message = duel.refused(capsys, "evaluate", "--out", "out", "--step", "score")
    assert "answers are newer than the verdicts" in message


def test_a_damaged_folder(here, done, capsys):
    (done / "battles.parquet").write_bytes(b"PAR1 no more")
    assert "battles.parquet" in duel.refused(capsys, "evaluate", "--out", "out", "--step", "score")
    (done / "evaluation.json").write_text("{", "utf-8")
    assert "evaluation.json" in duel.refused(capsys, "evaluate", "--out", "out", "--step", "score")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("nowhere", "run polypref evaluate first"),
        ("theirs", "run polypref evaluate first"),
        ("out --battles org/x", "with --public only"),
        ("out --public", "--battles"),
        ("out --push nonsense", "nonsense"),
        ("out --lm-eval nowhere.json nowhere.json", "nowhere.json"),
    ],
)
def test_reports(here, capsys, flags, words):
    duel.config(here / "good.yaml", **BASE | {"judge": "reference"})
    duel.run("evaluate", "--config", "good.yaml", "--out", "out", "--quiet")
    assert words in duel.refused(capsys, "report", *flags.split())


def test_no_verdict_at_all_is_a_report_without_figures(here, done, capsys):
    duel.config(here / "good.yaml", **BASE | {"judge": "reference"})
    duel.run("evaluate", "--config", "good.yaml", "--out", "out")
    assert "no win-rate" in capsys.readouterr().out
    assert json.loads((done / "results.json").read_text("utf-8"))["comparisons"][0]["average"]["win_rate"] is None
