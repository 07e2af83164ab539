"""The text that a prompt carries beside a request which names a language."""

import pytest

from polypref.languages.carried import Carried, carried_text

TEXT = "The ferry leaves at seven."


@pytest.mark.parametrize(
    ("prompt", "languages", "is_marked"),
    [
        (f"How would a Frenchman put this: {TEXT}", {"fr"}, True),
        (f"“{TEXT}” And for our Spanish guests?", {"es"}, True),
        (f"{TEXT}\n\nSame again for the Italians.", {"it"}, True),
        (f"{TEXT} – now for the Italians!", {"it"}, True),
        (f"For the Italians — {TEXT}", {"it"}, True),
        (f"Hello!\nMy guests only speak Dutch.\n{TEXT}", {"nl"}, True),
        (f"What would a German say? {TEXT}", {"de"}, False),
        (f"{TEXT} What would a German say?", {"de"}, False),
        (f"Dutch or German, please: {TEXT}", {"de", "nl"}, True),
    ],
)
def test_colons_dashes_marks_lines_and_sentences_set_a_text_apart(prompt, languages, is_marked):
    carried = carried_text(prompt, "en")
    assert carried is not None
    assert (carried.text.strip("“”"), carried.languages, carried.is_marked) == (TEXT, languages, is_marked)


@pytest.mark.parametrize(
    "prompt",
    [
        "What does the term French Revolution mean?",
        "Which dishes are typically French?",
        "Why is English so common? I have asked my teacher about it.",
        "How many Germans are there: do you know?",
        f"Who says “{TEXT}”?",
        "Meet the French: noon",
    ],
)
def test_without_a_text_or_a_name_beside_it_nothing_is_carried(prompt):
    assert carried_text(prompt, "en") is None


@pytest.mark.parametrize(
    ("tag", "prompt", "text"),
    [
        ("el", "Πώς θα το έλεγε ένας Γάλλος; Το πλοίο φεύγει στις επτά.", "Το πλοίο φεύγει στις επτά."),
        ("zh", "法国人会怎么说？渡轮七点出发。", "渡轮七点出发。"),
        ("ja", "フランス人ならどう言いますか。船は七時に出発します。", "船は七時に出発します。"),
        ("hi", "कोई फ्रांसीसी इसे कैसे कहेगा? नाव सात बजे निकलती है।", "नाव सात बजे निकलती है।"),
    ],
)
def test_each_script_ends_its_sentences(tag, prompt, text):
    carried = carried_text(prompt, tag)
    assert carried is not None and carried.languages == {"fr"} and carried.text == text


def test_a_semicolon_is_a_question_mark_in_greek_alone():
    greek = carried_text("Πώς θα το έλεγε ένας Γάλλος; Το πλοίο φεύγει στις επτά.", "el")
    english = carried_text(f"Our guests are French; mind that. {TEXT}", "en")
    assert greek is not None and greek.is_asked and greek.may_be_meant
    assert english is not None and english.languages == {"fr"} and not english.is_asked and not english.may_be_meant


def test_an_answer_far_longer_or_shorter_than_the_text_is_none_of_it():
    carried = Carried("x" * 200, frozenset({"fr"}), True)
    beside = Carried("x" * 200, frozenset({"fr"}), False, is_asked=True)
    assert [carried.may_be_given_by("y" * size) for size in (29, 30, 820, 821)] == [False, True, True, False]
    assert [beside.may_be_given_by("y" * size) for size in (59, 60, 520, 521)] == [False, True, True, False]


@pytest.mark.parametrize(
    "prompt",
    [
        "I took an exam in Spanish yesterday. What should I eat?",
        "I am fond of French food. Recommend something for my guests.",
        f"Please look at this: {TEXT} I wrote it on a French island, and nobody has read it yet.",
    ],
)
def test_of_sentences_alone_the_one_that_names_a_language_is_a_question(prompt):
    carried = carried_text(prompt, "en")
    assert carried is not None and not carried.may_be_meant
    assert not carried.may_be_given_by(carried.text)


def test_what_a_text_has_in_another_form_is_edited():
    carried = Carried("The ferry leaves at 7. It has a café on board.", frozenset({"fr"}), True)
    assert not carried.is_edited_in("“The ferry leaves at 7. It has a café on board”")
    for edited in (
        "- The ferry leaves at 7.\n- It has a café on board.",
        "The ferry leaves at 8. It has a café on board.",
        "THE FERRY LEAVES AT 7. IT HAS A CAFÉ ON BOARD.",
        "The ferry leaves at 7 ⛴. It has a café on board.",
        "The ferry leaves at 7. It has a **café** on board.",
    ):
        assert carried.is_edited_in(edited), edited


@pytest.mark.parametrize("mark", "“„«»「『‘")
def test_marks_that_nothing_closes_are_looked_for_once(mark):
    """Of 200,000 on end each would be looked for to the end of the line."""
    carried = carried_text(f"Now for the Italians: {mark * 200_000} {TEXT}", "en")
    assert carried is not None and carried.languages == {"it"} and carried.text.endswith(TEXT)


@pytest.mark.parametrize(
    "text", ["“one", "„one“", "„one”", '„one"', "«one»", "»one«", "「one」", "『one』", "‘one’", '"one"']
)
def test_a_name_between_marks_is_of_the_text_and_not_of_the_request(text):
    held = text.replace("one", "a word in French")
    carried = carried_text(f"Who says so to my dear friends? {held}, I am sure, and not one word more.", "en")
    assert (carried is None) == (text != "“one")
