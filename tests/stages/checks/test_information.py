"""Texts that a compressor shrinks to nothing."""

import random
import zlib

import pytest

from polypref import languages
from polypref.stages.checks.information import FLOORS, LowInformation, compressed_bytes

WORDS = {
    "ar": "كتاب قلم باب شمس قمر نهر جبل بحر طريق مدينة", "he": "ספר עט דלת שמש ירח נהר הר ים דרך עיר",
    "fa": "کتاب قلم در خورشید ماه رود کوه دریا راه شهر", "hi": "किताब कलम दरवाज़ा सूरज चाँद नदी पहाड़ समुद्र रास्ता शहर",
    "el": "βιβλίο μολύβι πόρτα ήλιος φεγγάρι ποτάμι βουνό θάλασσα δρόμος πόλη",
    "uk": "книга ручка двері сонце місяць річка гора море дорога місто", "ko": "책 펜 문 해 달 강 산 바다 길 도시",
    "en": "book pen door sun moon river mountain sea road city",
}  # fmt: skip


@pytest.mark.parametrize("tag", sorted(WORDS))
def test_one_word_varied_in_the_same_sentence(pairs, outcomes, tag):
    words = WORDS[tag].split()
    low = "\n".join(f"{words[0]} {words[1]} {word} {words[2]} {words[3]} {words[4]}" for word in words * 6)
    batch = pairs({"language": tag, "chosen": low}, {"language": tag, "chosen": " ".join(words)})
    assert outcomes(LowInformation(), batch) == [(0, "chosen_low_information")]


def test_chinese_and_japanese(pairs, outcomes):
    zh, ja = (
        "".join(f"我喜欢吃{w}因为它很好吃。" for w in "苹果梨桃李杏枣" * 8),
        "".join(f"私は{w}が好きです。" for w in "春夏秋冬朝夜" * 10),
    )
    assert outcomes(LowInformation(), pairs({"language": "zh", "chosen": zh}, {"language": "ja", "chosen": ja})) == [
        (0, "chosen_low_information"),
        (1, "chosen_low_information"),
    ]


def test_short_texts_and_varied_texts_are_left_alone(pairs, outcomes):
    draw = random.Random(1)
    varied = " ".join("".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(200))
    assert outcomes(LowInformation(), pairs({"chosen": "ha " * 60}, {"chosen": varied})) == []


def test_refrains_that_were_asked_for_may_be_more(pairs, outcomes):
    refrain = (
        "Come along with me to the sea, the wide and the open sea,\nwhere the wind is free and the gulls and we.\n"
    )
    openings = ("A boat is waiting", "Hear the bell", "Fog has lifted", "Tides will turn", "Now we row")
    song = "".join(f"{first}\n{refrain}" for first in openings)
    assert 0.75 * FLOORS["Latn"] < compressed_bytes(song) < FLOORS["Latn"]
    asked, endless = {"prompt": "Write a song about the sea."}, song + refrain * 20
    batch = pairs(asked | {"chosen": song}, {"chosen": song}, asked | {"chosen": endless})
    assert outcomes(LowInformation(), batch) == [(1, "chosen_low_information"), (2, "chosen_low_information")]


def test_code_is_left_out(pairs, outcomes):
    text = "Here:\n```\n" + "x = x + 1\n" * 60 + "```"
    assert outcomes(LowInformation(), pairs({"chosen": text})) == []


def test_the_measure_and_the_floors():
    assert compressed_bytes("") == 0
    assert compressed_bytes("abc" * 100) == len(zlib.compress(b"abc" * 100, 1)) / 300
    assert {languages.get(tag).scripts[0] for tag in languages.AYA_23} == set(FLOORS)


def test_the_scale_moves_the_floor(pairs, outcomes):
    low = "\n".join(f"We like the {word} very much indeed" for word in WORDS["en"].split() * 6)
    assert outcomes(LowInformation(floor_scale=0.01), pairs({"chosen": low})) == []


def test_what_the_prompt_asks_to_be_said_again_and_again(pairs, outcomes):
    line, other = "I will keep my desk in order.", "I will never be late for lunch."
    asked = {"prompt": f"Write twenty times: {line}"}
    batch = pairs(
        asked | {"chosen": "\n".join([line] * 20)},
        asked | {"chosen": "\n".join([other] * 20)},
        {"chosen": "\n".join([line] * 20)},
    )
    assert outcomes(LowInformation(), batch) == [(1, "chosen_low_information"), (2, "chosen_low_information")]
