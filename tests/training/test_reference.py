"""Log-probabilities of the reference: saved by one run, read by the next, refused where they are of something else."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training.data import Origin
from polypref.training.reference import METADATA, ReferenceFile, SavedReference, row_digests, settle_reference
from tests.conftest import environment

from . import tiny
from .test_train import build_trainer, words

LEARNING = ["--max_steps", "4", "--learning_rate", "1e-2"]
LORA = ["--use_peft", "true", "--lora_target_modules", "q_proj", "v_proj"]
MAXMIN = ["--language_objective", "maxmin", "--eval_strategy", "steps", "--eval_steps", "2",
          "--language_objective_step_size", "2.0"]  # fmt: skip
ROBUST = ["--loss_type", "robust", "--flip_rates", "ja=0.1,uk=0.3"]


@pytest.fixture
def through_reference(monkeypatch):
    """How many rows went through the reference before training."""
    import trl

    rows = []
    compute = trl.DPOTrainer.compute_ref_log_probs

    def counting(self, model, inputs):
        rows.append(len(inputs["input_ids"]) // 2)
        return compute(self, model, inputs)

    monkeypatch.setattr(trl.DPOTrainer, "compute_ref_log_probs", counting)
    return rows


def losses(train, given):
    trainer = build_trainer(train, given)
    trainer.train()
    return [value for line in trainer.state.log_history for name, value in line.items() if name.endswith("loss")]


def another_cache(monkeypatch, folder):
    """TRL's own cache is no part of this."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)


@pytest.mark.parametrize(
    "more",
    [[], pytest.param(LORA, marks=pytest.mark.slow), pytest.param(ROBUST, marks=pytest.mark.slow), MAXMIN],
    ids=["full", "lora", "robust", "maxmin"],
)
def test_a_second_run_does_not_run_the_reference_and_has_the_same_losses(
    more, train, models, pairs, tmp_path, through_reference, monkeypatch, capsys
):
    more, file = [*LEARNING, *more], ["--reference_log_probs", tmp_path / "new" / "reference.parquet"]
    plain = losses(train, words(models["Cohere2"], pairs, tmp_path / "plain", *more))
    assert not through_reference
    build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "first", *more, *file))
    assert sum(through_reference) == 24, "rows of the evaluation have the same tokens as some of training"
    assert f"reference log-probabilities of train: 0 rows read from {file[1]}, 24 computed" in capsys.readouterr().out
    through_reference.clear()
    another_cache(monkeypatch, tmp_path / "cache2")
    assert losses(train, words(models["Cohere2"], pairs, tmp_path / "again", *more, *file)) == pytest.approx(
        plain, abs=2e-4
    )
    assert not through_reference and max(plain) > min(plain) + 0.005
    assert f"of train: 24 rows read from {file[1]}, 0 computed" in capsys.readouterr().out
    # TRL keeps no model for a reference that it does not need.
    assert build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "o", *more, *file)).ref_model is None


@pytest.mark.slow
def test_another_order_and_an_adapter_read_the_same_rows_and_a_language_that_is_new_is_computed_alone(
    train, models, pairs, tmp_path, through_reference, monkeypatch
):
    file = ["--reference_log_probs", tmp_path / "reference.parquet"]
    build_trainer(train, words(models["Llama"], pairs, tmp_path / "one", *file, "--languages", "ja", "uk"))
    assert sum(through_reference) == 16
    through_reference.clear()
    another_cache(monkeypatch, tmp_path / "cache2")
    other = build_trainer(train, words(models["Llama"], pairs, tmp_path / "two", *file, *LORA, "--seed", "5"))
    assert sum(through_reference) == 8 and pq.read_metadata(file[1]).num_rows == 24
    plain = build_trainer(
        train, words(models["Llama"], pairs, tmp_path / "three", "--precompute_ref_log_probs", "true", "--seed", "5")
    )
    assert other.train_dataset["pair_id"] == plain.train_dataset["pair_id"]
    for side in ("ref_chosen_logps", "ref_rejected_logps"):
        assert other.train_dataset[side] == pytest.approx(plain.train_dataset[side], abs=1e-4)


@pytest.mark.slow
def test_several_processes_read_and_write_one_file(root, models, pairs, tmp_path):
    file = tmp_path / "reference.parquet"
    more = ["--per_device_train_batch_size", "2", "--use_cpu", "true", "--bf16", "false", "--ddp_backend", "gloo"]
    starter = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    for out, counts in (("one", ": 0 rows read from {}, 24 computed"), ("two", ": 24 rows read from {}, 0 computed")):
        given = words(models["Cohere2"], pairs, tmp_path / out, *more, "--reference_log_probs", file)
        own = environment(HF_HOME=str(tmp_path / f"home_{out}"), TQDM_DISABLE="1")
        command = [sys.executable, *starter, str(root / "training" / "train.py"), *given]
        done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.count(counts.format(file)) == 1
    assert pq.read_metadata(file).num_rows == 24


def test_rows_that_are_taken_several_times_go_through_the_reference_once(
    train, models, pairs, tmp_path, through_reference
):
    file = ["--reference_log_probs", tmp_path / "reference.parquet", "--train_rows", "40", "--languages", "uk"]
    trainer = build_trainer(train, words(models["Llama"], pairs, tmp_path / "one", *file))
    assert sum(through_reference) == 8 and len(trainer.train_dataset) == 40
    assert len({(one["pair_id"], one["ref_chosen_logps"]) for one in trainer.train_dataset}) == 8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("model", "is of other files in the model's folder than there are now, so its log-probabilities"),
        ("dataset", "is of other files in the dataset's folder than there are now, so"),
        ("template", "is of another chat template"),
        ("max_length", "is of another max length .*1024.*, and here it is .*96"),
        ("dtype", "is of another dtype"),
        ("loading", "is of another model init kwargs .*eager"),
    ],
)
def test_a_file_of_something_else_is_refused_and_stays_as_it_is(change, message, train, models, tmp_path):
    model, file = tiny.model(tmp_path / "model", "Llama"), tmp_path / "reference.parquet"
    counts, more = {"uk": 4}, ["--reference_log_probs", file]
    first = tiny.dataset(tmp_path / "d", counts)
    build_trainer(train, words(model, first, tmp_path / "one", *more))
    before, other = file.read_bytes(), first
    if change == "model":
        model = tiny.model(tmp_path / "other", "Llama", seed=1)
    elif change == "dataset":
        other = tiny.dataset(tmp_path / "e", counts, edit=lambda row: row | {"pair_id": row["pair_id"] + "b"})
    elif change == "template":
        settings = Path(model) / "chat_template.jinja"
        assert settings.exists()
        settings.write_text(tiny.TEMPLATE.replace("<|end|>' }}", "<|end|>\\n' }}"), "utf-8")
    elif change == "max_length":
        more += ["--max_length", "96"]
    elif change == "loading":
        more += ["--model_init_kwargs", '{"attn_implementation": "eager"}']
    else:
        more += ["--dtype", "bfloat16"]
    with pytest.raises(UserError, match=message) as caught:
        build_trainer(train, words(model, other, tmp_path / "two", *more))
    assert "\n" not in str(caught.value) and str(file) in str(caught.value)
    assert file.read_bytes() == before


ORIGIN = Origin("org/pairs", None, None, "c" * 40, None)


def settled(file, config=None, **model):
    settings = {"model_name_or_path": "org/model", "model_revision": "main"} | model
    config = SimpleNamespace(max_length=96, **(config or {}))
    arguments = SimpleNamespace(reference_log_probs=str(file))
    return settle_reference(arguments, config, SimpleNamespace(**settings), ORIGIN)


@pytest.mark.parametrize(
    "other",
    [
        {"bnb_4bit_quant_type": "fp4"},
        {"use_bnb_nested_quant": True},
        {"model_revision": "v2"},
        {"config": {"model_init_kwargs": {"dtype": "float16"}}},
    ],
)
def test_what_changes_the_weights_as_they_are_loaded_is_in_the_key(other, tmp_path):
    own = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "use_bnb_nested_quant": False}
    file = tmp_path / "r.parquet"
    settled(file, **own).write({"a": (-1.0, -2.0)})
    assert settled(file, **own).read() == {"a": (-1.0, -2.0)}
    with pytest.raises(UserError, match="is of another "):
        settled(file, **(own | other)).read()


def test_the_branch_of_a_model_is_the_commit_that_it_stands_for(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    branch = tmp_path / "models--org--model" / "refs" / "main"
    branch.parent.mkdir(parents=True)
    keys = []
    for commit in ("d" * 40, "e" * 40):
        branch.write_text(commit)
        keys.append(settled(tmp_path / "r.parquet").key)
    assert [key["model_revision"] for key in keys] == ["d" * 40, "e" * 40]
    assert settled(tmp_path / "r.parquet", model_revision="e" * 40).key == keys[1]


def test_two_adapters_of_one_model_are_two_references(tmp_path):
    """The configuration of a loaded adapter has the commit of its model, which is the same for both."""
    files = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "adapter_model.safetensors").write_text(name)
        (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base"}')
        trainer = SavedReference()
        trainer.model = SimpleNamespace(config=SimpleNamespace(_commit_hash="d" * 40))
        trainer.processing_class = SimpleNamespace(chat_template="t")
        trainer.accelerator = SimpleNamespace(is_main_process=True)
        trainer.reference_file = settled(tmp_path / f"{name}.parquet", model_name_or_path=str(folder))
        files.append(trainer._read_reference()[0])
    assert files[0].key["model_revision"] != files[1].key["model_revision"]
    assert {file.key["loaded_commit"] for file in files} == {"d" * 40}


def test_a_token_for_loading_does_not_get_into_the_file(tmp_path):
    secret = "hf_abcdefghijklmnopqrstuvwxyz0123456789"
    file = settled(tmp_path / "r.parquet", {"model_init_kwargs": {"token": secret}})
    file.write({"a": (-1.0, -2.0)})
    assert secret.encode() not in file.path.read_bytes() and file.read()


def test_a_folder_that_cannot_be_made_is_a_sentence_before_anything_is_computed(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"its folder cannot be made \(.+\); name a file elsewhere"):
        settled(tmp_path / "file" / "r.parquet")
    settled(tmp_path / "new" / "r.parquet")
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == ["new"]


def test_a_log_probability_that_is_no_number_is_refused_and_the_others_are_kept(
    train, models, pairs, tmp_path, monkeypatch
):
    import trl

    compute = trl.DPOTrainer.compute_ref_log_probs
    batches = []

    def overflowing(self, model, inputs):
        chosen, rejected = compute(self, model, inputs)
        batches.append(len(chosen))
        return (chosen * float("nan") if len(batches) == 1 else chosen), rejected

    monkeypatch.setattr(trl.DPOTrainer, "compute_ref_log_probs", overflowing)
    file = ["--reference_log_probs", tmp_path / "reference.parquet", "--languages", "uk"]
    with pytest.raises(
        UserError, match=r"the reference gives 2 rows \(uk 2\) a log-probability that is no finite"
    ) as no:
        build_trainer(
            train, words(models["Llama"], pairs, tmp_path / "out", *file, "--per_device_train_batch_size", "2")
        )
    assert "\n" not in str(no.value) and pq.read_metadata(file[1]).num_rows == 6


def test_trls_own_cache_is_not_taken_for_another_length(train, models, pairs, tmp_path):
    """With `keep_end` the rows of both runs have the same tokens, which are cut later."""

    def values(length, name):
        more = ["--truncation_mode", "keep_end", "--max_length", length, "--reference_log_probs", tmp_path / name]
        return build_trainer(train, words(models["Llama"], pairs, tmp_path / "out", *more)).train_dataset[
            "ref_chosen_logps"
        ]

    long, short = values(200, "long.parquet"), values(12, "short.parquet")
    assert all(one < other - 1 for one, other in zip(long, short, strict=True))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--method", "kto"], "reference_log_probs is for method dpo; the method is kto"),
        (["--reference_log_probs", "{here}"], r"reference_log_probs is .*, a folder; name a file in it, as in "),
        (["--sync_ref_model", "true"], "TRL cannot start: .*sync_ref_model"),
    ],
)
def test_what_cannot_be_is_one_sentence(more, message, train, models, pairs, tmp_path):
    given = ["--reference_log_probs", tmp_path / "r.parquet", *(one.replace("{here}", str(tmp_path)) for one in more)]
    with pytest.raises(UserError, match=message) as caught:
        build_trainer(train, words(models["Llama"], pairs, tmp_path / "out", *given))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1 and no more", r"r.parquet cannot be read \(.*\); name another file .* or delete this one"),
        (pa.table({"row": ["a"]}), "r.parquet holds no log-probabilities of a reference; name another file"),
        ({"model": "org/a"}, r"r.parquet is of another model \('?org/a'?, and here it is '?org/b'?\)"),
        ({"model": "org/b", "later": 1}, "r.parquet is of another later"),
    ],
)
def test_a_file_that_is_none_is_refused(content, message, tmp_path):
    file = ReferenceFile(tmp_path / "r.parquet", {"model": "org/b"})
    if isinstance(content, bytes):
        file.path.write_bytes(content)
    elif isinstance(content, dict):
        ReferenceFile(file.path, content).write({"a": (-1.0, -2.0)})
    else:
        pq.write_table(content, file.path)
    with pytest.raises(UserError, match=message):
        file.read()


FLOATS = st.floats(width=32, max_value=0, allow_infinity=False, allow_nan=False)


@pytest.mark.slow
@given(st.dictionaries(st.text("0123456789abcdef", min_size=1), st.tuples(FLOATS, FLOATS)))
def test_what_is_written_is_read_again(known):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = ReferenceFile(Path(folder) / "sub" / "r.parquet", {"model": "org/b", "max_length": None})
        assert file.read() == {}
        file.write(known | {"nan": (float("nan"), -1.0), "infinite": (-1.0, float("-inf"))})
        assert file.read() == known
        assert json.loads(pq.read_schema(file.path).metadata[METADATA]) == {"model": "org/b", "max_length": None}


def test_rows_with_the_same_tokens_between_other_ends_are_others():
    from datasets import Dataset

    rows = [([1], [2], [3]), ([1, 2], [], [3]), ([], [1, 2], [3]), ([1], [2, 3], []), ([1], [3], [2]), ([1], [2], [3])]
    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    digests = row_digests(Dataset.from_list([dict(zip(names, row, strict=True)) for row in rows]))
    assert len(set(digests)) == 5 and digests[0] == digests[-1]
