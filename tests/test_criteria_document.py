"""docs/criteria.md: its files and commands give what it shows."""

import json
import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.cli import main
from polypref.release.folder import read_provenance
from polypref.release.warnings import warnings
from polypref.stages.flips import FLIPPED
from tests.evaluation import duel

PAGE = (Path(__file__).parents[1] / "docs" / "criteria.md").read_text("utf-8")
FILES = dict(re.findall(r"(?ms)`(\w+\.jsonl)`[^`]*?\n\n```json\n(.*?)^```", PAGE))
COMMANDS = [shlex.split(one) for one in re.findall(r"(?m)^polypref (.*)$", PAGE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("criteria")
    for name, rows in FILES.items():
        (root / name).write_text(rows, "utf-8")
    return root


@pytest.fixture(scope="module")
def wishes(folder):
    """The dataset that the page builds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([*COMMANDS[0], "--quiet"]) == 0
    return folder / "build" / "wishes"


def rows_of(dataset):
    return [row for file in sorted((dataset / "data").rglob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_every_row_is_a_pair_whose_prompt_says_the_criterion(wishes):
    rows, source = rows_of(wishes), [json.loads(line) for line in FILES["wishes.jsonl"].splitlines()]
    assert {row["prompt"][0]["content"] for row in rows} == {row["criterion"] for row in rows} == {
        row["by"] for row in source
    }  # fmt: skip
    chosen = {(row["prompt"][-1]["content"], row["criterion"]): row["chosen"][0]["content"] for row in rows}
    assert chosen == {(row["question"], row["by"]): row[row["best"]] for row in source}
    assert len({row["group_id"] for row in rows}) == 3 and len({row["prompt_id"] for row in rows}) == 6
    (file, *_) = (wishes / "data").rglob("*.parquet")
    assert pq.read_schema(file).names == [*schema.PREFERENCES.names, schema.CRITERION]


def test_inspect_card_and_funnel_count_the_flips(wishes, capsys):
    assert main(["inspect", str(wishes)]) == 0
    shown = capsys.readouterr().out
    (table,) = re.findall(r"(?ms)^```text\n(.*?)^```", PAGE)
    assert all(re.sub(r" +", " ", line) in re.sub(r" +", " ", shown) for line in table.splitlines())
    card = (wishes / "README.md").read_text("utf-8")
    assert "### Flips by criterion" in card and "| de | 2 | 4 | 0 |" in card and "tells its rows apart.\n\n|" in card
    counted = {row.language: row.rows for row in read_provenance(wishes).funnel if row.outcome == FLIPPED}
    assert counted == {"de": 4, "en": 2}


@pytest.mark.slow
def test_apart_the_prompts_stay_as_they_are_and_the_card_warns(folder, monkeypatch):
    monkeypatch.chdir(folder)
    out = folder / "apart"
    assert main([*COMMANDS[0][:-1], str(out), "--criterion-apart", "--quiet"]) == 0
    rows = rows_of(out)
    assert {len(row["prompt"]) for row in rows} == {1} and len({row["criterion"] for row in rows}) == 4
    card = (out / "README.md").read_text("utf-8")
    assert "| de | 2 | 4 | 4 |" in card
    assert any("6 rows contradict one another but for" in one for one in warnings(read_provenance(out)))
    assert "trains on contradictions.\n\n|" in card


def test_the_figures_of_a_model_that_follows_in_two_of_three(folder, monkeypatch):
    monkeypatch.chdir(folder)
    duel.run(*COMMANDS[2], "--quiet")
    report = (folder / "build" / "rated" / "reward_report.md").read_text("utf-8")
    (shown,) = re.findall(r"(?m)^\| English \(en\) \|.*$", PAGE)
    line = next(one for one in report.split("## Flips that the model follows")[1].splitlines() if "English" in one)
    assert [cell.strip() for cell in re.sub(r"\\(.)", r"\1", line).split("|")] == [
        cell.strip() for cell in shown.split("|")
    ]
