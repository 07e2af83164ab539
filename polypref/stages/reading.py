"""Asking a source for its files and rows: what its class raises, or gives that its contract does not ask for, is named.

polypref's own sources are asked as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os.path import normpath
from pathlib import Path

from ..console.escaping import as_written
from ..errors import UserError
from ..files.cells import Bad
from ..files.readers import Line
from ..layouts.source import Source
from ..scripting.declared import check_contract
from ..scripting.own_code import is_own, of_class, own_code
from ..text.cleaning import is_label


def resolved_source(source: Source) -> Source:
    """A source with its revision fixed.

    Args:
        source: as it was declared.

    Returns:
        what its `resolved()` gives.

    Raises:
        UserError: it raises, or gives what is no source, or one of another name.
    """
    what = f"source '{source.name}'"
    with own_code(source, what):
        resolved = source.resolved()
    what += of_class(source)
    if not is_own(source):
        return resolved
    if resolved is None or isinstance(resolved, str):
        raise UserError(f"{what}: resolved() returns {resolved!r:.80}; return the source, with its revision fixed")
    check_contract(resolved, Source, "source")
    if resolved.name != source.name:
        raise UserError(f"{what}: resolved() returns a source called {resolved.name!r:.80}; its name stays what it is")
    for name in ("revision", "licence"):
        value = getattr(resolved, name)
        if value is None or not is_label(value):
            raise UserError(f"{what}: its {name} is {as_written(value)[:80]}; write a word, or 'unknown'")
    return resolved


def files_of(source: Source) -> list[Path]:
    """The files of a source.

    Args:
        source: one that is resolved.

    Returns:
        their paths; none where the source is no files.

    Raises:
        UserError: it raises, or gives what are no paths, or one path twice: its rows would be lost as repeats.
    """
    paths = _paths(source, source.files, "files()")
    if is_own(source):
        seen: set[str] = set()
        for path in paths:
            # Not through links: where files are kept by their content, two of the same content are one.
            place = normpath(path.absolute())
            if place in seen:
                raise UserError(f"source '{source.name}': files() gives {path} twice; give each path once")
            seen.add(place)
    return paths


def read_with(source: Source, files: Iterable[Path]) -> list[Path]:
    """Files of a source, each with what lies beside it and is read with it.

    Args:
        source: one that is resolved.
        files: of it.

    Returns:
        their paths, each file before what lies beside it.

    Raises:
        UserError: as for `files_of`.
    """
    inputs: list[Path] = []
    for file in files:
        inputs += [file, *_paths(source, lambda: source.beside(file), f"beside({file.name})")]  # noqa: B023
    return inputs


def _paths(source: Source, ask: Callable[[], Sequence[Path]], method: str) -> list[Path]:
    what = f"source '{source.name}'"
    with own_code(source, what):
        paths: object = ask()
    if not is_own(source) and isinstance(paths, Sequence):
        return list(paths)
    whose = what + of_class(source)
    if isinstance(paths, str | bytes | Mapping) or not isinstance(paths, Iterable):
        raise UserError(f"{whose}: {method} returns {paths!r:.80}; return a list of paths, [] for none")
    with own_code(source, what):
        listed = list(paths)
    for path in listed:
        if not isinstance(path, Path):
            raise UserError(f"{whose}: {method} gives {path!r:.80}, which is no path; write Path(...)")
        with own_code(source, what, f"of {path}, which {method} gives"):
            state = "" if path.is_file() else "a folder" if path.is_dir() else "not there"
        if state:
            raise UserError(f"{whose}: {method} gives {path}, which is {state}; give files that can be read")
    return listed


def lines_of(source: Source, files: Sequence[Path]) -> Iterator[Line]:
    """The rows of files of a source, or of a source that is none.

    Args:
        source: one that is resolved.
        files: of it; none for a source that is no files.

    Yields:
        its rows, in their order.

    Raises:
        UserError: it raises, or gives what is no Line, with the place of the row before.
    """
    for path in files or (None,):
        if is_own(source):
            yield from _own_lines(source, path)
        else:
            yield from source.lines(path)


def _own_lines(source: Source, path: Path | None) -> Iterator[Line]:
    what, reading, after = f"source '{source.name}'", f"while reading {path}" if path else "", ""
    whose = what + of_class(source) + (f", {path}" if path else "")
    with own_code(source, what, reading):
        lines: object = source.lines(path)
        if not isinstance(lines, Iterable):
            raise UserError(f"{whose}: lines() returns {lines!r:.80}; yield Line(place, row) for each row")
        rows = iter(lines)
    while True:
        with own_code(source, what, ", ".join(part for part in (reading, after) if part)):
            line: object = next(rows, rows)
        if line is rows:
            return
        where = f"{whose}, {after}" if after else whose
        if not isinstance(line, Line):
            raise UserError(f"{where}: lines() gives {type(line).__name__}, not Line(place, row)")
        if wrong := _wrong_in(line):
            raise UserError(f"{where}: lines() gives {as_written(line)[:120]}; {wrong}")
        yield line
        after = f"after {line.where}"


def _wrong_in(line: Line) -> str:
    """What is wrong with a row; empty where nothing is."""
    if not isinstance(line.where, str) or not line.where:
        return "its place is a text, as in 'data.jsonl line 3'"
    if isinstance(line.row, Bad):
        if not isinstance(line.row.reason, str) or not is_label(line.row.reason):
            return "the reason of Bad is a word fit for counting, on one line"
        return "" if isinstance(line.row.detail, str) else "the detail of Bad is a text"
    if not isinstance(line.row, Mapping):
        return "a row is a mapping from column to value, or Bad(reason, detail)"
    return ""
