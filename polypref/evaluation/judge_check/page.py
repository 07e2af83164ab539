"""The page of a judge's check: one file that holds all it needs, asks the network for nothing, and runs no script."""

from ...pages.parts import asset, environment, language, policy_hash
from ...pages.plots import Scale
from ..report import formats
from ..report import words as evaluation_words
from . import report
from . import words as say
from .known_winners import KINDS
from .results import Checks, JudgeCheck

#: Shares from none to all.
_SCALE = Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def page(results: JudgeCheck) -> str:
    """The page's text.

    Args:
        results: as in judge_check.json.

    Returns:
        HTML; the same results give the same text.
    """
    from markupsafe import Markup

    css = asset("page/page.css") + asset("evaluation/page.css")
    template = environment().get_template("evaluation/judge_check.html.jinja")
    text: str = template.render(
        results=results,
        say=say,
        formats=formats,
        language=language,
        marks=_SCALE.marks(),
        bar=_SCALE.at(results.settings.bar),
        places={row.language: places(row) for row in (*results.languages, results.every)},
        kinds=say.kinds_of(results),
        kind_words=KINDS,
        writers=report.by_writer(results),
        facts=evaluation_words.judge_facts(results.judge),
        left_out=say.not_made_lines(results),
        hashes={"css": policy_hash(css), "script": policy_hash("")},
        css=Markup(css),
    )
    return text.lstrip()


def places(row: Checks) -> dict[str, float]:
    """Where the share of right verdicts and its interval stand, in per cent of a plot's width.

    Args:
        row: a language's figures.

    Returns:
        `at`, `low` and `high`, as far as they are known.
    """
    known = {"at": row.known.share, "low": row.known.low, "high": row.known.high}
    return {name: _SCALE.at(value) for name, value in known.items() if value is not None}
