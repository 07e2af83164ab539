"""Groups of who judged in a build: which columns, what is published, what is counted."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.api.datasets import load
from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pages.dataset import write_page
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import run_builder
from polypref.raters.given import SourceRater
from polypref.release.diff import difference
from polypref.release.facts import OTHER, GroupPeople
from polypref.release.folder import read_provenance, write_folder
from polypref.release.group_people import names_who_scored, states_groups
from polypref.release.people import people_columns
from polypref.stages.balance import Split
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts
from tests.conftest import PROSE

EACH = Verdict("people", "w", ("A",), ("B",), annotator="who", join="each")
GROUPS = {"age": "stated.age", "country": "stated.country"}
QUESTIONS = 12


def votes(language: str = "hi", names: int = 12) -> list[dict[str, Any]]:
    """Votes of people of whom the young prefer the first answer and the old the second; one is of another country."""
    return [
        {
            "language": language,
            "q": f"Question {n} in {language}?",
            "a": f"Yes, {n}, {language}.",
            "b": f"No, {n}, {language}.",
            "m1": "short",
            "m2": "long",
            "who": f"Person {who}",
            "w": "A" if who % 2 else "B",
            "stated": {"age": "young" if who % 2 else "old", "country": "Nowhere" if who == 3 else "India"},
        }
        for n in range(QUESTIONS)
        for who in range(names)
    ]


def builder(path: Path, rows: list[dict[str, Any]], **fields: Any) -> Builder:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    answers = (Answer("a", model_column="m1"), Answer("b", model_column="m2"))
    given = {"answers": answers, "verdict": EACH, "annotator_groups": GROUPS} | fields
    return Builder(
        "groups",
        "1.0.0",
        sources=(Files(str(path), Fields("q", language="language", **given), "rows", "1", "cc0-1.0"),),
        rater=SourceRater("people"),
        pairs=PairRule("given"),
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0.0),
        filters=(),
    )


def write(out: Path, declared: Builder) -> list[dict[str, Any]]:
    with Store(out / ".polypref", declared.name) as store:
        write_folder(run_builder(declared, store, Local(1), quiet=True), out, PROSE, quiet=True)
    return [row for name in sorted(read_provenance(out).files) for row in pq.read_table(out / name).to_pylist()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("groups")
    rows = [*votes("hi"), *votes("he", 4)]
    return folder / "out", write(folder / "out", builder(folder / "rows.jsonl", rows))


def stated(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(one["value"] for one in row["annotator_groups"])


def test_rows_have_the_groups_of_whose_they_are(built) -> None:
    out, rows = built
    form = pq.read_schema(out / next(iter(read_provenance(out).files)))
    assert form.equals(schema.with_people(schema.PREFERENCES, ("annotator", "annotator_groups")))
    hindi = [row for row in rows if row["language"] == "hi"]
    assert len(hindi) == 12 * QUESTIONS
    for row in hindi:
        assert [one["group"] for one in row["annotator_groups"]] == ["age", "country"]
        yes = row["chosen"][0]["content"].startswith("Yes")
        assert stated(row)[0] == ("young" if yes else "old")


def test_a_country_of_one_person_is_published_of_nobody(built) -> None:
    out, rows = built
    hindi = {row["annotator"]: stated(row) for row in rows if row["language"] == "hi" and row["annotator"] != OTHER}
    assert len(hindi) == 12  # every one has twelve rows, and is told apart
    # One young person of another country takes four Indians with them; no class has under five people.
    assert min(Counter(hindi.values()).values()) >= 5
    text = "".join(path.read_text("utf-8") for path in (out / "README.md", out / "provenance.json"))
    assert "Nowhere" not in text and "Nowhere" not in json.dumps(rows, ensure_ascii=False)


def test_of_four_people_everything_is_other(built) -> None:
    _, rows = built
    hebrew = [row for row in rows if row["language"] == "he"]
    assert {(row["annotator"], stated(row)) for row in hebrew} == {(OTHER, (OTHER, OTHER))}


def test_how_many_people_the_groups_are_of_is_counted(built) -> None:
    record = read_provenance(built[0])
    counts = {(one.language, one.group): one for one in record.group_people}
    assert counts["he", "age"] == GroupPeople("he", "age", "under 5", "under 5", 0)
    assert counts["hi", "age"] == GroupPeople("hi", "age", "12", "0", 2)
    country = counts["hi", "country"]
    assert country.people == "12" and int(country.others) >= 5 and country.values <= 1


def test_page_card_and_record_say_what_groups_prefer(built, tmp_path: Path) -> None:
    out, _ = built
    (age,) = (one for one in read_provenance(out).facts.groups if (one.language, one.group) == ("hi", "age"))
    assert age.agreement is not None and (age.agreement.pairs, age.agreement.differ) == (QUESTIONS, QUESTIONS)
    assert age.agreement.within.share == 1 and age.agreement.across.share == 0
    assert {(one.value, one.model): one.share for one in age.models} == {
        ("young", "short"): 1, ("young", "long"): 0, ("old", "short"): 0, ("old", "long"): 1
    }  # fmt: skip
    assert load(out).groups() == read_provenance(out).facts.groups
    card = (out / "README.md").read_text("utf-8")
    assert "### Groups of who judged" in card and "| hi | age | 12 | 0 | 2 |" in card
    assert "| he | age | under 5 | under 5 | 0 |" in card
    write_page(out, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert '<h3 id="h-groups">Groups of people</h3>' in page and "<bdi>young</bdi>" in page


@pytest.mark.slow
def test_a_dataset_without_groups_has_the_columns_of_before(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    declared = builder(path, votes())
    assert states_groups(declared) and people_columns(declared) == ("annotator",)
    plain = builder(path, votes(), annotator_groups=None)
    assert not states_groups(plain) and not states_groups(replace(declared, people="none"))
    rows = write(tmp_path / "plain", plain)
    assert list(rows[0])[-1] == "annotator" and not read_provenance(tmp_path / "plain").facts.groups
    write(tmp_path / "grouped", declared)
    changed = difference(tmp_path / "plain", tmp_path / "grouped")
    assert (changed.bump, "column annotator_groups is new" in changed.sentence()) == ("minor", True)


def scored(tmp_path: Path, rows: list[dict[str, Any]]) -> Builder:
    answers = (Answer("a", model_column="m1", score="sa"), Answer("b", model_column="m2", score="sb"))
    fields = {"verdict": None, "answers": answers, "occasion": "talk", "annotator": "who"}
    declared = builder(tmp_path / "rows.jsonl", rows, **fields)
    return replace(declared, rater=SourceRater(), pairs=PairRule("best_vs_worst"))


def test_scores_are_of_the_person_whose_conversation_it_was(tmp_path: Path) -> None:
    rows = [
        row | {"q": f"{row['who']}: {row['q']}", "sa": 80, "sb": 20, "talk": f"{row['who']} {row['q']}"}
        for row in votes()
    ]
    declared = scored(tmp_path, rows)
    assert names_who_scored(declared) and people_columns(declared) == ("annotator", "occasion")
    done = write(tmp_path / "out", declared)
    assert list(done[0])[-3:] == ["annotator", "occasion", "annotator_groups"]
    assert Counter(row["annotator"] for row in done).total() == 12 * QUESTIONS
    people = Counter(row["annotator"] for row in done)
    assert len(people) == 12 and set(people.values()) == {QUESTIONS}
    assert all(len({stated(row) for row in done if row["annotator"] == who}) == 1 for who in people)


def test_an_occasion_of_two_people_is_nobodys(tmp_path: Path) -> None:
    rows = [row | {"sa": 80, "sb": 20, "talk": row["q"]} for row in votes()]
    done = write(tmp_path / "out", scored(tmp_path, rows))
    assert {(row["annotator"], row["annotator_groups"] is None) for row in done} == {(None, True)}


def test_of_two_values_stated_of_one_person_neither_is_published(tmp_path: Path) -> None:
    rows = votes()
    for number, row in enumerate(rows):
        row["stated"] = {"age": "old" if number == 1 else row["stated"]["age"], "country": "India"}
    done = write(tmp_path / "out", builder(tmp_path / "rows.jsonl", rows))
    # Person 1 is young in eleven rows and old in one, and would be alone: the five other young people, who are the next
    # fewest, are `other` with them.
    by_person = {row["annotator"]: stated(row)[0] for row in done if row["annotator"] != OTHER}
    assert Counter(by_person.values()) == {"old": 6, OTHER: 6}
