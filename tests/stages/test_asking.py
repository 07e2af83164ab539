"""Stages that ask models: in passes, through the log, and held to what they may return."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Known, Model, Reply, Request, Result, Served
from polypref.inference.log import ResponseLog
from polypref.stages import asking
from polypref.stages.asking import ASSUMED_TOKENS, Logged, Rehearsal, ask_models, digest
from polypref.stages.own_asking import check_steady
from polypref.stages.pool import Bucket
from tests.stages.answering import Chain, Echo, bucket, prompts


def test_questions_that_answers_raise_are_asked_in_a_later_pass_and_nothing_twice(tmp_path: Path) -> None:
    backend = Echo()
    stage = Chain(Served(Model("m"), backend))
    buckets = lambda: [prompts("a", "b"), prompts("b", "c")]  # noqa: E731
    with ResponseLog(tmp_path / "log.sqlite") as log:
        ask_models("chain", stage, buckets, log, quiet=True)
        assert sorted(backend.asked[:3]) == ["a", "b", "c"]
        assert sorted(backend.asked[3:]) == ["and A", "and B", "and C"]
        ask_models("chain", stage, buckets, log, quiet=True)
        assert len(backend.asked) == 6


@dataclass(frozen=True)
class Fickle(Chain):
    """Counts how often it was asked what to ask, in each question."""

    calls: list[int] = field(default_factory=list)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        self.calls.append(1)
        yield Request(self.served.model, (("user", f"call {len(self.calls)}"),))


def test_what_asks_something_else_each_time_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    backend = Echo()
    stage = Fickle(Served(Model("m"), backend))
    words = r"Fickle\.requests\(\) asks something else each time .*'call 1'.* once and then no more"
    with ResponseLog(tmp_path / "log.sqlite") as log, pytest.raises(UserError, match=words):
        ask_models("chain", stage, lambda: [bucket(), prompts("a")], log, quiet=True)
    assert backend.asked == []


def test_an_answer_that_comes_from_elsewhere_meanwhile_makes_no_chain_fickle() -> None:
    stage, calls = Chain(Served(Model("m"), Echo())), []

    def known(requests: Sequence[Request]) -> list[Result | None]:
        calls.append(len(requests))
        return [Reply("A") if len(calls) > 1 else None for _ in requests]

    check_steady(stage, [prompts("a")], known)
    assert sum(calls) == 1


def test_the_digest_stands_for_questions_and_answers(tmp_path: Path) -> None:
    stage = Chain(Served(Model("m"), Echo()))
    with ResponseLog(tmp_path / "log.sqlite") as log:
        unanswered = digest(stage, lambda: [prompts("a")], log)
        ask_models("chain", stage, lambda: [prompts("a")], log, quiet=True)
        answered = digest(stage, lambda: [prompts("a")], log)
        assert len(answered) == 16 and answered == digest(stage, lambda: [prompts("a")], log)
        assert len({unanswered, answered, digest(stage, lambda: [prompts("b")], log)}) == 3


def test_by_which_name_a_model_was_served_is_no_part_of_the_digest(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "other"):
        with ResponseLog(tmp_path / f"{name}.sqlite") as log:
            log.put(Request(Model("m"), (("user", "a"),)), Reply("A", served=name))
            digests.add(digest(Chain(Served(Model("m"), Echo())), lambda: [prompts("a")], log))
    assert len(digests) == 1


def test_where_there_is_no_log_yet_nothing_is_known(tmp_path: Path) -> None:
    request = Request(Model("m"), (("user", "a"),))
    with Logged(tmp_path / "log.sqlite").known() as known:
        assert known([request, request]) == [None, None]
    assert not (tmp_path / "log.sqlite").exists()
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(request, Reply("A"))
    with Logged(tmp_path / "log.sqlite").known() as known:
        assert known([request]) == [Reply("A")]


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 1), ("abcd", 2), ("abcdefg", 2), ("日本語", 4), ("안녕", 3), ("дом", 2), ("שלום", 3), ("ab日本я", 3)],
)
def test_tokens_by_hand(text: str, count: int) -> None:
    # A quarter of the ASCII, all of the CJK, half of the rest, each rounded down, and one.
    assert asking.tokens(text) == count


def test_a_rehearsal_counts_each_question_once_and_asks_nobody(tmp_path: Path) -> None:
    backend = Echo()
    served = Served(Model("m"), backend)
    with ResponseLog(tmp_path / "log.sqlite") as log:
        log.put(Request(served.model, (("user", "abcd"),)), Reply("ABCD"))
        rehearsal = Rehearsal(log)
        rehearsal.count("complete", Chain(served), lambda: [prompts("abcd", "abcdefgh"), prompts("abcd")])
    # Two texts and what follows on each, of which one text is answered.
    counts = rehearsal.counts["complete", served]
    assert (counts["requests"], counts["answered"]) == (4, 1)
    assert counts["completion_tokens"] == 3 * ASSUMED_TOKENS
    assert backend.asked == []


def test_a_rehearsed_translation_is_as_long_as_its_text() -> None:
    served = Served(Model("m"), Echo())
    rehearsal = Rehearsal(None)
    rehearsal.count("translate", Chain(served), lambda: [prompts("abcdefgh")])
    counts = rehearsal.counts["translate", served]
    assert counts["completion_tokens"] == counts["prompt_tokens"] > 0


def test_draws_depend_on_the_seed_and_on_every_part() -> None:
    assert asking.drawn(1, "share", "p") == asking.drawn(1, "share", "p")
    assert len({asking.drawn(1, "share", "p"), asking.drawn(2, "share", "p"), asking.drawn(1, "sharep")}) == 3
    draws = [asking.drawn(0, n) / 2**128 for n in range(2_000)]
    # Standard error of the mean of 2,000 even draws: 0.0065.
    assert all(0 <= draw < 1 for draw in draws) and abs(sum(draws) / 2_000 - 0.5) < 0.026


def test_rejections_are_a_table_of_the_schema() -> None:
    table = asking.rejections([("de", "p", "empty_answer", "m direct")])
    assert table.schema == schema.REJECTED
    assert table.to_pylist() == [{"language": "de", "where": "p", "reason": "empty_answer", "detail": "m direct"}]
    assert asking.rejections([]).num_rows == 0


def test_a_beginning_that_the_request_before_has_too_is_cached(tmp_path: Path) -> None:
    served = Served(Model("m"), Echo())
    rehearsal = Rehearsal(None)
    # 4,400 characters of ASCII are 1,101 tokens, of which 1,024 fill steps; a short beginning counts for nothing.
    long = "x" * 4_400
    rehearsal.count("rate", Chain(served), lambda: [prompts(f"{long} first", f"{long} second", "short", "shore")])
    assert rehearsal.counts["rate", served]["cached_tokens"] == 1_024
    other = Rehearsal(None)
    other.count("rate", Chain(served), lambda: [prompts("short", "shore")])
    assert other.counts["rate", served]["cached_tokens"] == 0
