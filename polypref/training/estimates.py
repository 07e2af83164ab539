"""What a recipe takes, as arithmetic: batch, memory of a GPU, hours. No GPU of such a size was at hand to measure it.

Memory, in bytes a weight: trained in float32 4, its gradient 4, Adam's two moments 8; where nothing is frozen DPO,
KTO and RLOO hold the reference too, 4, unless its log-probabilities are computed beforehand. FSDP and ZeRO-3 share
these out over the GPUs (ZeRO, arXiv 1910.02054, section 3), and gather a part in bfloat16 while it is used. LoRA
(arXiv 2106.09685, section 4.1) trains rank x (inputs + outputs) weights of each linear layer; the others are frozen,
2 bytes each, and in QLoRA (arXiv 2305.14314, section 3) those of linear layers 4 bits and 0.127 for their scales. TRL
keeps QLoRA's adapter in bfloat16: 8 bytes a weight with gradient and moments.

Activations with gradient checkpointing (arXiv 2205.05198, section 5): of every token the input of each block, and all
that one block keeps for its backward pass, made again block by block: 10 vectors of the hidden size in bfloat16, the
keys and values, and 4 vectors of the intermediate size; 15 where weights in float32 are cast step by step. These are
what torch keeps of a block of Llama, counted on a CPU; without checkpointing, of every block. Not counted: logits,
which TRL makes in tiles, and what the allocator leaves unused.

Hours: weights x tokens x operations / speed. Operations a weight and token: forward 2, once more for checkpointing 2,
backward 4, or 2 where weights are frozen; the reference 2; KTO's mismatched answers 4, in both models. Evaluations
are not counted, but those of RLOO, which draw answers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import UserError
from ..files.json_types import JsonObject
from .rows import shown

#: Rows of a config of the datasets that builders/aya_preferences.py makes, in 23 languages.
ROWS: Mapping[str, int] = {"ml-23-50k": 50_000, "ml-23-230k": 230_000}
_LANGUAGES = 23
#: Tokens of a prompt and an answer, on average.
TOKENS = 500
#: Gigabytes of a GPU -> floating-point operations a second that training reaches on it.
SPEEDS: Mapping[int, float] = {80: 4e14, 48: 1e14, 24: 6e13}
# RLOO draws a batch's answers token by token; at every one the weights are gathered from the other GPUs.
_SECONDS_A_TOKEN = 0.04
_PROMPT = 512
# Answers of a row, or of what per_device_train_batch_size counts.
_ANSWERS = {"dpo": 2, "reward": 2, "kto": 1, "sft": 1, "rloo": 1}
_WITH_REFERENCE = ("dpo", "kto", "rloo")
_NF4_BYTES = (4 + 0.127) / 8
_GB = 1e9


@dataclass(frozen=True)
class Shape:
    """A decoder with gated blocks, as its config.json says.

    Attributes:
        layers, hidden, intermediate, heads, key_value_heads, head_size, vocabulary: sizes.
        tied: whether the head has the weights of the embeddings.
    """

    layers: int
    hidden: int
    intermediate: int
    heads: int
    key_value_heads: int
    head_size: int
    vocabulary: int
    tied: bool

    @property
    def linear_layers(self) -> tuple[tuple[int, int], ...]:
        """Inputs and outputs of the linear layers of a block: queries, keys, values, outputs, gate, up, down."""
        queries, keys = self.heads * self.head_size, self.key_value_heads * self.head_size
        up = (self.hidden, self.intermediate)
        return (
            (self.hidden, queries), (self.hidden, keys), (self.hidden, keys), (queries, self.hidden),
            up, up, (self.intermediate, self.hidden),
        )  # fmt: skip

    @property
    def in_blocks(self) -> int:
        """Weights of the linear layers of all blocks."""
        return self.layers * sum(inputs * outputs for inputs, outputs in self.linear_layers)

    @property
    def elsewhere(self) -> int:
        """Weights of the embeddings, and of the head where it has its own; norms are left out."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def weights(self) -> int:
        """All of them."""
        return self.in_blocks + self.elsewhere

    def adapter(self, rank: int) -> int:
        """Weights of LoRA on every linear layer but the head.

        Args:
            rank: of the update.

        Returns:
            Their number.
        """
        return self.layers * rank * sum(inputs + outputs for inputs, outputs in self.linear_layers)

    def kept_by_a_block(self, vectors: int) -> int:
        """What a block keeps for its backward pass.

        Args:
            vectors: of the hidden size, in bfloat16.

        Returns:
            Bytes a token.
        """
        return 2 * (vectors * self.hidden + 2 * self.key_value_heads * self.head_size + 4 * self.intermediate)


_COMMAND = Shape(32, 4096, 14336, 32, 8, 128, 256_000, tied=True)
_LLAMA_3 = Shape(32, 4096, 14336, 32, 8, 128, 128_256, tied=False)
#: The models of the recipes.
SHAPES: Mapping[str, Shape] = {
    "CohereLabs/aya-23-8B": _COMMAND,
    "CohereLabs/aya-expanse-8b": _COMMAND,
    "Qwen/Qwen3-1.7B": Shape(28, 2048, 6144, 16, 8, 128, 151_936, tied=True),
    "meta-llama/Meta-Llama-3-8B-Instruct": _LLAMA_3,
    "build/anita_sft_merged": _LLAMA_3,
    "Skywork/Skywork-Reward-V2-Qwen3-8B": Shape(36, 4096, 12288, 32, 8, 128, 151_936, tied=True),
}


@dataclass(frozen=True)
class Estimate:
    """What a recipe takes.

    Attributes:
        batch: rows a step, over all GPUs; answers of RLOO.
        gpus, size: GPUs, and gigabytes of each.
        memory: part -> gigabytes of a GPU.
        hours: for all rows and epochs, or for max_steps.
        rows: of the data.
        steps: max_steps, where it is given, which says how long it takes whatever the rows; else 0.
    """

    batch: int
    gpus: int
    size: int
    memory: Mapping[str, float]
    hours: float
    rows: int
    steps: int = 0

    @property
    def gigabytes(self) -> float:
        """Of a GPU, all parts together."""
        return sum(self.memory.values())

    def parts(self) -> str:
        """The memory of a GPU as a sum.

        Returns:
            As in `weights 3.4 + activations 2.1 = 5.5 GB`.
        """
        return f"{' + '.join(f'{name} {value:.1f}' for name, value in self.memory.items())} = {self.gigabytes:.1f} GB"

    def line(self) -> str:
        """Batch, GPUs, memory and time.

        Returns:
            One line.
        """
        many = f"{self.gpus} GPU{'s' * (self.gpus > 1)} of {self.size} GB"
        length = f"{self.steps:,} steps" if self.steps else f"{self.rows:,} rows"
        return (
            f"Batch {self.batch} on {many}: {self.gigabytes:.1f} GB of each, {self.hours:.1f} h for {length}, "
            "by arithmetic."
        )


def estimate(recipe: JsonObject, gpus: int, size: int, shape: Shape | None = None, rows: int | None = None) -> Estimate:
    """What a recipe takes on some GPUs.

    Args:
        recipe: its values by key (`recipes.read_recipe`).
        gpus: how many; more than one share what is trained.
        size: gigabytes of each, one of SPEEDS.
        shape: of the model; None for one of SHAPES.
        rows: of the data, pairs, prompts or labelled answers; None for those of its dataset_config (ROWS).

    Returns:
        Batch, memory and hours.

    Raises:
        UserError: no shape is given and the model is none of SHAPES, or the size is none of SPEEDS.
    """
    if size not in SPEEDS:
        raise UserError(f"GPUs of {size} GB are not known; size is one of {', '.join(map(str, SPEEDS))}")
    shape = shape or _known_shape(recipe, "model_name_or_path")
    rows = rows or _rows(recipe)
    hours = _hours(recipe, shape, gpus, size, rows)
    steps = max(_number(recipe, "max_steps", 0), 0)
    return Estimate(_batch(recipe, gpus), gpus, size, _memory(recipe, shape, gpus), hours, rows, steps)


def _known_shape(recipe: JsonObject, key: str) -> Shape:
    name = str(recipe.get(key))
    if name not in SHAPES:
        raise UserError(f"the shape of {key} {shown(name)} is not known; give one of {', '.join(SHAPES)}, or a shape")
    return SHAPES[name]


def _memory(recipe: JsonObject, shape: Shape, gpus: int) -> dict[str, float]:
    """Part -> gigabytes of a GPU."""
    method = str(recipe["method"])
    parts: dict[str, float] = {}
    if _is_on(recipe, "use_peft"):
        quantised = _is_on(recipe, "load_in_4bit")
        parts["weights"] = shape.in_blocks * (_NF4_BYTES if quantised else 2) + shape.elsewhere * 2
        parts["adapter"] = shape.adapter(_number(recipe, "lora_r", 16)) * (8 if quantised else 16)
    else:
        parts["weights"] = shape.weights * 4 / gpus
        parts["gradients"] = shape.weights * 4 / gpus
        parts["moments"] = shape.weights * 8 / gpus
        beforehand = _is_on(recipe, "precompute_ref_log_probs") or recipe.get("reference_log_probs") is not None
        if method in _WITH_REFERENCE and not beforehand:
            parts["reference"] = shape.weights * 4 / gpus
        if gpus > 1:
            # To draw answers a GPU has all weights; else a block and the embeddings.
            block = shape.in_blocks / shape.layers
            parts["gathered"] = 2 * (shape.weights if method == "rloo" else block + shape.elsewhere)
    if "reward_model" in recipe:
        parts["reward model"] = _known_shape(recipe, "reward_model").weights * 2
    kept = _kept_a_token(recipe, shape, gpus)
    parts["activations"] = _tokens_of_a_step(recipe, method) * kept
    return {name: value / _GB for name, value in parts.items()}


def _kept_a_token(recipe: JsonObject, shape: Shape, gpus: int) -> int:
    """Bytes for the backward pass: of all blocks their inputs, and of one all; without checkpointing of all blocks."""
    # Cast step by step, or by FSDP and ZeRO-3 before a block begins.
    cast = recipe.get("dtype") == "float32" and gpus == 1
    block = shape.kept_by_a_block(15 if cast else 10)
    if not _is_checkpointed(recipe):
        return shape.layers * block
    return shape.layers * shape.hidden * (4 if cast else 2) + block


def _tokens_of_a_step(recipe: JsonObject, method: str) -> int:
    """Of one GPU, with every text as long as it may be."""
    length = _number(recipe, "max_length", 1024)
    if method == "rloo":
        length = _PROMPT + _number(recipe, "max_completion_length", 512)
    return _number(recipe, "per_device_train_batch_size", 8) * _ANSWERS[method] * length


def _batch(recipe: JsonObject, gpus: int) -> int:
    one = _number(recipe, "per_device_train_batch_size", 8) * _number(recipe, "gradient_accumulation_steps", 1)
    return one * gpus


def _hours(recipe: JsonObject, shape: Shape, gpus: int, size: int, rows: int) -> float:
    method, epochs = str(recipe["method"]), _epochs(recipe, gpus, rows)
    operations = 2 + (2 if _is_checkpointed(recipe) else 0)
    operations += 2 if _is_on(recipe, "use_peft") else 4
    operations += 2 * (method in _WITH_REFERENCE) + 4 * (method == "kto")
    answers = _number(recipe, "num_generations", 2) if method == "rloo" else _ANSWERS[method]
    seconds = shape.weights * rows * epochs * answers * TOKENS * operations / (gpus * SPEEDS[size])
    if method == "rloo":
        given = _number(recipe, "max_steps", 0)
        steps = given if given > 0 else int(rows * epochs * answers // _batch(recipe, gpus))
        # An evaluation draws a batch a language.
        drawn = steps + _evaluations(recipe, steps, epochs) * _LANGUAGES
        seconds += drawn * _number(recipe, "max_completion_length", 512) * _SECONDS_A_TOKEN
    return seconds / 3600


def _epochs(recipe: JsonObject, gpus: int, rows: int) -> float:
    """Times through the rows; max_steps goes before num_train_epochs, as transformers has it."""
    steps = _number(recipe, "max_steps", 0)
    if steps <= 0:
        return _share(recipe, "num_train_epochs", 3)
    # RLOO's batch counts answers, of which a prompt has several.
    answers = _number(recipe, "num_generations", 2) if recipe["method"] == "rloo" else 1
    return steps * _batch(recipe, gpus) / answers / rows


def _evaluations(recipe: JsonObject, steps: int, epochs: float) -> int:
    """Those of training; the last one is after the last step."""
    strategy = str(recipe.get("eval_strategy", "no"))
    if strategy != "steps":
        return 0 if strategy == "no" else math.ceil(epochs)
    every = _share(recipe, "eval_steps", _share(recipe, "logging_steps", 10))
    return math.ceil(steps / (every if every >= 1 else max(math.ceil(steps * every), 1)))


def _rows(recipe: JsonObject) -> int:
    """Of its data; KTO takes the two answers of a pair as rows."""
    rows = ROWS.get(str(recipe.get("dataset_config")), ROWS["ml-23-50k"])
    languages = recipe.get("languages")
    if isinstance(languages, list):
        rows = rows * len(languages) // _LANGUAGES
    return rows * 2 if recipe["method"] == "kto" else rows


def _number(recipe: JsonObject, key: str, default: int) -> int:
    value = recipe.get(key, default)
    return value if isinstance(value, int) else default


def _share(recipe: JsonObject, key: str, default: float) -> float:
    value = recipe.get(key, default)
    return value if isinstance(value, int | float) else default


def _is_checkpointed(recipe: JsonObject) -> bool:
    """As TRL has it where nothing is said."""
    return recipe.get("gradient_checkpointing", True) is True


def _is_on(recipe: JsonObject, key: str) -> bool:
    return recipe.get(key) is True
