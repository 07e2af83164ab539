"""The third step of an evaluation: from verdicts to figures. It asks nobody, so it can be done again for ever."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pyarrow as pa

from .. import __version__
from ..errors import UserError
from ..files.json_types import JsonObject
from ..files.records import encode
from ..languages.gaps import is_unchecked
from ..layouts.outcomes import UNKNOWN_LABEL
from . import cautions, unread
from .break_down import Known, comparison_breakdowns, model_breakdowns, ranking_breakdowns
from .breakdowns import Breakdowns
from .figures import averages as av
from .figures import length_control
from .figures import statistics as st
from .figures.agreement import cohens_kappa, length_bias, position_bias
from .figures.bradley_terry import bradley_terry
from .figures.power import smallest_difference
from .figures.win_rates import Battles, LanguageRow, Missing, Reading, prompt_scores, select_battles, summarise_battles
from .inputs import baselines
from .inputs.tables import BattleRow
from .results import (
    Board,
    Comparison,
    Controlled,
    Facts,
    Fidelity,
    InLanguage,
    JudgeFacts,
    JudgesAgreement,
    LanguageFigures,
    Leaderboard,
    MeanFidelity,
    MeanFigures,
    MeanInLanguage,
    ModelFacts,
    OtherReading,
    Ranked,
    Results,
)

_Key = tuple[str, str, str, str]
"""Set, judge, model and other: what a comparison is of."""
_Game = tuple[str, str, str, str, float]
"""Language, model, other, group and score of the model."""
_LABEL = 30  # characters of a label that a report shows
_MOST_LABELS = 8
_Labels = dict[tuple[str, str, str, str], str | None]
NOT_QUALITY = "not a quality judgement"


@dataclass(frozen=True)
class _How:
    """How verdicts become figures; see `win_rates.summarise_battles`."""

    reading: Reading
    missing: Missing
    level: float
    resamples: int
    seed: int


def results(
    battles: pa.Table,
    facts: Facts,
    *,
    reading: Reading = "tie",
    missing: Missing = "exclude",
    seen: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    against: str = "en",
    slices: Sequence[str] = (),
    remarks: Sequence[str] = (),
    traits: pa.Table | None = None,
) -> Results:
    """All figures of an evaluation.

    Args:
        battles: `tables.BATTLES`.
        facts: name, sets, models, judges, settings, as the steps before learned them.
        reading, missing, seen, level, resamples, seed: see `win_rates.summarise_battles`.
        against: the language with which others are compared for consistency.
        slices: columns of prompts and answers by which comparisons are sliced.
        remarks: sentences that a reader must know first.
        traits: `traits.TRAITS`: what is stated in these columns.

    Returns:
        what results.json holds; None where nothing can be said.

    Raises:
        UserError: a step before is not done, there is no battle, or nothing is known of a column of slices.
    """
    if lacking := facts.lacking():
        raise UserError(f"the evaluation's {lacking[0]} are not known yet; run the steps before this one first")
    sets, models, judges = facts.sets or (), facts.models or (), facts.judges or ()
    how = _How(reading, missing, level, resamples, seed)
    parts: dict[_Key, list[BattleRow]] = defaultdict(list)
    every: list[BattleRow] = battles.to_pylist()
    for row in every:
        parts[row["set"], row["judge"], row["model"], row["other"]].append(row)
    by_name = {one.name: one for one in judges}
    about = {one.name: one for one in models}
    known = Known(every, traits, slices)
    if lacking := known.lacking():
        raise UserError(f"slices: nothing is known of the column {lacking[0]!r} yet; run the step answers first")
    ways = {one.name: replace(how, reading=one.reading) for one in judges if one.reading}
    compared = tuple(
        _comparison(key, rows, ways.get(key[1], how), seen, by_name.get(key[1]), about, known, against)
        for key, rows in parts.items()
    )
    more: JsonObject = {"against": against, "slices": [*slices]} if slices or against != "en" else {}
    return Results(
        polypref=__version__,
        name=facts.name or "",
        note=NOT_QUALITY if any(one.kind == "relevance" for one in judges) else "",
        settings={**(facts.settings or {}), **encode(how), "seen": None if seen is None else [*seen], **more},
        sets=sets,
        models=models,
        judges=judges,
        comparisons=compared,
        leaderboards=tuple(_leaderboards(parts, how, ways)),
        agreement=tuple(_agreement(parts, how, ways)),
        remarks=tuple(remarks),
        limits=(*cautions.limits(judges, sets, compared), *cautions.of_models(models, judges)),
        fidelity_version=facts.fidelity_version,
        breakdowns=_breakdowns(known, parts, how, ways, facts),
    )


def _breakdowns(
    known: Known, parts: Mapping[_Key, Sequence[BattleRow]], how: _How, ways: Mapping[str, _How], facts: Facts
) -> Breakdowns:
    """Figures of models that are of no one comparison."""
    together: dict[tuple[str, str], list[tuple[BattleRow, float]]] = defaultdict(list)
    for (name, judge, _, _), rows in parts.items():
        own = ways.get(judge, how)
        scores = prompt_scores(_arrays(rows).orders, own.reading, own.missing)
        together[name, judge] += zip(rows, scores.tolist(), strict=True)
    both = [ranking_breakdowns(pairs, how.level) for pairs in together.values()]
    return replace(
        model_breakdowns(known, how.level),
        ranks=tuple(ranks for ranks, _ in both if ranks),
        style=tuple(style for _, style in both if style),
        alpaca_eval=facts.alpaca_eval or (),
    )


def _arrays(rows: Sequence[BattleRow]) -> Battles:
    """Battles as arrays; column 0 is the order that shows the model first, unless one order only was asked."""
    orders = _orders(rows, [unread.scores(row) for row in rows])
    return Battles(
        np.array([row["language"] for row in rows]),
        np.array([row["group_id"] for row in rows]),
        orders,
        _lengths(rows),
    )


def _lengths(rows: Sequence[BattleRow]) -> st.Floats:
    """(battles, 2) characters of the model's answer and of the other's; NaN where there is none."""
    texts = [(row["answer"], row["other_answer"]) for row in rows]
    return np.array([[len(text) if text else np.nan for text in both] for both in texts], float)


def _orders(rows: Sequence[BattleRow], scores: Sequence[Sequence[float | None]]) -> st.Floats:
    wide = any(len(row["orders"]) > 1 for row in rows)
    orders = np.full((len(rows), 2 if wide else 1), np.nan)
    for at, (row, of) in enumerate(zip(rows, scores, strict=True)):
        for place, (order, score) in enumerate(zip(row["orders"], of, strict=True)):
            column = {"model": 0, "other": 1}.get(order["first"], place) if wide else 0
            orders[at, column] = np.nan if score is None else score
    return orders


def _comparison(
    key: _Key,
    rows: Sequence[BattleRow],
    how: _How,
    seen: Sequence[str] | None,
    judge: JudgeFacts | None,
    models: Mapping[str, ModelFacts],
    known: Known,
    against: str,
) -> Comparison:
    name, judged_by, model, other = key
    battles = _arrays(rows)
    summary = summarise_battles(battles, seen=seen, **vars(how))
    scores = prompt_scores(battles.orders, how.reading, how.missing)
    further = _by_language(rows, battles, scores, how)
    by_language = tuple(
        _language(
            row,
            [one for one in rows if one["language"] == row.language],
            further,
            _smallest(scores[battles.languages == row.language], how.level, len(summary.rows), row),
        )
        for row in summary.rows
    )
    average = MeanFigures(
        **vars(summary.average),
        smallest_difference=_smallest_mean(scores, battles, how.level),
        length_controlled=further.controlled.get(""),
        in_language=further.mean_in_language,
        fidelity=_macro([row.fidelity for row in by_language]),
        other_fidelity=_macro([row.other_fidelity for row in by_language]),
    )
    longer = _lengths(rows) @ np.array([1.0, -1.0])
    two = battles.orders.shape[1] == 2
    # What the judge likes is in what it wrote, not in what its unreadable replies count for.
    stated = _orders(rows, [[order["score"] for order in row["orders"]] for row in rows])
    comparison = Comparison(
        set=name,
        model=model,
        other=other,
        judge=judged_by,
        note=NOT_QUALITY if judge and judge.kind == "relevance" else "",
        **(vars(summary) | {"rows": by_language, "average": average}),
        other_reading=_other_reading(battles, how, bool(judge and judge.reading)) if two else None,
        position_bias=position_bias(stated, battles.groups, how.level) if two else None,
        length_bias=length_bias(scores, longer, battles.groups, how.level),
        reasons=_reasons(rows),
        labels=_labels(rows),
        unread=unread.counted(rows),
        # Whatever the report calls a model: figures are published under its id.
        breakdowns=comparison_breakdowns(rows, scores, known, against, how.level, how.seed),
        published=tuple(baselines.published(_model_id(models, model), _model_id(models, other), name)),
    )
    return replace(comparison, warnings=tuple(cautions.warnings(comparison, judge, models, two)))


def _language(
    row: LanguageRow, rows: Sequence[BattleRow], further: "_ByLanguage", smallest: float | None
) -> LanguageFigures:
    return LanguageFigures(
        **vars(row),
        smallest_difference=smallest,
        reasons=_reasons(rows),
        length_controlled=further.controlled.get(row.language),
        own_slope=further.own_slope.get(row.language),
        in_language=further.in_language.get(row.language),
        fidelity=_fidelity(row.language, [(one["fidelity"], one["word_fidelity"]) for one in rows]),
        other_fidelity=_fidelity(row.language, [(one["other_fidelity"], one["other_word_fidelity"]) for one in rows]),
        length=_median([one["answer"] for one in rows]),
        other_length=_median([one["other_answer"] for one in rows]),
    )


def _other_reading(battles: Battles, how: _How, soft: bool) -> OtherReading:
    """The average with the two orders read the other way; preferences of degree are soft or hard, and seldom tie."""
    reading: Reading = "mean" if how.reading != "mean" else "sign" if soft else "tie"
    mean = summarise_battles(battles, **vars(replace(how, reading=reading))).average
    return OtherReading(reading=reading, win_rate=mean.win_rate, low=mean.low, high=mean.high)


def _model_id(models: Mapping[str, ModelFacts], name: str) -> str:
    return (models[name].model if name in models else None) or name


@dataclass(frozen=True)
class _ByLanguage:
    """Further win-rates by language.

    Attributes:
        in_language, mean_in_language: where no answer is in another language, and on average.
        controlled: at equal lengths; on average under the empty tag.
        own_slope: the same, each language with a slope of its own.
    """

    in_language: Mapping[str, InLanguage]
    mean_in_language: MeanInLanguage | None
    controlled: Mapping[str, Controlled]
    own_slope: Mapping[str, Controlled]


def _by_language(rows: Sequence[BattleRow], battles: Battles, scores: st.Floats, how: _How) -> _ByLanguage:
    inside: dict[str, InLanguage] = {}
    mean = None
    keep = np.array([row["fidelity"] == row["other_fidelity"] == "pass" for row in rows])
    if keep.any():
        summary = summarise_battles(select_battles(battles, keep), **vars(how))
        inside = {
            one.language: InLanguage(
                prompts=one.prompts, scored=one.scored, win_rate=one.win_rate, low=one.low, high=one.high
            )
            for one in summary.rows
        }
        of = summary.average
        mean = MeanInLanguage(languages=len(of.languages), win_rate=of.win_rate, low=of.low, high=of.high)
    return _ByLanguage(inside, mean, *_controlled(battles, scores, how.level))


def _controlled(
    battles: Battles, scores: st.Floats, level: float
) -> tuple[dict[str, Controlled], dict[str, Controlled]]:
    """Length-controlled win-rates by language and (under the empty tag) on average; and with slopes of their own."""
    if battles.lengths is None or np.isnan(battles.lengths).any(1).all():
        return {}, {}
    longer = battles.lengths[:, 0] - battles.lengths[:, 1]
    usable = ~np.isnan(scores) & ~np.isnan(longer)
    if not usable.any():
        return {}, {}
    one = length_control.length_controlled(scores, longer, battles.languages, battles.groups, level=level)
    tags = np.unique(battles.languages[usable])
    counts = [len(np.unique(battles.groups[usable & (battles.languages == tag)])) for tag in tags]
    # With fewer prompts the slope, or a language's own term, is a guess that looks like a figure.
    enough = {str(tag) for tag, count in zip(tags, counts, strict=True) if count >= st.FEW_GROUPS} - set(one.extreme)
    common = {tag: figures for tag, figures in _each(one).items() if tag in enough}
    if usable.sum() >= length_control.LEAST_PROMPTS and len(enough) == len(tags):
        common[""] = _ends(one.average, one.average_low, one.average_high)
    own = length_control.by_language(scores, longer, battles.languages, battles.groups, level=level)
    return common, {tag: _each(regression)[tag] for tag, regression in own.items()}


def _each(of: length_control.Controlled) -> dict[str, Controlled]:
    columns = zip(of.languages, of.win_rates, of.low, of.high, of.overlap, strict=True)
    return {
        tag: replace(_ends(rate, low, high), overlap=st.number(overlap)) for tag, rate, low, high, overlap in columns
    }


def _ends(rate: float, low: float, high: float) -> Controlled:
    return Controlled(win_rate=st.number(rate), low=st.number(low), high=st.number(high))


def _fidelity(tag: str, answers: Sequence[tuple[str, str]]) -> Fidelity:
    """Pass rates of lines, with the answers that they rest on, and of words.

    In a language that the detector does not know a line can only fail: no share is told of it.
    """
    if is_unchecked(tag):
        return Fidelity(answers=0, lines=None, words=None)
    lines, words = (Counter(column) for column in zip(*answers, strict=True))
    return Fidelity(answers=lines["pass"] + lines["fail"], lines=_pass_rate(lines), words=_pass_rate(words))


def _pass_rate(counts: Counter[str]) -> float | None:
    known = counts["pass"] + counts["fail"]
    return counts["pass"] / known if known else None


def _macro(rows: Sequence[Fidelity]) -> MeanFidelity:
    lines = [row.lines for row in rows if row.lines is not None]
    words = [row.words for row in rows if row.words is not None]
    return MeanFidelity(
        lines=float(np.mean(lines)) if lines else None,
        lines_languages=len(lines),
        words=float(np.mean(words)) if words else None,
        words_languages=len(words),
    )


def _median(texts: Sequence[str | None]) -> float | None:
    lengths = [len(text) for text in texts if text]
    return float(np.median(lengths)) if lengths else None


def _reasons(rows: Sequence[BattleRow]) -> dict[str, int]:
    return dict(Counter(order["reason"] for row in rows for order in row["orders"] if order["reason"]).most_common())


def _labels(rows: Sequence[BattleRow]) -> dict[str, int]:
    """The labels that nothing says the meaning of, as far as they are kept."""
    unknown = (order["said"][:_LABEL] for row in rows for order in row["orders"] if order["reason"] == UNKNOWN_LABEL)
    return dict(Counter(label for label in unknown if label).most_common(_MOST_LABELS))


def _smallest(scores: st.Floats, level: float, tests: int, row: LanguageRow) -> float | None:
    """The smallest difference from one half that the sample would have shown in 80% of cases.

    None without two scores, or where all are equal: a spread of nothing says nothing of the next sample.
    """
    known = scores[~np.isnan(scores)]
    if len(known) < 2 or np.ptp(known) == 0:
        return None
    if row.groups < row.scored:  # battles of one prompt are alike
        return smallest_difference(1, row.error, alpha=1 - level, tests=tests) if row.error else None
    return smallest_difference(len(known), float(known.std(ddof=1)), alpha=1 - level, tests=tests)


def _smallest_mean(scores: st.Floats, battles: Battles, level: float) -> float | None:
    """The same for the macro average, whose standard error clusters by prompt."""
    every = st.sums(scores, battles.groups, battles.languages)
    scored = every.weights.sum(0) > 0
    if not scored.any():
        return None
    mean = av.mean_of(st.Sums(every.scores[:, scored], every.weights[:, scored]), level)
    if mean.groups < 2 or np.abs(mean.parts).max() < 1e-9:
        return None
    return smallest_difference(1, mean.error, alpha=1 - level)


def _leaderboards(parts: Mapping[_Key, Sequence[BattleRow]], how: _How, ways: Mapping[str, _How]) -> list[Leaderboard]:
    """Bradley-Terry rankings where three models or more were compared."""
    games: dict[tuple[str, str], list[_Game]] = defaultdict(list)
    for (name, judge, model, other), rows in parts.items():
        scores = prompt_scores(_arrays(rows).orders, ways.get(judge, how).reading, how.missing)
        for row, score in zip(rows, scores, strict=True):
            games[name, judge].append((row["language"], model, other, row["group_id"], float(score)))
    boards = []
    for (name, judge), every in games.items():
        by_tag: dict[str, list[_Game]] = defaultdict(list)
        for game in every:
            if not math.isnan(game[4]):
                by_tag[game[0]].append(game)
        if by_tag and len({model for _, *pair, _, _ in every for model in pair}) > 2:
            overall = _ranked([game for own in by_tag.values() for game in own], how)
            languages = {tag: _ranked(own, how) for tag, own in sorted(by_tag.items())}
            boards.append(Leaderboard(set=name, judge=judge, overall=overall, languages=languages))
    return boards


def _ranked(games: Sequence[_Game], how: _How) -> Board:
    _, model, other, group, score = zip(*games, strict=True)
    ranking = bradley_terry(model, other, score, group, how.resamples, how.level, how.seed)
    models = tuple(
        Ranked(
            model=name,
            strength=float(ranking.strengths[at]),
            low=st.number(ranking.low[at]),
            high=st.number(ranking.high[at]),
            win_rate=st.number(ranking.win_rates[at]),
            battles=int(ranking.battles[at]),
        )
        for at, name in enumerate(ranking.models)
    )
    return Board(models=models, tie=ranking.tie, unlinked=ranking.unlinked)


def _agreement(parts: Mapping[_Key, Sequence[BattleRow]], how: _How, ways: Mapping[str, _How]) -> list[JudgesAgreement]:
    """How often two judges say the same of a prompt: won, tie or lost."""
    labels: dict[tuple[str, str], _Labels] = defaultdict(dict)
    for (name, judge, model, other), rows in parts.items():
        scores = prompt_scores(_arrays(rows).orders, ways.get(judge, how).reading, how.missing)
        for row, score in zip(rows, scores, strict=True):
            labels[name, judge][model, other, row["language"], row["prompt_id"]] = _label(score)
    pairs = []
    for (name, one), (second, other) in combinations(sorted(labels), 2):
        a, b = labels[name, one], labels[second, other]
        if name == second and (both := sorted(a.keys() & b.keys())):
            tags = sorted({key[2] for key in both})
            by_tag = {tag: [key for key in both if key[2] == tag] for tag in tags}
            kappas = {
                tag: cohens_kappa([a[key] for key in keys], [b[key] for key in keys])
                for tag, keys in {"": both, **by_tag}.items()
            }
            every = kappas.pop("")
            pairs.append(JudgesAgreement(set=name, one=one, other=other, all=every, languages=kappas))
    return pairs


def _label(score: float) -> str | None:
    return None if math.isnan(score) else "won" if score > 0.5 else "lost" if score < 0.5 else "tie"
