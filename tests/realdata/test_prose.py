"""What is compiled of `prose` leaves of real texts what Python leaves of them."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from polypref.kernels.library import library
from polypref.kernels.prose import prose_of_each
from polypref.text.prose import prose


def strings(value: object) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def texts(data: Path) -> Iterator[str]:
    """The texts of up to 1,000 lines of each file, so that all layouts, languages and models are in it."""
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
            for line in islice(file, 1_000):
                try:
                    yield from strings(json.loads(line))
                except ValueError:
                    yield line


@pytest.mark.skipif(library() is None, reason="needs the compiled library")
@pytest.mark.slow
def test_real_texts_are_left_the_same(real_data: Path) -> None:
    read = list(texts(real_data))
    assert len(read) > 10_000
    both = zip(read, prose_of_each(read), strict=True)
    assert [text for text, left in both if left != prose(text)] == []
