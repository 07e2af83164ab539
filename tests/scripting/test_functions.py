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


CLASSES = """
import datetime, enum, functools
from collections import namedtuple
from dataclasses import dataclass, field
from decimal import Decimal

FACTOR, MOST = 2, Decimal("3.5")

class Base:
    lowest = 1

class Limit(Base):
    highest = 10
    made = [FACTOR, 8]

    def __init__(self, most, cue=None):
        self.most, self.cue, self.itself = most, cue, self

    @staticmethod
    def still(text): return len(text) > 7

    @property
    def asked(self): return self.most + 40

    def too_long(self, text): return len(text) > self.most * FACTOR

@dataclass(frozen=True)
class Setting:
    word: str = "bitte"
    words: list = field(default_factory=lambda: ["eins"])

    def inside(self, text): return self.word in text

class Colour(enum.Enum):
    RED = "red"

class Slotted:
    __slots__ = ("most",)
    def __init__(self): self.most = 20

Point = namedtuple("Point", "x y")
point, limit, other, slotted, day = Point(30, 1), Limit(50), Limit(60), Slotted(), datetime.date(2026, 1, 2)
bound, partly = limit.too_long, functools.partial(max, 70)

@functools.cache
def cached(text): return len(text) > 80

by_class = lambda text: Limit.still(text) or Limit.highest
by_instance = lambda text: limit.too_long(text)
by_method = lambda text: bound(text)
by_default = lambda text, kind=Setting(): kind.inside(text)
by_enum = lambda text: text == Colour.RED.value
by_slot = lambda text: slotted.most
by_tuple = lambda text: point.x
by_order = lambda text: [limit, other, limit][len(text)].most
by_value = lambda text: MOST if day else partly(1)
by_cache = lambda text: cached(text)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("highest = 10", "highest = 11", "class instance method order"),
        ("FACTOR, MOST = 2", "FACTOR, MOST = 4", "class instance method order"),
        ("lowest = 1", "lowest = 0", "class instance method order"),
        ("len(text) > 7", "len(text) > 6", "class instance method order"),
        ("self.most + 40", "self.most + 41", "class instance method order"),
        ("Limit(50)", "Limit(51)", "instance method order"),
        ("Limit(60)", "Limit(61)", "order"),
        ("[limit, other, limit]", "[limit, other, other]", "order"),
        ("[limit, other, limit]", "[limit, limit, other]", "order"),
        ('"bitte"', '"danke"', "default"),
        ('["eins"]', '["zwei"]', "default"),
        ("self.word in text", "self.word == text", "default"),
        ('RED = "red"', 'RED = "blue"', "enum"),
        ("self.most = 20", "self.most = 21", "slot"),
        ("Point(30, 1)", "Point(31, 1)", "tuple"),
        ('"x y"', '"x z"', "tuple"),
        ('Decimal("3.5")', 'Decimal("3.6")', "value"),
        ("date(2026, 1, 2)", "date(2026, 1, 3)", "value"),
        ("partial(max, 70)", "partial(max, 71)", "value"),
        ("len(text) > 80", "len(text) > 81", "cache"),
        ("\nimport datetime", "\n# a remark\n\nimport datetime", ""),
    ],
)
def test_the_classes_of_its_script_stand_for_a_function_too(tmp_path: Path, old: str, new: str, changed: str) -> None:
    def of(text: str) -> dict[str, str]:
        module = loaded(tmp_path, text)
        return {name[3:]: code_digest(one, "test") for name, one in vars(module).items() if name.startswith("by_")}

    assert CLASSES.count(old) == 1
    before, after = of(CLASSES), of(CLASSES.replace(old, new))
    assert before == of(CLASSES)
    assert {name for name in before if before[name] != after[name]} == set(changed.split())


def test_two_functions_of_one_text_are_told_apart(tmp_path: Path) -> None:
    text = "def maker(most):\n    return lambda text: text > most\none, two = maker({}), maker({})\n"
    text += "both = lambda text: one(text) and two(text)\n"
    first, second = (code_digest(loaded(tmp_path, text.format(1, most)).both, "test") for most in (2, 3))
    assert first != second


def test_a_class_without_a_text_is_refused(tmp_path: Path) -> None:
    module = loaded(tmp_path, 'Made = type("Made", (), {"__module__": __name__})\nuser = lambda text: Made\n')
    with pytest.raises(UserError, match="check 'x': the text of class Made, which its function uses, cannot be read"):
        code_digest(module.user, "check 'x'")


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
