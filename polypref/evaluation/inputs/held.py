"""Files of an evaluation's folder, held against their forms before anything reads them: they may be a stranger's."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...console.escaping import one_line
from ...errors import UserError
from ...files.atomic import read_json
from ...files.forms import COUNT, NUMBER, Each, Maybe, misplaced_in
from ...files.published import MOST_BYTES, opened
from .tables import ANSWERS, BATTLES, PROMPTS

# A name that a user gave may hold half a character.
_TEXT = re.compile(r"(?s).*")
_SOME = Maybe(_TEXT)
_TEXTS, _COUNTS = Each(_TEXT), Each(COUNT, _TEXT)
_LEVEL = (int, float)


def _of(kind: Any, *names: str) -> dict[str, Any]:
    return dict.fromkeys(names, kind)


# An interval has both ends or none.
_ENDS = _of(NUMBER, "win_rate", "low", "high") | {"=": (("low", "high"),)}
_FIDELITY = Maybe(_of(NUMBER, "?lines", "?words") | _of(COUNT, "?answers", "?lines_languages", "?words_languages"))
_CONTROLLED = Maybe(_ENDS | _of(NUMBER, "?overlap"))
_SHARE = Maybe(_of(COUNT, "n") | _of(NUMBER, "share", "low", "high"))
_MEAN = {
    "languages": _TEXTS,
    **_ENDS,
    **_of(NUMBER, "p", "?delta", "?smallest_difference"),
    "groups": COUNT,
    **_of(_FIDELITY, "fidelity", "other_fidelity"),
    "length_controlled": _CONTROLLED,
    "in_language": Maybe(_ENDS | _of(COUNT, "languages")),
}
_ROW = {
    "language": _TEXT,
    **_of(COUNT, "prompts", "scored", "groups", "wins", "ties", "losses", "unparsed"),
    **_ENDS,
    **_of(NUMBER, "joint_low", "joint_high", "lowest", "highest", "p", "p_holm", "disagreements"),
    "=": (("low", "high"), ("joint_low", "joint_high"), ("lowest", "highest")),
    **_of(NUMBER, "delta", "length", "other_length"),
    **_of(_FIDELITY, "fidelity", "other_fidelity"),
    "length_controlled": _CONTROLLED,
    "in_language": Maybe(_ENDS | _of(COUNT, "scored")),
    "reasons": _COUNTS,
}
_COMPARISON = {
    **_of(_TEXT, "set", "model", "other", "judge", "?note"),
    "level": _LEVEL,
    "rows": Each(_ROW),
    "average": _MEAN,
    **_of(_TEXTS, "below_half", "surely_below", "surely_above", "few_groups", "?warnings"),
    "?thin": Maybe(_TEXTS),
    "?without_thin": Maybe({"languages": _TEXTS, **_ENDS}),
    "reasons": _COUNTS,
    "?unread": _of(_COUNTS, "?model", "?other"),
    "?contrast": Maybe(
        _of({"languages": _TEXTS, **_ENDS}, "seen", "unseen") | _of(NUMBER, "difference", "?low", "?high")
    ),
    "?other_reading": Maybe({"reading": _TEXT, **_ENDS}),
    **_of(_SHARE, "?position_bias", "?length_bias"),
    "?published": Maybe(
        Each(
            _of(_SOME, "model", "against", "set", "metric", "judge", "source", "mark")
            | _of((str, int, float, type(None)), "value")
        )
    ),
}
_BOARD = {
    "models": Each({"model": _TEXT, "strength": _LEVEL, **_ENDS, "battles": COUNT}),
    "unlinked": _TEXTS,
}
_AGREEMENT = _of(COUNT, "n", "left_out") | _of(NUMBER, "raw", "kappa", "error")
_JUDGE = {
    **_of(_TEXT, "name", "kind"),
    **_of(_SOME, "?model", "?revision", "?licence", "prompt", "?prompt_sha256"),
    "orders": Maybe(COUNT),
}
_SET = {"name": _TEXT, **_of(_SOME, "repo", "revision", "licence", "note"), "languages": _COUNTS}
_MODEL = {
    "name": _TEXT,
    **_of(_SOME, "model", "revision", "licence", "how"),
    "answers": _COUNTS,
    "failures": Each(_COUNTS, _TEXT),
}
_SIDE = Maybe({"?model": _SOME})
#: What results.json holds, as far as anything reads it.
RESULTS: dict[str, Any] = {
    "name": _TEXT,
    "?note": _TEXT,
    "comparisons": Each(_COMPARISON, least=1),
    "?leaderboards": Maybe(
        Each(_of(_TEXT, "set", "judge") | {"overall": _BOARD, "languages": Each(_BOARD, _TEXT)}),
    ),
    "polypref": _TEXT,
    "agreement": Maybe(
        Each(_of(_TEXT, "set", "one", "other") | {"all": _AGREEMENT, "languages": Each(_AGREEMENT, _TEXT)})
    ),
    "judges": Each(_JUDGE),
    "sets": Each(_SET),
    "models": Each(_MODEL),
    "?settings": Maybe((dict,)),
    "?academic": Maybe(
        {
            "?rows": Maybe(
                Each(
                    _of(_TEXT, "task", "language", "metric")
                    | _of(NUMBER, "before", "after", "difference", "?difference_stderr")
                )
            ),
            **_of(_SIDE, "?before", "?after"),
            **_of(Maybe(_TEXTS), "?warnings", "?only_before", "?only_after"),
            "?note": _SOME,
        }
    ),
    **_of(Maybe(_TEXTS), "?remarks", "limits"),
}
#: What evaluation.json holds, as far as anything reads it; its config is read as any other.
FACTS: dict[str, Any] = {
    "?config": (dict,),
    "?at": _TEXT,
    "?judged": _TEXT,
    "?name": _TEXT,
    "?settings": (dict,),
    "?judges": Each(_JUDGE),
    "?sets": Each(_SET),
    "?models": Each(_MODEL),
}
_FILES = {"results.json": RESULTS, "evaluation.json": FACTS}
_ADVICE = "evaluate again, or get the folder from somebody you trust"
# What is empty in no row that an evaluation writes.
_ALWAYS = ("set", "prompt_id", "group_id", "language", "model", "other", "judge", "prompt", "orders")


def read_record(path: Path) -> dict[str, Any] | None:
    """Reads results.json or evaluation.json; None where there is none.

    Raises:
        UserError: it is not of the form that an evaluation writes.
    """
    record = read_json(path)
    if record is not None and (at := misplaced_in(record, _FILES[path.name]) or _unfounded(record)):
        raise UserError(f"{path} does not describe an evaluation (see {one_line(at[:80])}); {_ADVICE}")
    return record


def _unfounded(record: dict[str, Any]) -> str:
    """Where a comparison names a language that it has no figures of, or verdicts stand without what they are of."""
    if "judged" in record and (lacking := {"name", "settings", "sets", "models", "judges"} - record.keys()):
        return min(lacking)
    for number, one in enumerate(record.get("comparisons", ())):
        rows = {row["language"]: row for row in one["rows"]}
        for name in ("below_half", "surely_below", "surely_above", "few_groups", "thin"):
            if not set(one.get(name) or ()) <= rows.keys():
                return f"comparisons.{number}.{name}"
        if any(rows[tag]["win_rate"] is None for tag in one["below_half"]):
            return f"comparisons.{number}.below_half"
    return ""


def read_table(path: Path) -> pa.Table:
    """Reads prompts.parquet, answers.parquet or battles.parquet.

    Raises:
        UserError: it is not as an evaluation writes it.
    """
    form = {"prompts": PROMPTS, "answers": ANSWERS, "battles": BATTLES}[path.stem]
    with opened(path, "an evaluation", _ADVICE) as file:
        if not file.schema_arrow.remove_metadata().equals(form):
            raise UserError(f"{path} has not the columns of an evaluation's {path.stem}; {_ADVICE}")
        if sum(file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups)) > MOST_BYTES:
            raise UserError(f"{path} states more bytes of rows than an evaluation has; {_ADVICE}")
        table: pa.Table = file.read()
        table.validate(full=True)
        for column, bad in _faults(table.combine_chunks()):
            if (at := pc.index(bad, True).as_py()) >= 0:
                raise UserError(f"{path} row {at + 1} has no sound '{column}'; {_ADVICE}")
    return table


def _faults(table: pa.Table) -> Iterator[tuple[str, Any]]:
    """For each thing that must be so, in which rows it is not."""
    for name in _ALWAYS:
        if name in table.column_names:
            yield name, pc.is_null(table.column(name))
    if "prompt" in table.column_names:
        yield "prompt", _with(table, "prompt", "role", "content")
    if "orders" in table.column_names:
        yield "orders", pc.greater(pc.list_value_length(table.column("orders")), 2)
        yield "orders", pc.less(pc.list_value_length(table.column("orders")), 1)
        yield "orders", _with(table, "orders", "first", "reason")
        yield "orders", _outside(table)


def _with(table: pa.Table, column: str, *names: str) -> Any:
    """Which rows hold an element, or a field of one, that is empty."""
    inside = pc.list_flatten(table.column(column))
    bad = pc.is_null(inside)
    for name in names:
        bad = pc.or_(bad, pc.is_null(pc.struct_field(inside, name)))
    return _rows(table, column, bad)


def _outside(table: pa.Table) -> Any:
    """Which rows hold a score that is none."""
    score = pc.fill_null(pc.struct_field(pc.list_flatten(table.column("orders")), "score"), 0.0)
    return _rows(table, "orders", pc.invert(pc.and_(pc.greater_equal(score, 0.0), pc.less_equal(score, 1.0))))


def _rows(table: pa.Table, column: str, bad: Any) -> Any:
    hit = pc.unique(pc.filter(pc.list_parent_indices(table.column(column)), bad))
    return pc.is_in(pa.array(range(table.num_rows), pa.int64()), hit)
