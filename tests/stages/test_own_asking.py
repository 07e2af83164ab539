"""What stages of one's own ask and collect is held against the contract; each mistake is one sentence."""

from typing import Any

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Model, Reply, Request, Served
from polypref.stages.own_asking import check_rated, in_form, requests_of, tables_of
from polypref.stages.pool import Bucket
from tests.stages.answering import Chain, Echo, Log, prompts, unasked

RATING = {"prompt_id": "p", "completion_id": "c", "rater": "chain", "rater_revision": "1", "score": 1.0}
REJECTED = schema.REJECTED.empty_table()
SERVED = Served(Model("m"), Echo())


def ratings(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([RATING | row for row in rows], schema.RATINGS)


def answered() -> Bucket:
    """A prompt `p` with the answers `c` and `d`."""
    one = prompts("a")
    answers = [{"prompt_id": "p", "completion_id": name, "route": "direct"} for name in ("c", "d")]
    blank = dict.fromkeys(("model", "model_revision", "model_licence", "text"), "")
    completions = pa.Table.from_pylist([blank | row for row in answers], schema.COMPLETIONS)
    return Bucket(one.prompts, completions, one.ratings, one.verdicts)


def test_requests_come_as_the_stage_gives_them() -> None:
    assert [r.messages for r in requests_of(Chain(SERVED), prompts("a"), Log(unasked))] == [(("user", "a"),)]
    both = list(requests_of(Chain(SERVED), prompts("a"), Log(lambda _: Reply("A"))))
    assert [r.messages[0][1] for r in both] == ["a", "and A"]


class Asks(Chain):
    """Asks what it is told to."""

    def requests(self, bucket: Bucket, known: Any) -> Any:
        return self.tables


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (None, r"returns NoneType; yield a Request"),
        ("question", r"returns str; yield a Request"),
        (["question"], "yield a Request, as in Request"),
        ([Request(SERVED.model, [("user", "a")])], "a tuple of"),  # type: ignore[arg-type]
        ([Request(SERVED.model, ())], "a tuple of"),
        ([Request(SERVED.model, (("user", 1),))], "of a message are texts"),  # type: ignore[arg-type]
        ([Request(Model("other"), (("user", "a"),))], "none of the stage's `models`"),
        ([Request(SERVED.model, (("user", "a"),), kind="guess")], "'chat', 'score' or 'letter'"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_request_is_refused(asked: Any, message: str) -> None:
    with pytest.raises(UserError, match=r"^Asks\.requests\(\) .*" + message):
        list(requests_of(Asks(SERVED, asked), prompts("a"), Log(unasked)))


def test_tables_come_with_the_columns_of_the_schema_in_their_order() -> None:
    shuffled = ratings({}).append_column("more", pa.array([1])).select(["more", *reversed(schema.RATINGS.names)])
    tables = tables_of(Chain(SERVED, {"ratings": shuffled, "rejected": REJECTED}), answered(), Log(unasked))
    assert tables["ratings"].schema == schema.RATINGS and tables["ratings"]["score"].to_pylist() == [1.0]


def test_who_judged_and_when_may_be_left_out_of_tables() -> None:
    table = ratings({}).drop_columns(["occasion"])
    tables = tables_of(Chain(SERVED, {"ratings": table, "rejected": REJECTED}), answered(), Log(unasked))
    assert tables["ratings"].schema == schema.RATINGS and tables["ratings"]["occasion"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "returns NoneType; return a dict of prompts, .*rejected"),
        ({"ratings": ratings({})}, "returns ratings; return a dict of .* of which rejected is a must"),
        ({"rejected": REJECTED, "scores": REJECTED}, "returns rejected, scores; return a dict of"),
        ({"rejected": [("de", "p", "why", "")]}, "rejected is list; make it a pyarrow table"),
        ({"rejected": pa.table({"language": ["de"]})}, "table rejected is not of schema.REJECTED"),
        ({"rejected": REJECTED, "ratings": ratings({"rater": "else"})}, "rows by 'else'; write the rater's name"),
        ({"rejected": REJECTED, "ratings": ratings({"completion_id": "x"})}, "that it was not given"),
        ({"rejected": REJECTED, "ratings": ratings({"prompt_id": "q"})}, "under prompt_id 'q', whose it is not"),
        ({"rejected": REJECTED, "ratings": ratings({}, {})}, "rates answer c twice"),
    ],
)
def test_what_are_no_such_tables_is_refused(returned: Any, message: str) -> None:
    with pytest.raises(UserError, match=r"^Chain\.collect\(\).*" + message):
        tables_of(Chain(SERVED, returned), answered(), Log(unasked))


def test_a_missing_value_is_named_with_its_row() -> None:
    form = pa.schema([field.with_nullable(True) for field in schema.RATINGS])
    table = pa.Table.from_pylist([RATING, RATING | {"score": None}], form)
    with pytest.raises(UserError, match="mine: table ratings has no score in row 1"):
        in_form(table, "ratings", "mine")


def test_ratings_of_each_answer_once_pass() -> None:
    check_rated(ratings({}, {"completion_id": "d"}), answered().completions, "mine")
