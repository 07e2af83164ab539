"""Factors by groups of people as they are kept: in words, with what is left out, and read again as written."""

from dataclasses import replace

from polypref.console.escaping import lines
from polypref.files.records import decode, encode
from polypref.release.factor_results import LEFT_OUT, MOST_PLACES, FactorWeight
from polypref.release.group_factor_results import (
    FactorDifference,
    GroupFactors,
    LanguageValues,
    ValueWeights,
    in_quotes,
)

CITY = "עיר"
TOWN = [
    FactorWeight("hi", "length", 20, 90, 30, 0.5, -1.2, -1.6, -0.8, 0.1, 0.05, 0.2, 1e-5, 3e-5),
    FactorWeight("hi", "bold", 10, 12, 22, 0.5, 0.1, -0.3, 0.5, 1.1, 0.7, 1.6, 0.6, 0.6),
    FactorWeight("hi", "emoji", 2, 1, 3, 0.1, left_out="seldom"),
]
VILLAGE = [
    FactorWeight("hi", "length", 90, 20, 30, 0.5, 1.1, 0.7, 1.5, 9.0, 4.0, 20.0, 1e-5, 3e-5),
    FactorWeight("hi", "bold", 9, 12, 21, 0.5, -0.1, -0.5, 0.3, 0.9, 0.6, 1.5, 0.6, 0.6),
    FactorWeight("hi", "emoji", 1, 1, 2, 0.1, left_out="seldom"),
]
CUELESS = [FactorWeight("he", "formal_address", 0, 0, 0, 0.0, left_out="no_cues")]
DIFFERENCES = [
    FactorDifference("bold", "town", "village", 0.1, -0.1, 0.2, -0.4, 0.8, 0.5, 0.5),
    FactorDifference("length", "town", "village", -1.2, 1.1, -2.3, -2.9, -1.7, 1e-6, 2e-6),
]
HINDI = LanguageValues(
    "hi",
    240,
    10,
    [
        ValueWeights("town", 110, 30, 6, TOWN),
        ValueWeights("village", 110, 30, 5, VILLAGE),
        ValueWeights("other", 20, 9, 0, []),
    ],
    DIFFERENCES,
)
HEBREW = LanguageValues(
    "he",
    60,
    0,
    [ValueWeights(CITY, 40, 25, 4, CUELESS), ValueWeights("other", 20, 20, 0, CUELESS)],
    [],
)
LIVES = GroupFactors("lives", 1, 0.95, 4, 2, 20, [HINDI, HEBREW], ["hi"])


def test_the_largest_that_holds_stands_first() -> None:
    assert [(row.language, one.value, weight.factor) for row, one, weight in LIVES.held()] == [
        ("hi", "town", "length"),
        ("hi", "village", "length"),
    ]
    assert [one.factor for one in HINDI.compared()] == ["length", "bold"]
    assert [one.factor for _, one in LIVES.held_differences()] == ["length"]
    assert DIFFERENCES[1].words == "length" and replace(DIFFERENCES[1], factor="rhyme").words == "rhyme"


def test_who_is_compared_is_a_value_of_five_people_with_a_weight() -> None:
    town, village, other = HINDI.values
    assert town.is_compared and village.is_compared and not other.is_compared
    assert not replace(village, people=4).is_compared
    assert not replace(town, value="other").is_compared
    assert not replace(town, weights=TOWN[2:]).is_compared


def test_sentences_say_each_value_and_what_differs() -> None:
    assert LIVES.sentences() == [
        "hi, 'town' (110 pairs of 30 prompts, 6 people told apart): less length (-1.20 [-1.60, -0.80])",
        "hi, 'village' (110 pairs of 30 prompts, 5 people told apart): more length (+1.10 [+0.70, +1.50])",
        "hi, 'other' (20 pairs of 9 prompts, 0 people told apart): too few prompts",
        "hi, differences (1 of 2 hold): length: 'town' -1.20, 'village' +1.10 (difference -2.30 [-2.90, -1.70])",
        f"he, {in_quotes(CITY)} (40 pairs of 25 prompts, 4 people told apart): nothing that holds",
        "he, 'other' (20 pairs of 20 prompts, 0 people told apart): nothing that holds",
    ]
    none = replace(HINDI, values=[], differences=[replace(DIFFERENCES[1], p_holm=0.2)])
    assert replace(LIVES, languages=[none]).sentences() == ["hi, differences (0 of 1 hold): nothing that holds"]


def test_what_is_left_out_is_named_with_its_number() -> None:
    assert LIVES.notes() == [
        "hi: 10 of 250 pairs state no 'lives'",
        "hi: 'other' has too few prompts for a weight: 20 pairs of 9 prompts, and 20 are needed",
        f"he: {in_quotes(CITY)} is compared with no other value: 4 of its people are told apart, and 5 are needed",
        "he: no two values can be compared",
        f"no weight, as {LEFT_OUT['seldom']}: emoji (hi 'town', hi 'village')",
        f"no weight, as {LEFT_OUT['no_cues']}: formal address (he)",
    ]
    assert LIVES.notes(lambda value: f"<{value}>")[0] == "hi: 10 of 250 pairs state no <lives>"


def test_of_many_values_that_are_left_out_the_first_are_named_and_the_others_counted() -> None:
    few = [ValueWeights(f"v{number:03}", 300 - number, 9, 6, []) for number in range(MOST_PLACES + 70)]
    same = [replace(one, weights=TOWN[2:], prompts=30) for one in few]
    notes = replace(LIVES, languages=[replace(HINDI, values=few)]).notes()
    assert len(notes) == 1 + MOST_PLACES + 2 and "'v029' has too few prompts" in notes[MOST_PLACES]
    assert notes[MOST_PLACES + 1] == "hi: 70 more values have too few prompts or people"
    (line,) = replace(LIVES, languages=[replace(HINDI, values=same, unstated=0, pairs=0)]).notes()
    assert line.endswith("hi 'v029', and 70 more)") and "v030" not in line


def test_a_value_in_a_line_turns_nothing_and_obeys_nothing() -> None:
    # What is written from right to left stands between marks that isolate it; overrides and escapes are named.
    assert in_quotes(CITY) == f"'\N{FIRST STRONG ISOLATE}{CITY}\N{POP DIRECTIONAL ISOLATE}'"
    assert in_quotes("a\x1b[31m\u202eb\nc") == "'a\ufffd[31mU+202Eb c'"
    assert lines(in_quotes("town")) == "'town'"


def test_what_is_written_is_read_again() -> None:
    assert decode(GroupFactors, encode(LIVES), "there") == LIVES
