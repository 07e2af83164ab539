"""The steps of the loop, each of which leaves what it made in files and does nothing where they are there."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

import polypref
from polypref import Model, UserError
from polypref.evaluation.inputs.bundled_questions import lines, split_groups
from polypref.evaluation.reference_judge import ReferenceJudge
from polypref.evaluation.results import Results
from polypref.files.atomic import file_digest, read_json, write_bytes, write_json
from polypref.files.json_types import JsonObject
from polypref.files.owned import write_new
from polypref.training.resuming import refuse_earlier_run
from quickstart import model as making

if TYPE_CHECKING:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

#: What the two models are called.
AFTER, BEFORE = "after DPO", "before"
REMARKS = (
    "This report is of a loop with a tiny model: it shows that the loop works, from data to win-rates. It shows no "
    "language ability: the model has two million parameters or fewer and has seen six questions, machine-written and "
    "reviewed by no speaker; nothing here carries over to a real model.",
    "Pairs were rated by chrF against the right answer; the judge here is another: an exact answer beats one that is "
    "only in the right language, which beats all others.",
)
Say = Callable[[str], None]


def _silent(text: str) -> None:
    pass


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
    epochs: int = 8
    hidden: int = 128
    vocabulary: int = 4000
    dpo_epochs: int = 3
    learning_rate: float = 1e-4


def claim_folder(out: Path, settings: Settings) -> None:
    """Makes the folder of a run.

    Args:
        out: the folder of the run.
        settings: what the run is.

    Raises:
        UserError: a run with other settings, or something else, is in it.
    """
    out.mkdir(parents=True, exist_ok=True)
    others = [one for one in out.iterdir() if not one.name.endswith(".tmp")]
    if others and not (out / "settings.json").is_file():
        raise UserError(f"{out} is there and holds no run of the loop; choose another --out")
    before, asked = read_json(out / "settings.json"), asdict(settings)
    if before is not None and before != asked:
        differ = ", ".join(sorted(key for key in asked if before.get(key) != asked[key]))
        raise UserError(f"{out} holds a run with other settings ({differ}); choose another --out or delete the folder")
    write_json(out / "settings.json", asked)


def learn_answers(out: Path, settings: Settings, say: Say = _silent) -> Path:
    """Makes the model with language confusion planted, unless it is there.

    Args:
        out: the folder of the run.
        settings: what the run is.
        say: is told how far it is.

    Returns:
        The folder of the model, out/sft.
    """
    folder = out / "sft"
    if not (folder / "learned.json").is_file():
        train, _ = split_groups(settings.seed, settings.held_out)
        making.train_model(
            folder, lines(train), settings.confusion, settings.seed, settings.epochs, settings.hidden,
            settings.vocabulary, say,
        )  # fmt: skip
    return folder


def build_dataset(out: Path, settings: Settings, show: bool) -> Path:
    """Builds the dataset of the model's own answers, by builders/loop.py.

    Args:
        out: the folder of the run.
        settings: what the run is.
        show: whether to print anything.

    Returns:
        The folder of the dataset, out/dataset.
    """
    prompts = out / "prompts.jsonl"
    train, _ = split_groups(settings.seed, settings.held_out)
    _write_questions(prompts, train[: settings.data_groups])
    model = named(out / "sft")
    dataset = polypref.build(
        "loop",
        out / "dataset",
        params={
            "prompts": str(prompts),
            "policy": model.name,
            "policy_revision": model.revision,
            "policy_at": f"transformers:{out / 'sft'}",
            "samples": settings.samples,
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "seed": settings.seed,
        },
        quiet=not show,
    )
    if show:
        print(*dataset.summary(), sep="\n", flush=True)
        dataset.inspect()
    return dataset.path


def train_preferences(dataset: Path, out: Path, target: Path, settings: Settings, say: Say = _silent) -> Path:
    """DPO on a dataset by training/train.py, from out/sft to the target folder.

    Args:
        dataset: the folder of the dataset.
        out: the folder of the run.
        target: the folder of the trained model.
        settings: what the run is.
        say: is told how far it is.

    Returns:
        The target folder.
    """
    if (target / "trained.json").is_file():
        return target
    recipe: JsonObject = {
        "method": "dpo", "model_name_or_path": str(out / "sft"), "dataset_name": str(dataset), "dataset_config": "all",
        "output_dir": str(target), "loss_type": ["sigmoid", "sft"], "beta": 0.1,
        "learning_rate": settings.learning_rate, "num_train_epochs": settings.dpo_epochs,
        "per_device_train_batch_size": 32, "max_length": 256, "gradient_checkpointing": False,
        "seed": settings.seed, "report_to": "none", "logging_steps": 5, "logging_first_step": True,
        "save_strategy": "no", "eval_strategy": "no", "use_cpu": True, "bf16": False,
    }  # fmt: skip
    _begin_training(target, recipe)
    callback, log = progress(settings.dpo_epochs, say), StringIO()
    # TRL prints there what it does, line by line; how far it is, `say` tells.
    with redirect_stdout(log), redirect_stderr(log):
        polypref.train(recipe, callbacks=[callback])
    write_bytes(target / "train.log", log.getvalue().encode())
    write_json(target / "trained.json", recipe)
    (target / _BEGUN).unlink()
    return target


#: What a training leaves from its beginning on, and takes away at its end.
_BEGUN = "training.json"


def _begin_training(target: Path, recipe: JsonObject) -> None:
    """Marks a folder as one that this training writes; weights that it left there when it was killed are taken away.

    Without a mark weights are another run's, and no mark may come beside them: the next time they would go.
    """
    if (target / _BEGUN).is_file() and read_json(target / _BEGUN) == recipe:
        for weights in target.glob("*.safetensors"):
            weights.unlink()
    refuse_earlier_run(target, None)
    target.mkdir(parents=True, exist_ok=True)
    write_json(target / _BEGUN, recipe)


def progress(epochs: int, say: Say) -> "TrainerCallback":
    """A callback of transformers that tells how far training is.

    Args:
        epochs: how often the data are gone through.
        say: where it tells; to the standard output as it is now, whatever is done with it while training runs.

    Returns:
        The callback.
    """
    from transformers import TrainerCallback

    here = sys.stdout

    class Progress(TrainerCallback):
        def on_log(
            self,
            args: "TrainingArguments",
            state: "TrainerState",
            control: "TrainerControl",
            logs: Mapping[str, float] | None = None,
            **_: Any,
        ) -> None:
            if line := progress_line(logs or {}, epochs):
                with redirect_stdout(here):
                    say(line)

    return Progress()


def progress_line(logs: Mapping[str, float], epochs: int) -> str | None:
    """What one entry of TRL's log says of how far training is; None where it says nothing of it.

    Args:
        logs: the entry: name -> number.
        epochs: how often the data are gone through.

    Returns:
        One line; None where the entry says nothing of it.
    """
    names = ("epoch", "loss", "rewards/accuracies", "rewards/margins")
    if not all(name in logs for name in names):
        return None
    at, loss, accuracy, margin = (float(logs[name]) for name in names)
    if margin == 0:
        return None  # Before the first step both models are one.
    return f"pass {at:.1f} of {epochs}, loss {loss:.3f}, right answer of the pair preferred {accuracy:.0%}"


def compare_models(model: Path, trained: Path, out: Path, target: Path, settings: Settings, show: bool) -> Results:
    """The trained model against the one before on the questions kept for the end, by `polypref evaluate`.

    Args:
        model: the folder of the model before.
        trained: that of the trained one.
        out: the folder of the run.
        target: the folder of the evaluation.
        settings: what the run is.
        show: whether to print anything.

    Returns:
        what results.json of the target folder holds.
    """
    questions = out / "questions.jsonl"
    _write_questions(questions, split_groups(settings.seed, settings.held_out)[1])
    sampling = {"temperature": settings.temperature, "max_tokens": settings.max_tokens, "seed": settings.seed}
    # So small a model is fastest with many answers at once.
    how = {"at": "transformers", "sampling": sampling, "licence": "apache-2.0"}
    how["options"] = {"batch": 64, "window": 2048, "device": "cpu"}
    config = {
        "name": "DPO against the model before it, held-out questions",
        "set": {"name": "held-out questions", "path": str(questions), "licence": "apache-2.0"},
        "models": [{"name": AFTER, "model": str(trained), **how}, {"name": BEFORE, "model": str(model), **how}],
        "judge": "reference",
        "seed": settings.seed,
        "remarks": list(REMARKS),
    }
    results = polypref.evaluate(config, target, quiet=not show).results
    assert results is not None  # all steps were run
    return results


def _write_questions(path: Path, groups: list[str]) -> None:
    rows = (
        {"prompt": one.prompt, "language": one.language, "group": one.group, "reference": one.answer}
        for one in lines(groups)
    )
    # The same settings give the same questions: others there are somebody's own.
    write_new(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


def loop_summary(folder: Path, results: Results) -> list[str]:
    """What the loop shows, in words: languages and right answers before and after.

    Args:
        folder: of the evaluation.
        results: what its results.json holds.

    Returns:
        Two sentences.
    """
    average = results.comparisons[0].average
    after, before = average.fidelity.lines, average.other_fidelity.lines
    exact = right(folder)
    if after is None or before is None:
        # A short loop's model may write nothing but words that are in no language.
        return [
            "The answers hold no line whose language can be told, so nothing is said of it. "
            f"Right answers, word for word: {exact[BEFORE]:.1%} before, {exact[AFTER]:.1%} after.",
            "What this shows: the loop works from end to end.",
        ]
    became = "falls" if after > before else "does NOT fall: something is wrong"
    return [
        f"Answers in the language of their question: {before:.1%} before, {after:.1%} after. "
        f"Right answers, word for word: {exact[BEFORE]:.1%} before, {exact[AFTER]:.1%} after.",
        f"What this shows: the loop works from end to end. Language confusion, which was planted, {became}.",
    ]


def right(folder: Path) -> dict[str, float]:
    """Share of each model's answers that are right word for word.

    Args:
        folder: of the evaluation.

    Returns:
        Name of the model -> share.
    """
    prompts = pq.read_table(folder / "prompts.parquet").to_pylist()
    references = {row["prompt_id"]: row["references"] for row in prompts}
    rows = pq.read_table(folder / "answers.parquet").to_pylist()
    texts, tags = [row["text"] for row in rows], [row["language"] for row in rows]
    grades = ReferenceJudge().grades(texts, [references[row["prompt_id"]] for row in rows], tags)
    shares: dict[str, list[bool]] = {}
    for row, grade in zip(rows, grades, strict=True):
        shares.setdefault(row["model"], []).append(grade == 2)
    return {model: sum(hits) / len(hits) for model, hits in shares.items()}


def named(folder: Path) -> Model:
    """A model of the loop, by a name that is no path: where the folder lies must not change what it answers.

    A digest of the weights stands for the revision, so that no answer of another model counts for it.

    Args:
        folder: of the model.

    Returns:
        The model, with name, revision and licence.
    """
    digest = file_digest(folder / "model.safetensors")[:12]
    return Model(f"polypref/loop-{folder.name}", digest, "apache-2.0")
