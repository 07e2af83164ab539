"""Published verdicts through the command: their tables come out as published."""

import pytest

from tests.evaluation import duel
from tests.realdata.layouts import ALPACA, JAPANESE


def score(path, layout, tmp_path, **more):
    """The one comparison of a file, through the command."""
    given = {"path": str(path), "layout": layout} | more
    config = duel.config(tmp_path / "config.yaml", judgements=given, resamples=200)
    duel.run("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet")
    (one,) = duel.results(tmp_path / "out")["comparisons"]
    return one


def test_the_japanese_vicuna_row(real_data, tmp_path, capsys):
    model, other = "llm-jp--llm-jp-13b-instruct-lora-jaster-dolly-oasst-v1.0", "openai--text-davinci-003"
    path = real_data / "ja_vicuna_qa" / "pairwise_gpt4" / f"{model}_{other}.jsonl"
    one = score(path, JAPANESE, tmp_path, pairs=[[model, other]])
    (row,) = one["rows"]
    assert (row["wins"], row["losses"], row["ties"], row["unparsed"], row["prompts"]) == (22, 48, 10, 0, 80)
    assert row["win_rate"] == one["average"]["win_rate"] == 0.3375
    assert row["disagreements"] == 0.1 and row["p_holm"] < 0.05 and one["surely_below"] == ["ja"]
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "22 / 10 / 48" in report and "0.338" in report
    # The same by flags; which of the two models comes first is then a matter of the alphabet.
    layout = duel.config(tmp_path / "layout.yaml", **JAPANESE)
    duel.run("evaluate", "--judgements", path, "--layout", layout, "--out", tmp_path / "again", "--quiet")
    assert duel.rows(tmp_path / "again")["ja"]["win_rate"] == 0.3375


@pytest.mark.parametrize(
    ("model", "published", "error"), [("gemma-2b-it", 3.4020, 0.5390), ("gemma-7b-it", 6.9373, 0.7870)]
)
def test_alpaca_eval_2(real_data, tmp_path, model, published, error):
    path = real_data / "alpaca_eval" / "annotations_v2" / f"{model}.json"
    one = score(path, ALPACA, tmp_path, pairs=[[model, "gpt4_1106_preview"]])
    (row,) = one["rows"]
    assert (row["prompts"], row["scored"], row["unparsed"]) == (805, 805, 0)
    assert 100 * row["win_rate"] == pytest.approx(published, abs=1e-4)
    assert 100 * row["error"] == 100 * one["average"]["error"] == pytest.approx(error, abs=1e-4)
    assert row["length_controlled"]["win_rate"] > row["win_rate"]
    assert row["disagreements"] is None and one["position_bias"] is None
    assert row["length"] < row["other_length"]
