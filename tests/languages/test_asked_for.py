"""Answers held against what their prompts ask for; every value by hand."""

import pytest

from polypref.languages.asked_for import are_in_language, are_without_english, check_asked_lines, instruction_text
from polypref.languages.fidelity import Lines
from polypref.languages.identifier import Identifier

IDENTIFIER = Identifier()
FRENCH = "La gare est fermée aujourd'hui parce que les trains ne roulent pas."
ENGLISH = "The station is closed today because the trains are not running."
GERMAN = "Der Bahnhof ist heute geschlossen, weil die Züge nicht fahren."
ITALIAN = "La stazione oggi è chiusa perché i treni non viaggiano."
ARABIC = "المحطة مغلقة اليوم لأن القطارات لا تسير في المدينة."
INTO_FRENCH = f"Übersetze ins Französische: {GERMAN}"


def passed(answer: str, prompt: str | None, tag: str) -> bool | None:
    (lines,) = check_asked_lines([answer], [tag], [prompt], IDENTIFIER)
    return lines.passed


@pytest.mark.parametrize(
    ("answer", "right"),
    [(FRENCH, True), (ITALIAN, False), (ENGLISH, False), (GERMAN, False), ("Das kann ich heute leider nicht.", True)],
)
def test_a_translation_is_right_in_the_language_that_was_asked_for(answer, right):
    assert passed(answer, INTO_FRENCH, "de") is right
    assert are_in_language([answer], ["de"], [INTO_FRENCH], IDENTIFIER) == [right]


def test_latin_letters_that_were_asked_for_are_right():
    prompt, answer = "रोमन लिपि में लिखो: मेरा नाम आशा है।", "Mera naam Asha hai aur main Pune mein rehti hoon."
    assert passed(answer, prompt, "hi") is True
    assert passed(answer, "तुम्हारा नाम क्या है?", "hi") is False
    asked = are_in_language([answer, answer], ["hi"] * 2, [prompt, "तुम्हारा नाम क्या है?"], IDENTIFIER)
    assert asked == [True, False]


def test_without_its_prompt_an_answer_is_held_against_its_own_language_alone():
    assert passed(FRENCH, None, "de") is False
    assert are_in_language([FRENCH, GERMAN, "42"], ["de"] * 3, [None] * 3, IDENTIFIER) == [False, True, None]


def test_a_prompt_that_asks_for_nothing_frees_nothing():
    assert passed(ENGLISH, "Warum ist der Bahnhof heute geschlossen?", "de") is False
    assert passed(GERMAN, "Warum ist der Bahnhof heute geschlossen?", "de") is True


def test_where_no_language_is_named_nothing_is_known_but_that_a_copy_is_none():
    prompt = f"Bitte übersetze das: {GERMAN}"
    assert [passed(one, prompt, "de") for one in (ITALIAN, GERMAN)] == [None, False]
    prompt = f"Bitte übersetze das: {ENGLISH}"
    answers = [ITALIAN, GERMAN, ENGLISH]
    assert [passed(one, prompt, "de") for one in answers] == [False, True, False]
    assert are_in_language(answers, ["de"] * 3, [prompt] * 3, IDENTIFIER) == [False, True, False]


def test_a_source_beside_its_translation_counts_in_no_share():
    prompt = f"Übersetze das ins Deutsche: {ENGLISH}"
    answers = [f"- {ENGLISH}\n- {one}" for one in (GERMAN, ITALIAN, ENGLISH)]
    assert [passed(one, prompt, "de") for one in answers] == [True, False, False]
    assert are_in_language(answers, ["de"] * 3, [prompt] * 3, IDENTIFIER) == [True, False, False]


def test_a_copy_is_wrong_though_its_language_is_named():
    prompt = f"Übersetze den englischen Satz: {ENGLISH}"
    assert passed(ENGLISH, prompt, "de") is False
    assert are_in_language([ENGLISH], ["de"], [prompt], IDENTIFIER) == [False]


def test_a_copy_in_the_language_of_the_prompt_is_one_wrong_line():
    (lines,) = check_asked_lines([GERMAN], ["de"], [INTO_FRENCH], IDENTIFIER)
    assert lines == Lines(1, ((0, "de"),), 1.0) and lines.accuracy == 0


def test_what_a_prompt_quotes_may_be_answered_in_its_language():
    prompt = f"Was soll ich auf diese Nachricht antworten? {ENGLISH} When are you going to arrive?"
    answer = "Thank you, I am going to take the bus and be there at seven."
    assert passed(answer, prompt, "de") is True
    assert passed(FRENCH, prompt, "de") is False


def test_one_line_in_a_third_language_is_seen_between_right_ones():
    (lines,) = check_asked_lines([f"{FRENCH}\n{ITALIAN}\n{FRENCH}"], ["de"], [INTO_FRENCH], IDENTIFIER)
    assert (lines.checked, lines.wrong) == (3, ((1, "it"),))


def test_english_words_are_not_counted_where_latin_letters_were_asked_for():
    shown = f"{ARABIC} you should always remember that it is closed before you start {ARABIC}"
    prompts = ["كيف أقول هذه الجملة بالإنجليزية؟", "لماذا المحطة مغلقة اليوم؟", None]
    fine = [Lines(1, ())] * 3
    assert are_without_english([shown] * 3, ["ar"] * 3, prompts, fine, IDENTIFIER) == [None, False, False]
    assert are_without_english([ARABIC] * 3, ["ar"] * 3, prompts, fine, IDENTIFIER) == [True, True, True]


def test_english_words_count_only_in_answers_without_a_wrong_line_in_other_letters():
    lines = [Lines(1, ()), Lines(2, ((0, "en"),)), Lines(0, ())]
    texts = ["солнце shines ярко"] * 3
    known = frozenset({"shines"})
    assert are_without_english(texts, ["ru"] * 3, [None] * 3, lines, IDENTIFIER, known) == [False, None, None]
    assert are_without_english(texts, ["ru"] * 3, [None] * 3, lines, IDENTIFIER, frozenset({"closed"}))[0] is True
    assert are_without_english(texts[:1], ["fr"], [None], lines[:1], IDENTIFIER, known) == [None]


def test_of_a_conversation_what_the_system_and_the_user_wrote_is_the_instruction():
    turns = [("system", "Be brief."), ("user", "Hello"), ("assistant", "Hi!"), ("user", "Translate it.")]
    assert instruction_text(turns) == "Be brief.\n\nHello\n\nTranslate it."


def test_a_copy_is_wrong_however_a_translation_is_asked_for():
    for prompt in (f"Das brauche ich auf Französisch: {GERMAN}", f"Wie würde ein Franzose das sagen: {GERMAN}"):
        assert are_in_language([FRENCH, GERMAN, ITALIAN], ["de"] * 3, [prompt] * 3, IDENTIFIER) == [True, False, False]
        assert [passed(one, prompt, "de") for one in (FRENCH, GERMAN, ITALIAN)] == [True, False, False]
