"""The command `polypref factors`, and the run of docs/factors.md: the same words come out."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from polypref import load
from polypref.files.records import decode
from polypref.release.factor_results import Factors
from tests.conftest import ROOT, environment

PAGE = (ROOT / "docs" / "factors.md").read_text("utf-8")
LINES = [shlex.split(one) for one in re.findall(r"(?s)```sh\n(.*?)```", PAGE)[0].replace("\\\n", " ").splitlines()]
SHOWN, PRINCIPLES = re.findall(r"(?s)```text\n(.*?)```", PAGE)
FOLLOWER = re.findall(r"(?s)```python\n(.*?)```", PAGE)[0]
ASKED = shlex.split(re.findall(r"(?m)^polypref (factors .*--principles.*)$", PAGE)[0])


#: The page builds a dataset, which takes longer than a fast test may.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planted(tmp_path_factory, polypref) -> Path:
    """The folder in which the page's first two lines were run."""
    folder = tmp_path_factory.mktemp("factors")
    script, built, _ = LINES
    words = [sys.executable, str(ROOT / script[1]), *script[2:]]
    done = subprocess.run(words, cwd=folder, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert polypref(*built[1:], "--quiet", cwd=folder).returncode == 0
    return folder


def test_the_run_of_the_page(planted, polypref, contents):
    dataset = planted / "build" / "planted"
    before = contents(dataset)
    weights = load(dataset).factors(keep=False)
    assert contents(dataset) == before
    done = polypref(*LINES[2][1:], cwd=planted)
    assert done.returncode == 0 and SHOWN in done.stdout
    assert "the card and provenance.json of build/planted have the weights" in done.stdout
    assert load(dataset).record.factors == weights
    looked = polypref("inspect", dataset, "--pairs", "0", "--html", planted / "page.html")
    page = (planted / "page.html").read_text("utf-8")
    assert looked.returncode == 0 and 'id="factors"' in page and "a question back" in page
    # A build that changes nothing leaves them, and so does the page's own way of asking for one language.
    assert polypref(*LINES[1][1:], "--quiet", cwd=planted).returncode == 0
    assert load(dataset).record.factors == weights
    done = polypref("factors", dataset, "--languages", "hi", "--out", planted / "hi.json", "--quiet")
    assert done.returncode == 0, done.stderr
    read = decode(Factors, json.loads((planted / "hi.json").read_text("utf-8")), "there")
    assert [one.language for one in read.languages] == ["hi"] and read.tests == 12
    assert load(dataset).record.factors == weights


def test_the_principles_of_the_page(planted, polypref):
    (planted / "follower.py").write_text(FOLLOWER, "utf-8")
    done = polypref(*ASKED, cwd=planted)
    assert PRINCIPLES in done.stdout
    again = polypref(*ASKED, cwd=planted)
    assert PRINCIPLES in again.stdout and "vote follower" in done.stderr and "vote follower" not in again.stderr
    record = load(planted / "build" / "planted").record
    assert [one.text for one in record.principles.principles if one.holds] == [
        "Prefer the answer that has no bold text.",
        "Prefer the answer that asks something at its end.",
    ]


def test_what_it_refuses_is_one_sentence(planted, polypref):
    done = polypref("factors", planted / "build" / "planted", "--languages", "de", expect=2)
    assert "has no pair in de; it has he, hi" in done.stderr
