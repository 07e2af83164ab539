"""`polypref.train`: training/train.py as a function."""

import json

import polypref


def test_keys_are_those_of_a_recipe_and_a_callback_follows(models, pairs, tmp_path):
    from transformers import TrainerCallback

    steps = []

    class Follows(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **_):
            steps.append(logs or {})

    recipe = {
        "method": "dpo", "model_name_or_path": models["Cohere2"], "dataset_name": pairs,
        "loss_type": ["sigmoid", "sft"], "max_steps": 2, "logging_steps": 1,
        "report_to": "none", "save_strategy": "no", "beta": None,
        "gradient_checkpointing": False, "languages": ["ja", "uk"], "language_weights": {"ja": 2, "uk": 1},
    }  # fmt: skip
    out = polypref.train(recipe, callbacks=[Follows()], output_dir=str(tmp_path / "out"))
    assert out == tmp_path / "out" and (out / "model.safetensors").is_file()
    assert len([one for one in steps if "loss" in one]) == 2
    record = json.loads((out / "training_provenance.json").read_text("utf-8"))
    assert record["trl"]["loss_type"] == ["sigmoid", "sft"] and record["trl"]["gradient_checkpointing"] is False
    assert set(record["languages"]) == {"ja", "uk"}
    assert "--loss_type sigmoid sft --max_steps 2" in record["command"] and "--beta" not in record["command"]
