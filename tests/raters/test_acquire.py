"""Judges that are shown two answers a prompt, chosen by cheap scores."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Result, Served
from polypref.layouts.sources import Answer, Fields
from polypref.raters.acquire import Acquire
from polypref.raters.aspects import JudgeRater
from polypref.raters.contract import ratings
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.raters.letters import LogprobRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.raters.reward import RewardRater
from polypref.stages.asking import Rehearsal
from polypref.stages.pair import PairRule
from tests.raters.judged import SERVED, answers_shown, bucket, code_of, known_by
from tests.stages.builds import built

JUDGE = PairwiseJudge(SERVED)
SMALL = Served(Model("small", "r1"), backend=None)  # type: ignore[arg-type]
OTHER = Served(Model("other", "r1"), backend=None)  # type: ignore[arg-type]
TEXTS = {"a": "коротко", "b": "трохи довше", "c": "це вже значно довше", "d": "найдовша з усіх чотирьох відповідей"}


@dataclass(frozen=True)
class Length:
    """Scores an answer by its length."""

    sign: int = 1
    name: str = "length"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = "Long is good."

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        rows = zip(*(completions[name].to_pylist() for name in ("prompt_id", "completion_id", "text")), strict=True)
        return ratings(self.name, [(prompt, answer, float(self.sign * len(text))) for prompt, answer, text in rows])


def scripted(scores: dict[str, dict[str, float | None]], best: str = "a") -> Callable[[Request], Result | str | None]:
    """Scorers with these scores (model -> text -> score; None fails), and a judge that prefers one text."""

    def says(request: Request) -> Result | str | None:
        if request.kind == "score":
            score = scores[request.model.name].get(request.messages[-1][1])
            return Failure("too_long", "by far") if score is None else Reply(score=score)
        shown = {text: letter for letter, text in answers_shown(request).items()}
        return json.dumps({"rationale": "", "code": code_of(request), "verdict": shown.get(best, "TIE")})

    return says


def verdicts_of(rater: Acquire, answers: dict[str, str], says: Callable[[Request], Result | str | None]):
    tables = rater.collect(bucket(("p", answers), language="uk"), known_by(says))
    assert tables["verdicts"].schema == schema.VERDICTS and tables["rejected"].schema == schema.REJECTED
    rows = tables["verdicts"].to_pylist()
    assert {row["rater"] for row in rows} <= {rater.name}
    judged = [(row["completion_a"], row["completion_b"], row["preferred"]) for row in rows]
    return judged, [(row["where"], row["reason"]) for row in tables["rejected"].to_pylist()]


def test_the_best_and_the_worst_are_judged_and_the_others_counted():
    judged, rejected = verdicts_of(Acquire(JUDGE, (Length(),)), TEXTS, scripted({}, best=TEXTS["a"]))
    # The judge has the last word: it prefers the shortest, which the scorer likes least.
    assert judged == [("a", "d", "a")]
    assert rejected == [("b", "not_sent_to_judge"), ("c", "not_sent_to_judge")]


def test_two_scorers_that_disagree_choose_what_they_disagree_on():
    scores = {
        "small": dict(zip(TEXTS.values(), (9.0, 6.0, 4.0, 1.0), strict=True)),
        "other": dict(zip(TEXTS.values(), (9.0, 4.0, 6.0, 1.0), strict=True)),
    }
    rater = Acquire(JUDGE, (RewardRater(SMALL), RewardRater(OTHER)), "uncertainty")
    assert verdicts_of(rater, TEXTS, scripted(scores, best=TEXTS["c"]))[0] == [("b", "c", "b")]
    assert rater.models == (SMALL, OTHER, SERVED) and rater.versions == (2, 2, 2)


def test_any_two_are_judged_as_control():
    rater = Acquire(JUDGE, (Length(),), "random")
    seen = Counter[tuple[str, str]]()
    for seed in range(40):
        ((one, two, _),) = verdicts_of(Acquire(JUDGE, (Length(),), "random", seed), TEXTS, scripted({}))[0]
        seen[one, two] += 1
    assert len(seen) == 6
    assert verdicts_of(rater, TEXTS, scripted({})) == verdicts_of(rater, TEXTS, scripted({}))


def test_the_judge_is_asked_when_all_scores_are_known_and_about_two_answers_alone():
    rater, answered = Acquire(JUDGE, (RewardRater(SMALL),)), bucket(("p", TEXTS), ("q", TEXTS), language="uk")
    log: dict[str, Result] = {}
    says = scripted({"small": {text: float(len(text)) for text in TEXTS.values()}})

    def known(requests):
        return [log.get(one.key) for one in requests]

    first = list(rater.requests(answered, known))
    # Equal texts of two prompts are two conversations only where the prompts differ.
    assert {one.kind for one in first} == {"score"} and len(first) == 8
    for one in first[1:]:
        log[one.key] = says(one)
    log.pop(first[0].key, None)
    assert {one.kind for one in rater.requests(answered, known)} == {"score"}
    log[first[0].key] = says(first[0])
    second = [one for one in rater.requests(answered, known) if one.kind == "chat"]
    assert len(second) == 4  # two prompts, both orders
    assert {frozenset(answers_shown(one).values()) for one in second} == {frozenset((TEXTS["a"], TEXTS["d"]))}


def test_what_a_scorer_cannot_score_is_not_chosen_and_says_why():
    scores = {"small": dict(zip(TEXTS.values(), (9.0, None, 4.0, None), strict=True))}
    judged, rejected = verdicts_of(Acquire(JUDGE, (RewardRater(SMALL),)), TEXTS, scripted(scores, TEXTS["a"]))
    assert judged == [("a", "c", "a")] and rejected == [("b", "too_long"), ("d", "too_long")]
    one = {"small": {TEXTS["a"]: 1.0}}
    judged, rejected = verdicts_of(Acquire(JUDGE, (RewardRater(SMALL),)), TEXTS, scripted(one))
    assert judged == [] and rejected == [*((key, "too_long") for key in "bcd"), ("p", "fewer_than_two_scores")]


def test_equal_and_empty_answers_are_as_for_any_judge():
    answers = {"a": "так", "b": "так", "c": "", "d": "ні, не так"}
    judged, rejected = verdicts_of(Acquire(JUDGE, (Length(),)), answers, scripted({}, "так"))
    assert judged == [("a", "d", "a")] and rejected == [("c", "empty_answer")]
    judged, rejected = verdicts_of(Acquire(JUDGE, (Length(),)), {"a": "так", "b": "так"}, scripted({}))
    assert judged == [] and rejected == [("p", "identical_texts")]


def test_a_judge_that_cannot_be_read_is_counted_by_its_own_reason():
    judged, rejected = verdicts_of(Acquire(JUDGE, (Length(),)), TEXTS, lambda request: "no idea")
    assert judged == []
    assert Counter(reason for _, reason in rejected) == {"not_sent_to_judge": 2, "judge_unparsable": 2}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Acquire(JudgeRater(SERVED), (Length(),)), "'richter' gives no verdicts on two answers"),
        (lambda: Acquire(Length(), (Length(name="b"),)), "'length' gives no verdicts on two answers"),
        (lambda: Acquire(JUDGE, (RelevanceRater(),)), "gives no scores to choose answers by"),
        (lambda: Acquire(JUDGE, (PairwiseJudge(SMALL),)), "'small' gives no scores to choose answers by"),
        (lambda: Acquire(JUDGE, ()), "at least one scorer, with different names"),
        (lambda: Acquire(JUDGE, (Length(), Length(-1))), "with different names"),
        (lambda: Acquire(JUDGE, (Length(),), "uncertainty"), "select='uncertainty' takes two scorers, not 1"),
        (lambda: Acquire(JUDGE, (Length(),), "best"), "select"),
    ],
)
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(UserError, match=sentence):
        make()


def test_the_caution_says_what_was_judged():
    caution = Acquire(JUDGE, (Length(), Length(-1, "shortness")), "uncertainty").caution
    assert caution.startswith("Of each prompt two answers were judged: the two on which two scorers disagree most")
    assert "(scored by length, shortness)" in caution and caution.count("Long is good.") == 1
    assert JUDGE.caution in caution


@dataclass(frozen=True)
class Scripted:
    """A backend that answers by a script and keeps what it was asked."""

    says: Callable[[Request], Result | str | None]
    asked: list[Request] = field(default_factory=list, compare=False)

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            self.asked.append(request)
            given = self.says(request)
            yield request, Reply(given) if isinstance(given, str) else given


ROWS = [
    {"prompt": f"Question {number} of some length?"}
    | {f"a{n}": f"Answer {number}: {'word ' * (n + 1)}" for n in range(4)}
    for number in range(5)
]
ANSWERS = Fields("prompt", tuple(Answer(f"a{n}", model=f"m{n}", score=f"s{n}") for n in range(4)))


@pytest.mark.slow
@pytest.mark.parametrize("scorer", ["model", "given", "without a model"])
def test_a_build_asks_the_judge_of_two_answers_a_prompt_and_its_counts_add_up(scorer):
    says = scripted({"small": {row[f"a{n}"]: float(n) for row in ROWS for n in range(4)}}, best=ROWS[0]["a0"])
    small, judge = Scripted(says), Scripted(says)
    scorers = {
        "model": RewardRater(Served(Model("small"), small)),
        "given": SourceRater("source"),
        "without a model": Length(),
    }
    rater = Acquire(PairwiseJudge(Served(Model("richter"), judge)), (scorers[scorer],))
    rows = [row | {f"s{n}": n for n in range(4)} for row in ROWS]
    done = built(rows, ANSWERS, PairRule("given"), rater)
    assert len(judge.asked) == 10 and len(small.asked) == (20 if scorer == "model" else 0)
    # The judge prefers the first prompt's shortest answer and sees ties elsewhere, whatever scorers say.
    assert done.pairs == [(ROWS[0]["prompt"], ROWS[0]["a0"], ROWS[0]["a3"])]
    assert done.counts("rate", "answers") == {
        ("in", ""): 20,
        ("kept", ""): 10,
        ("rejected", "not_sent_to_judge"): 10,
    }
    assert done.counts("rate", "verdicts") == {("in", ""): 5, ("kept", ""): 5}


@pytest.mark.parametrize(
    ("scorer", "asked"), [(RewardRater(SMALL), 4), (JudgeRater(SMALL, name="s"), 1), (LogprobRater(SMALL), 12)]
)
def test_a_dry_run_counts_what_scorers_and_judge_would_be_asked(scorer, asked):
    rater = Acquire(JUDGE, (scorer,))
    rehearsal = Rehearsal(None)
    rehearsal.count("rate", rater, lambda: [bucket(("p", TEXTS), language="uk")])
    assert {served.model.name: counts["requests"] for (_, served), counts in rehearsal.counts.items()} == {
        "small": asked,
        "richter": 2,
    }
