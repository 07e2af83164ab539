"""The report's page: one file that holds all it needs, asks the network for nothing, and runs no script but its own.

Its look, its browser of rows and its safety are those of the page that `polypref inspect --html` writes (page_parts).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from ...pages.parts import about, asset, environment, language, policy_hash, script, script_json
from ...pages.plots import Scale
from ..results import Comparison, LanguageFigures, Leaderboard, Ranked, Results
from . import answer_languages, breakdowns, formats, judge_checks, plots, second_vote
from . import battles as battles_of
from . import words as say
from .part import cells_wide


def page(results: Results, battles: pa.Table, per_group: int = battles_of.PER_GROUP) -> str:
    """The page's text.

    Args:
        results: as in results.json.
        battles: tables.BATTLES.
        per_group: the most battles of one comparison, language and outcome.

    Returns:
        HTML; the same results and battles give the same text.
    """
    from markupsafe import Markup

    drawn = battles_of.draw_battles(battles, results.comparisons, per_group)
    css = asset("page/page.css") + asset("evaluation/page.css")
    code = script("evaluation/page.js")
    template = environment().get_template("evaluation/page.html.jinja")
    text: str = template.render(
        results=results,
        say=say,
        formats=formats,
        language=language,
        comparisons=[
            panel(one, number, name)
            for number, (one, name) in enumerate(zip(results.comparisons, short_names(results), strict=True))
        ],
        boards=[board(one) for one in results.leaderboards],
        published=say.published(results),
        second_vote=second_vote,
        judge_checks=judge_checks,
        answer_languages=answer_languages,
        breakdowns=breakdowns,
        cells_wide=cells_wide,
        academic=results.academic.rows if results.academic else (),
        settings=json.dumps(results.settings or {}, indent=1, sort_keys=True, ensure_ascii=False),
        drawn={
            "held": drawn.held.total(),
            "all": drawn.totals.total(),
            "per_group": per_group,
            "seed": battles_of.SEED,
            "budget": battles_of.BUDGET // 1_000_000,
            "several": len(drawn.comparisons) > 1,
        },
        tally=[
            (became, _of(drawn.held, became), _of(drawn.totals, became))
            for became in battles_of.OUTCOMES
            if _of(drawn.totals, became)
        ],
        hashes={"css": policy_hash(css), "script": policy_hash(code)},
        css=Markup(css),
        script=Markup(code),
        data=Markup(page_data(drawn)),
    )
    return text.lstrip()


def _of(counts: Mapping[battles_of.Total, int], became: str) -> int:
    return sum(number for (_, _, outcome), number in counts.items() if outcome == became)


def short_names(results: Results) -> list[str]:
    """What the links to the comparisons say: who met whom, with set and judge where that is not enough.

    Args:
        results: as in results.json.

    Returns:
        A name for each comparison, in their order.
    """
    titles = [say.title(one) for one in results.comparisons]
    return [
        name if titles.count(name) == 1 else say.label(one)
        for name, one in zip(titles, results.comparisons, strict=True)
    ]


def page_data(drawn: battles_of.Drawn) -> str:
    """What the page's script reads: languages, comparisons, totals and battles as JSON.

    Args:
        drawn: the battles of the page.

    Returns:
        JSON that is safe inside a script element, a battle a line.
    """
    totals: list[list[str | int]] = [
        [*group, number, drawn.held[group]] for group, number in sorted(drawn.totals.items())
    ]
    comparisons = [one._asdict() | {"label": say.label(one)} for one in drawn.comparisons]
    tags = {tag for _, tag, _ in drawn.totals}
    head = script_json({"languages": about(tags), "comparisons": comparisons, "totals": totals})
    return f'{head[:-1]},"rows":[\n' + ",\n".join(drawn.rows) + "\n]}"


@dataclass(frozen=True)
class Panel:
    """What the page shows of one comparison: its figures, and their places in plots (see `plots`).

    Attributes:
        of: the comparison; `id` and `short` are its section's and what links to it say.
        marks, half: of the scale of win-rates, and where one half stands on it.
        rows: by win-rate; `by_tag` the same by language.
        unscored, few, joint, controlled: whether any language lacks scores, has few groups, has a joint interval, has
            a length-controlled win-rate.
        diamond, mean, mean_controlled: of the macro average.
        bars, lengths, rates: by language; `length_marks` and `rate_marks` are of their scales.
        reasons: for missing verdicts.
        totals: over the languages.
    """

    id: str
    short: str
    of: Comparison
    marks: list[tuple[float, str]]
    half: float
    rows: list[plots.Line]
    by_tag: list[LanguageFigures]
    unscored: bool
    few: bool
    joint: bool
    controlled: bool
    diamond: dict[str, float] | None
    mean: dict[str, float] | None
    mean_controlled: dict[str, float] | None
    bars: dict[str, list[tuple[str, float, float]]]
    length_marks: list[tuple[float, str]]
    lengths: dict[str, tuple[float | None, float | None]]
    rate_marks: list[tuple[float, str]]
    rates: dict[str, dict[str, float]]
    reasons: list[str]
    totals: dict[str, int]


def panel(comparison: Comparison, number: int, short: str) -> Panel:
    """What the page shows of one comparison.

    Args:
        comparison: its figures.
        number: its place on the page.
        short: what links to it say.

    Returns:
        Figures, and where they stand in plots.
    """
    scale = plots.around_half(comparison)
    rows = plots.forest(comparison, scale)
    by_tag = sorted(comparison.rows, key=lambda row: row.language)
    length_scale, lengths = plots.lengths(by_tag)
    rate_scale, rates = plots.rates(comparison)
    return Panel(
        id=f"c{number}",
        short=short,
        of=comparison,
        marks=scale.marks(),
        half=scale.at(0.5),
        rows=rows,
        by_tag=by_tag,
        unscored=any(row.scored < row.prompts for row in by_tag),
        few=any(row.few for row in rows),
        joint=any("joint_low" in (row.at or {}) for row in rows),
        controlled=any(row.controlled for row in rows),
        diamond=plots.diamond(comparison.average, scale),
        mean=plots.point(comparison.average, scale),
        mean_controlled=plots.point(comparison.average.length_controlled, scale),
        bars={row.language: plots.outcomes(row) for row in by_tag},
        length_marks=length_scale.marks(),
        lengths=lengths,
        rate_marks=rate_scale.marks(),
        rates=rates,
        reasons=[reason for reason, _ in say.reasons_of(comparison)],
        totals={
            "wins": sum(row.wins for row in by_tag),
            "ties": sum(row.ties for row in by_tag),
            "losses": sum(row.losses for row in by_tag),
            "unparsed": sum(row.unparsed for row in by_tag),
        },
    )


@dataclass(frozen=True)
class Place:
    """A model's place in a leaderboard's plot: where its strength stands, and its interval's ends (none, or two)."""

    of: Ranked
    at: float
    ends: list[float]


@dataclass(frozen=True)
class BoardPanel:
    """What the page shows of one leaderboard.

    Attributes:
        of: the leaderboard.
        marks: of the scale of strengths.
        models: the best first; `names` are theirs.
        languages: tag, expected scores in the order of the names, and models that are not linked with the first.
    """

    of: Leaderboard
    marks: list[tuple[float, str]]
    models: list[Place]
    names: list[str]
    languages: list[tuple[str, list[float | None], tuple[str, ...]]]


def board(of: Leaderboard) -> BoardPanel:
    """What the page shows of one leaderboard.

    Args:
        of: its figures.

    Returns:
        Figures, and where they stand in plots.
    """
    models = of.overall.models
    scale, names = plots.strengths(models), [one.model for one in models]
    languages = []
    for tag, own in of.languages.items():
        rates = {one.model: one.win_rate for one in own.models}
        languages.append((tag, [rates.get(name) for name in names], own.unlinked))
    places = [Place(one, scale.at(one.strength), _at([one.low, one.high], scale)) for one in models]
    return BoardPanel(of, scale.marks(), places, names, languages)


def _at(values: list[float | None], scale: Scale) -> list[float]:
    return [scale.at(value) for value in values if formats.known(value)]
