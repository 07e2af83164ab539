"""Lists whose items share a frame and differ in a word of their own are none of a loop; what never ends is one."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.stages.checks import framed_lists
from polypref.stages.checks.framed_lists import without_framed_lists
from polypref.stages.checks.information import LowInformation
from polypref.stages.checks.repetition import RepetitionLoops

# For each language the words of a list, and what stands before and behind each.
FRAMES = {
    "ar": (
        "السبت الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة",
        "يوم ",
        ": نصف ساعة من المشي في الحديقة ثم عشر دقائق تمدد",
    ),
    "de": ("Montag Dienstag Mittwoch Freitag Samstag Sonntag", "", ": eine halbe Stunde im Park gehen und dann dehnen"),
    "el": ("Δευτέρα Τρίτη Τετάρτη Πέμπτη Παρασκευή Σάββατο", "", ": μισή ώρα περπάτημα στο πάρκο και μετά διατάσεις"),
    "en": (
        "German French Italian Polish Czech Dutch",
        "The word that people use for hello in ",
        " is in the table below",
    ),
    "fa": ("شنبه یکشنبه دوشنبه چهارشنبه پنجشنبه جمعه", "", ": نیم ساعت پیاده‌روی در پارک و ده دقیقه حرکات کششی"),
    "he": ("ראשון שני שלישי רביעי חמישי שישי שבת", "יום ", ": חצי שעה של הליכה בפארק ועשר דקות של מתיחות"),
    "hi": ("सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार", "", ": पार्क में आधा घंटा टहलना और फिर दस मिनट व्यायाम"),
    "ja": ("月 火 水 木 金 土 日", "", "曜日：朝は三十分の散歩をして夜は十分間のストレッチをする"),
    "ko": ("월 화 수 목 금 토 일", "", "요일: 공원에서 삼십 분 동안 걷고 십 분 동안 스트레칭을 한다"),
    "ru": ("понедельник вторник среда четверг пятница суббота", "", ": полчаса ходьбы в парке и десять минут растяжки"),
    "zh": ("一 二 三 四 五 六 日", "星期", "：早上在公园跑步三十分钟，晚上做十分钟的拉伸运动"),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MEALS = "- Breakfast: oatmeal with berries\n- Lunch: chicken salad with bread\n- Dinner: salmon with rice"
VERBS = {
    "yo": "hablo", "tú": "hablas", "él": "habla", "nosotros": "hablamos", "vosotros": "habláis", "ellos": "hablan",
}  # fmt: skip
THINGS = ("key", "map", "sword", "crown", "ring", "lamp", "book", "door")
TOWNS = {
    "France": "Paris", "Austria": "Vienna", "Hungary": "Budapest", "Greece": "Athens", "Norway": "Oslo",
    "Latvia": "Riga", "Peru": "Lima", "Chile": "Santiago", "Cuba": "Havana", "Japan": "Tokyo",
    "Egypt": "Cairo", "Kenya": "Nairobi",
    "Ghana": "Accra", "Iran": "Tehran", "Iraq": "Baghdad", "Nepal": "Kathmandu",
}  # fmt: skip


def loops(pairs, outcomes, *texts):
    batch = pairs(*({"language": tag, "prompt": "?", "chosen": text} for tag, text in texts))
    return [
        row for check in (RepetitionLoops(roles=("chosen",)), LowInformation()) for row, _ in outcomes(check, batch)
    ]


@pytest.mark.parametrize("tag", sorted(FRAMES))
def test_a_week_is_no_loop_and_the_same_day_again_is_one(pairs, outcomes, tag):
    words, before, behind = FRAMES[tag]
    items = [f"{before}{word}{behind}" for word in words.split()]
    week = "\n".join(items)
    assert loops(pairs, outcomes, (tag, week), (tag, "\n\n".join(f"- {item}" for item in items))) == []
    same, cycle = "\n".join(items[:1] * 9), "\n".join(items * 4)
    counted = "\n".join(f"{number}. {items[0]}" for number in range(1, 31))
    assert set(loops(pairs, outcomes, (tag, same), (tag, cycle), (tag, counted))) == {0, 1, 2}


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", ", ".join(f"{day}: 30 minutes of walking in the park before breakfast" for day in DAYS)),
        ("en", "\n\n".join(f"**{day}**\n{MEALS}" for day in DAYS)),
        ("es", "\n".join(f"{who} {verb} con mis amigos todos los días en la escuela" for who, verb in VERBS.items())),
        (
            "en",
            "\n".join(
                f"Chapter {i}: In which the hero of the story finds the {one} again" for i, one in enumerate(THINGS)
            ),
        ),
        (
            "en",
            "\n".join(
                f"Week {i}: run for {10 + 5 * i} minutes three times and walk for {20 + i} minutes on the other days"
                for i in range(1, 13)
            ),
        ),
        (
            "en",
            "\n".join(f"The capital of {land} is {town}, which is its largest city." for land, town in TOWNS.items()),
        ),
    ],
)
def test_plans_verbs_chapters_and_capitals_are_no_loops(pairs, outcomes, tag, text):
    assert loops(pairs, outcomes, (tag, text)) == []


def test_more_items_than_a_list_has_need_two_words_of_their_own(pairs, outcomes):
    towns = [f"{first}{last}" for first in "bdfgklmnpr" for last in ("ara", "odo")]
    one = "\n".join(f"We went to {town} and stayed for the night with friends" for town in towns)
    two = "\n".join(f"We went to {town} and stayed for the night with {town[::-1]}" for town in towns)
    assert set(loops(pairs, outcomes, ("en", one), ("en", two))) == {0}


def test_a_list_that_is_cut_off_or_said_again_is_none():
    items = [f"On {day} we sweep the hall." for day in ("Monday", "Tuesday", "Friday")]
    assert without_framed_lists("\n".join(items)) == items[0]
    assert without_framed_lists("\n".join([*items, "Done."])) == f"{items[0]}\nDone."
    for text in ("\n".join([*items, "On Su"]), "\n".join([*items, "On Sunday we sweep"]), "\n".join(items * 2)):
        assert without_framed_lists(text) == text


def test_what_stands_behind_lists_is_read_for_few_of_many(monkeypatch):
    read = []
    whole = framed_lists._is_whole
    monkeypatch.setattr(framed_lists, "_is_whole", lambda *asked: read.append(asked[1]) or whole(*asked))
    text = " ".join(f"to{n} my{n} dog. to{n} my{n} cat. to{n} my{n} cow. So." for n in map(_in_letters, range(500)))
    assert without_framed_lists(text) == text and 0 < len(read) < 100


def _in_letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def test_a_word_now_here_and_now_there_is_a_loop_that_drifts():
    text = "the dog sat on the mat. the cat ran on the mat. the cat sat near the mat. the cat sat on the rug."
    assert without_framed_lists(text) == text
    expanding = "We need tools.\nWe need tools for tools.\nWe need tools for tools for tools."
    assert without_framed_lists(expanding) == expanding


REFRAINS = {
    "ar": ("اكتب لازمة أغنية عن البحر", "يا بحر يا بحر خذني إليك الليلة\n"),
    "en": ("Write a cheer for my football team", "Go team go, you are the best of all!\n"),
    "hi": ("नदी पर एक छोटा गीत लिखो", "चलो चलें हम नदी किनारे आज,\n"),
    "ja": ("応援歌を作って", "走れ走れ私たちの町の仲間たち\n"),
    "ru": ("Придумай кричалку для команды", "Наши ребята сильнее всех на свете!\n"),
}


@pytest.mark.parametrize("tag", sorted(REFRAINS))
def test_a_chorus_may_be_one_line_and_no_more_than_a_chorus(pairs, outcomes, tag):
    prompt, line = REFRAINS[tag]
    rows = [{"language": tag, "prompt": asked, "chosen": line * times} for asked, times in
            ((prompt, 4), (prompt, 40), ("?", 4))]  # fmt: skip
    assert outcomes(RepetitionLoops(roles=("chosen",)), pairs(*rows)) == [(1, "chosen_loop"), (2, "chosen_loop")]


def stretches(items):
    """Where items after one another have a frame, as it is defined; without those in which an item is there again."""
    ends = [0, *(i for i in range(1, len(items)) if not framed_lists._have_a_frame(*items[i - 1 : i + 1])), len(items)]
    times = Counter(items)
    return [
        (start, end)
        for start, end in pairwise(ends)
        if end - start >= 3 and all(times[item] == 1 for item in items[start:end])
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*(("a", "b", one) for one in "cdefgh"), ("a", "x"), ("y",), ()]), max_size=10))
def test_only_items_that_are_there_once_make_a_list(items):
    assert list(framed_lists._stretches(items)) == stretches(items)
