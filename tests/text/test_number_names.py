"""What the words before a number say that it is."""

import unicodedata

import pytest

from polypref.text.number_names import Naming, name_before


@pytest.mark.parametrize(
    ("line", "number", "naming"),
    [
        ("Telephone: ", "68274093", Naming.PHONE),
        ("Tel. of the office is ", "68274093", Naming.PHONE),
        ("No. HP: ", "0812 6827 4093", Naming.PHONE),
        ("№ телефона: ", "8 916 682-74-09", Naming.PHONE),
        ("I am David, ", "206-382-6497", Naming.NOTHING),
        ("Order: ", "206-382-6497", Naming.NOTHING),
        ("Order number: ", "206-382-6497", Naming.OTHER),
        ("The order number is ", "206-382-6497", Naming.OTHER),
        ("phone order #", "6827409", Naming.OTHER),
        ("numéro de la commande : ", "06 82 74 09 36", Naming.OTHER),
        ("ordine n. ", "06 6827 4093", Naming.OTHER),
        ("手机订单号：", "13868274093", Naming.OTHER),
        ("userId: ", "13868274093", Naming.OTHER),
        ("user_id: ", "13868274093", Naming.OTHER),
        ("# ", "13868274093", Naming.OTHER),
        # Turkish for mobile, and Brazil's postal code
        ("Cep: ", "0532 682 74 09", Naming.PHONE),
        ("Cep: ", "532 682 74 09", Naming.PHONE),
        ("Cep: ", "(0212) 257 92 09", Naming.PHONE),
        ("CEP: ", "01310-100", Naming.OTHER),
        ("telefone e CEP: ", "01310-100", Naming.OTHER),
    ],
)
def test_the_nearest_name_counts(line, number, naming):
    assert name_before(line, number) is naming


@pytest.mark.parametrize(
    ("line", "number", "naming"),
    [
        ("Téléphone : ", "682740936", Naming.PHONE),
        ("điện thoại: ", "682740936", Naming.PHONE),
        ("전화 ", "682740936", Naming.PHONE),
        ("फ़ोन ", "682740936", Naming.PHONE),
        ("número de artículo: ", "682740936", Naming.OTHER),
        ("製品番号バージョン ", "682740936", Naming.OTHER),
        ("주문 번호 ", "682740936", Naming.OTHER),
    ],
)
def test_words_count_composed_and_decomposed(line, number, naming):
    for form in ("NFC", "NFD"):
        assert name_before(unicodedata.normalize(form, line), number) is naming
