"""What a card says of the config of ratings, measured on its files: who rated how many answers, and on which scale."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..files import sql
from ..files.records import Count, Text

_FACTS = """
SELECT language, rater, count(DISTINCT completion_id) AS answers, count(score) AS scores, count(verdict) AS verdicts,
       count(rationale) AS rationales, min(score) AS lowest, max(score) AS highest,
       coalesce(list_sort(list_distinct(flatten(list(list_transform(aspects, lambda one: one.aspect))))), []) AS aspects
FROM {files} GROUP BY ALL ORDER BY language, rater
"""


@dataclass(frozen=True)
class RatingsFacts:
    """What one rater gave to the published answers of one language.

    Attributes:
        language: the language.
        rater: the rater's name.
        answers: how many answers it rated.
        scores: rows with a score.
        verdicts: rows of a verdict; a verdict is two, one for each of its answers.
        rationales: rows with words of why.
        lowest, highest: of the scores; None where there are none.
        aspects: names of the aspects, sorted.
    """

    language: Text
    rater: Text
    answers: Count
    scores: Count
    verdicts: Count
    rationales: Count
    lowest: float | None = None
    highest: float | None = None
    aspects: list[Text] = field(default_factory=list)


def measure_ratings(files: Sequence[Path]) -> list[RatingsFacts]:
    """Measures the files of the config of ratings.

    Args:
        files: all of them, whose footers were checked or which were written here.

    Returns:
        A row for each language and rater.
    """
    with sql.connect(reads=list(files)) as con:
        return sql.records(con.sql(_FACTS.format(files=sql.parquet(*files))), RatingsFacts)


def sum_over_languages(facts: Sequence[RatingsFacts]) -> list[RatingsFacts]:
    """The same over all languages.

    Args:
        facts: a row for each language and rater.

    Returns:
        A row for each rater, of language "", sorted by name.
    """
    raters = sorted({one.rater for one in facts})
    return [_sum_of(rater, [one for one in facts if one.rater == rater]) for rater in raters]


def _sum_of(rater: str, rows: Sequence[RatingsFacts]) -> RatingsFacts:
    return RatingsFacts(
        "",
        rater,
        sum(one.answers for one in rows),
        sum(one.scores for one in rows),
        sum(one.verdicts for one in rows),
        sum(one.rationales for one in rows),
        min((one.lowest for one in rows if one.lowest is not None), default=None),
        max((one.highest for one in rows if one.highest is not None), default=None),
        sorted({aspect for one in rows for aspect in one.aspects}),
    )
