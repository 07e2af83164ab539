"""The changelog: a heading for each version, the newest first."""

import re
from itertools import pairwise

from packaging.version import Version

from polypref import __version__

from .conftest import ROOT

HEADINGS = re.findall(r"(?m)^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))


def test_the_changelog_begins_with_this_version_and_goes_back_in_order():
    matches = [re.fullmatch(r"(\d+\.\d+\.\d+)(?: \(\d{4}-\d{2}-\d{2}\))?", one) for one in HEADINGS]
    assert all(matches), f"a heading is a version, perhaps with a date in brackets: {HEADINGS}"
    versions = [Version(one[1]) for one in matches if one]
    assert versions[0] == Version(__version__)
    assert all(newer > older for newer, older in pairwise(versions))
