"""The keys that a method takes, read from TRL's source, and the first one given that is none of them."""

import subprocess
import sys
from dataclasses import fields

import pytest

from polypref.errors import UserError
from polypref.training import ahead, keys
from polypref.training.arguments import Arguments
from tests.conftest import environment

ALONE = """
import sys
from polypref.errors import UserError
from polypref.training.ahead import refuse_early

try:
    refuse_early(%r, {})
except UserError as error:
    print(error)
print("loaded", sorted({"torch", "trl", "transformers", "datasets"} & sys.modules.keys()))
"""
KNOWN = {"learning_rate", "lora_r", "loss_type", "gradient_checkpointing"}


@pytest.mark.parametrize("method", keys.METHODS)
def test_the_source_has_the_keys_that_the_parser_takes(method):
    import trl

    kinds = (getattr(trl, keys.METHODS[method][1]), trl.ModelConfig)
    assert keys.keys_of(method) == {one.name for kind in kinds for one in fields(kind) if one.init}


def test_a_misspelt_key_is_the_first_thing_that_is_said_and_nothing_is_loaded():
    """Before the dataset and the model, which are not there."""
    given = ["--dataset_name", "./none", "--model_name_or_path", "./none", "--learning_rat", "1"]
    done = subprocess.run([sys.executable, "-c", ALONE % given], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sentence, loaded = done.stdout.splitlines()
    assert "has no key learning_rat; did you mean learning_rate? " in sentence and loaded == "loaded []"


def test_a_misspelt_key_of_a_recipe_is_said_as_early(tmp_path):
    given = ["--config", "mine.yaml", "--dataset_name", "./none"]
    with pytest.raises(UserError, match=r"^recipe mine.yaml: there is no key lora_rr; did you mean lora_r\?$"):
        ahead.refuse_early(given, {"lora_rr": 8})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--loss-typ=sigmoid"], r"has no key loss_typ; did you mean loss_type\? .*--help-all lists the keys"),
        (["--qqq", "1"], r"has no key qqq; .*--help-all lists the keys"),
        (["tiny_dpo", "--lora_r", "1"], "^tiny_dpo stands behind no key; a recipe is named with --config tiny_dpo$"),
        (
            ["--desirable_weight", "2"],
            "has no key desirable_weight for method dpo; it is a key of kto: leave it out, or train with an",
        ),
    ],
)
def test_a_key_that_is_none_is_one_sentence(words, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        keys.refuse_unknown(words, {}, "dpo", KNOWN)
    assert "\n" not in str(caught.value)


def test_a_key_of_other_methods_in_a_recipe_is_said_to_be_theirs():
    with pytest.raises(
        UserError, match=r"^recipe r: there is no key beta for method reward; it is a key of dpo, kto, rloo:"
    ):
        keys.refuse_unknown(["--config", "r"], {"learning_rate": 1, "beta": 0.1}, "reward", KNOWN)


def test_hyphens_values_and_what_turns_a_key_off_are_no_other_keys():
    words = [
        "--learning-rate",
        "-1",
        "--no_gradient_checkpointing",
        "--no-gradient-checkpointing",
        "--loss_type=a",
        "b",
    ]
    keys.refuse_unknown([*words, "--config", "r"], {"lora_r": 1}, "dpo", KNOWN, may_be_off=KNOWN)
    # What is on by default is known once TRL is loaded.
    keys.refuse_unknown(["--no_gradient_checkpointing"], {}, "dpo", {*KNOWN, "no_gradient_checkpointing"})
    with pytest.raises(UserError, match="has no key no_lora_r; did you mean lora_r"):
        keys.refuse_unknown(["--no_lora_r"], {}, "dpo", {*KNOWN, "no_gradient_checkpointing"})


def test_a_source_of_another_form_says_nothing_so_that_the_parser_does(tmp_path, monkeypatch):
    for text in (
        "",
        "class DPOConfig(mixed.In): pass",
        "class DPOConfig(",
        "from .other import X\nclass DPOConfig(X): pass",
    ):
        (tmp_path / "source.py").write_text(text, "utf-8")
        monkeypatch.setattr(keys, "_source_of", lambda _: tmp_path / "source.py")
        assert keys.keys_of.__wrapped__("dpo") == frozenset()
    monkeypatch.undo()
    assert "dataset_name" not in keys.keys_of("dpo") and "dataset_name" in {one.name for one in fields(Arguments)}
