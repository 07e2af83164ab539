"""What `import polypref` offers, and what it costs."""

import ast
import importlib
import inspect
import subprocess
import sys

import pytest

import polypref
from polypref.stages.checks.defaults import default_chain
from tests.conftest import ROOT, environment

FACE = ast.parse((ROOT / "polypref" / "__init__.py").read_text("utf-8"))


@pytest.mark.parametrize("name", polypref.__all__)
def test_every_name_is_there_and_is_the_one_of_its_module(name):
    value = getattr(polypref, name)
    if name in polypref._MODULES:
        assert value is importlib.import_module(f"polypref.{polypref._MODULES[name]}")
    else:
        assert value is getattr(importlib.import_module(f"polypref.{polypref._PLACES[name]}"), name)
    assert name in dir(polypref) and value.__doc__ if callable(value) else value


def test_type_checkers_are_told_the_same_names():
    (block,) = [node for node in FACE.body if isinstance(node, ast.If)]
    declared = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for one in node.names:
            declared[one.asname or one.name] = f"{node.module}.{one.name}" if node.module else one.name
    expected = {name: f"{place}.{name}" for name, place in polypref._PLACES.items()}
    assert declared == expected | polypref._MODULES
    assert sorted(declared) == polypref.__all__


def test_there_are_about_forty_and_contributors_read_how_many():
    assert 40 <= len(polypref.__all__) <= 50
    sentence = f"`polypref/__init__.py` names what people import, {len(polypref.__all__)} names;"
    assert sentence in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_dir_lists_what_is_public_and_nothing_else():
    assert dir(polypref) == sorted([*polypref.__all__, "__version__"])


def test_what_never_was_is_no_name():
    with pytest.raises(AttributeError, match="module 'polypref' has no attribute 'Bilder'"):
        _ = polypref.Bilder
    with pytest.raises(ImportError, match="cannot import name 'Bilder'"):
        exec("from polypref import Bilder")


def test_importing_loads_nothing_but_itself():
    code = "import sys, polypref; print(sorted(m for m in sys.modules if m.startswith(('polypref', 'pyarrow'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.stdout == "['polypref', 'polypref._moved']\n", done.stderr


def test_help_loads_no_heavy_package():
    code = (
        "import sys\n"
        "from polypref.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pyarrow', 'duckdb', 'numpy', 'datasets', 'torch', 'yaml', 'rich', 'huggingface_hub'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.stdout.endswith("\n[]\n"), done.stderr


def test_every_check_of_the_default_chain_is_among_the_checks():
    names = {type(one).__name__ for one in default_chain()}
    checks = set(polypref.checks.__all__) - {"EvaluationPrompts", "Flag", "Reject"}
    assert names <= checks
    assert all(getattr(polypref.checks, name).summary for name in checks)


SCRIPTS = [*sorted((ROOT / "builders").glob("*.py")), ROOT / "polypref" / "data" / "new" / "builder.py.txt"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_builder_script_has_one_import_from_polypref(path):
    tree = ast.parse(path.read_text("utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    (face,) = [node for node in froms if (node.module or "").split(".")[0] == "polypref"]
    assert face.module == "polypref" and {one.name for one in face.names} <= set(polypref.__all__)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import) and "polypref" in ast.unparse(node)]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: polypref.register(langauge=None),
            r"register\(\.\.\.\) has no argument langauge; did you mean 'lang",
        ),
        (lambda: polypref.option(1, txt="x"), r"option\(\.\.\.\) has no argument txt; did you mean 'text'\?"),
        (lambda: polypref.public_prompts.oasst2(code=("he",)), r"oasst2\(\.\.\.\) has no argument code; .* 'codes'\?"),
        (lambda: polypref.public_prompts.aya_dataset(rev="x"), r"aya_dataset\(\.\.\.\) has no .* rev; .* 'revision'\?"),
        (
            lambda: polypref.models.place(defualt="vllm"),
            r"place\(\.\.\.\) has no argument defualt; did you mean 'def",
        ),
        (lambda: polypref.models.served("m"), r"served\(\.\.\.\): missing a required argument: 'at'"),
        (lambda: polypref.languages.resolve(name="he"), r"resolve\(\.\.\.\) has no argument name; there are code"),
    ],
)
def test_a_call_with_a_misspelt_argument_is_one_sentence(call, sentence):
    with pytest.raises(polypref.UserError, match=sentence):
        call()


OPEN = {"Source"}  # a contract, which nobody calls


CALLED = [polypref, polypref.checks, polypref.languages, polypref.layouts, polypref.models]


@pytest.mark.parametrize("module", CALLED, ids=lambda one: one.__name__)
def test_every_class_that_people_write_down_refuses_an_unknown_field_in_a_sentence(module):
    for name in set(module.__all__) - OPEN:
        if inspect.isclass(kind := getattr(module, name)) and not issubclass(kind, Exception):
            with pytest.raises(polypref.UserError, match=rf"^{kind.__name__}\(\.\.\.\) has no field nmae; "):
                kind(nmae="x")
