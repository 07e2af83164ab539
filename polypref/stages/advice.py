"""What to do about a source whose rows cannot be used: the ends of sentences that stop a build."""

from collections.abc import Collection, Sequence
from pathlib import Path

from .. import languages
from ..errors import UserError
from ..files.cells import number_advice
from ..languages.suggestions import option_for
from ..layouts.rows import NO_LANGUAGE, UNKNOWN_LANGUAGE
from ..layouts.source import Source

# Files that a sentence lists, and labels.
_FILES_IN_A_MESSAGE, _LABELS_IN_A_MESSAGE = 3, 8


def no_rows(name: str, files: Sequence[Path]) -> str:
    """What to say of a source that has no row.

    Args:
        name: the source's.
        files: those that were read; none for a source that is no files.

    Returns:
        a sentence without a full stop.
    """
    if not files:
        return f"source '{name}' has no rows; check its path and columns"
    listed = ", ".join(map(str, files[:_FILES_IN_A_MESSAGE])) + " ..." * (len(files) > _FILES_IN_A_MESSAGE)
    holds = "holds none" if len(files) == 1 else "hold none"
    return f"source '{name}' has no rows; {listed} {holds} (blank lines and a header are no rows): check its path"


def language_advice(source: Source, reason: str, details: Collection[str]) -> str:
    """What to do where rows are left out for what they say of their language.

    Args:
        source: where the rows are from.
        reason: why they are left out.
        details: what is said beside the reason, of all these rows.

    Returns:
        a clause with `; ` before it; empty where the reason is none of languages.
    """
    column = source.fields.language
    tag = _tag_in(column or "")
    for_all = f"where all rows are in one language, write {type(source).__name__}(..., language='{tag or 'he'}')"
    for_all += " (--language he with polypref build pairs)" if not tag else ""
    if reason == UNKNOWN_LANGUAGE and set(details) == {NO_LANGUAGE}:
        if tag:
            return language_as_column(source)
        if column:
            return f"; the column '{column}' (language of Fields) is empty there: fill it in, or {for_all}"
        return f"; say which column holds it, as in Fields(..., language='lang'), or {for_all}"
    if reason == UNKNOWN_LANGUAGE:
        unknown = min(detail for detail in details if detail != NO_LANGUAGE)
        return (
            f"; to keep them, call each by a known name, or add it: {option_for(unknown)} of polypref build, or "
            "polypref.register(Language(...)) in the script"
        )
    return ""


def language_as_column(source: Source) -> str:
    """What to do where a language stands in the place of a column's name.

    Args:
        source: whose `Fields(language=...)` may be one.

    Returns:
        a clause with `; ` before it; empty where no language goes by it.
    """
    column = source.fields.language
    tag = _tag_in(column or "")
    if not tag:
        return ""
    all_of_it = f"where all rows are in one language, write {type(source).__name__}(..., language='{tag}')"
    return f"; language={column!r} of Fields names a column: {all_of_it}"


def score_advice(reason: str, details: Collection[str]) -> str:
    """What to do where scores are words or thumbs.

    Args:
        reason: why parts of rows are left out.
        details: what is said beside the reason, of all these rows.

    Returns:
        a clause with `; ` before it; empty where the reason is another, or the values are of many kinds.
    """
    values = sorted(set(details))
    if reason != "score_not_a_number":
        return ""
    if written := next(filter(None, (number_advice(bare_value(detail)) for detail in details)), ""):
        where = " in Answer(...) (--decimal-comma with polypref build pairs)" if written.endswith("decimal=','") else ""
        return f"; {written}{where}"
    if len(values) > _LABELS_IN_A_MESSAGE:
        return ""
    labels = ", ".join(f"{bare_value(value)!r}: NUMBER" for value in values)
    return f"; where these stand for numbers, write Answer(..., score_labels={{{labels}}}) with the number of each"


def bare_value(detail: str) -> str:
    """The value that a detail tells of a score.

    Args:
        detail: the value, perhaps after its column.

    Returns:
        the value alone.
    """
    return detail.rpartition(": ")[2].strip()


def _tag_in(column: str) -> str:
    """The tag of the language that stands where a column's name should; empty where none does."""
    try:
        return languages.resolve(column.removeprefix("=")).tag
    except UserError:
        return ""
