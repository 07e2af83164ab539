"""The registry: the 23 languages, names they go by, and adding others."""

import re
import unicodedata
from dataclasses import replace

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.languages import DetectorCodes, Language, files, registry
from polypref.languages.facts import AnswerIn, CloseLanguages, Phrase, TranscriptLabels

TAMIL = Language("ta", "Tamil", "தமிழ்", "tam", ("Taml",), "tam_Taml", DetectorCodes(py3langid=("ta",)))


def test_the_23_languages_of_aya_in_order():
    assert " ".join(languages.AYA_23) == "ar cs de el en es fa fr he hi id it ja ko nl pl pt ro ru tr uk vi zh"
    assert set(languages.AYA_23) <= {language.tag for language in languages.known()}


def test_every_detector_has_a_label_for_every_language():
    for tag in languages.AYA_23:
        codes = languages.get(tag).codes
        assert all((codes.py3langid, codes.langdetect, codes.lingua, codes.glotlid, codes.cld)), tag


def test_directions_and_spaces():
    assert {tag for tag in languages.AYA_23 if languages.get(tag).direction == "rtl"} == {"ar", "fa", "he"}
    assert {tag for tag in languages.AYA_23 if not languages.get(tag).spaces} == {"ja", "zh"}


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
    with pytest.raises(
        UserError, match=r"polypref languages lists those that are known; another is added by --language-"
    ):
        languages.get("qqqqq")


def test_a_registered_language_is_known_and_twice_is_no_harm():
    registered = languages.register(TAMIL)
    languages.register(Language(**{f: getattr(TAMIL, f) for f in TAMIL.__dataclass_fields__}))
    assert languages.get("ta") == languages.resolve("தமிழ்") == registered
    # What it does not say of detectors, their labels do.
    assert registered.codes == DetectorCodes(("ta",), ("ta",), ("ta",), ("tam_Taml",))
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


def test_a_further_language_is_known_by_its_codes_and_names_and_is_not_measured():
    for code in ("yo", "yor", "yor_Latn", "Yoruba", "Èdè Yorùbá"):
        assert languages.resolve(code).tag == "yo"
    yoruba = languages.get("yo")
    assert (yoruba.scripts, yoruba.direction, yoruba.measured) == (("Latn",), "ltr", False)
    assert yoruba.codes == DetectorCodes(("yo",), (), ("yo",), ("yor_Latn",))
    # Nothing is made up.
    assert not (yoruba.refusals or yoruba.close_languages or yoruba.answer_in or yoruba.transcript_labels)
    assert {tag for tag in ("ur", "dv", "ckb", "yi", "sd") if languages.get(tag).direction == "rtl"} == {
        "ur", "dv", "ckb", "yi", "sd",
    }  # fmt: skip
    assert not languages.get("th").spaces and languages.get("sw").spaces
    assert languages.get("de").measured


def test_further_languages_take_no_name_of_others():
    for language in languages.known():
        assert languages.resolve(language.tag) is language
    meant = {"no": "no", "nb": "no", "in": "id", "iw": "he", "zh-Hant": "zh", "cmn": "zh", "arb": "ar", "pes": "fa"}
    assert {code: languages.resolve(code).tag for code in meant} == meant


def test_an_argument_that_there_is_none_of_is_named():
    with pytest.raises(UserError, match=r"^register\(...\) has no argument langauge; did you mean 'language'"):
        languages.register(langauge=TAMIL)


def test_a_registered_language_comes_before_a_further_one():
    own = languages.register(Language("yo", "Yoruba", "Yorùbá", "yor", ("Latn",), "yor_Latn", length_factor=1.1))
    assert languages.get("yo") is languages.resolve("Yoruba") is own
    languages.register(Language("nb", "Norwegian Bokmål", "norsk bokmål", "nob", ("Latn",), "nob_Latn"))
    assert languages.resolve("nb").tag == "nb" and languages.resolve("no").tag == "no"


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("pt-BR", "pt"), ("pt_br", "pt"), ("zh-Hant-TW", "zh"), ("sr-Latn", "sr"), ("sr-Cyrl-RS", "sr"),
        ("zh-yue", "yue"), ("zh-yue-HK", "yue"), ("ar-arz", "arz"), ("de-CH-1996", "de"), ("en_US.UTF-8", "en"),
        ("Portuguese (Brazil)", "pt"), ("Chinese (Traditional)", "zh"), ("Chinese, Simplified", "zh"),
        ("ENGLISH (uk)", "en"), ("English (en)", "en"), ("Spanish (Latin America)", "es"), ("sh", "sr"),
        ("nb-NO", "no"), ("en-IN", "en"), ("id-ID", "id"), ("ko-Kore", "ko"), ("ja-Hira", "ja"), ("ks-Deva", "ks"),
    ],
)  # fmt: skip
def test_regions_scripts_and_variants_are_understood(code, tag):
    assert languages.resolve(code).tag == tag


@pytest.mark.parametrize(
    "code",
    [
        "de-escalation", "it-support", "de-formal", "zh-min-nan", "German (wrong)", "German and more", "x-de", "-",
        "de-", "en-US-GB", "(Brazil)",
    ],
)  # fmt: skip
def test_what_is_no_subtag_is_refused(code):
    with pytest.raises(UserError, match=f"Unknown language {code!r}".replace("(", r"\(").replace(")", r"\)")):
        languages.resolve(code)


@pytest.mark.parametrize(
    ("code", "known"), [("hi-Latn", "in Deva, not in Latn"), ("arb_Latn", "in Arab, not"), ("ja-Latn", "in Jpan, not")]
)
def test_a_language_in_other_letters_is_another_matter_until_it_is_registered(code, known):
    with pytest.raises(UserError, match=known):
        languages.resolve(code)
    languages.register(Language("hi-Latn", "Hinglish", "Hinglish", "", ("Latn",)))
    assert languages.resolve("hi_latn").tag == "hi-Latn" and languages.resolve("hi").tag == "hi"


LOW_GERMAN = Language("nds", "Low German", "Plattdüütsch", "nds", ("Latn",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"aliases": ("German",)}, r"'german' already means German \(de\)"),
        ({"aliases": ("DE",)}, "'de' already means German"),
        ({"aliases": ("de-DE",)}, "'de-de' already means German"),
        ({"aliases": ("English (UK)",)}, r"'english \(uk\)' already means English"),
        # Of those too of which only names, codes and scripts are known.
        ({"aliases": ("Yoruba",)}, r"'yoruba' already means Yoruba \(yo\)"),
        ({"aliases": ("yo-NG",)}, "'yo-ng' already means Yoruba"),
        ({"iso639_3": "yor"}, "'yor' already means Yoruba"),
        ({"name": "yo"}, "'yo' already means Yoruba"),
    ],
)
def test_an_alias_is_nobody_else_s(change, message):
    with pytest.raises(UserError, match=f"Cannot register language 'nds' .*: {message}"):
        languages.register(replace(LOW_GERMAN, **change))


@pytest.mark.parametrize("field", ["name", "native_name"])
def test_a_name_of_another_language_without_a_file_is_not_its_own(field):
    with pytest.raises(UserError, match=r"'irish' already means Irish \(ga\)"):
        languages.register(replace(Language("gv", "Manx", "Gaelg", "glv", ("Latn",)), **{field: "Irish"}))
    assert languages.resolve("Irish").tag == "ga"
    # Of two that are called the same each may be registered.
    assert languages.register(replace(languages.get("tw"), aliases=())).tag == "tw"


def test_a_name_of_its_own_is_taken_from_an_alias_of_a_language_without_a_file():
    assert languages.resolve("Filipino").tag == "tl"
    languages.register(Language("fil", "Filipino", "Filipino", "fil", ("Latn",), "tgl_Latn"))
    assert {name: languages.resolve(name).tag for name in ("Filipino", "fil", "tl", "Tagalog")} == {
        "Filipino": "fil", "fil": "fil", "tl": "tl", "Tagalog": "tl",
    }  # fmt: skip


FORMS = [
    Language("hi-Latn", "Hinglish", "हिन्दी", "hin", ("Latn",)),
    Language("zh-Latn", "Pinyin", "汉语拼音", "zho", ("Latn",)),
    Language("uz-Cyrl-UZ", "Uzbek (Cyrillic)", "Ўзбекча", "uzb", ("Cyrl",), "uzn_Latn"),
    Language("pt-BR", "Brazilian Portuguese", "português", "por", ("Latn",), "por_Latn"),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.tag)
def test_a_tag_with_script_or_region_is_a_language_of_its_own(form):
    base = languages.get(form.tag.partition("-")[0])
    assert languages.register(form).iso639_3 == form.iso639_3
    assert languages.resolve(form.tag.replace("-", "_").upper()).tag == languages.resolve(form.name).tag == form.tag
    # What both go by is the language itself.
    for shared in (base.tag, base.iso639_3, base.flores, base.name, base.native_name):
        assert languages.resolve(shared).tag == base.tag
    with pytest.raises(UserError, match=f"already means {base.name}"):
        languages.register(replace(form, tag=f"{form.tag}-x-y"[:9], name=base.name))


def test_a_longer_tag_is_the_nearest_form_that_is_known():
    for form in FORMS:
        languages.register(form)
    meant = {"hi-Latn-IN": "hi-Latn", "hi-IN": "hi", "uz_UZ@cyrillic": "uz-Cyrl-UZ", "uz-UZ": "uz", "pt-PT": "pt"}
    assert {code: languages.resolve(code).tag for code in meant} == meant


def test_what_is_registered_is_used_in_place_of_a_file_of_the_same_language():
    own = languages.register(replace(languages.get("de"), usual_lead=0.5, aliases=("ger", "Fritzisch")))
    assert languages.get("de") is languages.resolve("German") is languages.resolve("Fritzisch") is own
    with pytest.raises(UserError, match="already means German"):  # once it is registered it stays
        languages.register(replace(own, usual_lead=0.6))


def test_what_a_dataset_brought_along_gives_way_to_a_script():
    languages.register(LOW_GERMAN, adopted=True)
    languages.register(replace(LOW_GERMAN, aliases=("Platt",)))
    assert languages.resolve("Platt").tag == "nds"
    with pytest.raises(UserError, match="already means Low German"):
        languages.register(LOW_GERMAN)


def test_names_in_decomposed_letters_are_the_same():
    for name, tag in (("Français", "fr"), ("한국어", "ko"), ("Čeština", "cs"), ("Tiếng Việt", "vi")):
        assert languages.resolve(unicodedata.normalize("NFD", name)).tag == tag
    assert languages.resolve(unicodedata.normalize("NFD", "French (Réunion)")).tag == "fr"


def test_the_nearest_language():
    near = {code: languages.nearest(code) for code in ("Albanian language", "Elbanian", "hi-Latn", "qqqqqqq")}
    assert {code: one and one.tag for code, one in near.items()} == {
        "Albanian language": "sq", "Elbanian": "sq", "hi-Latn": "hi", "qqqqqqq": None,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [3, None, b"de", ["de"]])
@pytest.mark.parametrize("function", [languages.resolve, languages.get, languages.nearest])
def test_what_is_no_text_is_no_language(function, wrong):
    with pytest.raises(UserError) as caught:
        function(wrong)
    assert str(caught.value) == f"Unknown language {wrong!r}: give its tag, code or name as a text, as in 'he'."


WRONG = [
    ({"iso639_3": "gl"}, "iso639_3 is 'gl'; give an ISO 639-3 code of three letters"),
    ({"flores": "xxa-Latn"}, "flores is 'xxa-Latn'; give a FLORES-200 code"),
    ({"name": " "}, "name is missing"),
    ({"scripts": ("Latin",)}, "scripts has 'Latin'; give ISO 15924 codes"),
    ({"scripts": ()}, "scripts is missing"),
    ({"codes": DetectorCodes(py3langid=("galego",))}, "detectors: py3langid is ['galego']; give labels that py3langid"),
    ({"margins": {"portuguese": 1.0}}, "margins: portuguese is 1.0; give labels that py3langid has"),
    ({"close_languages": CloseLanguages("me", letters="a-z]")}, "letters is 'a-z]'; give letters alone"),
    ({"close_languages": CloseLanguages("me", letters="á", script="Latin")}, "script is 'Latin'; give one of Latn"),
    ({"close_languages": CloseLanguages("me", own=("(a",), patterns=True)}, "own has '(a', which is no regular"),
    ({"close_languages": CloseLanguages("me", other={"german": ("a",)})}, "other: german is 'a'; give words under"),
    ({"close_languages": CloseLanguages("")}, "source is ''; give who wrote it"),
    ({"close_languages": CloseLanguages("me", own=("Unha",))}, "own has 'Unha', which no text can hold"),
    ({"answer_in": AnswerIn("Responde.", "me")}, "give a sentence with {language} once"),
    ({"transcript_labels": TranscriptLabels("me", families={"talk": {"user": ("U",)}})}, "unknown key 'talk'"),
    ({"refusals": (Phrase("refusal", "Síntoo moito", "me", " "),)}, "reviewer is ' '; give the name of the speaker"),
    ({"refusals": (Phrase("refusal", "Síntoo (moito", "me"),)}, "refusals: refusal: ( ) do not pair up, or a | stands"),
    ({"refusals": (Phrase("boilerplate", "un|dous modelos", "me"),)}, "refusals: boilerplate: ( ) do not pair up"),
    ({"refusals": (Phrase("refusal", "IA", "me"),)}, "refusals: refusal: 'IA' has no 4 letters on end that stand fast"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_a_file_may_not_hold_is_refused_before_a_dataset_holds_it(change, message):
    galician = Language("gl", "Galician", "galego", "glg", ("Latn",), "glg_Latn")
    with pytest.raises(UserError, match="^Cannot register language 'gl': .*" + re.escape(message)):
        languages.register(replace(galician, **change))


def test_a_language_without_a_code_of_its_own_is_read_back():
    form = languages.register(Language("hi-Latn", "Hinglish", "Hinglish", "", ("Latn",)))
    assert files.from_mapping("hi-Latn", files.as_mapping(form), "there") == form


def test_a_label_of_another_language_is_refused():
    swiss = Language("gsw", "Swiss German", "Schwiizerdütsch", "gsw", ("Latn",), codes=DetectorCodes(("de",)))
    with pytest.raises(UserError, match=r"detectors: py3langid: 'de' is the label of German \(de\), whose texts would"):
        languages.register(swiss)
    # A form may have those of its language, and one those of what takes it in.
    languages.register(replace(FORMS[3], codes=DetectorCodes(("pt",))))
    languages.register(
        Language("nb", "Norwegian Bokmål", "norsk bokmål", "nob", ("Latn",), codes=DetectorCodes(("no",)))
    )
    assert not [one.tag for one in languages.known() if registry.borrowed_labels(one)]


@pytest.mark.parametrize(
    ("tag", "name", "claim"),
    [
        ("de", "de", 0),  # the tag of one of the 23, and of one that is listed
        ("acm", "acm", 0),
        ("de", "german", 1),
        ("acm", "mesopotamian arabic", 1),
        ("he", "iw", 2),  # an old code of one of the 23
    ],
)
def test_how_far_a_name_is_from_being_a_languages_beyond_doubt(tag, name, claim):
    assert registry._claim(languages.get(tag), name) == claim


def test_a_language_of_ones_own_has_less_of_a_claim_than_those_that_are_known():
    own = languages.Language("xq", "Made up", "Made up", "xqq", ("Latn",), "xqq_Latn")
    assert [registry._claim(own, name) for name in ("xq", "made up", "xqq", "german")] == [3, 3, 3, 5]
