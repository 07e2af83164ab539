"""The report's page: one file that holds all it needs, asks the network for nothing, and runs no script but its own.

Its look, its browser of rows and its safety are those of the page that `polypref inspect --html` writes (page_parts).
"""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ...pages.parts import about, asset, environment, language, policy_hash, script, script_json
from . import battles as battles_of
from . import plots
from . import words as say

#: What results can lack.
_LISTS: dict[str, Any] = {key: [] for key in ("sets", "models", "judges", "leaderboards", "agreement", "limits")}


def page(results: dict[str, Any], battles: pa.Table, per_group: int = battles_of.PER_GROUP) -> str:
    """The page's text.

    Args:
        results: as in results.json.
        battles: tables.BATTLES.
        per_group: the most battles of one comparison, language and outcome.
    """
    from markupsafe import Markup

    drawn = battles_of.draw(battles, results["comparisons"], per_group)
    css = asset("page/page.css") + asset("evaluation/page.css")
    code = script("evaluation/page.js")
    template = environment().get_template("evaluation/page.html.jinja")
    text: str = template.render(
        results=_LISTS | results,
        say=say,
        language=language,
        comparisons=[
            panels(one, number) | {"short": name}
            for number, (one, name) in enumerate(zip(results["comparisons"], short_names(results), strict=True))
        ],
        boards=[board(one) for one in results.get("leaderboards") or ()],
        published=say.published(results),
        academic=(results.get("academic") or {}).get("rows") or [],
        settings=json.dumps(results.get("settings") or {}, indent=1, sort_keys=True, ensure_ascii=False),
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


def short_names(results: Mapping[str, Any]) -> list[str]:
    """What the links to the comparisons say: who met whom, with set and judge where that is not enough."""
    titles = [say.title(one) for one in results["comparisons"]]
    return [
        name if titles.count(name) == 1 else say.label(one)
        for name, one in zip(titles, results["comparisons"], strict=True)
    ]


def page_data(drawn: battles_of.Drawn) -> str:
    """What the page's script reads: languages, comparisons, totals and battles as JSON."""
    totals: list[list[str | int]] = [
        [*group, number, drawn.held[group]] for group, number in sorted(drawn.totals.items())
    ]
    comparisons = [one | {"label": say.label(one)} for one in drawn.comparisons]
    tags = {tag for _, tag, _ in drawn.totals}
    head = script_json({"languages": about(tags), "comparisons": comparisons, "totals": totals})
    return f'{head[:-1]},"rows":[\n' + ",\n".join(drawn.rows) + "\n]}"


def panels(comparison: say.Figures, number: int) -> dict[str, Any]:
    """What the page shows of one comparison: its plots' places beside its figures."""
    scale = plots.around_half(comparison)
    rows = plots.forest(comparison, scale)
    by_tag = sorted(comparison["rows"], key=lambda row: row["language"])
    length_scale, lengths = plots.lengths(by_tag)
    rate_scale, rates = plots.rates(comparison)
    return {
        "id": f"c{number}",
        "of": comparison,
        "marks": scale.marks(),
        "half": scale.at(0.5),
        "rows": rows,
        "by_tag": by_tag,
        "unscored": any(row["scored"] < row["prompts"] for row in by_tag),
        "few": any(row["few"] for row in rows),
        "joint": any("joint_low" in (row["at"] or {}) for row in rows),
        "diamond": plots.diamond(comparison["average"], scale),
        "bars": {row["language"]: plots.outcomes(row) for row in by_tag},
        "length_marks": length_scale.marks(),
        "lengths": lengths,
        "mean_controlled": plots.point(comparison["average"].get("length_controlled"), scale),
        "mean": plots.point(comparison["average"], scale),
        "controlled": any(row["controlled"] for row in rows),
        "rate_marks": rate_scale.marks(),
        "rates": rates,
        "reasons": [reason for reason, _ in say.reasons_of(comparison)],
        "totals": {key: sum(row[key] for row in by_tag) for key in ("prompts", "wins", "ties", "losses", "unparsed")},
    }


def board(found: say.Figures) -> dict[str, Any]:
    """What the page shows of one leaderboard."""
    overall, scale = found["overall"], plots.strengths(found["overall"]["models"])
    names = [one["model"] for one in overall["models"]]
    by_language = []
    for tag, own in found["languages"].items():
        rates = {one["model"]: one["win_rate"] for one in own["models"]}
        by_language.append((tag, [rates.get(name) for name in names], own["unlinked"]))
    return {
        "of": found,
        "marks": scale.marks(),
        "models": [
            one
            | {
                "at": scale.at(one["strength"]),
                "ends": [scale.at(one[n]) for n in ("low", "high") if say.known(one[n])],
            }
            for one in overall["models"]
        ],
        "names": names,
        "languages": by_language,
    }
