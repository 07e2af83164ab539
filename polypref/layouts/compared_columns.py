"""Columns that may hold two answers, their prompt and who won, by names and values: the command that names them.

Nothing is taken by itself: who looks at a file is shown the command, and runs it or does not.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from ..files.cells import Bad, Row, label_of
from ..files.paths import path_of
from .column_kinds import columns_for, filled_cells, is_called, why_no_label
from .scored_rows import column_of_people

#: How the two sides are called in the names of columns and in verdicts: in Latin letters, and in other scripts.
_SIDES: Final = (
    ("a", "b"),
    ("1", "2"),
    ("0", "1"),
    ("one", "two"),
    ("first", "second"),
    ("left", "right"),
    ("premier", "deuxième"),
    ("erste", "zweite"),
    ("primera", "segunda"),
    ("первый", "второй"),
    ("اول", "دوم"),
    ("الأول", "الثاني"),
    ("الأولى", "الثانية"),
    ("ראשונה", "שנייה"),
    ("पहला", "दूसरा"),
    ("甲", "乙"),
)
#: Words that may stand before a side in a verdict: `model_a`, `Answer 1`.
_BEFORE: Final = frozenset({"answer", "response", "completion", "output", "reply", "model", "option", "assistant"})
#: Different values of a column of verdicts, at most, and characters of one.
_MOST_LABELS, _LONGEST_LABEL = 8, 60


class ComparedColumns(NamedTuple):
    """What columns may hold; empty where nothing says it.

    Attributes:
        prompt, a, b: columns of the prompt and of the two answers.
        winner: the column whose values name one of them.
        first, second: its values that name the one and the other.
        others: its values that name neither.
        annotator: the column of who judged.
    """

    prompt: str = ""
    a: str = ""
    b: str = ""
    winner: str = ""
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    annotator: str = ""

    def options(self) -> dict[str, str]:
        """The options of `polypref build pairs` that name all this.

        Returns:
            Option -> value; COLUMN and VALUES where nothing says it, nothing where there is nothing to name.
        """
        spoken = {"prompt": self.prompt, "a": self.a, "b": self.b, "winner": self.winner}
        named = {option: path_of([column]) if column else "COLUMN" for option, column in spoken.items()}
        labels = {"first": self.first, "second": self.second, "tie": self.others}
        named |= {option: ",".join(each) if self.winner else "VALUES" for option, each in labels.items()}
        return named | ({"annotator": path_of([self.annotator])} if self.annotator else {})


def compared_columns(rows: Iterable[Row | Bad]) -> ComparedColumns:
    """Which columns may hold two answers to a prompt, and who won.

    Two answers are the only two columns of text whose names differ in nothing but the side (`response_a`,
    `response_b`). A column of verdicts is the only one with a value for either side.

    Args:
        rows: some of them; what is no row is passed over.

    Returns:
        what names and values say.

    Example:
        >>> row = {"ask": "Who was it?", "a": "It was Ada.", "b": "Nobody knows.", "won": "B"}
        >>> compared_columns([row, row | {"ask": "And when?", "won": "A"}])[:6]
        ('ask', 'a', 'b', 'won', ('A',), ('B',))
    """
    read = [row for row in rows if not isinstance(row, Bad)]
    texts = columns_for("answer", read, list(dict.fromkeys(name for row in read for name in row)))
    paired = [(a, b, sides) for a, b in _ordered(texts) if (sides := _sides_of(a, b))]
    if len(paired) != 1:
        return ComparedColumns()
    a, b, sides = paired[0]
    prompts = columns_for("prompt", read, [name for name in texts if name not in (a, b)])
    called = [name for name in prompts if is_called("prompt", name)]
    prompt = called[0] if len(called) == 1 else prompts[0] if len(prompts) == 1 else ""
    winner, first, second, others = _verdicts(read, {a, b, prompt}, (a, b), sides)
    return ComparedColumns(prompt, a, b, winner, first, second, others, column_of_people(read) if winner else "")


def _ordered(names: Sequence[str]) -> Iterable[tuple[str, str]]:
    for one, other in combinations(names, 2):
        yield one, other
        yield other, one


def _sides_of(a: str, b: str) -> tuple[str, str] | None:
    """How the sides are called in two names that differ in nothing else."""
    words = [(one, other) for one, other in zip(_words(a), _words(b), strict=False) if one != other]
    same_length = len(_words(a)) == len(_words(b))
    return words[0] if same_length and len(words) == 1 and words[0] in _SIDES else None


def _verdicts(
    rows: Sequence[Row], taken: set[str], answers: tuple[str, str], sides: tuple[str, str]
) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The one column whose values name the sides, with these values; nothing where none does, or several do."""
    columns = []
    for name in dict.fromkeys(name for row in rows for name in row):
        labels = list(dict.fromkeys(map(label_of, filled_cells(rows, name)))) if name not in taken else []
        if not labels or len(labels) > _MOST_LABELS or any(_has_no_place(label) for label in labels):
            continue
        named = [tuple(label for label in labels if _names(label, answers[n], sides[n])) for n in (0, 1)]
        if all(named) and not why_no_label(rows, name):
            others = tuple(label for label in labels if label not in {*named[0], *named[1]})
            columns.append((name, named[0], named[1], others))
    return columns[0] if len(columns) == 1 else ("", (), (), ())


def _has_no_place(label: str) -> bool:
    """Whether a value cannot stand in an option beside others."""
    return not label.strip() or len(label) > _LONGEST_LABEL or any(sign in label for sign in ',"\n\r')


def _names(label: str, column: str, side: str) -> bool:
    """Whether a value is the name of a side, or of its column: `A`, `model_a`, `Answer 1`."""
    words = _words(label)
    return words in ([side], _words(column)) or (len(words) == 2 and words[0] in _BEFORE and words[1] == side)


def _words(name: str) -> list[str]:
    """The words and numbers of a name, without capitals, digits of any script as 0 to 9: `responseA`, `پاسخ ۱`."""
    apart = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[^\W\d_])(?=\d)", " ", unicodedata.normalize("NFC", name))
    signs = (str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in apart)
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in signs).casefold().split()
