"""Models that others compare with, by short name, and the figures published about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...files.records import decode
from ...inference import Model, Sampling
from ..results import PublishedFigure
from .packaged_tables import read_packaged, shown
from .stored import same_model

#: What stands for a set that the text read does not name.
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Baseline:
    """A model to compare with.

    Attributes:
        name: short name.
        model: Hub id, revision (`unknown` where none is pinned) and licence.
        gate: what must be accepted on the Hub before its weights can be had; empty for nothing.
        kind: how it generates. A seq2seq model is answered for by stored answers.
        serve: what else one must know to ask it; may be empty.
        sampling: how it answers here, with seed 0.
        sampling_mark: `ours`, or which source the sampling is from.
    """

    name: str
    model: Model
    gate: str
    kind: Literal["causal", "seq2seq"]
    serve: str
    sampling: Sampling
    sampling_mark: str


@dataclass(frozen=True, kw_only=True)
class _Sampling:
    temperature: float
    top_p: float
    max_tokens: int
    mark: str


@dataclass(frozen=True, kw_only=True)
class _Declared:
    """A model in the file."""

    model: str
    revision: str = ""
    licence: str
    gate: str
    kind: Literal["causal", "seq2seq"]
    serve: str = ""
    sampling: _Sampling


@dataclass(frozen=True, kw_only=True)
class _Figure(PublishedFigure):
    """A figure in the file; `also` are other names of its models."""

    also: tuple[str, ...] = ()

    def shown(self) -> PublishedFigure:
        return PublishedFigure(**{name: value for name, value in vars(self).items() if name != "also"})


@dataclass(frozen=True, kw_only=True)
class _File:
    models: Mapping[str, _Declared]
    figures: tuple[_Figure, ...]


@cache
def _file() -> _File:
    name = "baselines.toml"
    return decode(_File, read_packaged(name), f"{shown(name)} is damaged", "mend it, or install polypref again")


def names() -> tuple[str, ...]:
    """The short names of all baselines.

    Returns:
        In the order of the file.
    """
    return tuple(_file().models)


def baseline(name: str) -> Baseline | None:
    """The baseline that a name means.

    Args:
        name: short name or Hub id, in any case and under an organisation's old name.

    Returns:
        The baseline; None for another model.
    """
    for short, one in _file().models.items():
        if name.casefold() == short or ("/" in name and same_model(name, one.model)):
            drawn = one.sampling
            return Baseline(
                short,
                Model(one.model, one.revision or "unknown", one.licence),
                one.gate,
                one.kind,
                one.serve,
                Sampling(drawn.temperature, drawn.top_p, drawn.max_tokens),
                drawn.mark,
            )
    return None


def published(model: str, other: str, evaluation_set: str) -> list[PublishedFigure]:
    """Published figures to be shown beside a comparison, never mixed with it.

    Args:
        model: short name or Hub id of the model compared.
        other: of what it is compared with.
        evaluation_set: name of the set.

    Returns:
        those about both models first, then those about one of them; `set` is that set, or `not stated`, `value` in
        percent. Several figures that are in one paper may be from different judges and samples: they are comparable
        with nothing but themselves.
    """
    asked = {_key(model), _key(other)}
    matching = []
    for one in _file().figures:
        sides = [{_key(one.model)}, {_key(one.against), *map(_key, one.also)}]
        about = sum(bool(asked & (side - {""})) for side in sides)
        if about and one.set in (evaluation_set, NOT_STATED):
            matching.append((about, one.shown()))
    return [figure for about, figure in sorted(matching, key=lambda pair: -pair[0])]


def figures() -> list[PublishedFigure]:
    """All published figures, in the order of the file.

    Returns:
        All of them, whichever models and sets they are about.
    """
    return [one.shown() for one in _file().figures]


def _key(name: str) -> str:
    known = baseline(name)
    return known.name if known else name.casefold()
