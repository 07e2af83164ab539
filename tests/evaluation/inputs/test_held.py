"""A folder that says it is an evaluation may be a stranger's: it is held against its form before it is read."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.evaluation import run
from polypref.evaluation.harness import Academic
from polypref.evaluation.inputs import held
from polypref.evaluation.inputs.tables import BATTLES
from polypref.evaluation.publish import _entries, _licence
from polypref.evaluation.report import report
from polypref.evaluation.report.page import page
from polypref.files.records import encode

STORED = Path(__file__).parents[2] / "fixtures" / "evaluation"
ODD: list[Any] = [None, [], {}, "x", 5, -1.5, 1e308, True, [None], [{}], {"x": None}, {"x": "y"}, 10**400, "\x1b[2J"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(STORED, tmp_path / "evaluation")
    return tmp_path / "evaluation"


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in plain values."""
    if at:
        yield at
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from places(one, (*at, key))


def spoilt(record: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A record with something else in one place; `...` takes out what is there."""
    copy = json.loads(json.dumps(record))
    inner = copy
    for key in at[:-1]:
        inner = inner[key]
    if value is not ...:
        inner[at[-1]] = value
    else:
        del inner[at[-1]]
    return copy


def rich(record: dict[str, Any]) -> dict[str, Any]:
    """The stored results with every part that a report can have."""
    one = record["comparisons"][0]
    mean = one["average"]
    ends = {"win_rate": 0.5, "low": 0.4, "high": 0.6}
    one |= {"thin": ["de"], "without_thin": mean, "unread": {"model": {"judge_no_code": 2}, "other": {}}}
    one |= {"contrast": {"seen": mean, "unseen": mean, "difference": 0.1, "low": 0.0, "high": 0.2}}
    figure = dict.fromkeys(("model", "against", "set", "metric", "judge", "source", "mark"), "x")
    one |= {"published": [figure | {"value": 51.2}], "below_half": ["de"]}
    mean |= {"length_controlled": ends}
    one["rows"][0] |= {"length_controlled": ends | {"overlap": 0.1}}
    one["rows"][0]["in_language"] |= {"scored": 3}
    board = {"models": [{"model": "tall", "strength": 0.1, "battles": 4, **ends}], "tie": 0.1, "unlinked": ["small"]}
    kappa = {"n": 4, "raw": 0.5, "expected": 0.5, "kappa": 0.1, "error": 0.2, "left_out": 1}
    row = {"task": "t", "language": "de", "metric": "acc", "before": 0.1, "after": 0.2, "difference": 0.1}
    record["leaderboards"] = [{"set": "s", "judge": "j", "overall": board, "languages": {"de": board}}]
    record["agreement"] = [{"set": "s", "one": "a", "other": "b", "all": kappa, "languages": {"de": kappa}}]
    record["academic"] = {"rows": [row | {"difference_stderr": 0.1}], "before": {"model": "m"}, "after": {"model": "n"}}
    record["academic"] |= {"only_before": ["x"], "only_after": [], "warnings": ["w"], "note": "n"}
    return record


def test_the_stored_evaluation_is_sound():
    assert held.read_results(STORED / "results.json") and held.read_facts(STORED / "evaluation.json")
    assert all(held.read_table(STORED / f"{name}.parquet").num_rows for name in ("prompts", "answers", "battles"))


@pytest.mark.slow
def test_nonsense_anywhere_in_results_is_one_sentence_or_a_report(folder, capsys):
    record = rich(json.loads((folder / "results.json").read_text("utf-8")))
    battles = held.read_table(folder / "battles.parquet").slice(0, 2)
    every = [(at, value) for at in places(record) for value in (*ODD, ...)]
    refused = 0
    for at, value in [((), None), *random.Random(0).sample(every, 100)]:
        changed = spoilt(record, at, value) if at else record
        (folder / "results.json").write_text(json.dumps(changed), "utf-8")
        try:
            results = held.read_results(folder / "results.json")
        except UserError as error:
            assert at and "does not describe an evaluation: " in str(error), at
            refused += 1
            continue
        assert results is not None
        try:
            report.markdown(results), page(results, battles), report.show_report(results)
            _entries(results, "o/n"), _licence(results)
        except UserError:
            pass
        except Exception as error:
            pytest.fail(f"{at} as {value!r}: {error!r}")
    assert 30 < refused < 100
    assert "\x1b[2J" not in capsys.readouterr().out


def test_nothing_of_the_folder_is_touched_when_it_is_refused(folder):
    results = json.loads((folder / "results.json").read_text("utf-8"))
    results["comparisons"][0]["rows"][0]["prompts"] = "many"
    (folder / "results.json").write_text(json.dumps(results), "utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=r"evaluation: comparisons\.0\.rows\.0\.prompts is 'many', not a whole number"):
        run.write_results(folder)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("average", "low"), None, "comparisons.0.average does not hold together: an interval has one end"),
        (("rows", 0, "joint_high"), None, "comparisons.0.rows.0 does not hold together: an interval has one end"),
        (("thin",), ["fr"], "comparisons.0 does not hold together: thin names a language without figures"),
        (("unread",), {"nobody": {}}, "comparisons.0.unread.nobody is 'nobody', not 'model' or "),
        (("level",), ..., "comparisons.0.level is missing"),
    ],
)
def test_figures_that_do_not_hold_together_are_one_sentence(folder, place, value, sentence):
    results = json.loads((folder / "results.json").read_text("utf-8"))
    changed = spoilt(results, ("comparisons", 0, *place), value)
    (folder / "results.json").write_text(json.dumps(changed), "utf-8")
    with pytest.raises(UserError, match=f"does not describe an evaluation: {sentence}"):
        run.write_results(folder)


def test_results_of_a_later_schema_are_told_apart(folder):
    results = json.loads((folder / "results.json").read_text("utf-8"))
    (folder / "results.json").write_text(json.dumps(results | {"schema_version": 3}), "utf-8")
    with pytest.raises(UserError, match=r"is of schema version 3; this polypref knows 2: install a newer"):
        run.write_results(folder)


def test_academic_results_are_added_and_nothing_else_is_changed(folder):
    """What this version does not know of a folder that another wrote stays."""
    before = json.loads((folder / "results.json").read_text("utf-8")) | {"from_elsewhere": [1]}
    (folder / "results.json").write_text(json.dumps(before), "utf-8")
    run.write_results(folder, academic=Academic(note="n"))
    after = json.loads((folder / "results.json").read_text("utf-8"))
    assert after["academic"]["note"] == "n"
    assert {key: value for key, value in after.items() if key != "academic"} == {
        key: value for key, value in before.items() if key != "academic"
    }


def test_facts_are_written_as_they_were_read():
    text = (STORED / "evaluation.json").read_text("utf-8")
    facts = held.read_facts(STORED / "evaluation.json")
    assert facts is not None and encode(facts) == json.loads(text)


@pytest.mark.parametrize("name", ["judges", "sets", "models", "config", "judged", "settings", "at"])
def test_nonsense_in_an_evaluations_facts_is_one_sentence(folder, name):
    facts = json.loads((folder / "evaluation.json").read_text("utf-8"))
    (folder / "evaluation.json").write_text(json.dumps(facts | {name: [3]}), "utf-8")
    with pytest.raises(UserError, match=f"evaluation.json does not describe an evaluation: {name}"):
        run.run_evaluation({}, folder, ("score",), quiet=True)


def test_verdicts_without_what_they_are_of_are_one_sentence(folder):
    facts = json.loads((folder / "evaluation.json").read_text("utf-8"))
    del facts["models"]
    (folder / "evaluation.json").write_text(json.dumps(facts), "utf-8")
    with pytest.raises(UserError, match="models is missing"):
        run.run_evaluation({}, folder, ("score",), quiet=True)


def battles(folder: Path, **columns: Any) -> None:
    rows = pq.read_table(folder / "battles.parquet").to_pylist()
    changed = [row | columns for row in rows[:1]] + rows[1:]
    pq.write_table(pa.Table.from_pylist(changed, BATTLES), folder / "battles.parquet")


ORDER = {"first": "model", "score": 1.0, "reason": "", "said": "x"}


@pytest.mark.parametrize(
    "columns",
    [
        {"language": None},
        {"prompt": None},
        {"prompt": [None]},
        {"prompt": [{"role": "user", "content": None}]},
        {"orders": None},
        {"orders": []},
        {"orders": [None]},
        {"orders": [ORDER] * 3},
        {"orders": [ORDER | {"score": float("nan")}]},
        {"orders": [ORDER | {"score": 7.0}]},
        {"orders": [ORDER | {"first": None}]},
    ],
)
def test_a_battle_without_what_every_battle_has_is_one_sentence(folder, columns):
    battles(folder, **columns)
    with pytest.raises(UserError, match=r"battles\.parquet row 1 has no sound"):
        run.write_results(folder)


def test_other_columns_are_one_sentence(folder):
    table = pq.read_table(folder / "battles.parquet")
    for odd in (
        table.drop_columns("said") if "said" in table.column_names else table.drop_columns("judge"),
        table.append_column("x", pa.nulls(table.num_rows)),
        pa.table({"a": [1]}),
    ):
        pq.write_table(odd, folder / "battles.parquet")
        with pytest.raises(UserError, match=r"has not the columns of an evaluation's battles"):
            run.write_results(folder)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"x" * 100, b"PAR1" + b"\0" * 40 + b"\xff\xff\xff\x7fPAR1"])
def test_what_is_no_parquet_is_one_sentence(folder, data):
    (folder / "battles.parquet").write_bytes(data)
    with pytest.raises(UserError, match="Parquet file"):
        run.write_results(folder)
