"""What is asked of the objects of TRL, transformers and torch: their trainers differ by method and by version."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import Field
from typing import TYPE_CHECKING, ClassVar, Protocol, TypedDict

from ..files.json_types import Json

if TYPE_CHECKING:
    from datasets import Dataset
    from torch import Tensor, nn
    from transformers import TrainerCallback


#: What the classes that are added to a trainer of TRL's begin from (`trainers.combine_classes`).
TRAINER: type = object


class Turn(TypedDict):
    """A turn of a conversation."""

    role: str
    content: str


#: What a model said: as text, or as a conversation.
Completion = str | Sequence[Turn]


#: Tensors by name, as a step takes them.
Batch = Mapping[str, "Tensor"]


class Settings(Protocol):
    """A dataclass of settings."""

    __dataclass_fields__: ClassVar[dict[str, Field[Json]]]


class Config(Protocol):
    """TRL's settings for a method, a dataclass (DPOConfig and so on)."""

    __dataclass_fields__: ClassVar[dict[str, Field[Json]]]
    output_dir: str
    seed: int
    learning_rate: float
    lr_scheduler_type: str
    lr_scheduler_kwargs: dict[str, Json] | None
    gradient_accumulation_steps: int
    max_steps: int
    train_batch_size: int
    world_size: int
    eval_strategy: str
    max_length: int | None
    push_to_hub: bool
    resume_from_checkpoint: str | bool | None
    reward_weights: list[float] | None
    model_init_kwargs: dict[str, Json] | None
    generation_batch_size: int
    num_generations: int
    precompute_ref_log_probs: bool


class ModelConfig(Protocol):
    """TRL's settings for the model."""

    __dataclass_fields__: ClassVar[dict[str, Field[Json]]]
    model_name_or_path: str
    model_revision: str
    use_peft: bool
    load_in_4bit: bool
    load_in_8bit: bool
    dtype: str | None
    attn_implementation: str | None


class Special(Protocol):
    """A token that a tokenizer knows by itself."""

    content: str
    special: bool


class Tokenizer(Protocol):
    """A tokenizer of transformers, as far as its chat template goes."""

    added_tokens_decoder: Mapping[int, Special]
    all_special_tokens: Sequence[str]

    def apply_chat_template(self, turns: list[Turn], **settings: Json) -> str:
        """The conversation as the template writes it.

        Args:
            turns: the conversation.
            settings: what the template knows beside the turns, and whether token ids are wanted.

        Returns:
            The text, or token ids.
        """


class Accelerator(Protocol):
    """What knows of the other processes."""

    is_main_process: bool

    def print(self, text: str) -> None:
        """Prints in one process.

        Args:
            text: a line.
        """

    def wait_for_everyone(self) -> None:
        """Waits until all processes are here."""


class Trainer(Protocol):
    """A trainer of TRL's, made."""

    args: Config
    train_dataset: "Dataset"
    eval_dataset: "Dataset | dict[str, Dataset] | None"
    processing_class: Tokenizer
    chat_template_kwargs: dict[str, Json]
    reward_processing_classes: Sequence[Tokenizer | None]
    reward_func_names: list[str]
    accelerator: Accelerator
    model: "nn.Module"
    model_wrapped: "nn.Module"
    data_collator: Callable[[list[dict[str, Json]]], Batch]
    beta: float
    _metrics: MutableMapping[str, MutableMapping[str, list[float]]]
    _get_train_sampler: Callable[..., Iterable[int]]
    _calculate_rewards: Callable[..., "Tensor"]

    def log(self, logs: dict[str, float]) -> None:
        """Has figures logged.

        Args:
            logs: by name.
        """

    def train(self, resume_from_checkpoint: str | bool | None = None) -> None:
        """Trains.

        Args:
            resume_from_checkpoint: its folder, True for the last one of output_dir, None to begin.
        """

    def evaluate(self) -> dict[str, float]:
        """Evaluates on every evaluation set.

        Returns:
            Metric -> value, named eval_METRIC.
        """

    def metrics_of_end(self) -> dict[str, float]:
        """Figures of the model as it is after its last step.

        Returns:
            Metric -> value, named eval_METRIC.
        """

    def save_metrics(self, split: str, metrics: dict[str, float]) -> None:
        """Writes metrics beside the model.

        Args:
            split: what the file is called after.
            metrics: by name.
        """

    def save_model(self, output_dir: str) -> None:
        """Writes the model.

        Args:
            output_dir: the folder.
        """

    def create_model_card(self) -> None:
        """Writes its card."""

    def push_to_hub(self, *, dataset_name: str | None) -> None:
        """Publishes the model.

        Args:
            dataset_name: for the card.
        """

    def is_world_process_zero(self) -> bool:
        """Whether this process is the one that writes.

        Returns:
            True in one of all processes.
        """

    def add_callback(self, callback: "TrainerCallback") -> None:
        """Has something called at every step.

        Args:
            callback: of transformers.
        """

    def end(self) -> None:
        """Lets go of the other processes."""

    def _prepare_inputs(self, inputs: Batch) -> Batch:
        """A batch where the model is."""

    def compute_loss_context_manager(self) -> AbstractContextManager[None]:
        """What surrounds a step.

        Returns:
            A context in which the numbers have the precision of training.
        """

    def compute_loss(self, model: "nn.Module", inputs: Batch) -> "Tensor":
        """The loss of a batch; its metrics go to `_metrics`.

        Args:
            model: as the trainer wraps it.
            inputs: the batch.

        Returns:
            One number.
        """
