"""The reward that a model trained with DPO has learned: beta times how much likelier it finds an answer than before.

Rafailov et al. 2023 (arXiv 2305.18290), section 4: r(x, y) = beta log(policy(y | x) / reference(y | x)), up to what
hangs on the prompt alone. Kim et al. 2025, SPA (arXiv 2406.04412), label pairs with it, and trust them by how sure it
is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from ..errors import UserError
from ..scripting.bounds import Count, OverZero
from ..scripting.calls import checked_arguments
from ..scripting.declared import check_fields, checked_call
from . import Failure, Model, Reply, Request, Result, Served, templates
from .backend import ModelNotes
from .names import public_name
from .transformers import Transformers
from .weights import weights_digest


@checked_call
@dataclass(frozen=True)
class ImplicitReward:
    """A backend for one reward model that is two chat models; one of them is in memory at a time.

    Attributes:
        policy: the model that was trained.
        reference: what its training began with.
        beta: of that training.
        batch, max_length, system, device, dtype: as in `Transformers`.
        window: conversations that the one model reads before the other is loaded; the more, the less is loaded.
    """

    policy: Model
    reference: Model
    beta: OverZero = 0.1
    batch: Count = 16
    window: Count = 4096
    max_length: Count | None = None
    system: templates.System = "error"
    device: str = "auto"
    dtype: str = "auto"

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def page(self) -> int:
        """Requests read ahead; see `BackendTraits`."""
        return self.window

    @property
    def gpus(self) -> int:
        """GPUs that it takes where there are any; see `BackendTraits`."""
        return self._models.gpus

    @cached_property
    def model_notes(self) -> ModelNotes:
        """What the chat templates of the two do, and at which commits they were loaded; see `BackendTraits`.

        Of the one model that is asked, which goes by both their names.
        """
        return ModelNotes()

    @cached_property
    def _models(self) -> Transformers:
        return Transformers(self.batch, self.window, self.system, self.max_length, self.device, self.dtype)

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its score, a window at a time.

        Args:
            requests: conversations to score, which end with the assistant's turn.

        Yields:
            (request, result), each request once.

        Raises:
            UserError: one is not to be scored, or as in `Transformers`.
        """
        waiting = iter(requests)
        while window := list(islice(waiting, self.window)):
            if other := next((one.kind for one in window if one.kind != "score"), None):
                raise UserError(
                    f"an implicit reward gives scores, and was asked for {other}; name it as a reward model"
                )
            trained, before = (dict(self._models.likelihoods(model, window)) for model in (self.policy, self.reference))
            self._note_both({one.model for one in window})
            for request in window:
                yield request, self._score(trained[request], before[request])

    def _note_both(self, asked: Iterable[Model]) -> None:
        """Notes of the models that are asked what was seen of the two that were loaded."""
        for one in dict.fromkeys((self.policy, self.reference)):
            notes = [f"{public_name(one.name)}: {note}" for note in self._models.model_notes.notes.get(one, [])]
            for model in asked:
                self.model_notes.add(model, notes)

    def _score(self, trained: Result, before: Result) -> Result:
        for one in (trained, before):
            if isinstance(one, Failure):
                return one
        assert isinstance(trained, Reply) and isinstance(before, Reply)
        assert trained.score is not None and before.score is not None
        if (trained.prompt_tokens, trained.completion_tokens) != (before.prompt_tokens, before.completion_tokens):
            return Failure("tokens_differ", "the two models' tokenizers or chat templates differ")
        return replace(trained, score=self.beta * (trained.score - before.score))


@checked_arguments
def implicit_reward(
    policy: Model,
    reference: Model,
    beta: float = 0.1,
    *,
    batch: int = 16,
    window: int = 4096,
    max_length: int | None = None,
    device: str = "auto",
    dtype: str = "auto",
) -> Served:
    """The reward that a model learned from preferences, as a reward model that a rater or a check may ask.

    What it gives is in nats: the reward of a chosen answer less that of the rejected one is the log-odds with which it
    prefers the first, and 1 / (1 + exp(-difference)) its confidence.

    Args:
        policy: the trained model: a folder, or a Hub id.
        reference: what its training began with.
        beta: of its training; it scales rewards, and so how sure they are of themselves.
        batch, window, max_length, device, dtype: as in `ImplicitReward`.

    Returns:
        The reward model, named after both, so that what was asked of another reference or beta is not taken for its
        own, and who serves it. Of a folder without a revision a digest of its weights is the revision.

    Raises:
        UserError: a folder holds no weights, or a setting is out of its bounds.
    """
    one, other = (_with_revision(model) for model in (policy, reference))
    backend = ImplicitReward(one, other, beta, batch, window, max_length, device=device, dtype=dtype)
    named = Model(f"{one.name} over {other.name}", f"{one.revision} over {other.revision}, beta {beta:g}", one.licence)
    return Served(named, backend)


def _with_revision(model: Model) -> Model:
    folder = Path(model.name)
    if model.revision != "unknown" or not folder.is_dir():
        return model
    return replace(model, revision=weights_digest(folder))
