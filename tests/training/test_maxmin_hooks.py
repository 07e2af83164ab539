"""MaxMin over languages with TRL's own trainers on tiny models."""

import json
import math
import subprocess
import sys
from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.training.maxmin import FILE, MaxMin, Objective
from polypref.training.maxmin_hooks import Weighing, attach
from tests.conftest import environment

from . import tiny
from .test_train import build_trainer, same, weights, words

MAXMIN = ["--language_objective", "maxmin", "--eval_strategy", "steps", "--eval_steps", "2", "--eval_rows_per_language",
          "2", "--per_device_eval_batch_size", "2", "--language_objective_step_size", "2.0"]  # fmt: skip


@pytest.fixture(scope="module")
def conflicting(tmp_path_factory):
    """In Japanese the pairs of the test are the other way round: what is learned makes it worse there."""
    folder = tmp_path_factory.mktemp("conflicting") / "d"

    def edit(row):
        turned = row["language"] == "ja" and int(row["pair_id"][2:]) < 2
        return row | {"chosen": row["rejected"], "rejected": row["chosen"]} if turned else row

    return tiny.dataset(folder, {"ja": 16, "uk": 16}, test=2, edit=edit)


def evaluations(folder):
    return json.loads((folder / FILE).read_text("utf-8"))["evaluations"]


@pytest.mark.slow
def test_dpo_draws_more_of_the_language_with_the_highest_loss_and_resumes_alike(
    train, models, conflicting, tmp_path, capsys
):
    more = [*MAXMIN, "--max_steps", "14", "--learning_rate", "5e-3", "--save_strategy", "steps", "--save_steps", "10"]
    train.main(words(models["Cohere2"], conflicting, tmp_path / "whole", *more))
    changes = evaluations(tmp_path / "whole")
    assert [one["step"] for one in changes] == [2, 4, 6, 8, 10, 12, 14]
    # Four rows a step, of 32 an epoch; the batch after the evaluation is drawn before it, but for a new epoch's first.
    assert [one["drawn"] for one in changes] == [12, 20, 28, 32, 44, 52, 60]
    before = {"ja": 1.0, "uk": 1.0}
    for one in changes:
        assert one["values"]["ja"] > one["values"]["uk"]
        ratio = before["ja"] / before["uk"] * math.exp(2 * (one["values"]["ja"] - one["values"]["uk"]))
        expected = {"ja": 2 * ratio / (1 + ratio), "uk": 2 / (1 + ratio)}
        before = one["weights"]
        assert before == pytest.approx({tag: min(max(w, 0.25), 1.75) for tag, w in expected.items()})
    assert changes[-1]["weights"]["ja"] > changes[0]["weights"]["ja"] > 1
    history = tiny.history(tmp_path / "whole")
    logged = [line for line in history if "language_weight/ja" in line]
    assert [line["language_weight/ja"] for line in logged] == [one["weights"]["ja"] for one in changes]
    losses = [line["eval_ja_loss"] for line in history if "eval_ja_loss" in line]
    assert losses == [one["values"]["ja"] for one in changes]
    card = (tmp_path / "whole" / "README.md").read_text("utf-8")
    assert f"| ja | 50.0% | {changes[-1]['values']['ja']:.4f} | {changes[-1]['weights']['ja']:.3f} |" in card
    assert "After 7 evaluations, the last at step 14" in card  # the one after training changes nothing
    assert "weights of languages from step 2 on: ja 1." in capsys.readouterr().out
    # 32 rows at 4 a step: step 10 is in the second epoch.
    last = tmp_path / "whole" / "checkpoint-10"
    assert evaluations(last) == changes[:5]
    train.main(words(models["Cohere2"], conflicting, tmp_path / "rest", *more, "--resume_from_checkpoint", last))
    assert evaluations(tmp_path / "rest") == changes
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "rest"))
    (last / FILE).unlink()
    build_trainer(train, words(models["Cohere2"], conflicting, tmp_path, *more, "--resume_from_checkpoint", str(last)))
    assert "the weights of languages begin anew" in capsys.readouterr().out


def test_a_language_that_lost_rows_to_max_length_weighs_what_is_left_of_it():
    own = Objective(MaxMin("loss", 1.0, 0.25, 4.0), {"ja": 0.5, "uk": 0.5})
    trainer = SimpleNamespace(train_dataset={"language": ["ja"] * 2 + ["uk"] * 6}, add_callback=lambda _: None)
    attach(trainer, own, "dpo", 0, None)
    assert own.shares == {"ja": 0.25, "uk": 0.75}
    assert sorted(trainer._get_train_sampler(trainer.train_dataset)) == list(range(8)), "each comes once"


@pytest.mark.slow
def test_rloo_multiplies_rewards_of_training_and_leaves_those_of_an_evaluation(train, models, conflicting, tmp_path):
    more = ["--method", "rloo", "--reward_funcs", "length", "--reward_length_target", "4", "--num_generations", "2",
            "--max_completion_length", "8", "--max_steps", "2"]  # fmt: skip
    trainer = build_trainer(train, words(models["Llama"], conflicting, tmp_path / "out", *MAXMIN, *more))
    trainer.train()
    (one,) = evaluations(tmp_path / "out")
    assert one["weights"]["ja"] > 1.01 > 0.99 > one["weights"]["uk"]
    line = next(line for line in trainer.state.log_history if "eval_ja_reward" in line)
    assert one["values"]["ja"] == line["eval_ja_reward"] == pytest.approx(line["eval_ja_rewards/length/ja"], abs=1e-4)
    rows = [{"language": "ja"}, {"language": "uk"}]
    answers = [tiny.turn("assistant", "12345")] * 2  # one character of 4 too many
    given = (rows, [tiny.turn("user", "a")] * 2, answers, [[1], [1]])
    trainer.model.train()
    assert trainer._calculate_rewards(*given)[:, 0].tolist() == pytest.approx(
        [-0.25 * one["weights"]["ja"], -0.25 * one["weights"]["uk"]]
    )
    trainer.model.eval()
    assert trainer._calculate_rewards(*given)[:, 0].tolist() == [-0.25, -0.25]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--eval_strategy", "no"], "maxmin weighs languages after every evaluation, and eval_strategy is no"),
        (["--method", "sft"], "maxmin is for the methods dpo and rloo; the method is sft"),
        (["--language_objective", "minimax"], "language_objective is 'minimax'; it is average or maxmin"),
        (["--language_objective_floor", "0"], "floor is 0 and language_objective_cap 4; give a floor above 0"),
        (["--language_objective_cap", "0.5"], "floor is 0.25 and language_objective_cap 0.5; give"),
        (["--language_objective_step_size", "0"], "language_objective_step_size is 0.0; give a number above 0"),
        (["--train_sampling_strategy", "sequential"], "so train_sampling_strategy sequential cannot too"),
        (
            ["--method", "rloo", "--reward_funcs", "length", "--reward_combine", "minimum"],
            "the minimum of rewards stays near one level",
        ),
    ],
)
def test_settings_that_go_against_it_are_refused_in_a_sentence(more, message, train, models, conflicting, tmp_path):
    with pytest.raises(UserError, match=message) as caught:
        build_trainer(train, words(models["Llama"], conflicting, tmp_path / "out", *MAXMIN, *more))
    assert "\n" not in str(caught.value)


def test_a_metric_that_the_evaluation_has_not_is_named_with_those_that_it_has():
    """As a reward of somebody's own may be called otherwise than its function."""
    own = Objective(MaxMin("rewards/points/mean", 1.0, 0.25, 4.0), {"ja": 1.0})
    weighing = Weighing(SimpleNamespace(eval_dataset={"ja": []}), own, None)
    weighing.on_train_begin(None, None, None)
    metrics = {f"eval_ja_{name}": 1.0 for name in ("reward", "rewards/length/mean", "rewards/length/ja", "runtime")}
    with pytest.raises(UserError) as caught:
        weighing.on_evaluate(None, SimpleNamespace(global_step=2), None, metrics=metrics)
    assert str(caught.value) == (
        "language_objective_metric is 'rewards/points/mean', which the evaluation of ja has not; it has reward, "
        "rewards/length/mean"
    )


def test_a_language_without_rows_to_evaluate_on_is_refused(train, models, tmp_path):
    folder = tmp_path / "d"
    tiny.dataset(folder, {"ja": 4, "uk": 4}, test=1)
    import pyarrow.parquet as pq

    file = folder / "data" / "test-0.parquet"
    pq.write_table(pq.read_table(file).slice(0, 1), file)
    with pytest.raises(UserError, match="maxmin: uk is trained on and has no rows to evaluate on"):
        build_trainer(train, words(models["Llama"], str(folder), tmp_path / "out", *MAXMIN))


@pytest.mark.slow
def test_several_processes_draw_by_the_same_weights(root, models, conflicting, tmp_path):
    more = [*MAXMIN, "--max_steps", "4", "--per_device_train_batch_size", "2", "--use_cpu", "true", "--bf16", "false",
            "--ddp_backend", "gloo", "--learning_rate", "5e-3"]  # fmt: skip
    given = words(models["Cohere2"], conflicting, tmp_path / "out", *more)
    starter = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command = [sys.executable, *starter, str(root / "training" / "train.py"), *given]
    own = environment(HF_HOME=str(tmp_path / "home"), TQDM_DISABLE="1")
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    changes = evaluations(tmp_path / "out")
    # Both together draw four rows a step, as one process does, and a step ahead.
    assert [(one["step"], one["drawn"]) for one in changes] == [(2, 12), (4, 20)]
    assert changes[-1]["weights"]["ja"] > 1


def test_a_language_whose_tag_begins_as_another_is_weighed_by_its_own_loss():
    own, printed = Objective(MaxMin("loss", 1.0, 0.25, 4.0), {"zh": 0.5, "uk": 0.5}), []
    trainer = SimpleNamespace(
        eval_dataset={"zh_Hant": [], "zh": [], "uk": []},
        log=lambda _: None,
        accelerator=SimpleNamespace(print=printed.append),
    )
    weighing = Weighing(trainer, own, None)
    weighing.on_train_begin(None, None, None)
    for tag, loss in (("zh_Hant", 9.0), ("zh", 0.5), ("uk", 1.0)):
        weighing.on_evaluate(None, SimpleNamespace(global_step=2), None, metrics={f"eval_{tag}_loss": loss})
    assert [one.values for one in own.evaluations] == [{"uk": 1.0, "zh": 0.5}] and own.weights["uk"] > 1
