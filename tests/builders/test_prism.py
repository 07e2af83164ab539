"""builders/prism.py on made-up files of PRISM's form: marks within a turn, groups of the survey, licences."""

import json
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest

from polypref.cli.commands import main
from polypref.errors import UserError
from polypref.layouts.sources import HubDataset
from polypref.pipeline.builder import Builder, declare_builder
from polypref.release.folder import read_provenance
from polypref.release.licences import decide_licence, named_parts
from polypref.scripting import params
from polypref.scripting.loading import load_script
from tests.conftest import ROOT

PEOPLE = 12


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script(str(ROOT / "builders" / "prism.py"))


def declared(script: ModuleType, *words: str) -> Builder:
    return declare_builder(script, params.parse_words(script.Params, list(words), "prism"))


def message(turn: int, role: str, content: str, **more: object) -> dict[str, object]:
    return {"turn": turn, "role": role, "content": content, **more}


def conversation(person: int, number: int) -> dict[str, object]:
    """Two turns: four models answer the first, and the old like best what the young like least; then two of one."""
    about = f"person {person} in week {number}"
    history = [message(0, "user", f"What should I think of the weather, {about}?")]
    marks = (90, 60, 30, 10) if person < PEOPLE / 2 else (10, 30, 60, 90)
    for model, mark in enumerate(marks):
        text = f"Model {model} finds the weather rather nice, {about}."
        named = {"model_name": f"m{model}", "model_provider": "p", "within_turn_id": model}
        history.append(message(0, "model", text, score=mark, if_chosen=mark == 90, **named))
    best = f"m{marks.index(90)}"
    history.append(message(1, "user", f"And what of the sea, {about}?"))
    for answer, mark in enumerate((50, 53) if number == 0 else (50, 80)):
        text = f"The sea is {('rough', 'calm')[answer]} as it seems to me, {about}."
        named = {"model_name": best, "model_provider": "p", "within_turn_id": answer}
        history.append(message(1, "model", text, score=mark, if_chosen=answer == 1, **named))
    return {"conversation_id": f"c{person}-{number}", "user_id": f"user{person}", "conversation_history": history}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prism")
    survey = [
        {
            "user_id": f"user{person}",
            "age": "18-24 years old" if person < PEOPLE / 2 else "65+ years old",
            "gender": "Female" if person % 2 else "Male",
            "location": {"reside_region": "Oceania" if person == 0 else "Europe"},
            "self_description": f"I am person {person}.",
        }
        for person in range(PEOPLE)
    ]
    talks = [conversation(person, number) for person in range(PEOPLE) for number in range(5)]
    for name, rows in {"survey": survey, "conversations": talks}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


@pytest.fixture(scope="module")
def built(folder: Path) -> tuple[Path, list[dict[str, object]]]:
    out = folder / "out"
    assert (
        main(["build", "prism", "--source", str(folder), "--groups", "age,region", "--out", str(out), "--quiet"]) == 0
    )
    return out, [row for name in sorted(read_provenance(out).files) for row in pq.read_table(out / name).to_pylist()]


def test_each_turn_is_a_pair_of_its_person_with_the_groups_of_the_survey(built) -> None:
    _, rows = built
    # Two turns of each conversation, but the second of the first ones, whose marks lie three apart.
    assert len(rows) == PEOPLE * (5 + 4) and len({row["annotator"] for row in rows}) == PEOPLE
    for row in rows:
        age, region = row["annotator_groups"]
        assert (age["group"], region["group"]) == ("age", "region")
        if len(row["prompt"]) == 1:
            young = age["value"] == "18-24 years old"
            assert (row["chosen_model"], row["rejected_model"]) == (("m0", "m3") if young else ("m3", "m0"))
        else:
            assert row["chosen_model"] == row["rejected_model"] and "calm" in row["chosen"][0]["content"]
    assert len({row["occasion"] for row in rows}) == len(rows)


def test_what_one_person_states_alone_is_published_of_nobody(built) -> None:
    out, rows = built
    assert "Oceania" not in json.dumps(rows) + (out / "provenance.json").read_text("utf-8")
    assert "I am person" not in json.dumps(rows)
    age, region = read_provenance(out).group_people
    assert (age.people, age.others, age.values) == ("12", "0", 2) and (region.others, region.values) == ("6", 1)


def test_ages_that_prefer_other_models_are_told_from_chance(built) -> None:
    age, region = read_provenance(built[0]).facts.groups
    assert age.models_p is not None and age.models_p < 0.02 and region.models_p is None
    assert age.agreement is None  # nobody judged what another did


def test_a_release_asks_for_the_terms_of_the_makers(built, folder: Path, script: ModuleType) -> None:
    decision = decide_licence(named_parts(read_provenance(built[0])))
    assert decision.licence is None and "no known licence" in decision.problems[0]
    (folder / "terms.json").write_text(json.dumps({"m0": "mit", "m3": "apache-2.0"}), "utf-8")
    (source,) = declared(script, "--source", str(folder), "--terms", str(folder / "terms.json")).sources
    line = next(iter(source.lines(source.files()[0])))
    licences = [answer["licence"] for answer in line.row["replies"]]
    assert licences == [f"cc-by-nc-4.0 AND {terms}" for terms in ("mit", "unknown", "unknown", "apache-2.0")]
    parts = {"source prism": source.licence, "model m0": licences[0], "model m3": licences[3]}
    assert decide_licence(parts).licence == "cc-by-nc-4.0"


def test_on_the_hub_both_configs_are_of_one_revision(script: ModuleType) -> None:
    commit = "ab" * 20
    (source,) = declared(script, "--revision", commit, "--first-turns", "--groups", "age,faith=religion").sources
    for part, config in ((source.conversations, "conversations"), (source.resolved().survey, "survey")):
        assert isinstance(part, HubDataset)
        assert (part.repo, part.config, part.revision) == ("HannahRoseKirk/prism-alignment", config, commit)
    assert source.fields.annotator_groups == {"age": "survey.age", "faith": "survey.religion"}
    assert source.where == {"replies[0].turn": 0} and source.name == "HannahRoseKirk/prism-alignment"


@pytest.mark.slow
def test_only_first_turns_are_read_where_that_is_asked_for(script: ModuleType, folder: Path, tmp_path: Path) -> None:
    words = ["--source", str(folder), "--first-turns", "--groups", "", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(["build", "prism", *words]) == 0
    files = read_provenance(tmp_path / "out").files
    rows = [row for name in files for row in pq.read_table(tmp_path / "out" / name).to_pylist()]
    assert len(rows) == PEOPLE * 5 and {len(row["prompt"]) for row in rows} == {1}
    assert "annotator" in rows[0] and "annotator_groups" not in rows[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--source", "{0}/survey.jsonl"), "give the folder with conversations.jsonl and survey.jsonl"),
        (("--source", "{0}/out"), "has no conversations.jsonl"),
        (("--source", "{0}", "--groups", "height"), "--groups has 'height'; it knows age, gender, region"),
        (("--source", "{0}", "--terms", "{0}/survey.jsonl"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(script: ModuleType, built, folder: Path, words, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        declared(script, *(word.format(folder) for word in words))


def test_a_survey_of_nobody_stops_the_build(script: ModuleType, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "survey.jsonl").write_text("\n", "utf-8")
    (tmp_path / "conversations.jsonl").write_text((folder / "conversations.jsonl").read_text("utf-8"), "utf-8")
    (source,) = declared(script, "--source", str(tmp_path)).sources
    with pytest.raises(UserError, match="the survey of prism holds nobody"):
        list(source.lines(source.files()[0]))


@pytest.mark.slow
def test_marks_off_the_scale_and_people_whom_the_survey_lacks_are_counted(folder: Path, tmp_path: Path) -> None:
    talks = [conversation(person, 1) for person in range(PEOPLE)]
    talks[0]["conversation_history"][1]["score"] = 101
    survey = (folder / "survey.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "survey.jsonl").write_text("\n".join(survey[:-1]), "utf-8")
    (tmp_path / "conversations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in talks), "utf-8")
    words = ["build", "prism", "--source", str(tmp_path), "--groups", "age", "--out", str(tmp_path / "out"), "--quiet"]
    assert main([*words, "--max-bad", "1"]) == 0
    counted = {(one.stage, one.reason): one.rows for one in read_provenance(tmp_path / "out").funnel if one.reason}
    assert counted["read", "score_outside_1_to_100"] == 1 and counted["read", "annotator_not_in_survey"] == 2
    rows = [row for path in (tmp_path / "out").glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert len(rows) == 2 * PEOPLE and max(row["score_margin"] for row in rows) == 80
