"""Languages that an option of a command adds, and how commands and scripts that are printed name them again."""

import shlex

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import CloseLanguages, DetectorCodes, Language, options, own, registry
from polypref.languages.suggestions import option_for


def taken(*words: str) -> dict[str, object]:
    """What the option adds, known from then on."""
    described = options.described(words)
    own.register_all(described, "--language-name")
    return dict(described)


def test_a_name_is_enough_where_unicode_knows_the_script():
    taken("qu=Quechua", "nqo=N'Ko")
    quechua = languages.get("qu")
    assert (quechua.name, quechua.native_name, quechua.iso639_3, quechua.scripts) == (
        "Quechua", "Quechua", "que", ("Latn",),
    )  # fmt: skip
    assert languages.resolve("que") == languages.resolve("quechua") == quechua
    # The script says the direction: N'Ko is written from right to left.
    assert (languages.get("nqo").scripts, languages.get("nqo").direction) == (("Nkoo",), "rtl")


def test_a_code_of_three_letters_is_the_tag_of_the_language_that_it_means():
    assert list(taken("que=Quechua")) == ["qu"]


def test_a_script_in_the_tag_is_the_languages():
    taken("qu-Cyrl=Cyrillic Quechua")
    assert languages.get("qu-Cyrl").scripts == ("Cyrl",)


def test_a_language_of_no_known_script_wants_it_said():
    with pytest.raises(UserError) as caught:
        taken("aiw=Aari")
    sentence = str(caught.value)
    assert "in which script aiw is written is not known here" in sentence
    example = shlex.split(sentence.partition("as in --language-name ")[2])[0]
    taken(example)
    assert languages.get("aiw") == Language("aiw", "Aari", "Aari", "aiw", ("Latn",))


def test_braces_hold_the_keys_of_a_languages_file():
    taken("aiw={name: Aari, native_name: Aaraf, scripts: [Arab, Latn], aliases: [Ari]}")
    assert languages.get("aiw") == Language(
        "aiw", "Aari", "Aaraf", "aiw", ("Arab", "Latn"), direction="rtl", aliases=("Ari",)
    )


def test_a_language_that_is_known_by_the_name_stays_as_it_is():
    assert taken("am=Amharic", "de=Deutsch") == {}
    assert registry.registered() == ()


def test_one_that_a_dataset_brought_along_stays_by_its_name_and_goes_by_another():
    own.adopt({"qu": {"name": "Quechua", "native_name": "Runasimi", "iso639_3": "que", "scripts": ["Latn"]}}, "record")
    assert taken("qu=Quechua") == {} and languages.get("qu").native_name == "Runasimi"
    taken("qu=Runa")
    assert languages.get("qu").name == "Runa"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Quechua"], "'Quechua': write TAG=NAME, as in --language-name qu=Quechua"),
        (["qu="], "'qu=': write TAG=NAME"),
        (["=Quechua"], "'=Quechua': write TAG=NAME"),
        (["qu=Quechua", "que=Runasimi"], "--language-name names qu twice"),
        (
            ["am=Amarinya"],
            "'am=Amarinya': am is known, as Amharic; leave the option out, or",
        ),
        (["qu=German"], "Cannot register language 'qu' (German): 'german' already means German (de)"),
        (["qu={nam: Quechua, name: Quechua}"], "unknown key 'nam'; did you mean name?"),
        (["qu={name: Quechua"], "cannot read --language-name"),
        (["qu={scripts: [Latn]}"], "name is missing"),
        (["aiw={name: Aari, scripts: [Latin]}"], "scripts has 'Latin'; give ISO 15924 codes"),
    ],
)
def test_what_describes_no_language_is_refused(words, sentence):
    with pytest.raises(UserError) as caught:
        taken(*words)
    assert sentence in str(caught.value)


WHOLE = Language(
    "aiw", "Aari", "Aaraf", "aiw", ("Arab",), direction="rtl", aliases=("Ari",), usual_lead=0.5,
    close_languages=CloseLanguages("me", own=("baki", "dooni"), other={"am": ("new",)}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "option"),
    [
        (Language("qu", "Quechua", "Quechua", "que", ("Latn",)), "--language-name qu=Quechua"),
        (Language("quz", "Cusco Quechua", "Cusco Quechua", "quz", ("Latn",)), None),
        (Language("nqo", "N'Ko", "N'Ko", "nqo", ("Nkoo",), direction="rtl"), None),
        (Language("qu", "{Q}", "{Q}", "que", ("Latn",)), None),
        (Language("mine", "My Own", "Mine", "", ("Latn",)), None),
        (WHOLE, None),
    ],
)
def test_what_is_printed_makes_the_same_language_in_a_command_and_in_a_script(language, option):
    known = languages.register(language)
    printed = options.as_options([known])
    assert option is None or printed == f" {option}"
    line = options.in_script(known)
    registry._registered.clear()
    _, word = shlex.split(printed)
    taken(word)
    assert registry.registered() == (known,)
    registry._registered.clear()
    exec(line, {"languages": languages})
    assert registry.registered() == (known,)


def test_labels_that_follow_from_the_codes_are_not_printed():
    known = languages.register(Language("qu", "Quechua", "Quechua", "que", ("Latn",)))
    assert known.codes == DetectorCodes(py3langid=("qu",))
    assert options.in_script(known) == (
        'languages.register(languages.Language("qu", "Quechua", "Quechua", "que", ("Latn",)))'
    )


def test_the_option_that_a_sentence_offers_has_what_is_known_of_its_value():
    with pytest.raises(UserError, match="another is added by --language-name qu=NAME of a command"):
        languages.resolve("que")
    assert [option_for(code).removeprefix("--language-name ") for code in ("aiw", "Aari people", "a;b", "")] == [
        "aiw=NAME", "'TAG=Aari people'", "TAG=NAME", "TAG=NAME",
    ]  # fmt: skip
