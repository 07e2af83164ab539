"""Texts without the signs on their letters."""

import pytest

from polypref.languages.identifier import Identifier
from polypref.languages.unaccented import by_frequent_words, is_unaccented

VIETNAMESE = [
    "Nguoi dan ong di den truong vao buoi sang som de gap ban be cua minh.",
    "Toi khong biet phai lam the nao de giup ban cua toi hoc tieng Anh trong mot thang.",
    "Moi nguoi deu co quyen tu do di lai va cu tru trong lanh tho cua mot quoc gia.",
]
CZECH = [
    "Nikdo neni povinen pracovat vice, nez kolik muze, protoze by byl jeste vice unaveny.",
    "Napiste mi prosim kratky dopis o tom, jak jste byli vcera v divadle a co se vam libilo.",
    "Muzeme jit zitra do kina, pokud budou jeste nejake listky, ktere by nebyly prilis drahe.",
]


@pytest.mark.parametrize(
    ("tag", "text"), [("vi", text) for text in VIETNAMESE] + [("cs", text) for text in CZECH], ids=lambda one: one[:20]
)
def test_a_text_without_signs_is_in_its_language(tag: str, text: str) -> None:
    assert Identifier().check(text, tag).status == "ok"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("cs", "Mozem ist zajtra do kina, pokial este budu nejake listky, ktore by neboli prilis drahe pre vsetkych."),
        ("cs", "Nie wiem, czy jutro bedzie padac, ale wezme ze soba parasol, poniewaz tak jest bezpieczniej."),
        ("cs", "Ne znam da li ce sutra padati kisa, ali cu poneti kisobran jer je tako sigurnije za sve."),
        ("vi", "The man went to school early in the morning to meet his friends and to talk about the exam."),
        ("vi", "O homem foi para a escola de manha cedo para falar com os amigos sobre a prova de hoje."),
        ("vi", "Ang lalaki ay pumunta sa paaralan nang maaga upang makipagkita sa kanyang mga kaibigan."),
    ],
    ids=lambda one: one[:20],
)
def test_other_languages_without_signs_are_not(tag: str, text: str) -> None:
    assert not is_unaccented(text, tag)
    assert Identifier().check(text, tag).status != "ok"


def test_of_a_text_with_signs_and_of_other_languages_nothing_is_said() -> None:
    assert not is_unaccented("Người đàn ông đi đến trường vào buổi sáng sớm để gặp bạn bè của mình.", "vi")
    assert not is_unaccented(VIETNAMESE[0], "id")
    assert not is_unaccented("khong nguoi cua duoc", "vi")  # too few words


@pytest.mark.parametrize(
    "text",
    [
        "Yarin sabah erkenden okula gidip arkadaslarimla bulusacagim ve sinav hakkinda konusacagiz.",
        "Herkesin kendi ulkesinde egitim gormeye ve calismaya hakki oldugunu dusunuyorum.",
    ],
)
def test_turkish_without_signs_is_not_weighed_by_tables_of_turkish_with_them(text: str) -> None:
    assert Identifier().check(text, "tr").status == "ok"


def test_only_texts_that_did_not_pass_are_looked_at() -> None:
    romanised = "main kal school gaya tha aur maine apne dost se baat ki thi bahut der tak"
    texts = [VIETNAMESE[0], VIETNAMESE[1], CZECH[0], romanised]
    assert by_frequent_words(texts, ["vi", "vi", "cs", "hi"], [False, True, False, False]) == {
        0: "vi",
        2: "cs",
        3: "hi-Latn",
    }
