"""Words that name a class of one's own: what they look like, where modules come from, what is left as it was."""

import sys

import pytest

from polypref.errors import UserError
from polypref.scripting import own_classes


@pytest.mark.parametrize("word", ["my_judges:Polite", "lab.judges:Polite", "módulo:Название"])
def test_words_that_name_a_class(word):
    assert own_classes.names_own_class(word)


@pytest.mark.parametrize(
    "word",
    *[["", "llm", ":Polite", "a:", "a:b:c", "a.:B", ".a:B", "a b:C", "http://h:1", "localhost:8000", "C:\\x", "u:p@h"]],
)
def test_words_that_do_not(word):
    assert not own_classes.names_own_class(word)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module into a folder, and forgets it afterwards."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    written, before = [], dict(sys.modules)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
        written.append(name)
        return tmp_path

    yield write
    for name in written:
        sys.modules.pop(name, None)
        if name in before:
            sys.modules[name] = before[name]


def test_the_working_folder_is_looked_through_where_no_other_is_named(module, monkeypatch):
    folder = module("own_here", "class One: pass")
    with pytest.raises(UserError, match="there is no module own_here"):
        own_classes.own_class("own_here:One", "judge")
    monkeypatch.chdir(folder)
    assert own_classes.own_class("own_here:One", "judge").__name__ == "One"


def test_what_is_installed_goes_before_the_folder_and_that_is_said(module):
    folder, words = module("textwrap", "class One: pass"), r"textwrap\.py is hidden by the module textwrap of"
    with own_classes.modules_from(folder), pytest.raises(UserError, match=words):
        own_classes.own_class("textwrap:One", "judge")


def test_a_module_of_the_same_name_in_another_folder_is_not_taken_for_it(module, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "own_twice.py").write_text("class One: pass", "utf-8")
    folder = module("own_twice", "class One: pass")
    with own_classes.modules_from(folder):
        own_classes.own_class("own_twice:One", "judge")
    with own_classes.modules_from(folder / "other"), pytest.raises(UserError, match=r"own_twice\.py is hidden by"):
        own_classes.own_class("own_twice:One", "judge")


def test_the_path_is_as_before_whatever_the_module_does(module, tmp_path):
    before = list(sys.path)
    folder = module("own_bad", "import sys\nsys.path.append('/added')\nraise SystemExit(3)")
    with own_classes.modules_from(folder), pytest.raises(UserError, match=r"own_bad\.py line 3, raises SystemExit: 3"):
        own_classes.own_class("own_bad:One", "judge")
    # What the module itself added is its own affair.
    assert sys.path == [*before, "/added"]
    sys.path.remove("/added")


def test_stored_settings_name_no_class_but_words_given_beside_them_do(module):
    folder = module("own_beside", "class One: pass\nclass Two: pass")
    with own_classes.modules_from(folder), own_classes.stored_settings(folder, "own_beside:One as NAME", None):
        assert own_classes.own_class("own_beside:One", "backend").__name__ == "One"
        with pytest.raises(UserError, match=r"name code, own_beside:Two, as judge; .* \(config= or --config\)"):
            own_classes.own_class("own_beside:Two", "judge")
    with own_classes.modules_from(folder), own_classes.stored_settings(None):
        assert own_classes.own_class("own_beside:Two", "judge").__name__ == "Two"


def test_settings_of_a_class_that_takes_any_are_not_looked_at():
    mapping = own_classes.instance_of(dict, "it", {"a": 1})
    assert mapping == {"a": 1}
    with pytest.raises(UserError, match="it raises TypeError: "):
        own_classes.instance_of(lambda a, /, **more: a, "it", {"a": 1})


def test_memory_that_is_short_is_nobodys_fault():
    with pytest.raises(MemoryError), own_classes.in_one_sentence("it"):
        raise MemoryError
