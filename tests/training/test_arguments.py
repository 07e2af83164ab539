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
        (["--dataset_name", "d", "--learning_rat", "1"], r"has no key learning_rat; did you mean learning_rate\?"),
        (["--dataset_name", "d", "--Learning-rat=1"], r"has no key Learning_rat; did you mean learning_rate\?"),
        (["--dataset_name", "d", "--learning_rate", "much"], "^learning_rate: invalid float value: 'much'; "),
        (["--dataset_name", "d", "--language_weights", "de:2", "--model_name_or_path", "m"], "write it as de=2,tr=1"),
        (
            ["--dataset_name", "d", "--language_weights", "de=-2", "--model_name_or_path", "m"],
            "weight of de is not above",
        ),
        (["--dataset_name", "d", "--languages", "de", "--held_out_languages", "de"], "name it in one"),
        (["--dataset_name", "d", "--learning_rate", "1", "2"], "^2 is no key, and no value of the key before it; "),
        (["--dataset_name", "d", "-lr", "1"], "^-lr is no key, and no value of the key before it; "),
        (["--dataset_name", "d", "--no_learning_rate"], "has no key no_learning_rate; did you mean learning_rate"),
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
    with pytest.raises(UserError, match=r"r\.yaml: there is no key learning_rat; did you mean learning_rate\?"):
        arguments.parse_words(["--config", str(tmp_path / "r.yaml")])


@pytest.mark.parametrize("given", [{"de": None}, {"de": [1]}, ["de"], {"de": "two"}])
def test_weights_that_are_no_numbers_are_one_sentence(given):
    with pytest.raises(UserError, match="write it as de=2,tr=1"):
        arguments.read_weights(given)


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


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"reward_funcs": ["length"]}, "reward_funcs is for method rloo; the method is dpo, which draws no answers"),
        ({"method": "kto", "reward_model": "org/m"}, "reward_model is for method rloo; the method is kto"),
        ({"shuffle_buffer": 64}, "shuffle_buffer does nothing without streaming: true; give that, or leave it out"),
        ({"language_objective_metric": "loss"}, "language_objective_metric does nothing without .*maxmin"),
        ({"language_objective_cap": 3.0}, "language_objective_cap does nothing without language_objective: maxmin"),
        ({"method": "rloo", "reward_model_revision": "v1"}, "reward_model_revision is given without reward_model"),
        ({"method": "kto", "flip_rates": "de=0.1"}, "^flip_rates is for method dpo; the method is kto: leave it out$"),
        ({"method": "sft", "flip_rates_from": "r.json"}, "^flip_rates_from is for method dpo; the method is sft"),
    ],
)
def test_keys_that_would_do_nothing_are_refused(more, message):
    with pytest.raises(UserError, match=message):
        arguments.Arguments(dataset_name="d", **more)


@pytest.mark.parametrize(
    ("more", "known"),
    [
        ({}, "loss, rewards/accuracies, rewards/margins, rewards/chosen, rewards/rejected"),
        (
            {"method": "rloo", "reward_model": "org/judge", "reward_funcs": ["length"]},
            "reward, rewards/judge/mean, rewards/length/mean",
        ),
        (
            {"method": "rloo", "reward_model": "m", "reward_model_at": "http://a/v1"},
            "reward, rewards/reward_model/mean",
        ),
    ],
)
def test_a_metric_that_says_of_no_language_how_it_fares_is_named_with_those_that_do(more, known):
    maxmin = more | {"dataset_name": "d", "language_objective": "maxmin"}
    for wrong in ("winrate", "runtime", "num_tokens", "rewards/other/mean"):
        with pytest.raises(UserError, match=f"language_objective_metric is {wrong!r}; of method .* one of {known}$"):
            arguments.Arguments(language_objective_metric=wrong, **maxmin)
    for one in known.split(", "):
        arguments.Arguments(language_objective_metric=one, **maxmin)


def test_what_a_reward_of_ones_own_is_called_is_only_known_once_it_is_loaded():
    maxmin = {"dataset_name": "d", "method": "rloo", "reward_funcs": ["mine.score"], "language_objective": "maxmin"}
    arguments.Arguments(language_objective_metric="rewards/points/mean", **maxmin)
    with pytest.raises(UserError, match="is 'points'; of method rloo it is one of reward, rewards/NAME/mean"):
        arguments.Arguments(language_objective_metric="points", **maxmin)


def test_languages_go_by_any_of_their_names_and_tags_of_the_data_stay():
    given = arguments.Arguments(
        dataset_name="d", languages=["Hebrew,th", "own-Latn", "heb"], held_out_languages=["Deutsch"]
    )
    assert (given.languages, given.held_out_languages) == (["he", "th", "own-Latn"], ["de"])
    assert arguments.read_weights("Hebrew=2,xx=1") == {"he": 2.0, "xx": 1.0}
    with pytest.raises(UserError, match=r"^he: in languages and in held_out_languages"):
        arguments.Arguments(dataset_name="d", languages=["he"], held_out_languages=["Hebrew"])


def test_no_warning_of_a_name_that_the_recipe_did_not_choose(recwarn):
    arguments.parse_words(["--config", "tiny_dpo", "--dataset_name", "d", "--model_name_or_path", "m"])
    assert [one for one in recwarn if one.category is FutureWarning] == []
