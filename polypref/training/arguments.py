"""A recipe and the command line as settings: what polypref adds, and TRL's own for the method that is named."""

import re
import tempfile
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn, Protocol

import yaml

from .. import languages
from ..errors import UserError, missing_extra
from ..files.json_types import JsonObject
from . import recipes
from .base_model import check_named
from .command_words import program, recipe_of, refuse_option, word_of, words_without
from .idle import refuse_idle
from .keys import METHODS as METHODS
from .keys import given_keys, keys_of, refuse_unknown
from .library_types import Config, ModelConfig
from .maxmin import refuse_metric
from .schedules import refuse_schedule
from .value_types import refuse_types
from .values import refuse_values

_EXAMPLES = {"language_weights": "de=2,tr=1", "flip_rates": "de=0.1,tr=0.3"}
_PRECISION = {"bf16", "fp16", "use_cpu"}


@dataclass
class Arguments:
    """What polypref adds to TRL's settings: the data, the languages, the checks, and RLOO's rewards."""

    method: str = field(default="dpo", metadata={"help": "dpo, kto, reward, rloo or sft."})
    dataset_name: str | None = field(
        default=None, metadata={"help": "Repository on the Hub, or a folder that polypref build wrote."}
    )
    dataset_config: str | None = field(
        default=None, metadata={"help": "Config of the dataset: a mixture, or one language of it."}
    )
    dataset_revision: str | None = field(
        default=None, metadata={"help": "Tag, branch or commit of the dataset; not for a folder."}
    )
    dataset_train_split: str = field(default="train", metadata={"help": "Split to train on."})
    dataset_test_split: str = field(default="test", metadata={"help": "Split to evaluate on."})
    dataset_test_config: str | None = field(
        default=None,
        metadata={"help": "Config to evaluate on, where it has languages that dataset_config lacks; else the same."},
    )
    languages: list[str] | None = field(
        default=None, metadata={"help": "Languages to train on; all of the config by default."}
    )
    held_out_languages: list[str] | None = field(
        default=None,
        metadata={"help": "Languages that are evaluated but not trained on: does training carry over to them?"},
    )
    language_temperature: float | None = field(
        default=None,
        metadata={
            "help": "A language's share is its row count to the power 1/T: 1 keeps the shares, larger ones level them."
        },
    )
    language_weights: str | None = field(
        default=None, metadata={"help": "Explicit shares, as de=2,tr=1; a mapping in a recipe."}
    )
    language_objective: str = field(
        default="average",
        metadata={
            "help": "average (over rows), or maxmin: after every evaluation the languages that are worst off weigh "
            "more, by rows drawn (DPO) or rewards (RLOO)."
        },
    )
    language_objective_metric: str | None = field(
        default=None,
        metadata={"help": "maxmin: metric of the evaluation that says who is worst off; DPO loss, RLOO reward."},
    )
    language_objective_step_size: float = field(
        default=1.0, metadata={"help": "maxmin: a weight is multiplied by e to the power of this times the metric."}
    )
    language_objective_floor: float = field(
        default=0.25, metadata={"help": "maxmin: the least weight, where 1 is the language's share of the rows."}
    )
    language_objective_cap: float = field(default=4.0, metadata={"help": "maxmin: the largest weight."})
    train_rows: int | None = field(
        default=None,
        metadata={
            "help": "Rows to train on in all. Without it weights take as many as there are without repeating a row."
        },
    )
    streaming: bool = field(
        default=False,
        metadata={
            "help": "Read rows to train on as a stream, for datasets larger than memory; dpo, reward and sft, with "
            "max_steps."
        },
    )
    shuffle_buffer: int = field(
        default=10_000, metadata={"help": "streaming: rows held in memory, from which the next one is drawn."}
    )
    eval_rows_per_language: int | None = field(
        default=None, metadata={"help": "At most so many rows of each language in evaluation."}
    )
    reference_tolerance: float = field(
        default=1e-3,
        metadata={
            "help": "Largest log-ratio to the reference before the first step, in nats a token; more stops the run."
        },
    )
    reference_log_probs: str | None = field(
        default=None,
        metadata={
            "help": "DPO: Parquet file of the reference's log-probabilities; read where it is there, of this model, "
            "dataset, template and lengths, else computed and written, so that training needs no reference."
        },
    )
    reward_model: str | None = field(
        default=None, metadata={"help": "RLOO: a sequence classifier (Hub id or folder) that scores."}
    )
    reward_model_revision: str | None = field(default=None, metadata={"help": "RLOO: its tag or commit."})
    reward_model_at: str | None = field(
        default=None, metadata={"help": "RLOO: address of a server of the reward model (OpenAI-compatible)."}
    )
    reward_funcs: list[str] | None = field(
        default=None,
        metadata={"help": "RLOO: further rewards: language_fidelity, length, or the dotted path of your own."},
    )
    reward_combine: str = field(
        default="sum",
        metadata={
            "help": "RLOO: sum (weighted by reward_weights), or minimum of the rewards, each in its own spreads from "
            "its own mean in the answer's language."
        },
    )
    reward_length_target: int = field(
        default=2000, metadata={"help": "RLOO: characters above which the length reward falls."}
    )

    flip_rates: str | None = field(
        default=None,
        metadata={
            "help": "DPO with loss_type robust: share of labels that are wrong, by language, as de=0.1,tr=0.3 or a "
            "mapping in a recipe; label_smoothing for the others."
        },
    )
    flip_rates_from: str | None = field(
        default=None,
        metadata={"help": "The same from agreement in reviews: the file that polypref review import wrote."},
    )

    threads: int | None = field(
        default=None, metadata={"help": "Threads of torch on the CPU; as many as there are cores by default."}
    )

    def __post_init__(self) -> None:
        """Checks what can be checked without the data."""
        if self.method not in METHODS:
            raise UserError(f"method {self.method!r} is none of {', '.join(METHODS)}; name one of them")
        if self.dataset_name is None:
            raise UserError("no dataset: give dataset_name with a repository on the Hub or a dataset folder")
        if self.language_weights is not None and self.language_temperature is not None:
            raise UserError("language_weights and language_temperature are both given; give one of them")
        # Not above 0 alone: row counts to the power of 1/T are to stay numbers. A NaN is no number either.
        if self.language_temperature is not None and not self.language_temperature >= 0.1:
            raise UserError(f"language_temperature is {self.language_temperature}; give a number of at least 0.1")
        for name in ("train_rows", "eval_rows_per_language", "shuffle_buffer"):
            if (rows := getattr(self, name)) is not None and rows < 1:
                raise UserError(f"{name} is {rows}; give a number of at least 1, or leave it out")
        if self.shuffle_buffer != type(self).shuffle_buffer and not self.streaming:
            raise UserError("shuffle_buffer does nothing without streaming: true; give that, or leave it out")
        read_weights(self.language_weights)
        read_rates(self.flip_rates)
        if self.flip_rates is not None and self.flip_rates_from is not None:
            raise UserError("flip_rates and flip_rates_from are both given; give one of them")
        for name in ("reference_log_probs", "flip_rates", "flip_rates_from"):
            if getattr(self, name) is not None and self.method != "dpo":
                raise UserError(f"{name} is for method dpo; the method is {self.method}: leave it out")
        self._check_objective()
        rewards = ("reward_model", "reward_model_revision", "reward_model_at", "reward_funcs")
        if self.method != "rloo" and (given := [name for name in rewards if getattr(self, name)]):
            raise UserError(f"{given[0]} is for method rloo; the method is {self.method}, which draws no answers")
        for name in ("languages", "held_out_languages"):
            setattr(self, name, _tags_of(getattr(self, name)))
        if both := sorted(set(self.languages or ()) & set(self.held_out_languages or ())):
            raise UserError(f"{', '.join(both)}: in languages and in held_out_languages; name it in one of them")
        if self.reward_combine not in ("sum", "minimum"):
            raise UserError(f"reward_combine is {self.reward_combine!r}; it is sum or minimum")
        if self.reward_length_target < 1:
            raise UserError(f"reward_length_target is {self.reward_length_target}; give a number of at least 1")
        if self.reward_model_at and not self.reward_model:
            raise UserError("reward_model_at is given without reward_model; name the model that is served there")
        if self.reward_model_revision and not self.reward_model:
            raise UserError("reward_model_revision is given without reward_model; name the model that it is of")

    def _check_objective(self) -> None:
        if self.language_objective not in ("average", "maxmin"):
            raise UserError(f"language_objective is {self.language_objective!r}; it is average or maxmin")
        if self.language_objective == "maxmin" and self.method not in ("dpo", "rloo"):
            raise UserError(f"language_objective maxmin is for the methods dpo and rloo; the method is {self.method}")
        floor, cap = self.language_objective_floor, self.language_objective_cap
        if not 0 < floor <= 1 <= cap:
            raise UserError(
                f"language_objective_floor is {floor:g} and language_objective_cap {cap:g}; give a floor above 0 and "
                "at most 1, and a cap of at least 1"
            )
        if self.language_objective == "maxmin" and self.language_objective_metric is not None:
            refuse_metric(self.language_objective_metric, self.method, self._reward_names())
        if self.language_objective == "average":
            of_maxmin = [one for one in fields(self) if one.name.startswith("language_objective_")]
            if given := [one.name for one in of_maxmin if getattr(self, one.name) != one.default]:
                raise UserError(
                    f"{given[0]} does nothing without language_objective: maxmin; give that, or leave it out"
                )

    def _reward_names(self) -> list[str] | None:
        """What TRL calls the rewards that are asked for; None where only their code says it."""
        own = self.reward_funcs or []
        if any("." in name for name in own) or (self.reward_model or "").endswith("/"):
            return None
        model = "reward_model" if self.reward_model_at else (self.reward_model or "").rpartition("/")[2]
        return [*([model] if model else []), *own]

    @property
    def weights(self) -> dict[str, float]:
        """The explicit weights by language; empty without them."""
        return read_weights(self.language_weights)

    @property
    def rates(self) -> dict[str, float]:
        """The flip rates that were given, by language; empty without them."""
        return read_rates(self.flip_rates)


def _tags_of(given: Sequence[str] | None) -> list[str] | None:
    """The tags of languages that a key names, between blanks or commas."""
    if given is None:
        return None
    names = (name.strip() for text in given for name in text.split(","))
    return list(dict.fromkeys(_tag_of(name) for name in names if name))


def _tag_of(name: str) -> str:
    """The tag of the language that goes by a name; what may be a tag of the dataset's own stays as it is."""
    if "-" in name or "_" in name:
        return name
    try:
        return languages.resolve(name).tag
    except UserError:
        return name


def read_weights(given: object) -> dict[str, float]:
    """Weights from a mapping or from text like de=2,tr=1.

    Args:
        given: a mapping from language to weight, text, or None.

    Returns:
        Weight of each language; empty for None.

    Raises:
        UserError: not of that form, or a weight that is not above 0.
    """
    weights = _numbers_by_language(given, "language_weights")
    if wrong := [tag for tag, weight in weights.items() if not 0 < weight < float("inf")]:
        raise UserError(f"language_weights: the weight of {wrong[0]} is not above 0; leave the language out instead")
    return weights


def read_rates(given: object) -> dict[str, float]:
    """Flip rates from a mapping or from text like de=0.1,tr=0.3.

    Args:
        given: a mapping from language to rate, text, or None.

    Returns:
        Rate of each language; empty for None.

    Raises:
        UserError: not of that form, or a rate that is not at least 0 and below 0.5.
    """
    rates = _numbers_by_language(given, "flip_rates")
    if wrong := [tag for tag, rate in rates.items() if not 0 <= rate < 0.5]:
        raise UserError(f"flip_rates: the rate of {wrong[0]} is {rates[wrong[0]]}; give at least 0 and less than 0.5")
    return rates


def _numbers_by_language(given: object, key: str) -> dict[str, float]:
    if given is None:
        return {}
    try:
        pairs = given.items() if isinstance(given, Mapping) else (part.split("=") for part in str(given).split(","))
        return {_tag_of(str(tag).strip()): float(number) for tag, number in pairs}
    except (ValueError, TypeError):
        raise UserError(f"{key} {given!r}: write it as {_EXAMPLES[key]}") from None


def show_help(words: Sequence[str]) -> None:
    """Prints what polypref adds, at once; with --help-all TRL's keys for the method too, for which TRL is loaded.

    With a recipe its values too, those of its bases among them.

    Args:
        words: the command line; `--help-all` among them for all keys, `--config` for a recipe's values.
    """
    recipe = recipe_of(words)
    method = _method(words, recipe)
    if "--help-all" in words:
        _parser(method).print_help()
        return
    print(f"usage: {program()} [--config RECIPE] [--KEY VALUE ...]\n\nkeys that polypref adds to TRL's:")
    for one in fields(Arguments):
        default = "" if one.default is None else f" (default {one.default})"
        about = textwrap.wrap(one.metadata["help"] + default, 88)
        print(f"  --{one.name:28} " + f"\n{'':33}".join(about))
    print(
        f"\nTRL's own keys for a method, with these: {program()} --method {method} --help-all\n"
        "A recipe in YAML holds the same keys; one on the command line wins. Recipes that come with polypref:\n"
        + textwrap.fill(", ".join(recipes.names()), 120, initial_indent="  ", subsequent_indent="  ")
    )
    if recipe:
        print(f"\nvalues of recipe {word_of(words, 'config')}:")
        print(textwrap.indent(yaml.safe_dump(recipe, default_flow_style=None, allow_unicode=True, width=110), "  "))


def _method(words: Sequence[str], recipe: JsonObject) -> str:
    method = word_of(words, "method") or str(recipe.get("method", "dpo"))
    if method not in METHODS:
        raise UserError(f"method {method!r} is none of {', '.join(METHODS)}; name one of them")
    return method


class _Parser(Protocol):
    """TRL's parser."""

    error: Callable[[str], NoReturn]
    _option_string_actions: Mapping[str, object]

    def parse_args_and_config(self, words: list[str]) -> tuple[Arguments, Config, ModelConfig]:
        """What the words say, one of each of the dataclasses."""

    def print_help(self) -> None:
        """Prints all keys."""


def _parser(method: str) -> _Parser:
    # Without abbreviations a misspelt key is an error, not another key.
    parser: _Parser = import_module("trl").TrlParser(_kinds(method), prog=program(), allow_abbrev=False)
    parser.error = refuse_option
    return parser


def _kinds(method: str) -> tuple[type, ...]:
    """The dataclasses of the settings of a method."""
    refuse_without_trl()
    trl = import_module("trl")  # its names are loaded lazily, unseen by type checkers
    return Arguments, getattr(trl, METHODS[method][1]), trl.ModelConfig


def parse_words(words: Sequence[str], recipe: JsonObject | None = None) -> tuple[Arguments, Config, ModelConfig]:
    """Reads `--config RECIPE` (a path or a name) and `--key value` words, which win over the recipe.

    Args:
        words: the command line, without the program.
        recipe: its values, where they have been read; else they are read here.

    Returns:
        What polypref adds, TRL's settings for the method (DPOConfig and so on), and TRL's ModelConfig.

    Raises:
        UserError: no such recipe, an unknown key, or a value that does not fit.
    """
    recipe = recipe_of(words) if recipe is None else recipe
    method = _method(words, recipe)
    parser = _parser(method)
    options = [one.removeprefix("--") for one in parser._option_string_actions if one.startswith("--")]
    refuse_unknown(words, recipe, method, [one for one in options if "-" not in one])
    refuse_types(recipe, word_of(words, "config"), *_kinds(method))
    given = words_without(words, "config")
    given += _precision({*recipe, *given_keys(words)})
    with tempfile.TemporaryDirectory() as folder:
        # TRL reads a file, and knows nothing of bases and names.
        path = Path(folder) / "recipe.yaml"
        path.write_text(yaml.safe_dump(recipe), "utf-8")
        try:
            with warnings.catch_warnings():
                # TRL's own defaults, and recipes that work with every version that is promised, have this name.
                warnings.filterwarnings("ignore", "`gradient_checkpointing", FutureWarning)
                arguments, config, model = parser.parse_args_and_config(["--config", str(path), *given])
        except ZeroDivisionError:
            raise UserError(
                "the recipe cannot be used: a number that TRL divides by is 0, of num_generations and the batch sizes"
            ) from None
        except (ValueError, TypeError, ImportError) as error:
            raise UserError(_sentence(str(error))) from None
    refuse_values(arguments, config, model)
    refuse_idle(words, recipe, arguments, config, model)
    refuse_schedule(config)
    if config.model_init_kwargs is not None and not isinstance(config.model_init_kwargs, Mapping):
        raise UserError(
            f"model_init_kwargs is {config.model_init_kwargs!r}; write keys and values, as in {{key: value}}"
        )
    check_named(model.model_name_or_path)
    return arguments, config, model


def _sentence(error: str) -> str:
    """What TRL has against a recipe or a command line, of words that it has no use for in other words than its own."""
    if left := re.search(r"not used by the HfArgumentParser: \[['\"](.+?)['\"][],]", error):
        return f"{left[1]} is no key, and no value of the key before it; {program()} --help-all lists the keys"
    return f"the recipe cannot be used: {' '.join(error.split())}"


def refuse_unknown_early(words: Sequence[str], recipe: JsonObject) -> None:
    """Names a key that is none, by TRL's source, before TRL is loaded.

    Args:
        words: the command line, without the program.
        recipe: its values.

    Raises:
        UserError: there is no such method, or a key is none of its.
    """
    method = _method(words, recipe)
    if of_trl := keys_of(method):
        known = {*of_trl, *(one.name for one in fields(Arguments))}
        refuse_unknown(words, recipe, method, known, may_be_off=known)


def refuse_without_trl() -> None:
    """Sees that TRL is there, without loading it.

    Raises:
        UserError: it is not installed.
    """
    if find_spec("trl") is None:
        raise missing_extra("training needs TRL", "train")


def _precision(given: set[str]) -> list[str]:
    """What to compute in, unless it is said: bf16 where the GPU can, else fp16; without a GPU float32 on the CPU."""
    if given & _PRECISION:
        return []
    import torch

    if not torch.cuda.is_available():
        return ["--use_cpu", "True", "--bf16", "False"]
    return ["--bf16", "True"] if torch.cuda.is_bf16_supported() else ["--fp16", "True", "--bf16", "False"]
