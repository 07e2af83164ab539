"""Games of a file whose columns are declared as builders declare them: answers, and verdicts or scores.

The file is read by the builder's own reader, so that a row says the same in a build and in an evaluation. A row that
cannot be read stops the reading; one that says nothing of its answers (nobody judged) is a game without a verdict.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from ..errors import UserError
from ..files.cells import Bad, Cell, Row, look_up_or_none, name_of
from ..files.readers import read_file
from ..judging.verdicts import SCORES
from ..languages.own import adopt_beside
from ..text.cleaning import is_label
from .compared_rows import ComparedRows
from .contract import Game, Keep
from .fields import Fields, Marks, Verdict
from .named import UNNAMED_RATER, NamedLayout
from .preferences import Preference
from .readings import turned
from .tables import Item, PersonRow

BadRows: TypeAlias = Literal["error", "left_out"]

#: The reason of answers that are compared and are of one model.
SAME_MODEL = "same_model"
#: The reason of rows that say nothing by which two answers could be compared.
NOT_COMPARED = "no_two_answers_compared"


class GamesRead(NamedTuple):
    """What a file of judgements holds.

    Attributes:
        games: in the order of the file.
        left_out: (language, reason) -> rows, or pairs of answers, that give no game.
        judges: (language, prompt) -> who judged answers to it, where the layout names them and states their groups.
    """

    games: list[Game]
    left_out: Counter[tuple[str, str]]
    judges: Mapping[tuple[str, str], Sequence[PersonRow]] = MappingProxyType({})


class _Order(NamedTuple):
    """The verdicts of one order, by themselves.

    Attributes:
        fields: by which they are read.
        second_first: whether the second answer was shown first.
        names_places: whether what they call the first is then the second answer.
    """

    fields: Fields
    second_first: bool
    names_places: bool

    def item(self, item: Item) -> Item:
        """What a row becomes, with verdicts that name its answers."""
        for verdict in item.verdicts if self.names_places else ():
            verdict["preferred"] = turned(verdict["preferred"])
        return item


@dataclass(frozen=True)
class FieldsLayout:
    """A layout that goes by a name, or of `[fields]` of one's own.

    Answers are shown in no order that is known, unless verdicts of the other order are declared (`swapped`): then each
    row has two games.

    Attributes:
        layout: which columns hold what.
        language: tag of every row whose language no column says; `und` where the layout has none either.
        separator: what separates the columns of a .csv or .tsv file; empty to look for it.
        keep: of several judgements of one prompt and pair of models: `error`, `first`, `last` or `mean`.
        bad_rows: what becomes of rows that cannot be read: `error` stops, `left_out` counts them by reason.
        stated: columns that games state.
    """

    layout: NamedLayout
    language: str = ""
    separator: str = ""
    keep: Keep = "mean"
    bad_rows: BadRows = "error"
    stated: tuple[str, ...] = ()

    @property
    def stated_rater(self) -> str:
        """Who judged, as the layout names them; empty where it names nobody."""
        return "" if self.layout.rater == UNNAMED_RATER else self.layout.rater

    def stating(self, columns: tuple[str, ...]) -> "FieldsLayout":
        """The same layout, whose games state what the first row of their prompt holds in some columns.

        Args:
            columns: their names, or paths.

        Returns:
            another layout.
        """
        return replace(self, stated=columns)

    def read_games(self, path: Path) -> list[Game]:
        """Reads all games of a file.

        Args:
            path: the file; `files.readers.read_file` says what it may be.

        Returns:
            at least one game.

        Raises:
            UserError: a file or row that cannot be read, or that the layout does not fit.
        """
        return self.read(path).games

    def read(self, path: Path) -> GamesRead:
        """Reads all games of a file, and counts what gives none.

        Args:
            path: the file.

        Returns:
            the games and the counts.

        Raises:
            UserError: as `read_games`.
        """
        adopt_beside(path)
        reader = ComparedRows(self.layout, self.language, scores=False)
        _refuse_known_outcome(self.layout)
        in_orders, names = _orders(reader.fields), _Names(reader.fields, self.stated)
        shown: dict[bool | None, list[Item]] = {}
        items: list[Item] = []
        for line, item in reader.read(read_file(path, self.layout.records, self.separator or None)):
            if item.unreadable:
                continue
            items.append(item)
            assert not isinstance(line.row, Bad)
            names.add(line.row, item)
            for order in in_orders:
                one = order.item(reader.item(line.row, order.fields))
                # The model of the smaller name is shown first, or last; None where no order is known.
                shown.setdefault(_small_first(one) != order.second_first, []).append(one)
        reader.check(str(path))
        if self.bad_rows == "error":
            reader.refuse_faults(str(path))
        shown = shown if in_orders else {None: items}
        compared = [(order, one) for order, own in shown.items() for one in reader.preferences(own, str(path))]
        games = [_game(one, order is not False, names) for order, one in compared if not _of_one_model(one)]
        left_out = reader.left_out + Counter((one.language, one.reason) for one in reader.faults)
        left_out += Counter((one.prompt["language"], SAME_MODEL) for _, one in compared if _of_one_model(one))
        met = {one.prompt["prompt_id"] for _, one in compared}
        left_out.update((one.prompt["language"], NOT_COMPARED) for one in items if one.prompt["prompt_id"] not in met)
        if not games:
            reasons = "; ".join(f"{reason.replace('_', ' ')} {n:,}" for (_, reason), n in left_out.most_common(5))
            raise UserError(
                f"{path}: layout {self.layout.name} finds no game in it ({reasons}): a game needs two answers of "
                "different models, and a verdict or a score for each; name the models in the layout's answers"
            )
        prompts = {one.prompt["prompt_id"]: (one.prompt["language"], names.of(one)[0]) for _, one in compared}
        judges = {prompts[prompt]: people for prompt, people in names.people.items() if prompt in prompts}
        return GamesRead(games, left_out, judges)


def _refuse_known_outcome(layout: NamedLayout) -> None:
    """Refuses answers that are called better by their columns alone: nothing would be won or lost by a model."""
    verdict, answers = layout.fields.verdict, layout.fields.answers
    always = any(part.side for part in answers) or (isinstance(verdict, Verdict) and not verdict.columns)
    if always and not any(part.model or part.model_column for part in answers):
        raise UserError(
            f"layout {layout.name}: its columns say which answer is the better one, the same in every row, and nothing "
            "names the models, so there is no win-rate in it; name the column of each answer's model (model_column), "
            "or try a reward model on it with evaluate-rm"
        )


def _orders(fields: Fields) -> list[_Order]:
    """How each of two orders is read; nothing where verdicts of one alone are declared."""
    verdict = fields.verdict
    if not isinstance(verdict, Verdict | Marks) or not verdict.swapped:
        return []
    plain = replace(verdict, swapped=None, swapped_names_position=False)
    other = replace(plain, column=verdict.swapped)
    names_places = verdict.swapped_names_position
    return [
        _Order(replace(fields, verdict=plain), False, False),
        _Order(replace(fields, verdict=other), True, names_places),
    ]


def _small_first(item: Item) -> bool:
    models = [answer["model"] for answer in item.completions]
    return models[:1] <= models[1:2]


def _of_one_model(one: Preference) -> bool:
    return one.first["model"] == one.second["model"]


class _Names:
    """What prompts are called in the file: by its column `group`, where one has a value that is one prompt's."""

    def __init__(self, fields: Fields, stated: tuple[str, ...] = ()) -> None:
        self.fields, self.columns = fields, stated
        # One text for all rows is none: its length would say something of nothing.
        self.constant_answers = any(str(answer.text).startswith("=") for answer in fields.answers)
        self.stated: dict[str, dict[str, Cell]] = {}
        self.people: dict[str, list[PersonRow]] = {}
        self.of_prompt: dict[str, str] = {}
        self.prompts: dict[tuple[str, str], set[str]] = {}

    def add(self, row: Row, item: Item) -> None:
        """Notes the name of a row's prompt."""
        name = name_of(look_up_or_none(row, self.fields.group)).strip()
        if self.fields.annotator_groups and item.people:
            self.people.setdefault(item.prompt["prompt_id"], []).extend(item.people)
        if self.columns:
            known = {column: look_up_or_none(row, column) for column in self.columns}
            self.stated.setdefault(item.prompt["prompt_id"], known)
        if name and is_label(name):
            prompt, language = item.prompt["prompt_id"], item.prompt["language"]
            self.of_prompt.setdefault(prompt, name)
            self.prompts.setdefault((language, name), set()).add(prompt)

    def of(self, one: Preference) -> tuple[str, str]:
        """The name of a prompt, and that of its group."""
        prompt = one.prompt["prompt_id"]
        group = self.of_prompt.get(prompt)
        if group is None:
            return prompt, one.prompt["group_id"]
        alone = len(self.prompts[one.prompt["language"], group]) == 1
        return group if alone else f"{group}/{prompt}", group


def _game(one: Preference, small_first: bool, names: _Names) -> Game:
    """A game, in which the model of the smaller name is shown first, or last."""
    prompt, group = names.of(one)
    score = SCORES.get(one.side, math.nan)
    answers, constant = (one.first, one.second), names.constant_answers
    if (answers[0]["model"] <= answers[1]["model"]) != small_first:
        answers, score = answers[::-1], 1 - score
    return Game(
        prompt,
        group,
        one.prompt["language"],
        (answers[0]["model"], answers[1]["model"]),
        score,
        reason=one.reason,
        lengths=(math.nan, math.nan) if constant else (float(len(answers[0]["text"])), float(len(answers[1]["text"]))),
        texts=("", "") if constant else (answers[0]["text"], answers[1]["text"]),
        turns=tuple((turn["role"], turn["content"]) for turn in one.prompt["prompt"]),
        stated=names.stated.get(one.prompt["prompt_id"], {}),
    )


def left_out_by_language(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Counts of what gives no game, by language and reason.

    Args:
        counts: (language, reason) -> how many.

    Returns:
        language, `und` where it is not known -> reason -> how many.
    """
    by_language: dict[str, dict[str, int]] = {}
    for (language, reason), number in sorted(counts.items()):
        by_language.setdefault(language or "und", {})[reason] = number
    return by_language
