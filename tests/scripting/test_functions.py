"""A function as a setting: what stands for it changes when the function does, and it comes back whole in a worker."""

import importlib.util
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.scripting.functions import Carried, code_digest

MODULE = """
import re

LIMIT, NAMES, PATTERN = 3, ["a"], re.compile("x")
OTHER = 5

def helper(text):
    return len(text) + LIMIT

def again(text):
    return again(text[1:]) if text else helper(text)

def maker(lowest):
    return lambda text: text > lowest

function = lambda text, more=1: helper(text) + more
patterned = lambda text: PATTERN.search(text) or text in NAMES
recursive = lambda text: again(text)
around = maker("b")
one, two = (lambda text: 1), (lambda text: 2)
"""


def loaded(folder: Path, text: str) -> Any:
    path = folder / "functions.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("functions_of_a_test", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digests(folder: Path, text: str) -> dict[str, str]:
    module = loaded(folder, text)
    names = ("function", "patterned", "recursive", "around", "one", "two")
    return {name: code_digest(getattr(module, name), "test") for name in names}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("helper(text) + more", "helper(text) - more", {"function"}),
        ("more=1", "more=2", {"function"}),
        ("len(text) + LIMIT", "len(text) * LIMIT", {"function", "recursive"}),
        ("LIMIT, NAMES, PATTERN = 3,", "LIMIT, NAMES, PATTERN = 4,", {"function", "recursive"}),
        ('["a"]', '["a", "b"]', {"patterned"}),
        ('re.compile("x")', 're.compile("x", re.I)', {"patterned"}),
        ("text[1:]", "text[2:]", {"recursive"}),
        ('maker("b")', 'maker("c")', {"around"}),
        ("OTHER = 5", "OTHER = 6", set()),
        ("import re\n", "import re\n# a remark\n\n", set()),
        # What stands on one line cannot be told apart.
        ("text: 2", "text: 3", {"one", "two"}),
    ],
)
def test_what_stands_for_a_function_changes_with_it(tmp_path: Path, old: str, new: str, changed: set[str]) -> None:
    assert MODULE.count(old) == 1
    before, after = digests(tmp_path, MODULE), digests(tmp_path, MODULE.replace(old, new))
    assert {name for name in before if before[name] != after[name]} == changed
    assert all(len(one) == 16 for one in before.values())


def test_a_function_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(UserError, match="check 'x': the text of its function cannot be read"):
        code_digest(eval("lambda row: 1"), "check 'x'")
    for wrong in (len, "text".upper, int, threading.Lock()):
        with pytest.raises(UserError, match="is no function of its own; wrap it: lambda row"):
            code_digest(wrong, "check 'x'")  # type: ignore[arg-type]


AT_THE_TOP = 7


def test_a_function_comes_back_whole() -> None:
    around, held = 3, {"a": [1]}

    def whole(row: int, add: int = 10, *, more: int = 100) -> Any:
        return row + add + more + around + AT_THE_TOP, held["a"]

    sent: Carried = pickle.loads(pickle.dumps(Carried.of(whole, "test")))
    back = sent.function()
    assert back(1) == whole(1) == (1 + 10 + 100 + 3 + 7, [1])
    assert back(1, 2, more=3) == (1 + 2 + 3 + 3 + 7, [1])
    assert (back.__name__, back.__module__) == ("whole", __name__)
    assert pickle.loads(pickle.dumps(Carried.of(back, "test"))).function()(1) == whole(1)


def test_what_cannot_be_sent_is_named() -> None:
    lock = threading.Lock()
    function: Callable[[int], Any] = lambda row: lock  # noqa: E731
    with pytest.raises(UserError, match=r"check 'x': its function takes 'lock' from .* workers=1 \(--workers 1\)"):
        Carried.of(function, "check 'x'")
