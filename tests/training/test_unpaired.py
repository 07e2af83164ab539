"""Datasets of single labelled answers: KTO takes them, what a label says is learned, and no other method does."""

import json
import re
import shlex

import pytest

from polypref.cli import main
from polypref.errors import UserError
from polypref.training import data
from tests.conftest import ROOT

from . import tiny
from .test_train import build_trainer, words


def single(row):
    """A pair as one of its two answers: even rows are good ones."""
    number = int(row["pair_id"][2:])
    good = number % 2 == 0
    turns = row["chosen" if good else "rejected"]
    own = {"completion_id": row["pair_id"], "completion": turns, "label": good}
    return {name: row[name] for name in ("language", "response_language", "prompt")} | own


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> str:
    return tiny.dataset(tmp_path_factory.mktemp("answers") / "d", test=4, edit=single)


def test_kto_learns_what_the_labels_say(train, models, answers, tmp_path, capsys):
    more = ["--method", "kto", "--max_steps", "16", "--learning_rate", "1e-2", "--logging_steps", "1",
            "--eval_strategy", "epoch"]  # fmt: skip
    trainer = build_trainer(train, words(models["Llama"], answers, tmp_path / "out", *more))
    rows = trainer.train_dataset
    assert len(rows) == 24 and sorted(rows["label"]) == [False] * 12 + [True] * 12
    labels = dict(zip(rows["completion_id"], rows["label"], strict=True))
    assert all(labels[one] == (int(one[2:]) % 2 == 0) for one in labels)
    printed = capsys.readouterr().out
    row = next(line.split() for line in printed.splitlines() if line.startswith("uk "))
    assert row[1:4] == ["8", "0", "0"]
    trainer.train()
    steps = [line for line in trainer.state.log_history if "grad_norm" in line]
    chosen, rejected = ([line[f"rewards/{side}"] for line in steps if f"rewards/{side}" in line] for side in SIDES)
    assert chosen[0] == pytest.approx(0, abs=1e-3) and sum(chosen[-4:]) / 4 - sum(rejected[-4:]) / 4 > 0.05
    results = trainer.evaluate()
    assert all(results[f"eval_{tag}_rewards/margins"] > 0 for tag in ("ar", "ja", "uk"))


SIDES = ("chosen", "rejected")


def test_kto_of_pairs_meets_good_and_bad_answers_in_every_step(train, models, tmp_path):
    """TRL alone puts all chosen answers first: of 48 rows the first 24, steps on good answers alone."""
    pairs = tiny.dataset(tmp_path / "d")
    more = ["--method", "kto", "--per_device_train_batch_size", "8"]
    rows = build_trainer(train, words(models["Llama"], pairs, tmp_path / "out", *more)).train_dataset
    assert len(rows) == 48 and sum(rows["label"]) == 24
    assert sorted(zip(rows["pair_id"], rows["label"], strict=True)) == sorted(
        (row["pair_id"], label) for tag in ("ar", "ja", "uk") for row in tiny.rows(tag, 8) for label in (False, True)
    )
    assert all(0 < sum(rows["label"][at : at + 8]) < 8 for at in range(0, 48, 8))
    again = build_trainer(train, words(models["Llama"], pairs, tmp_path / "again", *more)).train_dataset
    assert again["completion_ids"] == rows["completion_ids"]
    other = build_trainer(train, words(models["Llama"], pairs, tmp_path / "other", *more, "--seed", "1")).train_dataset
    assert other["completion_ids"] != rows["completion_ids"]


@pytest.mark.parametrize("method", ["dpo", "reward", "sft"])
def test_what_compares_two_answers_needs_pairs(method, train, models, answers, tmp_path):
    with pytest.raises(UserError, match=f"single answers with a label each, and method {method} needs pairs"):
        build_trainer(train, words(models["Llama"], answers, tmp_path / "out", "--method", method))


def test_rloo_takes_the_prompts(answers):
    from datasets import load_dataset

    rows = load_dataset(answers, split="train")
    data.check_dataset(rows, "rloo", "d")
    assert "completion" not in data.columns_for(rows, "rloo").column_names


def test_labels_are_true_or_false(tmp_path, train, models):
    folder = tiny.dataset(tmp_path / "d", {"uk": 4}, edit=lambda row: single(row) | {"label": "yes"})
    with pytest.raises(UserError, match="column label holds string; KTO takes true and false"):
        build_trainer(train, words(models["Llama"], folder, tmp_path / "out", "--method", "kto"))


def test_what_is_the_same_after_the_cut_with_both_labels_is_left_out(train, models, tmp_path):
    """Rows 0 and 1 have one prompt, and answers that differ at their ends only."""

    def edit(row):
        one = single(row)
        if int(row["pair_id"][2:]) > 1:
            return one
        same = {"prompt": tiny.turn("user", "Як?"), "completion": tiny.turn("assistant", "Так " * 60 + row["pair_id"])}
        return one | same

    folder = tiny.dataset(tmp_path / "d", {"uk": 6}, edit=edit)
    more = ["--method", "kto", "--max_length", "120"]
    trainer = build_trainer(train, words(models["Llama"], folder, tmp_path / "out", *more))
    assert sorted(trainer.train_dataset["completion_id"]) == ["uk2", "uk3", "uk4", "uk5"]
    assert trainer.counted["train"]["uk"].same == 2


#: language -> prompt, an answer that people like, one that they do not; nothing else says which is good.
THUMBS = {
    "de": ("Wie macht man {} warm?", "Den Topf mit {} bitte langsam auf den Herd stellen, dann umrühren.",
           "Das mit {} weiß doch jeder, frag nicht so dumm und geh selbst nachsehen."),
    "fr": ("Comment chauffer {} ?", "Mettez {} doucement sur le feu, puis remuez avec une cuillère.",
           "Tout le monde sait cela pour {}, ne pose pas de questions aussi bêtes."),
}  # fmt: skip
THINGS = ("Brot", "Suppe", "Reis", "Tee", "Kuchen", "Fisch", "Milch", "Salz", "Birnen", "Honig", "Wein", "Nudeln")


def lines_of_the_page():
    """The commands of training/README.md, each as its words."""
    section = (ROOT / "training/README.md").read_text("utf-8").split("\n## Thumbs and pairs\n")[1]
    lines = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1].replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines]


@pytest.mark.slow
def test_thumbs_are_learned_singly_and_as_pairs_in_every_language(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"q": asked.format(thing), "text": answer.format(thing), "up": up, "language": tag}
        for tag, (asked, good, bad) in THUMBS.items() for thing in THINGS for answer, up in ((good, True), (bad, False))
    ]  # fmt: skip
    (tmp_path / "thumbs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    small = ["--model_name_or_path", models["Llama"], "--dtype", "float32", "--max_steps", "16", "--learning_rate",
             "1e-2", "--per_device_train_batch_size", "8", "--gradient_accumulation_steps", "1", "--warmup_steps", "0",
             "--gradient_checkpointing", "false", "--save_strategy", "no"]  # fmt: skip
    singly, by_kto, paired, by_bco = lines_of_the_page()
    for built in (singly, paired):
        assert main([*built, "--test", "0.25", "--quiet"]) == 0
    kto_of_pairs = [{"bco_pair": "kto", "build/bco_pair": "build/kto"}.get(word, word) for word in by_bco]
    for trained in (by_kto, by_bco, kto_of_pairs):
        assert main([*trained, *small]) == 0
        out = trained[trained.index("--output_dir") + 1]
        moved = json.loads((tmp_path / out / "eval_results.json").read_text("utf-8"))
        for tag in THUMBS:
            liked, disliked = (moved[f"eval_{tag}_rewards/{side}"] for side in SIDES)
            assert liked - disliked > 0.1, (trained, tag)
            # BCO is for signs too: above the reference, and below it.
            assert trained is not by_bco or liked > 0 > disliked, tag


CRITERIA = ("Die höfliche Antwort ist besser.", "Die gröbere Antwort ist besser.")


def judged_by_criteria():
    """Every answer twice: what is good by one criterion is bad by the other."""
    asked, polite, rude = THUMBS["de"]
    return [
        {"q": asked.format(thing), "text": answer.format(thing), "by": by, "language": "de",
         "up": (answer is polite) == (by is CRITERIA[0])}
        for thing in THINGS for by in CRITERIA for answer in (polite, rude)
    ]  # fmt: skip


@pytest.fixture
def by_criteria(tmp_path, monkeypatch):
    """Builds such answers as a dataset with some options."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thumbs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in judged_by_criteria()), "utf-8")

    def built(*more):
        words = ["build", "pairs", "--source", "thumbs.jsonl", "--prompt", "q", "--completion", "text", "--label", "up",
                 "--language-column", "language", "--criterion", "by", "--test", "0", "--quiet"]  # fmt: skip
        assert main([*words, "--out", "build/d", *more]) == 0
        return "build/d"

    return built


@pytest.mark.slow
@pytest.mark.parametrize("unpaired", [["--unpaired"], []])
def test_kto_reads_the_criterion_before_every_answer_whose_label_goes_by_it(
    unpaired, by_criteria, train, models, tmp_path
):
    """Single answers, and pairs that it takes apart."""
    more = ["--method", "kto", "--dataset_config", "all", "--max_length", "512"]
    trainer = build_trainer(train, words(models["Llama"], by_criteria(*unpaired), tmp_path / "out", *more))
    tokens = tiny.tokenizer()
    seen = {tokens.decode([*row["prompt_ids"], *row["completion_ids"]]): row["label"] for row in trainer.train_dataset}
    assert seen == {
        f"<|system|>{row['by']}<|end|><|user|>{row['q']}<|end|><|assistant|>{row['text']}<|end|>": row["up"]
        for row in judged_by_criteria()
    }
    assert len(seen) == len(trainer.train_dataset) == 4 * len(THINGS)
    assert trainer.counted["train"]["de"].same == 0


def test_labels_that_a_criterion_beside_the_prompt_tells_apart_teach_nothing(by_criteria, train, models, tmp_path):
    more = ["--method", "kto", "--dataset_config", "all", "--max_length", "512"]
    data = by_criteria("--unpaired", "--criterion-apart")
    with pytest.raises(UserError, match=r"nothing of de is left to train on: .* in de 48 rows"):
        build_trainer(train, words(models["Llama"], data, tmp_path / "out", *more))
