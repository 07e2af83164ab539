"""Layouts of somebody's own: games that are none are said with their number, and what becomes of several."""

import math
from dataclasses import replace

import pytest

from polypref.errors import UserError
from polypref.layouts.contract import Game, OwnLayout, kept_of_several

GAME = Game("1", "1", "de", ("one", "two"), 1.0)


class Arena:
    """Gives the games that it was made with."""

    def __init__(self, *games: object) -> None:
        self.games = games

    def read_games(self, path):
        yield from self.games


def read(tmp_path, *games):
    path = tmp_path / "arena.txt"
    path.write_text("x", "utf-8")
    return OwnLayout(Arena(*games), "layout mine:Arena").read_games(path)


def test_games_come_as_they_are(tmp_path):
    unread = replace(GAME, score=math.nan, reason="no_mark")
    assert read(tmp_path, GAME, unread)[0] == GAME and read(tmp_path, GAME, unread)[1].reason == "no_mark"


def test_a_language_goes_by_any_of_its_names(tmp_path):
    given = [replace(GAME, language=name) for name in ("German", "deu", "und")]
    assert [game.language for game in read(tmp_path, *given)] == ["de", "de", "und"]


@pytest.mark.parametrize(
    ("game", "message"),
    [
        ("A", "'A' is no Game"),
        (replace(GAME, language=""), "none of them empty"),
        (replace(GAME, shown=("one",)), "none of them empty"),
        (replace(GAME, shown="ab"), "none of them empty"),
        (replace(GAME, shown=("one", "one")), "one is shown against itself"),
        (replace(GAME, score=True), "the score is True; give 1 for won"),
        (replace(GAME, score=2), "the score 2 does not lie between 0 and 1"),
        (replace(GAME, score=math.nan), "a game without a score needs a reason"),
    ],
)
def test_what_is_no_game_is_said_with_its_number(tmp_path, game, message):
    with pytest.raises(UserError, match=rf"layout mine:Arena, game 2 of .*arena\.txt: .*{message}"):
        read(tmp_path, GAME, game)


def test_no_game_and_no_file_are_said(tmp_path):
    with pytest.raises(UserError, match="gives no game of"):
        read(tmp_path)
    with pytest.raises(UserError, match="there is no file"):
        OwnLayout(Arena(GAME), "layout mine:Arena").read_games(tmp_path / "nothing")


def test_what_becomes_of_several_is_one_of_four_words():
    assert kept_of_several(Arena()) == "error"
    layout = Arena()
    layout.keep = "last"
    assert kept_of_several(layout) == "last"
    layout.keep = "best"
    with pytest.raises(UserError, match="keep is error, first, last or mean, not 'best'"):
        kept_of_several(layout)
