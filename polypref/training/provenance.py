"""What a model was trained on, with what, by which command: a file and a part of the model's card."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..console.redaction import redact, redacted
from .data import Origin

FILE = "training_provenance.json"
_PACKAGES = ("torch", "transformers", "trl", "accelerate", "peft", "datasets", "bitsandbytes")
# Of a machine or an account, not of what was trained.
_NOT_SETTINGS = {"output_dir", "logging_dir", "hub_token", "run_name", "local_rank", "push_to_hub", "hub_model_id"}


def changed(settings: Any) -> dict[str, Any]:
    """The settings that are not their dataclass's defaults."""
    found = {}
    for one in fields(settings):
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        value = getattr(settings, one.name, default)
        if one.init and one.name not in _NOT_SETTINGS and value != default:
            found[one.name] = value
    return json.loads(json.dumps(found, default=str))  # type: ignore[no-any-return]


def collect(
    origin: Origin, arguments: Any, config: Any, model: Any, languages: Mapping[str, Any], words: Sequence[str]
) -> dict[str, Any]:
    """All of it, plain values only.

    Args:
        origin: the exact state of the dataset.
        arguments, config, model: what `polypref.training.arguments.parse` gave.
        languages: by language, the rows there were and those that were taken.
        words: the words of the command line after the script.
    """
    versions = {"polypref": __version__}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    told = {
        "dataset": asdict(origin),
        "languages": dict(languages),
        "held_out_languages": sorted(arguments.held_out_languages or ()),
        "base_model": {"name": model.model_name_or_path, "revision": model.model_revision},
        "method": arguments.method,
        "polypref": changed(arguments),
        "trl": changed(config),
        "model": changed(model),
        "command": shlex.join(["python", "training/train.py", *_without_tokens(words)]),
        "packages": versions,
    }
    return redacted(told)  # type: ignore[no-any-return]


def _without_tokens(words: Sequence[str]) -> list[str]:
    kept = list(words)
    for at, word in enumerate(kept):
        if word == "--hub_token" and at + 1 < len(kept):
            kept[at + 1] = "***"
        elif word.startswith("--hub_token="):
            kept[at] = "--hub_token=***"
    return [redact(word) for word in kept]


def write(folder: Path, told: Mapping[str, Any]) -> None:
    """Writes the file beside the model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")


def card_section(told: Mapping[str, Any]) -> str:
    """The part of the card that says what TRL's leaves out."""
    data = told["dataset"]
    state = f"commit `{data['commit']}`" if data["commit"] else f"a local folder, SHA-256 `{data['digest']}`"
    asked = f", asked for as `{data['revision']}`" if data["revision"] else ""
    rows = ", ".join(f"{tag} {one['taken']}" for tag, one in told["languages"].items())
    held_out = ", ".join(told["held_out_languages"])
    lines = [
        "## Data and command",
        "",
        f"Dataset `{data['name']}`, config `{data['config'] or 'default'}`, {state}{asked}.",
        f"Rows trained on in each language: {rows}.",
        *([f"Evaluated but not trained on: {held_out}."] if held_out else []),
        f"Method: {told['method']}.",
        "",
        "```",
        told["command"],
        "```",
        "",
        f"All settings and package versions are in `{FILE}`.",
    ]
    return "\n".join(lines)


def with_card(trainer: type, told: Mapping[str, Any]) -> type:
    """A trainer whose model cards, those of checkpoints too, name dataset, commit, languages and command."""

    class WithCard(trainer):  # type: ignore[misc]
        def create_model_card(self, *args: Any, **kwargs: Any) -> None:
            super().create_model_card(*args, **kwargs)
            if not self.is_world_process_zero():
                return
            from huggingface_hub import ModelCard

            path = Path(self.args.output_dir) / "README.md"
            card = ModelCard.load(path)
            card.data.language = sorted(told["languages"])
            if told["dataset"]["commit"]:
                card.data.datasets = [told["dataset"]["name"]]
            card.text = card.text.rstrip() + "\n\n" + card_section(told) + "\n"
            card.save(path)

    WithCard.__name__ = WithCard.__qualname__ = trainer.__name__
    return WithCard
