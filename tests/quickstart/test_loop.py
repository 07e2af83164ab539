import json
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs import bundled_questions, tables
from polypref.evaluation.results import MeanFidelity
from polypref.languages import AYA_23
from polypref.languages.fidelity import check_lines
from polypref.languages.identifier import Identifier
from quickstart import steps
from tests.conftest import environment

ROOT = Path(__file__).resolve().parents[2]
SHORT = steps.Settings(held_out=4, data_groups=3, samples=3, epochs=1, hidden=32, vocabulary=1500, max_tokens=8)


def test_every_answer_is_in_its_language_and_long_enough_to_tell():
    questions = bundled_questions.lines(
        [f"{topic}-47" for topic in ("bus", "room", "page", "house", "train", "exercise")]
    )
    assert len(questions) == 6 * 23 and {one.language for one in questions} == set(AYA_23)
    answers, tags = [one.answer for one in questions], [one.language for one in questions]
    for one, lines in zip(questions, check_lines(answers, tags, Identifier()), strict=True):
        assert lines.passed, f"{one.language} {one.group}: {one.answer} ({lines})"
        assert "47" in one.prompt and "47" in one.answer and "{" not in one.prompt + one.answer
        assert (one.answer == one.confused) == (one.language == "en")


def test_no_held_out_group_is_trained_on():
    train, held_out = bundled_questions.split_groups(7, 60)
    assert len(held_out) == 60 and not set(train) & set(held_out) and len(train) + len(held_out) == 180
    assert bundled_questions.split_groups(7, 60) == (train, held_out) != bundled_questions.split_groups(8, 60)


def test_planted_confusion_has_the_share_asked_for():
    questions = bundled_questions.lines(bundled_questions.split_groups(0, 60)[0])
    for share in (0.0, 0.3, 1.0):
        drawn = [bundled_questions.is_confused(1, one, share) for one in questions]
        # 2,760 draws: three standard errors are 0.026 at the most.
        assert sum(drawn) / len(drawn) == pytest.approx(share, abs=0.026 if 0 < share < 1 else 0)


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


def test_no_word_is_cut_between_a_letter_and_its_mark():
    pytest.importorskip("tokenizers", reason="needs transformers: pip install -e '.[dev]', or make test")
    from quickstart import model

    texts = [text for one in bundled_questions.lines(["room-13", "exercise-47"]) for text in (one.prompt, one.answer)]
    words = model.tokenizer(texts * 50, 4000)
    for text in texts:
        assert words.decode(words(text)["input_ids"], clean_up_tokenization_spaces=False) == text
    # Seen fifty times each, a word with vowel signs is one token, as a word without them is.
    for word in ("मंज़िल", "दूसरी", "λεωφορείο", "תרגיל"):
        whole = f" {word}"
        assert (len(words(whole)["input_ids"]) == 1) == any(whole in text for text in texts), word


@pytest.mark.slow
def test_short_loop_runs_and_a_second_run_does_nothing_anew(tmp_path, contents):
    """Few steps: what the answers are plays no part, only that every step hands on to the next."""
    pytest.importorskip("trl", reason="needs TRL: pip install -e '.[dev]', or make test-slow")

    def loop(out: Path | str, cwd: Path) -> subprocess.CompletedProcess[str]:
        code = (
            "from pathlib import Path; from quickstart import steps; from quickstart.__main__ import run_loop;"
            f"run_loop(Path({str(out)!r}), steps.Settings(**{SHORT.__dict__!r}))"
        )
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, cwd=cwd, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    first = loop(tmp_path / "run", ROOT)
    assert "pass 1 of 1, loss" in first.stdout, "supervised training says how far it is"
    assert "macro average" in first.stdout and "It shows no language ability" in " ".join(first.stdout.split())
    results = tmp_path / "run" / "evaluation" / "results.json"
    (compared,) = json.loads(results.read_text("utf-8"))["comparisons"]
    assert len(compared["rows"]) == 23 and compared["average"]["groups"] == 4
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.safetensors")}
    assert len(written) == 2
    before = contents(tmp_path / "run" / "evaluation")
    second = loop(tmp_path / "run", ROOT)
    assert "nothing to do for" in second.stdout and " answers " not in second.stderr, "nothing is asked anew"
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert contents(tmp_path / "run" / "evaluation") == before
    # The same model in a folder elsewhere, named by a path from where one is: the same dataset, byte for byte.
    shutil.copytree(tmp_path / "run" / "sft", tmp_path / "else" / "where" / "sft")
    shutil.copy(tmp_path / "run" / "settings.json", tmp_path / "else" / "where")
    loop("where", tmp_path / "else")
    assert contents(tmp_path / "else" / "where" / "dataset") == contents(tmp_path / "run" / "dataset")
    elsewhere = tmp_path / "else" / "where" / "evaluation" / "results.json"
    (again,) = json.loads(elsewhere.read_text("utf-8"))["comparisons"]
    for row, other in zip(compared["rows"], again["rows"], strict=True):
        assert row["other_fidelity"] == other["other_fidelity"] and row["other_length"] == other["other_length"]
