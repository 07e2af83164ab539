"""Scripts of texts, counted by hand."""

from polypref import languages
from polypref.languages import scripts
from polypref.languages.scripts import is_script, members


def counted(text: str) -> dict[str, int]:
    (row,) = scripts.counts([text])
    return {name: int(number) for name, number in zip(scripts.NAMES, row, strict=True) if number}


def test_scripts_stand_for_plain_scripts():
    assert members(languages.get("zh").scripts) == {"Hani"}
    assert members(languages.get("ja").scripts) == {"Hani", "Hira", "Kana"}
    assert members(languages.get("ko").scripts) == {"Hani", "Hang"}
    assert members(languages.get("uk").scripts) == {"Cyrl"}


def test_letters_and_vowel_signs_are_counted_and_nothing_else():
    assert counted("Ab é, 12! 👍") == {"Latn": 3}
    assert counted("हिन्दी") == {"Deva": 6}
    assert counted("日本語のテスト") == {"Hani": 3, "Hira": 1, "Kana": 3}
    assert counted("한국 한자漢字") == {"Hang": 4, "Hani": 2}
    assert counted("ＡＢ") == {"Latn": 2}  # fullwidth
    assert counted("ᚠ") == {"Zzzz": 1}  # a rune: a script that is not told apart
    assert counted("") == {}


def test_the_ends_of_blocks_and_what_lies_beyond_all_of_them():
    assert counted("\u3400\u4dbf\u4e00\u9fff\uf900\U00020000\U00031fff") == {"Hani": 7}
    assert counted("\uac00\ud7a3") == {"Hang": 2}
    # A hexagram between two blocks; selectors of variants, private use and the last code point of all.
    assert counted("\u4dc0 \U00032000 \U000e0100 \U000f0000 \U0010ffff") == {}


def test_texts_are_counted_each_by_itself():
    rows = scripts.counts(["ab", "", "да"])
    assert rows.shape == (3, len(scripts.NAMES)) and rows.sum(axis=1).tolist() == [2, 0, 2]
    assert scripts.counts([]).shape == (0, len(scripts.NAMES))


def test_codes_are_those_of_iso_15924():
    assert [code for code in ("Latn", "latn", "Latm", "Jpan", "Hant", "Qaaa", "") if is_script(code)] == [
        "Latn", "Jpan", "Hant",
    ]  # fmt: skip
