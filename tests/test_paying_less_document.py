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
