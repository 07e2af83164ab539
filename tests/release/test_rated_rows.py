"""Which scores and verdicts are published, by tables made up by hand, and by any."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.files.published import SCHEMAS_OF_RATINGS
from polypref.pipeline.builder import Builder
from polypref.release.people import People
from polypref.release.rated_rows import Rated, published_form, rated_rows
from polypref.release.rows import Form
from polypref.release.writers import Writers
from polypref.stages.counts import funnel_rows
from polypref.stages.equation import not_conserved
from polypref.stages.pool import Bucket

from .rated import builder

MODEL = ("m", "1", "mit")
LEFT = ("split", "rank", "place")


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return builder(tmp_path_factory.mktemp("declared"))


def answer(prompt: str, name: str, text: str = "Yes.", **more: Any) -> dict[str, Any]:
    author = dict(zip(("model", "model_revision", "model_licence"), MODEL, strict=True)) | {"route": "direct"}
    return {"completion_id": f"{prompt}.{name}", "prompt_id": prompt, "text": text} | author | more


def score(prompt: str, name: str, number: float, rater: str = "r", **more: Any) -> dict[str, Any]:
    ids = {"prompt_id": prompt, "completion_id": f"{prompt}.{name}"}
    return ids | {"rater": rater, "rater_revision": "", "score": number} | more


def verdict(prompt: str, one: str, two: str, preferred: str, **more: Any) -> dict[str, Any]:
    ids = {"prompt_id": prompt, "completion_a": f"{prompt}.{one}", "completion_b": f"{prompt}.{two}"}
    return ids | {"preferred": preferred, "rater": "judge"} | more


def rejected(prompt: str, name: str, chosen: bool, rejected: bool) -> dict[str, Any]:
    of = {"prompt_id": prompt, "completion_id": f"{prompt}.{name}", "language": "de"}
    return of | {"check": "length", "outcome": "reject", "reason": "short", "chosen": chosen, "rejected": rejected}


def bucket(prompts: list[str], answers: list[dict], scores: list[dict], verdicts: list[dict]) -> Bucket:
    source = [{"name": "s", "revision": "1", "licence": "mit"}]
    rows = [
        {"prompt_id": one, "group_id": f"g{one}", "language": "de", "response_language": "de", "sources": source}
        | {"prompt": [{"role": "user", "content": one}], "origin": "native"}
        for one in prompts
    ]
    kinds = (schema.PROMPTS, schema.COMPLETIONS, schema.RATINGS, schema.VERDICTS)
    tables = zip((rows, answers, scores, verdicts), kinds, strict=True)
    return Bucket(*(pa.Table.from_pylist(some, kind) for some, kind in tables))


def published(
    declared: Builder,
    of: Bucket,
    released: dict[str, tuple[str, int]],
    findings: list[dict] | None = None,
    people: People = People(),  # noqa: B008
) -> tuple[list[dict[str, Any]], Rated]:
    """The published rows, where each released prompt has a pair of this split and rank; and what was counted."""
    pairs = pa.table({"pair_id": list(map("pair {}".format, released)), "prompt_id": list(released)})
    ranks = [(f"pair {prompt}", *place) for prompt, place in released.items()]
    ranked = pa.table(dict(zip(("pair_id", "split", "rank"), map(list, zip(*ranks, strict=True)), strict=True)))
    rated = Rated()
    writers = Writers(declared, {MODEL}, set(), {("s", "1", "mit")})
    checked = pa.Table.from_pylist(findings or [], schema.FINDINGS)
    rows = rated_rows(of, pairs, ranked, checked, Form(people=people), writers, rated)
    assert rows.drop_columns(list(LEFT)).schema in SCHEMAS_OF_RATINGS
    return rows.to_pylist(), rated


def counts(rated: Rated, unit: str = "scores") -> dict[tuple[str, str], int]:
    return {(outcome, reason): rows for (_, outcome, reason), rows in rated.funnels[unit].items()}


def test_rows_are_of_usable_answers_to_released_prompts(declared: Builder) -> None:
    answers = [answer("p", "a"), answer("p", "b"), answer("p", "c"), answer("p", "d", " \n"), answer("q", "a")]
    answers.append(answer("p", "e", route="reference"))
    scores = [score(one["prompt_id"], one["completion_id"][-1], 1.0) for one in answers]
    scores += [score("p", "a", math.nan, "other"), score("p", "a", -math.inf, "other"), score("p", "z", 1.0)]
    # b can only be rejected, c neither chosen nor rejected.
    findings = [rejected("p", "b", True, False), rejected("p", "c", True, True)]
    rows, rated = published(declared, bucket(["p", "q"], answers, scores, []), {"p": ("test", 7)}, findings)
    assert [(row["completion_id"], row["not_chosen"], row["not_rejected"]) for row in rows] == [
        ("p.a", None, None),
        ("p.b", "length: short", None),
    ]
    assert {(row["split"], row["rank"]) for row in rows} == {("test", 7)} and [row["place"] for row in rows] == [0, 1]
    assert counts(rated) == {
        ("in", ""): 9,
        ("kept", ""): 2,
        ("unused", "prompt_not_released"): 1,
        ("rejected", "answer_not_usable"): 1,
        ("rejected", "empty_answer"): 1,
        ("rejected", "reference"): 1,
        ("rejected", "score_not_finite"): 2,
        ("rejected", "answer_missing"): 1,
    }
    assert rated.models == {MODEL}


def test_a_verdict_is_two_rows_or_none(declared: Builder) -> None:
    answers = [answer("p", name) for name in "abc"]
    verdicts = [
        verdict("p", "a", "b", "a", rationale="shorter", annotator="x"),
        verdict("p", "a", "b", "b"),
        verdict("p", "b", "a", "tie"),
        verdict("p", "a", "b", "disagreement"),
        verdict("p", "a", "c", "a"),
        verdict("p", "a", "a", "tie"),
        verdict("p", "a", "b", "first"),
    ]
    of = bucket(["p"], answers, [score("p", "b", 3.0)], verdicts)
    people = People(("annotator",), frozenset({("de", "judge", "x")}))
    rows, rated = published(declared, of, {"p": ("train", 0)}, [rejected("p", "c", True, True)], people)
    # Of each answer the scores first, then the verdicts in their order.
    assert [(row["completion_id"], row["verdict"] or row["score"], row["compared_with"]) for row in rows] == [
        ("p.a", "better", "p.b"),
        ("p.a", "worse", "p.b"),
        ("p.a", "tie", "p.b"),
        ("p.a", "disagreement", "p.b"),
        ("p.b", 3.0, None),
        ("p.b", "worse", "p.a"),
        ("p.b", "better", "p.a"),
        ("p.b", "tie", "p.a"),
        ("p.b", "disagreement", "p.a"),
    ]
    assert [(row["rater"], row["rationale"], row["annotator"]) for row in rows if row["rationale"]] == [
        ("judge", "shorter", "x")
    ] * 2
    assert counts(rated, "verdicts") == {
        ("in", ""): 7,
        ("kept", ""): 4,
        ("rejected", "answer_not_usable"): 1,
        ("rejected", "same_answer"): 1,
        ("rejected", "unknown_verdict"): 1,
    }


def test_an_answer_that_would_change_the_licence_is_left_out(declared: Builder) -> None:
    other = dict(zip(("model", "model_revision", "model_licence"), ("closed", "1", "cc-by-nc-4.0"), strict=True))
    answers = [answer("p", "a"), answer("p", "b", **other), answer("p", "c", translator="nobody knows")]
    answers.append(answer("q", "a", **other))
    scores = [score("p", name, 1.0) for name in "abc"]
    of = bucket(["p", "q"], answers, scores, [verdict("p", "a", "b", "a")])
    rows, rated = published(declared, of, {"p": ("train", 0)})
    assert [row["completion_id"] for row in rows] == ["p.a"]
    assert counts(rated)["rejected", "licence_of_no_pair"] == 2
    assert counts(rated, "verdicts") == {("in", ""): 1, ("rejected", "licence_of_no_pair"): 1}
    assert rated.models == {MODEL} and not rated.translators


def test_the_order_is_that_of_the_pairs(declared: Builder) -> None:
    answers = [answer(prompt, "a") for prompt in "pqr"]
    of = bucket(["p", "q", "r"], answers, [score(prompt, "a", 1.0) for prompt in "pqr"], [])
    rows, _ = published(declared, of, {"p": ("train", 4), "q": ("test", 0), "r": ("train", 1)})
    assert [(row["prompt_id"], row["split"], row["rank"]) for row in rows] == [
        ("q", "test", 0),
        ("r", "train", 1),
        ("p", "train", 4),
    ]


def test_columns_of_people_are_those_of_the_pairs() -> None:
    form = Form(people=People(("annotator", "occasion", "rationale")))
    assert published_form(form).names == [*schema.RELEASED_RATINGS.names, "annotator", "occasion"]
    assert published_form(Form(whole=True)).equals(schema.RELEASED_RATINGS_WITH_TURNS)


NAMES = st.sampled_from("abcd")
PROMPTS = st.sampled_from("pqr")
NUMBERS = st.sampled_from([0.0, 1.5, -2.0, math.nan, 1e200])
SIDES = st.sampled_from(["a", "b", "tie", "disagreement", "?"])


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    released=st.dictionaries(PROMPTS, st.tuples(st.sampled_from(["train", "test"]), st.integers(0, 9)), min_size=1),
    there=st.sets(st.tuples(PROMPTS, NAMES)),
    scores=st.lists(st.builds(score, PROMPTS, NAMES, NUMBERS, st.sampled_from(["r", "s"]))),
    verdicts=st.lists(st.builds(verdict, PROMPTS, NAMES, NAMES, SIDES)),
    findings=st.lists(st.builds(rejected, PROMPTS, NAMES, st.booleans(), st.booleans())),
)
def test_every_score_and_verdict_is_published_or_counted(
    declared: Builder, released, there, scores, verdicts, findings
) -> None:
    answers = [answer(*one) for one in sorted(there)]
    rows, rated = published(declared, bucket(["p", "q", "r"], answers, scores, verdicts), released, findings)
    funnel = [row for unit, of_unit in rated.funnels.items() for row in funnel_rows("ratings", unit, of_unit)]
    assert not_conserved(funnel) == []
    came = Counter({unit: rated.funnels[unit]["de", "in", ""] for unit in rated.funnels})
    assert came == {"scores": len(scores), "verdicts": len(verdicts)}
    kept = {unit: rated.funnels[unit]["de", "kept", ""] for unit in rated.funnels}
    assert len(rows) == kept["scores"] + 2 * kept["verdicts"]
    assert all((row["split"], row["rank"]) == released[row["prompt_id"]] for row in rows)
    assert {row["completion_id"] for row in rows} <= {f"{prompt}.{name}" for prompt, name in there}
