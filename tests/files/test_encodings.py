"""Encodings of text files: UTF-8 with or without a mark, UTF-16 by its mark; others are named and refused."""

import codecs
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files import encodings
from polypref.files.encodings import beside_not_utf8, numbered_lines, open_utf8, utf8_advice
from tests.files.written_files import CONTENT, PACK, ROWS, read, rows_of_lines

UTF_16 = {"le": (codecs.BOM_UTF16_LE, "utf-16-le"), "be": (codecs.BOM_UTF16_BE, "utf-16-be")}


@pytest.mark.parametrize("order", UTF_16)
@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("ending", CONTENT)
def test_utf_16_is_read_by_its_mark(ending, packing, order, tmp_path):
    mark, encoding = UTF_16[order]
    data = PACK[packing](mark + CONTENT[ending].decode().encode(encoding))
    assert rows_of_lines(read(tmp_path, f"a{ending}{packing}", data)) == ROWS


@given(st.text(max_size=40), st.sampled_from(["", "bom", "le", "be"]), st.integers(1, 5))
@settings(deadline=None)
def test_any_text_comes_back_from_every_encoding_in_any_pieces(text, kind, chunk):
    text = text.removeprefix("\ufeff")
    mark, encoding = {"": (b"", "utf-8"), "bom": (codecs.BOM_UTF8, "utf-8"), **UTF_16}[kind]
    data = mark + text.encode(encoding)
    if not kind and "\0" in text:
        return
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "_HEAD", max(3, chunk))
        patch.setattr(encodings, "_CHUNK", chunk)
        path = Path(folder) / "a.txt"
        path.write_bytes(data)
        with open_utf8(path) as file:
            assert file.read().decode() == text
        assert b"".join(line for _, line in numbered_lines(path)).decode() == text


def test_lines_have_numbers_from_one_and_keep_their_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\n\nb")
    assert list(numbered_lines(path)) == [(1, b"a\r\n"), (2, b"\n"), (3, b"b")]


def test_half_a_character_of_utf_16_spoils_its_row_only(tmp_path):
    rows = ['{"a": "eins"}', '{"a": "\ud83d"}', '{"a": "drei \U0001f600"}']
    data = codecs.BOM_UTF16_LE + "\n".join(rows).encode("utf-16-le", "surrogatepass")
    assert rows_of_lines(read(tmp_path, "a.jsonl", data)) == [
        {"a": "eins"},
        ("not_utf8", "byte 7"),
        {"a": "drei \U0001f600"},
    ]


def test_utf_16_that_was_cut_in_a_character_is_never_read_half(tmp_path):
    data = '{"a": 1}\n{"a": 2}\n'.encode("utf-16")
    for size in (len(data) - 1, len(data) - 5):
        with pytest.raises(UserError, match=r"cannot read .*: the file ends in the middle of a character; check that"):
            read(tmp_path, "a.jsonl", data[:size])


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_of_two_bytes_are_called_binary_and_not_utf_16(order, tmp_path):
    data = b"".join(struct.pack(f"{order}H", number) for number in range(1, 200))
    with pytest.raises(UserError, match=r"a\.csv is binary and no text; name a file of rows, or give this one the"):
        read(tmp_path, "a.csv", data)


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".csv", ".tsv"])
@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("utf-32", "UTF-32"),
        ("utf-16-le", "UTF-16 without a byte order mark"),
        ("utf-16-be", "UTF-16 without a byte order mark"),
    ],
)
def test_what_is_not_read_is_named_with_what_to_do(encoding, kind, ending, tmp_path):
    with pytest.raises(UserError, match=rf"a\{ending} is {kind}; save it as UTF-8 \(Excel: Save As, CSV UTF-8"):
        read(tmp_path, f"a{ending}", CONTENT[ending].decode().encode(encoding))


def test_zeros_in_a_text_do_not_make_it_utf_16(tmp_path):
    assert rows_of_lines(read(tmp_path, "a.csv", b"a,b\n\0\0,\0x\n")) == [{"a": "\0\0", "b": "\0x"}]


@pytest.mark.parametrize(
    ("text", "encoding", "eight_bit"),
    [
        ("café", "cp1252", True),
        ("שלום עולם", "cp1255", True),
        ("سلام", "cp1256", True),
        ("привет", "cp1251", True),
        ("富士山の高さは、三千七百七十六です。", "cp932", True),
        ("이름이 무엇입니까?", "cp949", True),
        ("café", "utf-8", False),
    ],
)
def test_bytes_of_one_a_letter_are_told_from_damage_and_no_encoding_is_guessed(text, encoding, eight_bit):
    data = text.encode(encoding) + b"\xff" * (not eight_bit)
    beside = beside_not_utf8("line 3", data)
    assert beside == "line 3" + ", as in an 8-bit encoding" * eight_bit
    advice = utf8_advice(beside)
    assert ("Windows (1250 to 1258, as Excel" in advice) == eight_bit
    assert ("damaged" in advice) != eight_bit and "save it as UTF-8" in advice
    assert not any(name in advice for name in ("cp12", "1255", "1252"))
