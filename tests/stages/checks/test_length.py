"""Lengths across languages, bounds and ratios."""

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.stages.checks.length import (
    LengthBounds,
    LengthRatio,
    characters,
    length_ratio,
    lengths,
)

# "Everyone has the right to life, liberty and security of person." (64 characters) in other languages, from the
# declaration of human rights.
ARTICLE = {
    "ar": "لكل فرد الحق في الحياة والحرية وفي الأمان على شخصه.",
    "he": "כל אדם יש לו הזכות לחיים, לחרות ולבטחון אישי.",
    "hi": "प्रत्येक व्यक्ति को जीवन, स्वाधीनता और वैयक्तिक सुरक्षा का अधिकार है।",
    "zh": "人人有权享有生命、自由和人身安全。",
    "ja": "すべて人は、生命、自由及び身体の安全に対する権利を有する。",
    "ko": "모든 사람은 생명과 신체의 자유와 안전에 대한 권리를 가진다.",
    "el": "Κάθε άτομο έχει δικαίωμα στη ζωή, την ελευθερία και την προσωπική ασφάλεια.",
    "uk": "Кожна людина має право на життя, на свободу і на особисту недоторканність.",
    "de": "Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person.",
}


@pytest.mark.parametrize("tag", sorted(ARTICLE))
def test_the_same_article_has_about_the_same_length_in_every_language(tag):
    assert characters(ARTICLE[tag], tag) == pytest.approx(64, rel=0.25)


def test_latin_letters_inside_chinese_count_as_they_are():
    # 4 Chinese characters at 1 / 0.32 and 10 Latin ones.
    assert characters("人人有权Python3.11", "zh") == pytest.approx(4 / 0.32 + 10)
    assert characters("Python3.11", "ja") == 10
    assert characters("abcd", "xx") == 4


def test_every_language_has_a_factor():
    assert all(languages.get(tag).length_factor for tag in languages.AYA_23)


def test_bounds(pairs, outcomes):
    batch = pairs(
        {"language": "he", "chosen": ""},
        {"language": "ja", "rejected": " \n"},
        {"language": "ko", "prompt": "\t"},
        {"language": "zh", "chosen": "好"},
        {"language": "zh", "chosen": "长" * 100},
        {"language": "en", "chosen": "x" * 300},
    )
    assert outcomes(LengthBounds(), batch) == [(2, "prompt_empty"), (0, "chosen_empty"), (1, "rejected_empty")]
    # 100 Chinese characters say as much as 312 English ones.
    assert outcomes(LengthBounds(roles=("chosen",), maximum=305), batch) == [
        (0, "chosen_empty"),
        (4, "chosen_too_long"),
    ]
    assert outcomes(LengthBounds(roles=("chosen",), minimum=5), batch)[1] == (1, "chosen_too_short")


def test_ratio(pairs, outcomes):
    long = "Ein Satz mit Inhalt. " * 30
    batch = pairs(
        {"chosen": long, "rejected": "Ja."},
        {"chosen": "Ja.", "rejected": long},
        {"chosen": "Ja.", "rejected": "Ja, so."},
    )
    assert outcomes(LengthRatio(), batch) == [(0, "chosen_much_longer"), (1, "rejected_much_longer")]
    # (450 + 50) / (50 + 50) is as much as may be, on either side.
    edge = pairs({"chosen": "x" * 450, "rejected": "x" * 50}, {"chosen": "x" * 50, "rejected": "x" * 450})
    assert outcomes(LengthRatio(), edge) == []
    assert length_ratio(450, 50) == 5
    assert length_ratio(0, 0) == 1


def test_tokens_of_a_named_tokenizer(tmp_path, pairs, outcomes):
    tokenizers = pytest.importorskip("tokenizers", reason="needs tokenizers: pip install -e '.[dev]', or make test")
    built = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0, "שלום": 1, "עולם": 2}, unk_token="[UNK]"))
    built.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    path = str(tmp_path / "tokenizer.json")
    built.save(path)
    assert lengths(["שלום עולם", "שלום", ""], ["he"] * 3, path) == [2, 1, 0]
    batch = pairs({"language": "he", "chosen": "שלום עולם שלום"}, {"language": "he", "chosen": "שלום"})
    assert outcomes(LengthBounds(roles=("chosen",), maximum=2, tokenizer=path), batch) == [(0, "chosen_too_long")]


def test_a_tokenizer_that_cannot_be_had(tmp_path):
    with pytest.raises(UserError, match="tokenizer"):
        lengths(["a"], ["en"], str(tmp_path / "missing.json"))
