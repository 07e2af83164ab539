"""What is asked of a judge in an evaluation: it says of battles, two answers to one prompt each, which is better.

One of your own is a class with `name`, `kind` and `judge`. `my_judges.py`:

    from dataclasses import dataclass
    from polypref.evaluation.contract import Verdict, settled

    @dataclass(frozen=True)
    class Polite:
        word: str = "please"
        name: str = "polite"
        kind = "count"
        caution = "The judge counts one word."

        def judge(self, battles, log, again=False, quiet=False):
            return [settled(battle, ("",)) or [self.compared(battle)] for battle in battles]

        def compared(self, battle):
            own, other = battle.answer.count(self.word), battle.other.count(self.word)
            return Verdict("", 0.5 if own == other else float(own > other), "", f"{own} against {other}")

`judge: {kind: "my_judges:Polite", word: bitte}` in the config has it judge; what stands beside `kind` is what the class
is called with. Where it takes `served`, the keys `model`, `at`, `revision`, `licence` and `options` say who that is, as
of any judge; `sampling` and `layout` are made of keys too. Beside the three it may have any attribute of `JudgeTraits`,
and `repeated(number)`, which gives the same judge with replies drawn anew, so that it can be asked again (`repeats`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..errors import UserError
from ..inference import Sampling, Served
from ..inference.log import ResponseLog
from ..layouts.transcripts import SERIALISED
from ..scripting.contracts import read_traits
from ..scripting.own_classes import Wrapped, check_has, in_one_sentence, source_digest
from ..text.cleaning import is_label
from ..text.thoughts import UNENDED

#: Failures that are the model's own: it had the question and gave nothing that can be judged, so it loses. All others
#: leave no verdict. A text that would be read as turns is shown to no judge; left out, it would help whoever wrote it.
#: Nor is a thought that max_tokens cut off, behind which no answer stands.
LOSES = frozenset({"empty_answer", "content_filter", "refused", "chat_template_token", UNENDED, SERIALISED})


@dataclass(frozen=True)
class Battle:
    """Two answers to one prompt.

    Attributes:
        prompt_id, language: of the prompt.
        turns: its messages, as (role, content).
        references: answers that are known to be right.
        answer, other: of the model and of the other one; empty where there is none.
        failure, other_failure: why there is none; empty where there is one.
        set, group_id: of the prompt: its set, and what it goes by in all its languages.
        model, other_model: whose answers they are, for a judge that looks verdicts up; one that reads answers should
            not let the names weigh.
    """

    prompt_id: str
    language: str
    turns: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    answer: str
    other: str
    failure: str = ""
    other_failure: str = ""
    set: str = ""
    group_id: str = ""
    model: str = ""
    other_model: str = ""


@dataclass(frozen=True)
class Verdict:
    """What came of one order.

    Attributes:
        first: whose answer was shown first: `model`, `other`, or empty where order plays no part.
        score: of the model: 1 won, 0.5 tie, 0 lost; None without a verdict.
        reason: why there is none.
        reply: what the judge wrote; the report shows it.
    """

    first: str
    score: float | None
    reason: str = ""
    reply: str = ""


def settled(battle: Battle, firsts: Sequence[str]) -> list[Verdict] | None:
    """The verdicts of a battle that needs no judge, one for each order; None for one that does.

    A model that gave no answer that can be judged, of its own fault, loses; where neither gave one, or both gave the
    same, it is a tie. Where an answer is missing for another reason (a server that failed, a stored file without it)
    there is no verdict.

    Args:
        battle: the battle.
        firsts: whose answer is shown first, by order; `("",)` where order plays no part.

    Returns:
        The verdicts, in the order of `firsts`; None for a battle that a judge must see.
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


class Judge(Protocol):
    """Who says which of two answers is better."""

    @property
    def name(self) -> str:
        """What the report calls it; no two judges of an evaluation have one name."""
        ...

    @property
    def kind(self) -> str:
        """What it is, in a word: `llm` and `reward` are models of these kinds, of which the report warns."""
        ...

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> Sequence[Sequence[Verdict]]:
        """The verdicts of battles, all between the same two models.

        An answer that is not there is shown to no judge: `settled` gives the verdicts of a battle that needs none. What
        asks a model asks it through the log (`inference.ask.ask_all`), so that nothing is asked and paid for twice.

        Args:
            battles: n of them, in the order of the prompts.
            log: the response log.
            again: ask once more for what failed before.
            quiet: show no progress.

        Returns:
            (n, orders): for each battle, in order, one verdict for each order in which the answers were shown: one or
            two, the same number for all. No verdict is a `Verdict` with `score` None and a reason fit for counting.

        Raises:
            UserError: a model that judges cannot be reached; what it said so far is kept.
        """
        ...


@dataclass(frozen=True)
class JudgeTraits:
    """What a judge may say of itself, as attributes of these names; what it leaves out is as here.

    Attributes:
        caution: a sentence that the report's limits say of it.
        models: whom it asks: names, revisions and licences go into the report, and the licences are looked at before
            battles are published.
        prompt_name, prompt_sha256: of the prompt text that it asks with; `judging.prompts.template` reads one.
        sampling: how its replies are drawn.
        orders_asked: in how many orders it sees each battle; 1 where order plays no part.
        requests: of a battle, where every reply can be read and at most; `polypref evaluate --dry-run` counts with it.
        asks_for: what it asks its models for, in a word.
        reading: how a prompt's score is made of its orders, where its verdicts are preferences between 0 and 1: `mean`,
            or `sign`, won or lost by the mean; empty: as the evaluation's `reading` says.
        code: which class it is and a digest of its file; filled in for one that a config names.
        judge_language: in which it is asked: `en`, or `own` for the language of the answers, where its prompt has one.
    """

    caution: str = ""
    models: tuple[Served, ...] = ()
    prompt_name: str = ""
    prompt_sha256: str = ""
    sampling: Sampling | None = None
    orders_asked: int = 1
    requests: tuple[int, ...] = ()
    asks_for: str = "verdicts"
    reading: str = ""
    code: str = ""
    judge_language: str = "en"


def judge_traits(judge: Judge) -> JudgeTraits:
    """What a judge says of itself.

    Args:
        judge: the judge.

    Returns:
        Its attributes as `JudgeTraits` has them, with the defaults there for those that it lacks.

    Raises:
        UserError: one of its attributes is not of the kind that `JudgeTraits` says, or no such number can be.
    """
    traits, called = read_traits(judge, JudgeTraits, f"judge {judge.name}"), f"judge {judge.name}"
    if traits.orders_asked not in (1, 2):
        raise UserError(f"{called}: its orders_asked is {traits.orders_asked!r:.40}; give 1, or 2 for both orders")
    if traits.reading not in ("", "mean", "sign"):
        raise UserError(f"{called}: its reading is {traits.reading!r:.40}; give mean, or sign, or leave it out")
    asked = traits.requests
    if len(asked) > 2 or list(asked) != sorted(asked) or any(number < 0 for number in asked):
        raise UserError(
            f"{called}: its requests is {asked!r:.80}; give one whole number of at least 0, (2,), or two, the least "
            "and the most, (2, 6)"
        )
    return traits


class OwnJudge(Wrapped):
    """A judge of somebody's own class: what it raises, and verdicts that are none, are said in one sentence.

    Args:
        inner: the judge.
        called: what errors call it.
        word: its class as the config names it; the report says so, with a digest of the file.
    """

    def __init__(self, inner: Any, called: str, word: str) -> None:
        super().__init__(inner, called)
        self.code, self.word = f"{word} {source_digest(type(inner))}".strip(), word

    @property
    def repeated(self) -> Callable[[int], "OwnJudge"]:
        """What asks it again, where its class can be (see `repeats.Repeatable`); else it has no such attribute."""
        again = getattr(self.inner, "repeated", None)
        if not callable(again):
            raise AttributeError("repeated")

        def drawn_anew(number: int) -> "OwnJudge":
            with in_one_sentence(self.called):
                other = again(number)
            check_has(other, f"{self.called}: what its repeated({number}) gives", {"judge": ("battles", "log")})
            return OwnJudge(other, self.called, self.word)

        return drawn_anew

    def judge(
        self, battles: Sequence[Battle], log: ResponseLog, again: bool = False, quiet: bool = False
    ) -> Sequence[Sequence[Verdict]]:
        """The verdicts of battles; as `Judge.judge`.

        Args:
            battles, log, again, quiet: as there.

        Returns:
            What the class gave, a list for each battle.

        Raises:
            UserError: also where the class gives something else than verdicts, or not one list for each battle.
        """
        with in_one_sentence(self.called):
            # A list of its own: what it does with it changes nothing here.
            verdicts = self.inner.judge(list(battles), log, again, quiet)
        if not isinstance(verdicts, Sequence) or len(verdicts) != len(battles):
            raise UserError(
                f"{self.called} gives {verdicts!r:.200} for {len(battles):,} battles; give a list of verdicts for each"
            )
        orders = {len(one) if isinstance(one, Sequence) else 0 for one in verdicts}
        if orders - {1, 2} or len(orders) > 1:
            raise UserError(f"{self.called} must give one verdict for each battle, or two, one for each order")
        for battle, several in zip(battles, verdicts, strict=True):
            if wrong := next(filter(None, map(_wrong_in, several)), "") or _wrong_in_orders(several):
                raise UserError(f"{self.called} on prompt {battle.prompt_id}: {wrong}")
        return [[replace(one, reply=_whole(one.reply)) for one in several] for several in verdicts]


def _whole(text: str) -> str:
    # A model may have been cut within a character.
    return text.encode("utf-8", "backslashreplace").decode()


def _wrong_in_orders(verdicts: Sequence[Verdict]) -> str:
    if len(verdicts) == 1 or [one.first for one in verdicts] == ["model", "other"]:
        return ""
    return "of two verdicts the first is of the order that shows the model first, the second of the other order"


def _wrong_in(verdict: object) -> str:
    if not isinstance(verdict, Verdict):
        return f"{verdict!r:.200} is no Verdict"
    if verdict.first not in ("model", "other", ""):
        return f"first is {verdict.first!r:.50}; give model, other, or nothing where order plays no part"
    if not isinstance(verdict.reason, str) or not isinstance(verdict.reply, str):
        return "reason and reply must be texts"
    if verdict.reason and not is_label(verdict.reason):
        return f"the reason {verdict.reason!r:.80} is no word fit for counting, on one line"
    if verdict.score is None:
        return "" if verdict.reason else "a verdict without a score needs a reason"
    score = verdict.score
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        return f"the score is {score!r:.50}; give 1 for won, 0.5 for a tie, 0 for lost, or None with a reason"
    if verdict.reason:
        return f"it has the score {score} and the reason {verdict.reason!r:.80}; a reason says why there is no score"
    return ""
