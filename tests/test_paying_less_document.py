"""docs/paying_less.md: its script runs, and its words are those of the code."""

import re
from pathlib import Path
from typing import get_args

from polypref import Acquire, PairRule
from polypref.raters.acquire import NOT_SENT, TOO_FEW, UNSCORED
from polypref.raters.selection import Select
from polypref.stages.targets import TARGETS

PAGE = (Path(__file__).parents[1] / "docs" / "paying_less.md").read_text("utf-8")


def test_the_script_of_the_page_declares_a_rater_and_its_rule():
    (block,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    scope: dict[str, object] = {}
    exec(block, scope)
    rater = scope["rater"]
    assert isinstance(rater, Acquire) and rater.select == "best_vs_worst" and rater.table == "verdicts"
    assert scope["pairs"] == PairRule("given")


def test_the_page_names_every_choice_reason_and_rule():
    rows = re.findall(r"(?m)^\| `(\w+)` \|", PAGE)
    assert tuple(rows[1:]) == get_args(Select)
    for word in (NOT_SENT, TOO_FEW, UNSCORED, "best_vs_worst"):
        assert f"`{word}`" in PAGE
    for rule in TARGETS:
        assert f'`PairRule("{rule}")`' in PAGE


def test_the_figures_of_the_page_are_those_of_the_benchmark():
    table = (Path(__file__).parents[1] / "benchmarks" / "acquire" / "README.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    cells = {(row[0], row[1]): row for row in rows if len(row) == 10}
    best, anything, disputed = (cells["0.6", select] for select in ("best_vs_worst", "random", "uncertainty"))
    assert f"in {best[8]}% of pairs, by {best[9]}\nstandard deviations" in PAGE
    assert f"of any two in {anything[8]}%, by {anything[9]}:" in PAGE
    assert cells["scorers agree with the truth", "asked about"][5] == "400"
    assert f"orders {best[5]}% of held-out pairs" in PAGE and f"of any two {anything[5]}%" in PAGE
    assert f"uncertainty {disputed[5]}%" in PAGE
