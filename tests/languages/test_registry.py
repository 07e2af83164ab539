"""The registry: the 23 languages, names they go by, and adding others."""

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import DetectorCodes, Language
from polypref.languages.scripts import members


@pytest.fixture(autouse=True)
def registry_as_it_was():
    before = dict(languages.registry._known)
    yield
    languages.registry._known.clear()
    languages.registry._known.update(before)


TAMIL = Language("ta", "Tamil", "தமிழ்", "tam", ("Taml",), "tam_Taml", DetectorCodes(py3langid=("ta",)))


def test_the_23_languages_of_aya_in_order():
    assert " ".join(languages.AYA_23) == "ar cs de el en es fa fr he hi id it ja ko nl pl pt ro ru tr uk vi zh"
    assert [language.tag for language in languages.known()] == list(languages.AYA_23)


def test_every_detector_has_a_label_for_every_language():
    for tag in languages.AYA_23:
        codes = languages.get(tag).codes
        assert all((codes.py3langid, codes.langdetect, codes.lingua, codes.glotlid, codes.cld)), tag


def test_directions_and_spaces():
    assert {tag for tag in languages.AYA_23 if languages.get(tag).direction == "rtl"} == {"ar", "fa", "he"}
    assert {tag for tag in languages.AYA_23 if not languages.get(tag).spaces} == {"ja", "zh"}


def test_scripts_stand_for_plain_scripts():
    assert members(languages.get("zh").scripts) == {"Hani"}
    assert members(languages.get("ja").scripts) == {"Hani", "Hira", "Kana"}
    assert members(languages.get("ko").scripts) == {"Hani", "Hang"}
    assert members(languages.get("uk").scripts) == {"Cyrl"}


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("deu", "de"), ("GER", "de"), ("German", "de"), ("Deutsch", "de"), ("spa_Latn", "es"), ("arb_Arab", "ar"),
        ("pes", "fa"), ("Farsi", "fa"), ("עברית", "he"), ("iw", "he"), ("ΕΛΛΗΝΙΚΆ", "el"), ("pt-BR", "pt"),
        ("zh_TW", "zh"), ("zho_Hant", "zh"), ("cmn", "zh"), ("中文", "zh"), (" uk ", "uk"),
    ],
)  # fmt: skip
def test_codes_and_names_are_resolved(code, tag):
    assert languages.resolve(code).tag == tag


def test_an_unknown_name_gets_the_nearest_known():
    with pytest.raises(UserError, match=r"Unknown language 'Germann': the nearest known are de \(German\)"):
        languages.resolve("Germann")
    with pytest.raises(UserError, match=r"Unknown language tag 'English'.*en \(English\)"):
        languages.get("English")


def test_an_unknown_code_with_nothing_near_gets_all_known():
    with pytest.raises(UserError, match=r"known are ar \(Arabic\).*zh \(Chinese\); others are added with"):
        languages.get("qqqqq")


def test_a_registered_language_is_known_and_twice_is_no_harm():
    assert languages.register(TAMIL) is TAMIL
    languages.register(Language(**{f: getattr(TAMIL, f) for f in TAMIL.__dataclass_fields__}))
    assert languages.get("ta") == languages.resolve("தமிழ்") == TAMIL
    assert "ta" not in languages.AYA_23


def test_a_tag_or_name_that_is_taken_is_refused():
    other = Language("de", "Plattdeutsch", "Plattdüütsch", "nds", ("Latn",), "nds_Latn")
    with pytest.raises(UserError, match=r"'de' already means German \(de\)"):
        languages.register(other)
    with pytest.raises(UserError, match=r"'farsi' already means Persian"):
        languages.register(Language("prs", "Dari", "دری", "prs", ("Arab",), "prs_Arab", aliases=("Farsi",)))
    languages.register(TAMIL)
    with pytest.raises(UserError, match="already means Tamil"):
        languages.register(Language("ta", "Tamil", "தமிழ்", "tam", ("Taml",), "tam_Taml", direction="rtl"))


def test_py3langid_knows_the_labels():
    from polypref.languages.detectors import py3langid_labels

    known = set(py3langid_labels())
    assert {label for tag in languages.AYA_23 for label in languages.get(tag).codes.py3langid} <= known
