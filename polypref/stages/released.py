"""An earlier release of a dataset, as far as a later build of it needs it: which split each prompt is in."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from ..errors import UserError
from ..files import published, sql


def files_of(folder: Path) -> list[Path]:
    """The Parquet files of an earlier release's folder.

    Args:
        folder: a release's local folder.

    Returns:
        paths, sorted.

    Raises:
        UserError: the folder is not a release, or a file in it is not of a published dataset.
    """
    files = sorted(folder.glob("data/*/*.parquet"))
    if not files:
        raise UserError(f"{folder} holds no release (data/LANGUAGE/*.parquet); check Split(previous=...)")
    for path in files:
        published.check_file(path)
    return files


def assignment(files: Sequence[Path]) -> pa.Table:
    """Which split each prompt of a release is in.

    Args:
        files: the release's Parquet files.

    Returns:
        a table of texts with the columns prompt_id, group_id and split, a row a prompt.
    """
    split = "regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split"
    query = f"SELECT DISTINCT prompt_id, group_id, {split} FROM {sql.parquet(*files, filename=True)} ORDER BY ALL"
    return sql.connect(reads=files).sql(query).to_arrow_table()
