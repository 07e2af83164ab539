"""The lines of config that each trainer wants beside the rows: which file, which columns, which roles."""

import json
import shlex
from collections.abc import Sequence

import yaml

from ..files.json_types import Json, JsonObject
from .contract import Target

#: What LLaMA-Factory calls what in `forms.llama_factory_row`.
_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}


def no_settings(_: Target) -> dict[str, str]:
    """For a form that no trainer reads.

    Returns:
        Nothing.
    """
    return {}


def llama_factory_settings(target: Target) -> dict[str, str]:
    """`dataset_info.json`, and the keys of a run that name it.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    columns: JsonObject = {"messages": "messages", "chosen": "chosen", "rejected": "rejected", "tools": "tools"}
    return _llama_factory_files(target, "dpo", {"ranking": True, "columns": columns})


def llama_factory_kto_settings(target: Target) -> dict[str, str]:
    """`dataset_info.json`, and the keys of a run of KTO that name it.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    columns: JsonObject = {"messages": "messages", "kto_tag": "label", "tools": "tools"}
    return _llama_factory_files(target, "kto", {"columns": columns})


def _llama_factory_files(target: Target, stage: str, described: JsonObject) -> dict[str, str]:
    about: JsonObject = {
        f"{target.name}_{split}": {"file_name": file, "formatting": "sharegpt", **described, "tags": dict(_TAGS)}
        for split, file in target.files.items()
    }
    keys: JsonObject = {"stage": stage, "dataset_dir": str(target.folder)}
    names = {"train": "dataset", "test": "eval_dataset"}
    keys |= {key: f"{target.name}_{split}" for split, key in names.items() if split in target.files}
    return {
        "dataset_info.json": json.dumps(about, indent=2, ensure_ascii=False) + "\n",
        "llama_factory.yaml": _yaml(target, keys),
    }


def axolotl_kto_settings(target: Target) -> dict[str, str]:
    """`datasets` and `test_datasets` of a run of KTO.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    keys: JsonObject = {"rl": "kto"}
    for split, key in {"train": "datasets", "test": "test_datasets"}.items():
        if split in target.files:
            keys[key] = [{"path": target.path(split), "ds_type": "json", "split": "train", "type": "chatml.ultra"}]
    return {"axolotl.yaml": _yaml(target, keys)}


def axolotl_settings(target: Target) -> dict[str, str]:
    """`datasets` and `test_datasets` of a run.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    names = {"train": "datasets", "test": "test_datasets"}
    keys: JsonObject = {"rl": "dpo"}
    for split, key in names.items():
        if split in target.files:
            # A file of JSON is one split to the library that loads it, whatever it holds.
            keys[key] = [
                {
                    "path": target.path(split),
                    "ds_type": "json",
                    "split": "train",
                    "type": "chat_template.default",
                    "field_messages": "messages",
                    "field_chosen": "chosen",
                    "field_rejected": "rejected",
                    "message_property_mappings": {"role": "role", "content": "content"},
                    "roles": {"system": ["system"], "user": ["user"], "assistant": ["assistant"]},
                }
            ]
    return {"axolotl.yaml": _yaml(target, keys)}


def openrlhf_settings(target: Target) -> dict[str, str]:
    """A call of OpenRLHF's DPO, to which the options of model and training are added.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    words = ["--data.prompt_key", "prompt", "--data.chosen_key", "chosen", "--data.rejected_key", "rejected"]
    words += ["--data.apply_chat_template"]
    if "train" in target.files:
        words += ["--data.dataset", target.path("train"), "--data.dataset_split", "train"]
    if "test" in target.files:
        words += ["--eval.dataset", target.path("test"), "--eval.split", "train"]
    return {"openrlhf.sh": _shell(target, [["python", "-m", "openrlhf.cli.train_dpo", *words]])}


def nemo_rl_settings(target: Target) -> dict[str, str]:
    """`data` of a run.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    names = {"train": "train", "test": "validation"}
    # The configs that come with NeMo RL name a split of another dataset, which this one has not.
    data: JsonObject = {
        key: {"dataset_name": "PreferenceDataset", "data_path": target.path(split), "split": "train"}
        for split, key in names.items()
        if split in target.files
    }
    return {"nemo_rl.yaml": _yaml(target, {"data": data})}


def open_instruct_settings(target: Target) -> dict[str, str]:
    """Options of open-instruct's DPO; `1.0` is the share of the rows that is taken.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    calls = [
        ["python", "open_instruct/dpo.py", "--mixer_list", target.path(split), "1.0", "--mixer_list_splits", "train"]
        for split in [*target.files][:1]
    ]
    return {"open_instruct.sh": _shell(target, calls)}


def verl_settings(target: Target) -> dict[str, str]:
    """`data` of a run.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    names = {"train": "train_files", "test": "val_files"}
    data: JsonObject = {key: target.path(split) for split, key in names.items() if split in target.files}
    data |= {"prompt_key": "prompt", "reward_fn_key": "data_source"}
    return {"verl.yaml": _yaml(target, {"data": data})}


def trl_kto_settings(target: Target) -> dict[str, str]:
    """Keys of `trl kto --config`.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    keys: JsonObject = {"dataset_name": str(target.folder)}
    keys |= {f"dataset_{split}_split": split for split in target.files}
    return {"trl_kto.yaml": _yaml(target, keys)}


def rewardbench_settings(target: Target) -> dict[str, str]:
    """A call of RewardBench for each split, to which `--model` is added.

    Args:
        target: where the rows are.

    Returns:
        Name of a file -> its text.
    """
    calls = [["rewardbench", "--dataset", target.path(split), "--load_json"] for split in target.files]
    return {"rewardbench.sh": _shell(target, calls)}


def _yaml(target: Target, keys: Json) -> str:
    """YAML below the notes of the form."""
    head = "".join(f"# {note}\n" for note in target.notes)
    return head + yaml.safe_dump(keys, sort_keys=False, allow_unicode=True, width=1_000)


def _shell(target: Target, calls: Sequence[Sequence[str]]) -> str:
    """Calls below the notes of the form; each takes the options that the script is given."""
    head = "".join(f"# {note}\n" for note in target.notes)
    return "#!/bin/sh\n" + head + "".join(f'{shlex.join(words)} "$@"\n' for words in calls)
