"""Rationales that are a text which was taken back: they are emptied, and their rows stay."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .. import schema
from ..files.atomic import write_released
from ..files.unpaired import row_id
from ..stages.retracted import Retracted
from .pieces import file_facts
from .provenance import Provenance
from .ratings_facts import measure_ratings
from .tombstone import IDS, Hit


def rationale_hits(folder: Path, record: Provenance, wanted: Retracted) -> Iterator[Hit]:
    """The rows of pairs and of ratings whose rationale is a text that was taken back.

    Args:
        folder: the dataset.
        record: its provenance.
        wanted: what was taken back.

    Yields:
        Each row once; its ids begin with that of the pair or of the answer.
    """
    for name in sorted(record.all_files):
        form = pq.read_schema(folder / name)
        if not wanted.texts or schema.RATIONALE not in form.names:
            continue
        ids = [row_id(form), *IDS[1:]]
        table = pq.read_table(folder / name, columns=["language", *ids, schema.RATIONALE])
        known = _known_words(table, wanted)
        for number, row in enumerate(table.to_pylist(), 1):
            if row[schema.RATIONALE] in known:
                yield Hit(name, number, row["language"], tuple(row[one] for one in ids), "rationale")


def _known_words(table: pa.Table, wanted: Retracted) -> set[str]:
    words = table[schema.RATIONALE].unique().to_pylist()
    return {one for one in words if one is not None and wanted.has_text(one)}


def without_words(staging: Path, record: Provenance, wanted: Retracted) -> tuple[Provenance, int]:
    """Empties rationales in the files of a dataset that is laid out.

    Args:
        staging: the dataset's folder, whose files may be written over.
        record: its provenance.
        wanted: what was taken back.

    Returns:
        The provenance with what the files are now, and how many rationales were emptied.
    """
    emptied = dict.fromkeys((hit.file for hit in rationale_hits(staging, record, wanted)), 0)
    for name in emptied:
        table = pq.read_table(staging / name)
        known = _known_words(table, wanted)
        words = [None if one in known else one for one in table[schema.RATIONALE].to_pylist()]
        emptied[name] = words.count(None) - table[schema.RATIONALE].null_count
        at = table.schema.get_field_index(schema.RATIONALE)
        write_released(staging / name, table.set_column(at, table.schema.field(at), pa.array(words, pa.string())))
    facts = file_facts(staging, {name: record.all_files[name].rows for name in emptied})
    files = {name: facts.get(name, one) for name, one in record.files.items()}
    new = replace(record, files=files)
    if record.ratings and not emptied.keys().isdisjoint(record.ratings.files):
        of_ratings = {name: facts.get(name, one) for name, one in record.ratings.files.items()}
        measured = measure_ratings([staging / name for name in of_ratings])
        new = replace(new, ratings=replace(record.ratings, files=of_ratings, facts=measured))
    return new, sum(emptied.values())
