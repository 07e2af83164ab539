"""Rows of files and Hub datasets that others made, for evaluation sets, stored answers and judgements."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..redact import redact

Row = Mapping[str, Any]

#: The endings that `read_rows` knows.
ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")


def read_rows(path: Path, records: str = "") -> Iterator[Row]:
    """The rows of a .jsonl, .json, .csv, .tsv or .parquet file; the ending tells.

    Args:
        path: the file.
        records: path to the list of rows, in a JSON file that is not itself a list.

    Raises:
        UserError: a file that cannot be read, or a row that is no object.
    """
    kinds = {".jsonl": _jsonl, ".csv": _delimited, ".tsv": _delimited, ".parquet": _parquet}
    try:
        if path.suffix == ".json":
            rows: Iterator[Any] = iter(_json(path, records))
        elif path.suffix in kinds:
            rows = kinds[path.suffix](path)
        else:
            raise UserError(f"{path}: a file of rows is {', '.join(ENDINGS)}; convert it")
        for number, row in enumerate(rows, 1):
            if not isinstance(row, Mapping):
                raise UserError(f"{path}, row {number} is a {type(row).__name__}, not an object with named fields")
            yield row
    except (OSError, ValueError, RecursionError, csv.Error, KeyError, IndexError, TypeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None


def _jsonl(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise ValueError(f"line {number} is no JSON ({error})") from None
                yield row


def _json(path: Path, records: str) -> list[Any]:
    whole = json.loads(path.read_text("utf-8-sig"))
    found = value_at(whole, records) if records else whole
    if not isinstance(found, list):
        raise UserError(f"{path} holds no list of rows; name the path to it as records")
    return found


def _delimited(path: Path) -> Iterator[Any]:
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",", strict=True)
        for number, row in enumerate(rows, 1):
            # DictReader puts cells beyond the header under None: a quote is missing, and columns have shifted.
            if None in row:
                raise ValueError(f"row {number} has more columns than the first line")
            yield row


def _parquet(path: Path) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1_000):
            yield from batch.to_pylist()


def value_at(row: Any, path: str) -> Any:
    """The value at a path such as `choices.0.turns`; a name with dots in it that the row has as it is goes first.

    Raises:
        KeyError: there is none.
    """
    if isinstance(row, Mapping) and path in row:
        return row[path]
    value = row
    for part in path.split("."):
        if isinstance(value, list | tuple) and part.lstrip("-").isdigit():
            if not -len(value) <= int(part) < len(value):
                raise KeyError(path)
            value = value[int(part)]
        elif isinstance(value, Mapping) and part in value:
            value = value[part]
        else:
            raise KeyError(path)
    return value


def read_hub(repo: str, config: str, split: str, commit: str, files: str = "") -> Iterator[Row]:
    """The rows of a Hub dataset.

    Args:
        repo: ORG/NAME.
        config: its config; empty for the default one.
        split: its split.
        commit: which commit, as `hub_commit` found it.
        files: pattern of the files that make up the split, for repositories whose configs the client cannot find out.

    Raises:
        UserError: it is not there, or cannot be read with this account.
    """
    import datasets

    name = repo + (f" ({config})" if config else "")
    try:
        if files:
            rows = datasets.load_dataset(repo, data_files={split: files}, split=split, revision=commit)
        else:
            rows = datasets.load_dataset(repo, config or None, split=split, revision=commit)
        yield from rows
    except Exception as error:  # the client raises many kinds; each means that these rows cannot be had
        raise UserError(
            f"cannot load split '{split}' of {name} at {commit[:12]} ({_first_line(error)}); check the names, that you "
            "are online, and that your account may read it"
        ) from None


def hub_commit(repo: str, revision: str = "") -> str:
    """The commit that a branch or tag of a Hub dataset stands for; a full commit id is its own answer.

    Raises:
        UserError: it cannot be found.
    """
    if len(revision) == 40 and all(c in "0123456789abcdef" for c in revision):
        return revision
    from huggingface_hub import HfApi

    try:
        return str(HfApi().dataset_info(repo, revision=revision or None).sha)
    except Exception as error:  # as above
        raise UserError(
            f"cannot look up {repo} at revision {revision or 'main'} on the Hub ({_first_line(error)}); check the name "
            "and that you are online, or give the full commit id"
        ) from None


def _first_line(error: BaseException) -> str:
    return redact((str(error).strip() or type(error).__name__).splitlines()[0][:200])
