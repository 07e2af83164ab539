"""Phone numbers of many countries as people write them, and other numbers that look like them."""

import csv
import re
import unicodedata
from pathlib import Path

import pytest

from polypref.text.personal_data import find_pii
from polypref.text.phone_numbers import find_phones, is_made_up


def rows(name):
    with (Path(__file__).parent / name).open(encoding="utf-8") as file:
        return [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def phones(text):
    return [text[start:end] for kind, start, end in find_pii(text) if kind == "phone"]


# Drawn numbers in the usual forms of their countries; ⟦ and ⟧ stand around each.
@pytest.mark.parametrize(("country", "written", "marked"), rows("phone_numbers.tsv"))
def test_a_number_is_found_whole(country, written, marked):
    assert phones(re.sub("[⟦⟧]", "", marked)) == re.findall("⟦(.+?)⟧", marked)


@pytest.mark.parametrize(("what", "language", "text"), rows("look_alikes.tsv"))
def test_another_number_is_left_alone(what, language, text):
    assert find_pii(text) == []


@pytest.mark.parametrize(("what", "language", "text"), rows("look_alikes.tsv"))
def test_another_number_is_left_alone_in_decomposed_letters(what, language, text):
    assert find_pii(unicodedata.normalize("NFD", text)) == []


def test_the_lists_hold_many_countries_and_kinds():
    numbers, others = rows("phone_numbers.tsv"), rows("look_alikes.tsv")
    assert len(numbers) > 110 and len({country for country, _, _ in numbers}) > 55
    assert len(others) > 100 and len({language for _, language, _ in others}) > 22


@pytest.mark.parametrize(
    ("text", "number"),
    [
        # Bold type is no sign that digits are hidden, and an extension is none.
        ("**Tel: +46 70 682 74 09**", "+46 70 682 74 09"),
        ("__+46 70 682 74 09__", "+46 70 682 74 09"),
        ("* **Phone:** 206-382-6497 **Fax:** none", "206-382-6497"),
        ("206-382-6497 x12", "206-382-6497"),
        ("206-382-6497x12", "206-382-6497"),
        ("206-382-6497 x 12", "206-382-6497"),
        ("206-382-6497EXT12", "206-382-6497"),
        ("+1-206-382-6497x405.", "+1-206-382-6497"),
        ("(206) 382-6497 ext. 12", "(206) 382-6497"),
        ("+7 (495) 638-29-47 доб. 123", "+7 (495) 638-29-47"),
        ("电话：010-62824097转801", "010-62824097"),
        ("電話 03-3824-6097（内線123）", "03-3824-6097"),
        ("طلب الهاتف 02 2738 4097 داخلي 12", "02 2738 4097"),
        ("call 206-382-6497...", "206-382-6497"),
        # An extension in words says that the number is a telephone's.
        ("030/23125 Durchwahl 12", "030/23125"),
        ("030 23125, DW 12", "030 23125"),
        ("(495) 638-29-47 доб. 12", "(495) 638-29-47"),
        ("044 638-29-47, дод. 12", "044 638-29-47"),
        ("514 382-6497 poste 12", "514 382-6497"),
        ("03-3824-6097 内線 12", "03-3824-6097"),
        ("11 3824-6497 int. 12", "11 3824-6497"),
        ("11 3824-6497 ramal 12", "11 3824-6497"),
        ("22 382 64 97 wew. 12", "22 382 64 97"),
        ("224 382 497 linka 12", "224 382 497"),
        ("911 382 497 ext. 12", "911 382 497"),
        ("210 382 6497 εσωτ. 12", "210 382 6497"),
        ("0212 382 64 97 dahili 12", "0212 382 64 97"),
        ("02-3824-6097 내선 12", "02-3824-6097"),
        ("03-6382497 שלוחה 12", "03-6382497"),
        # And so does one behind a star, after an area code.
        ("030/23125 *12", "030/23125"),
        ("030/2312597*12.", "030/2312597"),
        ("+49 30 2312597 *12", "+49 30 2312597"),
        # What a sentence before ends with is not the name of the number.
        ("Please tell us your order number. 206-382-6497 is our hotline", "206-382-6497"),
        ("Order number and phone: 206-382-6497", "206-382-6497"),
        ("invoice by phone 206-382-6497", "206-382-6497"),
        # The calling code is not part of five equal digits (Mauritania, 222).
        ("+222 22 16 06 68", "+222 22 16 06 68"),
        # Groups that rise by chance.
        ("+420 602 740 936", "+420 602 740 936"),
        ("Tel. 03-2019-4093", "03-2019-4093"),
    ],
)
def test_what_stands_around_a_number_does_not_hide_it(text, number):
    assert phones(text) == [number]


@pytest.mark.parametrize(
    "text", ["206-382-6497x", "206-382-6497xyz", "206-382-6497 x", "206-382-6497 XX", "206-382-64xx"]
)
def test_a_letter_without_digits_behind_it_is_no_extension(text):
    assert phones(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Artikelnummer 030/23125 DW 12",
        "030/23125 * 12",
        "030/23125*12*4",
        "030/23125*12 = 7",
        "3823125 *12",
        "22 382 64 97 Seiten, Klappe 12",
        "22 382 64 97 poster",
        "22 382 64 97 int. 12345678",
        "order no. 224 382 497 linka 12",
    ],
)
def test_sums_and_other_words_are_no_extensions(text):
    assert phones(text) == []


@pytest.mark.parametrize(
    ("digits", "made_up"),
    [("0611111234", True), ("0612345900", True), ("0698765123", True), ("0101101110", True), ("0612340987", False)],
)
def test_made_up_digits(digits, made_up):
    assert is_made_up(digits) is made_up


@pytest.mark.parametrize(("text", "numbers"), [("01 04 09 16 21", ["01 04 09 16 21"]), ("01 04 09 16 20", [])])
def test_pairs_that_rise_to_twenty_are_a_list_and_those_that_rise_higher_may_be_a_number(text, numbers):
    assert phones(text) == numbers


def test_places_are_in_order():
    assert list(find_phones("07382 640973, 020 7382 6409")) == [(0, 12), (14, 27)]
