"""In which languages an answer may be beside its own."""

import pytest

from polypref.languages.allowed import (
    allowed_languages,
    held_language,
    is_allowed,
    quotes_another,
    translation_beside,
    untranslated,
)
from polypref.languages.identifier import Identifier
from polypref.languages.tasks import language_task

IDENTIFIER = Identifier()
FRENCH = "La gare est fermée aujourd'hui parce que les trains ne roulent pas."
ENGLISH = "The station is closed today because the trains are not running."
GERMAN = "Der Bahnhof ist heute geschlossen, weil die Züge nicht fahren."
ITALIAN = "La stazione oggi è chiusa perché i treni non viaggiano."


def allows(answer: str, prompt: str, tag: str) -> bool:
    allowed = allowed_languages(prompt, tag, IDENTIFIER, answer)
    return is_allowed(answer, IDENTIFIER.check(answer, tag).language, tag, allowed, prompt, IDENTIFIER)


def test_a_translation_may_be_in_the_language_that_was_asked_for_and_in_no_third_one():
    prompt = f"Übersetze ins Französische: {GERMAN}"
    assert allows(FRENCH, prompt, "de")
    assert not allows(ENGLISH, prompt, "de")
    assert not allows(ITALIAN, prompt, "de")


def test_what_it_is_translated_from_is_not_asked_for():
    prompt = f"Traduis de l'anglais vers l'allemand : {ENGLISH}"
    assert allows(GERMAN, prompt, "fr")
    assert not allows("He has bought two loaves of bread at the corner shop today.", prompt, "fr")


def test_where_no_language_is_named_it_cannot_be_known_and_a_copy_is_none_all_the_same():
    prompt = f"Bitte übersetze das: {GERMAN}"
    assert allows(ITALIAN, prompt, "de")
    assert not allows(ENGLISH, f"Bitte übersetze das: {ENGLISH}", "de")


def test_a_question_after_mistakes_is_answered_with_the_right_sentence():
    wrong, right = "I am agree with you about the new station.", "I agree with you about the new station."
    assert allows(right, f"¿Está bien escrito? {wrong}", "es")
    assert not allows(right, f"¿De qué trata esto? {wrong}", "es")


def test_a_sentence_too_odd_to_be_told_may_be_corrected_in_its_words():
    odd, right = "I am student since two years.", "I have been a student for two years."
    assert IDENTIFIER.check(odd, "fr").status == "undetermined"
    assert allows(right, f"Corrige : {odd}", "fr")
    assert not allows(right, f"Lis-moi ça : {odd}", "fr")
    assert not allows(ENGLISH, f"Corrige : {odd}", "fr")


def test_an_instruction_ends_at_a_colon_without_a_space():
    wrong, right = "She suggested me to go there by train.", "She suggested that I go there by train."
    assert allows(right, f"帮我看看有没有语法错误:{wrong}", "zh")
    assert not allows(FRENCH, f"帮我看看有没有语法错误:{wrong}", "zh")


def test_what_is_in_another_language_is_to_be_in_the_prompts_own_where_none_is_named():
    assert not allows(ITALIAN, f"Bitte übersetze das: {ENGLISH}", "de")
    assert not allows(ITALIAN, f"{ENGLISH} Traduis.", "fr")


INTO_GERMAN = f"Übersetze ins Deutsche und zeige Original und Übersetzung: {ENGLISH}"
FORMATS = [
    "- {}\n- {}",
    "{}\n\n{}",
    "| en | de |\n|---|---|\n| {} | {} |",
    "{} → {}",
    "**Original:** {}\n\n**Übersetzung:** {}",
    '{{"source": "{}", "translation": "{}"}}',
]


@pytest.mark.parametrize("form", FORMATS)
def test_a_source_beside_its_translation_is_no_fault(form):
    beside = translation_beside(form.format(ENGLISH, GERMAN), "de", INTO_GERMAN, IDENTIFIER)
    assert beside is not None and (beside.text, beside.wrong) == (GERMAN, None)
    outward = f"Traduis en allemand : {FRENCH}"
    shown = translation_beside(form.format(FRENCH, GERMAN), "fr", outward, IDENTIFIER)
    assert shown is not None and shown.wrong is None and "de" in shown.languages


@pytest.mark.parametrize("form", FORMATS)
def test_a_source_hides_no_copy_and_no_third_language(form):
    wrong = [translation_beside(form.format(ENGLISH, one), "de", INTO_GERMAN, IDENTIFIER) for one in (ENGLISH, ITALIAN)]
    assert [one and one.wrong for one in wrong] == ["en", "it"]


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (GERMAN, INTO_GERMAN),  # a translation alone
        (f"- {ENGLISH}\n- {GERMAN}", f"Was meint er wohl? {ENGLISH}"),  # no translation is asked for
        (f"{ENGLISH}\n\n{ENGLISH}", f"Korrigiere mein Englisch: {ENGLISH}"),
        (f"{GERMAN}\n\n{ITALIAN}", f"Bitte übersetze das: {GERMAN}"),  # into what is not known
        (f"{ENGLISH}\n\n{FRENCH}", f"Übersetze: {ENGLISH} {ITALIAN} {GERMAN} {FRENCH} {ITALIAN}"),  # a part of it
    ],
)
def test_other_answers_are_none_that_show_their_source(text, prompt):
    assert translation_beside(text, "de", prompt, IDENTIFIER) is None


def test_words_for_correcting_count_in_the_request_and_not_in_the_text():
    text = "Please correct the spelling in the letter before you send it to the bank today."
    beside = translation_beside(f"- {text}\n- {ITALIAN}", "de", f"Übersetze ins Deutsche: {text}", IDENTIFIER)
    assert beside is not None and beside.wrong == "it"


def test_json_without_the_source_holds_no_third_language():
    prompt = f"Englische Notiz, übersetze sie bitte ins Deutsche: {ENGLISH}"
    task = language_task(prompt, "de")
    held = '{{"translation": "{}"}}'
    assert untranslated(held.format(ITALIAN), "de", task, prompt, IDENTIFIER, True) == "it"
    assert untranslated(held.format(GERMAN), "de", task, prompt, IDENTIFIER, True) is None


def test_words_of_the_own_language_between_are_no_fault():
    prompt = f"Schreibe den Satz auf Französisch: {GERMAN}"
    assert allows(f"Hier ist die Übersetzung, die du wolltest:\n{FRENCH}\n{FRENCH}", prompt, "de")
    assert not allows(f"{FRENCH}\n{ITALIAN}\n{ENGLISH}\n{ITALIAN}", prompt, "de")


def test_an_answer_may_be_in_the_language_that_is_quoted():
    prompt = f"Was soll ich auf diese Nachricht antworten? {ENGLISH} When are you going to arrive?"
    assert allows("Thank you, I am going to take the bus and be there at seven.", prompt, "de")
    assert not allows(FRENCH, prompt, "de")
    assert not allows(ENGLISH, "Wann fährt der Zug, und warum ist der Bahnhof zu?", "de")


def test_a_prompt_that_quotes_is_in_its_own_language():
    assert quotes_another(f"Korrigiere diesen englischen Satz: {ENGLISH} {ENGLISH}", "de", IDENTIFIER)
    assert quotes_another(f"{FRENCH}\n\nTranslate to English\n\nEnglish:", "en", IDENTIFIER)
    assert not quotes_another(f"{FRENCH} {ENGLISH}", "de", IDENTIFIER)


@pytest.mark.parametrize(
    ("tag", "question"),
    [
        ("ar", "ما رأيك في هذه الرسالة التي وصلتني أمس؟"),
        ("el", "Τι σημαίνει αυτό το μήνυμα που έλαβα σήμερα;"),
        ("fa", "نظر شما درباره این پیامی که دیروز به من رسید چیست؟"),
        ("hi", "मुझे कल यह संदेश मिला है और मैं इसका उत्तर देना चाहता हूँ।"),
        ("ja", "昨日届いたこのメッセージについてどう思いますか？"),
    ],
)
def test_a_question_is_apart_from_what_it_quotes_whatever_ends_it(tag, question):
    assert quotes_another(f"{question} {ENGLISH} {ENGLISH}", tag, IDENTIFIER)
    assert not quotes_another(f"{ENGLISH} {ENGLISH}", tag, IDENTIFIER)


@pytest.mark.parametrize(
    ("tag", "instruction"),
    [
        ("pl", "Popraw: "), ("pt", "Corrige: "), ("ro", "Corectează: "), ("zh", "请改正："), ("ja", "添削して："),
        ("zh", "这句英语说的是什么意思："),
    ],
)  # fmt: skip
def test_a_word_or_two_before_a_colon_say_what_is_to_be_done_with_a_quotation(tag, instruction):
    assert quotes_another(f"{instruction}{ENGLISH} {ENGLISH}", tag, IDENTIFIER)
    assert not quotes_another(f"Correct this: {ENGLISH} {ENGLISH}", tag, IDENTIFIER)


@pytest.mark.parametrize(
    "answer",
    [
        GERMAN,
        f"- {GERMAN}",
        f'{{"translation": "{GERMAN}"}}',
        f"```python\n# {GERMAN}\nprint(1)\n```",
    ],
)
def test_copies_are_found_in_every_format(answer):
    prompt = f"Übersetze ins Englische: {GERMAN}"
    assert untranslated(answer, "de", language_task(prompt, "de"), prompt, IDENTIFIER) == "de"
    right = answer.replace(GERMAN, ENGLISH)
    assert untranslated(right, "de", language_task(prompt, "de"), prompt, IDENTIFIER, bare=True) is None
    third = answer.replace(GERMAN, ITALIAN)
    if "{" in answer or "`" in answer:
        assert untranslated(third, "de", language_task(prompt, "de"), prompt, IDENTIFIER, bare=True) == "it"


def test_english_comments_are_usual_and_others_are_not():
    code = "```python\n# {}\n# {}\nx = 1\n```"
    assert held_language(code.format(ENGLISH, ENGLISH), "de", IDENTIFIER) is None
    assert held_language(code.format(ITALIAN, ITALIAN), "de", IDENTIFIER) == "it"
    assert held_language(code.format(GERMAN, GERMAN), "de", IDENTIFIER) is None


@pytest.mark.parametrize(
    ("tag", "sentence", "expected"),
    [
        ("hi", "यह एक छोटा सा वाक्य है जो हिंदी में लिखा है", "de"),
        ("he", "אתמול בערב הלכנו לשוק וקנינו פירות", "de"),
        ("fa", "دیشب همه با هم به بازار رفتیم", "en"),
        ("ru", "Вчера вечером мы ходили на рынок", "fr"),
        ("vi", "Hôm qua tất cả chúng tôi đã đi ra chợ mua hoa", "de"),
    ],
)
def test_a_short_sentence_in_json_is_looked_at_where_words_or_letters_tell(tag, sentence, expected):
    for form in ('{{"text": "{}"}}', "```python\n# {}\nx = 1\n```"):
        assert held_language(form.format(sentence), expected, IDENTIFIER) == tag
        assert held_language(form.format(" ".join(sentence.split()[:2])), expected, IDENTIFIER) is None
        assert held_language(form.format(sentence), tag, IDENTIFIER) is None


@pytest.mark.parametrize(
    "prompt",
    [
        f"Wie würde ein Franzose das sagen: {GERMAN}",
        f"„{GERMAN}“ Das Gleiche für französische Gäste.",
        f"{GERMAN} Was macht ein Franzose daraus?",
        f"Für das Schild brauche ich auch Französisch.\n{GERMAN}",
        f"Mein Gast kann kein Deutsch, nur Französisch: {GERMAN}",
    ],
)
def test_a_text_beside_a_language_may_be_asked_for_in_it_however_that_is_worded(prompt):
    task = language_task(prompt, "de")
    assert not task.targets
    assert allows(FRENCH, prompt, "de")
    assert not allows(ITALIAN, prompt, "de")
    assert not allows(" ".join([FRENCH] * 9), prompt, "de")
    assert untranslated(GERMAN, "de", task, prompt, IDENTIFIER) == "de"
    assert untranslated(f'{{"text": "{GERMAN}"}}', "de", task, prompt, IDENTIFIER, bare=True) == "de"
    assert untranslated(FRENCH, "de", task, prompt, IDENTIFIER) is None


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Mach eine Liste für unsere französischen Gäste: {}", "- {}"),
        ("Für die Franzosen bitte in Großbuchstaben, damit man es liest: {}", "UPPER"),
        ("Setze diesen Hinweis für Franzosen in JSON um: {}", '{{"hinweis": "{}"}}'),
        ("Korrigiere, was ich für die Franzosen geschrieben habe: {}", "{}"),
        ("Gefällt das den Franzosen? {}", "Ja, sehr. {} Das ist höflich und kurz, und jeder versteht es sofort."),
    ],
)
def test_a_text_that_is_edited_is_no_copy_of_it(prompt, answer):
    answer = GERMAN.upper() if answer == "UPPER" else answer.format(GERMAN)
    prompt = prompt.format(GERMAN)
    for bare in (True, False) if "{" in answer else (False,):
        assert untranslated(answer, "de", language_task(prompt, "de"), prompt, IDENTIFIER, bare) is None


def test_where_something_is_to_be_in_a_language_a_copy_of_what_is_carried_is_none():
    prompt = f"Das brauche ich auf Französisch: {GERMAN}"
    task = language_task(prompt, "de")
    assert (task.is_translation, task.into) == (False, {"fr"})
    assert untranslated(GERMAN, "de", task, prompt, IDENTIFIER) == "de"
    assert untranslated(f"- {GERMAN}", "de", task, prompt, IDENTIFIER) == "de"
    assert untranslated("Gern, aber dafür brauche ich mehr Zeit.", "de", task, prompt, IDENTIFIER) is None
    json = '{{"text": "{}"}}'
    assert untranslated(json.format(ITALIAN), "de", task, prompt, IDENTIFIER, bare=True) == "it"
    assert untranslated(json.format(FRENCH), "de", task, prompt, IDENTIFIER, bare=True) is None


def test_english_in_json_is_usual_only_where_the_prompt_speaks_of_code():
    answer = f'{{"a": "{ENGLISH}", "b": "{ENGLISH}"}}'
    assert held_language(answer, "de", IDENTIFIER, "Warum ist der Bahnhof heute geschlossen?") == "en"
    assert held_language(answer, "de", IDENTIFIER, "Gib mir ein Beispiel für JSON.") is None
    assert held_language(answer, "de", IDENTIFIER) is None
    comments = f"```python\n# {ENGLISH}\nx = 1\n```"
    assert held_language(comments, "de", IDENTIFIER, "Warum ist der Bahnhof heute geschlossen?") is None


def test_a_text_asked_for_by_kind_is_in_the_language_that_is_named_or_its_own():
    prompt = "Schreib eine französische Absage an unsere Gäste."
    assert not language_task(prompt, "de").targets
    assert allows(FRENCH, prompt, "de")
    assert not allows(ITALIAN, prompt, "de")
    assert not allows(FRENCH, "Was ist an französischen Absagen anders?", "de")


def test_of_sentences_with_a_word_it_cannot_be_known_what_they_are_in():
    prompt = "Drei Beispielsätze mit „closed“"
    assert allowed_languages(prompt, "de", IDENTIFIER, ENGLISH).any
    assert allows(ENGLISH, prompt, "de")
    assert not allows(ITALIAN, prompt, "de")


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [
        (f"Was bedeutet „{ENGLISH}“?", "de"),
        (f"Que veut dire « {ENGLISH} » ?", "fr"),
        (f"Что значит «{ENGLISH}»?", "ru"),
        (f"「{ENGLISH}」とはどういう意味ですか。", "ja"),
    ],
)
def test_what_a_text_means_is_not_said_in_its_language_alone(prompt, tag):
    meaning = "It means that nobody can leave the town by rail before the morning."
    own = {"de": GERMAN, "fr": FRENCH, "ru": "Вокзал сегодня закрыт.", "ja": "今日、駅は閉まっています。"}[tag]
    assert not allows(meaning, prompt, tag)
    assert not allows(ENGLISH, prompt, tag)
    assert allows(f"{own}\n{meaning}", prompt, tag)


def test_an_answer_that_only_says_a_text_again_is_none_where_something_is_asked_of_it():
    for prompt in (f"Worum geht es hier? {ENGLISH}", f"Zusammenfassung: {ENGLISH}", f"要約:{ENGLISH}"):
        tag = "ja" if "要" in prompt else "de"
        assert not allows(ENGLISH, prompt, tag)
    for prompt in (f"Ist das richtig? {ENGLISH}", f"Wiederhole das bitte: {ENGLISH}", f"Korrigiere: {ENGLISH}"):
        assert allows(ENGLISH, prompt, "de")
    # A part of it may be what was asked for.
    assert allows(ENGLISH, f"Welcher Satz nennt den Bahnhof? {ENGLISH} We will take the bus from the market.", "de")


@pytest.mark.parametrize("prompt", ["Übersetze: {}", "{}\n\nBitte übersetzen.", "Ich brauche eine Übersetzung: {}"])
def test_a_copy_is_no_translation_where_no_language_is_named_either(prompt):
    prompt = prompt.format(GERMAN)
    task = language_task(prompt, "de")
    assert untranslated(GERMAN, "de", task, prompt, IDENTIFIER) == "de"
    asking = "Ins Englische oder ins Französische? Das steht leider nicht da."
    assert untranslated(asking, "de", task, prompt, IDENTIFIER) is None


@pytest.mark.parametrize("prompt", ["Korrigiere die Übersetzung: {}", "Wiederhole die Übersetzung: {}"])
def test_a_translation_that_is_corrected_or_repeated_may_be_as_it_was(prompt):
    prompt = prompt.format(GERMAN)
    assert untranslated(GERMAN, "de", language_task(prompt, "de"), prompt, IDENTIFIER) is None


def test_a_copy_is_none_where_a_frenchman_is_to_word_it():
    prompt = f"Wie würde das ein Franzose formulieren? {GERMAN}"
    assert untranslated(GERMAN, "de", language_task(prompt, "de"), prompt, IDENTIFIER) == "de"
    edited = f"Formuliere das für Franzosen einfacher: {GERMAN}"
    assert untranslated(GERMAN, "de", language_task(edited, "de"), edited, IDENTIFIER) is None
