"""A judge that is an LLM and answers by one letter: how likely A and B are as its next token, in both orders.

It always has a verdict where the model's probabilities can be had, whatever the model would write; so small models can
judge that follow no form, and a verdict has a degree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ..errors import UserError
from ..inference import Failure, Known, Request, Served
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..judging import prompts
from ..judging.letters import LETTER_PROMPT, LetterQuestion, SoftPreference, letter_template
from ..judging.prompt_languages import JudgeLanguage, check_own_languages
from .contract import Battle, Verdict, settled
from .figures.win_rates import Reading
from .judges import Orders, game_of, shown_first

Preferred = Literal["soft", "hard"]
#: How the preferences of a prompt's two orders become its score.
_READINGS: dict[Preferred, Reading] = {"soft": "mean", "hard": "sign"}


@dataclass(frozen=True)
class LogprobJudge:
    """An LLM that is asked for one letter, in both orders.

    A verdict is P(its letter) / (P(A) + P(B)) for the model's answer, from 0 to 1. A prompt's score is the mean of its
    orders (`soft`), or 1, 0.5 or 0 as that mean is above, at or under one half (`hard`): the orders are averaged first,
    so that a liking for a place, the same in both, cancels out before a winner is named.

    Attributes:
        served: the judge.
        prompt: name of a text in polypref/data/judges that asks for a letter, or the path of a `.txt` file.
        orders: `both`, or `one` (drawn for each prompt), which costs half and lets the judge's liking for a place in.
        preference: `soft` or `hard`: what a win-rate is made of.
        name: the judge's name; the model's when left out.
        judge_language: in which it is asked: `en`, or `own` for the language of the answers (`prompt_languages`).
    """

    served: Served
    prompt: str = LETTER_PROMPT
    orders: Orders = "both"
    preference: Preferred = "soft"
    name: str = ""
    judge_language: JudgeLanguage = "en"
    kind: ClassVar[str] = "logprob"
    asks_for: ClassVar[str] = "letters"

    def __post_init__(self) -> None:
        letter_template(self.prompt)
        check_own_languages(self.prompt, self.judge_language)
        if self.orders not in ("both", "one"):
            raise UserError("a log-probability judge asks for both orders or one")
        if self.preference not in _READINGS:
            raise UserError(f"preference is soft or hard, not {self.preference!r:.40}")
        object.__setattr__(self, "name", self.name or self.served.model.name)

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdicts of every battle; nothing that the log knows is asked again.

        Args:
            battles: all between the same two models.
            log: where replies go at once.
            again: ask once more for what failed before.
            quiet: show no progress.

        Returns:
            For each battle a verdict for each order that is asked.

        Raises:
            UserError: the model that judges cannot be reached, or gives no log-probabilities; what it gave so far is
                kept.
        """
        firsts = [shown_first(battle, self.orders) for battle in battles]
        asked = [
            (at, first) for at, battle in enumerate(battles) if settled(battle, ("",)) is None for first in firsts[at]
        ]
        games = [game_of(battles[at], first) for at, first in asked]
        question = LetterQuestion(self.served.model, self.prompt, self.judge_language)

        def pages(known: Known) -> list[list[Request]]:
            return [[request for _, request, _ in question.ask_games(games, known)]]

        ask_all("judge", (self.served,), pages, log, again=again, quiet=quiet)
        outcomes = question.outcomes(games, log.get_many)
        verdicts = {key: _verdict(key[1], outcome) for key, outcome in zip(asked, outcomes, strict=True)}
        return [
            settled(battle, shown) or [verdicts[at, first] for first in shown]
            for at, (battle, shown) in enumerate(zip(battles, firsts, strict=True))
        ]

    @property
    def models(self) -> tuple[Served, ...]:
        """The LLM; this and what follows as in `JudgeTraits`."""
        return (self.served,)

    @property
    def prompt_name(self) -> str:
        """Name of its prompt text."""
        return prompts.template(self.prompt).name

    @property
    def prompt_sha256(self) -> str:
        """Digest of its prompt text."""
        return prompts.template(self.prompt).sha256

    @property
    def orders_asked(self) -> int:
        """Orders of each battle."""
        return 2 if self.orders == "both" else 1

    @property
    def requests(self) -> tuple[int, ...]:
        """Requests of a battle; none is asked twice."""
        return (self.orders_asked,)

    @property
    def reading(self) -> Reading:
        """How a prompt's score is made of its orders."""
        return _READINGS[self.preference]


def _verdict(first: str, outcome: SoftPreference | Failure) -> Verdict:
    if isinstance(outcome, Failure):
        return Verdict(first, None, outcome.reason, outcome.detail)
    return Verdict(first, outcome.share, "", outcome.reply)
