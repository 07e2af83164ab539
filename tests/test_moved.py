"""Import paths of earlier versions: they work until 1.0, and say where the names are now."""

import importlib
import re
import subprocess
import sys
import warnings

import pytest

from polypref import _moved
from tests.conftest import ROOT, environment

#: Names as README, builders and people's scripts imported them from 0.2.
BEFORE = {
    "polypref.builder": "Builder",
    "polypref.params": "option",
    "polypref.stages.sources": "Answer Fields Files HubDataset ArenaFolder Verdict Source",
    "polypref.stages.rate": "SourceRater ReferenceRater RelevanceRater",
    "polypref.stages.judge": "JudgeRater",
    "polypref.stages.reward": "RewardRater",
    "polypref.stages.open_prompts": "PromptParams oasst2",
    "polypref.stages.filters": "Batch Reject Flag run_chain",
    "polypref.stages.filters.defaults": "default_chain",
    "polypref.stages.filters.length": "LengthBounds LengthRatio",
    "polypref.language_id": "Identifier",
    "polypref.evaluation.statistics": "t_quantile",
    "polypref.evaluation.win_rates": "Battles prompt_scores",
    "polypref.inference.judging": "read_verdict read_object Unusable",
    "polypref.readers": "read_file read_yaml look_up",
    "polypref.store": "Store write_table",
}


@pytest.mark.parametrize("module", BEFORE)
def test_a_name_is_the_one_at_the_new_place(module):
    sys.modules.pop(module, None)
    with pytest.warns(FutureWarning, match=f"^{re.escape(module)} has moved: import from polypref, or from polypref"):
        old = importlib.import_module(module)
    places = [importlib.import_module(f"polypref.{name}") for name in _moved._MOVED[module[9:]].split()]
    for name in BEFORE[module].split():
        assert any(getattr(old, name) is getattr(place, name, None) for place in places), name


@pytest.mark.parametrize(
    ("module", "old", "place", "new"),
    [
        ("polypref.stages.filters", "Filter", "polypref.stages.checks.contract", "Check"),
        ("polypref.evaluation.win_rates", "summarise", "polypref.evaluation.figures.win_rates", "summarise_battles"),
    ],
)
def test_a_name_that_changed_is_the_new_one(module, old, place, new):
    sys.modules.pop(module, None)
    with pytest.warns(FutureWarning, match=f"{module} has moved"):
        imported = importlib.import_module(module)
    assert getattr(imported, old) is getattr(importlib.import_module(place), new)


@pytest.mark.parametrize("module", sorted(_moved._MOVED))
def test_every_place_that_is_named_is_there(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        assert vars(importlib.import_module(f"polypref.{module}"))


def test_the_warning_names_the_line_of_the_script(tmp_path):
    script = tmp_path / "old.py"
    script.write_text(
        "\nfrom polypref.stages.rate import SourceRater\nfrom polypref.stages.sources import *\nFields\n", "utf-8"
    )
    done = subprocess.run([sys.executable, script], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0
    assert f"{script}:2: FutureWarning: polypref.stages.rate has moved" in done.stderr


def test_what_never_was_is_no_module():
    with pytest.raises(ModuleNotFoundError, match=r"polypref\.stages\.nothing"):
        importlib.import_module("polypref.stages.nothing")
