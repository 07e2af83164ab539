"""Writes what the 23 languages call all known ones, with inflected forms by stem: polypref/data/language_names.json.

    pip install language_data && python benchmarks/languages/names.py

Names are Unicode CLDR's, as language_data gives them; a name in Latin letters that CLDR lacks is the English one. Forms
are made by the rules below (RULES: the longest fitting ending -> what may stand in its place), further names are listed
(FURTHER); both are machine-written and unreviewed. `*` lets a name go on for up to four letters.
"""

import json
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from langcodes import Language as Code

from polypref import languages

DATA = Path(str(resources.files("polypref"))) / "data"
RULES: dict[str, dict[str, str]] = {
    "ar": {"ية": "ي*"},
    "cs": {"ština": "štin* sk*", "čtina": "čtin* ck*", "čina": "čin* ck*", "ina": "in*"},
    "de": {"": ". e en er es em"},
    "el": {"ά": "*"},
    "es": {"és": "és es*", "án": "án an*", "o": "o a os as", "": ". a"},
    "fr": {"": "*"},
    "he": {"ית": "ית י"},
    "it": {"ese": "ese esi", "o": "o a i e hi he"},
    "nl": {"": ". e"},
    "pl": {"ki": "k*"},
    "pt": {"ês": "ês es*", "ão": "ão ã", "o": "o a os as", "": ". a"},
    "ro": {"ă": "*"},
    "tr": {"": "*"},
    "ru": {"ий": "*", "ит": "ит*"},
    "uk": {"ська": "ськ*", "цька": "цьк*", "зька": "зьк*", "ит": "ит*"},
    "zh": {"语": "语 文", "語": "語 文"},
}
FURTHER: dict[str, dict[str, str]] = {
    "ar": {"en": "انكليزي* انجليزي*"},
    "cs": {"de": "německ*", "hi": "hindsk*", "nl": "holandsk*"},
    "de": {"fa": "farsi", "nl": "holländisch", "zh": "mandarin"},
    "en": {"es": "castilian", "fa": "farsi", "zh": "mandarin"},
    "es": {"es": "castellano", "nl": "holandés", "zh": "mandarín"},
    "fr": {"es": "castillan", "zh": "mandarin"},
    "hi": {"el": "ग्रीक", "en": "इंग्लिश", "es": "स्पैनिश", "fr": "फ़्रांसीसी", "it": "इटालियन"},
    "id": {"cs": "Ceko", "nl": "Belanda", "pl": "Polandia", "zh": "Mandarin Cina China"},
    "it": {"nl": "neerlandese", "zh": "mandarino"},
    "ja": {"en": "英文 英訳", "ja": "和訳 邦訳", "zh": "中文"},
    "ko": {"en": "영문", "ko": "한글 우리말", "tr": "터키어", "zh": "중문"},
    "nl": {"pt": "Portugese", "zh": "Chinese"},
    "pl": {"nl": "holendersk*"},
    "pt": {"cs": "checo", "nl": "neerlandês", "pl": "polaco"},
    "ro": {"nl": "olandez*"},
    "ru": {"nl": "голландск*"},
    "tr": {"id": "Endonezyaca", "nl": "Hollandaca", "pl": "Polonyaca", "tr": "Türkçe", "ar": "Arapça"},
    "uk": {"nl": "голландськ*", "ru": "московськ*"},
    "vi": {"it": "tiếng_Ý", "ko": "tiếng_Hàn_Quốc", "uk": "tiếng_Ukraine", "zh": "tiếng_Trung_Quốc tiếng_Hoa"},
    "zh": {"en": "英文", "zh": "汉语 漢語 国语 國語 普通话", "ja": "日文", "ko": "韩文 韓文"},
}
# Words that mean something else far more often: about (Arabic), a fund (Turkish), a stock of goods (Hebrew).
OTHER_WORDS = {"ar": {"شان"}, "he": {"מלאי"}, "tr": {"Fon"}}
# What a name begins or ends with that is none of it.
PREFIXES = {"ar": "ال", "id": "bahasa "}
SUFFIXES = {"tr": " dili"}


def main() -> None:
    tags = sorted({language.tag for language in languages.known()})
    names = {shown: names_in(shown, tags) for shown in languages.AYA_23}
    text = json.dumps(names, ensure_ascii=False, indent=0, sort_keys=True)
    (DATA / "language_names.json").write_text(text + "\n", "utf-8")
    print(len(tags), "languages;", version("langcodes"), version("language_data"))


def names_in(shown: str, tags: list[str]) -> dict[str, str]:
    """Tag -> the forms of the language's names in one language, separated by bars."""
    forms_by_tag = {}
    for tag in tags:
        displays = (shown, "zh-Hant") if shown == "zh" else (shown,)
        plain = [Code.get(tag).display_name(display) for display in displays]
        english = Code.get(tag).display_name("en")
        # What CLDR does not name is given in English, or by its code.
        usable = [one for one in plain if "[" not in one and "(" not in one and (one != english or is_latin(shown))]
        listed = FURTHER.get(shown, {}).get(tag, "").split()
        forms = [form for one in usable for form in forms_of(one, shown)]
        forms += [form for one in listed for form in ([one] if "*" in one else forms_of(one.replace("_", " "), shown))]
        forms = [form for form in forms if form.rstrip("*") not in OTHER_WORDS.get(shown, ())]
        if forms:
            forms_by_tag[tag] = "|".join(dict.fromkeys(forms))
    return forms_by_tag


def is_latin(tag: str) -> bool:
    return languages.get(tag).scripts[0] == "Latn"


def forms_of(name: str, shown: str) -> list[str]:
    name = name.removeprefix(PREFIXES.get(shown, "")).removesuffix(SUFFIXES.get(shown, ""))
    rules = RULES.get(shown, {})
    for ending in sorted(rules, key=len, reverse=True):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return [f"{stem}{one}".replace(".", "") for one in rules[ending].split()]
    return [name]


if __name__ == "__main__":
    main()
