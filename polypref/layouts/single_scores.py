"""A layout of answers that were scored by themselves, on a scale: MT-Bench's 1 to 10, or a person's stars.

A row is a score of one answer. Games are made of them: of two models' answers to a prompt the one with the higher score
wins. Several scores of one answer, such as those of two turns under one prompt, are their mean.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import combinations
from pathlib import Path

from ..console.escaping import short_text
from ..errors import UserError
from ..files.atomic import Setting
from ..files.cells import Bad, Cell, Row, is_missing, look_up, look_up_or_none
from ..files.delimited import check_separator
from ..files.json_types import number_of
from ..languages.own import adopt_beside
from ..scripting.declared import nearest
from .columns import check_columns
from .contract import Game, Scored
from .layout import language_at, names_at, text_at
from .strict_rows import read_rows, unread
from .where import left_out_by

#: Why an answer has no score: its cell holds none, or one outside of the scale (MT-Bench writes -1 where it failed).
NO_SCORE, OUTSIDE = "no_score", "score_outside_the_scale"
#: Why a game has none: only one of the two answers was scored.
ONE_SCORED = "one_answer_scored"


@dataclass(frozen=True)
class SingleScores:
    """Which column says what. A column may be a path into nested records and lists.

    Attributes:
        columns: the score: a number, or a text that `pattern` finds one in.
        prompt: columns that together name the prompt.
        model: the column of the model's name, or `=NAME` for all rows.
        language: a column of names or codes, or `=TAG`; `und` where a cell is empty, or nothing is given here.
        group: columns that name the prompt across languages; those of `prompt` when left out.
        scale: the lowest and the highest score that can be.
        pattern: regular expression whose first group is the score, of its last match in the text.
        tie_within: scores that differ by no more are a tie.
        where: column -> the value that a row must have, or a list of those that it may have.
        records: path to the list of rows, in a JSON file that is not itself a list.
        separator: what separates the columns of a .csv or .tsv file; empty to look for it.
        stated: columns that games state.
    """

    columns: str
    prompt: tuple[str, ...]
    model: str
    language: str = "=und"
    group: tuple[str, ...] = ()
    scale: tuple[float, float] = (1.0, 10.0)
    pattern: str = ""
    tie_within: float = 0.0
    where: Mapping[str, Cell] = field(default_factory=dict)
    records: str = ""
    separator: str = ""
    stated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_columns("layout", (self.columns, self.model, self.language, *self.prompt, *self.group, *self.where))
        if not self.columns or not self.prompt or not self.model:
            raise UserError("layout of single scores: name the columns of the score, prompt and model")
        if not -1e9 < self.scale[0] < self.scale[1] < 1e9:
            raise UserError(
                f"layout: scale is {list(self.scale)}; give the lowest and the highest score, as in [1, 10]"
            )
        if self.separator:
            check_separator(self.separator, "layout: separator")
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise UserError(f"layout: pattern is no regular expression: {error}") from None
        if self.pattern and groups < 1:
            raise UserError("layout: pattern has too few groups; put what is to be read in brackets")

    def stating(self, columns: tuple[str, ...]) -> "SingleScores":
        """The same layout, whose games state what the first row of their prompt holds in some columns.

        Args:
            columns: their names, or paths.

        Returns:
            another layout.
        """
        return replace(self, stated=columns)

    def read_scores(self, path: Path) -> list[Scored]:
        """The scores of a file; several of one answer are their mean.

        Args:
            path: the file.

        Returns:
            at least one, in the order of the file.

        Raises:
            UserError: the file cannot be read, or a column that a row lacks.
        """
        return [one for one, _ in self._read(path)]

    def _read(self, path: Path) -> list[tuple[Scored, dict[str, Cell]]]:
        adopt_beside(path)
        several: dict[tuple[str, str, str], list[tuple[Scored, dict[str, Cell]]]] = defaultdict(list)
        for number, row in enumerate(read_rows(path, self.records, self.separator), 1):
            try:
                if left_out_by(row, self.where) is None:
                    one = self._scored(row)
                    stated = {column: look_up_or_none(row, column) for column in self.stated}
                    several[one.language, one.prompt, one.model].append((one, stated))
            except Bad as bad:
                raise unread(f"{path}, row {number}", bad, row, "name it as the file does") from None
            except UserError as error:
                raise UserError(f"{path}, row {number}: {error}") from None
        if not several:
            raise UserError(f"{path} holds no score; check the file, and what `where` asks for")
        return [(_mean([one for one, _ in own]), own[0][1]) for own in several.values()]

    def _scored(self, row: Row) -> Scored:
        for column in (*self.prompt, self.model):
            # Scores of answers that nothing names would be taken for several of one answer.
            if is_missing(name := look_up(row, column)) or name == "":
                raise UserError(
                    f"column {short_text(column)} holds nothing; give the prompt and the model of each score, or take "
                    "the row out"
                )
        prompt, group = names_at(row, self.prompt, self.group)
        score, reason = self._score(look_up(row, self.columns))
        return Scored(prompt, group, language_at(row, self.language), text_at(row, self.model), score, reason)

    def _score(self, cell: Cell) -> tuple[float, str]:
        if self.pattern:
            matches = re.findall(self.pattern, cell) if isinstance(cell, str) else []
            last = matches[-1] if matches else ""
            cell = last[0] if isinstance(last, tuple) else last
        number = _number(cell)
        if number is None:
            return math.nan, NO_SCORE
        return (number, "") if self.scale[0] <= number <= self.scale[1] else (math.nan, OUTSIDE)

    def read_games(self, path: Path) -> list[Game]:
        """Games of every two models: the higher score wins.

        Args:
            path: the file.

        Returns:
            A game for each prompt and two models of which one was scored on it.

        Raises:
            UserError: as `read_scores`; or the file has one model only.
        """
        read = self._read(path)
        by_prompt: dict[tuple[str, str], dict[str, Scored]] = defaultdict(dict)
        stated: dict[tuple[str, str], dict[str, Cell]] = {}
        for one, holds in read:
            by_prompt[one.language, one.prompt][one.model] = one
            stated.setdefault((one.language, one.prompt), holds)
        models = sorted({one.model for one, _ in read})
        if len(models) < 2:
            raise UserError(f"{path} has scores of {models[0]} alone; a win-rate needs the scores of two models")
        return [
            self._game(own, pair, stated[key])
            for key, own in by_prompt.items()
            for pair in combinations(models, 2)
            if own.keys() & set(pair)
        ]

    def _game(self, own: Mapping[str, Scored], pair: tuple[str, str], stated: Mapping[str, Cell]) -> Game:
        one, other = own.get(pair[0]), own.get(pair[1])
        either = one or other
        assert either is not None
        if one is None or other is None:
            score, reason = math.nan, ONE_SCORED
        else:
            apart, reason = one.score - other.score, one.reason or other.reason
            score = apart if math.isnan(apart) else 0.5 if abs(apart) <= self.tie_within else float(apart > 0)
        return Game(either.prompt, either.group, either.language, pair, score, reason=reason, stated=stated)


def _number(cell: Cell) -> float | None:
    if isinstance(cell, str):
        if "_" in cell:  # which Python takes out of numbers
            return None
        try:
            number = float(cell.strip().replace(",", "."))
        except ValueError:
            return None
    else:
        known = number_of(cell) if isinstance(cell, int | float) else None
        if known is None or (isinstance(known, float) and math.isnan(known)):
            return None
        number = float(known) if abs(known) < 1e300 else math.inf
    return None if math.isnan(number) else number


def _mean(several: list[Scored]) -> Scored:
    """Scores of one answer as one; those that are none are left out where another is one."""
    known = [one for one in several if not one.reason]
    if not known:
        return several[0]
    return known[0]._replace(score=math.fsum(one.score for one in known) / len(known))


def single_scores(config: Mapping[str, Setting]) -> SingleScores:
    """Makes a layout of a config's mapping.

    Args:
        config: `form: single`, and the keys of `SingleScores`; a single string stands for a list of one.

    Returns:
        the layout.

    Raises:
        UserError: an unknown or missing key, or a value of the wrong kind.
    """
    known = {one.name for one in fields(SingleScores)} - {"stated"}
    values = {key: value for key, value in config.items() if key != "form"}
    if unknown := sorted(set(values) - known):
        raise UserError(
            f"layout of single scores: unknown key {short_text(unknown[0])}; {nearest(unknown[0], sorted(known))}"
        )
    if missing := sorted({"columns", "prompt", "model"} - set(values)):
        raise UserError(f"layout of single scores: {missing[0]} is missing; name the column as the file does")
    for key in {"prompt", "group"} & set(values):
        listed = values[key] if isinstance(values[key], list | tuple) else [values[key]]
        values[key] = tuple(map(str, listed))
    if isinstance(values["columns"], list | tuple) and len(values["columns"]) == 1:
        values["columns"] = values["columns"][0]
    for key in {"columns", "model", "language", "pattern", "records", "separator"} & set(values):
        if not isinstance(values[key], str):
            raise UserError(f"layout of single scores: {key} is {values[key]!r:.60}; give a text")
    if not isinstance(values.get("where", {}), Mapping):
        raise UserError(f"layout: where is a mapping, not {values['where']!r:.60}")
    scale = values.get("scale", (1.0, 10.0))
    ends = [_number(one) for one in scale] if isinstance(scale, list | tuple) else []
    if len(ends) != 2 or None in ends:
        raise UserError(f"layout: scale is {scale!r:.60}; give the lowest and the highest score, as in [1, 10]")
    within = _number(values.get("tie_within", 0.0))
    if within is None or within < 0:
        raise UserError(f"layout: tie_within is {values['tie_within']!r:.60}; give a number of at least 0")
    return SingleScores(**{**values, "scale": (ends[0], ends[1]), "tie_within": within})
