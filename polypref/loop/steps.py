"""The steps of the loop, each of which leaves what it made in files and does nothing where they are there."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .. import cli
from ..errors import UserError
from ..inference import Model, Reply, Request, Sampling
from ..store import file_digest, read_json, write_bytes, write_json
from . import model as making
from .templates import Line, lines, split_groups

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """What a run of the loop is.

    Attributes:
        seed: of everything.
        confusion: share of the training answers that are in English whatever the question's language.
        held_out: groups of questions kept for the end.
        data_groups: groups that preference data is made of.
        samples: answers to each question of those.
        temperature: of all answers.
        max_tokens: of an answer.
        epochs: of supervised training.
        hidden, vocabulary: width of the model, entries of its tokenizer.
        dpo_epochs, learning_rate: of DPO.
    """

    seed: int = 0
    confusion: float = 0.5
    held_out: int = 60
    data_groups: int = 20
    samples: int = 4
    temperature: float = 0.7
    max_tokens: int = 48
    epochs: int = 5
    hidden: int = 128
    vocabulary: int = 4000
    dpo_epochs: int = 3
    learning_rate: float = 1e-4


def claim(out: Path, settings: Settings) -> None:
    """Makes the folder of a run.

    Raises:
        UserError: a run with other settings is in it.
    """
    out.mkdir(parents=True, exist_ok=True)
    before, asked = read_json(out / "settings.json"), asdict(settings)
    if before is not None and before != asked:
        differ = ", ".join(sorted(key for key in asked if before.get(key) != asked[key]))
        raise UserError(f"{out} holds a run with other settings ({differ}); choose another --out or delete the folder")
    write_json(out / "settings.json", asked)


def learn(out: Path, settings: Settings) -> Path:
    """The model with language confusion planted, in out/sft."""
    folder = out / "sft"
    if not (folder / "learned.json").is_file():
        train, _ = split_groups(settings.seed, settings.held_out)
        making.learn(
            folder, lines(train), settings.confusion, settings.seed, settings.epochs, settings.hidden,
            settings.vocabulary,
        )  # fmt: skip
    return folder


def build(out: Path, settings: Settings, show: bool) -> Path:
    """The dataset of the model's own answers, in out/dataset, by builders/loop.py."""
    prompts, folder = out / "prompts.jsonl", out / "dataset"
    train, _ = split_groups(settings.seed, settings.held_out)
    rows = [
        {"prompt": one.prompt, "language": one.language, "group": one.group, "reference": one.answer}
        for one in lines(train[: settings.data_groups])
    ]
    write_bytes(prompts, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    words = ["build", str(_in_clone("builders/loop.py")), "--out", str(folder), "--prompts", str(prompts)]
    words += ["--policy", str(out / "sft"), "--policy-revision", revision(out / "sft")]
    words += ["--samples", str(settings.samples), "--temperature", str(settings.temperature)]
    words += ["--max-tokens", str(settings.max_tokens), "--seed", str(settings.seed)]
    words += ["--workers", "2", *([] if show else ["--quiet"])]
    if cli.main(words) or (show and cli.main(["inspect", str(folder)])):
        raise UserError("the dataset could not be built; see above")
    return folder


def prefer(dataset: Path, out: Path, target: Path, settings: Settings) -> Path:
    """DPO on a dataset by training/train.py, from out/sft to the target folder."""
    if (target / "trained.json").is_file():
        return target
    recipe: dict[str, str | Sequence[str]] = {
        "method": "dpo", "model_name_or_path": str(out / "sft"), "dataset_name": str(dataset), "dataset_config": "all",
        "output_dir": str(target), "loss_type": ("sigmoid", "sft"), "beta": "0.1",
        "learning_rate": str(settings.learning_rate), "num_train_epochs": str(settings.dpo_epochs),
        "per_device_train_batch_size": "32", "max_length": "256", "gradient_checkpointing": "False",
        "seed": str(settings.seed), "report_to": "none", "logging_steps": "10", "save_strategy": "no",
        "eval_strategy": "no", "use_cpu": "True", "bf16": "False",
    }  # fmt: skip
    words = [sys.executable, str(_in_clone("training/train.py"))]
    for key, value in recipe.items():
        words += [f"--{key}", *([value] if isinstance(value, str) else value)]
    # Threads that spin while they wait stand in each other's way where the machine has other work.
    calm = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=calm)
    if done.returncode or not (target / "model.safetensors").is_file():
        raise UserError(f"training/train.py failed: {done.stderr.strip()[-1500:]}")
    write_bytes(target / "train.log", done.stdout.encode())
    write_json(target / "trained.json", {"words": words[2:]})
    return target


def questions(settings: Settings) -> list[Line]:
    """The questions kept for the end, in every language."""
    return lines(split_groups(settings.seed, settings.held_out)[1])


def answers(folder: Path, out: Path, asked: Sequence[Line], settings: Settings) -> list[str]:
    """A model's answer to each question, drawn once and kept in out/answers.sqlite; empty where it gave none."""
    from ..inference.log import ResponseLog
    from ..inference.transformers import Transformers

    model = Model(str(folder), revision(folder), "apache-2.0")
    drawn = Sampling(settings.temperature, max_tokens=settings.max_tokens, seed=settings.seed)
    requests = [Request(model, (("user", one.prompt),), drawn) for one in asked]
    with ResponseLog(out / "answers.sqlite") as log:
        for _ in log.ask(Transformers(batch=256, window=2048, device="cpu"), requests):
            pass
        found = log.get_many(requests)
    return [reply.text if isinstance(reply, Reply) else "" for reply in found]


def revision(folder: Path) -> str:
    """A digest of the weights stands for a local model's revision, so that no answer of another one counts for it."""
    return file_digest(folder / "model.safetensors")[:12]


def _in_clone(path: str) -> Path:
    if not (_ROOT / path).is_file():
        raise UserError(
            f"the loop needs {path}, which comes with a clone of polypref's repository, not with the package"
        )
    return _ROOT / path
