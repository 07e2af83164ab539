"""Reads what people preferred, in any layout of stored verdicts, as comparisons that a judge is asked about."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ... import languages
from ...errors import UserError
from ...files.json_types import JsonObject
from ...layouts.contract import Game, Layout
from ...layouts.games import FieldsLayout, has_known_outcome
from ..inputs.layouts import read_layout
from ..reward_models import data as rows_data
from .comparisons import PEOPLE, Comparison, Turns, drawn_number


@dataclass(frozen=True)
class VotesRead:
    """Comparisons that people made, and what is known of them.

    Attributes:
        comparisons: those with both answers, the prompt and a verdict.
        name: of the file or dataset.
        left_out: language -> reason -> rows, or comparisons, that cannot be put to a judge.
    """

    comparisons: tuple[Comparison, ...]
    name: str
    left_out: Mapping[str, Mapping[str, int]]


def read_votes(
    where: str,
    layout: JsonObject | None = None,
    language: str = "",
    tags: Collection[str] | None = None,
    most: int | None = None,
    seed: int = 0,
) -> VotesRead:
    """Reads what people preferred.

    Args:
        where: a file, or, without a layout of games, also a folder of LANGUAGE.jsonl or ORG/NAME on the Hub.
        layout: what the columns hold, as `inputs.layouts.read_layout` takes it; None for columns prompt, chosen and
            rejected.
        language: of all rows whose language no column says.
        tags: only these languages; None for all.
        most: comparisons of a language, at most; None for all.
        seed: of those that are drawn.

    Returns:
        The comparisons; several votes on the same two answers are one, by their mean.

    Raises:
        UserError: nothing can be read, or there is nothing that a judge can be asked about.
    """
    read = _reader(layout, language)
    path = Path(where).expanduser()
    left: dict[str, Counter[str]] = defaultdict(Counter)
    if read is None:
        comparisons = _of_pairs(where, layout, language, left)
    else:
        if isinstance(read, FieldsLayout):
            games, counted = read.read(path)
            for (tag, reason), number in counted.items():
                left[tag][reason] += number
        else:
            games = list(read.read_games(path))
        comparisons = _of_games(games, left)
    comparisons = [one for one in comparisons if tags is None or one.language in tags]
    if not comparisons:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in sum(left.values(), Counter[str]()).most_common(5))
        raise UserError(
            f"{where} holds no vote that a judge can be asked about ({reasons or 'none in these languages'})"
        )
    kept = {tag: dict(reasons) for tag, reasons in sorted(left.items()) if tags is None or tag in tags}
    return VotesRead(tuple(_drawn(comparisons, most, seed)), path.name, kept)


def _reader(layout: JsonObject | None, language: str) -> Layout | None:
    """What reads games; None where the columns alone say which answer is the better one, or nothing is declared."""
    if layout is None:
        return None
    read = read_layout(layout | ({"language": language} if language and "kind" not in layout else {}))
    return None if isinstance(read, FieldsLayout) and has_known_outcome(read.layout) else read


def _of_pairs(
    where: str, layout: JsonObject | None, language: str, left: Mapping[str, Counter[str]]
) -> list[Comparison]:
    name = str(layout.get("name") or "") if layout else ""
    loaded = rows_data.load_comparisons(rows_data.source(where, layout=name, language=language))
    for tag, reasons in loaded.facts.left_out.items():
        left[tag].update(reasons)
    return [
        Comparison(
            PEOPLE, f"{PEOPLE} {pair.id}", pair.group, languages.resolve(pair.language).tag, pair.prompt, pair.chosen,
            pair.rejected, writers=("preferred", "not preferred"),
        )
        for pair in loaded.pairs
    ]  # fmt: skip


@dataclass(frozen=True)
class _Votes:
    """What people said of two answers: the first game, and the scores of its first answer."""

    game: Game
    scores: list[float]


def _of_games(games: Iterable[Game], left: Mapping[str, Counter[str]]) -> list[Comparison]:
    votes: dict[tuple[str, str, frozenset[str]], _Votes] = {}
    for game in games:
        reason = _why_not(game)
        if reason:
            left[game.language][reason] += 1
            continue
        own = votes.setdefault((game.language, game.prompt, frozenset(game.texts)), _Votes(game, []))
        own.scores.append(game.score if game.texts == own.game.texts else 1 - game.score)
    return [_comparison(one) for one in votes.values()]


def _why_not(game: Game) -> str:
    if math.isnan(game.score):
        return game.reason or "no_verdict"
    if game.language == "und":
        return "unknown_language"
    if not game.turns:
        return "prompt_not_stored"
    if not all(text.strip() for text in game.texts):
        return "answer_not_stored"
    return "same_text" if game.texts[0].strip() == game.texts[1].strip() else ""


def _comparison(votes: _Votes) -> Comparison:
    mean, game = sum(votes.scores) / len(votes.scores), votes.game
    texts, writers = game.texts, game.shown
    if mean < 0.5:
        texts, writers = texts[::-1], writers[::-1]
    turns: Turns = game.turns
    key = f"{PEOPLE} {' '.join(sorted(game.shown))}"
    return Comparison(PEOPLE, key, game.group, game.language, turns, *texts, tie=mean == 0.5, writers=writers)


def _drawn(comparisons: list[Comparison], most: int | None, seed: int) -> list[Comparison]:
    if most is None:
        return comparisons
    numbers: Counter[str] = Counter()
    kept = set()
    order = sorted(range(len(comparisons)), key=lambda at: _number(comparisons[at], seed))
    for at in order:
        tag = comparisons[at].language
        if numbers[tag] < most:
            numbers[tag] += 1
            kept.add(at)
    return [one for at, one in enumerate(comparisons) if at in kept]


def _number(one: Comparison, seed: int) -> tuple[int, str]:
    return drawn_number(seed, "vote", one.group, one.key), one.language
