"""Rewards for RLOO: language fidelity, length, reward models, your own by dotted path; logged language by language."""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from polypref.errors import UserError

Reward = Callable[..., Sequence[float | None]]


def text_of(completion: str | Sequence[Mapping[str, str]]) -> str:
    """What the model said, of a conversation or as plain text."""
    return completion if isinstance(completion, str) else "".join(turn["content"] for turn in completion)


def language_fidelity(
    completions: Sequence[Any],
    language: Sequence[str],
    response_language: Sequence[str] | None = None,
    **_: object,
) -> list[float | None]:
    """Share of an answer's lines in the language it should be in, between 0 and 1.

    Short answers are looked at whole. An empty answer has 0; one that is too short or too mixed to tell (numbers, code)
    has None, which TRL leaves out.
    """
    from polypref.fidelity import check_lines
    from polypref.language_id import Identifier

    texts = [text_of(one) for one in completions]
    wanted = list(response_language or language)
    identifier = Identifier()
    lines = check_lines(texts, wanted, identifier)
    short = identifier.check_many(texts, wanted)
    rewards: list[float | None] = []
    for text, found, whole in zip(texts, lines, short, strict=True):
        if not text.strip():
            rewards.append(0.0)
        elif found.checked:
            rewards.append(found.accuracy)
        else:
            rewards.append({"ok": 1.0, "other": 0.0}.get(whole.status))
    return rewards


def length(target: int) -> Reward:
    """A reward of 0 up to `target` characters, falling evenly to -1 at twice as many: against ever longer answers."""

    def length(completions: Sequence[Any], **_: object) -> list[float | None]:
        return [-min(max(len(text_of(one)) - target, 0) / target, 1.0) for one in completions]

    return length


def by_path(path: str) -> Reward:
    """A function of your own: MODULE.FUNCTION, found from the current folder too.

    Raises:
        UserError: no such module or function.
    """
    module, _, name = path.rpartition(".")
    if not module:
        raise UserError(f"reward {path!r} is none of language_fidelity, length; give your own as module.function")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UserError(f"reward {path}: {error}") from None
    if not callable(found):
        raise UserError(f"reward {path} is not a function")
    return found  # type: ignore[no-any-return]


def served(name: str, revision: str | None, url: str) -> Reward:
    """A reward model on a server; an answer that it cannot score has None, which TRL leaves out, and is counted."""
    from polypref.inference import Model, Reply, Request, messages
    from polypref.inference.openai import OpenAI

    model, backend = Model(name, revision or "unknown"), OpenAI((url,))

    def reward_model(
        prompts: Sequence[Any], completions: Sequence[Any], log_metric: Callable[[str, float], None] | None = None,
        **_: object,
    ) -> list[float | None]:  # fmt: skip
        asked = [Request(model, messages([*p, *c]), kind="score") for p, c in zip(prompts, completions, strict=True)]
        replies = dict(backend.run(dict.fromkeys(asked)))
        scores = [reply.score if isinstance(reply, Reply) else None for reply in map(replies.get, asked)]
        if log_metric:
            log_metric("rewards/reward_model/unscored", scores.count(None) / len(scores))
        return scores

    return reward_model


def local(name: str, revision: str | None) -> Any:
    """A sequence classifier with one output, for TRL to call.

    It is loaded here since TRL would ask for it with the revision of the model that is trained.

    Raises:
        UserError: it cannot be loaded, or has no trained head for scores.
    """
    from transformers import AutoModelForSequenceClassification

    try:
        model, told = AutoModelForSequenceClassification.from_pretrained(
            name, num_labels=1, revision=revision, dtype="auto", output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"reward model {name} cannot be loaded: {' '.join(str(error).split())[:300]}") from None
    if missing := sorted(told["missing_keys"]):
        raise UserError(f"{name} is no reward model: it has no weights {', '.join(missing)[:200]}")
    return model


def rewards(arguments: Any) -> list[Any]:
    """The rewards that a recipe asks for, in its order: the reward model first.

    Raises:
        UserError: none is named, or one cannot be had.
    """
    found: list[Any] = []
    if arguments.reward_model and arguments.reward_model_at:
        found.append(served(arguments.reward_model, arguments.reward_model_revision, arguments.reward_model_at))
    elif arguments.reward_model:
        found.append(local(arguments.reward_model, arguments.reward_model_revision))
    named = {"language_fidelity": language_fidelity, "length": length(arguments.reward_length_target)}
    found += [named.get(name) or by_path(name) for name in arguments.reward_funcs or ()]
    if not found:
        raise UserError("rloo needs a reward: give --reward_model, or --reward_funcs language_fidelity")
    return found


def minimum(completions: Sequence[Any], **_: object) -> list[None]:
    """Holds the place of the smallest reward, which `rewarding` fills in."""
    return [None] * len(completions)


def with_minimum(found: Sequence[Any], weights: Sequence[float] | None) -> tuple[list[Any], list[float], list[float]]:
    """Rewards and weights for TRL, which knows sums only: all weigh 0 but a last one, the minimum.

    Returns:
        Rewards, TRL's weights, and the weights inside the minimum.
    """
    inner = list(weights) if weights is not None else [1.0] * len(found)
    if len(inner) != len(found):
        raise UserError(f"reward_weights has {len(inner)} numbers for {len(found)} rewards; give one for each")
    return [*found, minimum], [0.0] * len(found) + [1.0], inner


def rewarding(trainer: type, inner: Sequence[float] | None) -> type:
    """TRL's RLOO trainer, logging every reward by language, and with the minimum of them where `inner` is given.

    A reward's minimum over several is that of weight times reward over those that are known (after MaxMin-RLHF,
    Chakraborty et al. 2024, arXiv 2402.08925: raise what is worst, not the mean).
    """

    class Rewarding(trainer):  # type: ignore[misc]
        def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, ids: Any) -> Any:
            import torch

            found = super()._calculate_rewards(inputs, prompts, completions, ids)
            if inner is not None:
                scaled = found[:, :-1] * torch.tensor(inner, device=found.device)
                least = scaled.nan_to_num(nan=float("inf")).amin(dim=1)
                found[:, -1] = least.masked_fill(least == float("inf"), float("nan"))
            # The rewards are of all processes, the inputs of this one.
            begin = self.accelerator.process_index * len(inputs)
            for row, own in zip(inputs, found[begin : begin + len(inputs)].tolist(), strict=True):
                for name, value in zip(self.reward_func_names, own, strict=True):
                    if value == value:
                        self._log_metric(f"rewards/{name}/{row['language']}", value)
            return found

    Rewarding.__name__ = Rewarding.__qualname__ = trainer.__name__
    return Rewarding
