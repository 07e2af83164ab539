"""RLOO with the minimum of rewards on different scales: it teaches, its log tells how, and a resumed run goes on."""

import json
import subprocess
import sys

import pytest

from polypref.training.spreads import FILE
from tests.conftest import environment

from . import tiny
from .test_train import build_trainer, words

REWARDS = ["--method", "rloo", "--reward_funcs", "language_fidelity", "length", "--reward_combine", "minimum",
           "--num_generations", "2", "--max_completion_length", "1", "--languages", "uk", "--beta", "0.0",
           "--per_device_train_batch_size", "16", "--learning_rate", "1e-2", "--warmup_steps", "0"]  # fmt: skip


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    return tiny.speaker(tmp_path_factory.mktemp("speaker"))


def steps(trainer):
    return [line for line in trainer.state.log_history if "grad_norm" in line]


@pytest.mark.slow
def test_a_length_that_no_answer_reaches_does_not_keep_the_language_from_being_learned(train, speaker, pairs, tmp_path):
    """The length reward is 0 for all of these answers, and the smaller one: as they come, the minimum is always 0."""
    trainer = build_trainer(train, words(speaker, pairs, tmp_path / "out", *REWARDS, "--max_steps", "16"))
    trainer.train()
    history = steps(trainer)
    assert all(line["rewards/length/mean"] == line["rewards/length/uk/spread"] == 0 for line in history)
    assert all(line["reward_std"] > 0.1 and line["grad_norm"] > 0.1 for line in history[:8])
    share = [line["rewards/language_fidelity/mean"] for line in history]
    assert sum(share[-4:]) / 4 > sum(share[:4]) / 4 + 0.2
    assert all(line["rewards/language_fidelity/uk"] == pytest.approx(line["rewards/language_fidelity/mean"])
               for line in history)  # fmt: skip
    assert history[0]["rewards/language_fidelity/uk/spread"] > 0 and "rewards/minimum/uk" not in history[0]


def statistics(folder):
    return {(one["reward"], one["language"]): one for one in json.loads((folder / FILE).read_text("utf-8"))}


@pytest.mark.slow
def test_a_resumed_run_goes_on_with_the_statistics_of_its_checkpoint(train, speaker, pairs, tmp_path, capsys):
    more = [*REWARDS, "--reward_length_target", "24", "--save_strategy", "steps", "--save_steps", "2"]
    train.main(words(speaker, pairs, tmp_path / "whole", *more, "--max_steps", "4"))
    half, end = (statistics(tmp_path / "whole" / f"checkpoint-{step}") for step in (2, 4))
    assert half["length", "uk"]["count"] == 2 * 16 and end["length", "uk"]["count"] == 4 * 16
    last = tmp_path / "whole" / "checkpoint-2"
    train.main(words(speaker, pairs, tmp_path / "rest", *more, "--max_steps", "4", "--resume_from_checkpoint", last))
    assert statistics(tmp_path / "rest" / "checkpoint-4") == end
    (last / FILE).unlink()
    capsys.readouterr()
    train.main(words(speaker, pairs, tmp_path / "new", *more, "--max_steps", "4", "--resume_from_checkpoint", last))
    assert "begin anew" in capsys.readouterr().out
    assert statistics(tmp_path / "new" / "checkpoint-4")["length", "uk"]["count"] == 2 * 16


@pytest.mark.slow
def test_evaluation_is_measured_by_training_and_adds_nothing_to_it(train, speaker, pairs, tmp_path):
    more = [*REWARDS, "--reward_length_target", "24", "--max_steps", "2", "--eval_strategy", "steps",
            "--eval_steps", "2", "--per_device_eval_batch_size", "4", "--held_out_languages", "ar"]  # fmt: skip
    trainer = build_trainer(train, words(speaker, pairs, tmp_path / "out", *more))
    before = trainer.evaluate()
    assert not trainer.spreads.seen and "eval_uk_reward" in before
    trainer.train()
    seen = dict(trainer.spreads.seen)
    assert {tag for _, tag in seen} == {"uk"} and seen["length", "uk"].count == 32
    after = trainer.evaluate()
    assert trainer.spreads.seen == seen and {"eval_ar_reward", "eval_held_out_reward"} <= after.keys()


@pytest.mark.slow
def test_several_processes_keep_the_statistics_of_all_their_answers(root, speaker, pairs, tmp_path):
    more = [
        "--per_device_train_batch_size",
        "8",
        "--reward_length_target",
        "24",
        "--save_strategy",
        "steps",
        "--save_steps",
        "2",
        "--max_steps",
        "2",
    ]
    given = words(speaker, pairs, tmp_path / "out", *REWARDS, *more, "--use_cpu", "true", "--bf16", "false",
                  "--ddp_backend", "gloo")  # fmt: skip
    starter = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = [sys.executable, *starter, str(root / "training" / "train.py"), *given]
    own = environment(HF_HOME=str(tmp_path / "home"), TQDM_DISABLE="1")
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    assert statistics(tmp_path / "out" / "checkpoint-2")["length", "uk"]["count"] == 2 * 2 * 8
