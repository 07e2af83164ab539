"""Functions of a builder script as settings: what stands for one in fingerprints, and how one goes to a worker."""

import ast
import hashlib
import importlib
import json
import linecache
import marshal
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType, ModuleType

from ..errors import UserError


def code_digest(function: Callable[..., object], what: str) -> str:
    """16 hexadecimal digits that stand for what a function does, as far as its own file tells.

    They stand for its text, its defaults, the plain values that it takes from outside (numbers, texts, patterns, lists,
    tuples, sets and mappings of these) and, in the same way, the functions of its module that it uses. Of everything
    else only the name counts. They are the same in every version of Python.

    Args:
        function: defined with `def` or `lambda`, in a file.
        what: whose it is, for messages.

    Returns:
        The digits.

    Raises:
        UserError: it is no such function, or its text cannot be read.
    """
    text = json.dumps(_described(_function(function, what), what, set()), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _function(function: object, what: str) -> FunctionType:
    if not isinstance(function, FunctionType):
        raise UserError(f"{what}: {function!r:.60} is no function of its own; wrap it: lambda row: NAME(row)")
    return function


def _described(function: FunctionType, what: str, seen: set[CodeType]) -> object:
    if function.__code__ in seen:  # it calls itself
        return "again"
    seen.add(function.__code__)
    outside = {name: function.__globals__[name] for name in _names(function.__code__) if name in function.__globals__}
    around = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    values = {**outside, **{name: _content(cell) for name, cell in around.items()}}
    return {
        "text": _text(function.__code__, what),
        "defaults": [
            _value(one, function, what, seen)
            for one in (*(function.__defaults__ or ()), *sorted((function.__kwdefaults__ or {}).items()))
        ],
        "uses": {name: _value(one, function, what, seen) for name, one in sorted(values.items())},
    }


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # a name that is not given its value yet
        return None


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function's code, and the code inside it, look up outside."""
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _names(one)


def _value(value: object, user: FunctionType, what: str, seen: set[CodeType]) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, re.Pattern):
        return ["pattern", _value(value.pattern, user, what, seen), value.flags]
    if isinstance(value, list | tuple):
        return [type(value).__name__, *(_value(one, user, what, seen) for one in value)]
    if isinstance(value, set | frozenset):
        return ["set", *sorted((_value(one, user, what, seen) for one in value), key=json.dumps)]
    if isinstance(value, dict):
        return ["dict", *([_value(k, user, what, seen), _value(v, user, what, seen)] for k, v in value.items())]
    if isinstance(value, FunctionType) and value.__module__ == user.__module__:
        return _described(value, what, seen)
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__qualname__", type(value).__qualname__)
    return ["named", str(name)]


def _text(code: CodeType, what: str) -> list[str]:
    """The source text of a function; of several on one line, that of all of them."""
    linecache.checkcache(code.co_filename)
    whole = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(whole)
    except SyntaxError:
        tree = ast.Module([], [])
    kinds = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, kinds) and _first(node) == code.co_firstlineno]
    texts = [text for node in nodes if (text := ast.get_source_segment(whole, node))]
    if not texts:
        raise UserError(f"{what}: the text of its function cannot be read; define the function in the builder script")
    return texts


def _first(node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


@dataclass(frozen=True)
class Carried:
    """A function on its way to a worker process of the same Python, which loads its module by itself.

    Attributes:
        module: where its names from outside are.
        name: its name.
        code: as `marshal` writes it.
        defaults, keywords: of its parameters.
        around: values that it takes from the function around it.
    """

    module: str
    name: str
    code: bytes
    defaults: tuple[object, ...] | None
    keywords: dict[str, object] | None
    around: tuple[object, ...]

    @classmethod
    def of(cls, function: Callable[..., object], what: str) -> "Carried":
        """Packs a function.

        Args:
            function: defined with `def` or `lambda`.
            what: whose it is, for messages.

        Returns:
            The function, as it can be pickled.

        Raises:
            UserError: a value from around it cannot be sent.
        """
        one = _function(function, what)
        around = tuple(map(_content, one.__closure__ or ()))
        for name, value in zip(one.__code__.co_freevars, around, strict=True):
            try:
                pickle.dumps(value)
            except Exception as error:
                raise UserError(
                    f"{what}: its function takes '{name}' from the function around it, which cannot be sent to worker "
                    f"processes ({error}); define it at the top of the builder script, or build with "
                    "workers=1 (--workers 1)"
                ) from None
        packed = marshal.dumps(one.__code__)
        return cls(one.__module__, one.__name__, packed, one.__defaults__, one.__kwdefaults__, around)

    def function(self) -> Callable[..., object]:
        """The function again, with the names of its module as they are in this process.

        Returns:
            A new function that does what the packed one did.
        """
        module = sys.modules.get(self.module) or importlib.import_module(self.module)
        cells = tuple(map(CellType, self.around))
        function = FunctionType(marshal.loads(self.code), vars(module), self.name, self.defaults, cells)
        function.__kwdefaults__ = self.keywords
        function.__module__ = self.module
        return function
