"""The builder script that somebody starts from who has a file."""

from collections.abc import Sequence
from pathlib import Path

from .looking import Column
from .named import NamedLayout

_NAMED = '''"""Preference pairs of {what}."""

from dataclasses import dataclass

from polypref import Builder, PairRule, SourceRater, layout


@dataclass(frozen=True)
class Params:
    """Options of this builder."""


def build(params: Params) -> Builder:
    """Declares the dataset; nothing is read here."""
    rows = layout({name!r}).{call}
    return Builder(
        {dataset!r},
        "0.1.0",
        sources=(rows,),
        rater=SourceRater({rater!r}),
        pairs=PairRule({rule!r}),
    )
'''

_UNNAMED = '''"""Preference pairs of {what}."""

from dataclasses import dataclass

from polypref import Answer, Builder, Fields, {source}, PairRule, SourceRater, Verdict

# The columns of the rows: {columns}


@dataclass(frozen=True)
class Params:
    """Options of this builder."""


def build(params: Params) -> Builder:
    """Declares the dataset; nothing is read here."""
    fields = Fields(
        "PROMPT",  # the column of the prompt; None for the turns that both answers' conversations share
        (Answer("CHOSEN"), Answer("REJECTED")),  # the better answer first
        language=None,  # the column of the language, if there is one
        # Where a column says which of two answers is better, with the values that name each:
        # Verdict("people", "WINNER", first=("a",), second=("b",), tie=("tie",))
        verdict=Verdict("people"),
    )
    rows = {call}
    return Builder(
        {dataset!r}, "0.1.0", sources=(rows,), rater=SourceRater("people"), pairs=PairRule("given")
    )
'''


def script_for(source: str, layout: NamedLayout | None, columns: Sequence[Column], language: str = "") -> str:
    """A builder script for a file or Hub dataset.

    Args:
        source: the file's path, or ORG/NAME.
        layout: the layout that fits; None where none does.
        columns: those of its rows, to be named where no layout fits.
        language: of every row, where no column says it.

    Returns:
        The text of a script.
    """
    here = Path(source).is_file()
    dataset = Path(source).name.split(".")[0] if here else source.rpartition("/")[2]
    tag = language if language or (layout and (layout.fields.language or layout.language)) else "TAG"
    spoken = f", language={tag!r}" if tag else ""
    rest = f"name={dataset!r}, revision='1', licence='LICENCE'{spoken}" if here else f"licence='LICENCE'{spoken}"
    names = {"what": source.replace("\\", "/").replace('"', "'"), "dataset": dataset}
    if layout is None:
        kind = "Files" if here else "HubDataset"
        listed = ", ".join(one.path for one in columns)
        wrapped = listed.replace("\n", " ")[:1_000]
        return _UNNAMED.format(**names, source=kind, columns=wrapped, call=f"{kind}({source!r}, fields, {rest})")
    call = f"{'files' if here else 'hub'}({source!r}, {rest})"
    return _NAMED.format(**names, name=layout.name, call=call, rater=layout.rater, rule=layout.rule)
