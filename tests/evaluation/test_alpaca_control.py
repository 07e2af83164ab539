"""AlpacaEval's own length control through the command."""

import numpy as np
import pytest

from polypref.evaluation.figures.alpaca_eval import GamedRows, alpaca_controlled
from tests.evaluation import duel

N = 40


def write(folder):
    rng = np.random.default_rng(1)
    size, hard = rng.integers(20, 90, (N, 2)), np.round(rng.normal(0, 1, N), 3)
    likes = np.round(rng.random(N), 3)
    rows = [
        {"instruction": f"Do {n}.", "output_1": "b" * size[n, 1], "output_2": "m" * size[n, 0]}
        | {"preference": 1 + likes[n], "generator_1": "base", "generator_2": "mine"}
        for n in range(N)
    ]  # fmt: skip
    duel.lines(folder / "annotations.jsonl", rows)
    gamed = [f"{n % N},{0.5},{n % 3 - 1},{hard[n % N]}" for n in range(2 * N)]
    text = "\n".join(["index,preference,std_delta_len,instruction_difficulty", *gamed])
    (folder / "df_gamed.csv").write_text(text + "\n", "utf-8")
    duel.config(
        folder / "layout.yaml", form="preference", range=[1, 2], columns="preference", prompt="instruction",
        model_a="generator_1", model_b="generator_2", language="=en", answer_a="output_1", answer_b="output_2",
    )  # fmt: skip
    theirs = GamedRows(np.full(2 * N, 0.5), np.arange(2 * N) % 3 - 1.0, np.tile(hard, 2))
    return alpaca_controlled(likes, size, hard, theirs)


def test_with_its_table(tmp_path, capsys):
    expected = write(tmp_path)
    words = ("evaluate", "--judgements", tmp_path / "annotations.jsonl", "--layout", tmp_path / "layout.yaml")
    words = (*words, "--model", "mine", "--out", tmp_path / "out", "--quiet")
    duel.run(*words, "--gamed", tmp_path / "df_gamed.csv")
    figures = duel.results(tmp_path / "out")
    (one,) = figures["breakdowns"]["alpaca_eval"]
    assert (one["model"], one["other"]) == ("mine", "base")
    assert one["figures"]["win_rate"] == pytest.approx(expected.win_rate)
    assert "AlpacaEval's own length-controlled" in (tmp_path / "out" / "report.md").read_text("utf-8")
    # Scored again it stays, whatever became of the table; without the table it goes.
    (tmp_path / "df_gamed.csv").rename(tmp_path / "elsewhere.csv")
    duel.run("evaluate", "--out", tmp_path / "out", "--step", "score", "--quiet")
    assert duel.results(tmp_path / "out")["breakdowns"]["alpaca_eval"] == [one]
    duel.run(*words)
    assert duel.results(tmp_path / "out")["breakdowns"]["alpaca_eval"] == []
    # Without one prompt all behind it would stand in another's place.
    lines = (tmp_path / "annotations.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "annotations.jsonl").write_text("".join(lines[1:]), "utf-8")
    message = duel.refused(capsys, *words, "--gamed", tmp_path / "elsewhere.csv")
    assert "has 39 prompts of mine against base" in message and "difficulties of 40" in message
    message = duel.refused(capsys, *words, "--difficulty", tmp_path / "elsewhere.csv")
    assert message.startswith("judgements: difficulty goes with gamed")
    (tmp_path / "short.csv").write_text("index,preference,std_delta_len,instruction_difficulty\n0,0.5,1,2\n", "utf-8")
    message = duel.refused(capsys, *words, "--gamed", tmp_path / "short.csv")
    assert "has no difficulty of prompt 1 (counted from 0)" in message
