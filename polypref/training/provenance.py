"""What a model was trained on, with what, by which command: a file and a part of the model's card."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from .. import __version__
from ..console.redaction import redact_text, redacted
from ..files.atomic import write_bytes
from ..files.json_types import Json, JsonObject
from ..files.records import OMIT_DEFAULT, decode, encode
from ..inference.names import public_name
from ..inference.networks import loaded_commit
from .arguments import Arguments
from .data import Origin, Taken
from .library_types import TRAINER, Config, ModelConfig
from .rows import by_language

FILE = "training_provenance.json"
_PACKAGES = ("torch", "transformers", "trl", "accelerate", "peft", "datasets", "bitsandbytes")
# Of a machine or an account, not of what was trained.
_NOT_SETTINGS = {"output_dir", "logging_dir", "hub_token", "run_name", "local_rank", "push_to_hub", "hub_model_id"}


@dataclass(frozen=True)
class BaseModel:
    """The model that training began with.

    Attributes:
        name: Hub id or folder.
        revision: that was asked for.
        commit: of the Hub that this stood for; None for a folder, and where a commit was asked for.
    """

    name: str
    revision: str | None
    commit: str | None = field(default=None, metadata=OMIT_DEFAULT)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What training_provenance.json holds.

    Attributes:
        schema_version: of the file.
        dataset: its exact state.
        languages: by language, the rows there were and those that were taken.
        held_out_languages: evaluated but not trained on.
        not_evaluated: rows trained on of languages without test rows, where others are evaluated.
        base_model: what training began with.
        method: dpo, kto, reward, rloo or sft.
        polypref, trl, model: settings that are not the defaults, by name.
        command: as it was given, without secrets.
        packages: versions.
        rows_per_step: of all batches and processes together; None in records of before.
    """

    schema_version: Literal[1] = 1
    dataset: Origin
    languages: Mapping[str, Taken]
    held_out_languages: tuple[str, ...]
    base_model: BaseModel
    method: str
    polypref: JsonObject
    trl: JsonObject
    model: JsonObject
    command: str
    packages: Mapping[str, str]
    not_evaluated: Mapping[str, int] = field(default_factory=dict, metadata=OMIT_DEFAULT)
    rows_per_step: int | None = field(default=None, metadata=OMIT_DEFAULT)


def changed(settings: Arguments | Config | ModelConfig) -> JsonObject:
    """The settings that are not their dataclass's defaults.

    Args:
        settings: polypref's or TRL's.

    Returns:
        Key -> value, in JSON's types; what JSON has not, as text.
    """
    others = {}
    for one in fields(settings):
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        value = getattr(settings, one.name, default)
        if one.init and one.name not in _NOT_SETTINGS and value != default:
            others[one.name] = value
    plain: JsonObject = json.loads(json.dumps(others, default=str))
    return plain


def collect_provenance(
    origin: Origin,
    arguments: Arguments,
    config: Config,
    model: ModelConfig,
    languages: Mapping[str, Taken],
    words: Sequence[str],
    unevaluated: Mapping[str, int] = MappingProxyType({}),
) -> Provenance:
    """All of it, without secrets and without where things lie on this machine.

    Args:
        origin: the exact state of the dataset.
        arguments, config, model: what `polypref.training.arguments.parse_words` gave.
        languages: by language, the rows there were and those that were taken.
        words: the words of the command line after the script.
        unevaluated: rows trained on of languages without test rows.

    Returns:
        What the file beside the model and the card say.
    """
    versions = {"polypref": __version__}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    whole = Provenance(
        dataset=origin,
        languages=languages,
        held_out_languages=tuple(sorted(arguments.held_out_languages or ())),
        base_model=_base_model(str(model.model_name_or_path), model.model_revision),
        method=arguments.method,
        polypref=changed(arguments),
        trl=changed(config),
        model=changed(model),
        command=shlex.join(["python", "training/train.py", *map(_without_place, _without_tokens(words))]),
        packages=versions,
        not_evaluated=unevaluated,
    )
    return decode(Provenance, redacted(without_places(encode(whole))), "training provenance")


def without_places(value: Json) -> Json:
    """A record without where on a machine things lie, which is nobody's business: of an absolute path the last part.

    Args:
        value: in JSON's types.

    Returns:
        The same, its absolute paths by their last part.
    """
    if isinstance(value, str):
        return _without_place(value)
    if isinstance(value, list):
        return [without_places(one) for one in value]
    if isinstance(value, dict):
        return {key: without_places(one) for key, one in value.items()}
    return value


def _without_place(word: str) -> str:
    """The word, where it is an absolute path or gives one to a key, with its last part alone."""
    key, sign, value = word.partition("=")
    if sign and key.startswith("--"):
        return f"{key}={_without_place(value)}"
    return public_name(word) if word.startswith("~") or Path(word).is_absolute() else word


def _base_model(name: str, revision: str | None) -> BaseModel:
    return BaseModel(name, revision, loaded_commit(name, revision or "main"))


def _without_tokens(words: Sequence[str]) -> list[str]:
    kept = list(words)
    for at, word in enumerate(words):
        key, sign, _ = word.partition("=")
        if key not in ("--hub_token", "--hub-token"):  # TRL takes keys with hyphens too
            continue
        if sign:
            kept[at] = f"{key}=***"
        elif at + 1 < len(kept):
            kept[at + 1] = "***"
    return [redact_text(word) for word in kept]


def write_provenance(folder: Path, provenance: Provenance) -> None:
    """Writes the file beside the model.

    Args:
        folder: of the model; it is made where it is not there.
        provenance: what `collect_provenance` gave.
    """
    text = json.dumps(encode(provenance), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_bytes(folder / FILE, text.encode())


def card_section(provenance: Provenance) -> str:
    """The part of the card that says what TRL's leaves out.

    Args:
        provenance: what `collect_provenance` gave.

    Returns:
        Markdown.
    """
    data, base = provenance.dataset, provenance.base_model
    state = f"commit `{data.commit}`" if data.commit else f"a local folder, SHA-256 `{data.digest}`"
    asked = f", asked for as `{data.revision}`" if data.revision else ""
    rows = ", ".join(f"{tag} {one.taken}" for tag, one in provenance.languages.items())
    held_out = ", ".join(provenance.held_out_languages)
    unseen, streamed = by_language(provenance.not_evaluated), bool(provenance.polypref.get("streaming"))
    lines = [
        "## Data and command",
        "",
        f"Dataset `{data.name}`, config `{data.config or 'default'}`, {state}{asked}.",
        f"Rows trained on in each language{', in each pass again' * streamed}: {rows}.",
        *([f"Evaluated but not trained on: {held_out}."] if held_out else []),
        *([f"Trained on without test rows, so that no evaluation says how they fare: {unseen}."] if unseen else []),
        *([f"Trained from `{base.name}`, commit `{base.commit}`."] if base.commit else []),
        f"Method: {provenance.method}.",
        "",
        "```",
        provenance.command,
        "```",
        "",
        f"All settings and package versions are in `{FILE}`.",
    ]
    return "\n".join(lines)


class ProvenanceCard(TRAINER):  # type: ignore[misc]
    """Added to a trainer of TRL's: its model cards, those of checkpoints too, name dataset, commit and command.

    Attributes:
        provenance: what `collect_provenance` gave.
        card_sections: further parts of the card, asked for whenever it is written.
    """

    provenance: Provenance
    card_sections: Sequence[Callable[[], str]] = ()

    def create_model_card(self, *args: object, **kwargs: object) -> None:
        """Writes TRL's card, and what it leaves out.

        Args:
            args, kwargs: of TRL.
        """
        super().create_model_card(*args, **kwargs)
        if not self.is_world_process_zero():
            return
        from huggingface_hub import ModelCard

        path = Path(self.args.output_dir) / "README.md"
        card = ModelCard.load(path)
        card.data.language = sorted(tag for tag, one in self.provenance.languages.items() if one.taken)
        if self.provenance.dataset.commit:
            card.data.datasets = [self.provenance.dataset.name]
        own = [card_section(self.provenance), *(section() for section in self.card_sections)]
        card.text = "\n\n".join([card.text.rstrip(), *own]) + "\n"
        card.save(path)
