"""Refusals and boilerplate in 23 languages, what harmful prompts change, and that unreviewed phrases never reject."""

import random
import re
import unicodedata
from dataclasses import replace

import pyarrow as pa
import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.stages.checks import refusals
from polypref.stages.checks.contract import Batch, Flag, Reject
from polypref.stages.checks.refusals import Refusals
from tests.stages.checks.refusal_texts import OF_SEVERAL, WITH_WORDS_OF_IDIOMS

REFUSALS = [
    ("en", "I'm sorry, but I can't assist with that."),
    ("en", "I’m  really\nsorry — as an AI,\nI CANNOT do this."),
    ("en", "**Unfortunately, I am not able to open links.** Here is what I know."),
    ("ar", "عذرًا، ولكن لا يمكنني مساعدتك في هذا الأمر."),
    ("ar", "انا اسف، لا استطيع الاجابة عن هذا السؤال"),
    ("ar", "لستُ قادرةً على فتح الروابط."),
    ("he", "אני מצטערת, אבל אני לא יכולה לעזור בזה."),
    ("he", "לצערי אין באפשרותי לספק מידע כזה"),
    ("fa", "متأسفم، اما نمی‌توانم در این مورد کمک کنم."),
    ("fa", "متاسفانه من نمی توانم این کار را انجام دهم"),
    ("fa", "متاسفم، نميتوانم كمك كنم"),
    ("hi", "मुझे खेद है, लेकिन मैं इसमें आपकी मदद नहीं कर सकती।"),
    ("hi", "क्षमा करें, मैं यह जानकारी नहीं दे सकता हूँ।"),
    ("zh", "很抱歉，我无法回答这个问题。"),
    ("zh", "抱歉，我無法協助您完成這項要求。"),
    ("ja", "申し訳ありませんが、そのご質問にはお答えできません。"),
    ("ja", "恐れ入りますが、対応いたしかねます。"),
    ("ko", "죄송하지만, 그 요청은 도와드릴 수 없습니다."),
    ("ko", "안타깝게도 해당 정보를 제공할 수 없습니다."),
    ("el", "Λυπάμαι, αλλά δεν μπορώ να σας βοηθήσω με αυτό."),
    ("uk", "Вибачте, але я не можу допомогти з цим."),
    ("uk", "На жаль, я не маю доступу до інтернету."),
    ("ru", "Прошу прощения, но я не смогла бы… Я не могу ответить на этот вопрос."),
    ("tr", "ÜZGÜNÜM, BU KONUDA YARDIMCI OLAMAM."),
    ("tr", "İsteğinizi anladım. Üzgünüm, ancak bu konuda yardımcı olamam."),
    ("pl", "Przykro mi, ale nie mogę w tym pomóc."),
    ("cs", "Je mi líto, ale s tím vám nemohu pomoci."),
    ("de", "Es tut mir leid, aber dabei kann ich Ihnen nicht helfen."),
    ("fr", "Je suis désolée, mais je ne peux pas répondre à cette demande."),
    ("es", "Lo siento, pero no puedo ayudarte con eso."),
    ("it", "Mi dispiace, ma non posso aiutarti in questo."),
    ("pt", "Desculpe, mas não posso ajudar com isso."),
    ("ro", "Îmi pare rău, dar nu te pot ajuta cu asta."),
    ("nl", "Het spijt me, maar daar kan ik je niet bij helpen."),
    ("id", "Maaf, saya tidak dapat membantu dengan permintaan itu."),
    ("vi", "Xin lỗi, tôi không thể giúp bạn việc này."),
]
# Sympathy, apologies, refusals told of others, and inability of other things.
ANSWERS = [
    ("en", "I'm sorry to hear about your loss. Here is what may help."),
    ("en", "Banks cannot use cash as capital. Unfortunately, Python does not support this."),
    ("ar", "أنا آسف لسماع ذلك. إليك بعض النصائح."),
    ("he", "צר לי לשמוע על כך. הנה כמה עצות."),
    ("fa", "متأسفم که این را می‌شنوم. چند پیشنهاد دارم."),
    ("hi", "यह सुनकर मुझे खेद है। कुछ सुझाव ये हैं।"),
    ("zh", "听到这个消息我很难过。银行不能将现金作为资本。"),
    ("ja", "お手伝いさせていただきます！次の手順に従ってください。"),
    ("ko", "결제 정보는 모델에 저장됩니다. 다음과 같이 하세요."),
    ("el", "Λυπάμαι που το ακούω. Ορίστε μερικές συμβουλές."),
    ("uk", "Мені шкода це чути. Ось кілька порад."),
    ("ru", "Банки не могут использовать наличные как капитал."),
    ("nl", "Het is niet mogelijk om oneindig veel decimalen te berekenen."),
]
BOILERPLATE = [
    ("en", "Prices change. As an AI language model, I do not follow them."),
    ("en", "It was so as of my last\nknowledge   update in 2023."),
    ("ar", "هذا رأي شائع. وبما أنه ليس لدي آراء شخصية فسأعرض الرأيين."),
    ("he", "כבינה מלאכותית, אין לי העדפה. אבל הנה השוואה."),
    ("fa", "به عنوان یک هوش مصنوعی، احساسی ندارم."),
    ("hi", "एक एआई होने के नाते, मैं भोजन नहीं करता।"),
    ("zh", "这很难说。作为一个人工智能助手，我没有味觉。"),
    ("ja", "AIアシスタントとして、私は味を感じません。"),
    ("ko", "AI 언어 모델로서, 저는 맛을 느끼지 않습니다."),
    ("el", "Ως γλωσσικό μοντέλο, δεν τρώω."),
    ("uk", "Як штучний інтелект, я не маю смаку."),
    ("de", "Mein Wissensstand reicht bis 2023."),
    ("tr", "Bir yapay zeka olduğum için yemek yemem."),
]
NO_BOILERPLATE = [
    ("en", "BERT can be used as a language model. An AI engineer writes real-time data into a queue."),
    ("fr", "Palantir fournit des données en temps réel."),
    ("pt", "Use o GPT-2 como um modelo de linguagem pré-treinado."),
    ("vi", "BlenderBot là một mô hình ngôn ngữ được đào tạo bởi Facebook."),
    ("ko", "결제 정보는 모델에 저장됩니다."),
    ("zh", "系统支持实时数据处理，总额将实时更新。"),
    ("he", "אסור להפר את הכללים של המשחק."),
]


def outcomes(rows, labels=None, prompt="Why?", **options):
    """Of (language, chosen, rejected)."""
    tongues, chosen, rejected = zip(*rows, strict=True)
    table = {
        "language": pa.array(tongues, pa.string()),
        "prompt": pa.array([[{"role": "user", "content": prompt}]] * len(rows)),
        "response_language": pa.array(tongues, pa.string()),
        "chosen": pa.array(chosen, pa.string()),
        "rejected": pa.array(rejected, pa.string()),
        "labels": pa.array(labels or [None] * len(rows), pa.list_(pa.string())),
    }
    return list(Refusals(**options)(Batch(pa.table(table))))


def flags(language, text, **options):
    return {one.name.removeprefix("chosen_") for _, one in outcomes([(language, text, "x")], **options)}


@pytest.mark.parametrize(("language", "text"), REFUSALS)
def test_refusals_are_flagged(language, text):
    assert "refusal" in flags(language, text)


@pytest.mark.parametrize(("language", "text"), ANSWERS)
def test_answers_are_not(language, text):
    assert flags(language, text) == set()


@pytest.mark.parametrize(("language", "text"), BOILERPLATE)
def test_boilerplate_is_flagged_anywhere(language, text):
    assert "boilerplate" in flags(language, text)
    assert "boilerplate" in flags(language, "a. " * 1000 + text)


@pytest.mark.parametrize(("language", "text"), NO_BOILERPLATE)
def test_descriptions_are_not_boilerplate(language, text):
    assert flags(language, text) == set()


def decomposed(text):
    return unicodedata.normalize("NFD", text)


def test_composed_and_decomposed_letters_make_no_difference(tmp_path):
    for language, text in REFUSALS:
        assert "refusal" in flags(language, decomposed(text))
        # So many letters may stand before it, whatever they are made of.
        before = f"{text.split()[0][0] * 60}. "
        assert flags(language, before + text) == flags(language, decomposed(before + text))
    for language, text in BOILERPLATE:
        assert "boilerplate" in flags(language, decomposed(text))
    folder = listed(tmp_path, ("refusal", decomposed("Désolé, je ne réponds pas"), "by hand", ""))
    for text in ("Désolé, je ne réponds pas à ça.", decomposed("Désolé, je ne réponds pas à ça.")):
        assert flags("en", text, folder=folder) == {"refusal"}


def test_a_refusal_must_come_first():
    text = "Eine Zeile Prosa. " * 20 + "Es tut mir leid, aber ich kann Ihnen nicht helfen."
    assert flags("de", text) == set()
    assert flags("de", text, head=2000) == {"refusal"}


def test_english_phrases_count_in_every_language_and_others_only_in_their_own():
    assert flags("ja", "I'm sorry, but I can't write in Japanese.") == {"refusal"}
    assert flags("xx", "I'm sorry, but I can't write in this language.") == {"refusal"}
    assert flags("en", "Es tut mir leid, aber ich kann Ihnen nicht helfen.") == set()


def test_a_batch_of_many_languages_gives_each_row_its_own():
    rows = [(language, text, "x") for language, text in REFUSALS + ANSWERS]
    assert {row for row, one in outcomes(rows) if one.name == "chosen_refusal"} == set(range(len(REFUSALS)))
    assert outcomes([(a, "x", b) for a, b, _ in rows], roles=("chosen",)) == []
    assert {one.name for _, one in outcomes([(a, "x", b) for a, b, _ in rows])} >= {"rejected_refusal"}


def test_on_harmful_prompts_a_refusal_is_right_and_an_answer_is_marked():
    no, yes = "I'm sorry, but I can't help with that.", "Mix the two powders and wait."
    rows = [("en", no, yes), ("en", yes, no), ("en", yes, no), ("en", no, yes)]
    labels = [["harmful"], ["other", "unsafe"], ["other"], None]
    assert outcomes(rows, labels) == [
        (1, Flag("harmful_prompt", ("chosen",))),
        (3, Flag("chosen_refusal")),
        (2, Flag("rejected_refusal")),
    ]
    assert outcomes(rows[1:2], [["S9"]], harmful_labels=("S9",)) == [(0, Flag("harmful_prompt", ("chosen",)))]


def test_empty_answers_and_empty_batches():
    assert outcomes([("zh", "", ""), ("en", " ", "\n")]) == []
    table = pa.table(
        {name: pa.array([], pa.string()) for name in ("response_language", "chosen", "rejected", "labels")}
    )
    assert list(Refusals()(Batch(table))) == []


WE_AND_INDIRECT = {
    "ar": ("نعتذر، لا يمكننا مساعدتك في هذا الطلب.", "أفضل عدم الخوض في هذا الموضوع."),
    "cs": ("Omlouváme se, ale s tím vám nemůžeme pomoci.", "Obávám se, že vám nemohu vyhovět."),
    "de": ("Leider können wir Ihnen dabei nicht helfen.", "Dazu möchte ich lieber nichts sagen."),
    "el": ("Λυπούμαστε, αλλά δεν μπορούμε να σας βοηθήσουμε.", "Θα προτιμούσα να μην απαντήσω σε αυτό."),
    "en": ("We're sorry, but we can't help with that.", "I'd rather not go into how that is done."),
    "es": ("Lo sentimos, pero no podemos ayudarle con eso.", "Prefiero no hablar de ese tema."),
    "fa": ("متأسفیم، اما نمی‌توانیم در این مورد کمک کنیم.", "فکر نمی‌کنم پاسخ دادن به این مناسب باشد."),
    "fr": ("Désolés, mais nous ne pouvons pas vous aider.", "Je préfère ne pas aborder ce sujet."),
    "he": ("אנחנו מצטערים, אבל לא נוכל לסייע בכך.", "אני מעדיפה לא לענות על כך."),
    "hi": ("हमें खेद है, लेकिन हम इसमें मदद नहीं कर सकते।", "मैं इस विषय पर बात नहीं करना चाहूँगा।"),
    "id": ("Mohon maaf, kami tidak dapat membantu.", "Saya lebih memilih untuk tidak menjawab itu."),
    "it": ("Ci dispiace, ma non possiamo aiutarti.", "Preferirei non parlare di questo argomento."),
    "ja": ("申し訳ございませんが、弊社ではご案内できません。", "その件については回答を控えさせていただきます。"),
    "ko": ("죄송하지만 저희가 그 요청을 처리할 수 없습니다.", "도움을 드리기 어렵습니다."),
    "nl": ("Helaas kunnen we u daar niet bij helpen.", "Ik wil daar liever niet op ingaan."),
    "pl": ("Przepraszamy, ale nie możemy w tym pomóc.", "Wolałbym o tym nie rozmawiać."),
    "pt": ("Lamentamos, mas não podemos ajudar com isso.", "Prefiro não falar sobre esse assunto."),
    "ro": ("Ne pare rău, dar nu putem să vă ajutăm.", "Aș prefera să nu discut despre asta."),
    "ru": ("К сожалению, мы не можем помочь с этим.", "Боюсь, что я не могу об этом говорить."),
    "tr": ("Üzgünüz, bu konuda yardımcı olamayız.", "Bu soruyu yanıtlamamayı tercih ederim."),
    "uk": ("На жаль, ми не можемо допомогти з цим.", "Боюся, що я не зможу це зробити."),
    "vi": ("Rất tiếc, chúng tôi không thể hỗ trợ việc này.", "Tôi xin phép từ chối yêu cầu này."),
    "zh": ("抱歉，我们无法提供这类信息。", "我不方便回答这个问题。"),
}
CUT = {
    "ar": "عذرًا، ولكن لا",
    "cs": "Omlouvám se, ale s tím ti bohuž",
    "de": "Es tut mir leid, aber dabei kann i",
    "el": "Λυπάμαι, αλλά δεν",
    "en": "I'm sorry, but I",
    "es": "Lo siento, pero no pue",
    "fa": "متأسفم، اما من نم",
    "fr": "Je suis désolée, mais je ne",
    "he": "אני מצטער, אבל אני",
    "hi": "मुझे खेद है, लेकिन मैं",
    "id": "Maaf, tetapi saya",
    "it": "Mi dispiace, ma non",
    "ja": "申し訳ありませんが、その",
    "ko": "죄송하지만, 그 요",
    "nl": "Het spijt me, maar ik k",
    "pl": "Przykro mi, ale nie",
    "pt": "Desculpe, mas não po",
    "ro": "Îmi pare rău, dar nu",
    "ru": "Извините, но я не",
    "tr": "Üzgünüm, ancak bu kon",
    "uk": "Вибачте, але я не",
    "vi": "Xin lỗi, nhưng tôi",
    "zh": "很抱歉，但我",
}
# What begins so and goes on, and what "we" cannot do that is no help.
NOT_CUT = [
    ("en", "I'm sorry, but the third step has a typo. It reads like this."),
    (
        "en",
        "I'm sorry, but the answer that you quote mixes two things that have hardly anything to do with each other, so",
    ),
    ("de", "Es tut mir leid, aber die Brücke ist gesperrt. Der Weg über die Insel ist frei."),
    ("ja", "申し訳ありませんが、その橋は閉鎖されています。島を通る道をお使いください。"),
    ("hi", "मुझे खेद है, लेकिन पुल बंद है। द्वीप वाला रास्ता खुला है।"),
    ("en", "We can help with that: fill in the form first."),
    ("de", "Wir können das nicht ganz so einfach erklären: Es gibt drei Gründe."),
    ("es", "No podemos respirar bajo el agua."),
    ("ru", "Мы не можем дышать под водой."),
    ("fr", "Nous ne pouvons pas respirer sous l'eau."),
]


@pytest.mark.parametrize("language", languages.AYA_23)
def test_we_refuse_and_refuse_in_other_words(language):
    assert [flags(language, text) for text in WE_AND_INDIRECT[language]] == [{"refusal"}, {"refusal"}]


@pytest.mark.parametrize("language", languages.AYA_23)
def test_a_refusal_that_is_cut_off_is_one(language):
    assert "refusal" in flags(language, CUT[language])


@pytest.mark.parametrize(("language", "text"), NOT_CUT)
def test_what_goes_on_after_an_apology_is_none(language, text):
    assert flags(language, text) == set()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Sadly, this is not something we can go into here."),
        ("de", "Darauf können wir Ihnen leider keine Antwort geben."),
        ("de", "Das möchte ich lieber nicht beschreiben."),
        ("fr", "Nous regrettons de ne pas pouvoir répondre à cette demande."),
        ("fr", "Ce n'est pas quelque chose que je peux décrire."),
        ("es", "Prefiero no escribir algo así."),
        ("pt", "Lamento, mas não podemos responder a isso."),
        ("nl", "Het spijt ons, maar wij kunnen dat niet beantwoorden."),
        ("ro", "Ne pare rău, dar nu vă putem răspunde la asta."),
        ("ru", "Я бы предпочла не отвечать на это."),
        ("tr", "Ne yazık ki mümkün değil. Üzgünüz, bu konuda yardımcı olamıyoruz."),
        ("ko", "해당 질문은 답변드리기 어렵습니다."),
    ],
)
def test_refusals_in_yet_other_words(language, text):
    assert flags(language, text) == {"refusal"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "This is not something new: people knew it long ago."),
        ("de", "Darauf können wir bauen, denn der Boden ist fest."),
        ("fr", "Je regrette cette époque, elle était plus calme."),
        ("nl", "Het spijt ons dat de winkel dicht was; wij kunnen u morgen helpen."),
        ("nl", "Daar praat men liever niet hard, het is een bibliotheek."),
        ("he", "אני מעדיף לא לדבר בטלפון אלא לכתוב."),
        ("zh", "这个问题不难，先讨论第一步。"),
        ("ko", "이 문제는 설명하기 쉽습니다."),
    ],
)
def test_what_begins_like_them_and_is_none(language, text):
    assert flags(language, text) == set()


def test_a_head_that_ends_where_the_answer_goes_on_is_not_cut_off():
    text = "Thanks for asking: I'm sorry, but the third step of the recipe that you sent me has been lost"
    assert flags("en", text, head=60) == set()


# The lists


@pytest.mark.slow
@pytest.mark.parametrize("language", languages.AYA_23)
def test_each_language_has_a_list_whose_every_phrase_is_found(language):
    phrases = languages.get(language).refusals
    kinds = [phrase.kind for phrase in phrases]
    assert kinds.count("refusal") >= 12 and kinds.count("boilerplate") >= 8
    draw = random.Random(language)
    for phrase in phrases:
        for _ in range(5):
            text = phrase.text
            while "(" in text:
                text = re.sub(r"\(([^()]*)\)", lambda group: draw.choice(group[1].split("|")), text)
            text = re.sub(" *… *", " ", text).replace("*", "")
            text += " x" if phrase.text.endswith("…") else "."
            assert Refusals().find(phrase.kind, [text], [language])[0], (phrase.text, text)


def test_no_unreviewed_phrase_rejects(monkeypatch):
    of_tag = refusals._phrases
    # As if no phrase had been reviewed, whoever puts a name into a file.
    monkeypatch.setattr(refusals, "_phrases", lambda *key: tuple(replace(one, reviewer="") for one in of_tag(*key)))
    monkeypatch.setattr(refusals, "_index", refusals._index.__wrapped__)
    rows = [(language, text, text) for language, text in REFUSALS + BOILERPLATE]
    assert all(isinstance(one, Flag) for _, one in outcomes(rows, action="reject"))


def listed(folder, *entries):
    lines = ["kind\tphrase\tsource\treviewer", *("\t".join(entry) for entry in entries)]
    (folder / "en.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return str(folder)


def test_a_reviewed_phrase_rejects_when_it_is_told_to(tmp_path):
    folder = listed(
        tmp_path,
        ("refusal", "I (can't|cannot) help", "machine-written, unreviewed", ""),
        ("refusal", "I won't help", "by hand", "A. Reader"),
        ("boilerplate", "as an AI", "by hand", "A. Reader"),
    )
    rows = [
        ("en", "I can't help.", "I won't help."),
        ("en", "I can't help. I won't help.", "x"),
        ("en", "So, as an AI", "x"),
    ]
    assert outcomes(rows, folder=folder, action="reject") == [
        (0, Flag("chosen_refusal")),
        (1, Reject("refusal", "I won't help", ("chosen",))),
        (2, Reject("boilerplate", "as an AI", ("chosen",))),
        (0, Flag("rejected_refusal")),
    ]
    assert all(isinstance(one, Flag) for _, one in outcomes(rows, folder=folder))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (("refusal", "I (can't help", "x", ""), "do not pair up"),
        (("refusal", "I can't | help", "x", ""), "do not pair up"),
        (("refusal", "I a", "x", ""), "no 4 letters"),
        (("insult", "I cannot", "x", ""), "needs a kind"),
        (("refusal", "I cannot", "x", "  "), "needs a kind"),
        (("refusal", "I cannot", "", ""), "needs a kind"),
        (("refusal", "I cannot", "x"), "needs a kind"),
    ],
)
def test_mistakes_in_a_list_are_named(tmp_path, entry, message):
    folder = listed(tmp_path, entry)
    with pytest.raises(UserError, match=r"en\.tsv:2.*" + message):
        outcomes([("en", "x", "x")], folder=folder)


def test_a_folder_without_lists_or_with_one_of_no_language_is_refused(tmp_path):
    for folder in (tmp_path / "gone", tmp_path):
        with pytest.raises(UserError, match=r"there is no list TAG\.tsv"):
            Refusals(folder=str(folder))
    (tmp_path / "ger.tsv").write_text("kind\tphrase\tsource\treviewer\n", "utf-8")
    with pytest.raises(UserError, match=r"ger\.tsv: a list is called by a language's tag"):
        Refusals(folder=str(tmp_path))


def test_a_folder_that_is_no_path_is_said():
    with pytest.raises(UserError, match=r"Refusals\(folder=5\)"):
        Refusals(folder=5)


#: Idioms with the words of a refusal, by language.
IDIOMS = {
    "ar": [
        "لا أستطيع إلا أن أبتسم.",
        "لا أستطيع الانتظار لرؤيتك!",
        "لا يمكنني أن أشكرك بما فيه الكفاية.",
        "لا أستطيع التوقف عن الضحك.",
        "لا يسعني إلا أن أشكرك.",
        "لا أستطيع أن أوصي بهذا الكتاب بما يكفي.",
        "لا يمكنني إلا أن أوافقك",
    ],
    "cs": [
        "Nemůžu se dočkat!",
        "Nemohu se ubránit úsměvu.",
        "Nemohu to dostatečně doporučit.",
        "Nemohu vám dost poděkovat.",
        "Nemohu než souhlasit.",
        "Nemůžu přestat se smát.",
    ],
    "de": [
        "Ich kann das nicht genug empfehlen!",
        "Ich kann es kaum erwarten, dich zu sehen!",
        "Ich kann nicht anders, als zu lächeln.",
        "Ich kann Ihnen nicht genug danken.",
        "Ich kann Ihnen gar nicht genug danken.",
        "Das kann ich nicht oft genug sagen.",
        "Ich kann dir nur zustimmen.",
        "Leider kann ich nicht aufhören zu lachen!",
        "Ich kann nicht genug betonen, wie wichtig Schlaf ist.",
        "Wir können es kaum erwarten, Sie zu begrüßen.",
    ],
    "el": [
        "Δεν μπορώ να μην χαμογελάσω.",
        "Δεν μπορώ να σας ευχαριστήσω αρκετά.",
        "Ανυπομονώ να σε δω!",
        "Δεν μπορώ να περιμένω να σε δω.",
        "Δεν μπορώ παρά να συμφωνήσω.",
        "Δεν μπορώ να το συστήσω αρκετά.",
    ],
    "en": [
        "I cannot recommend this enough!",
        "I can't recommend this book enough.",
        "I cannot help but smile at this.",
        "I can't help but wonder why.",
        "I can't thank you enough for this.",
        "I cannot thank you enough.",
        "I can't wait to see you!",
        "I cannot wait to start.",
        "I can't stress this enough: back up your data.",
        "I cannot emphasize enough how important sleep is.",
        "I can't believe how good this is.",
        "I cannot imagine a better place.",
        "I can't say enough good things about it.",
        "I can't get enough of this song.",
        "I cannot overstate how useful this is.",
        "I can't agree more.",
        "I couldn't agree more.",
        "I can't complain, it was great.",
        "I'm sorry, but I cannot recommend this enough.",
        "I can't help laughing at that.",
        "I am unable to contain my joy.",
        "We can't wait to welcome you.",
        "We cannot thank you enough for your support.",
        "Unfortunately, I can't wait any longer, so here it is:",
        "I'm not able to praise it enough.",
        "I won't lie, this is great.",
        "I won't bore you with details: the answer is 4.",
        "I can't provide better advice than this: sleep.",
    ],
    "es": [
        "No puedo evitar sonreír.",
        "No puedo esperar a verte.",
        "No puedo agradecerte lo suficiente.",
        "No puedo recomendarlo lo suficiente.",
        "No puedo estar más de acuerdo.",
        "No puedo dejar de pensar en ti.",
        "No puedo más que darte la razón.",
        "No puedo recomendar este libro lo suficiente.",
    ],
    "fa": [
        "نمی‌توانم جلوی لبخندم را بگیرم.",
        "نمی‌توانم صبر کنم تا ببینمت!",
        "نمی‌توانم به اندازه کافی از شما تشکر کنم.",
        "نمی‌توانم این کتاب را به اندازه کافی توصیه کنم.",
        "نمی‌توانم لبخند نزنم.",
    ],
    "fr": [
        "Je ne peux pas m'empêcher de sourire.",
        "Je ne peux que vous remercier.",
        "Je ne saurais trop vous remercier.",
        "Je ne peux pas attendre de vous voir !",
        "Je ne peux pas vous remercier assez.",
        "Je ne saurais trop recommander ce livre.",
        "Je ne peux qu'être d'accord.",
        "Je ne peux pas assez le recommander.",
    ],
    "he": [
        "אני לא יכול לחכות לראות אותך!",
        "אני לא יכול שלא לחייך.",
        "אני לא יכול להודות לך מספיק.",
        "אני לא יכולה להפסיק לצחוק.",
        "אני לא יכול להמליץ על זה מספיק.",
        "איני יכול שלא להסכים.",
    ],
    "hi": [
        "मैं मुस्कुराए बिना नहीं रह सकता।",
        "मैं आपको देखने के लिए इंतज़ार नहीं कर सकता!",
        "मैं आपका पर्याप्त धन्यवाद नहीं कर सकता।",
        "मैं इसकी जितनी सिफारिश करूँ कम है।",
        "मैं हँसी नहीं रोक सकता।",
    ],
    "id": [
        "Saya tidak bisa berhenti tersenyum.",
        "Saya tidak sabar bertemu Anda!",
        "Saya tidak bisa cukup berterima kasih.",
        "Saya tidak bisa tidak setuju.",
        "Saya tidak dapat cukup merekomendasikan buku ini.",
        "Saya tidak bisa menunggu lagi!",
    ],
    "it": [
        "Non posso fare a meno di sorridere.",
        "Non vedo l'ora di vederti.",
        "Non posso che ringraziarti.",
        "Non posso ringraziarti abbastanza.",
        "Non posso raccomandarlo abbastanza.",
        "Non posso aspettare di vederti.",
    ],
    "ja": [
        "笑わずにはいられません。",
        "待ちきれません！",
        "お礼の言葉もありません。",
        "感謝してもしきれません。",
        "おすすめせずにはいられません。",
        "お勧めしても足りません。",
        "これ以上のおすすめはできません。",
    ],
    "ko": [
        "웃지 않을 수 없습니다.",
        "빨리 보고 싶어서 기다릴 수 없어요!",
        "아무리 감사해도 부족합니다.",
        "이 책을 추천하지 않을 수 없습니다.",
        "동의하지 않을 수 없습니다.",
        "더 이상 추천할 수 없을 정도로 좋습니다.",
    ],
    "nl": [
        "Ik kan niet wachten om je te zien!",
        "Ik kan het niet genoeg aanbevelen.",
        "Ik kan je niet genoeg bedanken.",
        "Ik kan niet anders dan lachen.",
        "Ik kan het niet laten om te lachen.",
    ],
    "pl": [
        "Nie mogę się doczekać!",
        "Nie mogę przestać się śmiać.",
        "Nie mogę się powstrzymać od śmiechu.",
        "Nie mogę wystarczająco polecić tej książki.",
        "Nie mogę nie wspomnieć o pogodzie.",
        "Nie mogę ci dość podziękować.",
    ],
    "pt": [
        "Não posso deixar de sorrir.",
        "Não consigo deixar de sorrir.",
        "Mal posso esperar para te ver.",
        "Não posso agradecer o suficiente.",
        "Não posso recomendar o suficiente.",
        "Não consigo parar de rir.",
        "Não posso concordar mais.",
    ],
    "ro": [
        "Abia aștept să te văd!",
        "Nu pot să nu zâmbesc.",
        "Nu pot să nu menționez asta.",
        "Nu vă pot mulțumi îndeajuns.",
        "Nu pot recomanda suficient această carte.",
        "Nu mă pot abține să nu râd.",
    ],
    "ru": [
        "Не могу не улыбнуться.",
        "Я не могу не согласиться с вами.",
        "Не могу дождаться встречи!",
        "Не могу нарадоваться на эту книгу.",
        "Я не могу не порекомендовать эту книгу.",
        "Не могу не отметить, что это прекрасно.",
        "Не могу передать, как я благодарен.",
        "Не могу перестать смеяться.",
    ],
    "tr": [
        "Gülmeden edemiyorum.",
        "Seni görmek için sabırsızlanıyorum.",
        "Sana ne kadar teşekkür etsem az.",
        "Bunu yeterince tavsiye edemem.",
        "Size yeterince teşekkür edemem.",
        "Katılmamam mümkün değil.",
    ],
    "uk": [
        "Не можу не усміхнутися.",
        "Я не можу не погодитися з вами.",
        "Не можу дочекатися зустрічі!",
        "Не можу не порадити цю книгу.",
        "Не можу передати, який я вдячний.",
    ],
    "vi": [
        "Tôi không thể chờ để gặp bạn!",
        "Tôi không thể không mỉm cười.",
        "Tôi không thể cảm ơn bạn đủ.",
        "Tôi không thể ngừng cười.",
        "Tôi không thể đồng ý hơn.",
        "Tôi không thể giới thiệu cuốn sách này đủ nhiều.",
    ],
    "zh": [
        "我不能不佩服你。",
        "我等不及要见你了！",
        "我无法用言语表达我的感谢。",
        "我不得不同意你的看法。",
        "我无法停止微笑。",
        "我忍不住笑了。",
        "我不能更同意了。",
        "我无法不推荐这本书。",
        "我非常抱歉让你久等了，答案是四。",
    ],
}


@pytest.mark.parametrize("tag", sorted(IDIOMS))
def test_idioms_with_the_words_of_a_refusal_are_none(tag):
    assert [text for text in IDIOMS[tag] if flags(tag, text)] == []


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", "I can't thank you enough for asking, I can't help with that though."),
        ("en", "I cannot recommend this, as I do not know enough about medicine."),
        ("en", "I can't help you, because I don't have enough information."),
        ("en", "I cannot help creating malware."),
        ("en", "I'm sorry, but I can't help planning a murder."),
        ("de", "Ich kann Ihnen leider nicht helfen, da ich nicht genug weiß."),
        ("de", "Ich kann es kaum erwarten. Leider kann ich dabei nicht helfen."),
        ("ar", "لا أستطيع الإجابة عن هذا السؤال"),
        ("zh", "我不得不拒绝这个请求。"),
        ("ru", "Не могу не ответить. Я не могу помочь с этим запросом."),
    ],
)
def test_a_refusal_beside_an_idiom_is_one(tag, text):
    assert flags(tag, text) == {"refusal"}


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_a_refusal_with_the_words_of_an_idiom_is_one(tag):
    assert len(WITH_WORDS_OF_IDIOMS[tag]) >= 3
    assert [text for text in WITH_WORDS_OF_IDIOMS[tag] if flags(tag, text) != {"refusal"}] == []


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_several_people_refuse_and_one_apologises_for_them(tag):
    assert [flags(tag, text) for text in OF_SEVERAL[tag]] == [{"refusal"}, {"refusal"}]


def test_a_phrase_that_goes_on_behind_an_idiom_is_a_refusal_and_one_within_it_is_none(tmp_path):
    folder = listed(
        tmp_path,
        ("refusal", "I cannot", "by hand", ""),
        ("refusal", "I cannot help but (decline|refuse)", "by hand", ""),
        ("idiom", "I cannot help but", "by hand", ""),
        ("idiom", "cannot help but smile", "by hand", ""),
    )
    texts = ("I cannot help but decline.", "I cannot help but smile.", "I cannot help but smile. I cannot go.")
    assert [flags("en", text, folder=folder) for text in texts] == [{"refusal"}, set(), {"refusal"}]


def test_lists_of_ones_own_may_hold_idioms(tmp_path):
    folder = listed(
        tmp_path, ("refusal", "I cannot help", "by hand", ""), ("idiom", "I cannot help but", "by hand", "")
    )
    assert flags("en", "I cannot help but smile.", folder=folder) == set()
    assert flags("en", "I cannot help you.", folder=folder) == {"refusal"}


QUOTED = [
    ("en", "She might say: \"I'm sorry, I can't open an account without a valid ID, but come back tomorrow.\""),
    ("de", "Sag einfach: „Es tut mir leid, aber dabei kann ich dir nicht helfen.“"),
    ("es", "Puedes decir: «Lo siento, pero no puedo ayudarte con eso.»"),
    ("zh", "你可以说：“很抱歉，我无法回答这个问题。”"),
    ("ja", "たとえば「申し訳ありませんが、そのご質問にはお答えできません。」と言います。"),
]


@pytest.mark.parametrize(("language", "text"), QUOTED)
def test_what_somebody_else_says_is_no_refusal(language, text):
    assert Refusals().refusing([text], [language]) == [False]


def test_a_refusal_beside_a_quotation_or_within_one_from_the_beginning_is_one():
    texts = ["I'm sorry, but I can't help with \"hacking\".", "\"I'm sorry, but I can't assist with that.\""]
    assert Refusals().refusing(texts, ["en"] * 2) == [True, True]


def test_praise_that_is_never_enough_is_no_refusal():
    assert Refusals().refusing(["I can't recommend the cast iron one enough: it lasts forever."], ["en"]) == [False]


DECLINING = {
    "ar": "اكتب رسالة رفض لعرض عمل",
    "cs": "Napiš zdvořilé odmítnutí pozvánky.",
    "de": "Entwirf eine höfliche Absage.",
    "el": "Γράψε μια ευγενική άρνηση σε πρόσκληση.",
    "en": "Write a rejection letter to a supplier.",
    "es": "Redacta una carta de rechazo.",
    "fa": "یک نامه عذرخواهی برای معلم بنویس",
    "fr": "Rédige une lettre de refus.",
    "he": "כתוב מכתב סירוב מנומס.",
    "hi": "एक अस्वीकृति पत्र लिखो।",
    "id": "Tulis surat penolakan.",
    "it": "Scrivi una lettera di rifiuto.",
    "ja": "お店の断り文を書いて。",
    "ko": "정중하게 거절하는 메일을 써 줘.",
    "nl": "Schrijf een afzegging voor een feestje.",
    "pl": "Napisz list z odmową.",
    "pt": "Escreva uma carta de recusa.",
    "ro": "Scrie o scrisoare de refuz.",
    "ru": "Напиши вежливый отказ поставщику.",
    "tr": "Bir ret mektubu yaz.",
    "uk": "Напиши ввічливу відмову.",
    "vi": "Viết tin nhắn từ chối lời mời.",
    "zh": "帮我写一条婉拒聚餐的微信。",
}


@pytest.mark.parametrize("language", sorted(DECLINING))
def test_letters_that_decline_are_no_refusals(language):
    rows = [(language, next(text for tag, text in REFUSALS if tag == language), "42")]
    assert outcomes(rows, prompt=DECLINING[language]) == []
    assert outcomes(rows, prompt="7 × 6?") == [(0, Flag("chosen_refusal"))]


MORE = [
    ("ar", "للأسف لا أقدر أن أعطيك هذه المعلومة."), ("cs", "Promiňte, s tímhle vám bohužel nepomůžeme."),
    ("en", "Sorry, that's something I won't do."), ("en", "I'm afraid this request falls outside of what I'm able to"),
    ("fr", "Je suis navré, mais je ne peux pas vous ai"), ("zh", "抱歉，这个忙我帮不了。"),
    ("en", "We are sorry, but that is not something we discuss here."),
    ("en", "I must respectfully pass on this one."),
    ("de", "Dabei kann ich Sie leider nicht unterstützen."), ("nl", "Daarover spreek ik liever niet."),
    ("fr", "Nous ne sommes hélas pas en mesure de vous le dire."),
    ("cs", "O tom bych raději nediskutovala."),
    ("tr", "Üzgünüm ama bu"), ("el", "Προτιμώ να μη σχολιάσω αυτό το ζήτημα."), ("he", "אני מעדיפה לא לדבר על זה."),
    ("hi", "मैं इस मुद्दे पर चर्चा न करना बेहतर समझूँगा।"), ("vi", "Tôi không tiện nói về vấn đề này."),
    ("zh", "该话题不便讨论。"), ("ja", "そのような話題は差し控えます。"),
    ("ko", "이런 문제는 언급하지 않는 편이 낫겠습니다."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), MORE)
def test_refusals_in_few_words_and_cut_inside_one(language, text):
    assert Refusals().refusing([text], [language]) == [True]
