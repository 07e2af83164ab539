"""What a build would ask is counted by stage and model, priced by the backend, and asked of nobody."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.inference import Model, Reply, Request, Sampling, Served
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.pipeline.context import Asked, RunContext
from polypref.pipeline.rehearsal import Rehearsed, rehearse
from polypref.pipeline.steps import BuildRun
from polypref.raters.reward import RewardRater
from polypref.stages.checks.repetition import RepetitionLoops
from polypref.stages.complete import Complete, Route
from polypref.stages.translate import Translate, Translator

# 16 characters of ASCII are reckoned as 16 / 4 + 1 tokens.
PROMPTS = ("what is a cloud?", "what is a brook?", "what is a stone?")


@dataclass(frozen=True)
class Priced:
    """A backend that nobody may ask; prices are of a million tokens."""

    price_in: float | None = None
    price_out: float | None = None
    price_cached: float | None = None
    discount: float = 0.0

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Reply]]:
        raise AssertionError("a rehearsal asks nobody")


def answering(name: str, backend: Priced, most: int = 100) -> Route:
    return Route(Served(Model(name), backend), sampling=Sampling(max_tokens=most))


@pytest.fixture
def source(tmp_path) -> Files:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"prompt": one}) + "\n" for one in PROMPTS), "utf-8")
    return Files(str(path), Fields("prompt"), "s", "1", "cc0-1.0", language="en")


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store(tmp_path / "store", "b") as one:
        yield one


def test_requests_tokens_and_costs_by_hand(source, store, tmp_path):
    routes = (answering("dear", Priced(2.0, 10.0)), answering("free", Priced(0.0, 0.0)), answering("own", Priced()))
    builder = Builder("b", "1.0.0", sources=(source,), complete=Complete(routes))
    # Three prompts of 5 tokens, and answers of 100 tokens, the most that may be asked for.
    assert rehearse(builder, store, None, tmp_path / "no.sqlite") == [
        Rehearsed("complete", "dear", 3, 0, 15, 300, pytest.approx((15 * 2.0 + 300 * 10.0) / 1e6)),
        Rehearsed("complete", "free", 3, 0, 15, 300, 0.0),
        Rehearsed("complete", "own", 3, 0, 15, 300, None),
    ]


def test_a_discount_and_the_price_of_a_known_beginning_by_hand(tmp_path, store):
    long = "x" * 4_396
    path = tmp_path / "long.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"{long} {n}"}) + "\n" for n in "abc"), "utf-8")
    source = Files(str(path), Fields("prompt"), "s", "1", "cc0-1.0", language="en")
    routes = (
        answering("batch", Priced(2.0, 10.0, discount=0.5)),
        answering("cache", Priced(2.0, 10.0, price_cached=0.5)),
    )
    builder = Builder("b", "1.0.0", sources=(source,), complete=Complete(routes))
    # 4,398 characters are 1,100 tokens a prompt; of the second and the third 1,024 of them were read before.
    half = (3_300 * 2.0 + 300 * 10.0) / 2 / 1e6
    cached = ((3_300 - 2_048) * 2.0 + 2_048 * 0.5 + 300 * 10.0) / 1e6
    assert rehearse(builder, store, None, tmp_path / "no.sqlite") == [
        Rehearsed("complete", "batch", 3, 0, 3_300, 300, pytest.approx(half), 2_048),
        Rehearsed("complete", "cache", 3, 0, 3_300, 300, pytest.approx(cached), 2_048),
    ]


def test_a_price_of_one_kind_of_token_gives_no_cost(source, store):
    routes = (answering("in", Priced(price_in=1.0)), answering("out", Priced(price_out=1.0)))
    builder = Builder("b", "1.0.0", sources=(source,), complete=Complete(routes))
    assert [one.cost for one in rehearse(builder, store, None, None)] == [None, None]


def test_a_limit_counts_and_so_do_translated_prompts(source, store):
    translate = Translate(Translator(Served(Model("t"), Priced())), ("de", "he"))
    builder = Builder(
        "b", "1.0.0", sources=(source,), translate=translate, complete=Complete((answering("a", Priced(), most=7),))
    )
    # One prompt into two languages, and answers to all three forms of it.
    asked = {(one.stage, one.model): one.requests for one in rehearse(builder, store, 1, None)}
    assert asked == {("translate", "t"): 2, ("complete", "a"): 3}


def test_what_the_log_answers_costs_nothing_more(source, store, tmp_path):
    log = tmp_path / "log.sqlite"

    @dataclass(frozen=True)
    class Echo(Priced):
        def run(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Reply]]:
            for request in requests:
                yield request, Reply("so")

    complete = Complete((answering("a", Echo(1.0, 1.0)),))
    builder = Builder("b", "1.0.0", sources=(source,), complete=complete)
    with Store(tmp_path / "other", "b") as other:
        BuildRun(RunContext(builder, other, Local(1), 2, True, Asked(log=log))).rated()
    before = log.read_bytes()
    assert rehearse(builder, store, None, log) == [Rehearsed("complete", "a", 3, 2, 5, 100, pytest.approx(105 / 1e6))]
    assert log.read_bytes() == before


def test_where_no_model_answers_a_rater_is_not_asked_about_answers_that_a_check_rejects(tmp_path, store):
    sound, loop = "A brook is a small stream that runs through a valley.", "it runs and runs and " * 20
    rows = [{"prompt": one, "a": f"{sound} So is this.", "b": f"{sound} Yes.", "c": loop} for one in PROMPTS]
    path = tmp_path / "answered.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    answers = tuple(Answer(name, model=name) for name in "abc")
    files = Files(str(path), Fields("prompt", answers), "s", "1", "cc0-1.0", language="en")
    rater = RewardRater(Served(Model("r"), Priced()))
    builder = Builder("b", "1.0.0", sources=(files,), rater=rater, filters=(RepetitionLoops(),))
    assert [(one.stage, one.requests) for one in rehearse(builder, store, None, None)] == [("rate", 6)]
