"""Line and word checks: by-hand cases in several scripts, rates by hand."""

import re
import sys
from types import SimpleNamespace
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polypref import languages
from polypref.languages import detectors, fidelity
from polypref.languages.detectors import Detector
from polypref.languages.fidelity import (
    Lines,
    check_lines,
    foreign_words,
    harmonic_mean,
    line_pass_rate,
    words,
)
from polypref.languages.identifier import Identifier

ENGLISH = "This whole sentence was written in English and not in the language that was asked for."
OWN = {
    "ar": "تتحرك الأرض حول الشمس مرة كل سنة، ويستغرق ذلك ثلاثمائة وخمسة وستين يوما تقريبا.",
    "el": "Η Γη κινείται γύρω από τον Ήλιο και μια πλήρης περιφορά διαρκεί περίπου ένα έτος.",
    "fa": "زمین هر سال یک بار به دور خورشید می‌چرخد و این کار حدود سیصد و شصت و پنج روز طول می‌کشد.",
    "he": "כדור הארץ מקיף את השמש פעם בשנה, והסיבוב נמשך שלוש מאות שישים וחמישה ימים בערך.",
    "hi": "पृथ्वी हर साल एक बार सूर्य की परिक्रमा करती है और इसमें लगभग तीन सौ पैंसठ दिन लगते हैं।",
    "ja": "地球は一年に一度、太陽の周りを回り、それにはおよそ三百六十五日かかります。",
    "ko": "지구는 일 년에 한 번 태양 주위를 돌고, 한 바퀴 도는 데 약 삼백육십오 일이 걸립니다.",
    "uk": "Земля щороку один раз обертається навколо Сонця, і це триває приблизно триста шістдесят п'ять днів.",
    "zh": "地球每年绕太阳运行一周，完成一次公转大约需要三百六十五天。",
    "de": "Die Erde bewegt sich einmal im Jahr um die Sonne, und das dauert ungefähr dreihundertfünfundsechzig Tage.",
}


@pytest.mark.parametrize("tag", OWN)
def test_a_wrong_line_is_found_and_named(tag: str) -> None:
    text = f"{OWN[tag]}\n{ENGLISH}\n{OWN[tag]}"
    (lines,) = check_lines([text], [tag], Identifier())
    assert (lines.checked, lines.wrong) == (3, ((1, "en"),))
    # The English line has 17 of the words: about as many as one of the other two has in any of these languages.
    assert 0.2 < lines.wrong_share < 0.45
    assert lines.passed is False
    assert lines.accuracy == pytest.approx(2 / 3)


@pytest.mark.parametrize("detector", ["langdetect", "lingua", "glotlid"])
def test_every_line_is_asked_of_the_chosen_detector(monkeypatch: pytest.MonkeyPatch, detector: Detector) -> None:
    """One that takes everything for Dutch, though py3langid would be sure of German at once."""
    asked: list[tuple[str, str]] = []

    def answers(name: str, texts: list[str], allowed: tuple[str, ...], model: str | None) -> list[detectors.Answer]:
        asked.extend((name, text) for text in texts)
        dutch = getattr(languages.get("nl").codes, detector)[0]
        return [detectors.Answer(dutch, dutch, 1.0)] * len(texts)

    monkeypatch.setattr(detectors, "answers", answers)
    labels = frozenset(label for one in languages.known() for label in one.codes.glotlid)
    monkeypatch.setattr(detectors, "glotlid_labels", lambda path: labels)
    monkeypatch.setattr(detectors, "py3langid_scores", lambda texts: pytest.fail("py3langid was asked"))
    (dutch, hebrew) = check_lines([OWN["de"], OWN["he"]], ["de", "de"], Identifier(detector=detector))
    assert (dutch.wrong, hebrew.wrong) == (((0, "nl"),), ((0, "nl"),))
    assert {name for name, _ in asked} == {detector}
    assert {text for _, text in asked} >= {OWN["de"], OWN["he"]}


@pytest.mark.parametrize("tag", OWN)
def test_right_lines_pass_with_code_and_short_lines_beside_them(tag: str) -> None:
    text = f"{OWN[tag]}\n\n```python\nfor item in the_list_of_all_items:\n    print(item)\n```\nOK\n{OWN[tag]}"
    (lines,) = check_lines([text], [tag], Identifier())
    assert lines == Lines(2, ())


@pytest.mark.parametrize("tag", ["ar", "he", "ja", "de", "uk", "zh"])
def test_a_change_of_language_inside_a_paragraph_is_seen_when_long_lines_are_cut(tag: str) -> None:
    text = " ".join([OWN[tag]] * 6 + [ENGLISH] * 6)
    (lines,) = check_lines([text], [tag], Identifier(), longest=300)
    assert lines.checked > 1
    assert lines.wrong and all(language == "en" for _, language in lines.wrong)


def test_entries_of_a_bibliography_are_left_out_on_request() -> None:
    entry = (
        "- Bates, D. W., Saria, S. & Shah, A. (2014). Big data in health care: using analytics to identify patients."
    )
    text = f"{OWN['de']}\n{entry}"
    assert check_lines([text], ["de"], Identifier())[0].wrong == ((1, "en"),)
    assert check_lines([text], ["de"], Identifier(), references=False)[0] == Lines(1, ())


@pytest.mark.parametrize(
    ("line", "is_work"),
    [
        ("The health of many people (and that of their children) depends on clean water and on good food.", False),
        ("The health of many people in the year 2014 depended on clean water and on good food.", False),
        ("The health of many people (in 1814 as well) depended on clean water and on good food.", False),
        ("The health of many people (2014, second part) depended on clean water and on good food.", True),
        ("The health of many people, says Bates et al in their book, depends on clean water and good food.", True),
        ("1. “The health of many people depends on clean water, on good food and on each other”, in a book.", True),
        ("It says “the health of many people depends on clean water, on good food and on each other”.", False),
    ],
)
def test_a_year_in_brackets_or_authors_or_a_title_make_an_entry(line: str, is_work: bool) -> None:
    (lines,) = check_lines([f"{OWN['de']}\n{line}"], ["de"], Identifier(), references=False)
    assert lines == (Lines(1, ()) if is_work else Lines(2, ((1, "en"),), lines.wrong_share))


def test_nothing_long_enough_is_no_answer_at_all() -> None:
    (lines,) = check_lines(["Oui.\nNon."], ["fr"], Identifier())
    assert lines.passed is None
    assert lines.accuracy == 1.0
    assert line_pass_rate([lines]) == 1.0
    assert line_pass_rate([]) == 1.0


@pytest.mark.parametrize("count_sound", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        "- * - * The moon shines here.",  # eight between spaces, of which four are punctuation alone
        "The moon shines here",
        "The moon shines here - ",
    ],
)
def test_a_line_of_too_few_words_is_not_looked_at(line: str, count_sound: bool) -> None:
    (lines,) = check_lines([line], ["de"], Identifier(), count_sound=count_sound)
    assert lines == Lines(0, ())


def test_a_long_dash_parts_words() -> None:
    (lines,) = check_lines(["Tomorrow—perhaps—everything—becomes—different again"], ["de"], Identifier())
    assert (lines.checked, lines.wrong) == (1, ((0, "en"),))


@pytest.mark.parametrize("tag", OWN)
def test_where_sound_lines_need_no_count_the_others_are_counted_as_ever(tag: str) -> None:
    mixed = f"{OWN[tag]}\n{ENGLISH}\n- OK\n{OWN[tag]}"
    every = check_lines([mixed, OWN[tag], ""], [tag] * 3, Identifier())
    needed = check_lines([mixed, OWN[tag], ""], [tag] * 3, Identifier(), count_sound=False)
    assert [one.checked for one in every] == [3, 1, 0]
    assert needed == [every[0], Lines(0, ()), Lines(0, ())]


def test_lines_of_sound_texts_are_not_taken_apart_where_they_need_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polypref.languages.fidelity.words", lambda line, tag: pytest.fail("words were counted"))
    assert check_lines([OWN["zh"], OWN["de"]], ["zh", "de"], Identifier(), count_sound=False) == [Lines(0, ())] * 2


@pytest.mark.parametrize(("tag", "module"), [("zh", "jieba"), ("ja", "fugashi")])
def test_a_segmenter_that_is_installed_changes_no_count(monkeypatch: pytest.MonkeyPatch, tag: str, module: str) -> None:
    count = words(OWN[tag], tag)
    one_word = lambda line: [line]  # noqa: E731
    segmenter = SimpleNamespace(setLogLevel=lambda level: None, cut=one_word, Tagger=lambda: one_word)
    monkeypatch.setitem(sys.modules, module, segmenter)
    assert words(OWN[tag], tag) == count > 10


def test_words_are_counted_by_spaces_or_characters() -> None:
    assert words("une phrase de cinq mots", "fr") == 5
    assert words("太阳每天从东方升起", "zh") >= 4  # nine characters
    assert words("太阳", "zh") < 5


def test_english_words_are_lower_case_and_longer_than_three_letters() -> None:
    text = "Солнце shines каждый день, and NASA знает, как the Moon вращается; `code here` и word2vec."
    assert foreign_words(text, "ru", frozenset({"shines", "the", "moon", "every"})) == ["shines"]
    assert foreign_words("La lune brille every night", "fr") == []
    assert foreign_words("この機械 learning は便利です", "ja", frozenset({"learning"})) == ["learning"]


def test_without_a_list_a_name_among_other_letters_is_no_english_word() -> None:
    assert foreign_words("השתמשו בספרייה pandas כדי לקרוא את הקובץ", "he") == []
    sentence = "השתמשו כי you should always remember to read the whole file before you start לקרוא"
    assert {"should", "always", "remember"} <= set(foreign_words(sentence, "he"))


def test_rates_by_hand() -> None:
    lines = [Lines(3, ()), Lines(2, ((0, "en"),)), Lines(0, ()), Lines(1, ()), Lines(4, ())]
    assert line_pass_rate(lines) == 3 / 4
    assert harmonic_mean(0.75, 2 / 3) == pytest.approx(12 / 17)
    assert harmonic_mean(0.0, 0.0) == 0.0


def test_comments_in_code_without_fences_are_no_lines_in_another_language() -> None:
    answer = "Das geht so:\n\nx = 1\n# add every number that is left in the list\nfor y in z:\n    x = x + y\n"
    (lines,) = check_lines([answer], ["de"], Identifier())
    assert lines.wrong == ()


PARTS = {
    "es": "El puente viejo une las dos orillas del río desde hace más de cuatro siglos. La gente lo cruza a pie.",
    "de": "Die alte Brücke verbindet seit über vierhundert Jahren die beiden Ufer. Die Leute gehen zu Fuß.",
    "ar": "يربط الجسر القديم بين ضفتي النهر منذ أكثر من أربعة قرون. ويعبره أهل الحي سيرا على الأقدام كل يوم.",
    "ru": "Старый мост уже более четырёх веков соединяет два берега реки. Жители квартала ходят по нему пешком.",
    "ko": "오래된 다리는 사백 년 넘게 강의 두 기슭을 이어 왔습니다. 동네 사람들은 걸어서 다리를 건넙니다.",
    "hi": "पुराना पुल चार सौ से अधिक वर्षों से नदी के दोनों किनारों को जोड़ता है। मोहल्ले के लोग उसे पैदल पार करते हैं।",
}
UNSPACED = {
    "ja": "古い橋は四百年以上も前から川の両岸を結んでいます。近所の人たちは毎日歩いて渡り、夕方には集まります。",
    "zh": "这座老桥四百多年来一直连接着河的两岸。附近的居民每天步行过桥，傍晚时分孩子们都聚集在这里玩耍。",
}


@pytest.mark.parametrize("tag", sorted(PARTS))
@pytest.mark.parametrize("other", sorted(UNSPACED))
def test_lines_without_spaces_count_in_a_language_with_spaces(tag: str, other: str) -> None:
    lines = f"{PARTS[tag]}\n{UNSPACED[other]}"
    (checked,) = check_lines([lines], [tag], Identifier())
    assert [at for at, _ in checked.wrong] == [1] and checked.checked == 2
    assert checked.wrong_share > 0.3 and checked.passed is False
    (sound,) = check_lines([f"{PARTS[tag]}\n「橋」 (古い橋)"], [tag], Identifier())
    assert sound.passed


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("uno dos tres", 3),
        ("canción número uno", 3),
        # Nine letters of Japanese are four and a half words, six of Chinese four, eight of Thai two.
        ("dos 古い橋をわたる人と。", 1 + 4.5),
        ("dos 老桥连接两岸", 1 + 4),
        ("ไทยไทยไท", 2),
    ],
)
def test_words_of_a_line_by_the_rules_of_its_scripts(line: str, count: float) -> None:
    assert words(line, "es") == pytest.approx(count)


LINES = st.lists(
    st.sampled_from(
        [
            "The rain falls.",
            "Der Regen fällt auf das Dach. ",
            "雨が屋根に降る。",
            "a",
            " ",
            "\u2014",
            "\n",
            "\n",
            "- ",
            "1. ",
            '"A Book of Rain and Wind"',
            "(2019)",
            "et al",
            "«Дождь идёт весь день»",
            "x" * 30,
            "Es schneit, und es ist kalt ",
        ]
    ),
    max_size=20,
).map("".join)


CODE = "x = 1;\n# alle Zahlen in der Liste werden hier noch addiert\ny = 2;\n\n"


# A long line that is one word makes no line of code of the comment.
@example(CODE + "żółw" * 12, "de", None, True, True)
@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from(["de", "en", "ja"]), st.sampled_from([None, 60]), st.booleans(), st.booleans())
def test_what_is_soon_passed_over_changes_nothing(text, tag, longest, references, count_sound):
    def lines():
        return check_lines([text], [tag], Identifier(), 5, longest, references, [text], count_sound)

    with mock.patch.multiple(fidelity, _LONG_LINE=1 << 30, _work_names=lambda _: fidelity._names_a_work):
        expected = lines()
    assert lines() == expected


@given(st.text("abcdeA1_é \n", max_size=24))
def test_lower_case_words_of_four_letters_stand_alone(text: str) -> None:
    # As it reads best; the expression that is used looks back behind a first letter.
    assert fidelity.english_words(text, "ru") == re.findall(r"(?<![^\W_])[a-z]{4,}(?![^\W_])", text)


def test_lines_in_other_languages_are_looked_for_as_if_each_line_were_alone() -> None:
    texts = ["\n".join([ENGLISH, OWN["el"], OWN["de"], OWN["uk"]]), "\n".join([OWN["el"], OWN["ja"], ENGLISH]), ENGLISH]
    # Of a language without a file only what a detector calls it is known.
    also = [("en", "uk"), ("gl", "ja"), ()]
    together = check_lines(texts, ["de"] * 3, Identifier(), also=also)
    alone = [check_lines([text], ["de"], Identifier(), also=[one])[0] for text, one in zip(texts, also, strict=True)]
    assert together == alone
    assert [[at for at, _ in one.wrong] for one in together] == [[1], [0, 2], [0]]


def test_many_wrong_lines_are_asked_about_each_language_at_once() -> None:
    asked: list[int] = []

    def check_many(self: Identifier, texts: list[str], *rest: object) -> list[object]:
        asked.append(len(texts))
        return [fidelity.Check("other", "en")] * len(texts)

    with mock.patch.object(Identifier, "check_many", check_many):
        check_lines(["\n".join([ENGLISH] * 50)], ["de"], Identifier(), also=[("fr", "it")])
    assert asked == [50, 50, 50], "German, French, Italian"


def test_a_text_is_soon_known_to_name_no_work() -> None:
    lines = ["(1990) Roe", "Roe et al. 1990", '- "The bridges of the old town"', "(a) 2001", "et alii"]
    for line in lines:
        assert fidelity._work_names(line)(line) == fidelity._names_a_work(line)
    assert [fidelity._work_names(line)(line) for line in lines] == [True, True, True, False, False]
