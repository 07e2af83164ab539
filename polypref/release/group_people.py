"""Whose each released pair is, and what is published of the groups that the sources state of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..files import sql
from ..pipeline.builder import Builder
from ..pipeline.run import Built
from ..raters.contract import is_given
from ..stages import pool
from ..stages.vote_agreement import LEAST_PEOPLE, people_in_words
from .coarse_groups import coarse_groups
from .facts import OTHER, GroupPeople

#: An occasion of a build with several sources begins with its source's name and a line's end.
SOURCE = "CASE WHEN contains(p.occasion, chr(10)) THEN split_part(p.occasion, chr(10), 1) END"
# A vote is known by whose it is, scores by their occasion; one on which several people scored is nobody's. A pair that
# reviewers turned round, or whose rejected answer a check made the worse one, says what no person said.
_PAIRS = f"""
SELECT p.pair_id, p.language, p.rater, {SOURCE}, g.person
FROM {{pairs}} p JOIN {{ranked}} USING (pair_id) JOIN (
  SELECT prompt_id, coalesce(annotator, concat(chr(10), occasion)) AS judge, min(person) AS person
  FROM {{people}} GROUP BY ALL HAVING count(DISTINCT person) = 1) g
ON g.prompt_id = p.prompt_id AND g.judge = coalesce(p.annotator, concat(chr(10), p.occasion))
WHERE p.by_check IS NULL AND p.review IS DISTINCT FROM 'relabelled' ORDER BY ALL
"""
_STATED = """
SELECT person, struct_extract(one, 'group') AS name, min(struct_extract(one, 'value')),
       count(DISTINCT struct_extract(one, 'value')), min(place)
FROM (SELECT person, unnest(groups) AS one, generate_subscripts(groups, 1) AS place FROM {people})
GROUP BY person, name ORDER BY ALL
"""

Circle = tuple[str, str, str | None]
"""The people of a language, rater and source."""


@dataclass(frozen=True)
class Persons:
    """Whose each released pair is.

    Attributes:
        of_pair: pair -> person.
        circles: the people who are seen together -> how many released pairs are of each.
        groups: circle and person -> their groups with the values that are published.
    """

    of_pair: Mapping[str, str] = field(default_factory=dict)
    circles: Mapping[Circle, Mapping[str, int]] = field(default_factory=dict)
    groups: Mapping[tuple[Circle, str], tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def by_rater(self) -> dict[tuple[str, str, str], tuple[tuple[str, str], ...]]:
        """The published groups by language, rater and person, whose pseudonym is of one source.

        Returns:
            Key -> groups with their values.
        """
        return {(language, rater, one): groups for ((language, rater, _), one), groups in self.groups.items()}

    def counted(self) -> list[GroupPeople]:
        """How many people the groups are of.

        Returns:
            A row for each language and group, sorted by language, groups as they are declared.
        """
        seen: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for ((language, _, _), person), groups in self.groups.items():
            for group, value in groups:
                seen[language, group][person] = value
        rows = []
        for (language, group), values in sorted(seen.items(), key=lambda one: one[0][0]):
            counts = Counter(values.values())
            others = people_in_words(counts[OTHER]) or "0"
            rows.append(
                GroupPeople(language, group, people_in_words(len(values)), others, len(counts.keys() - {OTHER}))
            )
        return rows


def states_groups(builder: Builder) -> bool:
    """Whether the pairs of a build are published with groups of whose they are.

    Args:
        builder: the declared dataset.

    Returns:
        Whether a source whose pairs are each one person's states groups, and the builder publishes anything of people.
    """
    return any(builder.sources[place].fields.annotator_groups for place in _of_persons(builder))


def names_who_scored(builder: Builder) -> bool:
    """Whether a source of a build names who scored, so that its pairs are published with their pseudonyms.

    Args:
        builder: the declared dataset.

    Returns:
        Whether one does, and the builder publishes anything of people.
    """
    return any(builder.sources[place].fields.annotator is not None for place in _of_persons(builder))


def _of_persons(builder: Builder) -> Iterator[int]:
    """The places of the sources whose pairs are each one person's."""
    for way in builder.ways if builder.people == "pseudonyms" else ():
        for place, source in enumerate(builder.sources):
            verdict = source.fields.verdict
            if source.name not in way.sources or not is_given(way.rater):
                continue
            if (verdict is None and source.fields.annotator is not None) or (
                verdict and verdict.rater == way.rater.name and (way.join, way.pairs.rule) == ("each", "given")
            ):
                yield place


def persons_of(built: Built) -> Persons:
    """Whose each released pair is, and what may be published of their groups.

    Args:
        built: the finished run.

    Returns:
        Nobody where no source names who scored or judged beside the verdicts.
    """
    people = pool.row_files(built.rows, pool.PEOPLE)
    if not people or not (states_groups(built.builder) or names_who_scored(built.builder)):
        return Persons()
    pairs, ranked = (one.path / f"{name}-*.parquet" for one, name in ((built.pair, "pairs"), (built.ranked, "ranked")))
    con = sql.connect(reads=[built.pair.path, built.ranked.path, *people])
    names = {"pairs": sql.parquet(pairs), "ranked": sql.parquet(ranked), "people": sql.parquet(*people)}
    rows = con.execute(_PAIRS.format(**names)).fetchall()
    stated = con.execute(_STATED.format(**names)).fetchall()
    con.close()
    circles: dict[Circle, Counter[str]] = defaultdict(Counter)
    for _, language, rater, source, person in rows:
        circles[language, rater, source][person] += 1
    groups = _published(circles, stated) if states_groups(built.builder) else {}
    return Persons({pair: person for pair, *_, person in rows}, circles, groups)


def _published(
    circles: Mapping[Circle, Mapping[str, int]], stated: Iterable[tuple[str, str, str | None, int, int]]
) -> dict[tuple[Circle, str], tuple[tuple[str, str], ...]]:
    """The groups of each person in each circle; of two values that are stated of one person neither counts."""
    values: dict[str, dict[str, str]] = defaultdict(dict)
    places: dict[str, dict[str, int]] = defaultdict(dict)
    for person, group, value, several, place in stated:
        values[person][group] = value or "" if several == 1 else ""
        places[person][group] = place
    by_source: dict[str | None, list[Circle]] = defaultdict(list)
    for circle in circles:
        by_source[circle[2]].append(circle)
    published = {}
    for several_circles in by_source.values():
        people = sorted({person for circle in several_circles for person in circles[circle]})
        order = {group: place for person in people for group, place in places[person].items()}
        names = sorted(order, key=lambda group: (order[group], group))
        own = {person: tuple(values[person].get(group, "") for group in names) for person in people}
        coarse = coarse_groups(own, [list(circles[circle]) for circle in several_circles])
        for circle in several_circles if names else ():
            enough = len(circles[circle]) >= LEAST_PEOPLE
            for person in circles[circle]:
                kept = coarse[person] if enough else (OTHER,) * len(names)
                published[circle, person] = tuple(zip(names, kept, strict=True))
    return published
