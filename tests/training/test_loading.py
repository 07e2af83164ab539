"""The rows of a run: those to train on and those to evaluate on."""

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.training.arguments import Arguments
from polypref.training.data import Taken
from polypref.training.loading import load_training_data

from . import tiny


def config(strategy):
    return SimpleNamespace(seed=0, eval_strategy=strategy)


def test_rows_are_those_of_the_languages_and_the_columns_of_the_method(pairs):
    arguments = Arguments(method="sft", dataset_name=pairs, held_out_languages=["ar"], eval_rows_per_language=2)
    loaded = load_training_data(arguments, config("steps"))
    assert loaded.languages == {"ja": Taken(8, 8), "uk": Taken(8, 8)}
    assert sorted(loaded.train["pair_id"]) == sorted(
        row["pair_id"] for tag in ("ja", "uk") for row in tiny.rows(tag, 8)
    )
    assert "rejected" not in loaded.train.column_names and "completion" in loaded.train.column_names
    assert {tag: rows["pair_id"] for tag, rows in loaded.evaluated.items()} == {
        tag: [f"{tag}0", f"{tag}1"] for tag in ("ar", "ja", "uk")
    }
    assert loaded.unused is None and loaded.origin.name == pairs
    assert load_training_data(arguments, config("no")).evaluated is None
    assert loaded.of_one_row == load_training_data(arguments, config("no")).of_one_row == []


def test_languages_of_one_row_to_evaluate_on_are_known(tmp_path):
    arguments = Arguments(dataset_name=tiny.dataset(tmp_path / "d", {"ja": 4, "uk": 4}, test=1))
    assert load_training_data(arguments, config("steps")).of_one_row == ["ja", "uk"]


def test_the_split_to_evaluate_on_is_checked_too(tmp_path):
    def edit(row):
        return row | {"chosen": row["rejected"]} if row["pair_id"] == "ja5" else row

    folder = tiny.dataset(tmp_path / "d", {"ja": 4}, test=6, edit=edit)
    arguments = Arguments(dataset_name=folder)
    assert len(load_training_data(arguments, config("no")).train) == 4
    with pytest.raises(UserError, match=r"split test: chosen and rejected are the same text .* first: row 5"):
        load_training_data(arguments, config("steps"))
