"""`polypref.train`: how keys become the words of training/train.py. Real runs are in tests/training."""

from pathlib import Path

import pytest

import polypref
from polypref.api import training
from polypref.errors import UserError
from polypref.training import arguments


@pytest.fixture
def asked(monkeypatch) -> list[tuple[list[str], list[object]]]:
    """Words and callbacks that the entrypoint is called with, in place of a training."""
    asked: list[tuple[list[str], list[object]]] = []

    def main(words, callbacks):
        asked.append((list(words), list(callbacks)))
        return Path("trained")

    monkeypatch.setattr(training.entrypoint(), "main", main)
    return asked


def test_a_recipe_has_a_name_or_a_path_and_keys_go_before_it(monkeypatch):
    asked = []
    monkeypatch.setattr(training.entrypoint(), "main", lambda words, callbacks: asked.append(list(words)))
    polypref.train("dang_dpo", dataset_config="ml-23-50k", languages=["he", "fa"], model_init_kwargs={"a": 1})
    (words,) = asked
    assert words == [
        "--config", "dang_dpo", "--dataset_config", "ml-23-50k", "--languages", "he", "fa",
        "--model_init_kwargs", '{"a": 1}',
    ]  # fmt: skip


def test_what_does_not_fit_is_one_sentence(monkeypatch):
    with pytest.raises(UserError, match=r"did you mean dang_dpo\?"):
        polypref.train("dang_dop")
    monkeypatch.setattr(arguments, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"^training needs TRL; run: pip install 'accelerate.*'trl"):
        polypref.train("dang_dpo")
    with pytest.raises(UserError, match=r"^training needs TRL; run: pip install 'accelerate.*'trl"):
        training.entrypoint().main(["--method", "dpo", "--help-all"])


def test_keys_of_a_mapping_are_words_and_those_given_beside_it_go_before_its_own(asked):
    callback = object()
    recipe = {"method": "dpo", "beta": 0.1, "learning_rate": None, "languages": ("de", "he")}
    assert polypref.train(recipe, callbacks=[callback], beta=0.2) == Path("trained")
    assert asked == [(["--method", "dpo", "--beta", "0.2", "--languages", "de", "he"], [callback])]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("language_weights", {"ja": 2, "uk": 0.5}, ["--language_weights", "ja=2,uk=0.5"]),
        ("language_weights", "ja=2", ["--language_weights", "ja=2"]),
        ("flip_rates", {"ja": 0.1, "uk": 0.3}, ["--flip_rates", "ja=0.1,uk=0.3"]),
        ("model_init_kwargs", {"a": [1, None]}, ["--model_init_kwargs", '{"a": [1, null]}']),
        ("loss_type", ["sigmoid", "sft"], ["--loss_type", "sigmoid", "sft"]),
        ("gradient_checkpointing", False, ["--gradient_checkpointing", "False"]),
        ("output_dir", Path("a b"), ["--output_dir", "a b"]),
        ("max_steps", 0, ["--max_steps", "0"]),
        ("beta", None, []),
    ],
)
def test_a_value_as_the_entrypoint_is_told_it(key, value, words, asked):
    polypref.train({}, **{key: value})
    assert asked == [(words, [])]


def test_the_entrypoint_is_loaded_once_and_is_that_of_the_checkout(root):
    assert training.entrypoint() is training.entrypoint()
    assert Path(training.entrypoint().__file__) == root / "training" / "train.py"
