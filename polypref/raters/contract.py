"""The contract of a rater: what a build asks of whatever scores or prefers answers, and the ways in which one may work.

Every rater has a name, a version and a caution. How it comes to its scores is told by what else it has:

- `rate(prompts, completions)`: without a model, a bucket at a time (`ScoringRater`);
- `fit(texts)` besides, and `rate(prompts, completions, fitted)`: the same, once it has seen each language's prompts
  (`FittedRater`);
- `table`, `models`, `requests(bucket, known)` and `collect(bucket, known)`: by models (`AskingRater`);
- `raters`: it is made of others (`combined.Combined`);
- `unrated(fields, verdicts)`: it stands for scores that came with the sources (`GivenRater`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol, TypeGuard, TypeVar

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..inference import Served
from ..layouts.fields import Fields
from ..scripting.declared import check_contract
from ..scripting.own_code import of_class
from ..stages.contract import Asking
from ..stages.own_asking import check_rated, in_form
from ..stages.pool import Bucket

Fit = TypeVar("Fit")


class Rater(Protocol):
    """What every rater has; a frozen dataclass, whose fields are its settings.

    Scores are compared within a prompt only; nothing is taken to be comparable between languages.
    """

    @property
    def name(self) -> str:
        """What it is called, in the `rater` column of all that it gives."""
        ...

    @property
    def version(self) -> int:
        """A whole number, raised when the same answers come to get other scores: version: ClassVar[int] = 1."""
        ...

    @property
    def caution(self) -> str:
        """What the dataset's card must say of its scores; "" where there is nothing to say."""
        ...


class ScoringRater(Rater, Protocol):
    """A rater without a model."""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        """Returns ratings (schema.RATINGS) of completions of one bucket; any may be left without.

        Args:
            prompts: the bucket's prompts (schema.PROMPTS), sorted by prompt_id.
            completions: their answers (schema.COMPLETIONS), sorted by prompt_id and completion_id.

        Returns:
            The table; `ratings` makes one.
        """
        ...


class FittedRater(Rater, Protocol[Fit]):
    """A rater without a model that first sees some of each language's prompts."""

    def fit(self, texts: Iterable[str]) -> Fit:
        """Returns what it learns from up to 1,000 prompts of one language; it is pickled.

        Args:
            texts: of the prompts.

        Returns:
            Anything that can be pickled.
        """
        ...

    def rate(self, prompts: pa.Table, completions: pa.Table, fitted: Mapping[str, Fit]) -> pa.Table:
        """Returns ratings, as a ScoringRater; `fitted` is language -> what `fit` returned.

        Args:
            prompts: the bucket's prompts (schema.PROMPTS), sorted by prompt_id.
            completions: their answers (schema.COMPLETIONS), sorted by prompt_id and completion_id.
            fitted: language -> what `fit` returned, for each language of the prompts.

        Returns:
            The table; `ratings` makes one.
        """
        ...


class AskingRater(Rater, Asking, Protocol):
    """A rater that asks models; it never calls one itself."""

    @property
    def table(self) -> Literal["ratings", "verdicts"]:
        """Which table it makes: 'ratings', or 'verdicts' on two answers each."""
        ...


class CombiningRater(Rater, Protocol):
    """A rater that is made of others, each of which rates by itself before."""

    @property
    def table(self) -> Literal["ratings", "verdicts"]:
        """What of it decides: 'ratings', or 'verdicts' on two answers each."""
        ...

    @property
    def models(self) -> tuple[Served, ...]:
        """The models of all its raters."""
        ...

    @property
    def raters(self) -> tuple[Rater, ...]:
        """The raters that it is made of."""
        ...

    @property
    def scorers(self) -> tuple[str, ...]:
        """Names of those that give scores."""
        ...

    def combine(self, scales: pa.Table, bucket: Bucket) -> dict[str, pa.Table]:
        """Returns ratings, verdicts and rejected under its own name, of what the raters said of one bucket.

        Args:
            scales: language, rater, and number, mean and standard deviation of that rater's scores in that language
                (`combined.scales`).
            bucket: prompts and answers, with the ratings and verdicts of the raters.

        Returns:
            `ratings` (schema.RATINGS), `verdicts` (schema.VERDICTS) and `rejected` (schema.REJECTED).
        """
        ...


class GivenRater(Rater, Protocol):
    """Scores or verdicts that came with the sources."""

    def unrated(self, fields: Sequence[Fields], verdicts: bool) -> str:
        """Returns what keeps the sources' own ratings from being used, and what to declare; '' where nothing does.

        Args:
            fields: of the sources.
            verdicts: whether the pair rule asks for verdicts, and not for scores.

        Returns:
            Part of a sentence for a user; or ''.
        """
        ...


class MarkedRater(Rater, Protocol):
    """A rater that reads what people wrote, and of which a sample is held against people before a release."""

    @property
    def reader(self) -> str:
        """Who reads: the model, its revision and its prompts."""
        ...

    @property
    def marks_wanted(self) -> int:
        """On so many turns people must have said what they find in them."""
        ...


Way = Literal["combine", "ask", "fit", "rate", "given"]
# A fitted rater rates as well: what has more comes first.
_WAYS: Mapping[Way, tuple[type, str]] = {
    "combine": (CombiningRater, "raters"),
    "ask": (AskingRater, "requests"),
    "fit": (FittedRater, "fit"),
    "rate": (ScoringRater, "rate"),
    "given": (GivenRater, "unrated"),
}


def way_of(rater: Rater) -> Way:
    """How a rater comes to its scores, by what it has.

    Args:
        rater: the rater.

    Returns:
        `combine`, `ask`, `fit`, `rate` or `given`.

    Raises:
        UserError: it is no rater, or lacks something that its way needs.
    """
    check_contract(rater, Rater, "rater")
    for way, (contract, mark) in _WAYS.items():
        if hasattr(rater, mark):
            check_contract(rater, contract, "rater")
            return way
    raise UserError(
        f"rater {type(rater).__name__} has no way to rate: give it rate(prompts, completions), or, to ask models, "
        "table, models, requests(bucket, known) and collect(bucket, known)"
    )


def is_combining(rater: Rater) -> TypeGuard[CombiningRater]:
    """Whether a rater makes its ratings of those of others.

    Args:
        rater: the rater.

    Returns:
        Whether `way_of` says `combine`.

    Raises:
        UserError: it is no rater, or lacks something that its way needs.
    """
    return way_of(rater) == "combine"


def is_asking(rater: Rater) -> TypeGuard[AskingRater]:
    """Whether a rater asks models.

    Args:
        rater: the rater.

    Returns:
        Whether `way_of` says `ask`.

    Raises:
        UserError: it is no rater, or lacks something that its way needs.
    """
    return way_of(rater) == "ask"


def is_fitted(rater: Rater) -> TypeGuard[FittedRater[object]]:
    """Whether a rater first learns from the prompts.

    Args:
        rater: the rater.

    Returns:
        Whether `way_of` says `fit`.

    Raises:
        UserError: it is no rater, or lacks something that its way needs.
    """
    return way_of(rater) == "fit"


def is_scoring(rater: Rater) -> TypeGuard[ScoringRater]:
    """Whether a rater scores without a model, and without learning from the prompts first.

    Args:
        rater: the rater.

    Returns:
        Whether `way_of` says `rate`.

    Raises:
        UserError: it is no rater, or lacks something that its way needs.
    """
    return way_of(rater) == "rate"


def is_given(rater: Rater) -> TypeGuard[GivenRater]:
    """Whether a rater stands for those who rated in the sources.

    Args:
        rater: the rater.

    Returns:
        Whether `way_of` says `given`.

    Raises:
        UserError: it is no rater, or lacks something that its way needs.
    """
    return way_of(rater) == "given"


def is_marked(rater: Rater) -> TypeGuard[MarkedRater]:
    """Whether a sample of what a rater reads is marked by people before a release.

    Args:
        rater: the rater.

    Returns:
        Whether it says how many turns they must have marked.
    """
    return hasattr(rater, "marks_wanted") and hasattr(rater, "reader")


def marked_raters(rater: Rater) -> list[MarkedRater]:
    """The raters that read what people wrote.

    Args:
        rater: the rater.

    Returns:
        It, or those of several that it combines, where they do.
    """
    return [one for one in with_combined(rater) if is_marked(one)]


def with_combined(rater: Rater) -> list[Rater]:
    """A rater and those that it combines.

    Args:
        rater: the rater.

    Returns:
        It first; nothing else where it combines none.
    """
    return [rater, *getattr(rater, "raters", ())]


def checked_ratings(rater: Rater, returned: object, completions: pa.Table) -> pa.Table:
    """What a rater's `rate` returned, as the table that is written down.

    Args:
        rater: whose it is.
        returned: what it returned.
        completions: what it was asked to rate.

    Returns:
        The same rows, of exactly the columns of schema.RATINGS.

    Raises:
        UserError: it is no table of ratings, a value lacks, or it has ratings under another name, of other answers, or
            of one answer twice.
    """
    what = f"rater '{rater.name}'{of_class(rater)}: rate()"
    if not isinstance(returned, pa.Table):
        raise UserError(f"{what} returns {type(returned).__name__}; return a pyarrow table of schema.RATINGS")
    table = in_form(returned, "ratings", what)
    if other := set(table["rater"].to_pylist()) - {rater.name}:
        raise UserError(f"{what} returns ratings by {sorted(other)[0]!r}; write its own name into column rater")
    check_rated(table, completions, what)
    return table


def ratings(name: str, rows: Iterable[tuple[str, str, float]], revision: str = "1") -> pa.Table:
    """A table of ratings (schema.RATINGS), as `rate` returns it.

    Args:
        name: of the rater.
        rows: prompt_id, completion_id and score of every answer that has one.
        revision: of the rater, as a column says it.

    Returns:
        A row for each of them, with neither aspects nor rationale.

    Example:
        >>> ratings("length", [("p1", "c1", 7.0)]).select(["rater", "score"]).to_pylist()
        [{'rater': 'length', 'score': 7.0}]
    """
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    scored = len(columns[0])
    return pa.table(
        {
            "prompt_id": pa.array(columns[0], pa.string()),
            "completion_id": pa.array(columns[1], pa.string()),
            "rater": pa.array([name] * scored, pa.string()),
            "rater_revision": pa.array([revision] * scored, pa.string()),
            "score": pa.array(columns[2], pa.float64()),
            "aspects": pa.nulls(scored, schema.RATINGS.field("aspects").type),
            "rationale": pa.nulls(scored, pa.string()),
            "occasion": pa.nulls(scored, pa.string()),
        },
        schema=schema.RATINGS,
    )
