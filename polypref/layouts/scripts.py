"""The builder script that somebody starts from who has a file."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import languages
from ..console.escaping import as_literal, one_line
from ..errors import UserError
from ..files.readers import is_there
from ..languages.options import in_script
from .column_kinds import why_no_label_of
from .named import NamedLayout
from .row_columns import LONGEST_LABEL, RowColumn
from .strict_rows import is_hub_name

#: Columns of few values that are listed, columns of any, and characters of a line of comment.
_FEW, _COLUMNS, _WIDTH = 8, 60, 108
#: Values that one column of verdicts may have in however few rows.
_VERDICTS = 4
#: Characters of what may be a code or name of a language.
_LONGEST_CODE = 40

_NAMED = '''"""Preference pairs of {what}."""

from dataclasses import {imports}

from polypref import Builder, PairRule, SourceRater, layout{module}
{registered}

@dataclass(frozen=True)
class Params:
    """Options of this builder."""


def build(params: Params) -> Builder:
    """Declares the dataset; nothing is read here."""
{with_column}    rows = {how}.{call}
    return Builder(
        {dataset},
        "0.1.0",
        sources=(rows,),
        rater=SourceRater({rater}),
        pairs=PairRule({rule}{margin}),{evaluation}
    )
'''

_UNNAMED = '''"""Preference pairs of {what}."""

from dataclasses import dataclass

from polypref import Answer, Builder, Fields, {source}, PairRule, SourceRater, Verdict, {module}layouts
{registered}
# The columns of the rows:
{columns}


@dataclass(frozen=True)
class Params:
    """Options of this builder."""


def build(params: Params) -> Builder:
    """Declares the dataset; nothing is read here."""
    fields = Fields(
        "PROMPT",  # the column of the prompt
{answers}
        # A number between two ends: verdict=layouts.Scale("source", "STRENGTH", first=-3, second=3). One of several
        # columns is 1: layouts.OneHot("source", first="WON_A", second="WON_B"). A list with the best first, or the
        # number of the best: layouts.Ranking("source", "BEST", "from_0", best_only=True). Scores:
        # Answer("TEXT", score="SCORE"), no verdict, and PairRule("best_vs_worst") below. A list of answers in each row,
        # ranked there: (Answer("TEXT", score="RANK", lower_is_better=True),), each="LIST", occasion="=row".
        # {spoken}
    )
    rows = {call}
    return Builder(
        {dataset},
        "0.1.0",
        sources=(rows,),
        rater=SourceRater("source"),
        pairs=PairRule("given"),
    )
'''

_CHOSEN = """        (Answer("CHOSEN"), Answer("REJECTED")),  # the columns of the answers, the better one first
        verdict=Verdict("source"),  # who preferred it, as in SourceRater below
        # Where a column says which of two answers is better, with the values that name each:
        # verdict=Verdict("source", "WINNER", first=("a",), second=("b",), tie=("tie",)),"""

_WINNER = """        (Answer("FIRST"), Answer("SECOND")),  # the columns of the two answers
        # Which of them is better, by a column with the values that name each. Few values have:
{few}
        verdict=Verdict("source", "WINNER", first=("A",), second=("B",), tie=("TIE",), unjudged=("SKIPPED",)),
        # Where no column says it, and the better one is in the first column in every row: verdict=Verdict("source")."""


@dataclass(frozen=True)
class Place:
    """Where the rows are that a script reads.

    Attributes:
        source: a file, or ORG/NAME of the Hub.
        language: of every row; empty where a column says it, or nobody does.
        settings: what else was said of the place, as keywords of `Files` or `HubDataset`: split, records and the like.
        added: languages that somebody adds, which polypref does not know by itself.
    """

    source: str
    language: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    added: tuple[languages.Language, ...] = ()

    @property
    def is_file(self) -> bool:
        """Whether it is a file of this machine, or a pattern of such."""
        return is_there(self.source) or not is_hub_name(self.source)

    def call(self, kind: str, fields: str, language: str) -> str:
        """How a script names it.

        Args:
            kind: what is called.
            fields: the argument between the place and what is known of it; may be empty.
            language: of every row; empty for none.

        Returns:
            a call.
        """
        known = {"licence": "unknown"}
        if self.is_file:
            known = {"name": self.dataset, "revision": "unknown"} | known
        known |= {"language": language} if language else {}
        words = [as_literal(self.source), *([fields] if fields else [])]
        words += [f"{name}={as_literal(value)}" for name, value in (known | dict(self.settings)).items()]
        return f"{kind}(" + "".join(f"\n        {word}," for word in words) + "\n    )"

    @property
    def dataset(self) -> str:
        """A name for the dataset that is built of it."""
        stem = Path(self.source).name.split(".")[0] if self.is_file else self.source.rpartition("/")[2]
        return re.sub(r"[^\w-]+", "-", stem).strip("-_") or "pairs"


def script_for(place: Place, layout: NamedLayout | None, columns: Sequence[RowColumn]) -> str:
    """A builder script for a file or Hub dataset.

    Args:
        place: where the rows are.
        layout: the layout that fits; None where none does.
        columns: those of its rows, to be named where no layout fits.

    Returns:
        The text of a script.
    """
    # A column of this name says each row's language where nothing else does.
    tag = "" if _is_said(columns) else "TAG"
    what = one_line(place.source)[:200].replace("\\", "/").replace('"', "'")
    if layout is None:
        listed = _in_lines([as_literal(one.name) for one in columns[:_COLUMNS]])
        listed += [f"and {len(columns) - _COLUMNS:,} more"] * (len(columns) > _COLUMNS)
        called = place.call("Files" if place.is_file else "HubDataset", "fields", place.language or tag)
        return _UNNAMED.format(
            what=what,
            dataset=as_literal(place.dataset),
            source="Files" if place.is_file else "HubDataset",
            columns="\n".join(f"#   {line}" for line in listed),
            answers=_answers(columns),
            spoken=_spoken(columns),
            call=called,
            module="languages, " * bool(place.added),
            registered=_registered(place.added),
        )
    language = place.language or ("" if layout.fields.language or layout.language else tag)
    column = language_options(place, layout, columns).get("language-column", "")
    how = f"layout({as_literal(layout.name)})"
    with_column = f"""    how = {how}
    how = replace(how, fields=replace(how.fields, language={as_literal(column)}))  # which says each row's
"""
    return _NAMED.format(
        what=what,
        dataset=as_literal(place.dataset),
        imports="dataclass, replace" if column else "dataclass",
        with_column=with_column if column else "",
        how="how" if column else how,
        call=place.call("files" if place.is_file else "hub", "", "" if column else language),
        rater=as_literal(layout.rater),
        rule=as_literal(layout.rule),
        module=", languages" * bool(place.added),
        registered=_registered(place.added),
        margin=f", min_margin={layout.least_margin:g}" if layout.least_margin else "",
        evaluation="\n        evaluation_set=True,  # models are measured with it: no release" * layout.evaluation_set,
    )


def _registered(added: Sequence[languages.Language]) -> str:
    """The lines that make languages known which no polypref knows by itself; empty for none."""
    return "".join(f"\n{in_script(one)}\n" for one in added)


def _answers(columns: Sequence[RowColumn]) -> str:
    """The lines for answers and verdict; where a column has few values, which may say the better one, with these."""
    few = [one for one in columns if len(one.values) >= 2 and _may_say_better(one)]
    lines = [f"        #   {line}" for one in few[:_FEW] for line in _with_values(one)]
    return _WINNER.format(few="\n".join(lines)) if few else _CHOSEN


def _may_say_better(column: RowColumn) -> bool:
    """Whether values are as short and frequent as labels, and neither languages nor names of people or models."""
    if max(map(len, column.values)) > LONGEST_LABEL or len(column.values) > max(_VERDICTS, column.filled // 3):
        return False
    return not why_no_label_of(column.values, column.name)


def _with_values(column: RowColumn) -> list[str]:
    """A column with its values, whole, as code names them: on one line where there is room."""
    name, values = as_literal(column.name), [as_literal(value) for value in column.values]
    line = f"{name}: {', '.join(values)}"
    return [line] if len(line) <= _WIDTH else [f"{name}:", *(f"  {one}" for one in _in_lines(values))]


def _in_lines(literals: Sequence[str]) -> list[str]:
    """Literals with commas between them, in lines that end behind one; no literal is cut."""
    lines: list[str] = []
    for literal in literals:
        if lines and len(lines[-1]) + len(literal) + 2 <= _WIDTH:
            lines[-1] += f" {literal},"
        else:
            lines.append(f"{literal},")
    return [*lines[:-1], lines[-1].removesuffix(",")] if lines else []


def _spoken(columns: Sequence[RowColumn]) -> str:
    """What to write where a column says the language; a column that may be it is named."""
    column = column_of_languages(columns)
    if column in ("", "language"):
        return 'Where a column says the language: language="LANGUAGE", and no language= below.'
    name = as_literal(column)
    line = f"Where column {name} says the language: language={name}, and no language= below."
    return (
        line
        if len(line) <= _WIDTH
        else f"Where a column says the language, with no language= below:\n        # language={name},"
    )


def column_of_languages(columns: Sequence[RowColumn]) -> str:
    """The column that may say each row's language: the only one whose values, several of them, all name languages.

    Where its name begins with lang one value is enough; of another column it may be a word of something else. What lies
    in lists is no row's.

    Args:
        columns: those of some rows.

    Returns:
        Its name; empty where there is none, or more than one.
    """
    named = [one for one in columns if None not in one.way and len(one.values) >= (1 if _is_called_so(one) else 2)]
    of_languages = [one.name for one in named if all(map(_is_language, one.values))]
    return of_languages[0] if len(of_languages) == 1 else ""


def unknown_languages_in(column: RowColumn) -> list[str]:
    """The names and codes in a column of languages by which no known language goes.

    Args:
        column: one of some rows.

    Returns:
        Those of its values that are shown; none where the column is not called a language's, or holds texts.
    """
    if not _is_called_so(column) or None in column.way or any(len(value) > _LONGEST_CODE for value in column.values):
        return []
    return [one_line(value) for value in column.values if value.strip() and not _is_language(value)]


def _is_called_so(column: RowColumn) -> bool:
    return column.name.casefold().startswith("lang")


def language_options(place: Place, layout: NamedLayout | None, columns: Sequence[RowColumn]) -> dict[str, str]:
    """The options by which `polypref build pairs` knows the language of each row.

    Args:
        place: where the rows are, and their language where somebody said it.
        layout: the layout that reads them; None where none does.
        columns: those of the rows.

    Returns:
        Option -> value; empty where the layout, or a column called `language`, says it.
    """
    if place.language:
        return {"language": place.language}
    if (layout and (layout.fields.language or layout.language)) or _is_said(columns):
        return {}
    column = column_of_languages(columns)
    return {"language-column": column} if column else {"language": "TAG"}


def option_words(values: Mapping[str, str]) -> list[str]:
    """Options as they stand in a command.

    Args:
        values: option -> value.

    Returns:
        a text for each that has a value.

    Example:
        >>> option_words({"split": "my test", "config": ""})
        ["--split 'my test'"]
    """
    return [f"--{name} {shlex.quote(value)}" for name, value in values.items() if value]


def _is_said(columns: Sequence[RowColumn]) -> bool:
    """Whether a column `language`, which is read where nothing else says the language, holds anything."""
    return any(one.name == "language" and one.filled for one in columns)


def _is_language(value: str) -> bool:
    try:
        languages.resolve(value)
    except UserError:
        return False
    return True
