"""Preferences by groups of people, off the published rows of a dataset: win-rates, agreement, and tests against chance.

A person is who is told apart in `annotator`; rows of those who are not count in win-rates as one more person, since
nothing says how many they are. Tests give the values of the groups to other people at random, whole persons at a time
and within a language: what one person says again and again is one thing.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .. import schema
from ..files.records import OMIT_DEFAULT, Count, Text
from ..shares import holm
from .agreement import Agreement, Ballots, agreement_by
from .two_ways import Shares, shares_by

#: Values of a group that are no group of their own: of those who are too few, and of whom nothing is stated.
OTHER = schema.OTHER
#: How often a test deals the values out anew.
DEALS = 999
#: Models that have a row of their own, those of most comparisons first.
MOST_MODELS = 12
#: The fewest people of each of two values that a test compares.
FEWEST = 5
Name = TypeVar("Name", bound=Hashable)
_COLUMNS = ("language", "prompt_id", "chosen_id", "rejected_id", "chosen_model", "rejected_model", "annotator")


@dataclass(frozen=True)
class ModelShare:
    """How often a model's answer is the chosen one, in rows of one value of a group; pairs of one model are left out.

    Attributes:
        value: the value.
        model: the model.
        rows: pairs of its answer and another model's.
        share: of them in which its answer is chosen.
        low, high: 95% interval, clustered by prompt and by person.
    """

    value: Text
    model: Text
    rows: Count
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ValueFacts:
    """The rows of one value of a group; `people` are those who are told apart."""

    value: Text
    rows: Count
    people: Count


@dataclass(frozen=True)
class GroupFigures:
    """What is known of one group of people in one language.

    Attributes:
        language: of the prompts.
        group: its name, as in `age`.
        values: the values that its people have, those of most rows first.
        models: how often the answers of each model are chosen, by value.
        models_p: of a test that values have to do with which models are chosen; None where too few are told apart.
        models_p_holm: the same corrected over all tests of the dataset that ask this.
        agreement: how far people of one value and of different ones agree; None where no pair was judged by several.
    """

    language: Text
    group: Text
    values: list[ValueFacts]
    models: list[ModelShare]
    models_p: float | None = None
    models_p_holm: float | None = None
    agreement: Agreement | None = field(default=None, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class _Rows:
    """The rows of one language that are of somebody."""

    prompts: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    sides: list[float] = field(default_factory=list)
    models: list[tuple[str, str]] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    groups: list[Mapping[str, str]] = field(default_factory=list)


def figures_by_groups(files: Iterable[Path], deals: int = DEALS, seed: int = 0) -> list[GroupFigures]:
    """The figures of a dataset by the groups of its people.

    Args:
        files: its data files, of pairs.
        deals: how often a test deals the values out anew.
        seed: of these deals.

    Returns:
        A row for each language and group, sorted by language, the groups as their sources declare them; nothing where
        no row states groups.
    """
    of_language: dict[str, _Rows] = {}
    for path in files:
        _add_rows(path, of_language)
    figures = []
    for language, rows in sorted(of_language.items()):
        for group in dict.fromkeys(name for groups in rows.groups for name in groups):
            figures.append(_figures(language, group, rows, deals, np.random.default_rng(seed)))
    return _corrected(figures)


def _add_rows(path: Path, of_language: dict[str, _Rows]) -> None:
    names = pq.read_schema(path).names
    if schema.ANNOTATOR_GROUPS not in names or not set(_COLUMNS) <= set(names):
        return
    for batch in pq.ParquetFile(path).iter_batches(columns=[*_COLUMNS, schema.ANNOTATOR_GROUPS]):
        for row in batch.to_pylist():
            if row[schema.ANNOTATOR_GROUPS] is None:
                continue
            rows = of_language.setdefault(row["language"], _Rows())
            low, high = sorted((row["chosen_id"], row["rejected_id"]))
            rows.prompts.append(row["prompt_id"])
            rows.pairs.append((row["prompt_id"], low, high))
            rows.sides.append(1.0 if row["chosen_id"] == low else -1.0)
            rows.models.append((row["chosen_model"], row["rejected_model"]))
            rows.people.append(row["annotator"] or OTHER)
            rows.groups.append({one["group"]: one["value"] for one in row[schema.ANNOTATOR_GROUPS]})


def _figures(language: str, group: str, rows: _Rows, deals: int, random: np.random.Generator) -> GroupFigures:
    """The figures of one group in one language."""
    values = [groups.get(group, OTHER) for groups in rows.groups]
    named = [number for number, who in enumerate(rows.people) if who != OTHER and values[number] != OTHER]
    people, who = _codes([rows.people[number] for number in named])
    _, stated = _codes([values[number] for number in named])
    label_of = {rows.people[number]: label for number, label in zip(named, stated.tolist(), strict=True)}
    labels = np.array([label_of[one] for one in people], np.int64)
    testable = int((np.bincount(labels, minlength=1) >= FEWEST).sum()) > 1
    _, pairs = _codes([rows.pairs[number] for number in named])
    _, prompts = _codes([rows.prompts[number] for number in named])
    ballots = Ballots(pairs, prompts, who, np.array([rows.sides[number] for number in named]))
    return GroupFigures(
        language,
        group,
        _value_facts(rows, values),
        _model_shares(rows, values),
        _test_of_models(rows, named, who, labels, deals, random) if testable else None,
        None,
        agreement_by(ballots, labels, deals if testable else 0, random),
    )


def _codes(names: Sequence[Name]) -> tuple[list[Name], NDArray[np.int64]]:
    """The different names in the order in which they are met, and the number of each."""
    numbers: dict[Name, int] = {}
    codes = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
    return list(numbers), codes


def _value_facts(rows: _Rows, values: Sequence[str]) -> list[ValueFacts]:
    counts = Counter(values)
    people: dict[str, set[str]] = defaultdict(set)
    for value, person in zip(values, rows.people, strict=True):
        people[value].add(person)
    ordered = sorted(counts, key=lambda value: (value == OTHER, -counts[value], value))
    return [ValueFacts(value, counts[value], len(people[value] - {OTHER})) for value in ordered]


def _shown_models(rows: _Rows) -> list[str]:
    """The models of most comparisons with others."""
    counts = Counter(model for both in rows.models if both[0] != both[1] for model in both)
    return sorted(counts, key=lambda model: (-counts[model], model))[:MOST_MODELS]


def _model_shares(rows: _Rows, values: Sequence[str]) -> list[ModelShare]:
    """How often each model's answers are chosen, by value."""
    shares = []
    shown = _shown_models(rows)
    met: dict[tuple[str, str], list[tuple[float, str, str]]] = defaultdict(list)
    for number, (won, lost) in enumerate(rows.models):
        if won == lost:
            continue
        where = rows.prompts[number], rows.people[number]
        met[values[number], won].append((1.0, *where))
        met[values[number], lost].append((0.0, *where))
    for value in sorted(set(values), key=lambda value: (value == OTHER, value)):
        for model in shown:
            if games := met.get((value, model)):
                outcomes, prompts, people = zip(*games, strict=True)
                done: Shares = shares_by(np.array(outcomes), _codes(prompts)[1], _codes(people)[1])
                shares.append(ModelShare(value, model, len(games), done.share, done.low, done.high))
    return shares


def _test_of_models(
    rows: _Rows,
    named: Sequence[int],
    who: NDArray[np.int64],
    labels: NDArray[np.int64],
    deals: int,
    random: np.random.Generator,
) -> float | None:
    """The p of a test that values have to do with which models are chosen; None where no two models meet.

    The statistic sums, over values and models, the squared distance of the model's wins from those that its share over
    all people gives, in units of its variance; values are dealt out anew among the people.
    """
    numbers: dict[str, int] = {}
    for won, lost in (rows.models[number] for number in named):
        if won != lost:
            numbers.setdefault(won, len(numbers))
            numbers.setdefault(lost, len(numbers))
    if not numbers:
        return None
    wins, games = (np.zeros((len(labels), len(numbers))) for _ in range(2))
    for person, number in zip(who.tolist(), named, strict=True):
        won, lost = rows.models[number]
        if won != lost:
            wins[person, numbers[won]] += 1
            games[person, [numbers[won], numbers[lost]]] += 1
    share = wins.sum(0) / games.sum(0)
    spread = share * (1 - share)
    if not (spread > 0).any():
        return None

    def distance(dealt: NDArray[np.int64]) -> float:
        of_value = np.eye(int(labels.max()) + 1)[dealt].T
        met = of_value @ games
        expected = met * spread
        off = (of_value @ wins - met * share) ** 2
        return float((off[expected > 0] / expected[expected > 0]).sum())

    seen = distance(labels)
    beyond = sum(distance(random.permutation(labels)) >= seen - 1e-9 for _ in range(deals))
    return (1 + beyond) / (1 + deals)


def _corrected(figures: Sequence[GroupFigures]) -> list[GroupFigures]:
    """The figures with the p-values of each question corrected over all languages and groups."""
    models = holm([np.nan if one.models_p is None else one.models_p for one in figures])
    differ = holm([np.nan if (of := one.agreement) is None or of.p is None else of.p for one in figures])
    done = []
    for one, p_models, p_differ in zip(figures, models.tolist(), differ.tolist(), strict=True):
        agreement = one.agreement and replace(one.agreement, p_holm=None if np.isnan(p_differ) else p_differ)
        done.append(replace(one, models_p_holm=None if np.isnan(p_models) else p_models, agreement=agreement))
    return done
