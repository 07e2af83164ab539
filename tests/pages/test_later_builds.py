"""A dataset whose folder was built again since, without coming to its end: said in the terminal and on the page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from polypref.api.datasets import Dataset
from polypref.errors import UserError
from polypref.pages.later_builds import later_stop
from polypref.pages.unfinished import unfinished_build
from polypref.pipeline.last_run import FILE
from tests.pages.test_unfinished import ROWS, note, run

DATA = "he data are those of the finished build; a later build of this folder"


def shown(dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What inspect prints, on one line, and the page."""
    capsys.readouterr()
    Dataset(dataset.path).inspect(pairs=0)
    page = dataset.path.parent / "page.html"
    Dataset(dataset.path).write_page(page)
    return re.sub(r"\s+", " ", capsys.readouterr().out), page.read_text("utf-8")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return run(tmp_path, [ROWS[0] | {"y": 0}])


@pytest.mark.slow
def test_a_later_build_that_stopped_is_said_with_its_stage_and_reason(
    dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert later_stop(dataset.path, dataset.record) == ""
    terminal, page = shown(dataset, capsys)
    assert DATA not in terminal and DATA not in page
    with pytest.raises(UserError, match="no pair is left"):
        run(tmp_path, ROWS)
    assert unfinished_build(dataset.path) is None
    terminal, page = shown(dataset, capsys)
    stopped = f"{DATA} stopped in the stage balance: no pair is left"
    assert f"warning t{stopped}" in terminal and terminal.index(stopped) < terminal.index("language")
    (caution,) = re.findall(r"<li>T(he data are those of the finished build[^<]*)</li>", page)
    assert caution.startswith(stopped) and caution.endswith(".")
    # The first build again has nothing to do, and its dataset is of the last build.
    run(tmp_path, [ROWS[0] | {"y": 0}])
    terminal, page = shown(dataset, capsys)
    assert DATA not in terminal and DATA not in page


def test_a_later_build_that_was_killed_is_said_with_where_it_was(
    dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match="no pair is left"):
        run(tmp_path, ROWS)
    note(dataset.path, stopped="", asking="rate")
    killed = f"{DATA} ended while models were asked for the stage rate and could not say why: it was killed, or the "
    terminal, page = shown(dataset, capsys)
    assert f"t{killed}machine stopped" in terminal and f"<li>T{killed}machine stopped.</li>" in page


def test_a_build_that_was_killed_when_its_dataset_was_written_is_no_later_one(dataset: Dataset) -> None:
    note(dataset.path, finished=False)
    assert later_stop(dataset.path, dataset.record) == ""
    note(dataset.path, stages=[])
    assert later_stop(dataset.path, dataset.record).startswith(f"t{DATA} ended before its first stage and could not")
    note(dataset.path, finished=True)
    assert later_stop(dataset.path, dataset.record) == ""


@pytest.mark.parametrize("change", [{"format": 99}, {"stages": "x"}, None])
def test_a_note_that_cannot_be_read_says_nothing(dataset: Dataset, change: dict[str, Any] | None) -> None:
    path = dataset.path / ".polypref" / FILE
    text = json.dumps(json.loads(path.read_text("utf-8")) | {"finished": False, "stopped": "x"} | (change or {}))
    path.write_text(text if change else "{", "utf-8")
    assert later_stop(dataset.path, dataset.record) == ""
    path.unlink()
    assert later_stop(dataset.path, dataset.record) == ""


def test_texts_of_the_note_cannot_change_terminal_or_page(dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    note(dataset.path, finished=False, stopped="[red]x[/] <b>y</b> \x1b]0;z\x07")
    terminal, page = shown(dataset, capsys)
    assert "[red]x[/] <b>y</b>" in terminal and "\x1b" not in terminal
    assert "&lt;b&gt;y&lt;/b&gt;" in page and "<b>y</b>" not in page
