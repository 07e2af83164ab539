"""What an answer may be in a pair, and what need not be rated."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.files.store import Stage
from polypref.stages.pool import Bucket
from polypref.stages.usable import (
    Buckets,
    of_sources,
    of_usable_prompts,
    rejected_prompts,
    usable_part,
    uses_of,
    with_answers,
)


def bucket_of(answers: dict[str, str], reference: str = "") -> Bucket:
    """Prompts (letters) and their answers (`p0`, `p1`), each rated 1, and a verdict on the first two of each prompt."""
    ids = [f"{prompt}{place}" for prompt, places in answers.items() for place in places]
    names = ("prompt_id", "group_id", "language", "response_language", "origin")
    prompts = [dict.fromkeys(names, prompt) | {"prompt": [], "sources": []} for prompt in answers]
    blank = dict.fromkeys(("model", "model_revision", "model_licence", "text"), "")
    completions = [
        blank | {"completion_id": one, "prompt_id": one[0], "route": "reference" if one == reference else "direct"}
        for one in ids
    ]
    ratings = [
        {"prompt_id": one[0], "completion_id": one, "rater": "r", "rater_revision": "", "score": 1.0} for one in ids
    ]
    verdicts = [
        {"prompt_id": p, "completion_a": f"{p}0", "completion_b": f"{p}1", "preferred": "a", "rater": "r"}
        for p, places in answers.items()
        if len(places) > 1
    ]
    kinds = (schema.PROMPTS, schema.COMPLETIONS, schema.RATINGS, schema.VERDICTS)
    tables = zip((prompts, completions, ratings, verdicts), kinds, strict=True)
    return Bucket(*(pa.Table.from_pylist(rows, kind) for rows, kind in tables))


def test_what_stands_for_buckets_names_their_stages_and_sources() -> None:
    read, index, check = (Stage(Path(name), f"fingerprint of {name}") for name in ("read", "index", "check"))
    whole = ["fingerprint of read", "fingerprint of index"]
    assert Buckets((read,), index).fingerprints == whole
    assert Buckets((read,), index, check).fingerprints == [*whole, "fingerprint of check"]
    assert Buckets((read,), index, None, ("a", "b")).fingerprints == [*whole, "of source a", "of source b"]


def findings_of(**outcomes: str) -> pa.Table:
    """`p="-"`: the prompt is rejected; `p0="c"`: may not be chosen, "r": not rejected, "cr": neither, "f": a flag."""
    rows = [
        {
            "prompt_id": one[0],
            "completion_id": one if len(one) > 1 else None,
            "language": "de",
            "check": "check",
            "outcome": "flag" if sides == "f" else "reject",
            "reason": f"because_{sides}",
            "chosen": sides != "r",
            "rejected": sides != "c",
        }
        for one, sides in outcomes.items()
    ]
    return pa.Table.from_pylist(rows, schema.FINDINGS)


def left(bucket: Bucket) -> tuple[list[str], list[str]]:
    """The prompts, and the answers; ratings and verdicts must be of these."""
    answers = bucket.completions["completion_id"].to_pylist()
    assert set(bucket.ratings["completion_id"].to_pylist()) <= set(answers)
    for name in ("completion_a", "completion_b"):
        assert set(bucket.verdicts[name].to_pylist()) <= set(answers)
    return bucket.prompts["prompt_id"].to_pylist(), answers


def test_what_answers_may_not_be_is_the_first_reason_of_each_kind():
    table = pa.concat_tables([findings_of(p0="c", p1="f", p2="r", p="cr"), findings_of(p0="cr", p2="cr")])
    assert uses_of(table).to_pylist() == [
        {"completion_id": "p0", "not_chosen": "check: because_c", "not_rejected": "check: because_cr", "worse": None},
        {"completion_id": "p2", "not_chosen": "check: because_cr", "not_rejected": "check: because_r", "worse": None},
    ]
    named = uses_of(table, ("check: because_c",)).to_pylist()
    assert [one["worse"] for one in named] == ["check: because_c", None]
    assert [one["worse"] for one in uses_of(table, ("check",)).to_pylist()] == ["check: because_c", "check: because_cr"]
    assert uses_of(None).num_rows == 0


def test_prompts_that_are_rejected_go_with_all_that_is_theirs():
    table = findings_of(p="cr", q0="cr")
    assert rejected_prompts(table).to_pylist() == ["p"]
    rest = of_usable_prompts(bucket_of({"p": "01", "q": "01"}), table)
    assert left(rest) == (["q"], ["q0", "q1"])
    assert rest.ratings["completion_id"].to_pylist() == ["q0", "q1"] and rest.verdicts["prompt_id"].to_pylist() == ["q"]


def test_nothing_is_asked_about_what_can_be_in_no_pair():
    bucket = bucket_of(dict.fromkeys("pqrst", "012") | {"u": "0"})
    table = findings_of(p0="cr", q0="cr", q1="cr", r0="c", r1="c", r2="c", s="cr", t0="c", t1="r")
    prompts, answers = left(usable_part(bucket, table))
    # p: two are left. q: one is. r: none may be chosen. s: the prompt goes. t: each may be something. u: one answer.
    assert prompts == ["p", "t"] and answers == ["p1", "p2", "t0", "t1", "t2"]
    everything = left(usable_part(bucket, findings_of()))
    assert everything == (list("pqrst"), [f"{p}{n}" for p in "pqrst" for n in "012"])


def test_references_are_no_answers_and_stay():
    bucket = bucket_of({"p": "012", "q": "01"}, reference="q1")
    assert left(with_answers(bucket)) == (["p"], ["p0", "p1", "p2"])
    assert left(usable_part(bucket_of({"p": "012"}, reference="p2"), findings_of(p1="c")))[1] == ["p0", "p1", "p2"]
    assert left(usable_part(bucket_of({"p": "012"}, reference="p2"), findings_of(p1="cr")))[1] == []


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from([f"{p}{n}" for p in "pq" for n in "0123"]), st.sampled_from(["c", "r", "cr"])))
def test_what_is_left_out_is_in_no_pair_and_what_is_kept_may_be(outcomes: dict[str, str]):
    bucket = bucket_of({"p": "0123", "q": "0123"})
    kept = set(left(usable_part(bucket, findings_of(**outcomes)))[1])
    for prompt in "pq":
        ids = [f"{prompt}{n}" for n in "0123"]
        pairs = {
            frozenset((a, b))
            for a in ids
            for b in ids
            if a != b and "c" not in outcomes.get(a, "") and "r" not in outcomes.get(b, "")
        }
        assert set().union(*pairs) <= kept, "whatever can be in a pair is rated"
        assert all(outcomes.get(one) != "cr" for one in kept if one[0] == prompt)


def test_a_bucket_of_some_sources_has_their_prompts_and_what_belongs_to_them():
    bucket = bucket_of({"p": "01", "q": "01", "r": "0"})
    named = {"p": ["x"], "q": ["y", "x"], "r": ["y"]}
    rows = [
        {**row, "sources": [{"name": name, "revision": "1", "licence": "mit"} for name in named[row["prompt_id"]]]}
        for row in bucket.prompts.to_pylist()
    ]
    bucket = replace(bucket, prompts=pa.Table.from_pylist(rows, schema.PROMPTS))
    for names, prompts in ((["x"], "pq"), (["y"], "qr"), (["x", "y"], "pqr"), (["z"], ""), ([], "")):
        some = of_sources(bucket, names)
        assert "".join(some.prompts["prompt_id"].to_pylist()) == prompts
        for table in (some.completions, some.ratings, some.verdicts):
            assert set(table["prompt_id"].to_pylist()) <= set(prompts)
        assert len(some.completions) == sum({"p": 2, "q": 2, "r": 1}[one] for one in prompts)
