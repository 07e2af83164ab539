"""The words of the command line."""

import pytest

from polypref.errors import UserError
from polypref.training import command_words


def test_a_value_stands_behind_its_name_or_its_sign_and_the_last_one_counts():
    words = ["--config", "a", "--seed=3", "--languages", "de", "--config=b", "--seed"]
    assert command_words.word_of(words[:-1], "config") == "b" and command_words.word_of(words[:-1], "seed") == "3"
    assert command_words.word_of(words, "beta") is None
    assert command_words.words_without(words, "config") == ["--seed=3", "--languages", "de", "--seed"]
    with pytest.raises(UserError, match="--seed has no value"):
        command_words.word_of(words, "seed")


def test_the_recipe_is_the_one_that_is_named():
    assert command_words.recipe_of(["--seed", "3"]) == {}
    assert command_words.recipe_of(["--config", "tiny_dpo"])["method"] == "dpo"


def test_what_argparse_says_of_an_option_is_said_of_a_key(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/somewhere/train.py"])
    with pytest.raises(UserError, match=r"^train_rows: invalid int value: 'x'; train\.py --help-all lists the keys$"):
        command_words.refuse_option("argument --train_rows/--train-rows: invalid int value: 'x'")
    monkeypatch.setattr("sys.argv", ["/somewhere/polypref"])
    assert command_words.program() == "polypref train"
