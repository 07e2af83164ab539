"""Files of a published dataset, held against the schema before anything else reads them: they may be a stranger's.

A Parquet file can say anything of itself. One that polypref wrote has the columns of `schema.PREFERENCES` and no
others, of these types, and values where there must be some; any other is refused in one sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from . import schema
from .errors import UserError
from .escaping import one_line
from .text import has_lone_surrogate

#: The schemas of all datasets that were ever released; a new one is added, none goes.
SCHEMAS: tuple[pa.Schema, ...] = (schema.PREFERENCES,)
#: What a file's footer may weigh, and what a file may say that it holds: far beyond what a release writes.
MOST_FOOTER, MOST_ROWS, MOST_BYTES = 16 << 20, 1_000_000, 8 << 30
_MESSAGES = ("prompt", "chosen", "rejected")
_ID = "^[0-9a-f]{32}$"
_ADVICE = "get the dataset again, from somebody you trust"


def check_file(path: Path, rows: int | None = None) -> None:
    """Holds a file's footer against the schema; no row is read.

    Args:
        path: the file.
        rows: how many rows it must have; None for any number.

    Raises:
        UserError: it is no Parquet file of a published dataset.
    """
    with _opened(path) as file:
        form, about = file.schema_arrow, file.metadata
        problem = _problem(form, file.schema)
        if problem:
            raise UserError(f"{path} {problem}; {_ADVICE}")
        if rows not in (None, about.num_rows) or not 0 <= about.num_rows <= MOST_ROWS:
            raise UserError(f"{path} states {about.num_rows:,} rows, its provenance {rows}; {_ADVICE}")
        sizes = [about.row_group(number).total_byte_size for number in range(about.num_row_groups)]
        if any(size < 0 for size in sizes) or sum(sizes) > MOST_BYTES:
            raise UserError(f"{path} states {sum(sizes):,} bytes of rows, more than a release has; {_ADVICE}")


def check_rows(paths: Iterable[Path]) -> None:
    """Holds the rows of files whose footers were checked against what every published row has.

    Raises:
        UserError: a row lacks a value, or its id or language is none.
    """
    for path in paths:
        with _opened(path) as file:
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
def _opened(path: Path) -> Iterator[Any]:
    """A Parquet file; what its reader raises becomes one sentence."""
    try:
        with path.open("rb") as file:
            file.seek(-8, 2)
            footer, mark = int.from_bytes(file.read(4), "little"), file.read(4)
        if mark != b"PAR1" or footer > MOST_FOOTER:
            raise UserError(f"{path} is not a Parquet file of a published dataset; {_ADVICE}")
        with pq.ParquetFile(path) as opened:
            yield opened
    except (pa.ArrowException, ValueError, OverflowError, OSError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise UserError(f"{path} is not a readable Parquet file ({one_line(said)}); {_ADVICE}") from None


def _problem(form: pa.Schema, parquet: Any) -> str:
    """What is wrong with a file's columns; nothing where they are those of a release."""
    if any(form.equals(one) and _leaves(parquet) == _leaves_of(one) for one in SCHEMAS):
        return ""
    counts = Counter(form.names)
    if twice := [name for name, count in counts.items() if count > 1]:
        return f"has two columns of the name {_shown(twice[0])}"
    wanted = SCHEMAS[-1]
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


def _shown(name: str) -> str:
    return f"'{one_line(name[:60])}'" + ("..." if len(name) > 60 else "")


def _leaves(parquet: Any) -> list[tuple[Any, ...]]:
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


def _leaves_of(form: pa.Schema) -> list[tuple[Any, ...]]:
    sink = pa.BufferOutputStream()
    pq.write_table(form.empty_table(), sink)
    return _leaves(pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema)


def _faults(batch: pa.RecordBatch, language: str) -> Iterable[tuple[str, pa.Array]]:
    """For each thing that must be so, in which rows it is not."""
    for name in ("pair_id", "prompt_id"):
        yield name, pc.invert(pc.match_substring_regex(batch.column(name), _ID))
    yield "language", pc.not_equal(batch.column("language"), language)
    for name in _MESSAGES:
        turns = batch.column(name)
        yield name, pc.less(pc.list_value_length(turns), 1)
        inside = turns.flatten()
        bad = pc.or_(pc.is_null(inside), pc.is_null(inside.field("role")))
        yield name, _rows(turns, pc.or_(bad, pc.is_null(inside.field("content"))))
    yield "flags", _rows(batch.column("flags"), pc.is_null(batch.column("flags").flatten()))


def _rows(lists: pa.Array, bad: pa.Array) -> pa.Array:
    """Which lists hold a bad element."""
    hit = pc.unique(pc.filter(pc.list_parent_indices(lists), bad))
    return pc.is_in(pa.array(range(len(lists)), pa.int64()), hit)


# What `provenance.json` holds, as far as anything reads it: a type, a pattern, a list of one kind, a mapping of one
# kind, or a mapping with these keys (those after a ? may be missing).
_TAG, _HEX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}"), re.compile(r"[0-9a-f]{0,64}")
_FILE = re.compile(r"data/[A-Za-z0-9][A-Za-z0-9_-]{0,39}/(?:train|test)-[0-9]{8,12}-[0-9]{8,12}\.parquet")
_CONFIG = re.compile(r"[^\W_][\w .-]{0,160}")
_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}")
_STAGE = re.compile(r"[a-z]{1,20}-[0-9a-f]{8,64}")
_COUNT, _NUMBER = (int,), (int, float, type(None))
_TEXT, _SOME = (str,), (str, type(None))


class _Maybe:
    """A value of a kind, or none."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _Each:
    """A list or mapping whose values are of one kind, and whose keys, where it is a mapping, are of another."""

    def __init__(self, value: Any, key: Any = None, least: int = 0) -> None:
        self.value, self.key, self.least = value, key, least


_NAMED_ROWS = {"rows": _COUNT}
_QUOTA = dict.fromkeys(("asked", "available", "given", "test"), _COUNT)
RECORD: dict[str, Any] = {
    "format": _TEXT,
    "name": _CONFIG,
    "version": _VERSION,
    "prose": _TEXT,
    "rater": _TEXT,
    "evaluation_set": (bool,),
    "notes": _Each(_TEXT),
    "parameters": (dict,),
    "settings": (dict,),
    "packages": (dict,),
    "fingerprints": _Each(_HEX, _TEXT),
    "fingerprint": _HEX,
    "?rows": _Each(_STAGE),
    "sources": _Each(dict.fromkeys(("name", "revision", "licence"), _TEXT) | _NAMED_ROWS),
    "models": _Each(dict.fromkeys(("model", "revision", "licence"), _TEXT)),
    "translators": _Each(dict.fromkeys(("name", "licence"), _TEXT) | _NAMED_ROWS),
    "facts": {
        "languages": _Each(
            {
                **dict.fromkeys(("train", "test"), _COUNT),
                **dict.fromkeys(("chosen_characters", "rejected_characters", "chosen_longer"), _NUMBER),
            },
            _TAG,
        ),
        "models": _Each({"model": _TEXT, "route": _TEXT, "chosen": _COUNT, "rejected": _COUNT}),
        "flags": _Each({"language": _TEXT, "flag": _TEXT} | _NAMED_ROWS),
        "origins": _Each({"origin": _TEXT, "translator": _SOME} | _NAMED_ROWS),
        "raters": _Each({"rater": _TEXT} | _NAMED_ROWS),
    },
    "?calibration": _Each(
        {
            "language": _TEXT,
            # What there is nothing to compute from is none, and only that.
            "=": (("longer", "longer_low", "longer_high"),),
            "0": (("compared", "spread"), ("compared", "tied_share"), ("ordered", "length_correlation")),
            **dict.fromkeys(("prompts", "answers", "unrated", "compared", "tied", "ordered", "pairs"), _COUNT),
            **dict.fromkeys(("equal_length", "pair_prompts"), _COUNT),
            **dict.fromkeys(("tied_share", "spread", "length_correlation"), _NUMBER),
            **dict.fromkeys(("longer", "longer_low", "longer_high"), _NUMBER),
            "models": _Each(
                {
                    **dict.fromkeys(("model", "route"), _TEXT),
                    **dict.fromkeys(("answers", "chosen", "rejected"), _COUNT),
                    **dict.fromkeys(("mean", "sd", "q05", "q50", "q95", "chosen_share"), _NUMBER),
                }
            ),
        }
    ),
    "?review": _Maybe(
        _Each(
            {
                **dict.fromkeys(("pairs", "reviewers", "both"), _COUNT),
                "=": (("agree", "low", "high"), ("raw", "prevalence")),
                **dict.fromkeys(("agree", "low", "high", "raw", "kappa", "prevalence"), _NUMBER),
                "judgements": dict.fromkeys(("chosen", "rejected", "both_bad", "not_my_language"), _COUNT),
            },
            _TAG,
        )
    ),
    "?masked": _Maybe(_Each(_COUNT, _TEXT)),
    "mixtures": _Each(_Each(_QUOTA, _TAG, least=1), _CONFIG, least=1),
    "funnel": _Each(dict.fromkeys(("stage", "unit", "language", "outcome", "reason"), _TEXT) | _NAMED_ROWS),
    "configs": _Each({"config_name": _CONFIG, "data_files": _Each({"split": _TAG, "path": _Each(_FILE)})}, least=1),
    "files": _Each({"sha256": _HEX, "bytes": _COUNT, "rows": _COUNT}, _FILE),
    "readme": _HEX,
}


def misplaced(record: Any) -> str:
    """Where a provenance is not of the form that a build writes, as `mixtures.all.de`; empty when it is."""
    return _where(record, RECORD, "")


def _where(value: Any, kind: Any, at: str) -> str:
    """The first place in a value that is not of its kind."""
    if isinstance(kind, tuple):
        return "" if _is_plain(value, kind) else at
    if isinstance(kind, re.Pattern):
        return "" if isinstance(value, str) and kind.fullmatch(value) else at
    if isinstance(kind, _Maybe):
        return "" if value is None else _where(value, kind.value, at)
    if isinstance(kind, _Each):
        return _where_in_all(value, kind, at)
    if not isinstance(value, dict):
        return at
    for name, one in kind.items():
        plain = name.removeprefix("?")
        if name in _RULES or (plain != name and plain not in value):
            continue
        place = f"{at}.{plain}".lstrip(".")
        if plain not in value or (bad := _where(value[plain], one, place)):
            return place if plain not in value else bad
    for group in kind.get("=", ()):
        if len({value[name] is None for name in group}) > 1:
            return f"{at}.{group[0]}"
    return next(
        (f"{at}.{name}" for count, name in kind.get("0", ()) if bool(value[count]) == (value[name] is None)), ""
    )


_RULES = ("=", "0")


def _where_in_all(value: Any, kind: _Each, at: str) -> str:
    if isinstance(value, dict if kind.key else list) and len(value) >= kind.least:
        pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for name, one in pairs:
            place = f"{at}.{name}".lstrip(".")
            if bad := (kind.key and _where(name, kind.key, place)) or _where(one, kind.value, place):
                return str(bad)
        return ""
    return at


def _is_plain(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of one of the kinds; counts are whole and not negative, numbers finite."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return False
    if isinstance(value, (int, float)):
        return abs(value) < 1e300 and (kinds != _COUNT or 0 <= value < 1 << 53)
    return not isinstance(value, str) or not has_lone_surrogate(value)
