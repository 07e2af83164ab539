"""What is refused at once: mistakes in settings and data that can be seen before TRL and torch are loaded.

Loading them takes many seconds. All of this is looked at again where it is used; what only they know, or only all rows
of large files show, is refused later.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as pq

from ..errors import UserError
from ..files.json_types import JsonObject
from ..review.decisions import read_decisions
from . import base_model, data, earlier_run, maxmin_hooks, reference, resuming, rewards, robust, streaming
from .arguments import Arguments, refuse_unknown_early, refuse_without_trl
from .command_words import refuse_option, word_of, words_without
from .data import Origin, Taken
from .loading import evaluated_on
from .quotas import quotas
from .value_types import refuse_types

#: Bytes of a split's files of which all rows are looked at twice, here and with the model's chat template.
_SMALL = 32 * 1024 * 1024


@dataclass(frozen=True)
class KnownSettings:
    """TRL's keys that are looked at, with its defaults; see its documentation."""

    output_dir: str | None = "trainer_output"
    model_name_or_path: str | None = None
    model_revision: str = "main"
    max_steps: int = -1
    num_train_epochs: float = 3.0
    eval_strategy: str = "no"
    save_strategy: str = "steps"
    logging_strategy: str = "steps"
    resume_from_checkpoint: str | None = None
    train_sampling_strategy: str = "random"
    dataloader_num_workers: int = 0
    loss_type: list[str] | None = None
    loss_weights: list[float] | None = None
    label_smoothing: float = 0.0
    precompute_ref_log_probs: bool = False
    packing: bool = False
    shuffle_dataset: bool = False
    load_in_4bit: bool = False
    load_in_8bit: bool = False
    use_peft: bool = False
    lora_r: int = 16


def refuse_early(words: Sequence[str], recipe: JsonObject) -> None:
    """Stops at mistakes that can be seen before TRL is loaded.

    Args:
        words: `--config RECIPE` and `--key value`.
        recipe: its values.

    Raises:
        UserError: TRL is not installed, the recipe or the command line cannot be used, or model, folders or dataset are
            not there or do not fit.
    """
    refuse_without_trl()
    refuse_unknown_early(words, recipe)
    arguments, settings = _parsed(words, recipe)
    _refuse_settings(arguments, settings)
    _refuse_places(arguments, settings)
    if Path(str(arguments.dataset_name)).is_dir():
        _refuse_data(arguments, settings)


def _parsed(words: Sequence[str], recipe: JsonObject) -> tuple[Arguments, KnownSettings]:
    """What polypref adds, and those settings of TRL's, as its own parser reads them later."""
    parser = import_module("transformers.hf_argparser").HfArgumentParser((Arguments, KnownSettings), allow_abbrev=False)
    parser.error = refuse_option
    known = {one.name for one in (*fields(Arguments), *fields(KnownSettings))}
    refuse_types(recipe, word_of(words, "config"), Arguments, KnownSettings)
    parser.set_defaults(**{key: value for key, value in recipe.items() if key in known})
    arguments: Arguments
    settings: KnownSettings
    arguments, settings, *_ = parser.parse_args_into_dataclasses(
        words_without(words, "config"), return_remaining_strings=True, look_for_args_file=False
    )
    if isinstance(losses := settings.loss_type or "sigmoid", str):  # a recipe may name one without a list
        settings = replace(settings, loss_type=[losses])
    return arguments, settings


def _refuse_settings(arguments: Arguments, settings: KnownSettings) -> None:
    if arguments.flip_rates is not None or arguments.flip_rates_from is not None:
        robust.other_rate(arguments.method, settings)
    robust.refuse_smoothing(arguments.method, settings)
    if arguments.method == "rloo":
        rewards.check_named(arguments)
    if arguments.streaming:
        streaming.refuse_settings(arguments, settings)
    losses, weights = settings.loss_type or [], settings.loss_weights
    if arguments.method == "dpo" and weights is not None and len(weights) != len(losses):
        raise UserError(
            f"loss_weights has {len(weights)} numbers and loss_type {len(losses)} losses ({', '.join(losses)}); give "
            "one number for each loss"
        )
    for key in ("load_in_4bit", "load_in_8bit"):
        if getattr(settings, key) and find_spec("bitsandbytes") is None:
            raise UserError(
                f"{key} needs a GPU and bitsandbytes, which is not installed: pip install bitsandbytes; or train "
                f"without it: --{key} false (in a recipe {key}: false)"
            )


def _refuse_places(arguments: Arguments, settings: KnownSettings) -> None:
    out = Path(settings.output_dir or "trainer_output")
    if file := next((path for path in (out, *out.parents) if path.is_file()), None):
        what = "a file" if file == out else f"in {file}, a file"
        raise UserError(f"output_dir is {out}, {what}; name a folder for the model")
    data.check_dataset_name(str(arguments.dataset_name))
    model = base_model.check_named(settings.model_name_or_path)
    if base_model.is_here(model):
        base_model.refuse_scorer(model, arguments.method)
        base_model.refuse_revision(model, settings.model_revision)
        base_model.refuse_bits(model, settings)
    if resumed := resuming.checkpoint(settings):
        resuming.refuse_other_adapter(resumed, settings)
        known = earlier_run.known_early(arguments, model, settings.model_revision)
        earlier_run.refuse_other_run(resumed, known, warn=True)
        earlier_run.refuse_finished(resumed, settings)
    resuming.refuse_earlier_run(out, resumed)
    if arguments.reference_log_probs is not None:
        reference.refuse_folder(Path(arguments.reference_log_probs))
    if arguments.flip_rates_from is not None:
        read_decisions(Path(arguments.flip_rates_from), "flip_rates_from")


def _refuse_data(arguments: Arguments, settings: KnownSettings) -> None:
    """Looks at a folder's configs, splits, columns and languages."""
    name = str(arguments.dataset_name)
    data.refuse_revision(name, arguments.dataset_revision)
    origin = Origin(name, arguments.dataset_config, None, None, None)
    evaluating = settings.eval_strategy in ("steps", "epoch")
    test, keys, test_name = evaluated_on(origin, arguments)
    if arguments.streaming:  # whose languages are only known where they are named
        streaming.open_stream(origin, arguments)
        if evaluating:
            data.stream_rows(test, arguments.dataset_test_split, keys)
        return
    counts = _languages(origin, arguments.dataset_train_split, data.TRAINED_ON, arguments.method)
    there = _languages(test, arguments.dataset_test_split, keys, arguments.method) if evaluating else None
    if not counts:
        return
    tags = data.chosen_languages(list(counts), arguments.languages, arguments.held_out_languages, name)
    own = {tag: counts[tag] for tag in tags}
    taken = quotas(own, arguments.weights, arguments.language_temperature, arguments.train_rows)
    if resumed := resuming.checkpoint(settings):
        known = earlier_run.known_early(arguments, str(settings.model_name_or_path), settings.model_revision)
        known["languages"] = {tag: {"rows": own[tag], "taken": taken[tag]} for tag in tags}
        earlier_run.refuse_other_run(resumed, known)
    if arguments.flip_rates is not None:
        robust.refuse_other_languages(arguments, tags)
    evaluated = None
    if there:
        evaluated = data.evaluated_languages(list(there), tags, arguments.held_out_languages or (), test_name)
    if evaluated or not evaluating:
        languages = {tag: Taken(own[tag], taken[tag]) for tag in tags}
        maxmin_hooks.objective(arguments, settings, languages, evaluated)


def _languages(origin: Origin, split: str, keys: tuple[str, str], method: str) -> Mapping[str, int]:
    """Rows of each language of a split, in order of the tags; none where a file or its column is not as it should be.

    Raises:
        UserError: no such config or split, columns that do not fit, or, of small files, a row with a fault.
    """
    import datasets

    files, name = data.parquet_files(origin, split, keys), f"{origin.name}, split {split}"
    small = sum(Path(file).stat().st_size for file in files) <= _SMALL
    counts: Counter[str] = Counter()
    try:
        if files and small:
            data.check_dataset(datasets.Dataset(pa.concat_tables(map(pq.read_table, files))), method, name)
        elif files:
            columns = datasets.Features.from_arrow_schema(pq.read_schema(files[0]))
            data.check_columns(datasets.Dataset.from_dict({one: [] for one in columns}, columns), method, name)
        for file in files:
            tags = pq.read_table(file, columns=["language"])["language"].cast(pa.string())
            if tags.null_count:
                return {}
            counts.update({one["values"]: one["counts"] for one in compute.value_counts(tags).to_pylist()})
    except (OSError, pa.ArrowException):
        return {}  # what is wrong with it is said where all of it is read
    return dict(sorted(counts.items()))
