"""The judges that polypref has: an LLM, a reward model, a known answer, a stand-in for trial runs.

What is asked of each, and of one of your own, is in `contract`; stored verdicts are in `stored_judge`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from .. import languages
from ..errors import UserError
from ..inference import Failure, Known, Request, Sampling, Served
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..judging import prompts, relevance
from ..judging.games import PairwiseGame, PairwiseQuestion, Preference
from ..judging.prompt_languages import JudgeLanguage, check_own_languages
from ..judging.prompts import Group
from ..judging.scores import read_score, score_request
from ..judging.verdicts import SCORES
from ..languages.asked_for import instruction_text
from .contract import Battle, Verdict, settled
from .reference_judge import GRADES, ReferenceJudge
from .repeats import seed_of_repeat

Orders = Literal["both", "one"]
DEFAULT_PROMPT = "aya-2"
_SAMPLING = Sampling(max_tokens=1024)
_GRAM, _FULL_LENGTH = 3, 900


@dataclass(frozen=True)
class LLMJudge:
    """An LLM that sees both answers, in both orders.

    Attributes:
        served: the judge.
        prompt: name of a text in polypref/data/judges, or the path of a `.txt` file.
        orders: `both`, or `one` (drawn for each prompt), which costs half and lets the judge's liking for a place in.
        sampling: how the reply is drawn.
        attempts: how often a reply that cannot be read is asked for, the first time included.
        name: the judge's name; the model's when left out.
        judge_language: in which it is asked: `en`, or `own` for the language of the answers (`prompt_languages`).
    """

    served: Served
    prompt: str = DEFAULT_PROMPT
    orders: Orders = "both"
    sampling: Sampling = _SAMPLING
    attempts: int = 2
    name: str = ""
    judge_language: JudgeLanguage = "en"
    kind: ClassVar[str] = "llm"

    def __post_init__(self) -> None:
        prompts.template_of_two(self.prompt)
        check_own_languages(self.prompt, self.judge_language)
        if self.orders not in ("both", "one") or self.attempts < 1:
            raise UserError("an LLM judge asks for both orders or one, and at least once")
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
            UserError: the model that judges cannot be reached; what it said so far is kept.
        """
        asked = [
            (at, first)
            for at, battle in enumerate(battles)
            for first in shown_first(battle, self.orders)
            if settled(battle, ("",)) is None
        ]
        games = [game_of(battles[at], first) for at, first in asked]
        question = PairwiseQuestion(
            self.served.model, self.prompt, self.sampling, self.attempts, schema=False, language=self.judge_language
        )

        def pages(known: Known) -> list[list[Request]]:
            return [[request for _, request, _ in question.ask_games(games, known)]]

        ask_all("judge", (self.served,), pages, log, again=again, quiet=quiet)
        outcomes = question.outcomes(games, log.get_many)
        verdicts = {key: _verdict(key[1], outcome) for key, outcome in zip(asked, outcomes, strict=True)}
        return [
            settled(battle, firsts) or [verdicts[at, first] for first in firsts]
            for at, battle in enumerate(battles)
            for firsts in [shown_first(battle, self.orders)]
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

    def repeated(self, number: int) -> "LLMJudge":
        """The same judge, whose replies are drawn anew.

        Args:
            number: 1 for the first time that it is asked again.

        Returns:
            It with another seed, so that its requests are others to the response log.
        """
        drawn = replace(self.sampling, seed=seed_of_repeat(self.sampling.seed, number))
        return replace(self, sampling=drawn)

    @property
    def orders_asked(self) -> int:
        """Orders of each battle."""
        return 2 if self.orders == "both" else 1

    @property
    def requests(self) -> tuple[int, int]:
        """Requests of a battle: where every reply can be read, and at most."""
        return self.orders_asked, self.orders_asked * self.attempts


def shown_first(battle: Battle, orders: Orders) -> tuple[str, ...]:
    """Whose answer a judge is shown first, for each order that it is asked.

    Args:
        battle: two answers.
        orders: `both`, or `one`, which is drawn for each prompt.

    Returns:
        `model`, `other`, or both in this order.
    """
    if orders == "both":
        return ("model", "other")
    return (("model", "other")[int(prompts.verdict_code(0, battle.prompt_id, []), 16) % 2],)


def game_of(battle: Battle, first: str) -> PairwiseGame:
    """The battle as a judge is asked about it.

    Args:
        battle: two answers.
        first: whose is shown first, `model` or `other`.

    Returns:
        The game, in which the model's answer is `one`.
    """
    group = Group(battle.prompt_id, battle.language, battle.language, battle.turns, ())
    return PairwiseGame(group, battle.answer, battle.other, swapped=first == "other")


def _verdict(first: str, outcome: Preference | Failure) -> Verdict:
    if isinstance(outcome, Failure):
        return Verdict(first, None, outcome.reason, outcome.detail)
    return Verdict(first, SCORES[outcome.side], "", outcome.reply)


@dataclass(frozen=True)
class RewardJudge:
    """A reward model: the answer with the higher score wins. Order plays no part.

    Attributes:
        served: the reward model.
        tie_within: scores that differ by no more are a tie.
        name: the judge's name; the model's when left out.
    """

    served: Served
    tie_within: float = 0.0
    name: str = ""
    kind: ClassVar[str] = "reward"
    requests: ClassVar[tuple[int, ...]] = (2,)
    asks_for: ClassVar[str] = "scores"

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.served.model.name)

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdict of every battle: the answer that the model scores higher wins.

        Args:
            battles, log, again, quiet: as for `LLMJudge.judge`.

        Returns:
            For each battle one verdict, in which order plays no part.

        Raises:
            UserError: the model cannot be reached; the scores it gave so far are kept.
        """
        open_ = [at for at, battle in enumerate(battles) if settled(battle, ("",)) is None]
        requests = [
            score_request(self.served.model, battles[at].turns, text)
            for at in open_
            for text in (battles[at].answer, battles[at].other)
        ]
        ask_all("judge", (self.served,), lambda known: [requests], log, again=again, quiet=quiet)
        scores = [read_score(result) for result in log.get_many(requests)]
        verdicts: list[list[Verdict]] = [settled(battle, ("",)) or [] for battle in battles]
        for place, at in enumerate(open_):
            verdicts[at] = [self._compared(*scores[2 * place : 2 * place + 2])]
        return verdicts

    @property
    def models(self) -> tuple[Served, ...]:
        """The reward model; see `JudgeTraits`."""
        return (self.served,)

    def _compared(self, own: float | Failure, other: float | Failure) -> Verdict:
        if isinstance(own, Failure):
            return Verdict("", None, own.reason, own.detail)
        if isinstance(other, Failure):
            return Verdict("", None, other.reason, other.detail)
        return Verdict("", _compare_scores(own, other, self.tie_within), "", f"{own:.6g} against {other:.6g}")


def _compare_scores(own: float, other: float, tie_within: float = 0.0) -> float:
    return 0.5 if abs(own - other) <= tie_within else float(own > other)


@dataclass(frozen=True)
class Reference:
    """Prompts with a known answer: an exact answer beats one in the language, which beats all others."""

    name: str = "reference"
    kind: ClassVar[str] = "reference"

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdict of every battle. A prompt without a reference has none, with that as the reason.

        Args:
            battles: the battles, with the known answers as references.
            log, again, quiet: nobody is asked, so they play no part.

        Returns:
            For each battle one verdict, in which order plays no part.
        """
        verdicts: list[list[Verdict]] = [
            settled(battle, ("",)) or [Verdict("", None, "no_reference")] for battle in battles
        ]
        open_ = [i for i, one in enumerate(battles) if settled(one, ("",)) is None and one.references]
        if open_:
            judge = ReferenceJudge()
            known, tags = [battles[i].references for i in open_], [battles[i].language for i in open_]
            asked = [instruction_text(battles[i].turns) for i in open_]
            own, other = (
                judge.grades(texts, known, tags, asked)
                for texts in ([battles[i].answer for i in open_], [battles[i].other for i in open_])
            )
            for place, i in enumerate(open_):
                a, b = int(own[place]), int(other[place])
                verdicts[i] = [Verdict("", _compare_scores(a, b), "", f"{GRADES[a]} against {GRADES[b]}")]
        return verdicts


@dataclass(frozen=True)
class Relevance:
    """A stand-in without any model, to try the machinery: no judgement of quality, and never to be published as one."""

    name: str = "relevance-baseline"
    kind: ClassVar[str] = "relevance"

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdict of every battle: the answer closer to its prompt's words wins.

        Args:
            battles: the battles; how much a word weighs depends on all prompts of its language.
            log, again, quiet: nobody is asked, so they play no part.

        Returns:
            For each battle one verdict, in which order plays no part.
        """
        asked: dict[str, set[str]] = {}
        for battle in battles:
            asked.setdefault(battle.language, set()).add(_question(battle))
        weights = {tag: relevance.weights(sorted(texts), _GRAM) for tag, texts in asked.items()}
        return [settled(battle, ("",)) or [self._compared(battle, weights)] for battle in battles]

    def _compared(self, battle: Battle, weights: dict[str, "relevance.Weights"]) -> Verdict:
        spaces = languages.get(battle.language).spaces
        own, other = (
            relevance.relevance_score(_question(battle), text, spaces, _GRAM, _FULL_LENGTH, weights[battle.language])
            for text in (battle.answer, battle.other)
        )
        return Verdict("", _compare_scores(own, other), "", f"{own:.6g} against {other:.6g}")


def _question(battle: Battle) -> str:
    return "\n".join(content for role, content in battle.turns if role == "user")
