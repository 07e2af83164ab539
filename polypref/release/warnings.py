"""What a careful reader would want to know of a dataset before using it."""

from collections import Counter
from collections.abc import Iterable

from ..raters import calibration
from ..stages.counts import FunnelRow, absent_languages
from ..stages.unknown_languages import named_languages
from ..stages.unpaired import LABELS
from .label_facts import one_label_only
from .provenance import Provenance
from .tested_languages import has_test_share, untested_tag

#: What is told of each language: heading -> stages, units and outcomes of the funnel that are added up.
BY_LANGUAGE = {
    "prompts": [("index", "prompts", "kept")],
    "with a pair": [
        *(("pair", "prompts", "kept"), ("verdicts", "prompts", "with_a_pair")),
        ("labels", "prompts", "kept"),  # labels that are kept unpaired: a row is none
    ],
    "pairs": [
        *(("pair", "prompts", "pairs_made"), ("pair", "verdicts", "pairs_made")),
        ("pair", "labels", "kept"),
    ],
    "rejected": [(stage, unit, "rejected") for stage in ("review", "filter") for unit in ("pairs", "rows")],
    "kept": [("filter", "pairs", "kept"), ("filter", "rows", "kept")],
    "in a mixture": [("balance", "pairs", "kept"), ("balance", "rows", "kept")],
}
#: What these are called where a row is a single answer.
_UNPAIRED_HEADS = {"with a pair": "with a row", "pairs": "rows"}


def heads(funnel: Iterable[FunnelRow]) -> list[str]:
    """The headings of what is told of each language.

    Args:
        funnel: the rows of all stages.

    Returns:
        Those of BY_LANGUAGE, by what its rows are.
    """
    unpaired = any(row.unit == LABELS for row in funnel)
    return [_UNPAIRED_HEADS.get(head, head) if unpaired else head for head in BY_LANGUAGE]


def by_head(funnel: Iterable[FunnelRow]) -> dict[str, int]:
    """What BY_LANGUAGE tells of one language. What was taken back since is in no mixture any more.

    Args:
        funnel: the funnel's rows of that language.

    Returns:
        A number for each heading of BY_LANGUAGE, in their order.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in funnel:
        counts[one.stage, one.unit, one.outcome] += one.rows
    row = {head: sum(counts[key] for key in keys) for head, keys in BY_LANGUAGE.items()}
    row["in a mixture"] -= counts["retract", "pairs", "rejected"] + counts["retract", "rows", "rejected"]
    return row


def no_row_in(tags: Iterable[str]) -> str:
    """What is said of languages that were asked for and that no row is in.

    Args:
        tags: the languages.

    Returns:
        A line without a full stop.
    """
    return f"no row in {', '.join(tags)} (asked for by languages)"


def nothing_retracted(given: str, funnel: Iterable[FunnelRow]) -> str:
    """What is said of a changelog that was given and leaves no pair out.

    Args:
        given: the changelog, as it was given.
        funnel: the rows of all stages.

    Returns:
        A line without a full stop; empty where a pair was left out.
    """
    if any(row.rows for row in funnel if row.reason.startswith("retracted: ")):
        return ""
    return f"nothing that was taken back by {given} is in this build (retracted, --retracted)"


def languages_without_rows(record: Provenance) -> str:
    """What is said of languages that a dataset's builder asked for and that no row is in.

    Args:
        record: the dataset's provenance.

    Returns:
        As `no_row_in`; empty where every language has rows.
    """
    listed = dict.fromkeys(row.language for row in record.funnel if row.language)
    absent = absent_languages(listed, record.funnel)
    return no_row_in(absent) if absent else ""


def warnings(record: Provenance) -> list[str]:
    """What a careful reader would want to know before using the data.

    Args:
        record: the dataset's provenance.

    Returns:
        Lines without full stops, the most pressing first.
    """
    lines = [absent] if (absent := languages_without_rows(record)) else []
    row_name, preferred = ("row", "good") if record.unpaired else ("pair", "chosen")
    for name, quotas in record.mixtures.items():
        empty = [tag for tag, row in quotas.items() if not row.given]
        untested = [tag for tag, row in quotas.items() if row.given and not row.test]
        if empty:
            lines.append(f"{name}: no training {row_name} in {', '.join(empty)}")
        if untested and has_test_share(record):
            named = ", ".join(untested_tag(record, tag) for tag in untested)
            lines.append(f"{name}: no test {row_name} in {named}; add prompts or raise the test share")
    lines += one_label_only(record.labels())
    if names := record.unknown_languages:
        lines.append(f"rows left out, as no known language goes by: {named_languages(names[:8])}")
    chosen: Counter[str] = Counter()
    for row in record.facts.models:
        chosen[row.model] += row.chosen
    if chosen.total() and len(chosen) > 1:
        model, rows = chosen.most_common(1)[0]
        if rows > 0.9 * chosen.total():
            lines.append(
                f"{rows / chosen.total():.0%} of the {preferred} answers are by {model}: its style is what is learned"
            )
    lines += [line for rater, rows in record.calibrations() for line in calibration.warnings(rows, rater)]
    if alike := sum(row.alike for row in record.facts.flips):
        lines.append(
            f"{alike:,} rows contradict one another but for their column criterion, which no trainer reads: put the "
            "criterion into the prompts (criterion_in='system', no --criterion-apart)"
        )
    unknown = sorted({row.model for row in record.models if row.licence == "unknown"})
    if unknown:
        # A model that no column names goes by `unknown`, which read as a name says nothing.
        models = ["answers of models that are not named" if one == "unknown" else one for one in unknown]
        lines.append(f"licence unknown: {', '.join(models)}")
    return lines
