"""A pairwise game judged by one letter: how likely a judge is to write A, and B, as the first token of its reply.

Small models that write no verdict in a form that can be read have such a preference all the same, and it is one of
degree. Builds (`raters.letters`) and evaluations (`evaluation.logprob_judge`) ask in this one way.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..errors import UserError
from ..inference import Failure, Known, Model, Reply, Request, Sampling
from ..inference.letters import Logprobs, read_letters
from . import prompt_languages, prompts, replies
from .games import PairwiseGame
from .prompt_languages import JudgeLanguage
from .prompts import Query, Template
from .verdicts import Unusable

#: The letters by which a judge is shown two answers.
LETTERS = ("A", "B")
#: The prompt text that asks for a letter.
LETTER_PROMPT = "letter-1"


class SoftPreference(NamedTuple):
    """What the two letters' probabilities say of a game.

    Attributes:
        share: P(letter of `one`) / (P(A) + P(B)), from 0 to 1, whichever answer was shown first.
        mass: P(A) + P(B): how likely the judge was to answer by a letter at all.
        reply: both, for whoever reads the verdicts.
    """

    share: float
    mass: float
    reply: str


@dataclass(frozen=True)
class LetterQuestion:
    """How a judge is asked about games by letter.

    Attributes:
        model: the judge.
        prompt: name of a text in polypref/data/judges that asks for a letter, or the path of a `.txt` file.
        language: in which it asks; see `prompt_languages`.
    """

    model: Model
    prompt: str = LETTER_PROMPT
    language: JudgeLanguage = "en"

    def ask_games(
        self, games: Sequence[PairwiseGame], known: Known
    ) -> Iterator[tuple[int, Request, SoftPreference | Failure | None]]:
        """Yields one request a game, and what came of it; nothing is asked twice, for the answer would be the same.

        Args:
            games: n games.
            known: the response log.

        Yields:
            The game's position, its request, and what the probabilities say, why they say nothing, or None where nobody
            answered.
        """
        return replies.ask_items(games, 1, self._query, _soft_preference, known)

    def outcomes(self, games: Sequence[PairwiseGame], known: Known) -> list[SoftPreference | Failure]:
        """What came of each game.

        Args:
            games: n games.
            known: the response log.

        Returns:
            (n,) what the probabilities say, or why they say nothing; what nobody answered is a failure, `unanswered`.
        """
        return replies.outcomes(self.ask_games(games, known))

    def _query(self, game: PairwiseGame, attempt: int) -> Query:
        texts = (game.other, game.one) if game.swapped else (game.one, game.other)
        shown = list(zip(LETTERS, texts, strict=True))
        text = prompt_languages.template_in(self.prompt, game.group.response_language, self.language)
        query = prompts.query_of(self.model, text, game.group, shown, Sampling(), None, attempt, kind="any")
        return replace(query, request=replace(query.request, kind="letter", letters=LETTERS))


def letter_template(name: str) -> Template:
    """Reads the prompt of a judge that answers by a letter.

    Args:
        name: as in `prompts.template`.

    Returns:
        Its sections.

    Raises:
        UserError: as `prompts.template`; also where it asks for a verdict in a form that is read in words.
    """
    text = prompts.template(name)
    if text.kinds:
        raise UserError(
            f"judge prompt {name} asks for a verdict in words; the log-probability judge reads one letter: take "
            f"{LETTER_PROMPT}, or a text that asks for A or B and nothing else"
        )
    return text


def letter_share(logprobs: Logprobs, letter: str, other: str) -> float | None:
    """P(letter) / (P(letter) + P(other)).

    Args:
        logprobs: natural logarithms; None for a letter that a server's list of likely tokens lacks, which counts as
            probability 0.
        letter, other: the two letters.

    Returns:
        From 0 to 1; None where both lack.

    Example:
        >>> round(letter_share({"A": math.log(0.6), "B": math.log(0.2)}, "A", "B"), 9)
        0.75
    """
    own, against = logprobs[letter], logprobs[other]
    if own is None or against is None:
        return None if own is against else float(against is None)
    # Of the difference, so that letters of tiny probability are compared as well as likely ones.
    return 1 / (1 + math.exp(min(against - own, 700.0)))


def _soft_preference(game: PairwiseGame, query: Query, reply: Reply) -> SoftPreference:
    read = read_letters(reply.text, LETTERS)
    if read is None:
        raise Unusable("judge_no_logprobs", reply.text[:40])
    logprobs, likeliest = read
    share = letter_share(logprobs, *LETTERS)
    if share is None:
        raise Unusable("judge_no_letter", f"neither A nor B is among the likeliest tokens; the first is {likeliest!r}")
    chances = {letter: math.exp(value) if value is not None else 0.0 for letter, value in logprobs.items()}
    words = ", ".join(f"P({letter}) {chance:.4g}" for letter, chance in chances.items())
    # From one number: where a judge looks at the place alone, its two orders are one half together, to the last bit.
    own = 1 - share if game.swapped else share
    return SoftPreference(own, math.fsum(chances.values()), f"{words}; likeliest token {likeliest!r}")
