"""Follows every string that reaches a database back to where it comes from: constants, or one of the quoting helpers.

`unquoted(modules)` names each query that holds anything else. What a name stands for is looked up in the function, in
its callers (for a parameter), in the functions that are called, and in the modules that are imported from; what cannot
be followed counts as unquoted.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCOPES = (ast.FunctionDef, ast.Lambda, ast.Module)
COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)
#: Methods that take a query first.
TAKES_SQL = {"execute", "executemany", "executescript", "sql", "query", "from_query", "extract_statements"}
#: Of polypref.files.sql: whatever they are given, what they return is a literal, an identifier or a table.
QUOTES = {"quote", "name", "number", "parquet"}
#: Of polypref.files.sql: SQL when the arguments from this one on are SQL.
BUILDS = {"bucket": (0, 1), "order_key": (1, None), "unit_interval": (0, None)}


@dataclass
class Module:
    """A module's syntax: what its names stand for."""

    name: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    imported: dict[str, ast.ImportFrom] = field(default_factory=dict)
    functions: dict[str, list[ast.FunctionDef]] = field(default_factory=dict)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict)
    """By the name that is called, whatever stands before its dot."""
    inside: dict[ast.AST, list[ast.AST]] = field(default_factory=dict)
    """What stands in a scope and in no scope inside of it."""

    def __post_init__(self) -> None:
        waiting: list[tuple[ast.AST, ast.AST]] = [(self.tree, self.tree)]
        for node, scope in waiting:
            self.inside.setdefault(scope, []).append(node)
            within = node if isinstance(node, SCOPES) else scope
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                waiting.append((child, within))
            self.note(node)

    def note(self, node: ast.AST) -> None:
        """Files a node under its name."""
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                self.imported.setdefault(one.asname or one.name, node)
        elif isinstance(node, ast.FunctionDef):
            self.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            self.calls.setdefault(name, []).append(node)

    def around(self, node: ast.AST, *kinds: type) -> ast.AST | None:
        """The nearest node of these kinds that a node stands in."""
        above = self.parents.get(node)
        while above is not None and not isinstance(above, kinds):
            above = self.parents.get(above)
        return above


def read(folder: Path) -> dict[str, Module]:
    """The modules of a package, by their last name with the folders above it."""
    paths = sorted(folder.rglob("*.py"))
    return {str(path.relative_to(folder)): Module(str(path), ast.parse(path.read_text("utf-8"))) for path in paths}


def unquoted(modules: Mapping[str, Module]) -> list[str]:
    """The queries that hold what is neither constant nor quoted, as `file:line`, with the part of them."""
    return sorted(PackageQueries(modules).faults())


class PackageQueries:
    """The queries of a package, each followed back to what its names stand for."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self.known: dict[tuple[int, int], bool] = {}
        self.at = ""
        self.seen = 0

    def queries(self) -> Iterator[tuple[str, Module, ast.expr]]:
        for path, module in self.modules.items():
            for node in (call for name in sorted(TAKES_SQL) for call in module.calls.get(name, ())):
                if not (isinstance(node.func, ast.Attribute) and node.args):
                    continue
                inside = module.around(node, ast.ClassDef)
                if not (path == "files/sql.py" and getattr(inside, "name", "") == "Connection"):
                    yield path, module, node.args[0]

    def faults(self) -> Iterator[str]:
        for path, module, query in self.queries():
            self.seen += 1
            if not self.safe(query, module):
                yield f"{path}:{query.lineno} {self.at or ast.unparse(query)[:80]}"
            self.at = ""

    def safe(self, node: ast.AST, module: Module) -> bool:
        key = (id(node), id(module))
        if key not in self.known:
            self.known[key] = True  # a name that is made of itself is as good as its other parts
            self.known[key] = self.look(node, module)
            if not self.known[key] and not self.at:
                self.at = ast.unparse(node)[:80]
        return self.known[key]

    def all(self, nodes: list[ast.expr], module: Module) -> bool:
        return all(self.safe(node, module) for node in nodes)

    def look(self, node: ast.AST, module: Module) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=values):
                return self.all([v.value if isinstance(v, ast.FormattedValue) else v for v in values], module)
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mult()):
                return True
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr() | ast.LShift(), right=right):
                return self.all([left, right], module)
            case ast.IfExp(body=body, orelse=other):
                return self.all([body, other], module)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
                return self.all(values, module)
            case ast.Dict(values=values):
                return self.all(values, module)
            case ast.Starred(value=value) | ast.keyword(value=value):
                return self.safe(value, module)
            case ast.GeneratorExp(elt=value) | ast.ListComp(elt=value) | ast.DictComp(value=value):
                return self.safe(value, module)
            case ast.Subscript(value=value):
                return self.safe(value, module)
            case ast.Name():
                return self.name(node, module)
            case ast.Call():
                return self.call(node, module)
        return False

    def call(self, node: ast.Call, module: Module) -> bool:
        func = node.func
        helper = self.helper(func, module)
        if helper in QUOTES:
            return True
        if helper in BUILDS:
            begin, end = BUILDS[helper]
            return self.all(node.args[begin:end], module)
        if isinstance(func, ast.Attribute):
            given = [*node.args, *(one.value for one in node.keywords)]
            if func.attr == "format":
                return self.safe(func.value, module) and self.all(given, module)
            if func.attr == "join":
                return self.safe(func.value, module) and self.all(node.args, module)
            if func.attr == "fromkeys":
                return self.all(node.args[:1], module)
            if func.attr in ("items", "values"):
                return self.safe(func.value, module)
            return False
        if isinstance(func, ast.Name) and func.id == "map" and node.args:
            return self.helper(node.args[0], module) in QUOTES
        if isinstance(func, ast.Name) and func.id in ("sorted", "list", "tuple", "zip", "enumerate", "dict"):
            return self.all(node.args, module)
        for home, function in self.functions(func, module):
            returned = [
                one.value for one in ast.walk(function) if isinstance(one, ast.Return | ast.Yield) and one.value
            ]
            return bool(returned) and self.all(returned, home)
        return False

    def helper(self, func: ast.expr, module: Module) -> str:
        """The name of a function of polypref.files.sql, however it is called."""
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "sql":
            return func.attr if "sql" in module.imported else ""
        if isinstance(func, ast.Name) and module is self.modules.get("files/sql.py"):
            return func.id
        return ""

    def functions(self, func: ast.expr, module: Module) -> Iterator[tuple[Module, ast.FunctionDef]]:
        """The function that a name is: of this module, or of the one that it is imported from."""
        if not isinstance(func, ast.Name):
            return
        source = module.imported.get(func.id)
        homes = [module]
        if source is not None:
            last = (source.module or "").rpartition(".")[2]
            homes = [other for path, other in self.modules.items() if Path(path).stem == last]
        for home in homes:
            for node in home.functions.get(func.id, ()):
                yield home, node

    def name(self, node: ast.Name, module: Module) -> bool:
        scope: ast.AST | None = node
        while scope is not None:
            scope = module.around(scope, ast.FunctionDef, ast.Lambda, ast.Module, *COMPREHENSIONS)
            if scope is None:
                break
            values = list(self.bound(node.id, scope, module))
            if isinstance(scope, ast.FunctionDef) and node.id in parameters(scope):
                return self.given(node.id, scope, module) and self.all(values, module)
            if values:
                return self.all(values, module)
        source = module.imported.get(node.id)
        if source is not None and source.module:
            last = source.module.rpartition(".")[2]
            for path, other in self.modules.items():
                if Path(path).stem == last:
                    values = list(self.bound(node.id, other.tree, other))
                    return bool(values) and self.all(values, other)
        return False

    def bound(self, name: str, scope: ast.AST, module: Module) -> Iterator[ast.expr]:
        """All that a name is bound to in a scope, and in no scope inside of it."""
        if isinstance(scope, COMPREHENSIONS):
            for part in scope.generators:
                yield from bindings(name, part.target, part.iter, loop=True)
            return
        for node in module.inside.get(scope, ()):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from bindings(name, target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
                yield from bindings(name, node.target, node.value)
            elif isinstance(node, ast.For):
                yield from bindings(name, node.target, node.iter, loop=True)
            elif isinstance(node, ast.With):
                for item in node.items:
                    if item.optional_vars is not None:
                        yield from bindings(name, item.optional_vars, item.context_expr)
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("append", "add", "extend", "update", "insert")
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == name
            ):
                yield from node.args

    def given(self, name: str, function: ast.FunctionDef, home: Module) -> bool:
        """Whether all callers give a parameter SQL; one that nobody calls is given anything."""
        names = parameters(function)
        place, calls = names.index(name) - (names[0] in ("self", "cls")), 0
        for module in self.modules.values():
            for node in module.calls.get(function.name, ()):
                if not self.calls(node.func, function, home, module):
                    continue
                calls += 1
                named = [one.value for one in node.keywords if one.arg == name]
                values = named or node.args[place : place + 1]
                if not values or not self.all(values, module):
                    return False
        return calls > 0

    def calls(self, func: ast.expr, function: ast.FunctionDef, home: Module, module: Module) -> bool:
        """Whether what is called may be this function."""
        if isinstance(func, ast.Name):
            if func.id != function.name:
                return False
            source = module.imported.get(func.id)
            return module is home if source is None else (source.module or "").endswith(Path(home.name).stem)
        if not isinstance(func, ast.Attribute) or func.attr != function.name:
            return False
        if isinstance(home.around(function, ast.FunctionDef, ast.ClassDef), ast.ClassDef):
            return True
        if not isinstance(func.value, ast.Name) or (source := module.imported.get(func.value.id)) is None:
            return False
        real = next(one.name for one in source.names if (one.asname or one.name) == func.value.id)
        return real == Path(home.name).stem


def parameters(function: ast.FunctionDef) -> list[str]:
    """Names of all parameters, in order."""
    a = function.args
    every = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs]
    return [one.arg for one in every] + ([a.kwarg.arg] if a.kwarg else [])


def bindings(name: str, target: ast.expr, value: ast.expr, loop: bool = False) -> Iterator[ast.expr]:
    """What a target binds a name to: the value, or the part of it that stands in its place."""
    if isinstance(target, ast.Starred):
        target = target.value
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple | ast.List):
        for number, one in enumerate(target.elts):
            part = value
            if isinstance(value, ast.Tuple | ast.List) and not loop and len(value.elts) == len(target.elts):
                part = value.elts[number]
            elif loop and isinstance(value, ast.Call) and getattr(value.func, "id", "") == "zip":
                part = value.args[number] if number < len(value.args) else value
            elif loop and isinstance(value, ast.Call) and getattr(value.func, "id", "") == "enumerate":
                part = value.args[0] if number else ast.Constant(0)
            yield from bindings(name, one, part, loop)
