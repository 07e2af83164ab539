"""JSON lists item by item: the same items, and the same complaints, as when they are read whole."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.files import json_lists
from polypref.files.json_lists import NotAList, TooLong, begins_a_list, list_items

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def items(data: bytes, longest: int = 10_000) -> list[object]:
    return list(list_items(io.BytesIO(data), longest))


@given(st.lists(JSON, max_size=5), st.integers(1, 30), st.booleans(), st.sampled_from([None, 0, 2]))
@settings(deadline=None)
def test_any_list_comes_in_any_pieces(values, chunk, ascii_only, indent):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lists, "_CHUNK", chunk)
        data = json.dumps(values, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
        assert items(b" \n" + data + b"\r\n") == json.loads(data)


@given(st.text('[]{},:"\\\n ua1e-.é😀tru', max_size=24), st.integers(1, 5))
@settings(deadline=None, max_examples=400)
def test_what_is_no_list_is_refused_at_the_same_place(text, chunk):
    whole = "[" + text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lists, "_CHUNK", chunk)
        try:
            expected: object = json.loads(whole)
        except json.JSONDecodeError as error:
            with pytest.raises(NotAList) as raised:
                items(whole.encode())
            if "Illegal trailing comma" not in error.msg:  # Python 3.13 has a word of its own
                assert (str(raised.value), raised.value.at) == (str(error), error.pos)
        else:
            assert items(whole.encode()) == expected


@pytest.mark.parametrize("chunk", [1, 7, 1_000])
def test_bytes_that_are_no_text_are_named(chunk, monkeypatch):
    monkeypatch.setattr(json_lists, "_CHUNK", chunk)
    with pytest.raises(NotAList) as error:
        items('["日本",'.encode() + b'\n"caf\xe9"]')
    assert error.value.byte == 15 and b"\xe9" in error.value.data


def test_an_item_may_be_so_long_and_not_longer(monkeypatch):
    monkeypatch.setattr(json_lists, "_CHUNK", 16)
    data = b'["a", "' + b"b" * 100 + b'", "c"]'
    assert items(data, 200) == ["a", "b" * 100, "c"]
    with pytest.raises(TooLong) as error:
        items(data, 40)
    assert error.value.number == 2


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        (b"[\n", True),
        (b'[{"a": 1},\n', True),
        (b'[{"a"\r\n', True),
        (b'["a"]\n', False),
        (b"[]", False),
        (b'["a"] b\n', None),
        (b'["a\n', None),
        (b"[2024-01-01] begun\n", None),
        (b'["\xff",\n', None),
        (b"[" * 100_000, None),
        (b"[" + b"9" * 5_000 + b",\n", None),
        pytest.param(b"[x" + b"a" * (2 << 20) + b"\xff\n", None, id="no UTF-8 far behind what is wrong"),
    ],
)
def test_the_first_line_tells_whether_a_list_goes_on(line, begins):
    assert begins_a_list(line) is begins
