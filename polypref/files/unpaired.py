"""Published rows of single labelled answers, seen as pairs of which one side is missing: for who reads pairs.

A good answer stands as the chosen side, a bad one as the rejected side, the row's id as that of a pair; the other side
is null.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_OF_A_SIDE = {"": "completion", "_id": "completion_id", "_model": "model", "_route": "route"}
_SIDES = {"chosen": True, "rejected": False}
_SCORES = ("chosen_score", "rejected_score", "score_margin")

_AS_PAIRS = """(SELECT *, completion_id AS pair_id,
  CASE WHEN label THEN completion END AS chosen, CASE WHEN NOT label THEN completion END AS rejected,
  CASE WHEN label THEN completion_id END AS chosen_id, CASE WHEN NOT label THEN completion_id END AS rejected_id,
  CASE WHEN label THEN model END AS chosen_model, CASE WHEN NOT label THEN model END AS rejected_model,
  CASE WHEN label THEN route END AS chosen_route, CASE WHEN NOT label THEN route END AS rejected_route,
  NULL::DOUBLE AS chosen_score, NULL::DOUBLE AS rejected_score, NULL::DOUBLE AS score_margin
FROM {files})"""


def is_unpaired(form: pa.Schema) -> bool:
    """Whether rows are single answers with a label each.

    Args:
        form: the schema of published rows.

    Returns:
        true for `schema.UNPAIRED` and its kin.
    """
    return {"completion", "label"} <= set(form.names)


def row_id(form: pa.Schema) -> str:
    """The column that holds a row's own id.

    Args:
        form: the schema of published rows.

    Returns:
        `pair_id`; of single answers `completion_id`.
    """
    return "pair_id" if "pair_id" in form.names else "completion_id"


def as_pairs_sql(files: str) -> str:
    """Rows of single answers with the columns of pairs besides.

    Args:
        files: a table expression of them.

    Returns:
        The expression that stands after FROM.
    """
    return _AS_PAIRS.format(files=files)


def as_pairs(table: pa.Table) -> pa.Table:
    """Published rows with the columns of pairs.

    Args:
        table: rows of pairs, or of single answers.

    Returns:
        The table itself where it has pairs.
    """
    if not is_unpaired(table.schema):
        return table
    numbers, good = pa.array(range(len(table)), pa.int64()), table["label"].combine_chunks()
    columns = {name: table[name] for name in table.column_names} | {"pair_id": table["completion_id"]}
    for side, label in _SIDES.items():
        # A null in place of a number takes a null.
        rows = pc.if_else(good if label else pc.invert(good), numbers, pa.scalar(None, pa.int64()))
        columns |= {f"{side}{what}": table[column].take(rows) for what, column in _OF_A_SIDE.items()}
    nothing = pa.nulls(len(table), pa.float64())
    return pa.table(columns | dict.fromkeys(_SCORES, nothing))


def read_as_pairs(path: Path, columns: list[str]) -> pa.Table:
    """Columns of pairs of a published file.

    Args:
        path: a data file, whose footer was checked.
        columns: names of columns of pairs.

    Returns:
        These columns; of a row of a single answer the missing side is null.
    """
    if not is_unpaired(pq.read_schema(path)):
        return pq.read_table(path, columns=columns)
    return as_pairs(pq.read_table(path)).select(columns)
