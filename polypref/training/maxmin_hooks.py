"""MaxMin over languages in TRL's trainers: DPO draws its rows by the weights, RLOO multiplies its rewards by them."""

import re
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from .arguments import Arguments
from .data import Taken
from .evaluation import WATCHED, metrics_of_languages
from .library_types import Trainer
from .maxmin import FILE, METRIC, LanguageSampler, MaxMin, Objective

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import TrainerControl, TrainerState, TrainingArguments


def objective(
    arguments: Arguments, config: object, languages: Mapping[str, Taken], evaluated: Collection[str] | None
) -> Objective | None:
    """The objective that a recipe asks for.

    Args:
        arguments: language_objective and its settings are read.
        config: of the method.
        languages: those that are trained on, with their rows.
        evaluated: languages that are evaluated; None without an evaluation.

    Returns:
        It, with weights of 1; None where the rows alone say what a language weighs.

    Raises:
        UserError: the languages are not evaluated, or something else decides on the order of rows.
    """
    if arguments.language_objective != "maxmin":
        return None
    if evaluated is None:
        raise UserError(
            "language_objective maxmin weighs languages after every evaluation, and eval_strategy is no; set it to "
            "steps or epoch"
        )
    if missing := sorted(set(languages) - set(evaluated)):
        raise UserError(
            f"language_objective maxmin: {', '.join(missing)} is trained on and has no rows to evaluate on; name a "
            "config that has them with dataset_test_config, or leave the language out"
        )
    order = getattr(config, "train_sampling_strategy", "random")
    if arguments.method == "dpo" and order != "random":
        raise UserError(f"language_objective maxmin draws the rows, so train_sampling_strategy {order} cannot too")
    metric = arguments.language_objective_metric or METRIC[arguments.method]
    if metric == "reward" and arguments.reward_combine == "minimum":
        raise UserError(
            "language_objective maxmin: the minimum of rewards stays near one level in every language; name one of "
            "the rewards, as in language_objective_metric: rewards/language_fidelity/mean"
        )
    settings = MaxMin(
        metric,
        arguments.language_objective_step_size,
        arguments.language_objective_floor,
        arguments.language_objective_cap,
    )
    rows = sum(one.taken for one in languages.values())
    return Objective(settings, {tag: one.taken / rows for tag, one in languages.items()})


def attach(trainer: Trainer, own: Objective, method: str, seed: int, resumed: str | None) -> None:
    """Has a trainer train for the objective.

    Args:
        trainer: of TRL's with evaluation by language, made.
        own: the objective.
        method: dpo or rloo.
        seed: of the order of rows.
        resumed: the checkpoint to go on from; None to begin.

    Raises:
        UserError: the checkpoint's weights cannot be read, or are of other languages.
    """
    if resumed is not None and not own.read(Path(resumed)):
        trainer.accelerator.print(f"warning: {resumed} has no {FILE}: the weights of languages begin anew")
    sampler, tags = None, list(trainer.train_dataset["language"])
    own.count_rows(tags)
    if method == "rloo":
        trainer._calculate_rewards = weighed_rewards(trainer, own)
    else:
        sampler = LanguageSampler(tags, own, seed)
        drawing = sampler
        trainer._get_train_sampler = lambda *_: drawing
    from transformers import TrainerCallback

    class WeighingCallback(Weighing, TrainerCallback):
        """With the events that it leaves as they are."""

    trainer.add_callback(WeighingCallback(trainer, own, sampler))


def weighed_rewards(trainer: Trainer, own: Objective) -> "Callable[..., Tensor]":
    """Rewards in training times the weight of the answer's language; in evaluation as they come.

    A weight is the same for all answers to a prompt, so it goes through to their advantages.

    Args:
        trainer: RLOO's.
        own: the objective.

    Returns:
        What TRL is to call in place of its own.
    """
    gather_object = import_module("accelerate.utils").gather_object
    calculate = trainer._calculate_rewards

    def weighed(inputs: list[dict[str, str]], *more: object) -> "Tensor":
        values = calculate(inputs, *more)
        if not trainer.model.training:
            return values
        languages: list[str] = gather_object([row["language"] for row in inputs])
        return values * values.new_tensor([[own.weights[tag]] for tag in languages])

    return weighed


class Weighing:
    """Changes the weights after every evaluation of training, logs them and saves them in every checkpoint.

    Args:
        trainer: that trains; its log is written to.
        own: the objective.
        sampler: of the rows; None for RLOO, which draws them as it always does.
    """

    def __init__(self, trainer: Trainer, own: Objective, sampler: LanguageSampler | None) -> None:
        self.trainer, self.objective, self.sampler = trainer, own, sampler
        self.training = False
        self.values: dict[str, float] = {}

    def on_train_begin(
        self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
    ) -> None:
        """Evaluations count from here; those outside of training are somebody's measuring.

        Args:
            args, state, control, kwargs: of transformers.
        """
        self.training = True

    def on_train_end(
        self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
    ) -> None:
        """Evaluations count no more; how the weights came about is written beside the model.

        Args:
            args: its output_dir is where the model goes.
            state: of this process.
            control, kwargs: of transformers.
        """
        self.training = False
        if state.is_world_process_zero and args.output_dir:
            self.objective.write(Path(args.output_dir))

    def on_evaluate(
        self,
        args: "TrainingArguments",
        state: "TrainerState",
        control: "TrainerControl",
        metrics: Mapping[str, float] | None = None,
        **kwargs: object,
    ) -> None:
        """Called once for each language; after the last of them the weights change.

        Args:
            args, control, kwargs: of transformers.
            state: its step is noted.
            metrics: of one language.

        Raises:
            UserError: the metric is none of those that the evaluation gives.
        """
        if not self.training or metrics is None:
            return
        metric, tags = self.objective.settings.metric, self.objective.shares
        own_sets = self.trainer.eval_dataset
        evaluated = own_sets if isinstance(own_sets, dict) else tags
        for tag, own in metrics_of_languages(metrics, "eval", evaluated).items():
            if tag not in tags:
                continue
            if own and metric not in own:
                known = [name for name in sorted(own) if name in WATCHED or re.fullmatch("rewards/[^/]+/mean", name)]
                raise UserError(
                    f"language_objective_metric is {metric!r}, which the evaluation of {tag} has not; it has "
                    f"{', '.join(known)[:500]}"
                )
            self.values |= {tag: own[metric]} if own else {}
        if set(self.values) == set(tags):
            self._change(state.global_step)

    def _change(self, step: int) -> None:
        # All processes must draw the same rows, so all take the first one's figures.
        shared = [self.values]
        import_module("accelerate.utils").broadcast_object_list(shared)
        self.values = {}
        own, drawn = self.objective, self.sampler.drawn if self.sampler else 0
        if not own.update(step, drawn, shared[0]):
            self.trainer.accelerator.print(
                f"warning: {own.settings.metric} is no finite number in some language at step {step}: the weights of "
                "languages stay as they are"
            )
        self.trainer.log({f"language_weight/{tag}": weight for tag, weight in own.weights.items()})
        self.trainer.accelerator.print(f"weights of languages from step {step} on: {own.line()}")

    def on_save(
        self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
    ) -> None:
        """Into the checkpoint.

        Args:
            args: its output_dir has the checkpoint.
            state: of this process and step.
            control, kwargs: of transformers.
        """
        if state.is_world_process_zero and args.output_dir:
            self.objective.write(Path(args.output_dir) / f"checkpoint-{state.global_step}")
