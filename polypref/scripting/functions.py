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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, lru_cache
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType

from ..errors import UserError

_FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
_CLASSES = (ast.ClassDef,)
_ROUTINES = FunctionType | BuiltinFunctionType


def code_digest(function: Callable[..., object], what: str) -> str:
    """16 hexadecimal digits that stand for what a function does, as far as its own file tells.

    They stand for its text, its defaults, and what it takes from outside: plain values (numbers, texts, patterns,
    dates, lists, tuples, sets and mappings of these), and, in the same way, the functions and classes of its module and
    the attributes of their instances. Of everything else only the name counts. They are the same in every version of
    Python.

    Args:
        function: defined with `def` or `lambda`, in a file.
        what: whose it is, for messages.

    Returns:
        The digits.

    Raises:
        UserError: it is no such function, or its text, or that of a class that it uses, cannot be read.
    """
    own = _function(function, what)
    described = _Description(own, what).of_function(own)
    text = json.dumps(described, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _function(function: object, what: str) -> FunctionType:
    if not isinstance(function, FunctionType):
        raise UserError(f"{what}: {function!r:.60} is no function of its own; wrap it: lambda row: NAME(row)")
    return function


class _Description:
    """What a function and all that it uses is, as JSON.

    Args:
        function: the function.
        what: whose it is, for messages.
    """

    def __init__(self, function: FunctionType, what: str) -> None:
        self.names, self.module, self.what = function.__globals__, function.__module__, what
        # What was described once, by its id: kept here, so that no other object gets that id.
        self._seen: dict[int, tuple[int, object]] = {}
        self._open: set[int] = set()

    def of_function(self, function: FunctionType) -> object:
        around = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        values = self._outside(_names(function.__code__)) | {name: _content(cell) for name, cell in around.items()}
        if again := self._again(function):
            return again
        text = _text_of(function)
        if not text:
            raise UserError(
                f"{self.what}: the text of its function cannot be read; define the function in the builder script"
            )
        defaults = (*(function.__defaults__ or ()), *sorted((function.__kwdefaults__ or {}).items()))
        return {"text": text, "defaults": [self.of(one) for one in defaults], "uses": self._each(values)}

    def of(self, value: object) -> object:
        if value is None or type(value) in (bool, int, float, str):
            return value
        if id(value) in self._open:  # it holds itself
            return "itself"
        self._open.add(id(value))
        try:
            return self._composed(value)
        finally:
            self._open.discard(id(value))

    def _composed(self, value: object) -> object:
        if isinstance(value, FunctionType) and value.__module__ == self.module:
            return self.of_function(value)
        if isinstance(value, type) and value.__module__ == self.module:
            return self._class(value)
        if type(value).__module__ == self.module:
            return self._instance(value)
        if isinstance(value, MethodType):
            return ["method", self.of(value.__self__), self.of(value.__func__)]
        wrapped = getattr(value, "__wrapped__", None) if callable(value) else None
        if isinstance(wrapped, FunctionType) and wrapped.__module__ == self.module:  # as by functools.cache
            return [type(value).__qualname__, self.of(wrapped)]
        if is_dataclass(value) and not isinstance(value, type):
            held = {one.name: getattr(value, one.name, None) for one in fields(value) if one.init}
            return [type(value).__qualname__, self._each(held)]
        return self._plain(value)

    def _plain(self, value: object) -> object:
        """A value of Python's own; of what comes from elsewhere the name."""
        if isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, bytes):
            return ["bytes", value.hex()]
        if isinstance(value, re.Pattern):
            return ["pattern", self.of(value.pattern), value.flags]
        if isinstance(value, list | tuple):
            return [type(value).__name__, *map(self.of, value)]
        if isinstance(value, set | frozenset):
            return ["set", *sorted(map(self.of, value), key=json.dumps)]
        if isinstance(value, dict):
            return ["dict", *([self.of(k), self.of(v)] for k, v in value.items())]
        if isinstance(value, ModuleType):
            return ["named", value.__name__]
        kind = type(value)
        name = str(getattr(value, "__qualname__", kind.__qualname__))
        if isinstance(value, type | _ROUTINES) or kind.__module__.partition(".")[0] not in sys.stdlib_module_names:
            return ["named", name]
        try:  # a date, a Decimal, a partial: as it would be written into a pickle
            parts = value.__reduce_ex__(2)
        except Exception:  # a lock, an open file: nothing of it is a setting
            return ["named", name]
        held = parts[1:3] if isinstance(parts, tuple) else parts
        return ["value", name, self.of(held), *(self.of(list(one)) for one in parts[3:5] if one is not None)]

    def _class(self, kind: type) -> object:
        if again := self._again(kind):
            return again
        # In a notebook, each cell is a file; what a dataclass adds is in none.
        methods = [one.__code__.co_filename for value in vars(kind).values() for one in _functions_of(value)]
        name = kind.__qualname__.rpartition(".")[2]
        for file in dict.fromkeys([*methods, str(self.names.get("__file__", ""))]):
            nodes = _nodes(file, _CLASSES, lambda node: getattr(node, "name", "") == name)
            if nodes:
                break
        if not nodes and not hasattr(kind, "_fields"):  # a namedtuple says all by its attributes
            raise UserError(
                f"{self.what}: the text of class {kind.__qualname__}, which its function uses, cannot be read; define "
                "it with `class` in the builder script"
            )
        names = [one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)]
        return {
            "class": [ast.get_source_segment(_whole(file), node) for node in nodes],
            "decorators": [ast.unparse(one) for node in nodes for one in getattr(node, "decorator_list", [])],
            "bases": [self.of(base) for base in kind.__bases__],
            "members": self._each(dict(self._members(kind))),
            "uses": self._each(self._outside(names)),
        }

    def _members(self, kind: type) -> Iterator[tuple[str, object]]:
        """What a class holds, but for what Python or a decorator puts there by itself."""
        for name, value in vars(kind).items():
            parts = _functions_of(value)
            for number, one in enumerate(parts):
                if one.__module__ == self.module and _text_of(one):
                    yield f"{name} {number}", one
            if not parts and not (name.startswith("_") and name.endswith("_")):
                yield name, value

    def _instance(self, value: object) -> object:
        if again := self._again(value):
            return again
        held = dict(getattr(value, "__dict__", {}))
        for kind in type(value).__mro__:
            slots = vars(kind).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, name):
                    held[name] = getattr(value, name)
        bare = isinstance(value, bool | int | float | str | bytes | list | tuple | set | frozenset | dict)
        content = self._plain(value) if bare else None
        return {"instance": self.of(type(value)), "holds": self._each(held), "content": content}

    def _outside(self, names: Iterable[str]) -> dict[str, object]:
        return {name: self.names[name] for name in names if name in self.names}

    def _each(self, values: Mapping[str, object]) -> dict[str, object]:
        return {str(name): self.of(one) for name, one in sorted(values.items(), key=lambda item: str(item[0]))}

    def _again(self, value: object) -> list[object]:
        """How often something else had been described before this was; empty the first time."""
        if id(value) in self._seen:
            return ["again", self._seen[id(value)][0]]
        self._seen[id(value)] = (len(self._seen), value)
        return []


def _functions_of(member: object) -> list[FunctionType]:
    """The functions that a member of a class is made of."""
    if isinstance(member, staticmethod | classmethod):
        member = member.__func__
    parts = [member]
    if isinstance(member, property):
        parts = [member.fget, member.fset, member.fdel]
    elif isinstance(member, cached_property):
        parts = [member.func]
    return [one for one in parts if isinstance(one, FunctionType)]


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


def _whole(file: str) -> str:
    linecache.checkcache(file)
    return "".join(linecache.getlines(file))


@lru_cache(maxsize=8)
def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module([], [])


def _nodes(file: str, kinds: tuple[type[ast.AST], ...], wanted: Callable[[ast.AST], bool]) -> list[ast.AST]:
    return [node for node in ast.walk(_tree(_whole(file))) if isinstance(node, kinds) and wanted(node)]


def _text_of(function: FunctionType) -> list[str]:
    """The source text of a function; of several on one line, that of all of them; nothing where no file has it."""
    file, line = function.__code__.co_filename, function.__code__.co_firstlineno
    nodes = _nodes(file, _FUNCTIONS, lambda node: _first(node) == line)
    return [text for node in nodes if (text := ast.get_source_segment(_whole(file), node))]


def _first(node: ast.AST) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([getattr(node, "lineno", 0), *(one.lineno for one in decorators)])


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
