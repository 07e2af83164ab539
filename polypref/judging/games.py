"""A pairwise game: a judge is shown two answers to one prompt, in one order, and says which is better.

Builds (`raters.pairwise`), evaluations (`evaluation.judges`) and benchmarks of judges ask in this one way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..inference import Failure, Known, Model, Reply, Request, Sampling
from . import prompt_languages, prompts, replies
from .prompt_languages import JudgeLanguage
from .prompts import Group, Query
from .verdicts import Side

_TURNED: dict[Side, Side] = {"a": "b", "b": "a", "tie": "tie"}


@dataclass(frozen=True)
class PairwiseGame:
    """Two answers to one prompt, in one order.

    Attributes:
        group: the prompt; the answers in it play no part.
        one, other: the two answers.
        swapped: whether `other` is shown first, as A.
    """

    group: Group
    one: str
    other: str
    swapped: bool = False


class Preference(NamedTuple):
    """What a reply says of a game.

    Attributes:
        side: `a` where `one` is preferred, `b` where `other` is, or `tie`; whichever was shown first.
        reply: the judge's words.
    """

    side: Side
    reply: str


@dataclass(frozen=True)
class PairwiseQuestion:
    """How a judge is asked about games.

    Attributes:
        model: the judge.
        prompt: name of a text in polypref/data/judges, or the path of a `.txt` file.
        sampling: how its reply is drawn.
        attempts: how often a reply that cannot be read is asked for, the first time included.
        schema: whether a JSON schema goes with the prompt; see `prompts.query_of_two`.
        language: in which it asks; see `prompt_languages`.
    """

    model: Model
    prompt: str
    sampling: Sampling
    attempts: int
    schema: bool
    language: JudgeLanguage = "en"

    def ask_games(
        self, games: Sequence[PairwiseGame], known: Known
    ) -> Iterator[tuple[int, Request, Preference | Failure | None]]:
        """Yields all requests that can be formed now, and what came of each; as `replies.ask_items`.

        Args:
            games: n games.
            known: the response log.

        Yields:
            The game's position, its request, and what the reply says, why there is none, or None where nobody answered.
        """
        return replies.ask_items(games, self.attempts, self._query, _preference, known)

    def outcomes(self, games: Sequence[PairwiseGame], known: Known) -> list[Preference | Failure]:
        """What came of each game.

        Args:
            games: n games.
            known: the response log.

        Returns:
            (n,) what the reply says, or why there is none; what nobody answered is a failure, `unanswered`.
        """
        return replies.outcomes(self.ask_games(games, known))

    def _query(self, game: PairwiseGame, attempt: int) -> Query:
        texts = (game.other, game.one) if game.swapped else (game.one, game.other)
        text = prompt_languages.template_in(self.prompt, game.group.response_language, self.language)
        return prompts.query_of_two(self.model, text, game.group, texts, self.sampling, attempt, self.schema)


def _preference(game: PairwiseGame, query: Query, reply: Reply) -> Preference:
    side = query.side(reply)
    return Preference(_TURNED[side] if game.swapped else side, reply.text)
