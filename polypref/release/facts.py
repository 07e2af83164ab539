"""What a card says of a dataset, measured on its published files: sizes, lengths, models, flags."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import schema
from ..files import sql
from ..files.records import OMIT_DEFAULT, Count, Tag, Text
from ..files.turns import rows_with_texts
from ..people.groups import GroupFigures, figures_by_groups
from .flip_facts import FlipFacts, measure_flips
from .label_facts import LabelFacts, good_is_longer, is_labelled, measure_labels

#: What stands for everybody who is not told apart.
OTHER = schema.OTHER

_ROWS = """
CREATE TEMP VIEW rows AS
SELECT *, regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split,
       length(chosen[-1].content) AS chosen_length, length(rejected[-1].content) AS rejected_length
FROM {files}
"""


@dataclass(frozen=True)
class LanguageFacts:
    """Rows and lengths of one language.

    Attributes:
        train, test: rows.
        chosen_characters, rejected_characters: medians; of single answers of the good and the bad ones, 0 for none.
        chosen_longer: share of pairs whose chosen answer is the longer one (ties half: what "longer wins" would predict
            right); of single answers of all couples of a good and a bad one.
    """

    train: Count
    test: Count
    chosen_characters: Count
    rejected_characters: Count
    chosen_longer: float


@dataclass(frozen=True)
class ModelFacts:
    """How often the answers of a model by a route are chosen and rejected."""

    model: Text
    route: Text
    chosen: Count
    rejected: Count


@dataclass(frozen=True)
class FlagFacts:
    """How many rows of a language carry a flag."""

    language: Text
    flag: Text
    rows: Count


@dataclass(frozen=True)
class OriginFacts:
    """How many rows have prompts of an origin, and who translated them."""

    origin: Text
    translator: Text | None
    rows: Count


@dataclass(frozen=True)
class RaterFacts:
    """How many rows a rater chose."""

    rater: Text
    rows: Count


@dataclass(frozen=True)
class SourceFacts:
    """Rows of one language whose prompts stand in a source, as column `source` names it; in several at once as there.

    Attributes:
        language: the language.
        source: name and revision, or several of these.
        train, test: rows.
    """

    language: Text
    source: Text
    train: Count
    test: Count


@dataclass(frozen=True)
class PeopleFacts:
    """Who judged the rows of one language, as columns `annotator` and `occasion` have it.

    Attributes:
        language: the language.
        annotators: how many are told apart.
        others: rows of those who are not.
        occasions: on how many occasions answers to a prompt were compared, all prompts together.
        compared_again: prompts of which there are several.
    """

    language: Text
    annotators: Count
    others: Count
    occasions: Count
    compared_again: Count


@dataclass(frozen=True)
class GroupPeople:
    """How many people the published groups are of, in one language.

    Attributes:
        language: of the prompts.
        group: its name, as in `age`.
        people: who stand in released pairs, as a number; `under 5` for fewer.
        others: those of them whose value is `other`; none, or five or more, or all.
        values: other values that are published.
    """

    language: Tag
    group: Text
    people: Text
    others: Text
    values: Count


@dataclass(frozen=True)
class Facts:
    """What was measured on the data files of a dataset; `sources` only where there are several.

    `people` only where rows say who judged, or on which occasion; `labels`, of every data file, only where a row is a
    single answer; `groups` only where pairs state groups of who judged; `flips` only where criteria or system messages
    turn the same answers round.
    """

    languages: dict[Tag, LanguageFacts]
    models: list[ModelFacts]
    flags: list[FlagFacts]
    origins: list[OriginFacts]
    raters: list[RaterFacts]
    sources: list[SourceFacts] = field(default_factory=list, metadata=OMIT_DEFAULT)
    people: list[PeopleFacts] = field(default_factory=list, metadata=OMIT_DEFAULT)
    labels: list[LabelFacts] = field(default_factory=list, metadata=OMIT_DEFAULT)
    groups: list[GroupFigures] = field(default_factory=list, metadata=OMIT_DEFAULT)
    flips: list[FlipFacts] = field(default_factory=list, metadata=OMIT_DEFAULT)

    def source_names(self) -> list[str]:
        """The sources, those of most rows first.

        Returns:
            As `SourceFacts` name them; none where there is one source.
        """
        rows = Counter[str]()
        for one in self.sources:
            rows[one.source] += one.train + one.test
        return sorted(rows, key=lambda name: (-rows[name], name))

    def by_source(self) -> list[tuple[str, list[int]]]:
        """How many rows, train and test together, each language has of each source.

        Returns:
            The languages in order, each with a number for each of `source_names`.
        """
        counts = {(one.language, one.source): one.train + one.test for one in self.sources}
        names = self.source_names()
        return [(tag, [counts.get((tag, name), 0) for name in names]) for tag in sorted({tag for tag, _ in counts})]


def measure_facts(files: list[Path]) -> Facts:
    """Counts over all rows of the files.

    Args:
        files: data files of a dataset.

    Returns:
        The counts, each list sorted by its names.
    """
    con = sql.connect(reads=files)
    con.execute(_ROWS.format(files=rows_with_texts(*files, filename=True)))
    languages = con.execute(
        """SELECT language, count(*) FILTER (split = 'train'), count(*) FILTER (split = 'test'),
                  coalesce(median(chosen_length), 0)::INTEGER, coalesce(median(rejected_length), 0)::INTEGER,
                  round(avg(CASE WHEN chosen_length > rejected_length THEN 1
                                 WHEN chosen_length = rejected_length THEN 0.5 ELSE 0 END), 4)
           FROM rows GROUP BY language ORDER BY language"""
    ).fetchall()
    longer = good_is_longer(con) if is_labelled(con) else {}
    sources = sql.records(
        con.sql(
            """SELECT language, source, count(*) FILTER (split = 'train') AS train,
                      count(*) FILTER (split = 'test') AS test
               FROM rows GROUP BY ALL ORDER BY source, language"""
        ),
        SourceFacts,
    )
    return Facts(
        languages={
            tag: replace(one, chosen_longer=longer.get(tag, one.chosen_longer))
            for tag, one in ((tag, LanguageFacts(*measured)) for tag, *measured in languages)
        },
        models=sql.records(
            con.sql(
                """SELECT model, route, sum(won)::BIGINT AS chosen, sum(1 - won)::BIGINT AS rejected
                   FROM (SELECT chosen_model AS model, chosen_route AS route, 1 AS won FROM rows
                         UNION ALL SELECT rejected_model, rejected_route, 0 FROM rows)
                   WHERE model IS NOT NULL GROUP BY ALL ORDER BY model, route"""
            ),
            ModelFacts,
        ),
        flags=sql.records(
            con.sql(
                "SELECT language, flag, count(*) AS rows FROM (SELECT language, unnest(flags) AS flag FROM rows) "
                "GROUP BY ALL ORDER BY flag, language"
            ),
            FlagFacts,
        ),
        origins=sql.records(
            con.sql("SELECT origin, translator, count(*) AS rows FROM rows GROUP BY ALL ORDER BY ALL"), OriginFacts
        ),
        raters=sql.records(con.sql("SELECT rater, count(*) AS rows FROM rows GROUP BY ALL ORDER BY ALL"), RaterFacts),
        sources=sources if len({one.source for one in sources}) > 1 else [],
        people=_people(con),
        labels=measure_labels(con),
        groups=figures_by_groups(files),
        flips=measure_flips(con),
    )


def _people(con: sql.Connection) -> list[PeopleFacts]:
    """Who judged, by language; nothing where no column says so."""
    there = con.sql("FROM rows LIMIT 0").columns
    if not set(schema.PEOPLE) & set(there):
        return []
    annotator, occasion = (sql.name(one) if one in there else "NULL::VARCHAR" for one in schema.PEOPLE)
    return sql.records(
        con.sql(
            f"""SELECT language, count(DISTINCT person) FILTER (person <> {sql.quote(OTHER)}) AS annotators,
                       count(*) FILTER (person = {sql.quote(OTHER)}) AS others, count(DISTINCT moment) AS occasions,
                       count(DISTINCT prompt_id) FILTER (moments > 1) AS compared_again
                FROM (SELECT *, count(DISTINCT moment) OVER (PARTITION BY prompt_id) AS moments
                      FROM (SELECT language, prompt_id, {annotator} AS person, {occasion} AS moment FROM rows))
                GROUP BY ALL ORDER BY language"""
        ),
        PeopleFacts,
    )
