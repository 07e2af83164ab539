"""docs/layouts.md: each row that it shows, read as declared below it, says that the wren is the better bird."""

import json
import re
from pathlib import Path

import pytest

import polypref
from polypref.files.readers import Line
from polypref.layouts.comparisons import comparisons
from polypref.layouts.looking import items_of_rows
from polypref.layouts.named import layout

PAGE = (Path(__file__).parents[1] / "docs" / "layouts.md").read_text("utf-8")
FIRST = next(block for block in re.findall(r"(?ms)^```python\n(.*?)^```", PAGE) if block.startswith("from polypref"))
SHOWN = re.findall(r"(?ms)^```json\n((?:\{.*?\n)+)```\n\n```(python|toml)\n(.*?)^```", PAGE)
ROWS = [(rows, declared) for rows, written, declared in SHOWN if written == "python"]
IN_TOML = [(rows, declared) for rows, written, declared in SHOWN if written == "toml"]
TOML = re.findall(r"(?ms)^```toml\n(.*?)^```", PAGE)[0]


@pytest.mark.parametrize(("rows", "fields"), ROWS, ids=range(len(ROWS)))
def test_every_row_of_the_page_is_read_as_it_says(rows, fields):
    names: dict[str, object] = {}
    exec(FIRST, names)
    declared = eval(fields, names)
    held = re.match(r"# Files\(\.\.\., tree=(.*)\)\n", fields)
    tree = eval(held[1], names) if held else None
    lines = [Line("row", json.loads(row)) for row in rows.splitlines()]
    items = list(items_of_rows(lines, polypref.layouts.NamedLayout(declared, tree=tree)))
    assert {item for _, item in items if isinstance(item, str)} <= {"deleted_message"}
    (read,) = comparisons((place, item) for place, item in items if not isinstance(item, str))
    assert (read.prompt, read.better, read.worse) == ("Name a bird.", ("A wren.",), ("A fish.",))


@pytest.mark.parametrize(("rows", "toml"), IN_TOML, ids=range(len(IN_TOML)))
def test_every_row_of_the_page_is_read_by_the_file_below_it(rows, toml, tmp_path):
    (tmp_path / "mine.toml").write_text(toml, "utf-8")
    lines = [Line("row", json.loads(row)) for row in rows.splitlines()]
    (read,) = comparisons(items_of_rows(lines, layout(str(tmp_path / "mine.toml"))))
    assert (read.prompt, read.better, read.worse) == ("Name a bird.", ("A wren.",), ("A fish.",))


def test_the_page_shows_every_kind_of_verdict_and_of_scores():
    assert (len(ROWS), len(IN_TOML)) == (23, 10)
    shown = "".join(fields for _, fields in ROWS)
    assert all(
        word in shown
        for word in (
            "Verdict(",
            "Scale(",
            "OneHot(",
            "Ranking(",
            "best_only",
            "Marks(",
            "score_labels",
            "occasion=",
            "side=",
            "edited=",
            "Items(",
            "Tree(",
            "deleted=",
            "Rounds(",
        )
    )


def test_the_layout_of_ones_own_is_read_as_its_example_says(tmp_path):
    (tmp_path / "mine.toml").write_text(TOML, "utf-8")
    one = layout(str(tmp_path / "mine.toml"))
    (example,) = one.examples
    (read,) = comparisons(items_of_rows(example.lines, one))
    assert (read.prompt, read.better, read.worse) == (example.prompt, example.better, example.worse)
    assert one.where == {"turn": 1} and one.fields.optional == ("input",)


def test_the_script_of_the_page_makes_a_source():
    (script,) = (block for block in re.findall(r"(?ms)^```python\n(.*?)^```", PAGE) if block.startswith("import"))
    names: dict[str, object] = {}
    exec(script, names)
    assert isinstance(names["rows"], polypref.Files)
