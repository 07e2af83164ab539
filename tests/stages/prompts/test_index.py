"""The index: every prompt once, groups that share a prompt leak into each other, limits by group."""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.engines.contract import Engine
from polypref.files.store import Stage, Store
from polypref.layouts.sources import Fields, Files
from polypref.stages.counts import Funnel
from polypref.stages.pool import read_job, read_jobs
from polypref.stages.prompts import near_duplicates
from polypref.stages.prompts.evaluation_overlap import EvaluationPrompts
from polypref.stages.prompts.index import Prompts, build_index
from tests.stages.prompts.test_near_duplicates import Backwards

FIELDS = Fields("prompt", language="language", group="group")
SAME = Prompts(near_duplicates=None)


def index_of(
    root: Path,
    rows: list[dict[str, Any]],
    limit: int | None = None,
    seed: int = 0,
    buckets: int = 3,
    prompts: Prompts | None = None,
    engine: Engine | None = None,
) -> tuple[list[dict[str, Any]], Funnel]:
    """The index's rows (all buckets) and funnel for some prompts."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    with Store(root / "store", "test") as store:
        source = Files(str(root / "a.jsonl"), FIELDS, name="s", revision="1", licence="cc0-1.0")
        read, index = store.stage("read", 1, None, None), store.stage("index", 1, [limit, seed], None)
        (job,) = read_jobs([source], store)
        read_job(read, 0, job, buckets, None, 0)
    funnel = build_index(index, (read,), buckets, seed, limit, prompts or SAME, root / "scratch", engine=engine)
    assert [p.name for p in index.parts("index")] == [f"index-{n:05d}.parquet" for n in range(buckets)]
    return [row for path in index.parts("index") for row in pq.read_table(path).to_pylist()], funnel


def prompt(text: str, language: str, group: Any) -> dict[str, Any]:
    return {"prompt": text, "language": language, "group": group}


def group(name: object) -> str:
    return schema.make_id("group", "s", str(name))


def leaks(rows: list[dict[str, Any]]) -> dict[str, str]:
    """group_id -> leak_group."""
    return {row["group_id"]: row["leak_group"] for row in rows}


def test_prompts_are_compared_by_the_workers_of_the_build_and_nothing_of_it_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(near_duplicates, "_FEW_ROWS", 0)
    rows = [prompt("Was frisst der Igel im Winter am liebsten?", "de", n) for n in (1, 2)]
    workers = Backwards()
    rows, _ = index_of(
        tmp_path, [rows[0], prompt(rows[1]["prompt"].upper(), "de", 2)], prompts=Prompts(), engine=workers
    )
    assert leaks(rows) == {group(1): min(group(1), group(2)), group(2): min(group(1), group(2))}
    assert workers.done == 1
    assert not list((tmp_path / "store").rglob("*near*"))


def test_a_group_is_its_own_leak_group(tmp_path):
    rows, funnel = index_of(tmp_path, [prompt("你好", "zh", 1), prompt("안녕", "ko", 1), prompt("שלום", "he", 2)])
    assert leaks(rows) == {group(1): group(1), group(2): group(2)}
    assert funnel == {(t, o, ""): 1 for t in ("zh", "ko", "he") for o in ("in", "kept")}


def test_groups_that_hold_the_same_prompt_leak_into_each_other(tmp_path):
    rows, funnel = index_of(
        tmp_path,
        [
            prompt("2 + 2?", "ja", "a"),
            prompt("2 + 2?", "uk", "b"),  # the same text under another language tag
            prompt("Скільки буде?", "uk", "b"),
            prompt("Скільки буде?", "uk", "c"),  # the same prompt in two groups
            prompt("3 + 3?", "ja", "d"),
        ],
    )
    joined = min(group(name) for name in "abc")
    assert set(leaks(rows).values()) == {joined, group("d")}
    assert {row["leak_group"] for row in rows if row["language"] == "uk"} == {joined}
    assert len(rows) == 4  # a prompt that stands in two groups is one prompt, in the lesser of them
    (both,) = [
        row
        for row in rows
        if row["prompt_id"] == schema.prompt_id("uk", [{"role": "user", "content": "Скільки буде?"}])
    ]
    assert both["group_id"] == min(group("b"), group("c"))
    assert sum(n for (_, outcome, _), n in funnel.items() if outcome == "flagged") == sum(
        row["group_id"] != row["leak_group"] for row in rows
    )


@pytest.mark.parametrize(
    "other",
    [
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}, {"role": "user", "content": "Hi"}],
        "Hi ",
        "', 'role': user",
    ],
)
def test_another_conversation_is_another_prompt(other, tmp_path):
    rows, _ = index_of(tmp_path, [prompt("Hi", "de", 1), {**prompt("", "fr", 2), "prompt": other}])
    assert len(set(leaks(rows).values())) == 2


def test_prompts_that_differ_in_the_system_message_alone_are_in_one_leak_group(tmp_path):
    turns = [{"role": "user", "content": "Hi"}]
    systems = [[], *([{"role": "system", "content": text}] for text in ("Kurz.", "Lang."))]
    rows, _ = index_of(tmp_path, [{**prompt("", "de", n), "prompt": [*own, *turns]} for n, own in enumerate(systems)])
    assert len({row["prompt_id"] for row in rows}) == len({row["group_id"] for row in rows}) == 3
    assert len({row["leak_group"] for row in rows}) == len({row["spoken"] for row in rows}) == 1


TEXTS = ["α", "β", "γ", "δ", "ε", "ζ"]
ROWS = st.lists(
    st.builds(prompt, st.sampled_from(TEXTS), st.sampled_from(["el", "uk", "ar"]), st.integers(0, 7) | st.none()),
    min_size=1,
    max_size=12,
)


def connected(rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """(language, text) -> number of its component, by walking from prompt to prompt over shared texts and groups."""
    links = [
        {("text", r["prompt"]), ("group", r["group"] if r["group"] is not None else (r["language"], r["prompt"]))}
        for r in rows
    ]
    component = list(range(len(rows)))
    for _ in rows:
        for i, one in enumerate(links):
            for j, other in enumerate(links):
                if one & other:
                    component[i] = component[j] = min(component[i], component[j])
    return {(r["language"], r["prompt"]): component[n] for n, r in enumerate(rows)}


@given(ROWS)
@settings(deadline=None, max_examples=20)
def test_leak_groups_are_the_connected_components(rows):
    with tempfile.TemporaryDirectory() as folder:
        indexed, _ = index_of(Path(folder), rows)
    ids = {schema.prompt_id(t, [{"role": "user", "content": p}]): (t, p) for t in ("el", "uk", "ar") for p in TEXTS}
    mine = {ids[row["prompt_id"]]: row["leak_group"] for row in indexed}
    expected = connected(rows)
    assert set(mine) == set(expected)
    assert len(indexed) == len(mine)
    for one in mine:
        for other in mine:
            assert (mine[one] == mine[other]) == (expected[one] == expected[other])
    for row in indexed:
        assert row["language"] == ids[row["prompt_id"]][0]


def test_a_limit_takes_the_same_groups_in_every_language(tmp_path):
    rows = [prompt(f"{tag} {n}", tag, n) for tag in ("fa", "hi", "el") for n in range(30) if tag != "el" or n % 2]
    kept, funnel = index_of(tmp_path / "five", rows, limit=5)
    groups = {tag: {row["group_id"] for row in kept if row["language"] == tag} for tag in ("fa", "hi", "el")}
    assert groups["fa"] == groups["hi"]
    assert Counter(row["language"] for row in kept) == {"fa": 5, "hi": 5, "el": 5}
    assert funnel["el", "in", ""] == 15
    assert (funnel["fa", "kept", ""], funnel["fa", "skipped", "beyond_limit"]) == (5, 25)
    more, _ = index_of(tmp_path / "ten", rows, limit=10)
    assert {row["prompt_id"] for row in kept} < {row["prompt_id"] for row in more}
    everything, funnel = index_of(tmp_path / "all", rows, limit=99)
    assert len(everything) == len(rows)
    assert not [key for key in funnel if key[1] == "skipped"]
    other, _ = index_of(tmp_path / "seed", rows, limit=5, seed=1)
    assert {row["prompt_id"] for row in other} != {row["prompt_id"] for row in kept}


def test_an_index_does_not_depend_on_the_order_or_spread_of_rows(tmp_path):
    rows = [prompt(f"{n % 7}", tag, n) for n in range(20) for tag in ("ar", "he")]
    one, _ = index_of(tmp_path / "one", rows, buckets=1)
    other, _ = index_of(tmp_path / "other", rows[::-1], buckets=5)
    assert sorted(one, key=lambda r: r["prompt_id"]) == sorted(other, key=lambda r: r["prompt_id"])
    assert one == sorted(one, key=lambda r: r["prompt_id"])
    assert {int(row["prompt_id"][:8], 16) % 5 for row in other} == set(range(5))


def test_a_bucket_of_the_index_is_the_bucket_of_its_prompts(tmp_path):
    index_of(tmp_path, [prompt(f"{n}", "ko", n) for n in range(40)], buckets=3)
    (folder,) = (tmp_path / "store").glob("index-*")
    for number, path in enumerate(Stage(folder, "").parts("index")):
        assert {int(i[:8], 16) % 3 for i in pq.read_table(path)["prompt_id"].to_pylist()} == {number}


def test_a_group_with_a_prompt_of_an_evaluation_set_is_marked_in_every_language_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "held.txt"
    path.write_text("How many rivers cross the city of Lyon in France today?\n", "utf-8")
    held = EvaluationPrompts("rivers", str(path), language="en")
    monkeypatch.setattr("tests.stages.prompts.test_index.SAME", Prompts(near_duplicates=None, evaluation=(held,)))
    rows = [
        prompt("How many rivers cross the city of Lyon in France today?", "en", 1),
        prompt("Combien de rivières traversent Lyon ?", "fr", 1),
        prompt("Quels fleuves traversent Paris ?", "fr", 2),
    ]
    index, _ = index_of(tmp_path, rows)
    assert {(row["language"], row["group_id"], row["contaminated_by"]) for row in index} == {
        ("en", group(1), "rivers"),
        ("fr", group(1), "rivers"),
        ("fr", group(2), None),
    }
