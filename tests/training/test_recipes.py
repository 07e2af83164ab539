"""Every recipe, with its model swapped for a tiny one: its values are the trainer's, and what it is for moves."""

import json
import shlex

import pytest
import yaml

from polypref.errors import UserError
from polypref.languages.registry import AYA_23
from polypref.training import arguments, recipes
from polypref.training.recipes import FOLDER, OLD_NAMES, read_recipe
from tests.conftest import ROOT

from . import tiny
from .test_unpaired import single

NAMES = recipes.names()
FILES = sorted(FOLDER.rglob("*.yaml"))
#: Recipes that a run tries; of the old names two, since they hold languages out.
TRIED = [*NAMES, "dang_dpo_en1", "dang_rloo_ml5"]
FAMILIES = {"aya-23": "Cohere", "aya-expanse": "Cohere2", "Qwen3": "Qwen3", "build/tiny": "Cohere2",
            "Meta-Llama-3": "Llama", "build/anita": "Llama"}  # fmt: skip
#: What is swapped: names, sizes that a CPU has no time for, what needs a GPU, and the size of a step: random weights of
#: width 32 need larger ones than a model of billions that has learned already.
SWAPPED = {"model_name_or_path", "dataset_name", "dataset_config", "dataset_test_config", "held_out_languages",
           "reward_model", "output_dir", "dtype", "max_completion_length", "per_device_train_batch_size",
           "gradient_accumulation_steps", "eval_steps", "load_in_4bit", "save_strategy", "num_train_epochs",
           "learning_rate", "warmup_steps", "logging_steps", "gradient_checkpointing"}  # fmt: skip
#: One recipe of each method runs in every run of the tests; the others are slow.
FAST = ("tiny_dpo", "tiny_rloo", "tiny_sft", "kto", "reward_model")
STEPS, RATE = 16, 1e-2
LANGUAGES = sorted(AYA_23)


def test_there_are_recipes_for_every_method():
    assert {read_recipe(name)["method"] for name in NAMES} == set(arguments.METHODS)


def test_every_recipe_of_version_0_2_0_still_has_its_values(capsys):
    """tests/fixtures/recipes-0.2.0.json: the keys and values of every recipe as that version had it, a file each."""
    before = json.loads((ROOT / "tests/fixtures/recipes-0.2.0.json").read_text("utf-8"))
    assert {**before} == {name: read_recipe(name) for name in before}
    assert set(before) - set(NAMES) == set(OLD_NAMES)
    assert set(NAMES) - set(before) == {"dang_dpo", "dang_rloo", "kto_thumbs", "bco_pair", "anita_sft", "anita_dpo"}
    capsys.readouterr()
    for name in OLD_NAMES:
        for way in (name, f"{name}.yaml", f"training/recipes/{name}.yaml", str(FOLDER / f"{name}.yaml")):
            assert read_recipe(way) == before[name]
            printed = capsys.readouterr().err
            assert printed.startswith(f"recipe {name} is no more; write --config ") and printed.count("\n") == 1


@pytest.mark.parametrize("old", OLD_NAMES)
def test_what_is_printed_for_an_old_name_trains_the_same(old, capsys):
    words = ["--use_cpu", "true", "--bf16", "false"]
    before = arguments.parse_words(["--config", f"training/recipes/{old}.yaml", *words])
    new = shlex.split(capsys.readouterr().err.split("; write ")[1])
    assert before == arguments.parse_words([*new, *words])
    assert capsys.readouterr().err == ""


def test_the_two_recipes_of_the_paper_are_of_its_main_mixture():
    for name in ("dang_dpo", "dang_rloo"):
        assert read_recipe(name) == read_recipe(f"{name}_ml23") | {"output_dir": f"build/{name}"}


#: What is trained with -> its paper.
PAPERS = {
    "DPO": "2305.18290", "RLOO": "2402.14740", "MaxMin": "2402.08925", "rDPO": "2403.00409", "LN-DPO": "2407.15229",
    "KTO": "2402.01306", "BCO": "2404.04656", "ANITA": "2405.07101", "SPA": "2406.04412",
    "reward models": "2312.09244",
}  # fmt: skip


@pytest.mark.parametrize("page", ["training/README.md", "docs/supported.md"])
def test_every_method_is_named_with_its_paper(page):
    text = (ROOT / page).read_text("utf-8")
    assert [name for name, number in PAPERS.items() if number not in text] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_has_a_comment(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert lines and all("  # " in line for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_says_only_what_its_base_does_not(name):
    own = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    below = read_recipe(str(FOLDER / own.pop("base")))
    # The learning rate of Aya Expanse: the same number as the paper's, but chosen here.
    repeated = {key for key, value in own.items() if below.get(key) == value} - {"learning_rate"}
    assert not repeated


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_what_was_parsed(name):
    recipe = read_recipe(name)
    words = ["--use_cpu", "true", "--bf16", "false"] if "bf16" not in recipe else []
    for given in (["--config", name], [f"--config={name}"], ["--config", str(FOLDER / f"{name}.yaml")]):
        parsed = arguments.parse_words([*given, *words])
        for key, value in recipe.items():
            assert value_of(key, *parsed) == expected(key, value), key


def test_an_own_recipe_begins_from_one_by_path_or_name_and_its_values_win(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.yaml").write_text("base: ../b.yaml\nbeta: 3.0\nloss_type: [robust]\n", "utf-8")
    (tmp_path / "b.yaml").write_text("base: tiny_dpo\nbeta: 2.0\nseed: 7\n", "utf-8")
    own = {"beta": 3.0, "loss_type": ["robust"], "seed": 7}
    assert read_recipe(str(tmp_path / "folder" / "a.yaml")) == read_recipe("tiny_dpo") | own


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: ../folder/r.yaml\n", r"bases go in a circle \(r\.yaml -> r\.yaml\); take one `base` out"),
        ("base: [a, b]\n", r"base is \['a', 'b'\]; write the path or the name of one recipe"),
        ("base: smal_dpo\n", r"no recipe at smal_dpo; did you mean small_dpo\?"),
    ],
)
def test_a_base_that_cannot_be_is_one_sentence(text, message, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "r.yaml").write_text(text, "utf-8")
    with pytest.raises(UserError, match=message) as caught:
        read_recipe(str(tmp_path / "folder" / "r.yaml"))
    assert "\n" not in str(caught.value)


def test_help_prints_the_values_of_a_recipe_with_those_of_its_base(capsys):
    arguments.show_help(["--config", "ln_dpo", "--help"])
    printed = capsys.readouterr().out
    assert "values of recipe ln_dpo" in printed and "  beta: 10.0\n" in printed and "  lora_r: 16\n" in printed
    assert all(name in printed for name in NAMES)


@pytest.mark.parametrize("name", [pytest.param(one, marks=[] if one in FAST else pytest.mark.slow) for one in TRIED])
def test_a_recipe_runs_with_its_values_and_what_it_is_for_moves(name, train, models, pairs, tmp_path):
    recipe = read_recipe(name)
    if name == "kto_thumbs":
        pairs = tiny.dataset(tmp_path / "answers", test=4, edit=single)
    elif recipe.get("languages"):
        pairs = tiny.dataset(tmp_path / "pairs", {"it": 24, "uk": 8})
    method = recipe["method"]
    family = next(family for name, family in FAMILIES.items() if name in recipe["model_name_or_path"])
    model = tiny.model(tmp_path / "model", family, score=method == "reward")
    words = ["--config", name, "--model_name_or_path", model, "--dataset_name", pairs, "--dataset_config", "default",
             "--output_dir", tmp_path / "out", "--dtype", "float32", "--max_steps", STEPS, "--save_strategy", "no",
             "--per_device_train_batch_size", 8, "--gradient_accumulation_steps", 1, "--learning_rate", RATE,
             "--warmup_steps", 0, "--logging_steps", 1, "--gradient_checkpointing", "false",
             "--use_cpu", "true", "--bf16", "false"]  # fmt: skip
    if "load_in_4bit" in recipe:
        words += ["--load_in_4bit", "false"]
    if method == "rloo":
        # Answers of one token, which is a sentence in one language or another.
        words += ["--model_name_or_path", tiny.speaker(tmp_path / "speaker"), "--max_completion_length", 1]
        words += ["--languages", "uk", "--per_device_train_batch_size", 16]
    if recipe.get("eval_strategy") == "steps":
        words += ["--eval_steps", STEPS]
    if "reward_model" in recipe:
        words += ["--reward_model", tiny.model(tmp_path / "reward", "Llama", score=True, loud=100.0)]
    if "held_out_languages" in recipe:
        words += ["--dataset_test_config", "default", "--held_out_languages", "ar"]
    given = [str(word) for word in words]
    parsed = arguments.parse_words(given)
    trainer = train.build_trainer(*parsed, given)
    trainer.train()
    assert trainer.state.global_step == STEPS
    for key, value in recipe.items():
        if key not in SWAPPED and not (key == "reward_weights" and recipe.get("reward_combine") == "minimum"):
            assert value_of(key, parsed[0], trainer.args, parsed[2]) == expected(key, value), key
    if "loss_type" in recipe:
        assert trainer.loss_types == recipe["loss_type"] if method == "dpo" else trainer.loss_type == "kto"
    if recipe.get("use_peft"):
        assert trainer.model.peft_config["default"].r == recipe["lora_r"]
    if "beta" in recipe:
        assert trainer.beta == recipe["beta"]
    assert recipe["learning_rate"] > 0 and parsed[1].learning_rate == RATE
    check_that_it_moves(method, recipe, trainer.state.log_history)


def check_that_it_moves(method, recipe, history):
    steps = [line for line in history if "grad_norm" in line]
    # RLOO stands still once every answer is the best one, and these small models come so far.
    early = steps[: STEPS // 2] if method == "rloo" else steps
    assert all(line["grad_norm"] > 0 for line in early), "no gradient"

    def moved(name):
        """From the first quarter of the steps to the last."""
        values = [line[name] for line in steps if line.get(name) is not None]
        part = len(values) // 4
        return sum(values[-part:]) / part - sum(values[:part]) / part

    if method == "sft":
        assert moved("loss") < -0.1
    elif method == "rloo":
        assert all(line["reward_std"] > 0.01 for line in early), "every answer has the same reward"
        assert all(line["frac_reward_zero_std"] < 1 for line in early), "no answer is better than another to its prompt"
        for name in recipe.get("reward_funcs", ["reward"]):
            assert moved(f"rewards/{name}/mean") > 0.05, name
    elif method == "kto":
        assert moved("rewards/chosen") > 0.05 and moved("rewards/rejected") < -0.05
    else:
        margin, accuracy = ("margin", "accuracy") if method == "reward" else ("rewards/margins", "rewards/accuracies")
        assert moved(margin) > 0.01 and steps[-1][accuracy] >= 0.75
    evaluated = [line for line in history if any(key.startswith("eval_macro_") for key in line)]
    assert bool(evaluated) == (recipe.get("eval_strategy") != "no")
    if "held_out_languages" in recipe:
        assert any(key.startswith("eval_held_out_") for line in evaluated for key in line)


def test_rloo_of_the_paper_takes_as_many_steps_as_dpo_and_evaluates_the_same_languages():
    for name in ("en1", "ml5", "ml23", "ml23_230k"):
        dpo, rloo = read_recipe(f"dang_dpo_{name}"), read_recipe(f"dang_rloo_{name}")
        assert steps_of(dpo, 50_000) == steps_of(rloo, 50_000) == 1_562
        for key in ("dataset_config", "dataset_test_config", "held_out_languages"):
            assert dpo.get(key) == rloo.get(key), key
        assert rloo["eval_strategy"] == "steps" and "reward_funcs" not in rloo
        seen = {"en1": ["en"], "ml5": ["de", "en", "pt", "tr", "vi"]}.get(name)
        assert sorted([*(seen or LANGUAGES), *rloo.get("held_out_languages", ())]) == LANGUAGES


def steps_of(recipe, prompts):
    """Whole batches of 8 GPUs; RLOO's batch counts answers, of which a prompt has several."""
    batch = 8 * recipe["per_device_train_batch_size"] * recipe["gradient_accumulation_steps"]
    return prompts * recipe["num_train_epochs"] * recipe.get("num_generations", 1) // batch


def value_of(key, *settings):
    value = next(getattr(one, key) for one in settings if hasattr(one, key))
    return getattr(value, "value", value)


def expected(key, value):
    """As TRL holds it: no tracker is an empty list, and one target module is a name."""
    if key == "lora_target_modules":
        return value[0]
    if key == "report_to":
        return []
    return value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("languages: [sv, no]", r"languages has False, which is no tag; write it in quotes, as in 'no'"),
        ("held_out_languages: [no]", "held_out_languages has False"),
        ("language_weights: {sv: 1, no: 2}", "language_weights has False"),
        ("flip_rates: {sv: 0.1, no: 0.2}", "flip_rates has False"),
        ("languages: sv", r"languages is the text 'sv'; write a list, as in \[sv\]"),
    ],
)
def test_tags_that_yaml_reads_as_something_else_are_named(text, message, tmp_path):
    (tmp_path / "r.yaml").write_text(text, "utf-8")
    with pytest.raises(UserError, match=message):
        recipes.read_recipe(str(tmp_path / "r.yaml"))
    (tmp_path / "r.yaml").write_text("languages: [sv, 'no']\nlanguage_weights: {sv: 1, 'no': 2}", "utf-8")
    assert recipes.read_recipe(str(tmp_path / "r.yaml"))["languages"] == ["sv", "no"]


@pytest.mark.parametrize("key", ["1", "true", "null"])
def test_a_key_that_is_no_text_is_one_sentence(key, tmp_path):
    (tmp_path / "r.yaml").write_text(f"seed: 1\n{key}: 2\n", "utf-8")
    with pytest.raises(UserError, match=r"is no key; write one `key: value` a line$"):
        recipes.read_recipe(str(tmp_path / "r.yaml"))
