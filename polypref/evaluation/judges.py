"""Who says which of two answers is better: an LLM, a reward model, a known answer, or a stand-in for trial runs.

A judge is a frozen dataclass with `judge`, which gives every battle its verdicts, one for each order asked. An answer
that is not there is never shown to a judge: see `settled`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from .. import languages
from ..errors import UserError
from ..inference import Failure, Known, Reply, Request, Sampling, Served
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..inference.protocol import as_score
from ..judging import prompts, relevance, replies
from ..judging.prompts import Group, Query
from ..judging.verdicts import Side
from ..layouts.transcripts import SERIALISED
from .reference_judge import GRADES, ReferenceJudge

Orders = Literal["both", "one"]
DEFAULT_PROMPT = "aya-2"
#: Failures that are the model's own: it had the question and gave nothing that can be judged, so it loses. All others
#: leave no verdict. A text that would be read as turns is shown to no judge; left out, it would help whoever wrote it.
LOSES = frozenset({"empty_answer", "content_filter", "refused", "chat_template_token", SERIALISED})
_SAMPLING = Sampling(max_tokens=1024)
_GRAM, _FULL_LENGTH = 3, 900


@dataclass(frozen=True)
class Battle:
    """Two answers to one prompt.

    Attributes:
        prompt_id, language: of the prompt.
        turns: its messages, as (role, content).
        references: answers that are known to be right.
        answer, other: of the model and of the other one; empty where there is none.
        failure, other_failure: why there is none; empty where there is one.
    """

    prompt_id: str
    language: str
    turns: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    answer: str
    other: str
    failure: str = ""
    other_failure: str = ""


@dataclass(frozen=True)
class Verdict:
    """What came of one order.

    Attributes:
        first: whose answer was shown first: `model`, `other`, or empty where order plays no part.
        score: of the model: 1 won, 0.5 tie, 0 lost; None without a verdict.
        reason: why there is none.
        said: what the judge wrote.
    """

    first: str
    score: float | None
    reason: str = ""
    said: str = ""


def settled(battle: Battle, firsts: Sequence[str]) -> list[Verdict] | None:
    """The verdicts of a battle that needs no judge, one for each order; None for one that does.

    A model that gave no answer that can be judged, of its own fault, loses; where neither gave one, or both gave the
    same, it is a tie. Where an answer is missing for another reason (a server that failed, a stored file without it)
    there is no verdict.
    """
    failures = (battle.failure, battle.other_failure)
    if missing := next((failure for failure in failures if failure and failure not in LOSES), ""):
        return [Verdict(first, None, missing) for first in firsts]
    if any(failures):
        score = 0.5 if all(failures) else float(bool(battle.other_failure))
        return [Verdict(first, score) for first in firsts]
    if battle.answer == battle.other:
        return [Verdict(first, 0.5) for first in firsts]
    return None


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
    """

    served: Served
    prompt: str = DEFAULT_PROMPT
    orders: Orders = "both"
    sampling: Sampling = _SAMPLING
    attempts: int = 2
    name: str = ""
    kind: ClassVar[str] = "llm"

    def __post_init__(self) -> None:
        prompts.template_of_two(self.prompt)
        if self.orders not in ("both", "one") or self.attempts < 1:
            raise UserError("an LLM judge asks for both orders or one, and at least once")
        object.__setattr__(self, "name", self.name or self.served.model.name)

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdicts of every battle; nothing that the log knows is asked again.

        Raises:
            UserError: the model that judges cannot be reached; what it said so far is kept.
        """
        games = [
            (at, first)
            for at, battle in enumerate(battles)
            for first in self._firsts(battle)
            if settled(battle, ("",)) is None
        ]

        def form(game: tuple[int, str], attempt: int) -> Query:
            battle = battles[game[0]]
            texts = (battle.answer, battle.other) if game[1] == "model" else (battle.other, battle.answer)
            group = Group(battle.prompt_id, battle.language, battle.language, battle.turns, ())
            text = prompts.template(self.prompt)
            return prompts.versus(self.served.model, text, group, texts, self.sampling, attempt, schema=False)

        def read(game: tuple[int, str], asked: Query, reply: Reply) -> tuple[Side, str]:
            return asked.side(reply), reply.text

        def pages(known: Known) -> list[list[Request]]:
            return [[sent for _, sent, _ in replies.asked(games, self.attempts, form, read, known)]]

        ask_all("judge", (self.served,), pages, log, again=again, quiet=quiet)
        found = replies.outcomes(replies.asked(games, self.attempts, form, read, log.get_many))
        verdicts = dict(
            zip(games, (_verdict(game[1], one) for game, one in zip(games, found, strict=True)), strict=True)
        )
        return [
            settled(battle, firsts) or [verdicts[at, first] for first in firsts]
            for at, battle in enumerate(battles)
            for firsts in [self._firsts(battle)]
        ]

    def _firsts(self, battle: Battle) -> tuple[str, ...]:
        if self.orders == "both":
            return ("model", "other")
        return (("model", "other")[int(prompts.code(0, battle.prompt_id, []), 16) % 2],)


def _verdict(first: str, outcome: tuple[Side, str] | Failure) -> Verdict:
    if isinstance(outcome, Failure):
        return Verdict(first, None, outcome.reason, outcome.detail)
    side, said = outcome
    score = 0.5 if side == "tie" else float((side == "a") == (first == "model"))
    return Verdict(first, score, "", said)


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.served.model.name)

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdict of every battle; as for LLMJudge."""
        open_ = [at for at, battle in enumerate(battles) if settled(battle, ("",)) is None]
        requests = [
            Request(self.served.model, (*battles[at].turns, ("assistant", text)), kind="score")
            for at in open_
            for text in (battles[at].answer, battles[at].other)
        ]
        ask_all("judge", (self.served,), lambda known: [requests], log, again=again, quiet=quiet)
        results = log.get_many(requests)
        found: list[list[Verdict]] = [settled(battle, ("",)) or [] for battle in battles]
        for place, at in enumerate(open_):
            pair = [
                as_score(r.score) if isinstance(r, Reply) else r or Failure("unanswered")
                for r in results[2 * place : 2 * place + 2]
            ]
            found[at] = [self._compared(*pair)]
        return found

    def _compared(self, own: Reply | Failure, other: Reply | Failure) -> Verdict:
        for one in (own, other):
            if isinstance(one, Failure):
                return Verdict("", None, one.reason, one.detail)
        a, b = (one.score or 0.0 for one in (own, other) if isinstance(one, Reply))
        return Verdict("", _compare(a, b, self.tie_within), "", f"{a:.6g} against {b:.6g}")


def _compare(own: float, other: float, tie_within: float = 0.0) -> float:
    return 0.5 if abs(own - other) <= tie_within else float(own > other)


@dataclass(frozen=True)
class Reference:
    """Prompts with a known answer: an exact answer beats one in the language, which beats all others."""

    name: str = "reference"
    kind: ClassVar[str] = "reference"

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdict of every battle. A prompt without a reference has none, with that as the reason."""
        found: list[list[Verdict]] = [
            settled(battle, ("",)) or [Verdict("", None, "no_reference")] for battle in battles
        ]
        open_ = [i for i, one in enumerate(battles) if settled(one, ("",)) is None and one.references]
        if open_:
            judge = ReferenceJudge()
            known, tags = [battles[i].references for i in open_], [battles[i].language for i in open_]
            own, other = (
                judge.grades(texts, known, tags)
                for texts in ([battles[i].answer for i in open_], [battles[i].other for i in open_])
            )
            for place, i in enumerate(open_):
                a, b = int(own[place]), int(other[place])
                found[i] = [Verdict("", _compare(a, b), "", f"{GRADES[a]} against {GRADES[b]}")]
        return found


@dataclass(frozen=True)
class Relevance:
    """A stand-in without any model, to try the machinery: no judgement of quality, and never to be published as one."""

    name: str = "relevance-baseline"
    kind: ClassVar[str] = "relevance"

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> list[list[Verdict]]:
        """The verdict of every battle: the answer closer to its prompt's words wins."""
        asked: dict[str, set[str]] = {}
        for battle in battles:
            asked.setdefault(battle.language, set()).add(_question(battle))
        weights = {tag: relevance.weights(sorted(texts), _GRAM) for tag, texts in asked.items()}
        return [settled(battle, ("",)) or [self._compared(battle, weights)] for battle in battles]

    def _compared(self, battle: Battle, weights: dict[str, "relevance.Weights"]) -> Verdict:
        spaces = languages.get(battle.language).spaces
        own, other = (
            relevance.score(_question(battle), text, spaces, _GRAM, _FULL_LENGTH, weights[battle.language])
            for text in (battle.answer, battle.other)
        )
        return Verdict("", _compare(own, other), "", f"{own:.6g} against {other:.6g}")


Judge = LLMJudge | RewardJudge | Reference | Relevance


def _question(battle: Battle) -> str:
    return "\n".join(content for role, content in battle.turns if role == "user")
