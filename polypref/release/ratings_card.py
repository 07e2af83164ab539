"""What a card says of the config of ratings."""

from collections import Counter

from ..console.escaping import markdown
from .provenance import Provenance, RatingsPart
from .ratings_facts import RatingsFacts, sum_over_languages

_HEAD = """### All ratings

The config `ratings` (and `ratings-LANGUAGE`) holds what raters gave to all answers that the checks let be chosen or be
rejected, in a pair or not; its prompts and their splits are those of the pairs. A row is what one rater says of one
answer: a `score` with its `aspects`, or how the answer did in a `verdict` on it and another (`compared_with`), so a
verdict is two rows. `rationale` is why, in the rater's words; `not_chosen` and `not_rejected` name the check for which
an answer could not be that. Scores are comparable within a prompt and rater only.

| rater | answers | scores | lowest | highest | aspects | verdicts | rationales |
|---|---:|---:|---:|---:|---|---:|---:|"""


def ratings_section(record: Provenance) -> str:
    """The card's section about all ratings.

    Args:
        record: provenance of the dataset.

    Returns:
        Markdown without its last line end; empty where they are not published.
    """
    if record.ratings is None:
        return ""
    rows = [_row_of(one) for one in sum_over_languages(record.ratings.facts)]
    return "\n".join([_HEAD, *rows]) + _left_out(record.ratings)


def _row_of(one: RatingsFacts) -> str:
    ends = ["" if end is None else f"{end:.6g}" for end in (one.lowest, one.highest)]
    counts = [f"{one.answers:,}", f"{one.scores:,}", *ends, markdown(", ".join(one.aspects))]
    return f"| {' | '.join([markdown(one.rater), *counts, f'{one.verdicts // 2:,}', f'{one.rationales:,}'])} |"


def _left_out(part: RatingsPart) -> str:
    """Which scores and verdicts of the build are not among them, over all languages."""
    counts = Counter[tuple[str, str]]()
    for row in part.funnel:
        if row.outcome in ("rejected", "unused"):
            counts[row.unit, row.reason] += row.rows
    listed = ", ".join(f"{rows:,} {unit} ({markdown(reason)})" for (unit, reason), rows in sorted(counts.items()))
    return f"\n\nOf those that the build has, not among them: {listed}." if listed else ""
