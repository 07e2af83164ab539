"""What judges and reward models are asked is the same to the byte as it was: response logs go on answering.

The digests stand for the keys of all requests, second attempts included, as commit 0bec968 asked them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from polypref.evaluation.judges import Battle, LLMJudge, RewardJudge
from polypref.evaluation.reward_models.benchmark import Judging, benchmark
from polypref.evaluation.reward_models.data import Pair
from polypref.inference import Failure, Model, Reply, Request, Result, Served
from polypref.inference.log import ResponseLog
from polypref.raters.aspects import JudgeRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.raters.reward import RewardRater
from tests.raters.judged import bucket

TURNS = (("system", "ענה בקצרה"), ("user", "q1"), ("assistant", "a1"), ("user", "מה?"))
TWO = ("eins [[A]]", 'zwei {"verdict": "B"}')
BUCKET = bucket(("p", {"a": TWO[0], "b": TWO[1], "c": "שלוש"}), ("q", {"d": "x", "e": "y"}))


class Unreadable:
    """A backend whose every reply is of no use, so that each attempt is asked; keeps the keys."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            self.keys.append(request.key)
            yield request, Failure("no") if request.kind == "score" else Reply("I like both.")


def raters(rater: type[PairwiseJudge] | type[JudgeRater], prompt: str) -> Callable[[Served, ResponseLog], None]:
    def ask(served: Served, log: ResponseLog) -> None:
        own_rater = rater(served, prompt=prompt)
        for _ in range(2):
            list(log.ask(served.backend, list(own_rater.requests(BUCKET, log.get_many))))

    return ask


def rewards(served: Served, log: ResponseLog) -> None:
    list(log.ask(served.backend, list(RewardRater(served).requests(BUCKET, log.get_many))))


def battles(prompt: str, orders: str) -> Callable[[Served, ResponseLog], None]:
    def ask(served: Served, log: ResponseLog) -> None:
        fought = [Battle(f"p{n}", "he", TURNS, (), f"{TWO[0]} {n}", TWO[1]) for n in range(4)]
        LLMJudge(served, prompt=prompt, orders=orders).judge(fought, log, quiet=True)  # type: ignore[arg-type]

    return ask


def reward_battles(served: Served, log: ResponseLog) -> None:
    RewardJudge(served).judge([Battle("p", "he", TURNS, (), *TWO)], log, quiet=True)


def pairs(judge: Judging | None) -> Callable[[Served, ResponseLog], None]:
    def ask(served: Served, log: ResponseLog) -> None:
        known = [Pair(f"i{n}", f"g{n}", "zh-Hant", "s", "c", TURNS, f"{TWO[0]} {n}", TWO[1]) for n in range(4)]
        benchmark(known, served, log, judge=judge, quiet=True)

    return ask


CASES: dict[str, tuple[Callable[[Served, ResponseLog], None], int, str]] = {
    "rater pairwise-1": (raters(PairwiseJudge, "pairwise-1"), 16, "06dcfe3427b204bc"),
    "rater pairwise-2": (raters(PairwiseJudge, "pairwise-2"), 16, "05ac3f16d1d849ed"),
    "rater aya-1": (raters(PairwiseJudge, "aya-1"), 16, "74fe003c4b742e9e"),
    "rater aya-2": (raters(PairwiseJudge, "aya-2"), 16, "bbe5b9293bc0cbcd"),
    "rater ultrafeedback-2": (raters(JudgeRater, "ultrafeedback-2"), 4, "c205afa6f9e30212"),
    "rater of rewards": (rewards, 5, "70686d086eb5abd1"),
    "battles pairwise-1": (battles("pairwise-1", "both"), 16, "7651a95439e656ab"),
    "battles pairwise-2": (battles("pairwise-2", "both"), 16, "2605d5515a9b1a84"),
    "battles aya-1, one order": (battles("aya-1", "one"), 8, "91a784524d810c39"),
    "battles aya-2, one order": (battles("aya-2", "one"), 8, "128f79e0227d9730"),
    "battles by a reward model": (reward_battles, 2, "6482adb83d048c61"),
    "pairs pairwise-2": (pairs(Judging()), 16, "9352b24dbf2f7897"),
    "pairs aya-1, one order": (pairs(Judging("aya-1", 1, seed=3)), 8, "47c498548a42fc07"),
    "pairs by a reward model": (pairs(None), 5, "163ed3612a0a392e"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_is_what_was_asked(tmp_path: Path, name: str) -> None:
    ask, count, digest = CASES[name]
    backend = Unreadable()
    with ResponseLog(tmp_path / "log.sqlite") as log:
        ask(Served(Model("lab/judge", "r1", "mit"), backend), log)
    keys = sorted(set(backend.keys))
    assert (len(keys), hashlib.sha256("".join(keys).encode()).hexdigest()[:16]) == (count, digest)
