"""Writes an export: the rows of a dataset in a form, whole files or none, with the lines of config beside them."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..files.atomic import abandon_part, disk_errors, open_parquet, temporary
from ..files.owned import Folder, is_there, writing
from ..files.turns import json_lists
from ..text.messages import compact_json, message_json
from .contract import Form, Row, Target, Values
from .reading import holds_whole_turns, read_rows

#: Names that `atomic.temporary` gives to the parts of an export.
_PART = re.compile(r"\.[a-z]+\.(?:jsonl|parquet)\.[0-9]+-[0-9a-f]+\.tmp")


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        form: in which form.
        files: split -> name of the file.
        settings: names of the files of config.
        rows: split and language -> rows of the dataset that are in the file.
        lines: split -> rows of the file; two for a pair where a form takes single answers.
        left_out: split, language and reason -> rows of the dataset that have no place in the form.
    """

    folder: Path
    form: Form
    files: Mapping[str, str]
    settings: Sequence[str]
    rows: Mapping[tuple[str, str], int]
    lines: Mapping[str, int]
    left_out: Mapping[tuple[str, str, str], int]

    def summary(self) -> list[str]:
        """What was written, and for each language how many rows are in it and what was left out.

        Returns:
            Lines to print.
        """
        files = ", ".join(f"{file} {_counted(self.lines[split])}" for split, file in self.files.items())
        beside = f"; beside them {', '.join(self.settings)}" * bool(self.settings)
        lines = [f"wrote {self.folder} for {self.form.trainer}: {files}{beside}"]
        for tag in sorted({*(tag for _, tag in self.rows), *(tag for _, tag, _ in self.left_out)}):
            taken = [f"{split} {count:,}" for (split, other), count in self.rows.items() if other == tag]
            lost = Counter[str]()
            for (_, other, reason), count in self.left_out.items():
                lost[reason] += count * (other == tag)
            reasons = [f"{count:,} ({reason})" for reason, count in sorted(lost.items()) if count]
            left = f"; left out {', '.join(reasons)}" if reasons else ""
            lines.append(f"{tag}: {', '.join(taken) or 'none'}{left}")
        return lines


def export_files(form: Form, splits: Mapping[str, Sequence[Path]], folder: Path, name: str) -> Exported:
    """Writes the rows of published files in a form.

    Args:
        form: the form.
        splits: split -> data files, whose footers were checked.
        folder: where to; what lies there is only written over where polypref wrote it.
        name: of the dataset and config, for the lines of config.

    Returns:
        What was written.

    Raises:
        UserError: the folder holds something else, no row has a place in the form, or the disk refuses.
    """
    _check_path(form, folder)
    paths = {split: folder / f"{split}{form.suffix}" for split in splits}
    wanted = {split: path.name for split, path in paths.items()}
    # Before the folder is claimed: in one of somebody else's nothing is to be left.
    Folder(folder).check(*wanted.values(), *form.settings(Target(folder, name, wanted)))
    counts = _Counts()
    with _claimed(folder):
        try:
            for split, files in splits.items():
                _write_part(form, split, files, paths[split], counts)
            return _place_all(form, Folder(folder), paths, name, counts)
        finally:
            for path in paths.values():
                temporary(path).unlink(missing_ok=True)


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """The folder for this process alone, cleared of parts that one left which was killed."""
    with writing(folder):
        for left in folder.glob(".*.tmp"):
            if _PART.fullmatch(left.name):
                left.unlink(missing_ok=True)
        yield


def _counted(rows: int) -> str:
    return f"{rows:,} row{'s' * (rows != 1)}"


class _Counts:
    """Counts of an export while it is written."""

    def __init__(self) -> None:
        self.rows = Counter[tuple[str, str]]()
        self.lines = Counter[str]()
        self.left_out = Counter[tuple[str, str, str]]()


def _check_path(form: Form, folder: Path) -> None:
    """Refuses a folder whose name the trainer or a line of config would take for something else."""
    text = str(folder)
    if not text.isprintable():
        raise UserError(f"the folder's name {text[:100]!r} holds a character that no config can; give another --out")
    if odd := sorted(set(form.refused) & set(text)):
        raise UserError(
            f"{form.trainer} takes {' and '.join(odd)} in a path for a sign of its own; give another folder than "
            f"{text} (out= or --out)"
        )


def _write_part(form: Form, split: str, files: Sequence[Path], path: Path, counts: _Counts) -> None:
    columns = form.columns(any(map(holds_whole_turns, files[:1]))) if form.columns else None
    with _open_part(path, columns) as write:
        for rows in read_rows(files):
            lines = list[Values]()
            for row in rows:
                _refuse_single(form, row)
                if reason := form.misfit(row):
                    counts.left_out[split, row.language, reason] += 1
                    continue
                counts.rows[split, row.language] += 1
                lines += _lines_of(form, row)
            counts.lines[split] += len(lines)
            write(form.arrange(lines))


def _refuse_single(form: Form, row: Row) -> None:
    if form.single is None and "completion" in row.answers:
        raise UserError(
            f"{form.trainer} takes pairs here, and the rows are single answers with a label each; export them as "
            "trl_kto or jsonl (to= or --to)"
        )


def _lines_of(form: Form, row: Row) -> list[Values]:
    return form.single(row) if form.single and "completion" in row.answers else form.rows(row)


@contextmanager
def _open_part(path: Path, columns: pa.Schema | None) -> Iterator[Callable[[list[Values]], None]]:
    """A file under its temporary name, synced when all rows are in it."""
    part = temporary(path)
    if columns is None:
        with disk_errors(path), part.open("wb") as file:
            yield lambda lines: file.writelines(f"{compact_json(line)}\n".encode() for line in lines)
            file.flush()
            os.fsync(file.fileno())
        return
    with disk_errors(path):
        writer = open_parquet(part, columns)
        try:
            yield lambda lines: writer.write_table(_table(lines, columns)) if lines else None
            writer.close()
            with part.open("rb") as written:
                os.fsync(written.fileno())
        except BaseException:
            abandon_part(writer, part)
            raise


def _table(lines: list[Values], columns: pa.Schema) -> pa.Table:
    """Lines as a table; lists of objects of any keys as JSON."""
    arrays = []
    for column in columns:
        values = [line[column.name] for line in lines]
        if column.type == pa.list_(schema.JSON):
            arrays.append(json_lists(_as_texts(one, column.name) for one in values))
        else:
            arrays.append(pa.array(values, column.type))
    return pa.Table.from_arrays(arrays, schema=columns)


def _as_texts(objects: object, column: str) -> list[str] | None:
    if not isinstance(objects, list):
        return None
    return [compact_json(one) if column == "tools" else message_json(one) for one in objects]


def _place_all(form: Form, out: Folder, paths: Mapping[str, Path], name: str, counts: _Counts) -> Exported:
    """Gives the parts their names, once all are written and nothing stands in their way."""
    if not counts.lines.total():
        reasons = Counter[str]()
        for (*_, reason), count in counts.left_out.items():
            reasons[reason] += count
        why = ", ".join(f"{count:,} for {reason}" for reason, count in sorted(reasons.items())) or "there is none"
        raise UserError(f"no row has a place in the form of {form.trainer} ({why}); choose another form or config")
    files = {split: path.name for split, path in paths.items() if counts.lines[split]}
    notes = [line for line in (form.reader.sentence(), form.note) if line]
    settings = form.settings(Target(out.path, name, files, notes))
    names = [*files.values(), *settings]
    out.check(*names)
    if other := sorted(one for one in out.known if one not in names and is_there(out.path / one)):
        raise UserError(
            f"{out.path} holds {other[0]} of another export; move it away or choose another folder (out= or --out)"
        )
    for split, file in files.items():
        out.place(file, temporary(paths[split]))
    for file, text in settings.items():
        out.write_bytes(file, text.encode())
    return Exported(out.path, form, files, list(settings), counts.rows, counts.lines, counts.left_out)
