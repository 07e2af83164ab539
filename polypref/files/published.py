"""Files of a published dataset, held against the schema before anything else reads them: they may be a stranger's.

A Parquet file can say anything of itself. One that polypref wrote has the columns of one of `SCHEMAS` and no others, of
these types, and values where there must be some; any other is refused in one sentence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..console.escaping import one_line
from ..errors import UserError, first_line
from .turns import TURNS, unsound_messages, unsound_tools
from .unpaired import is_unpaired, row_id

#: Those of datasets of pairs: without tools and thoughts, and with them.
SCHEMAS_OF_PAIRS = (schema.PREFERENCES, schema.PREFERENCES_WITH_TURNS)
_BESIDE = (*schema.PEOPLE, schema.RATIONALE, schema.ANNOTATOR_GROUPS, schema.CRITERION)
_BESIDE_RATINGS = (*schema.PEOPLE, schema.CRITERION)
#: The schemas of all datasets that were ever released; a new one is added, none goes.
SCHEMAS: tuple[pa.Schema, ...] = tuple(
    schema.with_people(form, people)
    for form in (
        *SCHEMAS_OF_PAIRS,
        *(schema.UNPAIRED, schema.UNPAIRED_WITH_TURNS),
    )
    for number in range(len(_BESIDE) + 1)
    for people in combinations(_BESIDE, number)
)
#: Those of what raters gave, which is a config of its own.
SCHEMAS_OF_RATINGS: tuple[pa.Schema, ...] = tuple(
    schema.with_people(form, people)
    for form in (schema.RELEASED_RATINGS, schema.RELEASED_RATINGS_WITH_TURNS)
    for number in range(len(_BESIDE_RATINGS) + 1)
    for people in combinations(_BESIDE_RATINGS, number)
)
#: What a file's footer may weigh, and what a file may say that it holds: far beyond what a release writes.
MOST_FOOTER, MOST_ROWS, MOST_BYTES = 16 << 20, 1_000_000, 8 << 30
_ID = "^[0-9a-f]{32}$"
_ADVICE = "get the dataset again, from somebody you trust"


def check_file(path: Path, rows: int | None = None, of_ratings: bool = False) -> pa.Schema:
    """Holds a file's footer against the schemas; no row is read.

    Args:
        path: the file.
        rows: how many rows it must have; None for any number.
        of_ratings: whether it holds what raters gave.

    Returns:
        Its schema, one of SCHEMAS; of ratings one of SCHEMAS_OF_RATINGS.

    Raises:
        UserError: it is no Parquet file of a published dataset.
    """
    with opened(path) as file:
        form, about = file.schema_arrow, file.metadata
        problem = _problem(form, file.schema, of_ratings)
        if problem:
            raise UserError(f"{path} {problem}; {_ADVICE}")
        if rows not in (None, about.num_rows) or not 0 <= about.num_rows <= MOST_ROWS:
            raise UserError(f"{path} states {about.num_rows:,} rows, its provenance {rows}; {_ADVICE}")
        sizes = [about.row_group(number).total_byte_size for number in range(about.num_row_groups)]
        if any(size < 0 for size in sizes) or sum(sizes) > MOST_BYTES:
            raise UserError(f"{path} states {sum(sizes):,} bytes of rows, more than a release has; {_ADVICE}")
        return form


def check_rows(paths: Iterable[Path]) -> None:
    """Holds the rows of files whose footers were checked against what every published row has.

    Args:
        paths: `data/LANGUAGE/SPLIT-...parquet`; each row's language must be the one of the folder.

    Raises:
        UserError: a row lacks a value, or its id or language is none.
    """
    for path in paths:
        with opened(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=2_000):
                batch.validate(full=True)
                for column, bad in _faults(batch, path.parent.name):
                    if (at := pc.index(bad, True).as_py()) >= 0:
                        raise UserError(f"{path} row {number + at + 1} has no sound '{column}'; {_ADVICE}")
                number += batch.num_rows
            if number != file.metadata.num_rows:
                raise UserError(f"{path} has {number:,} rows, its footer states {file.metadata.num_rows:,}; {_ADVICE}")


@contextmanager
def opened(path: Path, of: str = "a published dataset", advice: str = _ADVICE) -> Iterator[pq.ParquetFile]:
    """A Parquet file; what its reader raises becomes one sentence.

    Args:
        path: the file.
        of: what it belongs to.
        advice: what to do where it cannot be read.

    Yields:
        The open file.

    Raises:
        UserError: it is no Parquet file, or states a footer of no sane size, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            file.seek(-8, 2)
            footer, mark = int.from_bytes(file.read(4), "little"), file.read(4)
        if mark != b"PAR1" or footer > MOST_FOOTER:
            raise UserError(f"{path} is not a Parquet file of {of}; {advice}")
        with pq.ParquetFile(path) as opened:
            yield opened
    except (pa.ArrowException, ValueError, OverflowError, OSError) as error:
        raise UserError(f"{path} is not a readable Parquet file ({one_line(first_line(error))}); {advice}") from None


def _problem(form: pa.Schema, parquet: pq.ParquetSchema, of_ratings: bool) -> str:
    """What is wrong with a file's columns; nothing where they are those of a release."""
    known = SCHEMAS_OF_RATINGS if of_ratings else SCHEMAS
    if any(form.equals(one) and _leaves(parquet) == _leaves_of(one) for one in known):
        return ""
    counts = Counter(form.names)
    if twice := [name for name, count in counts.items() if count > 1]:
        return f"has two columns of the name {_shown(twice[0])}"
    wanted = _nearest(form, of_ratings)
    if extra := [name for name in form.names if name not in wanted.names]:
        more = f" and {len(extra) - 1:,} more" if extra[1:] else ""
        return f"has a column {_shown(extra[0])}{more}, which no published dataset has"
    if lacking := [name for name in wanted.names if name not in counts]:
        return f"lacks the column '{lacking[0]}'"
    for field in wanted:
        there = form.field(field.name)
        if not there.equals(field):
            kind = _shown(str(there.type)) if there.type != field.type else "one that may be null"
            return f"has a column '{field.name}' of another type ({kind}) than a published dataset"
    return "has its columns in another order or form than a published dataset"


def _nearest(form: pa.Schema, of_ratings: bool) -> pa.Schema:
    """The schema that a file's columns should have had."""
    if of_ratings:
        bases = schema.RELEASED_RATINGS, schema.RELEASED_RATINGS_WITH_TURNS
        return schema.with_people(bases["tools" in form.names], set(form.names).intersection(_BESIDE_RATINGS))
    bases = (schema.UNPAIRED, schema.UNPAIRED_WITH_TURNS) if is_unpaired(form) else SCHEMAS_OF_PAIRS
    return schema.with_people(bases["tools" in form.names], form.names)


def _shown(name: str) -> str:
    return f"'{one_line(name[:60])}'" + ("..." if len(name) > 60 else "")


def _leaves(parquet: pq.ParquetSchema) -> list[tuple[str | int, ...]]:
    """What the file itself says of its columns, whatever its Arrow schema says."""
    columns = [parquet.column(number) for number in range(len(parquet))]
    return [
        (
            c.path.partition(".")[0],
            c.name,
            c.physical_type,
            str(c.logical_type),
            c.max_definition_level,
            c.max_repetition_level,
        )
        for c in columns
    ]


def _leaves_of(form: pa.Schema) -> list[tuple[str | int, ...]]:
    sink = pa.BufferOutputStream()
    pq.ParquetWriter(sink, form).close()  # an empty table of an extension type cannot be made
    return _leaves(pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema)


def _faults(batch: pa.RecordBatch, language: str) -> Iterable[tuple[str, pa.Array]]:
    """For each thing that must be so, in which rows it is not."""
    for name in (row_id(batch.schema), "prompt_id"):
        yield name, pc.invert(pc.match_substring_regex(batch.column(name), _ID))
    yield "language", pc.not_equal(batch.column("language"), language)
    for name in (one for one in TURNS if one in batch.schema.names):
        turns = batch.column(name)
        if turns.type == pa.list_(schema.JSON):
            yield name, unsound_messages(turns)
            continue
        yield name, pc.less(pc.list_value_length(turns), 1)
        inside = turns.flatten()
        bad = pc.or_(pc.is_null(inside), pc.is_null(inside.field("role")))
        yield name, _rows(turns, pc.or_(bad, pc.is_null(inside.field("content"))))
    if "tools" in batch.schema.names:
        yield "tools", unsound_tools(batch.column("tools"))
    if "flags" in batch.schema.names:
        yield "flags", _rows(batch.column("flags"), pc.is_null(batch.column("flags").flatten()))


def _rows(lists: pa.Array, bad: pa.Array) -> pa.Array:
    """Which lists hold a bad element."""
    hit = pc.unique(pc.filter(pc.list_parent_indices(lists), bad))
    return pc.is_in(pa.array(range(len(lists)), pa.int64()), hit)
