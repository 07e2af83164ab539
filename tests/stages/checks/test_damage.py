"""Broken encodings, template tokens, placeholders, HTML remnants: what is found in many scripts, and what is not."""

import pytest

from polypref.stages.checks.contract import Reject
from polypref.stages.checks.damage import (
    EncodingDamage,
    HtmlRemnants,
    LeakedPlaceholders,
    TemplateTokens,
    html_remnant,
    mojibake,
    placeholder,
    template_token,
)

SOUND = {
    "ar": "لكل فرد حق في حرية الرأي والتعبير، ويشمل هذا الحق حريته في اعتناق الآراء.",
    "he": "כל אדם זכאי לחירות הדעה והביטוי; ארה״ב, צה״ל, ג'ירפה, 5×3.",
    "fa": "هر کس حق آزادی عقیده و بیان دارد؛ می‌خواهم «کتاب» را بخوانم.",
    "hi": "प्रत्येक व्यक्ति को विचार और उसकी अभिव्यक्ति की स्वतन्त्रता का अधिकार है ।",
    "zh": "人人有权享有主张和发表意见的自由；此项权利包括持有主张而不受干涉的自由。",
    "ja": "すべて人は、意見及び表現の自由に対する権利を有する。",
    "ko": "모든 사람은 의견의 자유와 표현의 자유에 대한 권리를 가진다.",
    "el": "Καθένας έχει το δικαίωμα της ελευθερίας της γνώμης και της έκφρασης.",
    "uk": "Кожна людина має право на свободу переконань. Рік, Січень, Рієка, СРСР»…",
    "ru": "Каждый человек имеет право на свободу убеждений. С уважением, Р. S. СССР».",
    "fr": "Je suis allé… «Voilà», dit-il à Noël ; 20 € l’unité, 5 °C, ½ litre, naïveté.",
    "de": "Größe: 5 µm ± 0,1 – „Ärger“ gemäß § 5, Fußnote¹ und Ø 3 cm.",
    "tr": "İstanbul’da yağmur yağıyor; ağaç, göğüs, şişe, ığdır.",
    "vi": "TÔI ĐÃ ĐẾN “HÀ NỘI” và Âu Cơ; giá 5 €.",
    "pt": "AMANHÃ – NÃO. A maçã, você, coração, ÂNGELA — São Paulo.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "ro": "Și în România, ÎNTÂI, Ămărăști, „citat”.",
}


@pytest.mark.parametrize("tag", sorted(SOUND))
def test_sound_text_is_not_called_broken(tag):
    assert mojibake(SOUND[tag]) is None


@pytest.mark.parametrize(
    "tag", ["ar", "he", "fa", "hi", "zh", "ja", "ko", "el", "uk", "ru", "fr", "de", "tr", "vi", "pt", "cs", "ro"]
)
def test_utf8_read_as_latin1_is_found_in_every_script(tag):
    assert mojibake(SOUND[tag].encode().decode("latin-1"))


@pytest.mark.parametrize(
    ("tag", "encoding"),
    [
        ("ar", "cp1256"),
        ("fa", "cp1256"),
        ("he", "cp1255"),
        ("el", "cp1253"),
        ("uk", "cp1251"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("cs", "cp1250"),
        ("tr", "cp1254"),
        ("fr", "mac-roman"),
        ("zh", "gbk"),
        ("ja", "shift_jis"),
    ],
)
def test_utf8_read_in_the_old_encoding_of_the_region_is_found(tag, encoding):
    misread = "".join(bytes([b]).decode(encoding, "ignore") for b in SOUND[tag].encode())
    if encoding in ("gbk", "shift_jis"):
        misread = SOUND[tag].encode().decode(encoding, "ignore")
    assert mojibake(misread)


@pytest.mark.parametrize(
    "text",
    [
        "It doesnâ€™t work",  # ’ by hand: E2 80 99 read as cp1252
        "a cafÃ© in town",  # é: C3 A9
        "la varietÃ\xa0 dei prezzi",  # à: C3 A0
        "5 Â°C",  # °: C2 B0
        "smile ðŸ˜€",  # 😀: F0 9F 98 80
        "a ï¿½ here",  # U+FFFD itself: EF BF BD
        "РџСЂРёРІРµС‚",  # Привет read as cp1251
        "п╨п╟п╨",  # как read as KOI8-R
        "锟斤拷锟斤拷",  # U+FFFD twice, read as GBK
        "Êàæäûé ÷åëîâåê èìååò ïðàâî íà ñâîáîäó",  # cp1251 read as Latin-1
    ],
)
def test_single_signs_of_misread_text(text):
    assert mojibake(text)


def test_replacement_and_control_characters(pairs, outcomes):
    batch = pairs(
        {"language": "ja", "chosen": "これは\ufffdです"},
        {"language": "he", "chosen": "של\x0bום"},
        {"language": "fa", "chosen": "می\u200cخواهم"},  # a zero-width non-joiner belongs there
        {"language": "hi", "prompt": "क्\u200dष\ufffd"},
        {"language": "ar", "chosen": "سطر\r\nآخر\tهنا"},
        {"language": "zh", "chosen": "\ufeff你好"},
    )
    assert outcomes(EncodingDamage(), batch) == [
        (3, "prompt_replacement_character"),
        (0, "chosen_replacement_character"),
        (1, "chosen_control_character"),
        (5, "chosen_control_character"),
    ]


def test_settings_say_which_texts_are_read_and_what_happens(pairs, outcomes):
    batch = pairs({"chosen": "a\ufffdb", "rejected": "c\ufffdd\ufffd"})
    assert [type(o) for _, o in EncodingDamage()(batch)] == [Reject, Reject]
    assert outcomes(EncodingDamage(roles=("chosen",)), batch) == [(0, "chosen_replacement_character")]
    assert outcomes(EncodingDamage(roles=("rejected",), action="flag"), batch) == [
        (0, "rejected_replacement_character")
    ]
    assert outcomes(EncodingDamage(roles=("rejected",), max_replacements=2), batch) == []
    assert outcomes(EncodingDamage(roles=("rejected",), max_replacements=1), batch) == [
        (0, "rejected_replacement_character")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Ja.<|im_end|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\nHi",
        "[INST] مرحبا [/INST]",
        "好的<end_of_turn>",
        "<<SYS>> x",
        "Да.</s>",
        "はい<｜end▁of▁sentence｜>",
        "fin.### Human: et puis ?",
        "### Response: תשובה",
        "<extra_id_0> de",
        "네 <unk> 네",
        "Ναι.\nASSISTANT: Όχι",
    ],
)
def test_template_tokens_are_found(text):
    assert template_token(text)


@pytest.mark.parametrize(
    "text",
    [
        "a < b and b > c",
        "[1] Quelle",
        "### Humanisme : une histoire",
        "## Вопросы: что дальше?",
        "if x<|y|: pass",
        "#Human",
        "Use `<|im_end|>` to end a turn.",
        "```\n<s>[INST] x [/INST]</s>\n```",
        "[Institut]",
        "<strong>",
        "<s>alt</s> neu",
    ],
)
def test_no_template_token(text):
    assert template_token(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "عزيزي {name}، شكرا",
        "שלום {{user_name}}",
        "Hallo [INSERT NAME HERE],",
        "Tere <placeholder>",
        "Write about {topic}.",
        "Купите __PH_3__ сегодня",
        "請看 ⟦2⟧ 的說明",
        'Δείτε <x id="1"/> εδώ',
        "XXPH1XX 입니다",
        "कृपया @@4@@ देखें",
        "<your name>",
    ],
)
def test_placeholders_are_found(text):
    assert placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mit freundlichen Grüßen\n[Ihr Name]",
        "Dear [Your Name],",
        "$x^{name}$ и \\frac{text}{2}",
        "`{name}` in Python",
        "$ {text} $ und \\[ {input} \\]",
        "```\nf'{text}'\n```",
        "{1, 2, 3}",
        "set {a}",
        "[Insert a row](https://example.org)",
        "__init__ and __name__",
        "100%% sure",
        "pH 7, PH7",
        "a<b>c",
        "@@ -1 +1 @@",
    ],
)
def test_no_placeholder(text):
    assert placeholder(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "אמר &quot;שלום&quot;",
        "l&#39;eau",
        "A &amp; B",
        "5 &lt; 6",
        "x&nbsp;y",
        "&#x27;ok&#x27;",
        "سطر<br>سطر",
        "<p>文</p>",
        '<div class="a">текст</div>',
        "<a href='https://example.org'>링크</a>",
        "&amp;quot;",
        "<!-- kommentar -->",
    ],
)
def test_html_remnants_are_found(text):
    assert html_remnant(text)


@pytest.mark.parametrize(
    "text",
    [
        "AT&T; R&D",
        "a < p and p > b",
        "Use `<div>` and `&amp;`.",
        "```html\n<p>&quot;</p>\n```",
        "| a<br>b | c |",
        "<a> variable",
        "List<String> x",
        "x &y; z",
        "<https://example.org>",
    ],
)
def test_no_html_remnant(text):
    assert html_remnant(text) is None


def test_the_four_filters_name_role_and_kind(pairs, outcomes):
    batch = pairs({"prompt": "&quot;{name}&quot;", "chosen": "a<br>", "rejected": "b<|eot_id|>"})
    assert outcomes(TemplateTokens(), batch) == [(0, "rejected_template_token")]
    assert outcomes(LeakedPlaceholders(), batch) == [(0, "prompt_placeholder")]
    assert outcomes(HtmlRemnants(), batch) == [(0, "prompt_html"), (0, "chosen_html")]


@pytest.mark.parametrize(
    "prompt",
    ["ارسم دائرة في صفحة HTML", "JavaScriptで円を描いて", "Was ist falsch an <div class='a'>?", "CSSの色の書き方は?"],
)
def test_answers_may_have_the_html_that_was_asked_for(pairs, outcomes, prompt):
    page = "<html><body>&nbsp;</body></html>"
    assert outcomes(HtmlRemnants(), pairs({"prompt": prompt, "chosen": page})) == (
        [(0, "prompt_html")] if "<div" in prompt else []
    )
    assert outcomes(HtmlRemnants(), pairs({"prompt": "Wie wird das Wetter?", "chosen": page})) == [(0, "chosen_html")]
