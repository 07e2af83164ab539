"""Evaluation sets as they are declared: in sets.toml, in a config, by a name, a file or a Hub dataset."""

import tomllib
from importlib.resources import files

import pytest
import yaml

from polypref import languages
from polypref.errors import UserError
from polypref.evaluation.inputs import packaged_tables, sets


def test_every_named_set_can_be_declared_and_names_known_languages():
    for name in sets.names():
        found_set = sets.find_set(name)
        assert found_set.licence != "unknown" and found_set.note
        assert all(tag in languages.AYA_23 for tag in found_set.languages)
    assert len(sets.find_set("xlsum").languages) == 15 == len(sets.find_set("xlsum").instructions)
    raw = tomllib.loads((files("polypref") / "data" / "evaluation" / "sets.toml").read_text("utf-8"))
    assert all(one["revision"] == "" or len(one["revision"]) == 40 or "/" in one["revision"] for one in raw.values())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("m-arenahard", "did you mean m-arena-hard?"),
        ("./gone.jsonl", "neither a file or folder here"),
        ({"set": "dolly", "pompt": "inputs"}, "unknown key pompt"),
        ({"name": "x"}, "one of repo, path and rows"),
        ({"path": "a", "repo": "b/c", "name": "x"}, "one of repo, path and rows"),
        ({"path": "a", "name": "x", "languages": ["xx"]}, "Unknown language 'xx'"),
        ({"path": "a", "name": "x", "instructions": {"de": "Fass zusammen."}}, "no {text}"),
    ],
)
def test_declarations_that_mean_nothing(asked, message):
    with pytest.raises(UserError, match=message.replace("?", r"\?").replace("{", r"\{")):
        sets.find_set(asked)


def test_a_named_set_with_other_fields_keeps_the_rest():
    changed = sets.find_set({"set": "dolly", "languages": "German, no", "revision": "v2"})
    assert (changed.languages, changed.revision) == (("de", "no"), "v2")
    assert changed.configs["ar"] == "dolly_human_edited"
    bundled = sets.find_set({"set": "quickstart", "name": "questions"})
    assert bundled.name == "questions" and bundled.rows is not None


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"languages": 5}, "evaluation set: languages: 5 names no languages"),
        ({"languages": ["de", 5]}, "names no languages"),
        ({"parallel": "no"}, "evaluation set: a key does not fit: parallel is 'no', not true or false"),
        ({"instructions": "Sum up."}, "instructions is 'Sum up.', not an object"),
        ({"prompt": 3}, "prompt is 3, not text"),
    ],
)
def test_values_that_do_not_fit_are_named(more, message):
    for asked in ({"path": "a", "name": "x"}, {"set": "dolly"}):
        with pytest.raises(UserError, match=message):
            sets.find_set(asked | more)


@pytest.fixture
def table(monkeypatch):
    """Puts a text in the place of sets.toml."""
    sets._declared.cache_clear()
    yield lambda text: monkeypatch.setattr(packaged_tables, "packaged_text", lambda *_: text)
    sets._declared.cache_clear()


WHERE = "polypref/data/evaluation/sets.toml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[sky]\nrepo = "org/sky"', f"{WHERE}: set 'sky' has no languages; list the tags"),
        ('sky = "org/sky"', f"{WHERE}: set 'sky' is no table"),
        ('[sky]\nrepo = "org/sky"\nlanguages = ["de"]\npompt = "q"', f"{WHERE}: set 'sky': unknown key pompt"),
        ('[sky]\nrepo = "org/sky"\nlanguages = "de"', f"{WHERE}: set 'sky': a key does not fit: languages is 'de'"),
        ("[sky", f"{WHERE} is no TOML"),
    ],
)
def test_a_table_that_declares_no_set_is_one_sentence(table, text, message):
    table(text)
    with pytest.raises(UserError, match=message):
        sets.find_set("sky")


def test_a_set_that_a_table_declares(table):
    table('[sky]\nrepo = "org/sky"\nlanguages = ["de", "gl"]\nprompt = "question"')
    assert sets.find_set("sky") == sets.EvaluationSet("sky", repo="org/sky", languages=("de", "gl"), prompt="question")
    assert sets.names() == ("sky", "quickstart")


@pytest.mark.parametrize("column", ["frage", "no", "Frage: kurz", 'say "x"', "پرسش\u200cها", "7", "=de"])
def test_the_line_of_a_config_is_read_as_the_set_with_its_columns(tmp_path, column):
    path = tmp_path / "own set, 1.jsonl"
    path.write_text("{}\n", "utf-8")
    declared = sets.find_set(str(path))
    (asked,) = yaml.safe_load(sets.config_line(declared, {"language": column}))["sets"]
    assert sets.find_set(asked).language == column and sets.find_set(asked).path == str(path)


def test_a_set_that_goes_by_a_name_is_named_in_that_line():
    assert sets.config_line(sets.find_set("dolly"), {"prompt": "x"}) == "sets: [{set: dolly, prompt: x}]"
    assert sets.config_line(sets.quickstart(), {"prompt": "x"}) == "sets: [{set: quickstart, prompt: x}]"
    assert sets.config_line(sets.find_set("org/name"), {"prompt": "x"}) == "sets: [{repo: org/name, prompt: x}]"
