"""`polypref layouts` and `polypref look`: how known files are read, and which of these ways fit a file."""

import argparse
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from .. import languages
from ..console.escaping import as_literal, lines, one_text, print_safely
from ..languages.suggestions import option_for
from .arguments import Commands, add_language_name, named_languages

if TYPE_CHECKING:
    from ..files.cells import Bad, Row
    from ..files.readers import Line
    from ..layouts.compared_columns import ComparedColumns
    from ..layouts.looking import Fit
    from ..layouts.named import NamedLayout
    from ..layouts.row_columns import RowColumn
    from ..layouts.scripts import Place

#: Layouts that are shown with rows, of those that fit.
_SHOWN = 3
#: Turns before the last one of a prompt that are shown.
_TURNS = 4
#: Characters of a text that are shown, and of one of a column's values.
_LONGEST, _OF_VALUES = 160, 60
#: What may be said of a place beside its name.
_OF_HUB, _OF_FILE = ("split", "config", "revision"), ("records", "separator")
_TEXTS_ELSEWHERE = "(Where the texts stand in another file, write them into these rows first: a build joins no files.)"
_SEEN = {"rows": "rows of such a file were seen", "reader": "the source of a program that reads it was seen"}


def add_layout_parsers(commands: Commands) -> None:
    """Adds `polypref layouts` and `polypref look`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    layouts = commands.add_parser("layouts", help="the files of others that are read by name, and how")
    layouts.add_argument("name", nargs="?", help="one of them, with an example and what its columns hold")
    layouts.add_argument(
        "--toml", action="store_true", help="with NAME: the layout as a file, to be changed into your own"
    )
    layouts.set_defaults(run=_list_layouts)
    look = commands.add_parser(
        "look", help="what a file or Hub dataset holds, which layouts fit, and a builder script to start from"
    )
    look.add_argument("source", help="a file, a pattern of files ('data/*.jsonl'), or ORG/NAME of the Hub")
    look.add_argument("--layout", metavar="NAME", help="look with this layout only: a name, or a file LAYOUT.toml")
    look.add_argument("--language", metavar="TAG", help="language of every row, where no column says it")
    add_language_name(look)
    look.add_argument("--split", help="split of a Hub dataset (default: train)")
    look.add_argument("--config", help="config of a Hub dataset")
    look.add_argument("--revision", help="branch, tag or commit of a Hub dataset")
    look.add_argument("--records", default="", metavar="PATH", help="of a .json file: the path of the list of rows")
    look.add_argument("--separator", default="", metavar="SIGN", help="of a .csv or .tsv file: what separates columns")
    look.set_defaults(run=_look_at)


def _list_layouts(arguments: argparse.Namespace, _: list[str]) -> None:
    from rich.table import Table

    from ..console.terminal import console, safe
    from ..errors import UserError
    from ..layouts.named import layout, layout_names, layout_text

    if arguments.toml:
        if arguments.name is None:
            raise UserError("--toml prints one layout; name it, as in polypref layouts shp --toml > mine.toml")
        print(layout_text(arguments.name), end="")
        return
    if arguments.name is not None:
        _show_layout(layout(arguments.name))
        return
    table = Table("name", "files", "which side is better", "seen", box=None)
    for name in layout_names():
        one = layout(name)
        table.add_row(*map(safe, (name, one.about, one.better, one.seen or "")))
    console().print(table)
    print_safely("polypref look FILE shows which of them fit a file; polypref layouts NAME shows one of them whole.")


def _show_layout(one: "NamedLayout") -> None:
    from ..layouts.looking import fit_of
    from ..layouts.row_columns import columns_of_rows

    _print(f"{one.name}: {one.about}" if one.about else one.name)
    if one.better:
        _print(f"better: {one.better}")
    if one.seen:
        _print(f"known from: {one.source} ({_SEEN[one.seen]})")
    if one.licence:
        _print(f"licence, as its makers state it: {one.licence}")
    for note in one.described():
        _print(note)
    for number, example in enumerate(one.examples, 1):
        _print(f"\nexample {number} (made up):")
        for line in example.rows.splitlines():
            _print(line)
        columns = columns_of_rows(line.row for line in example.lines)
        _show_fit(fit_of(example.lines, columns, one))


def _look_at(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..layouts.looking import fit_of, fitting_layouts, unread_in_words, without_repeats
    from ..layouts.named import layout, layout_names
    from ..layouts.row_columns import columns_of_rows
    from ..layouts.scripts import Place, language_options, script_for, unknown_languages_in

    added = tuple(map(languages.get, named_languages(arguments)))
    language = languages.resolve_at("--language", arguments.language).tag if arguments.language else ""
    settings = {name: getattr(arguments, name) for name in (*_OF_HUB, *_OF_FILE) if getattr(arguments, name)}
    tried = [layout(arguments.layout)] if arguments.layout else [layout(name) for name in layout_names()]
    place = Place(arguments.source, language, settings | _list_at(arguments, tried), added)
    rows, tried, there_are_more = _some_rows(place, tried)
    if "records" in place.settings and not arguments.records:
        _print(f"The rows are those of the list {place.settings['records']!r:.80} in the file.")
    columns = columns_of_rows(line.row for line in rows)
    _show_columns(columns, len(rows), there_are_more)
    _show_labels(columns, [line.row for line in rows if isinstance(line.row, Mapping)])
    for column in columns:
        if unknown := unknown_languages_in(column):
            listed = f"Column {one_text(column.name, _LONGEST)}: no known language goes by {', '.join(unknown)}"
            _print(f"{listed}; {option_for(unknown[0])} adds one.")
    if unread := unread_in_words(rows, there_are_more):
        _print(unread)
    fits = fitting_layouts(rows, columns, tried, language)
    if not fits:
        which = f"layout {arguments.layout} does not fit" if arguments.layout else "no layout that is known fits"
        _print(f"\n{which}: say what the columns hold, as in the script below.")
        _show_nearly([fit_of(rows, columns, one, language) for one in tried])
    fits, alike = without_repeats(fits)
    for number, fit in enumerate(fits[:_SHOWN]):
        print()
        _show_fit(fit, fits[0] if number else None)
    for name, earlier in alike.items():
        _print(f"\n{name} reads exactly the same as {earlier}.")
    if fits:
        _show_twins(rows, fits[0].layout, language)
    if others := [f"{fit.layout.name} ({fit.read:,} of {fit.counted:,} {fit.units})" for fit in fits[_SHOWN:]]:
        _print(f"\nLess well: {', '.join(others)}")
    if fits and "separator" not in place.settings:
        named = (
            {"layout": fits[0].layout.name} | language_options(place, fits[0].layout, columns) | dict(place.settings)
        )
        _print(f"\nBuilt by one command: {_build_pairs(place, named)}")
    elif not fits and "separator" not in place.settings:
        _show_commands(place, columns, [line.row for line in rows])
    _print("\nNothing of this is used before you name it. A builder script to start from:\n")
    print(lines(script_for(place, fits[0].layout if fits else None, columns)))


def _show_twins(rows: "list[Line]", one: "NamedLayout", language: str) -> None:
    """What an eye does not see of prompts and answers: two that are one, typed on two keyboards."""
    from ..layouts.looking import items_of_rows
    from ..stages.typed_twins import twins_of_items

    stated = one.fields.language or one.language or language
    # Where nothing else says it, the column of that name does, as in a build.
    named = {line.where: _tag_in(line.row) for line in rows if not stated and isinstance(line.row, Mapping)}
    items = [
        (where, item, item.prompt["language"] if stated else named.get(where, ""))
        for where, item in items_of_rows(rows, one, language)
        if not isinstance(item, str)
    ]
    for twins in twins_of_items(items):
        _print(f"\n{twins.sentence()}.")


def _tag_in(row: "Row") -> str:
    known = languages.find(str(row.get("language", "")))
    return known.tag if known else ""


def _show_labels(columns: "list[RowColumn]", rows: "list[Row]") -> None:
    """What an eye does not see of values that may be labels: two that look alike, and signs that show nothing."""
    from ..layouts.column_kinds import numeric_columns
    from ..layouts.label_hints import alike_labels, unseen_in_labels

    numbers = numeric_columns(rows)
    for column in columns:
        if (clauses := alike_labels(column.labels)) and column.name in numbers:
            clauses = [f"{clauses[0]}; as scores they are one number, as labels and verdicts two"]
        else:
            clauses = [f"{clause}; a build takes them for two labels" for clause in clauses]
        for clause in [*clauses, *unseen_in_labels(column.values)]:
            _print(f"Column {one_text(column.name, _LONGEST)}: {clause}.")


def _show_commands(place: "Place", columns: "list[RowColumn]", rows: "list[Row | Bad]") -> None:
    if not _show_command_of_pairs(place, columns, rows):
        _show_commands_of_answers(place, rows)


def _show_command_of_pairs(place: "Place", columns: "list[RowColumn]", rows: "list[Row | Bad]") -> bool:
    """The command for rows of two answers each, with the columns that names and values suggest.

    Returns:
        whether the rows hold two answers each, or verdicts alone.
    """
    from ..layouts.compared_columns import compared_columns, hold_no_texts, verdicts_alone
    from ..layouts.scripts import language_options

    alone = verdicts_alone(rows)
    if alone.winner and not place.settings:
        _show_win_rates(place, columns, alone)
        return True
    if hold_no_texts(rows):
        _print(f"\nNo column holds texts of prompts and answers. {_TEXTS_ELSEWHERE}")
    named = compared_columns(rows)
    spoken = named.options() | language_options(place, None, columns)
    suggested = ", with what names and values suggest (look at each)" if named.a or named.chosen else ""
    flag = " --decimal-comma" if named.decimal_comma else ""
    _print(f"\nOr by one command{suggested}: {_build_pairs(place, place.settings)}{_options(spoken)}{flag}")
    if named.others:
        listed = ", ".join(as_literal(label) for label in named.others)
        name = "name" if len(named.others) > 1 else "names"
        _print(f"(--tie says that {listed} {name} neither answer; values of rows that nobody judged go to --unjudged)")
    if named.voters:
        listed = ", ".join(one_text(name, _LONGEST) for name in named.voters)
        _print(f"({listed} each have a value for either side: --winner takes one of them; where they are of several "
               "people, write a row for each verdict, with a column of who gave it, --annotator)")  # fmt: skip
    if named.more:
        listed = ", ".join(one_text(name, _LONGEST) for name in named.more)
        _print(f"({listed} may be {len(named.more)} answers to one prompt, of which --a and --b take two; with all of "
               "them in a list, or each in a row of its own with a score: docs/preferences.md)")  # fmt: skip
    beside = "with --language-column COLUMN where one says the language" * (spoken.get("language") == "TAG")
    other = "--chosen COLUMN --rejected COLUMN in place of --a to --tie where a column has the better answer"
    if clauses := "; ".join(filter(None, ("" if named.chosen or named.scores else other, beside))):
        _print(f"({clauses})")
    return bool(named.a or named.chosen or named.more)


def _show_win_rates(place: "Place", columns: "list[RowColumn]", named: "ComparedColumns") -> None:
    """The command for verdicts on two models, without a text: no pairs, but win-rates."""
    import json

    from ..layouts.scripts import language_options

    spoken = language_options(place, None, columns)
    language = spoken.get("language-column") or (f"={spoken['language']}" if "language" in spoken else "language")
    labels = dict.fromkeys(named.first, "a") | dict.fromkeys(named.second, "b") | dict.fromkeys(named.others, "tie")
    keys = {
        "form": "winner", "columns": named.winner, "prompt": "COLUMN", "model_a": named.model_a,
        "model_b": named.model_b, "language": language, "labels": labels,
    }  # fmt: skip
    _print(
        "\nNo column holds texts, of which pairs are made: these are verdicts alone. Win-rates are made of them, with "
        "a file verdicts.yaml that says what the columns hold (prompt: that of the prompt's id):"
    )
    for key, value in keys.items():
        if value:
            _print(f"    {key}: {json.dumps(value, ensure_ascii=False)}")
    _print(f"  polypref evaluate --judgements {shlex.quote(place.source)} --layout verdicts.yaml --model MODEL")
    _print(
        "(where the texts stand in another file, write them into these rows first: polypref build pairs reads one file)"
    )


def _show_commands_of_answers(place: "Place", rows: "list[Row | Bad]") -> None:
    """The commands for rows of one answer each, and why columns that might be meant are not named in them."""
    from ..layouts.scored_rows import (
        column_of_people,
        command_for_labels,
        command_for_scores,
        not_labels,
        not_scores,
        scores_in_words,
    )

    if command := command_for_scores(place, rows):
        people = shlex.quote(column_of_people(rows)) if column_of_people(rows) else "COLUMN"
        _print(f"Or, where a row holds one answer and a number that rates it (the higher the better): {command}")
        _print(f"(with --annotator {people} where several people rate: only numbers of one person are compared)")
    if clauses := not_scores(rows):
        _print(f"Not taken for numbers that rate answers: {'; '.join(clauses)}.")
    if command := command_for_labels(place, rows):
        _print(f"Or, where a row holds one answer and a label that says whether it is good: {command}")
        _print("(without --prompt where --completion is a whole conversation, whose last answer the label is of)")
    for name, words in scores_in_words(rows).items():
        listed = ", ".join(as_literal(word) for word in words)
        _print(
            f"Column {one_text(name, _LONGEST)} may rate one answer by words ({listed}): say which number each is, by "
            "score_labels of Answer in the script, or of [[fields.answers]] in a LAYOUT.toml"
        )
    if clauses := not_labels(rows):
        _print(f"Not taken for labels of answers: {'; '.join(clauses)}.")


def _build_pairs(place: "Place", options: Mapping[str, str]) -> str:
    from ..languages.options import as_options

    return f"polypref build pairs --source {shlex.quote(place.source)}{as_options(place.added)}{_options(options)}"


def _options(options: Mapping[str, str]) -> str:
    from ..layouts.scripts import option_words

    return "".join(f" {word}" for word in option_words(options))


def _show_nearly(fits: "list[Fit]") -> None:
    """Of layouts that read no row: the one whose columns are there, and what a declaration more would cure."""
    from ..stages.declarations import declaration_for

    unread = {fit.layout.name: sum(not use for use in fit.meaning.values()) for fit in fits}
    for fit in sorted(fits, key=lambda fit: (unread[fit.layout.name], fit.layout.evaluation_set)):
        for reason, rows in fit.reasons.items():
            if not fit.absent and (advice := declaration_for(*reason.split(" ", 1))):
                left_out = f"{rows:,} row{'s' * (rows != 1)}, {one_text(reason, _LONGEST)}"
                print(f"{fit.layout.name} leaves out {left_out}: {lines(advice)}")
                return


def _list_at(arguments: argparse.Namespace, tried: "list[NamedLayout]") -> dict[str, str]:
    """Where the rows are in a .json file that is no list: where the one layout says it, or in the only list of it."""
    from ..files.json_rows import lists_of_rows
    from ..files.readers import is_there
    from ..layouts.scripts import Place
    from ..layouts.sources import files_at

    may_be_one = Path(arguments.source).name.endswith((".json", ".json.gz", ".json.zst"))
    pattern = set("*?[") & set(arguments.source) and Place(arguments.source).is_file
    if arguments.records or not may_be_one or not (is_there(arguments.source) or pattern):
        return {}
    first, *_ = files_at(arguments.source, arguments.source)
    lists = [one.records for one in tried if one.records] if len(tried) == 1 else lists_of_rows(first)
    return {"records": lists[0]} if len(lists) == 1 else {}


def _some_rows(place: "Place", tried: "list[NamedLayout]") -> "tuple[list[Line], list[NamedLayout], bool]":
    """The first rows, the layouts that are tried on them, and whether there are more rows.

    Where rows are messages that stand before those that they answer, more of them are looked at, with the layouts alone
    that put messages together.
    """
    from ..layouts.looking import MESSAGES, ROWS, answered_later, some_rows

    source = _rows_at(place)
    rows = some_rows(source)
    if flat := [one for one in tried if len(rows) == ROWS and answered_later(rows, one)]:
        source = _rows_at(place)
        rows, tried = some_rows(source, MESSAGES), flat
    return rows, tried, _goes_on(source)


def _goes_on(rows: "Iterator[Line]") -> bool:
    from ..errors import UserError

    try:
        return any(True for _ in rows)
    except UserError:
        return True  # what cannot be read is none of what was looked at


def _rows_at(place: "Place") -> "Iterator[Line]":
    from ..errors import UserError
    from ..files.delimited import check_separator
    from ..files.hub_reader import read_hub
    from ..files.readers import is_there, read_file
    from ..layouts.sources import files_at

    settings = place.settings
    if place.is_file:
        if not is_there(place.source) and not set("*?[") & set(place.source):
            raise UserError(f"there is no file {place.source}, and a dataset of the Hub is ORG/NAME; check the name")
        if is_there(place.source) and Path(place.source).is_dir():
            raise UserError(f"{place.source} is a folder; name one of its files")
        if wrong := [f"--{name}" for name in settings if name in _OF_HUB]:
            raise UserError(
                f"{' and '.join(wrong)} speaks of a dataset of the Hub, and {place.source} is a file; leave it out"
            )
        if separator := settings.get("separator"):
            check_separator(separator, "--separator")
        files = files_at(place.source, place.source)
        return chain.from_iterable(read_file(path, settings.get("records"), separator) for path in files)
    if wrong := [f"--{name}" for name in settings if name in _OF_FILE]:
        raise UserError(f"{' and '.join(wrong)} speaks of a file, and there is no file {place.source}; leave it out")
    return read_hub(place.source, settings.get("config"), settings.get("split", "train"), settings.get("revision"))


def _show_columns(columns: "list[RowColumn]", rows: int, there_are_more: bool) -> None:
    from rich.table import Table

    from ..console.terminal import console, safe_text

    counted = f"filled, of {'the first ' if there_are_more else ''}{rows:,}"
    table = Table("column", "holds", counted, "values", box=None)
    for one in columns:
        # Labels that begin alike are shown as far as they differ.
        alike = len({value[:_OF_VALUES] for value in one.labels}) < len(one.labels) <= len(one.values)
        values = " | ".join(safe_text(value, _LONGEST if alike else _OF_VALUES) for value in one.values)
        table.add_row(safe_text(one.name, _LONGEST), one.kinds, f"{one.filled:,}", values)
    console().print(table)


def _show_fit(fit: "Fit", after: "Fit | None" = None) -> None:
    """What a layout reads of rows; where another one is shown before it, why."""
    from ..layouts.looking import why_after
    from ..layouts.trees import ANSWERED, ANSWERS
    from ..stages.declarations import declaration_for

    one = fit.layout
    within = "" if fit.units == "rows" else f" in {fit.held:,} row{'s' * (fit.held != 1)}"
    about = f": {one.about}" if one.about else ""
    _print(f"{one.name} reads {fit.read:,} of {fit.counted:,} {fit.units}{within}{about}")
    if after and (why := why_after(fit, after)):
        _print(f"  shown after {after.layout.name}: {why}")
    if fit.messages:
        order = dict.fromkeys([*(kind for kind in (ANSWERED, ANSWERS) if kind in fit.messages), *fit.messages])
        kinds = [f"{fit.messages[kind]:,} {one_text(kind, _LONGEST)}" for kind in order]
        _print(f"  messages: {sum(fit.messages.values()):,}, which are {', '.join(kinds)}")
    if one.better:
        _print(f"  better: {one.better}")
    for note in one.described():
        _print(f"  {note}")
    for reason, rows in fit.reasons.items():
        advice = declaration_for(*reason.split(" ", 1))
        counted = fit.other_units.get(reason, fit.units)
        units = "" if fit.units == "rows" else f"{counted.removesuffix('s') if rows == 1 else counted}, "
        print(f"  left out: {rows:,} {units}{one_text(reason, _LONGEST)}{'; ' if advice else ''}{lines(advice)}")
    for sample in fit.samples:
        _print(f"  {sample.where}: {sample.basis}")
        _show_turns_before(sample.before)
        sides = (("prompt", (sample.prompt,)), ("better", sample.better), ("worse", sample.worse))
        for side, texts in sides:
            for text in texts[:_SHOWN]:
                print(f"    {side}: {one_text(text, _LONGEST)}")
            if len(texts) > _SHOWN:
                print(f"    {side}: {len(texts) - _SHOWN:,} more")
    for name, use in fit.meaning.items():
        print(f"  {one_text(name, _LONGEST)}: {one_text(use or 'not read')}")
    for name in fit.absent:
        print(f"  {one_text(name, _LONGEST)}: named by the layout, in none of the rows")


def _show_turns_before(turns: "Sequence[tuple[str, str]]") -> None:
    """The turns before the last one of a prompt; of many the last ones, and how many stand before these."""
    if len(turns) > _TURNS:
        print(f"    {len(turns) - _TURNS:,} turns before these")
    for role, text in turns[-_TURNS:]:
        print(f"    {one_text(role, _LONGEST)} before: {one_text(text, _LONGEST)}")


def _print(text: str) -> None:
    print(lines(text))
