"""Imports of a script that polypref does not have say where the name is."""

import sys
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.scripting.loading import load_script
from polypref.scripting.misplaced_imports import import_advice


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    """Modules that a test loads are gone after it."""
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "from polypref.balance import Mixture",
            "No module named 'polypref.balance'; write `from polypref import Mixture`",
        ),
        ("from polypref import OneHit", "; write `from polypref.layouts import OneHot`"),
        ("from polypref.stages import Route", "; write `from polypref.models import Route`"),
        ("from polypref import Mixtur, Builder", "; write `from polypref import Mixture`"),
        ("from polypref.raters import SourceRater", "; write `from polypref import SourceRater`"),
        (
            "from polypref.wrong import Refusals, Answer",
            "; write `from polypref.checks import Refusals` and `from polypref import Answer`",
        ),
    ],
)
def test_an_import_that_polypref_does_not_have_says_where_the_name_is(line: str, sentence: str, tmp_path: Path) -> None:
    script = tmp_path / "script_with_imports.py"
    script.write_text(f"import json\n\n{line}\n", "utf-8")
    with pytest.raises(UserError) as error:
        load_script(str(script))
    assert ", line 3, raises" in str(error.value) and str(error.value).endswith(sentence)


@pytest.mark.parametrize(
    "line", ["from polypref import zzzzzzzz", "import polypref.zzzz", "from json import lods", "import nothing_of_it"]
)
def test_what_nothing_goes_by_and_what_is_not_polypref_s_is_said_as_it_is(line: str, tmp_path: Path) -> None:
    script = tmp_path / "script_with_others.py"
    script.write_text(line, "utf-8")
    with pytest.raises(UserError) as error:
        load_script(str(script))
    assert "; write" not in str(error.value)


def test_another_error_has_no_advice() -> None:
    assert import_advice(ValueError("polypref"), Path("build.py")) == ""
