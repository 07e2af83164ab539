"""From a judge's verdicts on comparisons whose better answer is known to what it is worth in each language."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...shares import wilson_ends
from ..contract import Verdict
from ..figures import averages as av
from ..figures import statistics as st
from ..figures.agreement import Agreement, Share, cohens_kappa, position_bias, share_of
from ..figures.fleiss import Fleiss, fleiss_kappa
from ..figures.statistics import Floats
from ..figures.win_rates import Reading, prompt_scores
from .comparisons import PEOPLE, Comparison
from .results import Checks, LengthLiking, State, WriterReplies

_LABELS = {1.0: "one", 0.5: "tie", 0.0: "other"}


@dataclass(frozen=True)
class Tokens:
    """Tokens of replies, as their servers count them, and replies of which they do not say it."""

    prompt: int = 0
    completion: int = 0
    uncounted: int = 0


@dataclass(frozen=True)
class Judged:
    """A comparison and what a judge said of it.

    Attributes:
        of: the comparison.
        turned: whether the worse answer was the first of its battle.
        verdicts: by order.
        again: those of the second time, where it was asked again.
    """

    of: Comparison
    turned: bool
    verdicts: tuple[Verdict, ...]
    again: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class _Arrays:
    """n comparisons as arrays.

    Attributes:
        rows: the comparisons.
        groups: (n,) names of their prompts.
        orders: (n, k) the score of the first answer of the battle in each order.
        scores: (n,) of the first answer: 1, 0.5 or 0; NaN without one.
        right: (n,) 1 where the better answer is preferred, 0.5 where neither is or there is no verdict, else 0.
    """

    rows: Sequence[Judged]
    groups: "np.typing.NDArray[np.str_]"
    orders: Floats
    scores: Floats
    right: Floats


@dataclass(frozen=True)
class How:
    """How figures are made: the interval's level, the bar, the seed, and how two orders become one score."""

    level: float = 0.95
    bar: float = 0.8
    seed: int = 0
    reading: Reading = "tie"
    price: tuple[float, float] | None = None
    tokens: Mapping[str, Tokens] = field(default_factory=dict)


def all_checks(rows: Sequence[Judged], how: How) -> tuple[list[Checks], Checks]:
    """What a judge is worth in each language, and in all of them together.

    Args:
        rows: what it said of all comparisons.
        how: how figures are made.

    Returns:
        A row for each language, by tag; and one over all.
    """
    alike = _alike(rows, how)
    tags = sorted({row.of.language for row in rows})
    by_language = [
        _checks(tag, [row for row in rows if row.of.language == tag], how, how.tokens.get(tag, Tokens()), alike)
        for tag in tags
    ]
    total = Tokens(
        *(sum(getattr(one, name) for one in how.tokens.values()) for name in ("prompt", "completion", "uncounted"))
    )
    return by_language, _checks("", rows, how, total, alike)


def _arrays(rows: Sequence[Judged], how: How) -> _Arrays:
    width = max((len(row.verdicts) for row in rows), default=1)
    orders = np.full((len(rows), width), np.nan)
    for at, row in enumerate(rows):
        orders[at, : len(row.verdicts)] = [_number(one) for one in row.verdicts]
    scores = (np.sign(prompt_scores(orders, how.reading) - 0.5) + 1) / 2
    turned = np.array([row.turned for row in rows], bool)
    right = np.where(np.isnan(scores), 0.5, np.where(turned, 1 - scores, scores))
    return _Arrays(rows, np.array([row.of.group for row in rows], dtype=str), orders, scores, right)


def _number(verdict: Verdict) -> float:
    return math.nan if verdict.score is None else float(verdict.score)


def _label(score: float) -> str | None:
    return None if math.isnan(score) else _LABELS[float((np.sign(score - 0.5) + 1) / 2)]


def _checks(tag: str, rows: Sequence[Judged], how: How, tokens: Tokens, alike: "_Alike") -> Checks:
    of = _arrays(rows, how)
    known = np.array([row.of.kind != PEOPLE for row in rows], bool)
    kinds = np.array([row.of.kind for row in rows], dtype=str)
    voted = np.array([row.of.kind == PEOPLE and not row.of.tie for row in rows], bool)
    accuracy = _share_where(of, known, how)
    orders, orders_kappa = _between_orders(of, how)
    again, again_kappa = _again(rows, how)
    verdicts = [one for row in rows for one in (*row.verdicts, *row.again)]
    reasons = Counter(one.reason for one in verdicts if one.score is None)
    cost = None
    if how.price is not None:
        cost = (tokens.prompt * how.price[0] + tokens.completion * how.price[1]) / 1_000_000
    return Checks(
        language=tag,
        prompts=len(set(of.groups.tolist())),
        comparisons=len(rows),
        state=_state(accuracy, how),
        known=accuracy,
        kinds={kind: _share_where(of, kinds == kind, how) for kind in dict.fromkeys(kinds[known].tolist())},
        people=_share_where(of, voted, how),
        people_kappa=_with_people(of),
        orders=orders,
        orders_kappa=orders_kappa,
        again=again,
        again_kappa=again_kappa,
        translations=alike.share(tag, how.level),
        translations_kappa=alike.kappa(tag),
        length=_length_liking(of, how),
        first=_first_place(of, how),
        replies=len(verdicts),
        unread=sum(number for reason, number in reasons.items() if _is_unread(reason)),
        failed=sum(number for reason, number in reasons.items() if not _is_unread(reason)),
        reasons=dict(reasons.most_common()),
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        uncounted=tokens.uncounted,
        cost=cost,
    )


def _is_unread(reason: str) -> bool:
    """Whether a judge replied and it could not be read; a server that failed is something else."""
    return reason.startswith("judge_")


def _share_where(of: _Arrays, use: "np.typing.NDArray[np.bool_]", how: How) -> Share:
    return share_of(np.where(use, of.right, np.nan), of.groups, how.level)


def _state(accuracy: Share, how: How) -> State:
    if accuracy.share is None:
        return "not_known"
    if accuracy.share < how.bar:
        return "below"
    best = float(wilson_ends(1.0, max(accuracy.groups, 1), st.normal_quantile(0.5 + how.level / 2))[0])
    if best < how.bar:
        return "too_few"
    return "passes" if accuracy.low is not None and accuracy.low >= how.bar else "below"


def _between_orders(of: _Arrays, how: How) -> tuple[Share, Agreement]:
    if of.orders.shape[1] < 2:
        return share_of(np.full(len(of.rows), np.nan), of.groups, how.level), cohens_kappa([], [])
    signs = np.sign(of.orders - 0.5)
    read = ~np.isnan(signs).any(1)
    same = np.where(read, (signs[:, 0] == signs[:, 1]).astype(float), np.nan)
    labels = [[_label(score) for score in column] for column in of.orders.T]
    return share_of(same, of.groups, how.level), cohens_kappa(labels[0], labels[1])


def _again(rows: Sequence[Judged], how: How) -> tuple[Share, Agreement]:
    pairs = [
        (_label(_number(one)), _label(_number(two)), row.of.group)
        for row in rows
        for one, two in zip(row.verdicts, row.again, strict=False)
    ]
    same = [math.nan if one is None or two is None else float(one == two) for one, two, _ in pairs]
    groups = np.array([group for _, _, group in pairs], dtype=str)
    share = share_of(np.array(same, float), groups, how.level)
    return share, cohens_kappa([one for one, _, _ in pairs], [two for _, two, _ in pairs])


def _with_people(of: _Arrays) -> Agreement:
    judged, people = [], []
    for row, score in zip(of.rows, of.scores, strict=True):
        if row.of.kind == PEOPLE:
            judged.append(_label(float(score)))
            people.append("tie" if row.of.tie else "other" if row.turned else "one")
    return cohens_kappa(judged, people)


def _first_place(of: _Arrays, how: How) -> Share:
    if of.orders.shape[1] < 2:
        return share_of(np.full(len(of.rows), np.nan), of.groups, how.level)
    return position_bias(of.orders, of.groups, how.level)


def _length_liking(of: _Arrays, how: How) -> LengthLiking:
    more = np.array([0 if row.of.tie else len(row.of.better) - len(row.of.worse) for row in of.rows], float)
    longer, shorter = (share_of(np.where(side > 0, of.right, np.nan), of.groups, how.level) for side in (more, -more))
    if longer.low is None or shorter.low is None:
        return LengthLiking(longer=longer, shorter=shorter, difference=None, low=None, high=None)
    sums = st.sums(np.where(more != 0, of.right, np.nan), of.groups, np.where(more > 0, "longer", "shorter"))
    sides = [av.mean_of(st.Sums(sums.scores[:, [at]], sums.weights[:, [at]]), how.level) for at in (0, 1)]
    low, high = av.difference(*sides)
    difference = sides[0].value - sides[1].value
    return LengthLiking(longer=longer, shorter=shorter, difference=difference, low=st.number(low), high=st.number(high))


@dataclass(frozen=True)
class _Alike:
    """Translations of comparisons against each other.

    Attributes:
        agreeing: tag -> (share of the other languages that say the same, group) of each comparison; empty for all.
        pairs: tag -> what it says and what another language says; empty for all.
        counts: of each comparison how many languages say one, tie, other; `groups` are theirs.
    """

    agreeing: Mapping[str, list[tuple[float, str]]]
    pairs: Mapping[str, list[tuple[str, str]]]
    counts: list[list[int]]
    groups: list[str]

    def share(self, tag: str, level: float) -> Share:
        """Agreement of a language with the others."""
        own = self.agreeing.get(tag, [])
        return share_of(np.array([value for value, _ in own], float), np.array([g for _, g in own], dtype=str), level)

    def kappa(self, tag: str) -> Agreement:
        """The same beyond chance."""
        own = self.pairs.get(tag, [])
        return cohens_kappa([one for one, _ in own], [other for _, other in own])


def _alike(rows: Sequence[Judged], how: How) -> _Alike:
    units: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    firsts: dict[tuple[str, str], tuple[str, str]] = {}
    of = _arrays(rows, how)
    for row, score in zip(rows, of.scores, strict=True):
        # People may prefer another writer's answer in another language: the same verdict is the one on the same writer.
        unit, writers = (row.of.group, row.of.key), row.of.writers[::-1] if row.turned else row.of.writers
        one = 1 - float(score) if firsts.setdefault(unit, writers) == writers[::-1] != writers else float(score)
        if (label := _label(one)) is not None:
            units[unit].setdefault(row.of.language, label)
    agreeing: dict[str, list[tuple[float, str]]] = defaultdict(list)
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    counts, groups = [], []
    for (group, _), labels in units.items():
        if len(labels) < 2:
            continue
        counts.append([list(labels.values()).count(label) for label in _LABELS.values()])
        groups.append(group)
        for tag, label in labels.items():
            others = [other for other_tag, other in labels.items() if other_tag != tag]
            share = sum(other == label for other in others) / len(others)
            for name in (tag, ""):
                agreeing[name].append((share, group))
                pairs[name] += [(label, other) for other in others]
    return _Alike(agreeing, pairs, counts, groups)


def between_languages(rows: Sequence[Judged], how: How) -> Fleiss:
    """Fleiss' kappa of what a judge says of translations of the same comparison; its languages are the raters.

    Args:
        rows: what it said of all comparisons.
        how: how figures are made.

    Returns:
        Kappa with its interval over prompts.
    """
    alike = _alike(rows, how)
    return fleiss_kappa(alike.counts, np.array(alike.groups, dtype=str), how.level, seed=how.seed)


def unread_by_writer(rows: Sequence[Judged], named: Callable[[str], str]) -> list[WriterReplies]:
    """Replies that could not be read, by whose answers were shown.

    Args:
        rows: what a judge said.
        named: how a report names a writer.

    Returns:
        A row for each writer, in order of their names.
    """
    replies: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for writer in dict.fromkeys(row.of.writers):
            for one in (*row.verdicts, *row.again):
                replies[writer] += 1
                if one.score is None and _is_unread(one.reason):
                    reasons[writer][one.reason] += 1
    return [
        WriterReplies(
            writer=named(writer),
            replies=number,
            unread=reasons[writer].total(),
            reasons=dict(reasons[writer].most_common()),
        )
        for writer, number in sorted(replies.items())
    ]
