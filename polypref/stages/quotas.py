"""Mixtures as they are declared, and how many pairs each asks of a language and gets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import UserError
from ..scripting.declared import check_fields, checked_call

Shortage = Literal["error", "accept", "redistribute"]
# Of how many languages that have too few pairs a sentence says what they lost.
_EXPLAINED = 3


@checked_call
@dataclass(frozen=True)
class Mixture:
    """A named selection of training pairs: so many of each language. Its test split is all test pairs of its languages.

    Give one of `per_language`, `total`, or neither (everything there is).

    Attributes:
        name: config name in the release.
        languages: tags; None for those of `weights`, or without weights for all languages of the build.
        per_language: pairs of each language.
        total: pairs over all languages, in equal shares, or shared by `weights` or `alpha`.
        weights: language -> share of the total (any positive numbers).
        alpha: shares of the total proportional to (pairs available)^alpha: 1 natural, 0 equal (Conneau and Lample 2019,
            arXiv 1901.07291, section 3.1, there with the exponent 0.5).
        shortage: what happens when a language has too few: error, accept (smaller, reported), or redistribute (other
            languages make up the total).
        prompts: distinct (each prompt in one language only), parallel (the same prompts in all), or any.

    """

    name: str
    languages: tuple[str, ...] | None = None
    per_language: int | None = None
    total: int | None = None
    weights: Mapping[str, float] | None = None
    alpha: float | None = None
    shortage: Shortage = "accept"
    prompts: Literal["distinct", "parallel", "any"] = "any"

    def __post_init__(self) -> None:
        check_fields(self)
        if self.weights is not None and self.languages is None:
            object.__setattr__(self, "languages", tuple(self.weights))
        if self.languages is not None and (not self.languages or len(set(self.languages)) < len(self.languages)):
            raise UserError(f"mixture '{self.name}': languages must name at least one language, and each once")
        if self.per_language is not None and self.total is not None:
            raise UserError(f"mixture '{self.name}': give per_language or total, not both")
        if (self.weights is not None or self.alpha is not None) and self.total is None:
            raise UserError(f"mixture '{self.name}': weights and alpha share out a total; give total")
        if self.weights is not None and self.alpha is not None:
            raise UserError(f"mixture '{self.name}': give weights or alpha, not both")
        for name, number in (("per_language", self.per_language), ("total", self.total)):
            if number is not None and number < 1:
                raise UserError(f"mixture '{self.name}': {name} is {number}; give 1 or more, or leave it out for all")
        for tag, weight in (self.weights or {}).items():
            if not 0 < weight < float("inf"):
                raise UserError(f"mixture '{self.name}': the weight of {tag} is {weight}; give a number above 0")
        if self.weights is not None and set(self.weights) != set(self.languages or ()):
            odd = ", ".join(sorted(set(self.weights) ^ set(self.languages or ())))
            raise UserError(f"mixture '{self.name}': weights and languages differ ({odd}); name the same in both")
        if self.alpha is not None and not 0 <= self.alpha < float("inf"):
            raise UserError(f"mixture '{self.name}': alpha is {self.alpha}; give a number of at least 0")


def share_out(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Divides a total by weights into whole numbers (largest remainder; equal remainders in order of the tags).

    Args:
        total: what is divided, 0 or more.
        weights: numbers of 0 or more by tag, not all 0.

    Returns:
        tag -> its share, in order of the tags; together the total.

    Example:
        >>> share_out(10, {"de": 1.0, "el": 1.0, "ja": 1.0})
        {'de': 4, 'el': 3, 'ja': 3}
    """
    most = max(weights.values(), default=1.0)
    scale = sum(weight / most for weight in weights.values())
    exact = {tag: total * (weight / most / scale) for tag, weight in sorted(weights.items())}
    shares = {tag: int(value) for tag, value in exact.items()}
    left = total - sum(shares.values())
    for tag in sorted(exact, key=lambda t: (-round(exact[t] - shares[t], 9), t))[:left]:
        shares[tag] += 1
    return shares


def quotas(
    mixture: Mixture,
    available: Mapping[str, int],
    why: Callable[[list[str]], str] | None = None,
    lost: Callable[[str], str] | None = None,
    held: Mapping[str, int] | None = None,
    row_name: str = "pair",
) -> dict[str, dict[str, int]]:
    """How many training pairs a mixture asks of each language, and how many it gets.

    Args:
        mixture: the mixture.
        available: language -> pairs it may take; a language of the mixture that is missing has none.
        why: says why none of some languages has any.
        lost: says for what reasons rows of a language were left out.
        held: language -> pairs of those available that the mixture had in an earlier release; it keeps them, as far as
            its quota or total is not smaller than they are.
        row_name: what a row is called.

    Returns:
        language -> {asked, available, given}.

    Raises:
        UserError: a language is short and the policy is `error`, or nothing at all can be given.

    """
    tags = sorted(mixture.languages or available)
    there = {tag: available.get(tag, 0) for tag in tags}
    asked = _asked(mixture, there)
    if not sum(there.values()):
        lack = "prompt is in all" if mixture.prompts == "parallel" else f"{row_name} is in any"
        reasons = f": {why(tags)}" if why else "; see the funnel for where they were lost"
        raise UserError(
            f"mixture '{mixture.name}' is empty: no training {lack} of its languages ({', '.join(tags)}){reasons}"
        )
    short = {tag: asked[tag] - there[tag] for tag in tags if there[tag] < asked[tag]}
    if short and mixture.shortage == "error":
        lacking = ", ".join(f"{tag} {there[tag]:,} of {asked[tag]:,}" for tag in short)
        most = sorted(short, key=lambda tag: (-short[tag], tag))[:_EXPLAINED] if lost else []
        reasons = "".join(f"; what was left out in {tag}: {lost(tag)}" for tag in most if lost)
        raise UserError(
            f"mixture '{mixture.name}' cannot be filled: {lacking} training {row_name}s{reasons}; ask for less, add "
            "prompts, or set shortage to accept or redistribute"
        )
    given = {tag: min(asked[tag], there[tag]) for tag in tags}
    while mixture.shortage == "redistribute":
        missing = sum(asked.values()) - sum(given.values())
        room = {tag: there[tag] - given[tag] for tag in tags if there[tag] > given[tag]}
        if not missing or not room:
            break
        for tag, more in share_out(missing, dict.fromkeys(room, 1.0)).items():
            given[tag] += min(more, room[tag])
    if held and mixture.total is not None:
        given = _with_held(given, held, mixture.total)
    if not sum(given.values()):
        shared = ", ".join(f"{tag} {number:,}" for tag, number in asked.items() if number)
        raise UserError(
            f"mixture '{mixture.name}' is empty: its total of {mixture.total:,} is asked of languages without a "
            f"training {row_name} ({shared}); raise total, or set shortage to redistribute"
        )
    return {tag: {"asked": asked[tag], "available": there[tag], "given": given[tag]} for tag in tags}


def _with_held(given: Mapping[str, int], held: Mapping[str, int], total: int) -> dict[str, int]:
    """Shares of a total of which no language has less than it had; the others have so much less.

    Args:
        given: language -> its share.
        held: language -> what it had; together more than the total where the total is smaller now, and then nobody
            keeps what it had.
        total: what the shares may be together.

    Returns:
        Language -> its share.

    Example:
        >>> _with_held({"de": 6, "ja": 4}, {"de": 2, "ja": 5}, 10)
        {'de': 5, 'ja': 5}
    """
    kept = {tag: held.get(tag, 0) for tag in given}
    if sum(kept.values()) > total:
        return dict(given)
    raised = {tag: max(number, kept[tag]) for tag, number in given.items()}
    room = {tag: number - kept[tag] for tag, number in raised.items() if number > kept[tag]}
    beyond = sum(raised.values()) - total
    if beyond > 0:
        for tag, less in share_out(beyond, room).items():
            raised[tag] -= less
    return raised


def _asked(mixture: Mixture, there: Mapping[str, int]) -> dict[str, int]:
    if mixture.per_language is not None:
        return dict.fromkeys(there, mixture.per_language)
    if mixture.total is None:
        return dict(there)
    weights: Mapping[str, float] = dict.fromkeys(there, 1.0)
    if mixture.weights is not None:
        weights = mixture.weights
    elif mixture.alpha is not None:
        # A language without pairs gets no share even at alpha 0, unless no language has any.
        most = max(there.values(), default=0)
        weights = {tag: (n / most) ** mixture.alpha if n else 0.0 for tag, n in there.items()} if most else weights
    return share_out(mixture.total, weights)
