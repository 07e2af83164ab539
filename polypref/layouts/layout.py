"""A layout that a config declares: which column of a judgement file says what.

A judgement file holds a row for each game (two answers to a prompt, shown in one order), or one row with both orders.
What it says is in one of five forms: a winner's label, a mark in the judge's text, two scores, a ranking, or a
preference on a line between the two. All become the same: the score of one model against another, in up to two orders.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from .. import languages
from ..console.escaping import as_written, short_text
from ..errors import UserError
from ..files.atomic import Setting
from ..files.cells import Bad, Cell, Row, is_missing, look_up, look_up_or_none
from ..files.delimited import check_separator
from ..languages.own import adopt_beside
from ..scripting.declared import nearest
from ..text.cleaning import has_lone_surrogate
from .columns import check_columns
from .contract import Game, Keep
from .outcomes import UNKNOWN_LABEL, Form, Meaning, label_of, outcome
from .strict_rows import read_rows, tag_of, unread
from .where import held_in_words, left_out_by, several, shown_label

#: Keys of a config that name columns, one or several.
_OF_COLUMNS = frozenset({"columns", "prompt", "swapped", "group"})
#: Keys that are one text.
_TEXTS = frozenset({"model_a", "model_b", "language", "pattern", "answer_a", "answer_b", "records", "separator"})


@dataclass(frozen=True)
class DeclaredLayout:
    """Which column says what. A column may be a path into nested records and lists: `games[0].score`, `games.0.score`.

    Attributes:
        form: of the judgement: `winner` (a label), `text` (the judge's reply, whose marks must all agree), `scores`
            (two numbers, the higher wins), `ranking` (models or labels, the best first), `preference` (one number).
        columns: where it is: one column; for `scores` two, or one text that `pattern` finds two numbers in.
        prompt: columns that together name the prompt.
        model_a, model_b: columns that name the models of the answers shown first and second, or `=NAME` for all rows.
        swapped: as `columns`, for the same two answers in the other order, where a row holds both.
        swapped_names: what labels, scores and rankings of `swapped` go by: `places` (A, or the first score, is the
            answer shown first, which is model_b's), or `models` (they still mean model_a and model_b).
        language: a column of names or codes, or `=TAG`; `und` where a cell is empty, or nothing is given here.
        group: columns that name the prompt across languages; those of `prompt` when left out.
        labels: what is written -> `a`, `b` or `tie` (or a number from 0 to 1: the first one's score); 1, 1.0 and "1"
            are one label. A label means nothing by itself: beside those named here only the models' names are known.
        pattern: regular expression; of its matches in the text the last one's group 1 is the label (groups 1 and 2 are
            the scores, of the first match). Empty: the marks [[A]], [[B]], [[C]] of the first, the second, neither.
        tie_within: scores that differ by no more are a tie.
        range: of a preference, which needs it: the value that says the first answer is better, and that which says the
            second is.
        draws: values of a preference that mean a draw and lie outside of the range.
        answer_a, answer_b: columns of the answers, for their lengths.
        weights: label -> how often a game counts, such as {"A>>B": 3}; 1 for others.
        where: column -> the value that a row must have, or a list of those that it may have; compared as labels are.
        records: path to the list of rows, in a JSON file that is not itself a list.
        separator: what separates the columns of a .csv or .tsv file; empty to look for it.
        keep: of several judgements of the same answers in the same order: `error`, `first`, `last` or `mean`.
        stated: columns that games state; no key of a config, which says by which columns an evaluation is sliced.
    """

    form: Form
    columns: tuple[str, ...]
    prompt: tuple[str, ...]
    model_a: str
    model_b: str
    swapped: tuple[str, ...] = ()
    swapped_names: Literal["places", "models"] = "places"
    language: str = "=und"
    group: tuple[str, ...] = ()
    labels: Mapping[str, str | float] = field(default_factory=dict)
    pattern: str = ""
    tie_within: float = 0.0
    range: tuple[float, float] | None = None
    draws: tuple[float, ...] = ()
    answer_a: str = ""
    answer_b: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    where: Mapping[str, Cell] = field(default_factory=dict)
    records: str = ""
    separator: str = ""
    keep: Keep = "error"
    stated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check_columns()
        self._check_pattern()
        self._check_range()
        if self.separator:
            check_separator(self.separator, "layout: separator")
        if len(self.meaning.labels) < len(self.labels):
            raise UserError(f"layout: a label is named twice in {list(self.labels)}; 1, 1.0 and '1' are one label")

    def _check_columns(self) -> None:
        """Sees that there are as many columns as the form of the judgement needs.

        Raises:
            UserError: there are not, or one is no name of a column.
        """
        named = (self.model_a, self.model_b, self.language, self.answer_a, self.answer_b)
        check_columns("layout", (*self.columns, *self.swapped, *self.prompt, *self.group, *named, *self.where))
        allowed = (1, 2) if self.form == "scores" else (1,)
        for name, columns in (("columns", self.columns), ("swapped", self.swapped)):
            if len(columns) not in allowed and (columns or name == "columns"):
                raise UserError(
                    f"layout: {name} of the form {self.form} names {len(columns)} columns; name "
                    f"{' or '.join(map(str, allowed))}"
                )
        if self.form == "scores" and not self.pattern and 1 in (len(self.columns), len(self.swapped)):
            raise UserError("layout: two scores in one column need a pattern with two groups")
        if not self.prompt or not self.model_a or not self.model_b:
            raise UserError("layout: name the columns of prompt, model_a and model_b")

    def _check_pattern(self) -> None:
        """Sees that the pattern finds what the form of the judgement needs.

        Raises:
            UserError: it does not, or is no regular expression.
        """
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise UserError(f"layout: pattern is no regular expression: {error}") from None
        if self.form == "text" and self.pattern and not self.labels:
            raise UserError(
                "layout: what the pattern finds means nothing by itself; say which labels name the first answer, the "
                "second, neither, as in labels: {LABEL: a, LABEL: b, LABEL: tie}"
            )
        if self.pattern and groups < (2 if self.form == "scores" else 1):
            raise UserError("layout: pattern has too few groups; put what is to be read in brackets")

    def _check_range(self) -> None:
        """Sees that a preference has its range.

        Raises:
            UserError: it has none, or one of no length.
        """
        if self.form == "preference" and self.range is None:
            raise UserError(
                "layout: a preference needs its range: the value that says the first answer is better, and that which "
                "says the second is, as in range: [1, 2]"
            )
        if self.range is not None and self.range[0] == self.range[1]:
            raise UserError("layout: both ends of the range of a preference are the same")

    @cached_property
    def meaning(self) -> Meaning:
        """What a judgement written down so means; labels as they are compared."""
        labels = {label_of(name): meant for name, meant in self.labels.items()}
        return Meaning(self.form, self.pattern, labels, self.weights, self.tie_within, self.range, self.draws)

    def read_games(self, path: Path) -> list[Game]:
        """Reads all games of a file.

        Args:
            path: the file; `files.readers.read_file` says what it may be.

        Returns:
            at least one game, in the order of the file; a row with both orders gives two.

        Raises:
            UserError: a file that cannot be read, a column that a row lacks, a language that is not known, or labels
                whose meaning nothing says.
        """
        return _read_games(path, self)

    def stating(self, columns: tuple[str, ...]) -> "DeclaredLayout":
        """The same layout, whose games state what their rows hold in some columns.

        Args:
            columns: their names, or paths.

        Returns:
            another layout.
        """
        return replace(self, stated=columns)


def layout(config: Mapping[str, Setting]) -> DeclaredLayout:
    """Makes a layout of a config's mapping.

    Args:
        config: the keys of `DeclaredLayout`; a single string stands for a list of one.

    Returns:
        the layout.

    Raises:
        UserError: an unknown or missing key, or a value of the wrong kind.
    """
    known = set(DeclaredLayout.__dataclass_fields__) - {"stated"}
    if unknown := sorted(set(map(str, config)) - known):
        forms = f"; the form is said as form: {unknown[0]}" if unknown[0] in get_args(Form) else ""
        raise UserError(f"layout: unknown key {short_text(unknown[0])}{forms}; {nearest(unknown[0], sorted(known))}")
    if missing := sorted({"form", "columns", "prompt", "model_a", "model_b"} - set(config)):
        what = f"one of {', '.join(get_args(Form))}" if missing[0] == "form" else "name the column as the file does"
        raise UserError(f"layout: {missing[0]} is missing; {what}")
    if config["form"] not in get_args(Form):
        raise UserError(f"layout: unknown form {config['form']}; one of {', '.join(get_args(Form))}")
    values = dict(config)
    for key in {*_OF_COLUMNS, "draws", "range"} & set(values):
        values[key] = tuple(values[key]) if isinstance(values[key], list | tuple) else (values[key],)
    for key in _OF_COLUMNS & set(values):
        values[key] = tuple(map(str, values[key]))
    _check_values(values)
    try:
        return DeclaredLayout(**values)
    except TypeError as error:
        raise UserError(f"layout: {error}") from None


def _check_values(values: Mapping[str, Setting]) -> None:
    """Sees that the values of a config are of the right kind, where `DeclaredLayout` does not look.

    Raises:
        UserError: one is of another.
    """
    for key in {"labels", "weights", "where"} & set(values):
        if not isinstance(values[key], Mapping):
            raise UserError(f"layout: {key} is a mapping, not {values[key]!r}")
    for key in sorted(_TEXTS & set(values)):
        if not isinstance(values[key], str):
            raise UserError(f"layout: {key} is {as_written(values[key])[:60]}; give one text")
    _check_numbers(values)
    if values.get("keep", "error") not in ("error", "first", "last", "mean"):
        raise UserError(f"layout: keep is error, first, last or mean, not {values['keep']}")
    if values.get("swapped_names", "places") not in ("places", "models"):
        raise UserError(f"layout: swapped_names is places or models, not {values['swapped_names']}")
    if len(ends := values.get("range", (1, 2)) or ()) != 2:
        raise UserError(
            f"layout: range: {list(ends)!r:.80}; give two values, that of the first answer and that of the second"
        )


def _check_numbers(values: Mapping[str, Setting]) -> None:
    """Sees that numbers are some.

    Raises:
        UserError: one is none, or cannot be where it stands.
    """
    labels, weights = (values.get(key) or {} for key in ("labels", "weights"))
    for label, meant in labels.items():
        share = _number(meant)
        if meant not in ("a", "b", "tie") and (share is None or not 0 <= share <= 1):
            raise UserError(
                f"layout: label {short_text(str(label))} means {as_written(meant)[:60]}; give a, b, tie or the score "
                "of the first answer, 0 to 1"
            )
    least = {"tie_within": [values.get("tie_within", 0.0)], "weights": [*weights.values()]}
    for key, numbers in least.items():
        if wrong := [one for one in numbers if (number := _number(one)) is None or number < 0]:
            raise UserError(f"layout: {key}: {as_written(wrong[0])[:60]} is no number of at least 0; give one")
    for key in ("range", "draws"):
        if wrong := [one for one in values.get(key) or () if _number(one) is None]:
            raise UserError(f"layout: {key}: {as_written(wrong[0])[:60]} is no number; give one")


def _number(value: object) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        return None
    return float(value)


def _read_games(path: Path, how: DeclaredLayout) -> list[Game]:
    games: list[Game] = []
    adopt_beside(path)
    if how.language.startswith("="):
        _tag_of("layout: language", how.language[1:])
    left_out: dict[str, Counter[str]] = {}
    for number, row in enumerate(read_rows(path, how.records, how.separator), 1):
        try:
            if (column := left_out_by(row, how.where)) is None:
                games += _games(row, how)
            else:
                left_out.setdefault(column, Counter())[shown_label(look_up_or_none(row, column))] += 1
        except Bad as bad:
            raise unread(f"{path}, row {number}", bad, row, "name it as the file does") from None
        except UserError as error:
            raise UserError(f"{path}, row {number}: {error}") from None
    if not how.labels and (unknown := Counter(game.label for game in games if game.label)):
        seen = ", ".join(f"{label[:30]!r} ({n:,})" for label, n in unknown.most_common(8))
        raise UserError(
            f"{path}: labels mean nothing by themselves, and those of column {' and '.join(how.columns + how.swapped)} "
            f"({seen}{', ...' if len(unknown) > 8 else ''}) are not declared; say in the layout which names the first "
            f"answer, the second, neither, as in {_labels_to_write(sorted(unknown))}"
        )
    if not games:
        if not left_out:
            raise UserError(f"{path}: the file is empty; name one with judgements")
        held = "; ".join(held_in_words(column, there, several(how.where[column])) for column, there in left_out.items())
        raise UserError(f"{path}: no row has what `where` asks for: {held}: check the values that it allows")
    return games


def _labels_to_write(seen: list[str]) -> str:
    """The key `labels` as YAML has it, with labels that were seen; which of them means what the reader has to say."""
    ties = [one for one in seen if one.casefold() == "tie"][:1]
    meant = [*zip([one for one in seen if one not in ties], "ab", strict=False), *((one, "tie") for one in ties)]
    keys = [one if one.isalpha() and len(one) < 30 else json.dumps(one[:30], ensure_ascii=False) for one, _ in meant]
    return f"labels: {{{', '.join(f'{key}: {side}' for key, (_, side) in zip(keys, meant, strict=True))}}}"


def _games(row: Row, how: DeclaredLayout) -> Iterator[Game]:
    models = tuple(text_at(row, column) for column in (how.model_a, how.model_b))
    prompt, group = names_at(row, how.prompt, how.group)
    language = language_at(row, how.language)
    answers = [look_up(row, column) if column else None for column in (how.answer_a, how.answer_b)]
    lengths = tuple(float(len(one)) if isinstance(one, str) else math.nan for one in answers)
    # For showing only: half a character becomes a question mark.
    texts = tuple(one.encode("utf-8", "replace").decode() if isinstance(one, str) else "" for one in answers)
    for columns, swapped in ((how.columns, False), (how.swapped, True)):
        if columns:
            places = swapped and how.swapped_names == "places"
            shown = models[::-1] if places else models
            values = [look_up(row, column) for column in columns]
            score, weight, reason = outcome(values, shown, how.meaning)
            if swapped and not places:
                shown, score = shown[::-1], 1 - score
            yield Game(
                prompt,
                group,
                language,
                (shown[0], shown[1]),
                score,
                weight,
                reason,
                (lengths[1], lengths[0]) if swapped else (lengths[0], lengths[1]),
                (texts[1], texts[0]) if swapped else (texts[0], texts[1]),
                label_of(values[0]) if reason == UNKNOWN_LABEL and how.form == "winner" else "",
                stated={column: look_up_or_none(row, column) for column in how.stated},
            )


def language_at(row: Row, column: str) -> str:
    """The language of a row.

    Args:
        row: as read.
        column: a column of names or codes, or `=TAG`.

    Returns:
        The tag; `und` where the cell is empty.

    Raises:
        Bad: the row has no such column.
        UserError: no language that is known goes by it.
    """
    if column.startswith("="):
        return _tag_of("layout: language", column[1:])
    value = look_up(row, column)
    return "und" if is_missing(value) or value == "" else _tag_of(f"column {column}", text_at(row, column))


def _tag_of(where: str, code: str) -> str:
    if tag := "und" if code == "und" else tag_of(code):
        return tag
    try:
        return languages.resolve(code).tag
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def names_at(row: Row, prompt: tuple[str, ...], group: tuple[str, ...]) -> tuple[str, str]:
    """The names of a row's prompt, and of the prompt in all its languages.

    Args:
        row: as read.
        prompt, group: columns that together name them; no group is that of the prompt.

    Returns:
        What they hold, with slashes between. Where a column of the group holds nothing, the prompt is one by itself.

    Raises:
        Bad: the row has not all of them.
        UserError: one holds half a character, or one of the prompt holds nothing.
    """
    named = joined_at(row, prompt)
    grouped = group and not any(is_missing(look_up(row, column)) for column in group)
    return named, joined_at(row, group) if grouped else named


def joined_at(row: Row, columns: tuple[str, ...]) -> str:
    """A name that several columns make together.

    Args:
        row: as read.
        columns: their names.

    Returns:
        What they hold, with slashes between.

    Raises:
        Bad: the row has not all of them.
        UserError: one holds nothing, or half a character.
    """
    return "/".join(text_at(row, column) for column in columns)


def text_at(row: Row, column: str) -> str:
    """What a column holds, as text.

    Args:
        row: as read.
        column: its name, or `=TEXT` for all rows.

    Returns:
        The text.

    Raises:
        Bad: the row has no such column.
        UserError: it holds nothing, or half a character.
    """
    value = look_up(row, column)
    if is_missing(value):
        raise UserError(f"column {short_text(column)} holds nothing; fill the cell, or take the row out")
    text = str(value)
    if has_lone_surrogate(text):
        raise UserError(f"column {column} holds half a character, which no file can hold; mend the row")
    return text
