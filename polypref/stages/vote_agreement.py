"""How far the people agree who judged the same answers, by language: for the card of a dataset."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..files import sql
from ..files.records import OMIT_DEFAULT, Count, Text
from ..layouts.fields import Fields
from ..shares import krippendorff
from .verdict_pairs import VOTER

#: Groups of fewer people are not counted where others can read it: their number would tell who they are.
LEAST_PEOPLE = 5

# How often each side was said of two answers that several people judged; each person says one thing, and one who says
# several things of the same two says none of them. The first answer is the one that its rows name first.
_BALLOTS = """
WITH sides AS (
  SELECT v.prompt_id, p.language, least(v.completion_a, v.completion_b) AS low,
         greatest(v.completion_a, v.completion_b) AS high, v.completion_a, v.preferred,
         {voter} AS voter, v.annotator
  FROM {verdicts} v JOIN {index} p USING (prompt_id) WHERE v.rater = {rater}),
turned AS (
  SELECT *, CASE WHEN completion_a = min(completion_a) OVER (PARTITION BY prompt_id, low, high) THEN preferred
                 WHEN preferred = 'a' THEN 'b' WHEN preferred = 'b' THEN 'a' ELSE preferred END AS side
  FROM sides),
ballots AS (
  SELECT prompt_id, language, low, high, voter, any_value(annotator) AS annotator,
         CASE WHEN count(DISTINCT side) = 1 THEN min(side) ELSE 'disagreement' END AS side
  FROM turned GROUP BY ALL)
"""
_PAIRS = """
SELECT language, a, b, tie, other, count(*) FROM (
  SELECT language, count(*) FILTER (side = 'a') AS a, count(*) FILTER (side = 'b') AS b,
         count(*) FILTER (side = 'tie') AS tie, count(*) FILTER (side NOT IN ('a', 'b', 'tie')) AS other
  FROM ballots GROUP BY prompt_id, language, low, high)
GROUP BY ALL ORDER BY ALL
"""
# The place of ties among the sides of a pair.
_TIE = 2
_PEOPLE = "SELECT language, count(DISTINCT annotator) FROM ballots WHERE annotator IS NOT NULL GROUP BY ALL"


@dataclass(frozen=True)
class VoteAgreement:
    """How far those agree who judged the same answers, of one rater and language.

    Attributes:
        rater: as which they count.
        language: of the prompts.
        people: how many there are, by their pseudonyms; `under 5` for fewer, empty where the source names nobody.
        pairs: how many pairs of answers several of them judged.
        votes: how many verdicts they gave on these.
        unanimous: on how many of the pairs all of them say the same.
        alpha: Krippendorff's alpha of what they say (first, second, tie): 1 for full agreement, 0 for chance; None
            where all always said the same.
        ties: how many of the verdicts see a tie; None in datasets of before 0.3.
    """

    rater: Text
    language: Text
    people: Text
    pairs: Count
    votes: Count
    unanimous: Count
    alpha: float | None
    ties: Count | None = field(default=None, metadata=OMIT_DEFAULT)

    @property
    def tied(self) -> float | None:
        """The share of the verdicts that see a tie; None where that is not known."""
        return None if self.ties is None or not self.votes else self.ties / self.votes

    @property
    def agreed(self) -> float | None:
        """The share of the pairs of which all say the same; None where there is no pair."""
        return self.unanimous / self.pairs if self.pairs else None


def several_judge(declared: Iterable[Fields], rater: str) -> bool:
    """Whether sources have verdicts of several people that count as one rater.

    Args:
        declared: what the sources declare.
        rater: its name.

    Returns:
        whether a verdict of it names people, stands in several columns or in a list, or need not be unanimous.
    """
    kinds = [one.verdict for one in declared if one.verdict and one.verdict.rater == rater]
    return any(
        kind.annotator is not None or kind.each is not None or len(kind.columns) > 1 or kind.join != "unanimous"
        for kind in kinds
    )


def vote_agreement(con: sql.Connection, verdicts: Sequence[Path], index: Path, rater: str) -> list[VoteAgreement]:
    """Counts how far those agree who judged the same answers.

    Args:
        con: a connection that may read the files.
        verdicts: files of verdicts (schema.VERDICTS).
        index: a pattern of files that name the prompts of the build, with their languages.
        rater: whose verdicts.

    Returns:
        a row for each language in which several people judged two answers, sorted.
    """
    if not verdicts:
        return []
    ballots = _BALLOTS.format(
        verdicts=sql.parquet(*verdicts), index=sql.parquet(index), rater=sql.quote(rater), voter=VOTER
    )
    people = dict(con.execute(ballots + _PEOPLE).fetchall())
    units: dict[str, Counter[tuple[int, ...]]] = {}
    for language, *sides, pairs in con.execute(ballots + _PAIRS).fetchall():
        if sum(sides) > 1:
            units.setdefault(language, Counter())[tuple(sides)] += pairs
    return [
        VoteAgreement(
            rater,
            language,
            people_in_words(people.get(language, 0)),
            of_language.total(),
            sum(sum(sides) * pairs for sides, pairs in of_language.items()),
            sum(pairs for sides, pairs in of_language.items() if max(sides) == sum(sides)),
            krippendorff(of_language),
            sum(sides[_TIE] * pairs for sides, pairs in of_language.items()),
        )
        for language, of_language in sorted(units.items())
    ]


def people_in_words(number: int) -> str:
    """A number of people where others can read it.

    Args:
        number: how many.

    Returns:
        It, or that they are fewer than a number that tells nobody; empty for none.

    Example:
        >>> people_in_words(12), people_in_words(3), people_in_words(0)
        ('12', 'under 5', '')
    """
    return "" if not number else f"under {LEAST_PEOPLE}" if number < LEAST_PEOPLE else str(number)
