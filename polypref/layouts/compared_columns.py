"""Columns that may hold two answers, their prompt and who won, by names and values: the command that names them.

Nothing is taken by itself: who looks at a file is shown the command, and runs it or does not.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from ..files.cells import Bad, Cell, Row, label_of
from ..files.paths import path_of
from .column_kinds import columns_for, filled_cells, is_called, is_called_verdict, numeric_columns, why_no_label
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
#: How a better and a worse answer are called in the names of columns.
_BETTER_WORSE: Final = (("chosen", "rejected"), ("preferred", "rejected"), ("better", "worse"), ("winner", "loser"))
#: Numbers that mean the second answer to some and the first to others.
_OPEN: Final = ("0", "1")
#: How further answers are called beside a first side; numbers are beside numbers.
_FURTHER: Final = {"a": frozenset("cdef"), "one": {"three"}, "first": {"third"}, "left": {"middle", "center", "centre"}}
#: Words that may stand before a side in a verdict: `model_a`, `Answer 1`.
_BEFORE: Final = frozenset({"answer", "response", "completion", "output", "reply", "model", "option", "assistant"})
#: Different values of a column of verdicts, at most, and characters of one.
_MOST_LABELS, _LONGEST_LABEL = 8, 60
#: Characters of what may be the name of a model, and objects within objects that are looked into.
_LONGEST_MODEL, _DEPTH = 60, 4


class ComparedColumns(NamedTuple):
    """What columns may hold; empty where nothing says it. A column within objects is named by its path.

    Attributes:
        prompt, a, b: columns of the prompt and of the two answers.
        winner: the column whose values name one of them, or its model.
        first, second: its values that name the one and the other; empty where it names models.
        others: its values that name neither.
        annotator: the column of who judged.
        model_a, model_b: columns of the models that wrote the answers.
        scores: columns of their scores, where no column names the better answer.
        decimal_comma: whether a comma stands before the decimals of these.
        chosen, rejected: columns of the better and the worse answer of each row.
        shared: whether the answers are conversations with the prompt in them.
        more: columns of three answers or more, of which no two are named.
        voters: several columns with a value for either side, none of which is named.
    """

    prompt: str = ""
    a: str = ""
    b: str = ""
    winner: str = ""
    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    annotator: str = ""
    model_a: str = ""
    model_b: str = ""
    scores: tuple[str, ...] = ()
    decimal_comma: bool = False
    chosen: str = ""
    rejected: str = ""
    shared: bool = False
    more: tuple[str, ...] = ()
    voters: tuple[str, ...] = ()

    def options(self) -> dict[str, str]:
        """The options of `polypref build pairs` that name all this.

        Returns:
            Option -> value; COLUMN and VALUES where nothing says it, nothing where there is nothing to name.
        """
        prompt = {} if self.shared else {"prompt": self.prompt or "COLUMN"}
        if self.chosen:
            return prompt | {"chosen": self.chosen, "rejected": self.rejected}
        options = prompt | {"a": self.a or "COLUMN", "b": self.b or "COLUMN"}
        options |= {"model-a": self.model_a, "model-b": self.model_b} if self.model_a else {}
        if self.scores:
            return options | {"scores": _in_option(self.scores)}
        options |= {"winner": self.winner or "COLUMN"}
        by_models = bool(self.winner) and not self.first
        labels = {} if by_models else {"first": self.first, "second": self.second}
        labels |= {"tie": self.others}
        options |= {option: _in_option(each) if self.winner else "VALUES" for option, each in labels.items()}
        return options | ({"annotator": self.annotator} if self.annotator else {})


def compared_columns(rows: Iterable[Row | Bad]) -> ComparedColumns:
    """Which columns may hold two answers to a prompt, and who won.

    Two answers are the only two columns of text whose names differ in nothing but the side (`response_a`,
    `response_b`), or in which is better (`chosen`, `rejected`). A column of verdicts is the only one with a value for
    either side, or the only one of these that is called so; else the models of the answers may be named by it, or two
    columns of scores have the names of the answers' sides.

    Args:
        rows: some of them; what is no row is passed over.

    Returns:
        what names and values say.

    Example:
        >>> row = {"ask": "Who was it?", "a": "It was Ada.", "b": "Nobody knows.", "won": "B"}
        >>> compared_columns([row, row | {"ask": "And when?", "won": "A"}])[:6]
        ('ask', 'a', 'b', 'won', ('A',), ('B',))
    """
    read = [_flat(row) for row in rows if not isinstance(row, Bad)]
    texts = [name for name in columns_for("answer", read, _names_in(read)) if not _are_ids(read, name)]
    paired = _answers_among(read, texts)
    if not paired:
        return _better_and_worse(read, texts)
    sides = {name for a, b, _ in paired for name in (a, b)}
    if more := [name for name in texts if name not in sides and any(_is_third(name, a, b) for a, b, _ in paired)]:
        return ComparedColumns(more=tuple(name for name in _names_in(read) if name in {*sides, *more}))
    if len(paired) != 1:
        return ComparedColumns()
    a, b, called = paired[0]
    named = _with_models(read, ComparedColumns(a=a, b=b), called)
    texts = [name for name in texts if name not in (named.model_a, named.model_b)]
    return _judged(read, _with_prompt(read, texts, named), called)


def verdicts_alone(rows: Iterable[Row | Bad]) -> ComparedColumns:
    """Which columns say who won, where none holds texts: files of verdicts, of which win-rates are made.

    Args:
        rows: some of them; what is no row is passed over.

    Returns:
        the columns of models and of verdicts, with values; empty where some column may hold texts, or nothing says it.
    """
    read = [_flat(row) for row in rows if not isinstance(row, Bad)]
    texts = [name for name in columns_for("answer", read, _names_in(read)) if not _are_ids(read, name)]
    models = [(a, b, sides) for a, b, sides in _paired(_names_in(read)) if _hold_models(read, a, b)]
    if len(models) != 1 or any(name not in models[0][:2] for name in texts):
        return ComparedColumns()
    a, b, sides = models[0]
    return _judged(read, ComparedColumns(model_a=a, model_b=b), sides)


def hold_no_texts(rows: Iterable[Row | Bad]) -> bool:
    """Whether no column holds texts or conversations, so that these may stand in another file.

    Args:
        rows: some of them; what is no row is passed over.

    Returns:
        whether none does.
    """
    read = [_flat(row) for row in rows if not isinstance(row, Bad)]
    texts = [name for name in columns_for("answer", read, _names_in(read)) if not _are_ids(read, name)]
    return not any(" " in str(cell) or not str(cell).isascii() for name in texts for cell in filled_cells(read, name))


def _in_option(values: Sequence[str]) -> str:
    """Values with commas between them; one that holds a comma is in quotes."""
    return ",".join(f'"{value}"' if "," in value else value for value in values)


def _flat(row: Mapping[str, Cell], *above: str) -> Row:
    """A row whose cells are no objects: what these hold stands beside them, by its path."""
    cells: dict[str, Cell] = {}
    for name, cell in row.items():
        inside = isinstance(cell, Mapping) and cell and len(above) < _DEPTH and not {"role", "content"} <= cell.keys()
        cells |= _flat(cell, *above, name) if inside and isinstance(cell, Mapping) else {path_of([*above, name]): cell}
    return cells


def _names_in(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _are_ids(rows: Sequence[Row], name: str) -> bool:
    """Whether a column is called an id and holds what has no blanks."""
    return is_called("group", name) and not any(" " in str(cell) for cell in filled_cells(rows, name))


def _answers_among(rows: Sequence[Row], texts: Sequence[str]) -> list[tuple[str, str, tuple[str, str]]]:
    """Two columns each whose names differ in the side; names of models only where there is nothing else."""
    paired = _paired(texts)
    others = [(a, b, sides) for a, b, sides in paired if not _hold_models(rows, a, b)]
    return others or (paired if not any(_repeat(rows, name) for a, b, _ in paired for name in (a, b)) else [])


def _paired(names: Sequence[str]) -> list[tuple[str, str, tuple[str, str]]]:
    return [(a, b, sides) for a, b in _ordered(names) if (sides := _difference(a, b)) in _SIDES and sides]


def _ordered(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one, other in combinations(names, 2):
        yield one, other
        yield other, one


def _difference(a: str, b: str) -> tuple[str, str] | None:
    """The one word in which two names differ."""
    words = [(one, other) for one, other in zip(_words(a), _words(b), strict=False) if one != other]
    return words[0] if len(_words(a)) == len(_words(b)) and len(words) == 1 else None


def _is_third(name: str, a: str, b: str) -> bool:
    """Whether a name differs from those of two answers in nothing but the side either."""
    third, other = _difference(a, name), _difference(b, name)
    if third is None or other is None or (third[0], other[0]) != _difference(a, b):
        return False
    return third[1] in _FURTHER.get(third[0], ()) or (third[0].isdecimal() and third[1].isdecimal())


def _with_prompt(rows: Sequence[Row], texts: Sequence[str], named: ComparedColumns) -> ComparedColumns:
    """The column of the prompt; where there is none, and the answers are conversations, it is the turns they share."""
    taken = (named.chosen, named.rejected) if named.chosen else (named.a, named.b)
    prompts = columns_for("prompt", rows, [name for name in texts if name not in taken])
    called = [name for name in prompts if is_called("prompt", name)]
    prompt = called[0] if len(called) == 1 else prompts[0] if len(prompts) == 1 else ""
    turns = all(isinstance(cell, list | tuple) for name in taken for cell in filled_cells(rows, name))
    return named._replace(prompt=prompt, shared=turns and not prompts)


def _better_and_worse(rows: Sequence[Row], texts: Sequence[str]) -> ComparedColumns:
    """Two columns of text whose names differ in which is better alone."""
    paired = [(a, b) for a, b in _ordered(texts) if _difference(a, b) in _BETTER_WORSE]
    if len(paired) != 1:
        return ComparedColumns()
    return _with_prompt(rows, texts, ComparedColumns(chosen=paired[0][0], rejected=paired[0][1]))


def _with_models(rows: Sequence[Row], named: ComparedColumns, sides: tuple[str, str]) -> ComparedColumns:
    """The columns of the models of the two answers."""
    fitting = [(a, b) for a, b, own in _paired(_names_in(rows)) if _hold_models(rows, a, b) and _same(own, sides)]
    return named._replace(model_a=fitting[0][0], model_b=fitting[0][1]) if len(fitting) == 1 else named


def _hold_models(rows: Sequence[Row], a: str, b: str) -> bool:
    """Whether two columns are called those of models, and hold names: short, and several rows have one."""
    cells = [cell for name in (a, b) for cell in filled_cells(rows, name)]
    short = all(isinstance(cell, str) and len(cell) <= _LONGEST_MODEL for cell in cells)
    called = all(is_called("model", name) and not is_called("answer", name) for name in (a, b))
    return bool(cells) and short and called and len(set(map(str, cells))) < len(cells)


def _repeat(rows: Sequence[Row], name: str) -> bool:
    """Whether a column called that of a model has one value in several rows."""
    cells = list(map(str, filled_cells(rows, name)))
    return is_called("model", name) and len(set(cells)) < len(cells)


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two ways to call the sides mean the same order, whatever is counted from."""
    return one == other or _OPEN not in (one, other)


def _judged(rows: Sequence[Row], named: ComparedColumns, sides: tuple[str, str]) -> ComparedColumns:
    """What says which answer is better: sides, as they are called here or elsewhere; models; two scores."""
    taken = {named.a, named.b, named.prompt, named.model_a, named.model_b}
    names = (named.a, named.b) if named.a else (named.model_a, named.model_b)
    ways = [((sides[0], sides[1]), names)]
    ways += [(other, ("", "")) for other in _SIDES if other != sides and _OPEN not in (other, sides)]
    for called, columns in ways:
        fitting = _verdicts(rows, taken, columns, called, by_name=called == sides)
        likely = [one for one in fitting if is_called_verdict(one[0])]
        if len(one := likely if len(likely) == 1 else fitting) == 1:
            winner, first, second, others = one[0]
            people = column_of_people(rows)
            return named._replace(winner=winner, first=first, second=second, others=others, annotator=people)
        if fitting:
            return named._replace(voters=tuple(name for name, *_ in fitting))
    by_models = _by_models(rows, named, taken)
    return by_models if by_models.winner else _by_scores(rows, named, taken, sides)


def _by_models(rows: Sequence[Row], named: ComparedColumns, taken: set[str]) -> ComparedColumns:
    """The one column whose values are models of the answers, and at most two others."""
    if not named.model_a:
        return named
    models = {label for name in (named.model_a, named.model_b) for label in _labels(rows, name)}
    fitting = []
    for name in _names_in(rows):
        labels = _labels(rows, name) if name not in taken else []
        others = tuple(label for label in labels if label not in models)
        if len(others) < len(labels) and len(others) <= 2 and not any(map(_has_no_place, others)):
            fitting.append((name, others))
    likely = [one for one in fitting if is_called_verdict(one[0])]
    fitting = likely if len(likely) == 1 else fitting
    if len(fitting) != 1:
        return named
    return named._replace(winner=fitting[0][0], others=fitting[0][1], annotator=column_of_people(rows))


def _by_scores(rows: Sequence[Row], named: ComparedColumns, taken: set[str], sides: tuple[str, str]) -> ComparedColumns:
    """The only two columns of numbers that are called scores of the two sides."""
    numbers = numeric_columns(rows)
    scores = [name for name in numbers if name not in taken and is_called("score", name)]
    fitting = [(a, b) for a, b, own in _paired(scores) if _same(own, sides)]
    if len(fitting) != 1:
        return named
    return named._replace(scores=fitting[0], decimal_comma=any(numbers[name] == "," for name in fitting[0]))


_Verdicts = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _verdicts(
    rows: Sequence[Row], taken: set[str], answers: tuple[str, str], sides: tuple[str, str], by_name: bool
) -> list[_Verdicts]:
    """The columns whose values name the sides, with these values.

    Where the answers' columns call the sides otherwise, values name them in a column only that is called so.
    """
    columns = []
    for name in _names_in(rows):
        labels = _labels(rows, name) if name not in taken else []
        if not labels or len(labels) > _MOST_LABELS or any(map(_has_no_place, labels)):
            continue
        named = [tuple(label for label in labels if _names(label, answers[n], sides[n])) for n in (0, 1)]
        others = tuple(label for label in labels if label not in {*named[0], *named[1]})
        if all(named) and not why_no_label(rows, name) and _may_count(name, labels, others, by_name):
            columns.append((name, named[0], named[1], others))
    return columns


def _labels(rows: Sequence[Row], name: str) -> list[str]:
    """The different values of a column; none where one is no label, as a list."""
    try:
        return list(dict.fromkeys(map(label_of, filled_cells(rows, name))))
    except Bad:
        return []


def _may_count(name: str, labels: Sequence[str], others: Sequence[str], by_name: bool) -> bool:
    """Whether values may name sides: those of a scale, as 1 to 5, name none."""
    if not (by_name or is_called_verdict(name)):
        return False
    if not all(label.strip().lstrip("+-").isdecimal() for label in labels):
        return True
    if len(others) > 1 or is_called("score", name):
        return False
    return is_called_verdict(name) or all(int(label) == 0 for label in others)


def _has_no_place(label: str) -> bool:
    """Whether a value cannot stand in an option beside others."""
    return not label.strip() or len(label) > _LONGEST_LABEL or any(sign in label for sign in '"\n\r')


def _names(label: str, column: str, side: str) -> bool:
    """Whether a value is the name of a side, or of its column: `A`, `model_a`, `Answer 1`."""
    words = _words(label)
    own = bool(column) and words == _words(column)
    return own or words == [side] or (len(words) == 2 and words[0] in _BEFORE and words[1] == side)


def _words(name: str) -> list[str]:
    """The words and numbers of a name, without capitals, digits of any script as 0 to 9: `responseA`, `پاسخ ۱`."""
    apart = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[^\W\d_])(?=\d)", " ", unicodedata.normalize("NFC", name))
    signs = (str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in apart)
    return "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in signs).casefold().split()
