"""Rows that are streamed from Parquet files through TRL's own trainers."""

import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.training import data, streaming
from polypref.training.arguments import Arguments
from polypref.training.stream_counts import StreamCounts
from tests import whole_turns

from . import tiny
from .test_train import build_trainer, same, weights, words
from .test_whole_turns import ASKING

COUNTS = {"ar": 41, "ja": 44, "uk": 36}
STREAMED = ["--streaming", "true", "--shuffle_buffer", "16"]
GROUP = 8


def in_row_groups(folder: str, rows: int = GROUP) -> str:
    """The same dataset, its file in row groups of so many rows, of which a reader holds one."""
    for file in (Path(folder) / "data").glob("*.parquet"):
        pq.write_table(pq.read_table(file), file, row_group_size=rows)
    return folder


@pytest.fixture(scope="module")
def long(tmp_path_factory) -> str:
    """121 rows; Ukrainian ones do not differ within 40 tokens, and a few prompts fill them."""
    alike = "та саме довге речення " * 3

    def edit(row):
        number = int(row["pair_id"][2:])
        if row["language"] == "uk" and number % 4 == 0:
            ends = {"chosen": alike + "так", "rejected": alike + "ні"}
            return row | {side: tiny.turn("assistant", text) for side, text in ends.items()}
        if row["language"] == "ja" and number % 11 == 0:
            return row | {"prompt": tiny.turn("user", "元気ですか" * 12)}
        return row

    return in_row_groups(tiny.dataset(tmp_path_factory.mktemp("long") / "d", COUNTS, test=4, edit=edit))


@pytest.fixture
def trained_on(monkeypatch):
    """Tokens of each prompt with its chosen answer, in the order of training."""
    import trl

    seen = []
    step = trl.DPOTrainer.training_step

    def recording(self, model, inputs, *more):
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        half = len(ids) // 2
        seen.extend(tuple(row[own.bool()].tolist()) for row, own in zip(ids[:half], mask[:half], strict=True))
        return step(self, model, inputs, *more)

    monkeypatch.setattr(trl.DPOTrainer, "training_step", recording)
    return seen


def run(train, given, seen):
    seen.clear()
    trainer = build_trainer(train, given)
    trainer.train()
    return trainer, list(seen)


def test_the_same_rows_take_part_as_without_streaming_and_are_counted_alike(
    train, models, long, tmp_path, trained_on, capsys
):
    more = ["--max_length", "40", "--max_steps", "27", "--num_train_epochs", "1"]
    plain = build_trainer(train, words(models["Cohere2"], long, tmp_path / "plain", *more))
    whole = len(plain.train_dataset)
    assert whole == 121 - 9 - 4 == 108 and all(sum(vars(one).values()) for one in plain.counted["train"].values())
    plain.train()
    given = list(trained_on)
    capsys.readouterr()
    trainer, streamed = run(train, words(models["Cohere2"], long, tmp_path / "out", *more, *STREAMED), trained_on)
    # 27 steps of four rows are one pass over 108, and nothing is read beyond them.
    assert len(set(given)) == 108 and sorted(streamed) == sorted(given) and streamed != given
    assert trainer.stream_counts.lengths() == plain.counted["train"]
    assert trainer.stream_counts.lengths()["uk"].same == 9 and trainer.stream_counts.lengths()["ja"].dropped == 4
    printed = capsys.readouterr().out
    assert "streamed: 121 rows were read for training" in printed and "tokens a character" in printed
    record = json.loads((tmp_path / "out" / "training_provenance.json").read_text("utf-8"))
    assert record["languages"] == {
        "ar": {"rows": 41, "taken": 41}, "ja": {"rows": 44, "taken": 40}, "uk": {"rows": 36, "taken": 27}
    }  # fmt: skip


@pytest.mark.slow
def test_the_seed_alone_says_the_order_and_a_second_pass_has_another(train, models, long, tmp_path):
    def order(*more):
        steps = ["--max_steps", "8", "--per_device_train_batch_size", "11", "--languages", "ja"]
        rows = build_trainer(train, words(models["Cohere2"], long, tmp_path, *STREAMED, *steps, *more)).train_dataset
        return [row["pair_id"] for row in rows], [row["pair_id"] for row in rows]

    one, again = order()
    assert len(one) == 88 and len(set(one[:44])) == len(set(one[44:])) == 44 and one[:44] != one[44:]
    assert again == one != order("--seed", "7")[0]


@pytest.mark.parametrize("accumulated", [6, pytest.param(16, marks=pytest.mark.slow)])
def test_steps_of_several_batches_run_on_over_passes(accumulated, train, models, long, tmp_path, trained_on):
    """A pass has 11 batches of 4: the rest of one, and one that is shorter than a step, go on into the next."""
    more = ("--languages", "ja", "--max_steps", "3", "--gradient_accumulation_steps", str(accumulated))
    trainer, rows = run(train, words(models["Cohere2"], long, tmp_path, *STREAMED, *more), trained_on)
    assert trainer.state.global_step == 3 and len(rows) == 3 * accumulated * 4
    passes = [rows[at : at + 44] for at in range(0, len(rows) - 43, 44)]
    assert all(len(set(one)) == 44 for one in passes) and passes[0] != rows[44:88]
    losses = [one["loss"] for one in trainer.state.log_history if "loss" in one]
    assert losses and max(losses) < 0.75, "the loss of a step is the mean over its batches alone"
    assert trainer.stream_counts.kept == {"ja": len(rows)}, "no row is read beyond the last step"


@pytest.mark.slow
def test_a_dataset_smaller_than_a_step_comes_again(train, models, tmp_path, trained_on):
    folder = tiny.dataset(tmp_path / "d", {"uk": 3})
    trainer, rows = run(train, words(models["Llama"], folder, tmp_path / "out", *STREAMED), trained_on)
    assert trainer.state.global_step == 2 and len(rows) == 8
    assert len(set(rows[:3])) == len(set(rows[3:6])) == 3 and trainer.provenance.languages["uk"].taken == 8


@pytest.mark.slow
def test_rows_that_are_held_at_once_are_few(train, models, long, tmp_path, monkeypatch):
    """Rows that were read from the file, less those that went on: buffer, batch that is looked at, row group."""
    import transformers
    import trl

    monkeypatch.setattr(streaming, "BATCH", 4)
    opened, held, begun = [], [], []
    stream_rows, step = streaming.data.stream_rows, trl.DPOTrainer.training_step

    def counted(*given):
        rows = stream_rows(*given)
        return rows.map(lambda row: opened.append(1) or row, features=rows.features)

    def recording(self, *more):
        held.append(len(opened) - begun[0] - self.stream_counts.read.total())
        return step(self, *more)

    class Begin(transformers.TrainerCallback):
        def on_train_begin(self, *given, **named):
            begun.append(len(opened))

    monkeypatch.setattr(streaming.data, "stream_rows", counted)
    monkeypatch.setattr(trl.DPOTrainer, "training_step", recording)
    trainer = build_trainer(train, words(models["Cohere2"], long, tmp_path, *STREAMED, "--max_steps", "10"))
    trainer.add_callback(Begin())
    trainer.train()
    assert len(held) == 10 and min(held) >= 8 and max(held) <= 16 + 4 + GROUP
    assert len(opened) - begun[0] < 80, "ten steps of four rows do not read all 121"


def test_two_processes_have_as_many_batches_each_and_all_rows_between_them(train, models, tmp_path):
    """Of two files of 30 and 10 rows: one file for each would leave the first process waiting for the second."""
    from accelerate.data_loader import prepare_data_loader
    from torch.utils.data import DataLoader

    folder = tiny.dataset(tmp_path / "d", {"uk": 40})
    file = Path(folder) / "data" / "train-0.parquet"
    rows = pq.read_table(file)
    pq.write_table(rows.slice(30), file.with_name("train-1.parquet"))
    pq.write_table(rows.slice(0, 30), file)
    trainer = build_trainer(train, words(models["Llama"], folder, tmp_path / "out", *STREAMED, "--max_steps", "10"))
    batches = []
    for number in range(2):
        plain = DataLoader(trainer.train_dataset, batch_size=2, collate_fn=list)
        own = prepare_data_loader(plain, num_processes=2, process_index=number, put_on_device=False)
        batches.append([[row["pair_id"] for row in batch] for batch in own])
    assert [len(one) for one in batches] == [10, 10]
    assert sorted(name for one in batches for batch in one for name in batch) == sorted(rows["pair_id"].to_pylist())


@pytest.mark.parametrize("accumulated", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_a_run_that_goes_on_in_a_later_pass_ends_with_the_same_weights(accumulated, train, models, tmp_path):
    """A pass has 5 steps of 4 rows (or less than 2 of 12), and the checkpoint is in the second or a later one."""
    data = in_row_groups(tiny.dataset(tmp_path / "d", {"ja": 12, "uk": 8}))
    more = ["--max_steps", "9", "--save_strategy", "steps", "--save_steps", "7", "--learning_rate", "1e-3", *STREAMED,
            "--gradient_accumulation_steps", str(accumulated)]  # fmt: skip
    train.main(words(models["Cohere2"], data, tmp_path / "whole", *more))
    last = str(tmp_path / "whole" / "checkpoint-7")
    train.main(words(models["Cohere2"], data, tmp_path / "rest", *more, "--resume_from_checkpoint", last))
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "rest"))
    assert not same(weights(last), weights(tmp_path / "whole"))
    records = [
        json.loads((tmp_path / out / "training_provenance.json").read_text("utf-8")) for out in ("whole", "rest")
    ]
    assert records[0]["languages"] == records[1]["languages"], "what was read past is counted too"


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dpo", "reward", "sft"])
def test_every_method_that_can_streams_evaluates_and_says_what_on(method, train, models, long, tmp_path, capsys):
    more = ["--method", method, *STREAMED, "--eval_strategy", "steps", "--eval_steps", "2", "--eval_rows_per_language",
            "3", "--held_out_languages", "ar"]  # fmt: skip
    named = ["ja", "uk"]
    if method == "dpo":
        named.append("de")
        more += ["--loss_type", "robust", "--flip_rates", "ja=0.1,uk=0.3", "--languages", *named]
    model = models["reward" if method == "reward" else "Llama"]
    train.main(words(model, long, tmp_path / "out", *more))
    results = json.loads((tmp_path / "out" / "eval_results.json").read_text("utf-8"))
    assert {"eval_ar_loss", "eval_ja_loss", "eval_uk_loss", "eval_held_out_loss", "eval_macro_loss"} <= results.keys()
    assert results["eval_held_out_loss"] == results["eval_ar_loss"]
    record = json.loads((tmp_path / "out" / "training_provenance.json").read_text("utf-8"))
    rows = {tag: one["rows"] for tag, one in record["languages"].items()}
    assert sorted(rows) == sorted(named) and sum(rows.values()) == 8, "two steps of four rows"
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "Rows trained on in each language, in each pass again: " in card
    assert all(f"{tag} {one['taken']}" in card for tag, one in record["languages"].items())
    printed = capsys.readouterr().out
    assert "streamed past, of languages that are not trained on: ar " in printed
    for line in ("trained on without test rows: de;", "warning: no row of de"):
        assert (line in printed) == (method == "dpo")


@pytest.mark.slow
def test_languages_without_test_rows_are_known_once_they_have_come(train, models, tmp_path, capsys):
    folder = Path(tiny.dataset(tmp_path / "d", {"ja": 6, "uk": 6}, test=1))
    file = folder / "data" / "test-0.parquet"
    pq.write_table(pq.read_table(file).slice(0, 1), file)
    more = [*STREAMED, "--eval_strategy", "steps", "--eval_rows_per_language", "1", "--max_steps", "3"]
    trainer = build_trainer(train, words(models["Llama"], str(folder), tmp_path / "out", *more))
    assert "without test rows" not in capsys.readouterr().out
    trainer.train()
    assert trainer.provenance.not_evaluated == {"uk": 6}
    assert "warning: trained on without test rows: uk (6 rows)" in capsys.readouterr().out


def test_a_stream_of_which_nothing_is_left_stops_before_its_first_step(train, models, long, tmp_path):
    with pytest.raises(UserError, match="has no rows to train on: it has ar 41, ja 44, uk 36; name other languages"):
        build_trainer(train, words(models["Llama"], long, tmp_path / "out", *STREAMED, "--languages", "de"))
    given = words(models["Llama"], long, tmp_path / "out", *STREAMED, "--max_length", "5")
    trainer = build_trainer(train, given)
    trainer.stream_counts.clear()  # of what TRL looks at, as in the beginning of training
    with pytest.raises(UserError, match=r"nothing is left to train on .*streamed \(ar 41, ja 44, uk 36\): none fits"):
        list(trainer.train_dataset)


@pytest.mark.parametrize(
    ("own", "settings", "message"),
    [
        ({"method": "kto"}, {}, "streaming is for methods dpo, reward and sft; the method is kto"),
        ({"method": "rloo"}, {}, "the method is rloo"),
        ({}, {"max_steps": -1}, "max_steps has to be given"),
        (
            {"language_objective": "maxmin"},
            {"eval_strategy": "steps"},
            "language_objective maxmin draws rows of every language by their numbers",
        ),
        ({"language_temperature": 2}, {}, "language_temperature takes a number of rows of each language"),
        ({"language_weights": "ja=1,uk=2"}, {}, "language_weights takes a number of rows"),
        ({"train_rows": 10}, {}, "train_rows takes a number of rows"),
        ({"reference_log_probs": "r.parquet"}, {}, "reference_log_probs needs all rows before training"),
        ({}, {"precompute_ref_log_probs": True}, "precompute_ref_log_probs needs all rows before training"),
        ({"flip_rates": "ja=0.1"}, {}, "name them as languages"),
        ({}, {"eval_strategy": "steps"}, "give eval_rows_per_language, or eval_strategy: 'no'"),
        ({"eval_rows_per_language": 2}, {"eval_strategy": "epoch"}, "eval_strategy is epoch, .* with eval_steps"),
        ({}, {"save_strategy": "epoch"}, "save_strategy is epoch, .*; write steps, with save_steps"),
        ({}, {"dataloader_num_workers": 2}, "dataloader_num_workers reads in other processes"),
        ({"method": "sft"}, {"packing": True}, "packing puts rows together"),
        ({"method": "sft"}, {"shuffle_dataset": True}, "shuffle_dataset shuffles a second time"),
    ],
)
def test_what_a_stream_cannot_have_is_refused_in_a_sentence(own, settings, message):
    arguments = Arguments(dataset_name="d", streaming=True, **own)
    with pytest.raises(UserError, match=message) as caught:
        streaming.refuse_settings(arguments, SimpleNamespace(**{"max_steps": 2, "eval_strategy": "no"} | settings))
    assert "\n" not in str(caught.value)


def test_a_setting_that_goes_against_it_stops_a_run(train, models, pairs, tmp_path):
    with pytest.raises(UserError, match=r"streaming: .* max_steps has to be given"):
        build_trainer(train, words(models["Llama"], pairs, tmp_path, *STREAMED, "--max_steps", "-1"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda row: row | {"rejected": row["chosen"]},
            r"rows 112 to 115 as they are streamed: chosen and rejected are the",
        ),
        (lambda row: row | {"chosen": tiny.turn("assistant", "<|end|> далі")}, "hold.? .*token"),
    ],
)
def test_a_row_with_a_fault_stops_the_run_when_it_comes(edit, message, train, models, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "BATCH", 4)
    folder = tiny.dataset(tmp_path / "d", {"uk": 120}, edit=lambda row: edit(row) if row["pair_id"] == "uk112" else row)
    more = ["--max_steps", "40", *STREAMED]
    trainer = build_trainer(train, words(models["Llama"], in_row_groups(folder), tmp_path / "out", *more))
    with pytest.raises(UserError, match=message) as caught:
        list(trainer.train_dataset)
    assert "\n" not in str(caught.value) and 0 < trainer.stream_counts.kept["uk"] < 112


def test_a_file_that_breaks_off_is_a_sentence(train, models, tmp_path):
    folder = in_row_groups(tiny.dataset(tmp_path / "d", {"uk": 400}))
    trainer = build_trainer(train, words(models["Llama"], folder, tmp_path / "out", *STREAMED, "--max_steps", "99"))
    file = Path(folder) / "data" / "train-0.parquet"
    content = file.read_bytes()
    third = len(content) // 3
    file.write_bytes(content[:third] + bytes(third) + content[2 * third :])
    with pytest.raises(UserError, match=f"dataset {folder}.*cannot be read while it is streamed") as caught:
        list(trainer.train_dataset)
    assert "\n" not in str(caught.value)


def test_turns_with_keys_that_may_be_empty_are_refused(tmp_path):
    def edit(row):
        return row | {"prompt": [turn | {"name": None if row["pair_id"] == "uk0" else "x"} for turn in row["prompt"]]}

    folder = tiny.dataset(tmp_path / "d", {"uk": 4})
    pq.write_table(
        pa.Table.from_pylist([edit(row) for row in tiny.rows("uk", 4)]), Path(folder) / "data/train-0.parquet"
    )
    with pytest.raises(UserError, match="turns of column prompt have name beside role and content"):
        streaming.open_stream(data.find_dataset(folder, None, None), Arguments(dataset_name=folder))


@pytest.mark.slow
def test_turns_with_tools_stream_too(train, tmp_path, models, monkeypatch):
    from transformers import AutoTokenizer

    load = AutoTokenizer.from_pretrained

    def with_template(*arguments, **settings):
        tokens = load(*arguments, **settings)
        tokens.chat_template = ASKING
        return tokens

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", with_template)
    rows = str(whole_turns.dataset(tmp_path / "both"))
    plain = build_trainer(train, words(models["Llama"], rows, tmp_path / "plain"))
    trainer = build_trainer(train, words(models["Llama"], rows, tmp_path / "out", *STREAMED))
    wanted = sorted((row["prompt_ids"], row["chosen_ids"]) for row in plain.train_dataset)
    assert sorted((row["prompt_ids"], row["chosen_ids"]) for row in trainer.train_dataset.take(999)) == wanted


def test_a_summary_in_words():
    counts = StreamCounts()
    counts.read.update(ja=3, uk=2)
    counts.kept.update(ja=2)
    counts.same.update(uk=2)
    counts.others.update(ar=5)
    first, table, past, missing, gone = streaming.summary(counts, ("de", "ja", "uk"), 64)
    assert first == "streamed: 5 rows were read for training, in each pass again"
    assert "ja               3        1       0" in table and past.endswith("not trained on: ar 5")
    assert missing == "warning: no row of de came among the rows that were read"
    assert gone.startswith("warning: no row of uk was trained on")
    assert streaming.unevaluated(counts, {"uk": None}) == {"ja": 2} and streaming.unevaluated(counts, None) == {}
