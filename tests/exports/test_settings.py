"""The lines of config, read back by what reads them: YAML, JSON, a shell."""

import json
import shlex
from pathlib import Path

import pytest
import yaml

from polypref.exports import settings
from polypref.exports.contract import Target

#: A folder whose name a shell and YAML would take apart.
ODD = Path("it's here: $(rm -rf ~) # & [x]")
BOTH = Target(ODD, "mine_ml-5", {"train": "train.jsonl", "test": "test.jsonl"}, ["a note"])
TRAIN, TEST = f"{ODD}/train.jsonl", f"{ODD}/test.jsonl"
ONE = Target(Path("out"), "mine_all", {"test": "test.jsonl"})


def words(text: str) -> list[list[str]]:
    """The words of each call, as a shell takes them apart."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [shlex.split(line) for line in lines]


def test_llama_factory_has_a_description_of_the_file_and_keys_of_a_run():
    files = settings.llama_factory_settings(BOTH)
    about = json.loads(files["dataset_info.json"])
    assert [*about] == ["mine_ml-5_train", "mine_ml-5_test"]
    assert about["mine_ml-5_train"] == {
        "file_name": "train.jsonl",
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {"messages": "messages", "chosen": "chosen", "rejected": "rejected", "tools": "tools"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "observation_tag": "observation",
            "function_tag": "function_call",
            "system_tag": "system",
        },
    }
    assert yaml.safe_load(files["llama_factory.yaml"]) == {
        "stage": "dpo",
        "dataset_dir": str(ODD),
        "dataset": "mine_ml-5_train",
        "eval_dataset": "mine_ml-5_test",
    }
    assert files["llama_factory.yaml"].startswith("# a note\n")
    assert "dataset" not in yaml.safe_load(settings.llama_factory_settings(ONE)["llama_factory.yaml"])


def test_kto_names_the_column_of_labels():
    files = settings.llama_factory_kto_settings(BOTH)
    about = json.loads(files["dataset_info.json"])["mine_ml-5_test"]
    assert about["columns"] == {"messages": "messages", "kto_tag": "label", "tools": "tools"}
    assert "ranking" not in about and about["tags"]["function_tag"] == "function_call"
    assert yaml.safe_load(files["llama_factory.yaml"])["stage"] == "kto"
    keys = yaml.safe_load(settings.axolotl_kto_settings(BOTH)["axolotl.yaml"])
    assert keys["rl"] == "kto"
    assert keys["datasets"] == [{"path": TRAIN, "ds_type": "json", "split": "train", "type": "chatml.ultra"}]
    assert keys["test_datasets"][0]["path"] == TEST


def test_axolotl_has_its_datasets():
    keys = yaml.safe_load(settings.axolotl_settings(BOTH)["axolotl.yaml"])
    assert keys["rl"] == "dpo" and [*keys] == ["rl", "datasets", "test_datasets"]
    (train,), (test,) = keys["datasets"], keys["test_datasets"]
    assert train == test | {"path": TRAIN} and test["path"] == TEST
    assert (train["type"], train["ds_type"], train["split"]) == ("chat_template.default", "json", "train")


def test_nemo_rl_names_the_split_that_a_file_is_loaded_as():
    data = yaml.safe_load(settings.nemo_rl_settings(BOTH)["nemo_rl.yaml"])["data"]
    assert data == {
        "train": {"dataset_name": "PreferenceDataset", "data_path": TRAIN, "split": "train"},
        "validation": {"dataset_name": "PreferenceDataset", "data_path": TEST, "split": "train"},
    }


def test_verl_and_trl_have_their_keys():
    assert yaml.safe_load(settings.verl_settings(BOTH)["verl.yaml"]) == {
        "data": {"train_files": TRAIN, "val_files": TEST, "prompt_key": "prompt", "reward_fn_key": "data_source"}
    }
    assert yaml.safe_load(settings.trl_kto_settings(BOTH)["trl_kto.yaml"]) == {
        "dataset_name": str(ODD),
        "dataset_train_split": "train",
        "dataset_test_split": "test",
    }


def test_calls_take_odd_names_as_one_word():
    (openrlhf,) = words(settings.openrlhf_settings(BOTH)["openrlhf.sh"])
    assert openrlhf[:3] == ["python", "-m", "openrlhf.cli.train_dpo"] and openrlhf[-1] == "$@"
    assert openrlhf[openrlhf.index("--data.dataset") + 1] == TRAIN
    assert openrlhf[openrlhf.index("--eval.dataset") + 1 :][:3] == [TEST, "--eval.split", "train"]
    (mixed,) = words(settings.open_instruct_settings(BOTH)["open_instruct.sh"])
    assert mixed[2:] == ["--mixer_list", TRAIN, "1.0", "--mixer_list_splits", "train", "$@"]
    calls = words(settings.rewardbench_settings(BOTH)["rewardbench.sh"])
    assert calls == [["rewardbench", "--dataset", path, "--load_json", "$@"] for path in (TRAIN, TEST)]


@pytest.mark.parametrize("name", ["axolotl", "nemo_rl", "verl", "openrlhf", "trl_kto", "axolotl_kto"])
def test_a_split_that_is_not_there_is_not_named(name):
    (text,) = getattr(settings, f"{name}_settings")(ONE).values()
    assert "train.jsonl" not in text and "out" in text


def test_no_trainer_no_lines():
    assert settings.no_settings(BOTH) == {}
