"""Tables that come with the package: all of them are read, and a damaged one is named."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs import packaged_tables


@pytest.mark.parametrize("name", ["sets.toml", "baselines.toml", "reward_benchmarks.toml"])
def test_every_table_is_read(name):
    assert packaged_tables.read_packaged(name)


def test_a_damaged_table_is_named_with_its_place(monkeypatch):
    monkeypatch.setattr(packaged_tables, "packaged_text", lambda *_: "[sky\n")
    with pytest.raises(UserError, match=r"polypref/data/evaluation/sets\.toml is no TOML \(.*line 1.*\); mend it"):
        packaged_tables.read_packaged("sets.toml")
