"""What is asked of a layout: it reads a file of judgements that others made, and gives the games in it.

A layout is commonly declared: `layout.DeclaredLayout` says which column holds what. One of your own, for files that no
declaration can read, is a class with `read_games`. `my_layouts.py`:

    from polypref.layouts.contract import Game

    class Arena:
        def read_games(self, path):
            for line in path.read_text("utf-8").splitlines():
                prompt, first, second, winner = line.split("|")
                score = {first: 1.0, second: 0.0}.get(winner, 0.5)
                yield Game(prompt, prompt, "de", (first, second), score)

`layout: {kind: "my_layouts:Arena"}` in the config of an evaluation has it read the file; what stands beside `kind`
is what the class is called with. Beside `read_games` it may have any attribute of `LayoutTraits`.
"""

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Literal, NamedTuple, Protocol, get_args, runtime_checkable

from ..errors import UserError
from ..files.cells import Cell
from ..scripting.contracts import read_traits
from ..scripting.own_classes import Wrapped, defined_at, in_one_sentence
from ..text.cleaning import has_lone_surrogate, is_label
from .strict_rows import tag_of

Keep = Literal["error", "first", "last", "mean"]


@dataclass(frozen=True)
class Game:
    """One judgement: which of two answers to a prompt is better, as they were shown in one order.

    Attributes:
        prompt, group, language: what was asked: the prompt's id, what it goes by in all its languages, the tag of its
            language or another name of it (`und` where it is not known).
        shown: the models, the answer shown first before the other.
        score: of the one shown first: 1 won, 0.5 tie, 0 lost; NaN where there is no verdict.
        weight: how often it counts.
        reason: why there is no verdict; a word fit for counting.
        lengths: characters of the two answers, in the order shown; NaN where unknown.
        texts: the two answers, in the order shown; empty where unknown.
        label: what is written, where nothing says what it means.
        turns: what was asked, role and content of each turn; empty where that is unknown.
        stated: columns that were asked for -> what the row holds in them.
    """

    prompt: str
    group: str
    language: str
    shown: tuple[str, str]
    score: float
    weight: float = 1.0
    reason: str = ""
    lengths: tuple[float, float] = (math.nan, math.nan)
    texts: tuple[str, str] = ("", "")
    label: str = ""
    turns: tuple[tuple[str, str], ...] = ()
    stated: Mapping[str, Cell] = field(default_factory=dict)


class Layout(Protocol):
    """What reads a file of judgements."""

    def read_games(self, path: Path) -> Iterable[Game]:
        """The games of a file, in its order.

        A judgement in both orders is two games. One without a verdict is a game too, with NaN as score and a reason, so
        that it is counted.

        Args:
            path: the file.

        Returns:
            at least one game.

        Raises:
            UserError: the file cannot be read, or a row of it.
        """
        ...


@runtime_checkable
class StatingLayout(Protocol):
    """A layout that can also say what a row holds in other columns (`Game.stated`)."""

    def stating(self, columns: tuple[str, ...]) -> Layout:
        """The same layout, whose games state what their rows hold in some columns.

        Args:
            columns: their names, or paths.

        Returns:
            another layout.
        """
        ...


@runtime_checkable
class RatedLayout(Protocol):
    """A layout that states who judged."""

    @property
    def stated_rater(self) -> str:
        """Their name; empty where the layout names nobody."""
        ...


class Scored(NamedTuple):
    """A score of one answer by itself.

    Attributes:
        prompt, group, language: as of a Game.
        model: whose answer it is.
        score: NaN where there is none.
        reason: why there is none; a word fit for counting.
    """

    prompt: str
    group: str
    language: str
    model: str
    score: float
    reason: str = ""


@runtime_checkable
class ScoringLayout(Protocol):
    """A layout of scores that answers have by themselves, on a scale; its games are made of them."""

    @property
    def scale(self) -> tuple[float, float]:
        """The lowest and the highest score that can be."""
        ...

    def read_scores(self, path: Path) -> list[Scored]:
        """The scores of a file; several of one answer are their mean.

        Args:
            path: the file.

        Returns:
            at least one score.

        Raises:
            UserError: the file cannot be read, or a row of it.
        """
        ...


@dataclass(frozen=True)
class LayoutTraits:
    """What a layout may say of itself, as attributes of these names; what it leaves out is as here.

    Attributes:
        keep: of several judgements of the same answers in the same order: `error`, `first`, `last` or `mean`.
    """

    keep: str = "error"


def kept_of_several(layout: Layout) -> str:
    """What becomes of several judgements of the same answers in the same order; see `LayoutTraits`.

    Args:
        layout: the layout.

    Returns:
        `error`, `first`, `last` or `mean`.

    Raises:
        UserError: it is none of the four words.
    """
    called = layout.called if isinstance(layout, OwnLayout) else "layout"
    keep = read_traits(layout, LayoutTraits, called).keep
    if keep not in get_args(Keep):
        raise UserError(f"{called}: keep is error, first, last or mean, not {keep!r:.40}")
    return keep


class OwnLayout(Wrapped):
    """A layout of somebody's own class: what it raises, and games that are none, are said in one sentence."""

    def read_games(self, path: Path) -> list[Game]:
        """The games of a file; as `Layout.read_games`.

        Args:
            path: the file.

        Returns:
            at least one game, in the order of the file.

        Raises:
            UserError: there is no such file; or the class raises, gives something else than games, or none.
        """
        if not path.is_file():
            raise UserError(f"there is no file {path}; check the path")
        with in_one_sentence(self.called):
            returned: object = self.inner.read_games(path)
            if isinstance(returned, str | bytes | Mapping) or not isinstance(returned, Iterable):
                raise UserError(
                    f"{self.called}{defined_at(self.inner, 'read_games')}: read_games() returns {returned!r:.80}; "
                    "yield a Game for each judgement"
                )
            games = list(returned)
        for number, game in enumerate(games, 1):
            if wrong := _wrong_in(game):
                raise UserError(f"{self.called}, game {number} of {path}: {wrong}")
        if not games:
            raise UserError(f"{self.called} gives no game of {path}; check the file")
        return [replace(game, language=_tag_of(game.language)) for game in games]


def _wrong_in(game: object) -> str:
    if not isinstance(game, Game):
        return f"{game!r:.200} is no Game"
    names = (game.prompt, game.group, game.language, *game.shown) if isinstance(game.shown, tuple) else ()
    if len(names) != 5 or not all(isinstance(name, str) and name for name in names):
        return "prompt, group, language and the two models in shown are texts, none of them empty"
    if not all(map(is_label, names)):
        return f"prompt, group, language and models are on one line, of whole characters; one is {names!r:.120}"
    if not _tag_of(game.language):
        return f"no language that is known goes by {game.language!r:.40}; give its tag, or und"
    if len(set(game.shown)) < 2:
        return f"{game.shown[0]} is shown against itself"
    if isinstance(game.score, bool) or not isinstance(game.score, int | float):
        return f"the score is {game.score!r:.50}; give 1 for won, 0.5 for a tie, 0 for lost, or NaN with a reason"
    if wrong := _wrong_beside(game):
        return wrong
    if isinstance(game.score, float) and math.isnan(game.score):
        return "" if game.reason else "a game without a score needs a reason"
    if not 0 <= game.score <= 1:
        return f"the score {game.score!r:.50} does not lie between 0 and 1"
    if game.reason:
        return f"it has the score {game.score} and the reason {game.reason!r:.80}; a reason says why there is no score"
    return ""


def _tag_of(code: str) -> str:
    """The tag of a language by any of its names; empty where none goes by it."""
    return "und" if code == "und" else tag_of(code)


def _wrong_beside(game: Game) -> str:
    """What is wrong with what a game has beside models and score; empty where nothing is."""
    if not isinstance(game.reason, str) or not isinstance(game.label, str):
        return "reason and label are texts"
    if game.reason and not is_label(game.reason):
        return f"the reason {game.reason!r:.80} is no word fit for counting, on one line"
    turns: object = game.turns
    if not isinstance(turns, tuple) or not all(map(_is_turn, turns)):
        return "turns are (role, content) of each turn of the prompt, of whole characters, () where they are not known"
    if not _is_pair(game.texts, str) or any(map(has_lone_surrogate, (*game.texts, game.label))):
        return "texts are the two answers, of whole characters, ('', '') where they are not known"
    if not _is_pair(game.lengths, int | float) or not all(map(_is_length, game.lengths)):
        return "lengths are two numbers of at least 0, NaN where they are not known"
    weight: object = game.weight
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= sys.float_info.max:
        return f"the weight is {weight!r:.50}; give a number of at least 0"
    stated: object = game.stated
    if not isinstance(stated, Mapping) or not all(isinstance(name, str) for name in stated):
        return f"stated is {stated!r:.50}; give what the row holds by the names of columns, {{}} for nothing"
    return ""


def _is_length(number: float) -> bool:
    unknown = isinstance(number, float) and math.isnan(number)
    return not isinstance(number, bool) and (unknown or 0 <= number <= sys.float_info.max)


def _is_turn(value: object) -> bool:
    return isinstance(value, tuple) and _is_pair(value, str) and not any(map(has_lone_surrogate, value))


def _is_pair(value: object, kind: type | UnionType) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(one, kind) for one in value)
