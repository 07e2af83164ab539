"""Stages that ask models: in passes, through the log, and held to what they may return."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Known, Model, Reply, Request, Result, Served
from polypref.inference.log import ResponseLog
from polypref.stages import asking
from polypref.stages.asking import ASSUMED_TOKENS, Logged, Rehearsal, ask_models, collected, digest
from polypref.stages.pool import Bucket
from tests.stages.answering import bucket


class Echo:
    """Says what it is asked, in capitals, and notes it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            self.asked.append(request.messages[0][1])
            yield request, Reply(request.messages[0][1].upper())


@dataclass(frozen=True)
class Chain:
    """Asks about each prompt's text, then about the answer; what it returns is said from outside."""

    served: Served
    tables: Any = None
    name: str = "chain"
    version: int = 1

    @property
    def models(self) -> tuple[Served, ...]:
        return (self.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        for row in bucket.prompts.to_pylist():
            first = Request(self.served.model, (("user", row["prompt"][0]["content"]),))
            yield first
            (answer,) = known([first])
            if isinstance(answer, Reply):
                yield Request(self.served.model, (("user", f"and {answer.text}"),))

    def collect(self, bucket: Bucket, known: Known) -> Any:
        return self.tables


def prompts(*texts: str) -> Bucket:
    return bucket(*({"prompt": [{"role": "user", "content": text}]} for text in texts))


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


RATING = {"prompt_id": "p", "completion_id": "c", "rater": "chain", "rater_revision": "1", "score": 1.0}
NOTHING_REJECTED = schema.REJECTED.empty_table()


def test_tables_come_with_the_columns_of_the_schema_in_their_order(tmp_path: Path) -> None:
    ratings = pa.Table.from_pylist([RATING | {"aspects": None, "rationale": None, "more": 1}])
    given = {"ratings": ratings, "rejected": NOTHING_REJECTED}
    tables = collected(Chain(Served(Model("m"), Echo()), given), prompts("a"), Logged(tmp_path / "log.sqlite"))
    assert tables["ratings"].schema == schema.RATINGS and tables["ratings"]["score"].to_pylist() == [1.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, r"collect\(\) returns NoneType; return a dict of prompts, .*rejected"),
        ({"ratings": schema.RATINGS.empty_table()}, "returns ratings; return a dict of .* of which rejected is a must"),
        ({"rejected": NOTHING_REJECTED, "scores": NOTHING_REJECTED}, "returns rejected, scores; return a dict of"),
        ({"rejected": pa.table({"language": ["de"]})}, "table rejected is not of the columns"),
        ({"rejected": [("de", "p", "why", "")]}, "table rejected is not of the columns"),
        (
            {
                "rejected": NOTHING_REJECTED,
                "ratings": pa.Table.from_pylist([RATING | {"rater": "else"}], schema.RATINGS),
            },
            "rows by 'else'; write the rater's name into column rater",
        ),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, given: Any, message: str) -> None:
    stage = Chain(Served(Model("m"), Echo()), given)
    with pytest.raises(UserError, match=r"^Chain\.collect\(\).*" + message.removeprefix(r"collect\(\) ")):
        collected(stage, prompts("a"), Logged(tmp_path / "log.sqlite"))


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
