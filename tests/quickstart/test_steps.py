"""The steps of the loop: what each leaves in files, what is refused, and what is told of how it went."""

import json
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import polypref
from polypref.errors import UserError
from polypref.evaluation.inputs import bundled_questions, tables
from polypref.evaluation.results import MeanFidelity
from polypref.training.resuming import refuse_earlier_run
from quickstart import steps

SHORT = steps.Settings(held_out=4, data_groups=3, samples=3, epochs=1, hidden=32, vocabulary=1500, max_tokens=8)


@pytest.mark.parametrize("better", [True, False])
def test_what_is_told_counts_right_answers_and_says_when_confusion_did_not_fall(tmp_path, better):
    asked = bundled_questions.lines(["bus-10", "room-11"])
    prompts = [
        {"set": "s", "prompt_id": f"{n}", "language": one.language, "references": [one.answer]}
        for n, one in enumerate(asked)
    ]
    answers = [
        {"model": model, "prompt_id": f"{n}", "language": one.language, "text": one.answer if right else one.confused}
        for model, right in ((steps.AFTER, better), (steps.BEFORE, not better))
        for n, one in enumerate(asked)
    ]
    pq.write_table(pa.Table.from_pylist(prompts, tables.PROMPTS), tmp_path / "prompts.parquet")
    pq.write_table(pa.Table.from_pylist(answers, tables.ANSWERS), tmp_path / "answers.parquet")
    # A confused answer is the English one, which is right for the 2 English questions of 46.
    low, high = 2 / 46, 1.0
    assert steps.right(tmp_path) == {
        steps.AFTER: pytest.approx(high if better else low),
        steps.BEFORE: pytest.approx(low if better else high),
    }
    own, other = (MeanFidelity(lines=share, words=None) for share in (0.8 if better else 0.4, 0.5))
    compared = SimpleNamespace(average=SimpleNamespace(fidelity=own, other_fidelity=other))
    first, second = steps.loop_summary(tmp_path, SimpleNamespace(comparisons=(compared,)))
    assert ("50.0% before, 80.0% after" if better else "50.0% before, 40.0% after") in first
    assert ("4.3% before, 100.0% after" if better else "100.0% before, 4.3% after") in first
    assert ("falls." in second) == better and ("does NOT fall" in second) == (not better)


def test_a_folder_of_another_run_is_refused(tmp_path):
    steps.claim_folder(tmp_path / "run", SHORT)
    steps.claim_folder(tmp_path / "run", SHORT)
    with pytest.raises(UserError, match=r"other settings \(seed\).*--out"):
        steps.claim_folder(tmp_path / "run", replace(SHORT, seed=1))


def test_a_model_is_the_same_in_another_folder_and_another_with_other_weights(tmp_path):
    for folder, weights in (("here/sft", b"a"), ("there/sft", b"a"), ("other/sft", b"b"), ("here/dpo", b"a")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "model.safetensors").write_bytes(weights)
    here, there, other, dpo = (steps.named(tmp_path / f) for f in ("here/sft", "there/sft", "other/sft", "here/dpo"))
    assert here == there and here != other and here != dpo and str(tmp_path) not in here.name


def test_an_entry_of_the_log_tells_how_far_training_is():
    entry = {"loss": "0.8472", "rewards/accuracies": 0.7716, "rewards/margins": 0.2, "epoch": 0.625}
    assert steps.progress_line(entry, 3) == "pass 0.6 of 3, loss 0.847, right answer of the pair preferred 77%"
    for other in (entry | {"rewards/margins": "0"}, {"train_runtime": 9}, {"epoch": 1, "loss": 1}, {}):
        assert steps.progress_line(other, 3) is None


def test_progress_is_told_where_the_loop_prints_whatever_training_does_with_its_output(capsys):
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    callback = steps.progress(3, print)
    entry = {"loss": 0.8, "rewards/accuracies": 0.75, "rewards/margins": 0.2, "epoch": 1}
    with redirect_stdout(StringIO()) as log:
        callback.on_log(None, None, None, logs=entry)
    assert capsys.readouterr().out == "pass 1.0 of 3, loss 0.800, right answer of the pair preferred 75%\n"
    assert log.getvalue() == ""


def test_something_else_in_the_folder_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(UserError, match=r"is there and holds no run of the loop; choose another --out"):
        steps.claim_folder(tmp_path, SHORT)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_run_that_was_killed_while_it_claimed_its_folder_goes_on(tmp_path):
    (tmp_path / ".settings.json.1.tmp").write_text("{", "utf-8")
    steps.claim_folder(tmp_path, SHORT)
    assert json.loads((tmp_path / "settings.json").read_text("utf-8"))["held_out"] == 4


class Recorded(Exception):
    """Ends a step where it would do its work, with what it would do it on."""


@pytest.fixture
def recorded(monkeypatch):
    """Puts an exception with the arguments in the place of what does the work."""

    def put(module, name):
        def work(*words, **named):
            raise Recorded(words, named)

        monkeypatch.setattr(module, name, work)

    return put


def caught(step, *words):
    with pytest.raises(Recorded) as stopped:
        step(*words)
    return stopped.value.args


def test_the_model_is_trained_on_no_group_that_is_kept_for_the_end(tmp_path, recorded):
    recorded(steps.making, "train_model")
    (folder, trained_on, *_), _ = caught(steps.learn_answers, tmp_path, SHORT)
    _, held_out = bundled_questions.split_groups(0, 4)
    assert folder == tmp_path / "sft" and len(trained_on) == (180 - 4) * 23
    assert not {one.group for one in trained_on} & set(held_out)


def test_what_is_made_is_not_made_anew(tmp_path, recorded):
    recorded(steps.making, "train_model")
    recorded(polypref, "train")
    for folder, last in (("sft", "learned.json"), ("dpo", "trained.json")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / last).write_text("{}", "utf-8")
    assert steps.learn_answers(tmp_path, SHORT) == tmp_path / "sft"
    dpo = tmp_path / "dpo"
    assert steps.train_preferences(tmp_path / "dataset", tmp_path, dpo, SHORT) == dpo


def test_preference_data_are_of_questions_that_are_trained_on(tmp_path, recorded):
    recorded(polypref, "build")
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft" / "model.safetensors").write_bytes(b"a")
    (script, folder), named = caught(steps.build_dataset, tmp_path, SHORT, False)
    assert (script, folder, named["quiet"]) == ("loop", tmp_path / "dataset", True)
    params = named["params"]
    assert (params["policy"], params["samples"], params["policy_at"]) == (
        "polypref/loop-sft", 3, f"transformers:{tmp_path / 'sft'}",
    )  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "prompts.jsonl").read_text("utf-8").splitlines()]
    train, _ = bundled_questions.split_groups(0, 4)
    assert len(rows) == 3 * 23 and {row["group"] for row in rows} == set(train[:3])
    german = next(row for row in rows if row["language"] == "de")
    (line,) = (one for one in bundled_questions.lines([german["group"]]) if one.language == "de")
    assert (german["prompt"], german["reference"]) == (line.prompt, line.answer)


def test_questions_that_somebody_changed_are_not_written_over(tmp_path, recorded):
    recorded(polypref, "build")
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft" / "model.safetensors").write_bytes(b"a")
    (tmp_path / "prompts.jsonl").write_text("mine", "utf-8")
    with pytest.raises(UserError, match=r"prompts\.jsonl"):
        steps.build_dataset(tmp_path, SHORT, False)
    assert (tmp_path / "prompts.jsonl").read_text("utf-8") == "mine"


def test_training_goes_from_one_folder_to_the_other_and_keeps_what_it_printed(tmp_path, monkeypatch, capsys):
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

    def train(recipe, callbacks):
        assert (recipe["model_name_or_path"], recipe["dataset_name"]) == (str(tmp_path / "sft"), "data")
        assert (recipe["output_dir"], recipe["num_train_epochs"], recipe["seed"]) == (str(tmp_path / "dpo"), 3, 0)
        print("line by line")
        (tmp_path / "dpo").mkdir(exist_ok=True)

    monkeypatch.setattr(polypref, "train", train)
    steps.train_preferences("data", tmp_path, tmp_path / "dpo", SHORT)
    assert capsys.readouterr().out == ""
    assert (tmp_path / "dpo" / "train.log").read_text("utf-8") == "line by line\n"
    assert json.loads((tmp_path / "dpo" / "trained.json").read_text("utf-8"))["method"] == "dpo"


def test_training_that_was_killed_before_its_record_begins_again_and_takes_no_weights_but_its_own(
    tmp_path, monkeypatch
):
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    dpo, kills = tmp_path / "dpo", [True, False, True]

    def train(recipe, callbacks):
        refuse_earlier_run(dpo, None)
        dpo.mkdir(exist_ok=True)
        (dpo / "model.safetensors").write_bytes(b"weights")
        if kills.pop(0):
            raise KeyboardInterrupt

    monkeypatch.setattr(polypref, "train", train)
    words = ("data", tmp_path, dpo, SHORT)
    with pytest.raises(KeyboardInterrupt):
        steps.train_preferences(*words)
    assert steps.train_preferences(*words) == dpo
    assert sorted(one.name for one in dpo.iterdir()) == ["model.safetensors", "train.log", "trained.json"]
    (dpo / "trained.json").unlink()  # weights without a mark are somebody else's
    for _ in range(2):  # the first time leaves no mark for the second
        with pytest.raises(UserError, match=r"has model\.safetensors of an earlier run"):
            steps.train_preferences(*words)
    assert kills == [True] and (dpo / "model.safetensors").read_bytes() == b"weights"


def test_models_are_compared_on_the_groups_kept_for_the_end(tmp_path, recorded):
    recorded(polypref, "evaluate")
    before, after = tmp_path / "sft", tmp_path / "dpo"
    (config, target), named = caught(steps.compare_models, before, after, tmp_path, tmp_path / "e", SHORT, True)
    assert (target, named) == (tmp_path / "e", {"quiet": False})
    assert [(one["name"], one["model"]) for one in config["models"]] == [
        (steps.AFTER, str(after)), (steps.BEFORE, str(before)),
    ]  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 4 * 23 and {row["group"] for row in rows} == set(bundled_questions.split_groups(0, 4)[1])
