"""What a dataset publishes of who judged: pseudonyms, and for groups of few people one word for all of them.

Where each vote is a row of its own, the column `annotator` says whose it is, by a pseudonym that is salted with a
secret of the build's folder. Of a group (the people of one language, rater and source who have a row of pairs) of under
five nobody is told apart; of a larger one those with under five rows are not, together with so many of the next fewest
rows that they are five at least. Who stands in no row of pairs, but may in one of all ratings, is not told apart
either, and makes up none of the five: a reader of the pairs alone must not meet an `other` who are four.

The column `rationale` holds why the chosen answer of a pair is the better one, in the words of who judged; those that
came with a source are not published where the builder publishes nothing of people.

The column `annotator_groups` holds what the sources state of whose pair a row is, made coarse as `coarse_groups` says;
of those who share all of it in a circle those who are not told apart are five at least, or none. Where scores are one
person's whom their source names, `annotator` says whose they are too.

The column `occasion` says which rows of a prompt are of one person comparing answers at one time. It is another text
under every prompt, so that nobody can be followed from prompt to prompt by it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from .. import schema
from ..files import sql
from ..pipeline.builder import Builder
from ..pipeline.run import Built
from ..raters.contract import is_given, marked_raters
from ..stages import pool
from ..stages.retracted import Retracted
from ..stages.vote_agreement import LEAST_PEOPLE
from .facts import OTHER, GroupPeople
from .group_people import SOURCE, Circle, names_who_scored, persons_of, states_groups

_JUDGES = """
SELECT DISTINCT r.language, p.rater, {source}, p.annotator, 0
FROM {verdicts} p JOIN (SELECT prompt_id, any_value(language) AS language FROM {pairs} JOIN {ranked} USING (pair_id)
                        GROUP BY prompt_id) r USING (prompt_id)
WHERE p.annotator IS NOT NULL ORDER BY ALL
"""
_ROWS = """
SELECT p.language, p.rater, {source}, p.annotator, count(*)
FROM {pairs} p JOIN {ranked} USING (pair_id) WHERE p.annotator IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
_RATIONALES = """
SELECT pair_id FROM {pairs} p JOIN {ranked} USING (pair_id)
WHERE p.rationale IS NOT NULL AND NOT list_contains(?::VARCHAR[], p.rater) LIMIT 1
"""


@dataclass(frozen=True)
class People:
    """What is published of people.

    Attributes:
        columns: which of schema.PEOPLE, schema.RATIONALE and schema.ANNOTATOR_GROUPS the dataset has.
        named: (language, rater, pseudonym) of those who are told apart; a pseudonym is of one source.
        silent: raters of whose people no rationale is published.
        taken: what was taken back; a rationale that is such a text is left empty.
        of_pair: pair -> whose it is, where its source names who scored, or states groups.
        groups: (language, rater, pseudonym) -> the groups of a person, with the values that are published.
        group_people: how many people these are of.
    """

    columns: tuple[str, ...] = ()
    named: frozenset[tuple[str, str, str]] = frozenset()
    silent: frozenset[str] = frozenset()
    taken: Retracted = field(default_factory=Retracted)
    of_pair: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[tuple[str, str, str], Sequence[tuple[str, str]]] = field(default_factory=dict)
    group_people: Sequence[GroupPeople] = ()

    def values(self, table: pa.Table) -> dict[str, pa.Array]:
        """The columns of some rows.

        Args:
            table: pairs (schema.PAIRS and more).

        Returns:
            Name -> values, for each of `columns`.
        """
        values: dict[str, Iterable[str | None]] = {}
        of_somebody = {"annotator", schema.ANNOTATOR_GROUPS}.intersection(self.columns)
        whose = self._persons(table) if of_somebody else []
        if "annotator" in self.columns:
            values["annotator"] = map(self._annotator, *_columns(table, "language", "rater"), whose)
        if "occasion" in self.columns:
            values["occasion"] = map(_occasion, *_columns(table, "prompt_id", "occasion"))
        if schema.RATIONALE in self.columns:
            values[schema.RATIONALE] = map(self._rationale, *_columns(table, "rater", schema.RATIONALE))
        columns = {name: pa.array(values[name], pa.string()) for name in self.columns if name in values}
        if schema.ANNOTATOR_GROUPS in self.columns:
            groups = map(self._groups, *_columns(table, "language", "rater"), whose)
            columns[schema.ANNOTATOR_GROUPS] = pa.array(groups, schema.GROUPS)
        return columns

    def _persons(self, table: pa.Table) -> list[str | None]:
        """Whose each row is: whose vote, or whose scores its pair is of."""
        votes: list[str | None] = table["annotator"].to_pylist()
        if not self.of_pair or "pair_id" not in table.column_names:
            return votes
        return [vote or self.of_pair.get(pair) for vote, pair in zip(votes, table["pair_id"].to_pylist(), strict=True)]

    def _groups(self, language: str, rater: str, person: str | None) -> list[dict[str, str]] | None:
        stated = None if person is None else self.groups.get((language, rater, person))
        return None if stated is None else [{"group": group, "value": value} for group, value in stated]

    def _annotator(self, language: str, rater: str, pseudonym: str | None) -> str | None:
        if pseudonym is None:
            return None
        return pseudonym if (language, rater, pseudonym) in self.named else OTHER

    def _rationale(self, rater: str, words: str | None) -> str | None:
        silent = words is None or rater in self.silent or self.taken.has_text(words)
        return None if silent else words


def _columns(table: pa.Table, *names: str) -> list[list[str]]:
    return [table[name].to_pylist() for name in names]


def _occasion(prompt: str, occasion: str | None) -> str | None:
    pseudonym = (occasion or "").rpartition("\n")[2]
    if not pseudonym or pseudonym.startswith(schema.ROW):
        return None
    return schema.make_id("occasion", prompt, pseudonym)[:16]


def people_of(built: Built) -> People:
    """What a build publishes of people.

    Args:
        built: the finished run.

    Returns:
        The columns, and who is told apart.
    """
    silent = _silent_raters(built.builder)
    columns = people_columns(built.builder) + ((schema.RATIONALE,) if _has_rationales(built, silent) else ())
    if "annotator" not in columns:
        return People(columns, silent=silent, taken=built.retracted)
    persons = persons_of(built)
    columns += (schema.ANNOTATOR_GROUPS,) if states_groups(built.builder) else ()
    pairs, ranked = (one.path / f"{name}-*.parquet" for one, name in ((built.pair, "pairs"), (built.ranked, "ranked")))
    con = sql.connect(reads=[built.pair.path, built.ranked.path])
    files = {"pairs": sql.parquet(pairs), "ranked": sql.parquet(ranked)}
    counted = con.execute(_ROWS.format(**files, source=SOURCE)).fetchall()
    con.close()
    counted += _people_of_verdicts(built) if built.builder.ratings else []
    circles = {circle: dict(rows) for circle, rows in persons.circles.items()}
    for language, rater, source, pseudonym, rows in counted:
        circles.setdefault((language, rater, source), {}).setdefault(pseudonym, rows)
    groups: dict[Circle, dict[str, tuple[tuple[str, str], ...]]] = defaultdict(dict)
    for (circle, person), stated in persons.groups.items():
        groups[circle][person] = stated
    named = ((*circle[:2], one) for circle, rows in circles.items() for one in _named(rows, groups[circle]))
    return People(
        columns,
        frozenset(named),
        silent,
        built.retracted,
        persons.of_pair,
        persons.by_rater(),
        persons.counted(),
    )


def _named(rows: Mapping[str, int], groups: Mapping[str, object]) -> list[str]:
    """Who of a circle is told apart: of those who share all published groups as of a circle of their own.

    Who has no row of pairs, but may stand in all ratings, shares the word for all others with five people who have
    some: those of whom the fewest rows lose their pseudonym for it.
    """
    alike: dict[object, dict[str, int]] = defaultdict(dict)
    for person, number in rows.items():
        if number:
            alike[groups.get(person)][person] = number
    without = {person: number for person, number in rows.items() if not number}
    if without and alike:
        place = min(alike, key=lambda one: (_rows_lost(alike[one], without), min(alike[one])))
        alike[place] |= without
    return [one for same in alike.values() for one in told_apart(same)]


def _rows_lost(rows: Mapping[str, int], without: Mapping[str, int]) -> int:
    """Of how many rows nobody says any more whose they are, where some people without rows are to share their word."""
    named = set(told_apart(rows)) - set(told_apart({**rows, **without}))
    return sum(rows[person] for person in named)


def _people_of_verdicts(built: Built) -> list[tuple[str, str, str | None, str, int]]:
    """Who judged answers to the released prompts, in a pair or not, where all verdicts are published, with no rows."""
    pairs, ranked = (one.path / f"{name}-*.parquet" for one, name in ((built.pair, "pairs"), (built.ranked, "ranked")))
    verdicts = pool.row_files(built.rows, "verdicts")
    if not verdicts:
        return []
    con = sql.connect(reads=[built.pair.path, built.ranked.path, *verdicts])
    query = _JUDGES.format(
        pairs=sql.parquet(pairs), ranked=sql.parquet(ranked), verdicts=sql.parquet(*verdicts), source=SOURCE
    )
    judges = con.execute(query).fetchall()
    con.close()
    return judges


def _silent_raters(builder: Builder) -> frozenset[str]:
    """The raters whose rationales are the words of people, where the builder publishes nothing of people.

    They came with the sources, or are what people wrote and the rater has read (`FeedbackRater`).
    """
    if builder.people == "pseudonyms":
        return frozenset()
    read = {one.name for way in builder.ways for one in marked_raters(way.rater)}
    scores = {answer.rater for source in builder.sources for answer in source.fields.answers}
    return frozenset(read.union(scores, *(source.fields.joins for source in builder.sources)))


def _has_rationales(built: Built, silent: Collection[str]) -> bool:
    """Whether a released pair has a rationale that is published."""
    pairs, ranked = (one.path / f"{name}-*.parquet" for one, name in ((built.pair, "pairs"), (built.ranked, "ranked")))
    con = sql.connect(reads=[built.pair.path, built.ranked.path])
    query = _RATIONALES.format(pairs=sql.parquet(pairs), ranked=sql.parquet(ranked))
    first = con.execute(query, [list(silent)]).fetchall()
    con.close()
    return bool(first)


def people_columns(builder: Builder) -> tuple[str, ...]:
    """Which of schema.PEOPLE a dataset has.

    Args:
        builder: the declared dataset.

    Returns:
        `annotator` where a source names whose each vote is, and each is a pair of its own, or who scored; `occasion`
        where a column of one names occasions, and it says itself which answers are better; nothing where the builder
        publishes nothing of people.
    """
    columns = set[str]()
    for way in builder.ways if builder.people == "pseudonyms" else ():
        for fields in (source.fields for source in builder.sources if source.name in way.sources):
            judged = fields.verdict if fields.verdict and fields.verdict.rater == way.rater.name else None
            if judged and judged.annotator is not None and way.join == "each" and way.pairs.rule == "given":
                columns.add("annotator")
            if is_given(way.rater) and fields.names_occasions:
                columns.add("occasion")
    if names_who_scored(builder):
        columns.add("annotator")
    return tuple(name for name in schema.PEOPLE if name in columns)


def told_apart(rows: Mapping[str, int], least: int = LEAST_PEOPLE) -> list[str]:
    """Who of a group is told apart.

    Args:
        rows: person -> how many rows of pairs are of theirs; 0 of who may stand in all ratings alone.
        least: of fewer people or rows nobody is told apart.

    Returns:
        All but those with few rows, of whom so many have a row of pairs that none of them is known, or nobody; sorted.

    Example:
        >>> told_apart({"a": 9, "b": 9, "c": 9, "d": 9, "e": 9, "f": 9, "g": 1})
        ['e', 'f']
        >>> told_apart({"a": 9, "b": 9, "c": 9, "d": 9, "e": 9, "f": 9, "g": 0})
        ['f']
    """
    fewest_first = sorted((person for person in rows if rows[person]), key=lambda person: (rows[person], person))
    if len(fewest_first) < least:
        return []
    few = sum(rows[person] < least for person in fewest_first)
    hidden = max(few, least) if few or len(fewest_first) < len(rows) else 0
    return sorted(fewest_first[hidden:])
