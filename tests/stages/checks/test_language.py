"""The language filter: what follows from each answer of an identifier; how good identifiers are is not tested here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.languages.identifier import Check, Identifier
from polypref.stages.checks.contract import Batch, Flag, Reject, run_chain
from polypref.stages.checks.language import Language
from polypref.text.messages import text_with_calls


@dataclass(frozen=True)
class Stated(Identifier):
    """Texts here state their language in their first two letters, ?? where it cannot be told."""

    def check_many(
        self, texts: Sequence[str], expected: Sequence[str], proses: Sequence[str] | None = None
    ) -> list[Check]:
        return [
            Check("undetermined", "und") if text[:2] == "??" else Check("ok" if text[:2] == tag else "other", text[:2])
            for text, tag in zip(texts, expected, strict=True)
        ]


@dataclass(frozen=True)
class Undetermined(Identifier):
    """Of texts that are not `de` the language cannot be told."""

    def check_many(
        self, texts: Sequence[str], expected: Sequence[str], proses: Sequence[str] | None = None
    ) -> list[Check]:
        return [Check("ok", "de") if text == "de" else Check("undetermined", "und") for text in texts]


def batch(*rows: tuple[str, str, str], languages: Sequence[str] = (), asked: Sequence[str] = ()) -> Batch:
    """Pairs of (prompt, chosen, rejected); de where nothing else is said."""
    n = len(rows)
    prompts = [[{"role": "system", "content": "en system"}, {"role": "user", "content": row[0]}] for row in rows]
    return Batch(
        pa.table(
            {
                "pair_id": pa.array([f"pair{i}" for i in range(n)], pa.string()),
                "language": pa.array(list(languages) or ["de"] * n, pa.string()),
                "response_language": pa.array(list(asked) or list(languages) or ["de"] * n, pa.string()),
                "prompt": pa.array(prompts, schema.MESSAGES),
                "chosen": pa.array([row[1] for row in rows], pa.string()),
                "rejected": pa.array([row[2] for row in rows], pa.string()),
            }
        )
    )


def outcomes(filter: Language, *rows: tuple[str, str, str], **more: Any) -> dict[int, set[Reject | Flag]]:
    by_row: dict[int, set[Reject | Flag]] = {}
    for row, outcome in filter(batch(*rows, **more)):
        by_row.setdefault(row, set()).add(outcome)
    return by_row


def test_what_each_text_in_another_language_leads_to() -> None:
    rows = [("de", "de", "de"), ("no", "de", "de"), ("de", "no", "de"), ("de", "de", "no")]
    assert outcomes(Language(Stated()), *rows) == {
        1: {Reject("prompt_in_another_language", "no")},
        2: {Reject("chosen_in_another_language", "no")},
        3: {Flag("language_confusion")},
    }
    assert outcomes(Language(Stated(), rejected="reject"), *rows)[3] == {Reject("rejected_in_another_language", "no")}


def test_what_cannot_be_told_is_kept_and_flagged() -> None:
    for setting in ("flag", "reject"):
        by_row = outcomes(Language(Stated(), rejected=setting), ("??", "de", "de"), ("de", "??", "??"))  # type: ignore[arg-type]
        assert by_row == {
            0: {Flag("prompt_language_undetermined")},
            1: {Flag("chosen_language_undetermined"), Flag("rejected_language_undetermined")},
        }


def test_a_long_text_in_a_language_that_the_detector_does_not_know_is_not_called_too_short() -> None:
    prompt = "Kan moo bind téere bi ci diwaanu Senegaal, te naka la ko defee ci at yooyu?"
    answer = "Téere bi dafa wax ci taarixu dëkk bi ak dundu waa dëkk bi bés bu nekk."
    assert outcomes(Language(), (prompt, answer, answer), languages=["wo"]) == {
        0: {Flag(f"{role}_language_not_checked") for role in ("prompt", "chosen", "rejected")}
    }


def test_calls_of_tools_alone_are_in_no_language() -> None:
    calls = text_with_calls("", [{"function": {"name": "?? add", "arguments": {"a": 1}}}])
    beside = text_with_calls("?? Let me see.", [{"function": {"name": "add", "arguments": {}}}])
    open_ended = calls.removesuffix("```")
    checked = outcomes(Language(Undetermined()), ("de", calls, beside), ("de", open_ended, "de"), ("de", "", "de"))
    assert checked == {
        0: {Flag("rejected_language_undetermined")},
        1: {Flag("chosen_language_undetermined")},
        2: {Flag("chosen_language_undetermined")},
    }


def test_answers_are_in_the_language_asked_for_and_the_prompt_in_its_own() -> None:
    rows = [("en", "ja", "ja"), ("ja", "ja", "en"), ("en", "en", "ja")]
    by_row = outcomes(Language(Stated()), *rows, languages=["en"] * 3, asked=["ja"] * 3)
    assert by_row == {
        1: {Reject("prompt_in_another_language", "ja"), Flag("language_confusion")},
        2: {Reject("chosen_in_another_language", "en")},
    }


def test_in_the_chain_a_wrong_pair_has_one_reason() -> None:
    table = run_chain([Language(Stated())], batch(("no", "no", "no"), ("de", "de", "??"), ("de", "no", "de")))
    assert [(r["filter"], r["reason"], r["detail"]) for r in table.to_pylist()] == [
        ("language", "prompt_in_another_language", "no"),
        (None, None, None),
        ("language", "chosen_in_another_language", "no"),
    ]
    assert table["flags"].to_pylist()[1] == ["rejected_language_undetermined"]


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(UserError, match="flag or reject"):
        Language(rejected="drop")  # type: ignore[arg-type]


SENTENCES = {
    "ar": "هذا الكتاب يتحدث عن تاريخ المدينة القديمة وسكانها وعاداتهم اليومية.",
    "el": "Αυτό το βιβλίο μιλάει για την ιστορία της παλιάς πόλης και των κατοίκων της.",
    "fa": "این کتاب درباره تاریخ شهر قدیمی و مردم آن و زندگی روزانه‌شان گفتگو می‌کند.",
    "he": "הספר הזה מספר על ההיסטוריה של העיר העתיקה ועל חיי היום יום של תושביה.",
    "hi": "यह किताब पुराने शहर के इतिहास और वहाँ के लोगों के रोज़मर्रा के जीवन के बारे में है।",
    "ja": "この本は、古い町の歴史とそこに住む人々の毎日の暮らしについて書かれています。",
    "ko": "이 책은 오래된 도시의 역사와 그곳에 사는 사람들의 일상에 대해 이야기합니다.",
    "uk": "Ця книжка розповідає про історію старого міста та щоденне життя його мешканців.",
    "zh": "这本书讲述了古城的历史以及那里居民的日常生活和风俗习惯。",
}


def test_with_the_real_identifier() -> None:
    tags = sorted(SENTENCES)
    other = dict(zip(tags, tags[1:] + tags[:1], strict=True))
    right = [(SENTENCES[tag], SENTENCES[tag], SENTENCES[other[tag]]) for tag in tags]
    assert outcomes(Language(), *right, languages=tags) == {i: {Flag("language_confusion")} for i in range(len(tags))}
    wrong = [(SENTENCES[tag], SENTENCES[other[tag]], SENTENCES[tag]) for tag in tags]
    assert outcomes(Language(), *wrong, languages=tags) == {
        i: {Reject("chosen_in_another_language", other[tag])} for i, tag in enumerate(tags)
    }
    assert outcomes(Language(), ("42", "🙂", "..."), languages=["uk"]) == {
        0: {Flag(f"{role}_language_undetermined") for role in ("prompt", "chosen", "rejected")}
    }


def test_the_language_of_a_thought_is_looked_at_apart_from_its_answer() -> None:
    messages = [
        None,
        '{"role": "assistant", "content": "de", "thinking": "de"}',
        '{"role": "assistant", "content": "de", "thinking": "no"}',
        '{"role": "assistant", "content": "de", "thinking": "??"}',
        '{"role": "assistant", "content": "", "tool_calls": []}',
    ]
    table = pa.table(
        {
            "answer": ["de", "de", "de", "de", "de"],
            "language": ["de"] * 5,
            "response_language": ["de"] * 5,
            "prompt": [[{"role": "user", "content": "de"}]] * 5,
            "answer_message": pa.array(messages, pa.string()),
        }
    )
    batch = Batch(table, subject="answer")
    reason = "answer_thought_in_another_language"
    assert list(Language(Stated())(batch)) == [(2, Flag(reason))]
    assert list(Language(Stated(), thoughts="reject")(batch)) == [(2, Reject(reason, "no"))]
    assert list(Language(Stated(), thoughts="free")(batch)) == []


ENGLISH = "This book tells about the history of the old town and the daily life of the people who live there."
POLISH = "Ta książka opowiada o historii starego miasta i o codziennym życiu jego mieszkańców."
#: Asks for a translation into English, and for one into no language that is named.
TRANSLATE = {
    "ar": ("ترجم النص التالي إلى الإنجليزية: ", "ترجم هذا النص من فضلك: "),
    "el": ("Μετάφρασε το κείμενο στα αγγλικά: ", "Μετάφρασε αυτό το κείμενο: "),
    "fa": ("متن زیر را به انگلیسی ترجمه کن: ", "این متن را ترجمه کن: "),
    "he": ("תרגם את הטקסט הבא לאנגלית: ", "תרגם את הטקסט הזה בבקשה: "),
    "hi": ("इस पाठ का अंग्रेज़ी में अनुवाद करें: ", "कृपया इस पाठ का अनुवाद करें: "),
    "ja": ("次の文章を英語に翻訳してください：", "次の文章を翻訳してください："),
    "ko": ("다음 글을 영어로 번역해 주세요: ", "다음 글을 번역해 주세요: "),
    "uk": ("Переклади текст англійською: ", "Переклади, будь ласка, цей текст: "),
    "zh": ("请把下面的文字翻译成英文：", "请翻译下面的文字："),
}


@pytest.mark.parametrize("tag", sorted(TRANSLATE))
def test_a_translation_that_was_asked_for_is_kept_and_has_the_flag(tag: str) -> None:
    into, unnamed = (asked + SENTENCES[tag] for asked in TRANSLATE[tag])
    own = SENTENCES[tag]
    rows = [
        (into, ENGLISH, POLISH),
        (into, POLISH, ENGLISH),
        (into, own, ENGLISH),
        (unnamed, ENGLISH, POLISH),
        (unnamed, ENGLISH, f"{own} {own}"),
        (own, ENGLISH, own),
    ]
    by_row = outcomes(Language(), *rows, languages=[tag] * len(rows))
    assert by_row == {
        0: {Flag("cross_lingual_task"), Flag("language_confusion")},
        1: {Reject("chosen_in_another_language", "pl"), Flag("cross_lingual_task")},
        2: {Reject("chosen_in_another_language", tag), Flag("cross_lingual_task")},
        3: {Flag("cross_lingual_task")},
        4: {Flag("cross_lingual_task"), Flag("language_confusion")},
        5: {Reject("chosen_in_another_language", "en")},
    }


def test_a_source_beside_its_translation_is_kept_and_hides_no_third_language() -> None:
    own = "Vielen Dank für die Nachricht, ich möchte das Buch diese Woche mit meiner Schwester lesen."
    prompt = f"Übersetze ins Deutsche, mit Original: {ENGLISH}"
    table = "| en | de |\n|---|---|\n| {} | {} |".format
    rows = [
        (prompt, f"- {ENGLISH}\n- {own}", f"- {ENGLISH}\n- {POLISH}"),
        (prompt, table(ENGLISH, own), table(ENGLISH, POLISH)),
        (prompt, table(ENGLISH, POLISH), table(ENGLISH, own)),
        (prompt, table(ENGLISH, ENGLISH), table(ENGLISH, own)),
    ]
    by_row = outcomes(Language(), *rows, languages=["de"] * len(rows))
    rejects = {row: {one for one in of_row if isinstance(one, Reject)} for row, of_row in by_row.items()}
    assert rejects == {
        0: set(),
        1: set(),
        2: {Reject("chosen_in_another_language", "pl")},
        3: {Reject("chosen_in_another_language", "en")},
    }
    assert all(Flag("language_confusion") in by_row[row] for row in (0, 1))


def test_a_prompt_that_quotes_another_language_is_kept_and_has_the_flag() -> None:
    quoting = f"ما رأيك في هذه الرسالة التي وصلتني أمس؟ {ENGLISH} {ENGLISH}"
    answer = "الرسالة واضحة ومفيدة، ويمكنك أن ترد عليها بجملة قصيرة تشكر فيها صاحبها."
    reply = "Thank you for telling me about the book, I would like to read it with my sister this week."
    checked = outcomes(Language(), (quoting, answer, answer), (quoting, reply, POLISH), languages=["ar"] * 2)
    assert Flag("cross_lingual_task") in checked[1] and Flag("language_confusion") in checked[1]
    assert not any(isinstance(one, Reject) for by_row in checked.values() for one in by_row)


def test_a_language_that_is_an_adjective_frees_no_answer() -> None:
    prompt = "Which three themes are the most common ones in Polish literature of the last century?"
    assert outcomes(Language(), (prompt, POLISH, ENGLISH), languages=["en"]) == {
        0: {Reject("chosen_in_another_language", "pl")}
    }
    asked = "Answer in Polish, please: which themes are the most common ones in the literature of our country?"
    assert outcomes(Language(), (asked, POLISH, ENGLISH), languages=["en"]) == {0: {Flag("cross_lingual_task")}}


#: Asks for its text in English, in words that no list holds.
NEWLY_WORDED = {
    "ar": "كيف سيقولها زائر بريطاني؟ ",
    "el": "Πώς θα το έλεγε ένας Άγγλος; ",
    "fa": "یک انگلیسی این را چطور بیان می‌کرد؟ ",
    "he": "ואיך בריטי היה מנסח את זה? ",
    "hi": "कोई अंग्रेज़ इसे किस तरह कहेगा? ",
    "ja": "イギリス人のお客様用もお願いします：",
    "ko": "영국 손님한테도 필요해요: ",
    "uk": "Те саме для англійців, будь ласка: ",
    "zh": "英国人会怎么表达？",
}


@pytest.mark.parametrize("tag", sorted(NEWLY_WORDED))
def test_what_a_prompt_carries_may_be_asked_for_in_a_language_in_any_words(tag: str) -> None:
    own, prompt = SENTENCES[tag], NEWLY_WORDED[tag] + SENTENCES[tag]
    in_json = '{{"text": "{}"}}'.format
    rows = [
        (prompt, ENGLISH, own),
        (prompt, own, ENGLISH),
        (prompt, POLISH, own),
        (prompt, in_json(own), own),
        (prompt, in_json(POLISH), own),
        (NEWLY_WORDED[tag], ENGLISH, own),
    ]
    by_row = outcomes(Language(), *rows, languages=[tag] * len(rows))
    wrong = {row: {one for one in of_row if isinstance(one, Reject)} for row, of_row in by_row.items()}
    assert Flag("cross_lingual_task") in by_row[0]
    assert wrong == {
        0: set(),
        1: {Reject("chosen_in_another_language", tag)},
        2: {Reject("chosen_in_another_language", "pl")},
        3: {Reject("chosen_in_another_language", tag)},
        4: {Reject("chosen_in_another_language", "pl")},
        5: {Reject("chosen_in_another_language", "en")},
    }


def test_one_word_said_again_because_it_was_asked_for_is_in_no_language() -> None:
    prompt, again = "Print the word 'ping' 40 times separated by spaces.", " ".join(["ping"] * 40)
    other = "Je dois ranger ma chambre tous les jours.\n" * 5
    checked = outcomes(Language(), (prompt, again, other), ("Say something.", again, "No."), languages=["en", "en"])
    assert checked[0] == {Flag("chosen_language_undetermined"), Flag("language_confusion")}
    assert any(isinstance(one, Reject) for one in checked[1])


def test_a_short_instruction_and_latin_letters_that_were_asked_for() -> None:
    rows = [
        ("감정 분류: The soup was cold and the waiter was rude.", "부정적인 감정이 담긴 글입니다.", "모르겠어요."),
        ("रोमन लिपि में लिखो: मेरा नाम आशा है।", "Mera naam Asha hai aur main Pune mein rehti hoon.", "मुझे नहीं पता।"),
        ("मेरा नाम क्या है?", "Mera naam Asha hai aur main Pune mein rehti hoon.", "मुझे नहीं पता।"),
    ]
    checked = outcomes(Language(), *rows, languages=["ko", "hi", "hi"])
    assert Flag("cross_lingual_task") in checked[0] and Flag("cross_lingual_task") in checked[1]
    assert not any(isinstance(one, Reject) for row in (0, 1) for one in checked[row])
    assert Reject("chosen_in_another_language", "hi-Latn", None) in checked[2]
