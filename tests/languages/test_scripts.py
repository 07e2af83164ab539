"""Scripts of texts, counted by hand."""

import tracemalloc
import unicodedata

import pytest

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
    assert counted("\u3400\u4dbf\u4e00\u9fff\uf900\U00020000\U0002fa1d") == {"Hani": 7}
    assert counted("\uac00\ud7a3") == {"Hang": 2}
    # The extensions G, H, I and J.
    for first, last in ((0x30000, 0x3134A), (0x31350, 0x323AF), (0x2EBF0, 0x2EE5D), (0x323B0, 0x33479)):
        assert counted("".join(map(chr, range(first, last + 1)))) == {"Hani": last - first + 1}
    # A hexagram between two blocks; selectors of variants, private use and the last code point of all.
    assert counted("\u4dc0 \U00033480 \U000e0100 \U000f0000 \U0010ffff") == {}


def test_letters_that_python_does_not_know_yet_count_as_with_a_later_one():
    assert counted("\u0cdc\u0c5c\u1c89\ua7cb\U00010ec2\u0ecf") == dict.fromkeys(
        ("Knda", "Telu", "Cyrl", "Latn", "Arab"), 1
    )


def test_letters_of_formulas_are_letters_of_no_script():
    assert counted("∀x∈ℝ, ℓ, ℵ, 𝔸, 𝛼") == {"Latn": 1}
    assert counted("\u212a\u212b") == {"Latn": 2} and counted("\u2126") == {"Grek": 1}


@pytest.mark.slow
def test_every_letter_counts_in_the_script_that_unicode_gives_it():
    regex = pytest.importorskip("regex")
    script_of = {name: regex.compile(rf"\p{{Script={name}}}") for name in scripts.NAMES if name != "Zzzz"}
    shared = regex.compile(r"[\p{Script=Common}\p{Script=Inherited}]")
    # A closing mark of Japanese; signs of ordinals, which stand beside digits.
    otherwise = {"〆": "Hani", "ª": None, "º": None}
    wrong = {}
    for point in range(0x323B0):
        sign = chr(point)
        if unicodedata.category(sign) in ("Lu", "Ll", "Lt", "Lo"):
            known = next((name for name, script in script_of.items() if script.match(sign)), "Zzzz")
            expected = otherwise.get(sign, None if shared.match(sign) else known)
            if counted(sign) != ({} if expected is None else {expected: 1}):
                wrong[sign] = counted(sign), expected
    assert wrong == {}


def test_texts_are_counted_each_by_itself():
    rows = scripts.counts(["ab", "", "да"])
    assert rows.shape == (3, len(scripts.NAMES)) and rows.sum(axis=1).tolist() == [2, 0, 2]
    assert scripts.counts([]).shape == (0, len(scripts.NAMES))


def test_codes_are_those_of_iso_15924():
    assert [code for code in ("Latn", "latn", "Latm", "Jpan", "Hant", "Qaaa", "") if is_script(code)] == [
        "Latn", "Jpan", "Hant",
    ]  # fmt: skip


def test_letters_of_dense_scripts_count_double():
    assert scripts.letters("Ab é, 12! 👍") == 3
    assert scripts.letters("हिन्दी") == 6
    assert scripts.letters("日本語のテスト, 한국") == 18
    assert scripts.letters("\U000e0041\U0010ffff") == 0  # behind all scripts
    assert scripts.letters("") == 0


def test_letters_of_other_scripts_are_left_in_their_order():
    assert scripts.without("рынок, 市場 market ひ", frozenset({"Cyrl"})) == "市場ひ"
    assert scripts.without("рынок", frozenset()) == "рынок"
    assert scripts.without("", frozenset()) == ""


def test_a_long_text_is_looked_through_in_little_memory():
    text = "я a 市 " * 20_000
    tracemalloc.start()
    try:
        assert scripts.without(text, frozenset({"Cyrl"})) == "市" * 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 * len(text)


def test_texts_count_the_same_in_parts_as_all_at_once(monkeypatch):
    texts = ["Tokio 東京", "", "ル", "рынок", "", "שוק x"]
    together = scripts.counts(texts)
    monkeypatch.setattr(scripts, "_AT_ONCE", 5)
    assert scripts.counts(texts).tolist() == together.tolist()
