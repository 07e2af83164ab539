"""What is proposed for names and codes that no language goes by."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref import languages
from polypref.errors import UserError
from polypref.languages.registry import by_name
from polypref.languages.suggestions import likely_meant, several


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        # Countries' codes, by the language that CLDR gives for the country.
        ("cz", ["cs"]), ("gr", ["el"]), ("dk", ["da"]), ("at", ["de"]), ("vn", ["vi"]),
        # Codes of languages that are not known here: what their speakers mostly read, and never the country.
        ("gsw", ["de"]), ("br", []), ("se", []), ("tlh", []), ("xx", []),
        ("Portugese", ["pt"]), ("Germann", ["de"]), ("Elbanian", ["sq"]), ("flemish", []), ("brazilian", []),
        ("chinese simplified", ["zh"]), ("Swiss German", ["de"]), ("Albanian language", ["sq"]),
        ("Sètswana", ["tn"]), ("íslënska", ["is"]),
        # Cut short; two letters changed about, in codes that are too short to be spelt alike.
        ("jap", ["ja"]), ("portug", ["pt"]), ("hbe", ["he"]), ("ed", ["de"]), ("qqx", []),
        ("pt-XX", ["pt"]), ("it.support", []), ("de-escalation", []), ("hi-Latn", ["hi"]),
    ],
)  # fmt: skip
def test_the_likeliest_come_first(name, tags):
    assert [one.tag for one in likely_meant(name, by_name())] == tags


@pytest.mark.parametrize("name", ["de,fr", "German; French", "de fr", "de/fr", "German and French"])
def test_a_list_of_languages_is_said_to_be_one(name):
    assert [one.tag for one in several(name, by_name())] == ["de", "fr"]
    with pytest.raises(UserError, match=r"it lists 2 languages \(de, fr\), and one is wanted; several have commas"):
        languages.resolve(name)


@settings(max_examples=200, deadline=None)
@given(some.text(max_size=12) | some.text("de-_,.@?X /", max_size=8))
def test_any_name_is_a_language_or_one_sentence(name):
    try:
        assert languages.resolve(name)
    except UserError as error:
        assert "\n" not in str(error)
    languages.nearest(name)


def test_one_name_or_a_list_with_an_unknown_one_is_no_list():
    assert several("German", by_name()) == several("de,xx", by_name()) == []
