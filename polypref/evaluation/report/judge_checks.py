"""What `polypref judge-check` says of an evaluation's judges, as its first page says it; plain text."""

from collections.abc import Iterator

from ..results import CheckedJudge, Results
from . import formats


def doubts(results: Results) -> Iterator[str]:
    """Languages in which a judge is under its bar or was not checked, and judges without a check.

    Args:
        results: as in results.json.

    Yields:
        sentences on a judge each; none where no check was given.
    """
    for one in results.judge_checks:
        bar, lines = f"the bar of {one.bar:g}", []
        if one.below:
            where = formats.language_names(one.below)
            lines.append(f"Do not rely on the judge {one.judge} in {where}: there it is under {bar}.")
        if one.unchecked:
            where = formats.language_names(one.unchecked)
            lines.append(f"The judge {one.judge} was never checked against {bar} in {where}.")
        if one.too_few:
            where = formats.language_names(one.too_few)
            lines.append(f"The judge {one.judge} was checked with too few prompts to reach {bar} in {where}.")
        if lines:
            yield " ".join([*lines, _source(results, one)])
    checked = {one.judge for one in results.judge_checks}
    for judge in results.judges if checked else ():
        if judge.name not in checked:
            yield f"Of the judge {judge.name} no check was given (polypref judge-check)."


def assurances(results: Results) -> Iterator[str]:
    """Languages in which a judge reaches its bar.

    Args:
        results: as in results.json.

    Yields:
        a sentence or two on a judge; none where no check was given.
    """
    for one in results.judge_checks:
        if one.passes:
            where = formats.language_names(one.passes)
            yield f"The judge {one.judge} reaches the bar of {one.bar:g} in {where}. {_source(results, one)}"


def _source(results: Results, checked: CheckedJudge) -> str:
    """Who was checked, and by which polypref."""
    facts = next((one for one in results.judges if one.name == checked.judge), None)
    model = facts.model if facts else None
    who = f"model {model}, revision {formats.revision(facts.revision)}, " if facts and model else ""
    return f"(Checked by polypref judge-check: {who}polypref {checked.polypref}, at {checked.level:.0%}.)"
