"""The default chain, and that every filter says what `polypref filters` prints."""

import dataclasses

import pytest

from polypref.stages.checks.defaults import default_chain


@pytest.mark.parametrize("one", default_chain(), ids=lambda one: one.name)
def test_every_filter_is_a_frozen_setting_with_a_summary(one):
    assert dataclasses.is_dataclass(one) and one.__dataclass_params__.frozen
    assert one.summary and "\n" not in one.summary
    assert one.version >= 1


@pytest.mark.parametrize("one", default_chain(), ids=lambda one: one.name)
def test_every_number_among_the_defaults_has_its_reason(one):
    thresholds = getattr(one, "thresholds", {})
    fields = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    for name, reason in thresholds.items():
        assert name in fields and len(reason) > 20, name
    numbers = {name for name, value in fields.items() if isinstance(value, int | float) and not isinstance(value, bool)}
    assert numbers <= set(thresholds)
