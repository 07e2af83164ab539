"""What is told of rows that cannot be used, where they are too many."""

from collections import Counter
from collections.abc import Sequence

from ..console.escaping import one_line
from ..errors import UserError
from ..files.encodings import utf8_advice
from ..layouts.rows import NO_LANGUAGE, UNKNOWN_LANGUAGE
from ..layouts.source import Source
from .advice import language_advice, score_advice
from .counts import Funnel
from .declarations import declaration_advice
from .unknown_languages import named_languages, unknown_names

# Unknown names that a sentence lists.
_NAMES_IN_A_MESSAGE = 5


def unread_reasons(funnel: Funnel) -> Counter[str]:
    """How many rows, or parts of rows, could not be read.

    Args:
        funnel: the counts of the stage read.

    Returns:
        reason -> how many.
    """
    rows = Counter[str]()
    for (_, outcome, reason), number in funnel.items():
        if outcome in ("rejected", "part_rejected"):
            rows[reason] += number
    return rows


def too_many_bad(
    source: Source, lines: int, bad: int, limit: float, rejected: Sequence[Sequence[str]], reasons: Counter[str]
) -> UserError:
    """What is raised where too many rows of a source cannot be used.

    Args:
        source: the source.
        lines: how many rows it has, as far as they were read.
        bad: how many of them cannot be used.
        limit: share of them that may be bad, 0 to 1.
        rejected: language, place, reason and detail of each.
        reasons: as `unread_reasons` counts them.

    Returns:
        the error; it names the commonest reason, with the first place, and what to do.
    """
    places = {row[2]: place for place, row in reversed(list(enumerate(rejected)))}
    reason, count = max(reasons.items(), key=lambda item: (item[1], -places[item[0]]))  # of equals the first met
    examples = [row for row in rejected if row[2] == reason]
    _, place, _, detail = examples[0]
    details = [row[3] for row in examples]
    alike = len(set(details)) == 1  # then the number of the reason is that of the detail too
    shown = one_line(detail)
    often = f"{reason}{f' {shown}' if shown and alike else ''} ({count:,}), first at {place}"
    often += f" ({shown})" if shown and not alike else ""
    names = Counter(detail for detail in details if reason == UNKNOWN_LANGUAGE and detail != NO_LANGUAGE)
    by_name = f"; by name: {named_languages(unknown_names(names, _NAMES_IN_A_MESSAGE))}" if names else ""
    keep = language_advice(source, reason, details) + score_advice(reason, details)
    keep += declaration_advice(source, reason, detail)
    keep += f"; {utf8_advice(detail)}" if reason == "not_utf8" else ""
    return UserError(
        f"source '{source.name}': {bad:,} of {lines:,} rows cannot be used (at most {limit:.2%} may be bad); most "
        f"often {often}{by_name}{keep}; mend the rows or column names, or raise "
        "max_bad (--max-bad)"
    )
