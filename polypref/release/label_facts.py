"""Of labels that are kept unpaired: how many are good and bad, and where a mixture has only one of the two."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..files import sql
from ..files.records import Count, Text

_LABELS = """
SELECT regexp_extract(filename, 'data/[^/]+/[^/]+$') AS file, count(*) FILTER (label) AS good,
       count(*) FILTER (NOT label) AS bad
FROM rows GROUP BY ALL ORDER BY file
"""
# The share of the couples of a good and a bad answer in which the good one is longer (equal lengths half), by ranks:
# Mann and Whitney 1947. A half where one of the two labels lacks.
_LONGER = """
WITH ranked AS (
  SELECT language, label, rank() OVER sizes + (count(*) OVER alike - 1) / 2.0 AS place
  FROM (SELECT language, label, coalesce(chosen_length, rejected_length) AS size FROM {rows})
  WINDOW sizes AS (PARTITION BY language ORDER BY size), alike AS (PARTITION BY language, size)),
sums AS (SELECT language, count(*) FILTER (label) AS good, count(*) FILTER (NOT label) AS bad,
                sum(place) FILTER (label) AS places FROM ranked GROUP BY language)
SELECT language, CASE WHEN good * bad = 0 THEN 0.5
                      ELSE round((places - good * (good + 1) / 2.0) / (good * bad), 4) END FROM sums
"""


@dataclass(frozen=True)
class LabelFacts:
    """How many rows of one data file are good answers and bad ones."""

    file: Text
    good: Count
    bad: Count


def measure_labels(con: sql.Connection) -> list[LabelFacts]:
    """Counts the labels of every data file.

    Args:
        con: a connection with the view `rows` of published rows and their `filename`.

    Returns:
        a row a file; none where rows are pairs.
    """
    return sql.records(con.sql(_LABELS), LabelFacts) if is_labelled(con) else []


def is_labelled(con: sql.Connection) -> bool:
    """Whether rows are single answers with a label.

    Args:
        con: a connection with the view `rows`.

    Returns:
        whether they have one.
    """
    return "label" in con.sql("FROM rows LIMIT 0").columns


def good_is_longer(con: sql.Connection) -> dict[str, float]:
    """How well length alone tells good answers from bad ones.

    Args:
        con: a connection with the view `rows`, and in it the length of the answer by its label.

    Returns:
        language -> the share of its couples of a good and a bad answer in which the good one is longer.
    """
    return dict(con.execute(_LONGER.format(rows=sql.name("rows"))).fetchall())


def by_config(
    labels: Iterable[LabelFacts], files: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, tuple[int, int]]]:
    """The labels of every mixture's training rows.

    Args:
        labels: of all data files.
        files: mixture -> its training files.

    Returns:
        mixture -> language -> how many good and bad ones.
    """
    known = {one.file: one for one in labels}
    counted: dict[str, dict[str, tuple[int, int]]] = {}
    for mixture, paths in files.items():
        of_mixture = counted.setdefault(mixture, {})
        for one in (known[path] for path in paths if path in known):
            tag = one.file.split("/")[1]
            good, bad = of_mixture.get(tag, (0, 0))
            of_mixture[tag] = good + one.good, bad + one.bad
    return counted


def one_label_only(counted: Mapping[str, Mapping[str, tuple[int, int]]]) -> list[str]:
    """What is said of mixtures that have one label alone in a language.

    Args:
        counted: as `by_config` gives it.

    Returns:
        a line without a full stop for each mixture and label.
    """
    lines = []
    for mixture, of_language in counted.items():
        for place, name in enumerate(("true", "false")):
            tags = [tag for tag, both in sorted(of_language.items()) if sum(both) and both[place] == sum(both)]
            if tags:
                lines.append(f"{mixture}: all labels are {name} in {', '.join(tags)}: nothing there is told apart")
    return lines
