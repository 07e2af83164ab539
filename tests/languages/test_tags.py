"""Tags taken apart, and what is refused as one."""

import pytest

from polypref.languages.tags import Tag, is_private, parse_tag, place_code, split_name


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("pt-BR", Tag("pt", "", "BR")), ("zh_Hant_TW", Tag("zh", "Hant", "TW")), ("zh-yue", Tag("yue", "")),
        ("iw", Tag("he", "")), ("en_US.UTF-8", Tag("en", "", "US")), ("de_AT.iso88591@euro", Tag("de", "", "AT")),
        ("sr_RS@latin", Tag("sr", "Latn", "RS")), ("sq-XK", Tag("sq", "", "XK")), ("es-419", Tag("es", "", "419")),
    ],
)  # fmt: skip
def test_a_tag_is_taken_apart(text, tag):
    assert parse_tag(text) == tag


@pytest.mark.parametrize(
    "text",
    ["it.support", "fr.mp3", "de.zip", "de@home", "pt-XX", "pt-ZZ", "pt-AA", "pt-Qaaa", "de,fr", "de fr", "de/fr", ""],
)
def test_what_is_no_tag_is_none(text):
    assert parse_tag(text) is None


def test_the_forms_of_a_tag_go_from_all_it_says_to_the_language():
    assert parse_tag("uz-cyrl-uz").forms == ("uz-Cyrl-UZ", "uz-Cyrl", "uz-UZ", "uz")
    assert parse_tag("uz").forms == ("uz",)


def test_a_name_and_its_place_are_cut_in_two_but_not_two_codes():
    assert split_name("Portuguese (Brazil)") == ("portuguese", "brazil")
    assert split_name("Chinese, Traditional") == ("chinese", "traditional")
    assert split_name("de,fr") is None and split_name("English, uk") is None
    assert split_name("Portuguese") is None


def test_places_are_known_by_name_and_code():
    assert [place_code(name) for name in ("Brazil", "br", "cyrillic", "escalation")] == ["BR", "BR", "Cyrl", ""]


def test_regions_of_private_use_are_none():
    private = [code for code in ("xx", "xk", "zz", "qm", "ql", "de") if is_private(code)]
    assert private == ["xx", "zz", "qm"]
