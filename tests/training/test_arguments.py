"""The command line and recipes as settings."""

import math
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.training import arguments, data


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
    ],
)
def test_keys_that_would_do_nothing_are_refused(more, message):
    with pytest.raises(UserError, match=message):
        arguments.Arguments(dataset_name="d", **more)


def test_languages_go_by_any_of_their_names_and_tags_of_the_data_stay():
    given = arguments.Arguments(
        dataset_name="d", languages=["Hebrew,th", "own-Latn", "heb"], held_out_languages=["Deutsch"]
    )
    assert (given.languages, given.held_out_languages) == (["he", "th", "own-Latn"], ["de"])
    assert arguments.read_weights("Hebrew=2,xx=1") == {"he": 2.0, "xx": 1.0}
    with pytest.raises(UserError, match=r"^he: in languages and in held_out_languages"):
        arguments.Arguments(dataset_name="d", languages=["he"], held_out_languages=["Hebrew"])


def test_the_hub_is_not_asked_for_what_cannot_be_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr("transformers.utils.cached_file", refuse)
    for name in ("./nope", "/tmp/none/such", "build/loop/nope"):
        words = ["--dataset_name", "org/d", "--output_dir", "o", "--model_name_or_path", name]
        _, _, model = arguments.parse_words(words)
        with pytest.raises(UserError, match=f"^no model {name}: no folder here, and no name of a model on the Hub; "):
            arguments.find_model(model)


def test_a_hub_that_does_not_answer_is_asked_once(monkeypatch):
    from huggingface_hub.errors import LocalEntryNotFoundError

    asked = []

    def silent(_: str, file: str, **__: object) -> None:
        asked.append(file)
        raise OSError("We couldn't connect") from LocalEntryNotFoundError("offline")

    monkeypatch.setattr("transformers.utils.cached_file", silent)
    words = ["--dataset_name", "org/d", "--output_dir", "o", "--model_name_or_path", "org/nope"]
    _, _, model = arguments.parse_words(words)
    with pytest.raises(UserError, match="nor to be had on the Hub, which was not reached; check model_name_or_path"):
        arguments.find_model(model)
    assert asked == ["config.json"]


@pytest.mark.parametrize("name", ["folder", "org/nothere"])
def test_a_model_that_is_not_there_is_a_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    words = ["--dataset_name", "d", "--output_dir", "o", "--model_name_or_path", name]
    _, _, model = arguments.parse_words(words)
    where = "the folder holds no config" if name == "folder" else "neither a folder here, nor to be had on the Hub"
    with pytest.raises(UserError, match=f"^no model {name}: {where}.*; check model_name_or_path$"):
        arguments.find_model(model)
    for file in ("config.json", "adapter_config.json"):
        Path("folder", file).write_text("{}")
        model.model_name_or_path = "folder"
        arguments.find_model(model)
        Path("folder", file).unlink()


def test_a_revision_that_none_can_be_is_refused_before_the_hub_is_asked(monkeypatch):
    monkeypatch.setattr("transformers.utils.cached_file", lambda *_, **__: pytest.fail("the Hub was asked"))
    words = [
        "--dataset_name",
        "d",
        "--output_dir",
        "o",
        "--model_name_or_path",
        "org/m",
        "--model_revision",
        "my branch",
    ]
    _, _, model = arguments.parse_words(words)
    with pytest.raises(
        UserError, match=r"^'my branch' is no revision of org/m \(model_revision\); give a branch, a tag"
    ):
        arguments.find_model(model)
    with pytest.raises(UserError, match=r"^'a~1' is no revision of org/d \(dataset_revision\); give a branch, a tag"):
        data.find_dataset("org/d", None, "a~1")


def test_no_warning_of_a_name_that_the_recipe_did_not_choose(recwarn):
    arguments.parse_words(["--config", "tiny_dpo", "--dataset_name", "d", "--model_name_or_path", "m"])
    assert [one for one in recwarn if one.category is FutureWarning] == []
