"""Which module may import which: always downwards, and never in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "polypref"
# The rooms, and the rooms that each may use besides those that stand on the ground (GROUND).
GROUND = {"errors", "schema", "shares", "console", "text", "kernels"}
ABOVE = {
    "scripting": set(),
    "files": set(),
    "languages": {"files", "scripting"},
    "inference": {"languages", "files", "scripting"},
    "judging": {"inference", "languages", "files"},
    "engines": {"inference", "files", "scripting"},
    "review": {"languages", "files"},
    "layouts": {"judging", "languages", "files", "scripting"},
    "stages": {"layouts", "engines", "judging", "inference", "review", "languages", "files", "scripting"},
    "raters": {"stages", "layouts", "judging", "inference", "review", "languages", "files", "scripting"},
    "pipeline": {"raters", "stages", "layouts", "engines", "inference", "review", "languages", "files", "scripting"},
    "people": {"files"},
    "release": {"people", "pipeline", "raters", "stages", "engines", "review", "languages", "files"},
    "exports": {"files"},
    "pages": {"people", "release", "pipeline", "stages", "review", "languages", "files"},
    "training": {"review", "inference", "judging", "languages", "files", "scripting"},
    "evaluation": {"pages", "release", "stages", "layouts", "judging", "inference", "languages", "files", "scripting"},
    "analysis": {
        "evaluation",
        "people",
        "release",
        "stages",
        "judging",
        "inference",
        "languages",
        "files",
        "scripting",
    },
    "metrics": {"evaluation", "languages", "files"},
    "checks": {"stages"},
    "models": {"inference", "stages"},
    "api": {
        "analysis",
        "exports",
        "evaluation",
        "training",
        "pages",
        "people",
        "release",
        "pipeline",
        "raters",
        "stages",
        "engines",
        "review",
        "scripting",
        "inference",
        "languages",
        "files",
    },
    "cli": {
        "api",
        "exports",
        "evaluation",
        "layouts",
        "pages",
        "release",
        "stages",
        "review",
        "pipeline",
        "inference",
        "scripting",
        "languages",
        "files",
    },
    "__main__": {"cli"},
}


def modules() -> dict[str, Path]:
    """Dotted name below polypref -> file."""
    files = {".".join(path.relative_to(HOUSE).with_suffix("").parts): path for path in HOUSE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in files.items() if name != "__init__"}


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of polypref that a module imports, at its head, inside a function, or for types alone."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Import):
            names = [one.name.split(".") for one in node.names if one.name.startswith("polypref.")]
            yield from (".".join(parts[1:]) for parts in names)
            continue
        source = (node.module or "").split(".") if node.module else []
        if node.level:
            source = package[: len(package) - node.level + 1] + source
        elif source[:1] == ["polypref"]:
            source = source[1:]
        else:
            continue
        for one in node.names:
            whole = ".".join([*source, one.name])
            if whole in known:
                yield whole
            elif source:
                yield ".".join(source)


def uses() -> dict[str, set[str]]:
    known = modules()
    used_by = {name: set(imported(name, path, known)) for name, path in known.items()}
    assert all(used <= known.keys() for used in used_by.values())
    return used_by


def test_imports_go_one_way() -> None:
    wrong = []
    for name, used in uses().items():
        own = name.split(".")[0]
        for other in sorted(used):
            there = other.split(".")[0]
            if there not in {own, "__init__"} | GROUND | ABOVE.get(own, set()):
                wrong.append(f"{name} imports {other}")
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    # A package's own file is loaded before the modules in it, so those do not come back to it.
    TopologicalSorter(uses()).prepare()
