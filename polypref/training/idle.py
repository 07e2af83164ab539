"""Settings that would do nothing, since another one, which has them do something, is off or of another kind."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields

from ..errors import UserError
from ..files.json_types import Json
from .keys import given_keys
from .library_types import Settings

#: Losses of TRL's DPO that have a use for label_smoothing.
SMOOTHED = ("robust", "exo_pair", "aot", "aot_unpaired")


@dataclass(frozen=True)
class _Rule:
    """Keys that do something where another key has certain values only.

    Attributes:
        keys: the keys; one that ends with an underscore is all that begin so.
        needs: the other key.
        has: whether its value has them do something.
        goes_with: values that do, as a sentence has them.
        is_switch: whether it can be off, so that who turns it off means those keys too.
    """

    keys: tuple[str, ...]
    needs: str
    has: Callable[[object], bool]
    goes_with: str
    is_switch: bool = True


def _is_on(value: object) -> bool:
    """Whether a switch is on: true, or anything but no."""
    return bool(value) and str(getattr(value, "value", value)) != "no"


def _one_of(*names: str) -> Callable[[object], bool]:
    """Whether a value is one of some names, or has one of them among its own."""
    return lambda value: not {*names}.isdisjoint(_names(value))


def _names(value: object) -> list[str]:
    """A value's names: those of a list, or one, of an enumeration too."""
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return [str(getattr(value, "value", value))] if isinstance(value, str) else []


def _choice(keys: tuple[str, ...], needs: str, *names: str) -> _Rule:
    return _Rule(keys, needs, _one_of(*names), ", ".join(names), is_switch=False)


_OF_THE_HUB = ("hub_model_id", "hub_private_repo", "hub_revision", "hub_strategy", "hub_always_push")
_OF_EVALUATION = (
    "dataset_test_config", "dataset_test_split", "eval_rows_per_language", "eval_steps", "eval_delay", "eval_on_start",
)  # fmt: skip
_RULES = (
    _Rule(("lora_", "use_rslora", "use_dora"), "use_peft", _is_on, "true"),
    _Rule(("bnb_4bit_", "use_bnb_nested_quant"), "load_in_4bit", _is_on, "true"),
    _Rule(("vllm_",), "use_vllm", _is_on, "true"),
    _Rule(("ref_model_",), "sync_ref_model", _is_on, "true"),
    _Rule(("gradient_checkpointing_kwargs",), "gradient_checkpointing", _is_on, "true"),
    _Rule(("num_completions_to_print", "log_multimodal", "log_unique_prompts"), "log_completions", _is_on, "true"),
    _Rule(("transformers_continuous_batching_config",), "use_transformers_continuous_batching", _is_on, "true"),
    _Rule(("liger_kernel_config",), "use_liger_kernel", _is_on, "true"),
    _Rule(("packing_strategy",), "packing", _is_on, "true"),
    _Rule(("dataloader_persistent_workers",), "dataloader_num_workers", _is_on, "2"),
    _Rule(_OF_THE_HUB, "push_to_hub", _is_on, "true"),
    _Rule(_OF_EVALUATION, "eval_strategy", _is_on, "steps"),
    _Rule(("eval_steps",), "eval_strategy", _one_of("steps"), "steps"),
    _Rule(("save_steps",), "save_strategy", _one_of("steps"), "steps"),
    _choice(("label_smoothing",), "loss_type", *SMOOTHED),
    _choice(("discopop_tau",), "loss_type", "discopop"),
    _choice(("f_alpha_divergence_coef",), "f_divergence_type", "alpha_divergence"),
    _choice(("reward_length_target",), "reward_funcs", "length"),
    _choice(("reference_tolerance",), "method", "dpo", "kto"),
    _choice(("reward_combine",), "method", "rloo"),
    _choice(("label_smoothing_factor",), "method", "sft"),
    _choice(("data_seed",), "method", "dpo", "reward", "sft"),  # KTO has one order, and RLOO draws by seed
    _choice(("train_sampling_strategy",), "method", "dpo", "kto", "reward", "sft"),
    # TRL turns it off in LoRA too, for DPO, KTO and reward models by default.
    _Rule(("lora_dropout",), "disable_dropout", lambda value: not value, "False", is_switch=False),
)
# Values with which a key asks for nothing.
_NONE_ASKED = {"lora_dropout": 0}


def refuse_idle(words: Sequence[str], recipe: Mapping[str, Json], *settings: Settings) -> None:
    """Stops at a setting that was given and does nothing.

    Who turns the other one off on the command line, or in so many words beside it, has said so: a recipe's settings of
    LoRA do no harm under `--use_peft false`.

    Args:
        words: the command line, without the program.
        recipe: its values.
        settings: dataclasses, what polypref adds and TRL's own.

    Raises:
        UserError: there is one.
    """
    values = {one.name: getattr(part, one.name) for part in settings for one in fields(part) if one.init}
    changed = sorted({key for part in settings for key in _changed(part) if _NONE_ASKED.get(key) != values[key]})
    named = {key if key in values else key.removeprefix("no_") for key in given_keys(words)}
    for rule in _RULES:
        if rule.needs not in values or rule.has(values[rule.needs]):
            continue
        for key in changed:
            if _is_of(key, rule) and key in {*named, *recipe} and not _is_turned_off(key, rule, named, recipe):
                raise UserError(_sentence(key, rule, values[rule.needs]))


def _is_of(key: str, rule: _Rule) -> bool:
    return any(key.startswith(one) if one.endswith("_") else key == one for one in rule.keys)


def _is_turned_off(key: str, rule: _Rule, named: Collection[str], recipe: Mapping[str, Json]) -> bool:
    """Whether the other key was given behind this one, or was turned off beside it."""
    if rule.needs in named:
        return key not in named or rule.is_switch
    return rule.is_switch and key not in named and rule.needs in recipe


def _sentence(key: str, rule: _Rule, value: object) -> str:
    if rule.is_switch and not _is_on(value):
        return f"{key} does nothing without {rule.needs}; write {rule.needs}: {rule.goes_with}, or leave {key} out"
    now = ", ".join(_names(value)) or str(value or "none")
    return (
        f"{key} does nothing where {rule.needs} is {now}; it goes with {rule.goes_with}: leave it out, or change that"
    )


def _changed(part: Settings) -> list[str]:
    """Keys of a dataclass that have another value than by default."""
    return [
        one.name
        for one in fields(part)
        if one.init
        and getattr(part, one.name) != (one.default if one.default_factory is MISSING else one.default_factory())
    ]
