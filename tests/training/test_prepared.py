"""Pairs that are the same once the chat template and max_length have been at them: counted by language, left out."""

import json

import numpy as np
import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training.prepared import same_rows

from . import tiny
from .test_train import build_trainer, words
from .tiny import turn

IDS = st.lists(st.integers(0, 2), max_size=5)


@given(st.lists(st.tuples(IDS, IDS, IDS), min_size=1, max_size=6), st.integers(1, 8) | st.none(), st.booleans())
def test_same_rows_are_those_whose_two_sequences_are_equal_after_the_cut(rows, most, keep_end):
    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    prepared = Dataset.from_dict(
        {name: [list(row[at]) for row in rows] for at, name in enumerate(names)},
        features=features(names),
    )

    def cut(ids):
        return ids if most is None else ids[-most:] if keep_end else ids[:most]

    # A prompt that fills the length leaves nothing of the answers, so both are the same.
    wanted = [at for at, (prompt, one, other) in enumerate(rows) if cut(prompt + one) == cut(prompt + other)]
    assert same_rows(prepared, most, keep_end) == wanted


def features(names):
    from datasets import Features, List, Value

    return Features({name: List(Value("int32")) for name in names})


def alike(tags):
    """Of these languages every second pair differs at its end alone, behind a cut; the others at their beginning."""
    long = "та саме довге речення, що стоїть на початку обох відповідей і займає багато місця " * 2

    def edit(row):
        number = int(row["pair_id"][2:])
        if row["language"] in tags and number % 2:
            return row | {"chosen": turn("assistant", long + "так"), "rejected": turn("assistant", long + "ні")}
        return row

    return edit


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_pairs_that_are_the_same_after_the_cut_are_counted_and_left_out(method, train, models, tmp_path, capsys):
    data = tiny.dataset(tmp_path / "d", {"ar": 4, "uk": 6}, test=2, edit=alike({"uk"}))
    more = ["--method", method, "--max_length", "120", "--eval_strategy", "epoch"]
    trainer = build_trainer(train, words(models["Llama"], data, tmp_path / "out", *more))
    times = 2 if method == "kto" else 1
    kept = trainer.train_dataset["pair_id"]
    assert sorted(set(kept)) == ["ar0", "ar1", "ar2", "ar3", "uk0", "uk2", "uk4"] and len(kept) == 7 * times
    assert [trainer.counted["train"][tag].same for tag in ("ar", "uk")] == [0, 3 * times]
    assert len(trainer.eval_dataset["uk"]) == len(trainer.eval_dataset["ar"]) - times == times
    printed = capsys.readouterr().out
    row = next(line.split() for line in printed.splitlines() if line.startswith("uk "))
    assert row[1:4] == [str(6 * times), "0", str(3 * times)]
    assert f"uk {times} of {2 * times}" in printed
    if method == "kto":
        # What stands for the KL term is the answer of the row before, of those that are left.
        ids, other = trainer.train_dataset["completion_ids"], trainer.train_dataset["KL_completion_ids"]
        batches = [range(at, min(at + 4, len(ids))) for at in range(0, len(ids), 4)]
        assert all(other[at] == ids[batch[i - 1]] for batch in batches for i, at in enumerate(batch))
    trainer.train()


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_where_nothing_else_is_left_of_a_language_the_run_stops(method, train, models, tmp_path):
    data = tiny.dataset(tmp_path / "d", {"ar": 2, "uk": 2}, edit=lambda r: alike({"uk"})(r | {"pair_id": "uk1"}))
    with pytest.raises(UserError, match=r"nothing of uk is left to train on: .* are the same after .* in uk \d rows"):
        build_trainer(train, words(models["Llama"], data, tmp_path / "out", "--method", method, "--max_length", "120"))


@pytest.mark.parametrize("method", ["reward", "dpo"])
def test_answers_that_a_template_makes_the_same_are_left_out(method, train, tmp_path):
    """Of the answers this template keeps the first line."""
    family = {"reward": True, "dpo": False}[method]
    folder = tmp_path / "model"
    tiny.model(folder, "Llama", score=family)
    first = "(m['content'].split('\\n') | first)"
    text = tiny.TEMPLATE.replace("m['content']", first)
    (folder / "chat_template.jinja").write_text(text, "utf-8")
    config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    config.pop("chat_template", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")

    def edit(row):
        if row["pair_id"] != "uk1":
            return row
        return row | {name: turn("assistant", f"Так.\n{name}") for name in ("chosen", "rejected")}

    data = tiny.dataset(tmp_path / "d", {"uk": 3}, edit=edit)
    trainer = build_trainer(train, words(str(folder), data, tmp_path / "out", "--method", method))
    assert sorted(trainer.train_dataset["pair_id"]) == ["uk0", "uk2"] and trainer.counted["train"]["uk"].same == 1
    assert np.all([len(ids) for ids in trainer.train_dataset["chosen_ids"]])
