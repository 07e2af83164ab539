"""training/train.py with TRL's own trainers on tiny models, a few steps each."""

import json
import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.training import data

from . import tiny

STEPS = ["--max_steps", "2", "--per_device_train_batch_size", "4", "--gradient_checkpointing", "false",
         "--report_to", "none", "--logging_steps", "1", "--save_strategy", "no"]  # fmt: skip


def words(model, dataset, out, *more):
    return ["--model_name_or_path", model, "--dataset_name", dataset, "--output_dir", str(out), *STEPS, *map(str, more)]


def build_trainer(train, given):
    from polypref.training import arguments

    return train.build_trainer(*arguments.parse_words(given), given)


def weights(folder):
    from safetensors.torch import load_file

    return load_file(Path(folder) / "model.safetensors")


def same(one, other):
    import torch

    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_metrics_of_each_language_are_those_of_its_log_probabilities(train, models, pairs, tmp_path, capsys):
    import torch
    from transformers import AutoModelForCausalLM

    more = ["--eval_strategy", "steps", "--eval_steps", "2", "--per_device_eval_batch_size", "2", "--beta", "0.3",
            "--learning_rate", "3e-3", "--held_out_languages", "ar", "--max_steps", "4"]  # fmt: skip
    trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "out", *more))
    trainer.train()
    metrics = trainer.evaluate()
    trainer.save_model()
    before, after = (AutoModelForCausalLM.from_pretrained(f).eval() for f in (models["Cohere2"], tmp_path / "out"))
    tokens = tiny.tokenizer()

    def log_probability(model, row, side):
        start = tokens.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False)
        ids = torch.tensor([tokens.apply_chat_template(row["prompt"] + row[side], return_dict=False)])
        with torch.no_grad():
            scores = model(ids).logits[0, :-1].log_softmax(-1)
        return scores.gather(1, ids[0, 1:, None])[len(start) - 1 :].sum().item()

    expected = {}
    for tag in ("ar", "ja", "uk"):
        rewards = [
            [
                0.3 * (log_probability(after, row, side) - log_probability(before, row, side))
                for side in ("chosen", "rejected")
            ]
            for row in tiny.rows(tag, 3)
        ]
        margins = [c - r for c, r in rewards]
        expected[tag] = {
            "rewards/chosen": sum(c for c, _ in rewards) / 3,
            "rewards/rejected": sum(r for _, r in rewards) / 3,
            "rewards/margins": sum(margins) / 3,
            "rewards/accuracies": sum(m > 0 for m in margins) / 3,
            "loss": sum(math.log1p(math.exp(-m)) for m in margins) / 3,
        }
        for name, value in expected[tag].items():
            assert metrics[f"eval_{tag}_{name}"] == pytest.approx(value, abs=2e-4), (tag, name)
    # The three languages differ by more than the tolerance, so a mix-up would show.
    assert len({round(one["loss"], 3) for one in expected.values()}) == 3
    for name in expected["ja"]:
        own = [expected["ja"][name], expected["uk"][name]]
        assert metrics[f"eval_macro_{name}"] == pytest.approx(sum(own) / 2, abs=2e-4)
        every = [*own, expected["ar"][name]]
        worst = (max if name in ("loss", "rewards/rejected") else min)(every)
        assert metrics[f"eval_worst_{name}"] == pytest.approx(worst, abs=2e-4)
        assert metrics[f"eval_held_out_{name}"] == pytest.approx(expected["ar"][name], abs=2e-4)
    assert metrics["eval_loss"] == metrics["eval_macro_loss"]
    logged = {key for line in trainer.state.log_history for key in line}
    assert "eval_ja_rewards/accuracies" in logged and "eval_rewards/accuracies" not in logged
    printed = capsys.readouterr().out
    assert "tokens a character" in printed and "ar (held out)" in printed
    assert "the worst of 3 languages, the 1 held out (ar) among them" in printed


@pytest.mark.parametrize("method", ["dpo", "kto", "reward", "sft", "rloo"])
def test_every_method_trains_and_tells_what_on(method, train, models, pairs, tmp_path):
    more = ["--method", method, "--eval_strategy", "steps", "--eval_steps", "2", "--per_device_eval_batch_size", "4"]
    if method == "rloo":
        more += ["--reward_model", models["reward"], "--reward_funcs", "length", "language_fidelity",
                 "--reward_combine", "minimum", "--max_completion_length", "8", "--num_generations", "2"]  # fmt: skip
    family = "reward" if method == "reward" else "Llama"
    train.main(words(models[family], pairs, tmp_path / "out", *more))
    results = json.loads((tmp_path / "out" / "eval_results.json").read_text())
    assert {f"eval_{tag}_loss" for tag in ("ar", "ja", "uk", "macro", "worst")} <= results.keys()
    if method == "rloo":
        for tag in ("ar", "ja", "uk"):
            assert results[f"eval_{tag}_rewards/reward/{tag}"] == pytest.approx(
                results[f"eval_{tag}_rewards/reward/mean"], abs=1e-4
            )
            assert results[f"eval_{tag}_rewards/reward/{tag}/spread"] > 0
    record = json.loads((tmp_path / "out" / "training_provenance.json").read_text())
    assert record["method"] == method and record["languages"]["ja"] == {"rows": 8, "taken": 8}
    assert record["dataset"]["commit"] is None and len(record["dataset"]["digest"]) == 64
    card = (tmp_path / "out" / "README.md").read_text()
    assert record["command"] in card and record["dataset"]["digest"] in card and "- uk" in card


def test_the_loss_falls_on_pairs_that_can_be_told_apart(train, models, pairs, tmp_path):
    trainer = build_trainer(
        train, words(models["Cohere2"], pairs, tmp_path, "--max_steps", "12", "--learning_rate", "2e-2")
    )
    trainer.train()
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    assert losses[0] == pytest.approx(math.log(2), abs=1e-4) and losses[-1] < 0.35


@pytest.mark.slow
def test_a_resumed_run_ends_with_the_same_weights(train, models, pairs, tmp_path):
    more = ["--max_steps", "4", "--save_strategy", "steps", "--save_steps", "2", "--learning_rate", "1e-3"]
    train.main(words(models["Cohere2"], pairs, tmp_path / "whole", *more))
    last = str(tmp_path / "whole" / "checkpoint-2")
    train.main(words(models["Cohere2"], pairs, tmp_path / "rest", *more, "--resume_from_checkpoint", last))
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "rest"))
    assert not same(weights(last), weights(tmp_path / "whole"))


@pytest.mark.slow
def test_a_resumed_run_with_a_loss_that_there_is_none_of_is_refused_in_a_sentence(train, models, pairs, tmp_path):
    more = ["--save_strategy", "steps", "--save_steps", "1"]
    train.main(words(models["Cohere2"], pairs, tmp_path / "out", *more))
    last = str(tmp_path / "out" / "checkpoint-1")
    (
        tmp_path / "out" / "training_provenance.json"
    ).unlink()  # as of before there was one: the loss is not known to be new
    with pytest.raises(UserError, match=r"^TRL cannot compute the loss: .*no_such") as caught:
        train.main(
            words(
                models["Cohere2"], pairs, tmp_path / "rest", "--loss_type", "no_such", "--resume_from_checkpoint", last
            )
        )
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_languages_that_are_held_out_and_evaluated_nowhere_are_said(train, models, pairs, tmp_path, capsys):
    train.main(words(models["Cohere2"], pairs, tmp_path / "out", "--held_out_languages", "ar"))
    sentence = "held_out_languages (ar) are left out of training and evaluated nowhere, as eval_strategy is no; set"
    assert sentence in capsys.readouterr().out


@pytest.mark.slow
def test_languages_without_test_rows_are_said_in_output_record_and_card(train, models, tmp_path, capsys):
    folder = Path(tiny.dataset(tmp_path / "d", {"ar": 4, "ja": 6, "uk": 4}))
    file = folder / "data" / "test-0.parquet"
    pq.write_table(pq.read_table(file).slice(0, 3), file)  # the Arabic ones
    out = train.main(words(models["Cohere2"], str(folder), tmp_path / "out", "--eval_strategy", "steps"))
    printed = capsys.readouterr().out
    assert "warning: trained on without test rows: ja (6 rows), uk (4 rows); " in printed
    last = (
        "one language was evaluated, the 2 trained on without test rows (ja, uk) not among them; eval_worst_METRIC is"
    )
    assert last in printed
    record = json.loads((out / "training_provenance.json").read_text("utf-8"))
    assert record["not_evaluated"] == {"ja": 6, "uk": 4}
    card = (out / "README.md").read_text("utf-8")
    assert "Trained on without test rows, so that no evaluation says how they fare: ja 6, uk 4." in card


@pytest.mark.slow
@pytest.mark.parametrize(("every", "steps"), [(1, [1, 2]), (2, [2]), (5, [2])])
def test_figures_after_the_last_step_are_printed_once(every, steps, train, models, pairs, tmp_path, capsys):
    more = ["--eval_strategy", "steps", "--eval_steps", every, "--eval_rows_per_language", "1"]
    out = train.main(words(models["Llama"], pairs, tmp_path / "out", *more))
    printed = capsys.readouterr().out
    assert [int(line.split()[-1]) for line in printed.splitlines() if line.startswith("evaluation at step")] == steps
    results = json.loads((out / "eval_results.json").read_text("utf-8"))
    assert {"eval_ja_loss", "eval_macro_loss", "eval_worst_loss", "eval_loss"} <= results.keys()


def test_weights_and_languages_change_the_rows_and_nothing_else(train, models, pairs, tmp_path):
    def ids(*more):
        return build_trainer(train, words(models["Llama"], pairs, tmp_path, *more)).train_dataset["pair_id"]

    assert sorted(set(ids())) == sorted(row["pair_id"] for tag in ("ar", "ja", "uk") for row in tiny.rows(tag, 8))
    weighted = ids("--language_weights", "ar=1,ja=2,uk=4")
    assert [sum(one.startswith(tag) for one in weighted) for tag in ("ar", "ja", "uk")] == [2, 4, 8]
    assert {one[:2] for one in ids("--held_out_languages", "uk", "ar")} == {"ja"}
    assert ids("--seed", "1") != ids() == ids()


def test_lora_starts_at_the_reference_and_leaves_the_model_alone(train, models, pairs, tmp_path):
    lora = ["--use_peft", "true", "--lora_target_modules", "q_proj", "v_proj"]
    train.main(words(models["Cohere2"], pairs, tmp_path / "out", *lora))
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


@pytest.mark.slow
def test_another_reference_stops_the_run_before_its_first_step(train, models, pairs, tmp_path):
    from transformers import AutoModelForCausalLM

    trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "out"))
    other = AutoModelForCausalLM.from_pretrained(tiny.model(tmp_path / "other", seed=1))
    trainer.ref_model.load_state_dict(other.state_dict())
    with pytest.raises(UserError, match="the reference is not the model that is trained"):
        trainer.train()
    assert trainer.state.global_step == 0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda r: {k: v for k, v in r.items() if k != "rejected"}, "has no column rejected"),
        (lambda r: {k: v for k, v in r.items() if k != "language"}, "has no column language"),
        (lambda r: r | {"chosen": r["chosen"][0]["content"]}, "column chosen holds no conversations"),
        (lambda r: r | {"rejected": r["chosen"]} if r["pair_id"] == "ja1" else r, r"in 1 rows \(ja 1; first: row 3, "),
    ],
)  # fmt: skip
def test_data_of_another_form_are_refused_in_a_sentence(edit, message, train, models, tmp_path):
    folder = tmp_path / "d"
    if message.startswith("column"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        (folder / "data").mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist([edit(r) for r in tiny.rows("ja", 2)]), folder / "data" / "train-0.parquet")
    else:
        tiny.dataset(folder, {"ar": 2, "ja": 2}, edit=edit)
    with pytest.raises(UserError, match=message) as caught:
        train.main(words(models["Llama"], str(folder), tmp_path / "out"))
    assert "\n" not in str(caught.value) and not (tmp_path / "out").exists()


def spoilt_end(file: Path) -> None:
    file.write_bytes(b"PAR1" + bytes(300) + b"PAR1")


def spoilt_pages(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100] + bytes(300) + file.read_bytes()[400:])


def other_columns(file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1]}), file.with_name("train-1.parquet"))


@pytest.mark.parametrize("spoil", [spoilt_end, spoilt_pages, other_columns])
def test_files_that_cannot_be_read_are_a_sentence_with_the_reason(spoil, tmp_path):
    folder = tiny.dataset(tmp_path / "d", {"uk": 4})
    spoil(Path(folder) / "data" / "train-0.parquet")
    with pytest.raises(UserError, match=rf"dataset {folder}, config None, split train: ") as caught:
        data.load_rows(data.find_dataset(folder, None, None), "train")
    assert "\n" not in str(caught.value) and "An error occurred" not in str(caught.value)


def test_memory_that_is_refused_while_files_are_read_is_not_blamed_on_them(tmp_path, monkeypatch):
    import datasets

    def load(*_, **__):
        raise datasets.exceptions.DatasetGenerationError("An error occurred") from MemoryError("malloc of size 64")

    folder = tiny.dataset(tmp_path / "d", {"uk": 4})
    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(MemoryError, match="size 64"):
        data.load_rows(data.find_dataset(folder, None, None), "train")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--dataset_revision", "v1.0.0"], "means nothing for the folder"),
        (["--languages", "de"], "no rows in language de; it has ar, ja, uk"),
        (["--held_out_languages", "ar", "ja", "uk"], "no language is left"),
        (["--dataset_train_split", "dev"], "has no split 'dev'; it has train, test"),
        (["--method", "rloo"], "rloo needs a reward"),
        (["--method", "rloo", "--reward_funcs", "length", "length"], "two rewards are called length"),
        (
            ["--method", "rloo", "--reward_funcs", "length", "--per_device_train_batch_size", "64"],
            "do not fill a batch of 32",
        ),
        (["--eval_strategy", "epoch", "--held_out_languages", "de"], "has no rows of de, held out"),
        (["--eval_strategy", "epoch", "--dataset_test_config", "other"], "has no config 'other'; it has default"),
        (["--resume_from_checkpoint", "true"], "has no checkpoint to go on from"),
        (["--learning_rate", "nan"], "learning_rate is nan; give a finite number"),
        (["--loss_type", "no_such"], "TRL cannot compute the loss: .*no_such"),
        (["--model_init_kwargs", "torch"], "model_init_kwargs"),
        (["--method", "rloo", "--reward_funcs", "length", "--num_generations", "0"], "num_generations"),
        (["--max_length", "5"], "no row of ar, ja, uk fits into max_length"),
        (["--reward_model", "", "--method", "rloo", "--reward_funcs", "nothing"], "none of language_fidelity"),
    ],
)
def test_settings_that_cannot_be_met_are_refused_in_a_sentence(more, message, train, models, pairs, tmp_path):
    with pytest.raises(UserError, match=message) as caught:
        train.main(words(models["Llama"], pairs, tmp_path / "out", *more))
    assert "\n" not in str(caught.value)


def test_what_is_not_installed_is_one_sentence_in_the_first_step_too(train, models, pairs, tmp_path, monkeypatch):
    class Trainer:
        def train(self, resume_from_checkpoint):
            raise ImportError("You need to install\n  `lomo_optim`")

    monkeypatch.setattr(train, "build_trainer", lambda *_: Trainer())
    with pytest.raises(UserError, match=r"^TRL cannot train: You need to install `lomo_optim`$"):
        train.main(words(models["Llama"], pairs, tmp_path / "out"))
