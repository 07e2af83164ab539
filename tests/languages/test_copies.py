"""What of an answer stands in its prompt."""

import json

import pytest

from polypref.languages.copies import beside_source, is_copy, may_copy, may_show_source

FRENCH = "La gare est fermée aujourd'hui parce que les trains ne roulent pas."
ENGLISH = "The station is closed today because the trains are not running."
GERMAN = "Der Bahnhof ist heute geschlossen, weil die Züge nicht fahren."
PROMPT = f"Auf Deutsch, bitte: {ENGLISH}"


def test_a_translation_that_quotes_what_it_translates_is_no_copy():
    assert is_copy(GERMAN.upper(), f"Übersetze: „{GERMAN}“")
    assert not is_copy(f"„{GERMAN}“ heißt: {ENGLISH}", f"Übersetze: „{GERMAN}“")
    assert is_copy("今日は電車が動いていません", "英語に訳して：今日は電車が動いていません。")
    assert not is_copy("Ja.", "Ja. Sag das auf Englisch.")


def test_a_few_pieces_tell_what_may_be_a_copy():
    prompt = f"Das brauche ich auf Französisch: {GERMAN}"
    assert may_copy(GERMAN, prompt) and may_copy(GERMAN.upper(), prompt) and may_copy(f"- {GERMAN}\n", prompt)
    assert not may_copy(FRENCH, prompt) and not may_copy("", prompt) and not may_copy(GERMAN * 9, prompt)


@pytest.mark.parametrize(
    "text",
    [
        f"{ENGLISH} {GERMAN}",
        f"> {ENGLISH}\n\nÜbersetzung: {GERMAN}",
        f"{GERMAN} ({ENGLISH})",
        f'Gern:\n```json\n{{"en": "{ENGLISH}", "de": ["{GERMAN}"], "n": 2}}\n```',
        f'{{"{ENGLISH}": "{GERMAN}"}}',
        f"{ENGLISH.upper()}\t{GERMAN}",
    ],
)
def test_what_stands_in_the_prompt_is_the_source_and_the_rest_is_without_labels(text):
    beside = beside_source(text, PROMPT)
    assert beside is not None and not beside.is_only_copy
    assert [line for line in beside.rest.split("\n") if line != "Gern:"] == [GERMAN]
    assert may_show_source(text, PROMPT)


def test_a_label_beside_a_copy_is_nothing_beside_it():
    beside = beside_source(f"| en | de |\n|---|---|\n| {ENGLISH} | {ENGLISH} |\nBitte sehr!", PROMPT)
    assert beside is not None and (beside.source, beside.rest, beside.is_only_copy) == (ENGLISH, "Bitte sehr!", True)
    assert beside.request(PROMPT) == "Auf Deutsch, bitte:  "


def test_an_answer_without_the_source_has_nothing_beside_it():
    assert beside_source(f"{GERMAN}\n{FRENCH}", PROMPT) is None
    assert not may_show_source(f"{GERMAN}\n{FRENCH}\nJa.", PROMPT)


def test_a_short_line_in_kana_and_han_may_be_the_source():
    prompt = "英語に訳して：今日は電車が動いていません。"
    assert may_show_source("今日は電車が動いていません。→ The trains are not running today.", prompt)
    assert not may_show_source("昨日は電車が走っていました。→ The trains were running.", prompt)


def test_empty_and_short_lines_of_a_source_leave_the_request_as_it_is():
    source = f"{ENGLISH}\n\na\n{FRENCH}"
    beside = beside_source(
        json.dumps({"source": source, "translation": GERMAN}), f"Auf Deutsch, aber nur das: {source}"
    )
    assert beside is not None and beside.rest == GERMAN
    request = beside.request(f"Auf Deutsch, aber nur das: {source}")
    assert " ".join(request.split()) == "Auf Deutsch, aber nur das: a"
