"""A builder script is loaded by its path; what it does wrongly is one sentence that names the line."""

import sys
import traceback
from pathlib import Path

import pyarrow as pa
import pytest

from polypref.errors import UserError
from polypref.scripting.loading import how_it_ended, is_own_file, line_of_error, load_script, loaded, place_of_error

WHOLE = "class Params: ...\ndef build(params): return 7\n"


def written(folder: Path, text: str, name: str = "made_for_loading.py") -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch):
    """Modules that a test loads are gone after it."""
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def test_a_script_is_a_module_that_workers_find_by_name_and_path(tmp_path):
    path = written(tmp_path, WHOLE)
    module = load_script(path)
    assert module.build(None) == 7
    # A class of the script is pickled by the module's name.
    assert module.Params.__module__ == module.__name__ == "polypref_builder_made_for_loading"
    assert loaded()[module.__name__] == path
    assert set(loaded()) == {name for name in sys.modules if name.startswith("polypref_builder_")}
    written(tmp_path, WHOLE.replace("7", "8"))
    assert load_script(path).build(None) == 8, "a script that changed is read anew"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def build(params): ...\n", "does not define Params; `polypref new NAME`"),
        ("class Params: ...\n", "does not define build; `polypref new NAME`"),
        (WHOLE + "\n{}['x']\n", ", line 4, raises KeyError: 'x'"),
        (WHOLE + "\ndef f():\n    return 1 / 0\nf()\n", ", line 5, raises ZeroDivisionError: division by zero"),
        # The last line of the script is named, not that of the library in which it ended.
        ("import json\njson.loads('[')\n", ", line 2, raises JSONDecodeError"),
        ("x = (\n", ", line 1, raises SyntaxError"),
        (
            "raise SystemExit\n",
            ", line 1, raises SystemExit: None, which would end the program; raise an error that says",
        ),
        ("raise ValueError('two\\nlines')\n", "raises ValueError: two lines"),
    ],
)
def test_a_broken_script_is_one_sentence_with_the_line(tmp_path, text, sentence):
    path = written(tmp_path, text)
    with pytest.raises(UserError) as refused:
        load_script(path)
    assert str(refused.value).startswith(f"builder script {path}") and sentence in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_sentence_and_an_interrupt_pass_as_they_are(tmp_path):
    with pytest.raises(UserError, match=r"^my own words$"):
        load_script(written(tmp_path, "from polypref import UserError\nraise UserError('my own words')\n"))
    for kind in (KeyboardInterrupt, MemoryError):
        with pytest.raises(kind):
            load_script(written(tmp_path, f"raise {kind.__name__}\n"))


def test_only_python_files_are_scripts(tmp_path):
    with pytest.raises(UserError, match=r"made.txt is not a Python file; a builder script ends in .py"):
        load_script(written(tmp_path, WHOLE, "made.txt"))


def test_how_code_ended_is_short_and_on_one_line():
    assert how_it_ended(ValueError("no")) == "raises ValueError: no"
    assert how_it_ended(ValueError("x" * 400)) == "raises ValueError: " + "x" * 300
    assert how_it_ended(SystemExit("a\nb")) == (
        "raises SystemExit: a b, which would end the program; raise an error that says why"
    )


def test_an_error_whose_text_raises_is_named_all_the_same():
    class Shy(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    assert how_it_ended(Shy("x")) == "raises Shy: (its __str__ raises RuntimeError)"
    assert how_it_ended(SystemExit(Shy())).startswith(
        "raises SystemExit: (its __str__ raises RuntimeError), which would"
    )


def test_the_line_is_the_deepest_one_of_the_file_itself(tmp_path):
    try:
        Path(tmp_path / "missing").read_text("utf-8")
    except OSError as caught:
        error = caught
    assert error.__traceback__ is not None
    assert line_of_error(error, Path(__file__)) == f", line {error.__traceback__.tb_lineno},"
    assert line_of_error(error, tmp_path / "other.py") == ""
    assert line_of_error(ValueError("never raised"), Path(__file__)) == ""


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("/home/me/build.py", True),
        ("<string>", True),
        ("pyarrow/error.pxi", False),
        ("pandas/_libs/missing.pyx", False),
        ("/usr/lib/python3/dist-packages/yaml/__init__.py", False),
        (sys.modules["traceback"].__file__, False),
        (sys.modules["polypref.errors"].__file__, False),
    ],
)
def test_whose_file_it_is(name, own):
    assert is_own_file(name) is own


def test_the_line_is_none_of_a_library_that_is_compiled():
    with pytest.raises(ValueError) as caught:
        pa.array(["x"], pa.float64())
    assert any(frame.filename.endswith(".pxi") for frame in traceback.extract_tb(caught.value.__traceback__))
    assert place_of_error(caught.value) == f"test_loading.py line {caught.tb.tb_lineno}"


def test_an_error_is_placed_in_ones_own_code_wherever_that_lies():
    with pytest.raises(UserError) as caught:
        load_script(Path("nowhere.py"))  # raised in polypref's own code: the last line of one's own called it
    line = caught.tb.tb_lineno
    assert place_of_error(caught.value) == f"test_loading.py line {line}"
    with pytest.raises(SyntaxError) as misspelt:
        compile("a =", "/somewhere/build.py", "exec")
    assert place_of_error(misspelt.value) == "build.py line 1"
    assert place_of_error(ValueError("never raised")) == ""
