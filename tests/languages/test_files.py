"""Files of languages: what they hold is kept, and each mistake is named with its key."""

import json
import re

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import files, own
from polypref.languages.files import as_mapping, file_of, from_mapping, read_file

CLOSE = {"source": "me"}


def test_files_keep_every_value_when_they_are_written():
    for language in languages.known():
        assert from_mapping(language.tag, json.loads(json.dumps(as_mapping(language))), "there") == language


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nam": "x"}, "unknown key 'nam'; did you mean name?"),
        ({"name": ""}, "name is missing; a language needs name, native_name, iso639_3, scripts"),
        ({"scripts": "Latn"}, "scripts is 'Latn'; give a list of texts"),
        ({"scripts": ["Latin"]}, "scripts has 'Latin'; give ISO 15924 codes"),
        ({"scripts": ["latn"]}, "scripts has 'latn'; give ISO 15924 codes"),
        ({"iso639_3": "gl"}, "iso639_3 is 'gl'; give an ISO 639-3 code of three letters"),
        ({"flores": "glg"}, "flores is 'glg'; give a FLORES-200 code"),
        ({"aliases": [" "]}, "aliases is [' ']; give a list of texts"),
        ({"measured": 3}, "measured is 3, not a table of names and values"),
        ({"measured": {"margins": {"portuguese": 1}}}, "margins: portuguese is 1; give labels that py3langid has"),
        ({"detectors": {"lingua": ["gl"]}}, "detectors: lingua is ['gl']; give labels that lingua has, not 'gl'"),
        ({"close_languages": CLOSE | {"letters": "áé]"}}, "letters is 'áé]'; give letters alone"),
        ({"close_languages": CLOSE | {"letters": "क", "script": "Deva"}}, "script is 'Deva'; give one of Latn, Cyrl"),
        ({"close_languages": CLOSE | {"patterns": True, "own": "(a"}}, "own has '(a', which is no regular expression"),
        (
            {"close_languages": CLOSE | {"patterns": True, "own": "(?P<x>a)"}},
            "'(?P<x>a)'; patterns are joined, so give",
        ),
        ({"close_languages": CLOSE | {"reviewer": "  "}}, "reviewer is '  '; give the name of the speaker"),
        ({"close_languages": CLOSE | {"other": {"Spanish": "a"}}}, "other: Spanish is 'a'; give words under the tag"),
        ({"close_languages": CLOSE | {"other": {"gl": "a"}}}, "other: gl is 'a'; give words under the tag of another"),
        ({"transcript_labels": CLOSE | {"chat": {"usr": ["a"]}}}, "chat: unknown key 'usr'; did you mean user?"),
        (
            {"task_words": CLOSE | {"corrections": ["a"]}},
            "task_words: unknown key 'corrections'; did you mean correction?",
        ),
        (
            {"task_words": CLOSE | {"numbers": ["10 dez", "dez"]}},
            "numbers is ['10 dez', 'dez']; give a list of numbers and",
        ),
        ({"task_words": CLOSE | {"numbers": ["10 dez|"]}}, "numbers is ['10 dez|']; give a list of numbers and"),
        ({"review_sheet": CLOSE | {"better": " "}}, "review_sheet: better is ' '; give a text of at most 1000"),
        ({"review_sheet": CLOSE | {"page": "x" * 1001}}, "give a text of at most 1000 characters, or leave it out"),
        ({"review_sheet": CLOSE | {"hint": "x"}}, "review_sheet: unknown key 'hint'; known are source, reviewer, how"),
        ({"style_cues": CLOSE | {"hedges": ["a"]}}, "style_cues: unknown key 'hedges'; did you mean hedging?"),
        ({"refusals": {"refusal": ["x"]}}, "give groups, each under [[refusals]]"),
        ({"direction": "left"}, "direction is 'left'; give ltr or rtl"),
        ({"joshi_class": 6}, "joshi_class is 6; give a class from 0 to 5"),
        ({"measured": {"length_factor": 0}}, "measured: length_factor is 0; give a number above 0"),
        ({"answer_in": {"sentence": "x", "source": "me"}}, "give a sentence with {language} once"),
        ({"answer_in": {"sentence": "x {language}"}}, "source is missing; give who wrote it"),
        ({"refusals": [{"refusal": ["x"]}]}, "refusals, group 1: source is missing"),
        ({"detectors": {"py3lang": ["x"]}}, "detectors: unknown key 'py3lang'; did you mean py3langid?"),
    ],
)
def test_mistakes_in_a_file_are_named(change, message):
    given = {"name": "Galician", "native_name": "galego", "iso639_3": "glg", "scripts": ["Latn"]}
    assert from_mapping("gl", given, "gl.toml").name == "Galician"
    with pytest.raises(UserError, match="gl.toml: .*" + re.escape(message)):
        from_mapping("gl", given | change, "gl.toml")


def test_a_file_adds_to_what_is_known_of_a_further_language(tmp_path):
    further = files.further()["yo"]
    (tmp_path / "yo.toml").write_text('joshi_class = 2\naliases = ["Yorubá"]\n', "utf-8")
    yoruba = read_file(str(tmp_path), "yo", further)
    assert (yoruba.name, yoruba.flores, yoruba.joshi_class) == ("Yoruba", "yor_Latn", 2)
    assert yoruba.aliases == (*further.aliases, "Yorubá")
    with pytest.raises(UserError, match=r"yo\.toml: name is missing"):
        read_file(str(tmp_path), "yo")


def test_a_file_that_is_none_is_named(tmp_path):
    (tmp_path / "gl.toml").write_text("name = Galician", "utf-8")
    with pytest.raises(UserError, match=r"gl\.toml cannot be read: Invalid value \(at line 1"):
        read_file(str(tmp_path), "gl")
    with pytest.raises(UserError, match=r"pt\.toml cannot be read: .*No such file"):
        read_file(str(tmp_path), "pt")
    for name in ("galician", "GL", "gl copy"):
        with pytest.raises(UserError, match=rf"{name}\.toml: the file's name is no language tag"):
            read_file(str(tmp_path), name)


def test_texts_are_composed_and_words_of_dialogues_are_kept():
    given = {"name": "e\u0301", "native_name": "x", "iso639_3": "xxx", "scripts": ["Latn"]}
    given |= {"transcript_labels": CLOSE | {"dialogue_words": ["diálog"], "chat": {"user": ["U"]}}}
    language = from_mapping("qaa", given, "there")
    assert language.name == "\u00e9"
    assert language.transcript_labels.dialogue_words == ("diálog",)
    assert from_mapping("qaa", as_mapping(language), "there") == language


def test_what_a_review_sheet_says_may_be_known_in_part():
    given = {"name": "Galician", "native_name": "galego", "iso639_3": "glg", "scripts": ["Latn"]}
    language = from_mapping("gl", given | {"review_sheet": CLOSE | {"comment": "se queres: por que"}}, "there")
    assert language.review_sheet.comment == "se queres: por que"
    assert language.review_sheet.how == "how to fill this in"
    assert from_mapping("gl", as_mapping(language), "there") == language


def test_the_place_of_what_is_known_is_said():
    assert file_of("de").endswith("de.toml") and file_of("yo").endswith("further_languages.tsv")


def test_a_byte_order_mark_and_a_key_that_yaml_reads_as_false_are_named(tmp_path):
    (tmp_path / "gl.toml").write_text('\ufeffname = "Galician"', "utf-8")
    with pytest.raises(UserError, match=r"gl\.toml begins with a byte order mark; save it as UTF-8 without one"):
        read_file(str(tmp_path), "gl")
    norwegian = {"name": "Norwegian", "native_name": "norsk", "iso639_3": "nor", "scripts": ["Latn"]}
    sentence = "is False, as YAML reads no, off, yes and on; put it in quotes: 'no'"
    with pytest.raises(UserError, match=f"^own_languages: a tag {sentence}"):
        own.register_all({False: norwegian}, "own_languages")
    with pytest.raises(UserError, match=f"^there: close_languages: other: a key {sentence}"):
        from_mapping("da", norwegian | {"close_languages": CLOSE | {"other": {False: "ikke"}}}, "there")
