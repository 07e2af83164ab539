"""An earlier release of a dataset, as far as a later build needs it: splits, the order of its rows, its mixtures."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ..console.escaping import one_line
from ..errors import UserError
from ..files import published
from ..files.json_types import Json, list_of, mapping_of, text_of
from ..files.unpaired import row_id

#: Raised when another order comes of the same release.
ORDER_VERSION = 2
# The split is read from a file's name: under another one rows of test would be trained on.
_NAME = re.compile(r"(?:train|test)-[0-9]+-[0-9]+\.parquet")
_ASSIGNED = ["prompt_id", "group_id", "split"]


@dataclass(frozen=True)
class ReleasedRows:
    """The rows of an earlier release.

    Attributes:
        rows: pair_id, language, test, rank (from 0 within language and split) and file (a number).
        mixtures: name -> the numbers of its files of training pairs; empty where the release does not say.
    """

    rows: pa.Table
    mixtures: Mapping[str, Sequence[int]]


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
        if not _NAME.fullmatch(path.name):
            raise UserError(
                f"{one_line(str(path))} has a name that no file of a release has (train-FIRST-LAST.parquet or "
                "test-FIRST-LAST.parquet), so its split is not known; get the release again"
            )
        published.check_file(path)
    return files


def assignment(files: Sequence[Path]) -> pa.Table:
    """Which split each prompt of a release is in.

    Args:
        files: the release's Parquet files.

    Returns:
        a table of texts with the columns prompt_id, group_id and split, a row a prompt.

    Raises:
        UserError: a file is damaged behind its footer.
    """
    tables = []
    for path in files:
        with published.opened(path) as file:
            prompts = file.read(columns=["prompt_id", "group_id"]).group_by(["prompt_id", "group_id"]).aggregate([])
        split = pa.repeat(path.name.partition("-")[0], len(prompts))
        tables.append(pa.table([*prompts.columns, split], names=_ASSIGNED))
    return pa.concat_tables(tables).group_by(_ASSIGNED).aggregate([]).sort_by([(one, "ascending") for one in _ASSIGNED])


def mixtures_of(folder: Path, files: Sequence[Path]) -> dict[str, list[int]]:
    """Which training files each config of a release has.

    Args:
        folder: its local folder.
        files: its Parquet files.

    Returns:
        Config -> places in `files`; nothing where no provenance.json says it.

    Raises:
        UserError: the provenance is damaged, or names a file that is not there.
    """
    path = folder / "provenance.json"
    if not path.is_file():
        return {}
    try:
        record: Json = json.loads(path.read_text("utf-8"))
        if not isinstance(record, dict):
            raise ValueError("no record")
    except (OSError, ValueError, RecursionError):
        raise UserError(f"{path} is damaged; get the release again, or name another in Split(previous=...)") from None
    numbers = {one.relative_to(folder).as_posix(): number for number, one in enumerate(files)}
    mixtures: dict[str, list[int]] = {}
    for config in map(mapping_of, list_of(mapping_of(record).get("configs"))):
        for part in map(mapping_of, list_of(config.get("data_files"))):
            if part.get("split") != "train":
                continue
            names = [text_of(name) for name in list_of(part.get("path"))]
            if lost := [name for name in names if name not in numbers]:
                raise UserError(
                    f"{folder} lacks {lost[0]!r}, which its provenance.json names; get the release again, or name "
                    "another in Split(previous=...)"
                )
            mixtures.setdefault(text_of(config.get("config_name")), []).extend(numbers[name] for name in names)
    return mixtures


def released_rows(files: Sequence[Path], mixtures: Mapping[str, Sequence[int]]) -> ReleasedRows:
    """The rows of a release, in their order.

    Args:
        files: its Parquet files, sorted.
        mixtures: as `mixtures_of` gives them.

    Returns:
        The rows.
    """
    next_rank = Counter[tuple[str, str]]()
    tables = []
    for number, path in enumerate(files):
        with published.opened(path) as file:
            name = row_id(file.schema_arrow)
            ids = file.read(columns=[name])[name]
        part = path.parent.name, path.name.partition("-")[0]
        first, rows = next_rank[part], len(ids)
        next_rank[part] += rows
        ranks = pa.array(np.arange(first, first + rows))
        columns = [ids, pa.repeat(part[0], rows), pa.repeat(part[1] == "test", rows), ranks]
        columns.append(pa.repeat(pa.scalar(number, pa.int32()), rows))
        tables.append(pa.table(columns, names=["pair_id", "language", "test", "rank", "file"]))
    return ReleasedRows(pa.concat_tables(tables), mixtures)
