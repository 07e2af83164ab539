"""Judged pairs that a dataset does not have: sheets of another dataset, or of another version of it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from ..files import published, sql
from ..files.unpaired import row_id
from .decisions import Decisions, things_of


def pairs_elsewhere(review: Decisions, folder: Path, files: Iterable[str]) -> str:
    """How many of the judged pairs a dataset does not have.

    It is no error: a build may have removed some since they went out.

    Args:
        review: what the review came to.
        folder: the dataset.
        files: its data files, as its provenance names them.

    Returns:
        A line, by language; empty where it has all of them.

    Raises:
        UserError: a data file is not as a release has it.
    """
    tags = {one.language for one in review.decisions.values()}
    paths = [folder / name for name in sorted(files) if name.split("/")[1] in tags]
    absent = review.decisions.keys() - _ids_in(paths)
    if not absent:
        return ""
    of = Counter(review.decisions[one].language for one in absent)
    listed = ", ".join(f"{tag} {pairs:,}" for tag, pairs in sorted(of.items()))
    judged = f"{len(review.decisions):,} {things_of(review)} judged"
    if len(absent) == len(review.decisions):
        return f"none of the {judged} is in {folder} ({listed}): is the review of another dataset?"
    return f"{len(absent):,} of the {judged} are not in {folder} ({listed}): removed since, or of another version"


def _ids_in(paths: list[Path]) -> set[str]:
    if not paths:
        return set()
    published.check_rows(paths)
    name = sql.name(row_id(pq.read_schema(paths[0])))
    ids = sql.connect(reads=paths).sql(f"SELECT DISTINCT {name} FROM {sql.parquet(*paths)}")
    return {one for (one,) in ids.fetchall()}
