"""The command line and recipes as settings."""

import math

import pytest

from polypref.errors import UserError
from polypref.training import arguments


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--config", "nowhere.yaml"], "no recipe at nowhere.yaml"),
        (["--method", "ppo"], "method 'ppo' is none of dpo"),
        ([], "no dataset"),
        (["--dataset_name", "d"], "no model"),
        (["--dataset_name", "d", "--learning_rat", "1"], "learning_rat"),
        (["--dataset_name", "d", "--learning_rate", "much"], "invalid float value: 'much'"),
        (["--dataset_name", "d", "--language_weights", "de:2", "--model_name_or_path", "m"], "write it as de=2,tr=1"),
        (
            ["--dataset_name", "d", "--language_weights", "de=-2", "--model_name_or_path", "m"],
            "weight of de is not above",
        ),
        (["--dataset_name", "d", "--languages", "de", "--held_out_languages", "de"], "name it in one"),
    ],
)
def test_a_wrong_word_is_one_sentence(words, message, tmp_path):
    if "--config" not in words:
        words = [*words, "--output_dir", str(tmp_path)]
    with pytest.raises(UserError, match=message) as caught:
        arguments.parse_words(words)
    assert "\n" not in str(caught.value)


def test_a_key_that_no_one_knows_in_a_recipe_is_named(tmp_path):
    (tmp_path / "r.yaml").write_text("dataset_name: d\nlearning_rat: 1.0e-6\n")
    with pytest.raises(UserError, match="learning_rat"):
        arguments.parse_words(["--config", str(tmp_path / "r.yaml")])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"train_rows": -4}, "train_rows is -4; give a number of at least 1"),
        ({"eval_rows_per_language": 0}, "eval_rows_per_language is 0"),
        ({"language_temperature": math.nan}, "language_temperature is nan"),
        ({"language_temperature": 1e-9}, "language_temperature is 1e-09"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(more, message):
    with pytest.raises(UserError, match=message):
        arguments.Arguments(dataset_name="d", **more)
    arguments.Arguments(dataset_name="d", train_rows=1, eval_rows_per_language=1, language_temperature=math.inf)
