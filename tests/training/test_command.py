"""training/train.py as a command: its help, under accelerate, with a served reward model, and onto the Hub."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from polypref.training import arguments
from tests.conftest import environment
from tests.hub import LoopbackHub
from tests.hub.helpers import REPO, push
from tests.inference.loopback import Loopback, error, last_turn, score

from . import tiny
from .test_train import words

HELP = """
import runpy, sys
sys.argv = ["training/train.py", "--help"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    assert not end.code
print("loaded", sorted({"torch", "trl", "transformers", "datasets"} & sys.modules.keys()))
"""


def test_help_names_every_key_and_loads_nothing_heavy(root):
    done = subprocess.run([sys.executable, "-c", HELP], cwd=root, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("loaded []\n")
    assert all(f"--{one.name} " in done.stdout for one in fields(arguments.Arguments))


@pytest.mark.slow
def test_all_of_help_has_the_keys_of_the_method_too(root):
    command = [sys.executable, "training/train.py", "--method", "rloo", "--help-all"]
    done = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(key in done.stdout for key in ("--held_out_languages", "--num_generations", "--lora_r"))


@pytest.mark.slow
def test_under_accelerate_it_is_the_same_run(root, models, pairs, tmp_path):
    def run(out, *starter):
        given = [*words(models["Cohere2"], pairs, out), "--use_cpu", "true", "--bf16", "false"]
        command = [sys.executable, *starter, str(root / "training" / "train.py"), *given]
        own = environment(HF_HOME=str(tmp_path / "home"), TQDM_DISABLE="1")
        done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(f"saved {out}") == 1
        return (out / "model.safetensors").read_bytes()

    launched = run(tmp_path / "launched", "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1")
    assert launched == run(tmp_path / "plain")


@pytest.mark.slow
def test_a_served_reward_model_scores_for_rloo(train, models, pairs, tmp_path):
    """Every answer gets the number of its prompt; those to prompt 0 cannot be scored."""

    def reply(body, _):
        number = int(body["messages"][0]["content"].split()[-1])
        return score(float(number), "org/judge") if number else error(400, "the answer is too long")

    more = ["--method", "rloo", "--reward_model", "org/judge", "--max_completion_length", "8", "--num_generations", "2",
            "--max_steps", "12"]  # fmt: skip
    with Loopback(reply) as server:
        trainer = train.build_trainer(*arguments.parse_words(given := words(
            models["Llama"], pairs, tmp_path / "out", *more, "--reward_model_at", server.url)), given)  # fmt: skip
        trainer.train()
    assert set(server.paths) == {"/classify"} and {body["model"] for body in server.bodies} == {"org/judge"}
    assert {body["messages"][-1]["role"] for body in server.bodies} == {"assistant"}
    assert len(last_turn(server.bodies[0]).encode()) <= 8 * 4
    logs = [line for line in trainer.state.log_history if "rewards/reward_model/mean" in line]
    # 24 prompts, once each: number n has the score n, in each of three languages, and three of them have none.
    assert len(logs) == 12
    assert sum(line["rewards/reward_model/unscored"] for line in logs) / 12 == pytest.approx(3 / 24)
    by_language = {key for line in logs for key in line if key.startswith("rewards/reward_model/")}
    assert {f"rewards/reward_model/{tag}" for tag in ("ar", "ja", "uk")} <= by_language


@pytest.mark.slow
def test_the_model_goes_to_the_hub_with_a_card_that_says_what_it_was_trained_on(root, models, tmp_path, monkeypatch):
    # The Hub of this test is on this machine.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    folder = Path(tiny.dataset(tmp_path / "data", {"el": 6, "he": 6}))
    with LoopbackHub() as hub:
        token = hub.token("org")
        api = hub.api(token)
        api.create_repo(REPO, repo_type="dataset")
        push(api, {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.parquet")})
        api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
        commit = api.dataset_info(REPO).sha
        push(api, {"later.txt": b"after the tag"})
        more = ["--dataset_revision", "v1.0.0", "--push_to_hub", "true", "--hub_model_id", "org/trained",
                "--use_cpu", "true", "--bf16", "false"]  # fmt: skip
        own = hub.env(token, tmp_path / "home") | {"PYTHONPATH": str(root), "TQDM_DISABLE": "1"}
        command = [sys.executable, "training/train.py", *words(models["Cohere2"], REPO, tmp_path / "out", *more)]
        done = subprocess.run(command, cwd=root, env=own, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        files = hub.repo("models", "org/trained").files()
        assert not hub.unknown, hub.unknown
    card = files["README.md"].decode()
    head, body = card.split("---\n")[1], card.split("---\n", 2)[2]
    assert f"datasets:\n- {REPO}" in head and "- el" in head
    assert f"commit `{commit}`, asked for as `v1.0.0`" in body and "el 6" in body
    record = json.loads(files["training_provenance.json"])
    assert record["command"] in body and "--dataset_revision v1.0.0" in record["command"]
    assert record["dataset"]["commit"] == commit and token not in card + json.dumps(record)
    assert files["model.safetensors"] == (tmp_path / "out" / "model.safetensors").read_bytes()
