"""Rewards for RLOO: language fidelity, length, reward models, your own by dotted path; logged language by language."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from .arguments import Arguments
from .library_types import TRAINER, Completion, Turn
from .own_rewards import Reward, reward_by_path
from .spreads import FILE, Running, Spreads

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

    #: A reward that TRL is given: a function, or a classifier that it runs.
    Part = Reward | PreTrainedModel


def text_of(completion: Completion) -> str:
    """What the model said, of a conversation or as plain text.

    Args:
        completion: text, or turns, whose texts are joined.

    Returns:
        The text.
    """
    return completion if isinstance(completion, str) else "".join(turn["content"] for turn in completion)


def language_fidelity(
    completions: Sequence[Completion],
    language: Sequence[str],
    response_language: Sequence[str | None] | None = None,
    prompts: Sequence[Completion] | None = None,
    **_: object,
) -> list[float | None]:
    """Share of an answer's lines in the language it should be in, between 0 and 1.

    Short answers are looked at whole. An answer may be in the languages that its prompt asks for, or quotes, and a copy
    of what was to be translated has 0 (`languages.asked_for`), unless `response_language` says what it is to be in. An
    empty answer has 0; one that is too short or too mixed to tell (numbers, code),
    or in another language where a translation is asked for and no language named, has None, which TRL leaves out.

    Args:
        completions: the answers.
        language: of the row of each answer.
        response_language: the language that an answer should be in, where it is not the row's; None for a row without.
        prompts: what was asked.
        _: other columns, which it does not read.

    Returns:
        A number or None for each answer.
    """
    from ..languages.asked_for import are_in_language, check_asked_lines
    from ..languages.identifier import Identifier

    texts = [text_of(one) for one in completions]
    wanted = [asked or own for asked, own in zip(response_language or language, language, strict=True)]
    instructions: list[str | None] = [None] * len(texts)
    if prompts is not None:
        # Where the row says what the answer is to be in, the prompt does not.
        instructions = [
            _instruction(prompt) if asked == own else None
            for prompt, asked, own in zip(prompts, wanted, language, strict=True)
        ]
    identifier = Identifier()
    lines = check_asked_lines(texts, wanted, instructions, identifier)
    short = are_in_language(texts, wanted, instructions, identifier)
    rewards: list[float | None] = []
    for text, by_line, whole in zip(texts, lines, short, strict=True):
        if not text.strip():
            rewards.append(0.0)
        elif by_line.checked:
            rewards.append(by_line.accuracy)
        else:
            rewards.append(None if whole is None else float(whole))
    return rewards


def _instruction(prompt: Completion) -> str:
    from ..languages.asked_for import instruction_text

    return prompt if isinstance(prompt, str) else instruction_text((turn["role"], turn["content"]) for turn in prompt)


def length(target: int) -> Reward:
    """A reward of 0 up to `target` characters, falling evenly to -1 at twice as many: against ever longer answers.

    Args:
        target: characters, at least 1.

    Returns:
        The reward, called as TRL calls its own.
    """

    def length(completions: Sequence[Completion], **_: object) -> list[float | None]:
        return [-min(max(len(text_of(one)) - target, 0) / target, 1.0) for one in completions]

    return length


def served(name: str, revision: str | None, url: str) -> Reward:
    """A reward model on a server; an answer that it cannot score has None, which is counted and left out.

    Args:
        name: of the model, as the server knows it.
        revision: its tag or commit; None is `unknown`.
        url: the server's address.

    Returns:
        The reward; it goes by the name `reward_model`.
    """
    from ..inference import Model, Reply, Request, messages
    from ..inference.openai import OpenAI

    model, backend = Model(name, revision or "unknown"), OpenAI((url,))

    def reward_model(
        prompts: Sequence[Sequence[Turn]], completions: Sequence[Sequence[Turn]], **_: object
    ) -> list[float | None]:
        asked = [Request(model, messages([*p, *c]), kind="score") for p, c in zip(prompts, completions, strict=True)]
        replies = dict(backend.run(dict.fromkeys(asked)))
        return [reply.score if isinstance(reply, Reply) else None for reply in map(replies.get, asked)]

    return reward_model


def local(name: str, revision: str | None) -> "PreTrainedModel":
    """A sequence classifier with one output, for TRL to call.

    It is loaded here since TRL would ask for it with the revision of the model that is trained.

    Args:
        name: Hub id or folder.
        revision: its tag or commit; None for the newest.

    Returns:
        The model, on the CPU.

    Raises:
        UserError: it cannot be loaded, or has no trained head for scores.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification

    from ..inference.networks import refuse_other_kind

    try:
        refuse_other_kind(name, AutoConfig.from_pretrained(name, revision=revision).architectures, "score")
        loaded: tuple[PreTrainedModel, dict[str, set[str]]] = AutoModelForSequenceClassification.from_pretrained(
            name, num_labels=1, revision=revision, dtype="auto", output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"reward model {name} cannot be loaded: {' '.join(str(error).split())[:300]}") from None
    model, report = loaded
    if missing := sorted(report["missing_keys"]):
        raise UserError(f"{name} is no reward model: it has no weights {', '.join(missing)[:200]}")
    return model


def rewards(arguments: Arguments) -> "list[Part]":
    """The rewards that a recipe asks for, in its order: the reward model first.

    Args:
        arguments: reward_model, reward_model_at, reward_funcs and reward_length_target are read.

    Returns:
        Functions and models as TRL takes them.

    Raises:
        UserError: none is named, or one cannot be had.
    """
    check_named(arguments)
    parts: list[Part] = []
    if arguments.reward_model and arguments.reward_model_at:
        parts.append(served(arguments.reward_model, arguments.reward_model_revision, arguments.reward_model_at))
    elif arguments.reward_model:
        parts.append(local(arguments.reward_model, arguments.reward_model_revision))
    named: dict[str, Reward] = {
        "language_fidelity": language_fidelity,
        "length": length(arguments.reward_length_target),
    }
    parts += [named.get(name) or reward_by_path(name) for name in arguments.reward_funcs or ()]
    return parts


def check_named(arguments: Arguments) -> None:
    """Sees that a reward is named.

    Args:
        arguments: reward_model and reward_funcs are read.

    Raises:
        UserError: there is none.
    """
    if not arguments.reward_model and not arguments.reward_funcs:
        raise UserError("rloo needs a reward: give --reward_model, or --reward_funcs language_fidelity")


def minimum(completions: Sequence[Completion], **_: object) -> list[None]:
    """Holds the place of the smallest reward, which `LoggedRewards` fills in.

    Args:
        completions: the answers.
        _: other columns, which it does not read.

    Returns:
        None for each answer.
    """
    return [None] * len(completions)


def with_minimum(
    parts: "Sequence[Part]", weights: Sequence[float] | None
) -> "tuple[list[Part], list[float], list[float]]":
    """Rewards and weights for TRL, which knows sums only: all weigh 0 but a last one, the minimum.

    Args:
        parts: the rewards.
        weights: one for each reward; None weighs all 1.

    Returns:
        Rewards, TRL's weights, and the weights inside the minimum.

    Raises:
        UserError: not a weight for each reward, or none that counts.
    """
    own = list(weights) if weights is not None else [1.0] * len(parts)
    if len(own) != len(parts):
        raise UserError(f"reward_weights has {len(own)} numbers for {len(parts)} rewards; give one for each")
    if not any(own) or not all(math.isfinite(weight) for weight in own):
        raise UserError(f"reward_weights is {own}; give finite numbers of which at least one is not 0")
    return [*parts, minimum], [0.0] * len(parts) + [1.0], own


class LoggedRewards(TRAINER):  # type: ignore[misc]
    """Added to TRL's RLOO trainer: every reward is logged by language, and the minimum of them may be trained for.

    The minimum raises what is worst instead of the mean (after MaxMin-RLHF, Chakraborty et al. 2024, arXiv
    2402.08925). Rewards have scales of their own, on which one would always be the smallest: so each is measured in
    its own spreads from its own running mean in the answer's language (`spreads.Spreads`), times its weight.
    Evaluation uses the statistics of training and adds nothing to them. They are saved in every checkpoint.

    The log has means (`rewards/NAME/LANGUAGE`) and spreads (`rewards/NAME/LANGUAGE/spread`) of the rewards as they
    came, and the share of answers that have none (`rewards/NAME/unscored`).

    Attributes:
        minimum_weights: weights inside the minimum, one for each reward but the last; None without a minimum.

    Raises:
        UserError: (when it is made) two rewards go by one name; (when it resumes) the statistics cannot be read.
    """

    minimum_weights: Sequence[float] | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.spreads = Spreads()
        super().__init__(*args, **kwargs)
        names: list[str] = self.reward_func_names
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise UserError(f"two rewards are called {twice[0]}, so their figures would mix; rename one of them")
        if self.minimum_weights is not None:
            self.add_callback(_saving(self.spreads))

    def train(self, resume_from_checkpoint: str | bool | None = None, *args: object, **kwargs: object) -> object:
        """Trains; a run that goes on has the statistics of its checkpoint.

        Args:
            resume_from_checkpoint: its folder; None to begin.
            args, kwargs: of transformers.

        Returns:
            What transformers gives.

        Raises:
            UserError: the statistics cannot be read.
        """
        folder = Path(resume_from_checkpoint) if isinstance(resume_from_checkpoint, str) else None
        if self.minimum_weights is not None and folder and not self.spreads.read(folder):
            self.accelerator.print(f"warning: {folder} has no {FILE}: the means and spreads of rewards begin anew")
        return super().train(resume_from_checkpoint, *args, **kwargs)

    def _calculate_rewards(
        self,
        inputs: list[dict[str, str]],
        prompts: Sequence[Completion],
        completions: Sequence[Completion],
        ids: list[list[int]],
    ) -> "Tensor":
        from accelerate.utils import gather_object  # type: ignore[import-untyped]

        values: Tensor = super()._calculate_rewards(inputs, prompts, completions, ids)
        # What is no number, infinity among it, is unknown: TRL leaves out nan alone.
        values[~values.isfinite()] = math.nan
        languages = gather_object([row["language"] for row in inputs])
        rows = values.tolist()
        if self.minimum_weights is not None:
            values[:, -1] = values.new_tensor(self._least(rows, languages))
        self._log_rewards(rows, languages)
        return values

    def _least(self, rows: list[list[float]], languages: list[str]) -> list[float]:
        names = self.reward_func_names[:-1]
        weights = dict(zip(names, self.minimum_weights or (), strict=True))
        # Before the first step there is nothing to measure an evaluation by but itself.
        spreads = self.spreads if self.model.training or self.spreads.seen else Spreads()
        if self.model.training or spreads is not self.spreads:
            for at, name in enumerate(names):
                spreads.add(name, [row[at] for row in rows], languages)
        return [
            spreads.least(dict(zip(names, row[:-1], strict=True)), weights, tag)
            for row, tag in zip(rows, languages, strict=True)
        ]

    def _log_rewards(self, rows: list[list[float]], languages: list[str]) -> None:
        # All processes have all rows, so each logs the same, and TRL's mean over processes changes nothing.
        names = self.reward_func_names[: -1 if self.minimum_weights is not None else None]
        for at, name in enumerate(names):
            known = [math.isfinite(row[at]) for row in rows]
            self._log_metric(f"rewards/{name}/unscored", 1 - sum(known) / len(known))
            for tag in sorted(set(languages)):
                own = Running.of(row[at] for row, its in zip(rows, languages, strict=True) if its == tag)
                if own.count:
                    self._log_metric(f"rewards/{name}/{tag}", own.mean)
                    self._log_metric(f"rewards/{name}/{tag}/spread", own.spread)


def _saving(spreads: Spreads) -> "TrainerCallback":
    """Saves the statistics in every checkpoint."""
    import transformers

    class SpreadsCallback(transformers.TrainerCallback):
        def on_save(
            self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
        ) -> None:
            if state.is_world_process_zero and args.output_dir:
                spreads.write(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    return SpreadsCallback()
