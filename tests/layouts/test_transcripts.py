"""Conversations written into one text: which cells are one, and which sound texts only look a little like it."""

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref import languages
from polypref.files.cells import Bad
from polypref.layouts import transcripts
from polypref.layouts.conversations import answer_text, messages
from polypref.layouts.transcripts import SERIALISED, TRANSCRIPT, answer_reason, reason

PAIRS = {
    "en": ("Human", "Assistant"), "ar": ("المستخدم", "المساعد"), "cs": ("Uživatel", "Asistent"),
    "de": ("Nutzer", "Assistent"), "el": ("Χρήστης", "Βοηθός"), "es": ("Usuario", "Asistente"),
    "fa": ("کاربر", "دستیار"), "fr": ("Utilisateur", "Assistant"), "he": ("משתמש", "עוזר"),
    "hi": ("उपयोगकर्ता", "सहायक"), "id": ("Pengguna", "Asisten"), "it": ("Utente", "Assistente"),
    "ja": ("ユーザー", "アシスタント"), "ko": ("사용자", "어시스턴트"), "nl": ("Gebruiker", "Assistent"),
    "pl": ("Użytkownik", "Asystent"), "pt": ("Usuário", "Assistente"), "ro": ("Utilizator", "Asistent"),
    "ru": ("Пользователь", "Ассистент"), "tr": ("Kullanıcı", "Asistan"), "uk": ("Користувач", "Помічник"),
    "vi": ("Người dùng", "Trợ lý"), "zh": ("用户", "助手"),
}  # fmt: skip


@pytest.mark.parametrize("tag", PAIRS)
@pytest.mark.parametrize(
    "form",
    [
        "\n\n{u}: 1 + 1?\n\n{a}: 2.\n\n{u}: 2 + 2?\n\n{a}:",
        "{u}: 1 + 1?\n{a}: 2.\n{u}: 2 + 2?",
        "{u}：1 + 1? {a}：",
        "**{u}:** 1 + 1?\n\n**{a}:** 2.",
        "### {u}:\n1 + 1?\n\n### {a}:\n",
        "\u200f{u} :\n1 + 1?\n\u200f{a} :\n2.",
    ],
)
def test_transcripts_with_the_labels_of_every_language(tag, form):
    user, assistant = PAIRS[tag]
    assert reason(form.format(u=user, a=assistant)) == TRANSCRIPT


@pytest.mark.parametrize(
    "text",
    [
        "USER: Is it late? ASSISTANT: No. USER: Then go on. ASSISTANT:",
        "A chat between a curious user and an artificial intelligence assistant. USER: Is it late? ASSISTANT: No.",
        "Below is an instruction that describes a task.\n\n### Instruction:\nName a bird.\n\n### Response:\n",
        "### Instruction\nName a bird.\n### Response\nA wren.",
        "You are a friendly assistant.\n\nHuman: Name a bird.\n\nAssistant: A wren.\n\nHuman: Another one.",
        "Write in verse, always.\n\nHuman: Name a bird.\n\nAssistant:",
        "System: Be brief.\nUser: Name a bird.\nAssistant:",
        "<human>: Name a bird.\n<bot>: A wren.\n<human>: Another one.",
        "[|User|]Name a bird.\n[|Assistant|]A wren.",
        "Human: Name a bird.\nAI: A wren.\nHuman: Another one.",
        "Q: Name a bird.\nA: A wren.\nQ: Another one.\nA:",
        "[Round 1]\n\n问：鸟？\n\n答：有。\n\n[Round 2]\n\n问：鱼？\n\n答：",
        "【用户】鸟？\n【助手】有。",
        "Assistant: What do you want to know?\n\nHuman: The name of a bird.\n\nAssistant:",
    ],
)
def test_formats_of_transcripts(text):
    assert reason(text) == TRANSCRIPT
    with pytest.raises(Bad) as error:
        messages(text)
    assert error.value.reason == TRANSCRIPT


@pytest.mark.parametrize(
    "text",
    [
        "What does Human: mean at the beginning of these files?",
        "Go on with this dialogue:\nHuman: Is it late?\nAssistant: No.\nHuman: Good.\nAssistant:",
        "Please complete the conversation.\n\nUser: Is it late?\nAssistant:",
        "Judge the answer below.\nUser: Is it late?\nAssistant: No.\nIs that polite?",
        "HAMLET: To be, or not to be.\nOPHELIA: Good my lord.\nHAMLET: I humbly thank you.",
        "Interviewer: Who are you?\nAda: A mathematician.\nInterviewer: Since when?",
        "Doctor: Where does it hurt?\nPatient: Here.\nDoctor: And now?",
        "Q: How many legs has a spider?\nA:",
        "Question: Which is a bird?\n(A) wren (B) trout\nAnswer:",
        "Q: Which is a bird?\nA: wren\nB: trout\nC: oak",
        "User: ada\nModel: X-200\nProblem: it does not start",
        "Input: 3 4\nOutput: 7\nInput: 5 6\nOutput:",
        "def f(a: int, q: str) -> None:\n    assistant: str = ''\n    user: str = ''",
        "Human: a species of great ape. Who coined the name Homo sapiens?",
        "## Question\nWhat is a wren?\n## Answer\n",
    ],
)
def test_sound_texts_with_labels_in_them(text):
    assert reason(text) is None
    assert messages(text)[0]["content"] == text


def test_an_answer_may_be_a_dialogue_that_was_asked_for():
    asked = [{"role": "user", "content": "Name a bird."}]
    for sound in (
        "Q: Why did the hen cross the road?\nA: Nobody knows.\nQ: And the cock?\nA: Nor that.",
        "Human: Hello, machine.\nAI: Hello, human.\nHuman: Farewell.",
        "Here it is:\n\nUser: Is it late?\nAssistant: No.",
        '["wren", "robin"]',
        '{"model": "m", "messages": [{"role": "user", "content": "hi"}]}',
    ):
        assert answer_reason(sound, asked) is None
        assert answer_text(sound, asked) == sound
    for wrong in (
        "Q: Name a bird.\nA: A wren.",
        "Human: Name  a bird.\nAI: A wren.",
        "Human: Something else.\n\nAssistant: A wren.",
        "### Instruction:\nName a bird.\n\n### Response:\nA wren.",
    ):
        assert answer_reason(wrong, asked) == TRANSCRIPT
    assert answer_reason("Assistant: A wren.", asked) is None
    assert answer_reason("Assistant: A wren.", [{"role": "user", "content": "Human: Name a bird."}]) == TRANSCRIPT


TURNS = [{"role": "user", "content": 'Isn\'t it "late"?'}, {"role": "assistant", "content": "No.\nNot yet."}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TURNS),
        json.dumps(TURNS, indent=2),
        str(TURNS),
        str(tuple(TURNS)),
        f"  {TURNS!r}\n",
        json.dumps(json.dumps(TURNS)),
        json.dumps(TURNS[0]),
        json.dumps({"messages": TURNS}),
        json.dumps({"system": "x", "conversations": [{"from": "human", "value": "x"}]}),
        "\n".join(json.dumps(one) for one in TURNS),
        str(TURNS).replace("}, {", "}\n {"),
        json.dumps(TURNS)[:-8],
        str([{"from": "gpt", "value": "x"}]),
        "[{'role': 'user', 'content': array(['x'], dtype=object)}]",
    ],
)
def test_turns_printed_into_a_cell(text):
    assert reason(text) == answer_reason(text) == SERIALISED


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]", "[]", "{}", '{"a": 1}', '"', "[", "{'role': 'admin', 'content': 'x', 'rights': []}",
        f"What is wrong here? {json.dumps(TURNS)}", f"{json.dumps(TURNS)}\nWhat is wrong here?",
        f"```json\n{json.dumps(TURNS)}\n```", f"messages = {TURNS}",
    ],
)  # fmt: skip
def test_code_that_holds_turns_is_a_text(text):
    assert reason(text) is answer_reason(text) is None


def test_a_turn_that_is_the_prompt_is_one_in_decomposed_letters_too():
    wrong, asked = "Q: Où est le café ?\nA: Là-bas.", "Où est le café ?"
    for one, other in (("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")):
        prompt = [{"role": "user", "content": unicodedata.normalize(other, asked)}]
        assert answer_reason(unicodedata.normalize(one, wrong), prompt) == TRANSCRIPT


def test_a_list_of_texts_is_no_prompt_and_may_be_an_answer():
    assert reason('["Name a bird.", "Another one."]') == SERIALISED
    assert answer_reason('["wren", "robin"]') is None


@settings(max_examples=200)
@given(
    some.text(), some.sampled_from(["Human: ", "[{'role': ", "USER:", "Q: ", "### Instruction\n", "[" * 3000, "-" * 99])
)
def test_any_text_has_a_reason_or_none(text, before):
    for whole in (text, before + text, before + text + "\nAssistant:", f"{before}{text}\n{before}"):
        assert reason(whole) in (None, TRANSCRIPT, SERIALISED)
        assert answer_reason(whole) in (None, TRANSCRIPT, SERIALISED)


@pytest.mark.parametrize(
    "text",
    [
        '[{"role": "user", "content": "A bird?", "timestamp": 7, "tool_call_id": null}]',
        '[{"role": "user", "content": "A bird?"}, {"role": "assistant", "tool_calls": []}]',
        '[{"role": "user", "parts": [{"text": "A bird?"}]}, {"role": "model", "parts": [{"text": "A wren."}]}]',
        '[{"author": "user", "message": "A bird?"}]',
        '[["user", "A bird?"], ["assistant", "A wren."]]',
        '[{"user": "A bird?"}, {"assistant": "A wren."}]',
        '[{"human": "A bird?", "assistant": "A wren."}]',
        "array([{'role': 'user', 'content': 'A bird?'}], dtype=object)",
        "[HumanMessage(content='A bird?'), AIMessage(content='A wren.')]",
    ],
)
def test_turns_as_other_tools_print_them(text):
    assert (reason(text), answer_reason(text)) == (SERIALISED, SERIALISED)


@pytest.mark.parametrize(
    "text",
    [
        '{"from": "Bern", "text": "A card from the lake."}',
        '[{"from": "EUR", "value": 3}, {"from": "USD", "value": 4}]',
        '[{"speaker": "Hamlet", "text": "Words."}, {"speaker": "Polonius", "text": "What words?"}]',
        '[["bird", "wren"], ["fish", "carp"]]',
        '[{"bird": "wren"}, {"assistant": "Anna"}]',
    ],
)
def test_data_that_was_asked_for_is_an_answer(text):
    assert answer_reason(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Answer: A wren. Question: which bird is meant?",
        "Improve this template.\n\n### Instruction:\n{task}\n\n### Response:",
        "Schreibe weiter.\n\nNutzer: Hallo.\nAssistent:",
        "Scrivi il seguito.\n\nUtente: Ciao.\nAssistente:",
        "続きを書いて\n\nユーザー：やあ\nアシスタント：",
        "이어서 써 줘\n\n사용자: 안녕\n어시스턴트:",
    ],
)
def test_tasks_about_a_dialogue(text):
    assert reason(text) is None


QUOTED = "{word} bitte:\n\n{more}\n\nHuman: eins\n\nAssistant:"


def test_a_dialogue_that_a_prompt_speaks_of_is_quoted_in_the_words_of_every_language():
    words = [
        word for one in languages.known() if one.transcript_labels for word in one.transcript_labels.dialogue_words
    ]
    assert len(words) > 60
    for word in words:
        assert reason(QUOTED.format(word=word.upper(), more="mehr")) is None, word
    assert reason(QUOTED.format(word="Antworte", more="mehr")) == TRANSCRIPT


@pytest.mark.parametrize(("length", "becomes"), [(2_000, TRANSCRIPT), (2_001, None)])
def test_a_preamble_has_a_length(length, becomes):
    # The last turn is answered: only what stands before the first label makes this a transcript.
    before = "A chat between a reader and a writer of letters. "
    before += "x" * (length - len(before))
    assert reason(f"{before}\n\nUSER: Was it so?\nASSISTANT: So it was.") == becomes


LABELS = [word for pair in PAIRS.values() for word in pair]
LINES = some.lists(
    some.sampled_from(
        [
            *LABELS,
            *map(str.upper, LABELS),
            "A chat between a human and an assistant. ",
            "You are an AI. ",
            "Q",
            "\u0131",
            ":",
            "：",
            "### ",
            "**",
            "[|user|]",
            "<",
            ">",
            "\n",
            " ",
            "\u200f",
            "1 + 1?",
            "2.",
            "(1)",
            ".",
        ]
    ),
    max_size=12,
).map("".join)


@settings(deadline=None)
@given(LINES)
def test_of_answers_only_those_that_begin_as_labelled_can_be_transcripts(text):
    if not transcripts._starts_labelled(text):
        labels = transcripts._labels(text)
        assert not labels or (labels[0].begin and not transcripts._FORMAT.match(text))


@settings(deadline=None)
@given(some.lists(some.sampled_from(LABELS), min_size=2), some.sampled_from([str, str.upper, str.lower]), LINES)
def test_words_by_their_first_letters_are_the_same_words(words, written, text):
    plain = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
    grouped = re.compile(transcripts._alternatives(words), re.IGNORECASE)
    text = written(words[0]) + text
    assert [one.span() for one in grouped.finditer(text)] == [one.span() for one in plain.finditer(text)]
