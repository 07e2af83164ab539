"""Settings, quotas, summaries, counts and rewards, without a model."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training import arguments, checks, data, evaluation, recipes, rewards

COUNTS = st.dictionaries(st.sampled_from(["ar", "de", "el", "he", "ja", "uk"]), st.integers(1, 500), min_size=1)


def test_quotas_by_hand():
    counts = {"ar": 100, "ja": 25}
    assert data.quotas(counts) == counts
    # Square roots 10 and 5: two to one, as many as Arabic's... Japanese's 25 rows allow.
    assert data.quotas(counts, temperature=2) == {"ar": 50, "ja": 25}
    assert data.quotas(counts, weights={"ar": 1, "ja": 4}) == {"ar": 6, "ja": 25}
    assert data.quotas(counts, weights={"ar": 1, "ja": 1}, total=80) == {"ar": 40, "ja": 40}
    with pytest.raises(UserError, match="ja is weighted or trained on, but not both"):
        data.quotas(counts, weights={"ar": 1})
    with pytest.raises(UserError, match="no row of ja"):
        data.quotas(counts, weights={"ar": 99, "ja": 1}, total=10)


@given(COUNTS, st.floats(1, 20))
def test_a_temperature_repeats_no_row_and_keeps_the_order_of_languages(counts, temperature):
    taken = data.quotas(counts, temperature=temperature)
    assert all(1 <= taken[tag] <= counts[tag] for tag in counts)
    ranked = sorted(counts, key=counts.__getitem__)
    assert [taken[tag] for tag in ranked] == sorted(taken.values())


@given(COUNTS, st.integers(0, 9))
def test_arranged_rows_are_mixed_by_the_seed_and_quotas_are_nested(counts, seed):
    tags = [tag for tag, n in counts.items() for _ in range(n)]
    rows = data.rows_by_language(tags)
    order = data.arrange(rows, counts, seed)
    assert sorted(order) == list(range(len(tags))) and order == data.arrange(rows, counts, seed)
    half = {tag: (n + 1) // 2 for tag, n in counts.items()}
    assert set(data.arrange(rows, half, seed)) <= set(order)
    # Without the other languages the same rows are taken.
    tag = min(counts)
    alone = data.arrange({tag: rows[tag]}, {tag: half[tag]}, seed)
    assert set(alone) == {at for at in data.arrange(rows, half, seed) if tags[at] == tag}
    twice = data.arrange(rows, {tag: 2 * counts[tag]}, seed)
    assert sorted(twice) == sorted(2 * rows[tag])


@pytest.mark.parametrize("name", ["loss", "rewards/accuracies"])
@pytest.mark.parametrize("lost", ["ar", "he", "ja"])
def test_a_language_whose_value_is_no_number_is_the_worst(name, lost):
    values = {tag: {name: 0.5} for tag in ("ar", "he", "ja")} | {lost: {name: math.nan}}
    totals, worst = evaluation.summary(values, ["ar", "he", "ja"])
    assert worst == {name: lost} and math.isnan(totals[f"worst_{name}"])


def test_summary_by_hand():
    values = {
        "ar": {"loss": 0.5, "rewards/accuracies": 0.75, "rewards/rejected": -1.0},
        "ja": {"loss": 0.7, "rewards/accuracies": 0.25, "rewards/rejected": -3.0},
        "he": {"loss": 0.9, "rewards/accuracies": 0.5, "rewards/rejected": 2.0},
    }
    totals, worst = evaluation.summary(values, ["ar", "ja"])
    assert totals["macro_loss"] == totals["loss"] == pytest.approx(0.6)
    # He is held out, and in two of three figures the worst of all.
    assert totals["worst_loss"] == totals["held_out_loss"] == 0.9
    assert totals["worst_rewards/rejected"] == 2.0 and totals["worst_rewards/accuracies"] == 0.25
    assert worst == {"loss": "he", "rewards/accuracies": "ja", "rewards/rejected": "he"}
    lines = evaluation.table(values, worst, 3, ["ar", "ja"]).splitlines()
    assert next(line for line in lines if "0.9000*" in line).startswith("he (held out)")
    assert lines[-1] == "* the worst of 3 languages, the 1 held out (he) among them: eval_worst_METRIC"
    alone, worst = evaluation.summary(values, ["ar", "ja", "he"])
    assert alone["macro_loss"] == pytest.approx(0.7) and not any(key.startswith("held_out") for key in alone)
    assert evaluation.table(values, worst, 3, list(values)).endswith("* the worst of 3 languages: eval_worst_METRIC")


def test_a_short_batch_counts_for_its_rows_only():
    assert evaluation.weighted([1.0, 4.0], [2, 1]) == 2.0
    assert evaluation.weighted([1.0, math.nan], [2, 1]) == 1.0
    assert evaluation.weighted([math.nan], [1]) is None


def test_lengths_by_hand():
    def row(tag, prompt, chosen, rejected):
        texts = {name: [{"role": "assistant", "content": "x" * 4}] for name in ("chosen", "rejected")}
        return texts | {
            "language": tag,
            "prompt_ids": [0] * prompt,
            "chosen_ids": [0] * chosen,
            "rejected_ids": [0] * rejected,
        }

    from datasets import Dataset

    prepared = Dataset.from_list([row("ar", 3, 2, 7), row("uk", 1, 1, 1), row("ar", 3, 2, 8)])
    found = checks.lengths({"ar": 4, "ja": 1, "uk": 1}, prepared, 10, {"ar": 1})
    assert found["ar"] == checks.Lengths(rows=4, dropped=1, same=1, cut=1, tokens=19, characters=16)
    assert found["uk"] == checks.Lengths(rows=1, dropped=0, same=0, cut=0, tokens=2, characters=8)
    assert found["ar"].tokens_per_character == 19 / 16
    with pytest.raises(UserError, match="no row of ja fits"):
        checks.refuse_lost_languages(found)
    assert "ar 75%, ja 100%" in checks.lengths_table(found, 10)
    with pytest.raises(UserError, match=r"nothing of he is left to train on: .* in he 2 rows"):
        checks.refuse_lost_languages({"he": checks.Lengths(3, 1, 2, 0, 0, 0)})
    lost = checks.evaluation_losses({"ar": {"ar": found["ar"]}, "uk": {"uk": found["uk"]}})
    assert lost.endswith(": ar 2 of 4") and not checks.evaluation_losses({"uk": {"uk": found["uk"]}})


def test_lengths_of_sft_and_kto_rows_by_hand():
    from datasets import Dataset

    def turns(text):
        return [{"role": "user", "content": text}]

    whole = {"language": "ar", "prompt": turns("xy"), "completion": turns("xyz"), "input_ids": [0] * 4}
    short = whole | {"input_ids": [0] * 3}
    found = checks.lengths({"ar": 2}, Dataset.from_list([whole, short]), 4, {})
    assert found["ar"] == checks.Lengths(rows=2, dropped=0, same=0, cut=1, tokens=7, characters=10)
    half = {"language": "ar", "prompt": turns("xy"), "completion": turns("xyz")}
    half |= {"prompt_ids": [0, 0], "completion_ids": [0] * 3}
    found = checks.lengths({"ar": 2}, Dataset.from_list([half]), 4, {})
    assert found["ar"] == checks.Lengths(rows=2, dropped=1, same=0, cut=1, tokens=3, characters=3)


def test_rewards_by_hand():
    good = "Дякую, у мене все добре, а як справи у вас сьогодні?"
    texts = [good, "Thank you, I am fine, and how are you doing today?", "", "12"]
    said = [[{"role": "assistant", "content": text}] for text in texts]
    assert rewards.language_fidelity(said, ["uk"] * 4) == [1.0, 0.0, 0.0, None]
    assert rewards.language_fidelity(said[1:2], ["uk"], response_language=["en"]) == [1.0]
    assert rewards.language_fidelity(said[1:3], ["en"] * 2, response_language=[None, "uk"]) == [1.0, 0.0]
    assert rewards.length(10)(["x" * 10, "x" * 15, "x" * 99]) == [0, -0.5, -1]
    assert rewards.by_path("math.sqrt") is math.sqrt
    for path in ("fidelity", "math.no_such", "no_such_module.f"):
        with pytest.raises(UserError, match=f"reward '?{path}"):
            rewards.by_path(path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--config", "nowhere.yaml"], "no recipe at nowhere.yaml"),
        (["--method", "ppo"], "method 'ppo' is none of dpo"),
        ([], "no dataset"),
        (["--dataset_name", "d"], "no model"),
        (["--dataset_name", "d", "--learning_rat", "1"], "has no --learning_rat; did you mean --learning_rate\\?"),
        (["--dataset_name", "d", "--Learning-rat=1"], "has no --Learning_rat; did you mean --learning_rate\\?"),
        (["--dataset_name", "d", "--learning_rate", "much"], "invalid float value: 'much'"),
        (["--dataset_name", "d", "--language_weights", "de:2", "--model_name_or_path", "m"], "write it as de=2,tr=1"),
        (
            ["--dataset_name", "d", "--language_weights", "de=-2", "--model_name_or_path", "m"],
            "weight of de is not above",
        ),
        (["--dataset_name", "d", "--languages", "de", "--held_out_languages", "de"], "name it in one"),
    ],
)
def test_a_wrong_word_is_one_sentence(words, said, tmp_path):
    if "--config" not in words:
        words = [*words, "--output_dir", str(tmp_path)]
    with pytest.raises(UserError, match=said) as caught:
        arguments.parse_words(words)
    assert "\n" not in str(caught.value)


def test_a_key_that_no_one_knows_in_a_recipe_is_named(tmp_path):
    (tmp_path / "r.yaml").write_text("dataset_name: d\nlearning_rat: 1.0e-6\n")
    with pytest.raises(UserError, match=r"r\.yaml: there is no key learning_rat; did you mean learning_rate\?"):
        arguments.parse_words(["--config", str(tmp_path / "r.yaml")])


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


def test_no_warning_of_a_name_that_the_recipe_did_not_choose(recwarn):
    arguments.parse_words(["--config", "tiny_dpo", "--dataset_name", "d", "--model_name_or_path", "m"])
    assert [one for one in recwarn if one.category is FutureWarning] == []


@pytest.mark.parametrize("text", ["def f(:\n", "1 / 0\n", "import nowhere_at_all\n", "other = 1\n"])
def test_a_reward_whose_module_cannot_be_loaded_is_a_sentence(text, tmp_path, monkeypatch):
    name = f"odd_reward_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=rf"reward {name}\.f cannot be loaded: \w+Error: ") as caught:
        rewards.by_path(f"{name}.f")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"train_rows": -4}, "train_rows is -4; give a number of at least 1"),
        ({"eval_rows_per_language": 0}, "eval_rows_per_language is 0"),
        ({"language_temperature": math.nan}, "language_temperature is nan"),
        ({"language_temperature": 1e-9}, "language_temperature is 1e-09"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(more, said):
    with pytest.raises(UserError, match=said):
        arguments.Arguments(dataset_name="d", **more)
    arguments.Arguments(dataset_name="d", train_rows=1, eval_rows_per_language=1, language_temperature=math.inf)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("languages: [sv, no]", r"languages has False, which is no tag; write it in quotes, as in 'no'"),
        ("held_out_languages: [no]", "held_out_languages has False"),
        ("language_weights: {sv: 1, no: 2}", "language_weights has False"),
        ("languages: sv", r"languages is the text 'sv'; write a list, as in \[sv\]"),
    ],
)
def test_tags_that_yaml_reads_as_something_else_are_named(text, said, tmp_path):
    (tmp_path / "r.yaml").write_text(text, "utf-8")
    with pytest.raises(UserError, match=said):
        recipes.read_recipe(str(tmp_path / "r.yaml"))
    (tmp_path / "r.yaml").write_text("languages: [sv, 'no']\nlanguage_weights: {sv: 1, 'no': 2}", "utf-8")
    assert recipes.read_recipe(str(tmp_path / "r.yaml"))["languages"] == ["sv", "no"]
