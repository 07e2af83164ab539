"""What a report shows of several models together: single scores, ranks, strengths at equal style."""

from collections.abc import Iterator

from ..breakdowns import AlpacaEvalOf, RanksOfSet, ScoredModel, ScoresOfNoBattle, StyleOfSet
from ..figures import statistics as st
from ..figures.scaled_means import ScaledMean, ScaledMeans
from ..results import Results
from . import formats
from .part import AVERAGE, FEW, FEW_GROUPS, Part


def parts_of_rankings(results: Results) -> Iterator[Part]:
    """Tables of models beside each other.

    Args:
        results: as in results.json.

    Yields:
        A part for each kind of figure that there is.
    """
    known = results.breakdowns
    if known is None:
        return
    if known.scores or known.scores_of_no_battle:
        yield _scores(known.scores, known.scores_of_no_battle)
    for ranks in known.ranks:
        yield _ranks(ranks)
    for style in known.style:
        yield from _style(style)
    if known.alpaca_eval:
        yield _alpaca(known.alpaca_eval)


def _means(means: ScaledMeans) -> list[tuple[str, ScaledMean]]:
    rows = [(formats.language_name(row.language), row) for row in means.rows if row.n]
    return [*rows, *([(AVERAGE, means.average)] if means.average and len(rows) > 1 else [])]


def _few(rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    return (FEW_GROUPS,) if any(FEW in cell for row in rows for cell in row) else ()


def _mean_cells(tag: str, mean: ScaledMean) -> tuple[str, ...]:
    few = f" {FEW}" if mean.groups < st.FEW_GROUPS else ""
    ends = formats.DASH
    if formats.known(mean.low) and formats.known(mean.high):
        ends = f"{mean.low:.2f} to {mean.high:.2f}"
    return tag + few, formats.count_words(mean.n), formats.rate_words(mean.mean, 2), ends, _error(mean.error)


def _error(error: float | None) -> str:
    return formats.rate_words(error, 3)


def _scores(scored: tuple[ScoredModel, ...], lone: tuple[ScoresOfNoBattle, ...]) -> Part:
    scales = sorted({f"{one.least:g} to {one.most:g}" for one in scored})
    rows = [(one.set, one.model, *_mean_cells(tag, mean)) for one in scored for tag, mean in _means(one.scores)]
    what = [f"Scores that answers have by themselves ({', '.join(scales)}); the win-rates above are made of them."]
    if lone:
        counted = "; ".join(
            f"{one.model} {', '.join(f'{tag} {count:,}' for tag, count in one.languages.items())}" for one in lone
        )
        what.append(f"Not in the table: scores of answers that are in no battle ({counted}).")
    heads = ("set", "model", "language", "answers", "mean", "interval", "standard error")
    return Part("Single scores", (*what, *_few(rows)), heads, tuple(rows), 3, frozenset({0, 3, 6}))


def _ranks(of: RanksOfSet) -> Part:
    rows = [(one.model, *_mean_cells(tag, mean)) for one in of.ranks.models for tag, mean in _means(one.ranks)]
    what = [
        f"1 is the best of {len(of.ranks.models)}; ties share their places. Of the prompts with a verdict on every two "
        "models."
    ]
    if of.ranks.left_out:
        what.append(f"Left out, as a verdict is missing: {of.ranks.left_out:,} prompts.")
    heads = ("model", "language", "prompts", "mean rank", "interval", "standard error")
    title = f"Mean ranks on {of.set}, judged by {of.judge}"
    return Part(title, (*what, *_few(rows)), heads, tuple(rows), 2, frozenset({2, 5}))


def _style(of: StyleOfSet) -> Iterator[Part]:
    style = of.style
    models = [
        (
            one.model,
            formats.signed(one.strength, 2),
            _ends(one.low, one.high),
            formats.rate_words(one.win_rate),
            formats.signed(one.plain, 2),
        )
        for one in style.models
    ]
    left_out = f" {style.left_out:,} battles without a verdict or a text are left out." if style.left_out else ""
    yield Part(
        f"At equal style, on {of.set}, judged by {of.judge}",
        (
            "Bradley-Terry strengths (log odds) with length, headers, lists and bold of the answers in the regression "
            "(style control as LMSYS 2024 has it, lengths in characters), and the same without them (plain). Ties "
            f"count half; all languages together.{left_out}",
        ),
        ("model", "strength", "interval", "expected win-rate", "plain"),
        tuple(models),
        wide=frozenset({2}),
    )
    features = [(one.name, formats.signed(one.coefficient, 3), _ends(one.low, one.high)) for one in style.features]
    yield Part(
        f"What the judge {of.judge} makes of style, on {of.set}",
        ("Log odds for one standard deviation more of the relative difference, (A - B) / (A + B).",),
        ("feature", "coefficient", "interval"),
        tuple(features),
    )


def _ends(low: float | None, high: float | None) -> str:
    if not formats.known(low) or not formats.known(high):
        return formats.DASH
    return f"{low:+z.2f} to {high:+z.2f}"


def _alpaca(known: tuple[AlpacaEvalOf, ...]) -> Part:
    rows = [
        (
            one.model,
            one.other,
            formats.rate_words(one.figures.win_rate, 4),
            *(formats.signed(value, 3) for value in (one.figures.model, one.figures.length, one.figures.difficulty)),
        )
        for one in known
    ]
    return Part(
        "AlpacaEval's own length-controlled win-rate",
        ("By its regression with the tables that were given: difficulties of prompts, verdicts on gamed baselines.",),
        ("model", "against", "win-rate", "model's coefficient", "length's", "difficulty's"),
        tuple(rows),
        2,
        frozenset({3, 4, 5}),
    )
