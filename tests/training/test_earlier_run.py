"""A run that goes on from a checkpoint, held against the record beside it."""

import json
from dataclasses import dataclass

import pytest

from polypref.errors import UserError
from polypref.training import ahead, earlier_run
from polypref.training.provenance import FILE

from .test_ahead import model, words

__all__ = ["model"]  # a fixture

RECORD = {
    "method": "dpo",
    "dataset": {"name": "org/d", "config": None, "revision": "v1", "commit": "c" * 40, "digest": None},
    "base_model": {"name": "org/m", "revision": "main"},
    "polypref": {"languages": ["ja", "ar"], "language_weights": {"ar": 2, "ja": 1}},
    "trl": {"loss_type": ["robust"], "seed": 3, "logging_steps": 1, "per_device_train_batch_size": 4},
    "model": {"use_peft": True},
    "rows_per_step": 32,
}


@pytest.fixture
def checkpoint(tmp_path) -> str:
    (tmp_path / "out" / "checkpoint-4").mkdir(parents=True)
    (tmp_path / "out" / FILE).write_text(json.dumps(RECORD), "utf-8")
    state = {"global_step": 4, "max_steps": 8, "num_train_epochs": 2}
    (tmp_path / "out" / "checkpoint-4" / "trainer_state.json").write_text(json.dumps(state), "utf-8")
    return str(tmp_path / "out" / "checkpoint-4")


@pytest.mark.parametrize(
    ("section", "other", "sentence"),
    [
        (None, {"method": "kto"}, "method: .* was trained with dpo, and now it is kto"),
        ("dataset", {"name": "org/e"}, "dataset_name: .* with org/d, and now it is org/e"),
        ("dataset", {"name": "d", "digest": "a1"}, "dataset_name: .* with org/d, and now it is d"),
        ("dataset", {"config": "mixture"}, "dataset_config: .* with default, and now it is mixture"),
        ("dataset", {"commit": "d" * 40}, "dataset_revision, the commit of org/d: .* with c{40}, and now it is d{40}"),
        ("dataset", {"revision": "v2", "commit": None}, "dataset_revision: .* with v1, and now it is v2"),
        ("base_model", {"name": "org/n"}, "model_name_or_path: .* with org/m, and now it is org/n"),
        ("polypref", {"languages": ["uk"]}, "languages: .* with ja, ar, and now it is uk"),
        ("polypref", {"language_weights": "ar=1,ja=1"}, "language_weights: .* with ar=2, ja=1, and now it is ar=1,ja"),
        ("polypref", {"streaming": True}, "streaming: .* with the default, and now it is True"),
        ("trl", {"loss_type": None}, "loss_type: .* with robust, and now it is the default"),
        ("trl", {"seed": 4}, "seed: .* with 3, and now it is 4"),
        ("model", {"lora_alpha": 8}, "lora_alpha: .* with the default, and now it is 8"),
        (None, {"rows_per_step": 16}, "rows of a step .per_device_train_batch_size.*: .* with 32, and now it is 16"),
    ],
)
def test_what_changes_what_is_trained_is_refused_with_both_values(section, other, sentence, checkpoint):
    now = RECORD | ({section: RECORD[section] | other} if section else other)
    with pytest.raises(UserError, match=f"^{sentence}.*; give the old value to go on, or another output_dir ") as one:
        earlier_run.refuse_other_run(checkpoint, now)
    assert "\n" not in str(one.value) and checkpoint in str(one.value)


def test_what_does_not_change_what_is_trained_passes(checkpoint):
    settings = {"seed": 3, "loss_type": ["robust"], "logging_steps": 5, "save_total_limit": 1, "report_to": ["none"],
                "per_device_train_batch_size": 8, "gradient_accumulation_steps": 4, "max_steps": 99}  # fmt: skip
    own = {"languages": ["ar", "ja"], "language_weights": "ja=1,ar=2", "eval_rows_per_language": 9}
    data = RECORD["dataset"] | {"revision": "c" * 40, "config": "default"}
    earlier_run.refuse_other_run(checkpoint, RECORD | {"trl": settings, "polypref": own, "dataset": data})
    # Early, when neither commit nor TRL's settings are known, and of a run before the rows of a step were kept.
    early = {key: RECORD[key] for key in ("method", "dataset", "base_model", "polypref")}
    earlier_run.refuse_other_run(checkpoint, early | {"dataset": data | {"commit": None}})


#: A setting of each kind that a resumed run has to share, with a value that is not the default.
OTHERS = {
    "trl": {
        "adam_beta1": 0.8, "adam_beta2": 0.98, "adam_epsilon": 1e-6, "weight_decay": 0.1, "max_grad_norm": 0.5,
        "warmup_steps": 4, "learning_rate": 1e-3, "lr_scheduler_type": "cosine", "optim": "sgd", "optim_args": "a=1",
        "data_seed": 5, "disable_dropout": False, "ld_alpha": 0.5, "f_divergence_type": "js_divergence",
        "use_weighting": True, "sync_ref_model": True, "router_aux_loss_coef": 0.1, "label_smoothing_factor": 0.1,
        "dataloader_drop_last": True, "neftune_noise_alpha": 5.0, "top_p": 0.9, "top_k": 5, "repetition_penalty": 1.1,
        "num_iterations": 2, "epsilon": 0.1, "normalize_advantages": True, "mask_truncated_completions": True,
        "generation_batch_size": 64, "shuffle_dataset": True, "packing_strategy": "wrapped", "eos_token": "<x>",
        "completion_only_loss": False, "model_init_kwargs": {"rope_theta": 2}, "generation_kwargs": {"top_k": 2},
    },
    "model": {
        "lora_alpha": 8, "lora_target_modules": "all-linear", "lora_modules_to_save": ["lm_head"], "use_rslora": True,
        "use_dora": True,
    },
}  # fmt: skip


@pytest.mark.parametrize(("section", "key"), [(section, key) for section, keys in OTHERS.items() for key in keys])
def test_each_setting_of_the_steps_is_refused_where_it_is_another_and_passes_where_it_is_not(
    section, key, checkpoint, tmp_path
):
    value = OTHERS[section][key]
    now = RECORD | {section: RECORD[section] | {key: value}}
    with pytest.raises(UserError, match=f"^{key}: .* with the default, and now it is "):
        earlier_run.refuse_other_run(checkpoint, now)
    (tmp_path / "out" / FILE).write_text(json.dumps(now), "utf-8")
    earlier_run.refuse_other_run(checkpoint, now)
    with pytest.raises(UserError, match=f"^{key}: .* and now it is the default; give"):
        earlier_run.refuse_other_run(checkpoint, RECORD)


def settings(section, **values):
    return RECORD | {section: RECORD[section] | values}


def test_dropout_of_lora_counts_where_trl_leaves_it_on_alone(checkpoint, tmp_path):
    other = settings("model", lora_dropout=0.1)
    earlier_run.refuse_other_run(checkpoint, other)  # DPO has none
    on = settings("trl", disable_dropout=False)
    for then, now in ((on, on | other | {"trl": on["trl"]}), (RECORD | {"method": "sft"}, other | {"method": "sft"})):
        (tmp_path / "out" / FILE).write_text(json.dumps(then), "utf-8")
        with pytest.raises(UserError, match=r"^lora_dropout: .* with the default, and now it is 0.1; give"):
            earlier_run.refuse_other_run(checkpoint, now)


def test_settings_of_lora_count_with_lora_alone(checkpoint, tmp_path):
    (tmp_path / "out" / FILE).write_text(json.dumps(RECORD | {"model": {}}), "utf-8")
    earlier_run.refuse_other_run(checkpoint, RECORD | {"model": {"lora_alpha": 8}})


@pytest.mark.parametrize(
    ("then", "now", "passes"),
    [
        ({"warmup_steps": 0.25}, {"warmup_steps": 2}, True),  # of 8 steps
        ({"warmup_steps": 2}, {"warmup_steps": 0.125, "max_steps": 16}, True),
        ({"warmup_steps": 0.25}, {"warmup_steps": 0.25, "max_steps": 16}, True),  # more steps are free
        ({"warmup_steps": 0.25}, {"warmup_steps": 3}, False),
        ({"warmup_steps": 0.25}, {}, False),
        ({"lr_scheduler_type": "constant"}, {"lr_scheduler_type": "constant", "warmup_steps": 3}, True),
    ],
)
def test_warm_ups_of_as_many_steps_are_the_same(then, now, passes, checkpoint, tmp_path):
    (tmp_path / "out" / FILE).write_text(json.dumps(settings("trl", **then)), "utf-8")
    if passes:
        earlier_run.refuse_other_run(checkpoint, settings("trl", **now))
        return
    with pytest.raises(UserError, match=r"^warmup_steps: "):
        earlier_run.refuse_other_run(checkpoint, settings("trl", **now))


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("polypref", "eval_rows_per_language", 9),
        ("polypref", "dataset_test_split", "dev"),
        ("polypref", "dataset_test_config", "all"),
        ("trl", "eval_steps", 9),
        ("trl", "eval_strategy", "epoch"),
        ("trl", "eval_delay", 2),
    ],
)
def test_what_is_evaluated_and_when_counts_where_languages_are_weighed_by_it(section, key, value, checkpoint, tmp_path):
    earlier_run.refuse_other_run(checkpoint, settings(section, **{key: value}))
    weighed = settings("polypref", language_objective="maxmin")
    (tmp_path / "out" / FILE).write_text(json.dumps(weighed), "utf-8")
    with pytest.raises(UserError, match=f"^{key}: .* with the default, and now it is {value}"):
        earlier_run.refuse_other_run(checkpoint, weighed | {section: weighed[section] | {key: value}})


def of_rows(counts, **settings):
    """A record's parts that say which rows are trained on."""
    return {"polypref": settings, "languages": {tag: {"rows": 8, "taken": taken} for tag, taken in counts.items()}}


ALL = {"ar": 8, "ja": 8, "uk": 8}


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (of_rows(ALL), of_rows(ALL, languages=["uk", "ja", "ar"])),
        (of_rows(ALL, languages=["ja", "ar", "uk"]), of_rows(ALL)),
        (of_rows(ALL), of_rows(ALL, language_temperature=1.0, train_rows=24)),
        (of_rows(ALL, language_weights="ar=1,ja=1,uk=1"), of_rows(ALL)),
        (of_rows({"ja": 8}, languages=["ja"]), of_rows({"ja": 8}, held_out_languages=["ar", "uk"])),
        (of_rows({"ja": 8}, languages=["ja"]), of_rows({"ja": 8}, languages=["ja"], held_out_languages=["ar"])),
    ],
)
def test_the_same_rows_are_the_same_however_they_are_asked_for(then, now, checkpoint, tmp_path):
    (tmp_path / "out" / FILE).write_text(json.dumps(RECORD | then), "utf-8")
    earlier_run.refuse_other_run(checkpoint, RECORD | now)
    # Early, when nobody has counted yet.
    earlier_run.refuse_other_run(checkpoint, {key: RECORD[key] for key in ("method", "dataset")} | {
        "polypref": now["polypref"]
    })  # fmt: skip


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (of_rows({"ar": 8, "ja": 8}, languages=["ja", "ar"]), "languages: .* with ar, ja, uk, and now it is ja, ar"),
        (
            of_rows({"ar": 8, "ja": 8}, held_out_languages=["uk"]),
            "held_out_languages: .* the default, and now it is uk",
        ),
        (of_rows(dict.fromkeys(ALL, 4), train_rows=12), "train_rows: .* with the default, and now it is 12"),
        ({"polypref": {"languages": ["ja", "ar"]}}, "languages: .* with ar, ja, uk, and now it is ar, ja"),
        ({"polypref": {"languages": ["ja", "ar"], "streaming": True}}, "languages: .*ar, ja, uk, and now it is ja, ar"),
    ],
)
def test_other_rows_are_refused_with_the_languages_that_were_meant(now, sentence, checkpoint, tmp_path):
    (tmp_path / "out" / FILE).write_text(json.dumps(RECORD | of_rows(ALL)), "utf-8")
    record = {key: value for key, value in RECORD.items() if key != "languages"}
    with pytest.raises(UserError, match=f"^{sentence}; give"):
        earlier_run.refuse_other_run(checkpoint, record | now)


def test_of_streams_the_settings_count_as_their_rows_are_not_known(checkpoint, tmp_path):
    stream = of_rows(ALL, streaming=True)
    (tmp_path / "out" / FILE).write_text(json.dumps(RECORD | stream), "utf-8")
    earlier_run.refuse_other_run(checkpoint, RECORD | stream)
    with pytest.raises(UserError, match=r"^languages: .* with the default, and now it is ar, ja, uk; "):
        earlier_run.refuse_other_run(checkpoint, RECORD | of_rows(ALL, streaming=True, languages=[*ALL]))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--languages", "uk", "Arabic", "ja"], None),
        (["--language_temperature", "1", "--train_rows", "24"], None),
        (["--language_weights", "ar=3,ja=3,uk=3"], None),
        (["--train_rows", "12"], "^train_rows: .* with the default, and now it is 12;"),
        (["--language_weights", "ar=1,ja=2,uk=1"], "^language_weights: .* with the default, and now it is ar=1"),
    ],
)
def test_rows_of_a_folder_are_counted_before_trl_is_loaded(more, sentence, checkpoint, model, pairs, tmp_path):
    data = {"name": "d", "config": None, "revision": None, "commit": None, "digest": "a1"}
    base = {"name": model.rpartition("/")[2], "revision": "main"}
    written = RECORD | {"dataset": data, "base_model": base} | of_rows(ALL)
    (tmp_path / "out" / FILE).write_text(json.dumps(written), "utf-8")
    given = words(model, pairs, tmp_path / "out", "--resume_from_checkpoint", "true", "--max_steps", "9", *more)
    if sentence is None:
        ahead.refuse_early(given, {})
        return
    with pytest.raises(UserError, match=sentence):
        ahead.refuse_early(given, {})


def test_a_folder_is_known_by_its_files_wherever_it_lies(checkpoint, tmp_path):
    def refuse(digest):
        earlier_run.refuse_other_run(checkpoint, RECORD | {"dataset": {"name": "elsewhere", "digest": digest}})

    record = RECORD | {"dataset": {"name": "d", "config": None, "digest": "a1"}}
    (tmp_path / "out" / FILE).write_text(json.dumps(record), "utf-8")
    refuse("a1")
    refuse("")  # not known yet
    with pytest.raises(UserError, match=r"^dataset_name elsewhere, SHA-256 of its files: .* with a1, and now it is b2"):
        refuse("b2")


@pytest.mark.parametrize("record", [None, "{", "[]", "{}"])
def test_without_a_record_it_is_a_warning(record, checkpoint, tmp_path, capsys):
    (tmp_path / "out" / FILE).unlink()
    if record is not None:
        (tmp_path / "out" / FILE).write_text(record, "utf-8")
    earlier_run.refuse_other_run(checkpoint, RECORD)
    assert not capsys.readouterr().out
    earlier_run.refuse_other_run(checkpoint, RECORD, warn=True)
    assert capsys.readouterr().out.startswith(f"warning: there is no readable {FILE} beside {checkpoint}, so that ")


@dataclass
class Limits:
    max_steps: int = -1
    num_train_epochs: float = 2.0


def test_where_nothing_is_left_to_train_it_is_a_sentence(checkpoint, tmp_path):
    for steps in (3, 4):
        with pytest.raises(UserError, match=f"^max_steps is {steps}, and .*checkpoint-4 is at step 4, so that nothing"):
            earlier_run.refuse_finished(checkpoint, Limits(steps))
    earlier_run.refuse_finished(checkpoint, Limits(5))
    earlier_run.refuse_finished(checkpoint, Limits())  # four of eight
    state = {"global_step": 8, "max_steps": 8, "num_train_epochs": 2}
    (tmp_path / "out" / "checkpoint-4" / "trainer_state.json").write_text(json.dumps(state), "utf-8")
    earlier_run.refuse_finished(checkpoint, Limits(num_train_epochs=3))
    with pytest.raises(UserError, match=r"^num_train_epochs is 2, and .* is at step 8, the last one, so that nothing"):
        earlier_run.refuse_finished(checkpoint, Limits())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--method", "kto"], "^method: "),
        (["--languages", "ar"], "^languages: .* with ja, and now it is ar;"),
        (["--streaming", "true", "--max_steps", "9"], "^streaming: "),
        (["--max_steps", "4"], "^max_steps is 4, and "),
    ],
)
def test_it_is_refused_before_trl_is_loaded_and_nothing_is_written(more, sentence, checkpoint, model, pairs, tmp_path):
    path = tmp_path / "out" / FILE
    data = {"name": "d", "config": None, "revision": None, "commit": None, "digest": "a1"}
    base = {"name": model.rpartition("/")[2], "revision": "main"}
    written = json.dumps(RECORD | {"dataset": data, "base_model": base, "polypref": {"languages": ["ja"]}})
    path.write_text(written, "utf-8")
    given = words(model, pairs, tmp_path / "out", "--resume_from_checkpoint", "true", "--languages", "ja")
    ahead.refuse_early([*given, "--max_steps", "9"], {})
    with pytest.raises(UserError, match=sentence):
        ahead.refuse_early([*given, *more], {})
    assert path.read_text("utf-8") == written


def test_the_rows_are_looked_at_before_the_record_is_written_anew(train, pairs, checkpoint, tmp_path, monkeypatch):
    """The digest and TRL's settings, in the whole command; no model is loaded."""
    from polypref.training import arguments, trainers

    monkeypatch.setattr(trainers, "build_with_additions", lambda *_: pytest.fail("loaded"))
    path = tmp_path / "out" / FILE
    record = RECORD | {"dataset": {"name": "d", "config": None, "digest": "a1"}, "polypref": {}}
    path.write_text(json.dumps(record), "utf-8")
    given = words("org/m", pairs, tmp_path / "out", "--resume_from_checkpoint", "true", "--use_cpu", "true")
    with pytest.raises(UserError, match=r"SHA-256 of its files: .*checkpoint-4 was trained with a1, and now it is "):
        train.build_trainer(*arguments.parse_words(given), given)
    assert json.loads(path.read_text("utf-8")) == record
