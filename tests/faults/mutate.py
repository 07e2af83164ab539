"""Seeded damage to inputs: what disks, networks, editors and ill will do to a file."""

import json
import random
from collections.abc import Callable
from typing import Any

#: What readers stumble over: numbers no type holds, half characters, odd spaces, markup, paths, long and deep things.
NASTY = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"9" * 5_000, b"-0", b"0x1F", b"1_000", b"1e-400", b"2001-99-99",
    b"null", b"true", b"{}", b"[]", b'""', b"\\ud800", b"\\u0000", b"\x00", b"\xed\xa0\x80", b"\xc0\xaf", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b"\t", b"\x1b[2J", b"\x85", "\u2028".encode(), "\u202e".encode(),
    "\u200d".encode(), "ｆｕｌｌ".encode(), "٣".encode(), b'"', b"'", b"\\", b",", b";", b":", b"{", b"}", b"[", b"]",
    b"&a *a", b"!!python/object/apply:os.system [id]", b"? ", b"---\n", b"<<: *a", b"../../etc/passwd", b"%s%n",
    b"<|im_end|>", b"</script>", b"=1+1", b"[" * 2_000, b'{"a":' * 2_000, b" " * 5_000, b"\n" * 5_000, b"(" * 500,
)  # fmt: skip
Change = Callable[[random.Random, bytes, bytes], bytes]


def _at(draw: random.Random, data: bytes) -> int:
    return draw.randrange(len(data) + 1)


def _span(draw: random.Random, data: bytes) -> tuple[int, int]:
    begin = _at(draw, data)
    return begin, min(len(data), begin + 1 + int(min(draw.expovariate(1 / 20), 1e6)))


def flip(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """One bit each of a few bytes."""
    out = bytearray(data)
    for _number in range(draw.choice((1, 1, 2, 8)) if data else 0):
        out[draw.randrange(len(out))] ^= 1 << draw.randrange(8)
    return bytes(out)


def truncate(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """The beginning, or the end, alone."""
    at = _at(draw, data)
    return data[:at] if draw.random() < 0.8 else data[at:]


def delete(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """A span less."""
    begin, end = _span(draw, data)
    return data[:begin] + data[end:]


def double(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """A span, or a line, once more."""
    begin, end = _span(draw, data)
    if draw.random() < 0.5:
        begin, end = data.rfind(b"\n", 0, begin) + 1, data.find(b"\n", begin) + 1 or len(data)
    return data[:end] + data[begin:end] + data[end:]


def splice(draw: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return data[: _at(draw, data)] + other[_at(draw, other) :]


def insert(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """A nasty token somewhere, beside what is there or in its place."""
    begin, end = _span(draw, data)
    return data[:begin] + draw.choice(NASTY) + data[draw.choice((begin, end)) :]


def recode(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """In another encoding, or with a byte order mark."""
    text = data.decode("utf-8", "replace")
    coding = draw.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1251", "shift_jis", "utf-32"))
    return text.encode(coding, "replace")


def nest(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """A value deep inside lists."""
    begin, end = _span(draw, data)
    depth = draw.choice((3, 100, 3_000, 100_000))
    return data[:begin] + b"[" * depth + data[begin:end] + b"]" * depth + data[end:]


def value(draw: random.Random, data: bytes, _: bytes) -> bytes:
    """Another value in the place of one in JSON, of any type; other files get a nasty token."""
    lines = data.splitlines() if data.count(b"\n{") else [data]
    at = draw.randrange(len(lines)) if lines else 0
    try:
        value = json.loads(lines[at])
    except (ValueError, IndexError, RecursionError):
        return insert(draw, data, b"")
    lines[at] = json.dumps(replaced(draw, value)).encode()
    return b"\n".join(lines)


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 10**400, 0.5, float("nan"), float("inf"), "", " ", "\ud800", "a\x00b", "\x1b[2J",
    "x" * 100_000, "../../../x", "9" * 5_000, [], [[]], [None], {}, {"": {}}, {"a": {"b": []}}, ["a", 1, {}],
)  # fmt: skip


def replaced(draw: random.Random, value: Any) -> Any:
    """The value with one of its parts, or a key, replaced, dropped or doubled."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        key = draw.choice(list(value))
        what = draw.random()
        if what < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if what < 0.25:
            return {(draw.choice(("", "\ud800", "../x", "a b")) if k == key else k): v for k, v in value.items()}
        return {k: replaced(draw, v) if k == key else v for k, v in value.items()}
    if isinstance(value, list) and value and draw.random() < 0.9:
        at = draw.randrange(len(value))
        what = draw.random()
        if what < 0.15:
            return value[:at] + value[at + 1 :]
        if what < 0.3:
            return value[: at + 1] + value[at:]
        return [replaced(draw, one) if number == at else one for number, one in enumerate(value)]
    number = isinstance(value, (int, float)) and draw.random() < 0.5
    return draw.choice([one for one in ODD if type(one) in (int, float)] if number else ODD)


CHANGES: tuple[Change, ...] = (flip, truncate, delete, double, splice, insert, insert, recode, nest)
STRUCTURED: tuple[Change, ...] = (*CHANGES, *(value,) * 12)
BINARY: tuple[Change, ...] = (flip, flip, flip, flip, flip, truncate, delete, double, splice, insert)


def mutated(draw: random.Random, data: bytes, other: bytes) -> bytes:
    """The input with one to three changes; `other` is what spans are taken from."""
    try:
        data.decode()
    except UnicodeDecodeError:
        # Half of the damage is done to the end, where Parquet has its footer and packed files their digest.
        at = len(data) * 2 // 3 if draw.random() < 0.5 else 0
        return data[:at] + _changed(draw, data[at:], other, BINARY)
    return _changed(draw, data, other, STRUCTURED if data[:1] in b"{[" else CHANGES)


def _changed(draw: random.Random, data: bytes, other: bytes, changes: tuple[Change, ...]) -> bytes:
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        data = draw.choice(changes)(draw, data, other)[: 1 << 20]
    return data
