"""Personal data in turns with calls of tools: values and keys; test_whole_turns.py releases such a dataset."""

from collections import Counter

import pyarrow as pa

from polypref import schema
from polypref.release.personal_data import _masked, _with_masked_groups


def test_keys_are_masked_and_stay_as_many():
    finds = Counter[str]()
    access = {"ann@uni-kassel.de": "admin", "bob@uni-kassel.de": {"cc": "cyd@uni-kassel.de"}, "[email] 2": 1}
    assert _masked({"role": "assistant", "tool_calls": [{"arguments": access}]}, finds) == {
        "role": "assistant",
        "tool_calls": [{"arguments": {"[email]": "admin", "[email] 2": {"cc": "[email]"}, "[email] 2 2": 1}}],
    }
    assert finds == {"email": 3}


def test_values_of_groups_are_masked():
    stated = [[{"group": "contact", "value": "ann@uni-kassel.de"}, {"group": "age", "value": None}], None]
    finds, table = Counter[str](), pa.table({schema.ANNOTATOR_GROUPS: pa.array(stated, schema.GROUPS)})
    masked = _with_masked_groups(table, finds)
    assert masked.schema == table.schema and finds == {"email": 1}
    assert masked.column(0).to_pylist() == [
        [{"group": "contact", "value": "[email]"}, {"group": "age", "value": None}],
        None,
    ]
